"""How long pages of following up take: `python -m benchmarks.follow_up`.

10,000 random pairs of the sample's organisations, copied under other names, walk the chain as far as chance
has it. Times are those of the service in this process, sign-in and templates included, on SQLite (or, with
`--postgresql`, on a server of our own); the queue is timed in the same run as a peer. Processor time is
told too, because a shared machine makes the other one longer.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from time import perf_counter, process_time

from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from benchmarks.machine import machine
from matcher.access import Person, Scope
from matcher.adapters.tables import read_rows
from matcher.backend import Holdings
from matcher.domain import Actor, ActorId, Outcome
from matcher.importing import RecordKind, read_actors
from matcher.proposals import (
    Action,
    Counterfactual,
    Decision,
    Proposal,
    ProposalId,
    ProposalQuery,
    ProposalState,
)
from matcher.proposing import places_of
from matcher.settings import Settings
from matcher.taxonomy import default_taxonomy, sample_directory
from matcher.territory import default_gazetteer
from service.app import create_app
from tests.postgres import Server

PASSWORD = "un mot de passe long"  # noqa: S105 (of a made-up person)
NOW = datetime.now(UTC)
WALK = (
    Decision(Action.REVIEW, "ana", minutes=5, activity="connaissance"),
    Decision(Action.INTRODUCE, "ana", minutes=15, activity="mise_en_relation", next_activity="rencontre"),
    Decision(Action.MEET, "ana", minutes=60, activity="rencontre"),
    Decision(Action.ALLY, "ana", minutes=30, activity="partenariats", alliance_type="mecenat"),
    Decision(
        Action.FOLLOW_UP,
        "ana",
        minutes=15,
        activity="evaluation",
        outcome=Outcome(2, 1, 3),
        counterfactual=Counterfactual.NO,
    ),
)
LEFT = (0.7, 0.6, 0.5, 0.5, 0.5)
"""The share that takes each step after those that took the one before."""


def actors_of(count: int) -> list[Actor]:
    """So many actors with the sample's texts."""
    rows = read_rows(sample_directory() / "actors.jsonl", RecordKind.ACTORS)
    sample = [one.item[0] for one in read_actors(rows, default_taxonomy(), default_gazetteer()).kept]
    models = [sample[n % len(sample)] for n in range(count)]
    return [
        replace(model, id=ActorId(f"a{n:05d}"), name=f"{model.name} {n}") for n, model in enumerate(models)
    ]


def proposals_of(actors: list[Actor], count: int, chance: random.Random) -> list[Proposal]:
    """So many proposals of random pairs, each linked both ways."""
    pairs = set()
    while len(pairs) < count:
        one, other = sorted(chance.sample(range(len(actors)), 2))
        pairs.add((one, other))
    made = []
    for n, (first, second) in enumerate(sorted(pairs)):
        one, other = actors[first], actors[second]
        briefs = [
            {"id": a.id, "name": a.name, "sector": a.sector, "register": a.register, "commune": "X"}
            for a in (one, other)
        ]
        links = [
            {
                "need_actor": a.id,
                "need": chance.choice(a.needs).text,
                "skill_actor": b.id,
                "skill": chance.choice(b.skills).text,
                "strength": round(chance.random(), 4),
            }
            for a, b in ((one, other), (other, one))
        ]
        points = [{"feature": f"f{i}", "value": 0.5, "points": 1.0} for i in range(17)]
        reasons = [{"kind": "x", "text": link["need"], "sources": ["actor:a.needs[0]"]} for link in links]
        served = {
            "actor": briefs[0],
            "other": briefs[1],
            "score": 50.0,
            "bias": 50.0,
            "contributions": points,
            "needs_met": links[:1],
            "skills_wanted": links[1:],
            "reasons": reasons * 3,
        }
        at = NOW - timedelta(days=chance.randrange(300, 360))
        made.append(
            Proposal(
                ProposalId(f"p{n:05d}"),
                one.id,
                other.id,
                chance.random() * 99,
                "m",
                "e",
                served,
                at,
                at,
                places=places_of((one, other)),
                sectors=tuple(sorted({one.sector, other.sector})),
            )
        )
    return made


