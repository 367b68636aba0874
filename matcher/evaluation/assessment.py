"""Rankings to figures: measures with intervals on every slice, differences, exposure, calibration."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.columns import Flags
from matcher.evaluation.intervals import Draws, Interval, compare, draw, interval
from matcher.evaluation.measures import (
    brier,
    calibration_error,
    coverage,
    exposure,
    gini,
    mutual_at,
    query_measures,
    reliability,
)
from matcher.evaluation.protocol import SHOWN, Among, Rankings
from matcher.evaluation.split import Task, sector_names

LIGHT = 3
TERRITORIES = (
    ("small territory", 1, 20),
    ("middling territory", 20, 100),
    ("large territory", 100, sys.maxsize),
)
"""Slices by how many actors known at the cut stand in the asker's département or NUTS region."""
HOME = "FR"
SEED = 20_240_701
MUTUAL = "mutual@10"
HEADLINE = "ndcg@10"
Record = dict[str, Any]
Probability = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Scores -> how likely each pair is to come true."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some positives (positives,), and the candidates that they are ranked among."""

    among: Among
    positives: Flags


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands beside each positive of a task, query after query."""

    task: Task
    query_of: NDArray[np.int64]
    asking: NDArray[np.int64]
    asked: NDArray[np.int64]
    slices: Mapping[str, Slice]
    draws: Draws


def facts_of(task: Task, seed: int = SEED) -> Facts:
    """The facts of a task, its redraws made once so that every method meets the same ones."""
    counts = task.partners
    query_of = np.repeat(np.arange(len(counts)), counts)
    asking = np.array([query.row for query in task.queries], dtype=np.int64)[query_of]
    asked = np.concatenate([query.positives for query in task.queries])
    draws = draw([query.clusters for query in task.queries], seed)
    return Facts(task, query_of, asking, asked, _slices(task, asking, asked), draws)


def _slices(task: Task, asking: NDArray[np.int64], asked: NDArray[np.int64]) -> dict[str, Slice]:
    chronicle, known = task.known.chronicle, task.known
    everyone = np.ones(len(asking), dtype=np.bool_)
    french = np.array([actor.territory.country == HOME for actor in chronicle.actors])[asking]
    slices = {
        "all": Slice(Among.ALL, everyone),
        "same country": Slice(Among.COUNTRY, everyone),
        f"{HOME}–{HOME}": Slice(Among.COUNTRY, french),
        "light": Slice(Among.ALL, known.event_counts[asking] <= LIGHT),
        "cold": Slice(Among.ALL, known.partner_counts[asking] == 0),
    }
    around = _neighbours(task)[asking]
    for name, least, most in TERRITORIES:
        slices[name] = Slice(Among.ALL, (around >= least) & (around < most))
    names = sector_names(chronicle)
    for a, mine in sorted(names.items()):
        for b, theirs in sorted(names.items()):
            these = (chronicle.sector[asking] == a) & (chronicle.sector[asked] == b)
            slices[f"{mine} → {theirs}"] = Slice(Among.SECTOR, these)
    return {name: one for name, one in slices.items() if one.positives.any()}


def _neighbours(task: Task) -> NDArray[np.int64]:
    """How many known actors stand in each actor's département, or NUTS region; 0 where unplaced."""
    places = [actor.territory for actor in task.known.chronicle.actors]
    areas = [f"{p.country} {p.departement or p.region}" if p.departement or p.region else "" for p in places]
    codes = np.unique(areas, return_inverse=True)[1]
    counts = np.bincount(codes[task.known.present], minlength=int(codes.max(initial=0)) + 1)
    return np.where([bool(area) for area in areas], counts[codes], 0).astype(np.int64)


def values_of(facts: Facts, rankings: Rankings, name: str) -> dict[str, NDArray[np.float64]]:
    """Each measure of each query on a slice, NaN for a query that is not in it.

    Who answers a need does not ask it back, so that task has no mutual lists.
    """
    part = facts.slices[name]
    ranks = np.where(part.positives, rankings.ranks[part.among], np.nan)
    count = len(facts.task.queries)
    values = query_measures(ranks, facts.query_of, count)
    mutual = mutual_at(SHOWN, rankings.ranks[part.among], facts.asking, facts.asked)
    asks_twice = any(query.need for query in facts.task.queries)
    mutual = np.where(part.positives & (not asks_twice), mutual, np.nan)
    return values | {MUTUAL: _mean_by_query(mutual, facts.query_of, count)}


