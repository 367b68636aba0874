"""The lists that are served, remembered a moment later and several in one transaction.

A commit that reaches the disk takes longer than the list itself. So a list waits for `WAIT` seconds with
others of its process; a process that is killed loses the lists of that last moment, and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from threading import Event, Lock, Thread
from time import sleep

from matcher.errors import MaillonError, UnknownRecordError
from matcher.serving import Interaction, ServedList, Serving

WAIT = 0.05
WAIT_AFTER_FAILURE = 1.0
MOST_WAITING = 1_000
"""Lists that may wait; the next one is refused until they could be written."""
PATIENCE = (0.1, 0.4)
"""Seconds after which a line that nobody knows is looked for again: another worker may still hold it."""
log = logging.getLogger(__name__)


class GroupedServing:
    """A Serving that writes in groups, and before anything is read through it."""

    def __init__(self, serving: Serving, wait: float = WAIT) -> None:
        self._serving = serving
        self._wait = wait
        self._lock = Lock()
        self._writing = Lock()
        self._waiting: list[ServedList] = []
        self._some = Event()
        self._ending = Event()
        self._thread: Thread | None = None

    def record(self, *served: ServedList) -> None:
        """Remember lists soon; WorkspaceError when too many wait because they cannot be written."""
        if len(self._waiting) >= MOST_WAITING:
            self.flush()
        with self._lock:
            self._waiting += served
            if self._thread is None and not self._ending.is_set():
                self._thread = Thread(target=self._follow, name="served-lists", daemon=True)
                self._thread.start()  # once: a thread a group would hold up the request that starts it
        self._some.set()

    def flush(self) -> None:
        """Write what waits; WorkspaceError when that cannot be done, and then it goes on waiting."""
        with self._writing:
            with self._lock:
                given, self._waiting = self._waiting, []
            if not given:
                return
            try:
                self._serving.record(*given)
            except MaillonError:
                with self._lock:
                    self._waiting = given + self._waiting
                raise

    def close(self) -> None:
        """Write what waits, for the last time."""
        self._ending.set()
        self._some.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()
        self._written()

    def interact(self, interactions: Iterable[Interaction]) -> int:
        """How many were kept; UnknownRecordError when a line was not served by any worker."""
        given = list(interactions)
        self.flush()
        for pause in PATIENCE:
            try:
                return self._serving.interact(given)
            except UnknownRecordError:
                sleep(pause)
        return self._serving.interact(given)

    def lists(self, start: datetime | None = None) -> Iterator[ServedList]:
        """Every list since a moment, oldest first."""
        self.flush()
        return self._serving.lists(start)

    def interactions(self, start: datetime | None = None) -> Iterator[Interaction]:
        """Every impression and click since a moment, oldest first."""
        return self._serving.interactions(start)

    def _follow(self) -> None:
        """Write each group a moment after its first list came, until the end."""
        while not self._ending.is_set():
            self._some.wait()
            self._ending.wait(self._wait)
            self._some.clear()
            if not self._ending.is_set() and not self._written():
                self._ending.wait(WAIT_AFTER_FAILURE)
                self._some.set()

    def _written(self) -> bool:
        """Whether nothing waits any more."""
        try:
            self.flush()
        except MaillonError as error:
            log.warning("%d served lists wait: %s", len(self._waiting), error)
            return False
        return True
