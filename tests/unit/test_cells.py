"""Cells: what is written to a table is read back exactly."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matcher.cells import (
    checked_columns,
    csv_cell,
    flat_cell,
    join_list,
    mark_formula,
    record_of_cells,
    record_of_csv,
    split_list,
    unmark_formula,
)
from matcher.errors import ImportSourceError, InputError
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, FieldKind

ACTOR = {field.name: field for field in ACTOR_FIELDS}
ALLIANCE = {field.name: field for field in ALLIANCE_FIELDS}

tricky = st.text(alphabet="ab|\\ '=", min_size=1, max_size=8)


@given(st.lists(tricky, min_size=1, max_size=5))
@example(["a\\", "|b"])
@example(["\\|", "\\\\", "|"])
def test_a_list_of_any_texts_survives_its_cell(texts: list[str]):
    assert split_list(join_list(texts)) == texts


@given(tricky)
@example("'=1+1")
@example("''=1")
def test_a_text_survives_the_mark_against_formulas(text: str):
    assert unmark_formula(mark_formula(text)) == text


@pytest.mark.parametrize("text", ["=SOMME(A1)", "+33 1", "- accueil", "@toi", "'=1"])
def test_no_marked_text_begins_like_a_formula(text: str):
    assert mark_formula(text)[0] == "'"


def test_backslashes_that_no_bar_follows_stand_for_themselves():
    assert split_list(r"C:\dossier|\\serveur\partage") == [r"C:\dossier", r"\\serveur\partage"]


def test_a_person_writes_lists_without_knowing_of_the_escape():
    assert split_list("un local|un vélo") == ["un local", "un vélo"]


def test_numbers_are_never_marked_as_formulas():
    assert csv_cell(FieldKind.NUMBER, -21.1) == "-21.1"
    assert csv_cell(FieldKind.INTEGER, -1) == "-1"
    assert csv_cell(FieldKind.TEXT, "-21.1") == "'-21.1"


def test_nothing_is_an_empty_cell():
    assert csv_cell(FieldKind.TEXTS, []) == ""
    assert csv_cell(FieldKind.TEXT, None) == ""
    assert flat_cell(FieldKind.LINKS, []) is None


def test_empty_cells_are_left_out_and_unknown_columns_kept():
    assert record_of_cells({"id": "a", "name": "  ", "autre": ""}, ACTOR) == {"id": "a", "autre": ""}


def test_words_for_missing_are_texts():
    cells = {"id": "NA", "name": "null", "description": "None", "needs": "NaN|nan"}
    assert record_of_csv(cells, ACTOR) == cells | {"needs": ["NaN", "nan"]}


def test_a_whole_number_that_a_table_keeps_with_decimals_is_read_as_people_see_it():
    assert record_of_cells({"commune": 5023.0, "themes": 16000.0}, ACTOR) == {
        "commune": "5023",
        "themes": ["16000"],
    }


def test_links_are_json_in_a_cell():
    link = {"need_actor": "a", "need": "x", "skill_actor": "b", "skill": "=y"}
    cell = csv_cell(FieldKind.LINKS, [link])
    assert record_of_csv({"met": cell}, ALLIANCE) == {"met": [link]}


@pytest.mark.parametrize("cell", ["un lien", "[" * 100_000])
def test_links_that_are_not_json_are_refused(cell: str):
    with pytest.raises(InputError) as caught:
        record_of_csv({"met": cell}, ALLIANCE)
    assert caught.value.field == "met"


def test_missing_columns_are_named_beside_those_found():
    with pytest.raises(ImportSourceError, match=r"f\.csv: no column name, register.*found are: id, Sector"):
        checked_columns("f.csv", ACTOR, ["id", "Sector"])


def test_columns_may_be_written_in_any_case():
    assert checked_columns("f", ALLIANCE, ["ID", " Members ", "type", "Started"])[:2] == ["id", "members"]


def test_a_column_that_comes_twice_is_refused():
    with pytest.raises(ImportSourceError, match="twice"):
        checked_columns("f", ALLIANCE, ["id", "members", "type", "started", "ID"])
