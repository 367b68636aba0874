"""The training run: seeds, steps, checkpoints, and what it cost."""

from __future__ import annotations

import hashlib
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.adapters.polyglot_training.batches import (
    Batch,
    Example,
    epoch_batches,
    examples_of,
    steps_per_epoch,
)
from matcher.adapters.polyglot_training.checkpoint import (
    Checkpoint,
    delete_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from matcher.adapters.polyglot_training.config import Base, TrainingConfig
from matcher.adapters.polyglot_training.loss import batch_loss
from matcher.adapters.polyglot_training.model import (
    Trainee,
    adapter_of,
    embed_columns,
    load_trainee,
    remember,
)
from matcher.adapters.polyglot_training.teacher import Taught, untouched_vectors
from matcher.domain import Role
from matcher.errors import InputError
from matcher.low_rank import Adapter, averaged
from matcher.polyglot import Entry, corpus_digest

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Progress = Callable[[int, int | None], None]
"""(steps done, steps in all)."""
_SEED_STRIDE = 1_000_003


@dataclass(frozen=True, slots=True)
class Report:
    """What a run cost; `seconds` counts what was done before it was resumed too."""

    seeds: tuple[int, ...]
    examples: int
    steps: int
    seconds: float
    peak_memory_mb: float
    first_loss: float
    last_loss: float
    """Means over the first and the last epoch of the last seed; NaN where a resumed run has not seen them."""


@dataclass(frozen=True, slots=True)
class Result:
    """An adapter and what making it cost."""

    adapter: Adapter
    report: Report


@dataclass(frozen=True, slots=True)
class _Job:
    """All that stays the same over a run."""

    base: Base
    config: TrainingConfig
    examples: Sequence[Example]
    fingerprint: str
    checkpoints: Path | None
    progress: Progress

    @property
    def steps(self) -> int:
        """Steps a seed."""
        return self.config.epochs * steps_per_epoch(self.examples, self.config)


def train(
    entries: Sequence[Entry],
    base: Base,
    config: TrainingConfig | None = None,
    *,
    pairs: Sequence[tuple[str, str]] = (),
    checkpoints: Path | None = None,
    resume: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> Result:
    """The adapter that the entries teach, the mean over the seeds; the same call gives the same weights.

    `pairs` are (need, skill) of past alliances. A checkpoint is kept in `checkpoints` after every
    epoch and deleted at the end; `resume` goes on from it.
    """
    config = replace(config or TrainingConfig(), full=False)
    job, kept = _start(entries, base, config, pairs, checkpoints, progress, resume=resume)
    finished = dict(kept.finished) if kept else {}
    losses: list[float] = []
    seconds = kept.seconds if kept else 0.0
    data = _data_digest(entries, pairs)
    adapters = []
    for seed in config.seeds:
        trainee = load_trainee(base, config, seed)
        if seed in finished:
            _restore(trainee, finished[seed])
        else:
            at_hand = kept if kept is not None and kept.seed == seed else None
            losses, seconds = _run_seed(job, trainee, seed, at_hand, finished, seconds)
            finished[seed] = _weights(trainee)
        adapters.append(adapter_of(trainee, base, config, seed, data))
    if checkpoints is not None:
        delete_checkpoint(checkpoints)
    return Result(averaged(adapters), _report(job, losses, seconds))


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
    job, _ = _start(entries, base, replace(config, full=True), pairs, None, progress, resume=False)
    trainee = load_trainee(base, job.config, config.seeds[0])
    losses, seconds = _run_seed(job, trainee, config.seeds[0], None, {}, 0.0)
    trainee.model.save_pretrained(str(out), create_model_card=False)
    return _report(job, losses, seconds)


def _start(
    entries: Sequence[Entry],
    base: Base,
    config: TrainingConfig,
    pairs: Sequence[tuple[str, str]],
    checkpoints: Path | None,
    progress: Progress,
    *,
    resume: bool,
) -> tuple[_Job, Checkpoint | None]:
    examples = examples_of(entries, pairs, config)
    if len(examples) < 2:
        raise InputError("corpus", len(examples), "too few entries to learn from; expected two or more")
    described = f"{config}\n{base.digest}\n{_data_digest(entries, pairs)}"
    fingerprint = hashlib.sha256(described.encode()).hexdigest()
    job = _Job(base, config, examples, fingerprint, checkpoints, progress)
    kept = load_checkpoint(checkpoints, fingerprint) if resume and checkpoints is not None else None
    return job, kept


def _run_seed(
    job: _Job,
    trainee: Trainee,
    seed: int,
    kept: Checkpoint | None,
    finished: dict[int, dict[str, Tensor]],
    seconds: float,
) -> tuple[list[float], float]:
    """The loss of each step that was taken, and the seconds of the run so far."""
    started = time.perf_counter() - seconds
    optimizer = _optimizer(job.config, trainee)
    remember(trainee, _said(job), job.config)
    taught = untouched_vectors(trainee, job.examples, job.config)
    if kept is not None:
        _restore(trainee, kept.weights)
        optimizer.load_state_dict({**optimizer.state_dict(), "state": kept.optimizer})
    step = kept.step if kept is not None else 0
    a_epoch = steps_per_epoch(job.examples, job.config)
    losses = []
    while step < job.steps:
        for batch in epoch_batches(job.examples, job.config, seed, step // a_epoch):
            losses.append(_step(job, trainee, optimizer, batch, taught, seed, step))
            step += 1
            job.progress(len(finished) * job.steps + step, len(job.config.seeds) * job.steps)
        if job.checkpoints is not None:
            now = time.perf_counter() - started
            state = optimizer.state_dict()["state"]
            save_checkpoint(
                Checkpoint(job.fingerprint, seed, step, now, _weights(trainee), state, finished),
                job.checkpoints,
            )
    return losses, time.perf_counter() - started


def _step(
    job: _Job,
    trainee: Trainee,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    taught: Taught,
    seed: int,
    step: int,
) -> float:
    """The loss of a batch, after the weights took one step down it."""
    import torch  # noqa: PLC0415

    config = job.config
    for group in optimizer.param_groups:
        group["lr"] = config.learning_rate * _rise_and_fall(step + 1, job.steps, config.warmup)
    generator = torch.Generator().manual_seed(seed * _SEED_STRIDE + step)
    columns = _prefixed(batch, config)
    embedded = embed_columns(trainee, columns, config, generator)
    before = [torch.stack([taught[text] for text in column]) for column in columns[:2]] if taught else []
    loss = batch_loss(trainee.model, embedded, config, before)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(trainee.weights.values(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())


def _said(job: _Job) -> list[str]:
    """Every text of the run with its prefix."""
    need, skill = job.config.prefixes[Role.NEED], job.config.prefixes[Role.SKILL]
    needs = [need + example.need for example in job.examples]
    return needs + [skill + text for e in job.examples for text in (*e.skills, *e.negatives)]


def _prefixed(batch: Batch, config: TrainingConfig) -> list[list[str]]:
    need, skill = config.prefixes[Role.NEED], config.prefixes[Role.SKILL]
    needs, *others = batch.columns
    return [[need + text for text in needs], *([skill + text for text in column] for column in others)]


def _rise_and_fall(step: int, steps: int, warmup: float) -> float:
    """The share of the learning rate at a step, counted from 1."""
    rising = max(1, int(steps * warmup))
    return step / rising if step < rising else (steps - step + 1) / (steps - rising + 1)


def _optimizer(config: TrainingConfig, trainee: Trainee) -> torch.optim.Optimizer:
    import torch  # noqa: PLC0415

    weights = list(trainee.weights.values())
    return torch.optim.AdamW(weights, lr=config.learning_rate, weight_decay=config.weight_decay)


def _weights(trainee: Trainee) -> dict[str, Tensor]:
    return {name: weight.detach().cpu().clone() for name, weight in trainee.weights.items()}


def _restore(trainee: Trainee, weights: dict[str, Tensor]) -> None:
    for name, weight in trainee.weights.items():
        weight.data.copy_(weights[name])


def _data_digest(entries: Sequence[Entry], pairs: Sequence[tuple[str, str]]) -> str:
    extra = "".join(f"{need}\n{skill}\n\n" for need, skill in pairs)
    return (
        hashlib.sha256((corpus_digest(entries) + extra).encode()).hexdigest()
        if pairs
        else corpus_digest(entries)
    )


def _report(job: _Job, losses: Sequence[float], seconds: float) -> Report:
    a_epoch = steps_per_epoch(job.examples, job.config)
    first = sum(losses[:a_epoch]) / a_epoch if len(losses) == job.steps else float("nan")
    last = sum(losses[-a_epoch:]) / a_epoch if len(losses) >= a_epoch else float("nan")
    steps = job.steps * len(job.config.seeds)
    return Report(job.config.seeds, len(job.examples), steps, seconds, _peak_memory_mb(), first, last)


def _peak_memory_mb() -> float:
    peak: Any = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (1e6 if sys.platform == "darwin" else 1e3)
