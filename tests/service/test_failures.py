"""What breaks is told as a problem, makes the service not ready, and mends by itself when the cause goes."""

import hashlib
import resource
from contextlib import contextmanager

import numpy as np
import pytest
from sqlalchemy import text

from matcher.access import Scope
from matcher.adapters.sentence_encoder import SentenceEncoderConfig, base_digest
from matcher.adapters.sentence_encoder.adapter import save_adapter
from matcher.adapters.sentence_encoder.embedded_model import embedded_model
from matcher.adapters.sql_store.database import Database
from matcher.domain import Role
from matcher.low_rank import Adapter, AdapterCard, LowRank
from matcher.settings import Settings
from service.app import create_app
from service.problems import MEDIA_TYPE
from tests.e5_files import FEED_FORWARD, HIDDEN, e5_bytes
from tests.postgres import Server
from tests.service.conftest import Client
from tests.service.test_actors import VELO

ROOM = 1_000
"""Where the disk is full, no file may be written past so many bytes."""


def ready(client):
    answer = client.get("/health/ready")
    return answer.status_code == 200, answer.json()["reason"]


def refused(answer):
    """Whether an answer is the problem of a service that cannot answer now, in a sentence."""
    assert answer.status_code == 503
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = answer.json()
    assert problem["code"] == "unavailable"
    assert problem["detail"]
    return True


@pytest.fixture
def started():
    """Makes a client of a service with settings; it is closed with the test."""
    opened = []

    def start(url, **changes):
        values = {"workspace": url, "model": "hashing"} | changes
        client = Client(create_app(Settings(**values)))
        opened.append(client)
        return client

    yield start
    for client in opened:
        client.app.state.tenants.close()


def test_a_postgresql_that_stops_and_starts_again(started):
    server = Server()
    try:
        client = started(server.fresh())
        client.headers.update(client.key(Scope.ADMIN))
        assert client.put("/v1/actors/velo", json=VELO).status_code == 201
        assert ready(client) == (True, None)
        server.stop()
        assert refused(client.get("/v1/actors/velo/matches"))
        assert refused(client.put("/v1/actors/velo", json=VELO))
        is_ready, reason = ready(client)
        assert not is_ready
        assert "cannot be read" in reason
        server.start()
        assert ready(client) == (True, None)
        assert client.get("/v1/actors/velo").json()["id"] == "velo"
        assert client.get("/v1/actors/velo/matches").status_code == 200
    finally:
        server.close()


