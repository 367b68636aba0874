"""The page of a pair: what it shows, and how it is decided."""

from datetime import UTC, datetime

import pytest

from matcher.proposals import Action, Decision, ProposalId, ProposalState
from tests.service.visits import proposal, sign_in, token


@pytest.fixture
def pair(redon):
    redon.holdings.proposals.add([proposal("gh", "g", "h", 61.5), proposal("ij", "i", "j", 50)])
    redon.address = "/paires/gh"
    return redon


def post(pair, action, **fields):
    held = pair.holdings.proposals.get(ProposalId("gh"))
    form = {"csrf": token(pair.get(pair.address)), "action": action, "revision": str(held.revision)}
    return pair.post(pair.address, data=form | fields)


def state(pair):
    return pair.holdings.proposals.get(ProposalId("gh")).state


def reason(pair, words):
    return next(iter(getattr(pair.app.state.tenants.of("default").workspace.parts.taxonomy, words)))


def test_each_side_says_it_in_its_own_words_and_the_way_that_nothing_answers_is_told(pair):
    page = pair.get(pair.address).text
    assert "besoin de g" in page
    assert "apport de h" in page
    assert "sens unique" in page
    assert "Rien de net ne répond aux besoins de Organisation h" in page


def test_the_lines_of_the_score_add_up_to_it_and_are_in_words(pair):
    page = pair.get(pair.address).text
    assert "besoins de Organisation g, compétences de Organisation h" in page
    assert "+61,5" in page
    assert '<td class="number">61,5</td>' in page


def test_a_grade_comment_and_time_are_kept_with_the_decision(pair):
    page = post(pair, "review", grade="3", note="Se connaissent déjà", minutes="4")
    assert "Paire retenue." in page.text
    assert "Se connaissent déjà" in page.text
    step = pair.holdings.proposals.steps(ProposalId("gh"))[0]
    assert (step.decision.grade, step.decision.minutes, step.decision.by) == (3, 4, "ana")


def test_declining_needs_a_reason_and_what_was_typed_is_kept(pair):
    refused = post(pair, "decline", note="trop loin")
    assert refused.status_code == 422
    assert "Choisissez une raison dans la liste." in refused.text
    assert "trop loin</textarea>" in refused.text
    assert state(pair) is ProposalState.SUGGESTED
    post(pair, "decline", reason_decline=reason(pair, "decline_reasons"))
    assert state(pair) is ProposalState.DECLINED


def test_a_pair_is_postponed_until_a_day_and_taken_up_again(pair):
    post(pair, "postpone", reason_postpone=reason(pair, "postpone_reasons"), until="2099-05-01")
    assert "jusqu'au 1 mai 2099" in pair.get(pair.address).text
    post(pair, "reopen")
    assert state(pair) is ProposalState.SUGGESTED


def test_a_step_is_undone_and_the_history_keeps_both(pair):
    post(pair, "review")
    page = post(pair, "undo")
    assert state(pair) is ProposalState.SUGGESTED
    assert page.text.count('<li><span class="soft small">') == 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"minutes": "9999"}, "Donnez les minutes"),
        ({"minutes": "une"}, "Donnez les minutes"),
        ({"grade": "7"}, "Choisissez une note"),
        ({"note": "x" * 4_001}, "Écrivez un commentaire"),
    ],
)
def test_a_wrong_value_is_told_in_french_and_nothing_is_kept(pair, fields, told):
    refused = post(pair, "review", **fields)
    assert refused.status_code == 422
    assert told in refused.text
    assert state(pair) is ProposalState.SUGGESTED


def test_a_step_that_is_no_longer_possible_says_where_the_pair_is(pair):
    post(pair, "decline", reason_decline=reason(pair, "decline_reasons"))
    assert "la paire est « déclinée »" in post(pair, "review").text


@pytest.mark.parametrize("action", ["introduce", "ally", "assign", "drop table"])
def test_other_steps_are_not_taken_here(pair, action):
    assert post(pair, action).status_code in (409, 422)
    assert state(pair) is ProposalState.SUGGESTED


def test_the_next_pair_is_one_key_away(pair):
    assert '<a href="/paires/ij" data-key="n">' in pair.get(pair.address).text


def test_under_blind_review_the_score_shows_after_ones_own_judgement(pair):
    tenants = pair.app.state.tenants
    tenants.settings = tenants.settings.model_copy(update={"blind_review": True})
    assert "Caché jusqu" in pair.get(pair.address).text
    assert "61,5" not in pair.get(pair.address).text
    assert 'class="score"' not in pair.get("/a-examiner").text
    pair.holdings.proposals.decide(
        ProposalId("gh"), Decision(Action.GRADE, "somebody else", grade=1), datetime.now(UTC)
    )
    assert "Caché jusqu" in pair.get(pair.address).text
    assert "61,5" in post(pair, "grade", grade="2").text


def test_a_public_buyer_and_a_business_meet_for_sourcing_only(pages):
    sign_in(pages)
    page = pages.get("/paires/p1")
    assert "Ce n'est pas une attribution" in page.text
    assert "à vérifier" in page.text
