"""How much of what was learned is kept: queries of later days decide, nothing included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matcher.evaluation.assessment import HEADLINE, Facts, facts_of, values_of
from matcher.evaluation.protocol import Rankings, rank_all
from matcher.evaluation.split import Task
from matcher.training import PLAIN_STEP, Measured, PairModel, model_scorer

FEWEST_QUERIES = 30
FEWEST_EVENTS = 10
"""Judges below which nothing learned can be told from luck: the plain order is kept."""


@dataclass(frozen=True, slots=True)
class Strength:
    """The step that was chosen, its number and its name, nought being the plain order.

    `gains` are what each step gains over the plain order in nDCG@10, by name: a mean over `queries` later
    queries and its standard error over redrawn events. `shown` is what the step showed to them, None of
    the plain order.
    """

    step: int
    chosen: str
    queries: int
    gains: Mapping[str, tuple[float, float]]
    shown: Rankings | None = None

    def told(self) -> dict[str, object]:
        """What a record keeps of it."""
        return {"chosen": self.chosen, "queries": self.queries, "gains": dict(self.gains)}


def untried(queries: int) -> Strength:
    """The plain order, because these are too few queries to try anything else on."""
    return Strength(0, PLAIN_STEP, queries, {})


def choose_strength(steps: Mapping[str, PairModel], judges: Task, measured: Measured) -> Strength:
    """The step whose gain less one standard error is the largest.

    The gain of the plain order is nought; it is kept where no other's is above that.
    """
    events = {cluster for query in judges.queries for cluster in query.clusters}
    if len(judges.queries) < FEWEST_QUERIES or len(events) < FEWEST_EVENTS:
        return untried(len(judges.queries))
    ranked = rank_all(judges, {name: model_scorer(model, measured) for name, model in steps.items()})
    gains = _gains(facts_of(judges), ranked)
    chosen = max(gains, key=lambda name: gains[name][0] - gains[name][1])
    step = list(steps).index(chosen)
    return Strength(step, chosen, len(judges.queries), gains, ranked[chosen] if step else None)


def _gains(facts: Facts, ranked: Mapping[str, Rankings]) -> dict[str, tuple[float, float]]:
    values = {name: values_of(facts, one, "all")[HEADLINE] for name, one in ranked.items()}
    often = facts.draws.by_cluster.astype(np.float64)
    gains = {}
    for name, of_step in values.items():
        more = of_step - values[PLAIN_STEP]
        gains[name] = (float(more.mean()), float((often @ more / often.sum(axis=1)).std()))
    return gains
