"""Learned weights in a registry, and what ranks now."""

import json

import pytest

from matcher.domain import Need, Skill
from matcher.errors import ModelError
from matcher.features import FEATURES
from matcher.ranking import DAY_ONE_WEIGHTS, Odds, WeightedSum
from matcher.ranking_files import MEASURED, WEIGHTS, Promoted, load_weights, save_weights
from matcher.registry import MANIFEST, ModelKind, Registry
from tests.fakes import crowd, make_actor, make_workspace

LEARNED = WeightedSum({**DAY_ONE_WEIGHTS, "stage": 40.0}, "mine", 0.0, Odds(0.1, -4.0))


def add(registry, name="mine", ranking=LEARNED, **changes):
    manifest = {"format": 1, "kind": "ranking", "features": list(FEATURES), "encoder": "concepts"} | changes

    def fill(directory):
        save_weights(directory, ranking, WeightedSum(name="mine"))
        (directory / MANIFEST).write_text(json.dumps(manifest))

    return registry.add(name, ModelKind(manifest["kind"]), fill, seconds=0.1, replace=True)


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "models")


def test_weights_come_back_as_they_were(registry):
    directory = add(registry)
    assert load_weights(directory, "concepts") == LEARNED
    assert load_weights(directory, "concepts", MEASURED).weights == DAY_ONE_WEIGHTS


def test_a_model_for_something_else_is_refused_with_what_to_do(registry):
    with pytest.raises(ModelError, match="trained with the encoder concepts, here hashing-256 reads texts"):
        load_weights(add(registry), "hashing-256")
    with pytest.raises(ModelError, match=r"other features \(karma, stage\)"):
        load_weights(add(registry, features=[*(set(FEATURES) - {"stage"}), "karma"]), "concepts")
    with pytest.raises(ModelError, match="features of histories and cannot serve"):
        load_weights(add(registry, kind="history"), "concepts")


@pytest.mark.parametrize("content", ["{", "{}", '{"serves": {"weights": {}, "odds": null}}'])
def test_a_damaged_model_is_refused(registry, content):
    directory = add(registry)
    (directory / WEIGHTS).write_text(content)
    with pytest.raises(ModelError, match="damaged"):
        load_weights(directory, "concepts")
    save_weights(directory, WeightedSum({**DAY_ONE_WEIGHTS, "stage": float("nan")}), LEARNED)
    with pytest.raises(ModelError, match="not a number"):
        load_weights(directory, "concepts")


def test_day_one_ranks_until_something_is_promoted_and_after_it_is_rolled_back(registry):
    now = Promoted(registry, lambda: "concepts")
    assert now().name == "day-one"
    add(registry)
    assert now().name == "day-one"
    registry.promote("mine", ModelKind.RANKING)
    assert now() == LEARNED
    assert now() is now()
    registry.rollback()
    assert now().name == "day-one"


def test_a_promoted_model_that_is_damaged_is_told_at_each_call_until_it_is_mended(registry):
    now = Promoted(registry, lambda: "concepts")
    directory = add(registry)
    registry.promote("mine", ModelKind.RANKING)
    assert now() == LEARNED
    good = (directory / WEIGHTS).read_text()
    (directory / WEIGHTS).write_text("{")
    for _ in range(2):
        with pytest.raises(ModelError, match="damaged"):
            now()
    (directory / WEIGHTS).write_text(good)
    assert now() == LEARNED


def test_a_promotion_counts_from_the_next_request_and_the_sum_still_adds_up(registry):
    workspace = make_workspace(*crowd(), make_actor("a"))
    object.__setattr__(workspace.parts, "ranking", Promoted(registry, lambda: "concepts"))
    before = workspace.match("a")
    assert {one.model for one in before} == {"day-one"}
    assert {one.probability for one in before} == {None}
    pool = workspace.matcher().pool
    add(registry)
    registry.promote("mine", ModelKind.RANKING)
    after = workspace.match("a")
    assert {one.model for one in after} == {"mine"}
    assert workspace.matcher().pool is pool, "nothing is encoded or indexed again"
    for one in after:
        assert one.score == pytest.approx(one.bias + sum(c.points for c in one.contributions), abs=1e-4)
        assert 0 < one.probability < 1
    ordered = [one.probability for one in after]
    assert ordered == sorted(ordered, reverse=True)


def test_an_actor_without_a_past_is_matched_by_text_and_place_alone(registry):
    add(registry)
    registry.promote("mine", ModelKind.RANKING)
    asks = make_actor("new", needs=(Need("du pain #bread"),), skills=(Skill("une cour #yard"),), updated=None)
    gives = make_actor(
        "baker", sector="economique", needs=(Need("une cour #yard"),), skills=(Skill("du pain #bread"),)
    )
    workspace = make_workspace(*crowd(), asks, gives)
    object.__setattr__(workspace.parts, "ranking", Promoted(registry, lambda: "concepts"))
    best = workspace.match("new")[0]
    assert (best.other_id, best.model) == ("baker", "mine")
    points = {one.feature: one.points for one in best.contributions}
    assert points["need_met"] > 0
    assert points["proximity"] > 0
    assert points["shared_partners"] == points["popularity"] == 0
