"""The way of an actor in a real browser: added, found, read, proposed; and a spreadsheet imported."""

import re

import pytest

from matcher.access import Scope
from matcher.domain import ActorId
from tests.browser.conftest import SPREADSHEET, sign_in

NEED = "un four à pain qui chauffe le jeudi soir"
SKILL = "une carriole électrique et son conducteur le samedi matin"


def add_actor(page, site):
    """Fill the form of a new actor as a visitor does."""
    page.goto(f"{site.url}/acteurs")
    page.get_by_role("link", name="Ajouter un acteur").click()
    page.get_by_label("Nom de l'organisation").fill("Le Fournil du Canal")
    page.get_by_label("Secteur").select_option("interet_general")
    page.get_by_label("Registre").select_option("associatif")
    page.get_by_label("Commune").fill("Redon")
    page.get_by_label("Besoin 1").fill(NEED)
    page.get_by_label("Contribution 1").fill(SKILL)
    page.get_by_label("Mises en relation possibles").fill("2")
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url("**/acteurs/le-fournil-du-canal-redon?fait=ajoute")


@pytest.mark.parametrize("script", [True, False])
def test_an_actor_is_added_found_read_and_proposed(script, make_page, own_site, check_axe):
    page = sign_in(make_page(script=script), own_site)
    add_actor(page, own_site)
    assert "ajouté" in page.get_by_role("status").inner_text()
    assert "Deux phrases suffisent" in page.inner_text("main")
    page.goto(f"{own_site.url}/acteurs")
    page.get_by_label("Un besoin ou une contribution").fill(SKILL)
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Le Fournil du Canal").click()
    assert SKILL in page.inner_text("main")
    page.get_by_role("button", name=re.compile("Proposer cette paire")).first.click()
    page.wait_for_url("**/paires/*")
    assert "Le Fournil du Canal" in page.inner_text("main")
    page.go_back()
    page.reload()
    assert page.get_by_role("link", name="Déjà proposée").count() == 1
    if script:
        check_axe(page)


def test_mistakes_are_told_beside_their_fields_and_what_was_typed_is_kept(make_page, own_site, check_axe):
    page = sign_in(make_page(360), own_site)
    page.goto(f"{own_site.url}/acteurs/nouveau")
    page.get_by_label("Besoin 1").fill(NEED)
    page.get_by_label("Commune").fill("Atlantide")
    page.get_by_role("button", name="Enregistrer").click()
    assert "4 champ(s)" in page.get_by_role("alert").inner_text()
    wrong = page.locator("[aria-invalid=true]")
    assert [wrong.nth(n).get_attribute("name") for n in range(wrong.count())] == [
        "name",
        "sector",
        "register",
        "commune",
    ]
    told = page.locator(f"#{wrong.nth(3).get_attribute('aria-describedby').split()[-1]}")
    assert "Aucune commune de ce nom" in told.inner_text()
    assert page.get_by_label("Besoin 1").input_value() == NEED
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    check_axe(page)


def test_a_button_adds_empty_lines_with_labels_of_their_own(make_page, site, check_axe):
    page = sign_in(make_page(), site)
    page.goto(f"{site.url}/acteurs/nouveau")
    page.get_by_role("button", name="Ajouter un besoin").press("Enter")
    added = page.get_by_label("Besoin 4")
    assert page.evaluate("document.activeElement.id") == added.get_attribute("id")
    added.fill("un quatrième besoin")
    page.get_by_role("button", name="Ajouter un besoin").click()
    assert page.get_by_label("Besoin 5").input_value() == ""
    check_axe(page)


@pytest.mark.parametrize("script", [True, False])
def test_a_spreadsheet_is_seen_before_it_is_written_and_then_imported(script, make_page, own_site):
    page = sign_in(make_page(script=script), own_site)
    page.goto(f"{own_site.url}/acteurs/importer")
    content = {"name": "acteurs.csv", "mimeType": "text/csv", "buffer": SPREADSHEET.encode()}
    page.locator("#fichier").set_input_files(files=[content])
    page.get_by_role("button", name="Voir l'aperçu").click()
    page.get_by_role("heading", name="Ce qui changerait").wait_for()
    assert "semble désigner une personne" in page.inner_text("main")
    store = own_site.tenant.holdings.store
    assert ActorId("maison-neuve") not in {actor.id for actor in store.actors()}
    page.get_by_role("button", name="Importer les lignes bonnes").click()
    page.get_by_role("heading", name="est importé").wait_for()
    assert [need.text for need in store.actor(ActorId("redon-bassin")).needs] == ["un four", "du sel"]
    assert len(store.actor(ActorId("redon-bassin")).skills) == 3
    page.get_by_role("link", name="Voir les acteurs").click()
    page.get_by_label("Nom", exact=True).fill("maison neuve")
    page.get_by_role("button", name="Chercher").click()
    assert page.get_by_role("link", name="La Maison neuve").count() == 1


def test_columns_are_told_by_hand_and_the_preview_read_again(make_page, own_site, check_axe):
    page = sign_in(make_page(), own_site)
    page.goto(f"{own_site.url}/acteurs/importer")
    content = SPREADSHEET.replace("secteur", "xyz").encode()
    page.locator("#fichier").set_input_files(
        files=[{"name": "acteurs.csv", "mimeType": "text/csv", "buffer": content}]
    )
    page.get_by_role("button", name="Voir l'aperçu").click()
    page.get_by_role("alert").wait_for()
    assert "Il manque une colonne pour : sector" in page.get_by_role("alert").inner_text()
    check_axe(page)
    page.get_by_label("xyz").select_option("sector")
    page.get_by_role("button", name="Relire avec ces colonnes").click()
    page.get_by_role("heading", name="Ce qui changerait").wait_for()


def test_an_administrator_erases_an_actor_with_its_name_typed(make_page, own_site, check_axe):
    own_site.add_person("Root", territories=("FR",), scopes=(Scope.ADMIN,))
    page = sign_in(make_page(), own_site, "Root")
    page.goto(f"{own_site.url}/acteurs/redon-bassin")
    page.get_by_role("link", name="Effacer cet acteur…").click()
    check_axe(page)
    page.get_by_label("Écrivez son nom").fill("Syndicat mixte de la Basse-Prée")
    page.get_by_role("button", name="Effacer").click()
    page.wait_for_url("**/acteurs?fait=efface")
    assert "effacé" in page.get_by_role("status").inner_text()
