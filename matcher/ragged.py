"""Lists of different lengths in two flat arrays, such as the texts of each actor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ragged:
    """The items of list i are `items[starts[i]:starts[i + 1]]`."""

    starts: Rows
    items: Rows

    @classmethod
    def of_lists(cls, lists: Iterable[Iterable[int]]) -> Ragged:
        """The same lists, flat."""
        arrays = [np.fromiter(one, dtype=np.int64) for one in lists]
        starts = np.zeros(len(arrays) + 1, dtype=np.int64)
        np.cumsum([len(a) for a in arrays], out=starts[1:])
        return cls(starts, np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int64))

    def of(self, row: int) -> Rows:
        """The items of one list."""
        return self.items[self.starts[row] : self.starts[row + 1]]

    def gather(self, rows: Rows) -> Ragged:
        """The lists of these rows, in their order."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(lengths, out=starts[1:])
        offsets = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Ragged(starts, self.items[np.repeat(self.starts[rows], lengths) + offsets])

    def joined(self, more: Ragged) -> Ragged:
        """These lists, then those."""
        starts = np.concatenate([self.starts, self.starts[-1] + more.starts[1:]])
        return Ragged(starts, np.concatenate([self.items, more.items]))

    def inverted(self, count: int) -> Ragged:
        """For each item below `count`, the lists that hold it."""
        held = np.ones(len(self.items), dtype=np.bool_)
        shape = (len(self.starts) - 1, count)
        turned = csr_array((held, self.items, self.starts), shape=shape).tocsc()
        return Ragged(turned.indptr.astype(np.int64), turned.indices.astype(np.int64))


def distinct(items: Rows, count: int) -> Rows:
    """The items, all below `count`, once each and in order: np.unique without sorting them."""
    held = np.zeros(count, dtype=np.bool_)
    held[items] = True
    return np.flatnonzero(held).astype(np.int64)


def places(items: Rows, among: Rows, count: int) -> Rows:
    """Where each item stands in `among`, which holds them all once; all are below `count`."""
    at = np.empty(count, dtype=np.int64)
    at[among] = np.arange(len(among))
    return at[items]


def largest_by_list(values: NDArray[np.float32], starts: Rows) -> NDArray[np.float32]:
    """The largest of `values` in each list, 0 for an empty one; (lists,)."""
    lengths = np.diff(starts)
    largest = np.zeros(len(lengths), dtype=np.float32)
    filled = lengths > 0
    if filled.any():
        largest[filled] = np.maximum.reduceat(values, starts[:-1][filled])
    return largest
