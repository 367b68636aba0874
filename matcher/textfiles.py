"""Files to text: gzip undone, the encoding detected, nothing replaced without a word."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from matcher.errors import ImportSourceError, InputError

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WORKBOOK = b"PK\x03\x04"
_UNDECODED = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")


def read_text(path: Path) -> str:
    """The text of a file, line ends as they are; see `decode` for bytes that are no text."""
    data = _read_bytes(path)
    if data.startswith(_WORKBOOK):
        raise ImportSourceError(f"{path}: this is a workbook or an archive, not text; give it its own suffix")
    try:
        return decode(data)
    except UnicodeDecodeError as error:
        raise ImportSourceError(f"{path}: not {error.encoding} as it says ({error.reason})") from error


def decode(data: bytes) -> str:
    """The text in the bytes: UTF-8 (or UTF-16 when marked so), else Windows-1252, which holds Latin-1.

    A byte that does not fit is kept as a lone surrogate (U+DC80 to U+DCFF), so that the row it is in
    can be refused and every other row be read.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            errors = "surrogateescape" if encoding == "utf-8" else "strict"
            return data.removeprefix(bom).decode(encoding, errors)
    text = data.decode("utf-8", "surrogateescape")
    undecoded = len(_UNDECODED.findall(text))
    # Letters of Latin-1 almost never make sense as UTF-8: where most do, the file is UTF-8 with damage.
    if undecoded and len(_NOT_ASCII.findall(text)) < 2 * undecoded:
        return data.decode("cp1252", "surrogateescape")
    return text


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends, counted as an editor counts them."""
    return list(io.StringIO(text, newline=""))


def _read_bytes(path: Path) -> bytes:
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                return file.read()
        return path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ImportSourceError(f"{path}: cannot be read ({reason})") from error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write; it takes the place of `path` when all went well and is dropped otherwise."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError("path", str(path), f"cannot be written: {reason}") from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def replacing_text(path: Path) -> Iterator[TextIO]:
    """Like `replacing`, for UTF-8 text, compressed when the name ends in .gz."""
    with replacing(path) as file:
        # The time is left out so that the same content makes the same file.
        packed = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if path.suffix == ".gz" else None
        text = io.TextIOWrapper(packed or file, encoding="utf-8", newline="", write_through=True)
        try:
            yield text
        finally:
            text.detach()
            if packed is not None:
                packed.close()
