"""Backend over SQLAlchemy: one database, all tenants."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from sqlalchemy import delete, select

from matcher.access import DEFAULT_TENANT
from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.access import SqlAccess
from matcher.adapters.sql_store.backup import read_backup, write_backup
from matcher.adapters.sql_store.changes import SqlChanges
from matcher.adapters.sql_store.database import Database, insert_missing, upsert
from matcher.adapters.sql_store.erasure import sweep
from matcher.adapters.sql_store.ledger import SqlLedger
from matcher.adapters.sql_store.proposals import SqlProposals
from matcher.adapters.sql_store.saved_filters import SqlSavedFilters
from matcher.adapters.sql_store.serving import SqlServing
from matcher.adapters.sql_store.store import SqlStore
from matcher.adapters.sql_store.work import SqlDrafts, SqlViews
from matcher.backend import Holdings, KeptReply
from matcher.errors import InputError, UnknownRecordError

REPLIES_KEPT = timedelta(days=1)
_TENANT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class SqlReplies:
    """Answers of one tenant by idempotency key."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    def get(self, key: str, now: datetime) -> KeptReply | None:
        """The answer given to this key less than a day ago."""
        row = tables.replies.c
        query = select(tables.replies).where(
            row.tenant == self._tenant, row.key == key, row.at > now - REPLIES_KEPT
        )
        with self._database.reading() as connection:
            found = connection.execute(query).one_or_none()
        if found is None:
            return None
        return KeptReply(found.key, found.fingerprint, found.status, found.body, found.at)

    def put(self, reply: KeptReply) -> None:
        """Remember an answer; older than a day are forgotten."""
        row = {name: getattr(reply, name) for name in ("key", "fingerprint", "status", "body", "at")}
        with self._database.writing() as connection:
            connection.execute(delete(tables.replies).where(tables.replies.c.at <= reply.at - REPLIES_KEPT))
            upsert(connection, tables.replies, [row | {"tenant": self._tenant}])


class SqlBackend:
    """An open database; the tenant `default` is always there."""

    def __init__(self, url: str) -> None:
        """Open a sqlite:/// or postgresql:// URL; WorkspaceError when that cannot be done."""
        self._database = Database(url)

    @cached_property
    def access(self) -> SqlAccess:
        """Keys, people and sessions."""
        return SqlAccess(self._database)

    def tenants(self) -> list[str]:
        """The names of the tenants, in order."""
        with self._database.reading() as connection:
            return sorted(connection.execute(select(tables.tenants.c.name)).scalars())

    def add_tenant(self, name: str) -> None:
        """Make a tenant; one that exists is left as it is."""
        if not _TENANT_NAME.fullmatch(name):
            expected = "expected lower-case letters, digits, - and _, at most 63, not starting with - or _"
            raise InputError("tenant", name, expected)
        with self._database.writing() as connection:
            insert_missing(connection, tables.tenants, [{"name": name}])

    def holdings(self, tenant: str = DEFAULT_TENANT) -> Holdings:
        """What is kept for a tenant, else UnknownRecordError."""
        if tenant not in self.tenants():
            raise UnknownRecordError("tenant", tenant)
        database = self._database
        return Holdings(
            tenant=tenant,
            store=SqlStore(database, tenant),
            proposals=SqlProposals(database, tenant),
            serving=SqlServing(database, tenant),
            changes=SqlChanges(database, tenant),
            replies=SqlReplies(database, tenant),
            drafts=SqlDrafts(database, tenant),
            views=SqlViews(database, tenant),
            ledger=SqlLedger(database, tenant),
            saved_filters=SqlSavedFilters(database, tenant),
        )

    def backup(self, path: Path) -> int:
        """How many rows were written to a file."""
        return write_backup(self._database, path)

    def restore(self, path: Path, *, force: bool) -> int:
        """How many rows of a backup replaced what was held."""
        return read_backup(self._database, path, force=force)

    def sweep(self) -> int:
        """How many rows that belong to nothing were erased; the files hold nothing erased afterwards."""
        return sweep(self._database)

    def ping(self) -> None:
        """Nothing when the database answers and takes writes, else WorkspaceError."""
        self._database.ping()

    def close(self) -> None:
        """Let go of files and connections."""
        self._database.close()


def default_store(url: str) -> SqlStore:
    """The default tenant's store of a database that it closes itself."""
    return SqlStore(Database(url), DEFAULT_TENANT, owns_database=True)
