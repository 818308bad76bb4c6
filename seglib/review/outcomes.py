"""What a method's classes ought to tell apart in the next period: spend for most, redemption, goods, returning for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.review.holdout import HoldOut

SPEND = "spend"
FEWEST_LINES = 5  # lines of the next period below which shares of goods are chance
MOST_GOODS = 20


@dataclass(frozen=True, eq=False)
class Outcome:
    """What each customer did in the next period, in the terms of one method.

    Attributes:
        name: Which outcome.
        values: One row a customer of the hold-out, one column (or several: shares that are judged together).
        known: True for whom it is defined: who was sent an offer, who bought enough lines.
        yes_no: True where it is something that happened or did not.
        parts: Names of the columns.
    """

    name: str
    values: np.ndarray
    known: np.ndarray
    yes_no: bool
    parts: tuple[str, ...]


def declared(method: str) -> str:
    """The outcome that a method's words file names under ``outcome``; spend where it names none."""
    from seglib import methods

    name = str(methods.words(method).content.get("outcome", SPEND))
    if name not in (SPEND, *OUTCOMES):
        raise ParameterError(
            "{method}: there is no outcome {name!r}. There are: {names}.", method=method, name=name, names=", ".join((SPEND, *OUTCOMES))
        )
    return name


def outcome(client: Client, held: HoldOut, name: str) -> Outcome | None:
    """The outcome of everybody in a hold-out; None where the data do not record it, or where it is spend itself.

    Args:
        client: The client the hold-out was made from.
        held: Base and next period.
        name: One of ``OUTCOMES``, or spend.
    """
    return None if name == SPEND else OUTCOMES[name](client, held)


def _next(client: Client, held: HoldOut, *columns: str, facts: tuple[str, ...] = ()) -> pd.DataFrame:
    """Columns of the next period, one row a customer of the base in its order."""
    following = client.customers(as_of=held.end, window_days=held.days, columns=columns, facts=facts)
    return following.set_index("customer_id").reindex(held.base["customer_id"])


def _redeemed(client: Client, held: HoldOut) -> Outcome | None:
    """Did who was sent an offer redeem one? Offers that reached nobody say nothing of a class."""
    if not {"offers_sent", "offers_redeemed"} <= set(client.columns):
        return None
    following = _next(client, held, "offers_sent", "offers_redeemed").fillna(0)
    redeemed = following["offers_redeemed"].to_numpy(float) > 0
    sent = (following["offers_sent"].to_numpy(float) > 0) | redeemed
    return Outcome("redemption", redeemed.astype(float)[:, None], sent, True, ("redemption",))


def _returned(client: Client, held: HoldOut) -> Outcome | None:
    """Did who had bought before buy again?"""
    return Outcome("returned", held.returned.astype(float)[:, None], held.bought, True, ("returned",))


def _converted(client: Client, held: HoldOut) -> Outcome | None:
    """Did anybody known buy, prospects included?"""
    import numpy as np

    return Outcome("conversion", held.returned.astype(float)[:, None], np.ones(len(held.base), dtype=bool), True, ("conversion",))


def _orders(client: Client, held: HoldOut) -> Outcome | None:
    """How many orders?"""
    return Outcome("orders", held.orders[:, None], held.bought, False, ("orders",))


def _order_value(client: Client, held: HoldOut) -> Outcome | None:
    """What was an order worth, of who ordered? As a logarithm: a few large orders would drown all others."""
    import numpy as np

    known = held.returned & (held.spend > 0)
    mean = np.where(known, held.spend / np.maximum(held.orders, 1), 1.0)
    return Outcome("order_value", np.log(mean / np.median(mean[known]) if known.any() else mean)[:, None], known, False, ("order_value",))


def _growth(client: Client, held: HoldOut) -> Outcome | None:
    """How much more, or less, than the own usual quarter would have brought in the season of the next period? Of those known for a year.

    Not against the period just before the split: who spent little there by chance would pass for one who grew.
    """
    import numpy as np

    from seglib.customers.columns import A_YEAR
    from seglib.customers.stages import QUARTER_DAYS
    from seglib.methods._growth import adjusted, usual_quarter
    from seglib.segmentation import as_of_of

    names = [f"{of}_quarter_{n}" for of in ("spend", "market") for n in range(1, A_YEAR + 1)]
    if not {*names} <= set(client.columns):
        return None
    before = client.customers(as_of=as_of_of(held.base), columns=[*names, "days_since_first_order"], facts=())
    before = before.set_index("customer_id").reindex(held.base["customer_id"])
    spent = before[names[:A_YEAR]].sum(axis=1) > 0
    known = (spent & (before["days_since_first_order"] >= A_YEAR * QUARTER_DAYS)).to_numpy()
    if not known.any() or held.spend[known].sum() <= 0:
        return None
    _, _, usual = usual_quarter(adjusted(before[known]))
    beyond = np.zeros(len(known))
    beyond[known] = held.spend[known] - usual * held.spend[known].sum() / usual.sum()
    return Outcome("beyond_usual", beyond[:, None], known, False, ("beyond_usual",))


def _goods(client: Client, held: HoldOut) -> Outcome | None:
    """Shares of a customer's lines by group of goods, all groups judged together."""
    import numpy as np

    from seglib.segmentation import facts_of

    if "preferred_category" not in client.columns:
        return None
    following = client.customers(as_of=held.end, window_days=held.days, columns=("orders",), facts=("category_lines",))
    lines = facts_of(following)["category_lines"]
    counts = lines.pivot_table(index="customer_id", columns="category", values="lines", aggfunc="sum", fill_value=0)
    largest = counts.sum().sort_values(ascending=False, kind="stable").index[:MOST_GOODS]
    counts = counts[sorted(largest)].reindex(held.base["customer_id"]).fillna(0)
    total = counts.sum(axis=1).to_numpy(float)
    shares = counts.to_numpy(float) / np.maximum(total, 1)[:, None]
    return Outcome("category_share", shares, total >= FEWEST_LINES, False, tuple(map(str, counts.columns)))


OUTCOMES: dict[str, Callable[[Client, HoldOut], Outcome | None]] = {
    "redemption": _redeemed,
    "returned": _returned,
    "conversion": _converted,
    "orders": _orders,
    "order_value": _order_value,
    "beyond_usual": _growth,
    "category_share": _goods,
}
