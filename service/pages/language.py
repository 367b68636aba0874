"""The language of a page: French first, English from the catalogues in service/locale/en."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from fastapi import Request

from matcher.taxonomy import Lang
from service.problems import language_of

LANG_COOKIE = "maillon_langue"
LOCALE = Path(__file__).parents[1] / "locale"


@dataclass(frozen=True, slots=True)
class Speech:
    """What is written in French, said in a language; a text without a translation stays as it is."""

    lang: Lang
    known: Mapping[str, tuple[str, ...]]

    def gettext(self, text: str) -> str:
        """The text in this language."""
        return self.known.get(text, (text,))[0]

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The text for a number: French says zero as it says one, English as it says two."""
        single = count < 2 if self.lang is Lang.FR else count == 1
        return self.known.get(one, (one, many))[0 if single else -1]


def mark(text: str) -> str:
    """The text itself, found by the extraction of messages; it is said in a language later."""
    return text


def speech_of(request: Request) -> Speech:
    """The language of a request: the cookie's, else the browser's, else French."""
    chosen = request.cookies.get(LANG_COOKIE, "")
    return speech(Lang(chosen) if chosen in tuple(Lang) else language_of(request))


@cache
def speech(lang: Lang) -> Speech:
    """Every catalogue of a language, read once; French is the source and needs none."""
    known: dict[str, tuple[str, ...]] = {}
    for path in sorted((LOCALE / lang.value).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and message.string:
                    first, said = message.id, message.string
                    key = first if isinstance(first, str) else first[0]
                    known[key] = (said,) if isinstance(said, str) else tuple(said)
    return Speech(lang, known)
