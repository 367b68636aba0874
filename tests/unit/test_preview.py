"""A preview tells what an import would do, and writes nothing."""

from typing import Any

import pytest

from matcher.domain import ActorId, Contact
from matcher.errors import InputError
from matcher.importing import RecordKind, Row, import_records
from matcher.preview import Fate, FieldChange, completed, preview_actors
from matcher.store import MemoryStore
from matcher.taxonomy import default_taxonomy
from matcher.territory import Gazetteer

NOWHERE = Gazetteer({})


def record(actor_id: str, **fields: Any) -> dict[str, Any]:
    base = {"id": actor_id, "name": f"Maison {actor_id}", "sector": "public", "register": "administratif"}
    return base | fields


def rows(*records: dict[str, Any] | InputError) -> list[Row]:
    return [Row("file.csv", line, one) for line, one in enumerate(records, start=2)]


@pytest.fixture
def store() -> MemoryStore:
    held = MemoryStore()
    given = rows(record("a", needs=["un local"], contact_email="a@exemple.fr"), record("b"))
    import_records(held, RecordKind.ACTORS, given, default_taxonomy(), NOWHERE)
    return held


def preview(store: MemoryStore, *records: dict[str, Any] | InputError, check: Any = None) -> Any:
    return preview_actors(store, rows(*records), default_taxonomy(), NOWHERE, check=check)


def test_each_row_is_told_as_added_changed_field_by_field_or_unchanged(store):
    found = preview(store, record("a", needs=["un local", "un four"], size=3), record("b"), record("c"))
    assert [(row.line, row.id, row.fate) for row in found.rows] == [
        (2, "a", Fate.CHANGED),
        (3, "b", Fate.UNCHANGED),
        (4, "c", Fate.ADDED),
    ]
    assert found.rows[0].changes == (
        FieldChange("needs", ["un local"], ["un local", "un four"]),
        FieldChange("size", None, 3),
    )
    assert [found.count(fate) for fate in Fate] == [1, 1, 1]


def test_nothing_is_written(store):
    version, before = store.version, list(store.actors())
    preview(store, record("a", name="Autre", contact_email="autre@exemple.fr"), record("c"))
    assert (store.version, list(store.actors())) == (version, before)
    assert store.contact(ActorId("a")) == Contact(ActorId("a"), email="a@exemple.fr")


def test_refused_rows_and_unknown_fields_are_told_as_by_an_import(store):
    given = (record("a", sector="privé"), InputError("row", "{", "not JSON"), record("c", couleur="bleu"))
    found = preview(store, *given)
    report = import_records(store, RecordKind.ACTORS, rows(*given), default_taxonomy(), NOWHERE)
    assert (found.rejects, found.unknown_fields) == (report.rejects, report.unknown_fields)
    assert [(one.line, one.field, one.value) for one in found.rejects] == [
        (2, "sector", "privé"),
        (3, "row", "{"),
    ]


def test_the_counts_are_those_of_the_import(store):
    given = (record("a", size=3), record("b"), record("c"), record("c"), record("d", name=""))
    found = preview(store, *given)
    changes = import_records(store, RecordKind.ACTORS, rows(*given), default_taxonomy(), NOWHERE).changes
    assert found.count(Fate.ADDED) == changes.added
    assert found.count(Fate.CHANGED) == changes.updated
    assert found.count(Fate.UNCHANGED) == changes.unchanged


def test_another_contact_is_a_change_and_a_contact_left_out_is_none(store):
    found = preview(store, record("a", needs=["un local"], contact_email="b@exemple.fr"))
    assert found.rows[0].changes == (FieldChange("contact_email", "a@exemple.fr", "b@exemple.fr"),)
    assert preview(store, record("a", needs=["un local"])).rows[0].fate is Fate.UNCHANGED


def test_a_check_may_refuse_an_actor(store):
    def refuse(actor: Any) -> None:
        if actor.id == "a":
            raise InputError("commune", actor.id, "not yours")

    found = preview(store, record("a"), record("b"), check=refuse)
    assert [row.id for row in found.rows] == ["b"]
    assert [(one.field, one.reason) for one in found.rejects] == [("commune", "not yours")]


def test_what_a_file_has_no_column_for_stays_as_it_is(store):
    (row,) = completed(rows(record("a", size=3)), ["id", "name", "sector", "register", "size"], held(store))
    assert row.record["needs"] == ["un local"]
    assert row.record["size"] == 3
    (row,) = completed(rows(record("a")), ["id", "name", "sector", "register", "needs"], held(store))
    assert "needs" not in row.record


def test_a_column_of_the_place_makes_the_whole_place_the_files(store):
    placed = rows(record("d", commune="35236", epci="243500741", radius_km=9))
    import_records(store, RecordKind.ACTORS, placed, default_taxonomy(), NOWHERE)
    columns = ["id", "name", "sector", "register", "commune"]
    (row,) = completed(rows(record("d", commune="05023")), columns, held(store))
    assert (row.record["commune"], row.record["radius_km"]) == ("05023", 9.0)
    assert "epci" not in row.record


def test_unknown_and_unreadable_rows_are_left_as_they_are(store):
    given = rows(record("new"), InputError("row", "{", "not JSON"))
    assert completed(given, ["id"], held(store)) == given


def held(store):
    return {actor.id: actor for actor in store.actors()}
