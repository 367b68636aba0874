import numpy as np
import pytest

from matcher.adapters.sentence_encoder.e5_file import parse_e5
from matcher.errors import EncoderError
from tests.e5_files import HIDDEN, PIECES, REPLACEMENTS, e5_bytes, nibbles_of, q4_0


def test_sizes_pieces_and_replacements_are_read() -> None:
    content = parse_e5(e5_bytes())
    assert (content.sizes.hidden, content.sizes.layers, content.sizes.positions) == (HIDDEN, 1, 40)
    assert content.sizes.epsilon == pytest.approx(1e-12)
    assert content.pieces.scored == [(piece, -float(i)) for i, piece in enumerate(PIECES)]
    assert (content.pieces.bos, content.pieces.eos, content.pieces.pad, content.pieces.unknown) == (
        0,
        2,
        1,
        3,
    )
    assert content.replacements == REPLACEMENTS


def test_a_weight_is_its_nibble_less_eight_times_its_block_scale() -> None:
    weights = nibbles_of(64)
    data = q4_0(weights[:32], 0.5) + q4_0(weights[32:], 2.0)
    found = parse_e5(e5_bytes({"emb.word": (1, 64, data)})).tensor("emb.word")
    expected = [(w - 8) * 0.5 for w in weights[:32]] + [(w - 8) * 2.0 for w in weights[32:]]
    np.testing.assert_array_equal(found, np.array(expected, dtype=np.float16))


def test_vectors_are_read_as_they_are() -> None:
    values = np.array([0.25, -3.0, 1e-3], dtype="<f4")
    found = parse_e5(e5_bytes({"b": (0, 3, values.tobytes())})).tensor("b")
    np.testing.assert_array_equal(found, values.astype(np.float16))


def test_a_tensor_that_is_not_there_is_named() -> None:
    with pytest.raises(EncoderError, match="no tensor 'l9.q.w'"):
        parse_e5(e5_bytes()).tensor("l9.q.w")


def test_bytes_of_another_format_are_refused() -> None:
    with pytest.raises(EncoderError, match="not an E5 file"):
        parse_e5(b"GGUF" + e5_bytes()[4:])


@pytest.mark.parametrize("kept", [4, 30, 60, 200, 400])
def test_a_file_that_breaks_off_is_refused(kept: int) -> None:
    with pytest.raises(EncoderError, match="breaks off or is damaged"):
        parse_e5(e5_bytes()[:kept])


def test_a_tensor_that_breaks_off_is_refused() -> None:
    with pytest.raises(EncoderError, match="'l0.fo.b'"):
        parse_e5(e5_bytes()[:-8]).tensor("l0.fo.b")
