"""Is anything acknowledged lost when a writer is killed? `python -m benchmarks.durability [--batches 200]`.

A writer puts batches of actors with their vectors, and deletes some, until SIGKILL at a random moment; then
the database is opened again and compared with what the writer had said was done. On SQLite and PostgreSQL.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sqlalchemy import text

from benchmarks.machine import machine
from matcher.adapters.sql_store import SqlBackend
from matcher.adapters.sql_store.database import Database
from matcher.assembly import make_parts
from matcher.changes import ChangeKind
from matcher.domain import ActorId, Role
from matcher.encoder import FloatArray
from matcher.following import Follower
from matcher.settings import Settings
from matcher.store import Store
from tests.postgres import Server

BATCH = 20
WRITER = f"""
import sys
import numpy as np
from matcher.adapters.sql_store import SqlBackend
from matcher.domain import ActorId, Need, Skill
from matcher.text import words_of
from tests.fakes import make_actor

store = SqlBackend(sys.argv[1]).holdings("default").store
first = number = int(sys.argv[2])
while True:
    actors = [
        make_actor(f"a{{n}}", needs=(Need(f"n {{n}}"),), skills=(Skill(f"s {{n}}"),))
        for n in (f"{{number}}-{{k}}" for k in range({BATCH}))
    ]
    store.put_actors(actors)
    store.put_vectors("e", {{words.key: np.ones(8, np.float32) for one in actors for words in words_of(one)}})
    if number % 3 == 0 and number > first:
        store.delete_actor(ActorId(f"a{{number - 1}}-0"))
    print(number, flush=True)
    number += 1
"""


def killed_at_random(url: str, start: int, chance: random.Random) -> set[int]:
    """The batches that a writer acknowledged before it was killed."""
    done: set[int] = set()
    with subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-c", WRITER, url, str(start)], stdout=subprocess.PIPE, text=True
    ) as writer:
        for _ in range(chance.randint(1, 25)):
            done.add(int(writer.stdout.readline()))  # type: ignore[union-attr]
        time.sleep(chance.random() * 0.01)
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().splitlines()  # type: ignore[union-attr]
    return done | {int(line) for line in rest if line.isdigit()}


def faults(url: str, acknowledged: set[int]) -> tuple[list[str], int]:
    """What is lost, half-written or at odds with the numbered changes; and the last batch that is there."""
    backend = SqlBackend(url)
    holdings = backend.holdings("default")
    held: dict[int, set[int]] = {}
    ids = {actor.id for actor in holdings.store.actors()}
    for one in ids:
        batch, _, k = one[1:].partition("-")
        held.setdefault(int(batch), set()).add(int(k))
    whole = set(range(1, BATCH))  # the first of a batch may have been deleted
    found = [
        f"batch {n} is lost or half there"
        for n in acknowledged | set(held)
        if not held.get(n, set()) >= whole
    ]
    put: set[str] = set()
    deleted: set[str] = set()
    last = 0
    while page := holdings.changes.after(last, 1_000):
        if [one.seq for one in page] != sorted({one.seq for one in page}):
            found.append(f"the changes after {last} are out of order")
        put |= {one.id for one in page if one.kind is ChangeKind.ACTOR_PUT}
        deleted |= {one.id for one in page if one.kind is ChangeKind.ACTOR_DELETED}
        last = page[-1].seq
    if put - deleted != ids:
        found.append("the changes tell of other actors than there are")
    found += _at_odds(holdings.store, ids)
    backend.close()
    return found + _orphans(url), max(held, default=-1)


class _Ones:
    """The encoder of the writer: ones, whatever the text."""

    name = "e"
    dimension = 8

    def encode(self, texts: Sequence[str], role: Role) -> FloatArray:  # noqa: ARG002
        return np.ones((len(texts), self.dimension), dtype=np.float32)


def _at_odds(store: Store, ids: set[ActorId]) -> list[str]:
    """What a matcher that starts on the store holds otherwise than the store."""
    settings = Settings(model="hashing")
    matcher = Follower(store, make_parts(settings, _Ones())).matcher()
    what, faults = matcher.pool.complementarity, []
    if set(matcher.pool.rows) != ids:
        faults.append("the matcher knows other actors than the store")
    for index, table in ((matcher.indexes.needs, what.needs), (matcher.indexes.skills, what.skills)):
        if len(index) != len(table.texts) or not np.diff(table.owners.starts).all():
            faults.append(f"the index of {table.role} holds a text that nobody says, or lacks one")
    return faults


def _orphans(url: str) -> list[str]:
    database = Database(url)
    query = (
        "SELECT count(*) FROM actor_texts t WHERE NOT EXISTS "
        "(SELECT 1 FROM actors a WHERE a.tenant = t.tenant AND a.id = t.actor_id)"
    )
    with database.reading() as connection:
        count = connection.execute(text(query)).scalar()
    database.close()
    return [f"{count} texts of nobody"] if count else []


def endured(url: str, batches: int, chance: random.Random) -> str:
    """One line of the report; exits at the first fault."""
    acknowledged: set[int] = set()
    kills, start = 0, 0
    SqlBackend(url).close()
    while len(acknowledged) < batches:
        acknowledged |= killed_at_random(url, start, chance)
        kills += 1
        found, last = faults(url, acknowledged)
        if found:
            sys.exit(f"after {kills} kills: {found[:5]}")
        start = last + 1
    return f"| {url.partition(':')[0]} | {len(acknowledged)} | {kills} | 0 |"


def main() -> None:
    """Print a line for each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)  # noqa: S311 (moments, not secrets)
    print(f"`python -m benchmarks.durability --batches {arguments.batches}`\n\n{machine()}\n")
    print("| database | batches acknowledged | kills | lost, half-written or at odds |\n|---|---|---|---|")
    server = Server()
    try:
        with tempfile.TemporaryDirectory() as directory:
            for url in (f"sqlite:///{Path(directory) / 'maillon.db'}", server.fresh()):
                print(endured(url, arguments.batches, chance), flush=True)
    finally:
        server.close()


if __name__ == "__main__":
    main()
