"""What was seen and clicked, what changed, and where changes are sent."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, status

from matcher.access import new_secret
from matcher.changes import ChangeKind, Webhook
from matcher.domain import ActorId
from matcher.errors import UnknownRecordError
from matcher.importing import check_text
from matcher.serving import Interaction, ListId
from matcher.settings import Mode
from service.event_schemas import ChangeOut, ChangesOut, Events, Kept, WebhookIn, WebhookOut
from service.idempotency import OnceRoute
from service.problems import ProblemError
from service.reach import check_url
from service.security import AdminTenant, ReadTenant

router = APIRouter(prefix="/v1", tags=["events"], route_class=OnceRoute)
LAST_SEQ = 2**62


@router.post("/events", status_code=status.HTTP_201_CREATED)
def keep_events(body: Events, tenant: ReadTenant) -> Kept:
    """Report impressions and clicks on lists that were served; a stranger line refuses them all."""
    now = datetime.now(UTC)
    given = []
    for one in body.events:
        check_text("list_id", one.list_id)
        check_text("actor_id", one.actor_id)
        given.append(Interaction(ListId(one.list_id), ActorId(one.actor_id), one.kind, one.position, now))
    return Kept(kept=tenant.holdings.serving.interact(given))


@router.get("/changes")
def changes(
    tenant: ReadTenant,
    after: Annotated[int, Query(ge=0, le=LAST_SEQ)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    kind: Annotated[list[ChangeKind] | None, Query()] = None,
) -> ChangesOut:
    """The next changes after a number, oldest first; ask again with `last`."""
    found = tenant.holdings.changes.after(after, limit, kind or ())
    items = [
        ChangeOut(seq=one.seq, at=one.at, kind=one.kind.value, id=one.id, state=one.state) for one in found
    ]
    return ChangesOut(items=items, last=found[-1].seq if found else after)


@router.post("/webhooks", status_code=status.HTTP_201_CREATED)
def add_webhook(body: WebhookIn, tenant: AdminTenant, request: Request) -> WebhookOut:
    """Have changes posted to an address, signed with the secret that this answer shows once."""
    check_text("url", body.url)
    mode, sealer = request.app.state.tenants.settings.mode, request.app.state.sealer
    check_url(body.url, request.app.state.reach, mode)
    if mode is Mode.PRODUCTION and not sealer.seals:
        raise ProblemError(503, "unavailable", "webhooks need MAILLON_SECRET_KEY; see docs/settings.md")
    kinds = frozenset(map(ChangeKind, body.kinds or ChangeKind))
    secret = new_secret()
    hook = Webhook(uuid.uuid4().hex, body.url, sealer.seal(secret), kinds, datetime.now(UTC))
    tenant.holdings.changes.put_webhook(hook)
    return _out(hook).model_copy(update={"secret": secret})


@router.get("/webhooks")
def list_webhooks(tenant: AdminTenant) -> list[WebhookOut]:
    """The webhooks, without their secrets."""
    return [_out(hook) for hook in tenant.holdings.changes.webhooks()]


@router.delete("/webhooks/{webhook_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_webhook(webhook_id: str, tenant: AdminTenant) -> None:
    """Forget a webhook and what was still to be sent to it."""
    check_text("webhook", webhook_id)
    if not tenant.holdings.changes.delete_webhook(webhook_id):
        raise UnknownRecordError("webhook", webhook_id)


def _out(hook: Webhook) -> WebhookOut:
    kinds = sorted(kind.value for kind in hook.kinds)
    return WebhookOut(id=hook.id, url=hook.url, kinds=kinds, active=hook.active, created=hook.created)
