"""A workspace answers from its store as it is now."""

from dataclasses import replace
from datetime import date, timedelta

from matcher.domain import ActorId, Skill
from matcher.workspace import Filters, Workspace
from tests.fakes import TODAY, crowd, make_actor, make_alliance, make_workspace

CROWD = crowd(8)
EVERYBODY = Filters(same_sector=True, allied=True, full=True)


def test_a_profile_that_says_the_same_changes_without_a_new_index():
    workspace = make_workspace(*CROWD)
    before = workspace.matcher()
    workspace.store.put_actors([replace(CROWD[3], capacity=0)])
    after = workspace.matcher()
    assert after.indexes is before.indexes
    assert after.history is before.history
    assert after.pool.columns.capacity[after.pool.row("crowd-03")] == 0
    assert CROWD[3].id not in {match.other_id for match in workspace.match("crowd-02")}


def test_an_alliance_is_known_without_a_new_pool():
    workspace = make_workspace(*CROWD)
    before = workspace.matcher()
    assert "crowd-01" in {match.other_id for match in workspace.match("crowd-00")}
    workspace.store.put_alliances([make_alliance("crowd-00", "crowd-01")])
    assert workspace.matcher().pool is before.pool
    assert "crowd-01" not in {match.other_id for match in workspace.match("crowd-00")}


def test_an_actor_who_says_something_else_is_found_by_it():
    workspace = make_workspace(*CROWD)
    before = workspace.matcher()
    workspace.store.put_actors([replace(CROWD[5], skills=(Skill("un four à pain #four"),))])
    assert workspace.search("cuire du pain #four")[0].actor_id == "crowd-05"
    assert workspace.matcher().indexes is not before.indexes


def test_an_actor_put_in_the_place_of_one_deleted_is_not_taken_for_it():
    workspace = make_workspace(*CROWD)
    workspace.index()
    workspace.delete("crowd-07")
    workspace.store.put_actors([replace(CROWD[7], id=ActorId("newcomer"))])
    answered = {match.other_id for match in workspace.match("crowd-00", filters=EVERYBODY)}
    assert "newcomer" in answered
    assert "crowd-07" not in answered


def test_who_holds_a_matcher_keeps_it_as_it_was():
    workspace = make_workspace(*CROWD)
    held = workspace.matcher()
    workspace.delete("crowd-07")
    assert "crowd-07" not in workspace.matcher().pool.rows
    assert "crowd-07" in held.pool.rows


def test_the_next_day_is_seen_without_a_new_pool():
    days = [TODAY]
    workspace = make_workspace(*CROWD, make_actor("lasts", sector="public", expires=TODAY))
    dated = Workspace(workspace.store, replace(workspace.parts, clock=lambda: days[-1]))
    before = dated.matcher()
    assert "lasts" in {match.other_id for match in dated.match("crowd-01")}
    days.append(TODAY + timedelta(days=1))
    assert dated.matcher().pool is before.pool
    assert dated.matcher().today == date(2026, 11, 2)
    assert "lasts" not in {match.other_id for match in dated.match("crowd-01")}
