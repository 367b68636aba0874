"""Requests that nobody would write, sent to every operation of the service: each answer must be documented.

    python -m benchmarks.fuzz_api                 # about 100 examples an operation, then chains of operations
    python -m benchmarks.fuzz_api --examples 20   # fewer

schemathesis makes requests from the OpenAPI, good and bad, one by one and in chains, and checks every
answer: no 5xx, only documented statuses and media types, bodies that fit their schemas, bad requests
refused, deleted things gone. The service runs in this process on a new SQLite file with the hashing encoder.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from schemathesis import openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from benchmarks.machine import machine
from matcher.access import DEFAULT_TENANT, ApiKey, Scope, digest_of, new_secret
from matcher.adapters.tables import read_rows
from matcher.importing import RecordKind
from matcher.settings import Settings
from matcher.taxonomy import sample_directory
from service.app import create_app
from service.reach import Reach

WANTED_CASES = 5_000
SEED = 20_261_124
REFUSALS = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429"]
"""A request may fit its schema and still name an unknown sector, a stranger's cursor or an old revision."""


@dataclass
class Findings:
    """What was sent, what was answered, and what should not have been."""

    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many requests were sent."""
        return self.cases.total()


def fuzz(directory: Path, examples: int, seconds: int | None = None, seed: int = SEED) -> Findings:
    """What a run over every operation found; it ends after `seconds` at most."""
    app, secret = _service(directory)
    schema = openapi.from_asgi("/openapi.json", app, config=_config(secret, examples, seconds, seed))
    findings = Findings()
    for event in from_schema(schema).execute():
        _note(findings, event)
    return findings


def _service(directory: Path) -> tuple[Any, str]:
    """The service with the sample organisations, and the secret of a key that may do everything."""
    app = create_app(Settings(workspace=str(directory / "maillon.db"), model="hashing", rate_limit=0))
    app.state.reach = Reach(resolve=_made_up)
    secret = new_secret()
    key = ApiKey("fuzz", DEFAULT_TENANT, "fuzz", digest_of(secret), frozenset(Scope), datetime.now(UTC))
    app.state.tenants.backend.access.put_key(key)
    workspace = app.state.tenants.of(DEFAULT_TENANT).workspace
    workspace.import_rows(
        RecordKind.ACTORS, read_rows(sample_directory() / "actors.jsonl", RecordKind.ACTORS)
    )

    async def requests_only(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 (ASGI's own types)
        """The application without its start and end: the made-up webhooks are never called."""
        if scope["type"] == "http":
            await app(scope, receive, send)

    return requests_only, secret


def _made_up(host: str, _port: int) -> list[str]:
    """Names of webhooks that were made up are asked of nobody."""
    raise OSError(host)


def _config(secret: str, examples: int, seconds: int | None, seed: int) -> SchemathesisConfig:
    settings: dict[str, Any] = {
        "seed": seed,
        "headers": {"Authorization": f"Bearer {secret}"},
        "continue-on-failure": True,
        "warnings": False,
        "request-timeout": 60,
        "checks": {"positive_data_acceptance": {"expected-statuses": REFUSALS}},
        "generation": {"max-examples": examples, "mode": "all", "database": "none"},
    }
    if seconds is not None:
        settings["max-time"] = seconds
    return SchemathesisConfig.from_dict(settings)


def _note(findings: Findings, event: events.EngineEvent) -> None:
    if isinstance(event, events.NonFatalError | events.FatalError):
        findings.errors.append(str(getattr(event, "info", None) or getattr(event, "exception", event)))
    if not isinstance(event, events.ScenarioFinished):
        return
    recorder = event.recorder
    for interaction in recorder.interactions.values():
        findings.cases[event.phase.value] += 1
        if interaction.response is not None:
            findings.statuses[interaction.response.status_code] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                case = recorder.cases[case_id].value
                shown = check.failure_info.code_sample
                place = (case.operation.label, check.failure_info.failure.title)
                findings.faults.setdefault(
                    place, f"{check.failure_info.failure.message[:400]}\n    {shown[:600]}"
                )


def report(findings: Findings, seconds: float) -> str:
    """The counts and the faults, as text."""
    lines = [f"{machine()}; {findings.total} cases in {seconds:.0f} s"]
    lines += [f"  {name}: {count}" for name, count in sorted(findings.cases.items())]
    lines.append("  " + ", ".join(f"{status}: {n}" for status, n in sorted(findings.statuses.items())))
    lines += [f"ERROR {error}" for error in findings.errors]
    lines += [f"FAULT {where}: {what}\n    {shown}" for (where, what), shown in findings.faults.items()]
    lines.append(f"{len(findings.faults)} faults, {len(findings.errors)} errors")
    return "\n".join(lines)


def main() -> int:
    """Print what was found; 1 when anything was, or when fewer cases ran than the bar asks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=None)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    started = perf_counter()
    with TemporaryDirectory() as directory:
        findings = fuzz(Path(directory), given.examples, given.seconds, given.seed)
    print(report(findings, perf_counter() - started))
    return int(bool(findings.faults or findings.errors) or findings.total < WANTED_CASES)


if __name__ == "__main__":
    sys.exit(main())
