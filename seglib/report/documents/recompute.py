"""Every number of a document once more, from the order lines, in plain SQL that shares no line with the code that made them.

``views`` writes the few tables that the facts' SELECTs read: ``customer`` (one row a customer), ``classified`` (with the class),
and ``line`` (order lines). ``recompute`` runs them and compares; ``python -m seglib.report.documents.recompute FOLDER CLIENT.yml`` does so
for a finished report, FOLDER being the one that holds its facts.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.report.documents.model import Fact

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from seglib.rules import Rule, Score
    from seglib.segmentation import Scheme

NEAR = 1e-9  # relative: what floats of two ways of adding up may differ by
ROUND = """CREATE OR REPLACE MACRO round12(x) AS
  CASE WHEN x IS NULL OR x = 0 THEN x ELSE round(x, CAST(11 - floor(log10(abs(x))) AS INTEGER)) END"""
#: Columns of the customer table that plain SQL rebuilds here; others are taken as the customers room gives them.
PLAIN = {
    "orders": "coalesce(o.orders, 0)",
    "spend": "coalesce(m.spend, 0)",
    "returned_amount": "coalesce(m.returned_amount, 0)",
    "spend_last_half": "coalesce(m.spend_last_half, 0)",
    "spend_previous_half": "coalesce(m.spend_previous_half, 0)",
    "lifetime_orders": "coalesce(o.lifetime_orders, 0)",
    "lifetime_spend": "coalesce(m.lifetime_spend, 0)",
    "returns_only": "coalesce(o.lifetime_orders, 0) = 0 AND coalesce(m.lifetime_spend, 0) < 0",
    "days_since_last_order": "o.days_since_last_order",
    "days_since_first_order": "o.days_since_first_order",
    "exposure_days": "least({window}, o.days_since_first_order + 1)",
    "mean_order_value": "round12(CAST(o.value AS DOUBLE) / nullif(o.orders, 0))",
    "median_order_value": "o.median_order_value",
    "largest_order_value": "o.largest_order_value",
    "buying_days": "coalesce(o.buying_days, 0)",
}


def views(scheme: Scheme, *, as_of: str, window_days: int, columns: Mapping[str, Sequence[str]], suffix: str = "") -> list[str]:
    """The statements that make the tables which the facts read.

    Args:
        scheme: The definition; rules are written out as CASE.
        as_of, window_days: The period.
        columns: Columns of the tables at hand: "orders", "customers" (empty where there is none), and "further" (what is taken over).
        suffix: Behind every table's name, for a second period.
    """
    start = f"DATE '{as_of}' - {window_days - 1}"
    half = window_days // 2
    made = [ROUND, _line(as_of, columns["orders"], suffix), _purchase(suffix)]
    listed = " UNION SELECT customer_id FROM customers" if columns.get("customers") else ""
    taken = [name for name in columns.get("further", ()) if name not in PLAIN]
    further = "".join(f", f.{_quoted(name)}" for name in taken)
    join = " LEFT JOIN further AS f USING (customer_id)" if taken else ""
    plain = ", ".join(f"{sql.format(window=window_days)} AS {name}" for name, sql in PLAIN.items())
    made.append(f"""CREATE OR REPLACE TABLE customer{suffix} AS
WITH known AS (SELECT DISTINCT customer_id FROM line{suffix}{listed}),
o AS (SELECT customer_id, count(*) AS lifetime_orders, count(*) FILTER (day >= {start}) AS orders,
  sum(value) FILTER (day >= {start}) AS value, count(DISTINCT day) FILTER (day >= {start}) AS buying_days,
  CAST(quantile_disc(value, 0.5) FILTER (day >= {start}) AS DOUBLE) AS median_order_value,
  CAST(max(value) FILTER (day >= {start}) AS DOUBLE) AS largest_order_value,
  CAST(DATE '{as_of}' - max(day) AS DOUBLE) AS days_since_last_order,
  CAST(DATE '{as_of}' - min(day) AS DOUBLE) AS days_since_first_order
  FROM purchase{suffix} GROUP BY customer_id),
m AS (SELECT customer_id, sum(amount) AS lifetime_spend, sum(amount) FILTER (day >= {start}) AS spend,
  sum(-amount) FILTER (day >= {start} AND returned) AS returned_amount,
  sum(amount) FILTER (day > DATE '{as_of}' - {half}) AS spend_last_half,
  sum(amount) FILTER (day > DATE '{as_of}' - {2 * half} AND day <= DATE '{as_of}' - {half}) AS spend_previous_half
  FROM line{suffix} GROUP BY customer_id)
SELECT k.customer_id, {plain}{further}
FROM known AS k LEFT JOIN o USING (customer_id) LEFT JOIN m USING (customer_id){join}""")
    made.append(_classified(scheme, suffix))
    return made


def _line(as_of: str, columns: Sequence[str], suffix: str) -> str:
    """Order lines up to the day, a linked refund under the order it takes back."""
    returned = "coalesce(is_return, amount < 0)" if "is_return" in columns else "amount < 0"
    order = "order_id" if "order_id" in columns else "CAST(NULL AS VARCHAR)"
    if "returns_order_id" in columns and "order_id" in columns:
        order = f"CASE WHEN {returned} AND returns_order_id IS NOT NULL THEN returns_order_id ELSE order_id END"
    product = ", product_id" if "product_id" in columns else ""
    return f"""CREATE OR REPLACE TABLE line{suffix} AS
