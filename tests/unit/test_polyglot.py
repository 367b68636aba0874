"""The corpus of register translations: what is read, what is refused, and who is kept apart."""

import json
from pathlib import Path

import pytest

from matcher.errors import InputError
from matcher.polyglot import (
    NegativeKind,
    Part,
    corpus_digest,
    load_corpus,
    load_split,
    polyglot_directory,
    split,
)
from matcher.taxonomy import Lang


def said(text, register="associatif", lang="fr", **more):
    return {"text": text, "register": register, "lang": lang, **more}


def record(entry_id="x1-001", **changes):
    return {
        "id": entry_id,
        "theme": "024000",
        "alliance_type": "mecenat",
        "territory": "bourg rural",
        "need": said("Convention d'animation jeunesse", "administratif"),
        "skills": [said("On fait bouger les ados du coin")],
        "hard_negatives": [said("Une convention de stage", kind="same_words")],
    } | changes


def write(path: Path, *records) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def test_an_entry_is_read_as_written(tmp_path):
    (entry,) = load_corpus(write(tmp_path / "x1.jsonl", record()))
    assert (entry.id, entry.author, entry.theme) == ("x1-001", "x1", "024000")
    assert entry.need.register == "administratif"
    assert entry.skills[0].text == "On fait bouger les ados du coin"
    assert entry.hard_negatives[0].kind is NegativeKind.SAME_WORDS


def test_one_english_side_makes_an_english_entry(tmp_path):
    french = record()
    english = record("x1-002", skills=[said("We run teen workshops", "entreprise", "en")])
    first, second = load_corpus(write(tmp_path / "x1.jsonl", french, english))
    assert (first.lang, second.lang) == (Lang.FR, Lang.EN)


def test_a_directory_is_read_in_the_order_of_its_files(tmp_path):
    write(tmp_path / "b.jsonl", record("b-1"))
    write(tmp_path / "a.jsonl", record("a-1"), record("a-2"))
    assert [entry.id for entry in load_corpus(tmp_path)] == ["a-1", "a-2", "b-1"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"need": said(" ")}, r"bad\.jsonl:2 need text: expected a text"),
        ({"need": "a text"}, r"bad\.jsonl:2 need: expected an object"),
        ({"need": said("x", register="poetique")}, r"bad\.jsonl:2 need register: unknown"),
        ({"need": said("x", lang="de")}, r"bad\.jsonl:2 need lang: expected one of: fr, en"),
        ({"theme": "999999"}, r"bad\.jsonl:2 theme: unknown"),
        ({"alliance_type": "friendship"}, r"bad\.jsonl:2 alliance_type: unknown"),
        ({"skills": []}, r"bad\.jsonl:2 skills: expected one skill"),
        ({"skills": "none"}, r"bad\.jsonl:2 skills: expected a list"),
        ({"hard_negatives": [said("x", kind="odd")]}, r"bad\.jsonl:2 hard_negatives kind: expected one of"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_file_and_line(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        load_corpus(write(tmp_path / "bad.jsonl", record("x1-000"), record(**changes)))


def test_a_line_that_is_no_json_is_named(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text("{nothing", encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.jsonl:1: not JSON"):
        load_corpus(path)


def test_an_id_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="is there twice"):
        load_corpus(write(tmp_path / "x.jsonl", record(), record()))


def test_a_corpus_without_entries_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no entry"):
        load_corpus(tmp_path)


def test_each_author_stands_in_one_part_only(tmp_path):
    write(tmp_path / "x.jsonl", record("a-1"), record("b-1"), record("a-2"))
    (tmp_path / "split.json").write_text('{"a": "train", "b": "test"}', encoding="utf-8")
    entries, authors = load_corpus(tmp_path), load_split(tmp_path)
    assert [e.id for e in split(entries, Part.TRAIN, authors)] == ["a-1", "a-2"]
    assert [e.id for e in split(entries, Part.TEST, authors)] == ["b-1"]
    assert split(entries, Part.VALID, authors) == []


def test_an_author_without_a_part_is_refused_rather_than_trained_on(tmp_path):
    entries = load_corpus(write(tmp_path / "x.jsonl", record("c-1")))
    with pytest.raises(InputError, match="gives its author no part"):
        split(entries, Part.TRAIN, {"a": Part.TRAIN})


def test_a_corpus_without_a_split_is_for_training(tmp_path):
    entries = load_corpus(write(tmp_path / "x.jsonl", record()))
    assert split(entries, Part.TRAIN, load_split(tmp_path)) == entries
    assert split(entries, Part.TEST, load_split(tmp_path)) == []


def test_a_split_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "split.json").write_text('{"a": "practice"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"train\|valid\|test.*split\.json"):
        load_split(tmp_path)


def test_the_digest_follows_the_texts(tmp_path):
    first = load_corpus(write(tmp_path / "x.jsonl", record()))
    other = load_corpus(write(tmp_path / "y.jsonl", record(skills=[said("Autre chose")])))
    assert corpus_digest(first) == corpus_digest(list(first)) != corpus_digest(other)


def test_the_corpus_of_the_project_is_readable_and_its_parts_share_no_text():
    entries = load_corpus(polyglot_directory())
    parts = {part: split(entries, part) for part in Part}
    assert sum(len(part) for part in parts.values()) == len(entries)
    texts = {part: {t.text for e in es for t in (e.need, *e.skills)} for part, es in parts.items()}
    assert texts[Part.TRAIN]
    assert not texts[Part.TRAIN] & (texts[Part.VALID] | texts[Part.TEST])
    assert not texts[Part.VALID] & texts[Part.TEST]
