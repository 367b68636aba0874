"""Bringing a database's tables up to date, and back, with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from matcher.errors import WorkspaceError

BEFORE_ALEMBIC = "0001"
"""The tables of the first files, which named no revision."""


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision; WorkspaceError when they are newer than this program."""
    config = _config(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(77697)")
    found = current(connection)
    if found is None and inspect(connection).has_table("maillon"):
        command.stamp(config, BEFORE_ALEMBIC)
        found = BEFORE_ALEMBIC
    scripts = ScriptDirectory.from_config(config)
    if found is not None and found == scripts.get_current_head() and revision == "head":
        return
    try:
        if found is not None:
            scripts.get_revision(found)
        command.upgrade(config, revision)
    except (ResolutionError, CommandError) as error:
        raise WorkspaceError(
            f"the workspace was written by a later version of Maillon (revision {found}); install that one"
        ) from error


def downgrade(connection: Connection, revision: str) -> None:
    """Take the tables back to an earlier revision."""
    command.downgrade(_config(connection), revision)


def current(connection: Connection) -> str | None:
    """The revision of the tables; None when they name none."""
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
