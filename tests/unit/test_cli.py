"""The command line, as a user meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from matcher.cli import FAILED, main
from matcher.import_commands import SOME_REFUSED

ROOT = Path(__file__).parents[2]
ACTORS = [
    {
        "id": "town", "name": "Commune de Val-Perdu", "sector": "public", "register": "administratif",
        "commune": "35236", "lat": 47.65, "lon": -2.08, "radius_km": 30,
        "description": "Commune de trois mille habitants.", "updated": "2026-09-01",
        "needs": ["réparation de vélos pour les écoliers"], "skills": ["une halle couverte libre le soir"],
    },
    {
        "id": "asso", "name": "Les Rayons", "sector": "interet_general", "register": "associatif",
        "commune": "35236", "lat": 47.66, "lon": -2.07, "updated": "2026-09-01",
        "needs": ["une halle couverte pour l'hiver"], "skills": ["réparation de vélos, même très vieux"],
    },
    {
        "id": "firm", "name": "Roulements du Centre SAS", "sector": "economique", "register": "entreprise",
        "lat": 45.0, "lon": 3.0, "needs": ["des apprentis"], "skills": ["usinage de précision"],
    },
]  # fmt: skip


@pytest.fixture(autouse=True)
def _settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILLON_MODEL", "hashing")
    monkeypatch.setenv("MAILLON_WORKSPACE", str(tmp_path / "maillon.db"))
    monkeypatch.setenv("COLUMNS", "110")


@pytest.fixture
def run(capsys):
    """Runs the command line; (exit code, stdout, stderr)."""

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        told = capsys.readouterr()
        return ended.value.code or 0, told.out, told.err

    return call


@pytest.fixture
def imported(run, tmp_path):
    (tmp_path / "notes.doc").write_text("not a table")
    path = tmp_path / "actors.jsonl"
    path.write_text("\n".join(json.dumps(actor) for actor in ACTORS), encoding="utf-8")
    code, out, _ = run("import", str(path))
    assert (code, "3 added" in out) == (0, True)
    return path


def test_importing_again_changes_nothing(run, imported):
    code, out, _ = run("import", str(imported), "--json")
    assert code == 0
    assert json.loads(out) == [{"kind": "actors", "added": 0, "updated": 0, "unchanged": 3, "refused": 0}]


def test_bad_rows_are_refused_with_their_place_and_the_good_ones_go_in(run, tmp_path):
    person = ACTORS[2] | {"id": "p", "name": "Mme Jeanne Durand"}
    path = tmp_path / "actors.jsonl"
    lines = [json.dumps(ACTORS[0]), json.dumps(person), "{", json.dumps(ACTORS[1] | {"sector": "privé"})]
    path.write_text("\n".join(lines), encoding="utf-8")
    code, out, err = run("import", str(path))
    assert code == SOME_REFUSED
    assert "1 added" in out
    assert "3 rows refused" in err
    rejects = (tmp_path / "rejects.csv").read_text(encoding="utf-8").splitlines()
    assert rejects[0] == "file,line,field,value,reason"
    assert [",".join(row.split(",")[1:3]) for row in (rejects[1], rejects[3])] == ["2,name", "4,sector"]
    assert "natural person" in rejects[1]


@pytest.mark.usefixtures("imported")
def test_a_match_is_explained_on_the_terminal_and_adds_up_in_json(run):
    code, out, _ = run("match", "town", "--limit", "1")
    assert code == 0
    for words in ("Les Rayons", "réparation de vélos, même très vieux", "Pourquoi", "mes besoins"):
        assert words in " ".join(out.replace("│", " ").split())
    code, out, _ = run("match", "town", "--json")
    (first, *_) = json.loads(out)
    assert first["other"]["id"] == "asso"
    points = sum(contribution["points"] for contribution in first["contributions"])
    assert first["bias"] + points == pytest.approx(first["score"], abs=1e-3)


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {"asso", "firm"}),
        (["--within", "30km"], {"asso"}),
        (["--within", "30,5 km"], {"asso"}),
        (["--sector", "economique"], {"firm"}),
        (["--territory", "redon"], {"asso"}),
        (["--exclude", "asso"], {"firm"}),
        (["--limit", "1"], {"asso"}),
        (["--min-score", "99"], set()),
    ],
)
def test_options_of_match_filter(run, options, expected):
    code, out, _ = run("match", "town", "--json", *options)
    assert code == 0
    assert {match["other"]["id"] for match in json.loads(out)} == expected


@pytest.mark.usefixtures("imported")
def test_search_finds_a_skill_for_a_need_and_a_need_for_a_skill(run):
    _, out, _ = run("search", "réparation de vélos d'enfants", "--json", "--limit", "1")
    assert json.loads(out)[0]["actor"]["id"] == "asso"
    _, out, _ = run("search", "nous prêtons une halle couverte", "--role", "skill", "--json", "--limit", "1")
    assert json.loads(out)[0]["text"] == "une halle couverte pour l'hiver"
    code, out, _ = run("search", "réparation de vélos", "--lang", "en")
    assert (code, "In its words" in out) == (0, True)


@pytest.mark.usefixtures("imported")
def test_explain_speaks_french_and_english(run):
    _, french, _ = run("explain", "town", "firm", "--json")
    _, english, _ = run("explain", "town", "firm", "--json", "--lang", "en")
    assert "sourcing" in french
    assert any("R2111-1), not an award" in reason["text"] for reason in json.loads(english)[0]["reasons"])


@pytest.mark.usefixtures("imported")
def test_what_is_exported_can_be_imported_elsewhere(run, tmp_path, monkeypatch):
    code, _, _ = run("export", str(tmp_path / "out.csv"))
    assert code == 0
    monkeypatch.setenv("MAILLON_WORKSPACE", str(tmp_path / "other.db"))
    _, out, _ = run("import", str(tmp_path / "out.csv"), "--json")
    assert json.loads(out)[0]["added"] == 3
    run("export", str(tmp_path / "again.csv"))
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


@pytest.mark.usefixtures("imported")
def test_alliances_are_known_by_the_name_of_their_file(run, tmp_path):
    alliance = {"id": "x", "members": ["town", "asso"], "type": "mecenat", "started": "2024-01-01"}
    (tmp_path / "alliances.jsonl").write_text(json.dumps(alliance), encoding="utf-8")
    code, out, _ = run("import", str(tmp_path / "alliances.jsonl"), "--json")
    assert (code, json.loads(out)[0]["kind"]) == (0, "alliances")
    _, out, _ = run("match", "town", "--json")
    assert "asso" not in {match["other"]["id"] for match in json.loads(out)}
    _, out, _ = run("match", "town", "--json", "--allied")
    assert "asso" in {match["other"]["id"] for match in json.loads(out)}


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["match", "nobody"], "nobody"),
        (["match", "town", "--territory", "Atlantide"], "Atlantide"),
        (["match", "town", "--within", "loin"], "30km"),
        (["match", "town", "--sector", "privé"], "expected one of: public"),
        (["search", " "], "empty"),
        (["explain", "town", "town"], "itself"),
        (["import", "missing.csv"], "no such file"),
        (["import", "notes.doc"], "unknown format"),
        (["export", "out.docx"], "unknown format"),
        (["match", "town", "--workspace", "no/such/folder/x.db"], "not a directory"),
        (["match", "town", "--workspace", "mysql://server/db"], "mysql"),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_no_traceback(run, arguments, words):
    code, out, err = run(*arguments)
    assert code == FAILED
    assert words in " ".join(err.split())
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.usefixtures("imported")
def test_a_misspelt_option_is_a_usage_error(run):
    code, _, err = run("match", "town", "--langue", "fr")
    assert code == 2
    assert "--langue" in err


def test_the_module_runs_as_a_command():
    ended = subprocess.run(
        [sys.executable, "-m", "matcher", "--help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )
    assert ended.returncode == 0
    for command in ("import", "index", "match", "search", "explain", "export", "demo"):
        assert command in ended.stdout


@pytest.mark.usefixtures("imported")
def test_index_counts_what_it_holds(run):
    code, out, _ = run("index", "--json")
    assert code == 0
    assert json.loads(out) == {"actors": 3, "needs": 3, "skills": 3, "encoder": "hashing-256"}


def test_a_dry_run_tells_what_an_import_would_do_and_writes_nothing(run, imported, tmp_path):
    _, before, _ = run("index", "--json")
    rows = [json.loads(line) for line in imported.read_text().splitlines()]
    changed = [rows[0] | {"size": 99}, *rows[1:], rows[0] | {"id": "new"}, {"id": "bad"}]
    path = tmp_path / "actors-again.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in changed))
    code, out, _ = run("import", str(path), "--dry-run", "--json")
    told = json.loads(out)
    assert (code, told["added"], told["changed"], told["refused"]) == (3, 1, 1, 1)
    assert told["changes"][0]["changes"][0]["field"] == "size"
    code, out, _ = run("import", str(path), "--dry-run")
    assert "size: " in out
    assert "nothing was written" in out
    assert run("index", "--json")[1] == before


def test_a_dry_run_is_for_actors_only(run, tmp_path):
    path = tmp_path / "alliances.jsonl"
    path.write_text("{}")
    code, _, err = run("import", str(path), "--dry-run")
    assert code == 1
    assert "only files of actors" in " ".join(err.split())
