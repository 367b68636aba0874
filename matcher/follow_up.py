"""When an alliance asks to be looked at again: three, six and twelve months after it began."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MONTHS = (3, 6, 12)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A follow-up to make: that of `month`, from the day `due` on."""

    month: int
    due: date


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def next_reminder(began: date, done: Iterable[int]) -> Reminder | None:
    """The first follow-up later than all that were done; None once that of the last month was."""
    latest = max(done, default=0)
    month = next((month for month in MONTHS if month > latest), None)
    return None if month is None else Reminder(month, months_after(began, month))


def month_at(began: date, day: date) -> int | None:
    """Which follow-up one made on that day is: the last that was due, None before the first."""
    return max((month for month in MONTHS if months_after(began, month) <= day), default=None)
