"""Webhooks reach public addresses and the networks that were named, whatever a name resolves to, and when."""

import ssl
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from socket import gaierror
from threading import Thread

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from matcher.access import Scope
from matcher.errors import InputError
from matcher.settings import Mode, Settings
from service.delivery import delivery_client
from service.reach import (
    LOOPBACK,
    MOST_TRIED,
    Reach,
    ReachTransport,
    addresses_of,
    check_url,
    is_public,
    make_reach,
)

INSIDE = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
    *("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "192.88.99.1", "198.18.0.1"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.9"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "ff0e::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::", "2001:0:1::1", "2001:db8::1"),
    *("3fff::1", "100::1"),
)
PUBLIC = ("8.8.8.8", "51.75.1.1", "2606:4700::1111", "2a01:e0a::1", "::ffff:8.8.8.8", "64:ff9b::808:808")


class Names:
    """A resolver that gives its answers one after the other, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, host, port):
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Wire(httpx.BaseTransport):
    """Notes where requests went; nobody answers at the addresses named."""

    def __init__(self, *dead):
        self.dead = dead
        self.sent = []

    def handle_request(self, request):
        self.sent.append(request)
        if request.url.host in self.dead:
            raise httpx.ConnectError("nobody", request=request)
        return httpx.Response(200)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address):
    assert not is_public(ip_address(address))
    assert not Reach().admits(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reached(address):
    assert Reach().admits(ip_address(address))


def test_a_network_that_was_named_is_reached_and_no_other():
    reach = make_reach(Settings(mode=Mode.PRODUCTION, webhook_networks="10.20.0.0/16, fd00:12::/32"))
    for address in ("10.20.3.4", "::ffff:10.20.3.4", "fd00:12::1", "8.8.8.8"):
        assert reach.admits(ip_address(address))
    for address in ("10.21.0.1", "127.0.0.1", "::1", "fd00:13::1", "169.254.169.254"):
        assert not reach.admits(ip_address(address))


def test_unset_means_this_machine_in_development_and_nothing_inside_in_production():
    assert make_reach(Settings()).networks == LOOPBACK
    assert make_reach(Settings(mode=Mode.PRODUCTION)).networks == ()
    assert make_reach(Settings(webhook_networks="")).networks == ()


@pytest.mark.parametrize("value", ["10.0.0.1/8", "chez nous", "10.0.0.0/33"])
def test_a_network_that_is_none_is_refused_by_name(value):
    with pytest.raises(InputError, match="MAILLON_WEBHOOK_NETWORKS"):
        make_reach(Settings(webhook_networks=value))


@pytest.mark.parametrize(
    "found", [["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["2606:4700::1111", "::1"], ["fe80::1%eth0"]]
)
def test_a_name_is_refused_when_any_of_its_addresses_is_inside(found):
    reach, wire = Reach(resolve=Names(found)), Wire()
    with pytest.raises(InputError, match="leads inside"):
        check_url("https://a.exemple.fr/h", reach, Mode.PRODUCTION)
    with httpx.Client(transport=ReachTransport(reach, wire)) as client, pytest.raises(InputError):
        client.post("https://a.exemple.fr/h")
    assert wire.sent == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "[::ffff:7f00:1]", "localhost"])
def test_another_way_of_writing_this_machine_leads_inside_too(host):
    with pytest.raises(InputError, match="leads inside"):
        check_url(f"https://{host}/h", Reach(), Mode.PRODUCTION)


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:///h",
        "https://[",
        "https://[::1/h",
        "https://[fe80::1%25eth0]/h",
        "https://a.fr:70000/h",
        "https://0177.0.0.1/h",
        f"https://{'a' * 64}.fr/",
        "https://a..fr/",
    ],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(InputError, match="address"):
        check_url(url, Reach(), Mode.PRODUCTION)


def test_a_name_that_changes_after_it_was_checked_leads_nowhere_else():
    """DNS rebinding: what is looked up is what is connected to, and it is looked up once a delivery."""
    names, wire = Names(["51.75.1.1"], ["51.75.1.2"], ["127.0.0.1"]), Wire()
    reach = Reach(resolve=names)
    check_url("https://a.exemple.fr/h", reach, Mode.PRODUCTION)
    with httpx.Client(transport=ReachTransport(reach, wire)) as client:
        assert client.post("https://a.exemple.fr/h", content=b"x").status_code == 200
        assert len(names.asked) == 2
        with pytest.raises(InputError, match="leads inside"):
            client.post("https://a.exemple.fr/h", content=b"x")
    [sent] = wire.sent
    assert str(sent.url) == "https://51.75.1.2/h"
    assert sent.headers["host"] == "a.exemple.fr"
    assert sent.extensions["sni_hostname"] == "a.exemple.fr"


def test_an_address_that_does_not_answer_gives_way_to_the_next_but_not_for_ever():
    found = ["2606:4700::1", "51.75.1.1", "51.75.1.2"]
    wire = Wire(found[0])
    with httpx.Client(transport=ReachTransport(Reach(resolve=Names(found)), wire)) as client:
        assert client.post("https://exämple.fr:8443/h", content=b"x").status_code == 200
    assert [request.url.host for request in wire.sent] == found[:2]
    assert {request.headers["host"] for request in wire.sent} == {"xn--exmple-cua.fr:8443"}
    silent = Wire(*found)
    guarded = ReachTransport(Reach(resolve=Names(found)), silent)
    with httpx.Client(transport=guarded) as client, pytest.raises(httpx.ConnectError):
        client.post("https://a.exemple.fr/h", content=b"x")
    assert len(silent.sent) == MOST_TRIED


def nobody(host, _port):
    raise gaierror(f"{host} is unknown")


def test_a_name_that_nobody_knows_yet_may_be_given_and_is_tried_later():
    reach = Reach(resolve=nobody)
    check_url("https://bientot.exemple.fr/h", reach, Mode.PRODUCTION)
    with httpx.Client(transport=ReachTransport(reach, Wire())) as client, pytest.raises(httpx.ConnectError):
        client.post("https://bientot.exemple.fr/h")


def test_this_machine_resolves_its_own_name():
    assert set(addresses_of("localhost", 80)) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("lang", "words"), [("fr", "mène dans un réseau interne"), ("en", "leads inside a network")]
)
def test_whoever_registers_such_a_webhook_is_told_in_their_language(make_client, lang, words):
    site = make_client(mode=Mode.PRODUCTION, secret_key="k" * 32)
    asked = site.key(Scope.ADMIN) | {"Accept-Language": lang}
    for url in ("https://169.254.169.254/latest", "https://127.0.0.1/h", "https://[fd00::1]/h"):
        answer = site.post("/v1/webhooks", json={"url": url}, headers=asked)
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert error["field"] == "url"
        assert words in error["reason"]
        assert "MAILLON_WEBHOOK_NETWORKS" in error["reason"]
    assert site.get("/v1/webhooks", headers=asked).json() == []


def test_a_receiver_of_a_network_that_was_named_may_be_registered(make_client):
    site = make_client(mode=Mode.PRODUCTION, secret_key="k" * 32, webhook_networks="10.20.0.0/16")
    asked = site.key(Scope.ADMIN)
    assert site.post("/v1/webhooks", json={"url": "https://10.20.1.1/h"}, headers=asked).status_code == 201
    assert site.post("/v1/webhooks", json={"url": "https://10.21.1.1/h"}, headers=asked).status_code == 422


class Tls:
    """A receiver over TLS with a certificate for one name; it notes what it was asked under."""

    def __init__(self, name, directory):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, SHA256())
        )
        self.certificate = directory / "certificate.pem"
        self.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        private = directory / "key.pem"
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.hosts, self.names = hosts, names = [], []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                hosts.append(self.headers["host"])
                self.send_response(302)
                self.send_header("location", "/ailleurs")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, private)
        context.sni_callback = lambda _socket, asked, _context: names.append(asked)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(tmp_path):
    made = Tls("plateforme.exemple.fr", tmp_path)
    yield made
    made.close()


def test_tls_asks_for_the_name_and_checks_the_certificate_against_it_at_the_address_checked(receiver):
    reach = Reach((ip_network("127.0.0.1/32"),), Names(["127.0.0.1"]))
    trusted = httpx.HTTPTransport(verify=ssl.create_default_context(cafile=str(receiver.certificate)))
    with httpx.Client(transport=ReachTransport(reach, trusted)) as client:
        url = f"https://plateforme.exemple.fr:{receiver.port}/h"
        assert client.post(url, content=b"x").status_code == 302
        assert receiver.hosts == [f"plateforme.exemple.fr:{receiver.port}"]
        assert receiver.names == ["plateforme.exemple.fr"]
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            client.post(f"https://autre.exemple.fr:{receiver.port}/h", content=b"x")
    assert len(receiver.hosts) == 1


def test_the_courier_s_own_client_trusts_no_stranger_s_certificate_and_no_proxy(receiver, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    reach = Reach(LOOPBACK, Names(["127.0.0.1"]))
    with (
        delivery_client(reach) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.post(f"https://plateforme.exemple.fr:{receiver.port}/h", content=b"x")
    assert receiver.hosts == []
