"""Filling the queue and reading the report from the command line."""

import json
from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pytest

from matcher.assembly import opened_tenant
from matcher.cli import main
from matcher.domain import Need, Skill
from matcher.proposals import Action, Decision, ProposalId
from matcher.terminal import MOST_ROWS
from tests.fakes import make_actor

TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def _settings(tmp_path, monkeypatch):
    monkeypatch.setenv("MAILLON_MODEL", "hashing")
    monkeypatch.setenv("MAILLON_WORKSPACE", str(tmp_path / "maillon.db"))
    monkeypatch.setenv("COLUMNS", "110")
    with opened_tenant() as (workspace, _):
        workspace.store.put_actors(
            [
                make_actor(
                    "town",
                    sector="public",
                    needs=(Need("réparer des vélos"),),
                    skills=(Skill("une halle libre"),),
                ),
                make_actor(
                    "asso",
                    sector="interet_general",
                    needs=(Need("une halle"),),
                    skills=(Skill("réparer les vélos"),),
                ),
                make_actor(
                    "firm",
                    sector="economique",
                    needs=(Need("des apprentis"),),
                    skills=(Skill("usiner des pièces"),),
                ),
            ]
        )


@pytest.fixture
def run(capsys):
    """Runs the command line; (exit code, stdout, stderr)."""

    def call(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        told = capsys.readouterr()
        return ended.value.code or 0, told.out, told.err

    return call


def test_each_pair_is_proposed_once_and_waits_for_review(run):
    code, out, _ = run("propose", "--json", "-n", "2")
    found = json.loads(out)
    pairs = {frozenset((one["a"], one["b"])) for one in found["added"]}
    assert (code, found["waiting"], len(pairs)) == (0, 2, 2)
    assert frozenset(("town", "asso")) in pairs
    assert found["added"][0]["match"]["score"] == pytest.approx(found["added"][0]["score"])
    _, out, _ = run("propose", "--lang", "en")
    assert "1 new proposals; 3 to review in all" in out
    with opened_tenant() as (_, holdings):
        assert len(holdings.proposals.pairs()) == 3
    _, out, _ = run("propose", "--lang", "fr")
    assert out.strip() == "0 nouvelles propositions ; 3 à examiner en tout"


def test_an_actor_stands_in_as_many_as_asked(run):
    _, out, _ = run("propose", "--json", "--per-actor", "1")
    assert len(json.loads(out)["added"]) == 1


def test_the_report_tells_what_was_logged(run, tmp_path):
    _, out, _ = run("propose", "--json")
    [best, *_] = json.loads(out)["added"]
    with opened_tenant() as (_, holdings):
        decision = Decision(Action.REVIEW, "ana", minutes=45, activity="rencontre")
        holdings.proposals.decide(ProposalId(best["id"]), decision, datetime.now(UTC))
    _, out, _ = run("report", "--json")
    told = json.loads(out)
    assert (told["minutes"], told["start"]) == (45, date(TODAY.year, 1, 1).isoformat())
    assert (
        run("report", "--json", "--start", "2020-01-01", "--end", "2020-12-31")[1].count('"minutes": 0') > 0
    )
    _, out, _ = run("report", "--lang", "en")
    assert "Summary" in out
    assert "45" in out
    for name in ("work.csv", "work.xlsx"):
        assert run("report", "--lang", "en", "--out", str(tmp_path / name))[0] == 0
    assert "Summary;Minutes;Value;45" in (tmp_path / "work.csv").read_text(encoding="utf-8-sig")
    book = openpyxl.load_workbook(BytesIO((tmp_path / "work.xlsx").read_bytes()))
    assert ("Minutes", 45) in book["Summary"].iter_rows(values_only=True)


def test_of_a_long_table_the_terminal_shows_the_first_rows(run):
    with opened_tenant() as (workspace, _):
        needs = tuple(Need(f"un besoin numéro {i}") for i in range(MOST_ROWS + 5))
        workspace.store.put_actors([make_actor("many", needs=needs)])
    _, out, _ = run("report", "--lang", "fr")
    assert "… et 8 de plus" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["propose", "--territory", "Atlantide"], "Atlantide"),
        (["propose", "--tenant", "nowhere"], "no such tenant"),
        (["report", "--out", "work.doc"], "a file ending in .csv or .xlsx"),
        (["report", "--metier", "sorcier"], "sorcier"),
        (["report", "--start", "2026-09-01", "--end", "2026-01-01"], "2026-01-01"),
    ],
)
def test_a_mistake_is_told(run, arguments, told):
    code, out, error = run(*arguments)
    assert (code, out) == (1, "")
    assert told in " ".join(error.split())
