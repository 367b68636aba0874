"""Backup, restore and privacy, as an operator meets them."""

import gzip
import json
from datetime import UTC, date, datetime
from io import StringIO

import numpy as np
import pytest

from matcher.access import ApiKey, Scope
from matcher.adapters.sql_store import SqlBackend
from matcher.cli import main
from matcher.domain import ActorId, Contact
from matcher.errors import WorkspaceError
from matcher.proposals import Action, Decision, Proposal, ProposalId
from matcher.serving import Interaction, InteractionKind, ListId, ServedItem, ServedList
from matcher.store import Revision
from tests.fakes import make_actor, make_alliance

NOW = datetime(2026, 11, 24, 8, 30, 0, 123, tzinfo=UTC)


def fill(backend):
    """One of everything, for two tenants."""
    backend.add_tenant("autre")
    backend.access.put_key(ApiKey("k1", "autre", "clé", "digest", frozenset({Scope.READ}), NOW))
    for tenant in ("default", "autre"):
        held = backend.holdings(tenant)
        held.store.put_actors([make_actor("a"), make_actor("b", name="L'Été indien"), make_actor("c")])
        held.store.put_contacts([Contact(ActorId("a"), "Ada", "ada@exemple.fr", "0102")])
        held.store.put_alliances([make_alliance("a", "c", id="x", started=date(2026, 1, 2))])
        held.store.put_vectors("e", {"clef": np.array([0.1, -2.5, 3e-9], np.float32)})
        held.proposals.add(
            [Proposal(ProposalId("p"), ActorId("a"), ActorId("b"), 61.5, "m", "e", {"score": 61.5}, NOW, NOW)]
        )
        held.proposals.decide(ProposalId("p"), Decision(Action.REVIEW, by="Léa", note="vu"), NOW)
        lines = (ServedItem(1, ActorId("a"), 0.5, {"f": 1.0}), ServedItem(2, ActorId("c"), 0.25, {"f": 2.0}))
        held.serving.record(ServedList(ListId("l"), NOW, "matches", ActorId("b"), "m", "e", lines))
        held.serving.interact([Interaction(ListId("l"), ActorId("a"), InteractionKind.CLICK, 1, NOW)])


def told(backend, tenant):
    """All that a tenant can be asked."""
    held = backend.holdings(tenant)
    proposal = held.proposals.get(ProposalId("p"))
    vectors = held.store.vectors("e", ["clef"])
    return {
        "actors": list(held.store.actors()),
        "contact": held.store.contact(ActorId("a")),
        "alliances": list(held.store.alliances()),
        "vectors": {key: vector.tolist() for key, vector in vectors.items()},
        "proposal": proposal,
        "steps": held.proposals.steps(proposal.id),
        "served": list(held.serving.lists()),
        "interactions": list(held.serving.interactions()),
        "changes": held.changes.after(0, 100),
        "keys": backend.access.keys(tenant),
    }


@pytest.fixture
def backend(database_url):
    opened = SqlBackend(database_url)
    fill(opened)
    yield opened
    opened.close()


@pytest.fixture
def filled(tmp_path):
    """The URL of a SQLite workspace that holds one of everything."""
    url = f"sqlite:///{tmp_path / 'filled.db'}"
    opened = SqlBackend(url)
    fill(opened)
    opened.close()
    return url


@pytest.fixture
def saved(filled, tmp_path):
    """A backup of it."""
    opened = SqlBackend(filled)
    opened.backup(tmp_path / "saved.gz")
    opened.close()
    return tmp_path / "saved.gz"


@pytest.fixture
def empty(database_url):
    opened = SqlBackend(database_url)
    yield opened
    opened.close()


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code or 0


def test_a_backup_comes_back_whole_into_a_workspace_that_lost_everything(backend, tmp_path):
    before = {tenant: told(backend, tenant) for tenant in backend.tenants()}
    count = backend.backup(tmp_path / "b.gz")
    for tenant in backend.tenants():
        for actor in ("a", "b", "c"):
            backend.holdings(tenant).store.delete_actor(ActorId(actor))
    assert backend.restore(tmp_path / "b.gz", force=True) == count
    assert {tenant: told(backend, tenant) for tenant in backend.tenants()} == before


def test_whoever_runs_while_a_backup_is_restored_learns_to_read_everything_again(backend, tmp_path):
    store = backend.holdings("default").store
    backend.backup(tmp_path / "b.gz")
    versions = [store.version]
    for name in ("d", "e"):
        store.put_actors([make_actor(name)])
        versions.append(store.version)
        backend.restore(tmp_path / "b.gz", force=True)
        store.put_actors([make_actor("after")])
        assert all(store.changed_since(version) is None for version in versions)
        versions.append(store.version)
        assert store.changed_since(store.version) == Revision(store.version, {}, {})
    assert versions == sorted(set(versions))


