"""Fixtures that several test modules share."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The directory of real data beside the project; the test is skipped where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real data is not here")
    return SHARED_DATA
