"""The rules of the chain: which step may follow which, and what a proposal is after it.

Functions of a proposal and its past steps; the `Proposals` of a backend keep what they return.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime

from matcher.domain import ActorId, Alliance, AllianceId, Outcome
from matcher.errors import ConflictError, IllegalStepError, InputError
from matcher.follow_up import MONTHS, Reminder, month_at, next_reminder
from matcher.proposals import (
    GRADES,
    LONGEST_MINUTES,
    LONGEST_NOTE,
    Action,
    Decision,
    Proposal,
    ProposalState,
    Step,
)

_S = ProposalState
CHAIN: Mapping[Action, tuple[frozenset[ProposalState], ProposalState]] = {
    Action.REVIEW: (frozenset({_S.SUGGESTED}), _S.REVIEWED),
    Action.INTRODUCE: (frozenset({_S.REVIEWED}), _S.INTRODUCED),
    Action.MEET: (frozenset({_S.INTRODUCED}), _S.MEETING),
    Action.ALLY: (frozenset({_S.MEETING}), _S.ALLIANCE),
    Action.DECLINE: (
        frozenset({_S.SUGGESTED, _S.REVIEWED, _S.INTRODUCED, _S.MEETING, _S.POSTPONED}),
        _S.DECLINED,
    ),
    Action.POSTPONE: (frozenset({_S.SUGGESTED, _S.REVIEWED, _S.INTRODUCED, _S.MEETING}), _S.POSTPONED),
    Action.REOPEN: (frozenset({_S.DECLINED, _S.POSTPONED}), _S.SUGGESTED),
}
"""From which states an action leads to which; the others (`UNDO` apart) move nothing."""


def decide(
    proposal: Proposal, decision: Decision, at: datetime, past: Sequence[Step] = ()
) -> tuple[Proposal, Step]:
    """The proposal after a decision, and the step; `past` are its earlier steps, oldest first."""
    _check(decision)
    after = _target(proposal, decision, past)
    if decision.action is Action.FOLLOW_UP and decision.month is None:
        decision = replace(decision, month=month_at(began(past), at.date()))
    step = Step(decision, at, proposal.state, after)
    return (
        replace(
            proposal,
            state=after,
            updated=at,
            revision=proposal.revision + 1,
            catalyst=_catalyst(proposal, decision),
            until=_until(proposal, step, past),
            grade=proposal.grade if decision.grade is None else decision.grade,
            next_activity=decision.next_activity
            or (proposal.next_activity if after is proposal.state else None),
        ),
        step,
    )


def undone_by_next(past: Sequence[Step]) -> int | None:
    """The place in `past` of the move that an undo would take back: the last one not undone itself."""
    to_skip = 0
    for place in range(len(past) - 1, -1, -1):
        step = past[place]
        if step.decision.action is Action.UNDO:
            to_skip += 1
        elif step.before is not step.after:
            if not to_skip:
                return place
            to_skip -= 1
    return None


def began(past: Sequence[Step]) -> date:
    """The day on which the alliance that these steps led to began; they lead to one."""
    return next(step.at.date() for step in reversed(past) if step.decision.action is Action.ALLY)


def reminder_of(past: Sequence[Step]) -> Reminder | None:
    """The next follow-up of the alliance that these steps led to, None when there is none to make."""
    start = max(place for place, step in enumerate(past) if step.decision.action is Action.ALLY)
    return next_reminder(
        past[start].at.date(), [step.decision.month or 0 for step in _follow_ups(past[start:])]
    )


def alliance_of(proposal: Proposal, ally: Step) -> Alliance:
    """The alliance that a step made of a proposal, introduced by whoever had the pair in hand."""
    return Alliance(
        id=alliance_id(proposal),
        members=(ActorId(proposal.a), ActorId(proposal.b)),
        type=ally.decision.alliance_type or "",
        started=ally.at.date(),
        introduced_by=proposal.catalyst or ally.decision.by,
        outcome=ally.decision.outcome or Outcome(),
    )


def followed(alliance: Alliance, said: Outcome | None) -> Alliance:
    """The alliance with what a follow-up says of its outcome; axes it is silent on stay as they were."""
    told = {} if said is None else {name: value for name, value in asdict(said).items() if value is not None}
    return replace(alliance, outcome=replace(alliance.outcome, **told))


def alliance_id(proposal: Proposal) -> AllianceId:
    """The id of the alliance that a proposal leads to."""
    return AllianceId(f"proposal-{proposal.id}")


def _follow_ups(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.decision.action is Action.FOLLOW_UP]


def _target(proposal: Proposal, decision: Decision, past: Sequence[Step]) -> ProposalState:
    if decision.action is Action.UNDO:
        place = undone_by_next(past)
        if place is None:
            raise IllegalStepError(Action.UNDO, proposal.state, [])
        return past[place].before
    if decision.action is Action.FOLLOW_UP and proposal.state is not ProposalState.ALLIANCE:
        raise IllegalStepError(decision.action, proposal.state, [ProposalState.ALLIANCE])
    if decision.action not in CHAIN:
        return proposal.state
    sources, target = CHAIN[decision.action]
    if proposal.state not in sources:
        raise IllegalStepError(decision.action, proposal.state, sorted(sources))
    return target


def _catalyst(proposal: Proposal, decision: Decision) -> str | None:
    """Who has the pair in hand after a decision; only whoever has it introduces it."""
    if decision.action is Action.ASSIGN:
        return decision.catalyst
    if decision.action is Action.INTRODUCE and proposal.catalyst not in (None, decision.by):
        raise ConflictError(
            f"{proposal.catalyst} has this pair in hand; only one catalyst introduces it "
            "(the proposal can be reassigned)"
        )
    if decision.action in (Action.INTRODUCE, Action.REVIEW):
        return proposal.catalyst or decision.by
    return proposal.catalyst


def _until(proposal: Proposal, step: Step, past: Sequence[Step]) -> date | None:
    """From which day the proposal asks for attention again: when postponed, allied, or so decided."""
    if step.after is ProposalState.ALLIANCE:
        reminder = reminder_of([*past, step])
        return None if reminder is None else reminder.due
    if step.decision.until is not None:
        return step.decision.until
    if step.decision.action is Action.UNDO:
        place = undone_by_next(past) or 0
        dates = [one.decision.until for one in past[:place] if one.after is step.after and one.decision.until]
        return dates[-1] if dates else None
    return proposal.until if step.before is step.after else None


def _check(decision: Decision) -> None:
    if not decision.by:
        raise InputError("by", decision.by, "expected who decides")
    if not 0 <= decision.minutes <= LONGEST_MINUTES:
        raise InputError("minutes", decision.minutes, f"expected 0 to {LONGEST_MINUTES}")
    if len(decision.note) > LONGEST_NOTE:
        raise InputError("note", len(decision.note), f"longer than {LONGEST_NOTE} characters")
    if decision.grade is not None and decision.grade not in GRADES:
        raise InputError("grade", decision.grade, "expected 0 to 3")
    _check_follow_up(decision)
    _check_needed(decision)


def _check_follow_up(decision: Decision) -> None:
    if decision.month is not None and (
        decision.action is not Action.FOLLOW_UP or decision.month not in MONTHS
    ):
        raise InputError("month", decision.month, "expected 3, 6 or 12, of a follow-up")
    for axis in fields(Outcome):
        value = None if decision.outcome is None else getattr(decision.outcome, axis.name)
        if value is not None and not -1 <= value <= 3:
            raise InputError(axis.name, value, "expected -1 to 3")


def _check_needed(decision: Decision) -> None:
    needed = {
        Action.DECLINE: ("reason", decision.reason),
        Action.POSTPONE: ("reason", decision.reason),
        Action.ALLY: ("alliance_type", decision.alliance_type),
        Action.NOTE: ("note", decision.note),
        Action.GRADE: ("grade", decision.grade),
        Action.LOG_TIME: ("minutes", decision.minutes or None),
    }.get(decision.action)
    if needed is not None and needed[1] in (None, ""):
        raise InputError(needed[0], needed[1], f"{decision.action} needs one")
