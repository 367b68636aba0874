"""Everything that is kept, by tenant: what a service opens once and asks for each tenant's part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from matcher.access import Access
from matcher.changes import Changes
from matcher.drafts import Drafts
from matcher.proposals import Proposals
from matcher.report import Ledger
from matcher.saved_filters import SavedFilters
from matcher.serving import Serving
from matcher.store import Store
from matcher.views import Views


@dataclass(frozen=True, slots=True)
class KeptReply:
    """The answer to a write that named an idempotency key; `fingerprint` is that of the request."""

    key: str
    fingerprint: str
    status: int
    body: str
    at: datetime


class Replies(Protocol):
    """Keeps answers of one tenant by idempotency key, for a day."""

    def get(self, key: str, now: datetime) -> KeptReply | None:
        """The answer given to this key less than a day ago."""

    def put(self, reply: KeptReply) -> None:
        """Remember an answer; older than a day are forgotten."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is kept for one tenant."""

    tenant: str
    store: Store
    proposals: Proposals
    serving: Serving
    changes: Changes
    replies: Replies
    drafts: Drafts
    views: Views
    ledger: Ledger
    saved_filters: SavedFilters


class Backend(Protocol):
    """One database, all tenants."""

    @property
    def access(self) -> Access:
        """Keys, people and sessions."""

    def tenants(self) -> list[str]:
        """The names of the tenants, in order."""

    def add_tenant(self, name: str) -> None:
        """Make a tenant; InputError for a name that is no identifier. One that exists is left as it is."""

    def holdings(self, tenant: str) -> Holdings:
        """What is kept for a tenant, else UnknownRecordError."""

    def backup(self, path: Path) -> int:
        """How many rows were written to a file: all that is held, of every tenant, at one moment."""

    def restore(self, path: Path, *, force: bool) -> int:
        """How many rows of a backup replaced what was held; WorkspaceError unless empty or forced."""

    def sweep(self) -> int:
        """How many rows that belong to nothing were erased; the files hold nothing erased afterwards.

        Others may wait meanwhile: for a quiet hour.
        """

    def ping(self) -> None:
        """Nothing when the database answers and takes writes, else WorkspaceError."""

    def close(self) -> None:
        """Let go of files and connections."""
