"""What is kept on the way to an alliance and what it adds up to, on SQLite and on PostgreSQL."""

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from matcher.adapters.sql_store import SqlBackend
from matcher.adapters.sql_store.database import Database
from matcher.adapters.sql_store.migrate import downgrade, upgrade
from matcher.domain import ActorId, Outcome, Role
from matcher.drafts import LONGEST_BODY, Draft
from matcher.errors import ConflictError, IllegalStepError, InputError
from matcher.proposals import Action, Counterfactual, Decision, Proposal, ProposalQuery, ProposalState
from matcher.report import Asked, PlaceWork, report_of
from matcher.taxonomy import Lang, default_taxonomy
from matcher.text import Words
from matcher.views import View
from tests.fakes import make_actor

NOW = datetime(2026, 11, 24, 8, 30, 15, 250_000, tzinfo=UTC)
PERIOD = Asked(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
TAXONOMY = default_taxonomy()
LINK = {"need_actor": "a", "need": "un local", "skill_actor": "b", "skill": "une salle", "strength": 0.9}
PLAIN = Proposal("p1", "a", "b", 50.0, "m", "e", {}, NOW, NOW, places=("35", "35236"))
TO_ALLIANCE = (
    Decision(Action.REVIEW, "zoe", minutes=5, activity="connaissance"),
    Decision(Action.INTRODUCE, "zoe", minutes=15, activity="mise_en_relation", next_activity="rencontre"),
    Decision(Action.MEET, "yan", minutes=60, activity="rencontre"),
    Decision(Action.ALLY, "yan", alliance_type="mecenat", minutes=30, activity="partenariats"),
)


def walked(ours, *decisions, name="p1", at=NOW):
    """The proposal after these decisions, each a minute later."""
    for i, decision in enumerate(decisions):
        held = ours.proposals.decide(name, decision, at + timedelta(minutes=i))
    return held


def test_the_next_activity_is_kept_until_the_pair_moves_on(ours):
    ours.proposals.add([PLAIN])
    assert walked(ours, *TO_ALLIANCE[:2]).next_activity == "rencontre"
    assert walked(ours, Decision(Action.NOTE, "zoe", note="n")).next_activity == "rencontre"
    assert walked(ours, TO_ALLIANCE[2]).next_activity is None
    assert ours.proposals.get("p1").next_activity is None


def test_what_is_due_comes_the_longest_waiting_first(ours, theirs):
    for holdings in (ours, theirs):
        holdings.proposals.add([PLAIN, replace(PLAIN, id="p2", b="c"), replace(PLAIN, id="p3", b="d")])
    walked(ours, *TO_ALLIANCE)
    for name, day in (("p2", 10), ("p3", 9)):
        postponed = Decision(Action.POSTPONE, "zoe", reason="bad_timing", until=date(2026, 12, day))
        walked(ours, postponed, name=name)

    def due(*day, **query):
        return [one.id for one in ours.proposals.due(ProposalQuery(**query), date(*day), 10)]

    assert due(2026, 12, 8) == []
    assert due(2026, 12, 10) == ["p3", "p2"]
    assert due(2027, 2, 24) == ["p3", "p2", "p1"]
    assert due(2027, 2, 24, states=[ProposalState.ALLIANCE]) == ["p1"]
    assert due(2027, 2, 24, places=["59"]) == []
    assert theirs.proposals.due(ProposalQuery(), date(2030, 1, 1), 10) == []


def test_the_latest_come_first_and_pages_meet(ours):
    ours.proposals.add([replace(PLAIN, id=f"p{i}", b=f"b{i}") for i in range(7)])
    for i in (3, 5, 1):
        walked(ours, Decision(Action.NOTE, "zoe", note="n"), name=f"p{i}", at=NOW + timedelta(hours=9 - i))
    whole = ours.proposals.latest(ProposalQuery(), 10)
    assert [one.id for one in whole.proposals][:3] == ["p1", "p3", "p5"]
    seen, cursor = [], None
    while cursor is not None or not seen:
        page = ours.proposals.latest(ProposalQuery(), 2, cursor)
        seen += page.proposals
        cursor = page.next
        if cursor is None:
            break
    assert seen == list(whole.proposals)
    with pytest.raises(InputError, match="cursor"):
        ours.proposals.latest(ProposalQuery(), 2, "hier")


def test_one_decision_on_several_is_taken_on_all_or_on_none(ours):
    ours.proposals.add([PLAIN, replace(PLAIN, id="p2", b="c")])
    handed = Decision(Action.ASSIGN, "zoe", catalyst="yan")
    assert [one.catalyst for one in ours.proposals.decide_all(["p1", "p2"], handed, NOW)] == ["yan", "yan"]
    walked(ours, Decision(Action.REVIEW, "yan"), name="p2")
    with pytest.raises(IllegalStepError):
        ours.proposals.decide_all(["p1", "p2"], Decision(Action.REVIEW, "yan"), NOW)
    assert ours.proposals.get("p1").state is ProposalState.SUGGESTED
    with pytest.raises(ConflictError, match="yan has this pair in hand"):
        walked(ours, Decision(Action.INTRODUCE, "zoe"), name="p2")


def test_a_draft_is_kept_by_whom_it_is_to_and_goes_with_its_proposal(ours, theirs):
    ours.store.put_actors([make_actor("a"), make_actor("b")])
    ours.proposals.add([PLAIN])
    theirs.proposals.add([PLAIN])
    draft = Draft("p1", ActorId("a"), Lang.FR, "Sujet é", "Corps\n", "zoe", NOW)
    ours.drafts.put([draft, replace(draft, to=ActorId("b"))])
    ours.drafts.put([replace(draft, body="Corrigé", person="yan")])
    assert ours.drafts.of("p1")["a"] == replace(draft, body="Corrigé", person="yan")
    assert set(ours.drafts.of("p1")) == {"a", "b"}
    assert theirs.drafts.of("p1") == {}
    ours.store.delete_actor(ActorId("a"))
    assert ours.drafts.of("p1") == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": "a\nBcc: x@y.fr"}, "subject"),
        ({"subject": "a\r"}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"body": "x" * (LONGEST_BODY + 1)}, "body"),
    ],
)
def test_a_draft_that_could_not_be_a_message_is_refused(ours, changes, field):
    ours.proposals.add([PLAIN])
    draft = replace(Draft("p1", ActorId("a"), Lang.FR, "s", "b", "zoe", NOW), **changes)
    with pytest.raises(InputError) as refused:
        ours.drafts.put([draft])
    assert refused.value.field == field
    assert ours.drafts.of("p1") == {}


