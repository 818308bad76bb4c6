"""Lines of goods as arrays beside an order book: read once, and only where a definition asks what customers buy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seglib.review.order_columns import UNIT

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd

    from seglib.review.goods_drawn import Goods

LEVELS = ("category", "department")


@dataclass(frozen=True, eq=False)
class Rows:
    """Lines with a product, one entry each, and what is known of the goods.

    Attributes:
        document: Number of the document that bears the line.
        age: Days before as_of.
        line: Arrays: product (its number), shop (its number), then (age before any window was moved), sold (a purchase of an order that
            stands), amount, listed and paid (millionths), quantity (millionths, 0 where none counts), reduced (1 yes, 0 no, -1 not said).
        goods: One entry a product: known (do the products tell of it?), and category, department, maker and kind as numbers in the order of
            their names, -1 where not said.
        names: Names of the categories and of the departments, ascending.
    """

    document: np.ndarray
    age: np.ndarray
    line: Mapping[str, np.ndarray]
    goods: Mapping[str, np.ndarray]
    names: Mapping[str, tuple[str, ...]]


class Lines:
    """Lines that are read when somebody asks for them, and what they say of goods, computed once for all books that share them.

    Args:
        read: Reads them.
        columns: Columns of the customer table that they carry.
        customer: Customer of every document.
        size: Number of all customers.
        window_days: Days that count.
    """

    def __init__(self, read: Callable[[], Rows], columns: tuple[str, ...], customer: np.ndarray, size: int, window_days: int) -> None:
        self._read, self.columns = read, columns
        self.customer, self.size, self.window_days = customer, size, window_days

    @cached_property
    def rows(self) -> Rows:
        """The lines."""
        return self._read()

    @cached_property
    def goods(self) -> Goods:
        """What was bought in the window against the market of all orders in hand."""
        from seglib.review.goods_drawn import Goods

        return Goods(self.rows, self.customer, self.size, self.window_days)

    def folded(self) -> Lines:
        """The lines of two windows laid upon one another: either book of a fold weighs the same lines."""

        def read() -> Rows:
            return replace(self.rows, age=self.rows.age % self.window_days)

        return Lines(read, self.columns, self.customer, self.size, self.window_days)


def read(tables: Mapping[str, ir.Table], day: date, span: int, keys: pd.DataFrame, stands: np.ndarray) -> Rows:
    """The lines of the last ``span`` days.

    Args:
        tables: Canonical tables by name.
        day: Last local day that is looked at.
        span: Days back from it.
        keys: customer_id, order_key (see ``order_keys``) and document: which document bears a line.
        stands: Is a document an order?
    """
    import ibis
    import numpy as np

    from seglib.customers.stages import Stages

    s = Stages(tables, day, span)
    lines = s.lines.filter(s.in_window(s.lines.day), s.lines.product_id.notnull())
    goods, numbers, names = _goods(lines, tables.get("products"))
    age = s.age(lines.day)
    order_id = lines.order_id if "order_id" in lines.columns else ibis.null("string")
    lines = lines.select("customer_id", "product_id", order_key=order_key(order_id, age), age=age, **_said(lines))
    both = lines.inner_join(ibis.memtable(keys), ["customer_id", "order_key"]).inner_join(ibis.memtable(numbers), "product_id")
    frame = both.drop("customer_id", "product_id", "order_key").to_pandas()
    frame["shop"] = _coded(frame["shop"])[0]
    document = frame["document"].to_numpy(np.int64)
    found = {name: frame[name].to_numpy() for name in frame.columns if name not in ("document", "age")}
    found["sold"] = found["sold"] & stands[document]
    age_then = frame["age"].to_numpy(np.int64)
    return Rows(document, age_then, found | {"then": age_then}, goods, names)


def order_key(order_id: ir.Value, age: ir.Value) -> ir.Value:
    """What tells a customer's documents apart: the order, or the day of a line that belongs to none."""
    import ibis

    return (ibis.literal("=") + order_id.cast("string")).fill_null(age.cast("string"))


