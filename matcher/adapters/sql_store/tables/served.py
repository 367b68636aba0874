"""Lists as served, and what was seen and clicked of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKeyConstraint, Index, Integer, String, Table

from matcher.adapters.sql_store.columns import Document, Moment
from matcher.adapters.sql_store.tables.base import metadata, of_tenant

served_lists = Table(
    "served_lists",
    metadata,
    of_tenant(),
    Column("id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor_id", String),
    Column("model", String, nullable=False),
    Column("encoder", String, nullable=False),
    Index(None, "tenant", "at"),
    Index(None, "tenant", "actor_id"),
)
served_items = Table(
    "served_items",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("list_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("actor_id", String, nullable=False),
    Column("score", Float(53), nullable=False),
    Column("features", Document, nullable=False),
    ForeignKeyConstraint(
        ["tenant", "list_id"], ["served_lists.tenant", "served_lists.id"], ondelete="CASCADE"
    ),
    Index(None, "tenant", "actor_id"),
)
interactions = Table(
    "interactions",
    metadata,
    Column("tenant", String, nullable=False),
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("list_id", String, nullable=False),
    Column("actor_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(
        ["tenant", "list_id"], ["served_lists.tenant", "served_lists.id"], ondelete="CASCADE"
    ),
    Index(None, "tenant", "at"),
    Index(None, "tenant", "list_id"),
    Index(None, "tenant", "actor_id"),
)
