"""A training run: every seed, one after another or side by side, their mean, and what it cost."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.adapters.polyglot_training.batches import examples_of, steps_per_epoch
from matcher.adapters.polyglot_training.checkpoint import delete_checkpoint
from matcher.adapters.polyglot_training.config import Base, TrainingConfig
from matcher.adapters.polyglot_training.model import load_trainee
from matcher.adapters.polyglot_training.seed import (
    Job,
    Progress,
    SeedResult,
    peak_memory_mb,
    run_steps,
    train_seed,
)
from matcher.adapters.polyglot_training.side_by_side import train_side_by_side
from matcher.errors import InputError
from matcher.low_rank import Adapter, averaged
from matcher.polyglot import Entry, corpus_digest


@dataclass(frozen=True, slots=True)
class Report:
    """What a run cost, what was done before it was resumed included."""

    seeds: tuple[int, ...]
    examples: int
    steps: int
    seconds: float
    """By the clock of each seed, added up: the run took about this over `workers`."""
    workers: int
    """How many seeds were trained side by side."""
    peak_memory_mb: float
    """Of all processes that ran at once."""
    first_loss: float
    last_loss: float
    """Means over the first and the last epoch of all seeds; NaN where a resumed run has not seen them."""

    @property
    def pace(self) -> str:
        """In words, how many seeds were trained at once."""
        return f"{self.workers} seeds side by side" if self.workers > 1 else "one seed at a time"


@dataclass(frozen=True, slots=True)
class Result:
    """An adapter and what making it cost."""

    adapter: Adapter
    report: Report


def train(
    entries: Sequence[Entry],
    base: Base,
    config: TrainingConfig | None = None,
    *,
    pairs: Sequence[tuple[str, str]] = (),
    checkpoints: Path | None = None,
    resume: bool = False,
    workers: int = 1,
    progress: Progress = lambda _done, _total: None,
) -> Result:
    """The adapter that the entries teach, the mean over the seeds; the same call gives the same weights.

    `pairs` are (need, skill) of past alliances. With two workers or more, as many seeds run side by side,
    each in a process and on one core. A checkpoint of each seed is kept in `checkpoints` after every epoch
    and deleted at the end of the run; `resume` goes on from them.
    """
    config = replace(config or TrainingConfig(), full=False)
    job = _job(entries, base, config, pairs, checkpoints)
    workers = max(1, min(workers, len(config.seeds)))
    if workers > 1:
        results = train_side_by_side(job, progress, workers, resume=resume)
    else:
        results = _one_after_another(job, progress, resume=resume)
    if checkpoints is not None:
        for seed in config.seeds:
            delete_checkpoint(checkpoints, seed)
    return Result(averaged([result.adapter for result in results]), _report(job, results, workers))


def train_fully(
    entries: Sequence[Entry],
    base: Base,
    config: TrainingConfig,
    out: Path,
    *,
    pairs: Sequence[tuple[str, str]] = (),
    progress: Progress = lambda _done, _total: None,
) -> Report:
    """What training every weight cost; `out` becomes a SentenceTransformer directory (hundreds of MB).

    Meant for a GPU and the first seed alone; use a learning rate near 2e-5.
    """
    seed = config.seeds[0]
    job = _job(entries, base, replace(config, full=True, seeds=(seed,)), pairs, None)
    trainee = load_trainee(base, job.config, seed)
    losses, seconds = run_steps(job, trainee, seed, progress)
    trainee.model.save_pretrained(str(out), create_model_card=False)
    first, last = _first_and_last(job, losses)
    return Report((seed,), len(job.examples), job.steps, seconds, 1, peak_memory_mb(), first, last)


def _job(
    entries: Sequence[Entry],
    base: Base,
    config: TrainingConfig,
    pairs: Sequence[tuple[str, str]],
    checkpoints: Path | None,
) -> Job:
    examples = examples_of(entries, pairs, config)
    if len(examples) < 2:
        raise InputError("corpus", len(examples), "too few entries to learn from; expected two or more")
    data = _data_digest(entries, pairs)
    described = f"{config}\n{base.digest}\n{data}"
    fingerprint = hashlib.sha256(described.encode()).hexdigest()
    return Job(base, config, examples, data, fingerprint, checkpoints)


def _one_after_another(job: Job, progress: Progress, *, resume: bool) -> list[SeedResult]:
    results: list[SeedResult] = []

    def advance(done: int, _total: int | None) -> None:
        progress(len(results) * job.steps + done, len(job.config.seeds) * job.steps)

    for seed in job.config.seeds:
        results.append(train_seed(job, seed, advance, resume=resume))  # noqa: PERF401 (advance counts them)
    return results


def _data_digest(entries: Sequence[Entry], pairs: Sequence[tuple[str, str]]) -> str:
    extra = "".join(f"{need}\n{skill}\n\n" for need, skill in pairs)
    return (
        hashlib.sha256((corpus_digest(entries) + extra).encode()).hexdigest()
        if pairs
        else corpus_digest(entries)
    )


def _report(job: Job, results: Sequence[SeedResult], workers: int) -> Report:
    ends = [_first_and_last(job, result.losses) for result in results]
    peaks = sorted((result.peak_memory_mb for result in results), reverse=True)
    return Report(
        seeds=job.config.seeds,
        examples=len(job.examples),
        steps=job.steps * len(results),
        seconds=sum(result.seconds for result in results),
        workers=workers,
        peak_memory_mb=sum(peaks[:workers]),
        first_loss=sum(first for first, _ in ends) / len(ends),
        last_loss=sum(last for _, last in ends) / len(ends),
    )


def _first_and_last(job: Job, losses: Sequence[float]) -> tuple[float, float]:
    a_epoch = steps_per_epoch(job.examples, job.config)
    first = sum(losses[:a_epoch]) / a_epoch if len(losses) == job.steps else float("nan")
    last = sum(losses[-a_epoch:]) / a_epoch if len(losses) >= a_epoch else float("nan")
    return first, last
