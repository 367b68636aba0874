"""The product's rankings on a task: learned from choices, drawn to odds, measured beside plain methods."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from matcher.adapters.trainers import LinearModel
from matcher.errors import InputError
from matcher.evaluate_baselines import pair_methods, ranking_scorers
from matcher.evaluate_run import figures, ranked_task
from matcher.evaluation.assessment import Record
from matcher.evaluation.protocol import rank_all
from matcher.evaluation.split import Task
from matcher.features import FEATURES
from matcher.lessons import Learned, Reader
from matcher.pool import EncodeWords
from matcher.ranking import Odds, WeightedSum
from matcher.training import Calibration, Progress, fit_calibration

FEWEST_QUERIES = 10
"""Queries of an earlier period below which no probability is drawn from it."""


@dataclass(frozen=True, slots=True)
class Texts:
    """How the texts of a history are read: rankings of the product need an encoder."""

    encode: EncodeWords
    name: str


def texts_of(reader: Reader) -> Texts:
    """How a reader reads texts; InputError when it reads them without an encoder."""
    if reader.encode is None:
        raise InputError("dense", "no", "the product's features need the encoder; leave --no-dense out")
    return Texts(reader.encode, reader.encoder)


def odds_of(ranking: WeightedSum, task: Task, texts: Texts) -> Odds | None:
    """What the scores of a ranking mean, from the pairs that it shows for a task; None with few queries."""
    if len(task.queries) < FEWEST_QUERIES:
        return None
    scorers = ranking_scorers(task.known, texts.encode, texts.name, {"ranking": ranking})
    curve = fit_calibration(task, rank_all(task, scorers)["ranking"])
    return Odds(round(curve.slope, 6), round(curve.start, 6)) if curve.slope > 0 else None


def evaluate_rankings(
    reader: Reader, task: Task, rankings: Mapping[str, WeightedSum], progress: Progress | None = None
) -> Record:
    """The figures of the plain methods and of rankings, the last being the one compared and explained."""
    if not task.queries:
        reason = "no new alliance across sectors after it between actors known before; choose another cut"
        raise InputError("cut", task.known.before.isoformat(), reason)
    config, started, texts = reader.config, time.perf_counter(), texts_of(reader)
    plain = pair_methods(task, reader.evidence(task.known), config.dimension, config.seed)
    scorers = ranking_scorers(task.known, texts.encode, texts.name, rankings)
    facts, ranked = ranked_task(task, plain, scorers, progress)
    record = figures(facts, ranked, {name: _learned(one, texts.name) for name, one in rankings.items()})
    return record | {"seconds": round(time.perf_counter() - started, 1)}


def _learned(ranking: WeightedSum, encoder: str) -> Learned:
    """A ranking as a model of histories sees itself; without odds its probabilities mean nothing."""
    weights = tuple(ranking.weights[name] for name in FEATURES)
    model = LinearModel(tuple(FEATURES), ranking.bias, (0.0,) * len(FEATURES), weights)
    odds = ranking.odds or Odds(float("nan"), float("nan"))
    return Learned(model, Calibration(odds.slope, odds.start), (), {"trainer": "weights", "encoder": encoder})
