"""Cursors: where the next page begins, opaque to those who call."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import Query

from matcher.errors import InputError

Cursor = Annotated[
    str | None, Query(max_length=1_000, pattern="^[A-Za-z0-9_-]*$", description="`next` of the page before")
]


def cursor_of(place: str) -> str:
    """The cursor of a place."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> str | None:
    """The place of a cursor, None without one; InputError when it is not ours."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise InputError("cursor", cursor, "not a cursor of ours; start again without one") from error
    if "\x00" in place:
        raise InputError("cursor", cursor, "not a cursor of ours; start again without one")
    return place
