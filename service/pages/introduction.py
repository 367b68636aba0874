"""Introducing a pair: two messages to edit, to copy or to take to one's own e-mail program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from matcher.access import Scope, allows
from matcher.domain import ActorId
from matcher.drafts import Draft
from matcher.errors import ConflictError, IllegalStepError, InputError
from matcher.introductions import default_templates, introduce, is_sourcing
from matcher.proposals import Action, Decision, Proposal, ProposalState
from matcher.taxonomy import Lang
from service.mail import EML, eml, mailto
from service.pages.language import speech_of
from service.pages.pairs import (
    QUICK_MINUTES,
    activities_by_metier,
    code_or_none,
    colleagues,
    day_or_none,
    names_of,
    note_view,
    pair_of,
    whole_number,
)
from service.pages.rendering import page
from service.pages.visitor import Form, Visitor, VisitorOf, check_csrf
from service.tenants import Tenant

OPEN = frozenset(ProposalState) - {ProposalState.SUGGESTED, ProposalState.DECLINED}
DEFAULT_ACTIVITY = "mise_en_relation"
DEFAULT_NEXT = "rencontre"
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the pair as the page shows it: who, the message, and the address if it may be seen."""

    key: str
    name: str
    draft: Draft
    saved: bool
    email: str | None
    mailto: str


@router.get("/paires/{proposal_id}/mise-en-relation")
def introduction(request: Request, proposal_id: str, visitor: VisitorOf) -> Response:
    """The two messages, as they were saved or as the templates have them."""
    tenant, proposal = pair_of(request, visitor, proposal_id)
    note_view(tenant, visitor, proposal)
    return _page(request, tenant, visitor, proposal)


@router.post("/paires/{proposal_id}/mise-en-relation")
def introduced(request: Request, proposal_id: str, visitor: VisitorOf, form: Form) -> Response:
    """Save the messages; begin one anew; or note that both were introduced."""
    check_csrf(visitor.session.csrf, form)
    tenant, proposal = pair_of(request, visitor, proposal_id)
    action = form.get("action", "")
    said = speech_of(request)
    try:
        drafts = _posted(request, tenant, visitor, proposal, form, renew=action)
        tenant.holdings.drafts.put(drafts)
        if action == Action.INTRODUCE:
            decision = _decision(form, visitor, tenant)
            revision = whole_number(form, "revision")
            tenant.holdings.proposals.decide(proposal.id, decision, datetime.now(UTC), revision)
            return RedirectResponse(f"/paires/{proposal.id}/suivi", 303)
    except IllegalStepError:
        error = said.gettext("Cette étape n'est pas possible dans l'état actuel de la paire.")
        return _page(request, tenant, visitor, _again(tenant, proposal), form, error, 409)
    except ConflictError as refused:
        error = said.gettext(
            "Refusé, votre texte est gardé : la paire a changé, ou quelqu'un d'autre la suit."
        )
        return _page(request, tenant, visitor, _again(tenant, proposal), form, f"{error} ({refused})", 409)
    except InputError as refused:
        error = said.gettext("Saisie refusée :")
        return _page(request, tenant, visitor, proposal, form, f"{error} {refused}", 422)
    return RedirectResponse(f"/paires/{proposal.id}/mise-en-relation", 303)


@router.post("/paires/{proposal_id}/mise-en-relation/{key}.eml")
def download(request: Request, proposal_id: str, key: str, visitor: VisitorOf, form: Form) -> Response:
    """One message as a file for an e-mail program, as it stands in the form; both are saved."""
    check_csrf(visitor.session.csrf, form)
    tenant, proposal = pair_of(request, visitor, proposal_id)
    if key not in ("a", "b"):
        raise InputError("key", key, "expected a or b")
    drafts = _posted(request, tenant, visitor, proposal, form)
    tenant.holdings.drafts.put(drafts)
    draft = drafts[0 if key == "a" else 1]
    content = eml(_email(tenant, visitor, proposal, draft.to), draft.subject, draft.body)
    named = {"content-disposition": f'attachment; filename="mise-en-relation-{key}.eml"'}
    return Response(content, media_type=EML, headers=named)


