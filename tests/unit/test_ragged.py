"""Lists of different lengths in flat arrays."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.ragged import Ragged, largest_by_list

LISTS = st.lists(st.lists(st.integers(0, 9), max_size=4, unique=True), min_size=1, max_size=8)


@given(LISTS)
def test_every_list_comes_back_as_it_went_in(lists):
    flat = Ragged.of_lists(lists)
    assert [flat.of(row).tolist() for row in range(len(lists))] == lists


@given(LISTS, st.data())
def test_gathering_rows_gives_their_lists_in_that_order(lists, data):
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=6))
    gathered = Ragged.of_lists(lists).gather(np.array(rows, dtype=np.int64))
    assert [gathered.of(i).tolist() for i in range(len(rows))] == [lists[row] for row in rows]


@given(LISTS)
def test_the_inverse_names_every_list_that_holds_an_item(lists):
    inverse = Ragged.of_lists(lists).inverted(10)
    for item in range(10):
        assert inverse.of(item).tolist() == [row for row, held in enumerate(lists) if item in held]


@given(st.lists(st.lists(st.floats(-5, 5, width=32), max_size=4), min_size=1, max_size=8))
def test_the_largest_of_each_list_is_found_and_an_empty_list_has_zero(lists):
    starts = Ragged.of_lists([range(len(one)) for one in lists]).starts
    values = np.array([v for one in lists for v in one], dtype=np.float32)
    assert largest_by_list(values, starts).tolist() == [max(one) if one else 0.0 for one in lists]