@contextmanager
def a_full_disk():
    """As far as this process can tell."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_and_has_room_again(started, tmp_path):
    client = started(f"sqlite:///{tmp_path / 'maillon.db'}")
    client.headers.update(client.key(Scope.ADMIN))
    client.put("/v1/actors/velo", json=VELO)
    many = [VELO | {"id": f"a{n}", "description": f"{n} " * 400} for n in range(300)]
    with a_full_disk():
        assert refused(client.post("/v1/actors:batch", json={"actors": many}))
        is_ready, reason = ready(client)
        assert not is_ready
        assert "cannot be written" in reason
    assert ready(client) == (True, None)
    assert len(client.get("/v1/actors").json()["items"]) == 1
    assert client.post("/v1/actors:batch", json={"actors": many}).json()["added"] == 300


def test_vectors_that_were_spoilt_on_disk_are_made_again(started, tmp_path):
    url = f"sqlite:///{tmp_path / 'maillon.db'}"
    first = started(url)
    first.headers.update(first.key(Scope.ADMIN))
    for name in ("velo", "b", "c"):
        first.put(f"/v1/actors/{name}", json=VELO | {"id": name, "needs": [f"un besoin de {name}"]})
    asked = {"text": "un besoin de b", "role": "skill"}
    before = first.post("/v1/matches:search", json=asked).json()["items"]
    database = Database(url)
    with database.writing() as connection:
        keys = connection.execute(text("SELECT key FROM vectors ORDER BY key")).scalars().all()
        for key, spoilt in zip(keys, (b"", b"abc", b"\xff" * 12, b"\x00" * 32), strict=False):
            connection.execute(text("UPDATE vectors SET vector = :v WHERE key = :k"), {"v": spoilt, "k": key})
    database.close()
    again = started(url)
    again.headers.update(first.headers)
    assert ready(again) == (True, None)
    assert again.post("/v1/matches:search", json=asked).json()["items"] == before


def test_a_model_that_is_not_there(started, tmp_path):
    client = started(f"sqlite:///{tmp_path / 'maillon.db'}", model=str(tmp_path / "no-model"))
    client.headers.update(client.key(Scope.ADMIN))
    is_ready, reason = ready(client)
    assert not is_ready
    assert "no-model" in reason
    assert client.put("/v1/actors/velo", json=VELO).status_code == 201
    assert refused(client.get("/v1/actors/velo/matches"))
    assert refused(client.post("/v1/matches:search", json={"text": "des vélos"}))
    assert client.get("/v1/actors/velo").status_code == 200


@pytest.fixture
def tiny(tmp_path):
    """A directory of a small model, and where an adapter of it may be."""
    source = tmp_path / "tiny.bin"
    source.write_bytes(e5_bytes())
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return embedded_model(tmp_path / "models", source, digest), tmp_path / "adapter"


def adapter_for(base, layer="encoder.layer.0.output.dense"):
    """A small change of one layer of weights of this digest."""
    card = AdapterCard(base, 2, 4, dict.fromkeys(Role, "query: "), "data", (1,))
    return Adapter(
        card,
        {layer: LowRank(np.full((2, FEED_FORWARD), 0.5, np.float32), np.full((HIDDEN, 2), 0.5, np.float32))},
    )


def served(client):
    """What a question is answered, without what differs from one time to another."""
    return [item["score"] for item in client.get("/v1/actors/velo/matches").json()["items"]]


def filled(client):
    """The client, with three actors; each is kept whether or not it can be encoded."""
    client.headers.update(client.key(Scope.ADMIN))
    for name in ("velo", "b", "c"):
        sector = "public" if name == "b" else VELO["sector"]
        record = VELO | {"id": name, "needs": [f"un vélo de {name}"], "sector": sector}
        assert client.put(f"/v1/actors/{name}", json=record).status_code == 201
    return client


def encoders_kept(url):
    """The names under which vectors are kept."""
    database = Database(url)
    with database.reading() as connection:
        found = set(connection.execute(text("SELECT DISTINCT encoder FROM vectors")).scalars())
    database.close()
    return found


@pytest.mark.parametrize(
    ("base", "layer", "says"),
    [
        ("f" * 64, "encoder.layer.0.output.dense", "maillon encoder train"),
        (None, "encoder.layer.9.output.dense", "no layer"),
    ],
)
def test_an_adapter_that_does_not_fit_and_is_put_right(started, tmp_path, tiny, base, layer, says):
    model, adapter = tiny
    own = base_digest(SentenceEncoderConfig(model=str(model)))
    save_adapter(adapter_for(base or own, layer), adapter)
    url = f"sqlite:///{tmp_path / 'maillon.db'}"
    client = filled(started(url, model=str(model), adapter=str(adapter)))
    is_ready, reason = ready(client)
    assert not is_ready
    assert str(adapter) in reason
    assert says in reason
    assert "MAILLON_ADAPTER=none" in reason
    assert refused(client.get("/v1/actors/velo/matches"))
    assert "daptateur" in client.get("/v1/actors/velo/matches").json()["detail"]
    save_adapter(adapter_for(own), adapter)
    assert ready(client) == (True, None)
    again = started(url, model=str(model), adapter=str(adapter))
    again.headers.update(client.headers)
    assert served(client) == served(again) != []
    assert encoders_kept(url) == {client.get("/v1/models/serving").json()["encoder"]}


SPOILT = (
    *("model.safetensors", "tokenizer.json", "tokenizer_config.json", "config.json", "modules.json"),
    "1_Pooling/config.json",
)


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", None])
def test_a_spoilt_file_of_the_encoder_that_is_put_right(started, tmp_path, tiny, name, content):
    model, _ = tiny
    whole = (model / name).read_bytes()
    (model / name).write_bytes(whole[: len(whole) // 2] if content is None else content)
    url = f"sqlite:///{tmp_path / 'maillon.db'}"
    client = filled(started(url, model=str(model)))
    is_ready, reason = ready(client)
    assert not is_ready
    assert str(model) in reason
    assert "put its files right" in reason
    assert refused(client.get("/v1/actors/velo/matches"))
    (model / name).write_bytes(whole)
    assert ready(client) == (True, None)
    again = started(url, model=str(model))
    again.headers.update(client.headers)
    assert served(client) == served(again) != []
    assert encoders_kept(url) == {client.get("/v1/models/serving").json()["encoder"]}


def test_an_adapter_of_another_model_is_refused_by_name(started, tmp_path):
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter.json").write_text("{}")
    client = started(
        f"sqlite:///{tmp_path / 'maillon.db'}", model="embedded", adapter=str(tmp_path / "adapter")
    )
    is_ready, reason = ready(client)
    assert not is_ready
    assert "adapter" in reason
