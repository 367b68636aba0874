"""Who may come in: keys, people, sessions."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, String, Table

from matcher.adapters.sql_store.columns import Document, Moment
from matcher.adapters.sql_store.tables.base import metadata, of_tenant

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, ForeignKey("tenants.name", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),
    Column("scopes", Document, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment),
    Column("revoked", Moment),
)
people = Table(
    "people",
    metadata,
    of_tenant(),
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("scopes", Document, nullable=False),
    Column("password", String),
    Column("subject", String, unique=True),
    Column("territories", Document, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("email", String),
)
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("tenant", String, ForeignKey("tenants.name", ondelete="CASCADE"), nullable=False),
    Column("person", String, nullable=False),
    Column("csrf", String, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("data", Document, nullable=False),
)
