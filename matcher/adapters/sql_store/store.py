"""Store over SQLAlchemy: the actors, contacts, alliances and vectors of one tenant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, bindparam, delete, func, insert, select, update

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.changes import append
from matcher.adapters.sql_store.database import Database, chunks, upsert
from matcher.adapters.sql_store.erasure import erase_traces, erase_unsaid, keys_said_by
from matcher.adapters.sql_store.revisions import revision_since, version_of
from matcher.changes import ChangeKind
from matcher.documents import actor_of_document, alliance_of_document, document_of_actor, document_of_alliance
from matcher.domain import Actor, ActorId, Alliance, AllianceId, Contact
from matcher.encoder import FloatArray
from matcher.errors import UnknownActorError, UnknownRecordError
from matcher.store import Changes, Revision, without_member
from matcher.text import words_of


class SqlStore:
    """What one tenant of a database holds; safe to use from several threads and processes at once."""

    def __init__(self, database: Database, tenant: str, *, owns_database: bool = False) -> None:
        self._database = database
        self._tenant = tenant
        self._owns_database = owns_database

    @property
    def version(self) -> int:
        with self._database.reading() as connection:
            return version_of(connection, self._tenant)

    def changed_since(self, version: int) -> Revision | None:
        """The actors and alliances that changed after a version, as they stand at one moment; see Store."""
        with self._database.reading_one_moment() as connection:
            return revision_since(connection, self._tenant, version)

    def put_actors(self, actors: Iterable[Actor], contacts: Iterable[Contact] = ()) -> Changes:
        """Add or replace actors by id, and contacts with them; texts no longer said are erased."""
        given, reached = {actor.id: actor for actor in actors}, list(contacts)
        documents: dict[str, str] = {key: document_of_actor(actor) for key, actor in given.items()}
        with self._database.writing(self._tenant) as connection:
            changes, changed = self._put(connection, tables.actors, documents, {})
            before = keys_said_by(connection, self._tenant, changed)
            self._forget(connection, tables.actor_texts.c.actor_id, changed)
            texts = [
                {"tenant": self._tenant, "actor_id": actor_id, "key": key}
                for actor_id in changed
                for key in dict.fromkeys(words.key for words in words_of(given[ActorId(actor_id)]))
            ]
            if texts:
                connection.execute(insert(tables.actor_texts), texts)
            erase_unsaid(connection, self._tenant, before)
            self._write_contacts(connection, reached)
            self._note(connection, ChangeKind.ACTOR_PUT, changed)
        return changes

    def actor(self, actor_id: ActorId) -> Actor:
        """The actor of this id, else UnknownActorError."""
        with self._database.reading() as connection:
            document = connection.execute(
                self._mine(tables.actors, tables.actors.c.document).where(tables.actors.c.id == actor_id)
            ).scalar_one_or_none()
        if document is None:
            raise UnknownActorError(actor_id)
        return actor_of_document(document)

    def actors(self) -> Iterator[Actor]:
        """Every actor, in the order of ids."""
        query = self._mine(tables.actors, tables.actors.c.document)
        with self._database.reading() as connection:
            documents = connection.execute(query).scalars().all()
        return iter(sorted(map(actor_of_document, documents), key=lambda actor: actor.id))

    def delete_actor(self, actor_id: ActorId) -> None:
        """Erase an actor and all that came from it; see Store."""
        self.actor(actor_id)
        with self._database.writing(self._tenant) as connection:
            before = keys_said_by(connection, self._tenant, [actor_id])
            for alliance in self._alliances_of(connection, actor_id):
                self._forget(connection, tables.alliances.c.id, [alliance.id])
                left = without_member(alliance, actor_id)
                if left is not None:
                    self.write_alliances(connection, {left.id: left})
                else:
                    self._note(connection, ChangeKind.ALLIANCE_DELETED, [alliance.id])
            self._forget(connection, tables.contacts.c.actor_id, [actor_id])
            self._forget(connection, tables.actors.c.id, [actor_id])
            erase_unsaid(connection, self._tenant, before)
            erase_traces(connection, self._tenant, actor_id)
            self._note(connection, ChangeKind.ACTOR_DELETED, [actor_id])
        self._database.scrub()

    def put_contacts(self, contacts: Iterable[Contact]) -> None:
        """Add or replace the contacts of actors."""
        with self._database.writing(self._tenant) as connection:
            self._write_contacts(connection, contacts)

    def contact(self, actor_id: ActorId) -> Contact | None:
        """The contact of an actor, or None."""
        query = self._mine(tables.contacts).where(tables.contacts.c.actor_id == actor_id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Contact(ActorId(row.actor_id), row.name, row.email, row.phone)

    def delete_contact(self, actor_id: ActorId) -> None:
        """Erase the contact of an actor; nothing when there is none."""
        with self._database.writing(self._tenant) as connection:
            self._forget(connection, tables.contacts.c.actor_id, [actor_id])
        self._database.scrub()

    def put_alliances(self, alliances: Iterable[Alliance]) -> Changes:
        """Add or replace alliances by id; equal ones are left alone."""
        with self._database.writing(self._tenant) as connection:
            return self.write_alliances(connection, {alliance.id: alliance for alliance in alliances})

    def alliance(self, alliance_id: AllianceId) -> Alliance:
        """The alliance of this id, else UnknownRecordError."""
        with self._database.reading() as connection:
            found = self.read_alliance(connection, alliance_id)
        if found is None:
            raise UnknownRecordError("alliance", alliance_id)
        return found

    def alliances(self) -> Iterator[Alliance]:
        """Every alliance, in the order of start dates, then ids."""
        query = self._mine(tables.alliances, tables.alliances.c.document)
        with self._database.reading() as connection:
            documents = connection.execute(query).scalars().all()
        return iter(sorted(map(alliance_of_document, documents), key=lambda a: (a.started, a.id)))

    def delete_alliance(self, alliance_id: AllianceId) -> None:
        """Erase an alliance, else UnknownRecordError."""
        self.alliance(alliance_id)
        with self._database.writing(self._tenant) as connection:
            self.erase_alliance(connection, alliance_id)

    def vectors(self, encoder: str, keys: Sequence[str]) -> dict[str, FloatArray]:
        """The known vectors of one encoder by text key."""
        known: dict[str, FloatArray] = {}
        table = tables.vectors
        query = self._mine(table, table.c.key, table.c.vector).where(
            table.c.encoder == encoder, table.c.key.in_(bindparam("keys", expanding=True))
        )
        with self._database.reading() as connection:
            for chunk in chunks(list(dict.fromkeys(keys))):
                known.update({row.key: row.vector for row in connection.execute(query, {"keys": chunk})})
        return known

    def put_vectors(self, encoder: str, vectors: Mapping[str, FloatArray]) -> None:
        """Remember vectors of one encoder by text key."""
        rows = [
            {"tenant": self._tenant, "encoder": encoder, "key": key, "vector": vector}
            for key, vector in sorted(vectors.items())
        ]
        with self._database.writing() as connection:
            upsert(connection, tables.vectors, rows)

    def close(self) -> None:
        """Let go of the database, when this store opened it."""
        if self._owns_database:
            self._database.close()

    def _write_contacts(self, connection: Connection, contacts: Iterable[Contact]) -> None:
        rows = [
            {
                "tenant": self._tenant,
                "actor_id": one.actor_id,
                "name": one.name,
                "email": one.email,
                "phone": one.phone,
            }
            for one in contacts
        ]
        upsert(connection, tables.contacts, rows)

    def _mine(self, table: Table, *columns: Column[Any]) -> Select[Any]:
        return select(*(columns or (table,))).where(table.c.tenant == self._tenant)

    def _forget(self, connection: Connection, column: Column[Any], values: Sequence[str]) -> None:
        table = column.table
        for chunk in chunks(values):
            connection.execute(delete(table).where(table.c.tenant == self._tenant, column.in_(chunk)))

    def _note(self, connection: Connection, kind: ChangeKind, ids: Sequence[str]) -> None:
        """Number the changes; the last number is the version that matchers compare theirs with."""
        if not ids:
            return
        append(connection, self._tenant, kind, ids, datetime.now(UTC))
        row = tables.tenants.c
        query = update(tables.tenants).where(row.name == self._tenant)
        connection.execute(query.values(version=row.seq))

    def _put(
        self,
        connection: Connection,
        table: Table,
        documents: Mapping[str, str],
        extra: Mapping[str, Mapping[str, object]],
    ) -> tuple[Changes, list[str]]:
        """Write the documents that differ from those held; what was done, and the ids written."""
        held: dict[str, str] = {}
        for chunk in chunks(list(documents)):
            query = self._mine(table, table.c.id, table.c.document).where(table.c.id.in_(chunk))
            held.update({row.id: row.document for row in connection.execute(query)})
        changed = [key for key, document in documents.items() if held.get(key) != document]
        new = sum(key not in held for key in changed)
        upsert(
            connection,
            table,
            [
                {"tenant": self._tenant, "id": key, "document": documents[key], **extra.get(key, {})}
                for key in changed
            ],
        )
        return Changes(new, len(changed) - new, len(documents) - len(changed)), changed

    def write_alliances(self, connection: Connection, given: Mapping[AllianceId, Alliance]) -> Changes:
        """What `put_alliances` does, within a transaction that is under way."""
        documents: dict[str, str] = {key: document_of_alliance(alliance) for key, alliance in given.items()}
        extra: dict[str, Mapping[str, object]] = {
            key: {"started": alliance.started} for key, alliance in given.items()
        }
        changes, changed = self._put(connection, tables.alliances, documents, extra)
        self._forget(connection, tables.alliance_members.c.alliance_id, changed)
        members = [
            {"tenant": self._tenant, "alliance_id": key, "actor_id": member}
            for key in changed
            for member in dict.fromkeys(given[AllianceId(key)].members)
        ]
        if members:
            connection.execute(insert(tables.alliance_members), members)
        self._note(connection, ChangeKind.ALLIANCE_PUT, changed)
        return changes

    def read_alliance(self, connection: Connection, alliance_id: str) -> Alliance | None:
        """The alliance of this id, if any, as a transaction sees it."""
        query = self._mine(tables.alliances, tables.alliances.c.document)
        document = connection.execute(query.where(tables.alliances.c.id == alliance_id)).scalar_one_or_none()
        return None if document is None else alliance_of_document(document)

    def erase_alliance(self, connection: Connection, alliance_id: str) -> None:
        """Erase an alliance within a transaction that is under way."""
        self._forget(connection, tables.alliances.c.id, [alliance_id])
        self._note(connection, ChangeKind.ALLIANCE_DELETED, [alliance_id])

    def _alliances_of(self, connection: Connection, actor_id: str) -> list[Alliance]:
        members, alliances = tables.alliance_members, tables.alliances
        query = (
            select(alliances.c.document)
            .join(
                members,
                (members.c.tenant == alliances.c.tenant) & (members.c.alliance_id == alliances.c.id),
            )
            .where(members.c.tenant == self._tenant, members.c.actor_id == actor_id)
            .order_by(func.length(alliances.c.id), alliances.c.id)
        )
        return [alliance_of_document(document) for document in connection.execute(query).scalars()]
