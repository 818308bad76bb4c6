"""Under one seed the room says the same to the last digit: in two processes at once, in one thread or four, whatever rows and ids are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "helpers" / "reviewed.py"
#: What differs between two runs: rows and ids, threads of the engine, hashes of the interpreter; and they run at once.
RUNS = {"plain": ("plain", "1", "0"), "shuffled": ("shuffled", "4", "1")}


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict[str, dict[str, str]]:
    """What each run says; they run at once, each in a process of its own with hashes of its own."""
    folder = tmp_path_factory.mktemp("runs")
    started = {}
    for name, (kind, threads, hashes) in RUNS.items():
        command = [sys.executable, str(PROGRAM), kind, threads, str(folder / f"{name}.json")]
        started[name] = subprocess.Popen(command, env={**os.environ, "PYTHONHASHSEED": hashes})
    for name, process in started.items():
        assert process.wait(timeout=300) == 0, name
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in RUNS}


def test_every_frame_is_the_same_to_the_last_digit(told):
    assert len(told["plain"]) > 30
    assert [name for name, text in told["plain"].items() if told["shuffled"][name] != text] == []
