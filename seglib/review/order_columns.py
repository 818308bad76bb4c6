"""Columns of the customer table computed again from orders that weigh 0, 1, 2 … times; at weight 1 they equal the customers room's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from seglib.customers.columns import A_YEAR, QUARTERS
from seglib.customers.stages import PERIODS, QUARTER_DAYS, period_of
from seglib.review.sums import firsts

if TYPE_CHECKING:
    import numpy as np

    from seglib.review.orderbook import OrderBook

DIGITS = 9  # decimals of a ratio, as in the customers room
UNIT = 1_000_000  # money is counted in millionths, so that sums are exact
NEVER = 2**31  # an age that no order has


class Weighted:
    """An order book under weights: one instance a draw, each intermediate result computed once.

    Args:
        book: The order book.
        weights: One whole number >= 0 a document; an order that weighs 2 stands twice, on the same day.
    """

    def __init__(self, book: OrderBook, weights: np.ndarray) -> None:
        import numpy as np

        self.book, self.size = book, len(book.customer_ids)
        documents, movements = book.documents, book.movements
        free = np.where(documents["pinned"], 1, weights).astype(np.int64)
        self.order_weight = free[book.standing]
        self.movement_weight = np.where(movements["pinned"], 1, np.asarray(weights)[movements["document"]]).astype(np.int64)
        self.recent = book.order_age < book.window_days
        self.recent_movement = movements["age"] < book.window_days
        self.half = book.window_days // 2

    def orders(self, where: np.ndarray | bool = True) -> np.ndarray:
        """Orders a customer among those that meet ``where``."""
        return self.book.by_order.sum(self.order_weight * where)

    def lines(self, measure: str) -> np.ndarray:
        """A count of the window's movements, summed a customer."""
        return self.book.by_movement.sum(self.movement_weight * self.recent_movement * self.book.movements[measure])

    def units(self, measure: str, where: np.ndarray | bool = True) -> np.ndarray:
        """Money of the movements that meet ``where``, in millionths a customer."""
        return self.book.by_movement.sum(self.movement_weight * where * self.book.movements[measure])

    def money(self, measure: str, where: np.ndarray | bool = True) -> np.ndarray:
        """The same as money."""
        return self.units(measure, where) / UNIT

    @cached_property
    def last(self) -> np.ndarray:
        """Age of the last order, missing without one."""
        import numpy as np

        return _missing_at(self.book.by_order.smallest(np.where(self.order_weight > 0, self.book.order_age, NEVER), NEVER), NEVER)

    @cached_property
    def first(self) -> np.ndarray:
        """Age of the first order, missing without one."""
        import numpy as np

        return _missing_at(self.book.by_order.largest(np.where(self.order_weight > 0, self.book.order_age, -1), -1), -1)

    def date(self, age: np.ndarray) -> np.ndarray:
        """The day that lies ``age`` days before as_of."""
        import numpy as np

        known = ~np.isnan(age)
        days = np.full(len(age), np.datetime64("NaT"), dtype="datetime64[D]")
        days[known] = np.datetime64(self.book.as_of, "D") - age[known].astype("timedelta64[D]")
        return days.astype("datetime64[us]")

    @cached_property
    def day_weight(self) -> np.ndarray:
        """Orders of every buying day there could be."""
        import numpy as np

        starts = self.book.day_starts
        return np.add.reduceat(self.order_weight, starts) if len(starts) else np.zeros(0, dtype=np.int64)

    @cached_property
    def days(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Customer, age and orders of the buying days that there are, latest first within a customer."""
        there = self.day_weight > 0
        return self.book.day_customer[there], self.book.day_age[there], self.day_weight[there]

    @cached_property
    def gaps(self) -> tuple[np.ndarray, np.ndarray]:
        """Customer and days of every gap between two buying days."""
        customer, age, _ = self.days
        same = customer[1:] == customer[:-1]
        return customer[:-1][same], (age[1:] - age[:-1])[same]

    def gap_rank(self, tenths: int) -> np.ndarray:
        """The smallest gap that ``tenths`` tenths of a customer's gaps do not exceed."""
        import numpy as np

        customer, days = self.gaps
        ordered = np.sort(customer.astype(np.int64) * NEVER + days)
        counts = np.bincount(customer, minlength=self.size)
        found = np.full(self.size, np.nan)
        there = counts > 0
        place = np.cumsum(counts) - counts + (tenths * counts + 9) // 10 - 1
        found[there] = ordered[place[there]] % NEVER
        return found

    @cached_property
    def day_places(self) -> tuple[np.ndarray, np.ndarray]:
        """For each customer the position of the last buying day among ``days``, and how many there are."""
        import numpy as np

        counts = np.bincount(self.days[0], minlength=self.size)
        return np.cumsum(counts) - counts, counts

    def return_gap(self, nth: int) -> np.ndarray:
        """The gap that ended on the last buying day (0) or on the one before (1)."""
        import numpy as np

        starts, counts = self.day_places
        _, age, orders = self.days
        found = np.full(self.size, np.nan)
        there = counts > nth + 1
        place = starts[there] + nth
        gap = (age[place + 1] - age[place]).astype(float)
        told = orders[place] <= 2 if nth == 0 else (orders[place] == 1) & (orders[place - 1] == 1)
        found[there] = np.where(told, gap, np.nan)
        return found

    def day_before_last(self) -> np.ndarray:
        """Age of the buying day before the last."""
        import numpy as np

        starts, counts = self.day_places
        found = np.full(self.size, np.nan)
        there = counts > 1
        found[there] = self.days[1][starts[there] + 1]
        return found

    @property
    def period_days(self) -> int | None:
        """Days of a period of loyalty; None where the trade has no clock."""
        usual = self.book.clock[0]
        return None if usual is None else period_of(usual)

    def loyalty_periods(self) -> np.ndarray:
        """Periods that hold an order, of the last 12 or as many as the history has whole."""
        import numpy as np

        length = self.period_days
        if length is None:
            return np.full(self.size, np.nan)
        customer, age, _ = self.days
        inside = age < min(PERIODS, (self.book.days_of_data + 1) // length) * length
        periods = customer[inside].astype(np.int64) * NEVER + age[inside] // length  # ascending, as the days are
        counts = np.bincount(periods[firsts([periods])] // NEVER, minlength=self.size)
        return np.where(np.isnan(self.first), np.nan, counts)

    def tenure_periods(self) -> np.ndarray:
        """Those of these periods that have begun since the first order."""
        import numpy as np

        length = self.period_days
        if length is None:
            return np.full(self.size, np.nan)
        return np.minimum(self.first // length + 1, min(PERIODS, (self.book.days_of_data + 1) // length))

    def median_order_value(self) -> np.ndarray:
        """Nearest-rank median of the values of the window's orders."""
        import numpy as np

        order, customer = self.book.by_value
        weight = (self.order_weight * self.recent)[order]
        reached = np.cumsum(weight)
        counts = np.bincount(customer, weights=weight, minlength=self.size).astype(np.int64)
        wanted = np.cumsum(counts) - counts + (5 * counts + 9) // 10
        found = np.full(self.size, np.nan)
        there = counts > 0
        found[there] = self.book.order_value[order][np.searchsorted(reached, wanted[there])] / UNIT
        return found

    def mean_order_value(self) -> np.ndarray:
        """Mean value of the window's orders."""
        counts = self.orders(self.recent)
        total = self.book.by_order.sum(self.order_weight * self.recent * self.book.order_value) / UNIT
        return _ratio(total, counts)

    def largest_order_value(self) -> np.ndarray:
        """Value of the largest order of the window."""
        import numpy as np

        values = np.where((self.order_weight > 0) & self.recent, self.book.order_value, -1)
        return _missing_at(self.book.by_order.largest(values, -1), -1) / UNIT

    def discount_share(self) -> np.ndarray:
        """Reduction as a share of list over the window's lines with a list amount."""
        listed = self.units("list_amount", self.recent_movement)
        discount = listed - self.units("listed_amount", self.recent_movement)
        return _ratio(discount / UNIT, listed / UNIT)

    def returned_value_share(self) -> np.ndarray:
        """Money taken back as a share of what was sold in the window."""
        back = self.money("returned_amount", self.recent_movement)
        return _ratio(back, self.money("amount", self.recent_movement) + back).round(DIGITS)

    def nth_half(self, nth: int, age: np.ndarray) -> np.ndarray:
        """Which rows lie in a half window counted back from as_of: 0 the last, 1 the one before."""
        return (age >= nth * self.half) & (age < (nth + 1) * self.half)

    def quarter(self, nth: int) -> np.ndarray:
        """Net revenue of a quarter counted back from as_of, 1 the last."""
        age = self.book.movements["age"]
        return self.money("amount", (age >= (nth - 1) * QUARTER_DAYS) & (age < nth * QUARTER_DAYS))

    def market_quarter(self, nth: int) -> np.ndarray:
        """The mean of those known for a year, in every row."""
        import numpy as np

        known = self.first >= A_YEAR * QUARTER_DAYS
        total = self.quarter(nth)[known].clip(min=0).sum().round(6)
        return np.full(self.size, total / known.sum() if known.any() else np.nan)


def _missing_at(values: np.ndarray, empty: int) -> np.ndarray:
    """Numbers with the value that stands for nothing as missing."""
    import numpy as np

    return np.where(values == empty, np.nan, values.astype(float))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """A ratio, missing where the whole is not positive."""
    import numpy as np

    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _exposure(w: Weighted) -> np.ndarray:
    import numpy as np

    return np.minimum(w.first + 1, w.book.window_days)


# Column -> what computes it, and the measures that movements must carry for it.
ORDER_COLUMNS: dict[str, tuple[Callable[[Weighted], Any], tuple[str, ...]]] = {
    "first_order": (lambda w: w.date(w.first), ()),
    "last_order": (lambda w: w.date(w.last), ()),
    "lifetime_orders": (lambda w: w.orders(), ()),
    "lifetime_spend": (lambda w: w.money("amount"), ()),
    "returns_only": (lambda w: (w.orders() == 0) & (w.units("amount") < 0), ()),
    "days_since_last_order": (lambda w: w.last, ()),
    "days_since_first_order": (lambda w: w.first, ()),
    "history_days_before_first_order": (lambda w: w.book.days_of_data - w.first, ()),
    "exposure_days": (_exposure, ()),
    "gaps": (lambda w: (w.day_places[1] - 1).clip(min=0), ()),
    "gap_days_median": (lambda w: w.gap_rank(5), ()),
    "gap_days_p90": (lambda w: w.gap_rank(9), ()),
    "last_return_gap_days": (lambda w: w.return_gap(0), ()),
    "previous_return_gap_days": (lambda w: w.return_gap(1), ()),
    "days_since_previous_buying_day": (lambda w: w.day_before_last(), ()),
    "orders": (lambda w: w.orders(w.recent), ()),
    "buying_days": (lambda w: w.book.by_day.sum((w.day_weight > 0) & (w.book.day_age < w.book.window_days)), ()),
    "order_lines": (lambda w: w.lines("lines"), ("lines",)),
    "spend": (lambda w: w.money("amount", w.recent_movement), ()),
    "list_spend": (lambda w: w.money("list_amount", w.recent_movement), ("list_amount",)),
    "paid_spend": (lambda w: w.money("paid_amount", w.recent_movement), ("paid_amount",)),
    "margin": (lambda w: w.money("margin", w.recent_movement), ("margin",)),
    "returned_amount": (lambda w: w.money("returned_amount", w.recent_movement), ("returned_amount",)),
    "return_lines": (lambda w: w.lines("return_lines"), ("return_lines",)),
    "discount_share": (lambda w: w.discount_share(), ("list_amount", "listed_amount")),
    "returned_value_share": (lambda w: w.returned_value_share(), ("returned_amount",)),
    "mean_order_value": (lambda w: w.mean_order_value(), ()),
    "median_order_value": (lambda w: w.median_order_value(), ()),
    "largest_order_value": (lambda w: w.largest_order_value(), ()),
    "spend_last_half": (lambda w: w.money("amount", w.nth_half(0, w.book.movements["age"])), ()),
    "spend_previous_half": (lambda w: w.money("amount", w.nth_half(1, w.book.movements["age"])), ()),
    "orders_last_half": (lambda w: w.orders(w.nth_half(0, w.book.order_age)), ()),
    "orders_previous_half": (lambda w: w.orders(w.nth_half(1, w.book.order_age)), ()),
    **{f"spend_quarter_{n}": (partial(Weighted.quarter, nth=n), ()) for n in range(1, QUARTERS + 1)},
    **{f"market_quarter_{n}": (partial(Weighted.market_quarter, nth=n), ()) for n in range(1, A_YEAR + 1)},
    "loyalty_periods": (lambda w: w.loyalty_periods(), ()),
    "tenure_periods": (lambda w: w.tenure_periods(), ()),
}  # fmt: skip
