"""The chain of decisions: laws that hold whatever people do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import ConflictError, IllegalStepError, InputError
from matcher.proposals import (
    CHAIN,
    Action,
    Decision,
    Proposal,
    ProposalState,
    Step,
    decide,
    efforts,
    pair_of,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PROPOSAL = Proposal("p", "a", "b", 1.0, "m", "e", {}, NOW, NOW)
NEEDED = {"reason": "other", "note": "n", "grade": 1, "minutes": 3}
actions = st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(["zoe", "yan"])), max_size=25)


def walk(moves):
    """The proposals and steps of the moves that were possible, and the moves that were refused."""
    held, past, seen, refused = PROPOSAL, [], [PROPOSAL], []
    for action, who in moves:
        try:
            held, step = decide(held, Decision(action, who, **NEEDED), NOW, past)
        except ConflictError:
            refused.append((held, action, who))
            continue
        past.append(step)
        seen.append(held)
    return seen, past, refused


@given(actions)
def test_every_step_goes_from_one_state_to_one_that_the_chain_allows(moves):
    seen, past, _ = walk(moves)
    for before, after, step in zip(seen, seen[1:], past, strict=False):
        assert (step.before, step.after) == (before.state, after.state)
        assert after.revision == before.revision + 1
        if step.decision.action in CHAIN:
            sources, target = CHAIN[step.decision.action]
            assert before.state in sources
            assert after.state is target
        elif step.decision.action is not Action.UNDO:
            assert after.state is before.state


@given(actions)
def test_an_alliance_was_reviewed_introduced_and_met_before(moves):
    seen, _, _ = walk(moves)
    states = [proposal.state for proposal in seen]
    if ProposalState.ALLIANCE in states:
        until = states[: states.index(ProposalState.ALLIANCE)]
        assert {ProposalState.REVIEWED, ProposalState.INTRODUCED, ProposalState.MEETING} <= set(until)


@given(actions)
def test_undoing_gives_the_state_before_back(moves):
    seen, past, _ = walk(moves)
    moved = [step for step in past if step.before is not step.after]
    if not moved or moved[-1].decision.action is Action.UNDO:
        return
    back, _ = decide(seen[-1], Decision(Action.UNDO, "zoe"), NOW, past)
    assert back.state is moved[-1].before


@given(actions)
def test_an_introduction_is_its_catalysts_alone(moves):
    seen, past, _ = walk(moves)
    for before, step in zip(seen, past, strict=False):
        if step.decision.action is Action.INTRODUCE:
            assert before.catalyst in (None, step.decision.by)


@given(actions)
def test_the_time_reported_is_the_time_logged(moves):
    _, past, _ = walk(moves)
    assert sum(effort.minutes for effort in efforts(past)) == sum(s.decision.minutes for s in past)


def test_undo_twice_goes_back_twice():
    seen, past, _ = walk([(Action.REVIEW, "zoe"), (Action.INTRODUCE, "zoe")])
    held = seen[-1]
    for expected in (ProposalState.REVIEWED, ProposalState.SUGGESTED):
        held, step = decide(held, Decision(Action.UNDO, "zoe"), NOW, past)
        past.append(step)
        assert held.state is expected
    with pytest.raises(IllegalStepError, match="nothing to undo"):
        decide(held, Decision(Action.UNDO, "zoe"), NOW, past)


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision(Action.DECLINE, "zoe"), "reason"),
        (Decision(Action.POSTPONE, "zoe"), "reason"),
        (Decision(Action.NOTE, "zoe"), "note"),
        (Decision(Action.GRADE, "zoe"), "grade"),
        (Decision(Action.GRADE, "zoe", grade=4), "grade"),
        (Decision(Action.LOG_TIME, "zoe"), "minutes"),
        (Decision(Action.REVIEW, "zoe", minutes=-1), "minutes"),
        (Decision(Action.REVIEW, "zoe", note="x" * 4_001), "note"),
        (Decision(Action.REVIEW, ""), "by"),
    ],
)
def test_a_decision_that_lacks_something_names_it(decision, field):
    with pytest.raises(InputError) as error:
        decide(PROPOSAL, decision, NOW)
    assert error.value.field == field


def test_a_grade_of_nought_is_a_grade():
    held, _ = decide(PROPOSAL, Decision(Action.GRADE, "zoe", grade=0), NOW + timedelta(1))
    assert (held.grade, held.state) == (0, ProposalState.SUGGESTED)


def test_a_pair_is_kept_in_one_order_and_needs_two():
    assert pair_of("b", "a") == pair_of("a", "b") == ("a", "b")
    with pytest.raises(InputError, match="itself"):
        pair_of("a", "a")


def test_efforts_add_up_by_activity():
    def step(activity, minutes):
        decision = Decision(Action.LOG_TIME, "zoe", activity=activity, minutes=minutes)
        return Step(decision, NOW, ProposalState.REVIEWED, ProposalState.REVIEWED)

    told = efforts([step("formation", 5), step("evaluation", 30), step("formation", 10)])
    assert [(e.activity, e.minutes, e.steps) for e in told] == [("evaluation", 30, 1), ("formation", 15, 2)]
