"""What goes with an actor: its texts' vectors, and all that was proposed, served, told and answered of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Connection, delete, or_, select, tuple_
from sqlalchemy.exc import DBAPIError

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.database import Database, chunks


def keys_said_by(connection: Connection, tenant: str, actor_ids: Sequence[str]) -> list[str]:
    """The keys of the texts that actors say."""
    texts = tables.actor_texts.c
    keys: list[str] = []
    for chunk in chunks(actor_ids):
        query = select(texts.key).where(texts.tenant == tenant, texts.actor_id.in_(chunk))
        keys += map(str, connection.execute(query).scalars())
    return keys


def erase_unsaid(connection: Connection, tenant: str, keys: Sequence[str]) -> None:
    """Erase the vectors of these texts, for every encoder, unless an actor still says them."""
    texts, vectors = tables.actor_texts.c, tables.vectors.c
    for chunk in chunks(keys):
        said = select(texts.key).where(texts.tenant == tenant, texts.key.in_(chunk))
        connection.execute(
            delete(tables.vectors).where(
                vectors.tenant == tenant, vectors.key.in_(chunk), vectors.key.not_in(said)
            )
        )


def erase_traces(connection: Connection, tenant: str, actor_id: str) -> None:
    """Erase what was proposed, served and answered about an actor; its deletion alone is told on."""
    for column in (
        tables.served_lists.c.actor_id,
        tables.served_items.c.actor_id,
        tables.interactions.c.actor_id,
    ):
        _forget(connection, tenant, column, [actor_id])
    proposals = tables.proposals
    gone = select(proposals.c.id).where(
        proposals.c.tenant == tenant, or_(proposals.c.a == actor_id, proposals.c.b == actor_id)
    )
    ids = list(connection.execute(gone).scalars())
    _forget_changes(connection, tenant, [actor_id, *ids])
    _forget(connection, tenant, proposals.c.id, ids)
    # Any answer kept for an idempotency key may quote the actor.
    connection.execute(delete(tables.replies).where(tables.replies.c.tenant == tenant))


def sweep(database: Database) -> int:
    """How many rows that belong to nothing were erased; then the files hold nothing that was ever erased.

    A worker that was encoding a text while its actor was erased may have kept the vector afterwards. SQLite
    is written anew; so is every table of PostgreSQL, where nobody reads or writes a table meanwhile.
    PostgreSQL's statistics, which hold samples of columns, are written anew too; its write-ahead log keeps
    what passed through it until its segments are used again.
    """
    texts, vectors = tables.actor_texts.c, tables.vectors.c
    said = select(texts.key).where(texts.tenant == vectors.tenant, texts.key == vectors.key)
    with database.writing() as connection:
        count = connection.execute(delete(tables.vectors).where(~said.exists())).rowcount
    with database.at_once() as connection:
        if connection.dialect.name == "postgresql":
            for table in tables.metadata.sorted_tables:
                connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table.name}")
            connection.exec_driver_sql("VACUUM (FULL) pg_catalog.pg_statistic")
            _checkpoint(connection)
        else:
            connection.exec_driver_sql("VACUUM")
    database.scrub()
    return int(count)


def _checkpoint(connection: Connection) -> None:
    """Have old files let go of now; it is the server's own hour when this user may not ask for it."""
    try:
        connection.exec_driver_sql("CHECKPOINT")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise


INSUFFICIENT_PRIVILEGE = "42501"


def _forget_changes(connection: Connection, tenant: str, ids: Sequence[str]) -> None:
    changes, deliveries = tables.changes.c, tables.deliveries.c
    for chunk in chunks(ids):
        told = select(changes.tenant, changes.seq).where(changes.tenant == tenant, changes.id.in_(chunk))
        connection.execute(
            delete(tables.deliveries).where(tuple_(deliveries.tenant, deliveries.seq).in_(told))
        )
        connection.execute(delete(tables.changes).where(changes.tenant == tenant, changes.id.in_(chunk)))


def _forget(connection: Connection, tenant: str, column: Column[str], values: Sequence[str]) -> None:
    table = column.table
    for chunk in chunks(values):
        connection.execute(delete(table).where(table.c.tenant == tenant, column.in_(chunk)))
