"""A catalyst's whole way in a real browser: from signing in to the report, with and without scripts."""

import pytest
from playwright.sync_api import expect

from matcher.proposals import ProposalQuery, ProposalState
from tests.browser.conftest import PASSWORD, sign_in


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_from_signing_in_to_the_report(script, make_page, own_site):
    page = sign_in(make_page(script=script), own_site)
    page.locator(".proposal h2 a").first.click()
    expect(page.get_by_role("heading", name="Qui répond à quoi")).to_be_visible()
    page.get_by_label("3 excellente").check()
    page.locator("input[name=minutes]").fill("4")
    page.get_by_role("button", name="Retenir").click()
    assert "Paire retenue." in page.get_by_role("status").first.inner_text()
    page.get_by_role("link", name="Mettre en relation").click()
    assert page.locator("textarea[name^=body_]").first.input_value()
    page.get_by_role("button", name="Marquer comme mis en relation").click()
    pair = own_site.tenant.holdings.proposals.find(
        ProposalQuery(states=[ProposalState.INTRODUCED]), 1
    ).proposals[0]
    page.goto(f"{own_site.url}/paires/{pair.id}")
    page.get_by_role("link", name="Suivre la paire").click()
    page.get_by_role("button", name="Noter la rencontre").click()
    page.get_by_label("Type d'alliance").select_option(index=1)
    page.get_by_role("button", name="Noter l'alliance").click()
    after = own_site.tenant.holdings.proposals.get(pair.id)
    assert after.state is ProposalState.ALLIANCE
    assert after.grade == 3
    page.get_by_role("link", name="Temps invisible").click()
    told = page.locator("main").inner_text()
    assert "1 h 49" in told  # 4 to review, 15 to introduce, 60 to meet, 30 to ally


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_declining_asks_for_a_reason_and_is_undone(script, make_page, own_site):
    page = sign_in(make_page(script=script), own_site)
    page.locator(".proposal h2 a").first.click()
    page.get_by_text("Décliner…").click()
    page.get_by_role("button", name="Décliner", exact=True).click()
    assert "Choisissez une raison" in page.get_by_role("alert").inner_text()
    page.get_by_label("Pourquoi ?").select_option(index=1)
    page.get_by_role("button", name="Décliner", exact=True).click()
    assert "Paire déclinée" in page.get_by_role("status").first.inner_text()
    page.get_by_role("button", name="Annuler la dernière étape").click()
    assert "Dernière étape annulée." in page.get_by_role("status").first.inner_text()
    expect(page.get_by_role("button", name="Retenir")).to_be_visible()


def test_several_pairs_are_postponed_from_the_queue_without_scripts(make_page, own_site):
    page = sign_in(make_page(script=False), own_site)
    first = page.locator(".proposal h2 a").first.inner_text()
    page.locator(".proposal input[type=checkbox]").nth(0).check()
    page.locator(".proposal input[type=checkbox]").nth(1).check()
    page.get_by_role("button", name="Reporter").click()
    assert "2 paires reportées." in page.get_by_role("status").first.inner_text()
    assert first not in page.locator(".cards").inner_text()


def test_the_keyboard_decides(make_page, own_site):
    page = sign_in(make_page(), own_site)
    page.keyboard.press("?")
    expect(page.get_by_text("ouvrir la première paire")).to_be_visible()
    page.keyboard.press("o")
    page.wait_for_url("**/paires/*")
    page.keyboard.press("2")
    assert page.get_by_label("2 bonne").is_checked()
    page.keyboard.press("d")
    expect(page.get_by_label("Pourquoi ?")).to_be_visible()
    page.get_by_label("Commentaire").fill("on parle de r et de n")  # typing is not a shortcut
    page.locator("h1").click()
    page.keyboard.press("r")
    page.wait_for_url("**fait=review")
    assert own_site.tenant.holdings.proposals.counts(ProposalQuery())[ProposalState.REVIEWED] == 1


def test_a_filter_is_kept_and_used_again(make_page, own_site):
    page = sign_in(make_page(), own_site)
    page.get_by_text("Filtrer").first.click()
    page.get_by_label("Besoin ou nom").fill("velo")
    page.get_by_role("button", name="Filtrer").click()
    page.get_by_label("Garder ce filtre sous le nom").fill("Vélos")
    page.get_by_role("button", name="Garder", exact=True).click()
    page.goto(f"{own_site.url}/a-examiner")
    page.get_by_role("link", name="Vélos").click()
    assert page.get_by_label("Besoin ou nom").input_value() == "velo"


@pytest.mark.parametrize("away", ["https://example.org", "//example.org", "/%5Cexample.org"])
def test_signing_in_never_leads_to_another_host(away, make_page, site):
    page = make_page()
    page.goto(f"{site.url}/connexion?suite={away}")
    page.get_by_label("Nom").fill("Ana")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    assert page.url == f"{site.url}/a-examiner"
