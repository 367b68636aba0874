"""A workspace: import, index, match, search, explain and export on one store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from matcher.candidates import Rules
from matcher.domain import Actor, ActorId, Alliance, Match, Role
from matcher.embedding_cache import Progress as EncodingProgress
from matcher.errors import InputError
from matcher.following import Follower, Parts
from matcher.importing import ImportReport, Progress, RecordKind, Row, import_records
from matcher.pipeline import Matcher, Request, SearchHit
from matcher.pool import Pool
from matcher.selection import SelectionConfig
from matcher.store import Store
from matcher.taxonomy import Lang
from matcher.territory import find_place
from matcher.text import clean


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
    """Actors, alliances and vectors in a store, and the matcher that follows it (`matcher.following`)."""

    def __init__(self, store: Store, parts: Parts) -> None:
        self.store = store
        self.parts = parts
        self._follower = Follower(store, parts)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def import_rows(
        self, kind: RecordKind, rows: Iterable[Row], on_progress: Progress | None = None
    ) -> ImportReport:
        """What importing these rows did: good ones go in, bad ones are in `rejects`."""
        return import_records(self.store, kind, rows, self.parts.taxonomy, self.parts.gazetteer, on_progress)

    def index(self, on_progress: EncodingProgress | None = None) -> Pool:
        """The pool of all actors, every text encoded and indexed; known texts are not encoded again."""
        return self.matcher(on_progress).pool

    def matcher(self, on_progress: EncodingProgress | None = None) -> Matcher:
        """The matcher on the store as it is now; whoever holds it keeps it as it was."""
        return self._follower.matcher(on_progress)

    def recent(self, asker: str | None = None) -> Matcher:
        """The matcher without waiting for what others put a moment ago; see `Follower.recent`."""
        return self._follower.recent(None if asker is None else ActorId(asker))

    def match(
        self,
        actor_id: str,
        *,
        filters: Filters | None = None,
        limit: int = 10,
        min_score: float | None = None,
        lang: Lang | str | None = None,
        on: Matcher | None = None,
    ) -> list[Match]:
        """The best matches of an actor, explained, best first. UnknownActorError, InputError.

        `on` is a matcher of this workspace's, when another answer is to be given on the same one.
        """
        matcher = on or self.matcher()
        return matcher.match(actor_id, self._request(matcher, filters, limit, min_score, lang))

    def search(
        self,
        text: str,
        role: Role | str = Role.NEED,
        *,
        filters: Filters | None = None,
        limit: int = 10,
        lang: Lang | str | None = None,
        on: Matcher | None = None,
    ) -> list[SearchHit]:
        """The actors whose skills answer a need given as text, or whose needs call for a skill.

        `on` is a matcher of this workspace's, when another answer is to be given on the same one.
        """
        asked = clean(text)
        if not asked:
            raise InputError("text", text, "empty; write a need or a skill in a few words")
        role = _role(role)
        matcher = on or self.matcher()
        request = self._request(matcher, filters, limit, None, lang)
        vector = self.parts.encoder.encode([asked], role)[0]
        return matcher.search(asked, vector, role, request)

    def explain(self, a: str, b: str, *, lang: Lang | str | None = None, on: Matcher | None = None) -> Match:
        """The pair seen from `a`, explained, whether or not it would be proposed."""
        return (on or self.matcher()).explain(a, b, self._lang(lang))

    def propose(
        self,
        *,
        filters: Filters | None = None,
        limit: int = 10,
        lang: Lang | str | None = None,
        per_actor: int = 1,
        known: Collection[tuple[str, str]] = (),
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Match]:
        """The best pairs of a territory, each actor in `per_actor` at most, without the `known` ones.

        The ids of a known pair are in order; `on_progress` is told how many actors of how many are done.
        """
        matcher = self.matcher()
        request = self._request(matcher, filters, limit, None, lang)
        return matcher.propose(request, per_actor, known, on_progress)

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
        """Let go of the store, once what runs in the background is done."""
        self._follower.close()
        self.store.close()

    def _request(
        self,
        matcher: Matcher,
        filters: Filters | None,
        limit: int,
        min_score: float | None,
        lang: Lang | str | None,
    ) -> Request:
        rules = self._rules(matcher, filters or Filters())
        return Request(rules, SelectionConfig(limit, min_score), self._lang(lang))

    def _rules(self, matcher: Matcher, filters: Filters) -> Rules:
        taxonomy = self.parts.taxonomy
        place = None
        if filters.territory:
            territories = (actor.territory for actor in matcher.pool.actors)
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
