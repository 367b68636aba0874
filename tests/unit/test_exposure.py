"""The order of the queue: attention shared among actors."""

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from matcher.exposure import PER_ROUND, Exposure, fair_order
from matcher.proposals import Waiting

ACTORS = st.sampled_from("abcdefgh")
PAIRS = st.lists(
    st.tuples(ACTORS, ACTORS).filter(lambda pair: pair[0] < pair[1]), unique=True, max_size=25
).map(lambda pairs: [Waiting(str(n), a, b, 100.0 - n) for n, (a, b) in enumerate(pairs)])


def ids(waiting):
    return [one.id for one in waiting]


def test_a_star_gives_way_after_two_proposals():
    star = [Waiting(f"s{n}", "star", f"x{n}", 90.0 - n) for n in range(5)]
    others = [Waiting(f"o{n}", f"y{n}", f"z{n}", 50.0 - n) for n in range(3)]
    assert ids(fair_order(star + others, {})) == ["s0", "s1", "o0", "o1", "o2", "s2", "s3", "s4"]


def test_who_has_introductions_in_hand_starts_later():
    waiting = [Waiting("busy", "a", "b", 90.0), Waiting("free", "c", "d", 50.0)]
    assert ids(fair_order(waiting, {"a": Exposure(in_hand=PER_ROUND)})) == ["free", "busy"]


def test_who_can_take_no_more_comes_last_and_uses_up_nobody_elses_turn():
    waiting = [
        Waiting("full", "a", "b", 90.0),
        Waiting("one", "b", "c", 60.0),
        Waiting("two", "b", "d", 50.0),
    ]
    assert ids(fair_order(waiting, {"a": Exposure(1, 1)})) == ["one", "two", "full"]


@given(PAIRS)
def test_nothing_is_lost_or_added_and_the_best_stays_first(waiting):
    ordered = fair_order(waiting, {})
    assert sorted(ids(ordered)) == sorted(ids(waiting))
    assert ids(ordered)[:1] == ids(waiting)[:1]


@given(PAIRS)
def test_a_proposal_only_comes_before_a_better_one_when_that_ones_actors_were_shown_more(waiting):
    places = {one.id: place for place, one in enumerate(fair_order(waiting, {}))}
    seen = Counter()
    turns = {}
    for one in waiting:
        turns[one.id] = max(seen[one.a], seen[one.b]) // PER_ROUND
        seen.update((one.a, one.b))
    for better, worse in combinations(waiting, 2):
        if places[worse.id] < places[better.id]:
            assert turns[worse.id] < turns[better.id]
