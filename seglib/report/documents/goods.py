"""What each class buys more of than everybody does: up to three groups of goods a class, where the customers bear it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib.report.documents.figures import inside_sql
from seglib.review import bought as review

if TYPE_CHECKING:
    from seglib.report.documents.book import Book
    from seglib.report.view import View

PLACES = ("", "_2", "_3")  # groups of a class that are told, in the names of facts
#: The query of an index: mean share of a group in the money of a class's customers against that of all classified.
INDEX = (
    "SELECT 100 * (sum(share) FILTER (segment = {key} AND category = {category}) / count(DISTINCT customer_id) FILTER (segment = {key})) "
    "/ (sum(share) FILTER (category = {category}) / count(DISTINCT customer_id)) FROM goods"
)


def gather(client: Any, view: View, book: Book) -> None:
    """Enter name and index of the groups that stand out in each class; nothing where none does."""
    table = review.bought(client, view.result)
    for key in view.inside["segment"]:
        mine = table[table["segment"] == key]
        for place, row in zip(PLACES, mine.head(len(PLACES)).to_dict("records"), strict=False):
            values = {"key": _text(key), "category": _text(row["category"])}
            how = "group of goods with a high index among those that stand out beyond chance, highest first"
            expression = "seglib.review.bought"
            book.enter(f"class.{key}.goods{place}", str(row["category"]), "text", "category", how, expression=expression)
            formula = "share of the group in the money of a customer of the class / that of all classified, means over customers, times 100"
            book.enter(f"class.{key}.goods_index{place}", float(row["index"]), "index", "index", formula, sql=INDEX.format(**values))


def statement(client: Any, view: View) -> str:
    """The table that the indices read: shares of each classified customer's money by group of goods, what was paid by coupon left out."""
    column, days = review.level(client), view.result.window_days - 1
    coupon = review.NO_GOODS.replace("'", "''")
    return f"""CREATE OR REPLACE TABLE goods AS
WITH sold AS (
  SELECT c.customer_id, c.segment, CAST(p.{column} AS VARCHAR) AS category, CAST(sum(l.amount) AS DOUBLE) AS money
  FROM line AS l JOIN products AS p ON p.product_id = l.product_id JOIN classified AS c ON c.customer_id = l.customer_id
  WHERE l.day >= DATE '{view.result.as_of}' - {days} AND p.{column} IS NOT NULL AND {inside_sql(view)}
    AND NOT regexp_matches(CAST(p.{column} AS VARCHAR), '{coupon}') GROUP BY ALL HAVING sum(l.amount) > 0
)
SELECT customer_id, segment, category, money / sum(money) OVER (PARTITION BY customer_id) AS share FROM sold"""


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
