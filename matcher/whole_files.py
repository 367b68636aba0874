"""Files and directories that are written whole or not at all, whatever interrupts the writing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from matcher.errors import ConflictError

LOCK_SECONDS = 10.0


def write_directory(directory: Path, fill: Callable[[Path], None]) -> None:
    """Fill a directory beside its place and move it there: it is complete, or as it was before.

    What an interrupted writing left beside is taken away by the next one.
    """
    parent = directory.parent
    parent.mkdir(parents=True, exist_ok=True)
    fresh, old = (parent / f".{directory.name}.{end}" for end in ("part", "old"))
    with locked(directory):
        _recover(directory, old)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        try:
            fill(fresh)
            for path in [*fresh.rglob("*"), fresh]:
                _sync(path)
            if directory.exists():
                directory.rename(old)
            fresh.rename(directory)
            _sync(parent)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            _recover(directory, old)


def write_file(path: Path, text: str) -> None:
    """Write a file beside its place and move it there: it is complete, or as it was before."""
    fresh = path.with_name(f".{path.name}.part")
    fresh.write_text(text, encoding="utf-8")
    _sync(fresh)
    fresh.replace(path)
    _sync(path.parent)


@contextmanager
def locked(path: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """A context in which nobody else writes this path; ConflictError when it stays taken."""
    try:
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=seconds):
            yield
    except Timeout as error:
        raise ConflictError(f"{path} is being written by somebody else; try again") from error


def _recover(directory: Path, old: Path) -> None:
    """Put the directory of before back when its successor never came; let go of it when it did."""
    if old.exists() and not directory.exists():
        old.rename(directory)
    shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
