"""Past alliances as a graph of actors, as it was known on a given day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matcher.domain import ActorId, Alliance
from matcher.ragged import Rows


@dataclass(frozen=True, slots=True)
class History:
    """Who had worked with whom before a day.

    `allied` (n, n) is 1 where two actors shared any alliance, failed ones included; `partners`
    (n, n) is 1 where they shared one that did not fail. Rows are those of the pool.
    """

    allied: csr_matrix
    partners: csr_matrix

    def allied_with(self, row: int) -> Rows:
        """The rows of those who were ever in an alliance with this actor."""
        return np.asarray(self.allied[[row]].indices, dtype=np.int64)

    def partners_of(self, row: int) -> Rows:
        """The rows of those whom this actor worked with, failed alliances aside."""
        return np.asarray(self.partners[[row]].indices, dtype=np.int64)

    def partner_counts(self) -> NDArray[np.float32]:
        """How many distinct partners each actor has had (n,)."""
        return np.asarray(np.diff(self.partners.indptr), dtype=np.float32)

    def shared_partners(self, row: int) -> NDArray[np.float32]:
        """How many partners each actor has in common with this one (n,)."""
        mine = np.zeros(self.partners.shape[0], dtype=np.float32)
        mine[self.partners_of(row)] = 1.0
        return np.asarray(self.partners @ mine, dtype=np.float32)


def build_history(
    alliances: Iterable[Alliance], rows: Mapping[ActorId, int], before: date | None = None
) -> History:
    """The graph of the alliances that began before a day (all of them when None)."""
    known = [a for a in alliances if before is None or a.started < before]
    return History(
        _graph(known, rows),
        _graph([alliance for alliance in known if alliance.is_positive], rows),
    )


def _graph(alliances: Iterable[Alliance], rows: Mapping[ActorId, int]) -> csr_matrix:
    pairs = [
        pair
        for alliance in alliances
        for pair in permutations([rows[m] for m in alliance.members if m in rows], 2)
    ]
    at = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    ones = np.ones(len(at), dtype=np.float32)
    graph = csr_matrix((ones, (at[:, 0], at[:, 1])), shape=(len(rows), len(rows)))
    graph.sum_duplicates()
    graph.data[:] = 1.0
    return graph
