"""Changes on their way to webhooks: posted, signed, and tried again when that failed."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import httpx

from matcher.backend import Holdings
from matcher.changes import Delivery, Webhook
from matcher.errors import InputError, MaillonError
from service.reach import Reach, ReachTransport
from service.sealing import Sealer, SealError, seal_anew
from service.tenants import Tenants

SIGNATURE = "X-Maillon-Signature"
EVERY_SECONDS = 1.0
TIMEOUT_SECONDS = 10.0
BATCH = 50
LONGEST_ROUND = timedelta(seconds=30)
"""Less than the time for which deliveries that were taken are left to their taker."""
DELAYS = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1_800, 7_200, 21_600, 86_400))
"""How long to wait after each attempt that failed; then the delivery is given up."""
Clock = Callable[[], datetime]
log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


def signature(secret: str, body: bytes, at: datetime) -> str:
    """`t=seconds,v1=HMAC-SHA256 of "seconds.body"`: the receiver computes it again and compares."""
    seconds = str(int(at.timestamp()))
    mac = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256)
    return f"t={seconds},v1={mac.hexdigest()}"


def body_of(delivery: Delivery) -> bytes:
    """What is posted: one change, without the record itself, which is read with a key."""
    change = delivery.change
    record = {
        "seq": change.seq,
        "at": change.at.isoformat(),
        "kind": change.kind.value,
        "id": change.id,
        "state": change.state,
    }
    return json.dumps(record, ensure_ascii=False).encode()


def outcome(delivery: Delivery, status: int | None, now: datetime) -> Delivery:
    """The delivery after an attempt; `status` is None when nobody answered."""
    attempts = delivery.attempts + 1
    arrived = status is not None and httpx.codes.is_success(status)
    given_up = attempts > len(DELAYS)
    due = None if arrived or given_up else now + DELAYS[attempts - 1]
    return replace(delivery, attempts=attempts, due=due, status=status)


def deliver_due(
    holdings: Holdings, client: httpx.Client, sealer: Sealer, stopped: Event, clock: Clock = _now
) -> int:
    """Post what is due to one tenant's webhooks, in order; how many deliveries were tried.

    After one that failed, the rest of its webhook is left for another round; so is all of it when the round
    has taken long enough or is stopped.
    """
    started = clock()
    tried, failing = 0, set[str]()
    for webhook, delivery in holdings.changes.due(started, BATCH):
        now = clock()
        if webhook.id in failing or now - started > LONGEST_ROUND or stopped.is_set():
            holdings.changes.delivered(delivery)
            continue
        after = outcome(delivery, _post(client, webhook, sealer, body_of(delivery), now), now)
        holdings.changes.delivered(after)
        tried += 1
        if after.due is not None:
            failing.add(webhook.id)
    return tried


def _post(client: httpx.Client, webhook: Webhook, sealer: Sealer, body: bytes, now: datetime) -> int | None:
    """The status of the answer, whose body is left unread; None when there is none."""
    try:
        signed = signature(sealer.open(webhook.secret), body, now)
        headers = {"content-type": "application/json", SIGNATURE: signed}
        with client.stream("POST", webhook.url, content=body, headers=headers) as answer:
            return answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("webhook %s: %s", webhook.id, type(error).__name__)
    except InputError as error:
        log.warning("webhook %s: %s", webhook.id, error)
    except SealError as error:
        log.warning("webhook %s: its secret was %s", webhook.id, error)
    return None


def delivery_client(reach: Reach) -> httpx.Client:
    """What posts to webhooks: only where it may reach, through no proxy, following no redirect."""
    return httpx.Client(
        transport=ReachTransport(reach), timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
    )


class Courier:
    """A thread that delivers while the service runs; several workers share the work."""

    def __init__(self, tenants: Tenants, sealer: Sealer, reach: Reach) -> None:
        self._tenants = tenants
        self._sealer = sealer
        self._reach = reach
        self._sealed: set[str] = set()
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the delivery under way."""
        self._stopped.set()
        self._thread.join(TIMEOUT_SECONDS)

    def _run(self) -> None:
        with delivery_client(self._reach) as client:
            while not self._stopped.wait(EVERY_SECONDS):
                try:
                    for name in self._tenants.backend.tenants():
                        self._deliver(name, client)
                except MaillonError as error:
                    log.warning("deliveries wait: %s", error)

    def _deliver(self, name: str, client: httpx.Client) -> None:
        holdings = self._tenants.of(name).holdings
        if name not in self._sealed:
            seal_anew(holdings, self._sealer)
            self._sealed.add(name)
        deliver_due(holdings, client, self._sealer, self._stopped)
