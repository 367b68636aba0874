"""The peer of `benchmarks.load`: matches as anyone would write them on sentence-transformers and FAISS.

One vector an actor (the mean of its texts), cosine, the ten nearest of another sector. No store, no key, no
explanation, no need apart from a skill; what is put is held by the one worker that was asked.

PEER_VECTORS names a .npz of ids, sectors, names and vectors, which `benchmarks.load` writes.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import Any

import faiss
import numpy as np
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from matcher.assembly import make_encoder
from matcher.domain import Role
from matcher.settings import load_settings

OVERFETCH = 10


class Put(BaseModel):
    """What is read of an actor."""

    name: str
    sector: str
    description: str = ""
    needs: list[str] = []
    skills: list[str] = []


class Search(BaseModel):
    """A text to find actors for."""

    text: str
    limit: int = 10


def create_app() -> FastAPI:
    """The endpoint on the vectors that the environment names."""
    held = np.load(os.environ["PEER_VECTORS"])
    ids, names, sectors = (held[name].tolist() for name in ("ids", "names", "sectors"))
    vectors = held["vectors"]
    rows = {one: row for row, one in enumerate(ids)}
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    encoder = make_encoder(load_settings())  # the same model, loaded by sentence-transformers
    lock = Lock()
    app = FastAPI()

    def nearest(vector: np.ndarray, limit: int, apart_from: str | None) -> list[dict[str, Any]]:
        values, found = index.search(vector[None, :], limit * OVERFETCH)
        lines = [
            {"id": ids[row], "name": names[row], "sector": sectors[row], "score": float(value)}
            for value, row in zip(values[0], found[0], strict=True)
            if row >= 0 and sectors[row] != apart_from
        ]
        return lines[:limit]

    @app.get("/v1/actors/{actor_id}/matches")
    def matches(actor_id: str, limit: int = 10) -> dict[str, Any]:
        if actor_id not in rows:
            raise HTTPException(404)
        row = rows[actor_id]
        return {"items": nearest(index.reconstruct(row), limit, sectors[row])}

    @app.post("/v1/matches:search")
    def search(body: Search) -> dict[str, Any]:
        return {"items": nearest(encoder.encode([body.text], Role.NEED)[0], body.limit, None)}

    @app.put("/v1/actors/{actor_id}")
    def put(actor_id: str, body: Put) -> dict[str, str]:
        texts = [*body.needs, *body.skills, body.description]
        mean = encoder.encode(texts, Role.MISSION).mean(axis=0)
        with lock:
            index.add((mean / np.linalg.norm(mean)).astype(np.float32)[None, :])
            ids.append(actor_id)
            names.append(body.name)
            sectors.append(body.sector)
            rows[actor_id] = len(ids) - 1
        return {"id": actor_id}

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app
