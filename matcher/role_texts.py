"""The distinct texts of one role with their vectors, and which actor says which.

A table is never changed: a revision is a new table. Vectors are the exception in appearance only: a
revision may write its new ones behind those of the table that it came from, in the same memory, which
that table does not look at. So following a change costs no copy of all vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from matcher.domain import Role
from matcher.encoder import FloatArray
from matcher.ragged import Ragged, Rows
from matcher.text import Words

_GROWTH = 1.1
_LEAST_ROOM = 256


class Room:
    """Memory behind a table's vectors, where one revision of it may write its own."""

    def __init__(self, vectors: FloatArray) -> None:
        self._held = vectors
        self._used = len(vectors)
        self._lock = Lock()

    def after(self, vectors: FloatArray, more: FloatArray) -> FloatArray:
        """`vectors` (n, d), then `more` (m, d); `vectors` are the rows held here, or the first of them."""
        count = len(vectors) + len(more)
        with self._lock:
            if len(vectors) != self._used or count > len(self._held):
                room = np.empty((int(count * _GROWTH) + _LEAST_ROOM, vectors.shape[1]), dtype=np.float32)
                room[: len(vectors)] = vectors
                self._held = room
            self._held[len(vectors) : count] = more
            self._used = count
            return self._held[:count]


@dataclass(frozen=True, slots=True)
class RoleTexts:
    """The texts of one role, a row each; `at` finds the row of a text that somebody says.

    A text that nobody says any more leaves an empty one in its row until the table is made `compact`.
    """

    role: Role
    texts: tuple[str, ...]
    vectors: FloatArray
    of_actor: Ragged
    at: Mapping[str, int]
    room: Room


def build_role_texts(
    role: Role, said: Sequence[Sequence[Words]], vectors: Mapping[Words, FloatArray], dimension: int
) -> RoleTexts:
    """The table of what each actor says in this role; texts in the order in which they first come."""
    at: dict[str, int] = {}
    of_actor = Ragged.of_lists(
        [[at.setdefault(w.text, len(at)) for w in one if w.role is role] for one in said]
    )
    found = _stacked([vectors[Words(role, text)] for text in at], dimension)
    return RoleTexts(role, tuple(at), found, of_actor, at, Room(found))


def revised_role_texts(
    held: RoleTexts, order: Rows, said: Sequence[Sequence[Words]], vectors: Mapping[Words, FloatArray]
) -> RoleTexts:
    """The table after some actors came, went or said something else; the held rows stay where they are.

    `order` (actors,) tells where each actor comes from: a row of `held`, or, counted on from its last,
    one of `said`. `vectors` holds those of the texts that `held` has not.
    """
    at, new = dict(held.at), list[str]()

    def row_of(text: str) -> int:
        if text not in at:
            at[text] = len(held.texts) + len(new)
            new.append(text)
        return at[text]

    lists = Ragged.of_lists([[row_of(w.text) for w in one if w.role is held.role] for one in said])
    of_actor = held.of_actor.joined(lists).gather(order)
    texts = [*held.texts, *new]
    for row in np.flatnonzero(np.bincount(of_actor.items, minlength=len(texts)) == 0).tolist():
        if at.get(texts[row]) == row:
            del at[texts[row]]
        texts[row] = ""
    found = _stacked([vectors[Words(held.role, text)] for text in new], held.vectors.shape[1])
    return RoleTexts(held.role, tuple(texts), held.room.after(held.vectors, found), of_actor, at, held.room)


def compact(held: RoleTexts) -> RoleTexts:
    """The table as `build_role_texts` makes it of the same actors: nothing unsaid, in the same order."""
    rows, first = np.unique(held.of_actor.items, return_index=True)
    rows = rows[np.argsort(first)]
    new_row = np.zeros(len(held.texts), dtype=np.int64)
    new_row[rows] = np.arange(len(rows))
    texts = tuple(held.texts[row] for row in rows.tolist())
    vectors = held.vectors[rows]
    of_actor = Ragged(held.of_actor.starts, new_row[held.of_actor.items])
    return RoleTexts(held.role, texts, vectors, of_actor, {t: i for i, t in enumerate(texts)}, Room(vectors))


def _stacked(vectors: Sequence[FloatArray], dimension: int) -> FloatArray:
    return np.stack(vectors) if vectors else np.empty((0, dimension), dtype=np.float32)
