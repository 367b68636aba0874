"""The sample data: what it promises, and the untrained ranking ahead of plain methods on it."""

import json
from collections import Counter

import pytest

from benchmarks.sample import OURS, open_sample, run
from matcher.taxonomy import sample_directory


def records(name):
    lines = (sample_directory() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_the_sample_is_as_large_and_as_varied_as_it_says():
    actors, alliances, wrong = records("actors"), records("alliances"), records("wrong_pairs")
    assert len(actors) >= 150
    assert len({actor["id"].split("-")[0] for actor in actors}) >= 6
    assert any(actor["commune"].startswith("97") for actor in actors)
    assert len({actor["sector"] for actor in actors}) == 4
    assert len({actor["register"] for actor in actors}) == 5
    assert all(2 <= len(actor[field]) <= 5 for actor in actors for field in ("needs", "skills"))
    assert len(alliances) >= 80
    assert len({alliance["type"] for alliance in alliances}) == 5
    assert sum(len(alliance["members"]) >= 3 for alliance in alliances) >= 10
    assert sum(alliance["status"] == "failed" for alliance in alliances) >= len(alliances) * 0.08
    assert len(wrong) >= 60
    assert {pair["reason"] for pair in wrong} == {"competitor", "same_theme", "same_words", "too_far"}


def test_no_two_texts_of_the_sample_share_a_template():
    texts = [text for actor in records("actors") for field in ("needs", "skills") for text in actor[field]]
    assert len(set(texts)) == len(texts)
    grams = Counter(
        gram
        for text in texts
        for gram in {tuple(text.lower().split()[i : i + 5]) for i in range(len(text.split()) - 4)}
    )
    shared = [gram for gram, count in grams.items() if count > 1]
    assert len(shared) <= 0.001 * len(grams), shared


def test_wrong_pairs_name_actors_that_exist_and_never_allied():
    known = {actor["id"]: actor["sector"] for actor in records("actors")}
    allied = [set(alliance["members"]) for alliance in records("alliances")]
    for pair in records("wrong_pairs"):
        assert known[pair["actor_a"]] != known[pair["actor_b"]]
        assert not any({pair["actor_a"], pair["actor_b"]} <= members for members in allied)


@pytest.mark.model
def test_the_untrained_ranking_is_ahead_of_every_plain_method(tmp_path):
    results = run(open_sample(str(tmp_path / "maillon.db")))
    ours = results.pop(OURS)
    assert len(results) == 5
    for name, plain in results.items():
        assert ours.recall_at_10 > plain.recall_at_10, name
        assert ours.true_above_wrong > plain.true_above_wrong, name
