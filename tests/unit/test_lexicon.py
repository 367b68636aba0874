"""What one world calls X and another calls Y."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import InputError
from matcher.lexicon import Lexicon, load_lexicon, stem


@pytest.fixture
def lexicon(tmp_path):
    entries = [
        {
            "concept": "jeunes",
            "terms": {"administratif": ["public jeune", "11-17 ans"], "associatif": ["les ados"]},
        },
        {
            "concept": "local",
            "terms": {"administratif": ["équipement communal"], "associatif": ["salle", "local"]},
        },
    ]
    path = tmp_path / "lexicon.jsonl"
    path.write_text("\n".join(json.dumps(entry) for entry in entries), encoding="utf-8")
    return load_lexicon(path)


def test_each_side_is_quoted_as_it_stands(lexicon):
    found = lexicon.translations("Animation pour les 11-17 Ans du bourg", "On fait bouger les Ados !")
    assert [(t.concept, t.here, t.there) for t in found] == [("jeunes", "11-17 Ans", "les Ados")]


def test_plurals_and_accents_do_not_hide_a_term(lexicon):
    found = lexicon.translations("des Equipements communaux vides", "deux salles")
    assert [(t.here, t.there) for t in found] == [("Equipements communaux", "salles")]


def test_the_same_words_are_no_translation(lexicon):
    assert lexicon.translations("une salle", "des salles") == []


def test_two_forms_of_one_word_are_no_translation(tmp_path):
    path = tmp_path / "lexicon.jsonl"
    entry = {"concept": "bateau", "terms": {"associatif": ["bateau", "bateaux à voile", "bateleur"]}}
    path.write_text(json.dumps(entry), encoding="utf-8")
    assert load_lexicon(path).translations("un bateau", "des bateaux à voile") == []


def test_nothing_is_said_of_a_concept_that_one_side_does_not_name(lexicon):
    assert lexicon.translations("public jeune", "du miel") == []


def test_a_term_is_glossed_by_the_first_expression_of_another_register(lexicon):
    found = lexicon.glosses("Un équipement communal pour le public jeune", "associatif")
    assert [(t.here, t.there) for t in found] == [
        ("équipement communal", "salle"),
        ("public jeune", "les ados"),
    ]


def test_single_words_have_too_many_senses_to_be_glossed_but_acronyms_have_one(tmp_path):
    path = tmp_path / "lexicon.jsonl"
    terms = {"administratif": ["SPANC", "réseau"], "associatif": ["les égouts"]}
    path.write_text(json.dumps({"concept": "egouts", "terms": terms}), encoding="utf-8")
    found = load_lexicon(path).glosses("Le réseau du SPANC", "associatif")
    assert [(t.here, t.there) for t in found] == [("SPANC", "les égouts")]


def test_a_register_that_uses_the_same_words_needs_no_gloss(lexicon):
    assert lexicon.glosses("les ados", "associatif") == []


@pytest.mark.parametrize(
    ("word", "expected"), [("Bocaux", "bocal"), ("gaz", "gaz"), ("Élus", "elu"), ("prix", "pri")]
)
def test_a_stem_forgets_case_accent_and_plural(word, expected):
    assert stem(word) == expected


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "lexicon.jsonl"
    path.write_text('{"concept": "x", "terms": {}}\nnot json\n', encoding="utf-8")
    with pytest.raises(InputError, match="lexicon.jsonl:2"):
        load_lexicon(path)


def test_a_text_asked_again_is_read_as_the_first_time_and_not_held(lexicon):
    text = "Un équipement communal, un local et le public jeune de Zébulon"
    first = lexicon.glosses(text, "associatif")
    assert lexicon.glosses(text, "associatif") == first
    assert [t.here for t in first] == ["équipement communal", "public jeune"]
    assert "Zébulon" not in repr(vars(lexicon))


@given(
    st.lists(st.sampled_from(["public", "jeune", "jeunes", "11-17", "ans", "les", "ados", "x"]), max_size=9)
)
def test_every_expression_of_a_text_is_found_the_shorter_ones_first(words):
    concepts = {("jeune",): ("a", "b"), ("public", "jeune"): ("c",), ("les", "ado", "x"): ("d",)}
    lexicon = Lexicon(concepts, 3, {c: {"r": ("tout autre chose",)} for c in "abcd"})
    stems = [stem(word) for word in " ".join(words).replace("-", " ").split()]
    expected = [
        concept
        for length in (1, 2, 3)
        for start in range(len(stems) - length + 1)
        for concept in concepts.get(tuple(stems[start : start + length]), ())
        if length > 1  # a single word has too many senses
    ]
    assert sorted(t.concept for t in lexicon.glosses(" ".join(words), "r")) == sorted(expected)
