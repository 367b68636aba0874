"""Proposals: made for a territory, read, and decided step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response, status

from matcher.domain import Outcome
from matcher.importing import check_text
from matcher.proposals import (
    Action,
    Decision,
    Proposal,
    ProposalId,
    ProposalQuery,
    ProposalState,
    Step,
)
from matcher.proposing import fill_queue
from matcher.taxonomy import Taxonomy
from matcher.workspace import Filters
from service.cursors import Cursor, cursor_of, read_cursor
from service.idempotency import OnceRoute
from service.problems import ProblemError
from service.proposal_schemas import OutcomeIn, ProposalOut, ProposalsOut, ProposeIn, StepIn, StepOut
from service.security import CallerOf, ReadTenant, ReviewTenant

router = APIRouter(prefix="/v1", tags=["proposals"], route_class=OnceRoute)
ProposalPath = Annotated[str, Path(max_length=64)]


@router.post("/proposals:generate", status_code=status.HTTP_201_CREATED)
def generate(body: ProposeIn, tenant: ReviewTenant) -> ProposalsOut:
    """Propose the best pairs that were never proposed, each actor in one of them at most."""
    filters = Filters(sectors=body.sector, themes=body.theme, territory=body.territory)
    now, proposals = datetime.now(UTC), tenant.holdings.proposals
    added = fill_queue(
        tenant.workspace, proposals, now=now, filters=filters, limit=body.limit, per_actor=1, lang=body.lang
    )
    return ProposalsOut(items=[_out(one) for one in added], counts=proposals.counts(ProposalQuery()))


@router.get("/proposals")
def list_proposals(
    tenant: ReadTenant,
    state: Annotated[list[ProposalState] | None, Query()] = None,
    place: Annotated[list[str] | None, Query(description="codes of communes up to countries")] = None,
    sector: Annotated[list[str] | None, Query()] = None,
    theme: Annotated[list[str] | None, Query()] = None,
    catalyst: Annotated[str | None, Query(max_length=200)] = None,
    actor: Annotated[str | None, Query(max_length=200)] = None,
    min_score: Annotated[float | None, Query(allow_inf_nan=False)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> ProposalsOut:
    """Proposals, best score first, and how many there are in each state."""
    query = ProposalQuery(
        states=state or (),
        places=place or (),
        sectors=sector or (),
        themes=theme or (),
        catalyst=catalyst,
        actor=actor,
        min_score=min_score,
    )
    for name, value in (
        ("catalyst", catalyst),
        ("actor", actor),
        ("filter", [*query.places, *query.sectors, *query.themes]),
    ):
        check_text(name, value)
    page = tenant.holdings.proposals.find(query, limit, read_cursor(cursor))
    return ProposalsOut(
        items=[_out(one) for one in page.proposals],
        counts=tenant.holdings.proposals.counts(query),
        next=None if page.next is None else cursor_of(page.next),
    )


@router.get("/proposals/{proposal_id}")
def get_proposal(proposal_id: ProposalPath, tenant: ReadTenant, response: Response) -> ProposalOut:
    """A proposal with every step that was taken."""
    proposal = tenant.holdings.proposals.get(ProposalId(proposal_id))
    response.headers["ETag"] = f'"{proposal.revision}"'
    return _out(proposal, tenant.holdings.proposals.steps(proposal.id))


@router.post("/proposals/{proposal_id}/steps", status_code=status.HTTP_201_CREATED)
def take_step(
    proposal_id: ProposalPath,
    body: StepIn,
    tenant: ReviewTenant,
    caller: CallerOf,
    request: Request,
    response: Response,
    if_match: Annotated[str | None, Header(description="the revision that you read")] = None,
) -> ProposalOut:
    """Decide: review, introduce, meet, ally, decline, postpone, reopen, undo; or note, grade, log time."""
    decision = _decision(body, tenant.workspace.parts.taxonomy, caller.key_id)
    proposals = tenant.holdings.proposals
    after = proposals.decide(ProposalId(proposal_id), decision, datetime.now(UTC), _revision(if_match))
    tenant.follow()
    response.headers["ETag"] = f'"{after.revision}"'
    response.headers["Location"] = str(request.url_for("get_proposal", proposal_id=after.id).path)
    return _out(after, proposals.steps(after.id))


def _decision(body: StepIn, taxonomy: Taxonomy, key_id: str) -> Decision:
    check_text("note", body.note)
    for value in (body.by, body.catalyst):
        check_text("by", value)
    if body.reason is not None:
        words = "postpone_reasons" if body.action is Action.POSTPONE else "decline_reasons"
        taxonomy.check(words, "reason", body.reason)
    for name, activity in (("activity", body.activity), ("next_activity", body.next_activity)):
        if activity is not None:
            taxonomy.check("activities", name, activity)
    if body.action is Action.ALLY:
        taxonomy.check("alliance_types", "type", body.type or "")
    return Decision(
        action=body.action,
        by=body.by or key_id,
        note=body.note,
        reason=body.reason,
        minutes=body.minutes,
        activity=body.activity,
        grade=body.grade,
        catalyst=body.catalyst,
        until=body.until,
        outcome=None if body.outcome is None else Outcome(**body.outcome.model_dump()),
        counterfactual=body.counterfactual,
        alliance_type=body.type,
        next_activity=body.next_activity,
        month=body.month,
    )


def _revision(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ProblemError(
            412, "changed", f'If-Match: expected a revision such as "3", got {if_match[:50]!r}'
        )
    return int(text)


def _out(one: Proposal, steps: list[Step] | None = None) -> ProposalOut:
    return ProposalOut(
        id=one.id,
        actors=[one.a, one.b],
        state=one.state,
        revision=one.revision,
        score=one.score,
        model=one.model,
        encoder=one.encoder,
        catalyst=one.catalyst,
        until=one.until,
        grade=one.grade,
        created=one.created,
        updated=one.updated,
        served=dict(one.served),
        steps=None if steps is None else [_step_out(step) for step in steps],
    )


def _step_out(step: Step) -> StepOut:
    said = step.decision
    outcome = said.outcome
    return StepOut(
        action=said.action,
        by=said.by,
        at=step.at,
        before=step.before,
        after=step.after,
        note=said.note,
        reason=said.reason,
        minutes=said.minutes,
        activity=said.activity,
        grade=said.grade,
        catalyst=said.catalyst,
        until=said.until,
        outcome=None
        if outcome is None
        else OutcomeIn(
            performance=outcome.performance, innovation=outcome.innovation, confiance=outcome.confiance
        ),
        counterfactual=said.counterfactual,
        type=said.alliance_type,
        next_activity=said.next_activity,
        month=said.month,
    )
