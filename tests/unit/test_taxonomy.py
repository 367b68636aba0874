"""Taxonomies: vocabularies are data, and whoever uses a word that is not in them is told which are."""

import json
from pathlib import Path

import pytest

from matcher.domain import Aim, Stage
from matcher.errors import InputError
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS
from matcher.taxonomy import Lang, Taxonomy, default_taxonomy, load_taxonomy

VOCABULARIES = list(Taxonomy.__dataclass_fields__)


def test_a_known_word_is_returned_and_an_unknown_one_refused_with_those_that_exist():
    assert default_taxonomy().check("sectors", "sector", "public") == "public"
    with pytest.raises(InputError, match="public, economique, interet_general") as caught:
        default_taxonomy().check("sectors", "sector", "privé")
    assert (caught.value.field, caught.value.value) == ("sector", "privé")


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_word_has_a_label_in_every_language(vocabulary: str, lang: Lang):
    words = getattr(default_taxonomy(), vocabulary)
    assert [word for word in words if not words[word].get(lang)] == []
    assert len(words) > 0


def test_labels_are_those_of_the_language_and_a_word_without_one_stands_for_itself():
    taxonomy = default_taxonomy()
    assert taxonomy.label("sdgs", "17", Lang.EN) == "Partnerships for the goals"
    assert taxonomy.label("sectors", "inconnu", Lang.FR) == "inconnu"


def test_the_vocabularies_that_are_types_agree_with_them():
    assert set(default_taxonomy().stages) == set(Stage)
    assert set(default_taxonomy().aims) == set(Aim)
    assert list(default_taxonomy().sdgs) == [str(n) for n in range(1, 18)]


def test_the_schema_names_the_words_that_ship_with_maillon():
    meanings = {field.name: field.meaning for field in ACTOR_FIELDS + ALLIANCE_FIELDS}
    for field, vocabulary in (
        ("sector", "sectors"),
        ("register", "registers"),
        ("type", "alliance_types"),
        ("alliances_sought", "alliance_types"),
    ):
        words = getattr(default_taxonomy(), vocabulary)
        assert [word for word in words if word not in meanings[field]] == []


def test_a_territory_may_have_its_own_sectors(tmp_path: Path):
    path = tmp_path / "taxonomy.json"
    content: dict[str, object] = {name: {} for name in VOCABULARIES}
    path.write_text(json.dumps(content | {"sectors": {"culture": {"fr": "culture"}}}), encoding="utf-8")
    taxonomy = load_taxonomy(path)
    assert taxonomy.check("sectors", "sector", "culture") == "culture"


def test_a_missing_vocabulary_is_named(tmp_path: Path):
    path = tmp_path / "taxonomy.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="sectors"):
        load_taxonomy(path)
