"""Questions for matches, and lists as served."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from matcher.domain import Role
from matcher.taxonomy import Lang
from service.schemas import Identifier, Record, Wire


class MatchFilters(Wire):
    """Who may be proposed; `territory` is a name or code, such as 75 of a département, REG-75 of a région."""

    limit: int = Field(10, ge=1, le=100)
    sector: list[str] = Field([])
    theme: list[str] = Field([])
    territory: str | None = Field(None, max_length=200)
    within_km: float | None = Field(None, gt=0, le=20_100, allow_inf_nan=False)
    exclude: list[str] = Field([], max_length=1_000)
    lang: Lang | None = None


class PairFilters(MatchFilters):
    """The filters of an actor's matches."""

    min_score: float | None = Field(None, allow_inf_nan=False)
    explain: bool = True


class SearchIn(MatchFilters):
    """A need or a skill in free text: who answers it, or who calls for it."""

    text: str = Field(min_length=1, max_length=5_000, examples=["réparer les vélos de nos salariés"])
    role: Literal[Role.NEED, Role.SKILL] = Role.NEED


class MatchesBatch(PairFilters):
    """Matches of several actors at once."""

    actor_ids: list[Identifier] = Field(min_length=1, max_length=100)


class Served(BaseModel):
    """A list as served; name `list_id` and `position` when you report what was seen or clicked."""

    list_id: str
    model: str
    encoder: str
    items: list[Record]


class PairView(BaseModel):
    """A pair explained, and the rules that keep it from being proposed."""

    match: Record
    excluded_by: list[str]
    proposal: str | None
