"""What a step did as columns, needs that proposals cite, drafts of introductions, and who looked at what.

Going back forgets drafts and views; the rest is in what the proposals and steps hold anyway.
"""

import calendar
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CLEAR = 0.5
MONTHS = (3, 6, 12)
SECOND = 1_000_000
NEW_STEP_COLUMNS = ("action", "person", "minutes", "activity", "undone")
INDEXES = (
    ("steps", ["tenant", "action", "at"]),
    ("proposals", ["tenant", "until"]),
    ("proposals", ["tenant", "state", "updated"]),
)
PROPOSALS = sa.table(
    "proposals",
    *(sa.column(name) for name in ("tenant", "id", "state", "served")),
    sa.column("until", sa.Date),
)
STEPS = sa.table(
    "steps",
    *(sa.column(name) for name in ("tenant", "proposal_id", "number", "at", "before", "after", "decision")),
    *(sa.column(name) for name in NEW_STEP_COLUMNS),
)


def upgrade() -> None:
    """Columns and tables, then what the steps and proposals of before say of them."""
    op.add_column("steps", sa.Column("action", sa.String, nullable=False, server_default=""))
    op.add_column("steps", sa.Column("person", sa.String, nullable=False, server_default=""))
    op.add_column("steps", sa.Column("minutes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("steps", sa.Column("activity", sa.String))
    op.add_column("steps", sa.Column("undone", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("proposals", sa.Column("next_activity", sa.String))
    needs = _of_proposal(
        "proposal_needs",
        sa.Column("actor_id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        keys=2,
    )
    _of_proposal(
        "drafts",
        sa.Column("actor_id", sa.String, nullable=False),
        sa.Column("lang", sa.String, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        keys=1,
    )
    _of_proposal(
        "views",
        sa.Column("person", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        keys=2,
    )
    op.create_index("ix_proposal_needs_tenant_actor_id_key", "proposal_needs", ["tenant", "actor_id", "key"])
    op.create_index("ix_views_tenant_at", "views", ["tenant", "at"])
    for table, columns in INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    _fill(op.get_bind(), needs)


def downgrade() -> None:
    """The tables of revision 0003 again."""
    for table, columns in INDEXES:
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
    for table in ("views", "drafts", "proposal_needs"):
        op.drop_table(table)
    op.drop_column("proposals", "next_activity")
    for column in reversed(NEW_STEP_COLUMNS):
        op.drop_column("steps", column)


def _of_proposal(name: str, *columns: sa.Column[Any], keys: int) -> sa.Table:
    """A new table of rows that go with their proposal; its key ends in the first `keys` columns."""
    key = ["tenant", "proposal_id", *(column.name for column in columns[:keys])]
    return op.create_table(
        name,
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("proposal_id", sa.String, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"),
        sa.ForeignKeyConstraint(
            ["tenant", "proposal_id"],
            ["proposals.tenant", "proposals.id"],
            name=f"fk_{name}_proposals",
            ondelete="CASCADE",
        ),
    )


def _fill(bind: sa.Connection, needs: sa.Table) -> None:
    for proposal in bind.execute(sa.select(PROPOSALS)).all():
        cited = _needs_cited(json.loads(proposal.served))
        if cited:
            ids = {"tenant": proposal.tenant, "proposal_id": proposal.id}
            bind.execute(
                sa.insert(needs), [{**ids, "actor_id": actor, "key": key} for actor, key in sorted(cited)]
            )
        of_proposal = (STEPS.c.tenant == proposal.tenant) & (STEPS.c.proposal_id == proposal.id)
        steps = bind.execute(sa.select(STEPS).where(of_proposal).order_by(STEPS.c.number)).all()
        undone = _undone(steps)
        for step in steps:
            said = json.loads(step.decision)
            values = {
                "action": said["action"],
                "person": said["by"],
                "minutes": said["minutes"],
                "activity": said["activity"],
                "undone": step.number in undone,
            }
            bind.execute(sa.update(STEPS).where(of_proposal, STEPS.c.number == step.number).values(values))
        due = _due(steps) if proposal.state == "alliance" else None
        if due is not None:
            mine = (PROPOSALS.c.tenant == proposal.tenant) & (PROPOSALS.c.id == proposal.id)
            bind.execute(sa.update(PROPOSALS).where(mine).values(until=due))


def _needs_cited(served: Mapping[str, Any]) -> set[tuple[str, str]]:
    links = [*served.get("needs_met", ()), *served.get("skills_wanted", ())]
    return {
        (link["need_actor"], hashlib.sha256(f"need\n{link['need']}".encode()).hexdigest())
        for link in links
        if link.get("need_actor") and link.get("strength", 0) >= CLEAR
    }


def _undone(steps: Sequence[sa.Row[Any]]) -> set[int]:
    """The numbers of the moves that a later undo took back."""
    standing: list[int] = []
    undone: set[int] = set()
    for step in steps:
        if json.loads(step.decision)["action"] == "undo":
            if standing:
                undone.add(standing.pop())
        elif step.before != step.after:
            standing.append(step.number)
    return undone


def _due(steps: Sequence[sa.Row[Any]]) -> date | None:
    """When the alliance that the steps led to is to be followed up next."""
    said = [
        (json.loads(step.decision)["action"], datetime.fromtimestamp(step.at // SECOND, UTC).date())
        for step in steps
    ]
    allied = [place for place, (action, _) in enumerate(said) if action == "ally"]
    if not allied:
        return None
    began = said[allied[-1]][1]
    last = max((day for action, day in said[allied[-1] :] if action == "follow_up"), default=began)
    return next((due for due in (_later(began, month) for month in MONTHS) if due > last), None)


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
