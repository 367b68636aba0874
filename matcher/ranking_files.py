"""Learned weights as a file, and what ranks now: the promoted ones, else those set by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from threading import RLock
from typing import Any

from matcher.errors import ModelError
from matcher.features import FEATURES
from matcher.ranking import Odds, WeightedSum
from matcher.registry import DAY_ONE, LOG, MANIFEST, ModelKind, Registry, read_manifest

WEIGHTS = "weights.json"
SERVES, MEASURED = "serves", "measured"
_Stamp = tuple[tuple[int, int] | None, ...]


def save_weights(directory: Path, serves: WeightedSum, measured: WeightedSum) -> None:
    """Write the weights that serve, and those that were measured: they learned from no later day."""
    content = {SERVES: _record(serves), MEASURED: _record(measured)}
    (directory / WEIGHTS).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load_weights(directory: Path, encoder: str, part: str = SERVES) -> WeightedSum:
    """The ranking in a model's directory, for texts read by this encoder.

    ModelError when the model is of another kind, reads other features or another encoder, or is damaged.
    """
    manifest, name = read_manifest(directory), directory.name
    if manifest["kind"] is not ModelKind.RANKING:
        raise ModelError(
            f"{name} reads the features of histories and cannot serve; train one with --model weights"
        )
    odd = sorted(set(manifest.get("features", ())) ^ set(FEATURES))
    if odd:
        raise ModelError(f"{name} was trained with other features ({', '.join(odd)}); train the model again")
    if manifest.get("encoder") != encoder:
        raise ModelError(
            f"{name} was trained with the encoder {manifest.get('encoder')}, here {encoder} reads texts; "
            "use that encoder, or train the model again"
        )
    path = directory / WEIGHTS
    try:
        return _ranking(json.loads(path.read_text(encoding="utf-8"))[part], name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is missing or damaged ({error}); train the model again") from error


def _record(ranking: WeightedSum) -> dict[str, Any]:
    odds = ranking.odds
    return {
        "weights": {name: ranking.weights[name] for name in FEATURES},
        "odds": None if odds is None else {"slope": odds.slope, "start": odds.start},
    }


def _ranking(record: dict[str, Any], name: str) -> WeightedSum:
    weights = {feature: float(record["weights"][feature]) for feature in FEATURES}
    odds = None if record["odds"] is None else Odds(**record["odds"])
    numbers = [*weights.values(), *((odds.slope, odds.start) if odds else ())]
    if not all(isfinite(number) for number in numbers):
        raise ValueError("a weight is not a number")
    return WeightedSum(weights, name, 0.0, odds)


class Promoted:
    """Called, gives what ranks now; read again whenever the files of the registry have changed.

    ModelError while the promoted model cannot be read; it is tried again at the next call.
    """

    def __init__(self, registry: Registry, encoder: Callable[[], str]) -> None:
        self._registry = registry
        self._encoder = encoder
        self._lock = RLock()
        self._stamp: _Stamp | None = None
        self._ranking = WeightedSum()

    def __call__(self) -> WeightedSum:
        """The promoted ranking, else that of day one."""
        with self._lock:
            if self._stamp is None or self._stamp != self._now(self._ranking.name):
                self._stamp = None
                name = self._registry.current(ModelKind.RANKING)
                stamp = self._now(name or DAY_ONE)
                self._ranking = WeightedSum() if name is None else self._load(name)
                self._stamp = stamp
            return self._ranking

    def _load(self, name: str) -> WeightedSum:
        return load_weights(self._registry.directory / name, self._encoder())

    def _now(self, name: str) -> _Stamp:
        """When the log and the files of a model were last written, and how long they are."""
        directory = self._registry.directory
        return tuple(
            _stamp(path)
            for path in (directory / LOG, *(directory / name / one for one in (MANIFEST, WEIGHTS)))
        )


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size
