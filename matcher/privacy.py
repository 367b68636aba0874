"""What is held of one actor, for those who ask to see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from matcher.backend import Holdings
from matcher.domain import ActorId
from matcher.proposals import Proposal, ProposalQuery
from matcher.records import actor_to_record, alliance_to_record, contact_to_record
from matcher.serving import ServedList

PAGE = 200


def held_of(holdings: Holdings, actor_id: ActorId) -> dict[str, Any]:
    """Everything held of an actor, as JSON holds it, else UnknownActorError.

    A list served to somebody else is told with the actor's own line alone.
    """
    store = holdings.store
    actor, contact = store.actor(actor_id), store.contact(actor_id)
    return {
        "tenant": holdings.tenant,
        "actor": actor_to_record(actor),
        "contact": None if contact is None else contact_to_record(contact),
        "alliances": [alliance_to_record(one) for one in store.alliances() if actor_id in one.members],
        "proposals": [
            _plain(asdict(one) | _work_on(holdings, one, actor_id)) for one in _proposals(holdings, actor_id)
        ],
        "served": [
            _plain(_served(one, actor_id)) for one in holdings.serving.lists() if _mentions(one, actor_id)
        ],
        "interactions": [
            _plain(asdict(one)) for one in holdings.serving.interactions() if one.actor_id == actor_id
        ],
    }


def _proposals(holdings: Holdings, actor_id: ActorId) -> Iterator[Proposal]:
    after: str | None = None
    while True:
        page = holdings.proposals.find(ProposalQuery(actor=actor_id), PAGE, after)
        yield from page.proposals
        if page.next is None:
            return
        after = page.next


def _work_on(holdings: Holdings, proposal: Proposal, actor_id: ActorId) -> dict[str, Any]:
    """What was decided of a proposal, the draft to the actor, and who opened it."""
    draft = holdings.drafts.of(proposal.id).get(actor_id)
    return {
        "steps": [asdict(step) for step in holdings.proposals.steps(proposal.id)],
        "draft": None if draft is None else asdict(draft),
        "views": [asdict(view) for view in holdings.views.of(proposal.id, PAGE)],
    }


def _mentions(served: ServedList, actor_id: ActorId) -> bool:
    return served.actor_id == actor_id or any(item.actor_id == actor_id for item in served.items)


def _served(served: ServedList, actor_id: ActorId) -> dict[str, Any]:
    mine = served.actor_id == actor_id
    items = [asdict(item) for item in served.items if mine or item.actor_id == actor_id]
    return asdict(served) | {"actor_id": actor_id if mine else None, "items": items}


def _plain(value: Any) -> Any:  # noqa: ANN401 (whatever a record holds)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
