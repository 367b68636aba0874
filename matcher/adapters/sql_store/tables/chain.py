"""Proposals on their way to alliances, and what people write, open and look for on it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from matcher.adapters.sql_store.columns import Document, Moment
from matcher.adapters.sql_store.tables.base import metadata, of_proposal, of_tenant

proposals = Table(
    "proposals",
    metadata,
    of_tenant(),
    Column("id", String, primary_key=True),
    Column("a", String, nullable=False),
    Column("b", String, nullable=False),
    Column("score", Float(53), nullable=False),
    Column("model", String, nullable=False),
    Column("encoder", String, nullable=False),
    Column("served", Document, nullable=False),
    Column("created", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("state", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("catalyst", String),
    Column("until", Date),
    Column("grade", Integer),
    Column("next_activity", String),
    Column("words", Text, nullable=False, server_default=""),
    UniqueConstraint("tenant", "a", "b"),
    Index(None, "tenant", "score", "id"),
    Index(None, "tenant", "state", "score", "id", "a", "b", "until"),
    Index(None, "tenant", "b"),
    Index(None, "tenant", "until"),
    Index(None, "tenant", "state", "updated"),
)
proposal_facets = Table(
    "proposal_facets",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("proposal_id", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    of_proposal(),
    Index(None, "tenant", "kind", "value", "proposal_id"),
)
steps = Table(
    "steps",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("proposal_id", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("before", String, nullable=False),
    Column("after", String, nullable=False),
    Column("decision", Document, nullable=False),
    Column("action", String, nullable=False, server_default=""),
    Column("person", String, nullable=False, server_default=""),
    Column("minutes", Integer, nullable=False, server_default="0"),
    Column("activity", String),
    Column("undone", Boolean, nullable=False, server_default=false()),
    of_proposal(),
    Index(None, "tenant", "at"),
    Index(None, "tenant", "action", "at"),
)
proposal_needs = Table(
    "proposal_needs",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("proposal_id", String, primary_key=True),
    Column("actor_id", String, primary_key=True),
    Column("key", String, primary_key=True),
    of_proposal(),
    Index(None, "tenant", "actor_id", "key"),
)
drafts = Table(
    "drafts",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("proposal_id", String, primary_key=True),
    Column("actor_id", String, primary_key=True),
    Column("lang", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("person", String, nullable=False),
    Column("at", Moment, nullable=False),
    of_proposal(),
)
views = Table(
    "views",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("proposal_id", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("at", Moment, primary_key=True, autoincrement=False),
    of_proposal(),
    Index(None, "tenant", "at"),
)
saved_filters = Table(
    "saved_filters",
    metadata,
    of_tenant(),
    Column("person", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("query", Text, nullable=False),
)
