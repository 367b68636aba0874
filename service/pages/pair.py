"""One pair: two actors side by side, why they were proposed, and the decision."""

from __future__ import annotations

from datetime import UTC, date, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from matcher.errors import ConflictError, IllegalStepError, InputError, UnknownRecordError
from matcher.proposals import Action, Decision, Proposal, ProposalId
from matcher.taxonomy import Taxonomy
from service.pages.actor_search import labels, ready
from service.pages.language import Speech, mark, speech_of
from service.pages.pair_view import has_judged, view_of
from service.pages.pairs import colleagues, names_of, note_view
from service.pages.queue import is_blind, next_waiting, reasons, sees_any
from service.pages.rendering import STATES, page
from service.pages.visitor import Form, Visitor, VisitorOf, check_csrf
from service.tenants import Tenant

ACTIONS = (
    Action.REVIEW,
    Action.DECLINE,
    Action.POSTPONE,
    Action.REOPEN,
    Action.NOTE,
    Action.GRADE,
    Action.UNDO,
)
CHANGED = mark("Quelqu'un a modifié cette paire entre-temps. Relisez-la ; votre saisie est gardée.")
TOO_LATE = mark("Cette étape n'est plus possible : la paire est « {state} ».")
WRONG = {
    "reason": mark("Choisissez une raison dans la liste."),
    "note": mark("Écrivez un commentaire, de 4 000 caractères au plus."),
    "grade": mark("Choisissez une note de 0 à 3."),
    "minutes": mark("Donnez les minutes en nombre entier, de 0 à 1 440."),
    "until": mark("Donnez une date à venir."),
}
DONE = {
    "review": mark("Paire retenue."),
    "decline": mark("Paire déclinée. Elle ne sera plus proposée."),
    "postpone": mark("Paire reportée."),
    "reopen": mark("Examen repris."),
    "note": mark("Commentaire gardé."),
    "grade": mark("Note gardée."),
    "undo": mark("Dernière étape annulée."),
}
router = APIRouter(include_in_schema=False)


@router.get("/paires/{proposal_id}")
def pair(request: Request, proposal_id: str, visitor: VisitorOf, fait: str = "") -> Response:
    """Two actors, why they were proposed, and what can be decided."""
    tenant = ready(request, visitor)
    message = speech_of(request).gettext(DONE[fait]) if fait in DONE else ""
    proposal = held(tenant, visitor, proposal_id)
    note_view(tenant, visitor, proposal)
    return _page(request, tenant, visitor, proposal, message=message)


@router.post("/paires/{proposal_id}")
def decide(request: Request, proposal_id: str, visitor: VisitorOf, form: Form) -> Response:
    """Take one step; when it is refused the page says why and keeps what was typed."""
    check_csrf(visitor.session.csrf, form)
    tenant, said = ready(request, visitor), speech_of(request)
    proposal = held(tenant, visitor, proposal_id)
    try:
        decision = _decision(form, visitor, tenant.workspace.parts)
        revision = _number(form, "revision")
        tenant.holdings.proposals.decide(proposal.id, decision, datetime.now(UTC), revision)
    except (ConflictError, InputError) as refused:
        status = 422 if isinstance(refused, InputError | IllegalStepError) else 409
        now = held(tenant, visitor, proposal_id)
        error = _told(refused, now, said)
        return _page(request, tenant, visitor, now, form=form, error=error, status=status)
    return RedirectResponse(f"/paires/{proposal.id}?fait={decision.action.value}", 303)


def held(tenant: Tenant, visitor: Visitor, proposal_id: str) -> Proposal:
    """A proposal of the visitor's territories; any other is unknown to them."""
    found = tenant.holdings.proposals.get(ProposalId(proposal_id))
    mine = visitor.person.territories
    if not sees_any(visitor.person) or (mine and set(mine).isdisjoint(found.places)):
        raise UnknownRecordError("proposal", proposal_id)
    return found


def _decision(form: dict[str, str], visitor: Visitor, parts: object) -> Decision:
    taxonomy: Taxonomy = parts.taxonomy  # type: ignore[attr-defined]
    action = form.get("action", "")
    if action not in ACTIONS:
        raise InputError("action", action, f"expected one of: {', '.join(ACTIONS)}")
    reason = form.get(f"reason_{action}") or None
    if reason is not None:
        taxonomy.check(f"{action}_reasons", "reason", reason)
    return Decision(
        Action(action),
        visitor.person.id,
        note=form.get("note", "").strip(),
        reason=reason,
        minutes=_number(form, "minutes"),
        grade=_number(form, "grade") if form.get("grade") else None,
        until=_until(form.get("until", "")) if action == Action.POSTPONE else None,
    )


def _until(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("until", text, "expected a date") from error


def _number(form: dict[str, str], name: str) -> int:
    text = form.get(name) or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(name, text, "expected a whole number")
    return int(text)


def _told(refused: ConflictError | InputError, now: Proposal, said: Speech) -> str:
    """Why a step was refused, in the visitor's language."""
    if isinstance(refused, IllegalStepError):
        return said.gettext(TOO_LATE).format(state=said.gettext(STATES[now.state]))
    if isinstance(refused, ConflictError):
        return said.gettext(CHANGED)
    return said.gettext(WRONG[refused.field]) if refused.field in WRONG else str(refused)


def _page(
    request: Request,
    tenant: Tenant,
    visitor: Visitor,
    proposal: Proposal,
    *,
    form: dict[str, str] | None = None,
    message: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    said = speech_of(request)
    steps = tenant.holdings.proposals.steps(proposal.id)
    return page(
        request,
        "pair.html",
        status,
        proposal=proposal,
        served=proposal.served,
        view=view_of(tenant, proposal, said),
        steps=steps,
        following=next_waiting(tenant, visitor, proposal.id),
        hidden=is_blind(request) and not has_judged(steps, visitor.person.id),
        people=names_of(colleagues(request, visitor)),
        form=form or {},
        message=message,
        error=error,
        reasons=reasons(tenant, said),
        **labels(tenant.workspace.parts.taxonomy, said.lang),
    )
