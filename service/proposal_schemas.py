"""Proposals, and the steps that take them to an alliance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from matcher.proposals import Action, Counterfactual, ProposalState
from matcher.taxonomy import Lang
from service.schemas import Record, Wire


class ProposeIn(Wire):
    """Propose the best pairs of a territory."""

    territory: str | None = Field(None, max_length=200)
    sector: list[str] = Field([])
    theme: list[str] = Field([])
    limit: int = Field(20, ge=1, le=200)
    lang: Lang | None = None


class OutcomeIn(Wire):
    """What an alliance did on the three axes, each -1 to 3."""

    performance: int | None = Field(None, ge=-1, le=3)
    innovation: int | None = Field(None, ge=-1, le=3)
    confiance: int | None = Field(None, ge=-1, le=3)


class StepIn(Wire):
    """A decision on a proposal. `type` is the alliance's, with `ally`; `month` (3, 6 or 12) a follow-up's."""

    action: Action
    note: str = Field("", max_length=4_000)
    reason: str | None = Field(None, max_length=100)
    minutes: int = Field(0, ge=0, le=1_440)
    activity: str | None = Field(None, max_length=100)
    grade: int | None = Field(None, ge=0, le=3)
    catalyst: str | None = Field(None, max_length=200)
    until: date | None = None
    outcome: OutcomeIn | None = None
    counterfactual: Counterfactual | None = None
    type: str | None = Field(None, max_length=100)
    next_activity: str | None = Field(None, max_length=100, description="what to do next")
    month: Literal[3, 6, 12] | None = None
    by: str | None = Field(None, max_length=200, description="who decides; the key's id when not given")


class StepOut(BaseModel):
    """A decision that was taken."""

    action: Action
    by: str
    at: datetime
    before: ProposalState
    after: ProposalState
    note: str
    reason: str | None
    minutes: int
    activity: str | None
    grade: int | None
    catalyst: str | None
    until: date | None
    outcome: OutcomeIn | None
    counterfactual: Counterfactual | None
    type: str | None
    next_activity: str | None
    month: int | None


class ProposalOut(BaseModel):
    """A proposal, with the explained match as it was served when it was made."""

    id: str
    actors: list[str]
    state: ProposalState
    revision: int
    score: float
    model: str
    encoder: str
    catalyst: str | None
    until: date | None
    grade: int | None
    created: datetime
    updated: datetime
    served: Record
    steps: list[StepOut] | None = None


class ProposalsOut(BaseModel):
    """Some proposals, how many there are in each state, and the cursor of the next ones."""

    items: list[ProposalOut]
    counts: dict[ProposalState, int]
    next: str | None = None
