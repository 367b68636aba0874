"""Factors of the alliance graph over scikit-learn's randomised singular value decomposition."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from matcher.encoder import FloatArray


def svd_factors(graph: csr_matrix, dimension: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Left and right factors (n, d) whose inner products are nearest to the graph; d is at most n - 1."""
    size = max(1, min(dimension, graph.shape[0] - 1))
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 (seconds to import)

    left, values, right = randomized_svd(graph, n_components=size, random_state=seed)
    roots = np.sqrt(values)
    return (left * roots).astype(np.float32), (right.T * roots).astype(np.float32)
