"""Settings to a working workspace."""

import numpy as np
import pytest

import matcher
from matcher.adapters.sentence_encoder import SentenceEncoder
from matcher.assembly import make_encoder, open_store, open_workspace
from matcher.encoder import HashingEncoder
from matcher.errors import InputError, WorkspaceError
from matcher.settings import Settings, load_settings
from matcher.store import MemoryStore
from tests.fakes import make_actor

HASHING = Settings(model="hashing")


def test_a_workspace_is_a_file_a_folder_a_url_or_memory(tmp_path):
    for place in (tmp_path / "a.db", tmp_path, f"sqlite:///{tmp_path}/b.db"):
        with open_workspace(place, settings=HASHING) as opened:
            opened.store.put_actors([make_actor()])
    assert {path.name for path in tmp_path.glob("*.db")} == {"a.db", "maillon.db", "b.db"}
    assert isinstance(open_store(":memory:"), MemoryStore)


def test_another_kind_of_url_is_refused():
    with pytest.raises(WorkspaceError, match="redis"):
        open_store("redis://localhost")


def test_settings_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("MAILLON_MODEL", "hashing")
    monkeypatch.setenv("MAILLON_WORKSPACE", str(tmp_path / "here.db"))
    with open_workspace() as opened:
        assert opened.parts.encoder.name == "hashing-256"
    assert (tmp_path / "here.db").exists()


def test_a_setting_that_means_nothing_is_refused(monkeypatch):
    monkeypatch.setenv("MAILLON_PRECISION", "float12")
    with pytest.raises(InputError, match="MAILLON_PRECISION.*float12"):
        open_workspace(":memory:")


def test_a_variable_left_empty_counts_as_unset_unless_it_says_none(monkeypatch):
    unset = {name: getattr(Settings(), name) for name in ("adapter", "models", "communes", "threads")}
    for name in (*unset, "prefix", "webhook_networks"):
        monkeypatch.setenv(f"MAILLON_{name.upper()}", "")
    given = load_settings()
    assert {name: getattr(given, name) for name in unset} == unset == dict.fromkeys(unset)
    assert (given.prefix, given.webhook_networks) == ("", "")
    monkeypatch.setenv("MAILLON_RATE_LIMIT", "")
    with pytest.raises(InputError, match="MAILLON_RATE_LIMIT"):
        load_settings()


def test_equal_settings_share_one_model_and_loading_waits_for_a_text():
    first, second = make_encoder(Settings(model="some/e5")), make_encoder(Settings(model="some/e5"))
    assert isinstance(first, SentenceEncoder)
    assert first is second
    assert set(first.config.prefixes().values()) == {"query: "}
    assert set(make_encoder(Settings(model="some/other")).config.prefixes().values()) == {""}
    assert isinstance(make_encoder(HASHING), HashingEncoder)


def test_the_communes_and_the_taxonomy_may_be_the_users_own(tmp_path):
    communes = tmp_path / "communes.csv"
    communes.write_text(
        "code,name,epci,epci_name,departement,region,lat,lon\n01001,Ici,200,CC Là,01,84,46.1,4.9\n",
        encoding="utf-8",
    )
    with open_workspace(":memory:", settings=Settings(model="hashing", communes=communes)) as opened:
        assert opened.parts.gazetteer.communes["01001"].epci_name == "CC Là"
    with pytest.raises(InputError, match="cannot be read"):
        open_workspace(":memory:", settings=Settings(model="hashing", taxonomy=tmp_path / "none.json"))


def test_bare_texts_are_ranked_without_a_workspace():
    table = matcher.rank_texts(
        ["réparer un vélo", "du miel"], ["miel d'ici", "vélo réparé", "x"], settings=HASHING
    )
    assert (table.shape, table.dtype) == ((2, 3), np.float32)
    assert table.argmax(axis=1).tolist() == [1, 0]


def test_every_public_name_can_be_imported():
    for name in matcher.__all__:
        assert getattr(matcher, name) is not None
