"""Fixtures that several test modules share."""

from pathlib import Path

import pytest

from tests.postgres import Server

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The directory of real data beside the project; the test is skipped where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real data is not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def postgresql_server():
    """A PostgreSQL server of our own."""
    server = Server()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'maillon.db'}"
    return request.getfixturevalue("postgresql_server").fresh()