def _mean_by_query(
    values: NDArray[np.float64], query_of: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    held = ~np.isnan(values)
    sums = np.bincount(query_of[held], weights=values[held], minlength=count)
    sizes = np.bincount(query_of[held], minlength=count)
    return np.where(sizes > 0, sums / np.maximum(sizes, 1), np.nan)


def assess(facts: Facts, rankings: Mapping[str, Rankings]) -> Record:
    """What each method did on each slice: measures with both intervals; and whom it shows."""
    return {name: _one(facts, ranked) for name, ranked in rankings.items()}


def _one(facts: Facts, rankings: Rankings) -> Record:
    slices = {}
    for name in facts.slices:
        values = values_of(facts, rankings, name)
        slices[name] = {"queries": int((~np.isnan(values[HEADLINE])).sum())} | {
            measure: both_intervals(of_queries, facts.draws) for measure, of_queries in values.items()
        }
    return {"slices": slices, "exposure": _exposure(facts, rankings)}


def both_intervals(values: NDArray[np.float64], draws: Draws) -> Record:
    """A mean with its interval over queries, and over the events that made the pairs, as a record."""
    by_query, by_event = interval(values, draws.by_query), interval(values, draws.by_cluster)
    return {"mean": by_query.mean, "by_query": _ends(by_query), "by_event": _ends(by_event)}


def _ends(found: Interval) -> list[float]:
    return [found.low, found.high]


def _exposure(facts: Facts, rankings: Rankings) -> Record:
    candidates = np.flatnonzero(facts.task.known.present).astype(np.int64)
    times = np.sort(exposure(rankings.shown, candidates))
    shares = np.cumsum(times) / max(times.sum(), 1)
    at = np.linspace(0, len(times) - 1, 51).astype(int)
    return {
        "coverage": coverage(rankings.shown, len(candidates)),
        "gini": gini(times),
        "lorenz": [round(float(share), 4) for share in shares[at]],
    }


def differences(facts: Facts, rankings: Mapping[str, Rankings], model: str) -> Record:
    """The model less every other method: paired differences of each measure on each slice."""
    found: Record = {}
    for name in facts.slices:
        mine = values_of(facts, rankings[model], name)
        for other in rankings:
            if other != model:
                theirs = values_of(facts, rankings[other], name)
                found.setdefault(name, {})[other] = {
                    measure: asdict(compare(mine[measure], theirs[measure], facts.draws, SEED))
                    for measure in (HEADLINE, MUTUAL)
                }
    return found


def calibrated(facts: Facts, rankings: Rankings, probability: Probability) -> Record:
    """How far the probabilities of the pairs that are shown are from what came true."""
    held = rankings.shown >= 0
    truth = shown_truth(facts.task, rankings)[held]
    chances = probability(rankings.shown_scores[held])
    bins = reliability(chances, truth)
    return {
        "pairs": len(truth),
        "came_true": float(truth.mean()) if len(truth) else float("nan"),
        "brier": brier(chances, truth),
        "ece": calibration_error(bins),
        "bins": [list(one) for one in bins],
    }


def shown_truth(task: Task, rankings: Rankings) -> Flags:
    """Which of the shown came true (queries, SHOWN)."""
    hits = [np.isin(rows, query.positives) for rows, query in zip(rankings.shown, task.queries, strict=True)]
    return np.array(hits, dtype=np.bool_).reshape(rankings.shown.shape)


def examples(facts: Facts, rankings: Rankings, count: int = 10, seed: int = SEED) -> list[Record]:
    """Some queries drawn evenly: who was shown to them, who was right, and where the others stood."""
    task, actors = facts.task, facts.task.known.chronicle.actors
    chosen = np.random.default_rng(seed).permutation(len(task.queries))[:count]
    truth = shown_truth(task, rankings)
    found = []
    for at in sorted(chosen.tolist()):
        query, mine = task.queries[at], facts.query_of == at
        ranks = rankings.ranks[Among.ALL][mine]
        found.append(
            {
                "actor": actors[query.row].name,
                "country": actors[query.row].territory.country,
                "need": query.need,
                "shown": [
                    {
                        "name": actors[row].name,
                        "country": actors[row].territory.country,
                        "right": bool(truth[at, place]),
                    }
                    for place, row in enumerate(rankings.shown[at])
                    if row >= 0
                ],
                "partners": sorted(
                    (
                        [actors[row].name, float(rank)]
                        for row, rank in zip(query.positives, ranks, strict=True)
                    ),
                    key=lambda one: one[1],
                ),
            }
        )
    return found


def kept_for_comparison(facts: Facts, rankings: Rankings) -> Record:
    """What `compare` needs of a model: who asked, what made the pairs, and each slice's values."""
    actors = facts.task.known.chronicle.actors
    return {
        "queries": [f"{actors[query.row].id}|{query.need}" for query in facts.task.queries],
        "clusters": [list(query.clusters) for query in facts.task.queries],
        "values": {
            name: {
                measure: [None if np.isnan(value) else round(float(value), 6) for value in of_queries]
                for measure, of_queries in values_of(facts, rankings, name).items()
            }
            for name in facts.slices
        },
    }


def compared(first: Record, second: Record) -> Record:
    """The paired differences of two kept models, first less second, over the queries that both answered."""
    shared = sorted(set(first["queries"]) & set(second["queries"]))
    rows = [{query: at for at, query in enumerate(one["queries"])} for one in (first, second)]
    draws = draw([first["clusters"][rows[0][query]] for query in shared], SEED)
    found: Record = {}
    for name, measures in first["values"].items():
        for measure in measures:
            if name not in second["values"]:
                continue
            mine, theirs = (
                np.array([one["values"][name][measure][at[query]] for query in shared], dtype=np.float64)
                for one, at in zip((first, second), rows, strict=True)
            )
            found.setdefault(name, {})[measure] = asdict(compare(mine, theirs, draws, SEED))
    return found
