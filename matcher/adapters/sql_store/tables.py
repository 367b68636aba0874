"""The tables of the SQL store; every row belongs to a tenant."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from matcher.adapters.sql_store.columns import Document, Moment, Vector

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def column_names(table: Table) -> list[str]:
    """The names of a table's columns, in order."""
    return [column.name for column in table.c]


def _tenant() -> Column[str]:
    return Column("tenant", String, ForeignKey("tenants.name", ondelete="CASCADE"), primary_key=True)


def _of_proposal() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant", "proposal_id"], ["proposals.tenant", "proposals.id"], ondelete="CASCADE"
    )


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
    _tenant(),
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
    _tenant(),
    Column("actor_id", String, primary_key=True),
    Column("name", String),
    Column("email", String),
    Column("phone", String),
)
alliances = Table(
    "alliances",
    metadata,
    _tenant(),
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
    _tenant(),
    Column("encoder", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("vector", Vector, nullable=False),
)
proposals = Table(
    "proposals",
    metadata,
    _tenant(),
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
    _of_proposal(),
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
    _of_proposal(),
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
    _of_proposal(),
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
    _of_proposal(),
)
views = Table(
    "views",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("proposal_id", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("at", Moment, primary_key=True, autoincrement=False),
    _of_proposal(),
    Index(None, "tenant", "at"),
)
saved_filters = Table(
    "saved_filters",
    metadata,
    _tenant(),
    Column("person", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("query", Text, nullable=False),
)
served_lists = Table(
    "served_lists",
    metadata,
    _tenant(),
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
changes = Table(
    "changes",
    metadata,
    _tenant(),
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
    _tenant(),
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
    _tenant(),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
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
    _tenant(),
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
