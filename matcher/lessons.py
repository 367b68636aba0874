"""What the past before a cut teaches: examples of its periods, a model as strong as later days bear out."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from math import ceil

import numpy as np
from scipy.sparse import csr_matrix

from matcher.adapters.factorisation import latent_space, svd_factors
from matcher.adapters.tfidf import tfidf_space
from matcher.domain import ActorId, Role
from matcher.encoder import FloatArray
from matcher.errors import InputError
from matcher.evaluation.chronicle import Chronicle, Known
from matcher.evaluation.evidence import Evidence, make_evidence
from matcher.evaluation.pair_features import PAIR_GROUPS
from matcher.evaluation.protocol import rank_all
from matcher.evaluation.split import Task, split
from matcher.evaluation.texts import centred_view, make_view
from matcher.pool import EncodeWords as Encode
from matcher.strength import Strength, choose_strength, untried
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
)

MakeTask = Callable[[Chronicle, date, date], Task]
_FEWEST_QUERIES = 4
LEAST_KNOWN = 0.25
"""A past in which less than this part of the events or actors of the cut were known teaches nothing."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What a run may choose; it is kept with its figures.

    `windows` are periods as long as the one evaluated, one before the other, that labels come from;
    the features of each are those of its first day. `most_queries` of each are drawn, and
    `calibration_queries` of the last say what is kept of what those before teach, and how likely a
    score is to come true. `dimension` is that of the
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
    """The periods at whose start enough was known to teach for the end of the last.

    Where there is none, the last one from the first day on at which enough was.
    """
    end = spans[-1][1]
    first: dict[ActorId, date] = {}
    for event in chronicle.events:
        for member in event.members:
            first.setdefault(member, event.day)
    history = [sorted(event.day for event in chronicle.events), sorted(first.values())]
    enough = [ceil(LEAST_KNOWN * bisect_left(days, end)) for days in history]
    kept = tuple(
        span
        for span in spans
        if all(bisect_left(days, span[0]) >= least for days, least in zip(history, enough, strict=True))
    )
    if kept or not all(enough):
        return kept or (spans[-1],)
    start = max(days[least - 1] for days, least in zip(history, enough, strict=True)) + timedelta(days=1)
    return ((start, end),) if start < end else (spans[-1],)


@dataclass(frozen=True, slots=True)
class Past:
    """A period of the past: what it asks, in a drawn order, and what was known at its start."""

    task: Task
    evidence: Evidence
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """Examples of days before others, and queries of those later days that judge what they teach."""

    examples: TrainingSet
    judges: Task
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Lessons:
    """Examples of the periods before a cut, and queries of the last one.

    `trial` says how much of what is learned lasts; None where the past is too short to tell.
    `partners` is how many new ones a query found in a period, over all periods: each has its season.
    """

    examples: TrainingSet
    last: Task
    evidence: Evidence
    trial: Trial | None
    partners: float
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
    read = partial(_past, reader, make_task, np.random.default_rng(reader.config.seed))
    learned_from = partial(_examples, reader.config, groups, progress)
    spans = well_known(reader.chronicle, periods(cut, until, reader.config.windows))
    sets: list[TrainingSet] = []
    found: list[int] = []
    last: Past | None = None
    for span in spans:
        past = read(span)
        if past is not None:
            last = past
            sets.append(learned_from(past))
            found += past.task.partners
    if last is None:
        reason = "no alliance across sectors before it to learn from; choose a later cut, or --model none"
        raise InputError("cut", cut.isoformat(), reason)
    if len(sets) > 1:
        trial: Trial | None = Trial(joined(sets[:-1]), _asked(reader.config, last), last.evidence)
    else:
        earlier, later = (read(half) for half in _halves(last.task.known.before, cut))
        both = None if earlier is None or later is None else (learned_from(earlier), later)
        trial = both and Trial(both[0], _asked(reader.config, both[1]), both[1].evidence)
    return Lessons(
        joined(sets),
        _asked(reader.config, last),
        last.evidence,
        trial,
        float(np.mean(found)),
        tuple(spans),
        tuple(groups),
    )


def _past(
    reader: Reader, make_task: MakeTask, random: np.random.Generator, span: tuple[date, date]
) -> Past | None:
    """A period of the past, None where it asks next to nothing."""
    task = make_task(reader.chronicle, *span)
    if len(task.queries) < _FEWEST_QUERIES:
        return None
    return Past(task, reader.evidence(task.known), tuple(random.permutation(len(task.queries)).tolist()))


def _asked(config: RunConfig, past: Past) -> Task:
    return some_of(past.task, past.order[: config.calibration_queries])


def _examples(config: RunConfig, groups: Sequence[str], progress: Progress | None, past: Past) -> TrainingSet:
    some = some_of(past.task, past.order[: config.most_queries])
    return collect(some, past.evidence, groups, config.sampling, progress)


def _halves(start: date, end: date) -> tuple[tuple[date, date], tuple[date, date]]:
    middle = start + (end - start) / 2
    return (start, middle), (middle, end)


def learn(reader: Reader, trainer: Trainer, lessons: Lessons) -> Learned:
    """The model that this trainer makes of the lessons, and how likely what it shows comes true.

    It is the plain order and as much of what was learned as later days bear out. Those days say how
    likely its scores are, as learned without them; of the plain order any days may. One half-year has more
    alliances than another, so the curve is then moved from what those days had to what all periods had.
    """
    started = time.perf_counter()
    strength = chosen_strength(trainer, lessons)
    steps = trainer.train(lessons.examples)
    model = list(steps.values())[strength.step]
    if lessons.trial is None or strength.shown is None:
        scorer = model_scorer(model, Measured(lessons.evidence, lessons.groups))
        judges, shown = lessons.last, rank_all(lessons.last, {"model": scorer})["model"]
    else:
        judges, shown = lessons.trial.judges, strength.shown
    curve = fit_calibration(judges, shown)
    often = lessons.partners / float(np.mean(judges.partners))
    record = {
        "trainer": trainer.name,
        "settings": dict(trainer.settings()),
        "strength": strength.told(),
        "periods": [[start.isoformat(), end.isoformat()] for start, end in lessons.periods],
        "pairs": len(lessons.examples.came_true),
        "positives": int(lessons.examples.came_true.sum()),
        "run": asdict(reader.config),
        "encoder": reader.encoder,
        "training_seconds": round(time.perf_counter() - started, 1),
    }
    return Learned(model, curve.where_pairs_are(often), lessons.groups, record)


def chosen_strength(trainer: Trainer, lessons: Lessons) -> Strength:
    """How much of what this trainer learns lasts into the days after its examples."""
    trial = lessons.trial
    if trial is None:
        return untried(0)
    measured = Measured(trial.evidence, lessons.groups)
    return choose_strength(trainer.train(trial.examples), trial.judges, measured)


def fewer_examples(lessons: Lessons, most: int) -> Lessons:
    """The same lessons from about `most` pairs of drawn queries, in the trial too."""
    random = np.random.default_rng(lessons.examples.query.size)
    trial = lessons.trial
    if trial is not None:
        trial = replace(trial, examples=thinned(trial.examples, most, random))
    return replace(lessons, examples=thinned(lessons.examples, most, random), trial=trial)


def some_of(task: Task, order: Sequence[int]) -> Task:
    """The task with the queries at these places alone, in its own order."""
    return replace(task, queries=tuple(task.queries[at] for at in sorted(order)))
