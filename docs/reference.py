"""The reference pages of settings and commands, written from their definitions."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.testing import CliRunner

from matcher.cli import app
from matcher.settings import Settings

SETTINGS = """\
<!-- Written by docs/generate.py from matcher/settings.py; change that and run `make docs`. -->
# Settings

Environment variables; none is needed for a first try. One without a default that is left empty counts as
unset, except `MAILLON_PREFIX` and `MAILLON_WEBHOOK_NETWORKS`, where it says: no prefix, no network.

| Variable | Default | Meaning |
|---|---|---|
{rows}
"""

COMMANDS = """\
<!-- Written by docs/generate.py from matcher/cli.py; change that and run `make docs`. -->
# Commands

Results go to stdout, logs to stderr. Exit codes: 0 done, 1 a mistake (one sentence says which), 2 a misspelt
command or option, 3 an import that refused some rows.

{sections}
"""


def settings_page() -> str:
    """The page of every environment variable."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        rows.append(f"| `MAILLON_{name.upper()}` | {default} | {field.description} |")
    return SETTINGS.format(rows="\n".join(rows))


def commands_page() -> str:
    """The page of every command: what `--help` says."""
    names = [path for path, _ in _commands(app, ())]
    return COMMANDS.format(sections="\n\n".join(_section(path) for path in names))


def _commands(typer_app: typer.Typer, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The path of each command below an application, and what it is for."""
    for command in typer_app.registered_commands:
        called = command.name or str(getattr(command.callback, "__name__", ""))
        yield (*path, called), command.help or ""
    for group in typer_app.registered_groups:
        if group.typer_instance is not None:
            name = group.typer_instance.info.name
            named = (
                (name,) if isinstance(name, str) else ()
            )  # an application without a name adds its commands
            yield from _commands(group.typer_instance, (*path, *named))


def _section(path: tuple[str, ...]) -> str:
    told = (
        CliRunner().invoke(app, [*path, "--help"], prog_name="maillon", env={"TERMINAL_WIDTH": "100"}).output
    )
    body = "\n".join(line.rstrip() for line in told.strip().splitlines())
    return f"## maillon {' '.join(path)}\n\n```\n{body}\n```"
