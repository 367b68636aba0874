"""An index that puts the queue in its order without reading the proposals themselves."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = "ix_proposals_tenant_state_score_id"
AFTER = f"{BEFORE}_a_b_until"


def upgrade() -> None:
    """One index in place of another."""
    op.create_index(AFTER, "proposals", ["tenant", "state", "score", "id", "a", "b", "until"])
    op.drop_index(BEFORE, "proposals")


def downgrade() -> None:
    """The one before again."""
    op.create_index(BEFORE, "proposals", ["tenant", "state", "score", "id"])
    op.drop_index(AFTER, "proposals")
