"""The one documented schema of records: what a row of a file, a JSON object or a stored document holds.

A record is a flat mapping of field names to plain values (text, numbers, ISO dates, lists). Tables
put lists into one cell, separated by `|`; that is the business of the adapters, not of this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    """How the values of a field are written."""

    TEXT = "text"
    TEXTS = "list of texts"
    INTEGER = "integer"
    INTEGERS = "list of integers"
    NUMBER = "number"
    DATE = "date (ISO 8601)"
    LINKS = "list of {need_actor, need, skill_actor, skill}"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record: its name, kind, whether it must be there, and what it means."""

    name: str
    kind: FieldKind
    required: bool
    meaning: str


ACTOR_FIELDS: tuple[Field, ...] = (
    Field("id", FieldKind.TEXT, True, "identifier, unique and stable"),
    Field("name", FieldKind.TEXT, True, "name of the organisation"),
    Field("sector", FieldKind.TEXT, True, "public, economique, interet_general, academique_accompagnement"),
    Field("register", FieldKind.TEXT, True, "the language it speaks: administratif, entreprise, associatif, cooperatif, academique"),
    Field("legal_form", FieldKind.TEXT, False, "INSEE legal category, 4 digits; 1xxx (a person in business) is refused"),
    Field("description", FieldKind.TEXT, False, "who it is and what it is for, in its own voice"),
    Field("needs", FieldKind.TEXTS, False, "what it lacks, one text a need"),
    Field("skills", FieldKind.TEXTS, False, "what it can bring to others, one text a skill"),
    Field("themes", FieldKind.TEXTS, False, "WALDEC parent themes, 6 digits (a lost leading zero is put back)"),
    Field("stage", FieldKind.TEXT, False, "idee, preuve_de_concept, deploiement, essaimage"),
    Field("aims", FieldKind.TEXTS, False, "fragilite, moteur"),
    Field("sdgs", FieldKind.INTEGERS, False, "Sustainable Development Goals, 1 to 17"),
    Field("alliances_sought", FieldKind.TEXTS, False, "kinds of alliance it is open to: mecenat, pratiques_responsables, cooperation_economique, innovation_societale, demarche_collective"),
    Field("size", FieldKind.INTEGER, False, "people at work in it"),
    Field("capacity", FieldKind.INTEGER, False, "how many introductions it can take now"),
    Field("commune", FieldKind.TEXT, False, "INSEE code of its commune; what contains it is looked up"),
    Field("commune_name", FieldKind.TEXT, False, "name of its commune or city"),
    Field("epci", FieldKind.TEXT, False, "SIREN of its EPCI"),
    Field("epci_name", FieldKind.TEXT, False, "name of its EPCI"),
    Field("departement", FieldKind.TEXT, False, "INSEE code of its département"),
    Field("region", FieldKind.TEXT, False, "INSEE code of its région; NUTS code outside of France"),
    Field("country", FieldKind.TEXT, False, "ISO 3166 code, FR when empty"),
    Field("lat", FieldKind.NUMBER, False, "latitude in degrees, WGS 84"),
    Field("lon", FieldKind.NUMBER, False, "longitude in degrees, WGS 84"),
    Field("radius_km", FieldKind.NUMBER, False, "how far it acts, in kilometres"),
    Field("updated", FieldKind.DATE, False, "when the profile was last true"),
    Field("expires", FieldKind.DATE, False, "after this day it is no longer proposed"),
    Field("status", FieldKind.TEXT, False, "draft or published (published when empty)"),
)  # fmt: skip

CONTACT_FIELDS: tuple[Field, ...] = (
    Field("contact_name", FieldKind.TEXT, False, "whom to ask for; kept apart, never embedded"),
    Field("contact_email", FieldKind.TEXT, False, "e-mail address; kept apart, never embedded"),
    Field("contact_phone", FieldKind.TEXT, False, "telephone number; kept apart, never embedded"),
)

ALLIANCE_FIELDS: tuple[Field, ...] = (
    Field("id", FieldKind.TEXT, True, "identifier, unique and stable"),
    Field("members", FieldKind.TEXTS, True, "ids of two or more actors"),
    Field("type", FieldKind.TEXT, True, "mecenat, pratiques_responsables, cooperation_economique, innovation_societale, demarche_collective"),
    Field("started", FieldKind.DATE, True, "when it began"),
    Field("ended", FieldKind.DATE, False, "when it ended"),
    Field("status", FieldKind.TEXT, False, "active, completed or failed (active when empty); a failed one is no positive"),
    Field("met", FieldKind.LINKS, False, "which need met which skill, as the texts stood then"),
    Field("introduced_by", FieldKind.TEXT, False, "the catalyst who made the link (a function or a code, not a person's name)"),
    Field("outcome_performance", FieldKind.INTEGER, False, "-1 to 3"),
    Field("outcome_innovation", FieldKind.INTEGER, False, "-1 to 3"),
    Field("outcome_confiance", FieldKind.INTEGER, False, "-1 to 3; below 0 it is no positive"),
    Field("title", FieldKind.TEXT, False, "a short name"),
    Field("notes", FieldKind.TEXT, False, "what came of it"),
)  # fmt: skip
