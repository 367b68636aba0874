"""The way from a retained pair to its report in a real browser, with and without JavaScript."""

import pytest
from playwright.sync_api import expect

from matcher.proposals import ProposalQuery, ProposalState
from tests.browser.conftest import sign_in


def first_suggested(site):
    proposals = site.tenant.holdings.proposals
    return proposals.find(ProposalQuery(states=[ProposalState.SUGGESTED]), 1).proposals[0].id


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_pair_goes_from_retained_to_the_report(make_page, own_site, script):
    site = own_site
    proposals = site.tenant.holdings.proposals
    pair = first_suggested(site)
    page = sign_in(make_page(script=script), site)
    page.goto(f"{site.url}/paires/{pair}")
    page.locator("button[name=action][value=review]").click()
    page.goto(f"{site.url}/paires/{pair}/mise-en-relation")
    first = page.get_by_label("Message").first
    first.fill(f"{first.input_value()}\n\nP.-S. : je serai à Redon jeudi.")
    button(page, "Enregistrer les brouillons").click()
    assert "je serai à Redon jeudi" in page.get_by_label("Message").first.input_value()
    page.get_by_label("Minutes passées").fill("25")
    button(page, "Marquer comme mis en relation").click()
    page.wait_for_url("**/suivi")
    button(page, "Noter la rencontre").click()
    page.get_by_label("Type d'alliance").select_option("mecenat")
    button(page, "Noter l'alliance").click()
    page.get_by_label("Confiance").select_option("3")
    page.get_by_label("Serait-ce arrivé sans nous").select_option("no")
    button(page, "Enregistrer le suivi").click()
    expect(page.get_by_text("Suivi à 6 mois")).to_be_visible()
    button(page, "30 min").click()
    alliance = next(one for one in site.tenant.holdings.store.alliances() if one.id == f"proposal-{pair}")
    assert (alliance.introduced_by, alliance.outcome.confiance) == ("Ana", 3)
    logged = sum(step.decision.minutes for step in proposals.steps(pair))
    page.goto(f"{site.url}/temps")
    told = page.locator("dl.counts").inner_text()
    hours, rest = divmod(logged, 60)
    assert f"{hours} h {rest:02}" in told
    expect(page.get_by_role("row", name="mise en relation 25 min")).to_be_visible()


def test_time_is_logged_in_two_clicks_from_the_board(make_page, own_site):
    pair = first_suggested(own_site)
    page = sign_in(make_page(), own_site)
    page.goto(f"{own_site.url}/paires/{pair}")
    page.locator("button[name=action][value=review]").click()
    page.goto(f"{own_site.url}/suivi")
    page.get_by_text("Noter du temps").first.click()
    page.get_by_role("button", name="Noter 15 minutes").first.click()
    page.wait_for_url("**/suivi?vue=tableau")
    assert own_site.tenant.holdings.proposals.steps(pair)[-1].decision.minutes == 15


def test_a_message_is_copied_and_the_link_to_the_mail_program_follows_what_is_typed(make_page, own_site):
    pair = first_suggested(own_site)
    page = sign_in(make_page(), own_site)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{own_site.url}/paires/{pair}")
    page.locator("button[name=action][value=review]").click()
    page.goto(f"{own_site.url}/paires/{pair}/mise-en-relation")
    page.get_by_label("Objet").first.fill("Un objet & demi")
    page.get_by_label("Message").first.fill("Bonjour\nvous")
    link = page.get_by_role("link", name="Ouvrir dans ma messagerie").first.get_attribute("href")
    assert link.startswith("mailto:")
    assert link.endswith("?subject=Un%20objet%20%26%20demi&body=Bonjour%0D%0Avous")
    button(page, "Copier").first.click()
    expect(page.get_by_role("status").filter(has_text="Copié.").first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "Un objet & demi\n\nBonjour\nvous"
    with page.expect_download() as saved:
        button(page, "Télécharger (.eml)").first.click()
    assert saved.value.suggested_filename == "mise-en-relation-a.eml"


def test_the_report_prints_without_menus_and_forms(make_page, own_site):
    page = sign_in(make_page(), own_site, to="/temps")
    page.emulate_media(media="print")
    expect(page.locator("dl.counts")).to_be_visible()
    for part in ("form", ".top nav", ".foot"):
        assert not page.locator(part).first.is_visible()
