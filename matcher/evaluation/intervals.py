"""How sure a mean is, and whether one model is better than another: bootstrap and randomisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 1_000
LEVEL = 0.95
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its percentile interval; NaN when there is nothing to draw from."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference, first minus second, over the same queries.

    `by_query` and `by_cluster` are intervals from redrawing queries, and events that made pairs;
    `p` is that of a randomisation test that swaps the two models event by event.
    """

    queries: int
    by_query: Interval
    by_cluster: Interval
    p: float


@dataclass(frozen=True, slots=True)
class Draws:
    """How often each query counts in each draw (draws, queries)."""

    by_query: NDArray[np.float32]
    by_cluster: NDArray[np.float32]
    main: NDArray[np.int64]
    """The cluster that each query has most positives of (queries,)."""


def draw(clusters: Sequence[Sequence[str]], seed: int, draws: int = DRAWS) -> Draws:
    """Redraws of queries whose positives come from these clusters, the same for the same seed.

    A query counts as often as its clusters were drawn, on average over its positives.
    """
    random = np.random.default_rng(seed)
    count = len(clusters)
    codes = {c: i for i, c in enumerate(sorted({c for of_query in clusters for c in of_query}))}
    shares = np.zeros((len(codes), count), dtype=np.float32)
    for query, of_query in enumerate(clusters):
        for cluster in of_query:
            shares[codes[cluster], query] += 1 / len(of_query)
    return Draws(
        by_query=_resamples(random, count, draws),
        by_cluster=_resamples(random, len(codes), draws) @ shares,
        main=np.asarray(shares.argmax(axis=0) if count and codes else np.zeros(count), dtype=np.int64),
    )


def _resamples(random: np.random.Generator, count: int, draws: int) -> NDArray[np.float32]:
    if not count:
        return np.zeros((draws, 0), dtype=np.float32)
    return random.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float32)


def interval(values: Values, weights: NDArray[np.float32]) -> Interval:
    """The mean of the values that are not NaN, and its interval over redraws (draws, values)."""
    held = ~np.isnan(values)
    if not held.any():
        return Interval(float("nan"), float("nan"), float("nan"))
    drawn = weights[:, held].astype(np.float64)
    totals = drawn.sum(axis=1)
    means = (drawn @ values[held])[totals > 0] / totals[totals > 0]
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(values[held].mean()), float(low), float(high))


def compare(first: Values, second: Values, draws: Draws, seed: int) -> Difference:
    """The paired difference of two models, one value a query each."""
    differences = first - second
    return Difference(
        queries=int((~np.isnan(differences)).sum()),
        by_query=interval(differences, draws.by_query),
        by_cluster=interval(differences, draws.by_cluster),
        p=_randomised(differences, draws, seed),
    )


def _randomised(differences: Values, draws: Draws, seed: int) -> float:
    held = ~np.isnan(differences)
    if not held.any():
        return float("nan")
    sums = np.bincount(draws.main[held], weights=differences[held])
    times = len(draws.by_query)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(times, len(sums)))
    reached = np.abs(signs @ sums) >= abs(sums.sum()) - 1e-12
    return float((1 + reached.sum()) / (times + 1))
