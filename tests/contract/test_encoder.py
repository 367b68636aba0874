"""What every Encoder promises, on every implementation."""

from collections.abc import Callable

import numpy as np
import pytest

from matcher.adapters.sentence_encoder import SentenceEncoder, SentenceEncoderConfig
from matcher.domain import Role
from matcher.encoder import Encoder, HashingEncoder

TEXTS = [
    "Une cantine scolaire cherche des légumes de saison",
    "Réparer des vélos",
    "",
    "À l'été, l'œuvre du maïs naît là-bas ; où ça ? « Chez l'aîné, à Nîmes. »",
    "   ",
    "aide",
    "Nous formons des soudeurs, des bouchers et des maçons. " * 12,
    "🚲 n° 5 – 20 %",
]
VERY_LONG = "Une phrase qui n'en finit pas de finir. " * 500


MAKERS: dict[str, Callable[[], Encoder]] = {
    "hashing": HashingEncoder,
    "sentence": lambda: SentenceEncoder(SentenceEncoderConfig(batch_size=3)),
}


@pytest.fixture(scope="module", params=["hashing", pytest.param("sentence", marks=pytest.mark.model)])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return MAKERS[request.param]()


def test_there_is_one_float32_row_of_norm_1_a_text(encoder: Encoder) -> None:
    rows = encoder.encode(TEXTS, Role.NEED)
    assert rows.shape == (len(TEXTS), encoder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows_of_the_same_width(encoder: Encoder) -> None:
    rows = encoder.encode([], Role.SKILL)
    assert rows.shape == (0, encoder.dimension)
    assert rows.dtype == np.float32


@pytest.mark.parametrize("role", Role)
def test_one_by_one_equals_all_at_once(encoder: Encoder, role: Role) -> None:
    together = encoder.encode(TEXTS, role)
    apart = np.vstack([encoder.encode([text], role) for text in TEXTS])
    np.testing.assert_allclose(apart, together, atol=1e-5)


def test_rows_follow_the_order_of_the_texts(encoder: Encoder) -> None:
    forwards = encoder.encode(TEXTS, Role.SKILL)
    backwards = encoder.encode(TEXTS[::-1], Role.SKILL)
    np.testing.assert_allclose(backwards[::-1], forwards, atol=1e-5)


def test_the_same_call_gives_the_same_rows(encoder: Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode(TEXTS, Role.NEED), encoder.encode(TEXTS, Role.NEED))


def test_a_very_long_text_has_a_row_of_its_own(encoder: Encoder) -> None:
    rows = encoder.encode([VERY_LONG, *TEXTS], Role.MISSION)
    assert np.isfinite(rows).all()
    assert max(rows[1:] @ rows[0]) < 0.999


def test_different_texts_have_different_rows(encoder: Encoder) -> None:
    rows = encoder.encode([text for text in TEXTS if text.strip()], Role.NEED)
    cosines = rows @ rows.T - np.eye(len(rows))
    assert cosines.max() < 0.999


def test_accents_that_came_apart_change_little(encoder: Encoder) -> None:
    composed, apart = encoder.encode(["été à Nîmes", "e\u0301te\u0301 a\u0300 Ni\u0302mes"], Role.NEED)
    assert composed @ apart == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_encoders_made_alike_have_one_name(make: Callable[[], Encoder]) -> None:
    assert make() is not make()
    assert make().name == make().name
