"""How long pages of actors take with many actors and proposals: `python -m benchmarks.actor_pages`.

The sample's organisations are copied under other names and shuffled texts; every time is that of the
service in this process, sign-in and templates included. The queue is timed in the same run as a peer.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from benchmarks.machine import machine
from matcher.access import Person, Scope
from matcher.adapters.tables import read_rows
from matcher.domain import Actor, ActorId, Need, Skill
from matcher.importing import RecordKind, read_actors
from matcher.proposals import Proposal, ProposalId
from matcher.proposing import places_of
from matcher.settings import Settings
from matcher.taxonomy import default_taxonomy, sample_directory
from matcher.territory import default_gazetteer
from service.app import create_app

PASSWORD = "un mot de passe long"  # noqa: S105 (of a made-up person)
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def copies(count: int, chance: random.Random) -> list[Actor]:
    """So many actors with the sample's texts, shuffled between them."""
    rows = read_rows(sample_directory() / "actors.jsonl", RecordKind.ACTORS)
    sample = [one.item[0] for one in read_actors(rows, default_taxonomy(), default_gazetteer()).kept]
    needs = [need.text for actor in sample for need in actor.needs]
    skills = [skill.text for actor in sample for skill in actor.skills]
    return [
        replace(
            model,
            id=ActorId(f"a{n:05d}"),
            name=f"{model.name} {n}",
            needs=tuple(Need(f"{text} ({n})") for text in chance.sample(needs, 3)),
            skills=tuple(Skill(f"{text} ({n})") for text in chance.sample(skills, 3)),
        )
        for n, model in ((n, sample[n % len(sample)]) for n in range(count))
    ]


def proposals(actors: list[Actor], count: int, chance: random.Random) -> Iterator[Proposal]:
    """So many proposals of random pairs."""
    for n in range(count):
        one, other = sorted(chance.sample(actors, 2), key=lambda actor: actor.id)
        brief = {
            "id": one.id,
            "name": one.name,
            "sector": one.sector,
            "register": one.register,
            "commune": None,
        }
        served = {
            "actor": brief,
            "other": brief | {"id": other.id, "name": other.name},
            "score": 50.0,
            "bias": 50.0,
            "contributions": [],
            "needs_met": [],
            "skills_wanted": [],
            "reasons": [],
        }
        places = places_of((one, other))
        yield Proposal(
            ProposalId(f"p{n}"),
            one.id,
            other.id,
            chance.random() * 99,
            "m",
            "e",
            served,
            NOW,
            NOW,
            places=places,
        )


@contextmanager
def signed_in(actors: list[Actor], count: int, chance: random.Random) -> Iterator[TestClient]:
    """A browser of somebody signed in on a service that holds all this, its index built."""
    with tempfile.TemporaryDirectory() as directory:
        app = create_app(Settings(workspace=str(Path(directory) / "maillon.db"), model="hashing"))
        tenant = app.state.tenants.of("default")
        tenant.holdings.store.put_actors(actors)
        tenant.holdings.proposals.add(proposals(actors, count, chance))
        kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        scopes = frozenset({Scope.READ, Scope.REVIEW})
        app.state.tenants.backend.access.put_person(
            Person("ana", "default", "Ana", scopes, kept, territories=("FR",))
        )
        started = perf_counter()
        tenant.workspace.matcher()
        print(f"index built in {perf_counter() - started:.1f} s")
        browser = TestClient(app)
        form = {"csrf": token(browser.get("/connexion").text), "nom": "ana", "mot_de_passe": PASSWORD}
        browser.post("/connexion", data=form)
        yield browser
        app.state.tenants.close()


def token(text: str) -> str:
    """The token of a page's form."""
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    return found[1] if found else ""


def measured(name: str, rounds: int, ask: Callable[[int], object]) -> None:
    """Print the median and the 95th percentile of so many requests, in milliseconds."""
    ask(0)
    times = []
    for n in range(rounds):
        started = perf_counter()
        ask(n)
        times.append((perf_counter() - started) * 1_000)
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name:32} median {statistics.median(times):7.1f} ms   p95 {p95:7.1f} ms")


def asked_sizes() -> argparse.Namespace:
    """Actors, proposals and rounds from the command line, printed with the machine."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--actors", type=int, default=10_000)
    parser.add_argument("--proposals", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40)
    asked = parser.parse_args()
    print(machine(), f"{asked.actors} actors, {asked.proposals} proposals", sep="; ")
    return asked


def main() -> None:
    """Measure."""
    asked = asked_sizes()
    chance = random.Random(7)  # noqa: S311 (a fixed shuffle)
    actors = copies(asked.actors, chance)
    with signed_in(actors, asked.proposals, chance) as browser:

        def get(path: str) -> object:
            answer = browser.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")
            return answer

        def save(n: int) -> object:
            address = f"/acteurs/a{n:05d}/modifier"
            text = browser.get(address).text
            form = {"csrf": token(text), "tag": re.findall(r'name="tag" value="&#34;(\w+)', text)[0]}
            actor = actors[n]
            values = {
                "tag": f'"{form["tag"]}"',
                "csrf": form["csrf"],
                "name": actor.name,
                "sector": actor.sector,
                "register": actor.register,
                "needs": [f"un besoin tout neuf numéro {n}"],
            }
            answer = browser.post(address, data=values, follow_redirects=False)
            if answer.status_code != 303:
                raise RuntimeError(f"{address}: {answer.status_code}")
            return get(f"/acteurs/a{n:05d}")

        rounds = asked.rounds
        measured("the queue (peer)", rounds, lambda _: get("/a-examiner"))
        measured("list", rounds, lambda n: get(f"/acteurs?page={n + 1}"))
        measured("list, by name", rounds, lambda n: get(f"/acteurs?nom=les+{n}"))
        measured("list, by place and theme", rounds, lambda _: get("/acteurs?territoire=Redon&theme=024000"))
        measured("search in free text", rounds, lambda n: get(f"/acteurs?texte=un+local+chauffé+{n}"))
        measured("search, by place", rounds, lambda n: get(f"/acteurs?texte=un+local+{n}&territoire=Redon"))
        measured("profile", rounds, lambda n: get(f"/acteurs/a{n * 37:05d}"))
        measured("form, filled", rounds, lambda n: get(f"/acteurs/a{n * 37:05d}/modifier"))
        measured("form, save a need, profile", min(rounds, 20), save)


if __name__ == "__main__":
    main()
