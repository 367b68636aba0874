"""Actors, alliances and an encoder whose right answers are known by construction."""

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np

from matcher.adapters.faiss_index import index_for
from matcher.domain import (
    Actor,
    ActorId,
    Alliance,
    AllianceId,
    Need,
    PublicationStatus,
    Role,
    Skill,
    Territory,
)
from matcher.encoder import FloatArray
from matcher.following import Parts
from matcher.lexicon import Lexicon
from matcher.ranking import WeightedSum
from matcher.store import MemoryStore, Store
from matcher.taxonomy import Lang, default_taxonomy
from matcher.territory import default_gazetteer
from matcher.workspace import Workspace

TODAY = date(2026, 11, 1)
REDON = Territory(
    commune="35236", commune_name="Redon", epci="243500741", epci_name="CA Redon Agglomération",
    departement="35", region="53", lat=47.65, lon=-2.08, radius_km=30.0,
)  # fmt: skip
SAINT_PAUL = Territory(
    commune="97415", commune_name="Saint-Paul", epci="249740101", epci_name="CA TCO",
    departement="974", region="04", lat=-21.0, lon=55.27, radius_km=20.0,
)  # fmt: skip


def make_actor(actor_id: str = "a", **changes: object) -> Actor:
    """An actor of Redon with one need and one skill, changed as asked."""
    values: dict[str, object] = {
        "id": ActorId(actor_id),
        "name": f"Organisation {actor_id}",
        "sector": "interet_general",
        "register": "associatif",
        "territory": REDON,
        "description": f"Ce que fait {actor_id}",
        "needs": (Need("un local chauffé pour répéter"),),
        "skills": (Skill("réparer des vélos"),),
        "themes": ("024000",),
        "sdgs": (11,),
        "updated": date(2026, 6, 1),
        "status": PublicationStatus.PUBLISHED,
    }
    return Actor(**(values | changes))  # type: ignore[arg-type]


def make_alliance(*members: str, **changes: object) -> Alliance:
    """An alliance of these actors begun in 2020, changed as asked."""
    values: dict[str, object] = {
        "id": AllianceId("-".join(members)),
        "members": tuple(ActorId(member) for member in members),
        "type": "mecenat",
        "started": date(2020, 5, 1),
    }
    return Alliance(**(values | changes))  # type: ignore[arg-type]


class ConceptEncoder:
    """Puts texts that bear the same `#concept` side by side, and all others far apart.

    `encoded` counts the texts that it was asked for.
    """

    name = "concepts"
    dimension = 512

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: Sequence[str], role: Role) -> FloatArray:  # noqa: ARG002
        self.encoded += len(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word, weight in [(text, 0.3), *((w, 1.0) for w in text.split() if w.startswith("#"))]:
                seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "little")
                direction = np.random.default_rng(seed).normal(size=self.dimension)
                vectors[row] += weight * direction / np.linalg.norm(direction)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def make_workspace(
    *actors: Actor, alliances: Sequence[Alliance] = (), store: Store | None = None
) -> Workspace:
    """A workspace of these actors on the concept encoder, on the day TODAY."""
    store = store or MemoryStore()
    store.put_actors(actors)
    store.put_alliances(alliances)
    parts = Parts(
        encoder=ConceptEncoder(),
        make_index=index_for,
        ranking=WeightedSum,
        taxonomy=default_taxonomy(),
        gazetteer=default_gazetteer(),
        lexicon=Lexicon({}, 0),
        clock=lambda: TODAY,
        lang=Lang.FR,
    )
    return Workspace(store, parts)


def crowd(count: int = 24) -> list[Actor]:
    """Actors of two sectors whose needs and skills answer nobody: the background of a territory."""
    return [
        make_actor(
            f"crowd-{i:02d}",
            sector="economique" if i % 2 else "public",
            register="entreprise" if i % 2 else "administratif",
            needs=(Need(f"manque {i} #need{i}"),),
            skills=(Skill(f"apport {i} #skill{i}"),),
            themes=(),
            sdgs=(),
        )
        for i in range(count)
    ]
