"""What an encoder reads of an actor."""

import pytest

from matcher.domain import Need, Role, Skill
from matcher.text import Words, clean, first_clause, words_of
from tests.fakes import make_actor


def test_each_need_each_skill_and_the_mission_is_a_text_of_its_own():
    actor = make_actor(needs=(Need("a"), Need("b")), skills=(Skill("c"),), description="d")
    expected = [(Role.NEED, "a"), (Role.NEED, "b"), (Role.SKILL, "c"), (Role.MISSION, "d")]
    assert words_of(actor) == [Words(role, text) for role, text in expected]


def test_an_actor_without_a_description_has_no_mission():
    assert {words.role for words in words_of(make_actor(description="  "))} == {Role.NEED, Role.SKILL}


@pytest.mark.parametrize(
    "contact",
    [
        "a.b+c@exemple.fr",
        "02 99 12 34 56",
        "+33 2 99 12 34 56",
        "06.12.34.56.78",
        "https://exemple.fr/x?y=1",
        "www.exemple.fr",
    ],
)
def test_contact_details_that_strayed_into_a_text_are_not_embedded(contact):
    assert clean(f"appeler {contact} le matin") == "appeler le matin"


@pytest.mark.parametrize(
    "text", ["210 m² et 35 k€/an", "loi 2014-856 art. 9", "8 h à 12 h 30", "12 000 briques"]
)
def test_figures_and_articles_are_kept(text):
    assert clean(text) == text


def test_the_same_text_has_one_key_for_each_role():
    assert Words(Role.NEED, "x").key == Words(Role.NEED, "x").key
    assert len({Words(role, "x").key for role in Role}) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Un local chauffé, deux soirs par semaine", "Un local chauffé"),
        ("court", "court"),
        ("mot " * 40, "mot " * 16 + "mot…"),
    ],
)
def test_the_first_clause_ends_at_a_stop_or_a_whole_word(text, expected):
    assert first_clause(text.strip()) == expected
