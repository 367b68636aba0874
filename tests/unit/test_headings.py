"""Columns of people's own tables are recognised, and never two for one field."""

import pytest

from matcher.headings import SYNONYMS, field_meant, suggested_columns
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS

FIELDS = ACTOR_FIELDS + CONTACT_FIELDS


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Nom", "name"),
        ("NOM DE LA STRUCTURE", "name"),
        ("Quels défis ?", "needs"),
        ("Compétences", "skills"),
        ("competance", "skills"),
        ("Quelles contributions", "skills"),
        ("E-mail", "contact_email"),
        ("Téléphone", "contact_phone"),
        ("code INSEE", "commune"),
        ("Ville", "commune_name"),
        ("secteurs", "sector"),
        ("skils", "skills"),
        ("need", "needs"),
    ],
)
def test_a_column_is_recognised_by_what_people_call_it_accents_case_and_slips_aside(column, field):
    assert field_meant(column, FIELDS) == field


@pytest.mark.parametrize("column", ["couleur préférée", "", "x", "date de naissance"])
def test_a_column_that_is_near_to_nothing_is_left_alone(column):
    assert field_meant(column, FIELDS) is None


def test_the_own_name_of_a_field_comes_first_and_no_field_is_given_twice():
    found = suggested_columns(["Nom", " Name ", "nom de la structure", "Besoins", "?"], FIELDS)
    assert found == {" Name ": "name", "Besoins": "needs"}


def test_synonyms_are_those_of_fields_and_no_two_fields_share_one():
    for fields in (FIELDS, ALLIANCE_FIELDS):
        names = [name for f in fields for name in (f.name, *SYNONYMS.get(f.name, "").split())]
        assert len(names) == len(set(names))
    assert set(SYNONYMS) <= {field.name for field in FIELDS + ALLIANCE_FIELDS}
