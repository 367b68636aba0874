"""Models in a directory, and the log of which of them was promoted."""

import json
from datetime import UTC, datetime

import pytest

from matcher.errors import ConflictError, InputError, ModelError, UnknownRecordError
from matcher.registry import LOG, MANIFEST, Action, ModelKind, Registry

HISTORY, RANKING = ModelKind.HISTORY, ModelKind.RANKING


def manifest(kind=RANKING):
    return lambda directory: (directory / MANIFEST).write_text(json.dumps({"format": 1, "kind": kind}))


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "models", lambda: datetime(2026, 11, 25, tzinfo=UTC))
    for name, kind in (("a", RANKING), ("b", RANKING), ("c", HISTORY)):
        made.add(name, kind, manifest(kind), seconds=1.0, replace=False)
    return made


def test_an_empty_registry_has_no_model_and_nothing_promoted(tmp_path):
    registry = Registry(tmp_path / "none")
    assert registry.names() == []
    assert registry.log() == []
    assert registry.current(RANKING) is None
    assert not (tmp_path / "none").exists()


def test_models_are_listed_by_name(registry):
    assert registry.names() == ["a", "b", "c"]
    assert registry.manifest("c")["kind"] is HISTORY
    with pytest.raises(UnknownRecordError, match="maillon models"):
        registry.path("d")


def test_a_promotion_counts_for_its_kind_alone(registry):
    registry.promote("a", RANKING)
    registry.promote("c", HISTORY)
    assert (registry.current(RANKING), registry.current(HISTORY)) == ("a", "c")


def test_a_rollback_returns_to_the_one_before_down_to_day_one(registry):
    registry.promote("a", RANKING)
    registry.promote("b", RANKING)
    assert registry.rollback().name == "a"
    assert registry.current(RANKING) == "a"
    assert registry.rollback(reason="plaintes").name == "day-one"
    assert registry.current(RANKING) is None
    with pytest.raises(ConflictError, match="nothing to roll back"):
        registry.rollback()


def test_a_rollback_without_a_kind_is_of_the_last_promotion_that_stands(registry):
    registry.promote("c", HISTORY)
    registry.promote("a", RANKING)
    assert registry.rollback().kind is RANKING
    assert registry.rollback().kind is HISTORY


def test_reasons_and_what_spoke_against_are_kept(registry):
    registry.promote("a", RANKING, ["cold: -0.1"], "demandé par le comité")
    last = registry.log()[-1]
    assert (last.action, last.name, last.before) == (Action.PROMOTE, "a", None)
    assert (last.reason, last.worse) == ("demandé par le comité", ("cold: -0.1",))
    assert last.at == "2026-11-25T00:00:00+00:00"


def test_a_promoted_model_is_neither_promoted_again_nor_replaced(registry):
    registry.promote("a", RANKING)
    registry.promote("b", RANKING)
    with pytest.raises(ConflictError, match="promoted already"):
        registry.promote("b", RANKING)
    for name in ("a", "b"):
        with pytest.raises(InputError, match="stays as it is"):
            registry.check_free(name, replace=True)


@pytest.mark.parametrize("name", ["", "../x", ".x", "a b", "é", "day-one", "logistic", "tenants", "x" * 65])
def test_a_name_that_could_be_mistaken_is_refused(registry, name):
    with pytest.raises(InputError, match="taken by Maillon"):
        registry.check_free(name, replace=True)


def test_a_taken_name_is_replaced_only_when_asked(registry):
    with pytest.raises(InputError, match="--replace"):
        registry.add("c", HISTORY, manifest(HISTORY), seconds=1.0, replace=False)
    registry.add("c", HISTORY, manifest(HISTORY), seconds=1.0, replace=True)
    assert registry.names() == ["a", "b", "c"]


def test_a_damaged_log_is_told_and_never_written_over(registry):
    (registry.directory / LOG).write_text("{", encoding="utf-8")
    for use in (registry.log, registry.rollback, lambda: registry.promote("a", RANKING)):
        with pytest.raises(ModelError, match="damaged"):
            use()
    assert (registry.directory / LOG).read_text(encoding="utf-8") == "{"


@pytest.mark.parametrize(
    "content", ["{", "{}", '{"format": 1, "kind": "oracle"}', '{"format": 9, "kind": "history"}']
)
def test_a_damaged_or_newer_manifest_is_told(registry, content):
    (registry.directory / "a" / MANIFEST).write_text(content)
    with pytest.raises(ModelError, match="train the model again"):
        registry.manifest("a")


def test_a_directory_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="MAILLON_MODELS"):
        Registry(tmp_path / "file" / "models").add("a", RANKING, manifest(), seconds=1.0, replace=False)


def test_a_rollback_to_a_damaged_model_is_refused_and_changes_nothing(registry):
    registry.promote("a", RANKING)
    registry.promote("b", RANKING)
    (registry.directory / "a" / MANIFEST).write_text("{")
    with pytest.raises(ModelError):
        registry.rollback()
    assert registry.current(RANKING) == "b"
