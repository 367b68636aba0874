"""Erasing an actor or its contact: first from the uploads that hold it, then from the store."""

from __future__ import annotations

from typing import Any

from matcher.adapters.tables import read_rows
from matcher.backend import Holdings
from matcher.domain import Actor, ActorId
from matcher.errors import ImportSourceError, InputError
from matcher.importing import RecordKind, Row
from matcher.territory import fold
from matcher.uploads import Upload, Uploads


def erase_actor(holdings: Holdings, uploads: Uploads, actor_id: ActorId) -> None:
    """Erase an actor, all that came of it, and uploads that hold it; UnknownActorError when there is none."""
    erase_from_uploads(uploads, holdings.tenant, holdings.store.actor(actor_id))
    holdings.store.delete_actor(actor_id)


def erase_contact(holdings: Holdings, uploads: Uploads, actor_id: ActorId) -> None:
    """Erase an actor's contact, and uploads that hold the actor; UnknownActorError without such an actor."""
    erase_from_uploads(uploads, holdings.tenant, holdings.store.actor(actor_id))
    holdings.store.delete_contact(actor_id)


def erase_from_uploads(uploads: Uploads, tenant: str, actor: Actor) -> None:
    """Erase every upload of a tenant that holds an actor, or that cannot be read to tell.

    Of an import that is done no file is left: its counts stay, the values of its refused rows do not.
    """
    for upload in uploads.of_tenant(tenant):
        if _holds(uploads, upload, actor):
            uploads.erase(upload)
        elif not uploads.path(upload).is_file():
            uploads.put_result(upload, _without_values(uploads.result(upload)))


def _holds(uploads: Uploads, upload: Upload, actor: Actor) -> bool:
    if actor.id in upload.filename or fold(actor.name) in fold(upload.filename):
        return True
    if not uploads.path(upload).is_file():
        return False
    try:
        rows = read_rows(uploads.path(upload), RecordKind.ACTORS, upload.names or None)
    except (ImportSourceError, OSError):
        return True
    return any(_is_about(row, actor) for row in rows)


def _is_about(row: Row, actor: Actor) -> bool:
    """Whether a row names an actor by id or name in any of its cells, or could not be read."""
    if isinstance(row.record, InputError):
        return True
    cells = [str(value).strip() for value in row.record.values()]
    return actor.id in cells or fold(actor.name) in map(fold, cells)


def _without_values(result: dict[str, Any]) -> dict[str, Any]:
    rejects = [one | {"value": ""} for one in result.get("rejects", [])]
    return {"counts": result.get("counts", {}), "rejects": rejects}
