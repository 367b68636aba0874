"""The report: its sums are those of the work."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from matcher.proposals import Action
from matcher.report import MonthWork, Reached, Work, by_metier, by_month, efforts
from matcher.taxonomy import default_taxonomy

TAXONOMY = default_taxonomy()
ACTIVITIES = [*TAXONOMY.activities, "of-another-taxonomy", None]
works = st.lists(
    st.builds(
        Work,
        st.dates(date(2025, 1, 1), date(2027, 1, 1)),
        st.sampled_from(ACTIVITIES),
        st.integers(1, 1_440),
        st.integers(1, 5),
    )
)


@given(works)
def test_the_time_reported_is_the_time_logged_however_it_is_cut(work):
    whole = sum(one.minutes for one in work)
    told = efforts(work)
    assert sum(effort.minutes for effort in told) == whole
    assert sum(metier.minutes for metier in by_metier(told, TAXONOMY)) == whole
    assert sum(month.minutes for month in by_month(work, [])) == whole
    assert sum(effort.steps for effort in told) == sum(one.steps for one in work)


@given(works)
def test_every_activity_is_under_its_own_metier(work):
    for metier in by_metier(efforts(work), TAXONOMY):
        assert metier.minutes == sum(effort.minutes for effort in metier.efforts)
        for effort in metier.efforts:
            known = TAXONOMY.activities.get(effort.activity or "", {})
            assert known.get("metier") == metier.metier


def test_efforts_add_up_by_activity_the_longest_first():
    day = date(2026, 11, 24)
    work = [Work(day, "formation", 5, 1), Work(day, "evaluation", 30, 1), Work(day, "formation", 10, 2)]
    assert [(e.activity, e.minutes, e.steps) for e in efforts(work)] == [
        ("evaluation", 30, 1),
        ("formation", 15, 3),
    ]


def test_months_count_pairs_even_where_no_time_was_logged():
    reached = [
        Reached(Action.INTRODUCE, date(2026, 10, 31), 1),
        Reached(Action.ALLY, date(2026, 11, 1), 1),
        Reached(Action.INTRODUCE, date(2026, 11, 2), 2),
        Reached(Action.MEET, date(2026, 11, 3), 1),
    ]
    assert by_month([Work(date(2026, 11, 5), None, 20, 1)], reached) == [
        MonthWork("2026-10", 0, 1, 0),
        MonthWork("2026-11", 20, 2, 1),
    ]
