"""What the documentation says to type works, and everything that can be set or called is documented."""

import re
import shlex
from pathlib import Path

import pytest

from benchmarks.sample import open_sample
from matcher.adapters.tables import write_actors, write_alliances
from matcher.cli import app, main
from matcher.settings import Settings
from matcher.workspace import Workspace

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs" / "guides").glob("*.md")))]
TOO_LONG_HERE = (
    "maillon demo",
    "maillon encoder",
    "maillon evaluate",
    "maillon compare",
    "maillon train",
    "maillon promote",
    "maillon rollback",
    "maillon import --source cordis",
)


def blocks(page: str, language: str = "") -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    lines = [line.split("#")[0].strip() for block in blocks(page) for line in block.splitlines()]
    return [line for line in lines if line.startswith("maillon ") and not line.startswith(TOO_LONG_HERE)]


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A folder with the files that the pages speak of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILLON_MODEL", "hashing")
    opened: Workspace = open_sample()
    for name in ("acteurs.csv", "acteurs.xlsx"):
        write_actors(tmp_path / name, opened.actors())
    write_alliances(tmp_path / "alliances.csv", opened.alliances())
    return tmp_path


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_runs_in_order(page):
    for line in ["maillon import acteurs.csv alliances.csv", *commands(page)]:
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(line)[1:])
        assert not ended.value.code, line


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_the_python_of_a_page_runs(page, capsys):
    with pytest.raises(SystemExit):
        main(["import", "acteurs.csv", "alliances.csv"])
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), {})  # noqa: S102 (our own documentation)
    assert capsys.readouterr().out


def test_every_setting_and_every_command_has_its_place_in_the_reference():
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`MAILLON_{name.upper()}`" in settings
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert f"## maillon {command.name or command.callback.__name__}" in page
    for group, names in (
        ("encoder ", ["train"]),
        ("", ["evaluate", "compare", "train", "models", "promote", "rollback"]),
    ):
        for name in names:
            assert f"## maillon {group}{name}" in page


def test_every_link_of_the_documentation_leads_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
