"""One history split at a day for the commands that train and evaluate, with progress on stderr."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from hashlib import sha256
from pathlib import Path

from matcher.adapters.trainers import LambdaMartTrainer, LogisticTrainer
from matcher.documents import document_of_actor
from matcher.embedding_cache import encode_words
from matcher.encoder import FloatArray
from matcher.errors import InputError
from matcher.evaluate_anr import anr_chronicle
from matcher.evaluate_run import evaluate_pairs
from matcher.evaluate_sources import Profiles, cordis_chronicle, named_pairs, workspace_chronicle
from matcher.evaluation.assessment import Record
from matcher.evaluation.chronicle import Chronicle, known_before
from matcher.evaluation.split import Task, pairs_named, split, task_of_pairs
from matcher.figures import fingerprint
from matcher.lessons import Learned, Lessons, Reader, RunConfig, gather, learn
from matcher.printing import say
from matcher.progress import busy, progress_bar
from matcher.text import Words
from matcher.training import Sampling, Trainer
from matcher.workspace import Workspace

IN_MEMORY = ":memory:"
Period = tuple[date, date]
TRAINERS: dict[str, Trainer] = {one.name: one for one in (LogisticTrainer(), LambdaMartTrainer())}


class HistorySource(StrEnum):
    """Where dated alliances come from."""

    CORDIS = "cordis"
    ANR = "anr"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which history, split where, and how it is read."""

    source: HistorySource
    path: Path | None
    period: Period
    pairs: Path | None
    profiles: Profiles
    dense: bool
    config: RunConfig

    @property
    def kept_in_file(self) -> bool:
        """Whether the history itself is in a workspace."""
        return self.source is HistorySource.WORKSPACE


@dataclass(frozen=True, slots=True)
class Run:
    """A history with what is asked of it; `task` names data and period in the files of models."""

    reader: Reader
    queries: Task
    period: Period
    task: Record


def run_config(queries: int, seed: int) -> RunConfig:
    """The settings of a run, its seed the one of everything that is drawn."""
    return RunConfig(most_queries=queries, seed=seed, sampling=Sampling(seed=seed))


def make_run(asked: Asked, opened: Workspace) -> Run:
    """The run that is asked for; `opened` is the history, or keeps the vectors of its texts."""
    with busy("reading the history"):
        chronicle = _chronicle(asked, opened)
        queries = _queries(chronicle, asked)
    encode = partial(_encode, opened) if asked.dense else None
    reader = Reader(chronicle, encode, opened.parts.encoder.name if asked.dense else "none", asked.config)
    cut, until = asked.period
    task: Record = {
        "source": asked.source.value,
        "cut": cut.isoformat(),
        "until": until.isoformat(),
        "pairs": None if asked.pairs is None else sha256(asked.pairs.read_bytes()).hexdigest(),
        "profiles": asked.profiles.value,
        "fingerprint": fingerprint(_lines(chronicle, until)),
    }
    return Run(reader, queries, asked.period, task)


def _lines(chronicle: Chronicle, until: date) -> Iterator[str]:
    """What a chronicle holds from before a day, as lines."""
    yield from map(document_of_actor, chronicle.actors)
    for event in chronicle.events:
        if event.day < until:
            yield repr(astuple(event))


def trainer_named(name: str, others: Sequence[str] = ()) -> Trainer:
    """The trainer of a name, else InputError that tells those there are, and `others`."""
    if name not in TRAINERS:
        raise InputError("model", name, f"unknown; expected one of: {', '.join([*TRAINERS, *others])}")
    return TRAINERS[name]


def lessons_of(run: Run) -> Lessons:
    """What the periods before the cut teach."""
    with progress_bar("reading past periods") as advance:
        return gather(run.reader, *run.period, progress=advance)


def learned_by(run: Run, trainer: Trainer, lessons: Lessons) -> Learned:
    """The model that a trainer makes of lessons."""
    with busy(f"training, {trainer.name}"):
        return learn(run.reader, trainer, lessons)


def measured(run: Run, models: Mapping[str, Learned]) -> Record:
    """The figures of every plain method and of these models on the run's queries."""
    with progress_bar("ranking every candidate") as advance:
        return evaluate_pairs(run.reader, run.queries, models, advance)


def _encode(opened: Workspace, words: Sequence[Words]) -> FloatArray:
    with progress_bar("encoding") as advance:
        return encode_words(opened.store, opened.parts.encoder, words, advance)


def _chronicle(asked: Asked, opened: Workspace) -> Chronicle:
    if asked.source is HistorySource.WORKSPACE:
        return workspace_chronicle(opened, asked.period[0], asked.profiles)
    if asked.path is None:
        raise InputError("path", None, f"give the directory of the {asked.source.value.upper()} tables")
    if asked.source is HistorySource.ANR:
        return anr_chronicle(asked.path, asked.period[0])
    return cordis_chronicle(asked.path, *asked.period)


def _queries(chronicle: Chronicle, asked: Asked) -> Task:
    if asked.pairs is None:
        return split(chronicle, *asked.period)
    named, unknown = named_pairs(asked.pairs, chronicle)
    if unknown:
        say(f"{unknown} pairs of {asked.pairs.name} have a member not known before the cut; left out")
    return task_of_pairs(known_before(chronicle, asked.period[0]), pairs_named(chronicle, named))
