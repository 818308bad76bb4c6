"""Every column of the customer table, declared once: name, unit, meaning, what it needs, and the expression it is read by.

Stock columns tell of all history up to ``as_of``; flow columns look back on the window, ``as_of - window_days + 1 .. as_of``. Counts and
sums are 0 for a customer without orders, ratios and days are missing. A column whose needs are absent is absent from the table, unless
the customers table brings it: then what is blank there is missing here, of counts as well.
Quarters are 13 whole weeks counted back from ``as_of``, whatever the window: quarter 1 is the last, quarter 4 lies a year before the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from seglib.customers.account_columns import ACCOUNTS
from seglib.customers.column import OR, ORDERED, CustomerColumn
from seglib.customers.contact_columns import CONTACTS
from seglib.customers.goods_columns import GOODS
from seglib.customers.stages import QUARTER_DAYS, Stages, exact, nearest_rank

if TYPE_CHECKING:
    import ibis.expr.types as ir


def _money(measure: str) -> Callable[[ir.Table, Stages], ir.Value]:
    """Money summed over the window's movements."""
    return lambda t, s: exact(t[measure].sum(where=s.in_window(t.day)))


def _untold(measure: str) -> Callable[[ir.Table, Stages], ir.Value]:
    """Are there movements in the window, and none with this measure?"""
    return lambda t, s: (t[measure].count(where=s.in_window(t.day)) == 0) & (t.count(where=s.in_window(t.day)) > 0)


def _lines(measure: str) -> Callable[[ir.Table, Stages], ir.Value]:
    """Order lines counted over the window's movements."""
    return lambda t, s: t[measure].sum(where=s.in_window(t.day))


def _half_money(nth: int) -> Callable[[ir.Table, Stages], ir.Value]:
    """Money of a half window, 0 the last, 1 the one before."""
    return lambda t, s: exact(t.amount.sum(where=s.in_half(t.day, nth)))


def _quarter_money(nth: int) -> Callable[[ir.Table, Stages], ir.Value]:
    """Money of a quarter, 1 the last."""
    return lambda t, s: exact(t.amount.sum(where=s.in_quarter(t.day, nth)))


def _market_quarter(nth: int) -> Callable[[ir.Table, Stages], ir.Value]:
    """Mean money of a quarter of those known for four quarters, in every row; what one of them got back counts as nothing."""
    import ibis

    def mean(t: ir.Table, s: Stages) -> ir.Value:
        known = s.age(t.first_order) >= A_YEAR * QUARTER_DAYS
        total = known.ifelse(t[f"spend_quarter_{nth}"].clip(lower=0), 0.0).sum().over(ibis.window())
        return exact(total).cast("float64") / known.ifelse(1, 0).sum().over(ibis.window()).nullif(0)

    return mean


def _half_orders(nth: int) -> Callable[[ir.Table, Stages], ir.Value]:
    """Orders of a half window."""
    return lambda t, s: t.count(where=s.stands(t, s.in_half(t.day, nth)))


def _last_return_gap(t: ir.Table, _: Stages) -> ir.Value:
    return t.gap.max(where=(t.nth == 1) & (t.orders <= 2))


def _previous_return_gap(t: ir.Table, _: Stages) -> ir.Value:
    single = t.orders.max(where=t.nth <= 2) == 1
    return single.ifelse(t.gap.max(where=t.nth == 2), None)


def _discount_share(t: ir.Table, s: Stages) -> ir.Value:
    inside = s.in_window(t.day)
    listed = exact(t.list_amount.sum(where=inside))
    discount = exact(listed - t.listed_amount.sum(where=inside))
    return (listed > 0).ifelse(discount.cast("float64") / listed.cast("float64"), None)


def _mean_order_value(t: ir.Table, s: Stages) -> ir.Value:
    inside = s.stands(t, s.in_window(t.day))
    return exact(t.value.sum(where=inside)).cast("float64") / t.count(where=inside).nullif(0)


def _log_value(t: ir.Table) -> ir.FloatingColumn:
    """Log of the value of each order; what has no positive value is no order."""
    return (t.value > 0).ifelse(t.value.cast("float64"), None).ln()


def _exposure(t: ir.Table, s: Stages) -> ir.Value:
    days = s.age(t.first_order) + 1
    return (days > s.window_days).ifelse(s.window_days, days)


def _history_before(t: ir.Table, s: Stages) -> ir.Value:
    return s.days_of_data - s.age(t.first_order)


def _returns_only(t: ir.Table, _: Stages) -> ir.Value:
    return (t.lifetime_orders == 0) & (t.lifetime_spend < 0)


C = CustomerColumn
DIGITS = 9  # decimals of what is no money: sums of floats differ beyond between engines
QUARTERS = 6  # a year to know a customer by, a quarter to learn from, and one held out
A_YEAR = 4  # quarters

