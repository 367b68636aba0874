"""The invisible work made visible: what was logged and reached in a period, for those who fund it.

A report is read from the steps of proposals: the minutes of every step count, also of one that was
undone later; an introduction or an alliance counts once a pair, and only while its step stands.
Days are those of UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Protocol

from matcher.domain import Outcome
from matcher.proposals import Action, Counterfactual, ProposalState
from matcher.taxonomy import Taxonomy

COUNTED = (Action.INTRODUCE, Action.MEET, Action.ALLY)
"""What is counted as reached."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Steps of [start, end) on pairs of some places, of some activities; empty means all."""

    start: datetime
    end: datetime
    places: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """Minutes of one activity on one day, in so many steps."""

    day: date
    activity: str | None
    minutes: int
    steps: int


@dataclass(frozen=True, slots=True)
class Reached:
    """So many pairs that got somewhere on a day, the first such day of the period for each of them."""

    action: Action
    day: date
    pairs: int


@dataclass(frozen=True, slots=True)
class Told:
    """The last that was told of an alliance in the period."""

    outcome: Outcome
    counterfactual: Counterfactual | None


@dataclass(frozen=True, slots=True)
class PlaceWork:
    """One place: minutes, and pairs introduced and allied of which one or both are there."""

    place: str
    minutes: int
    introductions: int
    alliances: int


class Ledger(Protocol):
    """Adds up the steps of one tenant."""

    def work(self, asked: Asked) -> list[Work]:
        """The time logged, by day and activity."""

    def reached(self, asked: Asked) -> list[Reached]:
        """The pairs introduced, met and allied, each once an action."""

    def told(self, asked: Asked) -> list[Told]:
        """What follow-ups said, the last of each alliance that still stands."""

    def by_place(self, asked: Asked, places: Collection[str]) -> list[PlaceWork]:
        """The same by place, for those of `places` where something was done; a pair may count in two."""

    def cited(
        self, states: Collection[ProposalState], places: Collection[str] = ()
    ) -> dict[ProposalState, set[tuple[str, str]]]:
        """The needs (actor's id, text key) that proposals of these cite clearly, by state."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Minutes of one activity in one period."""

    activity: str | None
    minutes: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class MetierWork:
    """One métier (None where no activity was named) and its activities, the longest first."""

    metier: str | None
    minutes: int
    efforts: tuple[Effort, ...]


@dataclass(frozen=True, slots=True)
class MonthWork:
    """One month, such as 2026-11."""

    month: str
    minutes: int
    introductions: int
    alliances: int


@dataclass(frozen=True, slots=True)
class Axis:
    """The outcomes told on one axis: how many alliances, and their mean (-1 to 3), None of none."""

    name: str
    count: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What was done and reached in a period."""

    asked: Asked
    minutes: int
    reached: Mapping[Action, int]
    metiers: tuple[MetierWork, ...]
    months: tuple[MonthWork, ...]
    places: tuple[PlaceWork, ...]
    axes: tuple[Axis, ...]
    counterfactuals: Mapping[Counterfactual, int]


def report_of(ledger: Ledger, asked: Asked, places: Collection[str], taxonomy: Taxonomy) -> Report:
    """The report of a period; `places` are those to tell apart."""
    work, reached, told = ledger.work(asked), ledger.reached(asked), ledger.told(asked)
    return Report(
        asked=asked,
        minutes=sum(one.minutes for one in work),
        reached={action: sum(one.pairs for one in reached if one.action is action) for action in COUNTED},
        metiers=tuple(by_metier(efforts(work), taxonomy)),
        months=tuple(by_month(work, reached)),
        places=tuple(ledger.by_place(asked, places)),
        axes=tuple(_axis(field.name, told) for field in fields(Outcome)),
        counterfactuals={said: sum(one.counterfactual is said for one in told) for said in Counterfactual},
    )


def efforts(work: Iterable[Work]) -> list[Effort]:
    """The time logged by activity, the largest first; their sum is that of the work."""
    minutes, steps = Counter[str | None](), Counter[str | None]()
    for one in work:
        minutes[one.activity] += one.minutes
        steps[one.activity] += one.steps
    found = [Effort(activity, minutes[activity], steps[activity]) for activity in minutes]
    return sorted(found, key=lambda effort: (-effort.minutes, effort.activity or ""))


def by_metier(told: Sequence[Effort], taxonomy: Taxonomy) -> list[MetierWork]:
    """The efforts under their métiers, in the order of the taxonomy; what names no known one is last."""
    held: dict[str | None, list[Effort]] = {metier: [] for metier in (*taxonomy.metiers, None)}
    for effort in told:
        metier = taxonomy.activities.get(effort.activity or "", {}).get("metier")
        held[metier if metier in taxonomy.metiers else None].append(effort)
    return [
        MetierWork(metier, sum(effort.minutes for effort in found), tuple(found))
        for metier, found in held.items()
        if found
    ]


def by_month(work: Iterable[Work], reached: Iterable[Reached]) -> list[MonthWork]:
    """The months in which something was done, in order."""
    minutes: Counter[str] = Counter()
    pairs: Counter[tuple[str, Action]] = Counter()
    for one in work:
        minutes[f"{one.day:%Y-%m}"] += one.minutes
    for got in reached:
        pairs[f"{got.day:%Y-%m}", got.action] += got.pairs
    return [
        MonthWork(month, minutes[month], pairs[month, Action.INTRODUCE], pairs[month, Action.ALLY])
        for month in sorted({*minutes, *(month for month, _ in pairs)})
    ]


def _axis(name: str, told: Sequence[Told]) -> Axis:
    values = [value for one in told if (value := getattr(one.outcome, name)) is not None]
    return Axis(name, len(values), sum(values) / len(values) if values else None)
