"""Text files: encodings are told apart, and nothing is lost without a word."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import ImportSourceError, InputError
from matcher.textfiles import decode, lines_of, read_text, replacing_text

FRENCH = "école, cœur, 10 €, l’été\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_french_is_read_in_each_encoding_that_offices_write(encoding: str):
    assert decode(FRENCH.encode(encoding)) == FRENCH


def test_latin_1_is_read():
    assert decode("école déjà".encode("latin-1")) == "école déjà"


@given(st.text())
def test_every_text_in_utf_8_is_read_as_it_is(text: str):
    assert decode(text.encode()).removeprefix("\ufeff") == text.removeprefix("\ufeff")


def test_damage_in_a_utf_8_file_spoils_one_character_and_not_all_accents():
    assert decode("école été".encode() + b" caf\xe9") == "école été caf\udce9"


def test_a_byte_that_windows_1252_lacks_is_kept_as_undecoded():
    assert decode("été".encode("latin-1") + b"\x81") == "été\udc81"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_counts_them(end: str):
    assert lines_of(f"a{end}b\u2028c\x0b{end}") == [f"a{end}", f"b\u2028c\x0b{end}"]


def test_compressed_files_are_read_and_written(tmp_path: Path):
    path = tmp_path / "a.csv.gz"
    with replacing_text(path) as file:
        file.write(FRENCH)
    assert gzip.decompress(path.read_bytes()).decode() == FRENCH
    assert read_text(path) == FRENCH


def test_the_same_content_makes_the_same_compressed_file(tmp_path: Path):
    for name in ("a.gz", "b.gz"):
        with replacing_text(tmp_path / name) as file:
            file.write(FRENCH)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv.gz", b"not gzip"), ("b.csv.gz", gzip.compress(b"x" * 100)[:-12]), ("c.csv", b"PK\x03\x04...")],
)
def test_files_that_are_not_what_their_name_says_are_refused(tmp_path: Path, name: str, content: bytes):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportSourceError, match=name):
        read_text(path)


def test_half_a_character_of_utf_16_is_refused(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes("été".encode("utf-16")[:-1])
    with pytest.raises(ImportSourceError, match="utf-16"):
        read_text(path)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ImportSourceError, match=r"absent\.csv"):
        read_text(tmp_path / "absent.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_bytes(b"before")
    with pytest.raises(UnicodeEncodeError), replacing_text(path) as file:
        file.writelines(["half", "\ud800"])
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be written"), replacing_text(tmp_path / "absent" / "a.csv"):
        pytest.fail("nothing can be written there")
