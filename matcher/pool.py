"""The actors of a workspace as columns, with their texts as vectors, ready to be matched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.complementarity import (
    Complementarity,
    ComplementarityConfig,
    RoleTexts,
    build_complementarity,
)
from matcher.domain import Actor, ActorId, PublicationStatus, Role, Stage
from matcher.encoder import FloatArray
from matcher.errors import UnknownActorError
from matcher.ragged import Ragged, Rows
from matcher.text import Words, words_of

UNKNOWN = -1
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

EncodeWords = Callable[[Sequence[Words]], FloatArray]
"""Words to vectors (n, d), in order; the caller decides on caching and progress."""


@dataclass(frozen=True, slots=True)
class Columns:
    """One value an actor (n,); codes are UNKNOWN where the profile is silent."""

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


@dataclass(frozen=True, slots=True)
class Pool:
    """Every actor of a workspace; a row number stands for an actor in all arrays."""

    actors: tuple[Actor, ...]
    rows: Mapping[ActorId, int]
    columns: Columns
    complementarity: Complementarity
    missions: FloatArray
    """Mission vectors (n, d), centred on the pool's mean and normalised; zero when there is none."""
    encoder: str

    def row(self, actor_id: str) -> int:
        """The row of an actor, else UnknownActorError."""
        try:
            return self.rows[ActorId(actor_id)]
        except KeyError:
            raise UnknownActorError(actor_id) from None


def build_pool(
    actors: Sequence[Actor], encode: EncodeWords, encoder: str, config: ComplementarityConfig
) -> Pool:
    """The pool of these actors; `encode` is called once, with every text of every actor."""
    words = [words_of(actor) for actor in actors]
    distinct = list(dict.fromkeys(word for of_actor in words for word in of_actor))
    vectors = encode(distinct)
    at = {word: row for row, word in enumerate(distinct)}
    return Pool(
        actors=tuple(actors),
        rows={actor.id: row for row, actor in enumerate(actors)},
        columns=_columns(actors),
        complementarity=build_complementarity(
            _role_texts(Role.NEED, words, at, vectors), _role_texts(Role.SKILL, words, at, vectors), config
        ),
        missions=_missions(words, at, vectors),
        encoder=encoder,
    )


def revised_pool(pool: Pool, actors: Sequence[Actor]) -> Pool | None:
    """The pool with the profiles that these actors have now, its texts and vectors shared.

    None when the actors are not the same ones, or one of them says something else: then every text's
    correction may move, and only a new pool is right.
    """
    if len(actors) != len(pool.actors):
        return None
    changed = [(old, new) for old, new in zip(pool.actors, actors, strict=True) if old != new]
    if any(old.id != new.id or words_of(old) != words_of(new) for old, new in changed):
        return None
    return replace(pool, actors=tuple(actors), columns=_columns(actors)) if changed else pool


def _role_texts(
    role: Role, words: Sequence[Sequence[Words]], at: Mapping[Words, int], vectors: FloatArray
) -> RoleTexts:
    mine = {word: row for row, word in enumerate(w for w in at if w.role is role)}
    of_actor = Ragged.of_lists([mine[w] for w in of_actor if w.role is role] for of_actor in words)
    selected = np.fromiter((at[word] for word in mine), dtype=np.int64)
    return RoleTexts(role, tuple(word.text for word in mine), vectors[selected], of_actor)


def _missions(words: Sequence[Sequence[Words]], at: Mapping[Words, int], vectors: FloatArray) -> FloatArray:
    """Centring takes away what all missions share, which is most of a raw cosine."""
    missions = np.zeros((len(words), vectors.shape[1]), dtype=np.float32)
    for row, of_actor in enumerate(words):
        for word in of_actor:
            if word.role is Role.MISSION:
                missions[row] = vectors[at[word]]
    held = missions.any(axis=1)
    if held.sum() > 1:
        missions[held] -= missions[held].mean(axis=0)
    norms = np.linalg.norm(missions, axis=1, keepdims=True)
    return np.asarray(missions / np.where(norms > 1e-9, norms, 1.0), dtype=np.float32)


def _columns(actors: Sequence[Actor]) -> Columns:
    places = [actor.territory for actor in actors]
    return Columns(
        sector=_codes([actor.sector for actor in actors]),
        register=_codes([actor.register for actor in actors]),
        epci=_codes([place.epci for place in places]),
        departement=_codes([place.departement for place in places]),
        region=_codes([place.region for place in places]),
        country=_codes([place.country for place in places]),
        stage=_integers([None if a.stage is None else list(Stage).index(a.stage) for a in actors]),
        updated=_days([actor.updated for actor in actors]),
        expires=_days([actor.expires for actor in actors]),
        capacity=_integers([actor.capacity for actor in actors]),
        lat=_floats([place.lat for place in places]),
        lon=_floats([place.lon for place in places]),
        radius_km=_floats([place.radius_km for place in places]),
        published=np.array([a.status is PublicationStatus.PUBLISHED for a in actors], dtype=np.bool_),
        themes=_flags([actor.themes for actor in actors]),
        sdgs=_flags([actor.sdgs for actor in actors]),
    )


def _codes(values: Sequence[str | None]) -> Codes:
    known = {value: code for code, value in enumerate(sorted({v for v in values if v is not None}))}
    return _integers([None if value is None else known[value] for value in values])


def _integers(values: Sequence[int | None]) -> Codes:
    return np.array([UNKNOWN if value is None else value for value in values], dtype=np.int64)


def _days(values: Sequence[date | None]) -> Codes:
    return _integers([None if value is None else value.toordinal() for value in values])


def _floats(values: Sequence[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def _flags(values: Sequence[Sequence[object]]) -> Flags:
    """One column a distinct value (n, values), True where the actor bears it."""
    known = {v: i for i, v in enumerate(sorted({v for of_actor in values for v in of_actor}, key=str))}
    flags = np.zeros((len(values), len(known)), dtype=np.bool_)
    for row, of_actor in enumerate(values):
        flags[row, [known[value] for value in of_actor]] = True
    return flags


def actors_where(flags: Flags) -> Rows:
    """The rows of the actors for which a flag (n,) is set."""
    return np.flatnonzero(flags).astype(np.int64)
