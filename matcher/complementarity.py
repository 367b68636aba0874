"""Need meets skill: how strongly one text answers another.

Cosines of one encoder live in a narrow band and some texts ("hubs") are near to everything. Both
are mended by cross-domain similarity local scaling (CSLS; Conneau et al., "Word translation
without parallel data", ICLR 2018): s = 2·cos − r(need) − r(skill), where r(x) is the mean cosine of
x to its k nearest texts of the other role. Standardised over the pool and squashed, s is a strength.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.domain import Role
from matcher.encoder import Encoder, FloatArray
from matcher.ragged import Ragged, Rows
from matcher.role_texts import RoleTexts

_BLOCK = 1_024
_MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True)
class ComplementarityConfig:
    """How needs and skills are compared.

    `neighbours` is CSLS's k, `correction` the share of r that is taken off (0: the cosine alone).
    Past `reference_size` texts a role, r is estimated on a fixed random sample of that size. A pair
    whose s lies `midpoint` deviations above the pool's middle has strength 0.5; `slope` is how many
    deviations it takes from there to 0.73.
    """

    neighbours: int = 10
    correction: float = 0.5
    reference_size: int = 4_096
    midpoint: float = 2.0
    slope: float = 0.6
    seed: int = 20_260_601


@dataclass(frozen=True, slots=True)
class TextTable(RoleTexts):
    """The texts of one role with what is taken off their similarities (texts,), and who says them."""

    hubness: FloatArray
    owners: Ragged


@dataclass(frozen=True, slots=True)
class Scale:
    """Where s lies over pairs of needs and skills of a pool, and how far it spreads.

    Both are robust (median, and median absolute deviation as a standard deviation), because in a
    small pool the few pairs that do answer would otherwise widen the scale until none stands out.
    """

    middle: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Complementarity:
    """The needs and skills of a pool, comparable."""

    needs: TextTable
    skills: TextTable
    scale: Scale
    config: ComplementarityConfig
    reference_needs: FloatArray
    reference_skills: FloatArray

    def table(self, role: Role) -> TextTable:
        """The texts of a role."""
        return self.needs if role is Role.NEED else self.skills

    def hubness_of(self, vectors: FloatArray, role: Role) -> FloatArray:
        """R of texts that are not in the pool (n,)."""
        others = self.reference_skills if role is Role.NEED else self.reference_needs
        return correction(vectors, others, self.config)

    def strength(self, s: FloatArray) -> FloatArray:
        """CSLS similarities as strengths in 0..1, larger is stronger, same shape."""
        z = (s - self.scale.middle) / self.scale.deviation
        return _squash((z - self.config.midpoint) / self.config.slope)


def hubness(vectors: FloatArray, others: FloatArray, k: int) -> FloatArray:
    """R (n,): the mean cosine of each vector to its k nearest of `others`, times k / (k + 1).

    The last factor lets the correction fade when there are few texts: with a single other text r
    would equal the cosine itself and cancel it.
    """
    k = min(k, len(others))
    if k == 0:
        return np.zeros(len(vectors), dtype=np.float32)
    r = np.empty(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), _BLOCK):
        cosines = vectors[start : start + _BLOCK] @ others.T
        nearest = np.partition(cosines, cosines.shape[1] - k, axis=1)[:, -k:]
        r[start : start + _BLOCK] = nearest.mean(axis=1) * (k / (k + 1))
    return r


def correction(vectors: FloatArray, others: FloatArray, config: ComplementarityConfig) -> FloatArray:
    """What is taken off the similarities of each vector (n,): the configured share of its r."""
    if not config.correction:
        return np.zeros(len(vectors), dtype=np.float32)
    share = np.float32(config.correction)
    return np.asarray(share * hubness(vectors, others, config.neighbours), dtype=np.float32)


def csls(needs: FloatArray, skills: FloatArray, r_needs: FloatArray, r_skills: FloatArray) -> FloatArray:
    """CSLS similarities (n_needs, n_skills) of vectors (n_needs, d) and (n_skills, d); larger is nearer."""
    similarities = needs @ skills.T
    return np.asarray(2 * similarities - r_needs[:, None] - r_skills[None, :], dtype=np.float32)


def rank_vectors(needs: FloatArray, skills: FloatArray, config: ComplementarityConfig) -> FloatArray:
    """CSLS similarities (n_needs, n_skills) with the two sets of vectors themselves as each other's pool."""
    r_needs = correction(needs, skills, config)
    r_skills = correction(skills, needs, config)
    return csls(needs, skills, r_needs, r_skills)


