"""The tables of the SQL store."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

SCHEMA_VERSION = 1

metadata = MetaData()
meta = Table(
    "maillon",
    metadata,
    Column("schema_version", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
actors = Table(
    "actors",
    metadata,
    Column("id", String, primary_key=True),
    Column("document", Text, nullable=False),
)
actor_texts = Table(
    "actor_texts",
    metadata,
    Column("actor_id", ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String, primary_key=True),
    Index("actor_texts_by_key", "key"),
)
contacts = Table(
    "contacts",
    metadata,
    Column("actor_id", String, primary_key=True),
    Column("name", String),
    Column("email", String),
    Column("phone", String),
)
alliances = Table(
    "alliances",
    metadata,
    Column("id", String, primary_key=True),
    Column("started", Date, nullable=False),
    Column("document", Text, nullable=False),
)
alliance_members = Table(
    "alliance_members",
    metadata,
    Column("alliance_id", ForeignKey("alliances.id", ondelete="CASCADE"), primary_key=True),
    Column("actor_id", String, primary_key=True),
    Index("alliance_members_by_actor", "actor_id"),
)
vectors = Table(
    "vectors",
    metadata,
    Column("encoder", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
