"""The arrays of an order book, read off the client's order lines by the customers room's own rules of what an order is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from seglib.review.goods_lines import order_keys
from seglib.review.order_columns import UNIT

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd

MONEY = ("list_amount", "listed_amount", "paid_amount", "margin", "returned_amount")
COUNTS = ("lines", "return_lines")
LINE_COLUMN = {"listed_amount": "list_amount", "list_amount": "list_amount", "paid_amount": "paid_amount", "margin": "margin"}

Arrays = tuple[dict[str, "np.ndarray"], dict[str, "np.ndarray"], "np.ndarray", "pd.DataFrame"]


def arrays(tables: Mapping[str, ir.Table], day: date, ids: np.ndarray) -> Arrays:
    """Documents, movements and turns, see ``OrderBook``, and the keys by which lines find their document.

    Args:
        tables: Canonical tables by name.
        day: Last local day that is looked at.
        ids: Ids of all customers known by then.
    """
    import numpy as np

    if "orders" not in tables:
        return _none()
    frame, measures = _movements(tables, day)
    frame["customer"] = _numbers(frame["customer_id"], ids)
    loose = frame["order_id"].isna()
    frame["key"] = frame["order_id"].astype("category").cat.codes.astype("int64").where(~loose, -1 - frame["age"])
    documents = _documents(frame)
    frame = frame.merge(documents[["customer", "key", "document"]], on=["customer", "key"])
    frame = frame.sort_values(["document", "age"], kind="stable")
    movements = {name: frame[name].to_numpy("int64") for name in ("document", "customer", "age", "amount", *measures)}
    found = {name: documents[name].to_numpy() for name in ("customer", "age", "value", "stands")}
    for part in (found, movements):
        part["pinned"] = np.zeros(len(part["age"]), dtype=bool)
    return found, movements, _turns(documents, len(ids)), order_keys(frame)


def _none() -> Arrays:
    """No order at all: whoever is known by contacts alone."""
    import numpy as np
    import pandas as pd

    nothing = np.zeros(0, dtype=np.int64)
    either = {"customer": nothing, "age": nothing, "pinned": nothing.astype(bool)}
    return {**either, "value": nothing, "stands": either["pinned"]}, {**either, "document": nothing}, nothing, pd.DataFrame()


def _movements(tables: Mapping[str, ir.Table], day: date) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One row a customer, order and day: age, bought, and in whole numbers the amount and the measures that the lines carry."""
    import ibis

    from seglib.customers.stages import Stages

    lines = tables["orders"].columns
    measures = (*COUNTS, *(name for name in MONEY if LINE_COLUMN.get(name, "amount") in lines))
    stages = Stages(tables, day, 1, measures)
    moves = stages.movements
    order_id = moves.order_id.cast("string") if "order_id" in moves.columns else ibis.null("string")
    values = {name: _whole(moves[name], name in COUNTS) for name in ("amount", *measures)}
    frame = moves.select("customer_id", order_id=order_id, age=stages.age(moves.day), bought=moves.bought, **values).to_pandas()
    frame["customer_id"] = frame["customer_id"].astype("str")
    return frame, measures


def _whole(value: ir.Value, count: bool) -> ir.Value:
    """A count as it is, money in millionths; nothing is 0."""
    number = value if count else (value * UNIT).round(0)
    return number.cast("int64").fill_null(0)


def _numbers(values: pd.Series, ids: np.ndarray) -> np.ndarray:
    """The place of each id among ``ids``."""
    import pandas as pd

    return pd.Index(ids, dtype=object).get_indexer(values.astype(object)).astype("int64")


def _documents(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a document, sorted by customer, age and value; numbered in that order."""
    import numpy as np

    # The order's day is that of its first line with a positive amount; where no line is positive it is no order anyway.
    frame = frame.assign(bought_age=frame["age"].where(frame["bought"] > 0, -1))
    documents = frame.groupby(["customer", "key"], sort=False).agg(
        value=("amount", "sum"), bought_age=("bought_age", "max"), first=("age", "max"), lines=("lines", "sum")
    )
    documents["age"] = documents["bought_age"].where(documents["bought_age"] >= 0, documents["first"])
    documents["stands"] = documents["value"] > 0
    documents = documents.reset_index().sort_values(["customer", "age", "value", "lines"], kind="stable", ignore_index=True)
    documents["document"] = np.arange(len(documents))
    return documents


def _turns(documents: pd.DataFrame, customers: int) -> np.ndarray:
    """Where each document comes when all are sorted by what happened: its age, value and lines, then what else its customer did."""
    import numpy as np

    customer = documents["customer"].to_numpy()
    total = np.bincount(customer, weights=documents["value"], minlength=customers)
    count = np.bincount(customer, minlength=customers)
    first = np.zeros(customers)
    np.maximum.at(first, customer, documents["age"].to_numpy())
    order = np.lexsort(
        (first[customer], count[customer], total[customer], documents["lines"], documents["value"], documents["age"].to_numpy())
    )
    turns = np.empty_like(order)
    turns[order] = np.arange(len(order))
    return turns
