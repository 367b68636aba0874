"""Past alliances that resemble a pair: between the same sectors, on the same themes, elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matcher.domain import Actor, ActorId, Alliance


@dataclass(frozen=True, slots=True)
class Resemblance:
    """An alliance, those of its members that are known, and the themes that it shares with the pair."""

    alliance: Alliance
    members: tuple[Actor, ...]
    themes: tuple[str, ...]


def alike(
    mine: Actor,
    other: Actor,
    alliances: Iterable[Alliance],
    actors: Mapping[ActorId, Actor],
    limit: int = 3,
) -> list[Resemblance]:
    """The most alike, those with most themes in common first, then the latest; [] when none is.

    An alliance is alike when it went well, joins both sectors of the pair and neither of its actors,
    and shares a theme with it.
    """
    sectors, themes = {mine.sector, other.sector}, {*mine.themes, *other.themes}
    found = []
    for alliance in alliances:
        if not alliance.is_positive or {mine.id, other.id} & set(alliance.members):
            continue
        members = tuple(actors[one] for one in alliance.members if one in actors)
        shared = themes & {theme for member in members for theme in member.themes}
        if shared and sectors <= {member.sector for member in members}:
            found.append(Resemblance(alliance, members, tuple(sorted(shared))))
    found.sort(key=lambda one: (-len(one.themes), -one.alliance.started.toordinal(), one.alliance.id))
    return found[:limit]
