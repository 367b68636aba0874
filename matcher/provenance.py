"""Where a model came from: the versions of what computes, and the commit of the code."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which

LIBRARIES = ("maillon", "numpy", "scipy", "scikit-learn", "lightgbm")
_PATIENCE_SECONDS = 10


def libraries() -> dict[str, str]:
    """The versions of what computes, by name; what is not installed is left out."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit(source: Path = Path(__file__)) -> str | None:
    """The git commit of this code, `-dirty` behind it when files differ; None outside a repository."""
    git = which("git")
    if git is None:
        return None
    told = [git, "-C", str(source.parent)]
    tracked = _output([*told, "ls-files", "--error-unmatch", source.name])
    return (
        _output([*told, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]) if tracked else None
    )


def _output(command: list[str]) -> str | None:
    """What a command prints, None when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 (our own words, no shell)
            command, capture_output=True, text=True, check=True, timeout=_PATIENCE_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
