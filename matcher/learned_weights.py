"""How strongly learned weights are drawn to those set by hand: the choices of a later period decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.features import FEATURES
from matcher.ranking import DAY_ONE_WEIGHTS
from matcher.weights import Choice, Fit, Weights, fit_weights, surprise

BY_HAND = float("inf")
STRENGTHS = (BY_HAND, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0)
"""From the weights set by hand to nearly free ones."""
FEWEST = 10
"""Days with choices, before and after the inner cut, below which the hand-set weights are kept."""
PRIOR: Weights = np.array([DAY_ONE_WEIGHTS[name] for name in FEATURES], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Pull:
    """The chosen strength; how surprising later choices were under each strength that was tried."""

    strength: float
    surprises: Mapping[float, float]


def choose_pull(choices: Sequence[Choice], inner: date) -> Pull:
    """The strongest pull whose surprise at later choices is within one standard error of the least.

    Weights are learned from the choices before the inner cut. With too few of either the hand-set
    weights are kept.
    """
    before = [one for one in choices if one.day < inner]
    after = [one for one in choices if one.day >= inner]
    if min(len({one.day for one in part}) for part in (before, after)) < FEWEST:
        return Pull(BY_HAND, {})
    weights = np.array([one.weight for one in after])
    days = np.unique([one.day.toordinal() for one in after], return_inverse=True)[1]
    lost = {strength: surprise(after, learned(before, strength)) * weights for strength in STRENGTHS}
    means = {strength: float(values.sum() / weights.sum()) for strength, values in lost.items()}
    best = min(STRENGTHS, key=lambda strength: means[strength])
    for strength in STRENGTHS:
        more = np.bincount(days, weights=lost[strength] - lost[best]) / weights.sum()
        if more.sum() <= np.sqrt(len(more)) * more.std():
            return Pull(strength, means)
    return Pull(best, means)


def learned(choices: Sequence[Choice], strength: float) -> Fit:
    """The weights that choices make of the hand-set ones; those themselves where the pull is endless."""
    if strength == BY_HAND:
        fit = fit_weights(choices, PRIOR, 1.0)
        return Fit(PRIOR, fit.scale)
    return fit_weights(choices, PRIOR, strength)


def named_weights(fit: Fit) -> dict[str, float]:
    """Points by feature, to four decimals."""
    return {name: round(float(weight), 4) for name, weight in zip(FEATURES, fit.weights, strict=True)}
