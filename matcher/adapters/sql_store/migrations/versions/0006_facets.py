"""An index that finds the proposals of a place without reading anything else."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BEFORE = "ix_proposal_facets_tenant_kind_value"
AFTER = f"{BEFORE}_proposal_id"


def upgrade() -> None:
    """One index in place of another."""
    op.create_index(AFTER, "proposal_facets", ["tenant", "kind", "value", "proposal_id"])
    op.drop_index(BEFORE, "proposal_facets")


def downgrade() -> None:
    """The one before again."""
    op.create_index(BEFORE, "proposal_facets", ["tenant", "kind", "value"])
    op.drop_index(AFTER, "proposal_facets")
