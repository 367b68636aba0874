"""The report: its sums are those of the steps."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from matcher.proposals import Action, Decision, ProposalState, Step
from matcher.report import efforts

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def logged(activity, minutes):
    decision = Decision(Action.LOG_TIME, "zoe", activity=activity, minutes=minutes)
    return Step(decision, NOW, ProposalState.REVIEWED, ProposalState.REVIEWED)


logs = st.lists(st.builds(logged, st.sampled_from(["formation", "evaluation", None]), st.integers(0, 1_440)))


@given(logs)
def test_the_time_reported_is_the_time_logged(past):
    assert sum(effort.minutes for effort in efforts(past)) == sum(s.decision.minutes for s in past)


def test_efforts_add_up_by_activity():
    told = efforts([logged("formation", 5), logged("evaluation", 30), logged("formation", 10)])
    assert [(e.activity, e.minutes, e.steps) for e in told] == [("evaluation", 30, 1), ("formation", 15, 2)]
