"""What the tables share: their names' conventions, and the keys that lead to a tenant or a proposal."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, MetaData, String, Table

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


def of_tenant() -> Column[str]:
    """The first column of a primary key: whose the row is; it goes with its tenant."""
    return Column("tenant", String, ForeignKey("tenants.name", ondelete="CASCADE"), primary_key=True)


def of_proposal() -> ForeignKeyConstraint:
    """A row that goes with its proposal."""
    return ForeignKeyConstraint(
        ["tenant", "proposal_id"], ["proposals.tenant", "proposals.id"], ondelete="CASCADE"
    )
