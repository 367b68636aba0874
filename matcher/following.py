"""The matcher on a store as it is now: built once, then following each change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Event, Lock, RLock, Thread

from matcher.candidates import build_indexes, extend
from matcher.complementarity import ComplementarityConfig
from matcher.domain import Actor, ActorId
from matcher.embedding_cache import Progress, encode_words
from matcher.encoder import Encoder, FloatArray
from matcher.errors import MaillonError
from matcher.history import Alliances, History, alliances_of, build_history, revised_history
from matcher.index import VectorIndex
from matcher.lexicon import Lexicon
from matcher.pipeline import Matcher
from matcher.pool import Moves, Pool, build_pool, restated_pool, revised_pool, unsaid
from matcher.ranking import Ranking
from matcher.store import Revision, Store
from matcher.taxonomy import Lang, Taxonomy
from matcher.territory import Gazetteer
from matcher.text import Words, words_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UpkeepConfig:
    """When what is estimated over a whole pool is estimated again.

    With every change that says something else in a pool of up to `at_once_up_to` actors, or when such
    changes reach the share `at_once_share` of the actors. Else in the background, from `share` on, while
    the matcher that is held answers.
    """

    at_once_up_to: int = 1_000
    at_once_share: float = 0.25
    share: float = 0.02


@dataclass(frozen=True, slots=True)
class Parts:
    """What a workspace is made of; `make_index(dimension, count)` makes an empty index.

    `ranking` gives what ranks now: a promotion counts from the next request.
    """

    encoder: Encoder
    make_index: Callable[[int, int], VectorIndex]
    ranking: Callable[[], Ranking]
    taxonomy: Taxonomy
    gazetteer: Gazetteer
    lexicon: Lexicon
    clock: Callable[[], date]
    lang: Lang
    complementarity: ComplementarityConfig = field(default_factory=ComplementarityConfig)
    upkeep: UpkeepConfig = field(default_factory=UpkeepConfig)
    follow_after: float = 0.2
    """Seconds after which `Follower.recent` follows what was put: whoever put it has encoded it by then."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A matcher, and the version of the store that it stands for."""

    matcher: Matcher
    version: int
    drift: int = 0
    """How many actors came, went or said something else since the last estimate."""


