"""Needs without an answer: what actors lack and nothing that is being followed would bring.

A need is answered when a proposal that somebody keeps (retained, introduced, met, allied) cites it with
a clear link; it waits when a proposal that cites it so is still to be reviewed; else nothing was found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from matcher.domain import Actor, PublicationStatus, Role
from matcher.explanation import CLEAR_STRENGTH
from matcher.proposals import ProposalState
from matcher.territory import codes_of
from matcher.text import Words, clean

ANSWERING = (
    ProposalState.REVIEWED,
    ProposalState.INTRODUCED,
    ProposalState.MEETING,
    ProposalState.ALLIANCE,
)
WAITING = (ProposalState.SUGGESTED, ProposalState.POSTPONED)
NeedKey = tuple[str, str]
"""An actor's id and the key of the text of its need."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A need of an actor that nothing answers; `waits` when a proposal citing it is to be reviewed."""

    actor: Actor
    text: str
    waits: bool


def needs_cited(served: Mapping[str, Any]) -> set[NeedKey]:
    """The needs that a match, as it was served, links clearly to a skill of the other."""
    return {
        (link["need_actor"], Words(Role.NEED, link["need"]).key)
        for link in (*served.get("needs_met", ()), *served.get("skills_wanted", ()))
        if link.get("need_actor") and link.get("strength", 0.0) >= CLEAR_STRENGTH
    }


def unanswered(
    actors: Iterable[Actor],
    places: Collection[str],
    cited: Mapping[ProposalState, Collection[NeedKey]],
    today: date,
) -> list[Unanswered]:
    """The needs without an answer of the published actors of some places (of all when empty)."""
    answered = {need for state in ANSWERING for need in cited.get(state, ())}
    waiting = {need for state in WAITING for need in cited.get(state, ())}
    found = []
    for actor in actors:
        if not _counts(actor, places, today):
            continue
        for need in actor.needs:
            key = (str(actor.id), _key(need.text))
            if key not in answered:
                found.append(Unanswered(actor, need.text, key in waiting))
    return found


@lru_cache(maxsize=100_000)
def _key(text: str) -> str:
    """The key of a need's text; a territory asks for the same ones again and again."""
    return Words(Role.NEED, clean(text)).key


def _counts(actor: Actor, places: Collection[str], today: date) -> bool:
    current = actor.expires is None or actor.expires >= today
    here = not places or not codes_of(actor.territory).isdisjoint(places)
    return current and here and actor.status is PublicationStatus.PUBLISHED
