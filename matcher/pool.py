"""The actors of a workspace as columns, with their texts as vectors, ready to be matched.

A pool is built once and then revised: what a change leaves as it was is kept. A revision is exact in
all but what is estimated over the whole pool (hubness, the scale of strengths, the mean of missions);
that stays as it was until the pool is restated. docs/decisions/0008 tells why.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.columns import Columns, Flags, build_columns, revised_columns
from matcher.complementarity import (
    Complementarity,
    ComplementarityConfig,
    build_complementarity,
    revised_complementarity,
)
from matcher.domain import Actor, ActorId, Role
from matcher.encoder import FloatArray
from matcher.errors import UnknownActorError
from matcher.missions import Missions, build_missions, revised_missions
from matcher.ragged import Rows
from matcher.role_texts import RoleTexts, build_role_texts, compact, revised_role_texts
from matcher.text import Words, words_of

GONE = -1
EncodeWords = Callable[[Sequence[Words]], FloatArray]
"""Words to vectors (n, d), in order; the caller decides on caching and progress."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Every actor of a workspace, in the order of ids; a row number stands for an actor in all arrays."""

    actors: tuple[Actor, ...]
    rows: Mapping[ActorId, int]
    columns: Columns
    complementarity: Complementarity
    missions: Missions
    encoder: str

    def row(self, actor_id: str) -> int:
        """The row of an actor, else UnknownActorError."""
        try:
            return self.rows[ActorId(actor_id)]
        except KeyError:
            raise UnknownActorError(actor_id) from None

    def actor(self, actor_id: str) -> Actor:
        """The actor of this id, else UnknownActorError."""
        return self.actors[self.row(actor_id)]


@dataclass(frozen=True, slots=True)
class Moves:
    """Where the rows of a revised pool come from, and where those of the earlier one went.

    `order` (n,) holds rows of the earlier pool, or, counted on from its last, of the actors that were
    put; `moved` (earlier n,) holds rows of the new pool, GONE for actors that are no more.
    """

    order: Rows
    moved: Rows


def build_pool(
    actors: Sequence[Actor], encode: EncodeWords, encoder: str, config: ComplementarityConfig
) -> Pool:
    """The pool of these actors; `encode` is called once, with every text of every actor."""
    said = [words_of(actor) for actor in actors]
    distinct = list(dict.fromkeys(word for of_actor in said for word in of_actor))
    encoded = encode(distinct)
    vectors = dict(zip(distinct, encoded, strict=True))
    needs, skills, missions = (
        build_role_texts(role, said, vectors, encoded.shape[1])
        for role in (Role.NEED, Role.SKILL, Role.MISSION)
    )
    return Pool(
        actors=tuple(actors),
        rows={actor.id: row for row, actor in enumerate(actors)},
        columns=build_columns(actors),
        complementarity=build_complementarity(needs, skills, config),
        missions=build_missions(missions),
        encoder=encoder,
    )


def revised_pool(
    pool: Pool, changed: Mapping[ActorId, Actor | None], encode: EncodeWords
) -> tuple[Pool, Moves]:
    """The pool after these actors were put, or deleted where None, and how its rows moved.

    `encode` is called once, with the texts that nobody said before. The pool's actors are in the order
    of ids.
    """
    if not changed:
        everyone = np.arange(len(pool.actors), dtype=np.int64)
        return pool, Moves(everyone, everyone)
    put = [actor for _, actor in sorted(changed.items()) if actor is not None]
    moves = _moves(pool, put, {one for one, actor in changed.items() if actor is None})
    said = [words_of(actor) for actor in put]
    tables = _tables(pool)
    new = unsaid(pool, put)
    vectors = dict(zip(new, encode(new), strict=True)) if new else {}
    needs, skills, missions = (
        revised_role_texts(table, moves.order, said, vectors) for table in tables.values()
    )
    both = (*pool.actors, *put)
    actors = tuple(both[row] for row in moves.order.tolist())
    stayed = len(actors) == len(pool.actors) and not (moves.moved == GONE).any()
    revised = replace(
        pool,
        actors=actors,
        rows=pool.rows if stayed else {actor.id: row for row, actor in enumerate(actors)},
        columns=revised_columns(pool.columns, moves.order, put),
        complementarity=revised_complementarity(pool.complementarity, needs, skills),
        missions=revised_missions(pool.missions, missions),
    )
    return revised, moves


def unsaid(pool: Pool, actors: Iterable[Actor]) -> list[Words]:
    """What these actors say that nobody of the pool says."""
    tables = _tables(pool)
    said = dict.fromkeys(words for actor in actors for words in words_of(actor))
    return [words for words in said if words.text not in tables[words.role].at]


def restated_pool(pool: Pool) -> Pool:
    """The pool as `build_pool` makes it of the same actors, without encoding or reading anything."""
    needs, skills, missions = map(compact, _tables(pool).values())
    what = build_complementarity(needs, skills, pool.complementarity.config)
    return replace(pool, complementarity=what, missions=build_missions(missions))


def actors_where(flags: Flags) -> Rows:
    """The rows of the actors for which a flag (n,) is set."""
    return np.flatnonzero(flags).astype(np.int64)


def _tables(pool: Pool) -> dict[Role, RoleTexts]:
    what = pool.complementarity
    return {Role.NEED: what.needs, Role.SKILL: what.skills, Role.MISSION: pool.missions.said}


def _moves(pool: Pool, put: Sequence[Actor], deleted: set[ActorId]) -> Moves:
    """The rows in the order of ids, with what was put in its place and what was deleted left out."""
    count = len(pool.actors)
    order = np.arange(count, dtype=np.int64)
    came = [n for n, actor in enumerate(put) if actor.id not in pool.rows]
    for n, actor in enumerate(put):
        if actor.id in pool.rows:
            order[pool.rows[actor.id]] = count + n
    places = [bisect_left(pool.actors, put[n].id, key=lambda actor: actor.id) for n in came]
    order = np.insert(order, places, np.array(came, dtype=np.int64) + count)
    order = order[~np.isin(order, [pool.rows[one] for one in deleted if one in pool.rows])]
    where = np.full(count + len(put), GONE, dtype=np.int64)
    where[order] = np.arange(len(order))
    moved = where[:count]
    for n, actor in enumerate(put):
        if actor.id in pool.rows:
            moved[pool.rows[actor.id]] = where[count + n]
    return Moves(order, moved)
