"""Everything that the review room says of one small made market, as frames that can be laid beside those of another run.

Run as a program (``plain`` or ``shuffled``, threads, file) it writes them as text to the last digit, so that processes can be compared.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import seglib
from seglib import methods, review
from seglib.datasets import make_market
from seglib.methods._signed import base_of
from seglib.review import steadiness
from seglib.review.compare import needs_of

TABLES = ("customers", "orders", "products", "interactions")
WINDOW, METHODS = 364, ("value_tier", "loyalty", "engagement")


@cache
def tables() -> dict[str, pd.DataFrame]:
    """A market of few customers with goods and contacts."""
    made = make_market(customers=120, firms=0, seed=5, lines_per_order=2).tables
    return {name: made[name] for name in TABLES}


def every_id() -> pd.Series:
    """All ids, in the order of the file."""
    return tables()["customers"]["customer_id"].drop_duplicates().reset_index(drop=True)


def renamed(ids: pd.Series) -> pd.Series:
    """Other ids, in another order."""
    every = every_id()
    places = np.random.default_rng(9).permutation(len(every))
    return ids.map(dict(zip(every, (f"Z{place:05d}" for place in places), strict=True)))


def shuffled() -> dict[str, pd.DataFrame]:
    """The same market with its rows in another order and its customers under other ids."""
    found = {name: table.sample(frac=1, random_state=4).reset_index(drop=True) for name, table in tables().items()}
    return {name: t.assign(customer_id=renamed(t["customer_id"])) if "customer_id" in t else t for name, t in found.items()}


def opened(frames: dict[str, pd.DataFrame], threads: int = 0) -> seglib.client.Client:
    """A client of these frames, whose engine works in so many threads, as do the draws of orders."""
    client = seglib.open_frames(**frames)
    if threads:
        client.collected.connection.raw_sql(f"SET threads TO {threads}")
        steadiness.WORKERS = threads
    return client


def everything(client: seglib.client.Client) -> dict[str, pd.DataFrame]:
    """What the public functions of the room give, by name."""
    found: dict[str, pd.DataFrame] = {}
    for work in (_scorecard, _judged, _moved, _steady):
        found |= work(client)
    return found


def frames_of(name: str, result: Any, parts: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    return {f"{name}.{part}": getattr(result, part) for part in parts}


def _table(client: seglib.client.Client, *names: str, **when: Any) -> pd.DataFrame:
    return client.customers(window_days=WINDOW, **needs_of(names), **when)


def _scorecard(client: seglib.client.Client) -> dict[str, pd.DataFrame]:
    card = review.compare(client, METHODS, draws=50, flips=6)
    found = frames_of("compare", card, ("scores", "selection", "rankings", "agreement", "complement"))
    return {**found, "compare.finding": pd.DataFrame([vars(card.finding)]).astype("str")}


def _judged(client: seglib.client.Client) -> dict[str, pd.DataFrame]:
    judged = review.judge(client, "value_tier", draws=50, refits=2)
    found = frames_of("worth", judged.worth, ("measures", "against", "calibration", "gain", "lines", "checks", "own"))
    held = judged.held
    seen = held.base[["customer_id", "spend"]].assign(next=held.spend, orders=held.orders, recent=held.recent_spend)
    return {**found, "hold_out": seen}


def _moved(client: seglib.client.Client) -> dict[str, pd.DataFrame]:
    before = pd.Timestamp(client.as_of) - pd.Timedelta(days=WINDOW)
    given = {"features": "orders,mean_order_value,categories", "classes": 2, "starts": 2}
    result = methods.get("clusters").segment(_table(client, "clusters", as_of=before.date()), **given)
    moved = review.migration(client, result, after=client.as_of, draws=4)
    parts = ("moves", "classes", "summary", "retention", "steady", "passage", "falls", "previous")
    return frames_of("migration", moved, parts) | {"migration.floor": moved.floor.shares}


def _steady(client: seglib.client.Client) -> dict[str, pd.DataFrame]:
    """One by rules on goods, whose limits are drawn anew as well."""
    table = _table(client, "loyalty", "rfm")
    rfm, loyalty = (methods.get(name).segment(table) for name in ("rfm", "loyalty"))
    steady = review.stability(client, loyalty, table, draws=6, windows=False)
    best = table.sort_values(["spend", "orders"]).iloc[-1]["customer_id"]
    told = vars(review.explain(rfm, table, best))
    return {
        **frames_of("stability", steady, ("flips", "classes", "cut_points", "sensitivity", "gaps", "words")),
        "drift": review.drift(rfm.scheme, table, base=base_of(rfm.scheme, table[table["spend"] > table["spend"].median()])).inputs,
        "reasons": review.reasons(rfm, table),
        "explain": pd.DataFrame([{name: str(value) for name, value in told.items() if name != "customer_id"}]),
        "own_order_flips": review.own_order_flips(client, rfm, draws=6),
    }


def plain(found: dict[str, pd.DataFrame], ids: Callable[[pd.Series], pd.Series] = lambda one: one) -> dict[str, str]:
    """Every frame as text to the last digit, rows of customers in the order of their ids, ``ids`` making them alike."""
    told = {}
    for name, frame in found.items():
        if "customer_id" in frame.columns:
            frame = frame.assign(customer_id=ids(frame["customer_id"])).sort_values("customer_id", ignore_index=True)
        told[name] = frame.to_json(orient="split", double_precision=15, default_handler=str, date_format="iso") or ""
    return told


if __name__ == "__main__":
    import json
    from pathlib import Path

    warnings.simplefilter("ignore")
    kind, threads, target = sys.argv[1:]
    ids = dict(zip(renamed(every_id()), every_id(), strict=True)) if kind == "shuffled" else {}
    found = everything(opened(shuffled() if ids else tables(), threads=int(threads)))
    told = plain(found, lambda one: one.map(ids) if ids else one)
    Path(target).write_text(json.dumps(told), encoding="utf-8")
