"""Learned models as directories of plain files, and a log of which of them was promoted when.

A models directory holds one directory a model, written whole or not at all, and `registry.json`, the
log that only grows. What serves is what the log says: a promotion puts a model on top, a rollback
takes it off again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from errno import EACCES
from pathlib import Path
from typing import Any

from matcher.errors import ConflictError, InputError, ModelError, UnknownRecordError
from matcher.whole_files import locked, write_directory, write_file

Record = dict[str, Any]
MANIFEST, CARD, FIGURES, LOG = "model.json", "card.md", "figures", "registry.json"
DAY_ONE = "day-one"
NOTHING = "none"
TENANTS = "tenants"
"""Below it are the directories of tenants other than the default one."""
FORMAT = 1
RESERVED = {DAY_ONE, TENANTS, LOG, "logistic", "lambdamart", "weights", NOTHING}
"""What `--model` means something else by."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class ModelKind(StrEnum):
    """What a learned model reads."""

    RANKING = "ranking"
    """The features that the product serves with: it may serve."""
    HISTORY = "history"
    """The features of a history of alliances: it is evaluated and compared, and never serves."""


class Action(StrEnum):
    """What the log tells of."""

    TRAIN = "train"
    PROMOTE = "promote"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the log. `before` is what stood until then; `worse` are the slices that spoke against."""

    at: str
    action: Action
    kind: ModelKind
    name: str
    before: str | None = None
    reason: str = ""
    worse: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Registry:
    """The models of one directory, which need not exist yet."""

    directory: Path
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def names(self) -> list[str]:
        """The names of the models, in order."""
        if not self.directory.is_dir():
            return []
        return sorted(
            path.parent.name
            for path in self.directory.glob(f"*/{MANIFEST}")
            if not path.parent.name.startswith(".")
        )

    def path(self, name: str) -> Path:
        """The directory of a model, else UnknownRecordError."""
        if name not in self.names():
            raise UnknownRecordError("model", name, f"`maillon models` lists those of {self.directory}")
        return self.directory / name

    def manifest(self, name: str) -> Record:
        """What a model's files say of it; ModelError when they are damaged."""
        return read_manifest(self.path(name))

    def check_free(self, name: str, *, replace: bool) -> None:
        """InputError for a name that cannot be given or is taken, or when nothing can be written."""
        with _writing(self.directory):
            if not os.access(self.directory, os.W_OK):
                raise PermissionError(EACCES, "not permitted")
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise InputError(
                "name", name, "taken by Maillon, or not of letters, digits, '.', '-' and '_' alone"
            )
        log = self.log()
        if any(name in _standing(log, kind) for kind in ModelKind):
            raise InputError("name", name, "this model is promoted and stays as it is; choose another name")
        if (self.directory / name).exists() and not replace:
            raise InputError("name", name, "there is such a model already; choose another name, or --replace")

    def add(
        self, name: str, kind: ModelKind, fill: Callable[[Path], None], *, seconds: float, replace: bool
    ) -> Path:
        """The directory of a new model, filled whole; a failure leaves what was there before."""
        self.check_free(name, replace=replace)
        with _writing(self.directory):
            write_directory(self.directory / name, fill)
        self._note(lambda _: Happening(self._now(), Action.TRAIN, kind, name, seconds=round(seconds, 1)))
        return self.directory / name

    def log(self) -> list[Happening]:
        """Everything that happened, oldest first; ModelError when the log cannot be read."""
        path = self.directory / LOG
        try:
            lines = json.loads(path.read_text(encoding="utf-8"))["log"]
            return [_happening(line) for line in lines]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = f"{path} is damaged ({error}); put a copy of it back, or move it away to begin anew"
            raise ModelError(reason) from error

    def current(self, kind: ModelKind) -> str | None:
        """The promoted model of a kind; None where there is none: the day-one weights serve."""
        return _top(self.log(), kind)

    def promote(self, name: str, kind: ModelKind, worse: Sequence[str] = (), reason: str = "") -> Happening:
        """Put a model in the first place of its kind; ConflictError when it stands there already."""
        self.path(name)

        def happening(log: Sequence[Happening]) -> Happening:
            before = _top(log, kind)
            if before == name:
                raise ConflictError(f"{name} is promoted already")
            return Happening(self._now(), Action.PROMOTE, kind, name, before, reason, tuple(worse))

        return self._note(happening)

    def rollback(self, kind: ModelKind | None = None, reason: str = "") -> Happening:
        """Take the last promotion back; ConflictError when there is none.

        Without a kind it is that of the promotion that happened last and still stands. ModelError when
        the files of the model before it are damaged.
        """

        def happening(log: Sequence[Happening]) -> Happening:
            of_kind = kind or _last_promoted(log)
            standing = [] if of_kind is None else _standing(log, of_kind)
            if of_kind is None or not standing:
                raise ConflictError("nothing is promoted, so there is nothing to roll back")
            before_it = DAY_ONE if of_kind is ModelKind.RANKING else NOTHING
            after = standing[-2] if len(standing) > 1 else before_it
            if len(standing) > 1:
                self.manifest(after)
            return Happening(self._now(), Action.ROLLBACK, of_kind, after, standing[-1], reason)

        return self._note(happening)

    def _now(self) -> str:
        return self.clock().isoformat(timespec="seconds")

    def _note(self, make: Callable[[Sequence[Happening]], Happening]) -> Happening:
        """Add what `make` says of the log as it is; nobody else writes it meanwhile."""
        path = self.directory / LOG
        with _writing(self.directory), locked(path):
            log = self.log()
            happening = make(log)
            lines = [_line(one) for one in [*log, happening]]
            write_file(
                path, json.dumps({"format": FORMAT, "log": lines}, ensure_ascii=False, indent=1) + "\n"
            )
        return happening


@contextmanager
def _writing(directory: Path) -> Iterator[None]:
    """A context that makes the directory; InputError when it cannot be written."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error}); set MAILLON_MODELS to a directory that can"
        raise InputError("models", str(directory), reason) from error


def read_manifest(directory: Path) -> Record:
    """The manifest of a model's directory; ModelError when it is missing, damaged or of a later format."""
    path = directory / MANIFEST
    try:
        record: Record = json.loads(path.read_text(encoding="utf-8"))
        kind, known = ModelKind(record["kind"]), record["format"]
        record["kind"] = kind
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is missing or damaged ({error}); train the model again") from error
    if known != FORMAT:
        raise ModelError(f"{path} is of format {known}, this version reads {FORMAT}; train the model again")
    return record


def _standing(log: Sequence[Happening], kind: ModelKind) -> list[str]:
    """The promoted models of a kind, the one that serves last."""
    standing: list[str] = []
    for one in log:
        if one.kind is kind and one.action is Action.PROMOTE:
            standing.append(one.name)
        elif one.kind is kind and one.action is Action.ROLLBACK and standing:
            standing.pop()
    return standing


def _top(log: Sequence[Happening], kind: ModelKind) -> str | None:
    standing = _standing(log, kind)
    return standing[-1] if standing else None


def _last_promoted(log: Sequence[Happening]) -> ModelKind | None:
    """The kind of the last promotion that still stands."""
    for one in reversed(log):
        if one.action is Action.PROMOTE and one.name == _top(log, one.kind):
            return one.kind
    return None


def _line(one: Happening) -> Record:
    return {name: value for name, value in asdict(one).items() if value not in (None, "", (), [])}


def _happening(line: Record) -> Happening:
    held = line | {"action": Action(line["action"]), "kind": ModelKind(line["kind"])}
    return Happening(**(held | {"worse": tuple(line.get("worse", ()))}))
