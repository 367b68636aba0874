"""Reading one value of a record: text, lists, numbers, dates, members of a vocabulary.

Every function raises InputError with the field, the value and what was expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar

from matcher.errors import InputError

Record = Mapping[str, Any]
Member = TypeVar("Member", bound=StrEnum)

MAX_CHARACTERS = 20_000


def text_of(record: Record, field: str, *, required: bool = False) -> str:
    """The stripped text of a field, "" when absent; InputError when required and missing, or too long."""
    text = _as_text(field, record.get(field))
    if required and not text:
        raise InputError(field, record.get(field), "missing; every record needs one")
    return text


def texts_of(record: Record, field: str) -> list[str]:
    """The distinct stripped texts of a list field, in order; [] when absent."""
    value = record.get(field)
    if value is None or value == "":
        return []
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise InputError(field, value, "expected a list")
    texts = [_as_text(field, item) for item in value]
    return list(dict.fromkeys(text for text in texts if text))


def _as_text(field: str, value: object) -> str:
    """A text or a number as a stripped text; what merely could be printed as one is refused."""
    if isinstance(value, bool | list | tuple | Mapping):
        raise InputError(field, value, "expected a text")
    text = "" if value is None else str(value).strip()
    if len(text) > MAX_CHARACTERS:
        raise InputError(field, f"{text[:40]}…", f"longer than {MAX_CHARACTERS} characters")
    return text


def integers_of(record: Record, field: str) -> list[int]:
    """The whole numbers of a list field."""
    return [as_integer(field, text) for text in texts_of(record, field)]


def as_integer(field: str, value: object) -> int:
    """The value as a whole number, else InputError."""
    number = as_number(field, value)
    if number != int(number):
        raise InputError(field, value, "expected a whole number")
    return int(number)


def as_number(field: str, value: object) -> float:
    """The value as a finite number, French decimal commas understood, else InputError."""
    if "_" in str(value):
        raise InputError(field, value, "expected a number")
    try:
        number = float(str(value).replace("\u202f", "").replace("\u00a0", "").replace(",", "."))
    except ValueError as error:
        raise InputError(field, value, "expected a number") from error
    if not isfinite(number):
        raise InputError(field, value, "expected a finite number")
    return number


def number_of(record: Record, field: str, low: float, high: float) -> float | None:
    """The number of a field within bounds, None when absent."""
    value = record.get(field)
    if value is None or value == "":
        return None
    number = as_number(field, value)
    if not low <= number <= high:
        raise InputError(field, value, f"expected a number from {low:g} to {high:g}")
    return number


def count_of(record: Record, field: str) -> int | None:
    """The non-negative whole number of a field, None when absent."""
    number = number_of(record, field, 0, 10_000_000)
    return None if number is None else as_integer(field, number)


def bounded(field: str, number: int, low: int, high: int) -> int:
    """The number itself when within bounds, else InputError."""
    if not low <= number <= high:
        raise InputError(field, number, f"expected a number from {low} to {high}")
    return number


def date_of(record: Record, field: str) -> date | None:
    """The date of a field (ISO, DD/MM/YYYY or a date object), None when absent."""
    value = record.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 (a day has no time zone)
        except ValueError:
            continue
    raise InputError(field, value, "expected a date, YYYY-MM-DD or DD/MM/YYYY")


def member_of(record: Record, field: str, kind: type[Member]) -> Member | None:
    """The enum member that a field names, None when absent."""
    text = text_of(record, field)
    return as_member(field, text, kind) if text else None


def as_member(field: str, value: str, kind: type[Member]) -> Member:
    """The enum member of this value, else an InputError that lists the members."""
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(kind)
        raise InputError(field, value, f"unknown; expected one of: {known}") from error
