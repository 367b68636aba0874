"""Actors, contacts, alliances and vectors of one workspace."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of the first files."""
    op.create_table(
        "maillon",
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.execute("INSERT INTO maillon (schema_version, version) VALUES (1, 0)")
    op.create_table(
        "actors",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "actor_texts",
        sa.Column("actor_id", sa.String, sa.ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
    )
    op.create_index("actor_texts_by_key", "actor_texts", ["key"])
    op.create_table(
        "contacts",
        sa.Column("actor_id", sa.String, primary_key=True),
        sa.Column("name", sa.String),
        sa.Column("email", sa.String),
        sa.Column("phone", sa.String),
    )
    op.create_table(
        "alliances",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("started", sa.Date, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "alliance_members",
        sa.Column(
            "alliance_id", sa.String, sa.ForeignKey("alliances.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("actor_id", sa.String, primary_key=True),
    )
    op.create_index("alliance_members_by_actor", "alliance_members", ["actor_id"])
    op.create_table(
        "vectors",
        sa.Column("encoder", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Nothing is left."""
    for table in (
        "vectors",
        "alliance_members",
        "alliances",
        "contacts",
        "actor_texts",
        "actors",
        "maillon",
    ):
        op.drop_table(table)
