"""To whom ties lead, and whom each has met of where and what another is."""

from datetime import date

import numpy as np
import pytest

from matcher.domain import Territory
from matcher.evaluation.chronicle import known_before, make_chronicle
from matcher.evaluation.ties import make_ties
from tests.fakes import make_actor
from tests.unit.histories import event

CUT = date(2025, 1, 1)
FRANCE, SPAIN = Territory(country="FR", region="FR101"), Territory(country="ES", region="ES511")


def ties_of(*events):
    actors = [make_actor(name, territory=SPAIN if name == "c" else FRANCE) for name in "abcd"]
    return make_ties(known_before(make_chronicle(actors, events), CUT))


def test_two_steps_lead_to_partners_of_partners_and_never_to_those_without_a_tie():
    ties = ties_of(
        event("one", 2024, 1, "a", "b"), event("two", 2024, 1, "b", "c"), event("own", 2024, 1, "d")
    )
    reached = ties.reached(np.array([0]))[0]
    assert reached[2] > 0
    assert reached[1] == reached[3] == 0, "b is one step away, d nowhere"


def test_a_later_and_smaller_event_ties_more():
    ties = ties_of(event("late", 2024, 12, "a", "b"), event("early", 2022, 12, "a", "c", "d"))
    assert ties.steps[0, 1] > ties.steps[0, 2] == pytest.approx(ties.steps[0, 3])


def test_a_circle_counts_meetings_with_those_of_the_askers_own_group():
    ties = ties_of(event("one", 2024, 12, "a", "b"), event("two", 2024, 12, "c", "d"))
    met = ties.circles["country"].met(np.array([0, 2]))
    assert met[0, 1] > 0
    assert met[0, 3] == 0, "d met only Spain"
    assert met[1, 3] > 0


def test_nobody_is_tied_where_nothing_happened():
    ties = ties_of()
    assert ties.reached(np.array([0, 1])).sum() == 0
    assert ties.circles["region"].met(np.array([0])).sum() == 0
