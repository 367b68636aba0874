"""The e-mail by which an issuer may vouch for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has one yet."""
    op.add_column("people", sa.Column("email", sa.String))


def downgrade() -> None:
    """E-mails are forgotten."""
    op.drop_column("people", "email")
