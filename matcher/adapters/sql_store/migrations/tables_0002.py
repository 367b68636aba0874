"""The tables of revision 0002 as they were then, whatever the program's tables have become since.

A later revision adds to them with operations of its own; this definition never changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from pgvector.sqlalchemy import VECTOR

VECTORS = sa.LargeBinary().with_variant(VECTOR(), "postgresql")
metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.String, sa.ForeignKey("tenants.name", ondelete="CASCADE"), primary_key=True)


sa.Table(
    "tenants",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),
)
sa.Table(
    "actors",
    metadata,
    _tenant(),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)
sa.Table(
    "actor_texts",
    metadata,
    sa.Column("tenant", sa.String, primary_key=True),
    sa.Column("actor_id", sa.String, primary_key=True),
    sa.Column("key", sa.String, primary_key=True),
    sa.ForeignKeyConstraint(["tenant", "actor_id"], ["actors.tenant", "actors.id"], ondelete="CASCADE"),
    sa.Index(None, "tenant", "key"),
)
sa.Table(
    "contacts",
    metadata,
    _tenant(),
    sa.Column("actor_id", sa.String, primary_key=True),
    sa.Column("name", sa.String),
    sa.Column("email", sa.String),
    sa.Column("phone", sa.String),
)
sa.Table(
    "alliances",
    metadata,
    _tenant(),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("started", sa.Date, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
sa.Table(
    "alliance_members",
    metadata,
    sa.Column("tenant", sa.String, primary_key=True),
    sa.Column("alliance_id", sa.String, primary_key=True),
    sa.Column("actor_id", sa.String, primary_key=True),
    sa.ForeignKeyConstraint(
        ["tenant", "alliance_id"], ["alliances.tenant", "alliances.id"], ondelete="CASCADE"
    ),
    sa.Index(None, "tenant", "actor_id"),
)
sa.Table(
    "vectors",
    metadata,
    _tenant(),
    sa.Column("encoder", sa.String, primary_key=True),
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("vector", VECTORS, nullable=False),
)
sa.Table(
    "proposals",
    metadata,
    _tenant(),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("a", sa.String, nullable=False),
    sa.Column("b", sa.String, nullable=False),
    sa.Column("score", sa.Float(53), nullable=False),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("encoder", sa.String, nullable=False),
    sa.Column("served", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("updated", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("catalyst", sa.String),
    sa.Column("until", sa.Date),
    sa.Column("grade", sa.Integer),
    sa.UniqueConstraint("tenant", "a", "b"),
    sa.Index(None, "tenant", "score", "id"),
    sa.Index(None, "tenant", "b"),
)
sa.Table(
    "proposal_facets",
    metadata,
    sa.Column("tenant", sa.String, primary_key=True),
    sa.Column("proposal_id", sa.String, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("value", sa.String, primary_key=True),
    sa.ForeignKeyConstraint(
        ["tenant", "proposal_id"], ["proposals.tenant", "proposals.id"], ondelete="CASCADE"
    ),
    sa.Index(None, "tenant", "kind", "value"),
)
sa.Table(
    "steps",
    metadata,
    sa.Column("tenant", sa.String, primary_key=True),
    sa.Column("proposal_id", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("before", sa.String, nullable=False),
    sa.Column("after", sa.String, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["tenant", "proposal_id"], ["proposals.tenant", "proposals.id"], ondelete="CASCADE"
    ),
    sa.Index(None, "tenant", "at"),
)
sa.Table(
    "served_lists",
    metadata,
    _tenant(),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("actor_id", sa.String),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("encoder", sa.String, nullable=False),
    sa.Index(None, "tenant", "at"),
    sa.Index(None, "tenant", "actor_id"),
)
sa.Table(
    "served_items",
    metadata,
    sa.Column("tenant", sa.String, primary_key=True),
    sa.Column("list_id", sa.String, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("actor_id", sa.String, nullable=False),
    sa.Column("score", sa.Float(53), nullable=False),
    sa.Column("features", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["tenant", "list_id"], ["served_lists.tenant", "served_lists.id"], ondelete="CASCADE"
    ),
    sa.Index(None, "tenant", "actor_id"),
)
sa.Table(
    "interactions",
    metadata,
    sa.Column("tenant", sa.String, nullable=False),
    sa.Column(
        "number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("list_id", sa.String, nullable=False),
    sa.Column("actor_id", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(
        ["tenant", "list_id"], ["served_lists.tenant", "served_lists.id"], ondelete="CASCADE"
    ),
    sa.Index(None, "tenant", "at"),
    sa.Index(None, "tenant", "list_id"),
    sa.Index(None, "tenant", "actor_id"),
)
sa.Table(
    "changes",
    metadata,
    _tenant(),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("id", sa.String, nullable=False),
    sa.Column("state", sa.String),
    sa.Index(None, "tenant", "id"),
)
sa.Table(
    "webhooks",
    metadata,
    _tenant(),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("secret", sa.String, nullable=False),
    sa.Column("kinds", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
)
sa.Table(
    "deliveries",
    metadata,
    sa.Column("tenant", sa.String, primary_key=True),
    sa.Column("webhook_id", sa.String, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due", sa.BigInteger),
    sa.Column("status", sa.Integer),
    sa.ForeignKeyConstraint(["tenant", "webhook_id"], ["webhooks.tenant", "webhooks.id"], ondelete="CASCADE"),
    sa.Index(None, "due"),
)
sa.Table(
    "replies",
    metadata,
    _tenant(),
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("fingerprint", sa.String, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("tenant", sa.String, sa.ForeignKey("tenants.name", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False, unique=True),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger),
    sa.Column("revoked", sa.BigInteger),
)
sa.Table(
    "people",
    metadata,
    _tenant(),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("password", sa.String),
    sa.Column("subject", sa.String, unique=True),
    sa.Column("territories", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
)
sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("tenant", sa.String, sa.ForeignKey("tenants.name", ondelete="CASCADE"), nullable=False),
    sa.Column("person", sa.String, nullable=False),
    sa.Column("csrf", sa.String, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)
