"""What goes over the wire, made from the one schema of records where there is one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from matcher.domain import Role
from matcher.proposals import Action, Counterfactual, ProposalState
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS, FieldKind
from matcher.schema import Field as RecordField
from matcher.serving import InteractionKind
from matcher.taxonomy import Lang

MOST_ACTORS = 5_000
Identifier = Annotated[str, Field(min_length=1, max_length=200)]
Record = dict[str, Any]
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


class Wire(BaseModel):
    """A body; a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """An error (RFC 9457); `code` is stable, `title`, `detail` and reasons follow Accept-Language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] = []


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


class MatchFilters(Wire):
    """Who may be proposed; `territory` is a name or code of a commune, EPCI, département or région."""

    limit: int = Field(10, ge=1, le=100)
    sector: list[str] = []
    theme: list[str] = []
    territory: str | None = Field(None, max_length=200)
    within_km: float | None = Field(None, gt=0, le=20_100, allow_inf_nan=False)
    exclude: list[str] = Field([], max_length=1_000)
    lang: Lang | None = None


class PairFilters(MatchFilters):
    """The filters of an actor's matches."""

    min_score: float | None = Field(None, allow_inf_nan=False)
    explain: bool = True


class SearchIn(MatchFilters):
    """A need or a skill in free text: who answers it, or who calls for it."""

    text: str = Field(min_length=1, max_length=5_000, examples=["réparer les vélos de nos salariés"])
    role: Literal[Role.NEED, Role.SKILL] = Role.NEED


class MatchesBatch(PairFilters):
    """Matches of several actors at once."""

    actor_ids: list[Identifier] = Field(min_length=1, max_length=100)


class Served(BaseModel):
    """A list as served; name `list_id` and `position` when you report what was seen or clicked."""

    list_id: str
    model: str
    encoder: str
    items: list[Record]


class PairView(BaseModel):
    """A pair explained, and the rules that keep it from being proposed."""

    match: Record
    excluded_by: list[str]
    proposal: str | None


class ProposeIn(Wire):
    """Propose the best pairs of a territory."""

    territory: str | None = Field(None, max_length=200)
    sector: list[str] = []
    theme: list[str] = []
    limit: int = Field(20, ge=1, le=200)
    lang: Lang | None = None


class OutcomeIn(Wire):
    """What an alliance did on the three axes, each -1 to 3."""

    performance: int | None = Field(None, ge=-1, le=3)
    innovation: int | None = Field(None, ge=-1, le=3)
    confiance: int | None = Field(None, ge=-1, le=3)


class StepIn(Wire):
    """A decision on a proposal. `type` is the alliance's, with `ally`; `month` (3, 6 or 12) a follow-up's."""

    action: Action
    note: str = Field("", max_length=4_000)
    reason: str | None = Field(None, max_length=100)
    minutes: int = Field(0, ge=0, le=1_440)
    activity: str | None = Field(None, max_length=100)
    grade: int | None = Field(None, ge=0, le=3)
    catalyst: str | None = Field(None, max_length=200)
    until: date | None = None
    outcome: OutcomeIn | None = None
    counterfactual: Counterfactual | None = None
    type: str | None = Field(None, max_length=100)
    next_activity: str | None = Field(None, max_length=100, description="what to do next")
    month: Literal[3, 6, 12] | None = None
    by: str | None = Field(None, max_length=200, description="who decides; the key's id when not given")


class StepOut(BaseModel):
    """A decision that was taken."""

    action: Action
    by: str
    at: datetime
    before: ProposalState
    after: ProposalState
    note: str
    reason: str | None
    minutes: int
    activity: str | None
    grade: int | None
    catalyst: str | None
    until: date | None
    outcome: OutcomeIn | None
    counterfactual: Counterfactual | None
    type: str | None
    next_activity: str | None
    month: int | None


class ProposalOut(BaseModel):
    """A proposal, with the explained match as it was served when it was made."""

    id: str
    actors: list[str]
    state: ProposalState
    revision: int
    score: float
    model: str
    encoder: str
    catalyst: str | None
    until: date | None
    grade: int | None
    created: datetime
    updated: datetime
    served: Record
    steps: list[StepOut] | None = None


class ProposalsOut(BaseModel):
    """Some proposals, how many there are in each state, and the cursor of the next ones."""

    items: list[ProposalOut]
    counts: dict[ProposalState, int]
    next: str | None = None


class EventIn(Wire):
    """An impression or a click on one line of a list that was served."""

    list_id: Identifier
    actor_id: Identifier
    position: int = Field(ge=1, le=1_000)
    kind: InteractionKind


class Events(Wire):
    """What was seen and clicked."""

    events: list[EventIn] = Field(min_length=1, max_length=1_000)


class Kept(BaseModel):
    """How many were kept."""

    kept: int


class ChangeOut(BaseModel):
    """One change."""

    seq: int
    at: datetime
    kind: str
    id: str
    state: str | None


class ChangesOut(BaseModel):
    """The next changes; ask again with `after` = `last`."""

    items: list[ChangeOut]
    last: int


class WebhookIn(Wire):
    """Where to post changes, and of which kinds (all when empty)."""

    url: str = Field(
        max_length=2_000, pattern=r"^https?://[!-~]+$", examples=["https://plateforme.exemple.fr/maillon"]
    )
    kinds: list[Literal["actor.put", "actor.deleted", "alliance.put", "alliance.deleted",
                        "proposal.created", "proposal.changed"]] = []  # fmt: skip


class WebhookOut(BaseModel):
    """A webhook; `secret` is shown once, when it is made."""

    id: str
    url: str
    kinds: list[str]
    active: bool
    created: datetime
    secret: str | None = None
