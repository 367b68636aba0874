"""One evaluation: a history split at a day, every method on the same candidates, and a model of before."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial

import numpy as np
from scipy.sparse import csr_matrix

from matcher.adapters.factorisation import latent_space, svd_factors
from matcher.adapters.tfidf import tfidf_space
from matcher.domain import Role
from matcher.encoder import FloatArray
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
from matcher.evaluation.chronicle import Chronicle, Known
from matcher.evaluation.evidence import Evidence, make_evidence
from matcher.evaluation.pair_features import PAIR_GROUPS, group_of
from matcher.evaluation.protocol import BlockScorer, Rankings, rank_all
from matcher.evaluation.split import Task, split
from matcher.evaluation.texts import centred_view, make_view
from matcher.pool import EncodeWords as Encode
from matcher.text import Words, clean
from matcher.training import (
    Calibration,
    Measured,
    PairModel,
    Progress,
    Sampling,
    Trainer,
    TrainingSet,
    collect,
    fit_calibration,
    joined,
    model_scorer,
    thinned,
    without_groups,
)

MakeTask = Callable[[Chronicle, date, date], Task]
ABLATION_QUERIES = 600
ABLATION_PAIRS = 150_000
"""Most pairs that a model without a group of features learns from, and the one with all beside it."""
_FEWEST_QUERIES = 4
LEAST_KNOWN = 0.25
"""A past in which less than this part of the events before the cut were known teaches nothing for the cut."""
_TOLD = ("all", "same country", "FR–FR", "light", "cold")


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What a run may choose; it is kept with its figures.

    `windows` are periods as long as the one evaluated, one before the other, that labels come from;
    the features of each are those of its first day. `most_queries` of each are drawn, and
    `calibration_queries` others tell how likely a score is to come true. `dimension` is that of the
    factors of alliances, `latent` that of the factors of texts.
    """

    windows: int = 3
    most_queries: int = 2_500
    calibration_queries: int = 500
    dimension: int = 64
    latent: int = 256
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 20_240_701


@dataclass(frozen=True, slots=True)
class Reader:
    """A history and how its texts are read; `encode` is None where no encoder is to be used."""

    chronicle: Chronicle
    encode: Encode | None
    encoder: str
    config: RunConfig

    def evidence(self, known: Known) -> Evidence:
        """Everything features are read from, made from what was known and from nothing else."""
        rows, read = tfidf_space([event.full or event.text for event in known.events])
        latent, moved = latent_space(rows, self.config.latent, self.config.seed)
        views = {
            "lexical": make_view(known, rows, read),
            "latent": centred_view(known, latent, lambda needs: moved(read(needs))),
        }
        if self.encode is not None:
            texts = self.encode([Words(Role.SKILL, clean(event.text)) for event in known.events])
            views["dense"] = centred_view(known, texts, partial(_read_needs, self.encode))
        left, _ = svd_factors(_damped(known.partners), self.config.dimension, self.config.seed)
        return make_evidence(known, views, {"svd": left})


def _read_needs(encode: Encode, needs: Sequence[str]) -> FloatArray:
    return encode([Words(Role.NEED, clean(need)) for need in needs])


def _damped(graph: csr_matrix) -> csr_matrix:
    damped = csr_matrix(graph, copy=True)
    damped.data = np.log1p(damped.data)
    return damped


@dataclass(frozen=True, slots=True)
class Learned:
    """A model, what its scores mean, the features that it reads, and what making it took."""

    model: PairModel
    calibration: Calibration
    groups: tuple[str, ...]
    record: Mapping[str, object]


def periods(cut: date, until: date, count: int) -> list[tuple[date, date]]:
    """The last periods before a cut, each as long as the one after it, oldest first."""
    length = until - cut
    return [(cut - length * (at + 1), cut - length * at) for at in reversed(range(count))]


