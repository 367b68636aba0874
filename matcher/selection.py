"""Scores to the few to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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


def select_pairs(
    pairs: Sequence[tuple[float, str, str]], limit: int, per_actor: int
) -> list[tuple[str, str]]:
    """The best pairs out of (score, id, id), best first, no actor in more than `per_actor` of them.

    A pair given from both sides counts once. The cap keeps a few well-described actors from taking
    every place (fair exposure).
    """
    shown: Counter[str] = Counter()
    chosen: list[tuple[str, str]] = []
    for _, a, b in sorted(pairs, key=lambda pair: (-pair[0], *sorted(pair[1:]))):
        known = (a, b) in chosen or (b, a) in chosen
        if known or shown[a] >= per_actor or shown[b] >= per_actor:
            continue
        chosen.append((a, b))
        shown.update((a, b))
        if len(chosen) == limit:
            break
    return chosen
