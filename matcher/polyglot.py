"""The corpus of register translations: needs, the skills that answer them, and tempting wrong answers.

One JSON object a line: id (`author-number`), theme, alliance_type, territory, need, skills,
hard_negatives. `split.json` beside the files says which authors train, validate and test, so that
no author's way of writing stands on two sides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from matcher.errors import InputError
from matcher.jsonlines import read_json_lines
from matcher.taxonomy import Lang, Taxonomy, default_taxonomy, reference_directory

SPLIT_FILE = "split.json"
M = TypeVar("M", bound=StrEnum)


class Part(StrEnum):
    """What a part of the corpus is for."""

    TRAIN = "train"
    VALID = "valid"
    TEST = "test"


class NegativeKind(StrEnum):
    """Why a text looks like an answer and is none."""

    SAME_WORDS = "same_words"
    SAME_THEME = "same_theme"
    COMPETITOR = "competitor"


@dataclass(frozen=True, slots=True)
class Text:
    """What an organisation writes, in the register of its world."""

    text: str
    register: str
    lang: Lang


@dataclass(frozen=True, slots=True)
class HardNegative(Text):
    """A text that looks like a skill for a need and does not answer it."""

    kind: NegativeKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One need with the skills that answer it and the texts that only seem to."""

    id: str
    theme: str
    alliance_type: str
    territory: str
    need: Text
    skills: tuple[Text, ...]
    hard_negatives: tuple[HardNegative, ...]

    @property
    def author(self) -> str:
        """Who wrote it: the id up to its last dash."""
        return self.id.rpartition("-")[0]

    @property
    def lang(self) -> Lang:
        """English when either side is, else French."""
        return Lang.EN if any(text.lang is Lang.EN for text in (self.need, *self.skills)) else Lang.FR


def polyglot_directory() -> Path:
    """The directory of the project's own corpus."""
    return reference_directory().parent / "polyglot"


def load_corpus(path: Path, taxonomy: Taxonomy | None = None) -> list[Entry]:
    """Every entry of a .jsonl file, or of all those under a directory in the order of their names.

    InputError names the file, the line and the field of what cannot be used.
    """
    files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
    taxonomy = taxonomy or default_taxonomy()
    entries = [entry for file in files for entry in _entries(file, taxonomy)]
    if not entries:
        raise InputError("corpus", str(path), "holds no entry; expected .jsonl files of one entry a line")
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise InputError("id", entry.id, f"is there twice in {path}")
        seen.add(entry.id)
    return entries


def load_split(path: Path) -> dict[str, Part]:
    """Author -> part, from the `split.json` of a corpus directory; empty when there is none."""
    file = (path if path.is_dir() else path.parent) / SPLIT_FILE
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {str(author): Part(part) for author, part in content.items()}
    except (OSError, ValueError, AttributeError) as error:
        expected = f"expected {{author: {'|'.join(Part)}}}"
        raise InputError("split", str(file), f"cannot be read ({error}); {expected}") from error


def split(entries: Iterable[Entry], part: Part, authors: Mapping[str, Part] | None = None) -> list[Entry]:
    """The entries of a part; `authors` is the split of the project's corpus when not given.

    Where no author has a part, every entry is for training. InputError names an author that was
    forgotten: it could otherwise end up on both sides.
    """
    authors = load_split(polyglot_directory()) if authors is None else authors
    if not authors:
        return list(entries) if part is Part.TRAIN else []
    chosen = []
    for entry in entries:
        if entry.author not in authors:
            raise InputError("id", entry.id, f"{SPLIT_FILE} gives its author no part; add it there")
        if authors[entry.author] is part:
            chosen.append(entry)
    return chosen


def corpus_digest(entries: Sequence[Entry]) -> str:
    """The SHA-256 of all texts in order: what a model says that it was trained on."""
    total = hashlib.sha256()
    for entry in entries:
        texts = (entry.need, *entry.skills, *entry.hard_negatives)
        total.update("\n".join([entry.id, *(text.text for text in texts)]).encode() + b"\n\n")
    return total.hexdigest()


def _entries(file: Path, taxonomy: Taxonomy) -> list[Entry]:
    entries = []
    for number, record in read_json_lines(file):
        where = f"{file.name}:{number}"
        if isinstance(record, InputError):
            raise InputError(where, record.value, record.reason) from record
        entries.append(_entry(record, where, taxonomy))
    return entries


def _entry(record: Mapping[str, Any], where: str, taxonomy: Taxonomy) -> Entry:
    entry = Entry(
        id=_text(record, "id", where),
        theme=_known(record, "theme", "themes", where, taxonomy),
        alliance_type=_known(record, "alliance_type", "alliance_types", where, taxonomy),
        territory=_text(record, "territory", where),
        need=_said(record.get("need"), f"{where} need", taxonomy),
        skills=tuple(_said(value, f"{where} skills", taxonomy) for value in _list(record, "skills", where)),
        hard_negatives=tuple(
            _negative(value, f"{where} hard_negatives", taxonomy)
            for value in _list(record, "hard_negatives", where)
        ),
    )
    if not entry.skills:
        raise InputError(f"{where} skills", [], "expected one skill or more")
    return entry


def _said(value: object, where: str, taxonomy: Taxonomy) -> Text:
    record = _object(value, where)
    register = _known(record, "register", "registers", where, taxonomy)
    return Text(_text(record, "text", where), register, _member(record, "lang", where, Lang))


def _negative(value: object, where: str, taxonomy: Taxonomy) -> HardNegative:
    said = _said(value, where, taxonomy)
    kind = _member(_object(value, where), "kind", where, NegativeKind)
    return HardNegative(said.text, said.register, said.lang, kind)


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(where, value, "expected an object with text, register and lang")
    return value


def _text(record: Mapping[str, Any], field: str, where: str) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where} {field}", value, "expected a text that is not empty")
    return value.strip()


def _list(record: Mapping[str, Any], field: str, where: str) -> list[Any]:
    value = record.get(field)
    if not isinstance(value, list):
        raise InputError(f"{where} {field}", value, "expected a list")
    return value


def _known(record: Mapping[str, Any], field: str, vocabulary: str, where: str, taxonomy: Taxonomy) -> str:
    return taxonomy.check(vocabulary, f"{where} {field}", _text(record, field, where))


def _member(record: Mapping[str, Any], field: str, where: str, kind: type[M]) -> M:
    value = record.get(field)
    try:
        return kind(str(value))
    except ValueError as error:
        raise InputError(f"{where} {field}", value, f"expected one of: {', '.join(kind)}") from error
