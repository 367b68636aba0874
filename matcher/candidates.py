"""Neighbours in both directions, shared territory and shared themes: the pairs worth measuring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from matcher.columns import UNKNOWN, Flags
from matcher.complementarity import Complementarity, TextTable
from matcher.domain import Role
from matcher.encoder import FloatArray
from matcher.errors import InputError
from matcher.history import History
from matcher.index import NO_NEIGHBOUR, IdArray, VectorIndex
from matcher.pool import Pool, actors_where
from matcher.ragged import Rows, distinct
from matcher.territory import EARTH_RADIUS_KM, Place


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may be proposed.

    By default: published profiles that have not expired and have capacity left, of another sector,
    never allied with before. `sectors` and `themes` keep those of any of these; `within_km` is
    counted from the actor itself.
    """

    same_sector: bool = False
    allied: bool = False
    full: bool = False
    sectors: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    place: Place | None = None
    within_km: float | None = None
    exclude: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.within_km is not None and not (isfinite(self.within_km) and self.within_km > 0):
            raise InputError("within_km", self.within_km, "expected a distance above 0 km")


@dataclass(frozen=True, slots=True)
class CandidateConfig:
    """How many neighbours each text brings, and how many actors place and theme add at most."""

    neighbours: int = 60
    nearby: int = 150
    same_theme: int = 150


@dataclass(frozen=True, slots=True)
class Indexes:
    """The needs and the skills of a pool, searchable with the hubness correction inside.

    A held vector is [v, −r(v) / 2] and a query [q, 1], so that their inner product orders texts as
    CSLS does, in any inner-product index, filtered or not.
    """

    needs: VectorIndex
    skills: VectorIndex


def fill(index: VectorIndex, table: TextTable, first: int = 0) -> VectorIndex:
    """The index, holding the texts of a table from the row `first` on under their row numbers."""
    rows = np.arange(first, len(table.texts), dtype=np.int64)
    if len(rows):
        index.add(rows, _held(table, rows))
    return index


def extend(indexes: Indexes, held: Complementarity, revised: Complementarity) -> None:
    """Add what a revision added to the tables; who searches those of before is not given it."""
    fill(indexes.needs, revised.needs, len(held.needs.texts))
    fill(indexes.skills, revised.skills, len(held.skills.texts))


