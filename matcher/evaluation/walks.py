"""Walks over actors and events: who is reached through partners, and through events that are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, diags

from matcher.encoder import FloatArray
from matcher.evaluation.chronicle import Known
from matcher.evaluation.labels import ages, sizes
from matcher.evaluation.texts import TextRows
from matcher.ragged import Rows

HALF_LIFE_DAYS = 540.0
NEIGHBOURS = 100
_CHUNK = 512


@dataclass(frozen=True, slots=True)
class Walks:
    """Chances of a step from an actor to one of its events, and from an event to one of its members.

    `like` (events, events) are the cosines of the nearest texts of other events.
    """

    to_events: csr_matrix
    to_members: csr_matrix
    attendance: csr_matrix
    like: csr_matrix

    def partners_of_partners(self, rows: Rows) -> tuple[FloatArray, FloatArray]:
        """The chances to stand at every actor after two meetings, and after three (rows, n)."""
        once = self._met(np.asarray(self.to_events[rows].toarray(), dtype=np.float32))
        twice = self._met(self._stepped(once, self.to_events))
        thrice = self._met(self._stepped(twice, self.to_events))
        return twice, thrice

    def like_events(self, rows: Rows) -> FloatArray:
        """How often every actor took part in events whose texts are like a row's own events (rows, n)."""
        near = csr_matrix(self.to_events_of_all(rows) @ self.like)
        return np.asarray((near @ self.attendance).toarray(), dtype=np.float32)

    def to_events_of_all(self, rows: Rows) -> csr_matrix:
        """The fresh attendance of some rows (rows, events)."""
        return csr_matrix(self.attendance.T[rows])

    def _met(self, at_events: FloatArray) -> FloatArray:
        return self._stepped(at_events, self.to_members)

    @staticmethod
    def _stepped(mass: FloatArray, step: csr_matrix) -> FloatArray:
        return np.asarray((step.T @ mass.T).T, dtype=np.float32)


def make_walks(known: Known, texts: TextRows) -> Walks:
    """The walks of a state whose events have these texts."""
    fresh = np.exp2(-ages(known) / HALF_LIFE_DAYS).astype(np.float32)
    count = sizes(known)
    joint = fresh * (count > 1)
    weighted = csr_matrix(known.membership @ diags(joint / np.sqrt(np.maximum(count, 1))))
    return Walks(
        to_events=_chances(weighted),
        to_members=_chances(csr_matrix(known.membership.T)),
        attendance=csr_matrix(diags(fresh) @ known.membership.T),
        like=like_events(texts),
    )


def _chances(weights: csr_matrix) -> csr_matrix:
    totals = np.asarray(weights.sum(axis=1)).ravel()
    return csr_matrix(diags((1 / np.where(totals > 0, totals, 1)).astype(np.float32)) @ weights)


def like_events(texts: TextRows) -> csr_matrix:
    """The squared cosines of each event's NEIGHBOURS nearest others (events, events)."""
    count = texts.shape[0]
    rows, columns, values = [], [], []
    for start in range(0, count, _CHUNK):
        product = texts[start : start + _CHUNK] @ texts.T
        cosines = np.asarray(product.toarray() if isinstance(product, csr_matrix) else product)
        here = np.arange(len(cosines))
        cosines[here, here + start] = 0
        kept = min(NEIGHBOURS, count)
        best = np.argpartition(-cosines, kept - 1, axis=1)[:, :kept]
        rows.append(np.repeat(here + start, kept))
        columns.append(best.ravel())
        values.append(np.square(np.maximum(np.take_along_axis(cosines, best, axis=1), 0)).ravel())
    if not count:
        return csr_matrix((0, 0), dtype=np.float32)
    cells = (np.concatenate(rows), np.concatenate(columns))
    return csr_matrix((np.concatenate(values).astype(np.float32), cells), shape=(count, count))
