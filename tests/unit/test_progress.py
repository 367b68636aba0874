"""A bar for what takes longer than two seconds."""

from io import StringIO

import pytest
from rich.console import Console

from matcher import progress


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def drawn(monkeypatch):
    """What would be drawn on a terminal."""
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    monkeypatch.setattr(progress, "Console", lambda **_: console)
    return screen


def test_short_work_draws_nothing(drawn):
    clock = Clock()
    with progress.progress_bar("encoding", clock) as advance:
        clock.now = 1.9
        advance(5, 10)
    assert "encoding" not in drawn.getvalue()


def test_long_work_shows_how_far_it_is(drawn):
    clock = Clock()
    with progress.progress_bar("encoding", clock) as advance:
        clock.now = 2.1
        advance(5, 10)
    assert "encoding" in drawn.getvalue()
    assert "5/10" in drawn.getvalue()


def test_work_without_a_known_end_still_counts(drawn):
    clock = Clock()
    with progress.progress_bar("rows", clock) as advance:
        clock.now = 3
        advance(7, None)
    assert "7/?" in drawn.getvalue()
