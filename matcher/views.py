"""Who opened which proposal and when: the history that is passed on to the next catalyst."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

KEPT = timedelta(days=365)
"""How long a view is remembered."""
SAME = timedelta(minutes=10)
"""Opening a proposal again within this time is the same view."""


@dataclass(frozen=True, slots=True)
class View:
    """Somebody opened a proposal."""

    proposal_id: str
    person: str
    at: datetime


class Views(Protocol):
    """Remembers the views of one tenant for a year; they go with the proposal."""

    def record(self, view: View) -> None:
        """Remember a view, unless it is the same as the one before; forget those of over a year ago."""

    def of(self, proposal_id: str, limit: int) -> list[View]:
        """The latest views of a proposal, the last first."""