def well_known(chronicle: Chronicle, spans: Sequence[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    """The periods at whose start enough was known to teach for the end of the last; else the last one."""
    days = [event.day for event in chronicle.events]
    enough = LEAST_KNOWN * bisect_left(days, spans[-1][1])
    return tuple(span for span in spans if bisect_left(days, span[0]) >= enough) or (spans[-1],)


@dataclass(frozen=True, slots=True)
class Lessons:
    """Examples of the periods before a cut, and queries of the last one that were kept out of them."""

    examples: TrainingSet
    held_out: Task
    evidence: Evidence
    periods: tuple[tuple[date, date], ...]
    groups: tuple[str, ...]


def gather(
    reader: Reader,
    cut: date,
    until: date,
    make_task: MakeTask = split,
    groups: Sequence[str] = PAIR_GROUPS,
    progress: Progress | None = None,
) -> Lessons:
    """The lessons of the periods before a cut; InputError when nothing across sectors began in them."""
    random = np.random.default_rng(reader.config.seed)
    sets: list[TrainingSet] = []
    held: tuple[Task, Evidence] | None = None
    spans = well_known(reader.chronicle, periods(cut, until, reader.config.windows))
    for start, end in spans:
        task = make_task(reader.chronicle, start, end)
        if len(task.queries) < _FEWEST_QUERIES:
            continue
        evidence = reader.evidence(task.known)
        order = random.permutation(len(task.queries)).tolist()
        kept_out = min(reader.config.calibration_queries, len(order) // 4)
        held = (_some(task, order[:kept_out]), evidence)
        some = _some(task, order[kept_out : kept_out + reader.config.most_queries])
        sets.append(collect(some, evidence, groups, reader.config.sampling, progress))
    if held is None:
        reason = "no alliance across sectors before it to learn from; choose a later cut, or --model none"
        raise InputError("cut", cut.isoformat(), reason)
    return Lessons(joined(sets), *held, spans, tuple(groups))


def learn(reader: Reader, trainer: Trainer, lessons: Lessons) -> Learned:
    """The model that this trainer makes of the lessons, and how likely what it shows comes true."""
    started = time.perf_counter()
    model = trainer.train(lessons.examples)
    scorer = model_scorer(model, Measured(lessons.evidence, lessons.groups))
    ranked = rank_all(lessons.held_out, {"model": scorer})["model"]
    record = {
        "trainer": trainer.name,
        "settings": dict(trainer.settings()),
        "periods": [[start.isoformat(), end.isoformat()] for start, end in lessons.periods],
        "pairs": len(lessons.examples.came_true),
        "positives": int(lessons.examples.came_true.sum()),
        "run": asdict(reader.config),
        "encoder": reader.encoder,
        "training_seconds": round(time.perf_counter() - started, 1),
    }
    return Learned(model, fit_calibration(lessons.held_out, ranked), lessons.groups, record)


def _some(task: Task, order: Sequence[int]) -> Task:
    return replace(task, queries=tuple(task.queries[at] for at in sorted(order)))


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
    shared: dict[tuple[str, ...], Measured] = {}
    return {
        name: model_scorer(
            learned.model, shared.setdefault(learned.groups, Measured(evidence, learned.groups))
        )
        for name, learned in models.items()
    }


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
    """The figures of models of one draw of examples, with all and without one group of features each."""
    random = np.random.default_rng(reader.config.seed)
    some = _some(task, random.permutation(len(task.queries))[:ABLATION_QUERIES].tolist())
    measured = Measured(reader.evidence(task.known), PAIR_GROUPS)
    groups = group_of(measured.evidence, PAIR_GROUPS)
    lessons = replace(lessons, examples=thinned(lessons.examples, ABLATION_PAIRS, random))
    scorers = {"all groups": model_scorer(trainer.train(lessons.examples), measured)}
    for group in PAIR_GROUPS:
        left_out = [at for at, name in enumerate(lessons.examples.names) if groups[name] == group]
        model = trainer.train(without_groups(lessons.examples, left_out))
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
