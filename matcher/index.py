"""Vectors to neighbours: the VectorIndex protocol, and the exact index that is its oracle."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.encoder import FloatArray
from matcher.errors import EncoderMismatchError, InputError

IdArray = NDArray[np.int64]
NO_NEIGHBOUR = -1


class VectorIndex(Protocol):
    """Finds the vectors nearest to a query by inner product; larger is nearer."""

    @property
    def dimension(self) -> int:
        """The number of columns of every vector."""

    def __len__(self) -> int:
        """How many vectors it holds."""

    def add(self, ids: IdArray, vectors: FloatArray) -> None:
        """Hold the vectors (n, dimension) under these ids (n,), replacing those already there."""

    def remove(self, ids: IdArray) -> None:
        """Forget these ids; unknown ones are passed over."""

    def search(
        self, queries: FloatArray, k: int, allowed: IdArray | None = None
    ) -> tuple[IdArray, FloatArray]:
        """The k nearest of each query: ids (q, k) and similarities (q, k), nearest first.

        Equal similarities come in the order of their ids. `allowed` limits the answer to these
        ids, exactly: every allowed vector can be found however few they are. Rows with fewer than
        k answers end in NO_NEIGHBOUR and -inf.
        """


class ExactIndex:
    """Compares each query with every vector; the oracle of every other index."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._ids: IdArray = np.empty(0, dtype=np.int64)
        self._vectors: FloatArray = np.empty((0, dimension), dtype=np.float32)

    @property
    def dimension(self) -> int:
        return self._dimension

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: IdArray, vectors: FloatArray) -> None:
        """Hold the vectors under these ids, replacing those already there."""
        check_vectors(ids, vectors, self._dimension)
        self.remove(ids)
        self._ids = np.concatenate([self._ids, ids])
        self._vectors = np.concatenate([self._vectors, vectors])

    def remove(self, ids: IdArray) -> None:
        """Forget these ids; unknown ones are passed over."""
        kept = ~np.isin(self._ids, ids)
        self._ids, self._vectors = self._ids[kept], self._vectors[kept]

    def search(
        self, queries: FloatArray, k: int, allowed: IdArray | None = None
    ) -> tuple[IdArray, FloatArray]:
        """The k nearest of each query; see VectorIndex."""
        check_queries(queries, k, self._dimension)
        if allowed is None:
            return top_k(queries @ self._vectors.T, self._ids, k)
        kept = np.isin(self._ids, allowed)
        return top_k(queries @ self._vectors[kept].T, self._ids[kept], k)


def top_k(similarities: FloatArray, ids: IdArray, k: int) -> tuple[IdArray, FloatArray]:
    """The k largest of each row (q, n) with their ids (n,), padded to k; ties by smaller id."""
    queries, held = similarities.shape
    found = np.full((queries, k), NO_NEIGHBOUR, dtype=np.int64)
    values = np.full((queries, k), -np.inf, dtype=np.float32)
    for row in range(queries):
        order = _largest(similarities[row], ids, min(k, held))
        found[row, : len(order)] = ids[order]
        values[row, : len(order)] = similarities[row, order]
    return found, values


def _largest(values: FloatArray, ids: IdArray, k: int) -> NDArray[np.intp]:
    if k == 0:
        return np.empty(0, dtype=np.intp)
    candidates = np.arange(len(values))
    if k < len(values):
        threshold = np.partition(values, len(values) - k)[len(values) - k]
        candidates = np.flatnonzero(values >= threshold)
    order = np.lexsort((ids[candidates], -values[candidates]))
    return candidates[order[:k]]


def check_vectors(ids: IdArray, vectors: FloatArray, dimension: int) -> None:
    """Raise when vectors to hold do not fit the index."""
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise EncoderMismatchError(
            f"vectors of shape {vectors.shape} do not fit an index of dimension {dimension}; "
            "rebuild the index with the encoder in use"
        )
    if len(ids) != len(vectors) or len(np.unique(ids)) != len(ids):
        raise InputError("ids", len(ids), f"expected {len(vectors)} distinct ids, one a vector")


def check_queries(queries: FloatArray, k: int, dimension: int) -> None:
    """Raise when a search cannot be answered."""
    if k < 1:
        raise InputError("k", k, "ask for at least one neighbour")
    if queries.ndim != 2 or queries.shape[1] != dimension:
        raise EncoderMismatchError(
            f"queries of shape {queries.shape} do not fit an index of dimension {dimension}; "
            "encode them with the encoder of the index"
        )
