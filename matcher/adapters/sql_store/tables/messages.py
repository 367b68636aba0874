"""What platforms are told: changes, where they are posted, and answers given before."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, String, Table, Text

from matcher.adapters.sql_store.columns import Document, Moment
from matcher.adapters.sql_store.tables.base import metadata, of_tenant

changes = Table(
    "changes",
    metadata,
    of_tenant(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("kind", String, nullable=False),
    Column("id", String, nullable=False),
    Column("state", String),
    Index(None, "tenant", "id"),
)
webhooks = Table(
    "webhooks",
    metadata,
    of_tenant(),
    Column("id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("secret", String, nullable=False),
    Column("kinds", Document, nullable=False),
    Column("created", Moment, nullable=False),
    Column("active", Boolean, nullable=False),
)
deliveries = Table(
    "deliveries",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("webhook_id", String, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Moment),
    Column("status", Integer),
    ForeignKeyConstraint(["tenant", "webhook_id"], ["webhooks.tenant", "webhooks.id"], ondelete="CASCADE"),
    Index(None, "due"),
)
replies = Table(
    "replies",
    metadata,
    of_tenant(),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
