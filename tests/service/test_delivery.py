"""Changes on their way to webhooks: signed, in order, tried again, by a thread that a service runs."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread

import pytest

from matcher.access import DEFAULT_TENANT, Scope
from matcher.adapters.sql_store.database import Database
from matcher.changes import ChangeKind, Webhook
from matcher.errors import InputError
from matcher.settings import Mode, Settings
from service import delivery
from service.delivery import DELAYS, SIGNATURE, Courier, deliver_due, delivery_client
from service.reach import LOOPBACK, Reach
from service.sealing import SEALED, Sealer, SealError, make_sealer
from tests.fakes import make_actor

KEY, OLD_KEY = "k" * 32, "o" * 32
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


class Receiver:
    """A platform's address, which answers what it is told to; 200 when nothing is left to tell."""

    def __init__(self):
        self.answers = []
        self.got = []
        self.came = Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()
                with receiver.came:
                    receiver.got.append((status, self.headers[SIGNATURE], body))
                    receiver.came.notify_all()

            def log_message(self, *_):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/maillon"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count):
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= count, 30), self.got

    def seqs(self, status=None):
        return [json.loads(body)["seq"] for told, _, body in self.got if status in (None, told)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def http():
    with delivery_client(Reach(LOOPBACK)) as client:
        yield client


@pytest.fixture
def site(database_url, make_client):
    client = make_client(workspace=database_url, secret_key=KEY)
    client.headers.update(client.key(Scope.ADMIN))
    return client


def holdings(site):
    return site.app.state.tenants.of(DEFAULT_TENANT).holdings


def subscribe(site, url, **body):
    answer = site.post("/v1/webhooks", json={"url": url} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def is_signed(secret, told, body):
    """As a receiver checks it, from the guide alone."""
    seconds, mac = (part.partition("=")[2] for part in told.split(","))
    expected = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mac, expected)


def test_a_receiver_that_fails_first_gets_every_change_in_order_signed_by_the_running_service(
    site, receiver, monkeypatch
):
    monkeypatch.setattr(delivery, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(delivery, "DELAYS", (timedelta(milliseconds=20),) * 7)
    receiver.answers = [500, 503, 200, 302]
    hook = subscribe(site, receiver.url)
    courier = Courier(site.app.state.tenants, site.app.state.sealer, site.app.state.reach)
    courier.start()
    try:
        for i in range(4):
            holdings(site).store.put_actors([make_actor(f"a{i}")])
        receiver.wait(7)
    finally:
        courier.stop()
    assert receiver.seqs(200) == [1, 2, 3, 4]
    assert receiver.seqs() == [1, 1, 1, 2, 2, 3, 4]
    for _, told, body in receiver.got:
        assert is_signed(hook["secret"], told, body)
        assert not is_signed("another", told, body)
        assert set(json.loads(body)) == {"seq", "at", "kind", "id", "state"}


def test_a_delivery_that_fails_is_tried_later_and_later_and_then_given_up(site, receiver, http):
    receiver.answers = [500] * 8
    subscribe(site, receiver.url, kinds=["actor.put"])
    holdings(site).store.put_actors([make_actor("a")])
    holdings(site).store.put_actors([make_actor("b")])
    now = datetime.now(UTC) + timedelta(seconds=1)
    sealer, never = site.app.state.sealer, Event()
    for delay in DELAYS:
        assert deliver_due(holdings(site), http, sealer, never, lambda at=now: at) == 1
        soon = now + delay - timedelta(seconds=1)
        assert deliver_due(holdings(site), http, sealer, never, lambda at=soon: at) == 0
        now += delay
    assert deliver_due(holdings(site), http, sealer, never, lambda: now) == 2
    assert receiver.seqs() == [1] * 8 + [2]


def test_a_receiver_that_is_down_is_asked_once_a_round_and_holds_up_nobody_else(site, receiver, http):
    subscribe(site, "http://127.0.0.1:9/nobody")
    subscribe(site, receiver.url)
    holdings(site).store.put_actors([make_actor(f"a{i}") for i in range(5)])
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert deliver_due(holdings(site), http, site.app.state.sealer, Event(), lambda: now) == 6
    assert receiver.seqs() == [1, 2, 3, 4, 5]


def test_a_courier_that_is_stopped_leaves_the_rest_for_the_next(site, receiver, http):
    subscribe(site, receiver.url)
    holdings(site).store.put_actors([make_actor("a")])
    now = datetime.now(UTC) + timedelta(seconds=1)
    stopped = Event()
    stopped.set()
    assert deliver_due(holdings(site), http, site.app.state.sealer, stopped, lambda: now) == 0
    assert deliver_due(holdings(site), http, site.app.state.sealer, Event(), lambda: now) == 1


def test_a_webhook_that_has_come_to_lead_inside_is_not_called_and_holds_up_nobody_else(
    site, receiver, http, caplog
):
    subscribe(site, receiver.url.replace("127.0.0.1", "localhost"))
    holdings(site).store.put_actors([make_actor("a")])
    now = datetime.now(UTC) + timedelta(seconds=1)
    with delivery_client(Reach()) as public_alone:
        assert deliver_due(holdings(site), public_alone, site.app.state.sealer, Event(), lambda: now) == 1
    assert receiver.got == []
    assert "MAILLON_WEBHOOK_NETWORKS" in caplog.text
    later = now + DELAYS[0]
    assert deliver_due(holdings(site), http, site.app.state.sealer, Event(), lambda: later) == 1
    assert receiver.seqs() == [1]


def test_a_webhook_of_before_with_an_impossible_port_stops_no_delivery(site, receiver, http):
    kept = Webhook(
        "odd", "http://127.0.0.1:70000/h", "s", frozenset(ChangeKind), datetime(2020, 1, 1, tzinfo=UTC)
    )
    holdings(site).changes.put_webhook(kept)
    subscribe(site, receiver.url)
    holdings(site).store.put_actors([make_actor("a")])
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert deliver_due(holdings(site), http, site.app.state.sealer, Event(), lambda: now) == 2
    assert receiver.seqs() == [1]


def rows_of(url, *tables):
    database = Database(url)
    with database.reading() as connection:
        found = [list(connection.exec_driver_sql(f"SELECT * FROM {table}")) for table in tables]  # noqa: S608
    database.close()
    return repr(found)


def test_no_table_holds_a_secret_that_could_sign(site, database_url, receiver):
    hook = site.post("/v1/webhooks", json={"url": receiver.url}, headers={"Idempotency-Key": "once"}).json()
    assert hook["secret"] not in rows_of(database_url, "webhooks", "replies")
    again = site.post("/v1/webhooks", json={"url": receiver.url}, headers={"Idempotency-Key": "once"})
    assert again.json() == hook
    assert (
        "secret" not in site.get("/v1/webhooks").json()[0]
        or site.get("/v1/webhooks").json()[0]["secret"] is None
    )


def test_a_secret_kept_before_there_was_a_key_or_under_an_old_one_is_sealed_anew_and_signs_the_same(
    make_client, database_url, receiver, monkeypatch
):
    monkeypatch.setattr(delivery, "EVERY_SECONDS", 0.01)
    first = make_client(workspace=database_url)
    first.headers.update(first.key(Scope.ADMIN))
    hook = subscribe(first, receiver.url)
    assert hook["secret"] in rows_of(database_url, "webhooks")
    for count, keys in enumerate((OLD_KEY, f"{KEY} {OLD_KEY}", KEY), start=1):
        site = make_client(workspace=database_url, secret_key=keys)
        holdings(site).store.put_actors([make_actor(f"of-{keys}")])
        courier = Courier(site.app.state.tenants, site.app.state.sealer, site.app.state.reach)
        courier.start()
        receiver.wait(count)
        courier.stop()
        assert hook["secret"] not in rows_of(database_url, "webhooks")
    assert all(is_signed(hook["secret"], told, body) for _, told, body in receiver.got)
    assert receiver.seqs() == [1, 2, 3]


def test_a_secret_under_a_key_that_is_gone_waits_instead_of_signing_wrongly(
    make_client, database_url, receiver, http
):
    site = make_client(workspace=database_url, secret_key=OLD_KEY)
    site.headers.update(site.key(Scope.ADMIN))
    subscribe(site, receiver.url)
    holdings(site).store.put_actors([make_actor("a")])
    soon = datetime.now(UTC) + timedelta(seconds=1)
    later, at_last = soon + timedelta(minutes=2), soon + timedelta(minutes=9)
    assert deliver_due(holdings(site), http, Sealer(), Event(), lambda: soon) == 1
    assert deliver_due(holdings(site), http, Sealer(KEY), Event(), lambda: later) == 1
    assert receiver.got == []
    assert deliver_due(holdings(site), http, Sealer(KEY, OLD_KEY), Event(), lambda: at_last) == 1
    assert receiver.seqs() == [1]


def test_in_production_a_webhook_needs_the_key(make_client):
    body = {"url": "https://exemple.fr/h"}
    without = make_client(mode=Mode.PRODUCTION)
    answer = without.post("/v1/webhooks", json=body, headers=without.key(Scope.ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    site = make_client(mode=Mode.PRODUCTION, secret_key=KEY)
    assert site.post("/v1/webhooks", json=body, headers=site.key(Scope.ADMIN)).status_code == 201


def test_what_is_sealed_opens_under_any_of_the_keys_and_under_no_other():
    kept = Sealer(OLD_KEY).seal("un secret")
    assert kept.startswith(SEALED)
    assert "un secret" not in kept
    assert Sealer(KEY, OLD_KEY).open(kept) == "un secret"
    assert not Sealer(KEY, OLD_KEY).is_current(kept)
    assert Sealer(OLD_KEY, KEY).is_current(kept)
    for other in (Sealer(KEY), Sealer()):
        with pytest.raises(SealError):
            other.open(kept)
    with pytest.raises(SealError):
        Sealer(OLD_KEY).open(kept[:-4] + "AAA=")
    assert Sealer().seal("plain") == "plain" == Sealer().open("plain")


def test_a_key_that_can_be_guessed_is_refused():
    with pytest.raises(InputError, match="MAILLON_SECRET_KEY"):
        make_sealer(Settings(secret_key=f"{KEY} short"))
    assert not make_sealer(Settings()).seals
