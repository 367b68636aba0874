"""Alliances: put, read, delete, and a list."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response, status

from matcher.documents import document_of_alliance
from matcher.domain import Alliance, AllianceId
from matcher.importing import RecordKind, Row
from matcher.records import alliance_to_record
from matcher.schema import ALLIANCE_FIELDS
from service.cursors import Cursor, cursor_of, read_cursor
from service.idempotency import OnceRoute
from service.problems import ProblemError, refused, unknown_fields
from service.record_schemas import AllianceIn, AlliancePart, Page
from service.schemas import Record
from service.security import ReadTenant, WriteTenant
from service.tenants import Tenant
from service.validators import check_match, etag_of

router = APIRouter(prefix="/v1/alliances", tags=["alliances"], route_class=OnceRoute)
AlliancePath = Annotated[str, Path(max_length=200, description="identifier of the alliance")]
IfMatch = Annotated[str | None, Header(description="the ETag that you read; 412 when it changed since")]
_FIELDS = frozenset(field.name for field in ALLIANCE_FIELDS)


@router.put("/{alliance_id}", responses={201: {"description": "Added"}})
def put_alliance(
    alliance_id: AlliancePath,
    body: AllianceIn,
    tenant: WriteTenant,
    response: Response,
    if_match: IfMatch = None,
) -> Record:
    """Add or replace an alliance, its outcome on the three axes included; its members must be known."""
    if body.get("id") is None:
        body["id"] = alliance_id
    if body["id"] != alliance_id:
        raise ProblemError(422, "invalid", f"id: the body says {body['id']!r}, the address {alliance_id!r}")
    return _put(tenant, body, response, if_match)


@router.patch("/{alliance_id}")
def patch_alliance(
    alliance_id: AlliancePath,
    body: AlliancePart,
    tenant: WriteTenant,
    response: Response,
    if_match: IfMatch = None,
) -> Record:
    """Change some fields (JSON merge patch, RFC 7396), such as the outcome."""
    record = alliance_to_record(tenant.holdings.store.alliance(AllianceId(alliance_id)))
    if body.get("id", alliance_id) != alliance_id:
        raise ProblemError(422, "invalid", "id: an identifier does not change; put a new alliance")
    return _put(tenant, record | body, response, if_match)


@router.get("/{alliance_id}")
def get_alliance(alliance_id: AlliancePath, tenant: ReadTenant, response: Response) -> Record:
    """An alliance."""
    alliance = tenant.holdings.store.alliance(AllianceId(alliance_id))
    response.headers["ETag"] = _tag(alliance)
    return alliance_to_record(alliance)


@router.delete("/{alliance_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_alliance(alliance_id: AlliancePath, tenant: WriteTenant, if_match: IfMatch = None) -> None:
    """Erase an alliance."""
    store = tenant.holdings.store
    _check_match(store.alliance(AllianceId(alliance_id)), if_match)
    store.delete_alliance(AllianceId(alliance_id))
    tenant.follow()


@router.get("")
def list_alliances(
    tenant: ReadTenant,
    member: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Cursor = None,
) -> Page:
    """Alliances in the order of their starts."""
    after = read_cursor(cursor)
    found = [
        alliance
        for alliance in tenant.workspace.matcher().alliances
        if (after is None or _place(alliance) > after) and (member is None or member in alliance.members)
    ]
    page = found[:limit]
    more = cursor_of(_place(page[-1])) if len(found) > limit else None
    return Page(items=[alliance_to_record(one) for one in page], next=more)


def _tag(one: Alliance) -> str:
    """The validator of this record."""
    return etag_of(document_of_alliance(one))


def _place(alliance: Alliance) -> str:
    return f"{alliance.started.isoformat()} {alliance.id}"


def _put(tenant: Tenant, record: Record, response: Response, if_match: str | None) -> Record:
    store = tenant.holdings.store
    if if_match is not None:
        _check_match(store.alliance(AllianceId(str(record["id"]))), if_match)
    unknown = unknown_fields(record, _FIELDS)
    if unknown:
        raise refused(unknown)
    report = tenant.workspace.import_rows(RecordKind.ALLIANCES, [Row("request", 0, record)])
    if report.rejects:
        raise refused([{"field": r.field, "value": r.value, "reason": r.reason} for r in report.rejects])
    tenant.follow()
    alliance = store.alliance(AllianceId(str(record["id"]).strip()))
    response.status_code = status.HTTP_201_CREATED if report.changes.added else status.HTTP_200_OK
    response.headers["ETag"] = _tag(alliance)
    return alliance_to_record(alliance)


def _check_match(one: Alliance, if_match: str | None) -> None:
    check_match(one.id, _tag(one), if_match)
