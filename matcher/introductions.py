"""Two messages that introduce a pair, each in the words of the world that it is written to.

The templates are data (`data/reference/introductions.json`). A message quotes what one needs and what
the other brings as each wrote it; it is a draft, which a person edits and sends or does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from matcher.domain import ActorId
from matcher.errors import InputError
from matcher.explanation import CLEAR_STRENGTH
from matcher.lexicon import Lexicon
from matcher.taxonomy import Lang, reference_directory

MOST_LINKS = 2
"""Links quoted in each direction: the clear ones, else the strongest."""
FALLBACK = "administratif"
"""The register of templates for a register that has none: the most formal."""
PIECES = ("opening", "need", "skill", "call", "next", "closing")
Served = Mapping[str, Any]
"""A match as `matcher.results.match_record` writes it and a proposal keeps it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said to one of a pair."""

    to: ActorId
    lang: Lang
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Templates:
    """Sentences with fields in braces, by language; those of `registers` by register and piece."""

    subject: Mapping[str, str]
    place: Mapping[str, str]
    sourcing: Mapping[str, str]
    registers: Mapping[str, Mapping[str, Mapping[str, str]]]

    def pieces(self, register: str, lang: Lang) -> Mapping[str, str]:
        """The sentences of a register in a language, by piece."""
        return self.registers.get(register, self.registers[FALLBACK])[lang]


def load_templates(path: Path) -> Templates:
    """The templates in a JSON file laid out as `data/reference/introductions.json`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Templates(**{name: content[name] for name in Templates.__dataclass_fields__})
    except KeyError as error:
        raise InputError("templates", str(path), f"{error} is missing") from error
    except (OSError, ValueError, TypeError) as error:
        raise InputError("templates", str(path), f"cannot be read as JSON: {error}") from error


@cache
def default_templates() -> Templates:
    """The templates that ship with Maillon: five registers in two languages."""
    return load_templates(reference_directory() / "introductions.json")


def introduce(
    served: Served, to: ActorId, signature: str, lang: Lang, lexicon: Lexicon, templates: Templates
) -> Message:
    """The message to one of the pair that was served, in its register; InputError for somebody else."""
    sides = {served[side]["id"]: served[side] for side in ("actor", "other")}
    if to not in sides:
        raise InputError("to", to, f"expected one of the pair: {', '.join(sides)}")
    me = sides[to]
    other = next(side for side in sides.values() if side is not me)
    pieces = templates.pieces(me["register"], lang)
    names = {"me": me["name"], "other": other["name"], "signature": signature}
    place = templates.place[lang].format(place=other["commune"]) if other["commune"] else ""
    said = [
        pieces["opening"].format(place=place, **names),
        *_links(served, to, pieces, names, lexicon),
        *([templates.sourcing[lang]] if is_sourcing(served) else []),
        pieces["next"],
        pieces["closing"].format(**names),
    ]
    return Message(to, lang, templates.subject[lang].format(**names), "\n\n".join(said))


def is_sourcing(served: Served) -> bool:
    """Whether a public body meets a business: then a suggestion is sourcing, not an award."""
    return {served["actor"]["sector"], served["other"]["sector"]} == {"public", "economique"}


def clear_links(served: Served) -> list[Mapping[str, Any]]:
    """The links worth quoting, in both directions, those of the first actor's needs first."""
    return [*_clear(served["needs_met"]), *_clear(served["skills_wanted"])]


def _clear(links: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    strong = [link for link in links if link.get("strength", 1.0) >= CLEAR_STRENGTH]
    return (strong or list(links[:1]))[:MOST_LINKS]


def _links(
    served: Served, to: str, pieces: Mapping[str, str], names: Mapping[str, str], lexicon: Lexicon
) -> Iterator[str]:
    """What I need and the other brings, what the other needs and I bring, and how each calls it."""
    links = clear_links(served)
    mine = [link for link in links if link["need_actor"] == to]
    theirs = [link for link in links if link["need_actor"] != to]
    for piece, of_side in (("need", mine), ("skill", theirs)):
        for link in of_side:
            yield pieces[piece].format(need=link["need"], skill=link["skill"], **names)
    for link in (*mine[:1], *theirs[:1]):
        here, there = ("need", "skill") if link["need_actor"] == to else ("skill", "need")
        for found in lexicon.translations(link[here], link[there])[:1]:
            yield pieces["call"].format(here=found.here, there=found.there)
