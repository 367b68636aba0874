"""Texts in few dimensions."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from matcher.adapters.factorisation import latent_space


def test_words_that_go_together_are_near_in_few_dimensions():
    bike, soup = [1, 1, 0, 0], [0, 0, 1, 1]
    rows = csr_matrix(np.array([bike, bike, soup, soup], dtype=np.float32))
    vectors, moved = latent_space(rows, 2, 1)
    asked = moved(csr_matrix(np.array([[1, 0, 0, 0]], dtype=np.float32)))
    cosines = (vectors @ asked.T).ravel()
    assert cosines == pytest.approx([1, 1, 0, 0], abs=1e-5)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4))


@pytest.mark.parametrize("rows", [np.zeros((3, 2)), np.zeros((0, 1))])
def test_without_a_term_there_is_nothing_to_tell_apart(rows):
    vectors, moved = latent_space(csr_matrix(rows.astype(np.float32)), 8, 1)
    assert vectors.shape == (len(rows), 1)
    assert not vectors.any()
    assert not moved(csr_matrix((2, rows.shape[1]), dtype=np.float32)).any()