def test_views_are_remembered_for_a_year_and_not_twice_in_ten_minutes(ours, theirs):
    for holdings in (ours, theirs):
        holdings.proposals.add([PLAIN])
    last = NOW + timedelta(days=360)
    for person, at in (
        ("zoe", NOW),
        ("zoe", NOW + timedelta(minutes=9)),
        ("yan", NOW + timedelta(minutes=9)),
        ("zoe", NOW + timedelta(minutes=10)),
        ("yan", last),
    ):
        ours.views.record(View("p1", person, at))
    assert [(one.person, one.at) for one in ours.views.of("p1", 10)] == [
        ("yan", last),
        ("zoe", NOW + timedelta(minutes=10)),
        ("yan", NOW + timedelta(minutes=9)),
        ("zoe", NOW),
    ]
    assert len(ours.views.of("p1", 2)) == 2
    ours.views.record(View("p1", "zoe", NOW + timedelta(days=366)))
    assert [one.person for one in ours.views.of("p1", 10)] == ["zoe", "yan"]
    assert theirs.views.of("p1", 10) == []


def scattered(ours, seed):
    """Proposals on which people did whatever the chain allows, with the time that it took."""
    chance = random.Random(seed)  # noqa: S311 (to scatter, not to hide)
    places = [("35", "35236"), ("35", "44109"), ("59",)]
    ours.proposals.add([replace(PLAIN, id=f"p{i}", b=f"b{i}", places=places[i % 3]) for i in range(12)])
    logged = []
    for _ in range(150):
        name = f"p{chance.randrange(12)}"
        decision = Decision(
            chance.choice(list(Action)),
            "zoe",
            note="n",
            reason="other",
            grade=1,
            minutes=chance.choice([0, 5, 15, 30]) or 5,
            activity=chance.choice([*TAXONOMY.activities, None]),
            alliance_type="mecenat",
        )
        at = PERIOD.start + timedelta(days=chance.randrange(364), hours=chance.randrange(24))
        try:
            ours.proposals.decide(name, decision, at)
        except ConflictError:
            continue
        logged.append((name, decision, at))
    return logged


