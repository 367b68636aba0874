"""Actors and alliances over the wire, made from the one schema of records."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS, FieldKind
from matcher.schema import Field as RecordField
from service.schemas import Record, Wire

MOST_ACTORS = 5_000
_TEXT = {"type": ["string", "null"]}
_JSON_TYPES: dict[FieldKind, dict[str, Any]] = {
    FieldKind.TEXT: _TEXT,
    FieldKind.TEXTS: {"type": ["array", "null"], "items": {"type": "string"}},
    FieldKind.INTEGER: {"type": ["integer", "null"]},
    FieldKind.INTEGERS: {"type": ["array", "null"], "items": {"type": "integer"}},
    FieldKind.NUMBER: {"type": ["number", "null"]},
    FieldKind.DATE: {"type": ["string", "null"], "examples": ["2026-11-24"]},
    FieldKind.LINKS: {
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "properties": {n: {"type": "string"} for n in ("need_actor", "need", "skill_actor", "skill")},
        },
    },
}
ACTOR_EXAMPLE: Record = {
    "id": "asso-mobilite-redon",
    "name": "Roue libre en Pays de Redon",
    "sector": "interet_general",
    "register": "associatif",
    "description": "On répare des vélos et on apprend à s'en servir.",
    "needs": ["un local de 80 m² près de la gare"],
    "skills": ["dix bénévoles qui savent remettre un vélo en état"],
    "themes": ["024000"],
    "commune": "35236",
    "updated": "2026-11-02",
}
ALLIANCE_EXAMPLE: Record = {
    "id": "velos-2026",
    "members": ["asso-mobilite-redon", "ville-redon"],
    "type": "innovation_societale",
    "started": "2026-05-01",
    "outcome_confiance": 2,
}


_LIMITS: dict[str, dict[str, Any]] = {
    "lat": {"minimum": -90, "maximum": 90},
    "lon": {"minimum": -180, "maximum": 180},
    "radius_km": {"minimum": 0, "maximum": 20_100},
    "members": {"minItems": 2},
    "sdgs": {"items": {"type": "integer", "minimum": 1, "maximum": 17}},
}
"""What the reading of records asks of some fields; vocabularies are configuration, and not told here."""


def _schema(fields: tuple[RecordField, ...], example: Record, *, needed: bool) -> dict[str, Any]:
    """The schema of a whole record, or with `needed` false of some of its fields."""
    required = [f.name for f in fields if f.required and f.name != "id"]
    return {
        "type": "object",
        "properties": {f.name: _property(f, f.name in required) for f in fields},
        "example": example,
    } | ({"required": required} if needed else {})


def _property(field: RecordField, given: bool) -> dict[str, Any]:  # noqa: FBT001 (a field's own trait)
    """A field's schema; one that is given is not null."""
    plain = _JSON_TYPES[field.kind] | {"description": field.meaning} | _LIMITS.get(field.name, {})
    return plain | {"type": plain["type"][0]} if given else plain


_ACTOR = (*ACTOR_FIELDS, *CONTACT_FIELDS)
ActorIn = Annotated[Record, Field(json_schema_extra=_schema(_ACTOR, ACTOR_EXAMPLE, needed=True))]
ActorPart = Annotated[Record, Field(json_schema_extra=_schema(_ACTOR, ACTOR_EXAMPLE, needed=False))]
AllianceIn = Annotated[
    Record, Field(json_schema_extra=_schema(ALLIANCE_FIELDS, ALLIANCE_EXAMPLE, needed=True))
]
AlliancePart = Annotated[
    Record, Field(json_schema_extra=_schema(ALLIANCE_FIELDS, ALLIANCE_EXAMPLE, needed=False))
]


class Batch(Wire):
    """Actors to put together; each is taken or refused on its own."""

    actors: list[Record] = Field(max_length=MOST_ACTORS, examples=[[ACTOR_EXAMPLE]])


class BatchItem(BaseModel):
    """What became of one item of a batch."""

    index: int
    id: str | None
    status: Literal["accepted", "refused"]
    errors: list[dict[str, str]] = []


class BatchResult(BaseModel):
    """What became of a batch."""

    added: int
    updated: int
    unchanged: int
    items: list[BatchItem]


class Page(BaseModel):
    """Some records, and the cursor of the next ones (null at the end)."""

    items: list[Record]
    next: str | None = None
