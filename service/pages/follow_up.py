"""Follow-up: what is due, the chain as a board and as a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from matcher.access import Scope, allows
from matcher.importing import check_text
from matcher.proposals import Proposal, ProposalPage, ProposalQuery, ProposalState
from service.cursors import cursor_of, read_cursor
from service.pages.language import mark, speech_of
from service.pages.pairs import QUICK_MINUTES, colleagues, names_of, tenant_of
from service.pages.rendering import page
from service.pages.visitor import Visitor, VisitorOf
from service.tenants import Tenant

BOARD = (
    ProposalState.REVIEWED,
    ProposalState.INTRODUCED,
    ProposalState.MEETING,
    ProposalState.ALLIANCE,
    ProposalState.POSTPONED,
)
COLUMN, PAGE, MOST_DUE = 6, 20, 12
WHY: Mapping[ProposalState, str] = {
    ProposalState.POSTPONED: mark("reportée jusque-là : à reprendre"),
    ProposalState.ALLIANCE: mark("suivi de l'alliance à faire"),
}
COME_BACK = mark("vous vouliez y revenir")
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the visitor wants to see; empty means all."""

    vue: str
    etat: str
    qui: str
    secteur: str

    def address(self, **changes: str) -> str:
        """The address of the same page with something changed."""
        values = {"vue": self.vue, "etat": self.etat, "qui": self.qui, "secteur": self.secteur} | changes
        return f"/suivi?{urlencode({name: value for name, value in values.items() if value})}"


@router.get("/suivi")
def follow_up(
    request: Request,
    visitor: VisitorOf,
    vue: Annotated[str, Query(max_length=20)] = "tableau",
    etat: Annotated[str, Query(max_length=20)] = "",
    qui: Annotated[str, Query(max_length=200)] = "",
    secteur: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """What is due on top, then the pairs that are followed, as a board or as a list."""
    asked = Asked("liste" if vue == "liste" else "tableau", etat if etat in BOARD else "", qui, secteur)
    check_text("qui", [qui, secteur])
    tenant = tenant_of(request, visitor)
    people = names_of(colleagues(request, visitor))
    taxonomy = tenant.workspace.parts.taxonomy
    lang = speech_of(request).lang
    return page(
        request,
        "follow_up.html",
        asked=asked,
        people=people,
        sectors={one: taxonomy.label("sectors", one, lang) for one in taxonomy.sectors},
        activity_names={one: taxonomy.label("activities", one, lang) for one in taxonomy.activities},
        board=[state.value for state in BOARD],
        quick=QUICK_MINUTES,
        why={state.value: speech_of(request).gettext(text) for state, text in WHY.items()},
        come_back=speech_of(request).gettext(COME_BACK),
        **_found(tenant, visitor, asked, cursor),
    )


def _found(tenant: Tenant, visitor: Visitor, asked: Asked, cursor: str | None) -> dict[str, Any]:
    """What is due, how many there are in each state, and the columns or the page of the list."""
    nothing = {state.value: 0 for state in BOARD}
    if not visitor.person.territories and not allows(visitor.person.scopes, Scope.ADMIN):
        return {"due": [], "counts": nothing, "columns": {}, "listed": ProposalPage(()), "next": None}
    proposals = tenant.holdings.proposals
    query = ProposalQuery(
        states=BOARD,
        places=visitor.person.territories,
        sectors=(asked.secteur,) if asked.secteur else (),
        catalyst=asked.qui or None,
    )
    counts = proposals.counts(query)
    columns: dict[str, tuple[Proposal, ...]] = {}
    listed = ProposalPage(())
    if asked.vue == "tableau":
        for state in BOARD:
            if counts[state]:
                columns[state.value] = proposals.latest(_in(query, state), COLUMN).proposals
    else:
        wanted = _in(query, ProposalState(asked.etat)) if asked.etat else query
        listed = proposals.latest(wanted, PAGE, read_cursor(cursor))
    return {
        "due": proposals.due(query, today(), MOST_DUE),
        "counts": {state.value: counts[state] for state in BOARD},
        "columns": columns,
        "listed": listed,
        "next": None if listed.next is None else cursor_of(listed.next),
    }


def _in(query: ProposalQuery, state: ProposalState) -> ProposalQuery:
    return replace(query, states=(state,))


def today() -> date:
    """The day in UTC, as follow-ups count it."""
    return datetime.now(UTC).date()
