"""Values: what people write is understood, or refused with its field and what was expected."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Stage
from matcher.errors import InputError
from matcher.values import (
    MAX_CHARACTERS,
    as_integer,
    as_member,
    as_number,
    bounded,
    count_of,
    date_of,
    integers_of,
    member_of,
    number_of,
    text_of,
    texts_of,
)


def test_a_text_is_stripped_and_nothing_is_an_empty_text():
    assert text_of({"f": "  é \n"}, "f") == "é"
    assert text_of({"f": None}, "f") == text_of({}, "f") == ""


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_required_text_is_required(value: object):
    with pytest.raises(InputError, match="missing"):
        text_of({"f": value}, "f", required=True)


def test_a_number_in_a_text_field_is_its_digits():
    assert text_of({"f": 5023}, "f") == "5023"


def test_texts_have_a_greatest_length_alone_and_in_lists():
    assert text_of({"f": "x" * MAX_CHARACTERS}, "f") == "x" * MAX_CHARACTERS
    too_long = "x" * (MAX_CHARACTERS + 1)
    with pytest.raises(InputError, match="longer"):
        text_of({"f": too_long}, "f")
    with pytest.raises(InputError, match="longer"):
        texts_of({"f": [too_long]}, "f")


@pytest.mark.parametrize("value", [["a"], {"fr": "a"}, ("a",), True])
def test_what_could_only_be_printed_is_no_text(value: object):
    with pytest.raises(InputError, match="expected a text"):
        text_of({"f": value}, "f")
    with pytest.raises(InputError, match="expected a text"):
        texts_of({"f": [value]}, "f")


def test_lists_keep_the_order_and_drop_what_is_empty_or_twice():
    assert texts_of({"f": [" b ", "a", None, "", "b"]}, "f") == ["b", "a"]
    assert texts_of({"f": ("a",)}, "f") == ["a"]
    assert texts_of({}, "f") == texts_of({"f": None}, "f") == texts_of({"f": ""}, "f") == []


@pytest.mark.parametrize("value", ["a|b", 5, {"a": 1}])
def test_what_is_no_list_is_refused(value: object):
    with pytest.raises(InputError, match="expected a list"):
        texts_of({"f": value}, "f")


def test_integers_are_read_from_texts_and_numbers():
    assert integers_of({"f": ["3", 11, "4,0"]}, "f") == [3, 11, 4]


@pytest.mark.parametrize(
    ("written", "number"),
    [("44,9", 44.9), ("44.9", 44.9), ("-1", -1), ("1\u202f234,5", 1234.5), ("1\u00a0234", 1234), (7, 7)],
)
def test_numbers_are_read_as_the_french_and_the_english_write_them(written: object, number: float):
    assert as_number("f", written) == number


@pytest.mark.parametrize("value", ["", "x", "NA", "1,234,5", "nan", "inf", "1e999", True, None, "12 rue"])
def test_what_is_no_number_is_refused(value: object):
    with pytest.raises(InputError) as caught:
        as_number("f", value)
    assert caught.value.value == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_survives_its_text(number: float):
    assert as_number("f", str(number)) == number


def test_whole_numbers_are_whole():
    assert as_integer("f", "12,0") == 12
    with pytest.raises(InputError, match="whole"):
        as_integer("f", "12,5")


def test_numbers_and_counts_have_bounds():
    assert number_of({"f": "90"}, "f", -90, 90) == 90
    assert number_of({"f": None}, "f", 0, 1) is number_of({"f": ""}, "f", 0, 1) is None
    assert count_of({"f": 0}, "f") == 0
    assert count_of({}, "f") is None
    assert bounded("f", 17, 1, 17) == 17
    for refused in (lambda: number_of({"f": 91}, "f", -90, 90), lambda: count_of({"f": -1}, "f")):
        with pytest.raises(InputError, match="from"):
            refused()
    with pytest.raises(InputError, match="from 1 to 17"):
        bounded("f", 18, 1, 17)


@pytest.mark.parametrize(
    "value",
    [
        "2026-09-01",
        "01/09/2026",
        "1/9/2026",
        " 2026-09-01 ",
        "2026-09-01T08:30:00",
        "2026-09-01 00:00:00",
        date(2026, 9, 1),
        datetime(2026, 9, 1, 8, 30),  # noqa: DTZ001 (a cell of a table has no time zone)
    ],
)
def test_a_day_is_read_in_every_way_that_it_is_written(value: object):
    found = date_of({"f": value}, "f")
    assert (type(found), found) == (date, date(2026, 9, 1))


@pytest.mark.parametrize("value", ["2026-02-30", "09/31/2026", "hier", "2026", 20260901])
def test_what_is_no_day_is_refused(value: object):
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        date_of({"f": value}, "f")


@given(st.dates())
def test_every_day_survives_its_text(day: date):
    assert date_of({"f": day.isoformat()}, "f") == day


def test_no_date_is_none():
    assert date_of({}, "f") is date_of({"f": ""}, "f") is None


def test_members_of_a_vocabulary_are_read_and_others_refused_with_those_that_exist():
    assert member_of({"f": "idee"}, "f", Stage) is Stage.IDEA
    assert member_of({"f": " "}, "f", Stage) is None
    with pytest.raises(InputError, match="idee, preuve_de_concept, deploiement, essaimage"):
        as_member("f", "rêve", Stage)
