"""The whole path: candidates, features, score, selection and explanation of one request."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import islice

import numpy as np

from matcher.candidates import (
    CandidateConfig,
    Eligible,
    Indexes,
    Rules,
    Standing,
    candidates,
    eligible_among,
    eligible_for_anyone,
    neighbours,
    role_searched,
    standing,
)
from matcher.complementarity import csls
from matcher.domain import Actor, ActorId, Link, Match, Reason, Role
from matcher.encoder import FloatArray
from matcher.errors import InputError
from matcher.explanation import CLEAR_STRENGTH, Evidence, Setting, explain, explain_text
from matcher.features import FEATURES, make_pairs, measure
from matcher.history import Alliances, History
from matcher.lexicon import Lexicon
from matcher.pool import Pool, actors_where
from matcher.ragged import Rows, largest_by_list
from matcher.ranking import Ranking, contributions_of, scores
from matcher.selection import SelectionConfig, select, select_pairs
from matcher.taxonomy import Lang, Taxonomy
from matcher.territory import Gazetteer

LINK_STRENGTH = CLEAR_STRENGTH
"""Links weaker than this are not shown as an answer to a need."""
LINKS_SHOWN = 3
_PAIRS_AN_ACTOR = 10
_STANDINGS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: the rules of who may be proposed, how many, and in which language."""

    rules: Rules = field(default_factory=Rules)
    selection: SelectionConfig = field(default_factory=SelectionConfig)
    lang: Lang = Lang.FR


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One actor that answers a text; `strength` is 0..1, larger is stronger."""

    actor_id: ActorId
    strength: float
    text: str
    reasons: tuple[Reason, ...]
    encoder: str


@dataclass(frozen=True)
class Matcher:
    """Answers requests on one pool, as it was when it was built."""

    pool: Pool
    history: History
    alliances: Alliances
    indexes: Indexes
    ranking: Ranking
    taxonomy: Taxonomy
    gazetteer: Gazetteer
    lexicon: Lexicon
    today: date
    config: CandidateConfig = field(default_factory=CandidateConfig)

    def match(self, actor_id: str, request: Request) -> list[Match]:
        """The best matches of an actor, explained, best first; [] when nobody is eligible."""
        row = self.pool.row(actor_id)
        others = candidates(self.pool, self.indexes, row, self._eligible(row, request.rules), self.config)
        if not len(others):
            return []
        features, points, values = self.score(row, others)
        chosen = select(values, others, request.selection)
        return [
            self._match(row, int(others[i]), features[i], points[i], float(values[i]), request.lang)
            for i in chosen
        ]

    def score(self, row: int, others: Rows) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Features and points (others, features), and scores (others,), of one actor's pairs."""
        features = measure(make_pairs(self.pool, self.history, self.today, row, others))
        points = self.ranking.contributions(features)
        return features, points, scores(self.ranking, points)

    def explain(self, a: str, b: str, lang: Lang) -> Match:
        """The pair seen from `a`, explained, whether or not it would be proposed."""
        row, other = self.pool.row(a), self.pool.row(b)
        if row == other:
            raise InputError("pair", (a, b), "an actor is not matched with itself; give two ids")
        features, points, values = self.score(row, np.array([other], dtype=np.int64))
        return self._match(row, other, features[0], points[0], float(values[0]), lang)

    def search(self, text: str, vector: FloatArray, role: Role, request: Request) -> list[SearchHit]:
        """The actors whose skills answer a need (or whose needs call for a skill) given as text.

        `vector` (dimension,) is the text's; the rules that compare two actors do not apply.
        """
        what = self.pool.complementarity
        table = what.table(role_searched(role))
        kept = eligible_for_anyone(self.pool, request.rules, self.today)
        index = self.indexes.skills if role is Role.NEED else self.indexes.needs
        others = neighbours(index, table, vector[None, :], kept, self.config)
        others = others[kept[others]]
        if not len(others):
            return []
        gathered = table.of_actor.gather(others)
        r = what.hubness_of(vector[None, :], role)
        s = csls(vector[None, :], table.vectors[gathered.items], r, table.hubness[gathered.items])[0]
        chosen = select(what.strength(largest_by_list(s, gathered.starts)), others, request.selection)
        said = [slice(gathered.starts[i], gathered.starts[i + 1]) for i in chosen]
        return [
            self._hit(
                int(others[i]),
                text,
                role,
                gathered.items[at][s[at].argmax()],
                float(s[at].max()),
                request.lang,
            )
            for i, at in zip(chosen, said, strict=True)
        ]

    def propose(
        self,
        request: Request,
        per_actor: int = 1,
        known: Collection[tuple[str, str]] = (),
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Match]:
        """The best pairs among the eligible actors of the rules, no actor in more than `per_actor`.

        `known` pairs, ids in order, are left out; `on_progress` is told how many actors of how many are done.
        """
        asking = actors_where(eligible_for_anyone(self.pool, request.rules, self.today)).tolist()
        pairs: list[tuple[float, str, str]] = []
        for done, row in enumerate(asking, start=1):
            others = candidates(self.pool, self.indexes, row, self._eligible(row, request.rules), self.config)
            _, _, values = self.score(row, others)
            mine = self.pool.actors[row].id
            best = select(values, others, replace(request.selection, limit=len(others) or 1))
            scored = ((float(values[i]), mine, self.pool.actors[others[i]].id) for i in best)
            new = (one for one in scored if (min(one[1:]), max(one[1:])) not in known)
            pairs += islice(new, _PAIRS_AN_ACTOR)
            if on_progress is not None:
                on_progress(done, len(asking))
        chosen = select_pairs(pairs, request.selection.limit, per_actor)
        return [self.explain(a, b, request.lang) for a, b in chosen]

    @cached_property
    def _standings(self) -> dict[tuple[Rules, int], Standing]:
        return {}

    def _eligible(self, row: int, rules: Rules) -> Eligible:
        """Whom the rules let be proposed to an actor; what holds for its whole sector is kept."""
        anyone = replace(rules, within_km=None)
        key = anyone, int(self.pool.columns.sector[row])
        among = self._standings.get(key)
        if among is None:
            if len(self._standings) >= _STANDINGS_KEPT:
                self._standings.clear()
            among = self._standings[key] = standing(self.pool, anyone, self.today, key[1])
        return eligible_among(self.pool, self.history, row, rules, among)

    def _setting(self, lang: Lang) -> Setting:
        return Setting(lang, self.today, self.taxonomy, self.gazetteer, self.lexicon)

    def _match(
        self, row: int, other: int, features: FloatArray, points: FloatArray, score: float, lang: Lang
    ) -> Match:
        mine, theirs = self.pool.actors[row], self.pool.actors[other]
        needs_met = self._links(row, other)
        skills_wanted = self._links(other, row)
        evidence = Evidence(
            mine=mine,
            other=theirs,
            needs_met=needs_met,
            skills_wanted=skills_wanted,
            likeness=float(features[list(FEATURES).index("mission")]),
            shared_partners=self._shared_partners(row, other),
            alliances=[a for a in self.alliances.of_member.get(mine.id, ()) if theirs.id in a.members],
        )
        return Match(
            actor_id=mine.id,
            other_id=theirs.id,
            score=score,
            bias=self.ranking.bias,
            contributions=contributions_of(features, points),
            needs_met=needs_met,
            skills_wanted=skills_wanted,
            reasons=explain(evidence, self._setting(lang)),
            model=self.ranking.name,
            encoder=self.pool.encoder,
            probability=self.ranking.probability(score),
        )

    def _links(self, asker: int, giver: int) -> tuple[Link, ...]:
        """Each need of the asker with the giver's best skill for it, the strongest first."""
        what = self.pool.complementarity
        needs, skills = what.needs.of_actor.of(asker), what.skills.of_actor.of(giver)
        if not len(needs) or not len(skills):
            return ()
        s = csls(
            what.needs.vectors[needs],
            what.skills.vectors[skills],
            what.needs.hubness[needs],
            what.skills.hubness[skills],
        )
        strengths = what.strength(s)
        best = strengths.argmax(axis=1)
        order = np.argsort(-strengths.max(axis=1), kind="stable")[:LINKS_SHOWN]
        links = [
            Link(
                self.pool.actors[asker].id,
                what.needs.texts[needs[i]],
                self.pool.actors[giver].id,
                what.skills.texts[skills[best[i]]],
                float(strengths[i, best[i]]),
            )
            for i in order
        ]
        return tuple(link for link in links if link.strength >= LINK_STRENGTH)

    def _shared_partners(self, row: int, other: int) -> list[Actor]:
        shared = np.intersect1d(
            self.history.partners_of(row), self.history.partners_of(other), assume_unique=True
        )
        return [self.pool.actors[partner] for partner in shared]

    def _hit(self, other: int, asked: str, role: Role, found: int, s: float, lang: Lang) -> SearchHit:
        what = self.pool.complementarity
        actor = self.pool.actors[other]
        text = what.table(role_searched(role)).texts[found]
        strength = float(what.strength(np.array([s], dtype=np.float32))[0])
        reasons = explain_text(asked, actor, text, role, self._setting(lang))
        return SearchHit(actor.id, strength, text, reasons, self.pool.encoder)
