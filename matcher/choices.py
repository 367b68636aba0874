"""What people chose among what: past alliances as of their day, proposals and lists as they were served.

What was served is never computed again: its features were kept with it. What allied without being
served is measured by the function that serves, with what was known on the day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from matcher.candidates import Rules, eligible
from matcher.columns import UNKNOWN, Flags
from matcher.domain import ActorId, Alliance
from matcher.encoder import FloatArray
from matcher.features import FEATURES, make_pairs, measure
from matcher.history import History, histories
from matcher.pool import Pool
from matcher.proposals import Proposal
from matcher.ragged import Rows
from matcher.serving import Interaction, InteractionKind, ListId, ServedList
from matcher.verdicts import BEST_GRADE, Pair, Verdict
from matcher.weights import Choice, Witness

LARGEST_ALLIANCE = 30
MOST_ALLIANCES = 3_000
"""The latest that are learned from; what an alliance was worth years ago says little of now."""
OTHERS = 200
"""Most pairs that a chosen one is compared with, drawn evenly."""
WasKnown = Callable[[date], Flags]
"""A day -> which actors' words were there before it (n,)."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Choices, and how many pairs were left out and why."""

    choices: tuple[Choice, ...]
    left_out: Mapping[str, int]


def alliance_choices(
    pool: Pool,
    alliances: Sequence[Alliance],
    before: date,
    was_known: WasKnown,
    served: Mapping[Pair, FloatArray],
    seed: int,
) -> Gathered:
    """A choice for each member and partner of each alliance across sectors begun before a day.

    Candidates are those who could be proposed on the day it began. `served` are the features of pairs
    that had been proposed. Alliances that failed teach nothing.
    """
    random = np.random.default_rng(seed)
    history_on = histories(alliances, pool.rows)
    usable, left_out = _usable(alliances, before)
    found: list[Choice] = []
    for alliance in usable:
        known = was_known(alliance.started)
        rows = [pool.rows[member] for member in alliance.members if member in pool.rows]
        moment = _Moment(pool, history_on(alliance.started), alliance.started, known)
        left_out["profile changed since"] += int((~known[rows]).sum())
        for row in rows:
            if known[row]:
                found += _of_member(moment, row, rows, alliance, served, random)
    return Gathered(tuple(found), left_out)


def _usable(alliances: Sequence[Alliance], before: date) -> tuple[list[Alliance], Counter[str]]:
    """The latest alliances begun before a day that may teach something, and the others by why not."""
    begun = [one for one in alliances if one.started < before and 1 < len(one.members) <= LARGEST_ALLIANCE]
    good = sorted((one for one in begun if one.is_positive), key=lambda one: (one.started, one.id))
    latest = good[-MOST_ALLIANCES:]
    left_out = Counter({"failed": len(begun) - len(good), "older": len(good) - len(latest)})
    return latest, left_out


@dataclass(frozen=True, slots=True)
class _Moment:
    """What was known on a day."""

    pool: Pool
    history: History
    day: date
    known: Flags


def _of_member(
    moment: _Moment,
    row: int,
    members: Sequence[int],
    alliance: Alliance,
    served: Mapping[Pair, FloatArray],
    random: np.random.Generator,
) -> list[Choice]:
    pool = moment.pool
    kept = eligible(pool, moment.history, row, Rules(full=True), moment.day) & moment.known
    partners = np.array([other for other in members if kept[other]], dtype=np.int64)
    kept[partners] = False
    rest = np.flatnonzero(kept).astype(np.int64)
    drawn = np.sort(random.choice(rest, min(OTHERS, len(rest)), replace=False))
    if not len(partners) or not len(drawn):
        return []
    features = _measured(moment, row, np.concatenate([partners, drawn]))
    weight = outcome_weight(alliance) / 2  # each pair is seen from both of its sides
    chosen = [served.get(_pair(pool, row, int(other)), features[at]) for at, other in enumerate(partners)]
    others = features[len(partners) :]
    return [Choice(alliance.started, Witness.ALLIANCE, one, others, weight) for one in chosen]


def _measured(moment: _Moment, row: int, others: Rows) -> FloatArray:
    return measure(make_pairs(moment.pool, moment.history, moment.day, row, others))


def _pair(pool: Pool, row: int, other: int) -> Pair:
    a, b = sorted((pool.actors[row].id, pool.actors[other].id))
    return a, b


def outcome_weight(alliance: Alliance) -> float:
    """How much an alliance counts: 1 when nobody assessed it, else from 1/2 (no effect) to 3/2."""
    axes = (alliance.outcome.performance, alliance.outcome.innovation, alliance.outcome.confiance)
    told = [axis for axis in axes if axis is not None]
    return 1.0 if not told else 0.5 + max(sum(told) / len(told), 0.0) / BEST_GRADE


