"""What is done to the queue as a whole: postpone several, keep a filter, search for new pairs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from matcher.errors import ConflictError, IllegalStepError, InputError, UnknownRecordError
from matcher.proposals import Action, Decision, ProposalId
from matcher.proposing import fill_queue
from matcher.saved_filters import LONGEST_NAME, MOST, SavedFilter
from matcher.taxonomy import Lang
from matcher.workspace import Filters
from service.pages.actor_search import ready
from service.pages.language import mark, speech_of
from service.pages.pair import held
from service.pages.queue import searches_of, sees_any
from service.pages.visitor import Form, Lists, VisitorOf, check_csrf, way_back
from service.problems import ProblemError
from service.searches import Advance
from service.tenants import Tenant

NEW_AT_ONCE = 60
"""How many new pairs one search brings at most for each territory."""
MOST_AT_ONCE = 200
BAD_NAME = mark("Donnez un nom de 1 à {longest} caractères, et gardez au plus {most} filtres.")
router = APIRouter(include_in_schema=False)


@router.post("/a-examiner/reporter")
def postpone(request: Request, visitor: VisitorOf, lists: Lists) -> Response:
    """Postpone the pairs that were ticked; one that somebody decided meanwhile is left as it is."""
    form = {name: values[-1] for name, values in lists.items()}
    check_csrf(visitor.session.csrf, form)
    tenant = ready(request, visitor)
    reason, until = form.get("raison", ""), _day(form.get("jusque", ""))
    tenant.workspace.parts.taxonomy.check("postpone_reasons", "raison", reason)
    decision = Decision(Action.POSTPONE, visitor.person.id, reason=reason, until=until)
    done = 0
    for ticked in lists.get("paire", [])[:MOST_AT_ONCE]:
        try:
            proposal = held(tenant, visitor, ticked)
            tenant.holdings.proposals.decide(ProposalId(proposal.id), decision, datetime.now(UTC))
            done += 1
        except (UnknownRecordError, IllegalStepError, ConflictError):
            continue
    return _back(form, f"reportees-{done}" if done else "")


@router.post("/a-examiner/filtres")
def keep_filter(request: Request, visitor: VisitorOf, form: Form) -> Response:
    """Keep the filter that the page shows under a name."""
    check_csrf(visitor.session.csrf, form)
    saved = SavedFilter(visitor.person.id, form.get("nom", "").strip(), form.get("suite", "")[:2_000])
    try:
        ready(request, visitor).holdings.saved_filters.put(saved)
    except InputError as error:
        told = speech_of(request).gettext(BAD_NAME).format(longest=LONGEST_NAME, most=MOST)
        raise ProblemError(422, "invalid", told) from error
    return _back(form, "filtre")


@router.post("/a-examiner/filtres/oublier")
def forget_filter(request: Request, visitor: VisitorOf, form: Form) -> Response:
    """Forget a filter."""
    check_csrf(visitor.session.csrf, form)
    ready(request, visitor).holdings.saved_filters.delete(visitor.person.id, form.get("nom", ""))
    return _back(form, "oubli")


@router.post("/a-examiner/chercher")
def search(request: Request, visitor: VisitorOf, form: Form) -> Response:
    """Begin to look for pairs that were never proposed, in each territory of the visitor's."""
    check_csrf(visitor.session.csrf, form)
    tenant = ready(request, visitor)
    if not sees_any(visitor.person):
        raise ProblemError(403, "forbidden", "this account has no territory")
    lang = speech_of(request).lang
    work = partial(_search, tenant, visitor.person.territories or (None,), lang)
    thread = searches_of(request).begin((visitor.person.tenant, visitor.person.id), work)
    if thread is not None:
        thread.join(PATIENCE)  # a short search is over before the page is shown again
    return _back(form, "")


PATIENCE = 2.0
"""Seconds that a request waits for a search before it shows how far it is."""


def _search(tenant: Tenant, territories: tuple[str | None, ...], lang: Lang, advance: Advance) -> int:
    added = 0
    for territory in territories:
        try:
            new = fill_queue(
                tenant.workspace,
                tenant.holdings.proposals,
                now=datetime.now(UTC),
                filters=Filters(territory=territory),
                limit=NEW_AT_ONCE,
                lang=lang,
                on_progress=advance,
            )
        except InputError:  # nobody is in this territory yet
            continue
        added += len(new)
    return added


def _back(form: dict[str, str], done: str) -> Response:
    query = form.get("suite", "")[:2_000]
    parts = [part for part in (query, f"fait={done}" if done else "") if part]
    return RedirectResponse(way_back("/a-examiner" + ("?" + "&".join(parts) if parts else "")), 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("jusque", text, "expected a date") from error
