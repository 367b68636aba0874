"""Records to domain and back: the schema of `matcher.schema` read into frozen dataclasses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from matcher.domain import (
    Actor,
    ActorId,
    Aim,
    Alliance,
    AllianceId,
    AllianceStatus,
    Contact,
    Met,
    Need,
    Outcome,
    PublicationStatus,
    Skill,
    Stage,
    Territory,
)
from matcher.errors import InputError, NaturalPersonError
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS
from matcher.taxonomy import Taxonomy
from matcher.territory import Gazetteer
from matcher.values import (
    Record,
    as_integer,
    as_member,
    bounded,
    count_of,
    date_of,
    integers_of,
    member_of,
    number_of,
    text_of,
    texts_of,
)

_COMPANY_FORM = re.compile(
    r"\b(sas|sasu|sarl|eurl|sa|snc|sci|scop|scic|gmbh|ltd|limited|llc|inc|srl|bv|ab|oy|associations?|consult\w*)\b",
    re.IGNORECASE,
)
_PERSON_TITLE = re.compile(r"^(m\.|mr\.?|mme\.?|mlle\.?|monsieur|madame|mademoiselle)\s+\w", re.IGNORECASE)


def actor_from_record(record: Record, taxonomy: Taxonomy, gazetteer: Gazetteer) -> Actor:
    """The actor that a record describes, its territory completed; InputError names a bad field."""
    name = text_of(record, "name", required=True)
    legal_form = _legal_form(record)
    _refuse_person(name, legal_form)
    return Actor(
        id=ActorId(text_of(record, "id", required=True)),
        name=name,
        sector=taxonomy.check("sectors", "sector", text_of(record, "sector", required=True)),
        register=taxonomy.check("registers", "register", text_of(record, "register", required=True)),
        territory=gazetteer.complete(_territory(record)),
        legal_form=legal_form,
        description=text_of(record, "description"),
        needs=tuple(Need(text) for text in texts_of(record, "needs")),
        skills=tuple(Skill(text) for text in texts_of(record, "skills")),
        themes=tuple(taxonomy.check("themes", "themes", t.zfill(6)) for t in texts_of(record, "themes")),
        stage=member_of(record, "stage", Stage),
        aims=tuple(as_member("aims", aim, Aim) for aim in texts_of(record, "aims")),
        sdgs=tuple(bounded("sdgs", n, 1, 17) for n in integers_of(record, "sdgs")),
        alliances_sought=tuple(
            taxonomy.check("alliance_types", "alliances_sought", one)
            for one in texts_of(record, "alliances_sought")
        ),
        size=count_of(record, "size"),
        capacity=count_of(record, "capacity"),
        updated=date_of(record, "updated"),
        expires=date_of(record, "expires"),
        status=member_of(record, "status", PublicationStatus) or PublicationStatus.PUBLISHED,
    )


def actor_to_record(actor: Actor) -> dict[str, Any]:
    """The record of an actor, every field of ACTOR_FIELDS in order; what is unknown is None."""
    place = actor.territory
    values: dict[str, Any] = {
        "id": actor.id,
        "name": actor.name,
        "sector": actor.sector,
        "register": actor.register,
        "legal_form": actor.legal_form,
        "description": actor.description,
        "needs": [need.text for need in actor.needs],
        "skills": [skill.text for skill in actor.skills],
        "themes": list(actor.themes),
        "stage": actor.stage and actor.stage.value,
        "aims": [aim.value for aim in actor.aims],
        "sdgs": list(actor.sdgs),
        "alliances_sought": list(actor.alliances_sought),
        "size": actor.size,
        "capacity": actor.capacity,
        "updated": actor.updated and actor.updated.isoformat(),
        "expires": actor.expires and actor.expires.isoformat(),
        "status": actor.status.value,
    }
    values |= {name: getattr(place, name) for name in Territory.__dataclass_fields__}
    return {field.name: values[field.name] for field in ACTOR_FIELDS}


def contact_from_record(record: Record) -> Contact | None:
    """The contact in an actor's record, or None when it holds none."""
    name, email, phone = (text_of(record, field.name) or None for field in CONTACT_FIELDS)
    if not (name or email or phone):
        return None
    if email and "@" not in email:
        raise InputError("contact_email", email, "not an e-mail address")
    return Contact(ActorId(text_of(record, "id", required=True)), name, email, phone)


def contact_to_record(contact: Contact) -> dict[str, Any]:
    """The contact fields of an actor's record."""
    return {
        "contact_name": contact.name,
        "contact_email": contact.email,
        "contact_phone": contact.phone,
    }


