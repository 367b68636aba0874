"""Proposals over SQLAlchemy: the pairs proposed to one tenant, and every step."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.asking import FACETS, filtered, narrowed
from matcher.adapters.sql_store.changes import append
from matcher.adapters.sql_store.database import Database, chunks, insert_missing
from matcher.adapters.sql_store.proposal_rows import (
    proposal_of,
    read_score_cursor,
    read_time_cursor,
    score_cursor,
    step_of,
    time_cursor,
)
from matcher.adapters.sql_store.store import SqlStore
from matcher.adapters.sql_store.tables import column_names
from matcher.chain import alliance_id, alliance_of, decide, followed, undone_by_next
from matcher.changes import ChangeKind
from matcher.domain import ActorId
from matcher.errors import ConflictError, UnknownRecordError
from matcher.proposals import (
    Action,
    Decision,
    Proposal,
    ProposalId,
    ProposalPage,
    ProposalQuery,
    ProposalState,
    Step,
    Waiting,
    pair_of,
)
from matcher.unanswered import needs_cited

CHANGING = ("updated", "revision", "catalyst", "until", "grade", "next_activity")
"""Columns that a decision may change, the state aside."""


class SqlProposals:
    """The proposals of one tenant."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    def add(self, proposals: Iterable[Proposal]) -> list[Proposal]:
        """Those that were new; a pair that was ever proposed is left as it is."""
        given = {(proposal.a, proposal.b): proposal for proposal in proposals}
        with self._database.writing(self._tenant) as connection:
            insert_missing(connection, tables.proposals, [self._row(one) for one in given.values()])
            row = tables.proposals.c
            new: set[str] = set()
            for chunk in chunks([one.id for one in given.values()]):
                new |= set(connection.execute(self._mine(row.id).where(row.id.in_(chunk))).scalars())
            added = [one for one in given.values() if one.id in new]
            facets = [facet for one in added for facet in self._facets(one)]
            if facets:
                connection.execute(insert(tables.proposal_facets), facets)
            needs = [need for one in added for need in self._needs(one)]
            if needs:
                connection.execute(insert(tables.proposal_needs), needs)
            for one in added:
                append(
                    connection, self._tenant, ChangeKind.PROPOSAL_CREATED, [one.id], one.created, one.state
                )
        return added

    def get(self, proposal_id: ProposalId) -> Proposal:
        """The proposal of this id, else UnknownRecordError."""
        with self._database.reading() as connection:
            return self._get(connection, proposal_id)

    def of_pair(self, a: ActorId, b: ActorId) -> Proposal | None:
        """The proposal of these two, in either order."""
        first, second = pair_of(a, b)
        row = tables.proposals.c
        with self._database.reading() as connection:
            found = connection.execute(self._mine().where(row.a == first, row.b == second)).one_or_none()
            return None if found is None else self._proposals(connection, [found])[0]

    def decide(
        self, proposal_id: ProposalId, decision: Decision, at: datetime, revision: int | None = None
    ) -> Proposal:
        """The proposal after the decision; nothing is kept of a refused one."""
        with self._database.writing(self._tenant) as connection:
            return self._decide(connection, proposal_id, decision, at, revision)

    def decide_all(
        self, proposal_ids: Sequence[ProposalId], decision: Decision, at: datetime
    ) -> list[Proposal]:
        """The proposals after one decision on each: all of them, or nothing when one is refused."""
        with self._database.writing(self._tenant) as connection:
            return [self._decide(connection, one, decision, at, None) for one in proposal_ids]

    def steps(self, proposal_id: ProposalId) -> list[Step]:
        """Everything that was decided of it, oldest first."""
        with self._database.reading() as connection:
            return self._steps(connection, proposal_id)

    def find(self, query: ProposalQuery, limit: int, after: str | None = None) -> ProposalPage:
        """The proposals that a query asks for, best score first."""
        row = tables.proposals.c
        asked = narrowed(self._mine(), self._tenant, query)
        if after is not None:
            score, last = read_score_cursor(after)
            asked = asked.where(or_(row.score < score, and_(row.score == score, row.id > last)))
        return self._page(asked.order_by(row.score.desc(), row.id), limit, score_cursor)

    def latest(self, query: ProposalQuery, limit: int, after: str | None = None) -> ProposalPage:
        """The proposals that a query asks for, the latest change first."""
        row = tables.proposals.c
        asked = narrowed(self._mine(), self._tenant, query)
        if after is not None:
            moment, last = read_time_cursor(after)
            asked = asked.where(or_(row.updated < moment, and_(row.updated == moment, row.id > last)))
        return self._page(asked.order_by(row.updated.desc(), row.id), limit, time_cursor)

    def _page(self, asked: Select[Any], limit: int, cursor_of: Callable[[Proposal], str]) -> ProposalPage:
        with self._database.reading() as connection:
            rows = list(connection.execute(asked.limit(limit + 1)))
            found = self._proposals(connection, rows[:limit])
        return ProposalPage(tuple(found), cursor_of(found[-1]) if len(rows) > limit else None)

    def due(self, query: ProposalQuery, day: date, limit: int) -> list[Proposal]:
        """Those of a query that ask for attention on a day or before, the longest waiting first."""
        row = tables.proposals.c
        asked = narrowed(self._mine(), self._tenant, query).where(row.until <= day)
        with self._database.reading() as connection:
            rows = list(connection.execute(asked.order_by(row.until, row.id).limit(limit)))
            return self._proposals(connection, rows)

    def waiting(self, query: ProposalQuery) -> list[Waiting]:
        """All that a query asks for, best score first, in short."""
        row = tables.proposals.c
        asked = narrowed(self._mine(row.id, row.a, row.b, row.score), self._tenant, query)
        with self._database.reading() as connection:
            found = [Waiting(*one) for one in connection.execute(asked)]
        return sorted(found, key=lambda one: (-one.score, one.id))  # in SQL it would miss the index

    def of_ids(self, ids: Sequence[ProposalId]) -> list[Proposal]:
        """The proposals of these ids, in their order."""
        with self._database.reading() as connection:
            rows = connection.execute(self._mine().where(tables.proposals.c.id.in_(ids))).all()
            held = {one.id: one for one in self._proposals(connection, rows)}
        return [held[one] for one in ids if one in held]

    def pairs(self) -> set[tuple[ActorId, ActorId]]:
        """Every pair that was ever proposed."""
        asked = self._mine(tables.proposals.c.a, tables.proposals.c.b)
        with self._database.reading() as connection:
            return {(a, b) for a, b in connection.execute(asked)}

    def in_hand(self, states: Sequence[ProposalState]) -> dict[ActorId, int]:
        """In how many proposals of these states each actor stands."""
        row = tables.proposals.c
        asked = self._mine(row.a, row.b).where(row.state.in_([state.value for state in states]))
        with self._database.reading() as connection:
            return Counter(ActorId(one) for pair in connection.execute(asked) for one in pair)

    def counts(self, query: ProposalQuery) -> dict[ProposalState, int]:
        """How many a query finds in each state."""
        row = tables.proposals.c
        asked = filtered(self._mine(row.state, func.count()), self._tenant, query).group_by(row.state)
        with self._database.reading() as connection:
            held = {state: int(count) for state, count in connection.execute(asked)}
        return {state: held.get(state.value, 0) for state in ProposalState}

    def holders(self, query: ProposalQuery) -> dict[str, int]:
        """How many that a query finds each person has in hand."""
        row = tables.proposals.c
        asked = narrowed(self._mine(row.catalyst, func.count()), self._tenant, query)
        with self._database.reading() as connection:
            found = connection.execute(asked.where(row.catalyst.is_not(None)).group_by(row.catalyst)).all()
        return {str(person): int(count) for person, count in found}

    def steps_between(self, start: datetime, end: datetime) -> Iterator[tuple[Proposal, Step]]:
        """Every step of a period, oldest first, with its proposal as it is now."""
        row = tables.steps.c
        query = select(tables.steps).where(row.tenant == self._tenant, row.at >= start, row.at < end)
        with self._database.reading() as connection:
            steps = list(connection.execute(query.order_by(row.at, row.proposal_id, row.number)))
            ids = list(dict.fromkeys(step.proposal_id for step in steps))
            held: dict[str, Proposal] = {}
            for chunk in chunks(ids):
                rows = list(connection.execute(self._mine().where(tables.proposals.c.id.in_(chunk))))
                held |= {one.id: one for one in self._proposals(connection, rows)}
        return iter([(held[step.proposal_id], step_of(step)) for step in steps])

    def _mine(self, *columns: Any) -> Select[Any]:  # noqa: ANN401 (columns and functions alike)
        return select(*(columns or (tables.proposals,))).where(tables.proposals.c.tenant == self._tenant)

    def _get(self, connection: Connection, proposal_id: str) -> Proposal:
        found = connection.execute(self._mine().where(tables.proposals.c.id == proposal_id)).one_or_none()
        if found is None:
            raise UnknownRecordError("proposal", proposal_id)
        return self._proposals(connection, [found])[0]

    def _decide(
        self,
        connection: Connection,
        proposal_id: ProposalId,
        decision: Decision,
        at: datetime,
        revision: int | None,
    ) -> Proposal:
        held = self._get(connection, proposal_id)
        if revision is not None and revision != held.revision:
            raise ConflictError(
                f"proposal {proposal_id} is at revision {held.revision}, not {revision}; read it again"
            )
        past = self._steps(connection, proposal_id)
        after, step = decide(held, decision, at, past)
        changed = {name: getattr(after, name) for name in CHANGING} | {"state": after.state.value}
        row, mine = tables.proposals.c, tables.steps.c
        known = and_(row.tenant == self._tenant, row.id == proposal_id)
        connection.execute(update(tables.proposals).where(known).values(changed))
        if decision.action is Action.UNDO:
            # Steps are numbered by the revision that they made; the first one made the second.
            number = (undone_by_next(past) or 0) + 2
            undone = and_(mine.tenant == self._tenant, mine.proposal_id == proposal_id, mine.number == number)
            connection.execute(update(tables.steps).where(undone).values(undone=True))
        connection.execute(insert(tables.steps), [self._step_row(after, step)])
        append(connection, self._tenant, ChangeKind.PROPOSAL_CHANGED, [proposal_id], at, after.state.value)
        self._keep_alliance(connection, after, step)
        return after

    def _keep_alliance(self, connection: Connection, proposal: Proposal, step: Step) -> None:
        """An alliance is recorded by the step that made it, told more by follow-ups, undone with it."""
        store = SqlStore(self._database, self._tenant)
        known = alliance_id(proposal)
        if step.decision.action is Action.ALLY:
            store.write_alliances(connection, {known: alliance_of(proposal, step)})
        elif step.before is ProposalState.ALLIANCE:
            held = store.read_alliance(connection, known)
            if held is not None and step.after is ProposalState.ALLIANCE:
                store.write_alliances(connection, {known: followed(held, step.decision.outcome)})
            elif held is not None:
                store.erase_alliance(connection, known)

    def _steps(self, connection: Connection, proposal_id: str) -> list[Step]:
        row = tables.steps.c
        query = select(tables.steps).where(row.tenant == self._tenant, row.proposal_id == proposal_id)
        return [step_of(found) for found in connection.execute(query.order_by(row.number))]

    def _row(self, one: Proposal) -> dict[str, object]:
        fields = {name: getattr(one, name) for name in column_names(tables.proposals) if name != "tenant"}
        return fields | {"tenant": self._tenant, "state": one.state.value, "served": dict(one.served)}

    def _facets(self, one: Proposal) -> list[dict[str, str]]:
        return [
            {"tenant": self._tenant, "proposal_id": one.id, "kind": kind, "value": value}
            for kind, values in zip(FACETS, (one.places, one.sectors, one.themes, one.types), strict=True)
            for value in dict.fromkeys(values)
        ]

    def _needs(self, one: Proposal) -> list[dict[str, str]]:
        return [
            {"tenant": self._tenant, "proposal_id": one.id, "actor_id": actor_id, "key": key}
            for actor_id, key in sorted(needs_cited(one.served))
        ]

    def _step_row(self, after: Proposal, step: Step) -> dict[str, object]:
        return {
            "tenant": self._tenant,
            "proposal_id": after.id,
            "number": after.revision,
            "at": step.at,
            "before": step.before.value,
            "after": step.after.value,
            "decision": json.loads(json.dumps(asdict(step.decision), default=str)),
            "action": step.decision.action.value,
            "person": step.decision.by,
            "minutes": step.decision.minutes,
            "activity": step.decision.activity,
            "undone": False,
        }

    def _proposals(self, connection: Connection, rows: Sequence[Row[Any]]) -> list[Proposal]:
        facets: dict[str, dict[str, list[str]]] = {row.id: {kind: [] for kind in FACETS} for row in rows}
        facet = tables.proposal_facets.c
        for chunk in chunks(list(facets)):
            query = select(tables.proposal_facets).where(
                facet.tenant == self._tenant, facet.proposal_id.in_(chunk)
            )
            for found in connection.execute(query):
                facets[found.proposal_id][found.kind].append(found.value)
        return [proposal_of(row, facets[row.id]) for row in rows]
