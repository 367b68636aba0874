"""What would make a profile easier to match: hints that say what to do, and a completeness that adds up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import date, timedelta
from enum import StrEnum

from matcher.domain import Actor, Contact, PublicationStatus
from matcher.territory import fold
from matcher.text import contact_details

STALE_DAYS = 540
"""A profile that was last true longer ago is told to be old."""
EXPIRES_SOON_DAYS = 30
FEWEST_WORDS = 3
"""A need or skill with fewer words than this that say something is too vague to be met."""
LONGEST_TEXT = 600
ALIKE = 0.8
"""Share of words from which a need and a skill of one actor say the same."""
DESCRIPTION_CHARACTERS = 80

_EMPTY = (
    "a au aux avec ce ces dans de des du en et la le les leur leurs nos notre nous ou par pas plus pour que "
    "qui sa ses son sur un une vos votre the an and for of our to we with "
    "besoin besoins cherche chercher recherche trouver avoir faire developper mettre aider aide aides appui "
    "soutien accompagnement partenaire partenaires partenariat partenariats projet projets action actions "
    "financement financements argent moyens ressources competences visibilite communication "
    "need needs help support partner partners partnership project projects funding money resources skills"
)
_SAY_NOTHING = frozenset(_EMPTY.split())
_REGISTERS_OF_FORM: Mapping[str, tuple[str, ...]] = {
    "4": ("administratif",),
    "5": ("entreprise", "cooperatif"),
    "7": ("administratif", "academique"),
    "92": ("associatif", "cooperatif", "academique", "administratif"),
}
"""How organisations of an INSEE legal category usually speak; those not named may speak any way."""
_PERSONS = (
    re.compile(r"\b(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|Mrs|Ms)\s+[A-ZÀ-Ý][\w'’-]+"),
    re.compile(r"\bnée?\s+le\s+\d|\bborn\s+on\s+\d", re.IGNORECASE),
    re.compile(r"\b[12]\s?\d{2}\s?(?:0[1-9]|1[0-2])\s?\d{2}\s?\d{3}\s?\d{3}(?:\s?\d{2})?\b"),
)
_SENSITIVE = re.compile(
    r"\b(?:souffr(?:e|ant|ante)\s+d|atteinte?\s+(?:d['’]une?|de\s+la\s+maladie)\b|porteu(?:r|se)\s+d[e'’]\s?(?:handicap|un)|diagnostiquée?|"
    r"hospitalisée?|séropositi(?:f|ve)|dépressi(?:f|ve)|schizophrène|bipolaire|alcoolique|toxicomane|"
    r"en\s+arrêt\s+maladie|dossier\s+médical|casier\s+judiciaire|sans[- ]papiers|"
    r"suffer(?:s|ing)\s+from|diagnosed\s+with|hiv[- ]positive|criminal\s+record|medical\s+(?:file|record))",
    re.IGNORECASE,
)


class HintCode(StrEnum):
    """What a hint is about; the first are the most urgent."""

    PERSONAL_DATA = "personal_data"
    SENSITIVE_DATA = "sensitive_data"
    CONTACT_IN_TEXT = "contact_in_text"
    EXPIRED = "expired"
    NO_NEED = "no_need"
    NO_SKILL = "no_skill"
    NO_PLACE = "no_place"
    PLACE_UNKNOWN = "place_unknown"
    VAGUE_NEED = "vague_need"
    VAGUE_SKILL = "vague_skill"
    SAME_TEXT = "same_text"
    LONG_TEXT = "long_text"
    STALE = "stale"
    UNDATED = "undated"
    EXPIRES_SOON = "expires_soon"
    REGISTER_DOUBTFUL = "register_doubtful"
    NO_DESCRIPTION = "no_description"
    NO_CAPACITY = "no_capacity"
    FULL = "full"
    NO_CONTACT = "no_contact"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to look at: `field` is that of the schema, `values` what its sentence quotes."""

    code: HintCode
    field: str
    values: Mapping[str, str] = default(default_factory=dict)


class Part(StrEnum):
    """What a complete profile has."""

    NEEDS = "needs"
    SKILLS = "skills"
    PLACE = "commune"
    DESCRIPTION = "description"
    FRESH = "updated"
    THEMES = "themes"
    CAPACITY = "capacity"
    CONTACT = "contact"


POINTS: Mapping[Part, int] = {
    Part.NEEDS: 25,
    Part.SKILLS: 25,
    Part.PLACE: 15,
    Part.DESCRIPTION: 10,
    Part.FRESH: 10,
    Part.THEMES: 5,
    Part.CAPACITY: 5,
    Part.CONTACT: 5,
}
"""What each part counts for; together 100. Set by hand: what proposals rest on counts most."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a profile is there: `points` is the sum of POINTS of the parts that are held."""

    held: tuple[Part, ...]
    missing: tuple[Part, ...]

    @property
    def points(self) -> int:
        """From 0 to 100."""
        return sum(POINTS[part] for part in self.held)


def completeness(actor: Actor, contact: Contact | None, today: date) -> Completeness:
    """Which parts of a profile are there; a part is held or not, whatever it is worth."""
    holds = {
        Part.NEEDS: bool(actor.needs),
        Part.SKILLS: bool(actor.skills),
        Part.PLACE: actor.territory.departement is not None or actor.territory.lat is not None,
        Part.DESCRIPTION: len(actor.description) >= DESCRIPTION_CHARACTERS,
        Part.FRESH: actor.updated is not None and (today - actor.updated).days <= STALE_DAYS,
        Part.THEMES: bool(actor.themes),
        Part.CAPACITY: actor.capacity is not None,
        Part.CONTACT: contact is not None and bool(contact.email or contact.phone),
    }
    return Completeness(
        tuple(part for part in POINTS if holds[part]), tuple(part for part in POINTS if not holds[part])
    )


