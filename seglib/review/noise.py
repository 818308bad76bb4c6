"""The noise floor: how many would move between two windows if nobody changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from seglib.language import marked
from seglib.review.moves import NEVER, NEW, WINDOW
from seglib.review.orderbook import CHUNK, KEYS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.review.orderbook import OrderBook
    from seglib.segmentation import Scheme

OVERLAP = marked("No noise floor is given: the two windows share {share} of their days, so that customers cannot but stay where they are.")
APART = marked("No noise floor is given: {days} days lie between the two windows, and orders cannot be drawn anew in windows apart.")
LACKING = marked("No noise floor is given: {columns} are made from more than orders, and orders drawn anew cannot make them again.")
CASES = marked("No noise floor is given: {columns} come from service cases, offers or deals, which are not drawn anew.")
STATED = marked("No noise floor is given: {columns} stand as they are on record, and no draw of orders would change them.")
NO_ORDERS = marked("No noise floor is given: without orders there is nothing to draw anew.")
AT_LIMIT = marked(
    "No noise floor is given: {share} of the buyers stand within a day of the limit of {limit} days since the last order, so that the "
    "calendar decides their class."
)
RECENCY = "days_since_last_order"
MOST_AT_LIMIT = 0.2  # of the buyers, within a day of a limit of recency
#: Where the ends of a range lie among its draws, so that one more such draw lies outside it 5 times in 100, and not 7 as by type 7.
PREDICTIVE: Literal["weibull"] = "weibull"
NOT_DEALT = ("cases", "sent", "deals")  # stages of the customer table that are as of one day, or follow the firm's own plan


@dataclass(frozen=True, eq=False)
class Floor:
    """What the matrix would be by chance alone.

    The buying days of both windows are drawn anew in the rhythm of every customer (see ``rhythm`` for the null hypothesis); both windows of
    one draw are classified under the same cuts, and compared as the two real windows are. What came before both windows stands before
    both. Definitions that read contacts alone are drawn by random halves of the contacts, see ``fold``.

    Attributes:
        shares: before, after, mean, low, high: share of the row in the halves, and the range of 95 % of draws.
        stays: Share of those who stay in their class, of customers who bought in both real windows and in both drawn ones: mean, low, high.
        draws: How many times the orders were drawn; 0 where there is no floor.
        reason: Why there is none: a sentence of the catalogue; "" where there is one.
        values: What stands in its braces.
        laws: Shares of those who bought in both windows whose purchases are regular, follow a calendar, or neither; missing where no
            orders were drawn.
        samples: Number of stays of each draw, share by share; used by tests of the floor.
    """

    shares: pd.DataFrame
    stays: tuple[float, float, float]
    draws: int
    reason: str = ""
    values: dict[str, object] = field(default_factory=dict)
    samples: np.ndarray | None = field(default=None, repr=False)
    laws: tuple[float, float, float] = (float("nan"),) * 3


def absent(reason: str, **values: object) -> Floor:
    """No floor, and why."""
    import pandas as pd

    shares = pd.DataFrame({"before": [], "after": [], "mean": [], "low": [], "high": []}).astype({"before": "str", "after": "str"})
    return Floor(shares, (float("nan"),) * 3, 0, reason, values)


def floor(
    client: Client,
    scheme: Scheme,
    *,
    before: date,
    after: date,
    window_days: int,
    keys: Sequence[str],
    both: Collection[str],
    draws: int = 100,
    seed: int = 0,
) -> Floor:
    """The noise floor of a classification between two adjacent windows.

    Args:
        client: The client.
        scheme: The definition, whose cuts stay.
        before, after: Last days of the two windows.
        window_days: Their length.
        keys: Class keys of the matrix.
        both: Ids of the customers who bought in both windows.
        draws: How many times the orders are drawn.
        seed: Of the draws.

    Returns:
        The floor, or none with its reason: windows that overlap or lie apart, inputs that orders alone do not make, or a limit of recency
        at which a fifth of the buyers stand.
    """
    import numpy as np

    from seglib.customers.columns import COLUMNS
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
    counted = np.isin(book.customer_ids.astype(str), np.array(list(both), dtype=str))
    limit, share = at_limit(book, scheme, counted)
    if share >= MOST_AT_LIMIT:
        return absent(AT_LIMIT, share=f"{share:.0%}", limit=f"{limit:g}")
    pairs, laws = drawn_classes(book, scheme, draws, seed=seed, counted=counted)
    return replace(measured(list(pairs), keys, counted), laws=laws)


def at_limit(book: OrderBook, scheme: Scheme, counted: np.ndarray) -> tuple[float, float]:
    """The limit of days since the last order next to which most buyers stand, and the share of buyers within a day of it.

    Args:
        book: Orders of two windows.
        scheme: The definition.
        counted: Who bought in both windows, one a customer; at the end of either window they are counted.
    """
    import numpy as np

    cuts = [cut for score in getattr(scheme, "scores", ()) if score.input == RECENCY for cut in score.cuts]
    if not cuts or not counted.any():
        return float("nan"), 0.0
    recency = []
    for start in (0, book.window_days):
        age = np.where(book.order_age >= start, book.order_age - start, book.window_days)
        recency.append(book.by_order.smallest(age, book.window_days)[counted])
    days = np.concatenate(recency)
    shares = [float((np.abs(days - cut) <= 1).mean()) for cut in cuts]
    return float(cuts[int(np.argmax(shares))]), max(shares)


def drawn_classes(
    book: OrderBook, scheme: Scheme, draws: int, *, seed: int, counted: np.ndarray
) -> tuple[Iterator[tuple[np.ndarray, np.ndarray]], tuple[float, float, float]]:
    """Classes of everybody in both windows of every draw, and the laws of those who count."""
    from seglib.review.fold import folded
    from seglib.review.redraw import redraw

    contacts = set(book.contacts.columns) if book.contacts else set()
    if contacts and set(scheme.inputs) <= contacts | set(book.fixed.columns) | set(KEYS):
        fold = folded(book)
        weights = list(fold.halves(draws, seed=seed))
        first = fold.earlier.classes(scheme, (one for one, _ in weights))
        return zip(first, fold.later.classes(scheme, (other for _, other in weights)), strict=True), (float("nan"),) * 3
    drawn = redraw(book)
    return _classes(drawn.pairs(draws, seed=seed), scheme, len(book.customer_ids)), drawn.laws(counted)


def _classes(pairs: Iterable[Any], scheme: Scheme, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The definition is applied to many drawn tables at once, as one query costs more than its rows."""
    import itertools

    import pandas as pd

    source, many = iter(pairs), max(1, CHUNK // max(2 * size, 1))
    while chunk := list(itertools.islice(((b.columns(w, scheme.inputs), c.columns(v, scheme.inputs)) for (b, w), (c, v) in source), many)):
        tables = pd.concat([table for pair in chunk for table in pair], ignore_index=True)
        yield from scheme.apply(tables)["segment"].to_numpy(object).reshape(len(chunk), 2, size)


def measured(pairs: Sequence[tuple[Any, Any]], keys: Sequence[str], counted: np.ndarray) -> Floor:
    """The floor from the classes in both windows of every draw.

    Args:
        pairs: Class keys of all customers in one window and in the other, one pair a draw.
        keys: Class keys of the matrix.
        counted: Who counts among those who stay or move, one a customer; the shares of the rows are of everybody.
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
        both = counted & (a >= 0) & (b >= 0) & ~idle[a] & ~idle[b]
        stays[nth] = (a == b)[both].mean() if both.any() else np.nan
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
