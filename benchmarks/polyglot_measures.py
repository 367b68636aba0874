"""Measures of one method on a part of the corpus of register translations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.encoder import FloatArray
from matcher.evaluation.measures import share_above
from matcher.polyglot import Entry, HardNegative, Text

DRAWS = 2_000
Ranks = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """The needs of a part, and all its skills then all its hard negatives as candidates."""

    entries: Sequence[Entry]

    @cached_property
    def needs(self) -> list[str]:
        """One need an entry."""
        return [entry.need.text for entry in self.entries]

    @cached_property
    def skills(self) -> list[tuple[int, Text]]:
        """(row of its need, skill)."""
        return [(row, skill) for row, entry in enumerate(self.entries) for skill in entry.skills]

    @cached_property
    def negatives(self) -> list[tuple[int, HardNegative]]:
        """(row of its need, hard negative)."""
        return [(row, text) for row, entry in enumerate(self.entries) for text in entry.hard_negatives]

    @cached_property
    def candidates(self) -> list[str]:
        """Skills, then hard negatives."""
        return [text.text for _, text in (*self.skills, *self.negatives)]

    @cached_property
    def skill_rows(self) -> NDArray[np.intp]:
        """The need of each skill."""
        return np.array([row for row, _ in self.skills], dtype=np.intp)

    @cached_property
    def negative_rows(self) -> NDArray[np.intp]:
        """The need of each hard negative."""
        return np.array([row for row, _ in self.negatives], dtype=np.intp)


def best_ranks(task: Task, scores: FloatArray) -> Ranks:
    """For each need the rank of the best of its own skills among the columns; equals share the mean rank."""
    own = np.arange(len(task.needs))[:, None] == task.skill_rows[None, :]
    best = np.where(own, scores[:, : len(task.skills)], -np.inf).max(axis=1, keepdims=True)
    above = (scores > best).sum(axis=1)
    level = (scores == best).sum(axis=1)
    return np.asarray(above + (level + 1) / 2, dtype=np.float64)


def pair_ranks(task: Task, scores: FloatArray) -> Ranks:
    """The rank of each skill for its own need, the other right skills of that need left out."""
    ranks = np.empty(len(task.skills))
    for column, (row, _) in enumerate(task.skills):
        others = scores[row].copy()
        others[np.flatnonzero(task.skill_rows == row)] = -np.inf
        own = scores[row, column]
        ranks[column] = 1 + (others > own).sum() + (others == own).sum() / 2
    return ranks


def within_need_auc(task: Task, scores: FloatArray, kind: str | None = None) -> NDArray[np.float64]:
    """For each need the share of (skill, own hard negative) couples in the right order; NaN without any."""
    true, wrong = pair_scores(task, scores)
    kinds = np.array([negative.kind.value for _, negative in task.negatives])
    kept = np.ones(len(wrong), dtype=bool) if kind is None else kinds == kind
    return np.array(
        [
            share_above(true[task.skill_rows == row], wrong[(task.negative_rows == row) & kept])
            for row in range(len(task.needs))
        ]
    )


def pair_scores(task: Task, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The score of every skill, and of every hard negative, for its own need."""
    count = len(task.skills)
    true = scores[task.skill_rows, np.arange(count)]
    wrong = scores[task.negative_rows, count + np.arange(len(task.negatives))]
    return true, wrong


def pooled_auc(task: Task, scores: FloatArray) -> float:
    """The share of all (true pair, wrong pair) couples in the right order, whichever their needs."""
    return share_above(*pair_scores(task, scores))


def pooled_auc_interval(task: Task, scores: FloatArray, draws: int = 400) -> tuple[float, float]:
    """Its 95 % interval over drawn needs."""
    true, wrong = pair_scores(task, scores)
    random = np.random.default_rng(0)
    found = []
    for _ in range(draws):
        times = np.bincount(random.integers(len(task.needs), size=len(task.needs)), minlength=len(task.needs))
        found.append(
            share_above(np.repeat(true, times[task.skill_rows]), np.repeat(wrong, times[task.negative_rows]))
        )
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % interval of a mean over drawn needs."""
    kept = values[~np.isnan(values)]
    drawn = np.random.default_rng(0).choice(kept, (DRAWS, len(kept))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def ratio_interval(above: NDArray[np.float64], below: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % interval of the ratio of two means over the same drawn needs."""
    rows = np.random.default_rng(0).integers(len(above), size=(DRAWS, len(above)))
    ratios = above[rows].mean(axis=1) / np.maximum(below[rows].mean(axis=1), 1 / len(below))
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)
