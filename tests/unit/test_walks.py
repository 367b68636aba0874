"""Where walks over actors and events lead."""

from datetime import date

import numpy as np
import pytest

from matcher.adapters.tfidf import tfidf_space
from matcher.evaluation.chronicle import known_before, make_chronicle
from matcher.evaluation.walks import like_events, make_walks
from tests.fakes import make_actor
from tests.unit.histories import event

CUT = date(2025, 1, 1)


def walks_of(*events):
    chronicle = make_chronicle([make_actor(name) for name in "abcd"], events)
    known = known_before(chronicle, CUT)
    return make_walks(known, tfidf_space([e.text for e in known.events])[0])


def test_a_walk_of_two_meetings_reaches_partners_of_partners_and_nobody_else():
    walks = walks_of(
        event("one", 2024, 1, "a", "b"), event("two", 2024, 1, "b", "c"), event("three", 2024, 1, "d")
    )
    twice, thrice = walks.partners_of_partners(np.array([0]))
    assert twice[0, 2] == pytest.approx(1 / 8), "to b by half, on to the second event by half, to c by half"
    assert twice[0, 3] == thrice[0, 3] == 0
    assert twice.sum() == pytest.approx(1)


def test_those_who_did_what_is_like_ones_own_are_reached_through_texts():
    walks = walks_of(
        event("one", 2024, 1, "a", text="bike wheel chain"),
        event("two", 2024, 1, "b", text="bike wheel repair"),
        event("three", 2024, 1, "c", text="soup bread oven"),
    )
    found = walks.like_events(np.array([0]))[0]
    assert found[1] > 0
    assert found[2] == found[3] == 0


def test_no_event_is_like_itself():
    like = like_events(np.eye(3, dtype=np.float32) * 0.8 + 0.2)
    assert (like.diagonal() == 0).all()
    assert like_events(np.empty((0, 2), dtype=np.float32)).shape == (0, 0)
