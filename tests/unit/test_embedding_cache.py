from collections.abc import Sequence

import numpy as np
import pytest

from matcher.domain import Role
from matcher.embedding_cache import CHUNK, encode_words
from matcher.encoder import FloatArray, HashingEncoder
from matcher.store import MemoryStore
from matcher.text import Words


class CountingEncoder(HashingEncoder):
    """Remembers what it was asked for, and fails once it has encoded `allowed` texts."""

    def __init__(self, name: str = "counting", allowed: int = 1_000_000) -> None:
        super().__init__(dimension=16)
        self._name = name
        self.allowed = allowed
        self.asked: list[tuple[Role, str]] = []

    @property
    def name(self) -> str:
        return self._name

    def encode(self, texts: Sequence[str], role: Role) -> FloatArray:
        if len(self.asked) + len(texts) > self.allowed:
            raise InterruptedError
        self.asked += [(role, text) for text in texts]
        return super().encode([f"{role} {text}" for text in texts], role)


def needs(count: int) -> list[Words]:
    return [Words(Role.NEED, f"besoin {i}") for i in range(count)]


def alone(item: Words) -> FloatArray:
    return CountingEncoder().encode([item.text], item.role)[0]


def test_rows_come_in_the_order_of_the_words_whatever_their_roles() -> None:
    words = [Words(Role.SKILL, "b"), Words(Role.NEED, "a"), Words(Role.MISSION, "c"), Words(Role.NEED, "d")]
    rows = encode_words(MemoryStore(), CountingEncoder(), words)
    np.testing.assert_array_equal(rows, np.stack([alone(item) for item in words]))
    assert rows.dtype == np.float32


def test_a_text_said_twice_is_encoded_once_and_returned_twice() -> None:
    encoder = CountingEncoder()
    rows = encode_words(MemoryStore(), encoder, [*needs(2), *needs(3)])
    assert len(encoder.asked) == 3
    assert rows.shape == (5, 16)
    np.testing.assert_array_equal(rows[:2], rows[2:4])


def test_the_same_text_in_two_roles_is_two_texts() -> None:
    encoder = CountingEncoder()
    rows = encode_words(MemoryStore(), encoder, [Words(Role.NEED, "x"), Words(Role.SKILL, "x")])
    assert encoder.asked == [(Role.NEED, "x"), (Role.SKILL, "x")]
    assert not np.array_equal(rows[0], rows[1])


def test_what_the_store_knows_is_not_encoded_again_and_is_returned_all_the_same() -> None:
    store, encoder = MemoryStore(), CountingEncoder()
    known = encode_words(store, encoder, needs(3))
    rows = encode_words(store, encoder, needs(5))
    assert encoder.asked == [(Role.NEED, f"besoin {i}") for i in range(5)]
    assert rows.shape == (5, 16)
    np.testing.assert_array_equal(rows[:3], known)


def test_another_encoder_starts_afresh() -> None:
    store, other = MemoryStore(), CountingEncoder("another")
    encode_words(store, CountingEncoder(), needs(2))
    encode_words(store, other, needs(2))
    assert len(other.asked) == 2


def test_an_interrupted_run_resumes_after_the_last_whole_chunk() -> None:
    store, words = MemoryStore(), needs(3 * CHUNK)
    interrupted = CountingEncoder(allowed=2 * CHUNK)
    with pytest.raises(InterruptedError):
        encode_words(store, interrupted, words)
    resumed = CountingEncoder()
    rows = encode_words(store, resumed, words)
    assert [text for _, text in resumed.asked] == [item.text for item in words[2 * CHUNK :]]
    np.testing.assert_array_equal(rows, encode_words(MemoryStore(), CountingEncoder(), words))


def test_progress_counts_the_texts_that_had_to_be_encoded() -> None:
    store, heard = MemoryStore(), []
    encode_words(store, CountingEncoder(), needs(2))
    words = [*needs(CHUNK + 3), *needs(4), Words(Role.SKILL, "s")]
    encode_words(store, CountingEncoder(), words, lambda done, total: heard.append((done, total)))
    assert heard == [(CHUNK, CHUNK + 2), (CHUNK + 1, CHUNK + 2), (CHUNK + 2, CHUNK + 2)]


def test_nobody_hears_of_progress_when_all_is_known() -> None:
    store, heard = MemoryStore(), []
    encode_words(store, CountingEncoder(), needs(2))
    encode_words(store, CountingEncoder(), needs(2), lambda done, total: heard.append((done, total)))
    assert heard == []


def test_no_words_give_no_rows_of_the_right_width() -> None:
    assert encode_words(MemoryStore(), CountingEncoder(), []).shape == (0, 16)
