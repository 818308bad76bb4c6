"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# Machines here are shared: how long one example took says nothing of the code.
settings.register_profile("seglib", deadline=None)
settings.load_profile("seglib")

# Helpers are imported by the tests; collected as well they would run twice, and fill the corpus twice.
collect_ignore = ["helpers"]

ROOT = Path(__file__).parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """A cache of its own for every run, shared by its workers: what an earlier version of the code left behind proves nothing."""
    if "SEGLIB_CACHE" not in os.environ:
        os.environ["SEGLIB_CACHE"] = tempfile.mkdtemp(prefix="seglib-cache-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop("SEGLIB_CACHE"), ignore_errors=True))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published test data, by SEGLIB_TEST_DATA or beside the project; absent, the test is skipped."""
    folder = Path(os.environ.get("SEGLIB_TEST_DATA") or ROOT.parent / "shared").resolve()
    if not (folder / "data").is_dir():
        pytest.skip("published test data are not here: set SEGLIB_TEST_DATA to their folder")
    return folder
