"""Averaging adapters from the command line."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.adapters.sentence_encoder.adapter import load_adapter, save_adapter
from matcher.cli import main
from matcher.low_rank import Adapter
from tests.unit.test_low_rank import adapter, delta


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code or 0


@pytest.fixture
def made(tmp_path):
    """Two adapters of different texts on disk, the first with a card."""
    save_adapter(adapter(1), tmp_path / "one")
    other = adapter(2)
    save_adapter(Adapter(replace(other.card, data="elsewhere"), other.layers), tmp_path / "two")
    (tmp_path / "one" / "card.md").write_text("# one\n\nWhat it is.\n\n## Training\n- 4 epochs\n")
    return tmp_path


def test_the_mean_is_written_with_a_card_that_tells_its_parts(made):
    assert run("encoder", "average", made / "one", made / "two", "--out", made / "both") == 0
    mean, parts = load_adapter(made / "both"), [load_adapter(made / name) for name in ("one", "two")]
    np.testing.assert_allclose(delta(mean), sum(map(delta, parts)) / 2, atol=2e-2)
    card = (made / "both" / "card.md").read_text(encoding="utf-8")
    assert card.startswith("# both\n")
    assert "- two: seeds 2, digest of the texts `elsewher`" in card
    assert "## one\n\n### Training\n- 4 epochs" in card


@pytest.mark.parametrize(
    ("names", "told"),
    [(["one"], "two directories"), (["one", "one"], "the same name"), (["one", "none"], "none")],
)
def test_a_mistake_is_told_and_nothing_is_written(made, names, told, capsys):
    assert run("encoder", "average", *(made / name for name in names), "--out", made / "both") == 1
    assert told in " ".join(capsys.readouterr().err.split())
    assert not (made / "both").exists()