KEYS = (
    C("customer_id", "key", "str", "", "The firm's own id of the customer.", needs=()),
    C("as_of", "key", "datetime64[us]", "day", "Last local day the table knows of; the same in every row.", needs=()),
    C("window_days", "key", "int64", "days", "Days that flow columns look back on, as_of included; the same in every row.", needs=()),
    C("gap_75", "key", "float64", "days",
      "The trade's usual gap: the day by which 75 % of the customers' gaps between buying days have ended, one vote a customer; "
      "the same in every row, missing where there are too few gaps.", needs=()),
    C("gap_95", "key", "float64", "days", "The trade's long gap: the same for 95 %.", needs=()),
)  # fmt: skip
STOCK = (
    C("first_order", "stock", "datetime64[us]", "day", "Local day of the first order.",
      stage="orders", value=lambda t, s: t.day.min(where=s.stands(t))),
    C("last_order", "stock", "datetime64[us]", "day", "Local day of the last order.",
      stage="orders", value=lambda t, s: t.day.max(where=s.stands(t))),
    C("lifetime_orders", "stock", "int64", "orders", "Orders with a positive value after the refunds linked to them, in all history.",
      stage="orders", value=lambda t, s: t.count(where=s.stands(t))),
    C("lifetime_spend", "stock", "float64", "currency", "Net revenue from the customer in all history, after every refund.",
      stage="movements", value=lambda t, s: exact(t.amount.sum())),
    C("returns_only", "stock", "bool", "",
      "True where no order stands and what is on record is returns: never an order, revenue below zero.",
      value=_returns_only, uses=("lifetime_orders", "lifetime_spend")),
    C("days_since_last_order", "stock", "float64", "days", "Days from the last order to as_of; 0 is as_of itself.",
      value=lambda t, s: s.age(t.last_order), uses=("last_order",)),
    C("days_since_first_order", "stock", "float64", "days",
      "Days from the first order to as_of; the data may start after the true first order.",
      value=lambda t, s: s.age(t.first_order), uses=("first_order",)),
    C("history_days_before_first_order", "stock", "float64", "days",
      "Days between the start of the data and the first order; where they are few, the customer may be older than the data.",
      value=_history_before, uses=("first_order",)),
    C("exposure_days", "stock", "float64", "days",
      "Days of the window in which the customer could buy: from the first order on, at most the window.",
      value=_exposure, uses=("first_order",)),
    C("gaps", "stock", "int64", "gaps", "Gaps between one buying day and the next, in all history; several orders of a day make no gap.",
      stage="gaps", value=lambda t, s: t.count()),
    C("gap_days_median", "stock", "float64", "days", "Median gap between buying days (nearest rank).",
      stage="gaps", value=lambda t, s: nearest_rank(t, "gap", 5)),
    C("gap_days_p90", "stock", "float64", "days", "Nine of ten gaps between buying days are no longer than this (nearest rank).",
      stage="gaps", value=lambda t, s: nearest_rank(t, "gap", 9)),
    C("last_return_gap_days", "stock", "float64", "days",
      "Gap that ended on the last buying day; missing where two or more further orders came that day, or there was none before.",
      stage="days", value=_last_return_gap),
    C("previous_return_gap_days", "stock", "float64", "days",
      "Gap that ended on the buying day before the last; missing unless each of the last two buying days holds exactly one order.",
      stage="days", value=_previous_return_gap),
    C("days_since_previous_buying_day", "stock", "float64", "days", "Days from the buying day before the last to as_of.",
      stage="days", value=lambda t, s: t.age.max(where=t.nth == 2)),
    C("geometric_mean_order_value", "stock", "float64", "currency",
      "Geometric mean of the values of all orders, net of the refunds linked to them.",
      stage="orders", value=lambda t, s: _log_value(t).mean().exp(), usual=False),
    C("order_value_log_sd", "stock", "float64", "log ratio",
      "Standard deviation of the log of order values within the customer, over all orders (divided by their number); 0 of one order.",
      stage="orders", value=lambda t, s: _log_value(t).std(how="pop").round(DIGITS), usual=False),
    *(C(f"spend_quarter_{n}", "stock", "float64", "currency",
        f"Net revenue of the quarter that ended {(n - 1) * QUARTER_DAYS} days before as_of; a quarter is {QUARTER_DAYS} days.",
        stage="movements", value=_quarter_money(n), usual=False) for n in range(1, QUARTERS + 1)),
    *(C(f"market_quarter_{n}", "stock", "float64", "currency",
        f"Mean of spend_quarter_{n} over all whose first order is {A_YEAR * QUARTER_DAYS} days old, below 0 as 0; the same in every row.",
        value=_market_quarter(n), uses=("first_order", f"spend_quarter_{n}"), usual=False) for n in range(1, A_YEAR + 1)),
)  # fmt: skip
FLOW = (
    C("orders", "flow", "int64", "orders", "Orders with a positive value after the refunds linked to them.",
      stage="orders", value=lambda t, s: t.count(where=s.stands(t, s.in_window(t.day)))),
    C("buying_days", "flow", "int64", "days", "Different local days with at least one order.",
      stage="days", value=lambda t, s: t.count(where=s.in_window(t.day))),
    C("order_lines", "flow", "int64", "lines", "Order lines of every sort, refunds and lines of zero amount among them.",
      stage="movements", value=_lines("lines"), measures=("lines",)),
    C("spend", "flow", "float64", "currency", "Net revenue of the firm, after refunds; a refund counts on its own day.",
      stage="movements", value=_money("amount")),
    C("list_spend", "flow", "float64", "currency", "What the lines with a list amount would have cost before every reduction.",
      needs=(*ORDERED, "orders.list_amount"), stage="movements", value=_money("list_amount"), measures=("list_amount",)),
    C("paid_spend", "flow", "float64", "currency", "What the customer paid out of pocket; less than spend where a third party paid a part.",
      needs=(*ORDERED, "orders.paid_amount"), stage="movements", value=_money("paid_amount"), blank=_untold("paid_amount"),
      measures=("paid_amount",)),
    C("margin", "flow", "float64", "currency", "Margin of the firm, where the order lines carry one; missing where none does.",
      needs=(*ORDERED, "orders.margin"), stage="movements", value=_money("margin"), blank=_untold("margin"), measures=("margin",)),
    C("returned_amount", "flow", "float64", "currency", "Money taken back, as a positive figure.",
      stage="movements", value=_money("returned_amount"), measures=("returned_amount",)),
    C("return_lines", "flow", "int64", "lines", "Order lines that take goods back.",
      stage="movements", value=_lines("return_lines"), measures=("return_lines",)),
    C("discount_share", "flow", "float64", "share of list",
      "Reduction at the firm's own expense as a share of list, over lines with a list amount.",
      needs=(*ORDERED, "orders.list_amount"), stage="movements", value=_discount_share, measures=("list_amount", "listed_amount")),
    C("mean_order_value", "flow", "float64", "currency", "Mean value of an order, net of the refunds linked to it.",
      stage="orders", value=_mean_order_value),
    C("median_order_value", "flow", "float64", "currency", "Median value of an order (nearest rank), net of the refunds linked to it.",
      stage="values", value=lambda t, s: nearest_rank(t, "value", 5)),
    C("largest_order_value", "flow", "float64", "currency", "Value of the largest order, net of the refunds linked to it.",
      stage="orders", value=lambda t, s: t.value.max(where=s.stands(t, s.in_window(t.day)))),
    C("categories", "flow", "int64", "categories", "Different product categories bought, on balance of returns.",
      needs=(*ORDERED, "orders.product_id", "products.category"), stage="goods", value=lambda t, s: t.category.nunique()),
    C("products", "flow", "int64", "products", "Different products bought, on balance of returns.",
      needs=(*ORDERED, "orders.product_id"), stage="goods", value=lambda t, s: t.product_id.count()),
    C("spend_last_half", "flow", "float64", "currency",
      "Net revenue of the last half window: the days 0 to h-1 back from as_of, h = window_days // 2.",
      stage="movements", value=_half_money(0)),
    C("spend_previous_half", "flow", "float64", "currency",
      "Net revenue of the half window before: the days h to 2h-1 back from as_of.",
      stage="movements", value=_half_money(1)),
    C("orders_last_half", "flow", "int64", "orders", "Orders of the last half window.", stage="orders", value=_half_orders(0)),
    C("orders_previous_half", "flow", "int64", "orders", "Orders of the half window before.", stage="orders", value=_half_orders(1)),
)  # fmt: skip
COLUMNS: dict[str, CustomerColumn] = {column.name: column for column in (*KEYS, *STOCK, *FLOW, *GOODS, *CONTACTS, *ACCOUNTS)}


def whole_numbers(name: str) -> bool:
    """Does a column hold whole numbers by what it is: counts, or days?"""
    column = COLUMNS.get(name)
    return column is not None and column.kind != "key" and (column.dtype == "int64" or column.unit == "days")


def available(tables: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Names of the declared columns that can be computed from these tables.

    Args:
        tables: Table name -> names of the columns it has.

    Returns:
        Names in the order of the customer table, the keys first.
    """
    have = {f"{table}.{column}" for table, columns in tables.items() for column in columns}
    return tuple(name for name, column in COLUMNS.items() if all(not have.isdisjoint(need.split(OR)) for need in column.needs))


def usual(names: Collection[str]) -> tuple[str, ...]:
    """Those among ``names`` that come without being asked for."""
    return tuple(name for name in names if name not in COLUMNS or COLUMNS[name].usual)


def with_used(names: Collection[str]) -> tuple[str, ...]:
    """``names`` and the columns they are derived from, in table order; the keys left out."""
    wanted = {used for name in names for used in (name, *COLUMNS[name].uses)}
    return tuple(name for name, column in COLUMNS.items() if name in wanted and column.kind != "key")
