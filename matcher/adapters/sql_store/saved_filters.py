"""Saved filters over SQLAlchemy."""

from __future__ import annotations

from sqlalchemy import delete, select

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.database import Database, upsert
from matcher.errors import InputError
from matcher.saved_filters import LONGEST_NAME, MOST, SavedFilter


class SqlSavedFilters:
    """The filters of one tenant's people."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    def put(self, saved: SavedFilter) -> None:
        """Add or replace by person and name."""
        if not 0 < len(saved.name.strip()) <= LONGEST_NAME:
            raise InputError("name", saved.name, f"expected 1 to {LONGEST_NAME} characters")
        held = {one.name for one in self.of(saved.person)}
        if saved.name not in held and len(held) >= MOST:
            raise InputError("name", saved.name, f"{MOST} filters are kept at most; delete one first")
        row = {"person": saved.person, "name": saved.name, "query": saved.query}
        with self._database.writing() as connection:
            upsert(connection, tables.saved_filters, [row | {"tenant": self._tenant}])

    def of(self, person: str) -> list[SavedFilter]:
        """Those of a person, by name."""
        row = tables.saved_filters.c
        query = select(tables.saved_filters).where(row.tenant == self._tenant, row.person == person)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(row.name)).all()
        return [SavedFilter(one.person, one.name, one.query) for one in found]

    def delete(self, person: str, name: str) -> None:
        """Forget one."""
        row = tables.saved_filters.c
        mine = (row.tenant == self._tenant) & (row.person == person) & (row.name == name)
        with self._database.writing() as connection:
            connection.execute(delete(tables.saved_filters).where(mine))
