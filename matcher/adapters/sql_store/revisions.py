"""What changed since a version, read by its numbered changes instead of reading everything again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Table, select

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.database import chunks
from matcher.changes import ChangeKind
from matcher.documents import actor_of_document, alliance_of_document
from matcher.domain import ActorId, AllianceId
from matcher.store import Revision

RESTORED = 1 << 40
"""Numbers of a database that was restored n times are above n times this."""
_ACTORS = (ChangeKind.ACTOR_PUT.value, ChangeKind.ACTOR_DELETED.value)
_ALLIANCES = (ChangeKind.ALLIANCE_PUT.value, ChangeKind.ALLIANCE_DELETED.value)


def version_of(connection: Connection, tenant: str) -> int:
    """The number of a tenant's last change of an actor or an alliance."""
    query = select(tables.tenants.c.version).where(tables.tenants.c.name == tenant)
    return int(connection.execute(query).scalar_one())


def after_restoring(versions: Iterable[int]) -> int:
    """A version above these, from which on nobody who holds one of them may count on numbered changes."""
    return (max(versions, default=0) // RESTORED + 1) * RESTORED


def revision_since(connection: Connection, tenant: str, version: int) -> Revision | None:
    """The actors and alliances that changed after a version, as this connection sees them.

    None when the database was restored or put back since: its changes then tell another story.
    """
    now = version_of(connection, tenant)
    if now < version or now // RESTORED != version // RESTORED:
        return None
    row = tables.changes.c
    query = select(row.id, row.kind).where(
        row.tenant == tenant, row.seq > version, row.kind.in_(_ACTORS + _ALLIANCES)
    )
    changed = connection.execute(query).all()
    actors = _documents(connection, tenant, tables.actors, (c.id for c in changed if c.kind in _ACTORS))
    alliances = _documents(
        connection, tenant, tables.alliances, (c.id for c in changed if c.kind in _ALLIANCES)
    )
    return Revision(
        now,
        {ActorId(key): None if d is None else actor_of_document(d) for key, d in actors.items()},
        {AllianceId(key): None if d is None else alliance_of_document(d) for key, d in alliances.items()},
    )


def _documents(
    connection: Connection, tenant: str, table: Table, ids: Iterable[str]
) -> Mapping[str, str | None]:
    """The documents of these ids, None where there is none."""
    found: dict[str, str | None] = dict.fromkeys(ids)
    for chunk in chunks(list(found)):
        query = select(table.c.id, table.c.document).where(table.c.tenant == tenant, table.c.id.in_(chunk))
        found.update({row.id: row.document for row in connection.execute(query)})
    return found
