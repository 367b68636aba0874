"""What actors did and said, day by day, and what of it was known before a day.

Everything that scores a pair reads a `Known`, and a `Known` refuses what is not older than its day:
no text, partner or count of the future can reach a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import permutations

import numpy as np
from scipy.sparse import csr_matrix

from matcher.columns import Codes, Flags
from matcher.domain import Actor, ActorId, Alliance
from matcher.errors import InputError


@dataclass(frozen=True, slots=True)
class Event:
    """What one or more actors did or said on a day.

    `text` says it in a few sentences, `full` at length (as `text` when empty), `need` what had been
    asked for before (a call's title). Members come in order, the one who leads first. `labels` file it
    under what recurs, each as (kind, value): the call, its strand, the programme, the kind of alliance.
    """

    id: str
    day: date
    members: tuple[ActorId, ...]
    text: str
    full: str = ""
    need: str = ""
    positive: bool = True
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Actors, each with one row in every array, and the events that they took part in, oldest first."""

    actors: tuple[Actor, ...]
    events: tuple[Event, ...]
    rows: Mapping[ActorId, int]
    sector: Codes
    country: Codes

    def members(self, event: Event) -> list[int]:
        """The rows of an event's members; those whom the chronicle does not hold are left out."""
        return [self.rows[member] for member in event.members if member in self.rows]


def make_chronicle(actors: Sequence[Actor], events: Iterable[Event]) -> Chronicle:
    """The chronicle of these actors, its events sorted by day and id."""
    return Chronicle(
        actors=tuple(actors),
        events=tuple(sorted(events, key=lambda event: (event.day, event.id))),
        rows={actor.id: row for row, actor in enumerate(actors)},
        sector=_codes([actor.sector for actor in actors]),
        country=_codes([actor.territory.country for actor in actors]),
    )


def events_of(actors: Iterable[Actor], alliances: Iterable[Alliance], *, undated: date | None) -> list[Event]:
    """The events of a workspace: its alliances by their titles, its profiles on the day of their update.

    A profile without a day of update is taken as written on `undated`, and left out when that is None:
    nobody knows whether it was there before.
    """
    events = [
        Event(
            id=f"alliance:{a.id}",
            day=a.started,
            members=a.members,
            text=a.title,
            need=_first_need(a),
            positive=a.is_positive,
            labels=(("scheme", a.type),),
        )
        for a in alliances
    ]
    for actor in actors:
        day = actor.updated or undated
        texts = [actor.description, *(n.text for n in actor.needs), *(s.text for s in actor.skills)]
        if day is not None:
            events.append(Event(f"profile:{actor.id}", day, (actor.id,), ". ".join(t for t in texts if t)))
    return events


def _first_need(alliance: Alliance) -> str:
    leader = alliance.members[0]
    return next((met.need for met in alliance.met if met.need_actor == leader), "")


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of every actor before a day; InputError when an event is not older than it.

    `present` (n,) are the actors of any event; `membership` (n, events) is 1 where one took part;
    `allied` (n, n) is 1 where two shared any event, failed ones included; `partners` (n, n) counts
    the shared events that did not fail.
    """

    before: date
    chronicle: Chronicle
    events: tuple[Event, ...]
    membership: csr_matrix
    allied: csr_matrix
    partners: csr_matrix

    def __post_init__(self) -> None:
        for event in self.events:
            if event.day >= self.before:
                raise InputError(
                    "event", event.id, f"of {event.day}, not known before {self.before}: the future leaks"
                )

    @property
    def present(self) -> Flags:
        """Which actors took part in any event (n,)."""
        return np.asarray(np.diff(self.membership.indptr) > 0)

    @property
    def event_counts(self) -> Codes:
        """How many events each actor took part in (n,)."""
        return np.asarray(np.diff(self.membership.indptr), dtype=np.int64)

    @property
    def partner_counts(self) -> Codes:
        """How many distinct partners each actor has had (n,)."""
        return np.asarray(np.diff(self.partners.indptr), dtype=np.int64)


def known_before(chronicle: Chronicle, day: date) -> Known:
    """What the chronicle holds from before a day."""
    return known_from(chronicle, [event for event in chronicle.events if event.day < day], day)


def known_from(chronicle: Chronicle, events: Sequence[Event], day: date) -> Known:
    """The state that these events make; InputError when one of them is not older than the day."""
    members = [chronicle.members(event) for event in events]
    good = [rows for rows, event in zip(members, events, strict=True) if event.positive]
    return Known(
        before=day,
        chronicle=chronicle,
        events=tuple(events),
        membership=_membership(members, len(chronicle.actors)),
        allied=_graph(members, len(chronicle.actors)),
        partners=_graph(good, len(chronicle.actors)),
    )


def _membership(members: Sequence[Sequence[int]], count: int) -> csr_matrix:
    cells = [(row, event) for event, rows in enumerate(members) for row in set(rows)]
    at = np.asarray(cells, dtype=np.int64).reshape(-1, 2)
    ones = np.ones(len(at), dtype=np.float32)
    return csr_matrix((ones, (at[:, 0], at[:, 1])), shape=(count, len(members)))


def _graph(members: Sequence[Sequence[int]], count: int) -> csr_matrix:
    pairs = [pair for rows in members for pair in permutations(sorted(set(rows)), 2)]
    at = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    graph = csr_matrix((np.ones(len(at), dtype=np.float32), (at[:, 0], at[:, 1])), shape=(count, count))
    graph.sum_duplicates()
    return graph


def _codes(values: Sequence[str]) -> Codes:
    known = {value: code for code, value in enumerate(sorted(set(values)))}
    return np.array([known[value] for value in values], dtype=np.int64)