SELECT customer_id, {order} AS order_id, CAST(ordered_at AS DATE) AS day, amount, {returned} AS returned{product}
FROM orders WHERE CAST(ordered_at AS DATE) <= DATE '{as_of}'"""


def _purchase(suffix: str) -> str:
    """One row an order whose net value is positive."""
    return f"""CREATE OR REPLACE TABLE purchase{suffix} AS
SELECT customer_id, sum(amount) AS value, coalesce(min(day) FILTER (amount > 0), min(day)) AS day
FROM line{suffix} GROUP BY customer_id, order_id, CASE WHEN order_id IS NULL THEN day END HAVING sum(amount) > 0"""


def _classified(scheme: Scheme, suffix: str) -> str:
    """Every customer with the scores and the class; a learned definition has no rules, and its classes are taken as they were given."""
    from seglib.scheme import RuleScheme

    if not isinstance(scheme, RuleScheme):
        source = f"SELECT c.*, a.segment FROM customer{suffix} AS c JOIN assigned AS a USING (customer_id)"
        return f"CREATE OR REPLACE TABLE classified{suffix} AS {source}"
    scores = ", ".join(f"{score_sql(score, scheme.flags)} AS {_quoted('score_' + score.name)}" for score in scheme.scores)
    rules = " ".join(f"WHEN {_rule(rule)} THEN {_text(rule.segment)}" for rule in scheme.rules)
    rest = _text(scheme.otherwise) if scheme.otherwise else "NULL"
    segment = f"CASE {rules} ELSE {rest} END" if rules else rest
    source = f"SELECT *{', ' + scores if scores else ''} FROM customer{suffix}"
    return f"CREATE OR REPLACE TABLE classified{suffix} AS SELECT *, {segment} AS segment FROM ({source})"


def score_sql(score: Score, flags: Sequence[str] = ()) -> str:
    """A score as CASE over its input."""
    column = f"CAST({_quoted(score.input)} AS INTEGER)" if score.input in flags else _quoted(score.input)
    branches = [f"WHEN {column} IS NULL THEN NULL"]
    if score.own:
        branches.append(f"WHEN {_quoted(score.own)} = 1 THEN 1")
    sign = "<" if score.closed == "left" else "<="
    branches += [f"WHEN {column} {sign} {cut!r} THEN {value}" for cut, value in zip(map(float, score.cuts), score.scores, strict=False)]
    return f"CASE {' '.join(branches)} ELSE {score.scores[-1]} END"


def _rule(rule: Rule) -> str:
    parts = []
    for name, allowed in rule.when.items():
        column = _quoted(f"score_{name}")
        values = [str(value) for value in allowed if value is not None]
        ways = [f"{column} IN ({', '.join(values)})"] if values else []
        ways += [f"{column} IS NULL"] if None in allowed else []
        parts.append(f"({' OR '.join(ways)})" if ways else "FALSE")
    return " AND ".join(parts) or "TRUE"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def connection(client: Any, further: pd.DataFrame | None = None, assigned: pd.DataFrame | None = None) -> duckdb.DuckDBPyConnection:
    """A database of its own with the accepted order lines, and nothing that was computed from them but ``further`` and ``assigned``."""
    import duckdb

    base = duckdb.connect()
    for name in ("orders", "customers", "products"):
        if name in client.tables:
            base.register(name, client.tables[name].to_pyarrow())
    loose = client.collected.unattributed
    if loose is not None:
        base.register("unattributed", loose.to_pyarrow())
    for name, frame in (("further", further), ("assigned", assigned)):
        if frame is not None:
            base.register(name, frame.assign(customer_id=frame["customer_id"].astype(str)))
    return base


def recompute(facts: Iterable[Fact], statements: Sequence[str], base: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Run the statements, then every fact's SELECT, and compare.

    Returns:
        One row a fact that has SQL: name, value, rebuilt, same (bool).
    """
    import pandas as pd

    for statement in statements:
        base.execute(statement)
    rows = []
    for fact in facts:
        if fact.sql:
            found = base.execute(fact.sql).fetchone()
            rebuilt = found[0] if found else None
            rows.append({"name": fact.name, "value": fact.value, "rebuilt": rebuilt, "same": same(fact.value, rebuilt)})
    return pd.DataFrame(rows, columns=["name", "value", "rebuilt", "same"])


def same(one: object, other: object) -> bool:
    """Are two values the same number, day or word? Sums of floats may differ in their last digits."""
    if one is None or other is None:
        return one is None and other is None
    if isinstance(one, str):
        return one == str(other)
    a, b = float(one), float(other)  # type: ignore[arg-type]
    return abs(a - b) <= NEAR * max(1.0, abs(a), abs(b))


def of_folder(folder: Path, client: Any) -> pd.DataFrame:
    """Recompute a finished report from the files beside it: facts.json, and customers.parquet for what is taken over."""
    import pandas as pd

    content = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    facts = [Fact(**one) for one in content["facts"]]
    customers = pd.read_parquet(folder / "customers.parquet")
    further = customers[["customer_id", *content["further"]]]
    return recompute(facts, content["views"], connection(client, further, customers[["customer_id", "segment"]]))


def main(arguments: Sequence[str]) -> int:
    """The script: prints how many numbers were rebuilt, and every one that differs; 1 where one does."""
    import seglib

    folder, client = Path(arguments[0]), arguments[1] if len(arguments) > 1 else ""
    table = of_folder(folder, seglib.open_client(client))
    wrong = table[~table["same"]]
    lines = [f"{len(table)} numbers rebuilt from the order lines, {len(wrong)} of them differ."]
    lines += [f"{row['name']}: {row['value']} in the report, {row['rebuilt']} rebuilt" for row in wrong.head(20).to_dict("records")]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if len(wrong) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
