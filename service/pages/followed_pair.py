"""One followed pair: its next step, its time, its notes, who has it, and all that was done and seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from matcher.access import Person
from matcher.chain import reminder_of
from matcher.domain import Outcome
from matcher.errors import ConflictError, IllegalStepError, InputError
from matcher.follow_up import MONTHS
from matcher.proposals import Action, Counterfactual, Decision, Proposal, ProposalState, Step
from matcher.report import Effort, Work, efforts
from matcher.taxonomy import Taxonomy
from matcher.views import View
from service.pages.language import Speech, mark, speech_of
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
from service.pages.visitor import Form, Visitor, VisitorOf, check_csrf, way_back
from service.rights import may_see_pair
from service.tenants import Tenant

ALLOWED = (
    Action.MEET,
    Action.ALLY,
    Action.FOLLOW_UP,
    Action.LOG_TIME,
    Action.NOTE,
    Action.ASSIGN,
    Action.UNDO,
    Action.REOPEN,
)
MOST_VIEWS = 50
TOLD: Mapping[Action, str] = {
    Action.REVIEW: mark("a retenu la paire"),
    Action.INTRODUCE: mark("a fait la mise en relation"),
    Action.MEET: mark("a noté une rencontre"),
    Action.ALLY: mark("a noté une alliance"),
    Action.DECLINE: mark("a décliné la paire"),
    Action.POSTPONE: mark("a reporté la paire"),
    Action.REOPEN: mark("a rouvert la paire"),
    Action.UNDO: mark("a annulé la dernière étape"),
    Action.NOTE: mark("a écrit une note"),
    Action.GRADE: mark("a noté la proposition"),
    Action.ASSIGN: mark("a confié la paire"),
    Action.LOG_TIME: mark("a noté du temps"),
    Action.FOLLOW_UP: mark("a fait le suivi"),
}
SEEN = mark("a ouvert la paire")
COUNTERFACTUALS: Mapping[Counterfactual, str] = {
    Counterfactual.NO: mark("non"),
    Counterfactual.LATER: mark("oui, mais plus tard"),
    Counterfactual.YES: mark("oui"),
    Counterfactual.UNKNOWN: mark("on ne sait pas"),
}
GRADES: Mapping[str, str] = {
    "-1": mark("−1 : recul"),
    "0": mark("0 : rien de visible"),
    "1": mark("1 : un peu"),
    "2": mark("2 : nettement"),
    "3": mark("3 : transformé"),
}
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Past:
    """One line of the history: a step, or a view (then `step` is None)."""

    at: datetime
    who: str
    what: str
    step: Step | None = None


@router.get("/paires/{proposal_id}/suivi")
def followed(request: Request, proposal_id: str, visitor: VisitorOf) -> Response:
    """The pair with what can be done of it now."""
    tenant, proposal = pair_of(request, visitor, proposal_id)
    note_view(tenant, visitor, proposal)
    return _page(request, tenant, visitor, proposal)


@router.post("/paires/{proposal_id}/suivi")
def step(request: Request, proposal_id: str, visitor: VisitorOf, form: Form) -> Response:
    """Take a step; when it is refused the page says why and keeps what was typed."""
    check_csrf(visitor.session.csrf, form)
    tenant, proposal = pair_of(request, visitor, proposal_id)
    said = speech_of(request)
    try:
        decision = _decision(form, visitor, tenant.workspace.parts.taxonomy)
        if decision.action is Action.ASSIGN:
            _check_catalyst(decision.catalyst, proposal, colleagues(request, visitor))
        revision = whole_number(form, "revision") if form.get("revision") else None
        tenant.holdings.proposals.decide(proposal.id, decision, datetime.now(UTC), revision)
    except IllegalStepError:
        error = said.gettext("Cette étape n'est pas possible dans l'état actuel de la paire.")
        return _page(request, tenant, visitor, proposal, form, error, 409)
    except ConflictError:
        error = said.gettext(
            "Quelqu'un a modifié cette paire entre-temps. Relisez-la ; votre saisie est gardée."
        )
        now = tenant.holdings.proposals.get(proposal.id)
        return _page(request, tenant, visitor, now, form, error, 409)
    except InputError as refused:
        error = said.gettext("Saisie refusée :")
        return _page(request, tenant, visitor, proposal, form, f"{error} {refused}", 422)
    suite = form.get("suite", "")
    return RedirectResponse(way_back(suite) if suite else f"/paires/{proposal.id}/suivi", 303)


def _page(
    request: Request,
    tenant: Tenant,
    visitor: Visitor,
    proposal: Proposal,
    form: Mapping[str, str] | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    said, taxonomy = speech_of(request), tenant.workspace.parts.taxonomy
    people = colleagues(request, visitor)
    steps = tenant.holdings.proposals.steps(proposal.id)
    allied = proposal.state is ProposalState.ALLIANCE
    reminder = reminder_of(steps) if allied else None
    return page(
        request,
        "followed_pair.html",
        status,
        proposal=proposal,
        served=proposal.served,
        reminder=reminder,
        months={str(month): said.gettext("%d mois") % month for month in MONTHS},
        efforts=_efforts(steps),
        history=_history(steps, tenant.holdings.views.of(proposal.id, MOST_VIEWS), names_of(people), said),
        people=names_of(people),
        able={one.id: one.name for one in people if may_see_pair(one, proposal.places)},
        activities=activities_by_metier(taxonomy, said.lang),
        activity_names={one: taxonomy.label("activities", one, said.lang) for one in taxonomy.activities},
        types={one: taxonomy.label("alliance_types", one, said.lang) for one in taxonomy.alliance_types},
        counterfactuals={one.value: said.gettext(text) for one, text in COUNTERFACTUALS.items()},
        grades={grade: said.gettext(text) for grade, text in GRADES.items()},
        axes={
            "performance": said.gettext("Performance : l'action a-t-elle mieux répondu au besoin ?"),
            "innovation": said.gettext("Innovation : a-t-on fait autrement ?"),
            "confiance": said.gettext("Confiance : se fait-on plus confiance qu'avant ?"),
        },
        quick=QUICK_MINUTES,
        form=form or {},
        error=error,
    )


def _efforts(steps: list[Step]) -> list[Effort]:
    return efforts(
        Work(step.at.date(), step.decision.activity, step.decision.minutes, 1)
        for step in steps
        if step.decision.minutes
    )


def _history(steps: list[Step], views: list[View], people: Mapping[str, str], said: Speech) -> list[Past]:
    """All that was done and seen, the last first."""
    name: Callable[[str], str] = lambda person: people.get(person, person)  # noqa: E731
    done = [
        Past(step.at, name(step.decision.by), said.gettext(TOLD[step.decision.action]), step)
        for step in steps
    ]
    seen = [Past(view.at, name(view.person), said.gettext(SEEN)) for view in views]
    return sorted([*done, *seen], key=lambda past: past.at, reverse=True)


def _check_catalyst(catalyst: str | None, proposal: Proposal, people: list[Person]) -> None:
    """InputError unless somebody of the tenant and the pair's territories is to have it."""
    able = [one.id for one in people if may_see_pair(one, proposal.places)]
    if catalyst not in able:
        raise InputError("catalyst", catalyst, "expected a colleague of this territory")


