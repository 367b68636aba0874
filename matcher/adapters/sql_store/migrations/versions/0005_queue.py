"""Filters that people save, and the words that proposals are searched by, also those of before."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from matcher.territory import fold

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEX = "ix_proposals_tenant_state_score_id"
PROPOSALS = sa.table("proposals", *(sa.column(name) for name in ("tenant", "id", "served", "words")))


def upgrade() -> None:
    """A table, a column and an index."""
    op.create_table(
        "saved_filters",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person", "name", name="pk_saved_filters"),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.name"], name="fk_saved_filters_tenants", ondelete="CASCADE"
        ),
    )
    op.add_column("proposals", sa.Column("words", sa.Text, nullable=False, server_default=""))
    op.create_index(INDEX, "proposals", ["tenant", "state", "score", "id"])
    bind = op.get_bind()
    for row in bind.execute(sa.select(PROPOSALS)).all():
        mine = (PROPOSALS.c.tenant == row.tenant) & (PROPOSALS.c.id == row.id)
        bind.execute(sa.update(PROPOSALS).where(mine).values(words=_words(json.loads(row.served))))


def downgrade() -> None:
    """Saved filters are forgotten."""
    op.drop_index(INDEX, "proposals")
    op.drop_column("proposals", "words")
    op.drop_table("saved_filters")


def _words(served: dict[str, Any]) -> str:
    said = [served.get(side, {}).get(key) or "" for side in ("actor", "other") for key in ("name", "commune")]
    said += [link["need"] for side in ("needs_met", "skills_wanted") for link in served.get(side, ())]
    return fold(" ".join(said))