def hints_of(actor: Actor, contact: Contact | None, today: date) -> tuple[Hint, ...]:
    """What to look at in a profile, the most urgent first; () when there is nothing."""
    found = [
        *_about_texts(actor),
        *_about_meaning(actor),
        *_about_voice(actor),
        *_about_place(actor),
        *_about_time(actor, today),
        *_about_reach(actor, contact),
    ]
    order = list(HintCode)
    return tuple(sorted(found, key=lambda hint: order.index(hint.code)))


def _texts(actor: Actor) -> Iterator[tuple[str, str]]:
    yield "name", actor.name
    yield "description", actor.description
    yield from (("needs", need.text) for need in actor.needs)
    yield from (("skills", skill.text) for skill in actor.skills)


def _about_texts(actor: Actor) -> Iterator[Hint]:
    """Data of people where there should be none."""
    for name, text in _texts(actor):
        persons = [found[0] for pattern in _PERSONS if (found := pattern.search(text))]
        if persons:
            yield Hint(HintCode.PERSONAL_DATA, name, {"found": persons[0]})
        if sensitive := _SENSITIVE.search(text):
            yield Hint(HintCode.SENSITIVE_DATA, name, {"found": _around(text, sensitive)})
        if details := contact_details(text):
            yield Hint(HintCode.CONTACT_IN_TEXT, name, {"found": ", ".join(details)})


def _around(text: str, found: re.Match[str]) -> str:
    """What was found with the word after it, so that a person sees what is meant."""
    return " ".join(text[found.start() : found.end() + 30].split()[:5])


def _about_meaning(actor: Actor) -> Iterator[Hint]:
    """Needs and skills that say too little, too much, or the same."""
    needs, skills = [need.text for need in actor.needs], [skill.text for skill in actor.skills]
    if not needs:
        yield Hint(HintCode.NO_NEED, "needs")
    if not skills:
        yield Hint(HintCode.NO_SKILL, "skills")
    yield from _about_length("needs", needs, HintCode.VAGUE_NEED)
    yield from _about_length("skills", skills, HintCode.VAGUE_SKILL)
    for need, skill in ((need, skill) for need in needs for skill in skills if _alike(need, skill)):
        yield Hint(HintCode.SAME_TEXT, "needs", {"text": need, "other": skill})


def _about_length(name: str, texts: Sequence[str], vague: HintCode) -> Iterator[Hint]:
    for text in texts:
        if len(_telling(text)) < FEWEST_WORDS:
            yield Hint(vague, name, {"text": text})
        elif len(text) > LONGEST_TEXT:
            yield Hint(HintCode.LONG_TEXT, name, {"text": f"{text[:60]}…"})


def _about_voice(actor: Actor) -> Iterator[Hint]:
    """How an actor presents itself."""
    if not _usual_register(actor):
        values = {"register": actor.register, "legal_form": actor.legal_form or ""}
        yield Hint(HintCode.REGISTER_DOUBTFUL, "register", values)
    if len(actor.description) < DESCRIPTION_CHARACTERS:
        yield Hint(HintCode.NO_DESCRIPTION, "description")


def _telling(text: str) -> set[str]:
    """The words of a text that say something, folded; a number tells as much as a word."""
    return {
        word for word in fold(text).split() if word not in _SAY_NOTHING and (len(word) > 1 or word.isdigit())
    }


def _alike(need: str, skill: str) -> bool:
    a, b = set(fold(need).split()), set(fold(skill).split())
    return bool(a and b) and len(a & b) / len(a | b) >= ALIKE


def _usual_register(actor: Actor) -> bool:
    form = actor.legal_form or ""
    for start, registers in _REGISTERS_OF_FORM.items():
        if form.startswith(start):
            return actor.register in registers
    return True


def _about_place(actor: Actor) -> Iterator[Hint]:
    place = actor.territory
    if place.country != "FR":
        return
    if place.commune is None and place.departement is None:
        yield Hint(HintCode.NO_PLACE, "commune")
    elif place.commune is not None and place.lat is None:
        yield Hint(HintCode.PLACE_UNKNOWN, "commune", {"commune": place.commune})


def _about_time(actor: Actor, today: date) -> Iterator[Hint]:
    if actor.updated is None:
        yield Hint(HintCode.UNDATED, "updated")
    elif (today - actor.updated).days > STALE_DAYS:
        yield Hint(HintCode.STALE, "updated", {"day": actor.updated.isoformat()})
    if actor.expires is not None:
        if actor.expires < today:
            yield Hint(HintCode.EXPIRED, "expires", {"day": actor.expires.isoformat()})
        elif actor.expires <= today + timedelta(days=EXPIRES_SOON_DAYS):
            yield Hint(HintCode.EXPIRES_SOON, "expires", {"day": actor.expires.isoformat()})


def _about_reach(actor: Actor, contact: Contact | None) -> Iterator[Hint]:
    """Whether somebody can be introduced to it now."""
    if actor.status is PublicationStatus.DRAFT:
        yield Hint(HintCode.DRAFT, "status")
    if actor.capacity is None:
        yield Hint(HintCode.NO_CAPACITY, "capacity")
    elif actor.capacity == 0:
        yield Hint(HintCode.FULL, "capacity")
    if contact is None or not (contact.email or contact.phone):
        yield Hint(HintCode.NO_CONTACT, "contact_email")
