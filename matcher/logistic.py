"""Logistic regression around an offset, drawn to nought column by column; Newton steps, never uphill."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from matcher.columns import Flags
from matcher.encoder import FloatArray

Numbers = NDArray[np.float64]
_STEPS = 25
_HALVINGS = 20
_SMALL = 1e-9
_ROWS_AT_ONCE = 50_000


def chances(log_odds: NDArray[np.floating]) -> Numbers:
    """How likely something of these log-odds is."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))), dtype=np.float64)


def fit_logistic(
    rows: NDArray[np.floating],
    true: Flags,
    pull: Numbers,
    weights: Numbers | None = None,
    offset: Numbers | None = None,
    start: Numbers | None = None,
) -> Numbers:
    """A coefficient a column of rows (n, k), the last being that of a constant column (k + 1,).

    `pull` (k,) is how strongly each is drawn to nought, in units of the log-likelihood; the constant is
    not. `offset` (n,) is added to the log-odds as it is; `weights` (n,) say how often a row counts.
    """
    count = len(true)
    weight = np.ones(count) if weights is None else weights
    added = np.zeros(count) if offset is None else offset
    drawn = np.append(pull, 0.0)
    found = np.zeros(len(drawn)) if start is None else start

    def log_odds(at: Numbers) -> Numbers:
        return np.asarray(rows @ at[:-1] + at[-1] + added, dtype=np.float64)

    def lost(at: Numbers) -> float:
        signed = np.where(true, -1.0, 1.0) * log_odds(at)
        return float(weight @ np.logaddexp(0, signed) + drawn @ at**2 / 2)

    now = lost(found)
    for _ in range(_STEPS):
        chance = chances(log_odds(found))
        slope, curvature = _derivatives(rows, weight * (chance - true), weight * chance * (1 - chance))
        step = np.linalg.solve(curvature + np.diag(drawn + _SMALL * max(count, 1)), slope + drawn * found)
        tried = [found - step / 2**halved for halved in range(_HALVINGS)]
        better = next((one for one in tried if lost(one) <= now), None)
        if better is None:
            break
        before, now, found = now, lost(better), better
        if before - now <= _SMALL * max(now, 1.0):
            break
    return found


def _derivatives(rows: NDArray[np.floating], off: Numbers, heavy: Numbers) -> tuple[Numbers, Numbers]:
    """The gradient (k + 1,) and the curvature (k + 1, k + 1) of what is lost, the pull left out."""
    width = rows.shape[1] + 1
    slope, curvature = np.zeros(width), np.zeros((width, width))
    for part, at in _parts(rows):
        slope += part.T @ off[at]
        curvature += part.T @ (part * heavy[at, None])
    return slope, curvature


def _parts(rows: NDArray[np.floating]) -> Iterator[tuple[FloatArray | Numbers, slice]]:
    """Some rows at once with the constant beside them, so that memory stays small."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        at = slice(start, start + _ROWS_AT_ONCE)
        part = rows[at].astype(np.float64)
        yield np.column_stack([part, np.ones(len(part))]), at
