"""Draw the README's picture from the program: `python -m docs.picture`."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from rich.console import Console

from benchmarks.sample import open_sample
from matcher.taxonomy import Lang
from matcher.terminal import match_panel

TARGET = Path(__file__).parent / "proposal.svg"


def main() -> None:
    """Write the best proposal of the sample as an SVG."""
    console = Console(record=True, width=110, file=StringIO())
    with open_sample() as opened:
        (match,) = opened.propose(limit=1)
        mine, other = opened.store.actor(match.actor_id), opened.store.actor(match.other_id)
        console.print(match_panel(match, mine, other, opened.parts.taxonomy, Lang.FR))
    drawn = console.export_svg(title="maillon demo")
    TARGET.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
