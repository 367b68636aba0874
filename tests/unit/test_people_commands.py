"""People's accounts, as an operator makes them."""

import json
from io import StringIO

import pytest

from matcher.cli import main

ISSUER = "https://identite.exemple.fr"


@pytest.fixture(autouse=True)
def _settings(tmp_path, monkeypatch):
    monkeypatch.setenv("MAILLON_WORKSPACE", str(tmp_path / "maillon.db"))
    monkeypatch.setenv("MAILLON_OIDC_ISSUER", ISSUER)


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code or 0


def held(capsys):
    capsys.readouterr()
    assert run("user", "list", "--json") == 0
    return {one["id"]: one for one in json.loads(capsys.readouterr().out)}


def test_a_person_is_known_by_a_password_a_subject_or_an_email(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", StringIO("un mot de passe long\n"))
    assert run("user", "add", "ana", "--territory", "46102", "--password-stdin") == 0
    assert run("user", "add", "zoe", "--subject", "7f1c") == 0
    assert run("user", "add", "yan", "--email", "Yan@Exemple.fr") == 0
    people = held(capsys)
    assert [people[one]["password"] for one in ("ana", "zoe", "yan")] == [True, False, False]
    assert people["ana"]["territories"] == ["46102"]
    assert people["zoe"]["subject"] == f"{ISSUER}|7f1c"
    assert people["yan"]["email"] == "yan@exemple.fr"


def test_what_somebody_will_see_is_told_by_name(capsys):
    territories = [part for code in ("75", "REG-75", "46102", "99999") for part in ("--territory", code)]
    assert run("user", "add", "ana", "--email", "a@exemple.fr", *territories) == 0
    told = capsys.readouterr().out
    assert "Paris (75), Nouvelle-Aquitaine (REG-75), Figeac (46102), 99999" in told
    assert run("user", "add", "zoe", "--email", "z@exemple.fr") == 0
    assert "no territory yet" in capsys.readouterr().out


def test_a_subject_is_one_persons_alone(capsys):
    assert run("user", "add", "zoe", "--subject", "7f1c") == 0
    assert run("user", "add", "yan", "--subject", "7f1c") == 1
    assert "zoe in default" in capsys.readouterr().err
    assert run("user", "add", "zoe", "--subject", "7f1c", "--territory", "35") == 0
    assert held(capsys)["zoe"]["territories"] == ["35"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--email", "nobody"], "an e-mail address"),
        (["--email", "a b@exemple.fr"], "an e-mail address"),
        (["--subject", "7", "--tenant", "nowhere"], "no such tenant"),
    ],
)
def test_a_mistake_is_told_and_nobody_is_added(arguments, told, capsys):
    assert run("user", "add", "zoe", *arguments) == 1
    assert told in capsys.readouterr().err
    assert held(capsys) == {}


def test_a_short_password_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", StringIO("court\n"))
    assert run("user", "add", "ana", "--password-stdin") == 1
    assert "12 characters" in capsys.readouterr().err


def test_a_subject_without_an_issuer_is_refused(monkeypatch, capsys):
    monkeypatch.delenv("MAILLON_OIDC_ISSUER")
    assert run("user", "add", "zoe", "--subject", "7f1c") == 1
    assert "MAILLON_OIDC_ISSUER" in capsys.readouterr().err


def test_a_person_who_is_removed_is_gone(capsys):
    assert run("user", "add", "yan", "--email", "yan@exemple.fr") == 0
    assert run("user", "remove", "yan") == 0
    assert held(capsys) == {}
    assert run("user", "remove", "yan") == 1
