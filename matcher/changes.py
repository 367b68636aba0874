"""What changed, in order: for those who poll, for webhooks, and for a matcher to catch up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ChangeKind(StrEnum):
    """What happened to what."""

    ACTOR_PUT = "actor.put"
    ACTOR_DELETED = "actor.deleted"
    ALLIANCE_PUT = "alliance.put"
    ALLIANCE_DELETED = "alliance.deleted"
    PROPOSAL_CREATED = "proposal.created"
    PROPOSAL_CHANGED = "proposal.changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one record; `seq` grows with every change of a tenant, without going back."""

    seq: int
    at: datetime
    kind: ChangeKind
    id: str
    state: str | None = None
    """The state of a proposal after it."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where to post changes of some kinds; `secret` signs what is sent, and is kept as it is given."""

    id: str
    url: str
    secret: str
    kinds: frozenset[ChangeKind]
    created: datetime
    active: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    """A change on its way to a webhook; `due` is None once it arrived or was given up."""

    webhook_id: str
    change: Change
    attempts: int
    due: datetime | None
    status: int | None = None


class Changes(Protocol):
    """Keeps the changes of one tenant and where they have to be sent."""

    def last(self) -> int:
        """The number of the latest change, 0 before the first one."""

    def after(self, seq: int, limit: int, kinds: Iterable[ChangeKind] = ()) -> list[Change]:
        """The next changes, oldest first."""

    def put_webhook(self, webhook: Webhook) -> None:
        """Add or replace a webhook by id; it gets the changes after this call."""

    def seal_webhook(self, webhook_id: str, before: str, after: str) -> None:
        """Keep a webhook's secret in another form; nothing when it is no longer in the form `before`."""

    def webhooks(self) -> list[Webhook]:
        """Every webhook, by date."""

    def delete_webhook(self, webhook_id: str) -> bool:
        """Whether there was one; what was still to be sent to it is forgotten."""

    def due(self, now: datetime, limit: int) -> list[tuple[Webhook, Delivery]]:
        """Deliveries to make now, each taken by one caller only for a short while.

        A webhook gets its changes in order: none is due while an earlier one waits to be tried again.
        """

    def delivered(self, delivery: Delivery) -> None:
        """Note how a delivery went: its attempts, its next time, the status that it got."""
