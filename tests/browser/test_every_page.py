"""What every page owes its visitors. Add a page: a name, and its address or a function that finds it on a site."""

from itertools import groupby
from urllib.parse import urlsplit

import pytest

from matcher.proposals import ProposalQuery, ProposalState
from service.import_work import read_for_preview
from tests.browser.conftest import NAME, PASSWORD, SPREADSHEET, sign_in
from tests.browser.followed import follow, in_state

MOST_BYTES = 100_000
WIDTHS = (1280, 360)


def first_pair(site):
    """The address of the best proposal."""
    return f"/paires/{site.tenant.holdings.proposals.find(ProposalQuery(), 1).proposals[0].id}"


def preview(site):
    """The address of a spreadsheet's preview, made once for all tests."""
    if not PREVIEWS:
        uploads = site.app.state.uploads
        kept = uploads.add("default", NAME, "acteurs.csv", SPREADSHEET.encode())
        read_for_preview(site.tenant, site.access.person("default", NAME), uploads, kept, None)
        PREVIEWS.append(f"/acteurs/importer/{kept.id}")
    return PREVIEWS[0]


def followed(state, page):
    """Finds the address of a page of a pair in a state."""

    def find(site):
        follow(site)
        return f"/paires/{in_state(site, state)}/{page}"

    return find


def with_pairs(address):
    """Finds an address on a site where pairs are followed."""

    def find(site):
        follow(site)
        return address

    return find


PREVIEWS: list[str] = []
OPEN_PAGES = {
    "connexion": "/connexion",
    "accessibilite": "/accessibilite",
    "introuvable": "/nulle-part",
}
SIGNED_IN_PAGES = {
    "a-examiner": "/a-examiner",
    "paire": first_pair,
    "mise-en-relation": followed(ProposalState.REVIEWED, "mise-en-relation"),
    "suivi": with_pairs("/suivi"),
    "suivi-liste": with_pairs("/suivi?vue=liste"),
    "suivi-rencontre": followed(ProposalState.INTRODUCED, "suivi"),
    "suivi-alliance": followed(ProposalState.ALLIANCE, "suivi"),
    "passation": with_pairs("/passation"),
    "temps": with_pairs("/temps"),
    "acteurs": "/acteurs",
    "acteurs-recherche": "/acteurs?texte=un+local+chauff%C3%A9+le+mercredi",
    "acteurs-personne": "/acteurs?nom=introuvable",
    "acteur": "/acteurs/redon-bassin",
    "acteur-nouveau": "/acteurs/nouveau",
    "acteur-modifier": "/acteurs/redon-bassin/modifier",
    "acteurs-importer": "/acteurs/importer",
    "acteurs-apercu": preview,
}
EVERY_PAGE = [*OPEN_PAGES, *SIGNED_IN_PAGES]


def open_page(name, page, site):
    """Go to a page, signed in where it asks for it."""
    if name in SIGNED_IN_PAGES:
        sign_in(page, site)
    page.goto(address_of(name, site))
    return page


def address_of(name, site):
    """The whole address of a page."""
    found = (OPEN_PAGES | SIGNED_IN_PAGES)[name]
    return site.url + (found if isinstance(found, str) else found(site))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", EVERY_PAGE)
def test_a_page_is_accessible_and_fits_its_window(name, lang, width, make_page, site, check_axe, screenshot):
    page = open_page(name, make_page(width, lang), site)
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator("h1").count() == 1
    screenshot(page, name, lang, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_a_page_is_light_and_asks_no_other_host(name, make_page, site):
    page = make_page()
    if name in SIGNED_IN_PAGES:
        sign_in(page, site)
        cookies = page.context.cookies()
        page = make_page()
        page.context.add_cookies(cookies)
    answers, refused = [], []
    page.on("response", lambda answer: answers.extend([answer]))
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    page.goto(address_of(name, site), wait_until="networkidle")
    sizes = [
        sum(answer.request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))
        for answer in answers
    ]
    assert {urlsplit(answer.url).netloc for answer in answers} == {urlsplit(site.url).netloc}
    assert sum(sizes) < MOST_BYTES
    assert [said for said in refused if "404" not in said] == []


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_the_keyboard_reaches_everything_in_the_order_of_reading(name, make_page, site):
    page = open_page(name, make_page(), site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    wanted = page.evaluate(
        """() => [...document.querySelectorAll(
            "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
          .filter((e) => e.checkVisibility()).filter((e) => e.type !== "radio").length"""
    )
    places = []
    for _ in range(wanted + 20):
        places.append(
            page.evaluate("""() => {
            const all = [...document.querySelectorAll("*")];
            return [all.indexOf(document.activeElement), document.activeElement.type || ""]; }""")
        )
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
    once = [stop for stop, _ in groupby(places)]  # a date has a stop for its day, month and year
    others = [place for place, kind in once if kind != "radio"]
    assert others == sorted(set(others))
    assert len(others) >= wanted


def test_the_skip_link_leads_to_the_content(signed_in):
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.press("Enter")
    assert signed_in.evaluate("document.activeElement.id") == "contenu"


def test_a_wrong_password_is_told_to_screen_readers_and_the_name_is_kept(make_page, site):
    page = make_page()
    page.goto(f"{site.url}/connexion")
    page.get_by_label("Nom").fill(NAME)
    page.get_by_label("Mot de passe").fill(f"pas {PASSWORD}")
    page.get_by_role("button", name="Se connecter").click()
    assert "incorrect" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Nom").input_value() == NAME


def test_the_language_is_switched_on_the_page_and_kept(make_page, site):
    page = sign_in(make_page(), site)
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/a-examiner")
    assert page.get_by_role("heading", level=1).inner_text() == "To review"
    page.reload()
    assert page.get_by_role("heading", level=1).inner_text() == "To review"
