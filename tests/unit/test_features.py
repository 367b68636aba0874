"""Laws of the features, by name."""

from datetime import date

import numpy as np
import pytest

from matcher.domain import AllianceStatus, Need, Skill, Stage
from matcher.features import FEATURES, make_pairs, measure
from tests.fakes import REDON, SAINT_PAUL, TODAY, crowd, make_actor, make_alliance, make_workspace


def values(a: str, b: str, workspace) -> dict[str, float]:
    matcher = workspace.matcher()
    row, other = matcher.pool.row(a), matcher.pool.row(b)
    pairs = make_pairs(matcher.pool, matcher.history, TODAY, row, np.array([other]))
    return dict(zip(FEATURES, measure(pairs)[0].tolist(), strict=True))


def two(**changes):
    """A town hall and an association that answers one of its needs, changed as asked."""
    town = make_actor(
        "town", sector="public", register="administratif",
        needs=(Need("un prestataire #velo"),), skills=(Skill("une halle #halle"),),
    )  # fmt: skip
    association = make_actor(
        "asso", needs=(Need("un toit #toit"),), skills=(Skill("atelier #velo"),), **changes
    )
    return make_workspace(town, association, *crowd())


def test_every_feature_lies_between_zero_and_one():
    workspace = make_workspace(*crowd())
    matcher = workspace.matcher()
    others = np.arange(1, 24)
    measured = measure(make_pairs(matcher.pool, matcher.history, TODAY, 0, others))
    assert measured.shape == (23, len(FEATURES))
    assert measured.min() >= 0
    assert measured.max() <= 1


def test_an_answered_need_is_strong_and_an_unanswered_one_is_weak():
    found = values("town", "asso", two())
    assert found["need_met"] > 0.9
    assert found["skill_wanted"] < 0.5


def test_both_directions_swap_when_the_pair_is_seen_from_the_other_side():
    workspace = two()
    here, there = values("town", "asso", workspace), values("asso", "town", workspace)
    assert here["need_met"] == pytest.approx(there["skill_wanted"], abs=1e-5)
    assert here["skill_wanted"] == pytest.approx(there["need_met"], abs=1e-5)
    for name in set(FEATURES) - {"need_met", "skill_wanted"}:
        assert here[name] == pytest.approx(there[name], abs=1e-5), name


def test_reciprocity_is_nil_when_one_side_has_no_skill():
    town = make_actor("town", sector="public", needs=(Need("x #velo"),), skills=())
    asso = make_actor("asso", needs=(Need("y #toit"),), skills=(Skill("z #velo"),))
    found = values("town", "asso", make_workspace(town, asso, *crowd()))
    assert found["reciprocity"] == 0
    assert found["skill_wanted"] == 0
    assert found["need_met"] > 0.9


def test_two_who_need_and_offer_the_same_are_not_complementary():
    town = make_actor("town", sector="public", needs=(Need("a #velo"),), skills=(Skill("b #halle"),))
    rival = make_actor("rival", needs=(Need("c #velo"),), skills=(Skill("d #halle"),))
    found = values("town", "rival", make_workspace(town, rival, *crowd()))
    assert max(found["need_met"], found["skill_wanted"]) < 0.5


def test_proximity_falls_with_distance_and_is_nil_across_an_ocean():
    near = values("town", "asso", two())
    far = values("town", "asso", two(territory=SAINT_PAUL))
    assert near["proximity"] == pytest.approx(1.0)
    assert far["proximity"] < 1e-6
    assert (near["same_epci"], far["same_epci"]) == (1.0, 0.0)
    assert (near["beyond_radius"], far["beyond_radius"]) == (0.0, 1.0)


def test_an_unknown_place_adds_nothing():
    found = values("town", "asso", two(territory=type(REDON)()))
    places = ("proximity", "same_epci", "same_departement", "same_region", "beyond_radius")
    assert [found[name] for name in places] == [0.0] * 5


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [(Stage.IDEA, 1.0), (Stage.PROOF_OF_CONCEPT, 2 / 3), (Stage.SCALING, 0.0), (None, 0.0)],
)
def test_stage_counts_the_steps_between_two_projects(theirs, expected):
    town = make_actor("town", sector="public", stage=Stage.IDEA)
    asso = make_actor("asso", stage=theirs)
    assert values("town", "asso", make_workspace(town, asso))["stage"] == pytest.approx(expected)


def test_freshness_follows_the_older_profile():
    fresh = values("town", "asso", two(updated=TODAY))
    old = values("town", "asso", two(updated=date(2020, 1, 1)))
    undated = values("town", "asso", two(updated=None))
    assert fresh["freshness"] > old["freshness"] > undated["freshness"] == 0.0


def test_partners_in_common_come_from_alliances_that_did_not_fail():
    actors = [
        make_actor("town", sector="public"),
        make_actor("asso"),
        make_actor("third", sector="economique"),
    ]
    met = [make_alliance("town", "third"), make_alliance("asso", "third")]
    assert values("town", "asso", make_workspace(*actors, alliances=met))["shared_partners"] == 0.5
    failed = [met[0], make_alliance("asso", "third", status=AllianceStatus.FAILED)]
    assert values("town", "asso", make_workspace(*actors, alliances=failed))["shared_partners"] == 0.0
