"""Proposals and what people decide of them: suggested → reviewed → introduced → meeting → alliance.

A pair is proposed once. Each decision is one step, kept for ever; an illegal one is refused and
nothing changes. The rules are functions of a proposal; the `Proposals` protocol keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NewType, Protocol

from matcher.domain import ActorId, Outcome
from matcher.errors import ConflictError, IllegalStepError, InputError

ProposalId = NewType("ProposalId", str)
GRADES = range(4)
"""How good a proposal looked to the person who judged it: 0 useless … 3 excellent."""
FOLLOW_UP_MONTHS = (3, 6, 12)
LONGEST_MINUTES = 24 * 60
LONGEST_NOTE = 4_000


class ProposalState(StrEnum):
    """Where a proposal stands."""

    SUGGESTED = "suggested"
    REVIEWED = "reviewed"
    INTRODUCED = "introduced"
    MEETING = "meeting"
    ALLIANCE = "alliance"
    DECLINED = "declined"
    POSTPONED = "postponed"


class Action(StrEnum):
    """What a person does with a proposal; the last five leave it where it stands."""

    REVIEW = "review"
    INTRODUCE = "introduce"
    MEET = "meet"
    ALLY = "ally"
    DECLINE = "decline"
    POSTPONE = "postpone"
    REOPEN = "reopen"
    UNDO = "undo"
    NOTE = "note"
    GRADE = "grade"
    ASSIGN = "assign"
    LOG_TIME = "log_time"
    FOLLOW_UP = "follow_up"


class Counterfactual(StrEnum):
    """Would the alliance have come about without Maillon?"""

    YES = "yes"
    LATER = "later"
    NO = "no"
    UNKNOWN = "unknown"


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


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person asks for. `reason` is a code of the taxonomy, `minutes` the time it took."""

    action: Action
    by: str
    note: str = ""
    reason: str | None = None
    minutes: int = 0
    activity: str | None = None
    grade: int | None = None
    catalyst: str | None = None
    until: date | None = None
    outcome: Outcome | None = None
    counterfactual: Counterfactual | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A decision that was taken: when, and the states before and after."""

    decision: Decision
    at: datetime
    before: ProposalState
    after: ProposalState


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair proposed for an alliance, `a` < `b`, with what was served when it was proposed.

    `served` is the explained match as it stood: features, points, reasons. `places`, `sectors` and
    `themes` are those of both actors then, sorted, to filter by. `catalyst` is the person who has it in hand.
    """

    id: ProposalId
    a: ActorId
    b: ActorId
    score: float
    model: str
    encoder: str
    served: Mapping[str, Any]
    created: datetime
    updated: datetime
    state: ProposalState = ProposalState.SUGGESTED
    revision: int = 1
    catalyst: str | None = None
    until: date | None = None
    grade: int | None = None
    places: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposalQuery:
    """Which proposals; empty means no filter. A place is any code of a commune up to a country."""

    states: Sequence[ProposalState] = ()
    places: Sequence[str] = ()
    sectors: Sequence[str] = ()
    themes: Sequence[str] = ()
    catalyst: str | None = None
    actor: str | None = None
    created_before: datetime | None = None
    min_score: float | None = None


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """Some proposals, best first, and where the next ones begin (None at the end)."""

    proposals: tuple[Proposal, ...]
    next: str | None = None


class Proposals(Protocol):
    """Keeps the proposals of one tenant and every step. Each call is one transaction."""

    def add(self, proposals: Iterable[Proposal]) -> list[Proposal]:
        """Those that were new; a pair that was ever proposed is left as it is."""

    def get(self, proposal_id: ProposalId) -> Proposal:
        """The proposal of this id, else UnknownRecordError."""

    def of_pair(self, a: ActorId, b: ActorId) -> Proposal | None:
        """The proposal of these two, in either order."""

    def decide(
        self, proposal_id: ProposalId, decision: Decision, at: datetime, revision: int | None = None
    ) -> Proposal:
        """The proposal after the decision. IllegalStepError, ConflictError when `revision` is not its own."""

    def steps(self, proposal_id: ProposalId) -> list[Step]:
        """Everything that was decided of it, oldest first."""

    def find(self, query: ProposalQuery, limit: int, after: str | None = None) -> ProposalPage:
        """The proposals that a query asks for, best score first."""

    def counts(self, query: ProposalQuery) -> dict[ProposalState, int]:
        """How many a query finds in each state, whatever states it asks for."""

    def steps_between(self, start: datetime, end: datetime) -> Iterator[tuple[Proposal, Step]]:
        """Every step of a period [start, end), oldest first, with its proposal as it is now."""


