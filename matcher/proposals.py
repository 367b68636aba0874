"""Proposals and what people decide of them: suggested → reviewed → introduced → meeting → alliance.

A pair is proposed once. Each decision is one step, kept for ever; an illegal one is refused and
nothing changes. The rules are in `matcher.chain`; the `Proposals` protocol keeps what they make.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NewType, Protocol

from matcher.domain import ActorId, Outcome
from matcher.errors import InputError

ProposalId = NewType("ProposalId", str)
GRADES = range(4)
"""How good a proposal looked to the person who judged it: 0 useless … 3 excellent."""
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


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person asks for; codes are the taxonomy's.

    `minutes` is the time it took, spent on `activity`; `next_activity` is what to do next, `until` the
    day to come back to it. `month` is which follow-up it is, `alliance_type` what was concluded.
    """

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
    alliance_type: str | None = None
    next_activity: str | None = None
    month: int | None = None


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
    `themes` are those of both actors then, sorted, to filter by. `catalyst` is the person who has it in
    hand, `until` the day from which it asks for attention again, `next_activity` what is to be done next.
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
    next_activity: str | None = None
    types: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits for review, in what is needed to put it in its place."""

    id: ProposalId
    a: ActorId
    b: ActorId
    score: float


@dataclass(frozen=True, slots=True)
class ProposalQuery:
    """Which proposals; empty means no filter. A place is any code of a commune up to a country.

    `territories` are places too: those of the person who looks, whatever `places` they ask for. `words`
    (case and accents aside) all have to be in the names, places or needs of the two. With `due`, what was
    postponed until then or earlier is asked for too.
    """

    states: Sequence[ProposalState] = ()
    territories: Sequence[str] = ()
    places: Sequence[str] = ()
    sectors: Sequence[str] = ()
    themes: Sequence[str] = ()
    types: Sequence[str] = ()
    words: str = ""
    due: date | None = None
    catalyst: str | None = None
    actor: str | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
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

    def decide_all(
        self, proposal_ids: Sequence[ProposalId], decision: Decision, at: datetime
    ) -> list[Proposal]:
        """The proposals after one decision on each: all of them, or nothing when one is refused."""

    def steps(self, proposal_id: ProposalId) -> list[Step]:
        """Everything that was decided of it, oldest first."""

    def find(self, query: ProposalQuery, limit: int, after: str | None = None) -> ProposalPage:
        """The proposals that a query asks for, best score first."""

    def latest(self, query: ProposalQuery, limit: int, after: str | None = None) -> ProposalPage:
        """The proposals that a query asks for, the latest change first."""

    def due(self, query: ProposalQuery, day: date, limit: int) -> list[Proposal]:
        """Those of a query that ask for attention on a day or before, the longest waiting first."""

    def waiting(self, query: ProposalQuery) -> list[Waiting]:
        """All that a query asks for, best score first, in short."""

    def of_ids(self, ids: Sequence[ProposalId]) -> list[Proposal]:
        """The proposals of these ids, in their order; one that is gone is left out."""

    def pairs(self) -> set[tuple[ActorId, ActorId]]:
        """Every pair that was ever proposed, ids in order."""

    def in_hand(self, states: Sequence[ProposalState]) -> dict[ActorId, int]:
        """In how many proposals of these states each actor stands; those in none are left out."""

    def counts(self, query: ProposalQuery) -> dict[ProposalState, int]:
        """How many a query finds in each state, whatever states it asks for."""

    def holders(self, query: ProposalQuery) -> dict[str, int]:
        """How many that a query finds each person has in hand."""

    def steps_between(self, start: datetime, end: datetime) -> Iterator[tuple[Proposal, Step]]:
        """Every step of a period [start, end), oldest first, with its proposal as it is now."""


def pair_of(a: str, b: str) -> tuple[ActorId, ActorId]:
    """The two ids in the order in which a proposal keeps them; InputError when they are one actor."""
    if a == b:
        raise InputError("pair", (a, b), "an actor is not proposed to itself; give two ids")
    first, second = sorted((a, b))
    return ActorId(first), ActorId(second)
