"""Filters of the queue that a person named, to come back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

MOST = 30
"""How many filters one person keeps at most."""
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A person's filter: its name, and the query of the page's address that it stands for."""

    person: str
    name: str
    query: str


class SavedFilters(Protocol):
    """Keeps the filters of one tenant's people."""

    def put(self, saved: SavedFilter) -> None:
        """Add or replace by person and name; InputError for no name, a long one, or one too many."""

    def of(self, person: str) -> list[SavedFilter]:
        """Those of a person, by name."""

    def delete(self, person: str, name: str) -> None:
        """Forget one; nothing when there is none."""
