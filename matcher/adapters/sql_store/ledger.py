"""The ledger over SQLAlchemy: steps added up by the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, or_, select, type_coerce

from matcher.adapters.sql_store import tables
from matcher.adapters.sql_store.database import Database
from matcher.domain import Outcome
from matcher.proposals import Action, Counterfactual, ProposalState
from matcher.report import COUNTED, Asked, PlaceWork, Reached, Told, Work

MICROSECONDS_A_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)
_STEP = tables.steps.c
_FACET = tables.proposal_facets.c
_DAY: ColumnElement[int] = type_coerce(_STEP.at, BigInteger) // MICROSECONDS_A_DAY


class SqlLedger:
    """Adds up the steps of one tenant."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    def work(self, asked: Asked) -> list[Work]:
        """The time logged, by day and activity."""
        query = (
            select(_DAY.label("day"), _STEP.activity, func.sum(_STEP.minutes), func.count())
            .where(self._asked(asked), _STEP.minutes > 0)
            .group_by(_DAY, _STEP.activity)
            .order_by(_DAY, _STEP.activity)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [Work(_date(day), activity, int(minutes), count) for day, activity, minutes, count in rows]

    def reached(self, asked: Asked) -> list[Reached]:
        """The pairs introduced, met and allied, each once an action."""
        first = (
            select(_STEP.action, func.min(_DAY).label("day"))
            .where(self._asked(asked), _stands(COUNTED))
            .group_by(_STEP.proposal_id, _STEP.action)
            .subquery()
        )
        query = select(first.c.action, first.c.day, func.count()).group_by(first.c.action, first.c.day)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(first.c.day, first.c.action)).all()
        return [Reached(Action(action), _date(day), pairs) for action, day, pairs in rows]

    def told(self, asked: Asked) -> list[Told]:
        """What follow-ups said, the last of each alliance that still stands."""
        row = tables.proposals.c
        allied = select(row.id).where(row.tenant == self._tenant, row.state == ProposalState.ALLIANCE.value)
        query = select(_STEP.proposal_id, _STEP.decision).where(
            self._asked(asked), _stands((Action.ALLY, Action.FOLLOW_UP)), _STEP.proposal_id.in_(allied)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_STEP.at, _STEP.number)).all()
        last: dict[str, Told] = {}
        for proposal_id, said in rows:
            outcome, counterfactual = said["outcome"], said["counterfactual"]
            if outcome or counterfactual:
                last[proposal_id] = Told(
                    Outcome(**outcome or {}), Counterfactual(counterfactual) if counterfactual else None
                )
        return list(last.values())

    def by_place(self, asked: Asked, places: Collection[str]) -> list[PlaceWork]:
        """The same by place, for those of `places` where something was done."""
        if not places:
            return []
        introduced, allied = (
            func.max(case((_stands((action,)), 1), else_=0)) for action in (Action.INTRODUCE, Action.ALLY)
        )
        of_pair = (
            select(
                _STEP.proposal_id,
                func.sum(_STEP.minutes).label("minutes"),
                introduced.label("introduced"),
                allied.label("allied"),
            )
            .where(self._asked(asked), or_(_STEP.minutes > 0, _stands(COUNTED)))
            .group_by(_STEP.proposal_id)
            .subquery()
        )
        minutes = func.sum(of_pair.c.minutes)
        query = (
            select(_FACET.value, minutes, func.sum(of_pair.c.introduced), func.sum(of_pair.c.allied))
            .join_from(of_pair, tables.proposal_facets, _FACET.proposal_id == of_pair.c.proposal_id)
            .where(_FACET.tenant == self._tenant, _FACET.kind == "place", _FACET.value.in_(list(places)))
            .group_by(_FACET.value)
            .order_by(minutes.desc(), _FACET.value)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [PlaceWork(place, int(spent), int(met), int(allies)) for place, spent, met, allies in rows]

    def cited(
        self, states: Collection[ProposalState], places: Collection[str] = ()
    ) -> dict[ProposalState, set[tuple[str, str]]]:
        """The needs (actor's id, text key) that proposals of these cite clearly, by state."""
        need, row = tables.proposal_needs.c, tables.proposals.c
        on_proposal = and_(need.tenant == row.tenant, need.proposal_id == row.id)
        query = (
            select(row.state, need.actor_id, need.key)
            .select_from(tables.proposals.join(tables.proposal_needs, on_proposal))
            .where(row.tenant == self._tenant, row.state.in_([state.value for state in states]))
        )
        if places:
            query = query.where(row.id.in_(self._at(places)))
        found: dict[str, set[tuple[str, str]]] = {}
        with self._database.reading() as connection:
            for state, actor_id, key in connection.execute(query):
                found.setdefault(state, set()).add((actor_id, key))
        return {ProposalState(state): needs for state, needs in found.items()}

    def _asked(self, asked: Asked) -> ColumnElement[bool]:
        """The steps that are asked for."""
        wanted = [_STEP.tenant == self._tenant, _STEP.at >= asked.start, _STEP.at < asked.end]
        if asked.places:
            wanted.append(_STEP.proposal_id.in_(self._at(asked.places)))
        if asked.activities:
            wanted.append(_STEP.activity.in_(list(asked.activities)))
        return and_(*wanted)

    def _at(self, places: Collection[str]) -> Select[Any]:
        """The ids of proposals of some places."""
        return select(_FACET.proposal_id).where(
            _FACET.tenant == self._tenant, _FACET.kind == "place", _FACET.value.in_(list(places))
        )


def _stands(actions: Collection[Action]) -> ColumnElement[bool]:
    """Whether a step is one of these and was not undone."""
    return and_(_STEP.action.in_([action.value for action in actions]), _STEP.undone.is_(False))


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)
