"""An actor's texts as the words that an encoder reads."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from matcher.domain import Actor, Role

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE = re.compile(r"(?:\+33\s?|\b0)[1-9](?:[\s.-]?\d{2}){4}\b")
_URL = re.compile(r"https?://\S+|www\.\S+")
CLAUSE_CHARACTERS = 70
MISSION_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Words:
    """One text to encode, and what it says."""

    role: Role
    text: str

    @property
    def key(self) -> str:
        """The SHA-256 of role and text: what the vector cache knows the text by."""
        return hashlib.sha256(f"{self.role}\n{self.text}".encode()).hexdigest()


def clean(text: str) -> str:
    """The text on one line, without e-mail addresses, telephone numbers and URLs.

    Contact details that strayed into free text are not embedded (RGPD: data minimisation).
    """
    for pattern, marks in ((_EMAIL, "@"), (_URL, ("://", "www.")), (_PHONE, "0+")):
        if any(mark in text for mark in marks):  # most texts have none, and patterns are slow to say so
            text = pattern.sub(" ", text)
    return " ".join(text.split())


def first_clause(text: str) -> str:
    """The text up to its first strong stop or, when that is long, up to a whole word."""
    ends = [text.find(stop) for stop in (". ", " ; ", " : ", " (", "? ", "! ", ", ") if text.find(stop) > 15]
    clause = text[: min(ends, default=len(text))].rstrip(" .")
    if len(clause) <= CLAUSE_CHARACTERS:
        return clause
    return clause[:CLAUSE_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def contact_details(text: str) -> list[str]:
    """The e-mail addresses and telephone numbers in a text, which `clean` takes out."""
    return [found[0].strip() for pattern in (_EMAIL, _PHONE) for found in pattern.finditer(text)]


def words_of(actor: Actor) -> list[Words]:
    """The texts of an actor: one a need, one a skill, one for its mission, in that order."""
    words = [Words(Role.NEED, clean(need.text)) for need in actor.needs]
    words += [Words(Role.SKILL, clean(skill.text)) for skill in actor.skills]
    mission = clean(actor.description)[:MISSION_CHARACTERS]
    if mission:
        words.append(Words(Role.MISSION, mission))
    return words