def test_a_backup_of_sqlite_moves_to_either_database_and_work_goes_on_there(filled, saved, empty):
    source = SqlBackend(filled)
    empty.restore(saved, force=False)
    assert told(empty, "autre") == told(source, "autre")
    source.close()
    click = Interaction(ListId("l"), ActorId("c"), InteractionKind.CLICK, 2, NOW)
    held = empty.holdings("default")
    assert held.serving.interact([click]) == 1
    assert [one.actor_id for one in held.serving.interactions()] == ["a", "c"]


def test_a_backup_of_postgresql_moves_to_sqlite(postgresql_server, tmp_path):
    source = SqlBackend(postgresql_server.fresh())
    fill(source)
    count = source.backup(tmp_path / "b.gz")
    target = SqlBackend(f"sqlite:///{tmp_path / 'moved.db'}")
    assert target.restore(tmp_path / "b.gz", force=False) == count
    for tenant in ("default", "autre"):
        assert told(target, tenant) == told(source, tenant)
    source.close()
    target.close()


def test_a_workspace_that_holds_something_is_only_replaced_by_force(backend, saved):
    backend.holdings("default").store.put_actors([make_actor("d")])
    with pytest.raises(WorkspaceError, match="not empty"):
        backend.restore(saved, force=False)
    assert len(list(backend.holdings("default").store.actors())) == 4
    version = backend.holdings("default").store.version
    backend.restore(saved, force=True)
    assert len(list(backend.holdings("default").store.actors())) == 3
    assert backend.holdings("default").store.version != version


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: lines[:-1],
        lambda lines: [*lines[:3], *lines[4:]],
        lambda lines: [lines[0].replace("maillon-backup", "other"), *lines[1:]],
        lambda lines: [lines[0].replace('"revision":"', '"revision":"9'), *lines[1:]],
        lambda lines: [*lines[:2], '["no_such_table",{}]', *lines[2:]],
        lambda lines: [*lines[:2], "{not json", *lines[2:]],
        lambda _: [],
    ],
)
def test_a_spoilt_backup_is_refused_and_changes_nothing(spoil, empty, saved):
    fill(empty)
    before = told(empty, "default")
    lines = gzip.decompress(saved.read_bytes()).decode().splitlines()
    saved.write_bytes(gzip.compress("\n".join(spoil(lines)).encode()))
    with pytest.raises(WorkspaceError):
        empty.restore(saved, force=True)
    assert told(empty, "default") == before


def test_a_backup_that_was_cut_or_is_missing_is_refused(tmp_path, saved, filled):
    backend = SqlBackend(filled)
    (tmp_path / "cut.gz").write_bytes(saved.read_bytes()[:-40])
    for name in ("cut.gz", "missing.gz"):
        with pytest.raises(WorkspaceError, match="not a whole backup"):
            backend.restore(tmp_path / name, force=True)
    with pytest.raises(WorkspaceError, match="cannot be written"):
        backend.backup(tmp_path / "no" / "such" / "place.gz")
    backend.close()


def test_backup_and_restore_from_the_command_line(filled, tmp_path, capsys):
    path, other = tmp_path / "b.gz", f"sqlite:///{tmp_path / 'other.db'}"
    assert run("backup", str(path), "-w", filled) == 0
    assert path.stat().st_mode & 0o077 == 0
    assert run("restore", str(path), "-w", other) == 0
    assert "rows are back" in capsys.readouterr().out
    assert run("restore", str(path), "-w", other) == 1
    assert "--force" in capsys.readouterr().err


def test_privacy_export_tells_all_that_is_held_of_an_actor_and_nothing_of_others(filled, capsys):
    assert run("privacy", "export", "a", "--tenant", "autre", "-w", filled) == 0
    held = json.loads(capsys.readouterr().out)
    assert (held["tenant"], held["actor"]["id"]) == ("autre", "a")
    assert held["contact"]["contact_email"] == "ada@exemple.fr"
    assert [one["id"] for one in held["alliances"]] == ["x"]
    assert held["proposals"][0]["steps"][0]["decision"]["by"] == "Léa"
    assert [(one["actor_id"], [i["actor_id"] for i in one["items"]]) for one in held["served"]] == [
        (None, ["a"])
    ]
    assert [one["kind"] for one in held["interactions"]] == ["click"]


def test_privacy_erase_asks_first_and_then_leaves_nothing(filled, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    assert run("privacy", "erase", "a", "-w", filled) == 1
    assert run("privacy", "export", "a", "-w", filled) == 0
    assert run("privacy", "erase", "a", "--yes", "-w", filled) == 0
    capsys.readouterr()
    assert run("privacy", "export", "a", "-w", filled) == 1
    assert run("privacy", "export", "a", "--tenant", "autre", "-w", filled) == 0
    assert run("privacy", "erase", "a", "--yes", "-w", filled) == 1
