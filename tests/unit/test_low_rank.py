"""Changes of low rank: their mean is exact."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.domain import Role
from matcher.errors import EncoderError
from matcher.low_rank import Adapter, AdapterCard, LowRank, averaged, models_directory, shipped_adapter


def adapter(seed: int) -> Adapter:
    random = np.random.default_rng(seed)
    card = AdapterCard("base", 2, 4, dict.fromkeys(Role, "query: "), "data", (seed,))
    change = LowRank(random.normal(size=(2, 5)), random.normal(size=(3, 2)))
    return Adapter(card, {"layer": change})


def delta(of: Adapter) -> np.ndarray:
    change = of.layers["layer"]
    return of.card.scaling * change.up @ change.down


def test_the_mean_of_adapters_changes_weights_by_the_mean_of_their_changes():
    first, second, third = adapter(1), adapter(2), adapter(3)
    mean = averaged([first, second, third])
    np.testing.assert_allclose(delta(mean), (delta(first) + delta(second) + delta(third)) / 3)
    assert mean.card.seeds == (1, 2, 3)
    assert mean.card.rank == 6


def test_a_mean_and_a_single_run_have_a_mean_too():
    both, third = averaged([adapter(1), adapter(2)]), adapter(3)
    mean = averaged([both, third])
    np.testing.assert_allclose(delta(mean), (delta(both) + delta(third)) / 2)
    assert (mean.card.rank, mean.card.alpha) == (6, 12)


def test_the_mean_of_one_is_itself():
    np.testing.assert_array_equal(delta(averaged([adapter(1)])), delta(adapter(1)))


def test_adapters_of_different_bases_are_not_averaged():
    other = adapter(2)
    foreign = Adapter(replace(other.card, base="another"), other.layers)
    for odd in (foreign, Adapter(replace(other.card, alpha=6), other.layers)):
        with pytest.raises(EncoderError, match="cannot be averaged"):
            averaged([adapter(1), odd])


def test_adapters_of_different_layers_are_not_averaged():
    other = adapter(2)
    deeper = Adapter(other.card, {**other.layers, "below": other.layers["layer"]})
    with pytest.raises(EncoderError, match="different layers"):
        averaged([adapter(1), deeper])


def test_the_mean_of_runs_on_other_texts_names_both():
    other = adapter(2)
    elsewhere = Adapter(replace(other.card, data="other texts"), other.layers)
    both, back = averaged([adapter(1), elsewhere]).card, averaged([elsewhere, adapter(1)]).card
    assert averaged([adapter(1), other]).card.data == "data"
    assert both.data == back.data
    assert both.data not in ("data", "other texts")


def test_the_shipped_adapter_lies_in_the_directory_of_models():
    found = shipped_adapter()
    assert found is None or found.parent == models_directory()
