"""Features to contributions to a score; a score is always the sum of its named contributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp
from typing import Protocol

import numpy as np

from matcher.domain import Contribution
from matcher.encoder import FloatArray
from matcher.features import FEATURES

DAY_ONE_WEIGHTS: Mapping[str, float] = {
    "need_met": 22.0,
    "skill_wanted": 22.0,
    "reciprocity": 12.0,
    "mission": 6.0,
    "shared_themes": 4.0,
    "shared_sdgs": 2.0,
    "proximity": 10.0,
    "same_epci": 6.0,
    "same_departement": 2.0,
    "same_region": 2.0,
    "beyond_radius": -12.0,
    "cross_sector": 2.0,
    "cross_register": 1.0,
    "stage": 2.0,
    "shared_partners": 4.0,
    "popularity": 1.0,
    "freshness": 2.0,
}
"""Points out of 100, set by hand before any alliance was seen: complementarity 56, mission 12,
territory 20, worlds 3, stage 2, history 5, freshness 2. See docs/decisions/0001."""


class Ranking(Protocol):
    """Turns features into contributions."""

    @property
    def name(self) -> str:
        """What identifies the model; it is recorded with every score."""

    @property
    def bias(self) -> float:
        """What is added to the sum of contributions."""

    def contributions(self, features: FloatArray) -> FloatArray:
        """Points a pair and feature (n, features), columns as in FEATURES."""

    def probability(self, score: float) -> float | None:
        """How likely a shown pair of this score is to ally; None where nobody has measured it."""


@dataclass(frozen=True, slots=True)
class Odds:
    """What a score means: log-odds = slope × points + start, drawn to what came true of shown pairs."""

    slope: float
    start: float


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """Contribution = weight × value, with the weights set by hand unless others were learned."""

    weights: Mapping[str, float] = field(default_factory=lambda: DAY_ONE_WEIGHTS)
    name: str = "day-one"
    bias: float = 0.0
    odds: Odds | None = None

    def contributions(self, features: FloatArray) -> FloatArray:
        """Points a pair and feature (n, features)."""
        weights = np.array([self.weights[feature] for feature in FEATURES], dtype=np.float32)
        return np.asarray(features * weights, dtype=np.float32)

    def probability(self, score: float) -> float | None:
        """How likely a shown pair of this score is to ally, None without odds."""
        return None if self.odds is None else 1 / (1 + exp(-(self.odds.slope * score + self.odds.start)))


def scores(ranking: Ranking, contributions: FloatArray) -> FloatArray:
    """One score a pair (n,): the bias plus the sum of its contributions."""
    return np.asarray(contributions.sum(axis=1, dtype=np.float64) + ranking.bias, dtype=np.float32)


def contributions_of(values: FloatArray, points: FloatArray) -> tuple[Contribution, ...]:
    """The contributions of one pair by name, from its features and points (features,)."""
    return tuple(
        Contribution(name, float(value), float(point / value) if value else 0.0, float(point))
        for name, value, point in zip(FEATURES, values, points, strict=True)
    )


def total(bias: float, contributions: tuple[Contribution, ...]) -> float:
    """The score that contributions add up to."""
    return bias + sum(contribution.points for contribution in contributions)
