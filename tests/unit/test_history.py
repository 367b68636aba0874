"""Past alliances as a graph, as known on a day."""

from datetime import date

from matcher.domain import AllianceStatus, Outcome
from matcher.history import build_history, histories
from tests.fakes import make_alliance

ROWS = {"a": 0, "b": 1, "c": 2, "d": 3}
ALLIANCES = [
    make_alliance("a", "b", "c", started=date(2020, 1, 1)),
    make_alliance("a", "b", started=date(2021, 1, 1)),
    make_alliance("a", "d", started=date(2022, 1, 1), status=AllianceStatus.FAILED),
    make_alliance("c", "d", started=date(2023, 1, 1), outcome=Outcome(confiance=-1)),
    make_alliance("d", "unknown"),
]


def test_every_alliance_makes_allies_and_only_those_that_did_not_fail_make_partners():
    history = build_history(ALLIANCES, ROWS)
    assert history.allied_with(0).tolist() == [1, 2, 3]
    assert history.partners_of(0).tolist() == [1, 2]
    assert history.allied_with(3).tolist() == [0, 2]
    assert history.partners_of(3).tolist() == []


def test_two_alliances_of_a_pair_count_as_one_partner():
    assert build_history(ALLIANCES, ROWS).partner_counts().tolist() == [2, 2, 2, 0]


def test_nothing_that_began_on_the_day_or_later_is_known():
    history = build_history(ALLIANCES, ROWS, before=date(2020, 1, 1))
    assert history.allied.nnz == 0
    assert build_history(ALLIANCES, ROWS, before=date(2020, 1, 2)).allied.nnz == 6


def test_shared_partners_are_counted_for_everyone():
    assert build_history(ALLIANCES, ROWS).shared_partners(0).tolist() == [2, 1, 1, 0]


def test_no_alliance_gives_an_empty_graph():
    history = build_history([], ROWS)
    assert history.partner_counts().tolist() == [0, 0, 0, 0]
    assert history.allied_with(2).tolist() == []


def test_the_graph_of_each_day_is_the_one_built_for_it():
    on = histories(ALLIANCES, ROWS)
    for day in (date(2019, 1, 1), date(2020, 1, 1), date(2020, 1, 2), date(2022, 6, 1), date(2030, 1, 1)):
        alone, together = build_history(ALLIANCES, ROWS, day), on(day)
        assert (alone.allied != together.allied).nnz == 0
        assert (alone.partners != together.partners).nnz == 0
