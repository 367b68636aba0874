"""One suite for a whole database, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest

from matcher.access import ApiKey, Person, Scope, Session, digest_of, new_secret
from matcher.adapters.sql_store import SqlBackend
from matcher.backend import KeptReply
from matcher.changes import ChangeKind, Webhook
from matcher.domain import ActorId, Contact, Outcome
from matcher.errors import ConflictError, IllegalStepError, InputError, UnknownRecordError, WorkspaceError
from matcher.proposals import Action, Counterfactual, Decision, Proposal, ProposalQuery, ProposalState
from matcher.serving import Interaction, InteractionKind, ServedItem, ServedList
from tests.fakes import make_actor, make_alliance

NOW = datetime(2026, 11, 24, 8, 30, 15, 250_000, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def make_proposal(name="p1", a="a", b="b", score=50.0, **changes):
    plain = Proposal(
        id=name,
        a=a,
        b=b,
        score=score,
        model="day-one",
        encoder="hashing",
        served={"score": score, "reasons": ["« é »"]},
        created=NOW,
        updated=NOW,
        places=("35", "35236"),
        sectors=("economique", "public"),
        themes=("024000",),
    )
    return replace(plain, **changes)


def make_list(name="l1", asker="a", others=("b", "c")):
    items = tuple(
        ServedItem(i, ActorId(other), 10.0 - i, {"need_met": 0.5}) for i, other in enumerate(others, 1)
    )
    return ServedList(name, NOW, "matches", asker, "day-one", "hashing", items)


def test_tenants_are_told_apart_and_named_well(backend):
    assert backend.tenants() == ["autre", "default"]
    backend.add_tenant("autre")
    with pytest.raises(InputError, match="lower-case"):
        backend.add_tenant("Pays d'Ouest")
    with pytest.raises(UnknownRecordError, match="nobody"):
        backend.holdings("nobody")
    backend.ping()


def test_a_contact_that_cannot_be_written_takes_back_the_actors_written_with_it(ours):
    ours.store.put_actors([make_actor("a")], [Contact(ActorId("a"), name="Accueil")])
    version, seen = ours.store.version, len(ours.changes.after(0, 10))
    unwritable = [Contact(ActorId("a"), name="Zoé"), Contact(ActorId("b"), name={"no": "text"})]
    with pytest.raises(WorkspaceError, match="cannot be written"):
        ours.store.put_actors([make_actor("a", name="autre"), make_actor("b")], unwritable)
    assert list(ours.store.actors()) == [make_actor("a")]
    assert ours.store.contact(ActorId("a")) == Contact(ActorId("a"), name="Accueil")
    assert (ours.store.version, len(ours.changes.after(0, 10))) == (version, seen)


def test_a_tenant_sees_nothing_of_another(ours, theirs):
    ours.store.put_actors([make_actor("a"), make_actor("b")])
    ours.store.put_alliances([make_alliance("a", "b", id="x")])
    ours.store.put_contacts([Contact(ActorId("a"), email="a@exemple.fr")])
    ours.proposals.add([make_proposal()])
    ours.serving.record(make_list())
    version = theirs.store.version
    assert list(theirs.store.actors()) == [] == list(theirs.store.alliances())
    assert theirs.store.contact(ActorId("a")) is None
    assert theirs.proposals.find(ProposalQuery(), 10).proposals == ()
    assert set(theirs.proposals.counts(ProposalQuery()).values()) == {0}
    assert theirs.proposals.of_pair("a", "b") is None
    with pytest.raises(UnknownRecordError):
        theirs.proposals.get("p1")
    with pytest.raises(UnknownRecordError):
        theirs.proposals.decide("p1", Decision(Action.REVIEW, "zoe"), NOW)
    with pytest.raises(UnknownRecordError):
        theirs.serving.interact([Interaction("l1", "b", InteractionKind.CLICK, 1, NOW)])
    assert list(theirs.serving.lists()) == [] == theirs.changes.after(0, 10)
    assert theirs.store.version == version
    theirs.store.put_actors([make_actor("a")])
    theirs.store.delete_actor(ActorId("a"))
    assert [actor.id for actor in ours.store.actors()] == ["a", "b"]


def test_a_proposal_comes_back_as_it_went_in(ours):
    proposal = make_proposal()
    assert ours.proposals.add([proposal]) == [proposal]
    assert ours.proposals.get("p1") == proposal == ours.proposals.of_pair("b", "a")


def test_a_pair_is_proposed_once(ours):
    ours.proposals.add([make_proposal()])
    assert ours.proposals.add([make_proposal("p2"), make_proposal("p3", b="c")]) == [
        make_proposal("p3", b="c")
    ]
    assert ours.proposals.get("p1").revision == 1


def test_the_chain_is_walked_and_its_history_kept(ours):
    ours.proposals.add([make_proposal()])
    walk = [
        Decision(Action.REVIEW, "zoe", note="à voir", minutes=5, activity="connaissance", grade=2),
        Decision(Action.INTRODUCE, "zoe", minutes=20, activity="mise_en_relation"),
        Decision(Action.MEET, "zoe"),
        Decision(Action.ALLY, "zoe", alliance_type="mecenat"),
        Decision(
            Action.FOLLOW_UP, "zoe", outcome=Outcome(1, 2, 3), counterfactual=Counterfactual.NO, minutes=10
        ),
    ]
    for i, decision in enumerate(walk):
        ours.proposals.decide("p1", decision, NOW + timedelta(minutes=i), revision=i + 1)
    held = ours.proposals.get("p1")
    assert (held.state, held.revision, held.catalyst, held.grade) == (ProposalState.ALLIANCE, 6, "zoe", 2)
    assert [step.decision for step in ours.proposals.steps("p1")] == walk
    told = list(ours.proposals.steps_between(NOW, NOW + timedelta(minutes=2)))
    assert [step.after for _, step in told] == [ProposalState.REVIEWED, ProposalState.INTRODUCED]


def walked(ours, *decisions, name="p1", at=NOW):
    """The proposal after these decisions, each a minute later."""
    for i, decision in enumerate(decisions):
        held = ours.proposals.decide(name, decision, at + timedelta(minutes=i))
    return held


TO_ALLIANCE = (
    Decision(Action.REVIEW, "zoe"),
    Decision(Action.INTRODUCE, "zoe"),
    Decision(Action.MEET, "yan"),
    Decision(Action.ALLY, "yan", alliance_type="mecenat"),
)


def test_an_alliance_is_recorded_once_followed_and_undone_with_its_step(ours):
    ours.proposals.add([make_proposal()])
    walked(ours, *TO_ALLIANCE)
    [alliance] = ours.store.alliances()
    assert (alliance.members, alliance.type, alliance.introduced_by) == (("a", "b"), "mecenat", "zoe")
    ours.store.put_alliances([replace(alliance, title="Vélos")])
    walked(ours, Decision(Action.FOLLOW_UP, "zoe", month=3, outcome=Outcome(confiance=2)), at=LATER)
    [alliance] = ours.store.alliances()
    assert (alliance.title, alliance.outcome) == ("Vélos", Outcome(confiance=2))
    walked(ours, Decision(Action.UNDO, "zoe"), at=LATER)
    assert list(ours.store.alliances()) == []
    assert ours.changes.after(0, 100)[-1].kind is ChangeKind.ALLIANCE_DELETED


def test_an_alliance_erased_by_hand_stays_erased(ours):
    ours.proposals.add([make_proposal()])
    walked(ours, *TO_ALLIANCE)
    ours.store.delete_alliance("proposal-p1")
    walked(ours, Decision(Action.FOLLOW_UP, "zoe", outcome=Outcome(confiance=2)), at=LATER)
    assert list(ours.store.alliances()) == []


def test_a_refused_step_leaves_no_trace(ours):
    ours.proposals.add([make_proposal()])
    with pytest.raises(IllegalStepError, match="possible from: reviewed"):
        ours.proposals.decide("p1", Decision(Action.INTRODUCE, "zoe"), NOW)
    with pytest.raises(ConflictError, match="revision 1, not 7"):
        ours.proposals.decide("p1", Decision(Action.REVIEW, "zoe"), NOW, revision=7)
    assert ours.proposals.get("p1") == make_proposal()
    assert ours.proposals.steps("p1") == []


def test_two_catalysts_at_once_do_not_both_introduce(ours, database_url):
    ours.proposals.add([make_proposal()])
    ours.proposals.decide("p1", Decision(Action.REVIEW, "zoe"), NOW)
    ours.proposals.decide("p1", Decision(Action.ASSIGN, "zoe", catalyst=None), NOW)
    refused = []

    def introduce(who):
        other = SqlBackend(database_url)
        try:
            other.holdings("default").proposals.decide("p1", Decision(Action.INTRODUCE, who), NOW)
        except ConflictError:
            refused.append(who)
        finally:
            other.close()

    threads = [Thread(target=introduce, args=(who,)) for who in ("zoe", "yan", "max", "lou")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert ours.proposals.get("p1").catalyst not in refused


def test_proposals_are_found_by_what_is_asked_best_first(ours):
    ours.proposals.add(
        [
            make_proposal("p1", score=10.0),
            make_proposal("p2", b="c", score=30.0, places=("59",), themes=()),
            make_proposal("p3", b="d", score=30.0),
            make_proposal("p4", b="e", score=20.0, created=LATER),
        ]
    )
    ours.proposals.decide("p3", Decision(Action.DECLINE, "zoe", reason="too_far"), NOW)

    def ids(**query):
        return [one.id for one in ours.proposals.find(ProposalQuery(**query), 10).proposals]

    assert ids() == ["p2", "p3", "p4", "p1"]
    assert ids(states=[ProposalState.DECLINED]) == ["p3"]
    assert ids(places=["59", "75"]) == ["p2"]
    assert ids(themes=["024000"], min_score=15) == ["p3", "p4"]
    assert ids(sectors=["public"], created_before=LATER) == ["p2", "p3", "p1"]
    assert ids(actor="e") == ["p4"]
    assert ids(actor="a") == ["p2", "p3", "p4", "p1"]
    assert ids(catalyst="zoe") == []
    counts = ours.proposals.counts(ProposalQuery(places=["35"]))
    assert (counts[ProposalState.SUGGESTED], counts[ProposalState.DECLINED]) == (2, 1)


def test_pages_meet_without_gap_or_overlap(ours):
    ours.proposals.add([make_proposal(f"p{i}", b=f"b{i:02}", score=float(i % 3) + 0.1) for i in range(25)])
    whole = ours.proposals.find(ProposalQuery(), 100)
    assert whole.next is None
    seen, cursor = [], None
    while True:
        page = ours.proposals.find(ProposalQuery(), 4, cursor)
        seen += page.proposals
        cursor = page.next
        if cursor is None:
            break
    assert seen == list(whole.proposals)
    with pytest.raises(InputError, match="cursor"):
        ours.proposals.find(ProposalQuery(), 4, "beginning")


def test_lists_are_remembered_as_served_with_what_was_looked_at(ours):
    ours.store.put_actors([make_actor("a"), make_actor("b"), make_actor("c")])
    ours.serving.record(make_list(), replace(make_list("l2", asker=None, others=()), at=LATER))
    click = Interaction("l1", "c", InteractionKind.CLICK, 2, NOW)
    assert ours.serving.interact([click]) == 1
    with pytest.raises(UnknownRecordError, match="at 9"):
        ours.serving.interact([click, replace(click, position=9)])
    assert list(ours.serving.lists()) == [make_list(), replace(make_list("l2", None, ()), at=LATER)]
    assert [one.id for one in ours.serving.lists(LATER)] == ["l2"]
    assert list(ours.serving.interactions()) == [click]


def test_a_list_that_is_remembered_after_an_erasure_does_not_bring_the_erased_back(ours):
    ours.store.put_actors([make_actor("a"), make_actor("b"), make_actor("c")])
    ours.store.delete_actor(ActorId("b"))
    ours.serving.record(make_list("l1", "b", ("c",)), make_list("l2", "a", ("b", "c")))
    assert [(one.id, [line.actor_id for line in one.items]) for one in ours.serving.lists()] == [
        ("l2", ["c"])
    ]
    click = Interaction("l2", "c", InteractionKind.CLICK, 2, NOW)
    assert ours.serving.interact([click]) == 1


def test_changes_are_numbered_in_order(ours):
    ours.store.put_actors([make_actor("a"), make_actor("b")])
    ours.store.put_actors([make_actor("a")])
    ours.proposals.add([make_proposal()])
    ours.proposals.decide("p1", Decision(Action.REVIEW, "zoe"), NOW)
    told = ours.changes.after(0, 10)
    assert [(one.seq, one.kind, one.id, one.state) for one in told] == [
        (1, ChangeKind.ACTOR_PUT, "a", None),
        (2, ChangeKind.ACTOR_PUT, "b", None),
        (3, ChangeKind.PROPOSAL_CREATED, "p1", "suggested"),
        (4, ChangeKind.PROPOSAL_CHANGED, "p1", "reviewed"),
    ]
    assert ours.changes.after(2, 1) == told[2:3]
    assert ours.changes.after(0, 10, [ChangeKind.PROPOSAL_CHANGED]) == told[3:]


def test_deciding_leaves_matchers_as_they_are(ours):
    ours.proposals.add([make_proposal()])
    version = ours.store.version
    ours.proposals.decide("p1", Decision(Action.REVIEW, "zoe"), NOW)
    assert ours.store.version == version


def test_a_webhook_gets_what_comes_after_it_and_only_its_kinds(ours):
    ours.proposals.add([make_proposal("p0", b="z")])
    hook = Webhook("w", "https://exemple.fr/h", "s", frozenset({ChangeKind.PROPOSAL_CREATED}), NOW)
    ours.changes.put_webhook(hook)
    ours.store.put_actors([make_actor("a")])
    ours.proposals.add([make_proposal()])
    [(to, delivery)] = ours.changes.due(LATER, 10)
    assert (to, delivery.change.id, delivery.attempts) == (hook, "p1", 0)
    assert ours.changes.due(LATER, 10) == []
    retry = LATER + timedelta(minutes=5)
    ours.changes.delivered(replace(delivery, attempts=1, due=retry, status=503))
    assert ours.changes.due(retry - timedelta(seconds=1), 10) == []
    [(_, again)] = ours.changes.due(retry, 10)
    assert (again.attempts, again.status) == (1, 503)
    ours.changes.delivered(replace(again, attempts=2, due=None, status=200))
    assert ours.changes.due(retry + timedelta(days=1), 10) == []
    assert ours.changes.webhooks() == [hook]
    assert ours.changes.delete_webhook("w")
    assert not ours.changes.delete_webhook("w")


def test_a_change_waits_for_the_one_before_it_and_other_webhooks_do_not(ours):
    kinds = frozenset({ChangeKind.ACTOR_PUT})
    for name in ("v", "w"):
        ours.changes.put_webhook(Webhook(name, f"https://exemple.fr/{name}", "s", kinds, NOW))
    ours.store.put_actors([make_actor("a"), make_actor("b")])
    now = datetime.now(UTC) + timedelta(minutes=1)
    taken = ours.changes.due(now, 10)
    assert [(hook.id, one.change.id) for hook, one in taken] == [
        ("v", "a"),
        ("w", "a"),
        ("v", "b"),
        ("w", "b"),
    ]
    first, *others = [delivery for _, delivery in taken]
    ours.changes.delivered(replace(first, attempts=1, due=now + timedelta(hours=1), status=500))
    for other in others:
        ours.changes.delivered(other)
    assert [(hook.id, one.change.id) for hook, one in ours.changes.due(now, 10)] == [("w", "a"), ("w", "b")]
    later = now + timedelta(hours=1)
    assert [one.change.id for hook, one in ours.changes.due(later, 10) if hook.id == "v"] == ["a", "b"]


def test_a_secret_is_kept_in_another_form_unless_somebody_changed_it(ours, theirs):
    hook = Webhook("w", "https://exemple.fr/h", "s", frozenset({ChangeKind.ACTOR_PUT}), NOW)
    ours.changes.put_webhook(hook)
    theirs.changes.put_webhook(hook)
    ours.changes.seal_webhook("w", "other", "x")
    assert ours.changes.webhooks() == [hook]
    ours.changes.seal_webhook("w", "s", "x")
    assert ours.changes.webhooks() == [replace(hook, secret="x")]  # noqa: S106 (made up)
    assert theirs.changes.webhooks() == [hook]


def test_keys_are_found_by_the_digest_of_their_secret(backend):
    secret = new_secret()
    key = ApiKey("k", "autre", "plateforme", digest_of(secret), frozenset({Scope.READ}), NOW, expires=LATER)
    backend.access.put_key(key)
    assert backend.access.key_of_digest(digest_of(secret)) == key
    assert backend.access.key_of_digest(digest_of("other")) is None
    assert (key.holds_at(NOW), key.holds_at(LATER)) == (True, False)
    backend.access.put_key(replace(key, revoked=NOW))
    assert not backend.access.keys("autre")[0].holds_at(NOW)
    assert backend.access.keys("default") == []


def test_people_and_sessions_are_kept(backend):
    scopes = frozenset({Scope.REVIEW})
    person = Person("zoe", "autre", "Zoé", scopes, "hash", "https://i|7", ("35",), email="zoe@exemple.fr")
    backend.access.put_person(person)
    assert backend.access.person("autre", "zoe") == person == backend.access.person_of_subject("https://i|7")
    assert backend.access.person("default", "zoe") is None
    assert backend.access.people() == [person]
    now = datetime.now(UTC).replace(microsecond=0)
    session = Session("d", "autre", "zoe", "csrf", now + timedelta(hours=1), {"lang": "fr"})
    backend.access.put_session(session)
    backend.access.put_session(replace(session, digest="old", expires=now - timedelta(hours=1)))
    backend.access.put_session(replace(session, data={}))
    assert backend.access.session("d") == replace(session, data={})
    assert backend.access.session("old") is None
    assert [one.id for one in backend.access.people_of_email("Zoe@Exemple.fr")] == ["zoe"]
    assert backend.access.people_of_email("yan@exemple.fr") == []
    assert backend.access.end_session("d")
    assert not backend.access.end_session("d")
    assert backend.access.session("d") is None


def test_a_person_who_is_erased_is_signed_out_and_leaves_nothing(backend, database_url, tmp_path):
    backend.access.put_person(Person("zoe-zebra", "autre", "Zoé", frozenset(), email="zebra@exemple.fr"))
    later = datetime.now(UTC) + timedelta(hours=1)
    backend.access.put_session(Session("d", "autre", "zoe-zebra", "csrf", later, {}))
    assert not backend.access.delete_person("default", "zoe-zebra")
    assert backend.access.delete_person("autre", "zoe-zebra")
    assert backend.access.session("d") is None
    assert backend.access.people() == []
    if database_url.startswith("sqlite"):
        assert not any(b"zebra" in file.read_bytes() for file in tmp_path.iterdir())


def test_an_answer_is_kept_for_a_day(ours, theirs):
    reply = KeptReply("k", "f", 201, "{}", NOW)
    ours.replies.put(reply)
    assert ours.replies.get("k", LATER) == reply
    assert theirs.replies.get("k", LATER) is None
    assert ours.replies.get("k", NOW + timedelta(days=1)) is None


def test_erasing_an_actor_reaches_all_that_came_from_it(ours, database_url, tmp_path):
    ours.store.put_actors([make_actor("unique-zebra"), make_actor("b"), make_actor("c")])
    ours.store.put_contacts([Contact(ActorId("unique-zebra"), name="Zoé")])
    ours.store.put_alliances([make_alliance("unique-zebra", "b", id="x")])
    ours.proposals.add([make_proposal(a="b", b="unique-zebra", served={"text": "unique-zebra"})])
    ours.proposals.add([make_proposal("p2", a="b", b="c")])
    ours.proposals.decide("p1", Decision(Action.NOTE, "zoe", note="unique-zebra appelle"), NOW)
    ours.serving.record(make_list("l1", "unique-zebra", ("b",)))
    ours.serving.record(make_list("l2", "b", ("c", "unique-zebra")))
    ours.serving.interact([Interaction("l2", "unique-zebra", InteractionKind.CLICK, 2, NOW)])
    ours.replies.put(KeptReply("k", "f", 200, '{"id": "unique-zebra"}', NOW))
    ours.store.delete_actor(ActorId("unique-zebra"))
    assert [one.id for one in ours.proposals.find(ProposalQuery(), 10).proposals] == ["p2"]
    assert [(one.id, len(one.items)) for one in ours.serving.lists()] == [("l2", 1)]
    assert list(ours.serving.interactions()) == []
    [told] = [one for one in ours.changes.after(0, 100) if "zebra" in one.id]
    assert told.kind is ChangeKind.ACTOR_DELETED
    if database_url.startswith("sqlite"):
        found = sum(file.read_bytes().count(b"zebra") for file in tmp_path.iterdir())
        assert found == 2  # the deletion that is told on, in its row and in its index


def test_dates_of_postponed_proposals_are_kept_and_forgotten(ours):
    ours.proposals.add([make_proposal()])
    until = date(2027, 1, 15)
    ours.proposals.decide("p1", Decision(Action.POSTPONE, "zoe", reason="bad_timing", until=until), NOW)
    assert ours.proposals.get("p1").until == until
    assert ours.proposals.steps("p1")[0].decision.until == until
    ours.proposals.decide("p1", Decision(Action.REOPEN, "zoe"), NOW)
    assert ours.proposals.get("p1").until is None
