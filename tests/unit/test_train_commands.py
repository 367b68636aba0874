"""`maillon train` of the product's weights: what it needs, refuses and keeps."""

import json
from datetime import date

import pytest

from matcher.assembly import make_registry, open_workspace
from matcher.domain import AllianceStatus, Need, Skill
from matcher.errors import ConflictError, InputError, ModelError
from matcher.registry import ModelKind
from matcher.settings import Settings
from tests.fakes import make_actor, make_alliance
from tests.unit.test_registry_commands import run

PERIOD = ["--cut", "2024-01-01", "--until", "2025-01-01"]


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Towns and firms of 2018; a town allies with the firm of its number, one pair a month."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILLON_MODEL", "hashing")
    actors = [
        make_actor(
            f"{sector[:2]}{at:02d}",
            sector=sector,
            updated=date(2018, 1, 1),
            needs=(Need(f"besoin {sector} {at}"),),
            skills=(Skill(f"savoir {sector} {at}"),),
        )
        for at in range(60)
        for sector in ("public", "economique")
    ]
    alliances = [
        make_alliance(
            f"pu{at:02d}", f"ec{at:02d}", id=f"al{at:02d}", started=date(2020 + at // 12, 1 + at % 12, 1)
        )
        for at in range(60)
    ]
    with open_workspace() as opened:
        opened.store.put_actors(actors)
        opened.store.put_alliances(alliances)
    return tmp_path


def manifest(name):
    return json.loads(run_file(name, "model.json"))


def run_file(name, file):
    return (make_registry(Settings()).directory / name / file).read_text(encoding="utf-8")


def test_weights_are_learned_from_a_workspace_by_default(workspace):
    run("train", *PERIOD, "--name", "one")
    told = manifest("one")
    assert (told["kind"], told["trainer"]) == ("ranking", "weights")
    assert told["examples"] == {"alliances": 96}
    assert told["measured"]["queries"] == 24
    assert told["measured"]["beside"]["day-one"]["queries"] == 24
    assert "| by hand | learned |" in run_file("one", "card.md")
    assert (workspace / "models" / "registry.json").is_file()


@pytest.mark.usefixtures("workspace")
def test_weights_are_promoted_over_day_one_on_the_same_queries_and_serve():
    run("train", *PERIOD, "--name", "one")
    assert "day-one was before" in run("promote", "one")
    with open_workspace() as opened:
        [best, *_] = opened.match("pu00")
        assert best.model == "one"
    run("train", *PERIOD, "--name", "two")
    [figures] = (make_registry(Settings()).directory / "two" / "figures").iterdir()
    assert set(json.loads(figures.read_text())["kept"]) == {"day-one", "one", "two"}
    run("promote", "two")
    assert "one is back" in run("rollback")


@pytest.mark.usefixtures("workspace")
def test_worse_weights_are_refused():
    run("train", *PERIOD, "--name", "one")
    [figures] = (make_registry(Settings()).directory / "one" / "figures").iterdir()
    record = json.loads(figures.read_text())
    kept = record["kept"]["day-one"]["values"]["all"]["ndcg@10"]
    record["kept"]["one"]["values"]["all"]["ndcg@10"] = [value - 0.5 for value in kept]
    figures.write_text(json.dumps(record))
    with pytest.raises(ConflictError, match="day-one stays: worse on all"):
        run("promote", "one")
    assert make_registry(Settings()).current(ModelKind.RANKING) is None


@pytest.mark.usefixtures("workspace")
def test_a_model_measured_with_days_that_the_one_that_serves_learned_from_says_so():
    run("train", "--cut", "2024-07-01", "--until", "2025-01-01", "--name", "late")
    run("promote", "late")
    assert "late, which serves, is not measured beside it" in run("train", *PERIOD, "--name", "early")
    with pytest.raises(ConflictError, match="never measured on the same queries"):
        run("promote", "early")
    both = ["--model", "early", "--model", "late"]
    run("evaluate", "--cut", "2024-07-01", "--until", "2025-01-01", *both)
    assert "late was before" in run("promote", "early")


@pytest.mark.usefixtures("workspace")
def test_a_model_of_another_encoder_is_not_promoted():
    run("train", *PERIOD, "--name", "one")
    path = make_registry(Settings()).directory / "one" / "model.json"
    path.write_text(path.read_text().replace('"encoder": "hashing-256"', '"encoder": "other"'))
    with pytest.raises(ModelError, match="trained with the encoder other"):
        run("promote", "one", "--force", "--reason", "quand même")


@pytest.mark.usefixtures("workspace")
def test_mistakes_are_told():
    with pytest.raises(InputError, match="none began"):
        run("train", "--cut", "2020-01-01", "--until", "2021-01-01", "--name", "x")
    with pytest.raises(InputError, match="learned from a workspace"):
        run("train", ".", "--source", "cordis", "--model", "weights", *PERIOD, "--name", "x")
    with pytest.raises(InputError, match="need the encoder"):
        run("train", *PERIOD, "--no-dense", "--name", "x")
    run("train", *PERIOD, "--name", "one")
    with pytest.raises(InputError, match="measured apart"):
        run("evaluate", *PERIOD, "--model", "one", "--model", "logistic", "--no-dense")


def test_failed_alliances_and_changed_profiles_are_counted_as_left_out(workspace):
    with open_workspace() as opened:
        opened.store.put_alliances(
            [make_alliance("pu00", "ec00", id="al00", started=date(2020, 1, 1), status=AllianceStatus.FAILED)]
        )
        opened.store.put_actors([make_actor("pu01", sector="public", updated=date(2024, 6, 1))])
    run("train", *PERIOD, "--name", "one")
    assert manifest("one")["left_out"] == {"failed": 1, "profile changed since": 1}
    assert workspace.is_dir()


def test_the_registry_stands_beside_the_workspace_unless_a_setting_names_it(tmp_path):
    assert make_registry(Settings(workspace=str(tmp_path / "a.db"))).directory == tmp_path / "models"
    assert make_registry(Settings(models=tmp_path / "here")).directory == tmp_path / "here"
    assert (
        make_registry(Settings(models=tmp_path / "here"), "autre").directory
        == tmp_path / "here/tenants/autre"
    )
    on_server = make_registry(Settings(workspace="postgresql://u@h/d")).directory
    assert on_server.parts[-2:] == ("maillon", "models")


def test_a_workspace_in_memory_is_ranked_by_the_hand_set_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_workspace(":memory:", settings=Settings(model="hashing")) as opened:
        assert opened.parts.ranking().name == "day-one"
    assert list(tmp_path.iterdir()) == []
