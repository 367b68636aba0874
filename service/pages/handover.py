"""Handing all open pairs of one catalyst over to another, in one action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from matcher.access import Person, Scope, allows
from matcher.errors import ConflictError, InputError
from matcher.proposals import Action, Decision, Proposal, ProposalQuery, ProposalState
from service.pages.language import speech_of
from service.pages.pairs import colleagues, names_of, tenant_of
from service.pages.rendering import page
from service.pages.visitor import Form, Visitor, VisitorOf, check_csrf
from service.rights import may_see_pair
from service.tenants import Tenant

OPEN = (
    ProposalState.SUGGESTED,
    ProposalState.REVIEWED,
    ProposalState.INTRODUCED,
    ProposalState.MEETING,
    ProposalState.ALLIANCE,
    ProposalState.POSTPONED,
)
PAGE = 200
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has in hand in the visitor's territories."""

    person: str
    name: str
    open: int


@router.get("/passation")
def handover(request: Request, visitor: VisitorOf) -> Response:
    """Who has how many open pairs, and the form."""
    return _page(request, visitor, {})


@router.post("/passation")
def hand_over(request: Request, visitor: VisitorOf, form: Form) -> Response:
    """Give all open pairs of one to another, as far as the other's territories go."""
    check_csrf(visitor.session.csrf, form)
    tenant, said = tenant_of(request, visitor), speech_of(request)
    people = {person.id: person for person in colleagues(request, visitor)}
    giver, taker = form.get("de", ""), people.get(form.get("a", ""))
    if taker is None or taker.id == giver or not giver:
        error = said.gettext("Choisissez deux personnes différentes.")
        return _page(request, visitor, form, error=error, status=422)
    theirs = list(_open_of(tenant, visitor, giver))
    given = [one for one in theirs if may_see_pair(taker, one.places)]
    try:
        decision = Decision(Action.ASSIGN, visitor.person.id, note=form.get("note", ""), catalyst=taker.id)
        tenant.holdings.proposals.decide_all([one.id for one in given], decision, datetime.now(UTC))
    except (ConflictError, InputError) as refused:
        return _page(
            request, visitor, form, error=f"{said.gettext('Saisie refusée :')} {refused}", status=422
        )
    told = said.ngettext(
        "%(count)d paire confiée à %(name)s.", "%(count)d paires confiées à %(name)s.", len(given)
    ) % {"count": len(given), "name": taker.name}
    left = len(theirs) - len(given)
    if left:
        told += " " + said.ngettext(
            "%(count)d reste : elle n'est pas de ses territoires.",
            "%(count)d restent : elles ne sont pas de ses territoires.",
            left,
        ) % {"count": left}
    return _page(request, visitor, {}, message=told)


def _page(
    request: Request,
    visitor: Visitor,
    form: Mapping[str, str],
    *,
    message: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    people = colleagues(request, visitor)
    return page(
        request,
        "handover.html",
        status,
        loads=_loads(tenant_of(request, visitor), visitor, people),
        people=names_of(people),
        form={"de": visitor.person.id} | dict(form),
        message=message,
        error=error,
    )


def _loads(tenant: Tenant, visitor: Visitor, people: list[Person]) -> list[Load]:
    """Who has open pairs in hand here, those who left too, the most first."""
    counted = tenant.holdings.proposals.holders(_mine(visitor)) if _sees_any(visitor) else {}
    names = names_of(people)
    return [
        Load(person, names.get(person, person), held)
        for person, held in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]


def _open_of(tenant: Tenant, visitor: Visitor, person: str) -> Iterator[Proposal]:
    """The open pairs that somebody has in hand, in the visitor's territories."""
    if not _sees_any(visitor):
        return
    mine = _mine(visitor)
    query = ProposalQuery(states=mine.states, places=mine.places, catalyst=person)
    after: str | None = None
    while True:
        found = tenant.holdings.proposals.find(query, PAGE, after)
        yield from found.proposals
        if found.next is None:
            return
        after = found.next


def _mine(visitor: Visitor) -> ProposalQuery:
    return ProposalQuery(states=OPEN, places=visitor.person.territories)


def _sees_any(visitor: Visitor) -> bool:
    return bool(visitor.person.territories) or allows(visitor.person.scopes, Scope.ADMIN)
