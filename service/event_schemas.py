"""What was seen and clicked, what changed, and where changes are posted."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from matcher.serving import InteractionKind
from service.schemas import Identifier, Wire


class EventIn(Wire):
    """An impression or a click on one line of a list that was served."""

    list_id: Identifier
    actor_id: Identifier
    position: int = Field(ge=1, le=1_000)
    kind: InteractionKind


class Events(Wire):
    """What was seen and clicked."""

    events: list[EventIn] = Field(min_length=1, max_length=1_000)


class Kept(BaseModel):
    """How many were kept."""

    kept: int


class ChangeOut(BaseModel):
    """One change."""

    seq: int
    at: datetime
    kind: str
    id: str
    state: str | None


class ChangesOut(BaseModel):
    """The next changes; ask again with `after` = `last`."""

    items: list[ChangeOut]
    last: int


class WebhookIn(Wire):
    """Where to post changes, and of which kinds (all when empty)."""

    url: str = Field(
        max_length=2_000, pattern=r"^https?://[!-~]+$", examples=["https://plateforme.exemple.fr/maillon"]
    )
    kinds: list[Literal["actor.put", "actor.deleted", "alliance.put", "alliance.deleted",
                        "proposal.created", "proposal.changed"]] = Field([])  # fmt: skip


class WebhookOut(BaseModel):
    """A webhook; `secret` is shown once, when it is made."""

    id: str
    url: str
    kinds: list[str]
    active: bool
    created: datetime
    secret: str | None = None
