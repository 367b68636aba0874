"""JSON lines: each line stands for itself."""

from pathlib import Path

import pytest

from matcher.errors import InputError
from matcher.jsonlines import read_json_lines, write_json_lines


def reading(tmp_path: Path, text: str) -> list[tuple[int, object]]:
    path = tmp_path / "a.jsonl"
    path.write_text(text, encoding="utf-8", newline="")
    return list(read_json_lines(path))


def test_lines_keep_their_numbers_across_blank_ones(tmp_path: Path):
    assert reading(tmp_path, '{"a": 1}\n\n{"a": 2}\r\n{"a": 3}') == [
        (1, {"a": 1}),
        (3, {"a": 2}),
        (4, {"a": 3}),
    ]


@pytest.mark.parametrize(
    "line",
    [
        '{"a": 1',
        "[1]",
        '"text"',
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        "[" * 100_000,
        '{"a": ' + "9" * 5_000 + "}",
    ],
)
def test_a_line_that_is_no_object_is_refused_and_the_others_are_read(tmp_path: Path, line: str):
    rows = reading(tmp_path, f'{line}\n{{"a": 1}}\n')
    assert isinstance(rows[0][1], InputError)
    assert rows[1] == (2, {"a": 1})


def test_a_syntax_error_says_in_which_column(tmp_path: Path):
    assert "column 7" in str(reading(tmp_path, '{"a": }')[0][1])


def test_line_separators_of_unicode_do_not_end_a_line(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    write_json_lines(path, [{"a": "x\u2028y\x85z\r\n"}])
    assert list(read_json_lines(path)) == [(1, {"a": "x\u2028y\x85z\r\n"})]
