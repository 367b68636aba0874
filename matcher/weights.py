"""Weights learned from choices and drawn to those set by hand.

Each choice says: of these pairs, people chose this one. The likelihood is that of a conditional logit
(McFadden, 1974): the chance of the chosen pair is its share of exp(scale × score). The prior is a
ridge around the hand-set weights, in log-odds for one deviation of a feature, so that few choices
move little and no choice moves nothing. A weight keeps the sign that was set by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from matcher.encoder import FloatArray

Weights = NDArray[np.float64]
LEAST_SCALE, MOST_SCALE = 0.01, 1.0
"""Log-odds that a point is worth, at least and at most."""


class Witness(StrEnum):
    """Who tells of a choice."""

    ALLIANCE = "alliances"
    """Two actors who allied, among all who could have on that day."""
    DECISION = "decisions"
    """A catalyst who kept one proposal and declined others."""
    LIST = "lists"
    """A pair that was kept, among those served in one list with it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The features of a chosen pair (features,) and of those it was chosen among (others, features)."""

    day: date
    witness: Witness
    chosen: FloatArray
    others: FloatArray
    weight: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights in points, and what a point is worth in log-odds."""

    weights: Weights
    scale: float


@dataclass(frozen=True, slots=True)
class _Stacked:
    """Every row of every choice, the chosen one first; `starts` (choices,) are the first rows."""

    rows: NDArray[np.float64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    weights: NDArray[np.float64]


def fit_weights(choices: Sequence[Choice], prior: Weights, strength: float) -> Fit:
    """The weights that these choices make of the prior; `strength` is how strongly they are drawn to it.

    The scale is fitted first, with the prior's own weights; then the weights, the scale held.
    """
    stacked = _stack(choices)
    scale = _scale(stacked, prior)
    deviations = stacked.rows.std(axis=0)
    pull = strength * (scale * deviations) ** 2

    def loss(weights: Weights) -> tuple[float, Weights]:
        off = weights - prior
        lost, slope = _lost(stacked, scale * weights)
        return lost + float(pull @ off**2) / 2, scale * slope + pull * off

    bounds = [(0, None) if one >= 0 else (None, 0) for one in prior]
    found = minimize(loss, prior, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 500})
    return Fit(np.asarray(np.where(deviations > 0, found.x, prior), dtype=np.float64), scale)


def surprise(choices: Sequence[Choice], fit: Fit) -> NDArray[np.float64]:
    """How surprising each choice is to these weights: minus its log-likelihood (choices,)."""
    stacked = _stack(choices)
    return np.asarray(_surprises(stacked, fit.scale * fit.weights)[0], dtype=np.float64)


def _stack(choices: Sequence[Choice]) -> _Stacked:
    sizes = np.array([1 + len(one.others) for one in choices], dtype=np.int64)
    rows = [part for one in choices for part in (one.chosen[None, :], one.others)]
    return _Stacked(
        rows=np.concatenate(rows).astype(np.float64),
        starts=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
        sizes=sizes,
        weights=np.array([one.weight for one in choices], dtype=np.float64),
    )


def _surprises(stacked: _Stacked, log_odds: Weights) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minus the log-likelihood of each choice, and the chance of each row within its choice."""
    scores = stacked.rows @ log_odds
    highest = np.maximum.reduceat(scores, stacked.starts)
    shares = np.exp(scores - np.repeat(highest, stacked.sizes))
    totals = np.add.reduceat(shares, stacked.starts)
    return np.log(totals) + highest - scores[stacked.starts], shares / np.repeat(totals, stacked.sizes)


def _lost(stacked: _Stacked, log_odds: Weights) -> tuple[float, Weights]:
    lost, chances = _surprises(stacked, log_odds)
    pulls = chances * np.repeat(stacked.weights, stacked.sizes)
    slope = pulls @ stacked.rows - stacked.weights @ stacked.rows[stacked.starts]
    return float(stacked.weights @ lost), np.asarray(slope, dtype=np.float64)


def _scale(stacked: _Stacked, prior: Weights) -> float:
    def loss(scale: Weights) -> tuple[float, Weights]:
        lost, slope = _lost(stacked, scale[0] * prior)
        return lost, np.array([slope @ prior])

    start = np.array([np.sqrt(LEAST_SCALE * MOST_SCALE)])
    bounds = [(LEAST_SCALE, MOST_SCALE)]
    return float(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x[0])
