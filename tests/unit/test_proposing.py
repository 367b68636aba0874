"""Filling the queue."""

from datetime import UTC, datetime

import pytest

from matcher.adapters.sql_store import SqlBackend
from matcher.proposals import ProposalQuery
from matcher.proposing import fill_queue
from matcher.workspace import Workspace
from tests.fakes import crowd, make_workspace

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def holdings(tmp_path):
    backend = SqlBackend(f"sqlite:///{tmp_path / 'maillon.db'}")
    held = backend.holdings("default")
    held.store.put_actors(crowd())
    yield held
    backend.close()


@pytest.fixture
def workspace(holdings):
    return Workspace(holdings.store, make_workspace().parts)


def test_a_second_search_brings_pairs_that_were_never_proposed(workspace, holdings):
    first = fill_queue(workspace, holdings.proposals, now=NOW, limit=2, per_actor=1)
    second = fill_queue(workspace, holdings.proposals, now=NOW, limit=2, per_actor=1)
    assert first
    assert second
    assert not {(one.a, one.b) for one in first} & {(one.a, one.b) for one in second}


def test_no_actor_stands_in_more_new_proposals_than_asked(workspace, holdings):
    added = fill_queue(workspace, holdings.proposals, now=NOW, limit=50, per_actor=2)
    seen = [actor for one in added for actor in (one.a, one.b)]
    assert max(map(seen.count, seen)) <= 2


def test_proposals_are_found_by_words_of_their_needs_whatever_the_accents(workspace, holdings):
    added = fill_queue(workspace, holdings.proposals, now=NOW, limit=50)
    word = max(added[0].words.split(), key=len)
    found = holdings.proposals.waiting(ProposalQuery(words=f"{word.upper()} "))
    assert added[0].id in {one.id for one in found}
    assert holdings.proposals.waiting(ProposalQuery(words="zzz%")) == []


def test_the_search_tells_how_far_it_is(workspace):
    told = []
    workspace.propose(on_progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] == len(told)
