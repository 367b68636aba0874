"""Trainers over scikit-learn and LightGBM, and the models that they make, saved as plain files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.encoder import FloatArray
from matcher.errors import InputError
from matcher.training import PairModel, TrainingSet

LINEAR_FILE = "linear.json"
TREES_FILE = "trees-{}.txt"
NAMES_FILE = "trees.json"


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A weighted sum of standardised features."""

    names: tuple[str, ...]
    bias: float
    middles: tuple[float, ...]
    weights: tuple[float, ...]
    """Points for one unit of the feature itself, its deviation divided out."""

    def contributions(self, features: FloatArray) -> NDArray[np.float64]:
        points = (features - np.array(self.middles)) * np.array(self.weights)
        return np.asarray(points, dtype=np.float64)

    def scores(self, features: FloatArray) -> NDArray[np.float64]:
        weights = np.array(self.weights)
        start = self.bias - float(np.array(self.middles) @ weights)
        return np.asarray(features @ weights.astype(np.float32) + start, dtype=np.float64)

    def save(self, directory: Path) -> None:
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        (directory / LINEAR_FILE).write_text(text + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class LogisticTrainer:
    """Logistic regression on standardised features.

    It is fitted twice: the second time each negative weighs as likely as the first model took it to
    be, and all of them `hard` times the positives, so that what is learned is who of those that look
    right is right. With `hard` 0 the first fit is kept.
    """

    strength: float = 1.0
    hard: float = 3.0

    @property
    def name(self) -> str:
        return "logistic"

    def settings(self) -> Mapping[str, object]:
        return asdict(self)

    def train(self, examples: TrainingSet) -> LinearModel:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (seconds to import)

        middles = examples.features.mean(axis=0, dtype=np.float64)
        deviations = examples.features.std(axis=0, dtype=np.float64)
        deviations = np.where(deviations > 1e-9, deviations, 1.0)
        x = ((examples.features - middles) / deviations).astype(np.float32)
        y = examples.came_true
        fitted = LogisticRegression(C=self.strength, max_iter=500).fit(x, y)
        if self.hard:
            weights = np.where(y, 1.0, fitted.predict_proba(x)[:, 1])
            weights[~y] *= self.hard * y.sum() / max(weights[~y].sum(), 1e-12)
            fitted = LogisticRegression(C=self.strength, max_iter=500).fit(x, y, sample_weight=weights)
        return LinearModel(
            names=examples.names,
            bias=float(np.ravel(fitted.intercept_)[0]),
            middles=tuple(middles.tolist()),
            weights=tuple((fitted.coef_[0] / deviations).tolist()),
        )


@dataclass(frozen=True, slots=True)
class TreeModel:
    """Sums of trees over LightGBM, added up; contributions are exact and add up to the score.

    Each booster's score is multiplied by its scale, so that all spread a query's pairs as widely.
    """

    names: tuple[str, ...]
    boosters: tuple[Any, ...]
    scales: tuple[float, ...]
    bias: float

    def contributions(self, features: FloatArray) -> NDArray[np.float64]:
        return self._added(lambda booster: booster.predict(features, pred_contrib=True)[:, :-1])

    def scores(self, features: FloatArray) -> NDArray[np.float64]:
        return self._added(lambda booster: booster.predict(features, raw_score=True))

    def _added(self, of: Callable[[Any], NDArray[np.float64]]) -> NDArray[np.float64]:
        parts = [scale * of(booster) for booster, scale in zip(self.boosters, self.scales, strict=True)]
        return np.asarray(np.sum(parts, axis=0), dtype=np.float64)

    def save(self, directory: Path) -> None:
        for at, booster in enumerate(self.boosters):
            (directory / TREES_FILE.format(at)).write_text(booster.model_to_string(), encoding="utf-8")
        record = {"names": self.names, "scales": self.scales, "bias": self.bias}
        (directory / NAMES_FILE).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class LambdaMartTrainer:
    """LightGBM LambdaMART: trees that move a query's positives up its list.

    One sum of trees an objective of LightGBM, each with a seed of its own; the model is the sum of all.
    """

    objectives: tuple[str, ...] = ("lambdarank",)
    trees: int = 120
    leaves: int = 15
    rate: float = 0.06
    smallest_leaf: int = 300
    truncation: int = 20
    bins: int = 63
    seed: int = 1
    threads: int = 1

    @property
    def name(self) -> str:
        return "lambdamart"

    def settings(self) -> Mapping[str, object]:
        return asdict(self)

    def train(self, examples: TrainingSet) -> TreeModel:
        engine = _lightgbm()
        data = engine.Dataset(
            examples.features,
            label=examples.came_true.astype(np.int32),
            group=np.unique(examples.query, return_counts=True)[1],
            feature_name=[f"f{at}" for at in range(len(examples.names))],
            params={"max_bin": self.bins, "verbosity": -1},
            free_raw_data=False,
        )
        boosters = tuple(
            engine.train(self._parameters(objective, at), data, num_boost_round=self.trees)
            for at, objective in enumerate(self.objectives)
        )
        spreads = [
            _spread(booster.predict(examples.features, raw_score=True), examples.query)
            for booster in boosters
        ]
        scales = tuple(1 / (len(boosters) * spread) for spread in spreads)
        starts = [float(b.predict(examples.features[:1], pred_contrib=True)[0, -1]) for b in boosters]
        bias = sum(scale * start for scale, start in zip(scales, starts, strict=True))
        return TreeModel(examples.names, boosters, scales, bias)

    def _parameters(self, objective: str, at: int) -> dict[str, object]:
        return {
            "objective": objective,
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "min_data_in_leaf": self.smallest_leaf,
            "lambdarank_truncation_level": self.truncation,
            "max_bin": self.bins,
            "feature_fraction": 0.4,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l2": 20.0,
            "seed": self.seed + at,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.threads,
            "verbosity": -1,
        }


def load_model(directory: Path) -> PairModel:
    """The model of a directory; InputError when there is none or it cannot be read."""
    try:
        if (directory / LINEAR_FILE).is_file():
            record = json.loads((directory / LINEAR_FILE).read_text(encoding="utf-8"))
            lists = {name: tuple(record[name]) for name in ("names", "middles", "weights")}
            return LinearModel(bias=float(record["bias"]), **lists)
        if (directory / NAMES_FILE).is_file():
            return _load_trees(directory)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise InputError("model", str(directory), f"damaged ({error}); train it again") from error
    raise InputError("model", str(directory), f"no {LINEAR_FILE} or {NAMES_FILE} here; train a model first")


def _load_trees(directory: Path) -> TreeModel:
    record = json.loads((directory / NAMES_FILE).read_text(encoding="utf-8"))
    scales = tuple(float(scale) for scale in record["scales"])
    texts = [(directory / TREES_FILE.format(at)).read_text(encoding="utf-8") for at in range(len(scales))]
    engine = _lightgbm()
    try:
        boosters = tuple(engine.Booster(model_str=text) for text in texts)
    except engine.basic.LightGBMError as error:
        raise ValueError(error) from error
    return TreeModel(tuple(record["names"]), boosters, scales, float(record["bias"]))


def _spread(scores: NDArray[np.float64], query: NDArray[np.int64]) -> float:
    """The standard deviation of scores about the mean of their query; 1 where all are equal."""
    counts = np.maximum(np.bincount(query), 1)
    middles = np.bincount(query, weights=scores) / counts
    return float(np.std(scores - middles[query])) or 1.0


def _lightgbm() -> ModuleType:
    try:
        return import_module("lightgbm")
    except ImportError as error:
        reason = "needs LightGBM; pip install 'maillon[evaluate]'"
        raise InputError("model", "lambdamart", reason) from error
