"""The long part of an import by page: reading a file for its preview, then writing it, in a thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from threading import BoundedSemaphore, Thread
from time import monotonic

from matcher.access import Person
from matcher.adapters.tables import check_workbook, columns_of, read_rows
from matcher.domain import Actor, Contact
from matcher.errors import ImportSourceError, MaillonError, UnknownRecordError
from matcher.headings import renamed, suggested_columns
from matcher.importing import Progress, Reading, RecordKind, Row, fields_of, put_actors, read_actors
from matcher.preview import Fate, compared, completed
from matcher.uploads import Stage, Upload, Uploads
from service.rights import check_for
from service.tenants import Tenant

MOST_ROWS = 20_000
SHOWN = 200
"""How many rows of each kind a preview keeps to be looked at; the counts are of all."""
SWEEP_SECONDS = 60.0
_EVERY_SECONDS = 0.5
_at_once = BoundedSemaphore(2)
"""Files are read and written two at a time; others wait their turn."""
log = logging.getLogger(__name__)
Work = Callable[[], None]


def start(uploads: Uploads, upload: Upload, work: Work) -> Thread:
    """Do the work beside the requests; whatever goes wrong is told on the upload's page."""

    def run() -> None:
        try:
            with _at_once:
                work()
        except MaillonError as error:
            _fail(uploads, upload, _named(str(error), uploads, upload))
        except Exception:
            log.exception("an import failed")
            _fail(uploads, upload, "failed")

    thread = Thread(target=run, name="import", daemon=True)
    thread.start()
    return thread


def _fail(uploads: Uploads, upload: Upload, error: str) -> None:
    """Tell why nothing came of it, unless the upload was erased meanwhile."""
    uploads.erase_file(upload)
    with suppress(UnknownRecordError):
        uploads.put(upload, stage=Stage.FAILED, error=error)


def read_for_preview(
    tenant: Tenant, person: Person, uploads: Uploads, upload: Upload, names: Mapping[str, str] | None
) -> None:
    """Keep what importing the file would do; `names` None lets the columns be told by their names."""
    path = uploads.path(upload)
    if upload.suffix == ".xlsx":
        check_workbook(path, MOST_ROWS)
    columns = columns_of(path, RecordKind.ACTORS)
    if names is None:
        names = suggested_columns(columns, fields_of(RecordKind.ACTORS))
    upload = uploads.put(upload, columns=tuple(columns), names=dict(names))
    try:
        rows = _rows(uploads, upload)
    except ImportSourceError as error:  # the columns can still be told by hand
        told = {"refused_file": _named(str(error), uploads, upload)}
        uploads.put_result(upload, told)
        uploads.put(upload, stage=Stage.READY)
        return
    read = _read(tenant, person, rows, upload, _teller(uploads, upload, Stage.READING))
    found = compared(tenant.holdings.store, read)
    shown = {
        fate.value: [asdict(row) for row in found.rows if row.fate is fate][:SHOWN]
        for fate in (Fate.ADDED, Fate.CHANGED)
    }
    counts = {fate.value: found.count(fate) for fate in Fate}
    uploads.put_result(
        upload,
        {
            "counts": counts | {"refused": len(found.rejects)},
            "rows": shown,
            "rejects": [asdict(one) | {"source": upload.filename} for one in found.rejects],
            "unknown": list(found.unknown_fields),
        },
    )
    uploads.put(upload, stage=Stage.READY)


def write_all(tenant: Tenant, person: Person, uploads: Uploads, upload: Upload) -> None:
    """Import the good rows together, erase the file, then bring the index up to date."""
    tell = _teller(uploads, upload, Stage.IMPORTING)
    read = _read(tenant, person, _rows(uploads, upload), upload, tell)
    changes = put_actors(tenant.holdings.store, read)
    uploads.erase_file(upload)
    counts = {
        Fate.ADDED.value: changes.added,
        Fate.CHANGED.value: changes.updated,
        Fate.UNCHANGED.value: changes.unchanged,
        "refused": len(read.rejects),
    }
    rejects = [asdict(one) | {"source": upload.filename} for one in read.rejects]
    uploads.put_result(upload, {"counts": counts, "rejects": rejects})
    uploads.put(upload, stage=Stage.INDEXING, done=0, total=None)
    tenant.workspace.matcher(_teller(uploads, upload, Stage.INDEXING))
    uploads.put(upload, stage=Stage.DONE)


async def keep_swept(uploads: Uploads) -> None:
    """Erase uploads that nobody came back for, every minute, also when nobody sends another."""
    while True:
        try:
            await asyncio.to_thread(uploads.sweep)
        except OSError as error:
            log.warning("uploads are not swept: %s", error)
        await asyncio.sleep(SWEEP_SECONDS)


def _rows(uploads: Uploads, upload: Upload) -> list[Row]:
    rows = read_rows(uploads.path(upload), RecordKind.ACTORS, upload.names)
    if len(rows) > MOST_ROWS:
        raise ImportSourceError(f"{len(rows)} rows, more than {MOST_ROWS}; send the file in parts")
    return rows


def _read(
    tenant: Tenant, person: Person, rows: Sequence[Row], upload: Upload, tell: Progress
) -> Reading[tuple[Actor, Contact | None]]:
    """The good rows, as the person may bring them in; what the file has no column for stays as it is."""
    parts = tenant.workspace.parts
    held = {actor.id: actor for actor in tenant.holdings.store.actors()}
    columns = [renamed(column, upload.names).strip().lower() for column in upload.columns]
    return read_actors(
        completed(rows, columns, held),
        parts.taxonomy,
        parts.gazetteer,
        check=check_for(person, held),
        on_progress=tell,
    )


def _teller(uploads: Uploads, upload: Upload, stage: Stage) -> Progress:
    """Writes down how far the work is, twice a second at most."""
    last = monotonic() - _EVERY_SECONDS

    def tell(done: int, total: int | None) -> None:
        nonlocal last
        if monotonic() - last >= _EVERY_SECONDS:
            last = monotonic()
            uploads.put(upload, stage=stage, done=done, total=total)

    return tell


def _named(text: str, uploads: Uploads, upload: Upload) -> str:
    """What went wrong, with the visitor's name of the file and no path of ours."""
    return text.replace(str(uploads.path(upload)), upload.filename).replace(
        uploads.path(upload).name, upload.filename
    )
