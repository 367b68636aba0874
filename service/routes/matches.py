"""Matches: of an actor, of several, of a text; and one pair with its why and why not."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from matcher.candidates import reasons_against
from matcher.domain import ActorId, Match
from matcher.importing import check_text
from matcher.pipeline import SearchHit
from matcher.results import hit_record, match_record
from matcher.serving import ListId, ServedItem, ServedList
from matcher.taxonomy import Lang
from matcher.workspace import Filters
from service.match_schemas import MatchesBatch, MatchFilters, PairFilters, PairView, SearchIn, Served
from service.schemas import Record
from service.security import ReadTenant
from service.tenants import Tenant

router = APIRouter(prefix="/v1", tags=["matches"])
ActorPath = Annotated[str, Path(max_length=200)]


@router.get("/actors/{actor_id}/matches", response_model=Served)
def matches(actor_id: ActorPath, asked: Annotated[PairFilters, Query()], tenant: ReadTenant) -> Response:
    """The best alliances of an actor across sectors, explained, best first."""
    return _told(_matches(tenant, actor_id, asked))


@router.post("/matches:batch")
def matches_batch(body: MatchesBatch, tenant: ReadTenant) -> dict[str, Served]:
    """The matches of up to 100 actors, by id; an unknown one refuses the whole request."""
    return {actor_id: _matches(tenant, actor_id, body) for actor_id in dict.fromkeys(body.actor_ids)}


@router.post("/matches:search", response_model=Served)
def search(body: SearchIn, tenant: ReadTenant) -> Response:
    """Who answers a need, or calls for a skill, given in free text."""
    check_text("text", body.text)
    matcher = tenant.workspace.recent()
    found = tenant.workspace.search(
        body.text, body.role, filters=_filters(body), limit=body.limit, lang=body.lang, on=matcher
    )
    items = [hit_record(hit, matcher.pool.actor(hit.actor_id)) for hit in found]
    return _told(_served(tenant, "search", None, found, items))


@router.get("/pairs/{a}/{b}")
def pair(a: ActorPath, b: ActorPath, tenant: ReadTenant, lang: Lang | None = None) -> PairView:
    """Why two actors would be proposed, seen from the first, and the rules that are against it."""
    matcher = tenant.workspace.matcher()
    match = tenant.workspace.explain(a, b, lang=lang, on=matcher)
    pool = matcher.pool
    row, other = pool.row(a), pool.row(b)
    proposal = tenant.holdings.proposals.of_pair(ActorId(a), ActorId(b))
    return PairView(
        match=match_record(match, pool.actors[row], pool.actors[other]),
        excluded_by=list(reasons_against(pool, matcher.history, row, other, matcher.today)),
        proposal=None if proposal is None else proposal.id,
    )


def _filters(asked: MatchFilters) -> Filters:
    return Filters(
        sectors=asked.sector,
        themes=asked.theme,
        territory=asked.territory,
        within_km=asked.within_km,
        exclude=asked.exclude,
    )


def _matches(tenant: Tenant, actor_id: str, asked: PairFilters) -> Served:
    matcher = tenant.workspace.recent(actor_id)
    found = tenant.workspace.match(
        actor_id,
        filters=_filters(asked),
        limit=asked.limit,
        min_score=asked.min_score,
        lang=asked.lang,
        on=matcher,
    )
    actor = matcher.pool.actor
    items = [match_record(match, actor(match.actor_id), actor(match.other_id)) for match in found]
    if not asked.explain:
        items = [{name: item[name] for name in ("actor", "other", "score")} for item in items]
    return _served(tenant, "matches", actor_id, found, items)


def _served(
    tenant: Tenant, kind: str, asker: str | None, found: Sequence[Match | SearchHit], items: list[Record]
) -> Served:
    """The list, remembered with the features of each line as served."""
    parts = tenant.workspace.parts
    lines = tuple(_item(position, one) for position, one in enumerate(found, start=1))
    served = ServedList(
        id=ListId(uuid.uuid4().hex),
        at=datetime.now(UTC),
        kind=kind,
        actor_id=None if asker is None else ActorId(asker),
        model=_model(tenant, found) if kind == "matches" else "complementarity",
        encoder=parts.encoder.name,
        items=lines,
    )
    tenant.holdings.serving.record(served)
    for position, item in enumerate(items, start=1):
        item["position"] = position
    return Served.model_construct(list_id=served.id, model=served.model, encoder=served.encoder, items=items)


def _told(served: Served) -> Response:
    """The answer as it goes over the wire: our own lists are not checked again."""
    return Response(served.model_dump_json(), media_type="application/json")


def _model(tenant: Tenant, found: Sequence[Match | SearchHit]) -> str:
    """What ranked these, else what would have ranked them."""
    named = [one.model for one in found if isinstance(one, Match)]
    return named[0] if named else tenant.workspace.recent().ranking.name


def _item(position: int, one: Match | SearchHit) -> ServedItem:
    if isinstance(one, Match):
        features = {c.feature: c.value for c in one.contributions}
        return ServedItem(position, one.other_id, one.score, features)
    return ServedItem(position, one.actor_id, one.strength, {"strength": one.strength})
