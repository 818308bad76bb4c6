"""Our own limits: seconds for the customer table, the start of the command line and the demo report, as shares of what is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 3
SIX = ("value_tier", "revenue_contribution", "ticket_size", "purchase_frequency", "rfm", "lifecycle")
CLI = "from seglib.cli import main; main()"
TABLE = """
import time
started = time.perf_counter()
import seglib
client = seglib.demo()
print(len(client.customers()), time.perf_counter() - started)
"""


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        name: What is measured.
        seconds: What it may take.
        command: What is run, by this interpreter.
        rounds: How often; the best counts.
    """

    name: str
    seconds: float
    command: Sequence[str]
    rounds: int = ROUNDS


LIMITS = (
    Limit("customer table from 1.47 M order lines, imports and all", 1.5, ("-c", TABLE)),
    Limit("seglib --help", 0.3, ("-c", CLI, "--help")),
    Limit("demo report, six methods, one language", 25.0, ("-c", CLI, "run", *SIX, "--lang", "en"), rounds=1),
)


def seconds(limit: Limit) -> float:
    """The best of several runs, each in a new process with an empty cache and an empty folder for what it makes."""
    taken = []
    for _ in range(limit.rounds):
        with tempfile.TemporaryDirectory() as folder:
            surroundings = {**os.environ, "SEGLIB_CACHE": str(Path(folder) / "cache")}
            command = [*limit.command, *(["--out", folder] if "run" in limit.command else [])]
            started = time.perf_counter()
            done = subprocess.run([sys.executable, *command], env=surroundings, capture_output=True, text=True, check=False)
            taken.append(time.perf_counter() - started)
        if done.returncode:
            raise SystemExit(f"{limit.name} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return min(taken)


def main() -> int:
    """Print every limit and what was needed of it; 1 where one is broken."""
    held = True
    print(f"{'':60}{'seconds':>9}{'limit':>8}{'share':>8}")
    for limit in LIMITS:
        taken = seconds(limit)
        held &= taken < limit.seconds
        print(f"{limit.name:60}{taken:9.2f}{limit.seconds:8.1f}{taken / limit.seconds:8.0%}", flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
