"""Serving over SQLAlchemy: the lists served to one tenant, and what was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, insert, select

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.database import Database, chunks
from matcher.adapters.sql_store.tables import column_names
from matcher.domain import ActorId
from matcher.errors import UnknownRecordError
from matcher.serving import Interaction, InteractionKind, ListId, ServedItem, ServedList


class SqlServing:
    """The lists of one tenant."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    def record(self, *served: ServedList) -> None:
        """Remember lists, but for those of, and the lines of, actors who were erased meanwhile."""
        with self._database.writing(self._tenant) as connection:
            there = self._there(connection, served)
            kept = [one for one in served if one.actor_id is None or one.actor_id in there]
            lines = [self._line(one, item) for one in kept for item in one.items if item.actor_id in there]
            for table, rows in (
                (tables.served_lists, [self._head(one) for one in kept]),
                (tables.served_items, lines),
            ):
                if rows:
                    connection.execute(insert(table), rows)

    def _there(self, connection: Connection, served: Iterable[ServedList]) -> set[str]:
        """Which of the actors of these lists are held."""
        named = {item.actor_id for one in served for item in one.items}
        named |= {one.actor_id for one in served if one.actor_id is not None}
        actor = tables.actors.c
        query = select(actor.id).where(actor.tenant == self._tenant)
        return {
            one
            for chunk in chunks(sorted(named))
            for one in connection.execute(query.where(actor.id.in_(chunk))).scalars()
        }

    def _head(self, served: ServedList) -> dict[str, Any]:
        names = (name for name in column_names(tables.served_lists) if name != "tenant")
        return {"tenant": self._tenant} | {name: getattr(served, name) for name in names}

    def _line(self, served: ServedList, item: ServedItem) -> dict[str, Any]:
        return {
            "tenant": self._tenant,
            "list_id": served.id,
            "position": item.position,
            "actor_id": item.actor_id,
            "score": item.score,
            "features": dict(item.features),
        }

    def interact(self, interactions: Iterable[Interaction]) -> int:
        """How many were kept; UnknownRecordError when a line was never served, and then none is."""
        given = list(interactions)
        item = tables.served_items.c
        query = select(item.list_id, item.position, item.actor_id).where(item.tenant == self._tenant)
        with self._database.writing() as connection:
            served: set[tuple[str, int, str]] = set()
            for chunk in chunks(list(dict.fromkeys(one.list_id for one in given))):
                found = connection.execute(query.where(item.list_id.in_(chunk)))
                served |= {(row.list_id, row.position, row.actor_id) for row in found}
            for one in given:
                if (one.list_id, one.position, one.actor_id) not in served:
                    raise UnknownRecordError("list", f"{one.list_id}, {one.actor_id} at {one.position}")
            rows = [
                {
                    "tenant": self._tenant,
                    "list_id": one.list_id,
                    "actor_id": one.actor_id,
                    "kind": one.kind.value,
                    "position": one.position,
                    "at": one.at,
                }
                for one in given
            ]
            if rows:
                connection.execute(insert(tables.interactions), rows)
        return len(given)

    def lists(self, start: datetime | None = None) -> Iterator[ServedList]:
        """Every list since a moment, oldest first."""
        head, item = tables.served_lists.c, tables.served_items.c
        query = (
            select(
                tables.served_lists, item.position, item.actor_id.label("other"), item.score, item.features
            )
            .outerjoin(tables.served_items, (item.tenant == head.tenant) & (item.list_id == head.id))
            .where(head.tenant == self._tenant)
            .order_by(head.at, head.id, item.position)
        )
        if start is not None:
            query = query.where(head.at >= start)
        with self._database.reading() as connection:
            rows = list(connection.execute(query))
        for _, lines in groupby(rows, key=lambda row: row.id):
            held = list(lines)
            first = held[0]
            yield ServedList(
                id=ListId(first.id),
                at=first.at,
                kind=first.kind,
                actor_id=None if first.actor_id is None else ActorId(first.actor_id),
                model=first.model,
                encoder=first.encoder,
                items=tuple(
                    ServedItem(row.position, ActorId(row.other), row.score, row.features)
                    for row in held
                    if row.position is not None
                ),
            )

    def interactions(self, start: datetime | None = None) -> Iterator[Interaction]:
        """Every impression and click since a moment, oldest first."""
        row = tables.interactions.c
        query = select(tables.interactions).where(row.tenant == self._tenant).order_by(row.at, row.number)
        if start is not None:
            query = query.where(row.at >= start)
        with self._database.reading() as connection:
            found = list(connection.execute(query))
        for one in found:
            kind = InteractionKind(one.kind)
            yield Interaction(ListId(one.list_id), ActorId(one.actor_id), kind, one.position, one.at)
