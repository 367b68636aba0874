"""The command line: a command parses, calls the workspace and prints; results to stdout, logs to stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.logging import RichHandler

from matcher.access_commands import access_app
from matcher.adapters.tables import write_actors, write_alliances
from matcher.assembly import open_workspace
from matcher.encoder_commands import encoder_app
from matcher.errors import InputError, MaillonError
from matcher.evaluate_commands import evaluate_app
from matcher.import_commands import import_command, import_file, kind_of
from matcher.importing import RecordKind
from matcher.operations_commands import operations_app
from matcher.people_commands import people_app
from matcher.printing import print_hits, print_json, print_matches, say, summary
from matcher.progress import busy, progress_bar
from matcher.proposal_commands import proposal_app
from matcher.registry_commands import registry_app
from matcher.taxonomy import Lang, sample_directory
from matcher.train_commands import train_app
from matcher.workspace import Filters, Workspace

FAILED = 1

app = typer.Typer(
    name="maillon",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
log = logging.getLogger(__name__)


class SearchRole(StrEnum):
    """What a free text says."""

    NEED = "need"
    SKILL = "skill"


Place = Annotated[
    str | None,
    typer.Option("--workspace", "-w", envvar="MAILLON_WORKSPACE", help="File of the workspace."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Language = Annotated[Lang | None, typer.Option("--lang", help="Language of explanations.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to show.")]
Sectors = Annotated[list[str] | None, typer.Option("--sector", help="Only this sector; may be repeated.")]
Themes = Annotated[list[str] | None, typer.Option("--theme", help="Only this WALDEC theme; may be repeated.")]
Where = Annotated[
    str | None,
    typer.Option("--territory", help="Only this commune, EPCI, département or région (name or code)."),
]


app.command("import")(import_command)
app.add_typer(encoder_app)
app.add_typer(access_app)
app.add_typer(proposal_app)
app.add_typer(people_app)
app.add_typer(operations_app)
app.add_typer(evaluate_app)
app.add_typer(train_app)
app.add_typer(registry_app)


def _print_version(asked: bool) -> None:
    if asked:
        say(f"maillon {version('maillon')}")
        raise typer.Exit


@app.callback()
def maillon(
    asked: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Show the version.")
    ] = False,
) -> None:
    """Explained alliance proposals across the sectors of a territory."""


@app.command()
def index(workspace: Place = None, as_json: AsJson = False) -> None:
    """Encode what is new and index every text; known texts are not encoded again."""
    with open_workspace(workspace) as opened, progress_bar("encoding") as advance:
        pool = opened.index(advance)
    what = pool.complementarity
    counts = {"actors": len(pool.actors), "needs": len(what.needs.texts), "skills": len(what.skills.texts)}
    if as_json:
        print_json(counts | {"encoder": pool.encoder})
    else:
        say(", ".join(f"{count} {name}" for name, count in counts.items()) + f" ({pool.encoder})")


@app.command()
def match(
    actor: Annotated[str, typer.Argument(help="Id of the actor.")],
    workspace: Place = None,
    limit: Limit = 10,
    sector: Sectors = None,
    theme: Themes = None,
    territory: Where = None,
    within: Annotated[str | None, typer.Option(help="Only within this distance, such as 30km.")] = None,
    min_score: Annotated[float | None, typer.Option(help="Nothing below this score.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Leave this actor out; may be repeated.")] = None,
    same_sector: Annotated[bool, typer.Option("--same-sector", help="Its own sector too.")] = False,
    allied: Annotated[bool, typer.Option("--allied", help="Those already allied too.")] = False,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """The best matches of an actor, explained."""
    filters = Filters(
        sectors=sector or (),
        themes=theme or (),
        territory=territory,
        within_km=_kilometres(within),
        exclude=exclude or (),
        same_sector=same_sector,
        allied=allied,
    )
    with open_workspace(workspace) as opened:
        _index(opened)
        found = opened.match(actor, filters=filters, limit=limit, min_score=min_score, lang=lang)
        print_matches(opened, found, lang or opened.parts.lang, as_json=as_json, table=True)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="A need, or a skill with --role skill.")],
    workspace: Place = None,
    role: Annotated[SearchRole, typer.Option(help="What the text says.")] = SearchRole.NEED,
    limit: Limit = 10,
    sector: Sectors = None,
    theme: Themes = None,
    territory: Where = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """Who answers a need (or needs a skill) given as free text."""
    filters = Filters(sectors=sector or (), themes=theme or (), territory=territory)
    with open_workspace(workspace) as opened:
        _index(opened)
        hits = opened.search(text, role.value, filters=filters, limit=limit, lang=lang)
        print_hits(opened, hits, lang or opened.parts.lang, as_json=as_json)


@app.command()
def explain(
    a: Annotated[str, typer.Argument(help="Id of one actor.")],
    b: Annotated[str, typer.Argument(help="Id of the other.")],
    workspace: Place = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """Why two actors match, and what speaks against it."""
    with open_workspace(workspace) as opened:
        _index(opened)
        found = opened.explain(a, b, lang=lang)
        print_matches(opened, [found], lang or opened.parts.lang, as_json=as_json, table=False)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="File to write: .csv, .jsonl, .parquet or .xlsx.")],
    workspace: Place = None,
    kind: Annotated[
        RecordKind | None, typer.Option(help="What to write; told from the file's name when not given.")
    ] = None,
    contacts: Annotated[bool, typer.Option("--contacts", help="With contact details.")] = False,
) -> None:
    """Write the actors or the alliances to a file that `import` reads."""
    with open_workspace(workspace) as opened, busy(f"writing {path.name}"):
        if (kind or kind_of(path)) is RecordKind.ALLIANCES:
            count = len(alliances := opened.alliances())
            write_alliances(path, alliances)
        else:
            count = len(actors := opened.actors())
            write_actors(path, actors, opened.store.contact if contacts else None)
    say(f"{count} → {path}")


@app.command()
def demo(
    workspace: Annotated[
        str | None, typer.Option("--workspace", "-w", help="Kept in memory when not given.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1)] = 3,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """Import the sample organisations and show the most promising pairs, explained."""
    with open_workspace(workspace or ":memory:") as opened:
        for name, kind in (("actors.jsonl", RecordKind.ACTORS), ("alliances.jsonl", RecordKind.ALLIANCES)):
            report = import_file(opened, sample_directory() / name, kind)
            say(summary(report))
        _index(opened)
        found = opened.propose(limit=limit, lang=lang)
        print_matches(opened, found, lang or opened.parts.lang, as_json=as_json, table=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a user's mistake ends with a sentence on stderr and exit code 1."""
    handler = RichHandler(console=Console(stderr=True), show_path=False, show_time=False, show_level=False)
    logging.getLogger("matcher").handlers = [handler]
    logging.getLogger("matcher").setLevel(logging.INFO)
    for noisy in ("httpx", "sentence_transformers", "transformers", "faiss"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        app(args=list(arguments) if arguments is not None else None)
    except MaillonError as error:
        log.error("%s", error)  # noqa: TRY400 (a user's mistake needs no traceback)
        sys.exit(FAILED)


def _index(opened: Workspace) -> None:
    with progress_bar("encoding") as advance:
        opened.index(advance)


def _kilometres(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text.lower().strip().removesuffix("km").strip().replace(",", "."))
    except ValueError as error:
        raise InputError("within", text, "expected a distance such as 30km") from error
