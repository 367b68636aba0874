"""A database of two tenants, on SQLite and on PostgreSQL."""

import pytest

from matcher.adapters.sql_store import SqlBackend


@pytest.fixture
def backend(database_url):
    opened = SqlBackend(database_url)
    opened.add_tenant("autre")
    yield opened
    opened.close()


@pytest.fixture
def ours(backend):
    return backend.holdings("default")


@pytest.fixture
def theirs(backend):
    return backend.holdings("autre")
