"""Proposals in an order that shares attention: never the same few actors on top.

Every actor stands in at most PER_ROUND proposals before all the others have had their turn. Who has
introductions in hand starts later, and who has as many as it can take comes last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from matcher.domain import ActorId
from matcher.proposals import ProposalState, Waiting

PER_ROUND = 2
IN_HAND = (ProposalState.REVIEWED, ProposalState.INTRODUCED, ProposalState.MEETING)
"""The states in which a proposal takes up an actor's capacity."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How many introductions an actor has in hand, and how many it can take; None is not known."""

    in_hand: int = 0
    capacity: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether it can take no more."""
        return self.capacity is not None and self.in_hand >= self.capacity


def fair_order(best_first: Sequence[Waiting], exposures: Mapping[ActorId, Exposure]) -> list[Waiting]:
    """The same proposals: by round, the best first within a round; those of full actors at the end.

    A proposal's round is that of the more shown of its two actors, counted in steps of PER_ROUND from
    the introductions that each has in hand.
    """
    shown = {actor: one.in_hand for actor, one in exposures.items()}
    full = {actor for actor, one in exposures.items() if one.is_full}
    turns: dict[int, list[Waiting]] = {}
    last: list[Waiting] = []
    for one in best_first:
        if one.a in full or one.b in full:
            last.append(one)
            continue
        a, b = shown.get(one.a, 0), shown.get(one.b, 0)
        turns.setdefault(max(a, b) // PER_ROUND, []).append(one)
        shown[one.a], shown[one.b] = a + 1, b + 1
    return [*chain.from_iterable(turns[turn] for turn in sorted(turns)), *last]
