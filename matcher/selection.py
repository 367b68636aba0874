"""Scores to the few to show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.encoder import FloatArray
from matcher.errors import InputError
from matcher.ragged import Rows


@dataclass(frozen=True, slots=True)
class SelectionConfig:
    """How many to show, and the score below which nothing is shown."""

    limit: int = 10
    min_score: float | None = None

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise InputError("limit", self.limit, "ask for at least one match")


def select(scores: FloatArray, tie_breaker: Rows, config: SelectionConfig) -> Rows:
    """Positions in `scores` of those to show, best first; ties by the smaller `tie_breaker`."""
    order = np.lexsort((tie_breaker, -scores))
    if config.min_score is not None:
        order = order[scores[order] >= config.min_score]
    return np.asarray(order[: config.limit], dtype=np.int64)
