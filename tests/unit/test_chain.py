"""The chain of decisions: laws that hold whatever people do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.chain import CHAIN, alliance_of, decide, followed, reminder_of
from matcher.domain import Outcome
from matcher.errors import ConflictError, IllegalStepError, InputError
from matcher.follow_up import MONTHS, months_after
from matcher.proposals import Action, Decision, Proposal, ProposalState, pair_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PROPOSAL = Proposal("p", "a", "b", 1.0, "m", "e", {}, NOW, NOW)
NEEDED = {"reason": "other", "note": "n", "grade": 1, "minutes": 3, "alliance_type": "mecenat"}
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
        (Decision(Action.ALLY, "zoe"), "alliance_type"),
        (Decision(Action.FOLLOW_UP, "zoe", month=4), "month"),
        (Decision(Action.NOTE, "zoe", note="n", month=3), "month"),
        (Decision(Action.FOLLOW_UP, "zoe", outcome=Outcome(innovation=4)), "innovation"),
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


ALLIED = [(Action.REVIEW, "zoe"), (Action.INTRODUCE, "zoe"), (Action.MEET, "yan"), (Action.ALLY, "yan")]


def test_an_alliance_asks_for_attention_after_three_six_and_twelve_months():
    seen, past, _ = walk(ALLIED)
    held = seen[-1]
    asked = [held.until]
    for month in MONTHS:
        assert reminder_of(past).month == month
        held, step = decide(held, Decision(Action.FOLLOW_UP, "zoe", month=month), NOW, past)
        past.append(step)
        asked.append(held.until)
    assert asked == [date(2027, 2, 24), date(2027, 5, 24), date(2027, 11, 24), None]
    assert reminder_of(past) is None


def test_a_follow_up_that_names_no_month_is_that_of_the_last_one_due():
    seen, past, _ = walk(ALLIED)
    early = decide(seen[-1], Decision(Action.FOLLOW_UP, "zoe"), NOW + timedelta(10), past)
    late = decide(seen[-1], Decision(Action.FOLLOW_UP, "zoe"), NOW + timedelta(200), past)
    assert [(step.decision.month, held.until) for held, step in (early, late)] == [
        (None, date(2027, 2, 24)),
        (6, date(2027, 11, 24)),
    ]


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.integers(0, 24))
def test_months_later_is_that_day_or_the_last_of_a_shorter_month(day, months):
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(1)).day == 1)


def test_a_note_does_not_forget_when_a_postponed_pair_comes_back():
    until = date(2027, 1, 15)
    held, step = decide(PROPOSAL, Decision(Action.POSTPONE, "zoe", reason="other", until=until), NOW)
    past = [step]
    for decision in (Decision(Action.NOTE, "zoe", note="n"), Decision(Action.REOPEN, "zoe")):
        held, step = decide(held, decision, NOW, past)
        past.append(step)
        assert held.until == (until if decision.action is Action.NOTE else None)
    held, _ = decide(held, Decision(Action.UNDO, "zoe"), NOW, past)
    assert (held.state, held.until) == (ProposalState.POSTPONED, until)


def test_an_alliance_is_introduced_by_whoever_had_the_pair_in_hand():
    seen, past, _ = walk(ALLIED)
    made = alliance_of(seen[-1], past[-1])
    assert (made.id, made.members, made.type) == ("proposal-p", ("a", "b"), "mecenat")
    assert (made.introduced_by, made.started) == ("zoe", NOW.date())


def test_a_follow_up_changes_only_what_it_speaks_of():
    seen, past, _ = walk(ALLIED)
    made = followed(alliance_of(seen[-1], past[-1]), Outcome(performance=1, confiance=-1))
    assert followed(made, Outcome(confiance=3)).outcome == Outcome(1, None, 3)
    assert followed(made, None) == made
