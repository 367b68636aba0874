"""What an import would do, told before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from matcher.domain import Actor, ActorId, Contact
from matcher.importing import Check, Progress, Reading, Reject, Row, read_actors
from matcher.records import actor_to_record, contact_to_record
from matcher.store import Store
from matcher.taxonomy import Taxonomy
from matcher.territory import Gazetteer


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
