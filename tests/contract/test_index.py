"""One suite for every VectorIndex: exact ones agree with the oracle, approximate ones nearly."""

import numpy as np
import pytest

from matcher.adapters.faiss_index import IVF_FROM, FaissFlatIndex, FaissIvfIndex, index_for
from matcher.errors import EncoderMismatchError, InputError
from matcher.index import NO_NEIGHBOUR, ExactIndex

DIMENSION = 48
HELD = 4_000
EXACT = {"exact": ExactIndex, "faiss-flat": FaissFlatIndex}
ALL = {**EXACT, "faiss-ivf": lambda dimension: FaissIvfIndex(dimension, lists=64)}


def clustered(count: int, seed: int) -> np.ndarray:
    """Vectors around fifty centres, as texts are around subjects."""
    centres = np.random.default_rng(99).normal(size=(50, DIMENSION))
    random = np.random.default_rng(seed)
    vectors = centres[random.integers(0, 50, count)] + 0.6 * random.normal(size=(count, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


VECTORS, QUERIES = clustered(HELD, 1), clustered(25, 2)
IDS = np.arange(HELD, dtype=np.int64)


def filled(make):
    index = make(DIMENSION)
    index.add(IDS, VECTORS)
    return index


def recall(found, expected) -> float:
    hits = [len(set(f) & set(e) - {NO_NEIGHBOUR}) for f, e in zip(found, expected, strict=True)]
    return sum(hits) / (expected != NO_NEIGHBOUR).sum()


FILTERS = {
    "no filter": None,
    "half": IDS[::2],
    "one percent": IDS[::100],
    "three": np.array([3, 500, 3999], dtype=np.int64),
    "none": IDS[:0],
}


@pytest.mark.parametrize("allowed", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("make", EXACT.values(), ids=EXACT)
def test_an_exact_index_answers_as_a_sort_of_all_inner_products_would(make, allowed):
    found, values = filled(make).search(QUERIES, 10, allowed)
    kept = IDS if allowed is None else allowed
    for row, query in enumerate(QUERIES):
        similarities = VECTORS[kept] @ query
        order = kept[np.argsort(-similarities, kind="stable")][:10]
        assert found[row, : len(order)].tolist() == order.tolist()
        assert values[row, : len(order)] == pytest.approx(np.sort(similarities)[::-1][:10], abs=1e-5)
        assert (found[row, len(order) :] == NO_NEIGHBOUR).all()
        assert (values[row, len(order) :] == -np.inf).all()


@pytest.mark.parametrize("allowed", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_every_index_finds_nearly_all_that_the_oracle_finds_and_nothing_forbidden(make, allowed):
    expected, _ = filled(ExactIndex).search(QUERIES, 10, allowed)
    found, values = filled(make).search(QUERIES, 10, allowed)
    if (expected != NO_NEIGHBOUR).any():
        assert recall(found, expected) >= 0.98
    if allowed is not None:
        assert set(found.ravel().tolist()) <= {*allowed.tolist(), NO_NEIGHBOUR}
    ordered = np.where(np.isinf(values), -9, values)
    assert (np.diff(ordered, axis=1) <= 1e-6).all()


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_a_narrow_filter_loses_nothing(make):
    allowed = IDS[::200]
    expected, _ = filled(ExactIndex).search(QUERIES, 10, allowed)
    found, _ = filled(make).search(QUERIES, 10, allowed)
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_what_is_removed_is_not_found_and_what_is_replaced_moves(make):
    index = filled(make)
    index.remove(np.array([0, 1, 1_000_000], dtype=np.int64))
    index.add(np.array([2], dtype=np.int64), VECTORS[:1])
    assert len(index) == HELD - 2
    found, values = index.search(VECTORS[:1], 3)
    assert found[0, 0] == 2
    assert values[0, 0] == pytest.approx(1.0, abs=1e-5)
    assert not {0, 1} & set(found[0].tolist())


@pytest.mark.parametrize("make", EXACT.values(), ids=EXACT)
def test_equal_similarities_come_in_the_order_of_ids(make):
    index = make(DIMENSION)
    index.add(np.array([7, 3, 5], dtype=np.int64), np.repeat(VECTORS[:1], 3, axis=0))
    assert index.search(VECTORS[:1], 3)[0].tolist() == [[3, 5, 7]]


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_what_does_not_fit_is_refused(make):
    index = make(DIMENSION)
    with pytest.raises(EncoderMismatchError, match="dimension"):
        index.add(IDS[:2], np.ones((2, DIMENSION + 1), dtype=np.float32))
    with pytest.raises(InputError, match="ids"):
        index.add(np.array([1, 1], dtype=np.int64), VECTORS[:2])
    with pytest.raises(EncoderMismatchError, match="dimension"):
        index.search(np.ones((1, DIMENSION - 1), dtype=np.float32), 3)
    with pytest.raises(InputError, match="k:"):
        index.search(QUERIES, 0)


@pytest.mark.parametrize("make", EXACT.values(), ids=EXACT)
def test_an_empty_index_answers_with_no_neighbour(make):
    found, values = make(DIMENSION).search(QUERIES[:2], 4)
    assert (found == NO_NEIGHBOUR).all()
    assert (values == -np.inf).all()


def test_the_index_turns_to_inverted_lists_past_its_size():
    assert isinstance(index_for(DIMENSION, IVF_FROM - 1), FaissFlatIndex)
    assert isinstance(index_for(DIMENSION, IVF_FROM), FaissIvfIndex)
