"""The actors of a tenant as a list to look through: by name, sector, theme and place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from weakref import WeakKeyDictionary

from matcher.domain import Actor, Territory
from matcher.territory import Gazetteer, Place, find_place, fold
from matcher.workspace import Workspace

MOST_PLACES = 150
folded = lru_cache(maxsize=200_000)(fold)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; empty means no filter."""

    name: str = ""
    sector: str = ""
    theme: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Actors in the order of their names; `places` are names to choose from."""

    source: Sequence[Actor]
    actors: tuple[Actor, ...]
    places: tuple[str, ...]
    territories: frozenset[Territory]

    def find(self, wanted: Wanted) -> list[Actor]:
        """The actors that are wanted, in the order of names; every word of the name is looked for."""
        words = folded(wanted.name).split()
        return [
            actor
            for actor in self.actors
            if (not wanted.sector or actor.sector == wanted.sector)
            and (not wanted.theme or wanted.theme in actor.themes)
            and (wanted.place is None or wanted.place.contains(actor.territory))
            and (not words or all(word in folded(actor.name) for word in words))
        ]


_held: WeakKeyDictionary[Workspace, Directory] = WeakKeyDictionary()
_lock = Lock()


def directory_of(workspace: Workspace) -> Directory:
    """The directory of the actors as they are now; made once until they change."""
    actors = workspace.matcher().pool.actors
    with _lock:
        found = _held.get(workspace)
        if found is None or found.source is not actors:
            found = _held[workspace] = _made(actors, workspace.parts.gazetteer)
        return found


def place_named(workspace: Workspace, name: str) -> Place:
    """The place of a name or code among those of the actors, else UnknownPlaceError."""
    return find_place(name, directory_of(workspace).territories, workspace.parts.gazetteer)


def _made(actors: Sequence[Actor], gazetteer: Gazetteer) -> Directory:
    counts: dict[str, int] = {}
    for actor in actors:
        place = actor.territory
        departement = gazetteer.departements.get(place.departement or "", ("", ""))[0]
        for name in (place.epci_name, departement):
            if name:
                counts[name] = counts.get(name, 0) + 1
    places = sorted(counts, key=lambda name: -counts[name])[:MOST_PLACES]
    ordered = sorted(actors, key=lambda actor: (folded(actor.name), actor.id))
    territories = frozenset(actor.territory for actor in actors)
    return Directory(actors, tuple(ordered), tuple(sorted(places, key=folded)), territories)
