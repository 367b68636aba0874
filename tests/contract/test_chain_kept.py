"""Whatever people do, and at once: what is kept of a proposal is what the chain allows, on both databases."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.adapters.sql_store import SqlBackend
from matcher.chain import decide
from matcher.changes import ChangeKind
from matcher.domain import ActorId
from matcher.errors import ConflictError, IllegalStepError
from matcher.proposals import Action, Decision, Proposal, ProposalId
from tests.fakes import make_actor

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
NEEDED = {"reason": "other", "note": "n", "grade": 1, "minutes": 3, "alliance_type": "mecenat"}
people = st.sampled_from(["zoe", "yan"])
moves = st.lists(st.tuples(st.sampled_from(Action), people), max_size=12)
on_a_database = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def ours(database_url):
    backend = SqlBackend(database_url)
    yield backend.holdings("default")
    backend.close()


def propose(ours):
    """A new proposal of two actors of its own."""
    name = uuid.uuid4().hex
    a, b = ActorId(f"a-{name}"), ActorId(f"b-{name}")
    ours.store.put_actors([make_actor(a), make_actor(b)])
    proposal = Proposal(ProposalId(name), a, b, 1.0, "m", "e", {}, NOW, NOW)
    assert ours.proposals.add([proposal]) == [proposal]
    return proposal


def replayed(proposal, steps):
    """The proposal after its steps, each of which the chain has to allow where it was taken."""
    past = []
    for step in steps:
        proposal, again = decide(proposal, step.decision, step.at, past)
        assert (again.before, again.after) == (step.before, step.after)
        past.append(step)
    return proposal


@on_a_database
@given(moves)
def test_the_store_keeps_every_step_that_the_chain_allows_and_no_other(ours, moves):
    first = propose(ours)
    held, past = first, []
    for action, who in moves:
        decision = Decision(action, who, **NEEDED)
        try:
            held, step = decide(held, decision, NOW, past)
        except ConflictError as refused:
            before = ours.proposals.get(first.id), ours.proposals.steps(first.id)
            with pytest.raises(type(refused)):
                ours.proposals.decide(first.id, decision, NOW)
            assert (ours.proposals.get(first.id), ours.proposals.steps(first.id)) == before
            continue
        past.append(step)
        assert ours.proposals.decide(first.id, decision, NOW) == held
    assert ours.proposals.get(first.id) == held
    assert ours.proposals.steps(first.id) == past
    told = [one for one in ours.changes.after(0, 100_000) if one.id == first.id]
    assert [one.kind for one in told] == [ChangeKind.PROPOSAL_CREATED] + [ChangeKind.PROPOSAL_CHANGED] * len(
        past
    )
    assert [one.state for one in told[1:]] == [step.after for step in past]


@on_a_database
@given(moves)
def test_undoing_every_move_leads_back_to_the_suggestion_with_all_its_history(ours, moves):
    first = propose(ours)
    for action, who in moves:
        try:
            ours.proposals.decide(first.id, Decision(action, who, **NEEDED), NOW)
        except ConflictError:
            continue
    taken = ours.proposals.steps(first.id)
    while True:
        try:
            ours.proposals.decide(first.id, Decision(Action.UNDO, "zoe"), NOW)
        except IllegalStepError:
            break
    assert ours.proposals.get(first.id).state is first.state
    assert ours.proposals.steps(first.id)[: len(taken)] == taken


@settings(on_a_database, max_examples=8)
@given(st.lists(st.lists(st.sampled_from(Action), min_size=1, max_size=6), min_size=2, max_size=3))
def test_people_who_decide_at_once_leave_a_history_that_the_chain_allows(ours, database_url, each):
    first = propose(ours)

    def work(who, actions):
        backend = SqlBackend(database_url)
        for action in actions:
            try:
                backend.holdings("default").proposals.decide(first.id, Decision(action, who, **NEEDED), NOW)
            except ConflictError:
                continue
        backend.close()

    threads = [Thread(target=work, args=(f"who-{i}", actions)) for i, actions in enumerate(each)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = ours.proposals.steps(first.id)
    held = ours.proposals.get(first.id)
    assert replayed(first, steps) == held
    assert held.revision == 1 + len(steps)
    told = [one.seq for one in ours.changes.after(0, 100_000) if one.id == first.id]
    assert told == sorted(set(told))
    assert len(told) == 1 + len(steps)


def test_of_catalysts_who_introduce_at_once_one_does(ours, database_url):
    for _ in range(5):
        first = propose(ours)
        ours.proposals.decide(first.id, Decision(Action.REVIEW, "zoe"), NOW)
        ours.proposals.decide(first.id, Decision(Action.ASSIGN, "zoe", catalyst=None), NOW)
        done = []

        def introduce(who, proposal_id=first.id, done=done):
            backend = SqlBackend(database_url)
            try:
                backend.holdings("default").proposals.decide(
                    proposal_id, Decision(Action.INTRODUCE, who), NOW
                )
                done.append(who)
            except ConflictError:
                pass
            finally:
                backend.close()

        threads = [Thread(target=introduce, args=(who,)) for who in ("zoe", "yan", "max")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        [one] = done
        assert ours.proposals.get(first.id).catalyst == one


def test_the_same_pair_is_proposed_once_by_those_who_propose_it_at_once(ours, database_url):
    ours.store.put_actors([make_actor("a"), make_actor("b")])
    plain = Proposal(ProposalId("p"), ActorId("a"), ActorId("b"), 1.0, "m", "e", {}, NOW, NOW)
    added = []

    def add(name):
        backend = SqlBackend(database_url)
        added.extend(backend.holdings("default").proposals.add([replace(plain, id=ProposalId(name))]))
        backend.close()

    threads = [Thread(target=add, args=(f"p{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [one] = added
    assert ours.proposals.of_pair(ActorId("b"), ActorId("a")).id == one.id
