"""VectorIndex over FAISS: exact up to a few hundred thousand vectors, inverted lists beyond.

A filter is handed to FAISS as a bitmap, so that every allowed vector can be found: an approximate
graph loses most of its recall under a narrow filter (faiss#4727), a flat scan none.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any

import faiss
import numpy as np

from matcher.encoder import FloatArray
from matcher.index import NO_NEIGHBOUR, IdArray, check_queries, check_vectors

IVF_FROM = 200_000
"""Vectors from which `index_for` chooses inverted lists."""
_FEW = 0.05
"""Share of allowed vectors under which inverted lists are left for an exact scan of those."""


class FaissFlatIndex:
    """Exact: every query is compared with every allowed vector."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._lock = Lock()

    @property
    def dimension(self) -> int:
        return self._dimension

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: IdArray, vectors: FloatArray) -> None:
        """Hold the vectors under these ids, replacing those already there."""
        check_vectors(ids, vectors, self._dimension)
        with self._lock:
            if np.isin(ids, faiss.vector_to_array(self._index.id_map)).any():  # removal moves all vectors
                self._index.remove_ids(faiss.IDSelectorBatch(ids))
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)

    def remove(self, ids: IdArray) -> None:
        """Forget these ids; unknown ones are passed over."""
        with self._lock:
            self._index.remove_ids(faiss.IDSelectorBatch(np.ascontiguousarray(ids)))

    def search(
        self, queries: FloatArray, k: int, allowed: IdArray | None = None
    ) -> tuple[IdArray, FloatArray]:
        """The k nearest of each query; see VectorIndex."""
        check_queries(queries, k, self._dimension)
        with self._lock:
            parameters = None if allowed is None else faiss.SearchParameters(sel=_bitmap(allowed))
            return _search(self._index, queries, k, parameters)


@dataclass(frozen=True, slots=True)
class IvfConfig:
    """Inverted lists: how many to look into, and how many training vectors a list."""

    probes: int = 64
    training_per_list: int = 40
    seed: int = 7


class FaissIvfIndex:
    """Approximate past a size: vectors in inverted lists, of which the nearest are looked into.

    Few allowed vectors are scanned exactly. It trains itself on the first vectors that it is given.
    """

    def __init__(self, dimension: int, lists: int, config: IvfConfig | None = None) -> None:
        self._config = config or IvfConfig()
        self._dimension = dimension
        quantizer = faiss.IndexFlatIP(dimension)
        self._index = faiss.IndexIVFFlat(quantizer, dimension, lists, faiss.METRIC_INNER_PRODUCT)
        self._index.set_direct_map_type(faiss.DirectMap.Hashtable)
        self._index.cp.seed = self._config.seed
        self._lock = Lock()

    @property
    def dimension(self) -> int:
        return self._dimension

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: IdArray, vectors: FloatArray) -> None:
        """Hold the vectors under these ids, replacing those already there."""
        check_vectors(ids, vectors, self._dimension)
        held = np.ascontiguousarray(vectors, dtype=np.float32)
        with self._lock:
            if not self._index.is_trained:
                self._index.train(_training_sample(held, self._index.nlist, self._config))
            self._index.remove_ids(faiss.IDSelectorArray(ids))
            self._index.add_with_ids(held, ids)

    def remove(self, ids: IdArray) -> None:
        """Forget these ids; unknown ones are passed over."""
        with self._lock:
            if self._index.is_trained:
                self._index.remove_ids(faiss.IDSelectorArray(np.ascontiguousarray(ids)))

    def search(
        self, queries: FloatArray, k: int, allowed: IdArray | None = None
    ) -> tuple[IdArray, FloatArray]:
        """The k nearest of each query among the lists looked into; see VectorIndex."""
        check_queries(queries, k, self._dimension)
        with self._lock:
            narrow = allowed is not None and len(allowed) < _FEW * max(len(self), 1)
            probes = self._index.nlist if narrow else min(self._config.probes, self._index.nlist)
            selector = None if allowed is None else _bitmap(allowed)
            parameters = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
            return _search(self._index, queries, k, parameters)


def index_for(dimension: int, count: int) -> FaissFlatIndex | FaissIvfIndex:
    """The index for so many vectors: exact below IVF_FROM, else about 4·√count inverted lists."""
    if count < IVF_FROM:
        return FaissFlatIndex(dimension)
    return FaissIvfIndex(dimension, int(4 * count**0.5))


def _search(
    index: Any,  # noqa: ANN401 (FAISS has no types)
    queries: FloatArray,
    k: int,
    parameters: Any,  # noqa: ANN401
) -> tuple[IdArray, FloatArray]:
    """FAISS's answer with ties by id and its padding as NO_NEIGHBOUR and -inf.

    On one thread: for the few queries of a request, sharing the work costs several times what it saves.
    """
    faiss.omp_set_num_threads(1)
    values, found = index.search(np.ascontiguousarray(queries, dtype=np.float32), k, params=parameters)
    values = np.where(found == NO_NEIGHBOUR, -np.inf, values).astype(np.float32)
    order = np.lexsort((found, -values), axis=1)
    return np.take_along_axis(found, order, axis=1), np.take_along_axis(values, order, axis=1)


def _bitmap(allowed: IdArray) -> Any:  # noqa: ANN401
    size = int(allowed.max()) + 1 if len(allowed) else 1
    bits = np.zeros(size, dtype=np.bool_)
    bits[allowed] = True
    return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))


def _training_sample(vectors: FloatArray, lists: int, config: IvfConfig) -> FloatArray:
    wanted = lists * config.training_per_list
    if len(vectors) <= wanted:
        return vectors
    rows = np.random.default_rng(config.seed).choice(len(vectors), wanted, replace=False)
    return vectors[np.sort(rows)]
