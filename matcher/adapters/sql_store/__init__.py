"""Store over SQLAlchemy: one SQLite file in WAL mode, written under BEGIN IMMEDIATE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError

from matcher.adapters.sql_store import tables
from matcher.documents import actor_of_document, alliance_of_document, document_of_actor, document_of_alliance
from matcher.domain import Actor, ActorId, Alliance, AllianceId, Contact
from matcher.encoder import FloatArray
from matcher.errors import UnknownActorError, WorkspaceError
from matcher.store import Changes, without_member
from matcher.text import words_of

_CHUNK = 500
_WRITES = "maillon_writes"


class SqlStore:
    """Everything in one SQLite file; safe to open from several processes at once."""

    def __init__(self, path: Path) -> None:
        """Open the file, creating it when missing; WorkspaceError when it is something else."""
        self._path = path
        self._engine = _open(path)
        self._writer = self._engine.execution_options(**{_WRITES: True})

    @property
    def version(self) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(select(tables.meta.c.version)).scalar_one())

    def put_actors(self, actors: Iterable[Actor]) -> Changes:
        """Add or replace actors by id; equal ones are left alone; texts no longer said are erased."""
        given = {actor.id: actor for actor in actors}
        with self._writing() as connection:
            documents: dict[str, str] = {key: document_of_actor(actor) for key, actor in given.items()}
            changes, changed = _put(connection, tables.actors, documents, {})
            before = _keys_said_by(connection, changed)
            _forget(connection, tables.actor_texts, tables.actor_texts.c.actor_id, changed)
            texts = [
                {"actor_id": actor_id, "key": key}
                for actor_id in changed
                for key in dict.fromkeys(words.key for words in words_of(given[ActorId(actor_id)]))
            ]
            if texts:
                connection.execute(insert(tables.actor_texts), texts)
            _erase_unsaid(connection, before)
        return changes

    def actor(self, actor_id: ActorId) -> Actor:
        """The actor of this id, else UnknownActorError."""
        with self._engine.connect() as connection:
            document = connection.execute(
                select(tables.actors.c.document).where(tables.actors.c.id == actor_id)
            ).scalar_one_or_none()
        if document is None:
            raise UnknownActorError(actor_id)
        return actor_of_document(document)

    def actors(self) -> Iterator[Actor]:
        """Every actor, in the order of ids."""
        with self._engine.connect() as connection:
            documents = (
                connection.execute(select(tables.actors.c.document).order_by(tables.actors.c.id))
                .scalars()
                .all()
            )
        return map(actor_of_document, documents)

    def delete_actor(self, actor_id: ActorId) -> None:
        """Erase an actor and all that came from it; see Store."""
        self.actor(actor_id)
        with self._writing() as connection:
            before = _keys_said_by(connection, [actor_id])
            for alliance in _alliances_of(connection, actor_id):
                _forget(
                    connection, tables.alliance_members, tables.alliance_members.c.alliance_id, [alliance.id]
                )
                _forget(connection, tables.alliances, tables.alliances.c.id, [alliance.id])
                left = without_member(alliance, actor_id)
                if left is not None:
                    _put_alliances(connection, {left.id: left})
            _forget(connection, tables.contacts, tables.contacts.c.actor_id, [actor_id])
            _forget(connection, tables.actor_texts, tables.actor_texts.c.actor_id, [actor_id])
            _forget(connection, tables.actors, tables.actors.c.id, [actor_id])
            _erase_unsaid(connection, before)
            _advance(connection)

    def put_contacts(self, contacts: Iterable[Contact]) -> None:
        """Add or replace the contacts of actors."""
        rows = [
            {"actor_id": c.actor_id, "name": c.name, "email": c.email, "phone": c.phone} for c in contacts
        ]
        with self._writing() as connection:
            for row in rows:
                connection.execute(sqlite.insert(tables.contacts).values(row).prefix_with("OR REPLACE"))

    def contact(self, actor_id: ActorId) -> Contact | None:
        """The contact of an actor, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(tables.contacts).where(tables.contacts.c.actor_id == actor_id)
            ).one_or_none()
        return None if row is None else Contact(ActorId(row.actor_id), row.name, row.email, row.phone)

    def put_alliances(self, alliances: Iterable[Alliance]) -> Changes:
        """Add or replace alliances by id; equal ones are left alone."""
        with self._writing() as connection:
            return _put_alliances(connection, {alliance.id: alliance for alliance in alliances})

    def alliances(self) -> Iterator[Alliance]:
        """Every alliance, in the order of start dates, then ids."""
        query = select(tables.alliances.c.document).order_by(
            tables.alliances.c.started, tables.alliances.c.id
        )
        with self._engine.connect() as connection:
            documents = connection.execute(query).scalars().all()
        return map(alliance_of_document, documents)

    def vectors(self, encoder: str, keys: Sequence[str]) -> dict[str, FloatArray]:
        """The known vectors of one encoder by text key."""
        known: dict[str, FloatArray] = {}
        wanted = list(dict.fromkeys(keys))
        query = select(tables.vectors.c.key, tables.vectors.c.vector).where(
            tables.vectors.c.encoder == encoder, tables.vectors.c.key.in_(bindparam("keys", expanding=True))
        )
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), _CHUNK):
                found = connection.execute(query, {"keys": wanted[start : start + _CHUNK]})
                known.update({key: np.frombuffer(blob, dtype="<f4") for key, blob in found})
        return known

    def put_vectors(self, encoder: str, vectors: Mapping[str, FloatArray]) -> None:
        """Remember vectors of one encoder by text key."""
        rows = [
            {"encoder": encoder, "key": key, "vector": np.ascontiguousarray(vector, dtype="<f4").tobytes()}
            for key, vector in vectors.items()
        ]
        if rows:
            with self._writing() as connection:
                connection.execute(insert(tables.vectors).prefix_with("OR REPLACE"), rows)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._writer.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise WorkspaceError(f"{self._path} cannot be written: {error}") from error


