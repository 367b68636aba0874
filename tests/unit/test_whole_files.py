"""Files and directories written whole, whatever interrupts the writing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from matcher.errors import ConflictError
from matcher.whole_files import locked, write_directory, write_file

KILLED = """
import sys, time
from pathlib import Path
from matcher.whole_files import write_directory

def fill(directory):
    (directory / "half").write_text("half")
    print("half", flush=True)
    time.sleep(60)

write_directory(Path(sys.argv[1]), fill)
"""


def fill_with(text):
    return lambda directory: (directory / "model").write_text(text)


def names(directory):
    return sorted(path.name for path in directory.iterdir() if not path.name.endswith(".lock"))


def test_a_directory_is_replaced_as_a_whole(tmp_path):
    place = tmp_path / "models" / "one"
    write_directory(place, fill_with("first"))
    (place / "older").write_text("")
    write_directory(place, fill_with("second"))
    assert names(place) == ["model"]
    assert (place / "model").read_text() == "second"
    assert names(place.parent) == ["one"]


def test_a_failure_leaves_what_was_there(tmp_path):
    place = tmp_path / "one"
    write_directory(place, fill_with("first"))

    def fails(directory):
        (directory / "model").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_directory(place, fails)
    assert (place / "model").read_text() == "first"
    assert names(tmp_path) == ["one"]


def test_a_killed_writer_leaves_nothing_that_counts_and_the_next_one_cleans_up(tmp_path):
    place = tmp_path / "one"
    write_directory(place, fill_with("first"))
    child = subprocess.Popen(  # noqa: S603 (our own words)
        [sys.executable, "-c", KILLED, str(place)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert child.stdout.readline() == b"half\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert (place / "model").read_text() == "first"
    assert ".one.part" in names(tmp_path)
    write_directory(place, fill_with("second"))
    assert names(tmp_path) == ["one"]
    assert (place / "model").read_text() == "second"


def test_what_was_set_aside_by_a_writer_that_died_between_two_moves_comes_back(tmp_path):
    place = tmp_path / "one"
    write_directory(place, fill_with("first"))
    place.rename(tmp_path / ".one.old")

    def fails(_):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_directory(place, fails)
    assert (place / "model").read_text() == "first"


def test_a_file_is_replaced_as_a_whole(tmp_path):
    write_file(tmp_path / "log", "first")
    write_file(tmp_path / "log", "second")
    assert (tmp_path / "log").read_text() == "second"
    assert names(tmp_path) == ["log"]


def test_who_finds_a_file_being_written_is_told_to_try_again(tmp_path):
    with (
        locked(tmp_path / "log"),
        pytest.raises(ConflictError, match="try again"),
        locked(tmp_path / "log", 0.01),
    ):
        pass
