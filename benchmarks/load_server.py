"""What `benchmarks.load` puts under load: two workers of an application, on a copy of a workspace."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from matcher.access import ApiKey, Scope, digest_of, new_secret
from matcher.adapters.sql_store import SqlBackend
from tests.postgres import Server

HOST = "127.0.0.1"
HERE = Path(__file__).parent.parent


@contextmanager
def serving(
    arguments: list[str], environment: dict[str, str]
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """What `python -m` runs with these arguments, on a free port with two workers, ready."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = int(free.getsockname()[1])
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MAILLON_THREADS": "1"}
    with subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-m", *arguments, "--workers", "2", "--host", HOST, "--port", str(port)],
        env=os.environ | one_thread | environment,
        cwd=HERE,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            wait_until_ready(port)
            yield port, process
        finally:
            process.terminate()
            process.wait(30)


def wait_until_ready(port: int, seconds: float = 180.0) -> None:
    """Return once twenty fresh connections in a row find the service ready; exits when none does in time."""
    until, ready = time.monotonic() + seconds, 0
    while ready < 20:
        if time.monotonic() > until:
            sys.exit("the service did not become ready")
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=60)
            connection.request("GET", "/health/ready")
            ready = ready + 1 if connection.getresponse().status == 200 else 0
        except OSError:
            ready = 0
        if not ready:
            time.sleep(0.5)


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """Processor time of a process and its children, those that ended included (Linux)."""
    found, waiting = 0.0, [process.pid]
    while waiting:
        pid = waiting.pop()
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            waiting += [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            continue
        found += sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")
    return found


@contextmanager
def database(kind: str, workspace: Path, directory: Path) -> Iterator[str]:
    """The URL of a copy of the workspace in a database of this kind."""
    if kind == "sqlite":
        shutil.copy(workspace, directory / "load.db")
        yield f"sqlite:///{directory / 'load.db'}"
        return
    source, server = SqlBackend(f"sqlite:///{workspace}"), Server()
    try:
        source.backup(directory / "load.gz")
        target = SqlBackend(url := server.fresh())
        target.restore(directory / "load.gz", force=True)
        target.close()
        yield url
    finally:
        source.close()
        server.close()


def new_key(url: str) -> str:
    """A key that may do everything."""
    backend, secret = SqlBackend(url), new_secret()
    backend.access.put_key(
        ApiKey("load", "default", "load", digest_of(secret), frozenset({Scope.ADMIN}), datetime.now(UTC))
    )
    backend.close()
    return secret