def alliance_from_record(record: Record, taxonomy: Taxonomy) -> Alliance:
    """The alliance that a record describes; InputError names a bad field."""
    members = tuple(dict.fromkeys(ActorId(m) for m in texts_of(record, "members")))
    if len(members) < 2:
        raise InputError("members", record.get("members"), "an alliance has two members or more")
    started, ended = date_of(record, "started"), date_of(record, "ended")
    if started is None:
        raise InputError("started", None, "missing; write it as YYYY-MM-DD")
    if ended is not None and ended < started:
        raise InputError("ended", ended.isoformat(), f"before the start, {started.isoformat()}")
    return Alliance(
        id=AllianceId(text_of(record, "id", required=True)),
        members=members,
        type=taxonomy.check("alliance_types", "type", text_of(record, "type", required=True)),
        started=started,
        ended=ended,
        met=_links(record, members),
        introduced_by=text_of(record, "introduced_by") or None,
        outcome=Outcome(*(_axis(record, f"outcome_{a}") for a in Outcome.__dataclass_fields__)),
        status=member_of(record, "status", AllianceStatus) or AllianceStatus.ACTIVE,
        title=text_of(record, "title"),
        notes=text_of(record, "notes"),
    )


def alliance_to_record(alliance: Alliance) -> dict[str, Any]:
    """The record of an alliance, every field of ALLIANCE_FIELDS in order; what is unknown is None."""
    values: dict[str, Any] = {
        "id": alliance.id,
        "members": list(alliance.members),
        "type": alliance.type,
        "started": alliance.started.isoformat(),
        "ended": alliance.ended and alliance.ended.isoformat(),
        "status": alliance.status.value,
        "met": [{n: getattr(met, n) for n in Met.__dataclass_fields__} for met in alliance.met],
        "introduced_by": alliance.introduced_by,
        "outcome_performance": alliance.outcome.performance,
        "outcome_innovation": alliance.outcome.innovation,
        "outcome_confiance": alliance.outcome.confiance,
        "title": alliance.title,
        "notes": alliance.notes,
    }
    return {field.name: values[field.name] for field in ALLIANCE_FIELDS}


def _axis(record: Record, field: str) -> int | None:
    number = number_of(record, field, -1, 3)
    return None if number is None else as_integer(field, number)


def _legal_form(record: Record) -> str | None:
    text = text_of(record, "legal_form").removesuffix(".0")
    if text and not re.fullmatch(r"\d{4}", text):
        raise InputError("legal_form", text, "expected an INSEE legal category, 4 digits")
    return text or None


def _refuse_person(name: str, legal_form: str | None) -> None:
    if legal_form is not None and legal_form.startswith("1"):
        raise NaturalPersonError(
            "legal_form", legal_form, "a natural person in business; Maillon holds organisations only"
        )
    if legal_form is None and _PERSON_TITLE.match(name) and not _COMPANY_FORM.search(name):
        raise NaturalPersonError(
            "name",
            name,
            "reads as a natural person; Maillon holds organisations only (give the legal_form if it is one)",
        )


def _territory(record: Record) -> Territory:
    commune = text_of(record, "commune").removesuffix(".0").upper()
    if commune and not re.fullmatch(r"(\d{2}|2[AB])\d{3}", commune.zfill(5)):
        raise InputError("commune", commune, "expected an INSEE code, 5 characters (not a postcode's name)")
    lat, lon = number_of(record, "lat", -90, 90), number_of(record, "lon", -180, 180)
    if (lat is None) != (lon is None):
        raise InputError("lat", record.get("lat"), "latitude and longitude go together")
    return Territory(
        commune=commune.zfill(5) if commune else None,
        commune_name=text_of(record, "commune_name") or None,
        epci=text_of(record, "epci").removesuffix(".0") or None,
        epci_name=text_of(record, "epci_name") or None,
        departement=text_of(record, "departement").removesuffix(".0") or None,
        region=text_of(record, "region").removesuffix(".0") or None,
        country=text_of(record, "country").upper() or "FR",
        lat=lat,
        lon=lon,
        radius_km=number_of(record, "radius_km", 0, 20_100),
    )


def _links(record: Record, members: tuple[ActorId, ...]) -> tuple[Met, ...]:
    links = record.get("met") or []
    if not isinstance(links, list | tuple):
        raise InputError("met", links, "expected a list of links")
    return tuple(_link(link, members) for link in links)


def _link(link: object, members: tuple[ActorId, ...]) -> Met:
    names = tuple(Met.__dataclass_fields__)
    if not isinstance(link, Mapping) or set(link) != set(names):
        raise InputError("met", link, f"expected an object with {', '.join(names)}")
    if not all(isinstance(text, str) and text.strip() for text in link.values()):
        raise InputError("met", link, "expected texts, none of them empty")
    met = Met(ActorId(link["need_actor"]), link["need"], ActorId(link["skill_actor"]), link["skill"])
    for actor_id in (met.need_actor, met.skill_actor):
        if actor_id not in members:
            raise InputError("met", actor_id, "not a member of this alliance")
    return met