def _page(
    request: Request,
    tenant: Tenant,
    visitor: Visitor,
    proposal: Proposal,
    form: Mapping[str, str] | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    lang = speech_of(request).lang
    people = names_of(colleagues(request, visitor))
    return page(
        request,
        "introduction.html",
        status,
        proposal=proposal,
        served=proposal.served,
        sides=_sides(request, tenant, visitor, proposal, form or {}) if proposal.state in OPEN else [],
        is_open=proposal.state in OPEN,
        sourcing=is_sourcing(proposal.served),
        languages={"fr": "français", "en": "English"},
        activities=activities_by_metier(tenant.workspace.parts.taxonomy, lang),
        quick=QUICK_MINUTES,
        holder=people.get(proposal.catalyst or "", proposal.catalyst or ""),
        is_mine=proposal.catalyst in (None, visitor.person.id),
        form={"activity": DEFAULT_ACTIVITY, "next_activity": DEFAULT_NEXT} | dict(form or {}),
        error=error,
    )


def _again(tenant: Tenant, proposal: Proposal) -> Proposal:
    """The proposal as it is by now."""
    return tenant.holdings.proposals.get(proposal.id)


def _sides(
    request: Request, tenant: Tenant, visitor: Visitor, proposal: Proposal, form: Mapping[str, str]
) -> list[Side]:
    saved = tenant.holdings.drafts.of(proposal.id)
    names = {proposal.served[side]["id"]: proposal.served[side]["name"] for side in ("actor", "other")}
    sides = []
    for key, actor_id in (("a", proposal.a), ("b", proposal.b)):
        draft = saved.get(actor_id) or _fresh(tenant, visitor, proposal, actor_id, speech_of(request).lang)
        email = _email(tenant, visitor, proposal, actor_id)
        subject, body = form.get(f"subject_{key}", draft.subject), form.get(f"body_{key}", draft.body)
        shown = Draft(draft.proposal_id, draft.to, draft.lang, subject, body, draft.person, draft.at)
        link = mailto(email, subject, body)
        sides.append(Side(key, names[actor_id], shown, actor_id in saved, email, link))
    return sides


def _fresh(tenant: Tenant, visitor: Visitor, proposal: Proposal, to: ActorId, lang: Lang) -> Draft:
    """The message that the templates make."""
    lexicon = tenant.workspace.parts.lexicon
    made = introduce(proposal.served, to, visitor.person.name, lang, lexicon, default_templates())
    return Draft(proposal.id, to, lang, made.subject[:200], made.body, visitor.person.id, datetime.now(UTC))


def _posted(
    request: Request,
    tenant: Tenant,
    visitor: Visitor,
    proposal: Proposal,
    form: Mapping[str, str],
    renew: str = "",
) -> list[Draft]:
    """Both messages as they were typed; the one to renew as its template has it in the chosen language."""
    drafts = []
    for key, actor_id in (("a", proposal.a), ("b", proposal.b)):
        chosen = form.get(f"lang_{key}", "")
        lang = Lang(chosen) if chosen in tuple(Lang) else speech_of(request).lang
        fresh = _fresh(tenant, visitor, proposal, actor_id, lang)
        if renew == f"renew_{key}":
            drafts.append(fresh)
            continue
        subject = form.get(f"subject_{key}", fresh.subject)
        body = "\n".join(form.get(f"body_{key}", fresh.body).splitlines())
        drafts.append(Draft(proposal.id, actor_id, lang, subject, body, visitor.person.id, fresh.at))
    return drafts


def _email(tenant: Tenant, visitor: Visitor, proposal: Proposal, actor_id: ActorId) -> str | None:
    """The address of an actor, for whoever has a kept pair in hand (and administrators)."""
    holds = proposal.catalyst == visitor.person.id or allows(visitor.person.scopes, Scope.ADMIN)
    if not holds or proposal.state not in OPEN:
        return None
    contact = tenant.holdings.store.contact(actor_id)
    return None if contact is None else contact.email


def _decision(form: Mapping[str, str], visitor: Visitor, tenant: Tenant) -> Decision:
    taxonomy = tenant.workspace.parts.taxonomy
    return Decision(
        Action.INTRODUCE,
        visitor.person.id,
        note=form.get("note", ""),
        minutes=whole_number(form, "minutes"),
        activity=code_or_none(form, "activity", taxonomy, "activities"),
        next_activity=code_or_none(form, "next_activity", taxonomy, "activities"),
        until=day_or_none(form, "until"),
    )
