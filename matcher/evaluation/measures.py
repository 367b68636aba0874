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


NDCG_DEPTH = 10


def query_measures(
    ranks: NDArray[np.float64], query_of: NDArray[np.int64], queries: int
) -> dict[str, NDArray[np.float64]]:
    """Each ranking measure of each query (queries,), NaN for a query without a positive.

    `ranks` (positives,) are complete, from 1, NaN for a positive that is left out; `query_of` says
    whose each is. A tie's mean rank counts as its rank.
    """
    held = ~np.isnan(ranks)
    ranks, query_of = ranks[held], query_of[held]
    counts = np.bincount(query_of, minlength=queries).astype(np.float64)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(query_of, weights=values, minlength=queries), dtype=np.float64)

    gains = np.where(ranks <= NDCG_DEPTH, 1 / np.log2(ranks + 1), 0.0)
    ideal = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, NDCG_DEPTH + 2)))])
    best = np.full(queries, np.inf)
    np.minimum.at(best, query_of, ranks)
    with np.errstate(invalid="ignore", divide="ignore"):
        measures = {
            "ndcg@10": total(gains) / ideal[np.minimum(counts, NDCG_DEPTH).astype(np.int64)],
            "recall@10": total((ranks <= 10).astype(np.float64)) / counts,
            "recall@50": total((ranks <= 50).astype(np.float64)) / counts,
            "mrr": np.where(counts > 0, 1 / best, np.nan),
        }
    return {name: np.where(counts > 0, values, np.nan) for name, values in measures.items()}


def mutual_at(
    k: int, ranks: NDArray[np.float64], asking: NDArray[np.int64], asked: NDArray[np.int64]
) -> NDArray[np.float64]:
    """1 for each positive where each of the two is in the other's first k, 0 otherwise.

    NaN where the other did not ask back, so that it has no list.
    """
    rank_of = dict(zip(zip(asking, asked, strict=True), ranks, strict=True))
    back = np.array([rank_of.get((b, a), np.nan) for a, b in zip(asking, asked, strict=True)], np.float64)
    return np.where(np.isnan(back) | np.isnan(ranks), np.nan, (ranks <= k) & (back <= k))


def coverage(shown: NDArray[np.int64], candidates: int) -> float:
    """The share of all candidates shown to anyone; negative rows stand for nobody."""
    return len(np.unique(shown[shown >= 0])) / candidates if candidates else float("nan")


def gini(exposures: NDArray[np.int64]) -> float:
    """How unevenly something is spread: 0 when all have the same, near 1 when one has all."""
    ordered = np.sort(exposures).astype(np.float64)
    count, total = len(ordered), ordered.sum()
    if not count or not total:
        return float("nan")
    return float((2 * np.arange(1, count + 1) - count - 1) @ ordered / (count * total))


def exposure(shown: NDArray[np.int64], candidates: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each candidate is shown (candidates,)."""
    held = shown[shown >= 0]
    counts = np.bincount(held, minlength=int(max(candidates.max(initial=0), held.max(initial=0))) + 1)
    return np.asarray(counts[candidates], dtype=np.int64)


def brier(probabilities: NDArray[np.float64], came_true: NDArray[np.bool_]) -> float:
    """The mean squared error of probabilities; 0 is best."""
    return float(np.mean((probabilities - came_true) ** 2)) if len(probabilities) else float("nan")


def reliability(
    probabilities: NDArray[np.float64], came_true: NDArray[np.bool_], bins: int = 10
) -> list[tuple[int, float, float]]:
    """(count, mean probability, share that came true) of bins of equal count, in rising probability."""
    order = np.argsort(probabilities, kind="stable")
    return [
        (len(part), float(probabilities[part].mean()), float(came_true[part].mean()))
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(bins: list[tuple[int, float, float]]) -> float:
    """ECE: the mean distance between probability and what came true, over the counts of bins."""
    total = sum(count for count, _, _ in bins)
    return sum(count * abs(mean - true) for count, mean, true in bins) / total if total else float("nan")
