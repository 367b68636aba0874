"""Past alliances to a training set, and what makes a ranking model of one.

A training set is a task of an earlier period: features are read from what was known at its cut,
labels from what came true after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from matcher.columns import Codes, Flags
from matcher.encoder import FloatArray
from matcher.errors import InputError
from matcher.evaluation.assessment import shown_truth
from matcher.evaluation.evidence import Evidence
from matcher.evaluation.pair_features import feature_names, measure_seen
from matcher.evaluation.protocol import Block, BlockScorer, Rankings, blocks_of
from matcher.evaluation.sight import SHORTLIST, Sight, first_order, shortlist
from matcher.evaluation.split import Task
from matcher.logistic import chances, fit_logistic
from matcher.ragged import Rows

Progress = Callable[[int, int], None]
PLAIN_ORDER = "plain_order"
"""The feature that every model starts from: minus the logarithm of a pair's place in the plain order."""
PLAIN_STEP = "plain order"
"""The step of every trainer at which nothing is learned."""
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many of its shortlist stand beside each query's positives, drawn evenly, and the seed.

    `per_positive` are drawn for each positive, `at_least` for a query whatever its positives.
    """

    per_positive: int = 15
    at_least: int = 150
    seed: int = 20_240_701


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Pairs as rows (m, features), whether each came true, and the query that each belongs to.

    Rows of one query stand together. `share` is the part of the eligible negatives that was drawn.
    """

    names: tuple[str, ...]
    features: FloatArray
    came_true: Flags
    query: Codes
    share: float

    @property
    def plain(self) -> int:
        """The column of the plain order; InputError when there is none to start from."""
        if PLAIN_ORDER not in self.names:
            raise InputError("train", PLAIN_ORDER, "a model starts from this feature; measure it too")
        return self.names.index(PLAIN_ORDER)


class PairModel(Protocol):
    """Turns the features of pairs into scores that are the sum of named contributions."""

    @property
    def names(self) -> tuple[str, ...]:
        """The features that it reads, in order."""

    @property
    def bias(self) -> float:
        """What is added to the sum of contributions."""

    def scores(self, features: FloatArray) -> NDArray[np.float64]:
        """One score a pair (m,), the bias plus the sum of its contributions; a log-odds."""

    def contributions(self, features: FloatArray) -> NDArray[np.float64]:
        """Points a pair and feature (m, features)."""

    def save(self, directory: Path) -> None:
        """Write the model as plain files into a directory."""


class Trainer(Protocol):
    """Makes a model of a training set; the same set and settings make the same model."""

    @property
    def name(self) -> str:
        """What kind of model it makes."""

    def settings(self) -> Mapping[str, object]:
        """Everything that was chosen, for the record."""

    def train(self, examples: TrainingSet) -> Mapping[str, PairModel]:
        """Models by name, from the plain order alone to all that these examples say."""


def collect(
    task: Task,
    evidence: Evidence,
    groups: Sequence[str],
    sampling: Sampling,
    on_progress: Progress | None = None,
) -> TrainingSet:
    """The positives of a task and as many drawn negatives as `sampling` says; InputError without any.

    Negatives come from the shortlists that a model is to put in order.
    """
    if not task.queries:
        raise InputError("train", task.known.before.isoformat(), "no alliance to learn from after this day")
    random = np.random.default_rng(sampling.seed)
    measured = Measured(evidence, tuple(groups))
    parts, truth, owners, listed_count, drawn_count, done = [], [], [], 0, 0, 0
    for block, queries in blocks_of(task):
        close = measured.of(block)
        for at, query in enumerate(queries):
            true = np.isin(close.others[at], query.positives) & close.listed[at]
            drawn = _negatives(int(true.sum()), close.listed[at] & ~true, sampling, random)
            rows = np.concatenate([np.flatnonzero(true), drawn])
            parts.append(close.features[at, rows])
            truth.append(true[rows])
            owners.append(np.full(len(rows), done + at))
            listed_count += int(close.listed[at].sum() - true.sum())
            drawn_count += len(drawn)
        done += len(queries)
        if on_progress is not None:
            on_progress(done, len(task.queries))
    return TrainingSet(
        names=measured.names,
        features=np.concatenate(parts),
        came_true=np.concatenate(truth),
        query=np.concatenate(owners).astype(np.int64),
        share=drawn_count / max(listed_count, 1),
    )


def _negatives(
    positives: int, listed: Flags, sampling: Sampling, random: np.random.Generator
) -> NDArray[np.int64]:
    candidates = np.flatnonzero(listed)
    wanted = max(sampling.at_least, sampling.per_positive * positives)
    return random.choice(candidates, min(wanted, len(candidates)), replace=False).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Close:
    """The shortlists of a block, measured.

    `others` (queries, k) are rows, `listed` which of them are candidates, `features` (queries, k,
    features) their numbers, the place in the plain order last; `order` (queries, n) is that of everyone,
    above 0.
    """

    others: Rows
    listed: Flags
    features: FloatArray
    order: FloatArray


