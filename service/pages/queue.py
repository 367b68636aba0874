"""The queue of a catalyst's territories: what waits for a decision, filtered, in a fair order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Annotated, Literal
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from matcher.access import Person, Scope, allows
from matcher.domain import ActorId
from matcher.errors import UnknownPlaceError
from matcher.exposure import IN_HAND, Exposure, fair_order
from matcher.importing import check_text
from matcher.proposals import Proposal, ProposalQuery, ProposalState, Waiting
from matcher.workspace import Workspace
from service.pages.actor_search import NO_PLACE, labels, ready
from service.pages.directory import directory_of, place_named
from service.pages.language import Speech, mark, speech_of
from service.pages.rendering import page
from service.pages.visitor import Visitor, VisitorOf
from service.searches import Searches
from service.tenants import Tenant

PAGE = 20
AGES = {
    "semaine": mark("depuis moins d'une semaine"),
    "mois": mark("depuis moins d'un mois"),
    "avant": mark("depuis plus d'un mois"),
}
router = APIRouter(include_in_schema=False)


class Asked(BaseModel):
    """What the queue is narrowed to; an empty value is no filter."""

    model_config = ConfigDict(extra="ignore")

    besoin: str = Field("", max_length=200)
    territoire: str = Field("", max_length=200)
    secteur: list[str] = Field([], max_length=10)
    theme: str = Field("", max_length=100)
    type: str = Field("", max_length=100)
    age: Literal["", "semaine", "mois", "avant"] = ""
    page: int = Field(1, ge=1, le=10_000)
    fait: str = Field("", max_length=40)

    def query(self, number: int = 1) -> str:
        """The same question as the query of an address, at a page."""
        kept = self.model_dump(exclude_defaults=True, exclude={"fait", "page"})
        return urlencode(kept | ({"page": number} if number > 1 else {}), doseq=True)


@dataclass(frozen=True, slots=True)
class Card:
    """One proposal of the list, and what its two actors have in hand."""

    proposal: Proposal
    exposures: tuple[tuple[str, Exposure], ...]


@router.get("/a-examiner")
def queue(request: Request, visitor: VisitorOf, asked: Annotated[Asked, Query()]) -> Response:
    """What waits, and the filters."""
    tenant, said = ready(request, visitor), speech_of(request)
    error, waiting, exposures = "", list[Waiting](), dict[ActorId, Exposure]()
    for name, value in asked:
        check_text(name, value)
    try:
        query = query_of(tenant, visitor.person, asked, tenant.workspace.parts.clock())
        if query is not None:
            waiting, exposures = ordered(tenant, query)
    except UnknownPlaceError:
        error = said.gettext(NO_PLACE).format(name=asked.territoire)
    start = (asked.page - 1) * PAGE
    shown = [one.id for one in waiting[start : start + PAGE]]
    return page(
        request,
        "queue.html",
        422 if error else 200,
        asked=asked,
        error=error,
        message=_done(said, asked.fait),
        cards=[_card(one, exposures) for one in tenant.holdings.proposals.of_ids(shown)],
        left=len(waiting),
        before=f"/a-examiner?{asked.query(asked.page - 1)}" if asked.page > 1 else "",
        after=f"/a-examiner?{asked.query(asked.page + 1)}" if len(waiting) > start + PAGE else "",
        last=max(1, -(-len(waiting) // PAGE)),
        saved=tenant.holdings.saved_filters.of(visitor.person.id),
        places=directory_of(tenant.workspace).places,
        ages={key: said.gettext(text) for key, text in AGES.items()},
        search=searches_of(request).told((visitor.person.tenant, visitor.person.id)),
        blind=is_blind(request),
        reasons=reasons(tenant, said),
        mine=visitor.person.territories,
        **labels(tenant.workspace.parts.taxonomy, said.lang),
    )


def query_of(tenant: Tenant, person: Person, asked: Asked, today: date) -> ProposalQuery | None:
    """The question to the store; None for somebody who sees nothing. UnknownPlaceError."""
    if not sees_any(person):
        return None
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)  # so that the order can be kept
    week, month = now - timedelta(days=7), now - timedelta(days=30)
    place = place_named(tenant.workspace, asked.territoire) if asked.territoire.strip() else None
    return ProposalQuery(
        states=(ProposalState.SUGGESTED,),
        due=today,
        territories=person.territories,
        places=() if place is None else (place.code,),
        sectors=[one for one in asked.secteur if one],
        themes=[asked.theme] if asked.theme else (),
        types=[asked.type] if asked.type else (),
        words=asked.besoin,
        created_after={"semaine": week, "mois": month}.get(asked.age),
        created_before=month if asked.age == "avant" else None,
    )


def sees_any(person: Person) -> bool:
    """Whether somebody sees proposals at all: those of territories, or all as an administrator."""
    return bool(person.territories) or allows(person.scopes, Scope.ADMIN)


Order = tuple[list[Waiting], dict[ActorId, Exposure]]
_orders: WeakKeyDictionary[Workspace, dict[str, tuple[int, Order]]] = WeakKeyDictionary()
_lock = Lock()
MOST_ORDERS = 50


def ordered(tenant: Tenant, query: ProposalQuery) -> Order:
    """What waits in a fair order, and what actors have in hand; made anew after any change of the tenant."""
    now, asked = tenant.holdings.changes.last(), repr(query)
    with _lock:
        orders = _orders.setdefault(tenant.workspace, {})
        found = orders.get(asked)
        if found is not None and found[0] == now:
            return found[1]
    exposures = exposures_of(tenant)
    made = fair_order(tenant.holdings.proposals.waiting(query), exposures), exposures
    with _lock:
        if len(orders) >= MOST_ORDERS:
            orders.clear()
        orders[asked] = now, made
    return made


def exposures_of(tenant: Tenant) -> dict[ActorId, Exposure]:
    """What each actor has in hand and can take."""
    held = tenant.holdings.proposals.in_hand(IN_HAND)
    actors = tenant.workspace.matcher().pool.actors
    return {
        actor.id: Exposure(held.get(actor.id, 0), actor.capacity)
        for actor in actors
        if actor.capacity is not None or actor.id in held
    }


def is_blind(request: Request) -> bool:
    """Whether scores stay hidden until somebody has judged."""
    blind: bool = request.app.state.tenants.settings.blind_review
    return blind


def reasons(tenant: Tenant, said: Speech) -> dict[str, dict[str, str]]:
    """The coded reasons for declining and postponing, in words."""
    taxonomy = tenant.workspace.parts.taxonomy
    return {
        action: {one: taxonomy.label(words, one, said.lang) for one in getattr(taxonomy, words)}
        for action, words in (("decline", "decline_reasons"), ("postpone", "postpone_reasons"))
    }


def searches_of(request: Request) -> Searches:
    """The searches of the application."""
    searches: Searches = request.app.state.searches
    return searches


def next_waiting(tenant: Tenant, visitor: Visitor, but: str) -> Waiting | None:
    """The first of the queue, another one than `but`."""
    query = query_of(tenant, visitor.person, Asked(), tenant.workspace.parts.clock())
    if query is None:
        return None
    waiting, _ = ordered(tenant, query)
    return next((one for one in waiting if one.id != but), None)


def _card(proposal: Proposal, exposures: dict[ActorId, Exposure]) -> Card:
    sides = (proposal.served["actor"], proposal.served["other"])
    told = [(side["name"], exposures[side["id"]]) for side in sides if side["id"] in exposures]
    return Card(proposal, tuple(told))


def _done(said: Speech, code: str) -> str:
    """What was just done, told once; a code from the address, never a text."""
    what, _, number = code.partition("-")
    count = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    told = {
        "reportees": said.ngettext("Une paire reportée.", "{count} paires reportées.", count),
        "filtre": said.gettext("Filtre enregistré."),
        "oubli": said.gettext("Filtre oublié."),
    }
    return told.get(what, "").format(count=count)
