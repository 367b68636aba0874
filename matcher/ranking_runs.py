"""Weights learned from a workspace's past for the commands that train and evaluate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import numpy as np

from matcher.backend import Holdings
from matcher.choices import (
    Gathered,
    alliance_choices,
    decision_choices,
    list_choices,
    served_pairs,
    together,
    undated,
)
from matcher.columns import Flags
from matcher.errors import InputError
from matcher.evaluate_rankings import evaluate_rankings, odds_of, texts_of
from matcher.evaluate_sources import Profiles, workspace_chronicle
from matcher.evaluation.assessment import Record
from matcher.evaluation.split import split
from matcher.history_runs import Run
from matcher.learned_weights import BY_HAND, PRIOR, Pull, choose_pull, learned, named_weights
from matcher.progress import busy, progress_bar
from matcher.ranking import DAY_ONE_WEIGHTS, Odds, WeightedSum, scores
from matcher.verdicts import Verdict, verdicts
from matcher.weights import Choice, Fit, Witness
from matcher.workspace import Workspace

CAVEAT = (
    "Profiles are those of today, also for days before they were changed: they may speak of an alliance that "
    "came later, so that figures flatter. "
)
REFIT = "The weights that serve learned again, with the same settings, from all days until {until}. "


@dataclass(frozen=True, slots=True)
class Past:
    """A workspace, what is kept for it, and how its past is read."""

    opened: Workspace
    holdings: Holdings
    profiles: Profiles
    seed: int


@dataclass(frozen=True, slots=True)
class Trained:
    """Weights that were learned before a cut, those that are to serve, and how they came about."""

    measured: WeightedSum
    serves: WeightedSum
    record: Record


def gathered(past: Past, before: date) -> Gathered:
    """All that people chose before a day; what was erased is not among it."""
    matcher, alliances = past.opened.matcher(), past.opened.alliances()
    pool = undated(matcher.pool) if past.profiles is Profiles.TODAY else matcher.pool
    encoder, until, found = pool.encoder, _midnight(before), _verdicts(past, before)
    lists = [one for one in past.holdings.serving.lists() if one.at < until]
    clicks = [one for one in past.holdings.serving.interactions() if one.at < until]
    served = served_pairs(found, encoder)
    return together(
        [
            alliance_choices(pool, alliances, before, lambda day: _known(past, day), served, past.seed),
            decision_choices(found, encoder, past.seed),
            list_choices(lists, clicks, found, encoder),
        ]
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _verdicts(past: Past, before: date) -> list[Verdict]:
    """What people thought of proposals before a day."""
    steps = past.holdings.proposals.steps_between(_midnight(date(1970, 1, 1)), _midnight(before))
    return verdicts(steps, past.opened.alliances())


def _decided_after(past: Past, run: Run, measured: WeightedSum) -> Record:
    """How often proposals kept after the cut stand above those graded lower, by features as served."""
    cut, until = run.period
    found = decision_choices(_verdicts(past, until), run.reader.encoder, past.seed).choices
    later = [one for one in found if one.day >= cut]
    told: Record = {"kept": len(later)}
    if later:
        told |= {
            name: share_right(later, one) for name, one in (("right", measured), ("by_hand", WeightedSum()))
        }
    return told


def share_right(choices: Sequence[Choice], ranking: WeightedSum) -> float:
    """The mean share of the others that a chosen pair scores above; equal scores count half."""
    shares = []
    for one in choices:
        rows = np.vstack([one.chosen, one.others])
        first, *rest = scores(ranking, ranking.contributions(rows)).tolist()
        shares.append(sum((first > other) + (first == other) / 2 for other in rest) / len(rest))
    return round(float(np.mean(shares)), 4)


def _known(past: Past, day: date) -> Flags:
    """Which actors' words were there before a day, as far as the profiles that are trusted tell."""
    changed = [actor.updated for actor in past.opened.matcher().pool.actors]
    if past.profiles is Profiles.TODAY:
        return np.ones(len(changed), dtype=np.bool_)
    undated_too = past.profiles is Profiles.UNDATED_TOO
    return np.array([undated_too if one is None else one < day for one in changed], dtype=np.bool_)


