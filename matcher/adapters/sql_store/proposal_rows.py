"""Rows to proposals and steps, and where a page of proposals ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row

from matcher.domain import ActorId, Outcome
from matcher.errors import InputError
from matcher.proposals import Action, Counterfactual, Decision, Proposal, ProposalId, ProposalState, Step


def proposal_of(row: Row[Any], facets: dict[str, list[str]]) -> Proposal:
    """The proposal of a row, with its facets by kind."""
    return Proposal(
        id=ProposalId(row.id),
        a=ActorId(row.a),
        b=ActorId(row.b),
        score=row.score,
        model=row.model,
        encoder=row.encoder,
        served=row.served,
        created=row.created,
        updated=row.updated,
        state=ProposalState(row.state),
        revision=row.revision,
        catalyst=row.catalyst,
        until=row.until,
        grade=row.grade,
        next_activity=row.next_activity,
        places=tuple(sorted(facets["place"])),
        sectors=tuple(sorted(facets["sector"])),
        themes=tuple(sorted(facets["theme"])),
        types=tuple(sorted(facets["type"])),
        words=row.words,
    )


def step_of(row: Row[Any]) -> Step:
    """The step of a row."""
    said = dict(row.decision)
    decision = Decision(
        **said
        | {
            "action": Action(said["action"]),
            "until": said["until"] and date.fromisoformat(said["until"]),
            "outcome": said["outcome"] and Outcome(**said["outcome"]),
            "counterfactual": said["counterfactual"] and Counterfactual(said["counterfactual"]),
        }
    )
    return Step(decision, row.at, ProposalState(row.before), ProposalState(row.after))


def score_cursor(last: Proposal) -> str:
    """Where a page ends that is ordered by score."""
    return f"{last.score.hex()}|{last.id}"


def read_score_cursor(cursor: str) -> tuple[float, str]:
    """The score and id in a cursor, else InputError."""
    score, _, last = cursor.partition("|")
    try:
        return float.fromhex(score), last
    except (ValueError, OverflowError) as error:
        raise InputError("cursor", cursor, "not a cursor of ours; start again without one") from error


def time_cursor(last: Proposal) -> str:
    """Where a page ends that is ordered by the latest change."""
    return f"{last.updated.isoformat()}|{last.id}"


def read_time_cursor(cursor: str) -> tuple[datetime, str]:
    """The moment and id in a cursor, else InputError."""
    moment, _, last = cursor.partition("|")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), last
    except (ValueError, OverflowError) as error:
        raise InputError("cursor", cursor, "not a cursor of ours; start again without one") from error
