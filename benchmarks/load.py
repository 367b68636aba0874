"""Does the service keep its pace beside writes? `python -m benchmarks.load DIRECTORY --workspace FILE`.

DIRECTORY holds the CORDIS tables; FILE is made of them when it is missing, and copied before use. Two
workers serve 26,556 actors; requests come at a fixed pace whatever is answered (open loop, times counted
from when a request was due): 80 % explained matches, 15 % searches in free text, 5 % writes (put, patch).
Then the same again ("watched") while an actor is put now and then, searched for by its words over fresh
connections until every one finds it, and deleted: that is load beyond the pace. Then the pace alone for the
peer (`benchmarks.peer_endpoint`).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread, local

import numpy as np

from benchmarks.cordis import import_all, index_all
from benchmarks.load_server import HOST, cpu_seconds, database, new_key, serving
from benchmarks.machine import machine
from matcher.assembly import open_workspace

CONNECTIONS = 32
PEER = [
    *("uvicorn", "--factory", "benchmarks.peer_endpoint:create_app"),
    *("--log-level", "warning", "--no-access-log"),
]
PROBES = 8
"""Fresh connections of a freshness trial: with two workers, one is missed once in 128 trials."""


@dataclass(slots=True)
class Tally:
    """What was measured: milliseconds by kind, failures, and seconds until every worker followed."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    lags: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


