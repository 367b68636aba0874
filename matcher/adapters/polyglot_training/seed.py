"""One seed's run: its steps, its checkpoint after every epoch, and what it cost."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.adapters.polyglot_training.batches import Batch, Example, epoch_batches, steps_per_epoch
from matcher.adapters.polyglot_training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
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
from matcher.low_rank import Adapter

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Progress = Callable[[int, int | None], None]
"""(steps done, steps in all)."""
_SEED_STRIDE = 1_000_003


@dataclass(frozen=True, slots=True)
class Job:
    """All that is the same for every seed of a run."""

    base: Base
    config: TrainingConfig
    examples: Sequence[Example]
    data: str
    """The digest of the texts."""
    fingerprint: str
    checkpoints: Path | None

    @property
    def steps(self) -> int:
        """Steps a seed."""
        return self.config.epochs * steps_per_epoch(self.examples, self.config)


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What a seed learnt and cost; `losses` has one number a step that was taken since it was resumed."""

    adapter: Adapter
    losses: tuple[float, ...]
    seconds: float
    """By the clock, what was done before it was resumed included."""
    peak_memory_mb: float
    """Of the process that trained it."""


def train_seed(job: Job, seed: int, progress: Progress, *, resume: bool = False) -> SeedResult:
    """What a seed teaches; its checkpoint is kept, so that a run of several need not do it again."""
    trainee = load_trainee(job.base, job.config, seed)
    kept = load_checkpoint(job.checkpoints, seed, job.fingerprint) if resume and job.checkpoints else None
    losses, seconds = run_steps(job, trainee, seed, progress, kept)
    adapter = adapter_of(trainee, job.base, job.config, seed, job.data)
    return SeedResult(adapter, tuple(losses), seconds, peak_memory_mb())


def run_steps(
    job: Job, trainee: Trainee, seed: int, progress: Progress, kept: Checkpoint | None = None
) -> tuple[list[float], float]:
    """The loss of each step that was taken, and the seconds of the seed so far."""
    if kept is not None and kept.step == job.steps:
        _restore(trainee, kept.weights)
        progress(kept.step, job.steps)
        return [], kept.seconds
    started = time.perf_counter() - (kept.seconds if kept else 0.0)
    optimizer = _optimizer(job.config, trainee)
    remember(trainee, _said(job), job.config)
    taught = untouched_vectors(trainee, job.examples, job.config)
    step = 0
    if kept is not None:
        _restore(trainee, kept.weights)
        optimizer.load_state_dict({**optimizer.state_dict(), "state": kept.optimizer})
        step = kept.step
        progress(step, job.steps)
    a_epoch = steps_per_epoch(job.examples, job.config)
    losses = []
    while step < job.steps:
        for batch in epoch_batches(job.examples, job.config, seed, step // a_epoch):
            losses.append(_step(job, trainee, optimizer, batch, taught, seed, step))
            step += 1
            progress(step, job.steps)
        if job.checkpoints is not None:
            now, state = time.perf_counter() - started, optimizer.state_dict()["state"]
            save_checkpoint(
                Checkpoint(job.fingerprint, seed, step, now, _weights(trainee), state), job.checkpoints
            )
    return losses, time.perf_counter() - started


def peak_memory_mb() -> float:
    """The most memory that this process had."""
    peak: Any = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (1e6 if sys.platform == "darwin" else 1e3)


def _step(
    job: Job,
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


def _said(job: Job) -> list[str]:
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
