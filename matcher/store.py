"""What is remembered: the Store protocol, and the in-memory store that is its reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from matcher.domain import Actor, ActorId, Alliance, AllianceId, Contact
from matcher.encoder import FloatArray
from matcher.errors import UnknownActorError, UnknownRecordError
from matcher.text import words_of

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a write did, in records."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """What a store holds at a version of those that changed; None stands for what was deleted.

    Some may have changed again since that version: they are in the next revision too.
    """

    version: int
    actors: Mapping[ActorId, Actor | None]
    alliances: Mapping[AllianceId, Alliance | None]


class Store(Protocol):
    """Keeps actors, contacts, alliances and vectors. Each call is one transaction."""

    @property
    def version(self) -> int:
        """A number that grows whenever an actor or an alliance is added, updated or deleted."""

    def changed_since(self, version: int) -> Revision | None:
        """The actors and alliances that changed after a version.

        None when that cannot be told, because a backup was restored; then everything has to be read.
        """

    def put_actors(self, actors: Iterable[Actor], contacts: Iterable[Contact] = ()) -> Changes:
        """Add or replace actors by id, and contacts with them; what was done to the actors.

        Equal actors are left alone and do not change the version. The vectors of texts that no actor says
        any more are erased. When anything of it fails, nothing of it is kept.
        """

    def actor(self, actor_id: ActorId) -> Actor:
        """The actor of this id, else UnknownActorError."""

    def actors(self) -> Iterator[Actor]:
        """Every actor, in the order of ids."""

    def delete_actor(self, actor_id: ActorId) -> None:
        """Erase an actor, its contact, its place in alliances, and vectors that only it used.

        An alliance left with fewer than two members goes too. UnknownActorError when there is none.
        """

    def put_contacts(self, contacts: Iterable[Contact]) -> None:
        """Add or replace the contacts of actors."""

    def contact(self, actor_id: ActorId) -> Contact | None:
        """The contact of an actor, or None."""

    def delete_contact(self, actor_id: ActorId) -> None:
        """Erase the contact of an actor; nothing when there is none."""

    def put_alliances(self, alliances: Iterable[Alliance]) -> Changes:
        """Add or replace alliances by id; equal ones are left alone."""

    def alliance(self, alliance_id: AllianceId) -> Alliance:
        """The alliance of this id, else UnknownRecordError."""

    def delete_alliance(self, alliance_id: AllianceId) -> None:
        """Erase an alliance, else UnknownRecordError."""

    def alliances(self) -> Iterator[Alliance]:
        """Every alliance, in the order of start dates, then ids."""

    def vectors(self, encoder: str, keys: Sequence[str]) -> dict[str, FloatArray]:
        """The known vectors of one encoder, each (dimension,) float32, by text key; others are absent."""

    def put_vectors(self, encoder: str, vectors: Mapping[str, FloatArray]) -> None:
        """Remember vectors of one encoder by text key."""

    def close(self) -> None:
        """Let go of files and connections."""


class MemoryStore:
    """A store that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._version = 0
        self._actors: dict[ActorId, Actor] = {}
        self._contacts: dict[ActorId, Contact] = {}
        self._alliances: dict[AllianceId, Alliance] = {}
        self._vectors: dict[str, dict[str, FloatArray]] = {}
        self._actors_changed: dict[ActorId, int] = {}
        self._alliances_changed: dict[AllianceId, int] = {}

    @property
    def version(self) -> int:
        return self._version

    def changed_since(self, version: int) -> Revision:
        """The actors and alliances that changed after a version."""
        return Revision(
            self._version,
            {key: self._actors.get(key) for key, at in self._actors_changed.items() if at > version},
            {key: self._alliances.get(key) for key, at in self._alliances_changed.items() if at > version},
        )

    def put_actors(self, actors: Iterable[Actor], contacts: Iterable[Contact] = ()) -> Changes:
        """Add or replace actors by id, and contacts with them; texts no longer said are erased."""
        given, reached = {actor.id: actor for actor in actors}, list(contacts)
        before = [held for key, held in self._actors.items() if key in given and given[key] != held]
        changes = self._put(self._actors, given, self._actors_changed)
        if before:
            self._erase_unsaid(before)
        self.put_contacts(reached)
        return changes

    def actor(self, actor_id: ActorId) -> Actor:
        """The actor of this id, else UnknownActorError."""
        if actor_id not in self._actors:
            raise UnknownActorError(actor_id)
        return self._actors[actor_id]

    def actors(self) -> Iterator[Actor]:
        """Every actor, in the order of ids."""
        return iter([self._actors[key] for key in sorted(self._actors)])

    def delete_actor(self, actor_id: ActorId) -> None:
        """Erase an actor and all that came from it; see Store."""
        erased = self.actor(actor_id)
        del self._actors[actor_id]
        self._contacts.pop(actor_id, None)
        self._version += 1
        self._actors_changed[actor_id] = self._version
        for alliance in [one for one in self._alliances.values() if actor_id in one.members]:
            left = without_member(alliance, actor_id)
            del self._alliances[alliance.id]
            if left is not None:
                self._alliances[left.id] = left
            self._alliances_changed[alliance.id] = self._version
        self._erase_unsaid([erased])

    def put_contacts(self, contacts: Iterable[Contact]) -> None:
        """Add or replace the contacts of actors."""
        self._contacts.update({contact.actor_id: contact for contact in contacts})

    def contact(self, actor_id: ActorId) -> Contact | None:
        """The contact of an actor, or None."""
        return self._contacts.get(actor_id)

    def delete_contact(self, actor_id: ActorId) -> None:
        """Erase the contact of an actor."""
        self._contacts.pop(actor_id, None)

    def put_alliances(self, alliances: Iterable[Alliance]) -> Changes:
        """Add or replace alliances by id; equal ones are left alone."""
        given = {alliance.id: alliance for alliance in alliances}
        return self._put(self._alliances, given, self._alliances_changed)

    def alliance(self, alliance_id: AllianceId) -> Alliance:
        """The alliance of this id, else UnknownRecordError."""
        if alliance_id not in self._alliances:
            raise UnknownRecordError("alliance", alliance_id)
        return self._alliances[alliance_id]

    def delete_alliance(self, alliance_id: AllianceId) -> None:
        """Erase an alliance, else UnknownRecordError."""
        self.alliance(alliance_id)
        del self._alliances[alliance_id]
        self._version += 1
        self._alliances_changed[alliance_id] = self._version

    def alliances(self) -> Iterator[Alliance]:
        """Every alliance, in the order of start dates, then ids."""
        return iter(sorted(self._alliances.values(), key=lambda a: (a.started, a.id)))

    def vectors(self, encoder: str, keys: Sequence[str]) -> dict[str, FloatArray]:
        """The known vectors of one encoder by text key."""
        known = self._vectors.get(encoder, {})
        return {key: known[key] for key in keys if key in known}

    def put_vectors(self, encoder: str, vectors: Mapping[str, FloatArray]) -> None:
        """Remember vectors of one encoder by text key."""
        self._vectors.setdefault(encoder, {}).update(vectors)

    def close(self) -> None:
        """Nothing to let go of."""

    def _erase_unsaid(self, actors: Iterable[Actor]) -> None:
        """Erase the vectors of what these actors said, unless an actor still says it."""
        said = {words.key for actor in self._actors.values() for words in words_of(actor)}
        for key in {words.key for actor in actors for words in words_of(actor)} - said:
            for known in self._vectors.values():
                known.pop(key, None)

    def _put(self, held: dict[K, V], given: dict[K, V], changed: dict[K, int]) -> Changes:
        added = sum(key not in held for key in given)
        written = [key for key, value in given.items() if held.get(key) != value]
        held.update(given)
        self._version += bool(written)
        changed.update(dict.fromkeys(written, self._version))
        return Changes(added, len(written) - added, len(given) - len(written))


def without_member(alliance: Alliance, actor_id: ActorId) -> Alliance | None:
    """The alliance without one member and what it brought; None when fewer than two are left."""
    if actor_id not in alliance.members:
        return alliance
    members = tuple(member for member in alliance.members if member != actor_id)
    if len(members) < 2:
        return None
    met = tuple(m for m in alliance.met if actor_id not in (m.need_actor, m.skill_actor))
    return replace(alliance, members=members, met=met)
