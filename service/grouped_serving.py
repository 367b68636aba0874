"""The lists that are served, remembered a moment later and several in one transaction.

A commit that reaches the disk takes longer than the list itself. So a list waits for `WAIT` seconds with
others of its process; a process that is killed loses the lists of that last moment, and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from threading import Lock, Timer
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
        self._timer: Timer | None = None
        self._closed = False

    def record(self, *served: ServedList) -> None:
        """Remember lists soon; WorkspaceError when too many wait because they cannot be written."""
        if len(self._waiting) >= MOST_WAITING:
            self.flush()
        with self._lock:
            self._waiting += served
            self._set_timer(self._wait)

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
                    self._set_timer(WAIT_AFTER_FAILURE)
                raise

    def close(self) -> None:
        """Write what waits, for the last time."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        self._try()

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

    def _set_timer(self, seconds: float) -> None:
        """Have what waits written after so many seconds, if that is not to be done already."""
        if self._timer is None and not self._closed:
            self._timer = Timer(seconds, self._on_time)
            self._timer.daemon = True
            self._timer.start()

    def _on_time(self) -> None:
        with self._lock:
            self._timer = None
        self._try()

    def _try(self) -> None:
        try:
            self.flush()
        except MaillonError as error:
            log.warning("%d served lists wait: %s", len(self._waiting), error)