def rank_texts(
    needs: Sequence[str], skills: Sequence[str], encoder: Encoder, config: ComplementarityConfig
) -> FloatArray:
    """How well each skill answers each need, float32 (n_needs, n_skills), larger is better."""
    need_vectors = encoder.encode(list(needs), Role.NEED)
    skill_vectors = encoder.encode(list(skills), Role.SKILL)
    return rank_vectors(need_vectors, skill_vectors, config)


def build_complementarity(
    needs: RoleTexts, skills: RoleTexts, config: ComplementarityConfig
) -> Complementarity:
    """The needs and skills of a pool, with hubness and scale estimated on it."""
    random = np.random.default_rng(config.seed)
    reference_needs = _sample(needs.vectors, config.reference_size, random)
    reference_skills = _sample(skills.vectors, config.reference_size, random)
    need_table = _table(needs, reference_skills, config)
    skill_table = _table(skills, reference_needs, config)
    scale = _scale(need_table, skill_table, random)
    return Complementarity(need_table, skill_table, scale, config, reference_needs, reference_skills)


def revised_complementarity(held: Complementarity, needs: RoleTexts, skills: RoleTexts) -> Complementarity:
    """The tables with what a revision added, corrected and scaled by what was estimated before.

    What the new texts are near to is counted among the reference texts of the last whole estimate.
    """
    return replace(
        held,
        needs=_table(needs, held.reference_skills, held.config, held.needs.hubness),
        skills=_table(skills, held.reference_needs, held.config, held.skills.hubness),
    )


def _table(
    said: RoleTexts, others: FloatArray, config: ComplementarityConfig, known: FloatArray | None = None
) -> TextTable:
    """The table of what is said; `known` are the corrections of its first texts."""
    known = np.empty(0, dtype=np.float32) if known is None else known
    r = np.concatenate([known, correction(said.vectors[len(known) :], others, config)])
    return TextTable(
        role=said.role,
        texts=said.texts,
        vectors=said.vectors,
        of_actor=said.of_actor,
        at=said.at,
        room=said.room,
        hubness=r,
        owners=said.of_actor.inverted(len(said.texts)),
    )


def _sample(vectors: FloatArray, size: int, random: np.random.Generator) -> FloatArray:
    if len(vectors) <= size:
        return vectors
    return vectors[np.sort(random.choice(len(vectors), size, replace=False))]


def _scale(needs: TextTable, skills: TextTable, random: np.random.Generator) -> Scale:
    if not len(needs.vectors) or not len(skills.vectors):
        return Scale(0.0, 1.0)
    rows = _rows(len(needs.vectors), random)
    columns = _rows(len(skills.vectors), random)
    s = csls(needs.vectors[rows], skills.vectors[columns], needs.hubness[rows], skills.hubness[columns])
    middle = float(np.median(s))
    return Scale(middle, max(float(np.median(np.abs(s - middle))) * _MAD_TO_DEVIATION, 1e-6))


def _rows(count: int, random: np.random.Generator, most: int = 1_000) -> Rows:
    return np.arange(count) if count <= most else np.sort(random.choice(count, most, replace=False))


def _squash(x: FloatArray) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -40, 40))), dtype=np.float32)
