"""One customer as of tomorrow: with one more order today, or silent for days; by the client's own lines, else by what a table tells.

By the lines: the customer is laid beside himself as many times as there are days to look at, each copy's past moved back by so many days.
One customer table of all copies then holds every column as it will stand on those days, what has left the window included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seglib.customers.columns import A_YEAR, COLUMNS, QUARTERS
from seglib.segmentation import Scheme, as_of_of, assign, window_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from seglib.client import Client

HORIZON = 400  # days of silence that are looked at: beyond a year nobody plans
SAME = 1e-9  # two values of a column that differ by a smaller share are the same
#: Columns that follow the calendar under silence, beside every ``days_since_…``.
AGEING = ("exposure_days",)
#: Columns that stand still whatever happens: they tell of the past, or of the person.
STILL = (
    "history_days_before_first_order",
    "first_order",
    "customer_id",
    "as_of",
    "window_days",
    "gap_75",
    "gap_95",
    "days_since_first_order",
    *(f"spend_quarter_{n}" for n in range(2, QUARTERS + 1)),
)
#: Of the whole market: one customer's order or silence does not move them, and a copy of his lines does not give them.
MARKET = tuple(f"market_quarter_{n}" for n in range(1, A_YEAR + 1))
DAYS_SINCE = "days_since_"


@dataclass(frozen=True)
class Future:
    """What would become of one customer.

    Attributes:
        amount: Size of the usual order; None where there is none.
        after_order: Class after one more of it on as_of; "" where it cannot be said.
        exact_order, exact_silent: Were all columns computed anew from the client's lines?
        unknown_order, unknown_silent: Inputs whose value then cannot be said.
        silent: Class after 0, 1, 2 … days without anything; empty where it cannot be said.
    """

    amount: float | None
    after_order: str
    exact_order: bool
    unknown_order: tuple[str, ...]
    silent: tuple[str, ...]
    exact_silent: bool
    unknown_silent: tuple[str, ...]


def future(scheme: Scheme, row: pd.DataFrame, *, client: Client | None = None) -> Future:
    """One customer with one more order of the usual size on as_of, and under silence of up to ``HORIZON`` days.

    Args:
        scheme: The definition.
        row: The customer's row of the customer table.
        client: The open client, for his lines; without it only what the table tells can move.
    """
    size = row["median_order_value"].iloc[0] if "median_order_value" in row.columns else float("nan")
    amount = float(size) if size == size else None
    if client is not None and "orders" in client.tables and as_of_of(row):
        found = _by_lines(scheme, row, client, amount)
        if found is not None:
            return found
    after, unknown = "", tuple[str, ...]()
    if amount is not None:
        bought, unknown = with_order(row, amount, scheme.inputs)
        after = "" if unknown else str(assign(scheme, bought)["segment"].iloc[0])
    days = silent_table(row)
    return Future(amount, after, False, unknown, tuple(assign(scheme, days)["segment"]), False, ())


def with_order(row: pd.DataFrame, amount: float, needed: Sequence[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A row of the customer table after one more order on as_of, as far as a table tells; and the needed columns it cannot tell.

    Args:
        row: The customer's row.
        amount: Value of the order; its usual size, so that the median stays.
        needed: Columns the definition reads.
    """
    import math

    now = row.iloc[0]
    silence = float(now.get("days_since_last_order", math.nan))
    again = silence > 0  # a second order on the day of the last one opens no new buying day
    after: dict[str, object] = {}
    for name in ("orders", "lifetime_orders", "orders_last_half"):
        after[name] = now.get(name, 0) + 1
    for name in ("spend", "lifetime_spend", "spend_last_half", "spend_quarter_1"):
        after[name] = float(now.get(name, 0.0)) + amount
    orders = float(now.get("orders", 0))
    if orders and "mean_order_value" in row.columns:
        after["mean_order_value"] = (float(now["mean_order_value"]) * orders + amount) / (orders + 1)
    after |= {"median_order_value": amount, "returns_only": False, "days_since_last_order": 0.0}
    after["largest_order_value"] = max(float(now.get("largest_order_value", amount)), amount)
    after["buying_days"] = now.get("buying_days", 0) + int(again)
    after["gaps"] = now.get("gaps", 0) + int(again)
    if again:
        after["previous_return_gap_days"] = now.get("last_return_gap_days", math.nan)
        after["last_return_gap_days"] = after["days_since_previous_buying_day"] = silence
    moved = {name: value for name, value in after.items() if name in row.columns}
    unsure = () if again else ("last_return_gap_days", "previous_return_gap_days", "days_since_previous_buying_day")
    steady = STILL + AGEING + MARKET
    untold = [name for name in needed if _of_orders(name) and (name not in after or name in unsure) and name not in steady]
    known = {name: [value] for name, value in moved.items()}
    return row.assign(**known), tuple(untold)


def _of_orders(name: str) -> bool:
    """Is a column of the customer table made of orders, so that one more of them may change it?"""
    return name in COLUMNS and any(need.startswith("orders.") for need in COLUMNS[name].needs)


