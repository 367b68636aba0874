"""What people chose among what, as of the day and as it was served."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from matcher.choices import (
    alliance_choices,
    decision_choices,
    list_choices,
    outcome_weight,
    served_pairs,
    together,
    undated,
)
from matcher.domain import ActorId, AllianceStatus, Outcome
from matcher.features import FEATURES
from matcher.proposals import Action, Decision, Proposal, ProposalId, ProposalState, Step
from matcher.serving import Interaction, InteractionKind, ListId, ServedItem, ServedList
from matcher.verdicts import Verdict, verdicts
from matcher.weights import Witness
from tests.fakes import crowd, make_alliance, make_workspace

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BEFORE = date(2026, 11, 1)
_S = ProposalState


def everybody(workspace):
    count = len(workspace.actors())
    return lambda _: np.ones(count, dtype=np.bool_)


def gather(workspace, was_known=None, served=None, before=BEFORE):
    pool, alliances = workspace.matcher().pool, workspace.alliances()
    return alliance_choices(pool, alliances, before, was_known or everybody(workspace), served or {}, 7)


def features(value):
    return dict.fromkeys(FEATURES, value)


def proposal(name, a="crowd-00", b="crowd-01", value=0.5, encoder="concepts"):
    served = {"contributions": [{"feature": one, "value": value, "points": 1.0} for one in FEATURES]}
    return Proposal(ProposalId(name), ActorId(a), ActorId(b), 1.0, "day-one", encoder, served, NOW, NOW)


def step(action, before, after, **said):
    return Step(Decision(action, "zoe", **said), NOW, before, after)


def verdict(name, grade, **changes):
    return Verdict(proposal(name, **changes), NOW.date(), grade)


def test_an_alliance_is_chosen_among_all_who_could_have_been_on_its_day():
    workspace = make_workspace(*crowd(8), alliances=[make_alliance("crowd-00", "crowd-01")])
    found = gather(workspace)
    assert [one.witness for one in found.choices] == [Witness.ALLIANCE] * 2
    assert [len(one.others) for one in found.choices] == [3, 3]
    assert [one.weight for one in found.choices] == [0.5, 0.5]
    assert found.choices[0].chosen.shape == (len(FEATURES),)


def test_history_is_that_of_the_day():
    first = make_alliance("crowd-00", "crowd-01", started=date(2024, 1, 1))
    second = make_alliance("crowd-00", "crowd-03", started=date(2025, 1, 1))
    column = list(FEATURES).index("popularity")
    both = gather(make_workspace(*crowd(8), alliances=[first, second])).choices
    alone = gather(make_workspace(*crowd(8), alliances=[second])).choices
    assert both[2].chosen[column] == alone[0].chosen[column] == 0
    later = replace(second, started=date(2023, 1, 1))
    early = gather(make_workspace(*crowd(8), alliances=[first, later])).choices
    assert len(early[2].others) == len(both[0].others) - 1, "a past partner is no candidate"


def test_alliances_that_failed_or_came_later_teach_nothing():
    failed = make_alliance("crowd-00", "crowd-01", status=AllianceStatus.FAILED)
    hurt = make_alliance("crowd-02", "crowd-03", outcome=Outcome(confiance=-1))
    later = make_alliance("crowd-04", "crowd-05", started=BEFORE)
    found = gather(make_workspace(*crowd(8), alliances=[failed, hurt, later]))
    assert found.choices == ()
    assert found.left_out["failed"] == 2


def test_the_latest_alliances_are_learned_from(monkeypatch):
    monkeypatch.setattr("matcher.choices.MOST_ALLIANCES", 1)
    first = make_alliance("crowd-00", "crowd-01", started=date(2024, 1, 1))
    second = make_alliance("crowd-02", "crowd-03", started=date(2025, 1, 1))
    found = gather(make_workspace(*crowd(8), alliances=[first, second]))
    assert {one.day for one in found.choices} == {date(2025, 1, 1)}
    assert found.left_out["older"] == 1


def test_a_profile_changed_since_is_neither_asked_nor_proposed():
    workspace = make_workspace(*crowd(8), alliances=[make_alliance("crowd-00", "crowd-01")])
    known = np.array([actor.id != "crowd-01" for actor in workspace.actors()])
    found = gather(workspace, lambda _: known)
    assert found.choices == ()
    assert found.left_out["profile changed since"] == 1
    other = np.array([actor.id != "crowd-03" for actor in workspace.actors()])
    assert len(gather(workspace, lambda _: other).choices[0].others) == 2


def test_outcomes_grade_what_an_alliance_counts():
    alliance = make_alliance("a", "b")
    assert outcome_weight(alliance) == 1
    assert outcome_weight(replace(alliance, outcome=Outcome(performance=0))) == 0.5
    assert outcome_weight(replace(alliance, outcome=Outcome(3, 3, 3))) == 1.5


def test_what_was_served_is_not_computed_again():
    workspace = make_workspace(*crowd(8), alliances=[make_alliance("crowd-00", "crowd-01")])
    kept = served_pairs([verdict("p", 3, value=0.25)], "concepts")
    found = gather(workspace, served=kept)
    assert all((one.chosen == 0.25).all() for one in found.choices)
    assert served_pairs([verdict("p", 3)], "another encoder") == {}


def test_an_erased_actor_is_in_no_choice():
    alliances = [make_alliance("crowd-00", "crowd-01"), make_alliance("crowd-02", "crowd-03")]
    workspace = make_workspace(*crowd(8), alliances=alliances)
    assert len(gather(workspace).choices) == 4
    workspace.delete("crowd-01")
    found = gather(workspace)
    assert len(found.choices) == 2
    assert [len(one.others) for one in found.choices] == [2, 3]


def test_a_kept_proposal_is_chosen_among_those_graded_lower():
    found = decision_choices(
        [verdict("good", 2, value=0.9), verdict("fair", 1, value=0.5), verdict("bad", 0, value=0.1)],
        "concepts",
        7,
    )
    told = {float(one.chosen[0]): sorted(one.others[:, 0].tolist()) for one in found.choices}
    assert told[np.float32(0.9)] == pytest.approx([0.1, 0.5])
    assert told[np.float32(0.5)] == pytest.approx([0.1])
    assert [one.weight for one in found.choices] == pytest.approx([1 / 3, 2 / 3])


def test_proposals_of_other_features_or_another_encoder_are_left_out():
    odd = verdict("odd", 2)
    odd.proposal.served["contributions"].pop()
    found = decision_choices([odd, verdict("other", 2, encoder="x"), verdict("bad", 0)], "concepts", 7)
    assert found.choices == ()
    assert sum(found.left_out.values()) == 2


def served_list(name="l", encoder="concepts"):
    lines = [("crowd-01", 0.9), ("crowd-03", 0.6), ("crowd-05", 0.3), ("crowd-07", 0.2)]
    items = tuple(
        ServedItem(at, ActorId(actor), value, features(value)) for at, (actor, value) in enumerate(lines, 1)
    )
    return ServedList(ListId(name), NOW, "matches", ActorId("crowd-00"), "day-one", encoder, items)


def test_a_kept_pair_is_chosen_among_the_lines_that_were_not_clicked():
    click = Interaction(ListId("l"), ActorId("crowd-03"), InteractionKind.CLICK, 2, NOW)
    kept = [verdict("p", 3), verdict("q", 1, b="crowd-07"), verdict("r", 0, b="crowd-05")]
    found = list_choices([served_list()], [click], kept, "concepts")
    assert [one.weight for one in found.choices] == pytest.approx([1, 1 / 3])
    assert [one.others[:, 0].tolist() for one in found.choices] == [[np.float32(0.3)]] * 2


def test_a_list_without_a_kept_pair_or_of_another_encoder_tells_nothing():
    assert list_choices([served_list()], [], [verdict("p", 0)], "concepts").choices == ()
    assert list_choices([served_list(encoder="x")], [], [verdict("p", 2)], "concepts").choices == ()


def test_states_and_grades_become_verdicts_and_reasons_that_are_no_fault_of_the_pair_do_not():
    good, bad, known, late, asked = (proposal(name, b=f"crowd-0{at}") for at, name in enumerate("gbkla", 1))
    steps = [
        (good, step(Action.REVIEW, _S.SUGGESTED, _S.REVIEWED)),
        (good, step(Action.INTRODUCE, _S.REVIEWED, _S.INTRODUCED)),
        (good, step(Action.NOTE, _S.INTRODUCED, _S.INTRODUCED, note="x")),
        (bad, step(Action.DECLINE, _S.SUGGESTED, _S.DECLINED, reason="skill_mismatch")),
        (known, step(Action.DECLINE, _S.SUGGESTED, _S.DECLINED, reason="already_known")),
        (late, step(Action.POSTPONE, _S.SUGGESTED, _S.POSTPONED, reason="bad_timing")),
        (asked, step(Action.GRADE, _S.SUGGESTED, _S.SUGGESTED, grade=3)),
    ]
    assert {one.proposal.id: one.grade for one in verdicts(steps, [])} == {"g": 2, "b": 0, "a": 3}


def test_what_was_undone_counts_no_more():
    one = proposal("p")
    steps = [
        (one, step(Action.DECLINE, _S.SUGGESTED, _S.DECLINED, reason="too_far")),
        (one, step(Action.UNDO, _S.DECLINED, _S.SUGGESTED)),
    ]
    assert verdicts(steps, []) == []


def test_an_alliance_that_failed_is_no_verdict():
    one = proposal("p")
    steps = [(one, step(Action.ALLY, _S.MEETING, _S.ALLIANCE))]
    failed = make_alliance("crowd-01", "crowd-00", status=AllianceStatus.FAILED)
    assert [v.grade for v in verdicts(steps, [])] == [3]
    assert verdicts(steps, [failed]) == []


def test_undated_profiles_are_of_no_age():
    pool = make_workspace(*crowd(4)).matcher().pool
    assert (undated(pool).columns.updated == -1).all()
    assert (pool.columns.updated > 0).all()


def test_parts_are_put_together_in_the_order_of_days():
    early = make_workspace(*crowd(4), alliances=[make_alliance("crowd-00", "crowd-01")])
    both = together([decision_choices([verdict("a", 2), verdict("b", 0)], "concepts", 7), gather(early)])
    assert [one.day for one in both.choices] == sorted(one.day for one in both.choices)
    assert {one.witness for one in both.choices} == {Witness.ALLIANCE, Witness.DECISION}
