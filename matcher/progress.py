"""What stderr shows while something takes long: a bar with the time left, or that it is busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.status import Status

PATIENCE_SECONDS = 2.0


@contextmanager
def progress_bar(
    label: str, clock: Callable[[], float] = monotonic
) -> Iterator[Callable[[int, int | None], None]]:
    """A function of (done, total or None) that draws a bar with the time left, once it takes long.

    Nothing is drawn when stderr is not a terminal.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    task = progress.add_task(label, total=None)
    started = clock()

    def advance(done: int, total: int | None) -> None:
        if not progress.live.is_started and clock() - started > PATIENCE_SECONDS:
            progress.start()
        progress.update(task, completed=done, total=total)

    try:
        yield advance
    finally:
        if progress.live.is_started:
            progress.stop()


def busy(label: str) -> Status:
    """A context in which stderr says what is being done; nothing when it is not a terminal."""
    return Console(stderr=True).status(label)
