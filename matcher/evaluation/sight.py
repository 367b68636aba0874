"""What a block of queries looks at: everyone at first, then the few who are worth measuring closely."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from matcher.columns import Flags
from matcher.encoder import FloatArray
from matcher.evaluation.evidence import Evidence
from matcher.evaluation.protocol import Block
from matcher.ragged import Rows

SHORTLIST = 800
"""How many candidates of a query are measured closely, wherever they are."""
AT_HOME = 200
"""How many more of the asker's own country are."""
FUSION_CONSTANT = 60
Whole = dict[str, FloatArray]


class Sight:
    """A block and the others (queries, k) that it is measured against.

    Whole rows (queries, n) are computed once by name, and kept for a narrower sight of the same block.
    """

    def __init__(
        self, evidence: Evidence, block: Block, others: Rows | None = None, whole: Whole | None = None
    ) -> None:
        self.evidence = evidence
        self.block = block
        count = len(evidence.known.chronicle.actors)
        everyone = np.broadcast_to(np.arange(count), (len(block.rows), count))
        self.others: Rows = everyone if others is None else others
        self._whole: Whole = {} if whole is None else whole
        self._is_everyone = others is None

    def whole(self, name: str, compute: Callable[[], FloatArray]) -> FloatArray:
        """The numbers of this name for everyone (queries, n)."""
        if name not in self._whole:
            self._whole[name] = compute()
        return self._whole[name]

    def pick(self, name: str, compute: Callable[[], FloatArray]) -> FloatArray:
        """The same for those in sight (queries, k)."""
        whole = self.whole(name, compute)
        return whole if self._is_everyone else np.take_along_axis(whole, self.others, axis=1)

    def walked(self, steps: str) -> FloatArray:
        """Where walks of two meetings ("twice") or of three ("thrice") lead (queries, n)."""
        walks = self.evidence.walks
        if steps not in self._whole:
            shape = (len(self.block.rows), len(self.evidence.known.chronicle.actors))
            nobody = np.zeros(shape, dtype=np.float32)
            found = (nobody, nobody) if walks is None else walks.partners_of_partners(self.block.rows)
            self._whole |= dict(zip(("twice", "thrice"), found, strict=True))
        return self._whole[steps]

    def narrowed(self, others: Rows) -> Sight:
        """The sight of some others (queries, k), whole rows shared with this one."""
        return Sight(self.evidence, self.block, others, self._whole)


def first_order(sight: Sight) -> FloatArray:
    """A plain order of everyone, above 0 (queries, n): ranks by text, ties, walks and activity fused."""
    evidence, block = sight.evidence, sight.block
    lexical = evidence.views["lexical"]
    scores = [
        sight.whole("lexical_cosine", partial(lexical.profile_cosines, block.rows)),
        sight.whole("lexical_crowd", partial(lexical.crowd, block.rows)),
        sight.whole("strong", partial(evidence.paths["strong"], block)),
        sight.whole("thrice", partial(sight.walked, "thrice")),
        sight.whole("reached", partial(evidence.ties.reached, block.rows)),
        np.broadcast_to(evidence.actor["fresh_meetings"], sight.others.shape),
    ]
    if "latent" in evidence.views:
        scores.append(sight.whole("latent_crowd", partial(evidence.views["latent"].crowd, block.rows)))
    if evidence.walks is not None:
        scores.append(sight.whole("like_events", partial(evidence.walks.like_events, block.rows)))
    if any(block.needs):
        scores += [
            sight.whole("lexical_need", partial(lexical.need_cosines, block.needs)),
            sight.whole("lexical_need_crowd", partial(lexical.need_crowd, block.needs)),
        ]
    present = np.flatnonzero(evidence.known.present)
    places = (1 / (FUSION_CONSTANT + np.arange(1, len(present) + 1))).astype(np.float32)
    total = np.zeros(sight.others.shape, dtype=np.float32)
    for of_method in scores:
        order = present[np.argsort(-of_method[:, present], axis=1, kind="stable")]
        for at, rows in enumerate(order):
            total[at, rows] += places
    return total


def shortlist(
    sight: Sight, order: FloatArray, count: int = SHORTLIST, at_home: int = AT_HOME
) -> tuple[Rows, Flags]:
    """Who is measured closely, and which of them are candidates (queries, k).

    The first `count` of the order, wherever they are, then the next `at_home` of the asker's country,
    so that a list of one country is as well ordered as that of all.
    """
    block, country = sight.block, sight.evidence.known.chronicle.country
    eligible = np.ones(order.shape, dtype=np.bool_) if block.eligible is None else block.eligible
    anywhere = shortlisted(order, eligible, count)
    left = eligible & (country[None, :] == country[block.rows][:, None])
    np.put_along_axis(left, anywhere, values=False, axis=1)
    nearby = shortlisted(order, left, at_home)
    listed = [np.take_along_axis(of, rows, axis=1) for of, rows in ((eligible, anywhere), (left, nearby))]
    return np.concatenate([anywhere, nearby], axis=1), np.concatenate(listed, axis=1)


def shortlisted(order: FloatArray, eligible: Flags, count: int = SHORTLIST) -> Rows:
    """The `count` eligible rows that come first (queries, k); others follow where they are fewer."""
    ranked = np.where(eligible, order, -1)
    kept = min(count, order.shape[1])
    return np.asarray(np.argpartition(-ranked, kept - 1, axis=1)[:, :kept], dtype=np.int64)
