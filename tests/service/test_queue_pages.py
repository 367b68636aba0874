"""The queue: filters, a fair order, postponing several, saved filters, and new pairs."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from matcher.access import Person, Scope
from matcher.domain import ActorId, Need
from matcher.proposals import Action, Decision, ProposalId, ProposalQuery, ProposalState
from tests.fakes import REDON, make_actor
from tests.service.visits import proposal, sign_in, token

FAR = ("97415", "FR")


def shown(answer):
    """The ids of the pairs of a page, in order."""
    return re.findall(r'<h2><a href="/paires/([^"]+)"', answer.text)


def test_the_same_actors_do_not_fill_the_top(redon):
    redon.holdings.proposals.add(
        [proposal(f"g{other}", "g", other, 90.0 - n) for n, other in enumerate("hijk")]
    )
    redon.holdings.proposals.add([proposal("lm", "l", "m", 40.0)])
    assert shown(redon.get("/a-examiner")) == ["gh", "gi", "lm", "gj", "gk"]


def test_what_actors_have_in_hand_is_told_and_counts(redon):
    redon.holdings.proposals.add([proposal("gh", "g", "h", 90), proposal("gi", "g", "i", 80)])
    redon.holdings.proposals.add([proposal("gj", "g", "j", 70), proposal("kl", "k", "l", 60)])
    redon.holdings.proposals.decide(ProposalId("gh"), Decision(Action.REVIEW, "ana"), datetime.now(UTC))
    page = redon.get("/a-examiner")
    assert "Nom g : déjà 1 mise en relation en cours, capacité 2." in page.text
    redon.holdings.proposals.decide(ProposalId("gi"), Decision(Action.REVIEW, "ana"), datetime.now(UTC))
    page = redon.get("/a-examiner")
    assert shown(page) == ["kl", "gj"]
    assert "Nom g ne peut plus recevoir de mise en relation (2 en cours, capacité 2)." in page.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("besoin=HÉRON", ["one"]),
        ("besoin=heron+zzz", []),
        ("secteur=economique", ["one"]),
        ("secteur=economique&secteur=public", ["one", "two"]),
        ("theme=017000", ["two"]),
        ("type=mecenat", ["one"]),
        ("age=semaine", ["one"]),
        ("age=mois", ["one"]),
        ("age=avant", ["two"]),
        ("territoire=Redon", ["one", "two"]),
    ],
)
def test_filters_keep_what_they_say(redon, asked, found):
    old = datetime.now(UTC) - timedelta(days=40)
    redon.holdings.proposals.add(
        [
            proposal("one", "g", "h", 60, sectors=("economique",), types=("mecenat",), words="le heron"),
            proposal("two", "i", "j", 50, sectors=("public",), themes=("017000",), created=old),
        ]
    )
    page = redon.get(f"/a-examiner?{asked}")
    assert shown(page) == found
    assert ("Aucune paire avec ces filtres" in page.text) == (not found)


def test_a_place_that_is_nowhere_is_told_and_what_was_typed_stays(redon):
    page = redon.get("/a-examiner?territoire=Atlantide")
    assert page.status_code == 422
    assert "Aucun acteur n&#39;est à « Atlantide »" in page.text
    assert 'value="Atlantide"' in page.text


def test_another_territory_in_the_address_shows_nothing_of_it(redon):
    redon.holdings.store.put_actors(
        [make_actor("z", territory=replace(REDON, commune="97415", commune_name="Saint-Paul"))]
    )
    redon.holdings.proposals.add([proposal("away", "y", "z", 90, places=FAR)])
    assert shown(redon.get("/a-examiner?territoire=Saint-Paul")) == []
    assert redon.get("/paires/away").status_code == 404


def test_pages_of_twenty_follow_one_another(redon):
    redon.holdings.proposals.add(proposal(f"x{n}", f"p{n}", f"q{n}", 90.0 - n) for n in range(45))
    pages = [shown(redon.get(f"/a-examiner?page={number}")) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert len({one for page in pages for one in page}) == 45


def test_several_pairs_are_postponed_at_once_and_come_back_on_their_day(redon):
    redon.holdings.proposals.add([proposal(name, name, f"{name}z") for name in ("one", "two", "three")])
    csrf = token(redon.get("/a-examiner"))
    reason = next(iter(redon.app.state.tenants.of("default").workspace.parts.taxonomy.postpone_reasons))
    form = {"csrf": csrf, "paire": ["one", "two", "p2", "none"], "raison": reason, "jusque": "2099-01-01"}
    page = redon.post("/a-examiner/reporter", data=form)
    assert "2 paires reportées." in page.text
    assert shown(page) == ["three"]
    assert redon.holdings.proposals.get(ProposalId("p2")).state is ProposalState.SUGGESTED
    past = Decision(Action.POSTPONE, "ana", reason=reason, until=datetime.now(UTC).date())
    redon.holdings.proposals.decide(ProposalId("three"), past, datetime.now(UTC))
    assert "reportée, à revoir" in redon.get("/a-examiner").text


def test_postponing_without_a_reason_changes_nothing(redon):
    redon.holdings.proposals.add([proposal("one", "g", "h")])
    form = {"csrf": token(redon.get("/a-examiner")), "paire": ["one"]}
    assert redon.post("/a-examiner/reporter", data=form).status_code == 422
    assert redon.holdings.proposals.get(ProposalId("one")).state is ProposalState.SUGGESTED


def test_a_filter_is_kept_by_its_name_for_its_person_alone_and_forgotten(redon):
    csrf = token(redon.get("/a-examiner"))
    kept = redon.post("/a-examiner/filtres", data={"csrf": csrf, "nom": "Vélos", "suite": "besoin=velo"})
    assert 'href="/a-examiner?besoin=velo"' in kept.text
    assert redon.holdings.saved_filters.of("somebody else") == []
    gone = redon.post("/a-examiner/filtres/oublier", data={"csrf": csrf, "nom": "Vélos"})
    assert "Vélos" not in gone.text
    assert redon.post("/a-examiner/filtres", data={"csrf": csrf, "nom": " "}).status_code == 422


def test_new_pairs_enter_the_queue_when_they_are_looked_for(redon):
    giver = make_actor("giver", sector="public", needs=(), territory=REDON)
    redon.holdings.store.put_actors(
        [giver, make_actor("seeker", needs=(Need("réparer des vélos"),), skills=())]
    )
    page = redon.post("/a-examiner/chercher", data={"csrf": token(redon.get("/a-examiner"))})
    assert "dans la file" in page.text
    assert redon.holdings.proposals.of_pair(ActorId("giver"), ActorId("seeker")) is not None
    held = len(redon.holdings.proposals.waiting(ProposalQuery()))
    again = redon.post("/a-examiner/chercher", data={"csrf": token(page)})
    assert len(redon.holdings.proposals.pairs()) >= held
    assert "dans la file" in again.text


def test_somebody_without_a_territory_sees_nothing_and_looks_for_nothing(pages):
    access = pages.app.state.tenants.backend.access
    held = access.person("default", "ana")
    access.put_person(Person("ana", "default", "Ana", frozenset({Scope.REVIEW}), held.password))
    sign_in(pages)
    page = pages.get("/a-examiner")
    assert shown(page) == []
    assert pages.post("/a-examiner/chercher", data={"csrf": token(page)}).status_code == 403


@pytest.mark.parametrize("path", ["reporter", "filtres", "filtres/oublier", "chercher"])
def test_nothing_is_done_without_the_token(redon, path):
    assert redon.post(f"/a-examiner/{path}", data={"nom": "x", "paire": "p1"}).status_code == 403
