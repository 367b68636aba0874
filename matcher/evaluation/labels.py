"""What events are filed under: who takes part in the same strands, and which strands are due again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from matcher.encoder import FloatArray
from matcher.evaluation.chronicle import Known
from matcher.ragged import Rows

KINDS = ("topic", "strand", "scheme", "programme", "field")
HALF_LIFE_DAYS = 365.0
SEASON_DAYS = 184
_FEWEST = 0.5


@dataclass(frozen=True, slots=True)
class LabelView:
    """One kind of label: how much of each an actor has taken part in.

    `shares` (n, labels) are unit rows, rare labels weighing more; `places` (n, labels) are the parts
    of all the places in a label that an actor took; `due` (labels,) is how many joint events the
    same season of last year had.
    """

    shares: csr_matrix
    places: csr_matrix
    due: FloatArray

    def cosines(self, rows: Rows) -> FloatArray:
        """How alike the labels of each row and of every actor are (rows, n)."""
        return np.asarray((self.shares[rows] @ self.shares.T).toarray(), dtype=np.float32)

    def meetings(self, rows: Rows) -> FloatArray:
        """How likely each row and every actor meet in a strand that is due, a relative number (rows, n)."""
        forecast = csr_matrix(self.places[rows] @ diags(self.due))
        return np.asarray((forecast @ self.places.T).toarray(), dtype=np.float32)


def label_views(known: Known) -> Mapping[str, LabelView]:
    """The view of every kind of label that the known events carry."""
    found = {}
    for kind in KINDS:
        filed = _filed(known, kind)
        if filed.nnz:
            found[kind] = _view(known, filed)
    return found


def ages(known: Known) -> FloatArray:
    """How many days before the cut each event was (events,)."""
    return np.array([(known.before - event.day).days for event in known.events], dtype=np.float32)


def sizes(known: Known) -> FloatArray:
    """How many known members each event has (events,)."""
    return np.asarray(known.membership.sum(axis=0), dtype=np.float32).ravel()


def _filed(known: Known, kind: str) -> csr_matrix:
    """1 where an event carries a label (events, labels)."""
    codes: dict[str, int] = {}
    cells = [
        (at, codes.setdefault(value, len(codes)))
        for at, event in enumerate(known.events)
        for value in sorted({value for of_kind, value in event.labels if of_kind == kind})
    ]
    at = np.asarray(cells, dtype=np.int64).reshape(-1, 2)
    ones = np.ones(len(at), dtype=np.float32)
    return csr_matrix((ones, (at[:, 0], at[:, 1])), shape=(len(known.events), max(len(codes), 1)))


def _view(known: Known, filed: csr_matrix) -> LabelView:
    days, joint = ages(known), sizes(known) > 1
    fresh = np.exp2(-days / HALF_LIFE_DAYS).astype(np.float32)
    counts = csr_matrix(known.membership @ diags(fresh) @ filed)
    rarity = np.log1p(len(days) / np.maximum(np.asarray(filed.sum(axis=0)).ravel(), 1)).astype(np.float32)
    together = csr_matrix(known.membership @ diags(fresh * joint) @ filed)
    taken = np.maximum(np.asarray(together.sum(axis=0)).ravel(), _FEWEST).astype(np.float32)
    season = (days <= 365) & (days > 365 - SEASON_DAYS) & joint
    return LabelView(
        shares=_unit_rows(csr_matrix(counts.sqrt() @ diags(rarity))),
        places=csr_matrix(together @ diags(1 / taken)),
        due=np.asarray(filed.T @ season.astype(np.float32), dtype=np.float32) + np.float32(_FEWEST),
    )


def _unit_rows(rows: csr_matrix) -> csr_matrix:
    norms: NDArray[np.float32] = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return csr_matrix(diags(1 / np.where(norms > 0, norms, 1)) @ rows)
