"""A running service on each database, with two tenants and a key of every kind."""

from dataclasses import replace
from datetime import UTC, datetime
from socket import gaierror

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from matcher.access import ApiKey, Person, Scope, digest_of, new_secret
from matcher.proposals import Proposal, ProposalId
from matcher.settings import Settings
from service.app import create_app
from service.reach import addresses_of
from tests.fakes import REDON, crowd, make_actor
from tests.service.visits import PASSWORD, evil_actor, served, sign_in

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def offline(host, port):
    """What a machine without a network resolves: its own name, and addresses."""
    if host != "localhost" and ":" not in host and not host.replace(".", "").isdigit():
        raise gaierror(f"{host} is unknown")
    return addresses_of(host, port)


class Client(TestClient):
    """A client that knows the keys of the tenants."""

    def __init__(self, app):
        super().__init__(app, raise_server_exceptions=False)
        self.keys = {}

    def key(self, *scopes, tenant="default", **dates):
        """The headers of a new key."""
        secret = new_secret()
        key = ApiKey(secret[-8:], tenant, "test", digest_of(secret), frozenset(scopes), NOW, **dates)
        self.app.state.tenants.backend.access.put_key(key)
        return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def make_client(tmp_path):
    """Makes clients of services on one file; each closes with the test."""
    opened = []

    def make(**changes):
        values = {"workspace": f"{tmp_path / 'maillon.db'}", "model": "hashing"} | changes
        client = Client(create_app(Settings(**values)))
        client.app.state.reach = replace(client.app.state.reach, resolve=offline)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.app.state.tenants.close()
        if client.app.state.openid is not None:
            client.app.state.openid.close()


@pytest.fixture
def client(make_client):
    made = make_client()
    made.app.state.tenants.backend.add_tenant("autre")
    made.headers.update(made.key(Scope.ADMIN))
    return made


@pytest.fixture
def theirs(client):
    """The headers of another tenant's key that may do everything."""
    return client.key(Scope.ADMIN, tenant="autre")


@pytest.fixture
def held(client):
    """A client whose tenant holds a crowd of actors."""
    client.app.state.tenants.of("default").holdings.store.put_actors(crowd())
    return client


@pytest.fixture
def pages(client):
    """A browser; Ana may review one of two proposals of her tenant, and another tenant has a third."""
    client.headers.pop("authorization")
    backend = client.app.state.tenants.backend
    kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    scopes = frozenset({Scope.READ, Scope.REVIEW})
    backend.access.put_person(Person("ana", "default", "Ana", scopes, kept, territories=("46102",)))
    one = Proposal(
        ProposalId("p1"), "a", "b", 61.5, "m", "e", served(), NOW, NOW, places=("46102",), sectors=()
    )
    away = replace(one, id=ProposalId("p2"), a="c", b="d", places=("35236",))
    backend.holdings("default").store.put_actors([evil_actor("a", "public"), evil_actor("b", "economique")])
    backend.holdings("default").proposals.add([one, away])
    backend.holdings("autre").proposals.add([replace(one, id=ProposalId("p3"))])
    return client


@pytest.fixture
def redon(pages):
    """Ana of Redon, signed in, and eight actors there."""
    holdings = pages.app.state.tenants.of("default").holdings
    held = pages.app.state.tenants.backend.access.person("default", "ana")
    pages.app.state.tenants.backend.access.put_person(replace(held, territories=("243500741",)))
    holdings.store.put_actors(make_actor(one, territory=REDON, capacity=2) for one in "ghijklmn")
    sign_in(pages)
    pages.holdings = holdings
    return pages
