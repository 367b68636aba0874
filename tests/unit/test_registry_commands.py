"""`maillon train`, `models`, `promote`, `rollback` and `compare` on a small history."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from matcher.cli import app
from matcher.errors import ConflictError, InputError, ModelError, UnknownRecordError
from matcher.lessons import Learned
from matcher.model_card import load_history
from matcher.training import Calibration
from tests.unit.histories import planted_chronicle, write_cordis

ROOT = Path(__file__).parents[2]
TRAINS = """
import sys, time
from matcher.adapters.trainers import LogisticTrainer
from matcher.cli import main

def train(self, examples):
    print("training", flush=True)
    time.sleep(60)

LogisticTrainer.train = train
main(sys.argv[1:])
"""
PERIOD = ["--cut", "2025-01-01", "--until", "2026-01-01", "--no-dense"]


def run(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return write_cordis(tmp_path_factory.mktemp("cordis"), planted_chronicle())


@pytest.fixture(scope="module")
def trained(directory):
    """Two models in a registry, the second one worse."""
    models = directory / "models"
    os.environ["MAILLON_MODELS"] = str(models)
    try:
        for name in ("lines", "again"):
            run("train", directory, "--source", "cordis", *PERIOD, "--name", name)
    finally:
        del os.environ["MAILLON_MODELS"]
    return models


@pytest.fixture
def models(trained, tmp_path, monkeypatch):
    """A registry of our own with the two models, the second one spoilt in what is kept of it."""
    for name in ("lines", "again"):
        for path in (trained / name).rglob("*"):
            if path.is_file():
                place = tmp_path / "models" / path.relative_to(trained)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(path.read_bytes())
    [figures] = (tmp_path / "models" / "again" / "figures").iterdir()
    record = json.loads(figures.read_text())
    values = record["kept"]["again"]["values"]["all"]["ndcg@10"]
    record["kept"]["again"]["values"]["all"]["ndcg@10"] = [v and max(v - 0.3, 0) for v in values]
    figures.write_text(json.dumps(record))
    monkeypatch.setenv("MAILLON_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def listed():
    return json.loads(run("models", "--log", "--json"))


def test_a_trained_model_is_plain_files_that_tell_where_it_came_from(trained):
    assert {path.suffix for path in (trained / "lines").rglob("*") if path.is_file()} == {".json", ".md"}
    manifest = json.loads((trained / "lines" / "model.json").read_text())
    assert manifest["task"]["cut"] == "2025-01-01"
    assert manifest["task"]["fingerprint"].startswith("sha256:")
    assert manifest["libraries"]["numpy"]
    assert manifest["seed"] == 20_240_701
    card = (trained / "lines" / "card.md").read_text()
    assert f"| all | {manifest['measured']['queries']} |" in card
    assert "| TF-IDF |" in card
    assert manifest["features"][-1] == "plain_order"
    assert manifest["strength"]["chosen"] in card
    assert "plain order" in card


def test_the_same_data_and_seed_make_the_same_bytes(trained):
    for path in (trained / "lines").rglob("*"):
        if path.is_file():
            other = trained / "again" / path.relative_to(trained / "lines")
            assert other.read_bytes() == path.read_bytes().replace(b"lines", b"again"), path.name


@pytest.mark.usefixtures("models")
def test_a_worse_model_is_refused_unless_forced_with_a_reason_that_is_kept():
    run("promote", "lines")
    with pytest.raises(ConflictError, match="worse on all"):
        run("promote", "again")
    with pytest.raises(InputError, match="reason"):
        run("promote", "again", "--force")
    run("promote", "again", "--force", "--reason", "démonstration au comité")
    told = listed()
    assert [one["promoted"] for one in told["models"]] == [True, False]
    last = told["log"][-1]
    assert last["reason"] == "démonstration au comité"
    assert last["worse"][0].startswith("worse on all")
    assert "lines is back in place of again" in run("rollback")
    assert [one["promoted"] for one in listed()["models"]] == [False, True]
    assert "none is back" in run("rollback")


@pytest.mark.usefixtures("models")
def test_a_model_of_histories_never_serves():
    assert "day-one serves" in run("promote", "lines")
    assert listed()["serves"] == "day-one"
    assert "lines" in run("models")
    assert "← promoted" in run("models")


@pytest.mark.usefixtures("models")
def test_trained_models_are_compared_by_name():
    told = json.loads(run("compare", "lines", "again", "--json"))
    assert told["slices"]["all"]["ndcg@10"]["by_query"]["mean"] > 0
    assert told["slices"]["all"]["recall@10"]["by_query"]["mean"] == 0
    assert "lines less again, 2025-01-01 to 2026-01-01" in run("compare", "lines", "again")
    with pytest.raises(InputError, match="neither a trained model"):
        run("compare", "lines", "nobody")


def test_models_measured_on_different_queries_are_not_compared(models):
    for figures in (models / "again" / "figures").iterdir():
        figures.unlink()
    with pytest.raises(InputError, match="never measured on the same"):
        run("compare", "lines", "again")
    run("promote", "lines")
    with pytest.raises(ConflictError, match="never measured on the same queries"):
        run("promote", "again")


def test_a_trained_model_is_evaluated_by_name_and_keeps_what_it_did(models, directory):
    for name in ("lines", "again"):
        for figures in (models / name / "figures").iterdir():
            figures.unlink()
    both = ["--model", "lines", "--model", "again", "--no-needs", "--no-ablate"]
    out = models.parent / "out.json"
    run("evaluate", directory, "--source", "cordis", *PERIOD, *both, "--json", out)
    methods = json.loads(out.read_text())["pairs"]["methods"]
    assert methods["lines"]["slices"] == methods["again"]["slices"]
    assert json.loads(run("compare", "lines", "again", "--json"))["slices"]["all"]


def test_a_model_is_not_measured_on_days_that_it_learned_from(models, directory):
    early = ["--cut", "2024-06-01", "--until", "2025-01-01", "--no-dense", "--no-needs"]
    with pytest.raises(InputError, match="learned from days until 2025-01-01"):
        run("evaluate", directory, "--source", "cordis", *early, "--model", "lines")
    assert models.is_dir()


def test_a_model_of_another_encoder_or_damaged_is_refused(models):
    learned = load_history(models / "lines", "none")
    assert isinstance(learned, Learned)
    assert isinstance(learned.calibration, Calibration)
    with pytest.raises(ModelError, match="texts read by none, here they are read by other"):
        load_history(models / "lines", "other")
    manifest = json.loads((models / "lines" / "model.json").read_text())
    for change in ({"features": ["odd"]}, {"calibration": {}}, {"kind": "ranking"}):
        (models / "lines" / "model.json").write_text(json.dumps(manifest | change))
        with pytest.raises(ModelError):
            load_history(models / "lines", "none")
    (models / "lines" / "model.json").write_text("{")
    assert "damaged" in run("models")
    with pytest.raises(ModelError, match="damaged"):
        run("promote", "lines")


@pytest.mark.usefixtures("models")
def test_mistakes_are_told_before_anything_is_computed(directory):
    with pytest.raises(UnknownRecordError, match="no such model"):
        run("promote", "nobody")
    source = [directory, "--source", "cordis"]
    with pytest.raises(InputError, match="one of: logistic, lambdamart"):
        run("train", *source, *PERIOD, "--name", "x", "--model", "oracle")
    with pytest.raises(InputError, match="--replace"):
        run("train", *source, *PERIOD, "--name", "lines")
    with pytest.raises(InputError, match="after the cut"):
        run("train", *source, "--cut", "2025-01-01", "--until", "2024-01-01", "--name", "x")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_training_leaves_nothing_half_written(directory, tmp_path, how):
    command = [sys.executable, "-c", TRAINS, "train", directory, "--source", "cordis", *PERIOD, "--name", "x"]
    environment = os.environ | {"MAILLON_MODELS": str(tmp_path / "models"), "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(  # noqa: S603 (our own words)
        list(map(str, command)), cwd=tmp_path, env=environment, stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"training\n"
    child.send_signal(how)
    child.communicate()
    assert child.returncode != 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
