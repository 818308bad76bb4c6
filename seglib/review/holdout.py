"""A look at the next period: what was known at the split, and what the same customers did afterwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seglib.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client

USUAL = ("days_since_last_order", "orders", "lifetime_spend", "spend")  # by which customers are put in order, the last one first
LONGEST = 92  # days of the next period where nobody says otherwise: a quarter, or a quarter of the history where that is shorter


@dataclass(frozen=True, eq=False)
class HoldOut:
    """Customers at a split and their next period.

    Attributes:
        base: Customer table as of the day before the split, sorted by what customers did (never by id), one row a customer known then.
        spend: Net spend of each in the next period, 0 for who did not come back.
        orders: Orders of each in the next period.
        recent_spend: Net spend of each in the period before the split that is as long as the next one.
        split: First day of the next period, ISO.
        days: Length of the next period.
        born: Customers first seen after the split: they have no class at the split and are left out.
        born_spend: Their spend in the next period.
        end: Last day of the next period, ISO.
    """

    base: pd.DataFrame
    spend: np.ndarray
    orders: np.ndarray
    recent_spend: np.ndarray
    split: str
    days: int
    born: int
    born_spend: float
    end: str = ""

    @property
    def returned(self) -> np.ndarray:
        """True for who ordered in the next period."""
        return self.orders > 0

    @property
    def bought(self) -> np.ndarray:
        """True for who had ordered before the split; the others are known prospects, or returned what they bought before the data start."""
        import numpy as np

        ever = "lifetime_orders" if "lifetime_orders" in self.base.columns else "orders"
        return np.asarray(self.base[ever].fillna(0).to_numpy(float) > 0)

    def only(self, chosen: np.ndarray) -> HoldOut:
        """The same split seen on some of its customers.

        Args:
            chosen: True for each customer who stays, in the order of ``base``.
        """
        parts = {name: getattr(self, name)[chosen] for name in ("spend", "orders", "recent_spend")}
        return replace(self, base=self.base[chosen].reset_index(drop=True), **parts)


def default_split(client: Client) -> str:
    """First day of the next period where nobody says otherwise: the last quarter, or the last quarter of a shorter history."""
    import pandas as pd

    first, _ = _ends(client)
    as_of = pd.Timestamp(client.as_of)
    days = min(LONGEST, -(-((as_of - first).days + 1) // 4))
    return str((as_of - pd.Timedelta(days=days - 1)).date())


def hold_out(
    client: Client,
    *,
    split: str = "",
    end: str = "",
    window_days: int = 0,
    also: Collection[str] = (),
    facts: Collection[str] | None = None,
) -> HoldOut:
    """Divide a client's history in two.

    Args:
        client: The client.
        split: First day of the next period; all that defines a class is known up to the day before. By default the last quarter's.
        end: Last day of the next period; the client's last day by default.
        window_days: Window of the base table, at most the history before the split in whole weeks; by default the client's window.
        also: Columns of the base table beside the usual ones, such as a method's NEEDS; what the data do not have is left out.
        facts: Side frames of the base table; by default gaps and silence.

    A definition that was signed is left aside: it may have been drawn from what came after the split.

    Raises:
        DataError: The split leaves no base or no next period.
    """
    import numpy as np
    import pandas as pd

    first, last = _ends(client)
    split = split or default_split(client)
    start, finish = (pd.to_datetime(day or client.as_of, errors="coerce") for day in (split, end))
    before, days = (start - first).days, (finish - start).days + 1
    if not (before >= 7 and days >= 1) or finish > last + pd.Timedelta(days=366):
        raise DataError(
            "split {split}: the data run from {first} to {last}; choose a day with at least a week before it and the end after it.",
            split=split,
            first=str(first.date()),
            last=str(last.date()),
        )
    base_days = min(window_days or client.window_days, before // 7 * 7)
    eve = str((start - pd.Timedelta(days=1)).date())
    base = unsigned(client.customers(as_of=eve, window_days=base_days, also=also, facts=facts))
    recent = client.customers(as_of=eve, window_days=min(days, before), columns=("spend",), facts=())
    following = client.customers(as_of=str(finish.date()), window_days=days, columns=("spend", "orders"), facts=())
    after = following.set_index("customer_id")
    base = base.iloc[_by_behaviour(base, after.reindex(base["customer_id"]).fillna(0.0))].reset_index(drop=True)
    known = after.reindex(base["customer_id"])
    new = after[~after.index.isin(base["customer_id"])]
    return HoldOut(
        base=base,
        spend=known["spend"].fillna(0.0).to_numpy(float),
        orders=known["orders"].fillna(0).to_numpy(float),
        recent_spend=recent.set_index("customer_id")["spend"].reindex(base["customer_id"]).fillna(0.0).to_numpy(float),
        split=split,
        days=days,
        born=int((new["orders"] > 0).sum()),
        born_spend=float(np.round(new["spend"].sum(), 6)),
        end=str(finish.date()),
    )


def _ends(client: Client) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day with orders."""
    import pandas as pd

    if client.calendar.first is None:
        raise DataError("there are no orders, so there is no next period to look at; worth needs order lines with a customer and a day.")
    return pd.Timestamp(client.calendar.first), pd.Timestamp(client.calendar.last)


def unsigned(customers: pd.DataFrame) -> pd.DataFrame:
    """The table without the definitions that were signed, so that methods fit on what is in it."""
    from seglib.segmentation import Facts, facts_of

    facts = facts_of(customers)
    customers = customers.copy()
    customers.attrs["facts"] = Facts(dict(facts), unattributed=facts.unattributed, currency=facts.currency, population=facts.population)
    return customers


def _by_behaviour(customers: pd.DataFrame, after: pd.DataFrame) -> np.ndarray:
    """Row order by what customers did, so that folds and draws do not depend on ids or on the order of the file.

    Those who are alike in spend, orders and recency (prospects are, all of them) stand in the order of whatever else is known of them,
    the next period last: only who is alike in all of it may change places, and that changes nothing.

    Args:
        customers: The customer table.
        after: spend and orders of the next period, row by row.
    """
    import numpy as np

    keys = [customers[name].to_numpy(float) for name in USUAL if name in customers.columns]
    order = np.lexsort(keys)
    alike = np.all([_same(key[order]) for key in keys], axis=0) if keys else np.ones(max(len(order) - 1, 0), dtype=bool)
    tied = np.sort(order[np.append(alike, False) | np.append(False, alike)]) if len(order) else order
    if not len(tied):
        return order
    others = customers.iloc[tied].drop(columns=["customer_id", *(name for name in USUAL if name in customers.columns)])
    codes = [after[name].to_numpy(float)[tied] for name in ("spend", "orders")]
    codes += [others[name].astype("category").cat.codes.to_numpy() for name in sorted(others.columns)]
    rank = np.zeros(len(customers), dtype=np.int64)
    rank[tied[np.lexsort(codes)]] = np.arange(len(tied))
    return np.lexsort([rank, *keys])


def _same(values: np.ndarray) -> np.ndarray:
    """Is each value the one before it, missing ones among themselves?"""
    import numpy as np

    return (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
