"""Several seeds at once, each in a process of its own: two cores train two seeds in the time of one."""

from __future__ import annotations

import os
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from queue import Empty
from typing import TYPE_CHECKING

from matcher.adapters.polyglot_training.seed import Job, Progress, SeedResult, train_seed

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Event

_PATIENCE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Line:
    """What a process holds of the one that started it."""

    steps: Queue[tuple[int, int]]
    """(seed, steps done)."""
    hung_up: Event
    parent: int

    def tell(self, seed: int, done: int, _total: int | None) -> None:
        """Say where the seed is; leave when nobody waits any more: a killed parent cannot say so."""
        if os.getppid() != self.parent:
            os._exit(1)  # the pool's worker would swallow an exception and wait for work for ever
        if self.hung_up.is_set():
            raise SystemExit(1)
        self.steps.put((seed, done))


_line: list[_Line] = []
"""The line of this process, where it was started to train a seed; a queue cannot be sent with the work."""


def train_side_by_side(job: Job, progress: Progress, workers: int, *, resume: bool) -> list[SeedResult]:
    """The result of each seed in order, at most `workers` at a time; one that fails stops the others."""
    context = get_context("spawn")
    line = _Line(context.Queue(), context.Event(), os.getpid())
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_connect, initargs=(line,)) as pool:
        try:
            running = [pool.submit(_train_one, job, seed, resume=resume) for seed in job.config.seeds]
            _follow(job, running, line, progress)
            return [future.result() for future in running]
        finally:
            line.hung_up.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _connect(line: _Line) -> None:
    _line.append(line)


def _train_one(job: Job, seed: int, *, resume: bool) -> SeedResult:
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    return train_seed(job, seed, partial(_line[0].tell, seed), resume=resume)


def _follow(job: Job, running: list[Future[SeedResult]], line: _Line, progress: Progress) -> None:
    """Tell the progress of all seeds together until each is done; what stopped one is raised here."""
    done: dict[int, int] = {}
    while not all(future.done() for future in running):
        for future in running:
            if future.done():
                future.result()
        try:
            seed, step = line.steps.get(timeout=_PATIENCE_SECONDS)
        except Empty:
            continue
        done[seed] = step
        progress(sum(done.values()), job.steps * len(job.config.seeds))
