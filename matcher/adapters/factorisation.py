"""Factors of alliances and of texts over scikit-learn's randomised singular value decomposition."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from matcher.encoder import FloatArray

_LEAST = 1e-9


def svd_factors(graph: csr_matrix, dimension: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Left and right factors (n, d) whose inner products are nearest to the graph; d is at most n - 1."""
    size = max(1, min(dimension, graph.shape[0] - 1))
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 (seconds to import)

    left, values, right = randomized_svd(graph, n_components=size, random_state=seed)
    roots = np.sqrt(values)
    return (left * roots).astype(np.float32), (right.T * roots).astype(np.float32)


def latent_space(
    rows: csr_matrix, dimension: int, seed: int
) -> tuple[FloatArray, Callable[[csr_matrix], FloatArray]]:
    """The rows in the directions that they vary most in (n, d), norm 1 or 0, and what moves others there.

    d is at most the smaller side of `rows`; rows without a term, or none at all, make a single column of 0.
    """
    size = min(dimension, *rows.shape)
    if not size or not rows.nnz:
        return np.zeros((rows.shape[0], 1), dtype=np.float32), lambda asked: np.zeros(
            (asked.shape[0], 1), dtype=np.float32
        )
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 (seconds to import)

    directions = randomized_svd(rows, n_components=size, n_iter=3, random_state=seed)[2].T.astype(np.float32)

    def moved(asked: csr_matrix) -> FloatArray:
        found = np.asarray(asked @ directions, dtype=np.float32)
        norms = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.where(norms > _LEAST, norms, 1), dtype=np.float32)

    return moved(rows), moved