def order_keys(frame: pd.DataFrame) -> pd.DataFrame:
    """The key of every document.

    Args:
        frame: Movements: customer_id, order_id, age, document.

    Returns:
        customer_id, order_key, document.
    """
    first = frame.drop_duplicates("document")
    key = ("=" + first["order_id"].astype("str")).where(first["order_id"].notna(), first["age"].astype("str"))
    return first[["customer_id", "document"]].assign(order_key=key.astype("str"))


def _said(lines: ir.Table) -> dict[str, Any]:
    """What lines say of goods, by the customers room's own rules; money and quantities in millionths."""
    import ibis

    from seglib.customers.stages import is_return

    listed = lines.list_amount.fill_null(lines.amount) if "list_amount" in lines.columns else lines.amount
    paid = lines.paid_amount.fill_null(lines.amount) if "paid_amount" in lines.columns else lines.amount
    reduced = []
    if "discount_amount" in lines.columns:
        reduced.append(lines.discount_amount > 0)
    if "list_amount" in lines.columns:
        reduced.append(lines.list_amount > lines.amount)
    either = ibis.coalesce(*(one.cast("int64") for one in reduced)) if reduced else ibis.null("int64")
    if len(reduced) == 2:  # either is enough, and a line that says nothing is no evidence
        yes = reduced[0].fill_null(False) | reduced[1].fill_null(False)
        either = yes.ifelse(1, either)
    quantity = lines.quantity.cast("float64") if "quantity" in lines.columns else ibis.null("float64")
    return {
        "shop": lines.store_id.cast("string").fill_null("") if "store_id" in lines.columns else ibis.literal(""),
        "sold": ((lines.amount > 0) & ~is_return(lines)).fill_null(False),
        "reduced": either.cast("int64").fill_null(-1),
        "quantity": (quantity > 0).ifelse((quantity * UNIT).round(0).cast("int64"), 0).fill_null(0),
        **{
            name: (value * UNIT).round(0).cast("int64").fill_null(0)
            for name, value in (("amount", lines.amount), ("listed", listed), ("paid", paid))
        },
    }


def _goods(lines: ir.Table, products: ir.Table | None) -> tuple[dict[str, np.ndarray], pd.DataFrame, dict[str, tuple[str, ...]]]:
    """What is known of every product bought, the number of each, and the names behind the numbers of its groups."""
    import ibis
    import numpy as np
    import pandas as pd

    bought = lines.select("product_id").distinct()
    if products is None:
        frame = bought.to_pandas()
    else:
        wanted = [
            name
            for name in ("category", "department", "product_type", "unit_of_measure", "manufacturer", "brand")
            if name in products.columns
        ]
        about = products.select("product_id", known=ibis.literal(True), **{name: products[name].cast("string") for name in wanted})
        frame = bought.left_join(about, "product_id").select("product_id", "known", *wanted).to_pandas()
    frame = frame.sort_values("product_id", ignore_index=True)
    frame["product"] = np.arange(len(frame))
    nothing = pd.Series(None, index=frame.index, dtype="str")
    first = "product_type" if "product_type" in frame.columns else "category"
    kind = frame.get(first, nothing)
    if "unit_of_measure" in frame.columns:
        kind = kind + " / " + frame["unit_of_measure"].fillna("")
    maker = frame.get("manufacturer", frame.get("brand", nothing))
    known = frame["known"].notna() if "known" in frame.columns else pd.Series(False, index=frame.index)
    goods, names = {"known": known.to_numpy(bool)}, {}
    for name, values in (("kind", kind), ("maker", maker), *((level, frame.get(level, nothing)) for level in LEVELS)):
        goods[name], names[name] = _coded(values)
    return goods, frame[["product_id", "product"]], {name: names[name] for name in LEVELS}


def _coded(values: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Texts as numbers in the order of the names, -1 for none, and the names."""
    import numpy as np
    import pandas as pd

    coded = pd.Categorical(values)
    return np.asarray(coded.codes, dtype=np.int64), tuple(map(str, coded.categories))
