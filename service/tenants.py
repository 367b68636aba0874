"""The workspaces of tenants: opened when they are first asked for, shared by all requests."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import RLock

from matcher.assembly import make_encoder, make_parts, make_registry, open_backend
from matcher.backend import Backend, Holdings
from matcher.domain import Role
from matcher.errors import MaillonError
from matcher.registry import Registry
from matcher.reporting import Told, told
from matcher.settings import Settings
from matcher.workspace import Workspace
from service.grouped_serving import GroupedServing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tenant:
    """What a request works on."""

    workspace: Workspace
    holdings: Holdings
    models: Registry
    served: GroupedServing
    """What `holdings.serving` is here."""

    def told(self, start: date, last: date, places: Sequence[str], metier: str | None) -> Told:
        """The report of [start, last] on some places (all when empty) and of one métier (all when None)."""
        actors = self.workspace.matcher().pool.actors
        return told(self.holdings.ledger, actors, self.workspace.parts, start, last, places, metier)

    def follow(self) -> None:
        """Take in what was just written, so that every later question knows it; it is kept in any case."""
        try:
            self.workspace.matcher()
        except MaillonError as error:
            log.warning("not followed yet: %s", error)

    def close(self) -> None:
        """Write what waits, and let go of the store."""
        self.served.close()
        self.workspace.close()


class Tenants:
    """Opens the database and each tenant's workspace once; a failure is tried again by the next request."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = RLock()
        self._backend: Backend | None = None
        self._open: dict[str, Tenant] = {}
        self._encodes = False
        self.warming = False

    @property
    def backend(self) -> Backend:
        """The open database, else WorkspaceError."""
        with self._lock:
            if self._backend is None:
                self._backend = open_backend(self.settings)
            return self._backend

    def of(self, name: str) -> Tenant:
        """A tenant's workspace and holdings, else UnknownRecordError."""
        backend = self.backend
        with self._lock:
            if name not in self._open:
                holdings = backend.holdings(name)
                parts = make_parts(self.settings, tenant=name)
                models = make_registry(self.settings, name)
                served = GroupedServing(holdings.serving)
                holdings = replace(holdings, serving=served)
                self._open[name] = Tenant(Workspace(holdings.store, parts), holdings, models, served)
            return self._open[name]

    def warm(self) -> None:
        """Load the model and build every tenant's index, so that the first request need not wait."""
        self.warming = True
        try:
            self.check_encoder()
            for name in self.backend.tenants():
                workspace = self.of(name).workspace
                workspace.matcher()
                workspace.parts.encoder.encode(["bonjour"], Role.NEED)  # known texts need no model
        except MaillonError as error:
            log.warning("not warmed: %s", error)
        finally:
            gc.collect()
            gc.freeze()  # what is held for good need not be looked through again: half a second each time
            self.warming = False

    def check_encoder(self) -> None:
        """Nothing when texts can be encoded, else EncoderError; the first time it loads the model."""
        if not self._encodes:
            make_encoder(self.settings).encode(["un local pour se réunir"], Role.NEED)
            self._encodes = True

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            for tenant in self._open.values():
                tenant.close()
            self._open.clear()
            if self._backend is not None:
                self._backend.close()
                self._backend = None