def undated(pool: Pool) -> Pool:
    """The pool with nobody's day of change: its words are taken for those of any day."""
    unknown = np.full_like(pool.columns.updated, UNKNOWN)
    return replace(pool, columns=replace(pool.columns, updated=unknown))


def decision_choices(found: Sequence[Verdict], encoder: str, seed: int) -> Gathered:
    """A choice for each proposal that people kept, among those that they graded lower.

    Features are those stored when it was served; proposals served with other features or by another
    encoder are left out.
    """
    random = np.random.default_rng(seed)
    left_out: Counter[str] = Counter()
    usable = []
    for verdict in sorted(found, key=lambda one: (one.day, one.proposal.id)):
        features = served_features(verdict.proposal, encoder)
        if features is None:
            left_out["other features or encoder"] += 1
        else:
            usable.append((verdict, features))
    choices = []
    for verdict, chosen in usable:
        lower = [features for other, features in usable if other.grade < verdict.grade]
        if verdict.grade and lower:
            drawn = np.sort(random.choice(len(lower), min(OTHERS, len(lower)), replace=False))
            others = np.stack([lower[at] for at in drawn])
            weight = verdict.grade / BEST_GRADE
            choices.append(Choice(verdict.day, Witness.DECISION, chosen, others, weight))
    return Gathered(tuple(choices), left_out)


def served_features(proposal: Proposal, encoder: str) -> FloatArray | None:
    """The features of a proposal as served (features,); None when they are not those of this product."""
    held = {one["feature"]: one["value"] for one in proposal.served.get("contributions", ())}
    return _row(held) if proposal.encoder == encoder else None


def _row(held: Mapping[str, float]) -> FloatArray | None:
    if set(held) != set(FEATURES):
        return None
    return np.array([held[name] for name in FEATURES], dtype=np.float32)


def list_choices(
    lists: Iterable[ServedList],
    interactions: Iterable[Interaction],
    found: Sequence[Verdict],
    encoder: str,
) -> Gathered:
    """A choice for each kept pair that had stood in a list, among the other lines of the last such list.

    Lines that were clicked, or kept themselves, are not taken for worse.
    """
    clicked = {(one.list_id, one.actor_id) for one in interactions if one.kind is InteractionKind.CLICK}
    kept = {(one.proposal.a, one.proposal.b): one for one in found if one.grade}
    last: dict[tuple[ActorId, Pair], ServedList] = {}
    for served in lists:
        for pair in _pairs_shown(served):
            verdict = kept.get(pair)
            if verdict is not None and served.actor_id and served.at.date() <= verdict.day:
                last[served.actor_id, pair] = served
    choices, left_out = [], Counter[str]()
    for (_, pair), served in last.items():
        choice = _of_list(served, kept[pair], kept, clicked) if served.encoder == encoder else None
        if choice is None:
            left_out["other features or encoder, or alone"] += 1
        else:
            choices.append(choice)
    return Gathered(tuple(choices), left_out)


def _pairs_shown(served: ServedList) -> list[Pair]:
    if served.actor_id is None:
        return []
    pairs = [sorted((served.actor_id, item.actor_id)) for item in served.items]
    return [(a, b) for a, b in pairs]


def _of_list(
    served: ServedList, verdict: Verdict, kept: Mapping[Pair, Verdict], clicked: set[tuple[ListId, ActorId]]
) -> Choice | None:
    mine = (verdict.proposal.a, verdict.proposal.b)
    chosen, others = None, []
    for item, pair in zip(served.items, _pairs_shown(served), strict=True):
        features = _row(item.features)
        if features is None:
            return None
        if pair == mine:
            chosen = features
        elif pair not in kept and (served.id, item.actor_id) not in clicked:
            others.append(features)
    if chosen is None or not others:
        return None
    return Choice(verdict.day, Witness.LIST, chosen, np.stack(others), verdict.grade / BEST_GRADE)


def together(parts: Iterable[Gathered]) -> Gathered:
    """All of them as one, in the order of days."""
    held = list(parts)
    left_out: dict[str, int] = defaultdict(int)
    for part in held:
        for why, count in part.left_out.items():
            left_out[why] += count
    choices = sorted((one for part in held for one in part.choices), key=lambda one: (one.day, one.witness))
    return Gathered(tuple(choices), {why: count for why, count in sorted(left_out.items()) if count})


def served_pairs(found: Iterable[Verdict], encoder: str) -> dict[Pair, FloatArray]:
    """The features of proposed pairs as served, for the alliances that came of them."""
    measured = {(one.proposal.a, one.proposal.b): served_features(one.proposal, encoder) for one in found}
    return {pair: features for pair, features in measured.items() if features is not None}
