"""What was served and looked at: lists with the features as served, impressions and clicks.

Training reads these records; nothing is ever computed again for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from matcher.domain import ActorId

ListId = NewType("ListId", str)


class InteractionKind(StrEnum):
    """What a person did with one line of a list."""

    IMPRESSION = "impression"
    CLICK = "click"


@dataclass(frozen=True, slots=True)
class ServedItem:
    """One line of a list: who, where (1 is the top), how it scored, and the features then."""

    position: int
    actor_id: ActorId
    score: float
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ServedList:
    """A list as it was served; `actor_id` asked for it, None for a search in free text."""

    id: ListId
    at: datetime
    kind: str
    actor_id: ActorId | None
    model: str
    encoder: str
    items: tuple[ServedItem, ...]


@dataclass(frozen=True, slots=True)
class Interaction:
    """One impression or click on one line of a list."""

    list_id: ListId
    actor_id: ActorId
    kind: InteractionKind
    position: int
    at: datetime


class Serving(Protocol):
    """Keeps the lists served by one tenant. Erasing an actor erases its lines and its lists."""

    def record(self, *served: ServedList) -> None:
        """Remember lists, but for those of, and the lines of, actors who were erased meanwhile."""

    def interact(self, interactions: Iterable[Interaction]) -> int:
        """How many were kept; UnknownRecordError when a list, or a line of it, was never served."""

    def lists(self, start: datetime | None = None) -> Iterator[ServedList]:
        """Every list since a moment, oldest first."""

    def interactions(self, start: datetime | None = None) -> Iterator[Interaction]:
        """Every impression and click since a moment, oldest first."""
