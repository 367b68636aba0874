"""The invisible work made visible: what was logged and reached in a period, for those who fund it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from matcher.proposals import Step


@dataclass(frozen=True, slots=True)
class Effort:
    """Minutes of one activity in one period."""

    activity: str | None
    minutes: int = 0
    steps: int = 0


def efforts(steps: Iterable[Step]) -> list[Effort]:
    """The time logged by activity, the largest first; their sum is that of the steps."""
    total: dict[str | None, Effort] = {}
    for step in steps:
        one = step.decision
        if one.minutes:
            held = total.get(one.activity, Effort(one.activity))
            total[one.activity] = replace(held, minutes=held.minutes + one.minutes, steps=held.steps + 1)
    return sorted(total.values(), key=lambda effort: (-effort.minutes, effort.activity or ""))
