"""What each class buys more of than everybody does: up to three categories a class, where lines and categories bear it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib.report.documents.book import Book
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd

LEAST_SHARE = 0.03  # of the sales of a class: a smaller category tells nothing of it
LEAST_BUYERS = 30  # customers of the class who bought it
LEAST_INDEX = 110  # everybody = 100
PLACES = ("", "_2", "_3")  # categories of a class that are told, in the names of facts
#: The query of an index: share of a category in the sales of a class against its share in all sales.
INDEX = (
    "SELECT 100 * (sum(money) FILTER (segment = {key} AND category = {category}) / sum(money) FILTER (segment = {key})) "
    "/ (sum(money) FILTER (category = {category}) / sum(money)) FROM goods"
)


def has_goods(client: Any) -> bool:
    """Do the order lines name products, and the products their categories?"""
    tables = client.tables
    return (
        {"orders", "products"} <= set(tables)
        and "product_id" in tables["orders"].columns
        and {"product_id", "category"} <= set(tables["products"].columns)
    )


def gather(client: Any, view: View, book: Book) -> None:
    """Enter name and index of the categories that stand out in each class; nothing where none does."""
    if not has_goods(client) or not view.result.as_of:
        return
    cells = _cells(client, view)
    if cells.empty:
        return
    whole = float(cells["money"].sum())
    of_class, of_category = cells.groupby("segment")["money"].transform("sum"), cells.groupby("category")["money"].transform("sum")
    cells = cells.assign(share=cells["money"] / of_class, index=100 * (cells["money"] / of_class) / (of_category / whole))
    fit = cells[(cells["share"] >= LEAST_SHARE) & (cells["buyers"] >= LEAST_BUYERS) & (cells["index"] >= LEAST_INDEX)]
    for key in view.inside["segment"]:
        mine = fit[fit["segment"] == key].sort_values(["index", "category"], ascending=[False, True])
        for place, row in zip(PLACES, mine.head(len(PLACES)).to_dict("records"), strict=False):
            values = {"key": _text(key), "category": _text(row["category"])}
            how = "category with a high index among those with enough sales and buyers in the class, highest first"
            expression = "seglib.report.documents.goods"
            book.enter(f"class.{key}.goods{place}", str(row["category"]), "text", "category", how, expression=expression)
            formula = "share of the category in the sales of the class / its share in all sales, times 100"
            book.enter(f"class.{key}.goods_index{place}", float(row["index"]), "index", "index", formula, sql=INDEX.format(**values))


def _cells(client: Any, view: View) -> pd.DataFrame:
    """Sales and buyers of every class and category in the window."""
    from seglib.report.documents.recompute import connection

    base = connection(client, assigned=view.result.assignments[["customer_id", "segment"]])
    days = f"DATE '{view.result.as_of}' - {view.result.window_days - 1} AND DATE '{view.result.as_of}'"
    return base.execute(
        "SELECT a.segment, CAST(p.category AS VARCHAR) AS category, CAST(sum(o.amount) AS DOUBLE) AS money, "
        "count(DISTINCT o.customer_id) AS buyers FROM orders AS o JOIN products AS p USING (product_id) JOIN assigned AS a "
        f"ON a.customer_id = o.customer_id WHERE CAST(o.ordered_at AS DATE) BETWEEN {days} AND p.category IS NOT NULL GROUP BY ALL "
        "ORDER BY ALL"
    ).df()


def statement(as_of: str, window_days: int) -> str:
    """The table that the indices read: sales by class and category."""
    return f"""CREATE OR REPLACE TABLE goods AS
SELECT c.segment, CAST(p.category AS VARCHAR) AS category, CAST(sum(l.amount) AS DOUBLE) AS money
FROM line AS l JOIN products AS p ON p.product_id = l.product_id JOIN classified AS c ON c.customer_id = l.customer_id
WHERE l.day >= DATE '{as_of}' - {window_days - 1} AND p.category IS NOT NULL GROUP BY ALL"""


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
