"""What `maillon encoder` reads and refuses; the training itself is tested beside its module."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from matcher.domain import ActorId, Alliance, AllianceId, AllianceStatus, Met
from matcher.encoder_commands import encoder_app, pairs_of
from matcher.errors import InputError


def alliance(number: int, need: str, skill: str, status: AllianceStatus = AllianceStatus.ACTIVE) -> Alliance:
    a, b = ActorId("a"), ActorId("b")
    met = (Met(a, need, b, skill),)
    return Alliance(AllianceId(str(number)), (a, b), "mecenat", date(2025, 1, 1), met=met, status=status)


def test_pairs_come_from_alliances_that_went_well_and_stand_once():
    alliances = [
        alliance(1, "un local", "une salle"),
        alliance(2, "un local", "une salle"),
        alliance(3, "un camion", "un fourgon", AllianceStatus.FAILED),
    ]
    assert pairs_of(alliances) == [("un local", "une salle")]


def test_a_corpus_that_cannot_be_used_is_refused_before_anything_is_loaded(tmp_path):
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": "x-1"}) + "\n", encoding="utf-8")
    result = CliRunner().invoke(
        encoder_app, ["train", "--corpus", str(tmp_path), "--out", str(tmp_path / "o")]
    )
    assert isinstance(result.exception, InputError)
    assert "x.jsonl:1 theme" in str(result.exception)
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    "option", ["--corpus", "--out", "--seed", "--epochs", "--workspace", "--resume", "--json"]
)
def test_the_help_names_every_option(option):
    assert option in CliRunner().invoke(encoder_app, ["train", "--help"]).stdout
