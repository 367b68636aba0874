"""Matches to proposals: filling the queue of a territory with pairs that were never proposed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from matcher.alliance_types import possible_types
from matcher.domain import Actor, Match
from matcher.proposals import Proposal, ProposalId, Proposals, pair_of
from matcher.results import match_record
from matcher.taxonomy import Lang
from matcher.territory import codes_of, fold
from matcher.workspace import Filters, Workspace

PER_ACTOR = 3
"""In how many new proposals of one search an actor may stand."""


def fill_queue(
    workspace: Workspace,
    proposals: Proposals,
    *,
    now: datetime,
    filters: Filters | None = None,
    limit: int = 20,
    per_actor: int = PER_ACTOR,
    lang: Lang | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Proposal]:
    """The proposals that were added: the best pairs of the filters that nobody was ever shown."""
    known = proposals.pairs()
    found = workspace.propose(
        filters=filters, limit=limit, lang=lang, per_actor=per_actor, known=known, on_progress=on_progress
    )
    return proposals.add([proposal_of(workspace, match, now) for match in found])


def proposal_of(workspace: Workspace, match: Match, now: datetime) -> Proposal:
    """A new proposal of a match, as it is served now."""
    pool = workspace.matcher().pool
    mine, other = (pool.actors[pool.row(one)] for one in (match.actor_id, match.other_id))
    a, b = pair_of(match.actor_id, match.other_id)
    met, wanted = bool(match.needs_met), bool(match.skills_wanted)
    return Proposal(
        id=ProposalId(uuid.uuid4().hex),
        a=a,
        b=b,
        score=match.score,
        model=match.model,
        encoder=match.encoder,
        served=match_record(match, mine, other),
        created=now,
        updated=now,
        places=places_of((mine, other)),
        sectors=tuple(sorted({mine.sector, other.sector})),
        themes=tuple(sorted({*mine.themes, *other.themes})),
        types=possible_types(mine, other, need_met=met, skill_wanted=wanted),
        words=words_of_pair(mine, other),
    )


def places_of(actors: Sequence[Actor]) -> tuple[str, ...]:
    """The codes, from communes up to countries, that actors are found by, sorted."""
    return tuple(sorted({code for one in actors for code in codes_of(one.territory)}))


def words_of_pair(mine: Actor, other: Actor) -> str:
    """What a pair is searched by: the names, places and needs of both, without case or accents."""
    said = [
        text
        for one in (mine, other)
        for text in (one.name, one.territory.commune_name or "", *(need.text for need in one.needs))
    ]
    return fold(" ".join(said))
