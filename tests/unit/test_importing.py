"""Importing: good rows go in, bad rows are refused with what one needs to correct them."""

from collections.abc import Iterator
from typing import Any

from matcher.domain import ActorId, Contact
from matcher.errors import InputError
from matcher.importing import ImportReport, RecordKind, Reject, Row, import_records
from matcher.store import Changes, MemoryStore
from matcher.taxonomy import default_taxonomy
from matcher.territory import Gazetteer


def actor(actor_id: str = "a", **fields: Any) -> dict[str, Any]:
    return {
        "id": actor_id,
        "name": f"Maison {actor_id}",
        "sector": "public",
        "register": "administratif",
    } | fields


def alliance(alliance_id: str = "x", **fields: Any) -> dict[str, Any]:
    return {"id": alliance_id, "members": ["a", "b"], "type": "mecenat", "started": "2024-01-31"} | fields


def rows(*records: dict[str, Any] | InputError) -> list[Row]:
    return [Row("file.csv", line, record) for line, record in enumerate(records, start=2)]


def imported(store: MemoryStore, kind: RecordKind, *records: dict[str, Any] | InputError) -> ImportReport:
    return import_records(store, kind, rows(*records), default_taxonomy(), Gazetteer({}))


def actors(store: MemoryStore, *records: dict[str, Any] | InputError) -> ImportReport:
    return imported(store, RecordKind.ACTORS, *records)


def alliances(store: MemoryStore, *records: dict[str, Any] | InputError) -> ImportReport:
    return imported(store, RecordKind.ALLIANCES, *records)


def test_good_rows_go_in_beside_a_bad_one_that_is_refused_with_line_field_value_and_reason():
    store = MemoryStore()
    report = actors(store, actor("a"), actor("b", sector="privé"), actor("c"))
    assert [a.id for a in store.actors()] == ["a", "c"]
    assert report.changes == Changes(added=2)
    (reject,) = report.rejects
    assert (reject.source, reject.line, reject.field, reject.value) == ("file.csv", 3, "sector", "privé")
    assert "economique" in reject.reason


def test_importing_the_same_rows_twice_changes_nothing():
    store = MemoryStore()
    actors(store, actor("a"), actor("b"))
    alliances(store, alliance())
    version = store.version
    assert actors(store, actor("a"), actor("b")).changes == Changes(unchanged=2)
    assert alliances(store, alliance()).changes == Changes(unchanged=1)
    assert store.version == version


def test_a_changed_row_updates_what_was_known_under_its_id():
    store = MemoryStore()
    actors(store, actor("a"), actor("b"))
    report = actors(store, actor("a", description="nouvelle"), actor("b"))
    assert report.changes == Changes(updated=1, unchanged=1)
    assert store.actor(ActorId("a")).description == "nouvelle"


def test_an_id_that_comes_twice_with_another_content_is_refused_the_second_time():
    store = MemoryStore()
    report = actors(store, actor("a", size=3), actor("a", size=4), actor("a", size="3"))
    assert store.actor(ActorId("a")).size == 3
    assert [(r.line, r.field, r.value) for r in report.rejects] == [(3, "id", "a")]
    assert "file.csv, line 2" in report.rejects[0].reason


def test_another_contact_under_the_same_id_is_another_content():
    store = MemoryStore()
    report = actors(store, actor("a", contact_name="Accueil"), actor("a", contact_name="Direction"))
    assert [reject.line for reject in report.rejects] == [3]
    assert store.contact(ActorId("a")) == Contact(ActorId("a"), name="Accueil")


def test_contacts_are_kept_apart_from_the_profile():
    store = MemoryStore()
    actors(store, actor("a", contact_email="accueil@exemple.fr", contact_phone="+33 1 23 45 67 89"))
    assert store.contact(ActorId("a")) == Contact(
        ActorId("a"), None, "accueil@exemple.fr", "+33 1 23 45 67 89"
    )
    assert "exemple" not in repr(store.actor(ActorId("a")))


def test_a_row_without_contact_fields_leaves_the_known_contact():
    store = MemoryStore()
    actors(store, actor("a", contact_name="Accueil"))
    actors(store, actor("a"))
    assert store.contact(ActorId("a")) == Contact(ActorId("a"), name="Accueil")