def silent_table(row: pd.DataFrame, horizon: int = HORIZON) -> pd.DataFrame:
    """A row once for every day of silence from 0: days since anything grow, the window's sums stay as they are."""
    import numpy as np
    import pandas as pd

    days = np.arange(horizon + 1)
    table = pd.concat([row] * (horizon + 1), ignore_index=True)
    for name in table.columns:
        if name.startswith(DAYS_SINCE):
            table[name] = table[name].astype(float) + days
    if "exposure_days" in table.columns:
        table["exposure_days"] = np.minimum(table["exposure_days"].astype(float) + days, window_of(row) or np.inf)
    return table.assign(customer_id=[f"{day}" for day in days])


def _by_lines(scheme: Scheme, row: pd.DataFrame, client: Client, amount: float | None) -> Future | None:
    """Everything from the client's lines; None where they do not give the row that is in hand, whatever the reason."""
    from seglib.customers import build

    copies = _copies(client, str(row["customer_id"].iloc[0]), date.fromisoformat(as_of_of(row)), amount)
    if copies is None:
        return None
    import ibis

    tables = {name: ibis.memtable(table) for name, table in copies.items()}
    tables |= {name: ibis.memtable(table.to_pyarrow()) for name, table in client.tables.items() if name == "products"}
    as_of = date.fromisoformat(as_of_of(row))
    wanted = [name for name in dict.fromkeys((*scheme.inputs, "orders")) if name in COLUMNS and COLUMNS[name].kind != "key"]
    own = [name for name in scheme.inputs if name not in COLUMNS]
    made = build(tables, as_of=as_of, window_days=window_of(row), columns=wanted, data_start=client.calendar.first)
    made = made.set_index(made["customer_id"].astype(int)).sort_index().reset_index(drop=True)
    steady = {name: row[name].iloc[0] for name in (*own, *STILL[:1], *MARKET) if name in row.columns}
    made = made.assign(**steady)
    silent, bought = made.iloc[: HORIZON + 1], made.iloc[HORIZON + 1 :]
    strange = tuple(name for name in scheme.inputs if not _same(made[name].iloc[0], row[name].iloc[0]))
    if strange:  # measured against the market, or of tables that no copy carries
        held = {name: row[name].iloc[0] for name in strange}
        if any(_of_orders(name) for name in strange):
            return Future(amount, "", True, strange, (), True, strange)
        silent, bought = silent.assign(**held), bought.assign(**held)
    after = str(assign(scheme, bought)["segment"].iloc[0]) if len(bought) else ""
    return Future(amount, after, True, (), tuple(assign(scheme, silent)["segment"]), True, ())


def _same(one: Any, other: Any) -> bool:
    if one != one or one is None or other != other or other is None:
        return (one != one or one is None) and (other != other or other is None)
    if isinstance(one, str) or isinstance(other, str):
        return str(one) == str(other)
    return abs(float(one) - float(other)) <= SAME * max(abs(float(one)), abs(float(other)), 1.0)


def _copies(client: Client, customer_id: str, as_of: date, amount: float | None) -> dict[str, pa.Table] | None:
    """The customer's rows of every table, once for each day of silence and once with the order; None where he has no order."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    found: dict[str, pa.Table] = {}
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    for name, table in client.tables.items():
        if "customer_id" not in table.columns:
            continue
        rows = table.filter(table.customer_id == customer_id).to_pyarrow()
        times = [field.name for field in rows.schema if pa.types.is_timestamp(field.type)]
        if times and len(rows):  # what is not known on as_of stays unknown
            first = rows.column(times[0]).to_pandas()
            rows = rows.filter(pa.array((first < end).fillna(False).to_numpy()))
        n = len(rows)
        if name == "orders" and not n:
            return None
        take = np.tile(np.arange(n), HORIZON + 2)
        copy = np.repeat(np.arange(HORIZON + 2), n)
        many = rows.take(pa.array(take))
        back = pd.to_timedelta(np.where(copy > HORIZON, 0, copy), unit="D")
        for field in rows.schema:
            column = many.column(field.name)
            place = many.schema.get_field_index(field.name)
            if field.name == "customer_id":
                many = many.set_column(place, field, pa.array(copy.astype(str)).cast(field.type))
            elif pa.types.is_timestamp(field.type):
                moved = column.to_pandas() - back
                many = many.set_column(place, field, pa.array(moved.astype("datetime64[us]"), type=field.type, from_pandas=True))
            elif field.name in ("order_id", "returns_order_id"):
                told = column.to_pandas().astype(object)
                names = [f"{value}#{number}" if isinstance(value, str) else None for value, number in zip(told, copy, strict=True)]
                many = many.set_column(place, field, pa.array(names, type=field.type))
        if name == "orders" and amount is not None:
            many = pa.concat_tables([many, _one_order(many.schema, pd.Timestamp(as_of), amount)])
        found[name] = many
    return found if "orders" in found else None


def _one_order(schema: pa.Schema, day: pd.Timestamp, amount: float) -> pa.Table:
    """One more line for the last copy: an order of its own, of the given value, of no product."""
    import pyarrow as pa

    values: dict[str, object] = dict.fromkeys(schema.names)
    values |= {"customer_id": str(HORIZON + 1), "ordered_at": day.to_pydatetime(), "amount": Decimal(f"{amount:.6f}")}
    if "order_id" in schema.names:
        values["order_id"] = "one more"
    if "is_return" in schema.names:
        values["is_return"] = False
    for name in ("list_amount", "paid_amount"):
        if name in schema.names:
            values[name] = Decimal(f"{amount:.6f}")
    typed = {name: value for name, value in values.items() if name in schema.names}
    return pa.Table.from_pylist([typed], schema=schema)
