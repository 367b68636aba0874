"""What a signed-in person may see and change of the actors of their tenant."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.access import Person, Scope, allows
from matcher.domain import Actor, ActorId
from matcher.errors import InputError
from matcher.importing import Check
from matcher.proposing import places_of

ELSEWHERE = "not of your territories; only the catalysts of its own may change it"
_NOWHERE = frozenset({"FR"})


def may_edit(person: Person, actor: Actor) -> bool:
    """Whether a person may change an actor: one of their territories, or one that is nowhere yet.

    A person without territories changes actors that are somewhere only as an administrator.
    """
    if is_unplaced(actor):
        return True
    if person.territories:
        return not set(person.territories).isdisjoint(places_of([actor]))
    return may_delete(person)


def may_delete(person: Person) -> bool:
    """Whether a person may erase actors that they may edit."""
    return allows(person.scopes, Scope.ADMIN)


def may_see_pair(person: Person, places: tuple[str, ...]) -> bool:
    """Whether a proposal found by these places is one of a person's."""
    if person.territories:
        return not set(person.territories).isdisjoint(places)
    return may_delete(person)


def is_unplaced(actor: Actor) -> bool:
    """Whether nothing is known of where an actor is."""
    return set(places_of([actor])) <= _NOWHERE and actor.territory.lat is None


def check_for(person: Person, held: Mapping[ActorId, Actor]) -> Check:
    """Refuses what a person may not bring in: an actor elsewhere, or a change of one held elsewhere."""

    def check(actor: Actor) -> None:
        before = held.get(actor.id)
        if before is not None and not may_edit(person, before):
            raise InputError("id", actor.id, ELSEWHERE)
        if not may_edit(person, actor):
            raise InputError("commune", actor.territory.commune, ELSEWHERE)

    return check