def walk(holdings: Holdings, ids: list[ProposalId], chance: random.Random) -> int:
    """How many steps were taken, spread over a year."""
    steps = 0
    for place, (decision, share) in enumerate(zip(WALK, LEFT, strict=True)):
        ids = [one for one in ids if chance.random() < share]
        batches = 40
        for batch in range(batches):
            at = NOW - timedelta(days=280 - 50 * place - batch, hours=chance.randrange(24))
            holdings.proposals.decide_all(ids[batch::batches], decision, at)
        steps += len(ids)
    return steps


def token(text: str) -> str:
    """The token of a page's form."""
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    return found[1] if found else ""


def timed(browser: TestClient, address: str, repeats: int) -> tuple[float, float, float]:
    """Median, 95th percentile and median processor milliseconds of a page, the first time left out."""
    if browser.get(address).status_code != HTTPStatus.OK:
        raise SystemExit(f"{address} does not answer")
    times, processor = [], []
    for _ in range(repeats):
        started, used = perf_counter(), process_time()
        browser.get(address)
        times.append((perf_counter() - started) * 1_000)
        processor.append((process_time() - used) * 1_000)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1], statistics.median(processor)


def run(workspace: str, count: int, repeats: int) -> None:
    """Fill a service, and time its pages."""
    chance = random.Random(7)  # noqa: S311 (to scatter, not to hide)
    app = create_app(Settings(workspace=workspace, model="hashing"))
    tenant = app.state.tenants.of("default")
    actors = actors_of(count // 5)
    tenant.holdings.store.put_actors(actors)
    made = proposals_of(actors, count, chance)
    tenant.holdings.proposals.add(made)
    steps = walk(tenant.holdings, [one.id for one in made], chance)
    kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    scopes = frozenset({Scope.READ, Scope.REVIEW})
    access = app.state.tenants.backend.access
    for name, place in (("ana", "FR"), ("bea", "243500741")):
        access.put_person(Person(name, "default", name, scopes, kept, territories=(place,)))
    tenant.workspace.matcher()
    counts = tenant.holdings.proposals.counts(ProposalQuery())
    print(f"{count} proposals, {steps} steps, {len(actors)} actors; {repeats} times each")
    print({state.value: held for state, held in counts.items() if held})
    retained = tenant.holdings.proposals.latest(ProposalQuery(states=[ProposalState.REVIEWED]), 1)
    known = retained.proposals[0].id
    pages = {
        "queue (peer)": "/a-examiner",
        "board": "/suivi",
        "list": "/suivi?vue=liste",
        "list, filtered": "/suivi?vue=liste&etat=alliance&qui=ana",
        "followed pair": f"/paires/{known}/suivi",
        "introduction": f"/paires/{known}/mise-en-relation",
        "handover": "/passation",
        "hours, a year": f"/temps?du={(NOW - timedelta(days=365)).date()}",
        "hours, one métier": f"/temps?du={(NOW - timedelta(days=365)).date()}&metier=accompagnement",
        "hours as CSV": f"/temps.csv?du={(NOW - timedelta(days=365)).date()}",
        "hours as Excel": f"/temps.xlsx?du={(NOW - timedelta(days=365)).date()}",
    }
    for name, whose in (("ana", "all of them"), ("bea", "those of one EPCI")):
        browser = TestClient(app)
        form = {"csrf": token(browser.get("/connexion").text), "nom": name, "mot_de_passe": PASSWORD}
        browser.post("/connexion", data=form)
        print(f"\nSeen by somebody whose territory holds {whose}:")
        print("| page | median ms | p95 ms | processor ms |\n|---|---|---|---|")
        for page, address in pages.items():
            if name == "ana" or not address.startswith("/paires"):
                times = timed(browser, address, repeats)
                print("| {} | {:.0f} | {:.0f} | {:.0f} |".format(page, *times), flush=True)
    app.state.tenants.close()


def main() -> None:
    """Print a table of times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proposals", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of our own")
    given = parser.parse_args()
    print(machine())
    if given.postgresql:
        server = Server()
        try:
            run(server.fresh(), given.proposals, given.repeats)
        finally:
            server.close()
        return
    with tempfile.TemporaryDirectory() as directory:
        run(str(Path(directory) / "maillon.db"), given.proposals, given.repeats)


if __name__ == "__main__":
    main()
