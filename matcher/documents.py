"""Domain objects as JSON documents, as a store keeps them: checked on the way in, trusted on the way out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from matcher.domain import (
    Actor,
    ActorId,
    Aim,
    Alliance,
    AllianceId,
    AllianceStatus,
    Met,
    Need,
    Outcome,
    PublicationStatus,
    Skill,
    Stage,
    Territory,
)
from matcher.records import actor_to_record, alliance_to_record


def document_of_actor(actor: Actor) -> str:
    """The actor's record as JSON."""
    return _document(actor_to_record(actor))


def document_of_alliance(alliance: Alliance) -> str:
    """The alliance's record as JSON."""
    return _document(alliance_to_record(alliance))


def actor_of_document(document: str) -> Actor:
    """The actor that `document_of_actor` wrote."""
    r = json.loads(document)
    return Actor(
        id=ActorId(r["id"]),
        name=r["name"],
        sector=r["sector"],
        register=r["register"],
        territory=Territory(**{name: r[name] for name in Territory.__dataclass_fields__}),
        legal_form=r["legal_form"],
        description=r["description"],
        needs=tuple(map(Need, r["needs"])),
        skills=tuple(map(Skill, r["skills"])),
        themes=tuple(r["themes"]),
        stage=r["stage"] and Stage(r["stage"]),
        aims=tuple(map(Aim, r["aims"])),
        sdgs=tuple(r["sdgs"]),
        alliances_sought=tuple(r.get("alliances_sought", ())),  # absent from what was kept before
        size=r["size"],
        capacity=r["capacity"],
        updated=_date(r["updated"]),
        expires=_date(r["expires"]),
        status=PublicationStatus(r["status"]),
    )


def alliance_of_document(document: str) -> Alliance:
    """The alliance that `document_of_alliance` wrote."""
    r = json.loads(document)
    axes = (r["outcome_performance"], r["outcome_innovation"], r["outcome_confiance"])
    return Alliance(
        id=AllianceId(r["id"]),
        members=tuple(map(ActorId, r["members"])),
        type=r["type"],
        started=date.fromisoformat(r["started"]),
        ended=_date(r["ended"]),
        met=tuple(Met(**met) for met in r["met"]),
        introduced_by=r["introduced_by"],
        outcome=Outcome(*axes),
        status=AllianceStatus(r["status"]),
        title=r["title"],
        notes=r["notes"],
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _document(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))
