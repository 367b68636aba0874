"""What actors say, as cosines: each event's text is a vector, and an actor is the sum of its events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from matcher.encoder import FloatArray
from matcher.evaluation.chronicle import Known
from matcher.ragged import Rows

TextRows = Any
"""Rows of L2 norm 1 or 0, an array (texts, d) or a csr_matrix (texts, d)."""


@dataclass(frozen=True, slots=True)
class TextView:
    """One way of reading texts: the vectors of a state's events, and how a need becomes one.

    `norms` (n,) are the lengths of the actors' summed vectors, 1 where an actor says nothing.
    """

    known: Known
    events: TextRows
    profiles: TextRows
    norms: FloatArray
    read: Callable[[Sequence[str]], TextRows]

    def profile_cosines(self, rows: Rows) -> FloatArray:
        """The cosine of each row's profile to every actor's (rows, n)."""
        return self._cosines(self.profiles[rows], self.norms[rows])

    def nearest_event(self, rows: Rows) -> FloatArray:
        """The cosine of each row's profile to the nearest of every actor's events (rows, n)."""
        found = _dense(self.profiles[rows] @ self.events.T) / self.norms[rows, None]
        membership = self.known.membership
        nearest = np.zeros((len(rows), membership.shape[0]), dtype=np.float32)
        here = np.flatnonzero(np.diff(membership.indptr))
        if len(here):
            starts = membership.indptr[here]
            nearest[:, here] = np.maximum.reduceat(found[:, membership.indices], starts, axis=1)
        return nearest

    def need_cosines(self, needs: Sequence[str]) -> FloatArray:
        """The cosine of each need to every actor's profile (needs, n)."""
        vectors = self.read(needs)
        return self._cosines(vectors, np.ones(len(needs), dtype=np.float32))

    def crowd(self, rows: Rows) -> FloatArray:
        """How much of what is like each row's profile every actor took part in (rows, n)."""
        return self._crowd(_dense(self.profiles[rows] @ self.events.T) / self.norms[rows, None])

    def need_crowd(self, needs: Sequence[str]) -> FloatArray:
        """How much of what is like each need every actor took part in (needs, n)."""
        return self._crowd(_dense(self.read(needs) @ self.events.T))

    def _crowd(self, cosines: FloatArray) -> FloatArray:
        """Cubed, so that a few near events outweigh many far ones, and relative to the nearest."""
        top = cosines.max(axis=1, keepdims=True, initial=0)
        near = np.power(np.maximum(cosines, 0) / np.where(top > 0, top, 1), 3)
        return np.asarray((self.known.membership @ near.T).T, dtype=np.float32)

    def _cosines(self, vectors: TextRows, norms: FloatArray) -> FloatArray:
        of_events = _dense(vectors @ self.events.T)
        of_actors = (self.known.membership @ of_events.T).T
        return np.asarray(of_actors / self.norms / norms[:, None], dtype=np.float32)


def make_view(known: Known, events: TextRows, read: Callable[[Sequence[str]], TextRows]) -> TextView:
    """The view of a state whose events have these vectors, in the order of `known.events`."""
    profiles = known.membership @ events
    if isinstance(profiles, csr_matrix):
        squares = np.asarray(profiles.multiply(profiles).sum(axis=1)).ravel()
    else:
        squares = np.square(profiles).sum(axis=1)
    norms = np.sqrt(squares).astype(np.float32)
    return TextView(known, events, profiles, np.where(norms > 0, norms, np.float32(1)), read)


def centred_view(known: Known, events: FloatArray, read: Callable[[Sequence[str]], FloatArray]) -> TextView:
    """The view of dense vectors less what those of this state have in common, which is most of a cosine."""
    middle = events.mean(axis=0) if len(events) else np.zeros(events.shape[1], dtype=np.float32)
    return make_view(known, _centred(events, middle), lambda needs: _centred(read(needs), middle))


def _centred(vectors: FloatArray, middle: FloatArray) -> FloatArray:
    moved = vectors - middle
    norms = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.where(norms > 1e-9, norms, 1.0), dtype=np.float32)


def _dense(product: TextRows) -> FloatArray:
    return np.asarray(product.toarray() if isinstance(product, csr_matrix) else product, dtype=np.float32)
