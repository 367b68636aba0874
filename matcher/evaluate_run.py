"""One evaluation: a history split at a day, every method on the same candidates, and a model of before."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from matcher.errors import InputError
from matcher.evaluate_baselines import day_one, need_methods, pair_methods
from matcher.evaluation.assessment import (
    Facts,
    Record,
    assess,
    calibrated,
    differences,
    examples,
    facts_of,
    kept_for_comparison,
)
from matcher.evaluation.evidence import Evidence
from matcher.evaluation.pair_features import PAIR_GROUPS, group_of
from matcher.evaluation.protocol import BlockScorer, Rankings, rank_all
from matcher.evaluation.split import Task
from matcher.lessons import Learned, Lessons, Reader, chosen_strength, fewer_examples, some_of
from matcher.training import PLAIN_STEP, Measured, Progress, Trainer, model_scorer, without_groups

ABLATION_QUERIES = 600
ABLATION_PAIRS = 150_000
"""Most pairs that a model without a group of features learns from, and the one with all beside it."""
_TOLD = ("all", "same country", "FR–FR", "light", "cold")


def evaluate_pairs(
    reader: Reader,
    task: Task,
    models: Mapping[str, Learned],
    progress: Progress | None = None,
) -> Record:
    """Partners for an actor: the figures of every plain method and of these models.

    InputError when the task asks nothing.
    """
    if not task.queries:
        reason = "no new alliance across sectors after it between actors known before; choose another cut"
        raise InputError("cut", task.known.before.isoformat(), reason)
    config, started = reader.config, time.perf_counter()
    evidence = reader.evidence(task.known)
    scorers = pair_methods(task, evidence, config.dimension, config.seed)
    if reader.encode is not None:
        scorers["untrained (day one)"] = day_one(task.known, reader.encode, reader.encoder)
    facts, rankings = ranked_task(task, scorers, _scorers(models, evidence), progress)
    record = figures(facts, rankings, models)
    return record | {"seconds": round(time.perf_counter() - started, 1)}


def evaluate_needs(
    reader: Reader, task: Task, models: Mapping[str, Learned], progress: Progress | None = None
) -> Record:
    """Partners for a need: the same for the second task."""
    evidence = reader.evidence(task.known)
    scorers = need_methods(task, evidence, reader.config.seed)
    facts, rankings = ranked_task(task, scorers, _scorers(models, evidence), progress)
    return figures(facts, rankings, models)


def _scorers(models: Mapping[str, Learned], evidence: Evidence) -> dict[str, BlockScorer]:
    """The models by name; before them the plain order that they start from, measured at no cost."""
    shared: dict[tuple[str, ...], Measured] = {}
    found = {
        name: model_scorer(
            learned.model, shared.setdefault(learned.groups, Measured(evidence, learned.groups))
        )
        for name, learned in models.items()
    }
    if not shared:
        return found
    measured = next(iter(shared.values()))
    return {PLAIN_STEP: lambda block: measured.of(block).order, **found}


def ranked_task(
    task: Task,
    plain: Mapping[str, BlockScorer],
    learned: Mapping[str, BlockScorer],
    progress: Progress | None,
) -> tuple[Facts, dict[str, Rankings]]:
    """The facts of a task and everybody's rankings of it."""
    return facts_of(task), rank_all(task, {**plain, **learned}, progress)


def figures(facts: Facts, rankings: Mapping[str, Rankings], models: Mapping[str, Learned]) -> Record:
    """Everything that is told of a task; the last model is the one that is compared and explained."""
    record: Record = {
        "queries": len(facts.task.queries),
        "positives": len(facts.asked),
        "candidates": int(facts.task.known.present.sum()),
        "methods": assess(facts, rankings),
    }
    if models:
        chosen = list(models)[-1]
        record |= {
            "model": chosen,
            "learned": list(models),
            "differences": differences(facts, rankings, chosen),
            "calibration": calibrated(facts, rankings[chosen], models[chosen].calibration),
            "examples": examples(facts, rankings[chosen]),
            "kept": kept_for_comparison(facts, rankings[chosen]),
            "kept_of": {name: kept_for_comparison(facts, rankings[name]) for name in models},
        }
    return record


def ablation(reader: Reader, task: Task, trainer: Trainer, lessons: Lessons) -> Record:
    """The figures of models of one draw of examples, with all and without one group of features each.

    All start from the plain order and are learned as strongly as the one with all groups.
    """
    random = np.random.default_rng(reader.config.seed)
    some = some_of(task, random.permutation(len(task.queries))[:ABLATION_QUERIES].tolist())
    measured = Measured(reader.evidence(task.known), PAIR_GROUPS)
    groups = group_of(measured.evidence, PAIR_GROUPS)
    lessons = fewer_examples(lessons, ABLATION_PAIRS)
    steps = trainer.train(lessons.examples)
    chosen = chosen_strength(trainer, lessons).step
    scorers = {"all groups": model_scorer(list(steps.values())[chosen], measured)}
    for group in PAIR_GROUPS:
        left_out = [at for at, name in enumerate(lessons.examples.names) if groups.get(name) == group]
        model = list(trainer.train(without_groups(lessons.examples, left_out)).values())[chosen]
        scorers[f"without {group}"] = model_scorer(model, measured, left_out)
    facts, rankings = ranked_task(some, {}, scorers, None)
    told = differences(facts, rankings, "all groups")
    found = {name: one["slices"] for name, one in assess(facts, rankings).items()}
    return {
        "queries": len(some.queries),
        "groups": {name: [n for n, group in groups.items() if group == name] for name in PAIR_GROUPS},
        "figures": {name: {part: on[part] for part in _TOLD if part in on} for name, on in found.items()},
        "worth": {part: told[part] for part in _TOLD if part in told},
    }
