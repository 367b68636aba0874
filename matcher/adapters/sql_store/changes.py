"""Changes over SQLAlchemy: the numbered feed of one tenant, its webhooks and what is due to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.database import Database, next_numbers, upsert
from matcher.changes import Change, ChangeKind, Delivery, Webhook

TAKEN_FOR = timedelta(seconds=60)
"""How long a delivery that was taken is left to the caller that took it."""


class SqlChanges:
    """The changes of one tenant."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    def last(self) -> int:
        """The number of the latest change."""
        query = select(tables.tenants.c.seq).where(tables.tenants.c.name == self._tenant)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def after(self, seq: int, limit: int, kinds: Iterable[ChangeKind] = ()) -> list[Change]:
        """The next changes, oldest first."""
        row = tables.changes.c
        query = select(tables.changes).where(row.tenant == self._tenant, row.seq > seq)
        wanted = [kind.value for kind in kinds]
        if wanted:
            query = query.where(row.kind.in_(wanted))
        with self._database.reading() as connection:
            return [_change(found) for found in connection.execute(query.order_by(row.seq).limit(limit))]

    def put_webhook(self, webhook: Webhook) -> None:
        """Add or replace a webhook by id; it gets the changes after this call."""
        row = {
            "tenant": self._tenant,
            "id": webhook.id,
            "url": webhook.url,
            "secret": webhook.secret,
            "kinds": sorted(kind.value for kind in webhook.kinds),
            "created": webhook.created,
            "active": webhook.active,
        }
        with self._database.writing(self._tenant) as connection:
            upsert(connection, tables.webhooks, [row])

    def seal_webhook(self, webhook_id: str, before: str, after: str) -> None:
        """Keep a webhook's secret in another form."""
        row = tables.webhooks.c
        mine = (row.tenant == self._tenant, row.id == webhook_id, row.secret == before)
        with self._database.writing(self._tenant) as connection:
            connection.execute(update(tables.webhooks).where(*mine).values(secret=after))
        self._database.scrub()

    def webhooks(self) -> list[Webhook]:
        """Every webhook, by date."""
        row = tables.webhooks.c
        query = select(tables.webhooks).where(row.tenant == self._tenant).order_by(row.created, row.id)
        with self._database.reading() as connection:
            return [_webhook(found) for found in connection.execute(query)]

    def delete_webhook(self, webhook_id: str) -> bool:
        """Whether there was one; what was still to be sent to it is forgotten."""
        row = tables.webhooks.c
        query = delete(tables.webhooks).where(row.tenant == self._tenant, row.id == webhook_id)
        with self._database.writing(self._tenant) as connection:
            return bool(connection.execute(query).rowcount)

    def due(self, now: datetime, limit: int) -> list[tuple[Webhook, Delivery]]:
        """Deliveries to make now; each is left to its taker for TAKEN_FOR."""
        row, change = tables.deliveries.c, tables.changes
        earlier = tables.deliveries.alias().c
        waiting = select(earlier.seq).where(
            earlier.tenant == row.tenant,
            earlier.webhook_id == row.webhook_id,
            earlier.seq < row.seq,
            earlier.due > now,
        )
        query = (
            select(row.webhook_id, row.attempts, row.due, row.status, change)
            .join(change, (change.c.tenant == row.tenant) & (change.c.seq == row.seq))
            .where(row.tenant == self._tenant, row.due <= now, ~waiting.exists())
            .order_by(row.seq, row.webhook_id)
            .limit(limit)
        )
        hooks = {webhook.id: webhook for webhook in self.webhooks()}
        with self._database.writing(self._tenant) as connection:
            found = list(connection.execute(query))
            for one in found:
                taken = update(tables.deliveries).where(
                    row.tenant == self._tenant, row.webhook_id == one.webhook_id, row.seq == one.seq
                )
                connection.execute(taken.values(due=now + TAKEN_FOR))
        return [
            (hooks[one.webhook_id], Delivery(one.webhook_id, _change(one), one.attempts, one.due, one.status))
            for one in found
            if one.webhook_id in hooks
        ]

    def delivered(self, delivery: Delivery) -> None:
        """Note how a delivery went."""
        row = tables.deliveries.c
        query = update(tables.deliveries).where(
            row.tenant == self._tenant,
            row.webhook_id == delivery.webhook_id,
            row.seq == delivery.change.seq,
        )
        values = {"attempts": delivery.attempts, "due": delivery.due, "status": delivery.status}
        with self._database.writing() as connection:
            connection.execute(query.values(values))


def append(
    connection: Connection,
    tenant: str,
    kind: ChangeKind,
    ids: Sequence[str],
    at: datetime,
    state: str | None = None,
) -> None:
    """Number changes of one kind, in the caller's transaction, and make them due to webhooks."""
    first = next_numbers(connection, tenant, len(ids))
    rows = [
        {"tenant": tenant, "seq": first + i, "at": at, "kind": kind.value, "id": one, "state": state}
        for i, one in enumerate(ids)
    ]
    connection.execute(insert(tables.changes), rows)
    hook = tables.webhooks.c
    active = select(hook.id, hook.kinds).where(hook.tenant == tenant, hook.active)
    due = [
        {"tenant": tenant, "webhook_id": found.id, "seq": row["seq"], "attempts": 0, "due": at}
        for found in connection.execute(active)
        if kind.value in found.kinds
        for row in rows
    ]
    if due:
        connection.execute(insert(tables.deliveries), due)


def _change(row: Row[Any]) -> Change:
    return Change(row.seq, row.at, ChangeKind(row.kind), row.id, row.state)


def _webhook(row: Row[Any]) -> Webhook:
    kinds = frozenset(map(ChangeKind, row.kinds))
    return Webhook(row.id, row.url, row.secret, kinds, row.created, row.active)
