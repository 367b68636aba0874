"""Served lists are written in groups, and nothing that reads them can tell."""

import threading
from datetime import UTC, datetime

import pytest

from matcher.domain import ActorId
from matcher.errors import UnknownRecordError, WorkspaceError
from matcher.serving import Interaction, InteractionKind, ListId, ServedItem, ServedList
from service import grouped_serving
from service.grouped_serving import GroupedServing

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LONG = 3_600.0


def a_list(name):
    return ServedList(ListId(name), NOW, "matches", None, "m", "e", (ServedItem(1, ActorId("a"), 1.0, {}),))


class Kept:
    """Serving in memory, with the groups in which lists came; `broken` refuses them."""

    def __init__(self):
        self.groups = []
        self.broken = False
        self.came, self.refused = threading.Event(), threading.Event()

    def record(self, *served):
        if self.broken:
            self.refused.set()
            raise WorkspaceError("full")
        self.groups.append([one.id for one in served])
        self.came.set()

    def interact(self, interactions):
        known = {name for group in self.groups for name in group}
        for one in interactions:
            if one.list_id not in known:
                raise UnknownRecordError("list", one.list_id)
        return len(interactions)

    def lists(self, _start=None):
        return iter([name for group in self.groups for name in group])


@pytest.fixture
def kept():
    return Kept()


def click(name):
    return Interaction(ListId(name), ActorId("a"), InteractionKind.CLICK, 1, NOW)


def test_lists_of_one_moment_are_written_together_soon(kept):
    serving = GroupedServing(kept, wait=0.02)
    serving.record(a_list("l1"))
    serving.record(a_list("l2"))
    assert kept.came.wait(10)
    serving.close()
    assert [name for group in kept.groups for name in group] == ["l1", "l2"]


def test_what_waits_is_written_before_it_is_read_clicked_or_closed(kept):
    serving = GroupedServing(kept, wait=LONG)
    serving.record(a_list("l1"), a_list("l2"))
    assert list(serving.lists()) == ["l1", "l2"]
    serving.record(a_list("l3"))
    assert serving.interact([click("l3")]) == 1
    serving.record(a_list("l4"))
    serving.close()
    assert kept.groups == [["l1", "l2"], ["l3"], ["l4"]]


def test_a_click_waits_for_the_list_of_another_worker_but_not_for_one_of_nobody(kept, monkeypatch):
    here = GroupedServing(kept, wait=LONG)
    there = GroupedServing(kept, wait=LONG)
    there.record(a_list("l1"))
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        there.flush()

    monkeypatch.setattr(grouped_serving, "sleep", pause)
    assert here.interact([click("l1")]) == 1
    assert len(pauses) == 1
    with pytest.raises(UnknownRecordError, match="l9"):
        here.interact([click("l9")])
    there.close()
    here.close()


def test_lists_that_cannot_be_written_wait_and_past_a_number_new_ones_are_refused(kept, monkeypatch):
    monkeypatch.setattr(grouped_serving, "MOST_WAITING", 2)
    serving = GroupedServing(kept, wait=LONG)
    kept.broken = True
    serving.record(a_list("l1"))
    serving.record(a_list("l2"))
    with pytest.raises(WorkspaceError):
        serving.record(a_list("l3"))
    kept.broken = False
    serving.record(a_list("l4"))
    serving.close()
    assert kept.groups == [["l1", "l2"], ["l4"]]


def test_a_write_that_failed_is_tried_again_by_itself(kept, monkeypatch):
    monkeypatch.setattr(grouped_serving, "WAIT_AFTER_FAILURE", 0.02)
    kept.broken = True
    serving = GroupedServing(kept, wait=0.01)
    serving.record(a_list("l1"))
    assert kept.refused.wait(10)
    kept.broken = False
    assert kept.came.wait(10)
    serving.close()
    assert kept.groups == [["l1"]]
