"""What models did with the same queries, kept to be compared."""

import json

import pytest

from matcher.errors import ModelError
from matcher.figures import fingerprint, losses, on_the_same, read_figures, sealed, task_id, write_figures

TASK = {"source": "cordis", "cut": "2024-01-01", "until": "2024-07-01", "fingerprint": "sha256:1"}
LATER = TASK | {"cut": "2024-07-01", "until": "2025-01-01"}


def kept(values, parts=("all", "cold")):
    count = len(values)
    measures = {name: list(values) for name in ("ndcg@10", "recall@10", "recall@50", "mrr", "mutual@10")}
    return {
        "queries": [f"actor-{at}|" for at in range(count)],
        "clusters": [[f"event-{at % 20}"] for at in range(count)],
        "values": dict.fromkeys(parts, measures),
    }


def test_what_is_kept_names_no_actor(tmp_path):
    write_figures(tmp_path, TASK, {"a": kept([0.5] * 12)})
    text = (tmp_path / f"{task_id(TASK)}.json").read_text()
    assert "actor-" not in text
    assert "event-" not in text
    [record] = read_figures(tmp_path)
    assert record["task"] == TASK
    assert "recall@50" not in record["kept"]["a"]["values"]["all"]


def test_two_models_meet_on_the_latest_task_that_both_were_measured_on(tmp_path):
    write_figures(tmp_path / "a", TASK, {"a": kept([1.0] * 12)})
    write_figures(tmp_path / "a", LATER, {"a": kept([0.9] * 12)})
    write_figures(tmp_path / "b", TASK, {"b": kept([0.5] * 12)})
    figures = {name: read_figures(tmp_path / name) for name in "ab"}
    task, first, second = on_the_same("a", "b", figures)
    assert task == TASK
    assert (first["values"]["all"]["mrr"][0], second["values"]["all"]["mrr"][0]) == (1.0, 0.5)
    write_figures(tmp_path / "b", LATER, {"b": kept([0.5] * 12)})
    figures["b"] = read_figures(tmp_path / "b")
    assert on_the_same("a", "b", figures)[0] == LATER


def test_one_file_may_tell_of_both(tmp_path):
    write_figures(tmp_path, TASK, {"a": kept([1.0] * 12), "day-one": kept([0.5] * 12)})
    assert on_the_same("a", "day-one", {"a": read_figures(tmp_path)}) is not None


def test_models_that_never_met_are_not_compared(tmp_path):
    write_figures(tmp_path / "a", TASK, {"a": kept([1.0] * 12)})
    write_figures(tmp_path / "b", LATER, {"b": kept([0.5] * 12)})
    assert on_the_same("a", "b", {name: read_figures(tmp_path / name) for name in "ab"}) is None


def test_a_loss_is_told_by_slice_only_beyond_its_interval():
    better, same = sealed(kept([0.6] * 40)), sealed(kept([0.6, 0.61] * 20))
    worse = sealed(kept([0.4] * 40))
    assert losses(better, worse) == []
    assert losses(better, same) != losses(same, better)
    assert [one.part for one in losses(worse, better)] == ["all", "cold"]
    assert "ndcg@10 -0.2000" in str(losses(worse, better)[0])


def test_a_slice_of_few_queries_tells_nothing():
    assert losses(sealed(kept([0.1] * 9)), sealed(kept([0.9] * 9))) == []


def test_damaged_figures_are_told(tmp_path):
    for content in ("{", "[]", json.dumps({"task": TASK})):
        (tmp_path / "x.json").write_text(content)
        with pytest.raises(ModelError, match="evaluate the model again"):
            read_figures(tmp_path)


def test_a_fingerprint_depends_on_every_line_and_their_order():
    assert fingerprint(["a", "b"]) == fingerprint(["a", "b"])
    assert len({fingerprint(lines) for lines in (["a", "b"], ["b", "a"], ["ab"], [])}) == 4
