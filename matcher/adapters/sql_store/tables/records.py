"""What is held of organisations: actors, their contacts and texts, alliances, vectors."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKeyConstraint, Index, String, Table, Text

from matcher.adapters.sql_store.columns import Vector
from matcher.adapters.sql_store.tables.base import metadata, of_tenant

tenants = Table(
    "tenants",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("seq", BigInteger, nullable=False, server_default="0"),
)
actors = Table(
    "actors",
    metadata,
    of_tenant(),
    Column("id", String, primary_key=True),
    Column("document", Text, nullable=False),
)
actor_texts = Table(
    "actor_texts",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("actor_id", String, primary_key=True),
    Column("key", String, primary_key=True),
    ForeignKeyConstraint(["tenant", "actor_id"], ["actors.tenant", "actors.id"], ondelete="CASCADE"),
    Index(None, "tenant", "key"),
)
contacts = Table(
    "contacts",
    metadata,
    of_tenant(),
    Column("actor_id", String, primary_key=True),
    Column("name", String),
    Column("email", String),
    Column("phone", String),
)
alliances = Table(
    "alliances",
    metadata,
    of_tenant(),
    Column("id", String, primary_key=True),
    Column("started", Date, nullable=False),
    Column("document", Text, nullable=False),
)
alliance_members = Table(
    "alliance_members",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("alliance_id", String, primary_key=True),
    Column("actor_id", String, primary_key=True),
    ForeignKeyConstraint(["tenant", "alliance_id"], ["alliances.tenant", "alliances.id"], ondelete="CASCADE"),
    Index(None, "tenant", "actor_id"),
)
vectors = Table(
    "vectors",
    metadata,
    of_tenant(),
    Column("encoder", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("vector", Vector, nullable=False),
)
