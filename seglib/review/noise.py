"""The noise floor: how many would move between two windows if nobody changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from seglib.language import marked
from seglib.review.moves import NEVER, NEW, WINDOW

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.segmentation import Scheme

OVERLAP = marked("No noise floor is given: the two windows share {share} of their days, so that customers cannot but stay where they are.")
APART = marked("No noise floor is given: {days} days lie between the two windows, and orders cannot be dealt between windows apart.")
LACKING = marked("No noise floor is given: {columns} are made from more than orders, and random halves of orders cannot make them again.")
CASES = marked("No noise floor is given: {columns} come from service cases, offers or deals, which are not dealt into random halves.")
STATED = marked("No noise floor is given: {columns} stand as they are on record, and no draw of orders would change them.")
NO_ORDERS = marked("No noise floor is given: without orders there is nothing to deal into random halves.")
#: Where the ends of a range lie among its draws, so that one more such draw lies outside it 5 times in 100, and not 7 as by type 7.
PREDICTIVE: Literal["weibull"] = "weibull"
NOT_DEALT = ("cases", "sent", "deals")  # stages of the customer table that are as of one day, or follow the firm's own plan


@dataclass(frozen=True, eq=False)
class Floor:
    """What the matrix would be by chance alone.

    The orders of both windows are pooled, laid upon one another so that every order keeps its age within its own window, and dealt into
    two halves by the toss of a coin; both halves are classified under the same cuts, and compared as the two windows are. One half plays
    the earlier window, the other the later one, which looks back on the first; what came before both windows stands before both. So
    recency, gaps and first orders mean what they mean in a window (see ``fold``).

    Attributes:
        shares: before, after, mean, low, high: share of the row in the halves, and the range of 95 % of draws.
        stays: Share of customers with orders in both halves who are in the same class in both: mean, low, high.
        draws: How many times the orders were dealt; 0 where there is no floor.
        reason: Why there is none: a sentence of the catalogue; "" where there is one.
        values: What stands in its braces.
        samples: Number of stays of each draw, share by share; used by tests of the floor.
    """

    shares: pd.DataFrame
    stays: tuple[float, float, float]
    draws: int
    reason: str = ""
    values: dict[str, object] = field(default_factory=dict)
    samples: np.ndarray | None = field(default=None, repr=False)


def absent(reason: str, **values: object) -> Floor:
    """No floor, and why."""
    import pandas as pd

    shares = pd.DataFrame({"before": [], "after": [], "mean": [], "low": [], "high": []}).astype({"before": "str", "after": "str"})
    return Floor(shares, (float("nan"),) * 3, 0, reason, values)


def floor(
    client: Client, scheme: Scheme, *, before: date, after: date, window_days: int, keys: Sequence[str], draws: int = 100, seed: int = 0
) -> Floor:
    """The noise floor of a classification between two adjacent windows.

    Args:
        client: The client.
        scheme: The definition, whose cuts stay.
        before, after: Last days of the two windows.
        window_days: Their length.
        keys: Class keys of the matrix.
        draws: How many times the orders are dealt into halves.
        seed: Of the draws.

    Returns:
        The floor, or none with its reason: windows that overlap or lie apart, inputs that orders alone do not make.
    """
    from seglib.customers.columns import COLUMNS
    from seglib.review.fold import folded
    from seglib.review.orderbook import order_book
    from seglib.segmentation import clock_of

    distance = (after - before).days
    if distance < window_days:
        return absent(OVERLAP, share=f"{(window_days - distance) / window_days:.0%}")
    if distance > window_days:
        return absent(APART, days=distance - window_days)
    if "orders" not in client.tables or draws < 1:
        return absent(NO_ORDERS)
    book = order_book(client, as_of=after, window_days=window_days, windows=2, reads=scheme.inputs, clock=clock_of(scheme))
    why, columns = book.refusal(scheme)
    if why:
        return absent(LACKING if why == "lacking" else STATED, columns=", ".join(columns))
    cases = [name for name in scheme.inputs if name in COLUMNS and COLUMNS[name].stage in NOT_DEALT]
    if cases:
        return absent(CASES, columns=", ".join(cases))
    fold = folded(book)
    weights = list(fold.halves(draws, seed=seed))
    first = fold.earlier.classes(scheme, (one for one, _ in weights))
    second = fold.later.classes(scheme, (other for _, other in weights))
    return measured(list(zip(first, second, strict=True)), keys)


def measured(pairs: Sequence[tuple[Any, Any]], keys: Sequence[str]) -> Floor:
    """The floor from the classes of both halves in every draw.

    Args:
        pairs: Class keys of all customers in one half and in the other, one pair a draw.
        keys: Class keys of the matrix.
    """
    import numpy as np
    import pandas as pd

    size = len(keys)
    idle = np.array([key in (*NEVER, WINDOW) for key in keys])
    shares, stays = np.full((len(pairs), size, size), np.nan), np.full(len(pairs), np.nan)
    for nth, (one, other) in enumerate(pairs):
        a, b = pd.Index(keys).get_indexer(one), pd.Index(keys).get_indexer(other)
        counts = np.bincount((a * size + b)[(a >= 0) & (b >= 0)], minlength=size * size).reshape(size, size)
        whole = counts.sum(axis=1, keepdims=True)
        np.divide(counts, whole, out=shares[nth], where=whole > 0)
        both = counts[~idle][:, ~idle]
        stays[nth] = np.trace(both) / both.sum() if both.sum() else np.nan
    frame = pd.DataFrame({"before": np.repeat(list(keys), size), "after": np.tile(list(keys), size)}).astype("str")
    flat = shares.reshape(len(pairs), -1)
    there = ~np.isnan(flat).all(axis=0)
    for name, q in (("mean", None), ("low", 0.025), ("high", 0.975)):
        frame[name] = np.nan
        found = np.nanmean(flat[:, there], axis=0) if q is None else np.nanquantile(flat[:, there], q, axis=0, method=PREDICTIVE)
        frame.loc[there, name] = found
    frame = frame[~frame["before"].isin([*NEVER, NEW]) & frame["mean"].notna()].reset_index(drop=True)
    if np.isnan(stays).all():
        return Floor(frame, (float("nan"),) * 3, len(pairs), samples=stays)
    low, high = np.nanquantile(stays, [0.025, 0.975], method=PREDICTIVE)
    return Floor(frame, (float(np.nanmean(stays)), float(low), float(high)), len(pairs), samples=stays)
