"""Need meets skill: the hubness correction and what it promises."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.complementarity import ComplementarityConfig, csls, hubness, rank_texts, rank_vectors
from tests.fakes import ConceptEncoder

CONFIG = ComplementarityConfig()


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_the_skill_of_the_same_concept_comes_first():
    needs = [f"il manque #c{i}" for i in range(12)]
    skills = [f"on apporte #c{i}" for i in range(12)]
    scores = rank_texts(needs, skills, ConceptEncoder(), CONFIG)
    assert scores.dtype == np.float32
    assert scores.argmax(axis=1).tolist() == list(range(12))


def test_a_hub_near_to_every_need_loses_to_the_specific_skill():
    random = np.random.default_rng(3)
    shared = random.normal(size=64)
    needs = unit(random.normal(size=(30, 64)) * 0.15 + shared / np.linalg.norm(shared) * 2)
    specific = unit(needs + unit(random.normal(size=(30, 64))) * 1.0)
    hub = unit(needs.mean(axis=0, keepdims=True))
    skills = np.vstack([specific, hub])
    plain = (needs @ skills.T).argmax(axis=1)
    corrected = rank_vectors(needs, skills, CONFIG).argmax(axis=1)
    right = np.arange(30)
    assert (plain == 30).any()
    assert (corrected == right).sum() > (plain == right).sum()


def test_scores_equal_a_loop_written_from_the_definition():
    random = np.random.default_rng(5)
    needs, skills = unit(random.normal(size=(7, 16))), unit(random.normal(size=(15, 16)))
    got = rank_vectors(needs, skills, replace(CONFIG, correction=1.0))
    for i, need in enumerate(needs):
        for j, skill in enumerate(skills):
            r_need = np.mean(sorted(skills @ need)[-10:]) * 10 / 11
            r_skill = np.mean(sorted(needs @ skill)[-7:]) * 7 / 8
            assert got[i, j] == pytest.approx(2 * need @ skill - r_need - r_skill, abs=1e-5)


def test_with_one_text_on_each_side_the_cosine_still_decides():
    need = unit(np.array([[1.0, 0.0]]))
    near, far = unit(np.array([[1.0, 0.1]])), unit(np.array([[0.2, 1.0]]))
    assert rank_vectors(need, near, CONFIG)[0, 0] > rank_vectors(need, far, CONFIG)[0, 0]


@pytest.mark.parametrize(("needs", "skills"), [(0, 3), (3, 0), (0, 0)])
def test_no_text_on_a_side_gives_an_empty_table(needs, skills):
    table = rank_texts(
        [f"a{i}" for i in range(needs)], [f"b{i}" for i in range(skills)], ConceptEncoder(), CONFIG
    )
    assert table.shape == (needs, skills)


def test_the_table_of_one_role_is_the_transpose_of_the_other():
    random = np.random.default_rng(1)
    a, b = unit(random.normal(size=(6, 8))), unit(random.normal(size=(9, 8)))
    r_a, r_b = hubness(a, b, 10), hubness(b, a, 10)
    assert np.allclose(csls(a, b, r_a, r_b), csls(b, a, r_b, r_a).T, atol=1e-6)


def test_without_correction_a_score_is_twice_the_cosine():
    random = np.random.default_rng(2)
    needs, skills = unit(random.normal(size=(6, 8))), unit(random.normal(size=(9, 8)))
    got = rank_vectors(needs, skills, replace(CONFIG, correction=0.0))
    np.testing.assert_allclose(got, 2 * needs @ skills.T, atol=1e-6)


def test_half_of_the_correction_lies_half_way():
    random = np.random.default_rng(4)
    needs, skills = unit(random.normal(size=(6, 8))), unit(random.normal(size=(9, 8)))
    none, half, whole = (
        rank_vectors(needs, skills, replace(CONFIG, correction=share)) for share in (0.0, 0.5, 1.0)
    )
    np.testing.assert_allclose(half, (none + whole) / 2, atol=1e-6)
