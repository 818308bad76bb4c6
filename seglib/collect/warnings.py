"""What a reader of the figures should know: seen in the accepted rows, said in one sentence each."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from seglib.collect.typed import REJECTED, REPEATED, UNATTRIBUTED, USED
from seglib.collect.workspace import Note
from seglib.language import marked

if TYPE_CHECKING:
    from seglib.collect.collected import Collected

LARGE_CUSTOMER = 0.20  # share of money from which one customer moves every mean
LARGE_PRODUCT = 0.50  # share of units or money from which a product is suspected to be counted in another unit
FEW_PRODUCTS = 5  # with fewer, one of them holding most is nothing to wonder at
NIGHT = 0.08  # share of timed lines between 0 and 5 o'clock from which the zone is doubtful
LONELY_DAYS = 60  # a last day further behind the one before it is more likely a slip of the pen than a purchase
ROUND_ENDS = (5_000, 10_000, 20_000, 50_000, 60_000, 100_000, 200_000, 500_000)  # where exports are cut off
MONTHS = 4  # months with orders from which dates that all stand on one day are taken for months
MOST_FOR_TWINS = 5_000_000  # equal lines inside one file are counted up to this many rows


def warnings(collected: Collected, as_of: date | None, window_days: int | None) -> list[Note]:
    """Sentences for `seglib check`, the ones about money first.

    Args:
        collected: The client's tables.
        as_of: Last day of the window; None where it is not known (then what needs it is left out).
        window_days: Days of the window.
    """
    if "orders" not in collected.tables:
        return list(_truncated(collected))
    return [
        *_unattributed(collected),
        *_large_customer(collected, as_of, window_days),
        *_large_product(collected),
        *_strangers(collected),
        *_shared_orders(collected),
        *_dates(collected, as_of),
        *_night(collected),
        *_truncated(collected),
        *_twins(collected),
    ]


def lonely_last_day(collected: Collected) -> Note | None:
    """The sentence on a last day far beyond all others, with the place where it stands; None where there is none."""
    days = _rows(collected, "SELECT DISTINCT ordered_at::DATE AS d FROM {orders} WHERE _step = 0 ORDER BY d DESC LIMIT 2")
    if len(days) < 2 or (days[0][0] - days[1][0]).days <= LONELY_DAYS:
        return None
    where = f"_step = {USED} AND ordered_at::DATE = DATE '{days[0][0]}'"
    file, line = _rows(collected, f"SELECT _file, _line FROM {{orders}} WHERE {where} ORDER BY 1, 2 LIMIT 1")[0]
    template = marked(
        "The last day is {last}, {days} days after the one before it ({before}): {file} line {line}. "
        "Mend it there, or write as_of: {before}."
    )
    values = {"last": days[0][0], "days": (days[0][0] - days[1][0]).days, "before": days[1][0]}
    return Note(template, {**values, "file": collected.sources[file].name, "line": line})


def no_line(collected: Collected) -> Note | None:
    """The sentence on an orders table of which no line can be used; None where there is one, or no such table."""
    if "orders" not in collected.tables:
        return None
    rows = collected.counts.query("table == 'orders'").set_index("step")["rows"]
    if rows["used"]:
        return None
    if not rows["read"]:
        files = ", ".join(dict.fromkeys(collected.sources[index].name for index in collected.files("orders")))
        return Note(marked("{files}: there is a header and no line under it. Export it again with its lines."), {"files": files})
    template = marked(
        "Of the {n:,} lines of orders none can be used: {rejected:,} cannot be read, {filtered:,} are left out by keep and exclude, "
        "{unattributed:,} have no customer. Look at the lines above and at rejects."
    )
    return Note(template, {"n": int(rows["read"]), **{key: int(rows[key]) for key in ("rejected", "filtered", "unattributed")}})


def _rows(collected: Collected, sql: str) -> list[tuple[Any, ...]]:
    stored = collected.stored("orders")
    return collected.rows(sql.format(orders=stored))


def _has(collected: Collected, *columns: str) -> bool:
    return set(columns) <= set(collected.tables["orders"].columns)


def _unattributed(collected: Collected) -> Iterator[Note]:
    without = f"coalesce(sum(amount) FILTER (_step = {UNATTRIBUTED}), 0)"
    whole = f"coalesce(sum(amount) FILTER (_step IN ({USED}, {UNATTRIBUTED})), 0)"
    lost, read = _rows(collected, f"SELECT {without}, {whole} FROM {{orders}}")[0]
    if read > 0 and lost / read >= 0.05:
        yield Note(
            "{share:.1%} of the money in all the files belongs to no customer; every share in the report is of the rest.",
            {"share": float(lost / read)},
        )
    rejected, rows = _rows(collected, f"SELECT count(*) FILTER (_step = {REJECTED}), count(*) FROM {{orders}}")[0]
    if rows and rejected / rows > 0.01:
        yield Note("{share:.1%} of the lines cannot be used; look at rejects before you trust the rest.", {"share": rejected / rows})


def _large_customer(collected: Collected, as_of: date | None, window_days: int | None) -> Iterator[Note]:
    if as_of is None or not window_days or not _has(collected, "customer_id"):
        return
    first = as_of - timedelta(days=window_days - 1)
    rows = _rows(
        collected,
        f"""SELECT customer_id, s / sum(s) FILTER (s > 0) OVER ()
            FROM (SELECT customer_id, sum(amount) AS s FROM {{orders}} WHERE _step = {USED} AND ordered_at >= TIMESTAMP '{first}'
                  AND ordered_at < TIMESTAMP '{as_of + timedelta(days=1)}' GROUP BY 1) ORDER BY s DESC, 1 LIMIT 1""",
    )
    if rows and rows[0][1] is not None and rows[0][1] >= LARGE_CUSTOMER:
        template = marked(
            "Customer {customer} holds {share:.0%} of the money in the window: means are lifted, and limits made from them follow that one."
        )
        yield Note(template, {"customer": rows[0][0], "share": float(rows[0][1])})


def _large_product(collected: Collected) -> Iterator[Note]:
    if not _has(collected, "product_id", "quantity"):
        return
    rows = _rows(
        collected,
        f"""SELECT product_id, q / sum(q) OVER (), count(*) OVER ()
            FROM (SELECT product_id, sum(quantity) AS q FROM {{orders}} WHERE _step = {USED} AND quantity > 0 GROUP BY 1)
            WHERE product_id IS NOT NULL ORDER BY q DESC, 1 LIMIT 1""",
    )
    if rows and rows[0][2] >= FEW_PRODUCTS and rows[0][1] >= LARGE_PRODUCT:
        template = marked(
            "Product {product} makes {share:.0%} of all units: it is probably counted in another unit; quantities then do not add up."
        )
        yield Note(template, {"product": rows[0][0], "share": float(rows[0][1])})


def _strangers(collected: Collected) -> Iterator[Note]:
    if "customers" not in collected.tables or not _has(collected, "customer_id"):
        return
    customers = collected.stored("customers")
    missing, buyers = collected.rows(
        f"""SELECT count(*) FILTER (c.customer_id IS NULL), count(*) FROM
            (SELECT DISTINCT customer_id FROM {collected.stored("orders")} WHERE _step = {USED}) AS o
            LEFT JOIN (SELECT customer_id FROM {customers} WHERE _step = {USED}) AS c USING (customer_id)"""
    )[0]
    if missing:
        yield Note(
            "{n:,} of {buyers:,} buyers are not in the customers file; their attributes are unknown.", {"n": missing, "buyers": buyers}
        )


def _shared_orders(collected: Collected) -> Iterator[Note]:
    if not _has(collected, "order_id", "customer_id") or _rows(collected, "SELECT count(*) FROM {orders}")[0][0] > MOST_FOR_TWINS:
        return
    several = (
        f"SELECT order_id FROM {{orders}} WHERE _step = {USED} AND order_id IS NOT NULL "
        "GROUP BY 1 HAVING min(customer_id) <> max(customer_id)"
    )
    number, first = _rows(collected, f"SELECT count(*), min(order_id) FROM ({several})")[0]
    if number:
        template = marked(
            "Order ids that stand with more than one customer: {n:,}, {order} for one; each customer's part counts as an order."
        )
        yield Note(template, {"n": number, "order": first})


def _dates(collected: Collected, as_of: date | None) -> Iterator[Note]:
    last = _rows(collected, f"SELECT max(ordered_at)::DATE FROM {{orders}} WHERE _step = {USED}")[0][0]
    if last is None:
        return
    if as_of is not None and last > as_of:
        later = f"_step = {USED} AND ordered_at >= TIMESTAMP '{as_of + timedelta(days=1)}'"
        number = _rows(collected, f"SELECT count(*) FROM {{orders}} WHERE {later}")[0][0]
        yield Note(
            "{n:,} lines lie after {as_of} and are not looked at; the last is of {last}.", {"n": number, "as_of": as_of, "last": last}
        )
    day = min(as_of or last, last)
    days, months = _rows(
        collected,
        f"""SELECT count(DISTINCT day(ordered_at)), count(DISTINCT date_trunc('month', ordered_at))
            FROM {{orders}} WHERE _step = {USED}""",
    )[0]
    if days == 1 and months >= MONTHS:
        yield Note(
            "Every order stands on day {day} of its month: the dates tell months, so days and gaps are whole months.", {"day": day.day}
        )
        return
    end = calendar.monthrange(day.year, day.month)[1]
    if end - day.day >= 2:
        yield Note("{month} goes only to day {day}: the last month is incomplete.", {"month": f"{day:%Y-%m}", "day": day.day})


def _night(collected: Collected) -> Iterator[Note]:
    night, timed = _rows(
        collected,
        f"""SELECT count(*) FILTER (hour(ordered_at) < 5 AND ordered_at <> date_trunc('day', ordered_at)),
            count(*) FILTER (ordered_at <> date_trunc('day', ordered_at)) FROM {{orders}} WHERE _step = {USED}""",
    )[0]
    if timed and night / timed > NIGHT:
        template = marked(
            "{share:.0%} of the timed lines lie between 0 and 5 o'clock: are the times of another zone? Then write source_timezone."
        )
        yield Note(template, {"share": night / timed})


def _truncated(collected: Collected) -> Iterator[Note]:
    for name in collected.tables:
        counts = collected.rows(f"SELECT _file, count(*) FROM {collected.stored(name)} GROUP BY 1 ORDER BY 1")
        for file, number in counts:
            if number in ROUND_ENDS:
                source = collected.sources[file]
                shown = f"{source.name} [{source.sheet}]" if source.sheet else source.name
                yield Note("{file} has exactly {n:,} rows: exports are often cut off there.", {"file": shown, "n": number})


def _twins(collected: Collected) -> Iterator[Note]:
    total = _rows(collected, "SELECT count(*) FROM {orders}")[0][0]
    columns = list(collected.tables["orders"].columns)
    if total > MOST_FOR_TWINS or not columns:
        return
    listed = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    groups = f"SELECT count(*) AS n FROM {{orders}} WHERE _step = {USED} GROUP BY _file, {listed} HAVING n > 1"
    twins = _rows(collected, f"SELECT coalesce(sum(n - 1), 0) FROM ({groups})")[0][0]
    if not twins:
        return
    first = "SELECT min(_file) FROM {orders}"
    if _rows(collected, f"SELECT count(*) FROM {{orders}} WHERE _step = {REPEATED} AND _file = ({first})")[0][0]:
        # Only repeated_lines: everywhere drops lines of the first file.
        yield Note(
            "{n:,} lines are equal to another line of their file in what is read, and differ in the rest; they are counted.",
            {"n": int(twins)},
        )
    else:
        template = marked(
            "{n:,} lines are equal to another line of their file in every column read; they are counted. "
            "If that is wrong, write repeated_lines: everywhere."
        )
        yield Note(template, {"n": int(twins)})
