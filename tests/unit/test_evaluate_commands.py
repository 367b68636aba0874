"""`maillon evaluate` and `maillon compare` on small histories."""

import json

import pytest
from typer.testing import CliRunner

from matcher.assembly import open_workspace
from matcher.errors import ImportSourceError, InputError
from matcher.evaluate_commands import evaluate_app
from matcher.evaluate_sources import Profiles, named_pairs, workspace_chronicle
from tests.fakes import TODAY, make_actor, make_alliance, make_workspace
from tests.unit.histories import CUT, planted_chronicle, write_cordis

PERIOD = ["--cut", "2025-01-01", "--until", "2026-01-01"]


def run(*arguments):
    result = CliRunner().invoke(evaluate_app, list(map(str, arguments)))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return write_cordis(tmp_path_factory.mktemp("cordis"), planted_chronicle())


@pytest.fixture(scope="module")
def measured(directory):
    out = directory / "out"
    files = ["--json", f"{out}.json", "--html", f"{out}.html"]
    models = ["--model", "logistic", "--model", "lambdamart"]
    result = run("evaluate", directory, "--source", "cordis", *PERIOD, *models, "--no-dense", *files)
    assert result.exit_code == 0, result.output
    return directory, json.loads((directory / "out.json").read_text()), result.output


def test_every_plain_method_stands_beside_the_models(measured):
    _, record, output = measured
    methods = record["pairs"]["methods"]
    assert {"random", "popularity", "geography", "TF-IDF", "Adamic–Adar", "rank fusion"} <= set(methods)
    assert list(methods)[-2:] == ["learned, logistic", "learned, lambdamart"]
    assert record["pairs"]["model"] == "learned, lambdamart"
    assert {"topic", "topic × popularity"} <= set(record["needs"]["methods"])
    assert "without text" in record["ablation"]["figures"]
    assert "rank fusion" in output


def test_a_model_beats_chance_on_the_planted_history(measured):
    methods = measured[1]["pairs"]["methods"]
    ndcg = {name: one["slices"]["all"]["ndcg@10"]["mean"] for name, one in methods.items()}
    assert ndcg["learned, logistic"] > 1.2 * ndcg["random"]


def test_two_evaluations_are_compared_pair_by_pair(measured, tmp_path):
    directory, record, _ = measured
    shifted = json.loads(json.dumps(record))
    values = shifted["pairs"]["kept"]["values"]["all"]["ndcg@10"]
    shifted["pairs"]["kept"]["values"]["all"]["ndcg@10"] = [v if v is None else v - 0.25 for v in values]
    (tmp_path / "shifted.json").write_text(json.dumps(shifted))
    result = run("compare", directory / "out.json", tmp_path / "shifted.json", "--json")
    told = json.loads(result.output)["slices"]
    assert told["all"]["ndcg@10"]["by_query"]["mean"] == pytest.approx(0.25)
    assert told["all"]["recall@10"]["by_query"]["mean"] == 0
    table = run("compare", directory / "out.json", tmp_path / "shifted.json").output
    assert "+0.2500" in table


def test_evaluations_of_different_periods_are_not_compared(measured, tmp_path):
    directory, record, _ = measured
    record = json.loads(json.dumps(record))
    record["made"]["cut"] = "2024-01-01"
    (tmp_path / "other.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="different periods"):
        run("compare", directory / "out.json", tmp_path / "other.json")
    (tmp_path / "none.json").write_text("{}")
    with pytest.raises(InputError, match="nor the JSON"):
        run("compare", directory / "out.json", tmp_path / "none.json")


def test_a_pairs_file_names_pairs_by_either_id(tmp_path):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("actor_a,actor_b\n1,2\n")
    with pytest.raises(ImportSourceError, match="project_id"):
        named_pairs(pairs, planted_chronicle())
    pairs.write_text("actor_a,actor_b,project_id\na00,nobody,p\na00,a02,p\n")
    named, unknown = named_pairs(pairs, planted_chronicle())
    assert named == [("a00", "a02", "cordis-p")]
    assert unknown == 1


def test_mistakes_are_told_before_anything_is_computed(directory):
    with pytest.raises(InputError, match="one of: logistic, lambdamart"):
        run("evaluate", directory, "--source", "cordis", *PERIOD, "--model", "oracle")
    with pytest.raises(InputError, match="after the cut"):
        run("evaluate", directory, "--source", "cordis", "--cut", "2025-01-01", "--until", "2024-01-01")
    with pytest.raises(InputError, match="directory of the CORDIS tables"):
        run("evaluate", "--source", "cordis", *PERIOD)


def test_a_workspace_is_a_history_and_its_later_profiles_say_nothing():
    old, new = make_actor("old", updated=CUT.replace(year=2024)), make_actor("new", updated=TODAY)
    alliance = make_alliance("old", "new", started=CUT.replace(year=2023))
    opened = make_workspace(old, new, alliances=[alliance])
    chronicle = workspace_chronicle(opened, CUT, Profiles.DATED)
    found = {actor.id: actor for actor in chronicle.actors}
    assert found["old"].needs == old.needs
    assert found["new"].needs == ()
    assert found["new"].description == ""


def test_profiles_of_today_stand_for_those_of_before_only_when_asked_for():
    new = make_actor("new", updated=TODAY)
    opened = make_workspace(new, make_actor("other", updated=None))
    assert [a.id for a in workspace_chronicle(opened, CUT, Profiles.DATED).actors] == []
    assert [a.id for a in workspace_chronicle(opened, CUT, Profiles.UNDATED_TOO).actors] == ["other"]
    trusted = workspace_chronicle(opened, CUT, Profiles.TODAY).actors
    assert [a.id for a in trusted] == ["new", "other"]
    assert trusted[0].needs == new.needs


def test_a_workspace_without_later_alliances_is_refused():
    with open_workspace(":memory:") as opened:
        chronicle = workspace_chronicle(opened, CUT, Profiles.UNDATED_TOO)
    assert chronicle.actors == ()
    with pytest.raises(InputError, match="later cut"):
        run("evaluate", *PERIOD, "-w", ":memory:", "--no-dense")
    with pytest.raises(InputError, match="another cut"):
        run("evaluate", *PERIOD, "-w", ":memory:", "--no-dense", "--model", "none")


def test_without_a_model_the_plain_methods_are_measured_alone(directory, tmp_path):
    source = [directory, "--source", "cordis", *PERIOD, "--no-dense"]
    run(
        "evaluate",
        *source,
        "--model",
        "none",
        "--json",
        tmp_path / "plain.json",
        "--html",
        tmp_path / "p.html",
    )
    record = json.loads((tmp_path / "plain.json").read_text())
    assert "rank fusion" in record["pairs"]["methods"]
    assert "model" not in record["pairs"]
    assert (tmp_path / "p.html").read_text().count("<svg") > 4
