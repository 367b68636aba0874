"""A tenant in every row, and proposals, lists served, changes, webhooks, keys and people.

What a file held before belongs to the tenant `default`. Going back keeps that tenant's actors, contacts
and alliances; vectors are encoded again.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from alembic.script import ScriptDirectory

from matcher.adapters.sql_store.migrations.tables_0002 import metadata

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT = "default"
KEPT = {
    "actors": ("id", "document"),
    "actor_texts": ("actor_id", "key"),
    "contacts": ("actor_id", "name", "email", "phone"),
    "alliances": ("id", "started", "document"),
    "alliance_members": ("alliance_id", "actor_id"),
}
INDEXES = {"actor_texts": "actor_texts_by_key", "alliance_members": "alliance_members_by_actor"}


def upgrade() -> None:
    """Every table anew with its tenant, then what was held."""
    for table, index in INDEXES.items():
        op.drop_index(index, table)
    for table in [*KEPT, "vectors"]:
        op.rename_table(table, f"old_{table}")
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    metadata.create_all(bind)
    version = bind.execute(sa.text("SELECT max(version) FROM maillon")).scalar() or 0
    tenants = metadata.tables["tenants"]
    bind.execute(sa.insert(tenants).values(name=TENANT, version=version, seq=0))
    for table, columns in KEPT.items():
        names = ", ".join(columns)
        source = f"SELECT '{TENANT}', {names} FROM old_{table}"  # noqa: S608 (our own names)
        op.execute(f"INSERT INTO {table} (tenant, {names}) {source}")
    if bind.dialect.name == "sqlite":  # the same bytes; PostgreSQL's type is another, so encode again
        source = f"SELECT '{TENANT}', encoder, key, vector FROM old_vectors"  # noqa: S608
        op.execute(f"INSERT INTO vectors (tenant, encoder, key, vector) {source}")
    for table in ["vectors", *reversed(KEPT)]:
        op.drop_table(f"old_{table}")
    op.drop_table("maillon")


def downgrade() -> None:
    """The first tables again, with what the default tenant holds."""
    bind = op.get_bind()
    version = bind.execute(sa.text(f"SELECT version FROM tenants WHERE name = '{TENANT}'")).scalar()  # noqa: S608
    for table, columns in KEPT.items():
        names = ", ".join(columns)
        source = f"SELECT {names} FROM {table} WHERE tenant = '{TENANT}'"  # noqa: S608
        op.execute(f"CREATE TABLE kept_{table} AS {source}")
    for table in reversed(metadata.sorted_tables):
        op.drop_table(table.name)
    ScriptDirectory(str(Path(__file__).parents[1])).get_revision("0001").module.upgrade()
    op.execute(sa.text("UPDATE maillon SET version = :version").bindparams(version=version or 0))
    for table, columns in KEPT.items():
        names = ", ".join(columns)
        op.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM kept_{table}")  # noqa: S608
        op.drop_table(f"kept_{table}")