@pytest.mark.parametrize("seed", range(4))
def test_the_sum_of_the_logs_is_the_report_however_it_is_cut(ours, seed):
    logged = scattered(ours, seed)
    report = report_of(ours.ledger, PERIOD, ["35", "59"], TAXONOMY)
    whole = sum(decision.minutes for _, decision, _ in logged)
    assert report.minutes == whole > 0
    assert sum(metier.minutes for metier in report.metiers) == whole
    assert sum(month.minutes for month in report.months) == whole
    assert sum(place.minutes for place in report.places) == whole
    middle = PERIOD.start + timedelta(days=180)
    halves = [replace(PERIOD, end=middle), replace(PERIOD, start=middle)]
    assert sum(report_of(ours.ledger, half, [], TAXONOMY).minutes for half in halves) == whole
    each = [
        report_of(ours.ledger, replace(PERIOD, activities=(activity,)), [], TAXONOMY).minutes
        for activity in TAXONOMY.activities
    ]
    assert sum(each) == sum(decision.minutes for _, decision, _ in logged if decision.activity)
    steps = [step for _, step in ours.proposals.steps_between(PERIOD.start, PERIOD.end)]
    assert sum(step.decision.minutes for step in steps) == whole


@pytest.mark.parametrize("seed", range(4))
def test_what_was_reached_is_what_stands_of_each_pair(ours, seed):
    scattered(ours, seed)
    reached = ours.ledger.reached(PERIOD)
    for action in (Action.INTRODUCE, Action.MEET, Action.ALLY):
        standing = set()
        for i in range(12):
            moves = []
            for step in ours.proposals.steps(f"p{i}"):
                if step.decision.action is Action.UNDO:
                    moves.pop()
                elif step.before is not step.after:
                    moves.append(step.decision.action)
            if action in moves:
                standing.add(f"p{i}")
        assert sum(one.pairs for one in reached if one.action is action) == len(standing)


def test_a_report_tells_places_apart_and_counts_a_pair_in_each_of_its_own(ours):
    ours.proposals.add([PLAIN, replace(PLAIN, id="p2", b="c", places=("35236", "44109"))])
    walked(ours, *TO_ALLIANCE)
    walked(ours, *TO_ALLIANCE[:2], name="p2")
    assert ours.ledger.by_place(PERIOD, ["35236", "44109", "59"]) == [
        PlaceWork("35236", 130, 2, 1),
        PlaceWork("44109", 20, 1, 0),
    ]
    only = report_of(ours.ledger, replace(PERIOD, places=("44109",)), [], TAXONOMY)
    assert (only.minutes, only.reached[Action.INTRODUCE], only.reached[Action.ALLY]) == (20, 1, 0)
    metier = replace(PERIOD, activities=("rencontre",))
    assert report_of(ours.ledger, metier, [], TAXONOMY).reached[Action.INTRODUCE] == 0


