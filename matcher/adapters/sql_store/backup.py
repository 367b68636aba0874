"""A whole database as one gzip file of JSON lines, the same for SQLite and PostgreSQL.

The first line says what it is and of which revision, each further line is a table's name and one row,
and the last one counts the rows, so that a file that was cut short is told from a whole one.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Date, Table, delete, func, insert, select, update
from sqlalchemy.types import TypeEngine

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.columns import Moment, Vector
from matcher.adapters.sql_store.database import Database
from matcher.adapters.sql_store.migrate import current
from matcher.adapters.sql_store.revisions import after_restoring
from matcher.errors import WorkspaceError

KIND = "maillon-backup"
ROWS = 500
"""Rows read or written at once."""
_TABLES = tables.metadata.sorted_tables


def write_backup(database: Database, path: Path) -> int:
    """How many rows of all tenants were written, as they stood at one moment, while others may write."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.touch(mode=0o600)
        with gzip.open(partial, "wt", encoding="utf-8") as out, database.reading_one_moment() as connection:
            out.write(_line({"kind": KIND, "revision": current(connection)}))
            count = 0
            for name, row in _rows(connection):
                out.write(_line([name, row]))
                count += 1
            out.write(_line({"rows": count}))
        partial.replace(path)
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def read_backup(database: Database, path: Path, *, force: bool) -> int:
    """How many rows were put in place of what the database held; all of them or, on any error, none.

    WorkspaceError when it holds something and `force` is not given, or when the file is not a whole backup.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines, database.writing() as connection:
            if not force and not _is_empty(connection):
                raise WorkspaceError(f"{database.name} is not empty; --force replaces all that it holds")
            _check_head(path, lines.readline(), current(connection))
            count = _replace(connection, path, lines)
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError) as error:
        raise WorkspaceError(f"{path} is not a whole backup of Maillon: {error}") from error
    database.scrub()
    return count


def _rows(connection: Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    for table in _TABLES:
        order = list(table.primary_key)
        for row in connection.execute(select(table).order_by(*order).execution_options(yield_per=ROWS)):
            yield table.name, {c.name: _encoded(row._mapping[c]) for c in table.c}  # noqa: SLF001 (public)


def _is_empty(connection: Connection) -> bool:
    held = (table for table in _TABLES if table is not tables.tenants)
    return all(connection.execute(select(table).limit(1)).first() is None for table in held)


def _check_head(path: Path, line: str, revision: str | None) -> None:
    head = json.loads(line)
    if head["kind"] != KIND:
        raise WorkspaceError(f"{path} is not a backup of Maillon")
    if head["revision"] != revision:
        raise WorkspaceError(
            f"{path} is of revision {head['revision']}, the workspace of {revision}; "
            "restore it with the version of Maillon that wrote it"
        )


def _replace(connection: Connection, path: Path, lines: Iterator[str]) -> int:
    newest = _newest(connection)
    for table in reversed(_TABLES):
        connection.execute(delete(table))
    count, waiting, last = 0, list[dict[str, Any]](), _TABLES[0]
    for line in lines:
        record = json.loads(line)
        if isinstance(record, dict):
            _write(connection, last, waiting)
            _finish(connection, path, expected=record["rows"], count=count, newest=newest)
            return count
        table = tables.metadata.tables[record[0]]
        if table is not last or len(waiting) == ROWS:
            _write(connection, last, waiting)
            last, waiting = table, []
        waiting.append({c.name: _decoder(c.type)(record[1][c.name]) for c in table.c})
        count += 1
    raise WorkspaceError(f"{path} was cut short after {count} rows; nothing was restored")


def _write(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _finish(connection: Connection, path: Path, *, expected: int, count: int, newest: int) -> None:
    if count != expected:
        raise WorkspaceError(f"{path} says {expected} rows and holds {count}; nothing was restored")
    # Past every version that a running process may have seen, so that it reads everything again.
    version = after_restoring([newest, _newest(connection)])
    connection.execute(update(tables.tenants).values(version=version, seq=version))
    if connection.dialect.name == "postgresql":
        number = select(func.coalesce(func.max(tables.interactions.c.number), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence("interactions", "number")
        connection.execute(select(func.setval(sequence, number, False)))


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.max(tables.tenants.c.version))).scalar() or 0)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _encoded(value: Any) -> Any:  # noqa: ANN401 (any column's value)
    if isinstance(value, np.ndarray):
        return base64.b64encode(np.ascontiguousarray(value, dtype="<f4").tobytes()).decode()
    return value.isoformat() if isinstance(value, date | datetime) else value


def _decoder(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    if isinstance(kind, Vector):
        return lambda value: np.frombuffer(base64.b64decode(value), dtype="<f4")
    if isinstance(kind, Moment):
        return lambda value: None if value is None else datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return lambda value: None if value is None else date.fromisoformat(value)
    return lambda value: value