def decide(
    proposal: Proposal, decision: Decision, at: datetime, past: Sequence[Step] = ()
) -> tuple[Proposal, Step]:
    """The proposal after a decision, and the step; `past` are its earlier steps, oldest first."""
    _check(decision)
    after = _target(proposal, decision, past)
    step = Step(decision, at, proposal.state, after)
    catalyst = proposal.catalyst
    if decision.action is Action.ASSIGN:
        catalyst = decision.catalyst
    elif decision.action is Action.INTRODUCE:
        catalyst = _introducer(proposal, decision)
    elif decision.action is Action.REVIEW and catalyst is None:
        catalyst = decision.by
    return (
        replace(
            proposal,
            state=after,
            updated=at,
            revision=proposal.revision + 1,
            catalyst=catalyst,
            until=decision.until if after is ProposalState.POSTPONED else None,
            grade=proposal.grade if decision.grade is None else decision.grade,
        ),
        step,
    )


def _target(proposal: Proposal, decision: Decision, past: Sequence[Step]) -> ProposalState:
    if decision.action is Action.UNDO:
        return _undone(proposal, past)
    if decision.action is Action.FOLLOW_UP and proposal.state is not ProposalState.ALLIANCE:
        raise IllegalStepError(decision.action, proposal.state, [ProposalState.ALLIANCE])
    if decision.action not in CHAIN:
        return proposal.state
    sources, target = CHAIN[decision.action]
    if proposal.state not in sources:
        raise IllegalStepError(decision.action, proposal.state, sorted(sources))
    return target


def _undone(proposal: Proposal, past: Sequence[Step]) -> ProposalState:
    """Where the last move that was not undone itself came from."""
    to_skip = 0
    for step in reversed(past):
        if step.decision.action is Action.UNDO:
            to_skip += 1
        elif step.before is not step.after:
            if not to_skip:
                return step.before
            to_skip -= 1
    raise IllegalStepError(Action.UNDO, proposal.state, [])


def _introducer(proposal: Proposal, decision: Decision) -> str:
    if proposal.catalyst not in (None, decision.by):
        raise ConflictError(
            f"{proposal.catalyst} has this pair in hand; only one catalyst introduces it "
            "(the proposal can be reassigned)"
        )
    return decision.by


def _check(decision: Decision) -> None:
    if not decision.by:
        raise InputError("by", decision.by, "expected who decides")
    if not 0 <= decision.minutes <= LONGEST_MINUTES:
        raise InputError("minutes", decision.minutes, f"expected 0 to {LONGEST_MINUTES}")
    if len(decision.note) > LONGEST_NOTE:
        raise InputError("note", len(decision.note), f"longer than {LONGEST_NOTE} characters")
    if decision.grade is not None and decision.grade not in GRADES:
        raise InputError("grade", decision.grade, "expected 0 to 3")
    if decision.action in (Action.DECLINE, Action.POSTPONE) and not decision.reason:
        raise InputError("reason", decision.reason, "declining or postponing needs a coded reason")
    needed = {
        Action.NOTE: ("note", decision.note),
        Action.GRADE: ("grade", decision.grade),
        Action.LOG_TIME: ("minutes", decision.minutes or None),
    }.get(decision.action)
    if needed is not None and needed[1] in (None, ""):
        raise InputError(needed[0], needed[1], f"{decision.action} needs one")


def pair_of(a: str, b: str) -> tuple[ActorId, ActorId]:
    """The two ids in the order in which a proposal keeps them; InputError when they are one actor."""
    if a == b:
        raise InputError("pair", (a, b), "an actor is not proposed to itself; give two ids")
    first, second = sorted((a, b))
    return ActorId(first), ActorId(second)


@dataclass(frozen=True, slots=True)
class Effort:
    """Minutes of one activity in one period."""

    activity: str | None
    minutes: int = 0
    steps: int = field(default=0)


def efforts(steps: Iterable[Step]) -> list[Effort]:
    """The time logged by activity, the largest first; their sum is that of the steps."""
    total: dict[str | None, Effort] = {}
    for step in steps:
        one = step.decision
        if one.minutes:
            held = total.get(one.activity, Effort(one.activity))
            total[one.activity] = replace(held, minutes=held.minutes + one.minutes, steps=held.steps + 1)
    return sorted(total.values(), key=lambda effort: (-effort.minutes, effort.activity or ""))
