"""Pages in two languages: every text has its English, and visitors choose."""

import pytest

from matcher.taxonomy import Lang
from service.pages.language import speech
from tests.service.messages import TEMPLATES, all_texts, catalogues, untranslated


def test_every_text_has_its_english_and_no_catalogue_holds_a_text_that_is_gone():
    known, torn = catalogues()
    said = {text for text, string in known.items() if string and all(string)}
    texts = all_texts()
    assert texts - said == set()
    assert set(known) - texts == set()
    assert torn == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_text_that_cannot_be_translated(path):
    assert untranslated(path.read_text(encoding="utf-8")) == []


def test_placeholders_are_the_same_in_both_languages():
    known, _ = catalogues()
    for text, string in known.items():
        for said in [string] if isinstance(string, str) else string:
            assert sorted(_placeholders(said)) == sorted(_placeholders(text)), text


def test_pages_are_french_unless_the_browser_or_the_visitor_asks_for_english(client):
    client.headers.pop("authorization")
    assert "Se connecter" in client.get("/connexion").text
    english = client.get("/connexion", headers={"accept-language": "en-GB,fr;q=0.5"})
    assert "Sign in" in english.text
    assert '<html lang="en">' in english.text
    chosen = client.get("/langue?vers=en&suite=/connexion", headers={"accept-language": "fr"})
    assert "Sign in" in chosen.text
    assert "Se connecter" in client.get("/langue?vers=fr&suite=/connexion").text


@pytest.mark.parametrize("away", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"])
def test_choosing_a_language_leads_to_no_other_host(client, away):
    answer = client.get("/langue", params={"vers": "en", "suite": away}, follow_redirects=False)
    assert answer.headers["location"] == "/a-examiner"


def test_plurals_follow_the_language():
    french = speech(Lang.FR)
    assert [french.ngettext("une", "plusieurs", count) for count in (0, 1, 2)] == ["une", "une", "plusieurs"]
    english = speech(Lang.EN)
    assert [english.ngettext("une", "plusieurs", count) for count in (0, 1)] == ["plusieurs", "une"]


def _placeholders(text):
    return [part.partition(")")[0] for part in text.split("%(")[1:]]
