"""What models did with the queries of one task, kept so that any two are compared on the same ones.

Who asked is kept as a digest: two files agree on it, and neither tells an actor's id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

from matcher.errors import ModelError
from matcher.evaluation.assessment import HEADLINE, MUTUAL, Record, compared
from matcher.whole_files import write_file

KEPT_MEASURES = (HEADLINE, "recall@10", "mrr", MUTUAL)
FEWEST_QUERIES = 10
"""A slice with fewer queries tells nothing of which model is better."""
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Loss:
    """A slice on which a model is worse than another beyond the interval of their paired difference."""

    part: str
    difference: float
    low: float
    high: float
    queries: int

    def __str__(self) -> str:
        """The slice with its figures, as it is told."""
        ends = f"[{self.low:+.4f}, {self.high:+.4f}]"
        return f"{self.part}: {HEADLINE} {self.difference:+.4f} {ends} on {self.queries} queries"


def fingerprint(lines: Iterable[str]) -> str:
    """The SHA-256 of lines in order, which says whether two models met the same data."""
    total = sha256()
    for line in lines:
        total.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return f"sha256:{total.hexdigest()}"


def plain(value: object) -> Any:  # noqa: ANN401 (whatever JSON holds)
    """The same with None for what is not a number, which JSON has no word for."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def task_id(task: Record) -> str:
    """A name of a task: the same for the same data and period."""
    return sha256(json.dumps(task, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def sealed(kept: Record) -> Record:
    """What `kept_for_comparison` gave, with digests in place of ids and the measures that are judged by."""
    return {
        "queries": [_digest(query) for query in kept["queries"]],
        "clusters": [[_digest(cluster) for cluster in clusters] for clusters in kept["clusters"]],
        "values": {
            part: {name: values[name] for name in KEPT_MEASURES if name in values}
            for part, values in kept["values"].items()
        },
    }


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def write_figures(directory: Path, task: Record, kept_of: Mapping[str, Record]) -> None:
    """Write what some models did with a task into a directory, one file a task."""
    directory.mkdir(parents=True, exist_ok=True)
    content = {"task": task, "kept": {name: sealed(kept) for name, kept in kept_of.items()}}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
    write_file(directory / f"{task_id(task)}.json", text)


def read_figures(directory: Path) -> list[Record]:
    """The figures of a model by task, the latest period first; ModelError when a file is damaged."""
    found = []
    for path in sorted(directory.glob("*.json")):
        try:
            record: Record = json.loads(path.read_text(encoding="utf-8"))
            found.append((str(record["task"]["until"]), str(record["task"]["cut"]), path.name, record))
            record["kept"].items()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path} is damaged ({error}); evaluate the model again") from error
    return [record for *_, record in sorted(found, key=lambda one: one[:3], reverse=True)]


def on_the_same(
    first: str, second: str, figures: Mapping[str, Iterable[Record]]
) -> tuple[Record, Record, Record] | None:
    """The latest task that both models were measured on, with what each did; None when there is none.

    `figures` are those in each one's directory; a file may tell of the other model too.
    """
    records = [record for name in (first, second) for record in figures.get(name, ())]
    by_task: dict[str, tuple[Record, dict[str, Record]]] = {}
    for record in records:
        task, kept = by_task.setdefault(task_id(record["task"]), (record["task"], {}))
        kept |= record["kept"]
    both = [(task, kept) for task, kept in by_task.values() if first in kept and second in kept]
    if not both:
        return None
    task, kept = max(both, key=lambda one: (one[0]["until"], one[0]["cut"]))
    return task, kept[first], kept[second]


def losses(candidate: Record, standing: Record) -> list[Loss]:
    """The slices on which the candidate is worse, the interval from redrawing events wholly below 0."""
    found = []
    for part, measures in compared(candidate, standing).items():
        one = measures[HEADLINE]
        ends, queries = one["by_cluster"], one["queries"]
        if queries >= FEWEST_QUERIES and ends["high"] < 0:
            found.append(Loss(part, ends["mean"], ends["low"], ends["high"], queries))
    return found