def test_outcomes_are_the_last_told_of_each_standing_alliance(ours):
    ours.proposals.add([PLAIN, replace(PLAIN, id="p2", b="c")])
    for name in ("p1", "p2"):
        walked(ours, *TO_ALLIANCE, name=name)
    follow_up = Decision(
        Action.FOLLOW_UP, "zoe", month=3, outcome=Outcome(1, None, 2), counterfactual=Counterfactual.NO
    )
    for name, outcome in (("p1", Outcome(3, 3, 3)), ("p1", Outcome(1, None, 2)), ("p2", Outcome(2, -1, 0))):
        walked(ours, replace(follow_up, outcome=outcome), name=name, at=NOW + timedelta(hours=1))
    report = report_of(ours.ledger, PERIOD, [], TAXONOMY)
    assert [(axis.name, axis.count, axis.mean) for axis in report.axes] == [
        ("performance", 2, 1.5),
        ("innovation", 1, -1.0),
        ("confiance", 2, 1.0),
    ]
    assert report.counterfactuals[Counterfactual.NO] == 2
    walked(ours, Decision(Action.UNDO, "zoe"), name="p2", at=NOW + timedelta(hours=2))
    assert report_of(ours.ledger, PERIOD, [], TAXONOMY).counterfactuals[Counterfactual.NO] == 1


def test_needs_are_cited_by_state(ours, theirs):
    theirs.proposals.add([replace(PLAIN, served={"needs_met": [LINK]})])
    ours.proposals.add(
        [replace(PLAIN, served={"needs_met": [LINK, LINK | {"need": "flou", "strength": 0.2}]})]
    )
    need = ("a", Words(Role.NEED, "un local").key)
    assert ours.ledger.cited(list(ProposalState)) == {ProposalState.SUGGESTED: {need}}
    walked(ours, TO_ALLIANCE[0])
    assert ours.ledger.cited([ProposalState.REVIEWED]) == {ProposalState.REVIEWED: {need}}
    assert ours.ledger.cited([ProposalState.SUGGESTED]) == {}
    assert ours.ledger.cited([ProposalState.REVIEWED], ["35236"]) == {ProposalState.REVIEWED: {need}}
    assert ours.ledger.cited([ProposalState.REVIEWED], ["59"]) == {}


def test_what_was_decided_before_is_in_the_new_columns_after_a_migration(database_url):
    backend = SqlBackend(database_url)
    ours = backend.holdings("default")
    ours.proposals.add([replace(PLAIN, served={"needs_met": [LINK]}), replace(PLAIN, id="p2", b="c")])
    walked(ours, *TO_ALLIANCE)
    walked(ours, *TO_ALLIANCE[:2], Decision(Action.UNDO, "zoe"), name="p2")
    asked = ours.ledger.work(PERIOD), ours.ledger.reached(PERIOD), ours.ledger.cited(list(ProposalState))
    until, steps = ours.proposals.get("p1").until, ours.proposals.steps("p1")
    backend.close()
    database = Database(database_url)
    with database.writing() as connection:
        downgrade(connection, "0003")
        columns = connection.execute(text("SELECT * FROM steps")).keys()
        assert not {"action", "minutes", "undone"} & set(columns)
        connection.execute(text("UPDATE proposals SET until = NULL"))  # as those of before had it
        for row in connection.execute(text("SELECT proposal_id, number, decision FROM steps")).all():
            said = json.loads(row.decision)
            old = {k: v for k, v in said.items() if k not in ("alliance_type", "next_activity", "month")}
            connection.execute(
                text("UPDATE steps SET decision = :said WHERE proposal_id = :id AND number = :number"),
                {"said": json.dumps(old), "id": row.proposal_id, "number": row.number},
            )
    with database.writing() as connection:
        upgrade(connection)
    database.close()
    backend = SqlBackend(database_url)
    ours = backend.holdings("default")
    assert (
        ours.ledger.work(PERIOD),
        ours.ledger.reached(PERIOD),
        ours.ledger.cited(list(ProposalState)),
    ) == asked
    assert ours.proposals.get("p1").until == until
    assert [step.after for step in ours.proposals.steps("p1")] == [step.after for step in steps]
    backend.close()
