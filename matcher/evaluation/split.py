"""The global split in time: what is asked at a cut, of whom, and what came true after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.columns import Flags
from matcher.domain import ActorId
from matcher.errors import InputError
from matcher.evaluation.chronicle import Chronicle, Event, Known, known_before
from matcher.ragged import Rows

LARGEST_ALLIANCE = 30
"""Members beyond which an alliance is no sign that two of them chose each other; they are still allied."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows, the smaller first, first allied by an event; `cluster` is that event's id."""

    a: int
    b: int
    cluster: str


@dataclass(frozen=True, slots=True)
class Query:
    """One actor who looks for partners; `need` is what it asks for, "" for whatever suits it."""

    row: int
    positives: Rows
    clusters: tuple[str, ...]
    """One a positive: the event that made it true."""
    need: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Queries at a cut, with what was known before it.

    Candidates of a query are all actors known before the cut, of another sector and, with `new_only`,
    never in any event with it.
    """

    name: str
    known: Known
    queries: tuple[Query, ...]
    new_only: bool = True

    @property
    def partners(self) -> list[int]:
        """How many true partners each query has to find."""
        return [len(query.positives) for query in self.queries]

    def eligible(self, rows: Rows) -> Flags:
        """Which actors are candidates of each of these rows (rows, n)."""
        sector = self.known.chronicle.sector
        kept = self.known.present[None, :] & (sector[None, :] != sector[rows][:, None])
        kept[np.arange(len(rows)), rows] = False
        if self.new_only:
            allied = self.known.allied[rows].tocoo()
            kept[allied.row, allied.col] = False
        return np.asarray(kept, dtype=np.bool_)


def split(chronicle: Chronicle, cut: date, until: date) -> Task:
    """Partners for an actor: pairs across sectors first allied in [cut, until), both known before the cut."""
    check_period(cut, until)
    known = known_before(chronicle, cut)
    return task_of_pairs(known, new_pairs(chronicle, known, until))


def check_period(cut: date, until: date) -> None:
    """InputError unless the period has a day."""
    if until <= cut:
        raise InputError("until", until.isoformat(), f"expected a day after the cut, {cut.isoformat()}")


def new_pairs(chronicle: Chronicle, known: Known, until: date) -> list[Pair]:
    """The pairs that the split asks for, each with the first event that made it."""
    found: dict[tuple[int, int], str] = {}
    for event in _after(chronicle, known.before, until):
        for pair in _crossing(chronicle, known, sorted(set(chronicle.members(event)))):
            found.setdefault(pair, event.id)
    return [Pair(a, b, cluster) for (a, b), cluster in sorted(found.items())]


def _after(chronicle: Chronicle, cut: date, until: date) -> Iterable[Event]:
    return (
        event
        for event in chronicle.events
        if cut <= event.day < until and event.positive and 1 < len(event.members) <= LARGEST_ALLIANCE
    )


def _crossing(chronicle: Chronicle, known: Known, rows: Sequence[int]) -> Iterable[tuple[int, int]]:
    present = known.present
    here = [row for row in rows if present[row]]
    for at, a in enumerate(here):
        before = set(known.allied[[a]].indices)
        for b in here[at + 1 :]:
            if chronicle.sector[a] != chronicle.sector[b] and b not in before:
                yield a, b


def pairs_named(chronicle: Chronicle, named: Iterable[tuple[str, str, str]]) -> list[Pair]:
    """The pairs of (actor id, actor id, event id); InputError when an actor is not known."""
    found: dict[tuple[int, int], str] = {}
    for first, second, cluster in named:
        rows = []
        for actor in (first, second):
            if ActorId(actor) not in chronicle.rows:
                raise InputError("pairs", actor, "no such actor known before the cut; is it the right cut?")
            rows.append(chronicle.rows[ActorId(actor)])
        found.setdefault((min(rows), max(rows)), cluster)
    return [Pair(a, b, cluster) for (a, b), cluster in sorted(found.items())]


def task_of_pairs(known: Known, pairs: Iterable[Pair]) -> Task:
    """Each actor of a pair asks for its partners; InputError when a positive could not be proposed."""
    partners: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for pair in pairs:
        partners[pair.a].append((pair.b, pair.cluster))
        partners[pair.b].append((pair.a, pair.cluster))
    queries = tuple(_query(row, of_row) for row, of_row in sorted(partners.items()))
    task = Task("partners for an actor", known, queries)
    _check_eligible(task)
    return task


def _query(row: int, partners: Sequence[tuple[int, str]], need: str = "") -> Query:
    ordered = sorted(partners)
    rows = np.array([partner for partner, _ in ordered], dtype=np.int64)
    return Query(row, rows, tuple(cluster for _, cluster in ordered), need)


def _check_eligible(task: Task) -> None:
    for query in task.queries:
        kept = task.eligible(np.array([query.row], dtype=np.int64))[0]
        for other in query.positives[~kept[query.positives]]:
            actors = task.known.chronicle.actors
            pair = f"{actors[query.row].id}, {actors[other].id}"
            reason = f"not known before {task.known.before}, of one sector, or allied already"
            raise InputError("pairs", pair, reason)


def split_needs(chronicle: Chronicle, cut: date, until: date) -> Task:
    """Partners for a need: who leads an event after the cut, and what it had asked for.

    Positives are its other members of another sector that were known before, former partners
    included: a known partner answers a need as well as a new one.
    """
    check_period(cut, until)
    known = known_before(chronicle, cut)
    present, sector = known.present, chronicle.sector
    queries = []
    for event in _after(chronicle, cut, until):
        leader = chronicle.rows.get(event.members[0])
        if leader is None or not present[leader] or not event.need:
            continue
        others = {r for r in chronicle.members(event) if present[r] and sector[r] != sector[leader]}
        if others:
            queries.append(_query(leader, [(row, event.id) for row in others], event.need))
    return Task("partners for a need", known, tuple(queries), new_only=False)


def sector_names(chronicle: Chronicle) -> Mapping[int, str]:
    """The sector that each code stands for."""
    return {int(code): actor.sector for code, actor in zip(chronicle.sector, chronicle.actors, strict=True)}