def build_indexes(what: Complementarity, make_index: Callable[[int, int], VectorIndex]) -> Indexes:
    """The needs and skills of a pool in new indexes; `make_index(dimension, count)` makes an empty one."""
    needs, skills = (
        fill(make_index(table.vectors.shape[1] + 1, len(table.texts)), table)
        for table in (what.needs, what.skills)
    )
    return Indexes(needs=needs, skills=skills)


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for every asker of a sector: who may be proposed, and how many of them say each text."""

    kept: Flags
    needs: Rows
    skills: Rows


def standing(pool: Pool, rules: Rules, today: date, sector: int) -> Standing:
    """Who may be proposed to the actors of a sector (its code), whichever of them asks."""
    kept = eligible_for_anyone(pool, rules, today)
    if not rules.same_sector:
        kept &= pool.columns.sector != sector
    what = pool.complementarity
    return Standing(kept, *(_said(table, actors_where(kept)) for table in (what.needs, what.skills)))


@dataclass(frozen=True, slots=True)
class Eligible:
    """Which actors (n,) may be proposed to one, and the texts that they say."""

    kept: Flags
    needs: IdArray
    skills: IdArray


def eligible_among(pool: Pool, history: History, row: int, rules: Rules, among: Standing) -> Eligible:
    """As `eligible` has it, with the texts: what holds for the sector, less what does not for this one."""
    kept = _for_one(pool, history, row, rules, among.kept.copy())
    left_out = actors_where(among.kept & ~kept)
    what = pool.complementarity
    needs, skills = (
        np.flatnonzero(counts > _said(table, left_out)) if len(left_out) else np.flatnonzero(counts)
        for table, counts in ((what.needs, among.needs), (what.skills, among.skills))
    )
    return Eligible(kept, needs, skills)


def eligible(pool: Pool, history: History, row: int, rules: Rules, today: date) -> Flags:
    """Which actors (n,) the rules let be proposed to the actor of this row."""
    kept = eligible_for_anyone(pool, rules, today)
    if not rules.same_sector:
        kept &= pool.columns.sector != pool.columns.sector[row]
    return _for_one(pool, history, row, rules, kept)


def _for_one(pool: Pool, history: History, row: int, rules: Rules, kept: Flags) -> Flags:
    kept[row] = False
    if not rules.allied:
        kept[history.allied_with(row)] = False
    if rules.within_km is not None:
        if np.isnan(pool.columns.lat[row]):
            raise InputError("within_km", rules.within_km, "the actor has no coordinates to count from")
        kept &= distances_km(pool, row) <= rules.within_km
    return kept


def reasons_against(pool: Pool, history: History, row: int, other: int, today: date) -> tuple[str, ...]:
    """Which rules keep a pair from being proposed: codes, none when it may be."""
    columns = pool.columns
    found = []
    if columns.sector[row] == columns.sector[other]:
        found.append("same_sector")
    if other in history.allied_with(row):
        found.append("allied")
    for code, refused in (
        ("draft", lambda at: not columns.published[at]),
        ("full", lambda at: columns.capacity[at] == 0),
        ("expired", lambda at: UNKNOWN != columns.expires[at] < today.toordinal()),
    ):
        if refused(row) or refused(other):
            found.append(code)
    return tuple(found)


def eligible_for_anyone(pool: Pool, rules: Rules, today: date) -> Flags:
    """Which actors (n,) may be proposed at all, whoever asks."""
    columns = pool.columns
    kept = columns.published & ((columns.expires == UNKNOWN) | (columns.expires >= today.toordinal()))
    if not rules.full:
        kept &= columns.capacity != 0
    if rules.sectors:
        kept &= np.isin(columns.sector, columns.codes_of("sector", rules.sectors))
    if rules.themes:
        kept &= columns.themes[:, columns.codes_of("themes", rules.themes)].any(axis=1)
    if rules.place is not None:
        place = rules.place
        kept &= np.array([place.contains(actor.territory) for actor in pool.actors], dtype=np.bool_)
    for actor_id in rules.exclude:
        kept[pool.row(actor_id)] = False
    return kept


def candidates(pool: Pool, indexes: Indexes, row: int, who: Eligible, config: CandidateConfig) -> Rows:
    """The rows of the eligible actors worth measuring against this one, in ascending order.

    They answer one of its needs, need one of its skills, are near, or share a theme.
    """
    needs, skills = pool.complementarity.needs, pool.complementarity.skills
    eligible_rows = actors_where(who.kept)
    found = [
        nearest(indexes.skills, skills, needs.vectors[needs.of_actor.of(row)], who.skills, config),
        nearest(indexes.needs, needs, skills.vectors[skills.of_actor.of(row)], who.needs, config),
        _nearby(pool, row, eligible_rows, config.nearby),
        _same_theme(pool, row, eligible_rows, config.same_theme),
    ]
    together = distinct(np.concatenate(found), len(pool.actors))
    return together[who.kept[together]]


def neighbours(
    index: VectorIndex, table: TextTable, queries: FloatArray, kept: Flags, config: CandidateConfig
) -> Rows:
    """The actors who say one of the texts of eligible ones that are nearest to the queries (q, d)."""
    return nearest(index, table, queries, np.flatnonzero(_said(table, actors_where(kept))), config)


def nearest(
    index: VectorIndex, table: TextTable, queries: FloatArray, allowed: IdArray, config: CandidateConfig
) -> Rows:
    """The actors who say one of the allowed texts nearest to the queries (q, d).

    `allowed` is always given: the index may hold what later revisions added.
    """
    if not len(queries) or not len(table.texts):
        return np.empty(0, dtype=np.int64)
    found, _ = index.search(_asking(queries), min(config.neighbours, len(table.texts)), allowed)
    texts = distinct(found[found != NO_NEIGHBOUR], len(table.texts))
    return distinct(table.owners.gather(texts).items, len(table.of_actor.starts) - 1)


def distances_km(pool: Pool, row: int, others: Rows | None = None) -> FloatArray:
    """Great-circle kilometres from one actor to others (all when None); NaN where unknown."""
    columns = pool.columns
    at = slice(None) if others is None else others
    lat, lon = np.radians(columns.lat[at]), np.radians(columns.lon[at])
    lat_0, lon_0 = np.radians(columns.lat[row]), np.radians(columns.lon[row])
    half = np.sin((lat - lat_0) / 2) ** 2
    half = half + np.cos(lat_0) * np.cos(lat) * np.sin((lon - lon_0) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))), dtype=np.float32)


def _said(table: TextTable, rows: Rows) -> Rows:
    """How many of these actors say each text (texts,)."""
    return np.bincount(table.of_actor.gather(rows).items, minlength=len(table.texts))


def _held(table: TextTable, rows: Rows) -> FloatArray:
    return np.hstack([table.vectors[rows], -table.hubness[rows, None] / 2]).astype(np.float32)


def _asking(queries: FloatArray) -> FloatArray:
    return np.hstack([queries, np.ones((len(queries), 1), dtype=np.float32)])


def _nearby(pool: Pool, row: int, rows: Rows, most: int) -> Rows:
    distances = distances_km(pool, row, rows)
    known = ~np.isnan(distances)
    return _least(distances[known], rows[known], most)


def _same_theme(pool: Pool, row: int, rows: Rows, most: int) -> Rows:
    mine = pool.columns.themes[row]
    if not mine.any():
        return np.empty(0, dtype=np.int64)
    shared = pool.columns.themes[rows][:, mine].sum(axis=1)
    return _least(-shared[shared > 0], rows[shared > 0], most)


def _least(values: NDArray[np.number], rows: Rows, most: int) -> Rows:
    """The rows of the least values, least first, ties by row."""
    if most < len(values):
        within = values <= np.partition(values, most - 1)[most - 1]
        values, rows = values[within], rows[within]
    return rows[np.lexsort((rows, values))[:most]]


def role_searched(role: Role) -> Role:
    """What is searched for a text: skills for a need, needs for a skill."""
    if role is Role.MISSION:
        raise InputError("role", role.value, "expected need or skill")
    return Role.SKILL if role is Role.NEED else Role.NEED
