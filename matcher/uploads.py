"""Files that people upload to import: kept until the import is done or given up, an hour at most."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from os import getuid
from pathlib import Path
from typing import Any

from matcher.errors import UnknownRecordError, WorkspaceError
from matcher.textfiles import replacing

KEPT_SECONDS = 3_600
MOST_KEPT = 5
"""Of one person; the oldest goes when another one comes."""
SILENT_SECONDS = 300
"""Work that has said nothing for this long was interrupted."""
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_GOOD_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson")


class Stage(StrEnum):
    """Where an import stands."""

    READING = "reading"
    READY = "ready"
    IMPORTING = "importing"
    INDEXING = "indexing"
    DONE = "done"
    FAILED = "failed"


WORKING = (Stage.READING, Stage.IMPORTING, Stage.INDEXING)


@dataclass(frozen=True, slots=True)
class Upload:
    """One file and what has become of it; `names` says which field each column is read as.

    `done` of `total` rows or texts are through the stage; `error` says why it failed.
    """

    id: str
    tenant: str
    person: str
    filename: str
    suffix: str
    stage: Stage = Stage.READING
    columns: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    done: int = 0
    total: int | None = None
    error: str = ""
    updated: float = 0.0

    @property
    def is_working(self) -> bool:
        """Whether somebody is at it now."""
        return self.stage in WORKING


class Uploads:
    """Keeps uploads in a directory that only the service's own account may read."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._clock = clock

    def add(self, tenant: str, person: str, filename: str, data: bytes) -> Upload:
        """A new upload; its file is kept under a name of our own, never the visitor's."""
        self.sweep()
        name = Path(filename.replace("\\", "/")).name[:120]
        upload = Upload(secrets.token_urlsafe(18), tenant, person, name, suffix_of(name))
        self._own()
        self._leave_few(tenant, person)
        with replacing(self.path(upload)) as file:
            file.write(data)
        return self._write(upload)

    def of_tenant(self, tenant: str) -> list[Upload]:
        """Every upload of a tenant, whoever sent it."""
        found = [self._read(path) for path in sorted(self._directory.glob("*.state"))]
        return [one for one in found if one is not None and one.tenant == tenant]

    def get(self, tenant: str, person: str, upload_id: str) -> Upload:
        """Somebody's upload, else UnknownRecordError; work that fell silent is told as failed."""
        upload = self._read(self._state(upload_id))
        if upload is None or (upload.tenant, upload.person) != (tenant, person):
            raise UnknownRecordError("upload", upload_id)
        if upload.is_working and self._clock() - upload.updated > SILENT_SECONDS:
            return replace(upload, stage=Stage.FAILED, error="interrupted")
        return upload

    def put(self, upload: Upload, **changes: Any) -> Upload:  # noqa: ANN401 (whatever an upload holds)
        """The upload with these changes, kept; UnknownRecordError when it was erased meanwhile."""
        self._check_there(upload)
        return self._write(replace(upload, **changes))

    def path(self, upload: Upload) -> Path:
        """Where the file is."""
        return self._directory / f"{_checked(upload.id)}{upload.suffix}"

    def put_result(self, upload: Upload, result: dict[str, Any]) -> None:
        """Keep what was read of a file, or what an import did, until the upload is erased.

        UnknownRecordError when it was erased meanwhile.
        """
        self._check_there(upload)
        with replacing(self._result(upload.id)) as file:
            file.write(json.dumps(result, default=str).encode())

    def result(self, upload: Upload) -> dict[str, Any]:
        """What `put_result` kept; {} when nothing was."""
        try:
            held: dict[str, Any] = json.loads(self._result(upload.id).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return held

    def erase_file(self, upload: Upload) -> None:
        """Erase the uploaded file; what was said of it stays until it is swept."""
        self.path(upload).unlink(missing_ok=True)

    def erase(self, upload: Upload) -> None:
        """Erase an upload and all that was kept of it."""
        for path in (self.path(upload), self._state(upload.id), self._result(upload.id)):
            path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Erase what is older than an hour, whoever left it."""
        if self._directory.is_dir():
            for path in self._directory.iterdir():
                with suppress(FileNotFoundError):  # another worker was quicker
                    if path.is_file() and self._clock() - path.stat().st_mtime > KEPT_SECONDS:
                        path.unlink()

    def _check_there(self, upload: Upload) -> None:
        """Work that is under way brings nothing back of an upload that was erased."""
        if not self._state(upload.id).is_file():
            raise UnknownRecordError("upload", upload.id)

    def _write(self, upload: Upload) -> Upload:
        changed = replace(upload, updated=self._clock())
        with replacing(self._state(changed.id)) as file:
            file.write(json.dumps(asdict(changed)).encode())
        return changed

    def _read(self, path: Path) -> Upload | None:
        """What a file of states says; None when it is gone or says nothing."""
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return Upload(**held | {"stage": Stage(held["stage"]), "columns": tuple(held["columns"])})

    def _leave_few(self, tenant: str, person: str) -> None:
        """Erase somebody's oldest uploads, so that nobody fills the disk; work in hand goes on."""
        paths = sorted(self._directory.glob("*.state"), key=lambda path: -path.stat().st_mtime)
        held = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
        mine = [one["id"] for one in held if (one["tenant"], one["person"]) == (tenant, person)]
        for upload_id in mine[MOST_KEPT - 1 :]:
            upload = self.get(tenant, person, upload_id)
            if not upload.is_working:
                self.erase(upload)

    def _own(self) -> None:
        """Make the directory; WorkspaceError when somebody else's account made it first."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._directory.is_symlink() or self._directory.stat().st_uid != getuid():
            raise WorkspaceError(
                f"{self._directory}: not ours; set MAILLON_UPLOADS to a directory of your own"
            )

    def _state(self, upload_id: str) -> Path:
        return self._directory / f"{_checked(upload_id)}.state"

    def _result(self, upload_id: str) -> Path:
        return self._directory / f"{_checked(upload_id)}.result"


def suffix_of(filename: str) -> str:
    """The suffix of a file that can be imported, "" for any other."""
    suffix = Path(filename.lower()).suffix
    return suffix if suffix in _GOOD_SUFFIXES else ""


def _checked(upload_id: str) -> str:
    if not _ID.fullmatch(upload_id):
        raise UnknownRecordError("upload", upload_id)
    return upload_id
