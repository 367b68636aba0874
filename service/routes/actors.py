"""Actors: put, read, change, delete, many at once, and a list with filters."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response, status

from matcher.documents import document_of_actor
from matcher.domain import Actor, ActorId, PublicationStatus
from matcher.erasing import erase_actor, erase_contact
from matcher.importing import ImportReport, RecordKind, Reject, Row
from matcher.records import actor_to_record, contact_to_record
from matcher.schema import ACTOR_FIELDS, CONTACT_FIELDS
from matcher.territory import fold
from service.cursors import Cursor, cursor_of, read_cursor
from service.details import errors_in
from service.idempotency import OnceRoute
from service.problems import ProblemError, language_of, refused, unknown_fields
from service.record_schemas import ActorIn, ActorPart, Batch, BatchItem, BatchResult, Page
from service.schemas import Record
from service.security import ReadTenant, UploadsOf, WriteTenant
from service.tenants import Tenant
from service.validators import check_match, etag_of

router = APIRouter(prefix="/v1", tags=["actors"], route_class=OnceRoute)
ActorPath = Annotated[str, Path(max_length=200, description="identifier of the actor")]
IfMatch = Annotated[str | None, Header(description="the ETag that you read; 412 when it changed since")]
AT_ONCE = 50
"""Most actors of a batch that are encoded before it is answered."""
_FIELDS = frozenset(field.name for field in (*ACTOR_FIELDS, *CONTACT_FIELDS))


@router.put("/actors/{actor_id}", responses={201: {"description": "Added"}})
def put_actor(
    actor_id: ActorPath,
    body: ActorIn,
    tenant: WriteTenant,
    response: Response,
    if_match: IfMatch = None,
) -> Record:
    """Add or replace an actor. Contact fields are kept apart and never come back with the profile."""
    if body.get("id") is None:
        body["id"] = actor_id
    if body["id"] != actor_id:
        raise ProblemError(422, "invalid", f"id: the body says {body['id']!r}, the address {actor_id!r}")
    return _put(tenant, body, response, if_match)


@router.patch("/actors/{actor_id}")
def patch_actor(
    actor_id: ActorPath,
    body: ActorPart,
    tenant: WriteTenant,
    response: Response,
    if_match: IfMatch = None,
) -> Record:
    """Change some fields (JSON merge patch, RFC 7396: null takes a field away)."""
    store = tenant.holdings.store
    record = actor_to_record(store.actor(ActorId(actor_id)))
    contact = store.contact(ActorId(actor_id))
    if contact is not None:
        record |= contact_to_record(contact)
    if body.get("id", actor_id) != actor_id:
        raise ProblemError(422, "invalid", "id: an identifier does not change; put a new actor")
    response.status_code = status.HTTP_200_OK
    return _put(tenant, record | body, response, if_match)


@router.get("/actors/{actor_id}", responses={304: {"description": "Not changed"}})
def get_actor(
    actor_id: ActorPath,
    tenant: ReadTenant,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:  # noqa: ANN401 (a record, or an empty answer)
    """An actor's profile, without its contact."""
    actor = tenant.holdings.store.actor(ActorId(actor_id))
    tag = _tag(actor)
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return actor_to_record(actor)


@router.delete("/actors/{actor_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_actor(
    actor_id: ActorPath, tenant: WriteTenant, uploads: UploadsOf, if_match: IfMatch = None
) -> None:
    """Erase an actor, its contact, its vectors, its place in alliances, and what was served of it."""
    _check_match(tenant.holdings.store.actor(ActorId(actor_id)), if_match)
    erase_actor(tenant.holdings, uploads, ActorId(actor_id))
    tenant.follow()


@router.get("/actors/{actor_id}/contact")
def get_contact(actor_id: ActorPath, tenant: WriteTenant) -> Record:
    """How to reach an actor, for those who may write; nulls when nothing is known."""
    store = tenant.holdings.store
    store.actor(ActorId(actor_id))
    contact = store.contact(ActorId(actor_id))
    return {f.name: None for f in CONTACT_FIELDS} if contact is None else contact_to_record(contact)


@router.delete("/actors/{actor_id}/contact", status_code=status.HTTP_204_NO_CONTENT)
def delete_contact(actor_id: ActorPath, tenant: WriteTenant, uploads: UploadsOf) -> None:
    """Erase the contact of an actor."""
    erase_contact(tenant.holdings, uploads, ActorId(actor_id))


@router.post("/actors:batch")
def put_actors(body: Batch, tenant: WriteTenant, request: Request) -> BatchResult:
    """Add or replace up to 5,000 actors; each is taken or refused on its own.

    Up to 50 are found by the next question; more are encoded behind it, and found once that is done.
    """
    lang = language_of(request)
    report = _import(tenant, body.actors)
    if len(body.actors) <= AT_ONCE:
        tenant.follow()
    faults = {reject.line: [_told(reject)] for reject in report.rejects}
    items = [
        BatchItem(
            index=index,
            id=None if record.get("id") is None else str(record["id"])[:200],
            status="refused" if index in faults else "accepted",
            errors=errors_in(lang, faults.get(index) or unknown_fields(record, _FIELDS)),
        )
        for index, record in enumerate(body.actors)
    ]
    changes = report.changes
    return BatchResult(added=changes.added, updated=changes.updated, unchanged=changes.unchanged, items=items)


@router.get("/actors")
def list_actors(
    tenant: ReadTenant,
    sector: Annotated[list[str] | None, Query()] = None,
    theme: Annotated[list[str] | None, Query()] = None,
    status: PublicationStatus | None = None,
    q: Annotated[str | None, Query(max_length=200, description="part of the name")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Cursor = None,
) -> Page:
    """Actors in the order of ids; filters that have several values keep those of any."""
    after = read_cursor(cursor)
    wanted = fold(q or "")
    found = [
        actor
        for actor in tenant.workspace.matcher().pool.actors
        if (after is None or actor.id > after)
        and (not sector or actor.sector in sector)
        and (not theme or not set(theme).isdisjoint(actor.themes))
        and (status is None or actor.status is status)
        and wanted in fold(actor.name)
    ]
    page = found[:limit]
    more = cursor_of(page[-1].id) if len(found) > limit else None
    return Page(items=[actor_to_record(actor) for actor in page], next=more)


def _tag(one: Actor) -> str:
    """The validator of this record."""
    return etag_of(document_of_actor(one))


def _put(tenant: Tenant, record: Record, response: Response, if_match: str | None) -> Record:
    store = tenant.holdings.store
    if if_match is not None:
        _check_match(store.actor(ActorId(str(record["id"]))), if_match)
    unknown = unknown_fields(record, _FIELDS)
    if unknown:
        raise refused(unknown)
    report = _import(tenant, [record])
    if report.rejects:
        raise refused([_told(reject) for reject in report.rejects])
    tenant.follow()
    actor = store.actor(ActorId(str(record["id"]).strip()))
    response.status_code = status.HTTP_201_CREATED if report.changes.added else status.HTTP_200_OK
    response.headers["ETag"] = _tag(actor)
    return actor_to_record(actor)


def _import(tenant: Tenant, records: list[Record]) -> ImportReport:
    rows = [Row("request", index, record) for index, record in enumerate(records)]
    return tenant.workspace.import_rows(RecordKind.ACTORS, rows)


def _check_match(one: Actor, if_match: str | None) -> None:
    check_match(one.id, _tag(one), if_match)


def _told(reject: Reject) -> dict[str, str]:
    return {"field": reject.field, "value": reject.value, "reason": reject.reason}
