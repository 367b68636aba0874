"""Communes as people write them: a name, a code, or both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matcher.domain import Territory
from matcher.territory import Gazetteer, codes_of, fold

MOST_SUGGESTED = 400
CODE = re.compile(r"\(?\b((?:\d{2}|2[AB])\d{3})\)?\s*$", re.IGNORECASE)
_held: dict[int, tuple[Gazetteer, Mapping[str, Sequence[str]]]] = {}


@dataclass(frozen=True, slots=True)
class NoPlace:
    """A commune that cannot be told; `choices` are those that it may be."""

    choices: Sequence[str] = ()


def commune_label(place: Territory) -> str:
    """How a form writes a commune: its name and code."""
    if place.commune is None:
        return place.commune_name or ""
    return f"{place.commune_name} ({place.commune})" if place.commune_name else place.commune


def place_typed(text: str, held: Territory | None, gazetteer: Gazetteer) -> dict[str, Any] | NoPlace:
    """The fields of the territory that a text says, the radius aside.

    As long as the text is what the form was filled with, nothing of the held territory changes.
    """
    if held is not None and text == commune_label(held):
        return {name: getattr(held, name) for name in Territory.__dataclass_fields__ if name != "radius_km"}
    if not text:
        return {"country": "FR" if held is None else held.country}
    found = CODE.search(text)
    if found and (found[1].upper() in gazetteer.communes or found[1] == text):
        return {"commune": found[1].upper()}
    codes = _by_name(gazetteer).get(fold(text), ())
    if len(codes) == 1:
        return {"commune": codes[0]}
    return NoPlace([commune_label(gazetteer.communes[code]) for code in codes[:20]])


def suggested(gazetteer: Gazetteer, territories: Sequence[str]) -> list[str]:
    """The communes to choose from in a form: those of these territories, or all where they are few."""
    wanted = set(territories)
    mine = [
        place for place in gazetteer.communes.values() if not wanted or not wanted.isdisjoint(codes_of(place))
    ]
    return sorted(map(commune_label, mine), key=fold)[:MOST_SUGGESTED]


def _by_name(gazetteer: Gazetteer) -> Mapping[str, Sequence[str]]:
    """Folded name -> codes; made once a gazetteer, of which a service has one."""
    if id(gazetteer) not in _held:
        names: dict[str, list[str]] = {}
        for code, place in gazetteer.communes.items():
            names.setdefault(fold(place.commune_name or ""), []).append(code)
        _held[id(gazetteer)] = (gazetteer, names)
    return _held[id(gazetteer)][1]
