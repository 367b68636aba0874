"""Searches for new pairs that a page began: how far each tenant's is, in this process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock, Thread

from matcher.errors import MaillonError

log = logging.getLogger(__name__)
Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Search:
    """One search: actors compared of how many; `added` counts new pairs once it is over."""

    done: int = 0
    total: int = 0
    added: int | None = None
    failed: bool = False

    @property
    def is_working(self) -> bool:
        """Whether it still goes on."""
        return self.added is None and not self.failed


class Searches:
    """At most one search a tenant and person at a time; the last one is remembered until it is told."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[tuple[str, str], Search] = {}

    def begin(self, owner: tuple[str, str], work: Callable[[Advance], int]) -> Thread | None:
        """The thread that does the work, which answers how many pairs it added; None while one goes on."""
        with self._lock:
            if (held := self._held.get(owner)) is not None and held.is_working:
                return None
            self._held[owner] = Search()
        thread = Thread(target=self._run, args=(owner, work), name="search", daemon=True)
        thread.start()
        return thread

    def told(self, owner: tuple[str, str]) -> Search | None:
        """How far it is; one that is over is told once."""
        with self._lock:
            held = self._held.get(owner)
            if held is not None and not held.is_working:
                del self._held[owner]
            return held

    def _run(self, owner: tuple[str, str], work: Callable[[Advance], int]) -> None:
        def advance(done: int, total: int) -> None:
            self._put(owner, replace(self._held[owner], done=done, total=total))

        try:
            self._put(owner, replace(self._held[owner], added=work(advance)))
        except MaillonError as error:
            log.warning("a search failed: %s", error)
            self._put(owner, replace(self._held[owner], failed=True))
        except Exception:
            log.exception("a search failed")
            self._put(owner, replace(self._held[owner], failed=True))

    def _put(self, owner: tuple[str, str], search: Search) -> None:
        with self._lock:
            self._held[owner] = search
