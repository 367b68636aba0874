"""What is known of actors besides their texts, one column a fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.domain import Actor, PublicationStatus, Stage
from matcher.encoder import FloatArray
from matcher.ragged import Rows

UNKNOWN = -1
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Vocabulary = Mapping[str, Mapping[object, int]]
"""Name of a column -> its values and their codes, or, for flags, the places of their columns."""

_CODED: Mapping[str, Callable[[Actor], str | None]] = {
    "sector": lambda actor: actor.sector,
    "register": lambda actor: actor.register,
    "epci": lambda actor: actor.territory.epci,
    "departement": lambda actor: actor.territory.departement,
    "region": lambda actor: actor.territory.region,
    "country": lambda actor: actor.territory.country,
}
_FLAGGED: Mapping[str, Callable[[Actor], Sequence[object]]] = {
    "themes": lambda actor: actor.themes,
    "sdgs": lambda actor: actor.sdgs,
}


@dataclass(frozen=True, slots=True)
class Columns:
    """One value an actor (n,), a flag for each value in `themes` and `sdgs` (n, values).

    Codes are UNKNOWN where the profile is silent; `vocabulary` says what they stand for.
    """

    sector: Codes
    register: Codes
    epci: Codes
    departement: Codes
    region: Codes
    country: Codes
    stage: Codes
    updated: Codes
    expires: Codes
    capacity: Codes
    lat: FloatArray
    lon: FloatArray
    radius_km: FloatArray
    published: Flags
    themes: Flags
    sdgs: Flags
    vocabulary: Vocabulary

    def codes_of(self, name: str, values: Iterable[object]) -> list[int]:
        """The codes of those of the values that some actor has had."""
        known = self.vocabulary[name]
        return [known[value] for value in values if value in known]


def build_columns(actors: Sequence[Actor]) -> Columns:
    """The columns of these actors."""
    return _columns(actors, {})


def revised_columns(held: Columns, order: Rows, actors: Sequence[Actor]) -> Columns:
    """The columns after some actors came, went or changed; codes stay what they were.

    `order` (n,) tells where each actor comes from: a row of `held`, or, counted on from its last, one
    of `actors`.
    """
    new = _columns(actors, held.vocabulary)
    joined: dict[str, Any] = {}
    for field in fields(Columns):
        if field.name != "vocabulary":
            before, after = getattr(held, field.name), getattr(new, field.name)
            if field.name in _FLAGGED:
                before = np.pad(before, ((0, 0), (0, after.shape[1] - before.shape[1])))
            joined[field.name] = np.concatenate([before, after])[order]
    return replace(new, **joined)


def _columns(actors: Sequence[Actor], known: Vocabulary) -> Columns:
    """The columns of these actors, with the codes that are known and new ones after them."""
    vocabulary: dict[str, Mapping[object, int]] = {}
    read: dict[str, Any] = {}
    for name, value_of in _CODED.items():
        values = [value_of(actor) for actor in actors]
        codes = _extended(known.get(name, {}), [(v,) for v in values if v is not None])
        vocabulary[name] = codes
        read[name] = _integers([None if value is None else codes[value] for value in values])
    for name, values_of in _FLAGGED.items():
        many = [values_of(actor) for actor in actors]
        vocabulary[name] = _extended(known.get(name, {}), many)
        read[name] = _flags(many, vocabulary[name])
    places = [actor.territory for actor in actors]
    return Columns(
        **read,
        stage=_integers([None if a.stage is None else list(Stage).index(a.stage) for a in actors]),
        updated=_days([actor.updated for actor in actors]),
        expires=_days([actor.expires for actor in actors]),
        capacity=_integers([actor.capacity for actor in actors]),
        lat=_floats([place.lat for place in places]),
        lon=_floats([place.lon for place in places]),
        radius_km=_floats([place.radius_km for place in places]),
        published=np.array([a.status is PublicationStatus.PUBLISHED for a in actors], dtype=np.bool_),
        vocabulary=vocabulary,
    )


def _extended(known: Mapping[object, int], values: Iterable[Sequence[object]]) -> Mapping[object, int]:
    """The known values with the new ones after them, in a fixed order."""
    new = {value for some in values for value in some} - known.keys()
    return (
        {**known, **{value: len(known) + i for i, value in enumerate(sorted(new, key=str))}} if new else known
    )


def _integers(values: Sequence[int | None]) -> Codes:
    return np.array([UNKNOWN if value is None else value for value in values], dtype=np.int64)


def _days(values: Sequence[date | None]) -> Codes:
    return _integers([None if value is None else value.toordinal() for value in values])


def _floats(values: Sequence[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def _flags(values: Sequence[Sequence[object]], known: Mapping[object, int]) -> Flags:
    flags = np.zeros((len(values), len(known)), dtype=np.bool_)
    for row, of_actor in enumerate(values):
        flags[row, [known[value] for value in of_actor]] = True
    return flags