class Follower:
    """Holds the matcher on a store; safe to ask from several threads at once.

    `matcher` is never older than the store was when it was asked for; `recent` does not wait for what was
    put meanwhile. Whoever holds a matcher keeps it as it was: a change makes a new one, which shares what
    the change left alone.
    """

    def __init__(self, store: Store, parts: Parts) -> None:
        self._store = store
        self._parts = parts
        self._lock = RLock()
        self._held: _Held | None = None
        self._restating: Thread | None = None
        self._following: Thread | None = None
        self._encoding, self._starting = Lock(), Lock()
        self._failed = False
        self._closing = Event()

    def matcher(self, on_progress: Progress | None = None) -> Matcher:
        """The matcher on the store as it is now."""
        version, held = self._store.version, self._held
        if held is None or held.version != version or not self._is_of_now(held.matcher):
            held = self._caught_up(on_progress)
        return held.matcher

    def recent(self, asker: ActorId | None = None) -> Matcher:
        """The matcher that is held, if it names nobody who is gone and knows the asker as it is now.

        What else was put is followed behind it; when that fails, the next question waits and meets the error.
        """
        version, held = self._store.version, self._held
        if held is None or not self._is_of_now(held.matcher):
            return self.matcher()
        if held.version != version:
            revision = self._store.changed_since(held.version)
            if self._failed or revision is None or asker in revision.actors:
                return self.matcher()
            self._follow_soon()
            if any(one in held.matcher.pool.rows for one in _gone(revision)):
                return self._without_who_is_gone(held)
        return held.matcher

    def _without_who_is_gone(self, held: _Held) -> Matcher:
        """What is held, less those who were deleted since; what was put is left for later, not encoded."""
        with self._lock:
            held = self._held or held
            revision = self._store.changed_since(held.version)
            if revision is not None:
                gone = replace(revision, version=held.version, actors=dict.fromkeys(_gone(revision)))
                held = self._held = self._revised(held, gone, None)
                return held.matcher
        return self.matcher()

    def _follow_soon(self) -> None:
        with self._starting:
            if self._following is None and not self._closing.is_set():
                self._following = Thread(target=self._follow, name="following", daemon=True)
                self._following.start()

    def _follow(self) -> None:
        """Catch up once, after a moment; whether that failed is for the next question to find out."""
        done = False
        try:
            if not self._closing.wait(self._parts.follow_after):
                self.matcher()
            done = True
        except MaillonError as error:
            log.warning("what was put is not followed yet: %s", error)
        finally:
            self._failed, self._following = not done, None

    def _is_of_now(self, matcher: Matcher) -> bool:
        return (matcher.today, matcher.ranking) == (self._parts.clock(), self._parts.ranking())

    def close(self) -> None:
        """Wait for what runs in the background."""
        self._closing.set()
        with self._starting:
            running = self._following, self._restating
        for thread in running:
            if thread is not None:
                thread.join()

    def _caught_up(self, on_progress: Progress | None) -> _Held:
        self._encode_ahead(on_progress)
        with self._lock:
            held = self._held = self._of_now(self._held, on_progress)
            self._failed = False
            return held

    def _encode_ahead(self, on_progress: Progress | None) -> None:
        """Have the store know the vectors of what was put, so that none waits at the lock for the encoder.

        One at a time: the next finds in the store what the one before has encoded.
        """
        with self._encoding:
            held = self._held
            revision = None if held is None else self._store.changed_since(held.version)
            if held is None or revision is None:
                return
            put = [actor for actor in revision.actors.values() if actor is not None]
            new = unsaid(held.matcher.pool, put)
            if new:
                self._encode(new, on_progress)

    def _of_now(self, held: _Held | None, on_progress: Progress | None) -> _Held:
        """What is held, followed to the store as it is now; built when nothing is held."""
        version = self._store.version
        if held is not None and held.matcher.pool.encoder != self._parts.encoder.name:
            held = None
        if held is not None and version != held.version:
            revision = self._store.changed_since(held.version)
            held = None if revision is None else self._settled(self._revised(held, revision, on_progress))
        if held is None:
            held = _Held(self._build(on_progress), version)
        if not self._is_of_now(held.matcher):
            today, ranking = self._parts.clock(), self._parts.ranking()
            held = replace(held, matcher=replace(held.matcher, today=today, ranking=ranking))
        return held

    def _build(self, on_progress: Progress | None) -> Matcher:
        parts = self._parts
        pool = build_pool(
            list(self._store.actors()),
            lambda words: self._encode(words, on_progress),
            parts.encoder.name,
            parts.complementarity,
        )
        alliances = alliances_of(self._store.alliances())
        return Matcher(
            pool=pool,
            history=build_history(alliances, pool.rows),
            alliances=alliances,
            indexes=build_indexes(pool.complementarity, parts.make_index),
            ranking=parts.ranking(),
            taxonomy=parts.taxonomy,
            gazetteer=parts.gazetteer,
            lexicon=parts.lexicon,
            today=parts.clock(),
        )

    def _revised(self, held: _Held, revision: Revision, on_progress: Progress | None) -> _Held:
        before = held.matcher
        changed = {one: a for one, a in revision.actors.items() if a != _actor(before.pool, one)}
        pool, moves = revised_pool(before.pool, changed, lambda words: self._encode(words, on_progress))
        extend(before.indexes, before.pool.complementarity, pool.complementarity)
        alliances = before.alliances.revised(revision.alliances)
        after = replace(
            before,
            pool=pool,
            alliances=alliances,
            history=_history(before, pool, moves, alliances, changed, revision),
        )
        drift = sum(_says_otherwise(_actor(before.pool, one), actor) for one, actor in changed.items())
        return _Held(after, revision.version, held.drift + drift)

    def _settled(self, held: _Held) -> _Held:
        """The same, estimated anew where that is due: at once, or from here on in the background."""
        upkeep, count = self._parts.upkeep, len(held.matcher.pool.actors)
        if held.drift and (count <= upkeep.at_once_up_to or held.drift > upkeep.at_once_share * count):
            return self._restated(held)
        if held.drift > upkeep.share * count and self._restating is None:
            self._restating = Thread(target=self._restate, args=(held,), name="restating")
            self._restating.start()
        return held

    def _restate(self, held: _Held) -> None:
        """Hold this state with a new estimate, followed to what was written meanwhile."""
        try:
            restated = self._restated(held)
            with self._lock:
                self._held = self._of_now(restated, None)
        finally:
            self._restating = None

    def _restated(self, held: _Held) -> _Held:
        pool = restated_pool(held.matcher.pool)
        indexes = build_indexes(pool.complementarity, self._parts.make_index)
        return replace(held, matcher=replace(held.matcher, pool=pool, indexes=indexes), drift=0)

    def _encode(self, words: Sequence[Words], on_progress: Progress | None) -> FloatArray:
        return encode_words(self._store, self._parts.encoder, words, on_progress)


def _actor(pool: Pool, one: ActorId) -> Actor | None:
    row = pool.rows.get(one)
    return None if row is None else pool.actors[row]


def _gone(revision: Revision) -> list[ActorId]:
    return [one for one, actor in revision.actors.items() if actor is None]


def _says_otherwise(before: Actor | None, after: Actor | None) -> bool:
    return before is None or after is None or words_of(before) != words_of(after)


def _history(
    before: Matcher,
    pool: Pool,
    moves: Moves,
    alliances: Alliances,
    changed: Iterable[ActorId],
    revision: Revision,
) -> History:
    """The history after alliances changed, or their members came and went."""
    touched = set(revision.alliances)
    for one in changed:
        if (one in before.pool.rows) != (one in pool.rows):
            touched.update(alliance.id for alliance in alliances.of_member.get(one, ()))
    if not touched and pool.rows is before.pool.rows:
        return before.history
    rows = before.pool.rows, pool.rows
    gone = [before.alliances.by_id[one] for one in touched if one in before.alliances.by_id]
    come = [alliances.by_id[one] for one in touched if one in alliances.by_id]
    return revised_history(before.history, moves.moved, rows, gone, come)