class Measured:
    """The shortlists of a state's blocks; the last is kept, so that several models share it."""

    def __init__(self, evidence: Evidence, groups: tuple[str, ...], count: int = SHORTLIST) -> None:
        self.count = count
        self.evidence = evidence
        self.groups = groups
        self.names = (*feature_names(evidence, groups), PLAIN_ORDER)
        self._block: Block | None = None
        self._close: Close | None = None

    def of(self, block: Block) -> Close:
        """The shortlists of this block, measured."""
        if self._close is None or block is not self._block:
            self._close = self._measured(block)
            self._block = block
        return self._close

    def _measured(self, block: Block) -> Close:
        sight = Sight(self.evidence, block)
        order = first_order(sight)
        others, listed = shortlist(sight, order, self.count)
        places = _places(np.take_along_axis(order, others, axis=1), listed)
        features = measure_seen(sight.narrowed(others), self.groups)
        return Close(others, listed, np.concatenate([features, places[:, :, None]], axis=2), order)


def _places(order: FloatArray, listed: Flags) -> FloatArray:
    """Minus the logarithm of each candidate's place in its shortlist; equals share their mean."""
    return np.asarray(-np.log(rankdata(np.where(listed, -order, np.inf), axis=1)), dtype=np.float32)


def model_scorer(model: PairModel, measured: Measured, left_out: Sequence[int] = ()) -> BlockScorer:
    """A model as a scorer of blocks; InputError when it was trained on other features.

    It orders the shortlist; all others stand below it, in their plain order.
    """
    kept = [at for at in range(len(measured.names)) if at not in set(left_out)]
    names = tuple(measured.names[at] for at in kept)
    if model.names != names:
        odd = ", ".join(sorted(set(model.names) ^ set(names))) or "another order"
        raise InputError("model", odd, "trained on other features than are measured here; train it again")

    def score(block: Block) -> FloatArray:
        close = measured.of(block)
        features = close.features if not left_out else close.features[:, :, kept]
        scores = model.scores(features.reshape(-1, len(kept))).reshape(close.others.shape)
        below = scores.min(axis=1, keepdims=True) - 2 + close.order / close.order.max(initial=1e-9)
        found: FloatArray = np.asarray(below, dtype=np.float32)
        queries, places = np.nonzero(close.listed)
        found[queries, close.others[queries, places]] = scores[queries, places]
        return found

    return score


def joined(sets: Sequence[TrainingSet]) -> TrainingSet:
    """Several sets of the same features as one, their queries told apart."""
    offsets = np.cumsum([0, *(int(one.query.max(initial=-1)) + 1 for one in sets)])
    return TrainingSet(
        names=sets[0].names,
        features=np.concatenate([one.features for one in sets]),
        came_true=np.concatenate([one.came_true for one in sets]),
        query=np.concatenate([one.query + start for one, start in zip(sets, offsets, strict=False)]),
        share=float(np.mean([one.share for one in sets])),
    )


def without_groups(examples: TrainingSet, left_out: Sequence[int]) -> TrainingSet:
    """The same examples less some columns."""
    kept = [at for at in range(len(examples.names)) if at not in set(left_out)]
    return replace(
        examples, names=tuple(examples.names[at] for at in kept), features=examples.features[:, kept]
    )


def thinned(examples: TrainingSet, most: int, random: np.random.Generator) -> TrainingSet:
    """The examples of as many drawn queries as make at most about `most` pairs."""
    share = most / max(len(examples.query), 1)
    if share >= 1:
        return examples
    count = int(examples.query.max()) + 1
    drawn = np.zeros(count, dtype=np.bool_)
    drawn[random.permutation(count)[: max(1, int(count * share))]] = True
    rows = drawn[examples.query]
    return replace(
        examples,
        features=examples.features[rows],
        came_true=examples.came_true[rows],
        query=examples.query[rows],
    )


@dataclass(frozen=True, slots=True)
class Calibration:
    """How likely a shown pair is to come true: the logistic curve of slope × score + start."""

    slope: float
    start: float

    def __call__(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        return chances(self.slope * scores + self.start)

    def where_pairs_are(self, times: float) -> Calibration:
        """The curve of a time in which pairs come true so many times as often: it multiplies their odds.

        Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori
        probabilities" (Neural Computation 14, 2002), for few true pairs among many.
        """
        return replace(self, start=self.start + math.log(times))


def fit_calibration(task: Task, rankings: Rankings) -> Calibration:
    """Platt's curve on the pairs shown for queries that nothing was learned from, drawn to their mean.

    The pull is on scores of deviation one, so that it is as strong whatever they are counted in.
    """
    held = rankings.shown >= 0
    x = rankings.shown_scores[held].astype(np.float64)
    y = shown_truth(task, rankings)[held]
    if not len(x):
        return Calibration(1.0, 0.0)
    middle, deviation = float(x.mean()), float(x.std()) or 1.0
    steepness, height = fit_logistic(((x - middle) / deviation)[:, None], y, np.array([_RIDGE]))
    return Calibration(float(steepness / deviation), float(height - steepness * middle / deviation))
