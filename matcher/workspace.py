"""A workspace: import, index, match, search, explain and export on one store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import RLock

from matcher.candidates import Indexes, Rules, build_indexes
from matcher.complementarity import ComplementarityConfig
from matcher.domain import Actor, ActorId, Alliance, Match, Role
from matcher.embedding_cache import encode_words
from matcher.encoder import Encoder, FloatArray
from matcher.errors import InputError
from matcher.history import History, build_history
from matcher.importing import ImportReport, Progress, RecordKind, Row, import_records
from matcher.index import VectorIndex
from matcher.lexicon import Lexicon
from matcher.pipeline import Matcher, Request, SearchHit
from matcher.pool import Pool, build_pool, revised_pool
from matcher.ranking import Ranking
from matcher.selection import SelectionConfig
from matcher.store import Store
from matcher.taxonomy import Lang, Taxonomy
from matcher.territory import Gazetteer, find_place
from matcher.text import Words, clean


@dataclass(frozen=True, slots=True)
class Parts:
    """What a workspace is made of; `make_index(dimension, count)` makes an empty index."""

    encoder: Encoder
    make_index: Callable[[int, int], VectorIndex]
    ranking: Ranking
    taxonomy: Taxonomy
    gazetteer: Gazetteer
    lexicon: Lexicon
    clock: Callable[[], date]
    lang: Lang
    complementarity: ComplementarityConfig = field(default_factory=ComplementarityConfig)


@dataclass(frozen=True, slots=True)
class Filters:
    """Who may be proposed, in a user's words; empty means no filter.

    `territory` is the name or code of a commune, EPCI, département, région or country.
    """

    sectors: Sequence[str] = ()
    themes: Sequence[str] = ()
    territory: str | None = None
    within_km: float | None = None
    exclude: Sequence[str] = ()
    same_sector: bool = False
    allied: bool = False
    full: bool = False


class Workspace:
    """Actors, alliances and vectors in a store, and the matcher made of them.

    The matcher is renewed when the store or the day has changed since, so that an answer is never
    stale. What the change leaves as it was is kept: the indexes are built anew only when an actor
    comes, goes or says something else. Whoever holds a matcher keeps it as it was.
    """

    def __init__(self, store: Store, parts: Parts) -> None:
        self.store = store
        self.parts = parts
        self._lock = RLock()
        self._matcher: Matcher | None = None
        self._built_from = -1

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def import_rows(
        self, kind: RecordKind, rows: Iterable[Row], on_progress: Progress | None = None
    ) -> ImportReport:
        """What importing these rows did: good ones go in, bad ones are in `rejects`."""
        return import_records(self.store, kind, rows, self.parts.taxonomy, self.parts.gazetteer, on_progress)

    def index(self, on_progress: Progress | None = None) -> Pool:
        """The pool of all actors, every text encoded and indexed; known texts are not encoded again."""
        return self.matcher(on_progress).pool

    def matcher(self, on_progress: Progress | None = None) -> Matcher:
        """The matcher on the store as it is now."""
        with self._lock:
            version, today = self.store.version, self.parts.clock()
            if self._matcher is None or version != self._built_from:
                self._matcher = self._build(on_progress)
                self._built_from = version
            elif self._matcher.today != today:
                self._matcher = replace(self._matcher, today=today)
            return self._matcher

    def match(
        self,
        actor_id: str,
        *,
        filters: Filters | None = None,
        limit: int = 10,
        min_score: float | None = None,
        lang: Lang | str | None = None,
    ) -> list[Match]:
        """The best matches of an actor, explained, best first. UnknownActorError, InputError."""
        return self.matcher().match(actor_id, self._request(filters, limit, min_score, lang))

    def search(
        self,
        text: str,
        role: Role | str = Role.NEED,
        *,
        filters: Filters | None = None,
        limit: int = 10,
        lang: Lang | str | None = None,
    ) -> list[SearchHit]:
        """The actors whose skills answer a need given as text, or whose needs call for a skill."""
        asked = clean(text)
        if not asked:
            raise InputError("text", text, "empty; write a need or a skill in a few words")
        role = _role(role)
        request = self._request(filters, limit, None, lang)
        vector = self.parts.encoder.encode([asked], role)[0]
        return self.matcher().search(asked, vector, role, request)

    def explain(self, a: str, b: str, *, lang: Lang | str | None = None) -> Match:
        """The pair seen from `a`, explained, whether or not it would be proposed."""
        return self.matcher().explain(a, b, self._lang(lang))

    def propose(
        self, *, filters: Filters | None = None, limit: int = 10, lang: Lang | str | None = None
    ) -> list[Match]:
        """The best pairs of a territory, each actor at most once."""
        return self.matcher().propose(self._request(filters, limit, None, lang))

    def actors(self) -> list[Actor]:
        """Every actor, in the order of ids."""
        return list(self.store.actors())

    def alliances(self) -> list[Alliance]:
        """Every alliance, in the order of start dates."""
        return list(self.store.alliances())

    def delete(self, actor_id: str) -> None:
        """Erase an actor, its contact, its vectors and its place in alliances."""
        self.store.delete_actor(ActorId(actor_id))

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def _build(self, on_progress: Progress | None) -> Matcher:
        parts = self.parts
        pool, indexes = self._pool_and_indexes(self.actors(), on_progress)
        alliances = self.alliances()
        return Matcher(
            pool=pool,
            history=self._history(pool, alliances),
            alliances=alliances,
            indexes=indexes,
            ranking=parts.ranking,
            taxonomy=parts.taxonomy,
            gazetteer=parts.gazetteer,
            lexicon=parts.lexicon,
            today=parts.clock(),
        )

    def _pool_and_indexes(
        self, actors: Sequence[Actor], on_progress: Progress | None
    ) -> tuple[Pool, Indexes]:
        """Those of the matcher held where they still serve, else new ones."""
        if self._matcher is not None:
            revised = revised_pool(self._matcher.pool, actors)
            if revised is not None:
                return revised, self._matcher.indexes
        parts = self.parts
        pool = build_pool(
            actors, lambda words: self._encode(words, on_progress), parts.encoder.name, parts.complementarity
        )
        return pool, build_indexes(pool.complementarity, parts.make_index)

    def _history(self, pool: Pool, alliances: Sequence[Alliance]) -> History:
        """That of the matcher held where it still serves, else a new one."""
        held = self._matcher
        if held is not None and held.pool.rows is pool.rows and held.alliances == alliances:
            return held.history
        return build_history(alliances, pool.rows)

    def _encode(self, words: Sequence[Words], on_progress: Progress | None = None) -> FloatArray:
        return encode_words(self.store, self.parts.encoder, words, on_progress)

    def _request(
        self, filters: Filters | None, limit: int, min_score: float | None, lang: Lang | str | None
    ) -> Request:
        return Request(self._rules(filters or Filters()), SelectionConfig(limit, min_score), self._lang(lang))

    def _rules(self, filters: Filters) -> Rules:
        taxonomy = self.parts.taxonomy
        place = None
        if filters.territory:
            territories = (actor.territory for actor in self.matcher().pool.actors)
            place = find_place(filters.territory, territories, self.parts.gazetteer)
        return Rules(
            same_sector=filters.same_sector,
            allied=filters.allied,
            full=filters.full,
            sectors=tuple(taxonomy.check("sectors", "sector", sector) for sector in filters.sectors),
            themes=tuple(taxonomy.check("themes", "theme", theme) for theme in filters.themes),
            place=place,
            within_km=filters.within_km,
            exclude=frozenset(filters.exclude),
        )

    def _lang(self, lang: Lang | str | None) -> Lang:
        try:
            return self.parts.lang if lang is None else Lang(lang)
        except ValueError as error:
            raise InputError("lang", lang, "expected fr or en") from error


def _role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError as error:
        raise InputError("role", role, "expected need or skill") from error