def test_a_row_with_a_bad_contact_is_refused_as_a_whole():
    store = MemoryStore()
    report = actors(store, actor("a", contact_email="pas une adresse"))
    assert [(r.field, r.value) for r in report.rejects] == [("contact_email", "pas une adresse")]
    assert list(store.actors()) == []


def test_natural_persons_are_refused():
    report = actors(MemoryStore(), actor("a", name="Mme Inventée"), actor("b", legal_form="1000"))
    assert [(r.field, r.line) for r in report.rejects] == [("name", 2), ("legal_form", 3)]


def test_an_alliance_with_an_unknown_member_is_refused_and_says_who_is_unknown():
    store = MemoryStore()
    actors(store, actor("a"), actor("b"))
    report = alliances(store, alliance("x"), alliance("y", members=["a", "z1", "z2"]))
    assert [found.id for found in store.alliances()] == ["x"]
    assert [(r.line, r.field, r.value) for r in report.rejects] == [(3, "members", "z1, z2")]


def test_a_row_that_could_not_be_read_is_refused_with_its_own_reason():
    report = actors(MemoryStore(), InputError("row", "{oops", "not JSON"), actor("b"))
    assert report.rejects == (Reject("file.csv", 2, "row", "{oops", "not JSON"),)
    assert report.changes.added == 1


def test_a_byte_that_could_not_be_decoded_costs_its_row_and_is_named():
    report = actors(MemoryStore(), actor("a", description="caf\udce9"), actor("b", needs=["ok", "\udcff"]))
    assert [(r.field, r.value) for r in report.rejects] == [
        ("description", "caf\\udce9"),
        ("needs", "\\udcff"),
    ]
    assert "0xE9" in report.rejects[0].reason


def test_lone_surrogates_and_nul_are_refused_wherever_they_hide():
    store = MemoryStore()
    actors(store, actor("a"), actor("b"))
    link = {"need_actor": "a", "need": "x\ud800", "skill_actor": "b", "skill": "y"}
    assert [r.field for r in alliances(store, alliance(met=[link])).rejects] == ["met"]
    assert [r.field for r in actors(store, actor("c", description="a\x00b")).rejects] == ["description"]


def test_unknown_fields_are_reported_once_and_the_rest_is_imported():
    report = actors(MemoryStore(), actor("a", besoin="x"), actor("b", besoin="y", need="z"))
    assert report.changes.added == 2
    assert report.unknown_fields == ("besoin", "need")
    assert report.warnings == (
        "unknown field 'besoin', not imported; did you mean 'needs'?",
        "unknown field 'need', not imported; did you mean 'needs'?",
    )


def test_contact_fields_are_unknown_to_alliances():
    store = MemoryStore()
    actors(store, actor("a"), actor("b"))
    assert alliances(store, alliance(contact_name="Accueil")).unknown_fields == ("contact_name",)


def test_long_values_of_rejects_are_cut_and_other_values_are_shown_as_json():
    report = actors(MemoryStore(), actor("a", sector="x" * 500), actor("b", needs={"texte": "é"}))
    assert report.rejects[0].value == "x" * 200 + "…"
    assert report.rejects[1].value == '{"texte": "é"}'


def test_progress_tells_how_many_rows_of_how_many_are_done():
    told: list[tuple[int, int | None]] = []
    records = rows(*(actor(str(n)) for n in range(250)))
    import_records(
        MemoryStore(),
        RecordKind.ACTORS,
        records,
        default_taxonomy(),
        Gazetteer({}),
        lambda done, total: told.append((done, total)),
    )
    assert told == [(100, 250), (200, 250), (250, 250)]


def test_progress_over_rows_of_unknown_number_has_no_total():
    def stream() -> Iterator[Row]:
        yield from rows(actor("a"))

    told: list[tuple[int, int | None]] = []
    import_records(
        MemoryStore(),
        RecordKind.ACTORS,
        stream(),
        default_taxonomy(),
        Gazetteer({}),
        lambda done, total: told.append((done, total)),
    )
    assert told == [(1, None)]


def test_an_empty_file_changes_nothing():
    store = MemoryStore()
    assert actors(store).changes == Changes()
    assert alliances(store).changes == Changes()
    assert store.version == 0
