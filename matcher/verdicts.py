"""What people thought of proposals as they stood on a day, as grades of the pair itself.

A proposal may be declined for what has nothing to do with the pair: they know each other already, the
need is gone, nobody has time. That is no verdict on the match, and neither is what was never decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from matcher.domain import ActorId, Alliance
from matcher.proposals import Action, Proposal, ProposalState, Step

NOT_AGAINST = frozenset({"already_known", "need_outdated", "no_capacity", "context"})
"""Reasons to decline that are not counted against the pair; any other reason is."""
STATE_GRADES: Mapping[ProposalState, int] = {
    ProposalState.ALLIANCE: 3,
    ProposalState.MEETING: 2,
    ProposalState.INTRODUCED: 2,
    ProposalState.REVIEWED: 1,
}
BEST_GRADE = 3
Pair = tuple[ActorId, ActorId]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A grade of a proposed pair, 0 (wrong) to 3 (an alliance came of it), and the day it stood."""

    proposal: Proposal
    day: date
    grade: int


def verdicts(steps: Iterable[tuple[Proposal, Step]], alliances: Iterable[Alliance]) -> list[Verdict]:
    """The verdicts that steps, oldest first, led to. An alliance that failed is none, good or bad.

    Where a person graded the pair, that grade counts; else the state does.
    """
    failed = {pair for one in alliances if not one.is_positive for pair in pairs_of(one)}
    proposals: dict[str, Proposal] = {}
    moved: dict[str, Step] = {}
    graded: dict[str, Step] = {}
    for proposal, step in steps:
        proposals[proposal.id] = proposal
        if step.before is not step.after:
            moved[proposal.id] = step
        if step.decision.grade is not None:
            graded[proposal.id] = step
    found = []
    for proposal in proposals.values():
        last, grade = _last_word(moved.get(proposal.id), graded.get(proposal.id))
        if last is not None and grade is not None and (proposal.a, proposal.b) not in failed:
            found.append(Verdict(proposal, last.at.date(), grade))
    return found


def _last_word(moved: Step | None, graded: Step | None) -> tuple[Step | None, int | None]:
    if graded is not None:
        return graded, graded.decision.grade
    return moved, None if moved is None else _grade(moved)


def pairs_of(alliance: Alliance) -> list[Pair]:
    """The pairs of an alliance's members, the smaller id first."""
    ordered = sorted(alliance.members)
    return [(a, b) for at, a in enumerate(ordered) for b in ordered[at + 1 :]]


def _grade(step: Step) -> int | None:
    if step.after is ProposalState.DECLINED and step.decision.action is Action.DECLINE:
        return None if step.decision.reason in NOT_AGAINST else 0
    return STATE_GRADES.get(step.after)
