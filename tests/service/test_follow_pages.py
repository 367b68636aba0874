"""Introducing, following up, handing over and reporting, as forms and files do it."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import openpyxl
import pytest
from argon2 import PasswordHasher

from matcher.access import Person, Scope
from matcher.domain import ActorId, Contact, Need, Outcome
from matcher.proposals import Action, Decision, Proposal, ProposalId, ProposalState
from tests.fakes import make_actor
from tests.service.visits import EVIL, PASSWORD, brief, sign_in, token

NOW = datetime.now(UTC)
REVIEW = frozenset({Scope.READ, Scope.REVIEW})


def served():
    link = {
        "need_actor": "a",
        "need": f"un local {EVIL}",
        "skill_actor": "b",
        "skill": "une salle",
        "strength": 0.9,
    }
    back = {
        "need_actor": "b",
        "need": "des bras",
        "skill_actor": "a",
        "skill": "vingt bénévoles",
        "strength": 0.8,
    }
    return {
        "actor": brief("a", "public") | {"name": "Mairie"},
        "other": brief("b", "economique") | {"name": "Atelier", "register": "entreprise"},
        "score": 61.5,
        "bias": 60.0,
        "contributions": [],
        "needs_met": [link],
        "skills_wanted": [back],
        "reasons": [],
    }


@pytest.fixture
def desk(client):
    """Ana, Yann and Zoé of one tenant, Zoé elsewhere; Ana is signed in and has retained `p1`."""
    client.headers.pop("authorization")
    backend = client.app.state.tenants.backend
    kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    for name, place in (("ana", "46102"), ("yann", "46102"), ("zoe", "35236")):
        backend.access.put_person(Person(name, "default", name.title(), REVIEW, kept, territories=(place,)))
    backend.access.put_person(Person("mallory", "autre", "Mallory", REVIEW, kept, territories=("46102",)))
    holdings = backend.holdings("default")
    holdings.store.put_actors([make_actor("a", needs=(Need("un autre besoin"),)), make_actor("b")])
    holdings.store.put_contacts([Contact(ActorId("a"), "M. X", "mairie@exemple.fr")])
    one = Proposal(ProposalId("p1"), "a", "b", 61.5, "m", "e", served(), NOW, NOW, places=("46102",))
    holdings.proposals.add(
        [
            one,
            replace(one, id=ProposalId("p2"), b="c"),
            replace(one, id=ProposalId("away"), b="d", places=("35236",)),
        ]
    )
    backend.holdings("autre").proposals.add([replace(one, id=ProposalId("p3"))])
    holdings.proposals.decide("p1", Decision(Action.REVIEW, "ana"), NOW)
    sign_in(client)
    client.holdings = holdings
    return client


def post(desk, address, *, follow=True, page=None, **fields):
    shown = desk.get(page or address)
    form = {"csrf": token(shown)} | fields
    return desk.post(address, data=form, follow_redirects=follow)


def walk(desk, *actions, proposal="p1", **fields):
    for action in actions:
        said = {"reason": "other", "note": "n", "minutes": 5, "alliance_type": "mecenat"} | fields
        desk.holdings.proposals.decide(proposal, Decision(action, "ana", **said), NOW)


MESSAGES = "/paires/p1/mise-en-relation"
FOLLOWED = "/paires/p1/suivi"


def test_two_messages_are_offered_each_in_its_register_and_with_the_notice_of_sourcing(desk):
    text = desk.get(MESSAGES).text
    assert "Madame, Monsieur" in text
    assert "Je vous propose une mise en relation ciblée" in text
    assert "R2111-1" in text
    assert EVIL not in text
    assert desk.holdings.drafts.of("p1") == {}


def test_an_edited_message_is_saved_and_shown_again_to_colleagues(desk):
    post(
        desk,
        MESSAGES,
        action="save",
        subject_a="Objet à moi",
        body_a="Bonjour\r\nvous",
        subject_b="s",
        body_b="b",
    )
    kept = desk.holdings.drafts.of("p1")["a"]
    assert (kept.subject, kept.body, kept.person) == ("Objet à moi", "Bonjour\nvous", "ana")
    assert "Objet à moi" in desk.get(MESSAGES).text
    assert desk.holdings.proposals.get("p1").state is ProposalState.REVIEWED


def test_a_message_starts_again_from_its_template_in_the_chosen_language_and_the_other_is_kept(desk):
    post(
        desk,
        MESSAGES,
        action="renew_a",
        lang_a="en",
        subject_a="x",
        body_a="x",
        subject_b="mien",
        body_b="mien",
    )
    kept = desk.holdings.drafts.of("p1")
    assert kept["a"].body.startswith("Dear Sir or Madam")
    assert (kept["b"].subject, kept["b"].body) == ("mien", "mien")


def test_introducing_is_a_step_with_its_time_and_what_is_next(desk):
    answer = post(
        desk, MESSAGES, action="introduce", revision="2", minutes="15", activity="mise_en_relation",
        next_activity="rencontre", until="2027-01-15", note="envoyé", body_a="Mot gardé",
    )  # fmt: skip
    assert answer.url.path == FOLLOWED
    held = desk.holdings.proposals.get("p1")
    assert (held.state, held.next_activity, held.until) == (
        ProposalState.INTRODUCED, "rencontre", date(2027, 1, 15),
    )  # fmt: skip
    step = desk.holdings.proposals.steps("p1")[-1].decision
    assert (step.minutes, step.activity, step.note, step.by) == (15, "mise_en_relation", "envoyé", "ana")
    assert desk.holdings.drafts.of("p1")["a"].body == "Mot gardé"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"revision": "1"}, 409),
        ({"revision": "2", "minutes": "beaucoup"}, 422),
        ({"revision": "2", "activity": "sieste"}, 422),
        ({"revision": "2", "until": "demain"}, 422),
        ({"revision": "2", "subject_a": "a\nBcc: x@y.fr"}, 422),
    ],
)
def test_what_is_refused_loses_no_word(desk, fields, status):
    answer = post(desk, MESSAGES, action="introduce", **{"body_b": "Mot à garder", **fields})
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "Mot à garder" in answer.text
    assert desk.holdings.proposals.get("p1").state is ProposalState.REVIEWED


def test_only_a_retained_pair_is_introduced(desk):
    answer = desk.get("/paires/p2/mise-en-relation")
    assert "n'est pas retenue" in answer.text
    assert "<textarea" not in answer.text


def test_only_whoever_has_the_pair_sees_the_address_and_introduces(desk):
    assert "mairie@exemple.fr" in desk.get(MESSAGES).text
    desk.holdings.proposals.decide("p1", Decision(Action.ASSIGN, "ana", catalyst="yann"), NOW)
    text = desk.get(MESSAGES).text
    assert "mairie@exemple.fr" not in text
    assert "Yann suit cette paire" in text
    assert post(desk, MESSAGES, action="introduce", revision="3").status_code == 409


def test_a_message_is_downloaded_as_it_stands_and_no_header_slips_in(desk):
    fields = {"subject_a": "Objet é", "body_a": "Ligne 1\nLigne 2 é", "csrf": token(desk.get(MESSAGES))}
    answer = desk.post(f"{MESSAGES}/a.eml", data=fields)
    assert answer.headers["content-type"] == "message/rfc822"
    message = message_from_bytes(answer.content, policy=policy.default)
    assert (message["To"], message["Subject"], message["X-Unsent"]) == ("mairie@exemple.fr", "Objet é", "1")
    assert message.get_content().splitlines() == ["Ligne 1", "Ligne 2 é"]
    assert desk.holdings.drafts.of("p1")["a"].subject == "Objet é"
    evil = desk.post(f"{MESSAGES}/a.eml", data=fields | {"subject_a": "x\r\nBcc: y@z.fr"})
    assert evil.status_code == 422
    assert desk.post(f"{MESSAGES}/c.eml", data=fields).status_code == 422


@pytest.mark.parametrize(
    "address",
    [MESSAGES, FOLLOWED, f"{MESSAGES}/a.eml", "/passation"],
    ids=["messages", "suivi", "eml", "passation"],
)
def test_nothing_is_written_without_the_token(desk, address):
    form = {"action": "note", "note": "n", "body_a": "x", "de": "ana", "a": "yann"}
    assert desk.post(address, data=form).status_code == 403
    assert desk.holdings.drafts.of("p1") == {}
    assert desk.holdings.proposals.get("p1").revision == 2


@pytest.mark.parametrize("proposal", ["away", "p3", "nobody"])
def test_pairs_of_other_territories_and_tenants_are_unknown(desk, proposal):
    for page in ("mise-en-relation", "suivi"):
        assert desk.get(f"/paires/{proposal}/{page}").status_code == 404
        form = {"csrf": token(desk.get(FOLLOWED)), "action": "note", "note": "n"}
        assert desk.post(f"/paires/{proposal}/{page}", data=form).status_code == 404
    assert desk.holdings.views.of("away", 10) == []


def test_opening_a_pair_is_remembered_with_who_and_shown_in_the_history(desk):
    desk.get(FOLLOWED)
    assert [view.person for view in desk.holdings.views.of("p1", 10)] == ["ana"]
    assert "Ana a ouvert la paire" in desk.get(FOLLOWED).text


def test_the_chain_is_walked_from_the_page_to_an_alliance_that_is_recorded_with_its_outcome(desk):
    walk(desk, Action.INTRODUCE)
    post(desk, FOLLOWED, action="meet", minutes="60", activity="rencontre", next_activity="identification")
    post(desk, FOLLOWED, action="ally", type="innovation_societale", minutes="30")
    [alliance] = desk.holdings.store.alliances()
    assert (alliance.type, alliance.introduced_by) == ("innovation_societale", "ana")
    text = desk.get(FOLLOWED).text
    assert "Suivi à 3 mois" in text
    post(
        desk, FOLLOWED, action="follow_up", month="3", performance="2", confiance="-1", counterfactual="no",
        minutes="15",
    )  # fmt: skip
    [alliance] = desk.holdings.store.alliances()
    assert alliance.outcome == Outcome(2, None, -1)
    assert not alliance.is_positive
    assert "Suivi à 6 mois" in desk.get(FOLLOWED).text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "ally", "type": "mecenat"}, 409),
        ({"action": "review"}, 422),
        ({"action": "follow_up", "performance": "9"}, 422),
        ({"action": "log_time", "minutes": "0"}, 422),
        ({"action": "note", "note": ""}, 422),
        ({"action": "note", "note": "mot", "revision": "1"}, 409),
        ({"action": "assign", "catalyst": "zoe"}, 422),
        ({"action": "assign", "catalyst": "mallory"}, 422),
    ],
)
def test_a_refused_step_says_why_and_changes_nothing(desk, fields, status):
    answer = post(desk, FOLLOWED, **fields)
    assert (answer.status_code, 'role="alert"' in answer.text) == (status, True)
    assert desk.holdings.proposals.get("p1").revision == 2


def test_minutes_are_logged_in_one_press_and_lead_back_to_where_it_was(desk):
    walk(desk, Action.INTRODUCE, next_activity="rencontre")
    board = desk.get("/suivi").text
    assert '<button name="minutes" value="15"' in board
    answer = post(
        desk, FOLLOWED, page="/suivi", follow=False, action="log_time", minutes="15", activity="rencontre",
        suite="/suivi?vue=tableau",
    )  # fmt: skip
    assert answer.headers["location"] == "/suivi?vue=tableau"
    assert desk.holdings.proposals.steps("p1")[-1].decision.minutes == 15
    away = post(desk, FOLLOWED, follow=False, action="log_time", minutes="5", suite="//elsewhere.example")
    assert away.headers["location"] == "/a-examiner"


def test_the_board_and_the_list_show_my_territories_only_and_filter(desk):
    walk(desk, Action.REVIEW, proposal="away")
    for view in ("tableau", "liste"):
        text = desk.get(f"/suivi?vue={view}").text
        assert f'href="{FOLLOWED}"' in text
        assert "/paires/away/" not in text
        assert FOLLOWED not in desk.get(f"/suivi?vue={view}&qui=yann").text
        assert FOLLOWED in desk.get(f"/suivi?vue={view}&qui=ana&secteur=").text
    assert FOLLOWED not in desk.get("/suivi?vue=liste&etat=alliance").text
    assert FOLLOWED in desk.get("/suivi?vue=liste&etat=reviewed").text


def test_what_is_due_is_on_top(desk):
    until = NOW.date() - timedelta(days=1)
    desk.holdings.proposals.decide(
        "p2", Decision(Action.POSTPONE, "ana", reason="bad_timing", until=until), NOW
    )
    due = desk.get("/suivi").text.split("À faire maintenant")[1].split("</section>")[0]
    assert "/paires/p2/suivi" in due
    assert "à reprendre" in due


def test_a_desk_without_pairs_or_territories_says_what_to_do(desk):
    walk(desk, Action.DECLINE)
    assert "Rien à suivre" in desk.get("/suivi").text
    access = desk.app.state.tenants.backend.access
    access.put_person(replace(access.person("default", "ana"), territories=()))
    for address in ("/suivi", "/suivi?vue=liste", "/passation"):
        assert desk.get(address).status_code == 200
        assert "/paires/" not in desk.get(address).text
    assert desk.get("/temps").status_code == 422


def test_all_open_pairs_go_to_a_colleague_as_far_as_their_territories_go(desk):
    walk(desk, Action.REVIEW, proposal="p2")
    walk(desk, Action.REVIEW, proposal="away")
    answer = post(desk, "/passation", de="ana", a="yann", note="je pars")
    assert "2 paires confiées à Yann." in answer.text
    proposals = desk.holdings.proposals
    assert [proposals.get(one).catalyst for one in ("p1", "p2", "away")] == ["yann", "yann", "ana"]
    last = proposals.steps("p1")[-1].decision
    assert (last.action, last.by, last.catalyst, last.note) == (Action.ASSIGN, "ana", "yann", "je pars")


def test_pairs_that_a_colleague_may_not_see_stay(desk):
    answer = post(desk, "/passation", de="ana", a="zoe")
    assert "1 reste" in answer.text
    assert desk.holdings.proposals.get("p1").catalyst == "ana"


@pytest.mark.parametrize(("giver", "taker"), [("ana", "ana"), ("ana", "mallory"), ("", "yann"), ("ana", "")])
def test_a_handover_needs_two_people_of_the_tenant(desk, giver, taker):
    assert post(desk, "/passation", de=giver, a=taker).status_code == 422
    assert desk.holdings.proposals.get("p1").catalyst == "ana"


def reported(desk):
    walk(desk, Action.INTRODUCE, minutes=15, activity="mise_en_relation")
    walk(desk, Action.MEET, minutes=60, activity="rencontre")
    walk(desk, Action.LOG_TIME, minutes=25, activity="formation")
    walk(desk, Action.REVIEW, proposal="away", minutes=500)
    return f"du={NOW.date() - timedelta(days=1)}&au={NOW.date()}"


def test_the_report_is_of_my_territories_alone(desk):
    period = reported(desk)
    text = desk.get(f"/temps?{period}").text
    assert "<dd>1 h 40</dd>" in text
    assert "formation aux nouvelles pratiques" in text
    assert desk.get(f"/temps?{period}&metier=accompagnement").text.count("<dd>25 min</dd>") == 1
    assert desk.get(f"/temps?{period}&lieu=35236").status_code == 422
    assert desk.get("/temps?du=2020-01-01&au=2020-12-31").text.count("Rien n'a été noté") == 1


def test_a_report_asked_for_while_the_index_is_built_says_to_come_back(desk):
    desk.app.state.tenants.warming = True
    answer = desk.get("/temps", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Recommencez dans un moment" in answer.text


@pytest.mark.parametrize(
    "asked", ["du=hier", "du=2026-02-01&au=2026-01-01", "metier=sieste", "du=0001-01-01"]
)
def test_a_period_that_is_none_is_refused_on_the_page(desk, asked):
    answer = desk.get(f"/temps?{asked}")
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert desk.get(f"/temps.csv?{asked}").status_code == 422


def test_the_csv_opens_in_a_french_excel_and_adds_up(desk):
    answer = desk.get(f"/temps.csv?{reported(desk)}")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Rubrique", "Ligne", "Indicateur", "Valeur"]
    by_activity = [int(row[3]) for row in rows if row[0] == "Par métier" and row[2] == "Minutes"]
    assert sorted(by_activity) == [15, 25, 60]
    assert ["Synthèse", "Heures", "Valeur", "1,67"] in rows
    assert "attachment" in answer.headers["content-disposition"]


def test_no_cell_is_a_formula(desk):
    evil = '=HYPERLINK("https://evil.example")'
    here = make_actor("z", name=evil, needs=(Need("+1+1"), Need("@SUM(A1)"))).territory
    at_home = replace(here, commune="46102", epci="246", departement="46", region="76")
    desk.holdings.store.put_actors(
        [make_actor("z", name=evil, territory=at_home, needs=(Need("+1+1"), Need("@SUM(A1)")))]
    )
    rows = list(csv.reader(io.StringIO(desk.get("/temps.csv").content.decode("utf-8-sig")), delimiter=";"))
    assert any(evil in row[1] for row in rows)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "-"))]
    book = openpyxl.load_workbook(io.BytesIO(desk.get("/temps.xlsx").content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell for cell in cells if cell.value == evil]
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_the_workbook_has_a_sheet_a_table_and_the_same_sum(desk):
    book = openpyxl.load_workbook(io.BytesIO(desk.get(f"/temps.xlsx?{reported(desk)}").content))
    assert book.sheetnames == [
        "Synthèse", "Par métier", "Par mois", "Par territoire", "Effets", "Besoins sans réponse",
    ]  # fmt: skip
    rows = list(book["Par métier"].iter_rows(min_row=2, values_only=True))
    assert sum(row[2] for row in rows) == 100
    english = openpyxl.load_workbook(
        io.BytesIO(desk.get("/temps.xlsx", headers={"accept-language": "en"}).content)
    )
    assert english.sheetnames[0] == "Summary"


def test_platforms_read_the_same_report_as_json(desk):
    reported(desk)
    key = desk.key(Scope.READ)
    day = NOW.date().isoformat()
    whole = desk.get(f"/v1/report?start={day}&end={day}", headers=key).json()
    assert whole["minutes"] == 600
    here = desk.get(f"/v1/report?start={day}&end={day}&place=46102", headers=key).json()
    assert (here["minutes"], here["reached"]["introduce"]) == (100, 1)
    assert sum(one["minutes"] for one in here["metiers"]) == 100
    assert json.dumps(here)
    theirs = desk.key(Scope.READ, tenant="autre")
    assert desk.get(f"/v1/report?start={day}&end={day}", headers=theirs).json()["minutes"] == 0
    for wrong in ("start=2026-02-01&end=2026-01-01", "start=x&end=y", f"start={day}&end={day}&metier=sieste"):
        assert desk.get(f"/v1/report?{wrong}", headers=key).status_code == 422
