"""Measures over complete rankings; never over sampled negatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.encoder import FloatArray


def mean_ranks(scores: FloatArray, positives: NDArray[np.intp]) -> NDArray[np.float64]:
    """The rank of each positive among all scores (n,), from 1; equal scores share their mean rank."""
    targets = scores[positives]
    above = (scores[None, :] > targets[:, None]).sum(axis=1)
    level = (scores[None, :] == targets[:, None]).sum(axis=1)
    return np.asarray(above + (level + 1) / 2, dtype=np.float64)


def recall_at(ranks: NDArray[np.float64], k: int) -> float:
    """The share of positives ranked k or better; NaN without a positive."""
    return float(np.mean(ranks <= k)) if len(ranks) else float("nan")


def reciprocal_rank(ranks: NDArray[np.float64]) -> float:
    """One over the best rank; NaN without a positive."""
    return float(1 / ranks.min()) if len(ranks) else float("nan")


def share_above(true: FloatArray, wrong: FloatArray) -> float:
    """The share of (true, wrong) couples in which the true one scores higher; ties count half.

    This is the area under the ROC curve (Mann-Whitney U over the product of the sizes).
    """
    if not len(true) or not len(wrong):
        return float("nan")
    higher = (true[:, None] > wrong[None, :]).mean()
    level = (true[:, None] == wrong[None, :]).mean()
    return float(higher + level / 2)
