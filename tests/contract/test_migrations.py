"""The tables go up and down with what they hold, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, Table, inspect, text

from matcher.adapters.sql_store import SqlBackend
from matcher.adapters.sql_store.database import Database
from matcher.adapters.sql_store.migrate import current, downgrade, upgrade
from matcher.adapters.sql_store.tables import metadata
from matcher.domain import ActorId, Contact, Territory
from matcher.errors import WorkspaceError
from matcher.proposals import Proposal, ProposalQuery
from matcher.proposing import places_of
from tests.fakes import make_actor, make_alliance


def test_what_is_held_survives_the_way_down_and_up(database_url):
    backend = SqlBackend(database_url)
    store = backend.holdings("default").store
    store.put_actors([make_actor("a"), make_actor("b")])
    store.put_contacts([Contact(ActorId("a"), "Zoé", "zoe@exemple.fr", None)])
    store.put_alliances([make_alliance("a", "b", id="x")])
    before = (list(store.actors()), list(store.alliances()), store.contact(ActorId("a")), store.version)
    backend.close()

    database = Database(database_url)
    with database.writing() as connection:
        downgrade(connection, "0001")
        assert current(connection) == "0001"
        assert connection.execute(text("SELECT count(*) FROM actors")).scalar() == 2
        assert not inspect(connection).has_table("proposals")
    with database.writing() as connection:
        upgrade(connection)
    database.close()

    backend = SqlBackend(database_url)
    store = backend.holdings("default").store
    assert (
        list(store.actors()),
        list(store.alliances()),
        store.contact(ActorId("a")),
        store.version,
    ) == before
    store.delete_actor(ActorId("a"))
    assert list(store.alliances()) == []
    backend.close()


def test_proposals_of_a_region_are_found_by_its_own_code_after_a_migration(database_url):
    backend = SqlBackend(database_url)
    ours = backend.holdings("default")
    paris = Territory("75110", "Paris", None, None, "75", "11")
    bordeaux = Territory("33063", "Bordeaux", None, None, "33", "75")
    homes = {"a": paris, "b": bordeaux, "c": bordeaux}
    held = {name: replace(make_actor(name), territory=home) for name, home in homes.items()}
    ours.store.put_actors(held.values())
    now = datetime(2026, 3, 1, tzinfo=UTC)
    kept = {"p1": ("a", "b"), "p2": ("b", "c")}
    ours.proposals.add(
        [
            Proposal(name, *pair, 50.0, "m", "e", {}, now, now, places=places_of([held[one] for one in pair]))
            for name, pair in kept.items()
        ]
    )
    before = [ours.proposals.get(name).places for name in kept]
    assert before == [
        ("33", "33063", "75", "75110", "FR", "REG-11", "REG-75"),
        ("33", "33063", "FR", "REG-75"),
    ]
    backend.close()
    database = Database(database_url)
    with database.writing() as connection:
        downgrade(connection, "0007")
        found = connection.execute(text("SELECT value FROM proposal_facets WHERE proposal_id = 'p2'"))
        assert sorted(found.scalars()) == ["33", "33063", "75", "FR"]
    with database.writing() as connection:
        upgrade(connection)
    database.close()
    backend = SqlBackend(database_url)
    ours = backend.holdings("default")
    assert [ours.proposals.get(name).places for name in kept] == before
    assert [one.id for one in ours.proposals.find(ProposalQuery(territories=["75"]), 9).proposals] == ["p1"]
    backend.close()


def test_a_file_from_before_migrations_is_brought_up_to_date(database_url):
    database = Database(database_url)
    with database.writing() as connection:
        downgrade(connection, "0001")
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("UPDATE maillon SET version = 7"))
    database.close()
    backend = SqlBackend(database_url)
    assert backend.holdings("default").store.version == 7
    backend.close()


def test_the_migrated_tables_are_those_that_the_program_reads(database_url):
    database = Database(database_url)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_a_revision_makes_the_tables_of_its_own_time_whatever_the_program_has_since(database_url):
    database = Database(database_url)
    with database.writing() as connection:
        downgrade(connection, "0001")
    later = Table("of_tomorrow", metadata, Column("id", Integer, primary_key=True))
    try:
        with database.writing() as connection:
            upgrade(connection, "0002")
            assert inspect(connection).has_table("proposals")
            assert not inspect(connection).has_table("of_tomorrow")
    finally:
        metadata.remove(later)
    database.close()


def test_every_revision_goes_down_and_up_again_by_itself_with_what_is_held(database_url):
    backend = SqlBackend(database_url)
    store = backend.holdings("default").store
    store.put_actors([make_actor("a")])
    backend.close()
    database = Database(database_url)
    steps = 0
    while True:
        with database.writing() as connection:
            if current(connection) == "0001":
                break
            before = current(connection)
            downgrade(connection, "-1")
            upgrade(connection)
            while current(connection) != before:
                downgrade(connection, "-1")
            assert connection.execute(text("SELECT count(*) FROM actors")).scalar() == 1
            downgrade(connection, "-1")
            steps += 1
    database.close()
    assert steps >= 1
    backend = SqlBackend(database_url)
    assert [one.id for one in backend.holdings("default").store.actors()] == ["a"]
    backend.close()


def test_a_database_of_a_later_version_is_refused(database_url):
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(WorkspaceError, match=r"later version.*9999"):
        SqlBackend(database_url)


def test_an_unreachable_database_is_named_without_its_password():
    with pytest.raises(WorkspaceError) as error:
        SqlBackend("postgresql://maillon:topsecret@127.0.0.1:9/none")
    assert "topsecret" not in str(error.value)
    assert "127.0.0.1" in str(error.value)
