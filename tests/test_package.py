"""What pyproject.toml puts into the package is there, the shipped encoder among it."""

import tomllib
from pathlib import Path

from matcher.low_rank import SHIPPED

ROOT = Path(__file__).parents[1]


def included() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]


def test_everything_that_the_package_includes_exists() -> None:
    assert [source for source in included() if not (ROOT / source).exists()] == []


def test_the_package_includes_the_shipped_encoder_and_no_other() -> None:
    assert [source for source in included() if source.startswith("models")] == [f"models/{SHIPPED}"]
