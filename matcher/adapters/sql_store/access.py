"""Access over SQLAlchemy: the keys, people and sessions of every tenant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, select

from matcher.access import ApiKey, Person, Scope, Session
from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.database import Database, upsert
from matcher.adapters.sql_store.tables import column_names


class SqlAccess:
    """Who may do what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_key(self, key: ApiKey) -> None:
        """Add or replace a key by id."""
        row = {name: getattr(key, name) for name in column_names(tables.api_keys)}
        with self._database.writing() as connection:
            upsert(connection, tables.api_keys, [row | {"scopes": sorted(key.scopes)}])

    def key_of_digest(self, digest: str) -> ApiKey | None:
        """The key of a secret's digest."""
        query = select(tables.api_keys).where(tables.api_keys.c.digest == digest)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _key(row)

    def keys(self, tenant: str | None = None) -> list[ApiKey]:
        """The keys of a tenant (of all when None), by date."""
        row = tables.api_keys.c
        query = select(tables.api_keys).order_by(row.created, row.id)
        if tenant is not None:
            query = query.where(row.tenant == tenant)
        with self._database.reading() as connection:
            return [_key(found) for found in connection.execute(query)]

    def put_person(self, person: Person) -> None:
        """Add or replace a person by tenant and id."""
        row = {name: getattr(person, name) for name in column_names(tables.people)}
        row |= {"scopes": sorted(person.scopes), "territories": list(person.territories)}
        row |= {"email": None if person.email is None else person.email.lower()}
        with self._database.writing() as connection:
            upsert(connection, tables.people, [row])

    def person(self, tenant: str, person_id: str) -> Person | None:
        """A person of a tenant."""
        row = tables.people.c
        query = select(tables.people).where(row.tenant == tenant, row.id == person_id)
        with self._database.reading() as connection:
            found = connection.execute(query).one_or_none()
        return None if found is None else _person(found)

    def person_of_subject(self, subject: str) -> Person | None:
        """The person that an issuer calls so."""
        query = select(tables.people).where(tables.people.c.subject == subject)
        with self._database.reading() as connection:
            found = connection.execute(query).one_or_none()
        return None if found is None else _person(found)

    def delete_person(self, tenant: str, person_id: str) -> bool:
        """Whether there was such a person; their sessions go with them."""
        row, session = tables.people.c, tables.sessions.c
        ended = delete(tables.sessions).where(session.tenant == tenant, session.person == person_id)
        gone = delete(tables.people).where(row.tenant == tenant, row.id == person_id)
        with self._database.writing() as connection:
            connection.execute(ended)
            found = bool(connection.execute(gone).rowcount)
        self._database.scrub()
        return found

    def people_of_email(self, email: str) -> list[Person]:
        """The people of every tenant who have this e-mail."""
        row = tables.people.c
        query = select(tables.people).where(row.email == email.lower()).order_by(row.tenant, row.id)
        with self._database.reading() as connection:
            return [_person(found) for found in connection.execute(query)]

    def people(self, tenant: str | None = None) -> list[Person]:
        """The people of a tenant (of all when None), by id."""
        row = tables.people.c
        query = select(tables.people).order_by(row.tenant, row.id)
        if tenant is not None:
            query = query.where(row.tenant == tenant)
        with self._database.reading() as connection:
            return [_person(found) for found in connection.execute(query)]

    def put_session(self, session: Session) -> None:
        """Add or replace a session by digest; those that have expired are forgotten."""
        row = {name: getattr(session, name) for name in column_names(tables.sessions)}
        with self._database.writing() as connection:
            connection.execute(delete(tables.sessions).where(tables.sessions.c.expires < datetime.now(UTC)))
            upsert(connection, tables.sessions, [row | {"data": dict(session.data)}])

    def session(self, digest: str) -> Session | None:
        """The session of a cookie's digest, whether or not it has expired."""
        query = select(tables.sessions).where(tables.sessions.c.digest == digest)
        with self._database.reading() as connection:
            found = connection.execute(query).one_or_none()
        return None if found is None else Session(**found._mapping)  # noqa: SLF001 (its public way to a mapping)

    def end_session(self, digest: str) -> bool:
        """Whether there was such a session; of two who ask at once, one is told so."""
        query = delete(tables.sessions).where(tables.sessions.c.digest == digest)
        with self._database.writing() as connection:
            return bool(connection.execute(query).rowcount)


def _key(row: Row[Any]) -> ApiKey:
    scopes = frozenset(map(Scope, row.scopes))
    return ApiKey(row.id, row.tenant, row.name, row.digest, scopes, row.created, row.expires, row.revoked)


def _person(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes)),
        password=row.password,
        subject=row.subject,
        territories=tuple(row.territories),
        active=row.active,
        email=row.email,
    )
