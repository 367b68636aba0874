"""What an import would do, told before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from matcher.domain import Actor, ActorId, Contact, Territory
from matcher.errors import InputError
from matcher.importing import Check, Progress, Reading, Reject, Row, read_actors
from matcher.records import actor_to_record, contact_to_record
from matcher.schema import ACTOR_FIELDS
from matcher.store import Store
from matcher.taxonomy import Taxonomy
from matcher.territory import Gazetteer

PLACE_FIELDS = frozenset(Territory.__dataclass_fields__) - {"radius_km"}
"""What says where an actor is; how far it acts is told apart."""


class Fate(StrEnum):
    """What would become of a good row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field whose value would be another: plain values of a record, None when unknown."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A good row: where it stands, whose it is, and what would change."""

    line: int
    id: ActorId
    name: str
    fate: Fate
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import of actors would do; the rows are in the order of the file."""

    rows: tuple[PreviewRow, ...]
    rejects: tuple[Reject, ...]
    unknown_fields: tuple[str, ...]

    def count(self, fate: Fate) -> int:
        """How many rows would have this fate."""
        return sum(row.fate is fate for row in self.rows)


def completed(rows: Iterable[Row], columns: Iterable[str], held: Mapping[ActorId, Actor]) -> list[Row]:
    """The rows, those of held actors with what they hold in every field that no column is read as.

    Where a column says something of the place, the whole place is the file's: half of a commune and half
    of another would be nowhere.
    """
    told = set(columns)
    kept = [field.name for field in ACTOR_FIELDS if field.name not in told]
    if told & PLACE_FIELDS:
        kept = [name for name in kept if name not in PLACE_FIELDS]
    return [_completed(row, kept, held) for row in rows]


def _completed(row: Row, kept: Sequence[str], held: Mapping[ActorId, Actor]) -> Row:
    if isinstance(row.record, InputError):
        return row
    before = held.get(ActorId(str(row.record.get("id", "")).strip()))
    if before is None:
        return row
    known = actor_to_record(before)
    return replace(row, record={name: known[name] for name in kept} | dict(row.record))


def preview_actors(
    store: Store,
    rows: Iterable[Row],
    taxonomy: Taxonomy,
    gazetteer: Gazetteer,
    *,
    check: Check | None = None,
    on_progress: Progress | None = None,
) -> Preview:
    """What importing these rows would do; the store is read and left as it is.

    Its counts are those of the import, if nobody writes in between. A contact that a row does not
    name stays as it is, as in the import.
    """
    read = read_actors(rows, taxonomy, gazetteer, check=check, on_progress=on_progress)
    return compared(store, read)


def compared(store: Store, read: Reading[tuple[Actor, Contact | None]]) -> Preview:
    """What putting actors that were read into the store would do."""
    wanted = {one.item[0].id for one in read.kept}
    held = {actor.id: actor for actor in store.actors() if actor.id in wanted}
    found = []
    for one in read.kept:
        actor, contact = one.item
        before = held.get(actor.id)
        if before is None:
            found.append(PreviewRow(one.row.line, actor.id, actor.name, Fate.ADDED))
            continue
        changes = changes_between(before, actor)
        if contact is not None:
            known = store.contact(actor.id) or Contact(actor.id)
            changes += _changes(contact_to_record(known), contact_to_record(contact))
        fate = Fate.CHANGED if changes else Fate.UNCHANGED
        found.append(PreviewRow(one.row.line, actor.id, actor.name, fate, changes))
    return Preview(tuple(found), read.rejects, read.unknown_fields)


def changes_between(before: Actor, after: Actor) -> tuple[FieldChange, ...]:
    """The fields of two states of an actor that differ, in the order of the schema."""
    return _changes(actor_to_record(before), actor_to_record(after))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, before[name], value) for name, value in after.items() if before[name] != value
    )
