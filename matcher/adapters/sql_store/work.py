"""Drafts and views over SQLAlchemy: what people write and open on the way to an alliance."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, insert, select

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.database import Database, upsert
from matcher.domain import ActorId
from matcher.drafts import Draft, check_draft
from matcher.taxonomy import Lang
from matcher.views import KEPT, SAME, View


class SqlDrafts:
    """The drafts of one tenant."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    def put(self, drafts: list[Draft]) -> None:
        """Keep drafts in place of those before."""
        rows = [
            {
                "tenant": self._tenant,
                "proposal_id": draft.proposal_id,
                "actor_id": draft.to,
                "lang": draft.lang.value,
                "subject": draft.subject,
                "body": draft.body,
                "person": draft.person,
                "at": draft.at,
            }
            for draft in map(check_draft, drafts)
        ]
        with self._database.writing(self._tenant) as connection:
            upsert(connection, tables.drafts, rows)

    def of(self, proposal_id: str) -> dict[ActorId, Draft]:
        """The drafts of a proposal, by whom they are to."""
        row = tables.drafts.c
        query = select(tables.drafts).where(row.tenant == self._tenant, row.proposal_id == proposal_id)
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return {
            ActorId(one.actor_id): Draft(
                one.proposal_id,
                ActorId(one.actor_id),
                Lang(one.lang),
                one.subject,
                one.body,
                one.person,
                one.at,
            )
            for one in found
        }


class SqlViews:
    """The views of one tenant."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    def record(self, view: View) -> None:
        """Remember a view, unless it is the same as the one before; forget those of over a year ago."""
        row = tables.views.c
        same = select(row.at).where(
            row.tenant == self._tenant,
            row.proposal_id == view.proposal_id,
            row.person == view.person,
            row.at > view.at - SAME,
        )
        with self._database.reading() as connection:
            if connection.execute(same.limit(1)).first() is not None:
                return
        with self._database.writing(self._tenant) as connection:
            old = delete(tables.views).where(row.tenant == self._tenant, row.at <= view.at - KEPT)
            connection.execute(old)
            if connection.execute(same.limit(1)).first() is None:
                connection.execute(insert(tables.views), [asdict(view) | {"tenant": self._tenant}])

    def of(self, proposal_id: str, limit: int) -> list[View]:
        """The latest views of a proposal, the last first."""
        row = tables.views.c
        query = select(tables.views).where(row.tenant == self._tenant, row.proposal_id == proposal_id)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(row.at.desc(), row.person).limit(limit)).all()
        return [View(one.proposal_id, one.person, one.at) for one in found]
