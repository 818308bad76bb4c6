"""The few grouped tables that every column of the customer table is read from, as portable Ibis expressions.

The order lines are read once: lines become *movements* (one row a customer, order and day), movements become *orders*, orders become
*buying days*, buying days become *gaps*. What is written here runs on every engine alike: group, distinct, join on unique keys, lead,
row_number, casts and day differences; no quantile, no timestamp arithmetic, no division of whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import ibis.expr.types as ir

OrderRule = Literal["id", "day", "line"]
MONEY_DIGITS = 6  # money is DECIMAL(18,6)
QUARTER_DAYS = 91  # whole weeks, so that two quarters have the same days of the week, and four of them the same seasons
PERIODS, SHORTEST_PERIOD = 12, 30  # that loyalty looks back on at most; days of one at least


def period_of(usual_gap: float) -> int:
    """Days in which whoever keeps the trade's usual gap buys again, and a month at least: a period of loyalty."""
    return max(SHORTEST_PERIOD, int(usual_gap) + 1)


def exact(money: ir.Value) -> ir.Value:
    """A sum of money to its last digit: an engine that has no decimals and sums in floats comes back to the same money."""
    return money.round(MONEY_DIGITS)


def is_return(lines: ir.Table) -> ir.BooleanValue:
    """Does the line take goods back? By its flag where there is one, else by a negative amount."""
    negative = lines.amount < 0
    return lines.is_return.fill_null(negative) if "is_return" in lines.columns else negative


# What a movement can carry besides its amount: name -> what a line adds to it. All are summed.
MEASURES: dict[str, Callable[[ir.Table], ir.Value]] = {
    "lines": lambda t: t.amount.notnull().cast("int64"),
    "return_lines": lambda t: is_return(t).cast("int64"),
    "returned_amount": lambda t: is_return(t).ifelse(-t.amount, None),
    "list_amount": lambda t: t.list_amount,
    "listed_amount": lambda t: t.list_amount.notnull().ifelse(t.amount, None),
    "paid_amount": lambda t: t.paid_amount,
    "margin": lambda t: t.margin,
}


