"""Intervals that hold the truth, and paired comparisons that see a difference only where there is one."""

import numpy as np
import pytest

from matcher.evaluation.intervals import compare, draw, interval


def test_an_interval_holds_the_mean_and_narrows_with_more_queries():
    random = np.random.default_rng(2)
    widths = []
    for count in (50, 800):
        values = random.normal(1.0, 1.0, count)
        found = interval(values, draw([["c"]] * count, 1).by_query)
        assert found.low < values.mean() < found.high
        assert found.mean == pytest.approx(values.mean())
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 2


def test_queries_of_few_events_are_less_sure_than_they_look():
    random = np.random.default_rng(5)
    clusters = [[f"c{i // 50}"] for i in range(400)]
    values = np.repeat(random.normal(0, 1, 8), 50)
    draws = draw(clusters, 1)
    alone, together = interval(values, draws.by_query), interval(values, draws.by_cluster)
    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_nothing_to_draw_from_gives_no_number():
    found = interval(np.array([np.nan]), draw([["c"]], 1).by_query)
    assert np.isnan([found.mean, found.low, found.high]).all()


def test_a_better_model_is_told_from_an_equal_one():
    random = np.random.default_rng(6)
    second = random.random(300)
    draws = draw([[f"c{i // 2}"] for i in range(300)], 1)
    better = compare(second + random.normal(0.1, 0.1, 300), second, draws, seed=1)
    equal = compare(second + random.normal(0.0, 0.1, 300), second, draws, seed=1)
    assert better.by_query.low > 0
    assert better.by_cluster.low > 0
    assert better.p < 0.01
    assert equal.by_query.low < 0 < equal.by_query.high
    assert equal.p > 0.05
    assert better.queries == 300


def test_the_same_seed_draws_the_same():
    clusters = [["a"], ["a", "b"], ["b"]]
    assert np.array_equal(draw(clusters, 3).by_cluster, draw(clusters, 3).by_cluster)
