"""CSV: separators are detected, lines are those of an editor, one bad row costs one row."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.delimited import Delimited, read_delimited, write_delimited
from matcher.errors import ImportSourceError, InputError


def reading(tmp_path: Path, text: str) -> Delimited:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return read_delimited(path)


def good(table: Delimited) -> list[tuple[int, dict[str, str]]]:
    return [(line, cells) for line, cells in table.rows if not isinstance(cells, InputError)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found_in_the_header(tmp_path: Path, separator: str):
    others = "".join({",", ";", "\t"} - {separator})
    table = reading(tmp_path, f"id{separator}name\n1{separator}deux{others}trois\n")
    assert table.columns == ("id", "name")
    assert good(table) == [(2, {"id": "1", "name": f"deux{others}trois"})]


def test_the_line_by_which_excel_names_the_separator_is_understood(tmp_path: Path):
    assert good(reading(tmp_path, "sep=;\nid;a,b\n1;2\n")) == [(3, {"id": "1", "a,b": "2"})]


def test_a_row_has_the_line_on_which_it_begins(tmp_path: Path):
    text = '\nid,name\n1,"two\nlines"\n\n2,"three\r\nmore\nlines"\n3,end'
    assert [(line, cells["id"]) for line, cells in good(reading(tmp_path, text))] == [
        (3, "1"),
        (6, "2"),
        (9, "3"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_understood(tmp_path: Path, end: str):
    assert good(reading(tmp_path, f"id,name{end}1,a{end}2,b{end}"))[-1] == (3, {"id": "2", "name": "b"})


def test_a_quote_left_open_costs_one_row_and_not_the_rest_of_the_file(tmp_path: Path):
    rows = list(reading(tmp_path, 'id,name\n1,"open\n2,fine\n3,fine\n').rows)
    assert [line for line, cells in rows if isinstance(cells, InputError)] == [2]
    assert [line for line, cells in rows if isinstance(cells, dict)] == [3, 4]


def test_a_quote_that_is_not_doubled_costs_its_row(tmp_path: Path):
    rows = list(reading(tmp_path, 'id,name\n1,"the "best" one"\n2,fine\n').rows)
    assert [(line, type(cells)) for line, cells in rows] == [(2, InputError), (3, dict)]


def test_rows_with_too_many_or_too_few_cells_are_refused(tmp_path: Path):
    rows = dict(reading(tmp_path, "id,lat,lon\n1,44,9,6,6\n2,broken\n3,4,5,,\n").rows)
    assert "5 cells where the header has 3" in str(rows[2])
    assert "2 cells where the header has 3" in str(rows[3])
    assert rows[4] == {"id": "3", "lat": "4", "lon": "5"}


def test_cells_under_no_name_are_called_by_their_place_when_they_hold_something(tmp_path: Path):
    assert good(reading(tmp_path, "id,,\n1,,x\n2,,\n")) == [
        (2, {"id": "1", "(column 3)": "x"}),
        (3, {"id": "2"}),
    ]


def test_a_column_named_twice_is_refused(tmp_path: Path):
    with pytest.raises(ImportSourceError, match="names id more than once"):
        reading(tmp_path, "id,id\n1,2\n")


@pytest.mark.parametrize("text", ["", "\n\n", '"open\n'])
def test_a_file_without_a_header_is_refused(tmp_path: Path, text: str):
    with pytest.raises(ImportSourceError, match="header"):
        reading(tmp_path, text)


def test_cells_longer_than_the_limit_of_pythons_reader_are_read(tmp_path: Path):
    long = "x" * 200_000
    assert good(reading(tmp_path, f"id\n{long}\n")) == [(2, {"id": long})]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip()),
        min_size=1,
    )
)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_delimited(path, ["n", "text"], [[str(n), text] for n, text in enumerate(texts)])
    assert [cells["text"] for _, cells in good(read_delimited(path))] == texts


def test_a_file_called_tsv_is_written_with_tabs(tmp_path: Path):
    write_delimited(tmp_path / "a.tsv", ["id", "text"], [["1", "a,b"]])
    assert (tmp_path / "a.tsv").read_bytes() == b"id\ttext\r\n1\ta,b\r\n"
