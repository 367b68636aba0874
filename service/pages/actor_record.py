"""The form of an actor and its record: what was typed, and what is wrong with it field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matcher.domain import Actor, ActorId, Contact
from matcher.errors import InputError, NaturalPersonError
from matcher.importing import check_text
from matcher.records import actor_from_record, actor_to_record, contact_from_record, contact_to_record
from matcher.taxonomy import Taxonomy
from matcher.territory import Gazetteer, fold
from service.pages.communes import CODE, NoPlace, commune_label, place_typed
from service.pages.language import mark

Lists = Mapping[str, Sequence[str]]
Record = dict[str, Any]

MANY = ("needs", "skills", "themes", "aims", "sdgs", "alliances_sought")
ONE = (
    "name",
    "sector",
    "register",
    "legal_form",
    "description",
    "stage",
    "size",
    "capacity",
    "radius_km",
    "expires",
    "status",
    "contact_name",
    "contact_email",
    "contact_phone",
)
MOST_TEXTS = 60
WRONG: Mapping[str, str] = {
    "name": mark("Écrivez le nom de l'organisation."),
    "sector": mark("Choisissez un secteur."),
    "register": mark("Choisissez un registre."),
    "legal_form": mark("Quatre chiffres, comme 9220, ou rien."),
    "description": mark("Texte trop long ou illisible : 20 000 caractères au plus."),
    "needs": mark("Un besoin est trop long ou illisible : 20 000 caractères au plus."),
    "skills": mark("Une contribution est trop longue ou illisible : 20 000 caractères au plus."),
    "themes": mark("Choisissez parmi les thèmes proposés."),
    "stage": mark("Choisissez parmi les étapes proposées."),
    "aims": mark("Choisissez parmi les buts proposés."),
    "sdgs": mark("Choisissez parmi les objectifs proposés."),
    "alliances_sought": mark("Choisissez parmi les alliances proposées."),
    "size": mark("Un nombre entier, 0 ou plus, ou rien."),
    "capacity": mark("Un nombre entier, 0 ou plus, ou rien."),
    "radius_km": mark("Un nombre de kilomètres, ou rien."),
    "expires": mark("Une date, ou rien."),
    "status": mark("Brouillon ou publié."),
    "contact_name": mark("Texte trop long ou illisible."),
    "contact_email": mark("Une adresse comme accueil@exemple.fr, ou rien."),
    "contact_phone": mark("Texte trop long ou illisible."),
    "id": mark("Cet identifiant ne convient pas."),
}
PERSON = mark(
    "Cela désigne une personne. Maillon ne garde que des organisations : écrivez son nom, "
    "ou sa forme juridique si c'en est une."
)
NO_COMMUNE = mark(
    "Aucune commune de ce nom n'est connue : choisissez dans la liste ou écrivez son code INSEE."
)
WHICH_COMMUNE = mark("Plusieurs communes portent ce nom ; choisissez : {choices}.")
ELSEWHERE = mark("Cette commune n'est pas de vos territoires.")
TOO_MANY = mark("Soixante au plus : regroupez-en ou retirez-en.")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form holds: texts by field, and the commune as it was written."""

    one: Mapping[str, str]
    many: Mapping[str, Sequence[str]]
    commune: str = ""
    fresh: bool = True
    """Whether the profile is said to be true today."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that cannot be used: a sentence in French, and what it quotes."""

    field: str
    text: str
    choices: str = ""


def typed_from(lists: Lists) -> Typed:
    """What a visitor posted; fields that are not there are empty."""
    return Typed(
        {name: (lists.get(name) or [""])[-1].strip() for name in ONE},
        {name: [text.strip() for text in lists.get(name, ()) if text.strip()] for name in MANY},
        (lists.get("commune") or [""])[-1].strip(),
        bool(lists.get("fresh")),
    )


def typed_of(actor: Actor, contact: Contact | None) -> Typed:
    """The form of an actor as it is kept."""
    record = actor_to_record(actor) | contact_to_record(contact or Contact(actor.id))
    return Typed(
        {name: _shown(record[name]) for name in ONE},
        {name: [str(one) for one in record[name]] for name in MANY},
        commune_label(actor.territory),
        fresh=False,
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """A record and what is wrong with it; without faults it can be kept."""

    record: Record
    actor: Actor | None
    wrong: Sequence[Wrong]


def checked(
    typed: Typed,
    actor_id: str,
    before: Actor | None,
    today: date,
    taxonomy: Taxonomy,
    gazetteer: Gazetteer,
) -> Checked:
    """The record that a form describes, and every field that is wrong, each told once."""
    wrong: list[Wrong] = []
    record: Record = {**typed.one, **typed.many, "id": actor_id}
    place = place_typed(typed.commune, None if before is None else before.territory, gazetteer)
    if isinstance(place, NoPlace):
        text = WHICH_COMMUNE if place.choices else NO_COMMUNE
        wrong.append(Wrong("commune", text, ", ".join(place.choices)))
    else:
        record |= place
    wrong += [Wrong(name, TOO_MANY) for name in ("needs", "skills") if len(typed.many[name]) > MOST_TEXTS]
    updated = before.updated if before is not None else None
    record["updated"] = today if typed.fresh or before is None else updated
    actor = _read(dict(record), wrong, taxonomy, gazetteer)
    return Checked(record, actor, wrong)


def _read(record: Record, wrong: list[Wrong], taxonomy: Taxonomy, gazetteer: Gazetteer) -> Actor | None:
    """The actor of a record; each wrong field is told, then left out, so that the next one is found too."""
    stand_ins = {
        "name": "x",
        "sector": next(iter(taxonomy.sectors)),
        "register": next(iter(taxonomy.registers)),
    }
    for name, value in list(record.items()):
        try:
            check_text(name, value)
        except InputError:
            wrong.append(Wrong(name, WRONG[name]))
            record[name] = stand_ins.get(name)
    for _ in range(len(record)):
        try:
            actor = actor_from_record(record, taxonomy, gazetteer)
            contact_from_record(record)
        except InputError as error:
            is_person = isinstance(error, NaturalPersonError)
            wrong.append(Wrong(error.field, PERSON if is_person else WRONG.get(error.field, WRONG["id"])))
            record[error.field] = stand_ins.get(error.field)
        else:
            return actor
    return None


def new_id(name: str, commune: str, taken: Mapping[ActorId, Any]) -> str:
    """An identifier made of a name and a place, unlike all that are taken."""
    words = fold(f"{name} {CODE.sub('', commune)}").split()
    base = "-".join(dict.fromkeys(words))[:60].strip("-") or "acteur"
    number, found = 1, base
    while found in taken or found in ("nouveau", "importer"):
        number += 1
        found = f"{base}-{number}"
    return found


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
