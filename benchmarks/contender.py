"""One contender in one process: does the work on the file, prints seconds, peak memory and what came out as JSON.

Run by ``peers.py``; imports are done before the clock starts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

AS_OF = date(2025, 12, 31)
WINDOW_DAYS = 1096  # the whole of the made data


def load() -> None:
    """Import what the contenders' libraries put off until first use, so that no clock counts a program being loaded."""
    import importlib

    for name in ("pandas", "pyarrow.parquet", "duckdb", "ibis.backends.duckdb", "ibis.backends.sql.compilers"):
        importlib.import_module(name)


def plain_pandas(path: Path) -> Callable[[Callable[[], None]], dict[str, Any]]:
    """What an analyst would write."""
    import pandas as pd

    def work(read: Callable[[], None]) -> dict[str, Any]:
        lines = pd.read_parquet(path, columns=["customer_id", "line_id", "ordered_at", "amount"])
        read()
        lines["day"] = lines["ordered_at"].dt.normalize()
        wanted = {"orders": ("line_id", "count"), "first": ("day", "min"), "last": ("day", "max"), "spend": ("amount", "sum")}
        table = lines.groupby("customer_id").agg(**wanted)
        return {"customers": len(table), "orders": int(table["orders"].sum()), "spend": float(table["spend"].sum())}

    return work


def pymc_marketing(path: Path) -> Callable[[Callable[[], None]], dict[str, Any]]:
    """``rfm_summary`` as its tutorial calls it."""
    import pandas as pd
    from pymc_marketing.clv.utils import rfm_summary

    def work(read: Callable[[], None]) -> dict[str, Any]:
        lines = pd.read_parquet(path, columns=["customer_id", "ordered_at", "amount"])
        read()
        table = rfm_summary(lines, "customer_id", "ordered_at", "amount", observation_period_end=AS_OF.isoformat())
        return {"customers": len(table), "orders": int(table["frequency"].sum()) + len(table), "spend": None}

    return work


def openretailscience(path: Path) -> Callable[[Callable[[], None]], dict[str, Any]]:
    """``RFMSegmentation`` on DuckDB, straight from the file."""
    import ibis
    from openretailscience.segmentation.rfm import RFMSegmentation

    def work(read: Callable[[], None]) -> dict[str, Any]:
        lines = ibis.duckdb.connect().read_parquet(str(path))
        lines = lines.rename(transaction_id="line_id", transaction_date="ordered_at", unit_spend="amount")
        table = RFMSegmentation(lines, current_date=AS_OF).df
        return {"customers": len(table), "orders": int(table["frequency"].sum()), "spend": float(table["monetary"].sum())}

    return work


def seglib(path: Path, kind: str) -> Callable[[Callable[[], None]], dict[str, Any]]:
    """Ours: by the peers' definition, by the binding order rule, or all there is."""
    import ibis

    from seglib import customers

    columns = None if kind == "full" else ("orders", "first_order", "last_order", "spend")
    facts = tuple(customers.FACTS) if kind == "full" else ()

    def work(read: Callable[[], None]) -> dict[str, Any]:
        lines = ibis.duckdb.connect().read_parquet(str(path))
        typed = {name: lines[name].cast("string") for name in ("customer_id", "order_id", "product_id")}
        orders = lines.mutate(**typed, amount=lines.amount.cast("decimal(18, 6)"))
        rule = "line" if kind == "equal" else "id"
        table = customers.build({"orders": orders}, as_of=AS_OF, window_days=WINDOW_DAYS, columns=columns, facts=facts, order_rule=rule)
        return {"customers": len(table), "orders": int(table["orders"].sum()), "spend": float(table["spend"].sum())}

    return work


CONTENDERS: dict[str, Callable[[Path], Callable[[Callable[[], None]], dict[str, Any]]]] = {
    "seglib": lambda path: seglib(path, "equal"),
    "pymc-marketing": pymc_marketing,
    "openretailscience": openretailscience,
    "pandas": plain_pandas,
    "seglib, binding order rule": lambda path: seglib(path, "binding"),
    "seglib, full table": lambda path: seglib(path, "full"),
}


def peak_megabytes() -> float:
    """The most memory the process has held so far."""
    status = Path("/proc/self/status")
    if status.exists():  # there, what getrusage says may still be the parent's
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    """``contender.py NAME FILE``."""
    name, path = sys.argv[1], Path(sys.argv[2])
    load()
    work = CONTENDERS[name](path)
    marks, before = [time.perf_counter()], time.process_time()
    found = work(lambda: marks.append(time.perf_counter()))
    end = time.perf_counter()
    reading = marks[1] - marks[0] if len(marks) > 1 else 0.0
    measured = {"seconds": end - marks[0], "reading": reading, "cpu": time.process_time() - before, "megabytes": peak_megabytes()}
    print(json.dumps({**found, **measured}))


if __name__ == "__main__":
    main()
