"""Which proposals a query asks for, as conditions of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from operator import eq, ge, lt
from typing import Any

from sqlalchemy import CompoundSelect, Select, or_, select, union_all

from matcher.adapters.sql_store import tables
from matcher.proposals import ProposalQuery, ProposalState
from matcher.territory import fold

FACETS = ("place", "sector", "theme", "type")


def narrowed(asked: Select[Any], tenant: str, query: ProposalQuery) -> Select[Any]:
    """Those that a query asks for: in its states, or postponed until a day that has come."""
    row = tables.proposals.c
    asked = filtered(asked, tenant, query)
    if not query.states:
        return asked
    states = [state.value for state in query.states]
    if query.due is None:
        return asked.where(row.state.in_(states))
    come = or_(row.state.in_(states), row.until <= query.due)  # one range of states: an index covers it
    return asked.where(row.state.in_([*states, ProposalState.POSTPONED.value]), come)


def filtered(asked: Select[Any], tenant: str, query: ProposalQuery) -> Select[Any]:
    """Those that a query asks for, whatever their state."""
    row = tables.proposals.c
    wanted = zip(FACETS, (query.places, query.sectors, query.themes, query.types), strict=True)
    for kind, values in (*wanted, ("place", query.territories)):
        if values:
            asked = asked.where(row.id.in_(_having(tenant, kind, values)))
    if query.actor is not None:
        asked = asked.where(row.id.in_(_of_actor(tenant, query.actor)))
    for word in fold(query.words).split():
        asked = asked.where(row.words.contains(word, autoescape=True))
    for value, column, compared in (
        (query.catalyst, row.catalyst, eq),
        (query.created_before, row.created, lt),
        (query.created_after, row.created, ge),
        (query.min_score, row.score, ge),
    ):
        if value is not None:
            asked = asked.where(compared(column, value))
    return asked


def _of_actor(tenant: str, actor: str) -> CompoundSelect[tuple[str]]:
    """The ids of an actor's proposals; one question a side, so that each has its index."""
    row = tables.proposals.c
    return union_all(*(select(row.id).where(row.tenant == tenant, side == actor) for side in (row.a, row.b)))


def _having(tenant: str, kind: str, values: Sequence[str]) -> Select[tuple[str]]:
    facet = tables.proposal_facets.c
    return select(facet.proposal_id).where(
        facet.tenant == tenant, facet.kind == kind, facet.value.in_(list(values))
    )
