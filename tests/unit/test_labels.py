"""What recurs: who shares a strand, and which strand is due again."""

from datetime import date

import numpy as np
import pytest

from matcher.domain import ActorId
from matcher.evaluation.chronicle import known_before, make_chronicle
from matcher.evaluation.labels import label_views
from tests.fakes import make_actor
from tests.unit.histories import event

CUT = date(2025, 1, 1)
STRAND = [("strand", "soil")]


def views_of(*events):
    chronicle = make_chronicle([make_actor(name) for name in "abcd"], events)
    return chronicle, label_views(known_before(chronicle, CUT))


def test_actors_of_one_strand_are_alike_and_others_are_not():
    chronicle, views = views_of(
        event("one", 2024, 3, "a", labels=STRAND),
        event("two", 2024, 4, "b", labels=STRAND),
        event("three", 2024, 5, "c", labels=[("strand", "sea")]),
        event("four", 2024, 5, "d"),
    )
    rows = [chronicle.rows[ActorId(name)] for name in "abcd"]
    alike = views["strand"].cosines(np.array(rows[:1]))[0, rows]
    assert alike.tolist() == pytest.approx([1, 1, 0, 0])


def test_a_strand_that_met_in_the_same_season_last_year_is_due():
    _, views = views_of(
        event("due", 2024, 3, "a", "b", labels=STRAND),
        event("not due", 2024, 11, "c", "d", labels=[("strand", "sea")]),
    )
    meetings = views["strand"].meetings(np.arange(4))
    assert meetings[0, 1] > meetings[2, 3] > 0
    assert meetings[0, 2] == 0


def test_without_labels_there_is_no_view():
    assert views_of(event("one", 2024, 3, "a", "b"))[1] == {}
