"""Rows to the store: good rows go in, a bad row is refused with its file, line, field, value and reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from matcher.domain import Actor, Alliance, Contact
from matcher.errors import InputError
from matcher.headings import field_meant
from matcher.records import actor_from_record, alliance_from_record, contact_from_record
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS, Field
from matcher.store import Changes, Store
from matcher.taxonomy import Taxonomy
from matcher.territory import Gazetteer
from matcher.values import Record

Item = TypeVar("Item")
Progress = Callable[[int, int | None], None]
"""Told how many rows are done, and of how many (None when that is not known)."""

PROGRESS_EVERY = 100
MAX_SHOWN = 200
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


class RecordKind(StrEnum):
    """What a file of records holds."""

    ACTORS = "actors"
    ALLIANCES = "alliances"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file and where it stands there; an InputError when it could not be read at all."""

    source: str
    line: int
    record: Record | InputError


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was refused: where it stands, and which value of which field is wrong, and why."""

    source: str
    line: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: the changes to the store, the rows refused, the fields nobody knows."""

    kind: RecordKind
    changes: Changes
    rejects: tuple[Reject, ...]
    unknown_fields: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each unknown field, with the known field it may have been meant for."""
        return tuple(_unknown(name, fields_of(self.kind)) for name in self.unknown_fields)


@dataclass(frozen=True, slots=True)
class Kept(Generic[Item]):
    """A row that goes in, and where it was read."""

    item: Item
    row: Row


@dataclass(frozen=True, slots=True)
class Reading(Generic[Item]):
    """Rows that were read: the good ones by id, the refused ones, the fields that nobody knows."""

    kept: tuple[Kept[Item], ...]
    rejects: tuple[Reject, ...]
    unknown_fields: tuple[str, ...]


Check = Callable[[Actor], None]
"""Raises InputError for an actor that may not go in."""


def fields_of(kind: RecordKind) -> tuple[Field, ...]:
    """Every field that a record of this kind may have."""
    return ACTOR_FIELDS + CONTACT_FIELDS if kind is RecordKind.ACTORS else ALLIANCE_FIELDS


def import_records(
    store: Store,
    kind: RecordKind,
    rows: Iterable[Row],
    taxonomy: Taxonomy,
    gazetteer: Gazetteer,
    on_progress: Progress | None = None,
) -> ImportReport:
    """What importing the rows did; all good rows go into the store together, at the end.

    An id that comes twice with another content is refused the second time. An alliance goes in only
    when the store knows all of its members.
    """
    if kind is RecordKind.ACTORS:
        actors = read_actors(rows, taxonomy, gazetteer, on_progress=on_progress)
        changes = put_actors(store, actors)
        return ImportReport(kind, changes, actors.rejects, actors.unknown_fields)
    known = frozenset[str](actor.id for actor in store.actors())
    alliances = _read(_counting(rows, on_progress), kind, lambda record: _alliance(record, taxonomy, known))
    changes = store.put_alliances(one.item for one in alliances.kept)
    return ImportReport(kind, changes, alliances.rejects, alliances.unknown_fields)


def read_actors(
    rows: Iterable[Row],
    taxonomy: Taxonomy,
    gazetteer: Gazetteer,
    *,
    check: Check | None = None,
    on_progress: Progress | None = None,
) -> Reading[tuple[Actor, Contact | None]]:
    """The actors and contacts of the good rows; nothing is written. `check` may refuse an actor."""

    def read(record: Record) -> tuple[str, tuple[Actor, Contact | None]]:
        actor = actor_from_record(record, taxonomy, gazetteer)
        if check is not None:
            check(actor)
        return actor.id, (actor, contact_from_record(record))

    return _read(_counting(rows, on_progress), RecordKind.ACTORS, read)


def put_actors(store: Store, actors: Reading[tuple[Actor, Contact | None]]) -> Changes:
    """What putting actors that were read into the store changed; all go in with their contacts, or none."""
    contacts = [one.item[1] for one in actors.kept if one.item[1] is not None]
    return store.put_actors((one.item[0] for one in actors.kept), contacts)


def _counting(rows: Iterable[Row], on_progress: Progress | None) -> Iterable[Row]:
    if on_progress is None:
        yield from rows
        return
    total = len(rows) if isinstance(rows, Sized) else None
    done = 0
    for done, row in enumerate(rows, start=1):
        yield row
        if done % PROGRESS_EVERY == 0:
            on_progress(done, total)
    on_progress(done, total)


def _read(
    rows: Iterable[Row],
    kind: RecordKind,
    read: Callable[[Record], tuple[str, Item]],
) -> Reading[Item]:
    known = {field.name for field in fields_of(kind)}
    kept: dict[str, Kept[Item]] = {}
    rejects: list[Reject] = []
    unknown: dict[str, None] = {}
    for row in rows:
        try:
            record = _record_of(row)
            unknown.update(dict.fromkeys(name for name in record if name not in known))
            identifier, item = read(record)
            first = kept.setdefault(identifier, Kept(item, row))
            _refuse_another(first, item, identifier)
        except InputError as error:
            rejects.append(_reject(row, error))
    return Reading(tuple(kept.values()), tuple(rejects), tuple(unknown))


def _record_of(row: Row) -> Record:
    """The record of a row, else the InputError that it holds or deserves."""
    if isinstance(row.record, InputError):
        raise row.record
    for name, value in row.record.items():
        check_text(name, value)
    return row.record


def check_text(field: str, value: object) -> None:
    """Raise InputError when a value holds what no text does: NUL, or a byte that could not be decoded."""
    if isinstance(value, str):
        bad = None if value.isascii() and "\x00" not in value else _NOT_TEXT.search(value)
        if bad is not None:
            raise InputError(field, value, _why_not_text(bad[0]))
    elif isinstance(value, Mapping):
        for inner in value.values():
            check_text(field, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            check_text(field, inner)


def _why_not_text(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # what a byte that cannot be decoded is read as
        return f"the byte 0x{code - 0xDC00:02X} does not fit the file's encoding; save the file as UTF-8"
    return f"the character U+{code:04X} does not belong in a text; remove it"


def _alliance(record: Record, taxonomy: Taxonomy, known: frozenset[str]) -> tuple[str, Alliance]:
    alliance = alliance_from_record(record, taxonomy)
    strangers = [member for member in alliance.members if member not in known]
    if strangers:
        raise InputError("members", ", ".join(strangers), "no such actor; import the actors first")
    return alliance.id, alliance


def _refuse_another(first: Kept[Item], item: Item, identifier: str) -> None:
    if first.item != item:
        where = f"{first.row.source}, line {first.row.line}"
        raise InputError("id", identifier, f"already used with another content ({where}); the first is kept")


def _reject(row: Row, error: InputError) -> Reject:
    return Reject(row.source, row.line, error.field, _shown(error.value), error.reason)


def _shown(value: object) -> str:
    """A value as a refused row shows it: printable, and not longer than it need be."""
    text = "" if value is None else value if isinstance(value, str) else _as_json(value)
    text = _NOT_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _unknown(name: str, fields: Iterable[Field]) -> str:
    meant = field_meant(name, fields)
    hint = f"; did you mean {meant!r}?" if meant else ""
    return f"unknown field {name!r}, not imported{hint}"
