"""A made customer table, built from the made shop's order lines by the real rooms; nothing of it is anybody's data."""

from __future__ import annotations

from functools import cache

import pandas as pd

import seglib
from seglib.segmentation import facts_of
from seglib.settings import ClientSettings

from . import shop


@cache
def _built(n: int, lost: float) -> pd.DataFrame:
    lines = shop.orders(n).set_axis(["order_id", "customer_id", "ordered_at", "amount"], axis=1)
    if lost:
        lines.loc[len(lines)] = ["stray", None, lines["ordered_at"].max(), lost]
    known = pd.DataFrame({"customer_id": [f"c{i:03d}" for i in range(n + 12)]})
    client = seglib.open_frames(settings=ClientSettings(currency="USD"), orders=lines, customers=known)
    return client.customers()


def customers(n: int = 400, *, unattributed: float = 0.0) -> pd.DataFrame:
    """A customer table of ``n`` buyers (some silent, some with refunds) and twelve known customers who never bought."""
    table = _built(n, unattributed)
    copied = table.copy()
    copied.attrs = {"facts": facts_of(table)}
    return copied
