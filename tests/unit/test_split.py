"""The split in time: what may be asked, and a planted leak that is seen."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matcher.domain import ActorId
from matcher.errors import InputError
from matcher.evaluate_sources import cordis_chronicle, named_pairs
from matcher.evaluation.chronicle import Event, events_of, known_before, known_from, make_chronicle
from matcher.evaluation.split import new_pairs, pairs_named, split, split_needs, task_of_pairs
from tests.fakes import make_actor, make_alliance
from tests.unit.histories import CUT, UNTIL, event, small_chronicle


def ids(chronicle, rows):
    return {chronicle.actors[row].id for row in rows}


def test_queries_are_both_sides_of_pairs_across_sectors_first_allied_in_the_period():
    chronicle = small_chronicle()
    task = split(chronicle, CUT, UNTIL)
    asked = {chronicle.actors[q.row].id: ids(chronicle, q.positives) for q in task.queries}
    assert asked == {"town": {"firm", "lab"}, "firm": {"town"}, "lab": {"town"}}


def test_those_allied_before_and_those_unknown_before_are_neither_positives_nor_candidates():
    chronicle = small_chronicle()
    task = split(chronicle, CUT, UNTIL)
    row = chronicle.rows[ActorId("town")]
    kept = ids(chronicle, np.flatnonzero(task.eligible(np.array([row]))[0]))
    assert kept == {"firm", "lab", "shop"}, "club is of its sector, maker allied, newcomer unknown"


def test_a_failed_alliance_makes_no_positive_and_still_counts_as_allied():
    chronicle = small_chronicle(event("bad", 2024, 3, "town", "shop", positive=False))
    task = split(chronicle, CUT, UNTIL)
    row = chronicle.rows[ActorId("town")]
    assert not task.eligible(np.array([row]))[0, chronicle.rows[ActorId("shop")]]
    late = small_chronicle(event("bad", 2025, 3, "town", "shop", positive=False))
    pairs = {
        (late.actors[p.a].id, late.actors[p.b].id) for p in new_pairs(late, known_before(late, CUT), UNTIL)
    }
    assert ("shop", "town") not in pairs
    assert ("town", "shop") not in pairs


def test_an_event_of_the_future_is_refused_by_the_state_of_a_day():
    chronicle = small_chronicle()
    future = [e for e in chronicle.events if e.day >= CUT]
    with pytest.raises(InputError, match="the future leaks"):
        known_from(chronicle, [*known_before(chronicle, CUT).events, future[0]], CUT)
    with pytest.raises(InputError, match="the future leaks"):
        replace(known_before(chronicle, CUT), events=tuple(future))


def test_a_pairs_file_that_contradicts_the_cut_is_refused():
    chronicle = small_chronicle()
    known = known_before(chronicle, CUT)
    with pytest.raises(InputError, match="allied already"):
        task_of_pairs(known, pairs_named(chronicle, [("town", "maker", "x")]))
    with pytest.raises(InputError, match="no such actor"):
        pairs_named(chronicle, [("town", "nobody", "x")])


def test_a_pairs_file_asks_what_the_split_asks():
    chronicle = small_chronicle()
    known = known_before(chronicle, CUT)
    named = [("lab", "town", "next"), ("town", "firm", "next")]
    task = task_of_pairs(known, pairs_named(chronicle, named))
    built = split(chronicle, CUT, UNTIL)
    assert [(q.row, q.positives.tolist()) for q in task.queries] == [
        (q.row, q.positives.tolist()) for q in built.queries
    ]


def test_a_need_is_asked_by_the_leader_and_former_partners_may_answer_it():
    chronicle = small_chronicle(event("call", 2025, 2, "town", "maker", "club", need="a workshop"))
    task = split_needs(chronicle, CUT, UNTIL)
    asked = [(chronicle.actors[q.row].id, q.need, ids(chronicle, q.positives)) for q in task.queries]
    assert ("town", "a workshop", {"maker"}) in asked


def test_a_period_without_a_day_is_refused():
    with pytest.raises(InputError, match="after the cut"):
        split(small_chronicle(), CUT, CUT)


def test_a_profile_is_an_event_of_its_update_and_an_undated_one_is_left_out():
    dated, undated = make_actor("dated"), make_actor("undated", updated=None)
    alliance = make_alliance("dated", "undated", title="A shared room")
    events = events_of([dated, undated], [alliance], undated=None)
    assert {e.id for e in events} == {"alliance:dated-undated", "profile:dated"}
    trusted = events_of([dated, undated], [alliance], undated=date.min)
    assert "profile:undated" in {e.id for e in trusted}
    assert "réparer des vélos" in next(e.text for e in trusted if e.id == "profile:undated")


def test_one_actor_in_an_event_is_known_and_has_no_partner():
    chronicle = make_chronicle([make_actor("a")], [Event("e", date(2020, 1, 1), (ActorId("a"),), "alone")])
    known = known_before(chronicle, CUT)
    assert known.present.tolist() == [True]
    assert known.partner_counts.tolist() == [0]


@pytest.mark.shared
def test_the_split_of_cordis_is_its_published_validation_pairs(shared_data):
    directory = shared_data / "cordis"
    cut, until = date(2024, 7, 1), date(2025, 1, 1)
    chronicle = cordis_chronicle(directory, cut, until)
    built = {(p.a, p.b) for p in new_pairs(chronicle, known_before(chronicle, cut), until)}
    pairs, unknown = named_pairs(directory / "valid_pairs.csv.gz", chronicle)
    assert unknown == 0
    assert built == {(p.a, p.b) for p in pairs_named(chronicle, pairs)}