def _decision(form: Mapping[str, str], visitor: Visitor, taxonomy: Taxonomy) -> Decision:
    action = form.get("action", "")
    if action not in ALLOWED:
        raise InputError("action", action, f"expected one of: {', '.join(ALLOWED)}")
    counterfactual = form.get("counterfactual", "")
    return Decision(
        Action(action),
        visitor.person.id,
        note=form.get("note", ""),
        minutes=whole_number(form, "minutes"),
        activity=code_or_none(form, "activity", taxonomy, "activities"),
        next_activity=code_or_none(form, "next_activity", taxonomy, "activities"),
        catalyst=form.get("catalyst") or None,
        until=day_or_none(form, "until"),
        alliance_type=code_or_none(form, "type", taxonomy, "alliance_types"),
        month=whole_number(form, "month") or None,
        outcome=_outcome(form),
        counterfactual=Counterfactual(counterfactual) if counterfactual in tuple(Counterfactual) else None,
    )


def _outcome(form: Mapping[str, str]) -> Outcome | None:
    """The effects that were told, None when none was."""
    values = {}
    for axis in ("performance", "innovation", "confiance"):
        text = form.get(axis, "")
        if text and text not in GRADES:
            raise InputError(axis, text, "expected -1 to 3")
        values[axis] = int(text) if text else None
    return Outcome(**values) if any(value is not None for value in values.values()) else None
