"""Trainers over scikit-learn and LightGBM, and the models that they make, saved as plain files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.columns import Flags
from matcher.encoder import FloatArray
from matcher.errors import InputError
from matcher.logistic import chances, fit_logistic
from matcher.training import PLAIN_ORDER, PLAIN_STEP, PairModel, TrainingSet

LINEAR_FILE = "linear.json"
TREES_FILE = "trees.txt"
NAMES_FILE = "trees.json"
_LEAST_SLOPE = 0.1


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
    """Logistic regression on standardised features, around the plain order.

    Each negative weighs as likely as the plain order takes it to be, and all of them `hard` times the
    positives: what is learned is who is right of those that the plain order puts as high, and it is
    added to that order. With `hard` 0 all pairs weigh the same.
    """

    strengths: tuple[float, ...] = (0.001, 0.01, 0.1, 1.0)
    hard: float = 3.0

    @property
    def name(self) -> str:
        return "logistic"

    def settings(self) -> Mapping[str, object]:
        return asdict(self)

    def train(self, examples: TrainingSet) -> dict[str, PairModel]:
        middles = examples.features.mean(axis=0, dtype=np.float64)
        deviations = examples.features.std(axis=0, dtype=np.float64)
        deviations = np.where(deviations > 1e-9, deviations, 1.0)
        x = ((examples.features - middles) / deviations).astype(np.float32)
        slope, height = _plain_curve(examples)
        offset = slope * examples.features[:, examples.plain].astype(np.float64) + height
        likely = self._weights(chances(offset), examples.came_true)
        found, models = np.zeros(x.shape[1] + 1), {}
        for strength in (0.0, *self.strengths):
            if strength:
                pull = np.full(x.shape[1], 1 / strength)
                around = None if self.hard else offset
                found = fit_logistic(x, examples.came_true, pull, likely, around, found)
            weights = found[:-1] / deviations
            weights[examples.plain] += slope
            models[f"strength {strength:g}" if strength else PLAIN_STEP] = LinearModel(
                names=examples.names,
                bias=float(height + slope * middles[examples.plain] + found[-1]),
                middles=tuple(middles.tolist()),
                weights=tuple(weights.tolist()),
            )
        return dict(models)

    def _weights(self, likely: NDArray[np.float64], came_true: Flags) -> NDArray[np.float64]:
        if not self.hard:
            return np.ones(len(came_true))
        weights = np.where(came_true, 1.0, likely)
        weights[~came_true] *= self.hard * came_true.sum() / max(weights[~came_true].sum(), 1e-12)
        return np.asarray(weights, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class TreeModel:
    """The plain order and a sum of trees over LightGBM; contributions are exact and add up to the score.

    `booster` is None where no tree was kept; `slope` is what a unit of the plain order is worth.
    """

    names: tuple[str, ...]
    booster: Any
    trees: int
    slope: float
    bias: float

    def contributions(self, features: FloatArray) -> NDArray[np.float64]:
        points = np.zeros(features.shape)
        if self.trees:
            points += self.booster.predict(features, pred_contrib=True, num_iteration=self.trees)[:, :-1]
        at = self.names.index(PLAIN_ORDER)
        points[:, at] += self.slope * features[:, at]
        return points

    def scores(self, features: FloatArray) -> NDArray[np.float64]:
        plain = self.slope * features[:, self.names.index(PLAIN_ORDER)].astype(np.float64)
        if not self.trees:
            return np.asarray(plain + self.bias, dtype=np.float64)
        learned = self.booster.predict(features, raw_score=True, num_iteration=self.trees)
        return np.asarray(plain + learned, dtype=np.float64)

    def save(self, directory: Path) -> None:
        if self.trees:
            text = self.booster.model_to_string(num_iteration=self.trees)
            (directory / TREES_FILE).write_text(text, encoding="utf-8")
        record = {"names": self.names, "trees": self.trees, "slope": self.slope, "bias": self.bias}
        (directory / NAMES_FILE).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class LambdaMartTrainer:
    """LightGBM LambdaMART, started from the plain order: trees that move a query's positives up its list."""

    objective: str = "lambdarank"
    trees: int = 120
    shares: tuple[float, ...] = (0.05, 0.125, 0.25, 0.5, 1.0)
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

    def train(self, examples: TrainingSet) -> dict[str, PairModel]:
        engine = _lightgbm()
        slope, height = _plain_curve(examples)
        plain = slope * examples.features[:, examples.plain].astype(np.float64) + height
        data = engine.Dataset(
            examples.features,
            label=examples.came_true.astype(np.int32),
            group=np.unique(examples.query, return_counts=True)[1],
            init_score=plain,
            feature_name=[f"f{at}" for at in range(len(examples.names))],
            params={"max_bin": self.bins, "verbosity": -1},
            free_raw_data=False,
        )
        booster = engine.train(self._parameters(), data, num_boost_round=self.trees)
        models: dict[str, PairModel] = {PLAIN_STEP: TreeModel(examples.names, None, 0, slope, 0.0)}
        for share in self.shares:
            count = min(max(1, round(share * self.trees)), booster.current_iteration())
            start = booster.predict(examples.features[:1], pred_contrib=True, num_iteration=count)[0, -1]
            models[f"{count} trees"] = TreeModel(examples.names, booster, count, slope, float(start))
        return models

    def _parameters(self) -> dict[str, object]:
        return {
            "objective": self.objective,
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "min_data_in_leaf": self.smallest_leaf,
            "lambdarank_truncation_level": self.truncation,
            "max_bin": self.bins,
            "feature_fraction": 0.4,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l2": 20.0,
            "seed": self.seed,
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
    trees, booster = int(record["trees"]), None
    if trees:
        engine = _lightgbm()
        try:
            booster = engine.Booster(model_str=(directory / TREES_FILE).read_text(encoding="utf-8"))
        except engine.basic.LightGBMError as error:
            raise ValueError(error) from error
    return TreeModel(tuple(record["names"]), booster, trees, float(record["slope"]), float(record["bias"]))


def _plain_curve(examples: TrainingSet) -> tuple[float, float]:
    """What a unit of the plain order is worth in log-odds, never less than a little, and the height."""
    plain = examples.features[:, [examples.plain]].astype(np.float64)
    slope, height = fit_logistic(plain, examples.came_true, np.zeros(1)).tolist()
    return max(slope, _LEAST_SLOPE), height


def _lightgbm() -> ModuleType:
    try:
        return import_module("lightgbm")
    except ImportError as error:
        reason = "needs LightGBM; pip install 'maillon[evaluate]'"
        raise InputError("model", "lambdamart", reason) from error
