"""Customer tables from 10 million order lines: ours and the peers', in one run, each in a process of its own."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
PEERS = ("pymc-marketing==0.19.2", "openretailscience==0.48.1")
TARGETS = {"pymc-marketing": 5.0, "openretailscience": 2.5, "pandas": 2.0}
OURS = "seglib"
BESIDE = ("seglib, binding order rule", "seglib, full table")
SEED = 20251231
ROW_GROUP = 1_000_000


def make_lines(path: Path, lines: int, ids: str = "text") -> None:
    """Order lines of three years: heavy and light buyers, some lines an order, prices in cents; the same on every machine.

    Args:
        path: The parquet file to write.
        lines: How many.
        ids: "text", as ids are exported from most systems and as we keep them, or "number".
    """
    random = np.random.default_rng(SEED)
    people = max(lines // 40, 10)
    weight = random.gamma(0.6, size=people)
    orders = lines // 4
    buyer = random.choice(people, size=orders, p=weight / weight.sum())
    minute = np.sort(random.integers(0, 1096 * 24 * 60, orders))
    order = np.sort(random.integers(0, orders, lines))
    columns = {
        "line_id": np.arange(lines) + 90_000_000_000,
        "order_id": order + 5_000_000_000,
        "customer_id": buyer[order] + 100_000,
        "ordered_at": np.datetime64("2023-01-01", "us") + minute[order].astype("timedelta64[m]"),
        "product_id": (buyer[order] * 7919 + random.geometric(0.03, lines)) % 20_000,  # everybody has favourites
        "amount": np.round(random.lognormal(1.2, 0.9, lines) + 0.01, 2),
    }
    table = pa.table(columns)
    if ids == "text":
        for name, letter in (("order_id", "S"), ("customer_id", "C"), ("product_id", "P")):
            named = pc.binary_join_element_wise(letter, table[name].cast(pa.string()), "")
            table = table.set_column(table.column_names.index(name), name, named)
    pq.write_table(table, path, row_group_size=ROW_GROUP)


def environment(folder: Path) -> Path:
    """The interpreter of the environment that holds the peers; it is made where it is not there yet."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        print(f"Installing {', '.join(PEERS)} into {folder} …", flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return python


def race(name: str, data: Path, peers: Path) -> dict[str, Any]:
    """One round of one contender in a new process."""
    python = Path(sys.executable) if name.startswith((OURS, "pandas")) else peers
    done = subprocess.run([python, HERE / "contender.py", name, data], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def best(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of several rounds the fewest seconds, as others may be at work on the machine, and the most memory."""
    quickest = min(runs, key=lambda run: run["seconds"])
    return {**quickest, "megabytes": max(run["megabytes"] for run in runs)}


def show(results: dict[str, dict[str, Any]]) -> bool:
    """The table, and whether every target was reached. Seconds run from the file to the finished table."""
    ours = results[OURS]
    heads = {
        "seconds": 9,
        "of them reading": 17,
        "MB": 7,
        "times ours": 12,
        "target": 8,
        "MB, times ours": 16,
        "customers": 11,
        "orders": 12,
    }
    print("\n" + " " * 28 + "".join(f"{head:>{width}}" for head, width in heads.items()))
    reached = True
    for name, result in results.items():
        ratio, memory = result["seconds"] / ours["seconds"], result["megabytes"] / ours["megabytes"]
        target = TARGETS.get(name)
        if target is not None:
            reached &= ratio >= target and memory > 1
        line = f"{name:28}{result['seconds']:9.2f}{result['reading']:17.2f}{result['megabytes']:7.0f}{ratio:12.1f}"
        print(f"{line}{f'{target:.1f}' if target else '':>8}{memory:16.1f}{result['customers']:11,}{result['orders']:12,}")
    return reached


def agree(results: dict[str, dict[str, Any]]) -> None:
    """Contenders with one definition must come to one result, or the race means nothing."""
    ours = results[OURS]
    for name in ("openretailscience", "pandas"):
        theirs = results[name]
        if theirs["customers"] != ours["customers"] or abs(theirs["spend"] - ours["spend"]) > 0.01:
            raise SystemExit(f"{name} and seglib disagree: {theirs} against {ours}")
    if results["pandas"]["orders"] != ours["orders"]:
        raise SystemExit("plain pandas and seglib count lines differently")


def main() -> int:
    """Make the data, run everyone, print the table; 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000, help="order lines to make")
    parser.add_argument("--ids", choices=("text", "number"), default="text", help="what the ids in the file are")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender; the best counts")
    parser.add_argument("--peers", type=Path, default=HERE / ".peers", help="folder of the peers' environment")
    asked = parser.parse_args()
    peers = environment(asked.peers)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "order_lines.parquet"
        print(f"Making {asked.lines:,} order lines, ids as {asked.ids} …", flush=True)
        make_lines(data, asked.lines, asked.ids)
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in (OURS, *TARGETS, *BESIDE)}
        for number in range(asked.rounds):  # everyone in turn, so that a noisy minute meets all alike
            print(f"  round {number + 1} …", flush=True)
            for name, found in runs.items():
                found.append(race(name, data, peers))
        results = {name: best(found) for name, found in runs.items()}
    agree(results)
    reached = show(results)
    print("\nEvery target is reached." if reached else "\nA target was missed.")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