class Caller:
    """Sends requests, each thread over a connection of its own."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._held = local()

    def fresh(self) -> http.client.HTTPConnection:
        """A new connection, whichever worker takes it."""
        return http.client.HTTPConnection(HOST, self._port, timeout=30)

    def send(
        self, method: str, path: str, body: object = None, over: http.client.HTTPConnection | None = None
    ) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        connection = over or getattr(self._held, "connection", None) or self.fresh()
        if over is None:
            self._held.connection = connection
        content = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, path, content, self._headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise


def actor(number: int) -> dict[str, object]:
    """An actor to put, in words that nobody used before."""
    return {
        "id": f"load-{number}",
        "name": f"Organisation {number}",
        "sector": "economique",
        "register": "entreprise",
        "description": f"We make pilot line number {number} work.",
        "needs": [f"a laboratory that tests batch {number} of recycled polymers"],
        "skills": [f"small series production of sensor type {number}"],
    }


def requests(ids: list[str], seed: int) -> Iterator[tuple[str, str, str, object]]:
    """Kind, method, path and body of one request after another; each seed puts actors of its own."""
    chance = random.Random(seed)  # noqa: S311 (a load, no secret)
    number = seed * 10_000
    while True:
        draw, some = chance.random(), chance.choice(ids)
        if draw < 0.03:
            number += 1
            yield "put", "PUT", f"/v1/actors/load-{number}", actor(number)
        elif draw < 0.05:
            yield "patch", "PATCH", f"/v1/actors/{some}", {"capacity": chance.randint(1, 9)}
        elif draw < 0.20:
            text = f"partners for trials of {chance.choice(WORDS)} {chance.choice(WORDS)}"
            yield "search", "POST", "/v1/matches:search", {"text": text, "limit": 10}
        else:
            yield "matches", "GET", f"/v1/actors/{some}/matches?explain=true&limit=10", None


WORDS = (
    "hydrogen",
    "wood",
    "maritime",
    "satellite",
    "nutrition",
    "batteries",
    "water",
    "AI",
    "vaccine",
    "rail",
)


def loaded(caller: Caller, given: Iterator[tuple[str, str, str, object]], rate: int, seconds: int) -> Tally:
    """What so many requests a second for so long took, from the moment when each was due."""
    tally = Tally()

    def one(due: float, kind: str, method: str, path: str, body: object) -> None:
        try:
            status, _ = caller.send(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            tally.failed.append(f"{kind}: {error!r}")
            return
        tally.taken[kind].append((time.perf_counter() - due) * 1_000)
        if status >= 400:
            tally.failed.append(f"{kind}: {status}")

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        start = time.perf_counter()
        for n in range(rate * seconds):
            due = start + n / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            threads.submit(one, due, *next(given))
    return tally


def found(caller: Caller, number: int, connection: http.client.HTTPConnection) -> bool | None:
    """Whether a search over this connection finds an actor by its words; None when it was closed."""
    asked = {"text": str(actor(number)["skills"][0]), "role": "need", "limit": 10}
    try:
        status, body = caller.send("POST", "/v1/matches:search", asked, over=connection)
    except (OSError, http.client.HTTPException):
        return None
    return status == 200 and f"load-{number}" in {hit["actor"]["id"] for hit in json.loads(body)["items"]}


def followed(caller: Caller, tally: Tally, stop: Event) -> None:
    """Put an actor and wait until every connection finds it, delete it and wait until none does; again.

    A trial whose write gets no answer counts as failed, and the next one begins.
    """
    number = 1_000_000
    while not stop.wait(3.0):
        number += 1
        path = f"/v1/actors/load-{number}"
        try:
            for kind, method, body in (("put", "PUT", actor(number)), ("delete", "DELETE", None)):
                status, _ = caller.send(method, path, body, over=caller.fresh())
                acknowledged = time.perf_counter()
                if status >= 400:
                    tally.failed.append(f"fresh {kind}: {status}")
                until_all(caller, number, wanted=method == "PUT")
                tally.lags[kind].append(time.perf_counter() - acknowledged)
        except (OSError, http.client.HTTPException) as error:
            tally.failed.append(f"fresh: {error!r}")


def until_all(caller: Caller, number: int, *, wanted: bool) -> None:
    """Return once a search over each of some connections has found the actor, or has not."""
    for connection in [caller.fresh() for _ in range(PROBES)]:
        while found(caller, number, connection) is not wanted:
            time.sleep(0.1)
        connection.close()


def measured(
    name: str,
    process: subprocess.Popen[bytes],
    caller: Caller,
    given: argparse.Namespace,
    asked: Iterator[tuple[str, str, str, object]],
) -> None:
    """Load an application at the pace, and print its rows of the table."""
    before = cpu_seconds(process)
    tally = loaded(caller, asked, given.rate, given.seconds)
    used = cpu_seconds(process) - before
    expected = [one for one in tally.failed if not name.startswith("peer") or "patch" not in one]
    for kind, taken in sorted(tally.taken.items()):
        p50, p99 = np.quantile(taken, [0.5, 0.99])
        print(f"| {name} | {kind} | {len(taken)} | {p50:.1f} | {p99:.1f} |", flush=True)
    print(f"| {name} | errors | {len(expected)} | | |  {sorted(set(expected))[:5]}")
    print(f"| {name} | processor ms a request | {used / (given.rate * given.seconds) * 1_000:.1f} | | |")


def watched(
    process: subprocess.Popen[bytes], caller: Caller, ids: list[str], given: argparse.Namespace
) -> None:
    """The same again while actors come and go, and how long every worker took to follow them."""
    stop, lags = Event(), Tally()
    watch = Thread(target=followed, args=(caller, lags, stop))
    watch.start()
    measured("maillon, watched", process, caller, given, requests(ids, seed=3))
    stop.set()
    watch.join()
    print(
        f"| maillon, watched | errors of the watch | {len(lags.failed)} | | |  {sorted(set(lags.failed))[:5]}"
    )
    for kind, seconds in lags.lags.items():
        middle, most = np.median(seconds) * 1e3, max(seconds) * 1e3
        what = f"every worker follows a {kind}, ms: median, most"
        print(f"| maillon, watched | {what} | {len(seconds)} | {middle:.0f} | {most:.0f} |")


def warmed(port: int, key: str, ids: list[str]) -> Caller:
    """Somebody who calls an application that has answered a hundred questions."""
    caller = Caller(port, key)
    warm = requests(ids, seed=1)
    loaded(caller, (one for one in warm if one[0] in ("matches", "search")), 20, 5)
    return caller


def prepared(directory: Path, workspace: Path) -> None:
    """Make the workspace of the tables, every text encoded, when it is missing."""
    if not workspace.exists():
        with open_workspace(str(workspace)) as opened:
            print(import_all(opened, directory), index_all(opened), sep="\n")


def peer_vectors(workspace: Path, path: Path) -> list[str]:
    """The ids of all actors; the peer's vectors are written to a file."""
    with open_workspace(str(workspace)) as opened:
        pool = opened.index()
    tables = (pool.complementarity.needs, pool.complementarity.skills, pool.missions.said)
    vectors = np.stack(
        [
            np.concatenate([table.vectors[table.of_actor.of(row)] for table in tables]).mean(axis=0)
            for row in range(len(pool.actors))
        ]
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    columns = {name: [getattr(one, name[:-1]) for one in pool.actors] for name in ("ids", "names", "sectors")}
    np.savez(path, vectors=vectors.astype(np.float32), **columns)
    return columns["ids"]


def main() -> None:
    """Print a table of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    prepared(given.directory, given.workspace)
    how = f"--database {given.database} --rate {given.rate} --seconds {given.seconds}"
    print(
        f"`python -m benchmarks.load … {how}`\n\n{machine()}, load average {os.getloadavg()[0]:.1f} before\n"
    )
    print("| | what | count | p50 ms | p99 ms |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        ids = peer_vectors(given.workspace, directory / "peer.npz")
        with database(given.database, given.workspace, directory) as url:
            key = new_key(url)
            environment = {"MAILLON_WORKSPACE": url, "MAILLON_RATE_LIMIT": "0"}
            with serving(["matcher", "serve"], environment) as (port, process):
                caller = warmed(port, key, ids)
                measured("maillon", process, caller, given, requests(ids, seed=2))
                watched(process, caller, ids, given)
        environment = {"PEER_VECTORS": str(directory / "peer.npz")}
        with serving(PEER, environment) as (port, process):
            measured("peer", process, warmed(port, "none", ids), given, requests(ids, seed=2))


if __name__ == "__main__":
    main()
