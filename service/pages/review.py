"""The queue of a catalyst's territories, and one pair to decide of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from matcher.access import Scope, allows
from matcher.errors import ConflictError, IllegalStepError, InputError, UnknownRecordError
from matcher.proposals import Action, Decision, Proposal, ProposalId, ProposalQuery, ProposalState
from matcher.taxonomy import Lang, Taxonomy
from service.cursors import cursor_of, read_cursor
from service.pages.rendering import page
from service.pages.visitor import Form, Visitor, VisitorOf, check_csrf
from service.security import tenants_of
from service.tenants import Tenant

PAGE = 20
ACTIONS = (Action.REVIEW, Action.DECLINE, Action.POSTPONE, Action.NOTE, Action.UNDO)
router = APIRouter(include_in_schema=False)


@router.get("/a-examiner")
def queue(
    request: Request,
    visitor: VisitorOf,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """Suggested proposals of my territories, best first."""
    tenant = tenants_of(request).of(visitor.person.tenant)
    query = ProposalQuery(states=(ProposalState.SUGGESTED,), places=visitor.person.territories)
    if not _sees_any(visitor):
        return page(request, "queue.html", proposals=(), left=0, next=None)
    found = tenant.holdings.proposals.find(query, PAGE, read_cursor(cursor))
    left = tenant.holdings.proposals.counts(query).get(ProposalState.SUGGESTED, 0)
    following = None if found.next is None else cursor_of(found.next)
    return page(request, "queue.html", proposals=found.proposals, left=left, next=following)


@router.get("/paires/{proposal_id}")
def pair(request: Request, proposal_id: str, visitor: VisitorOf) -> Response:
    """Two actors, why they were proposed, and what can be decided."""
    tenant = tenants_of(request).of(visitor.person.tenant)
    return _pair(request, tenant, _mine(tenant, visitor, proposal_id))


@router.post("/paires/{proposal_id}")
def decide(request: Request, proposal_id: str, visitor: VisitorOf, form: Form) -> Response:
    """Take one step; when it is refused the page says why and keeps what was typed."""
    check_csrf(visitor.session.csrf, form)
    tenant = tenants_of(request).of(visitor.person.tenant)
    proposal = _mine(tenant, visitor, proposal_id)
    try:
        decision = _decision(form, visitor, tenant.workspace.parts.taxonomy)
        revision = _number(form, "revision")
        tenant.holdings.proposals.decide(proposal.id, decision, datetime.now(UTC), revision)
    except ConflictError:
        error = "Quelqu'un a modifié cette paire entre-temps. Relisez-la ; votre saisie est gardée."
        return _pair(request, tenant, _mine(tenant, visitor, proposal_id), form, error, 409)
    except (IllegalStepError, InputError) as refused:
        return _pair(request, tenant, proposal, form, f"Étape refusée : {refused}", 422)
    return RedirectResponse(f"/paires/{proposal.id}", 303)


def _sees_any(visitor: Visitor) -> bool:
    return bool(visitor.person.territories) or allows(visitor.person.scopes, Scope.ADMIN)


def _mine(tenant: Tenant, visitor: Visitor, proposal_id: str) -> Proposal:
    """A proposal of the visitor's territories; any other is unknown to them."""
    found = tenant.holdings.proposals.get(ProposalId(proposal_id))
    mine = visitor.person.territories
    if not _sees_any(visitor) or (mine and not set(mine) & set(found.places)):
        raise UnknownRecordError("proposal", proposal_id)
    return found


def _decision(form: dict[str, str], visitor: Visitor, taxonomy: Taxonomy) -> Decision:
    action = form.get("action", "")
    if action not in ACTIONS:
        raise InputError("action", action, f"expected one of: {', '.join(ACTIONS)}")
    reason = form.get(f"reason_{action}") or None
    if reason is not None:
        taxonomy.check(f"{action}_reasons", "reason", reason)
    activity = form.get("activity") or None
    if activity is not None:
        taxonomy.check("activities", "activity", activity)
    return Decision(
        Action(action),
        visitor.person.id,
        note=form.get("note", ""),
        reason=reason,
        minutes=_number(form, "minutes"),
        activity=activity,
    )


def _number(form: dict[str, str], name: str) -> int:
    text = form.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(name, text, "expected a whole number")
    return int(text)


def _pair(
    request: Request,
    tenant: Tenant,
    proposal: Proposal,
    form: dict[str, str] | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    taxonomy = tenant.workspace.parts.taxonomy
    return page(
        request,
        "pair.html",
        status,
        proposal=proposal,
        served=proposal.served,
        steps=tenant.holdings.proposals.steps(proposal.id),
        form=form or {},
        error=error,
        decline={one: taxonomy.label("decline_reasons", one, Lang.FR) for one in taxonomy.decline_reasons},
        postpone={one: taxonomy.label("postpone_reasons", one, Lang.FR) for one in taxonomy.postpone_reasons},
        activities={one: taxonomy.label("activities", one, Lang.FR) for one in taxonomy.activities},
        sectors={one: taxonomy.label("sectors", one, Lang.FR) for one in taxonomy.sectors},
    )
