"""Past alliances: by member, and as a graph of actors as it was known on a given day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matcher.domain import ActorId, Alliance, AllianceId
from matcher.ragged import Rows


@dataclass(frozen=True, slots=True)
class Alliances:
    """Every alliance by id, and those of each member in the order of start dates, then ids."""

    by_id: Mapping[AllianceId, Alliance]
    of_member: Mapping[ActorId, tuple[Alliance, ...]]

    def __iter__(self) -> Iterator[Alliance]:
        """Every alliance, in the order of start dates, then ids."""
        return iter(sorted(self.by_id.values(), key=_place))

    def __len__(self) -> int:
        return len(self.by_id)

    def revised(self, changed: Mapping[AllianceId, Alliance | None]) -> Alliances:
        """Those after these were put, or deleted where None."""
        if not changed:
            return self
        by_id, of_member = dict(self.by_id), dict(self.of_member)
        for one, alliance in changed.items():
            before = by_id.pop(one, None)
            for member in dict.fromkeys(before.members) if before else ():
                of_member[member] = tuple(a for a in of_member[member] if a.id != one)
            if alliance is not None:
                by_id[one] = alliance
                for member in dict.fromkeys(alliance.members):
                    of_member[member] = tuple(sorted((*of_member.get(member, ()), alliance), key=_place))
        return Alliances(by_id, {member: held for member, held in of_member.items() if held})


@dataclass(frozen=True, slots=True)
class History:
    """Who had worked with whom before a day.

    `allied` (n, n) counts the alliances that two actors shared, failed ones included; `partners` (n, n)
    those that did not fail. Rows are those of the pool; pairs that shared none are not stored.
    """

    allied: csr_matrix
    partners: csr_matrix

    def allied_with(self, row: int) -> Rows:
        """The rows of those who were ever in an alliance with this actor."""
        return _neighbours(self.allied, row)

    def partners_of(self, row: int) -> Rows:
        """The rows of those whom this actor worked with, failed alliances aside."""
        return _neighbours(self.partners, row)

    def partner_counts(self) -> NDArray[np.float32]:
        """How many distinct partners each actor has had (n,)."""
        return np.asarray(np.diff(self.partners.indptr), dtype=np.float32)

    def shared_partners(self, row: int) -> NDArray[np.float32]:
        """How many partners each actor has in common with this one (n,)."""
        theirs = self.partners[self.partners_of(row)].indices
        return np.bincount(theirs, minlength=self.partners.shape[0]).astype(np.float32)


def alliances_of(alliances: Iterable[Alliance]) -> Alliances:
    """These alliances, by id and by member."""
    ordered = sorted(alliances, key=_place)
    of_member: dict[ActorId, list[Alliance]] = {}
    for alliance in ordered:
        for member in dict.fromkeys(alliance.members):
            of_member.setdefault(member, []).append(alliance)
    by_id = {alliance.id: alliance for alliance in ordered}
    return Alliances(by_id, {member: tuple(held) for member, held in of_member.items()})


def build_history(
    alliances: Iterable[Alliance], rows: Mapping[ActorId, int], before: date | None = None
) -> History:
    """The graph of the alliances that began before a day (all of them when None)."""
    known = [a for a in alliances if before is None or a.started < before]
    return History(_graph(known, rows), _graph(filter(_positive, known), rows))


def revised_history(
    history: History,
    moved: Rows,
    rows: tuple[Mapping[ActorId, int], Mapping[ActorId, int]],
    gone: Iterable[Alliance],
    come: Iterable[Alliance],
) -> History:
    """The graph after alliances went and came, on a pool whose rows moved.

    `moved` (earlier n,) tells where each row went, below 0 when its actor is no more; `rows` are those
    before and after. An alliance with an actor who left or returned both goes and comes.
    """
    before, after = rows
    gone, come = list(gone), list(come)
    return History(
        _revised(history.allied, moved, _graph(gone, before), _graph(come, after)),
        _revised(
            history.partners,
            moved,
            _graph(filter(_positive, gone), before),
            _graph(filter(_positive, come), after),
        ),
    )


def _revised(graph: csr_matrix, moved: Rows, gone: csr_matrix, come: csr_matrix) -> csr_matrix:
    left = graph
    if gone.nnz:
        left = graph - gone
        left.eliminate_zeros()
    if graph.shape != come.shape or (moved != np.arange(len(moved))).any():
        left = _placed(left, moved, come.shape[0])
    return left + come if come.nnz else left


def _placed(graph: csr_matrix, moved: Rows, count: int) -> csr_matrix:
    """The graph with its rows where they went; those of actors who are no more hold nothing."""
    lengths = np.zeros(count, dtype=np.int64)
    stayed = moved >= 0
    lengths[moved[stayed]] = np.diff(graph.indptr)[stayed]
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(graph.indptr.dtype)
    indices = moved.astype(graph.indices.dtype)[graph.indices]
    return csr_matrix((graph.data, indices, indptr), shape=(count, count))


def histories(alliances: Iterable[Alliance], rows: Mapping[ActorId, int]) -> Callable[[date], History]:
    """A function that gives the graph of the alliances begun before a day; the last day's is kept."""
    ordered = sorted(alliances, key=_place)
    allied, partners = _dated(ordered, rows), _dated(filter(_positive, ordered), rows)

    @lru_cache(maxsize=1)
    def on(day: date) -> History:
        return History(allied.before(day), partners.before(day))

    return on


@dataclass(frozen=True, slots=True)
class _Dated:
    """The pairs of alliances (pairs, 2) in the order of their days (pairs,)."""

    pairs: NDArray[np.int64]
    days: NDArray[np.int64]
    count: int

    def before(self, day: date) -> csr_matrix:
        end = int(np.searchsorted(self.days, day.toordinal(), side="left"))
        return _matrix(self.pairs[:end], self.count)


def _dated(alliances: Iterable[Alliance], rows: Mapping[ActorId, int]) -> _Dated:
    found = [(pair, one.started.toordinal()) for one in alliances for pair in _pairs(one, rows)]
    pairs = np.asarray([pair for pair, _ in found], dtype=np.int64).reshape(-1, 2)
    return _Dated(pairs, np.asarray([day for _, day in found], dtype=np.int64), len(rows))


def _graph(alliances: Iterable[Alliance], rows: Mapping[ActorId, int]) -> csr_matrix:
    pairs = [pair for alliance in alliances for pair in _pairs(alliance, rows)]
    return _matrix(np.asarray(pairs, dtype=np.int64).reshape(-1, 2), len(rows))


def _pairs(alliance: Alliance, rows: Mapping[ActorId, int]) -> Iterable[tuple[int, int]]:
    return permutations(dict.fromkeys(rows[m] for m in alliance.members if m in rows), 2)


def _matrix(pairs: NDArray[np.int64], count: int) -> csr_matrix:
    ones = np.ones(len(pairs), dtype=np.float32)
    graph = csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    graph.sum_duplicates()
    return graph


def _neighbours(graph: csr_matrix, row: int) -> Rows:
    return np.asarray(graph.indices[graph.indptr[row] : graph.indptr[row + 1]], dtype=np.int64)


def _positive(alliance: Alliance) -> bool:
    return alliance.is_positive


def _place(alliance: Alliance) -> tuple[date, AllianceId]:
    return alliance.started, alliance.id