def _open(path: Path) -> Engine:
    if not path.parent.is_dir():
        raise WorkspaceError(f"{path.parent} is not a directory; make it, or give another workspace")
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    try:
        with engine.execution_options(**{_WRITES: True}).begin() as connection:
            tables.metadata.create_all(connection)
            found = connection.execute(select(tables.meta.c.schema_version)).scalar_one_or_none()
            if found is None:
                connection.execute(
                    insert(tables.meta).values(schema_version=tables.SCHEMA_VERSION, version=0)
                )
    except SQLAlchemyError as error:
        raise WorkspaceError(f"{path} is not a Maillon workspace: {error}") from error
    if found not in (None, tables.SCHEMA_VERSION):
        raise WorkspaceError(
            f"{path} was written by another version of Maillon (schema {found}, "
            f"expected {tables.SCHEMA_VERSION}); export it there and import it here"
        )
    return engine


def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 (a driver's own type)
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Writers queue up instead of failing half-way: a deferred transaction cannot wait its turn."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _put(
    connection: Connection,
    table: Table,
    documents: Mapping[str, str],
    extra: Mapping[str, Mapping[str, object]],
) -> tuple[Changes, list[str]]:
    """Write the documents that differ from those held; what was done, and the ids written."""
    held = _documents(connection, table, list(documents))
    changed = [key for key, document in documents.items() if held.get(key) != document]
    rows = [{"id": key, "document": documents[key], **extra.get(key, {})} for key in changed]
    new = [row for row in rows if row["id"] not in held]
    old = [{f"new_{name}": value for name, value in row.items()} for row in rows if row["id"] in held]
    if new:
        connection.execute(insert(table), new)
    if old:
        values: dict[str, object] = {
            name.removeprefix("new_"): bindparam(name) for name in old[0] if name != "new_id"
        }
        connection.execute(update(table).where(table.c.id == bindparam("new_id")).values(values), old)
    if changed:
        _advance(connection)
    return Changes(len(new), len(old), len(documents) - len(changed)), changed


def _put_alliances(connection: Connection, given: Mapping[AllianceId, Alliance]) -> Changes:
    documents: dict[str, str] = {key: document_of_alliance(alliance) for key, alliance in given.items()}
    extra: dict[str, Mapping[str, object]] = {
        key: {"started": alliance.started} for key, alliance in given.items()
    }
    changes, changed = _put(connection, tables.alliances, documents, extra)
    _forget(connection, tables.alliance_members, tables.alliance_members.c.alliance_id, changed)
    members = [
        {"alliance_id": key, "actor_id": member}
        for key in changed
        for member in given[AllianceId(key)].members
    ]
    if members:
        connection.execute(insert(tables.alliance_members), members)
    return changes


def _documents(connection: Connection, table: Table, ids: Sequence[str]) -> dict[str, str]:
    held: dict[str, str] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(table.c.id, table.c.document).where(table.c.id.in_(ids[start : start + _CHUNK]))
        held.update({row.id: row.document for row in connection.execute(query)})
    return held


def _forget(connection: Connection, table: Table, column: Column[Any], values: Sequence[str]) -> None:
    for start in range(0, len(values), _CHUNK):
        connection.execute(delete(table).where(column.in_(values[start : start + _CHUNK])))


def _keys_said_by(connection: Connection, actor_ids: Sequence[str]) -> list[str]:
    keys: list[str] = []
    for start in range(0, len(actor_ids), _CHUNK):
        chunk = actor_ids[start : start + _CHUNK]
        query = select(tables.actor_texts.c.key).where(tables.actor_texts.c.actor_id.in_(chunk))
        keys += connection.execute(query).scalars()
    return keys


def _erase_unsaid(connection: Connection, keys: Sequence[str]) -> None:
    """Erase the vectors of these texts, for every encoder, unless an actor still says them."""
    for start in range(0, len(keys), _CHUNK):
        chunk = list(keys[start : start + _CHUNK])
        said = select(tables.actor_texts.c.key).where(tables.actor_texts.c.key.in_(chunk))
        connection.execute(
            delete(tables.vectors).where(tables.vectors.c.key.in_(chunk), tables.vectors.c.key.not_in(said))
        )


def _alliances_of(connection: Connection, actor_id: str) -> list[Alliance]:
    query = (
        select(tables.alliances.c.document)
        .join(tables.alliance_members, tables.alliance_members.c.alliance_id == tables.alliances.c.id)
        .where(tables.alliance_members.c.actor_id == actor_id)
    )
    return [alliance_of_document(document) for document in connection.execute(query).scalars()]


def _advance(connection: Connection) -> None:
    connection.execute(update(tables.meta).values(version=func.coalesce(tables.meta.c.version, 0) + 1))
