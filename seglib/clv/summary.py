"""The classical summary of a purchase history, under names that say what they mean.

The literature calls its columns frequency, recency, T and monetary value, and each of these means two things: frequency counts
purchases with or without the first, recency is the age at the last purchase or the time since it. Here they are ``repeat_orders``,
``first_to_last_periods``, ``observed_periods`` and ``mean_repeat_value``; the other reading is a frame of its own, ``order_summary``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seglib.errors import DataError, ParameterError, TableError

if TYPE_CHECKING:
    import datetime

    import pandas as pd

Period = Literal["day", "week", "calendar_week"]

PERIOD_DAYS: dict[str, int] = {"day": 1, "week": 7, "calendar_week": 7}


def repeat_summary(
    lines: pd.DataFrame,
    *,
    until: str | datetime.date,
    period: Period = "day",
    customer: str = "customer_id",
    when: str = "ordered_at",
    amount: str = "amount",
) -> pd.DataFrame:
    """Frequency, recency, T and mean value of repeats: what the purchase-process models read.

    Purchases of one customer in one period are one purchase, and the first is not counted: it says that somebody became a customer,
    not how often customers come back. A period counts where its net amount is above nought, or where nothing in it was taken back
    (a free order is an order; an order returned on the same day is none).

    Args:
        lines: One row an order line. Not changed; the order of the rows has no influence.
        until: Last day looked at; whatever lies after it is left out.
        period: "day": purchases of a day are one, times are whole days. "week": purchases of a day are one, times are exact weeks
            (days / 7). "calendar_week": purchases from Monday to Sunday are one, times are differences of calendar weeks.
        customer: Column of the customer's id; its type is kept.
        when: Column of the local time or day.
        amount: Column of the net amount.

    Returns:
        One row a customer with at least one purchase, in ascending order of the id:
        customer_id; repeat_orders (periods with a purchase after the first; "frequency");
        first_to_last_periods (from first to last purchase, 0 without repeats; "recency"); observed_periods (from first purchase to
        ``until``; "T"); mean_repeat_value (mean amount of a repeat, 0 without; "monetary value"); period_days (1 or 7: the unit).

    Raises:
        TableError: A column is missing, or has missing or unreadable values.
        DataError: There is no purchase up to ``until``.
        ParameterError: ``period`` or ``until`` cannot be read.

    >>> import pandas as pd
    >>> days = ["2024-01-01", "2024-01-15", "2024-01-08"]
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "ordered_at": days, "amount": [9, 5, 7]})
    >>> repeat_summary(lines, until="2024-01-29", period="week").iloc[0].to_dict() == {
    ...     "customer_id": "a", "repeat_orders": 1, "first_to_last_periods": 2.0, "observed_periods": 4.0,
    ...     "mean_repeat_value": 5.0, "period_days": 7}
    True
    """
    history, end = _history(lines, until, period, customer, when, amount)
    orders = history["orders"]
    repeats = orders - 1
    value = ((history["total"] - history["first_value"]) / repeats.where(repeats > 0)).fillna(0.0)
    columns = {
        "repeat_orders": repeats.astype("int64"),
        "first_to_last_periods": _times(history["last"] - history["first"], period),
        "observed_periods": _times(end - history["first"], period),
        "mean_repeat_value": value,
    }
    return _frame(history, columns, period)


def order_summary(
    lines: pd.DataFrame,
    *,
    until: str | datetime.date,
    period: Period = "day",
    customer: str = "customer_id",
    when: str = "ordered_at",
    amount: str = "amount",
) -> pd.DataFrame:
    """The same history with the first purchase counted, and recency as the time since the last: what segmentations by R, F, M read.

    Args:
        lines: As for ``repeat_summary``; so are the others.
        until: Last day looked at.
        period: What is one purchase, and the unit of time.
        customer: Column of the customer's id.
        when: Column of the local time or day.
        amount: Column of the net amount.

    Returns:
        One row a customer with at least one purchase, in ascending order of the id: customer_id, orders (periods with a purchase,
        the first included), periods_since_last_order, mean_order_value, period_days.
    """
    history, end = _history(lines, until, period, customer, when, amount)
    columns = {
        "orders": history["orders"].astype("int64"),
        "periods_since_last_order": _times(end - history["last"], period),
        "mean_order_value": history["total"] / history["orders"],
    }
    return _frame(history, columns, period)


def _history(
    lines: pd.DataFrame, until: str | datetime.date, period: str, customer: str, when: str, amount: str
) -> tuple[pd.DataFrame, int]:
    """First and last period, number of periods with a purchase and their amounts, by customer; and the number of the last period."""
    import pandas as pd

    if period not in PERIOD_DAYS:
        raise ParameterError("summary: there is no period {period!r}; write day, week or calendar_week.", period=period)
    end = pd.to_datetime(until, errors="coerce")
    if pd.isna(end):
        raise ParameterError("summary: until is {until!r}, which is no date; write it as year-month-day.", until=until)
    table = _checked(lines, customer, when, amount)
    early = table[table["day"] <= end.normalize()]
    numbers = _period_number(early["day"], period)
    grouped = early.assign(number=numbers).groupby(["customer", "number"], sort=True)["amount"].agg(["sum", "min"]).reset_index()
    bought = grouped[(grouped["sum"] > 0) | (grouped["min"] >= 0)]
    if bought.empty:
        span = [str(day.date()) if pd.notna(day) else "-" for day in (table["day"].min(), table["day"].max())]
        raise DataError(
            "summary: no purchase up to {until}; the order lines run from {first} to {last}.", until=end.date(), first=span[0], last=span[1]
        )
    by_customer = bought.groupby("customer", sort=True)
    history = by_customer.agg(
        first=("number", "first"), last=("number", "last"), orders=("number", "size"), total=("sum", "sum"), first_value=("sum", "first")
    )
    return history, int(_period_number(pd.Series([end]), period).iloc[0])


def _checked(lines: pd.DataFrame, customer: str, when: str, amount: str) -> pd.DataFrame:
    """Customer, day and amount as a frame of their own, every value there and readable."""
    import pandas as pd

    for column, argument in ((customer, "customer"), (when, "when"), (amount, "amount")):
        if column not in lines.columns:
            raise TableError(
                "summary: the order lines lack the column {column}; they have {columns}. Name it with {argument}=.",
                column=column,
                columns=", ".join(map(str, lines.columns)),
                argument=argument,
            )
        if n := int(lines[column].isna().sum()):
            raise TableError("summary: {n} order lines lack {column}; leave them out first, and count them.", n=n, column=column)
    # Spellings are read one by one: a file may write some days with and some without a time.
    mixed = {} if pd.api.types.is_datetime64_any_dtype(lines[when].dtype) else {"format": "mixed"}
    days = pd.to_datetime(lines[when], errors="coerce", **mixed)
    if days.isna().any():
        raise TableError(
            "summary: {column} cannot be read as dates ({example}); convert it first.",
            column=when,
            example=lines[when][days.isna()].iloc[0],
        )
    if days.dt.tz is not None:
        days = days.dt.tz_localize(None)  # the wall clock's day, as everywhere
    amounts = pd.to_numeric(lines[amount].astype("object"), errors="coerce").astype("float64")
    if amounts.isna().any():
        raise TableError(
            "summary: {column} cannot be read as amounts ({example}); convert it first.",
            column=amount,
            example=lines[amount][amounts.isna()].iloc[0],
        )
    return pd.DataFrame({"customer": lines[customer], "day": days.dt.normalize(), "amount": amounts})


def _period_number(days: pd.Series, period: str) -> pd.Series:
    """A running number of the day, or of the week from Monday to Sunday."""
    number = days.astype("datetime64[s]").astype("int64") // 86_400
    return (number + 3) // 7 if period == "calendar_week" else number  # 1970-01-01 was a Thursday


def _times(difference: pd.Series, period: str) -> pd.Series:
    return difference / 7 if period == "week" else difference.astype("int64")


def _frame(history: pd.DataFrame, columns: dict[str, pd.Series], period: str) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(columns).rename_axis("customer_id").reset_index()
    return frame.assign(period_days=PERIOD_DAYS[period])