def train_weights(past: Past, run: Run, name: str, *, refit: bool) -> Trained:
    """Weights learned from all that was chosen before the run's cut; InputError when nothing was.

    How strongly they are drawn to the hand-set ones, and what a score means, is told by the period
    before the cut that is as long as the one after it. With `refit` those that serve learn again, the
    settings kept, from all days until the end of the run.
    """
    cut, until = run.period
    inner = cut - (until - cut)
    with busy("gathering what people chose"):
        found = gathered(past, cut)
    if not found.choices:
        raise InputError("cut", cut.isoformat(), _nothing(found))
    pull = choose_pull(found.choices, inner)
    fit = learned(found.choices, pull.strength)
    with busy("finding out what a score means"):
        odds = _odds(past, run, found, pull, inner)
    measured = _ranking(name, fit, odds)
    last = gathered(past, until) if refit else found
    serves = _ranking(name, learned(last.choices, pull.strength), odds) if refit else measured
    record = _recorded(past, run, found, last, pull, fit, serves)
    return Trained(measured, serves, record | {"decided_after": _decided_after(past, run, measured)})


def _nothing(found: Gathered) -> str:
    why = ", ".join(f"{count} {reason}" for reason, count in found.left_out.items()) or "none began"
    return (
        f"no alliance or decision before it to learn from ({why}); choose a later cut, or take profiles for "
        "what they were with --profiles today"
    )


def _odds(past: Past, run: Run, found: Gathered, pull: Pull, inner: date) -> Odds | None:
    """What the scores mean, from weights and texts of before the inner cut."""
    before = [one for one in found.choices if one.day < inner]
    if not before:
        return None
    chronicle = workspace_chronicle(past.opened, inner, past.profiles)
    task = split(chronicle, inner, run.period[0])
    return odds_of(_ranking("inner", learned(before, pull.strength), None), task, texts_of(run.reader))


def _ranking(name: str, fit: Fit, odds: Odds | None) -> WeightedSum:
    return WeightedSum(named_weights(fit), name, 0.0, odds)


def _recorded(
    past: Past, run: Run, found: Gathered, last: Gathered, pull: Pull, fit: Fit, serves: WeightedSum
) -> Record:
    refit = last is not found
    cut, until = (day.isoformat() for day in run.period)
    days = [one.day.isoformat() for one in found.choices]
    odds = serves.odds
    return {
        "trainer": "weights",
        "features": list(DAY_ONE_WEIGHTS),
        "encoder": run.reader.encoder,
        "learned_from": [[min(days), max(days)]],
        "learned_before": cut,
        "serves_learned_before": until if refit else cut,
        "examples": _counts(found),
        "left_out": dict(found.left_out),
        "refit_examples": _counts(last) if refit else None,
        "settings": {
            "pull": _told(pull.strength),
            "surprises": {str(_told(strength)): round(one, 4) for strength, one in pull.surprises.items()},
            "log_odds_a_point": round(fit.scale, 6),
        },
        "run": {"profiles": past.profiles.value, "seed": past.seed},
        "seed": past.seed,
        "calibration": None if odds is None else {"slope": odds.slope, "start": odds.start},
        "horizon_days": (run.period[1] - run.period[0]).days,
        "weights": dict(serves.weights),
        "prior": dict(zip(DAY_ONE_WEIGHTS, PRIOR.tolist(), strict=True)),
        "caveat": (CAVEAT if past.profiles is Profiles.TODAY else "")
        + (REFIT.format(until=until) if refit else ""),
    }


def _counts(found: Gathered) -> dict[str, int]:
    told = {one.value: sum(choice.witness is one for choice in found.choices) for one in Witness}
    return {name: count for name, count in told.items() if count}


def _told(strength: float) -> float | str:
    return "by hand" if strength == BY_HAND else strength


def measured_rankings(run: Run, rankings: Mapping[str, WeightedSum]) -> Record:
    """The figures of the plain methods, of the day-one weights and of these rankings."""
    both = {"day-one": WeightedSum(), **{name: replace(one, name=name) for name, one in rankings.items()}}
    with progress_bar("ranking every candidate") as advance:
        return evaluate_rankings(run.reader, run.queries, both, advance)
