"""Plain methods that every claim must beat, as scorers of one actor against others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matcher.candidates import distances_km
from matcher.encoder import FloatArray
from matcher.pool import Pool
from matcher.ragged import Rows

Scorer = Callable[[int, Rows], FloatArray]
"""(row of the query actor, rows of the others) -> one score an other, larger is better."""


def random_scorer(seed: int) -> Scorer:
    """Random scores, the same for the same pair whichever way round."""

    def score(row: int, others: Rows) -> FloatArray:
        pairs = [np.random.default_rng((seed, *sorted((row, int(o))))).random() for o in others]
        return np.asarray(pairs, dtype=np.float32)

    return score


def geography_scorer(pool: Pool) -> Scorer:
    """The nearer the better; an unknown place is farthest."""

    def score(row: int, others: Rows) -> FloatArray:
        return np.nan_to_num(-distances_km(pool, row, others), nan=-1e6)

    return score


def similarity_scorer(vectors: FloatArray) -> Scorer:
    """The inner product of one vector an actor (n, d)."""

    def score(row: int, others: Rows) -> FloatArray:
        return np.asarray(vectors[others] @ vectors[row], dtype=np.float32)

    return score


def two_way_scorer(needs_to_skills: FloatArray) -> Scorer:
    """The sum of both directions of an asymmetric table (n, n): [a, b] is a's needs by b's skills."""

    def score(row: int, others: Rows) -> FloatArray:
        return np.asarray(needs_to_skills[row, others] + needs_to_skills[others, row], dtype=np.float32)

    return score


def whole_profile(pool: Pool) -> list[str]:
    """Everything that each actor says, in one text."""
    return [
        " ".join([a.name, a.description, *(n.text for n in a.needs), *(s.text for s in a.skills)])
        for a in pool.actors
    ]
