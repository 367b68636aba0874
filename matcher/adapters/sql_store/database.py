"""One SQL database: opening it, bringing its tables up to date, reading and writing it.

SQLite runs in WAL mode and is written under BEGIN IMMEDIATE; in PostgreSQL a write that changes what
a tenant holds locks the tenant's row first. Either way the writes of a tenant follow one another, so
that its changes are numbered in the order in which they become visible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, case, create_engine, event, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.migrate import upgrade
from matcher.errors import WorkspaceError

CHUNK = 500
"""Values of one IN list."""
_WRITES = "maillon_writes"
_ALONE = "maillon_alone"
AUTOCOMMIT: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT"}
_CLOSE_ENOUGH = 15
"""Seconds to wait for a database that does not answer."""


class Database:
    """An open database; every error of its driver becomes a WorkspaceError."""

    def __init__(self, url: str) -> None:
        """Open a sqlite:/// or postgresql:// URL and bring its tables up to date."""
        self.name = _shown(url)
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(**{_WRITES: True})
        self._write_failed = False
        try:
            with self._writer.begin() as connection:
                upgrade(connection)
        except SQLAlchemyError as error:
            self.close()
            raise WorkspaceError(f"{self.name} is not a Maillon workspace: {_reason(error)}") from error
        except WorkspaceError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise WorkspaceError(f"{self.name} cannot be read: {_reason(error)}") from error

    @contextmanager
    def reading_one_moment(self) -> Iterator[Connection]:
        """A connection that sees all as it was when it first read."""
        with self.reading() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            yield connection

    @contextmanager
    def writing(self, tenant: str | None = None) -> Iterator[Connection]:
        """A transaction; with a tenant, no other one that names it runs at the same time."""
        try:
            with self._writer.begin() as connection:
                if tenant is not None and connection.dialect.name == "postgresql":
                    rows = select(tables.tenants.c.name).where(tables.tenants.c.name == tenant)
                    connection.execute(rows.with_for_update())
                yield connection
        except SQLAlchemyError as error:
            self._write_failed = True
            raise WorkspaceError(f"{self.name} cannot be written: {_reason(error)}") from error
        self._write_failed = False

    def ping(self) -> None:
        """Nothing when it can be read and, if a write failed, written again; else WorkspaceError."""
        names = tables.tenants.c.name
        with self.reading() as connection:
            connection.execute(select(names).limit(1))
        if self._write_failed:
            with self.writing() as connection:
                connection.execute(update(tables.tenants).values(name=names))

    @contextmanager
    def at_once(self) -> Iterator[Connection]:
        """A connection whose statements each take effect by themselves, outside any transaction."""
        try:
            with self.engine.connect() as connection:
                alone = {_ALONE: True} if connection.dialect.name == "sqlite" else AUTOCOMMIT
                yield connection.execution_options(**alone)
        except SQLAlchemyError as error:
            raise WorkspaceError(f"{self.name} cannot be written: {_reason(error)}") from error

    def scrub(self) -> None:
        """After an erasure: nothing of it stays in SQLite's write-ahead log."""
        if self.engine.dialect.name == "sqlite":
            with self.reading() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of files and connections."""
        self.engine.dispose()


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows, replacing those of the same primary key."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=others)
    connection.execute(statement, [dict(row) for row in rows])


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows, leaving alone those that would break a primary key or a unique constraint."""
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), [dict(row) for row in rows])


def next_numbers(connection: Connection, tenant: str, count: int) -> int:
    """The first of `count` numbers for changes of a tenant, above all that it has had as a version."""
    row = tables.tenants.c
    highest = case((row.version > row.seq, row.version), else_=row.seq)
    connection.execute(update(tables.tenants).where(row.name == tenant).values(seq=highest + count))
    last = int(connection.execute(select(row.seq).where(row.name == tenant)).scalar_one())
    return last - count + 1


def chunks(values: Sequence[str]) -> Iterator[list[str]]:
    """The values, a manageable number at a time."""
    for start in range(0, len(values), CHUNK):
        yield list(values[start : start + CHUNK])


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise WorkspaceError(f"{url} is not the address of a database") from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, Path(parsed.database or ""))
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=15,
        connect_args={"connect_timeout": _CLOSE_ENOUGH},
    )


def _sqlite(url: str, path: Path) -> Engine:
    if not path.parent.is_dir():
        raise WorkspaceError(f"{path.parent} is not a directory; make it, or give another workspace")
    engine = create_engine(url)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 (a driver's own type)
    connection.isolation_level = None
    pragmas = ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=FULL")
    for pragma in (*pragmas, "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Writers queue up instead of failing half-way: a deferred transaction cannot wait its turn."""
    options = connection.get_execution_options()
    if not options.get(_ALONE, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES, False) else "BEGIN")


def _shown(url: str) -> str:
    """The address without its password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return url
    return str(parsed.database) if parsed.get_backend_name() == "sqlite" else repr(parsed)


def _reason(error: SQLAlchemyError) -> str:
    """What the driver said, without the statement and its values, which may be somebody's."""
    return str(getattr(error, "orig", None) or error).strip()