@dataclass(frozen=True)
class Stages:
    """The grouped tables of one client as of one day.

    Attributes:
        tables: Canonical tables by name. ``orders`` holds accepted lines with a customer.
        as_of: Last local day that is looked at.
        window_days: Days that flow columns look back on, ``as_of`` included.
        measures: What movements carry besides their amount, names of ``MEASURES``.
        order_rule: "id": an order is an order_id of a customer, or a customer's local day where the id is missing; "day": the orders of
            one local day count as one; "line": every line is an order.
        data_start: First local day of the order lines, where it is known already; else it is asked of the lines.
        usual_gap, long_gap: The trade's clock in days (``seglib.customers.clock``), None where there is none.
        kept: Tables that the engine holds already, by name: what several queries need and is dear to make.
    """

    tables: Mapping[str, ir.Table]
    as_of: date
    window_days: int
    measures: tuple[str, ...] = ()
    order_rule: OrderRule = "id"
    data_start: date | None = None
    usual_gap: int | None = None
    long_gap: int | None = None
    kept: dict[str, ir.Table] = field(default_factory=dict, compare=False)

    @property
    def days_of_data(self) -> int | ir.Value:
        """Days from the first local day with an order line to ``as_of``."""
        if self.data_start is not None:
            return (self.as_of - self.data_start).days
        lines = self.tables["orders"]
        start = lines.aggregate(start=lines.ordered_at.date().min())
        return start.select(days=self.age(start.start)).as_scalar()

    @property
    def period_days(self) -> int | None:
        """Days of a period of loyalty; None where the trade has no clock."""
        return None if self.usual_gap is None else period_of(self.usual_gap)

    @property
    def periods(self) -> float | ir.Value:
        """Periods that loyalty looks back on: as many as the history has whole, at most twelve; only where there is a clock."""
        assert self.period_days is not None
        if self.data_start is not None:
            return float(min(PERIODS, ((self.as_of - self.data_start).days + 1) // self.period_days))
        import ibis

        lines = self.tables["orders"]
        start = lines.aggregate(start=lines.ordered_at.date().min())
        days = self.age(start.start) + 1
        whole = (days - days % self.period_days).cast("float64") / self.period_days
        return start.select(periods=ibis.least(whole, float(PERIODS))).as_scalar()

    def age(self, day: ir.Value) -> ir.Value:
        """Whole days from ``day`` to ``as_of``, 0 on the last day."""
        import ibis

        return ibis.literal(self.as_of).delta(day, unit="day").cast("int64")

    def in_window(self, day: ir.Value) -> ir.Value:
        """Does the day lie in the window?"""
        return day >= self.as_of - timedelta(days=self.window_days - 1)

    def in_half(self, day: ir.Value, nth: int) -> ir.Value:
        """Does the day lie in a half window, counted back from ``as_of``: 0 the last, 1 the one before?"""
        half = self.window_days // 2
        return (day > self.as_of - timedelta(days=(nth + 1) * half)) & (day <= self.as_of - timedelta(days=nth * half))

    def in_quarter(self, day: ir.Value, nth: int) -> ir.Value:
        """Does the day lie in a quarter, counted back from ``as_of``: 1 the last, 2 the one before?"""
        return (day > self.as_of - timedelta(days=nth * QUARTER_DAYS)) & (day <= self.as_of - timedelta(days=(nth - 1) * QUARTER_DAYS))

    def stands(self, orders: ir.Table, condition: ir.Value | None = None) -> ir.Value | None:
        """Which rows of ``orders`` are orders, and meet ``condition`` besides."""
        if self.order_rule != "line":
            return condition  # whatever has no positive value is left out already
        positive = orders.value > 0
        return positive if condition is None else positive & condition

    @cached_property
    def lines(self) -> ir.Table:
        """Order lines up to ``as_of`` with their local ``day``; a linked refund bears the order_id of the order it takes back."""
        lines = self.tables["orders"]
        lines = lines.mutate(day=lines.ordered_at.date())
        lines = lines.filter(lines.day <= self.as_of)
        if "order_id" in lines.columns and "returns_order_id" in lines.columns:
            taken_back = is_return(lines) & lines.returns_order_id.notnull()
            lines = lines.mutate(order_id=taken_back.ifelse(lines.returns_order_id, lines.order_id))
        return lines

    @cached_property
    def movements(self) -> ir.Table:
        """One row a customer, order and day: amount, bought (lines with a positive amount), the measures.

        By the rule "line" it is a line and an order in one (``value`` is its amount), so that the lines are read once for both.
        """
        lines = self.lines
        values = {"amount": lines.amount} | {name: MEASURES[name](lines) for name in self.measures}
        if self.order_rule == "line":
            return lines.select("customer_id", "day", **values, value=lines.amount)
        keys = [name for name in ("customer_id", "order_id", "day") if name in lines.columns]
        values["bought"] = (lines.amount > 0).cast("int64")
        return lines.group_by(keys).aggregate(**{name: value.sum() for name, value in values.items()})

    @cached_property
    def orders(self) -> ir.Table:
        """One row an order: customer_id, value (net of the refunds linked to it, positive) and day, that of its first positive line."""
        moves = self.movements
        if self.order_rule == "line":
            return moves
        if "order_id" not in moves.columns:
            orders = moves.select("customer_id", "day", value=exact(moves.amount))
            return orders.filter(orders.value > 0)
        # A line without an order_id belongs to the customer's purchase of that local day.
        moves = moves.mutate(loose_day=moves.order_id.isnull().ifelse(moves.day, None))
        by_order = moves.group_by(["customer_id", "order_id", "loose_day"])
        orders = by_order.aggregate(value=exact(moves.amount.sum()), day=moves.day.min(where=moves.bought > 0))
        orders = orders.filter(orders.value > 0).select("customer_id", "day", "value")
        if self.order_rule == "day":
            orders = orders.group_by(["customer_id", "day"]).aggregate(value=exact(orders.value.sum()))
        return orders

    @cached_property
    def days(self) -> ir.Table:
        """One row a buying day: day, age (days before as_of), orders, value, nth (1 = the last), gap (days since the one before)."""
        import ibis

        orders = self.orders if self.order_rule != "line" else self.orders.filter(self.orders.value > 0)
        days = orders.group_by(["customer_id", "day"]).aggregate(orders=orders.count(), value=exact(orders.value.sum()))
        days = days.mutate(age=self.age(days.day))
        latest_first = ibis.window(group_by="customer_id", order_by=days.age)
        return days.mutate(nth=ibis.row_number().over(latest_first) + 1, gap=days.age.lead(1).over(latest_first) - days.age)

    @cached_property
    def gaps(self) -> ir.Table:
        """One row a gap between two buying days, ranked by length within the customer."""
        days = self.days
        return ranked(days.filter(days.gap.notnull()), "gap")

    @cached_property
    def values(self) -> ir.Table:
        """One row an order in the window, ranked by value within the customer."""
        orders = self.orders
        return ranked(orders.filter(self.stands(orders, self.in_window(orders.day))).select("customer_id", "value"), "value")

    @cached_property
    def goods(self) -> ir.Table:
        """One row a customer and product bought, on balance of returns, in the window; with the category where products say it."""
        lines = self.lines
        lines = lines.filter(self.in_window(lines.day), lines.product_id.notnull())
        goods = lines.group_by(["customer_id", "product_id"]).aggregate(amount=exact(lines.amount.sum()))
        goods = goods.filter(goods.amount > 0).select("customer_id", "product_id")
        products = self.tables.get("products")
        if products is None or "category" not in products.columns:
            return goods
        return goods.left_join(products.select("product_id", "category"), "product_id").select("customer_id", "product_id", "category")


def ranked(table: ir.Table, column: str, by: Sequence[str] = ("customer_id",)) -> ir.Table:
    """``table`` with ``nth_smallest`` (1 = smallest ``column`` of the customer) and ``of`` (rows of the customer).

    Rows with equal values change places freely: what is read from a rank is the value alone.
    """
    import ibis

    by_customer = ibis.window(group_by=list(by))
    ascending = ibis.window(group_by=list(by), order_by=table[column])
    return table.mutate(nth_smallest=ibis.row_number().over(ascending) + 1, of=table.count().over(by_customer))


def nearest_rank(ranked: ir.Table, column: str, tenths: int) -> ir.Value:
    """The smallest value that at least ``tenths`` tenths of a customer's rows do not exceed; whole-number arithmetic only."""
    return ranked[column].min(where=10 * ranked.nth_smallest >= tenths * ranked.of)
