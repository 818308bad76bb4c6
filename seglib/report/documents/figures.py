"""The facts of a classification: every number of the document that orders and classes give, each with the SELECT that rebuilds it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seglib import binning
from seglib.customers.columns import whole_numbers
from seglib.report import labels, numbers
from seglib.report.documents.book import Book
from seglib.report.documents.model import Kind
from seglib.report.view import View
from seglib.segmentation import facts_of, visits

if TYPE_CHECKING:
    from seglib.rules import Score

NEAR_CUT = 0.05  # a customer whose value lies this close to a cut stands on the line
MOST_ON_A_CUT = 0.20  # with more of the customers on one cut, a step of one moves a class
BEST = 0.20  # the share of customers, largest first, whose share of sales is told
LEVER = 0.10  # more orders from the same customers: the step in which the document sizes
POWER_Z = 1.959964 + 0.841621  # 5 % error on two sides, 80 % power
#: Figures of a class: name -> (kind, unit, formula, SQL of the value over the rows of the class).
OF_CLASS: dict[str, tuple[Kind, str, str, str]] = {
    "customers": ("count", "customers", "number of customers in the class", "count(*)"),
    "spend": ("money", "currency", "net sales of the class in the window, refunds taken off", "CAST(coalesce(sum(spend), 0) AS DOUBLE)"),
    "mean_spend": ("money_each", "currency", "net sales per customer", "CAST(sum(spend) AS DOUBLE) / count(*)"),
    "orders": ("count", "orders", "orders of the class in the window", "coalesce(sum(orders), 0)"),
    "order_rate": ("number", "orders", "orders per customer", "sum(orders) / count(*)"),
    "order_value": ("money_each", "currency", "net sales per order", "CAST(sum(spend) AS DOUBLE) / nullif(sum(orders), 0)"),
    "median_days": ("days", "days", "median days since the last order", "median(days_since_last_order)"),
    "median_orders": ("number", "orders", "median number of orders", "median(orders)"),
    "median_tenure": ("days", "days", "median days since the first order, so far as the data go back", "median(days_since_first_order)"),
    "median_spend": ("money_each", "currency", "median net sales of a customer", "CAST(median(CAST(spend AS DOUBLE)) AS DOUBLE)"),
}
SHARES = {
    "customers_share": ("customers in the class / customers known", "count(*) FILTER ({where}) / count(*)"),
    "spend_share": (
        "net sales of the class / net sales of all known customers",
        "CAST(coalesce(sum(spend) FILTER ({where}), 0) AS DOUBLE) / CAST(sum(spend) AS DOUBLE)",
    ),
}


def gather(view: View, book: Book) -> None:
    """Enter every fact that orders, days and classes give; what the data do not carry is not entered."""
    _everybody(view, book)
    for key in view.result.profile.loc[view.result.profile["customers"] > 0, "segment"]:
        enter_group(view, book, f"class.{key}", view.result.assignments["segment"] == key, f"segment = '{key}'")
    _groups(view, book)
    if view.has_money:
        _concentration(view, book)
        _halves(view, book)
        _within_reach(view, book)
    _cuts(view, book)
    _near_cuts(view, book)
    _on_a_cut(view, book)


def frame_of(view: View) -> pd.DataFrame:
    """The customers with what the facts read, and their class."""
    columns = ("spend", "orders", "days_since_last_order", "days_since_first_order")
    have = {name: view.customers[name].astype(float).to_numpy() for name in columns if name in view.customers.columns}
    return pd.DataFrame({"segment": view.result.assignments["segment"].to_numpy(), **have})


def _everybody(view: View, book: Book) -> None:
    as_of, window = view.result.as_of, view.result.window_days
    book.enter("window.days", window, "days", "days", "days that sums look back on", expression="window_days of the run")
    book.enter("window.last", as_of, "date", "day", "last local day that is looked at", expression="as_of of the run")
    first = str((pd.Timestamp(as_of) - pd.Timedelta(days=window - 1)).date()) if as_of else ""
    book.enter("window.first", first, "date", "day", "first local day of the window", expression="as_of − window_days + 1")
    everyone = pd.Series(True, index=view.customers.index)
    enter_group(view, book, "all", everyone, "TRUE")
    inside = inside_sql(view)
    enter_group(view, book, "inside", view.members, inside)
    enter_group(view, book, "outside", ~view.members, f"NOT ({inside})")
    if "orders" in view.customers.columns:
        buyers = view.customers["orders"] > 0
        enter_group(view, book, "buyers", buyers, "orders > 0")
        days = visits(view.customers)
        again = float((days[buyers] > 1).mean()) if buyers.any() else math.nan
        sql = f"SELECT count(*) FILTER ({days.name} > 1) / nullif(count(*) FILTER (orders > 0), 0) FROM classified"
        book.enter("buyers.again_share", again, "share", "share", "buyers who came on a second day / buyers, in the window", sql=sql)
    if view.has_money:
        loose = float(facts_of(view.customers).unattributed)
        days = f"CAST(ordered_at AS DATE) BETWEEN DATE '{first}' AND DATE '{as_of}'"
        sql = f"SELECT CAST(coalesce(sum(amount), 0) AS DOUBLE) FROM unattributed WHERE {days}"
        book.enter("unattributed.spend", loose, "money", "currency", "sales in the window without a customer", sql=sql if as_of else "")
        whole = loose + book.value("all.spend")
        book.enter(
            "unattributed.share",
            loose / whole if whole else math.nan,
            "share",
            "share",
            "sales without a customer / (those + sales of known customers)",
            expression="unattributed.spend / (unattributed.spend + all.spend)",
        )


def inside_sql(view: View) -> str:
    """The condition in SQL for who is in a class of the method."""
    outside = ", ".join(f"'{key}'" for key in view.result.scheme.outside)
    return f"segment NOT IN ({outside})" if outside else "TRUE"


def enter_group(view: View, book: Book, name: str, members: pd.Series, where: str) -> None:
    """Enter the figures of a group of customers.

    Args:
        view: The classification.
        book: Where to.
        name: First part of the facts' names.
        members: True, by position, for who is in the group.
        where: The same in SQL over ``classified``.
    """
    rows = frame_of(view)[members.to_numpy()]
    n = len(rows)
    values: dict[str, float] = {"customers": n}
    if "spend" in rows:
        spend = math.fsum(rows["spend"].dropna())
        values |= {"spend": spend, "mean_spend": spend / n if n else math.nan, "median_spend": rows["spend"].median()}
    if "orders" in rows:
        orders = int(rows["orders"].sum())
        values |= {"orders": orders, "order_rate": orders / n if n else math.nan, "median_orders": rows["orders"].median()}
        if "spend" in rows:
            values["order_value"] = values["spend"] / orders if orders else math.nan
    if "days_since_last_order" in rows:
        values["median_days"] = rows["days_since_last_order"].median()
    if "days_since_first_order" in rows:
        values["median_tenure"] = rows["days_since_first_order"].median()
    for figure, value in values.items():
        kind, unit, formula, sql = OF_CLASS[figure]
        book.enter(
            f"{name}.{figure}",
            value,
            kind,
            view.currency if unit == "currency" else unit,
            formula,
            sql=f"SELECT {sql} FROM classified WHERE {where}",
        )
    _shares(view, book, name, where)


def _shares(view: View, book: Book, name: str, where: str) -> None:
    for share, (formula, sql) in SHARES.items():
        figure = share.removesuffix("_share")
        if f"{name}.{figure}" in book.facts:
            part, whole = book.value(f"{name}.{figure}"), book.value(f"all.{figure}")
            select = f"SELECT {sql.format(where=where)} FROM classified"
            book.enter(f"{name}.{share}", part / whole if whole else math.nan, "share", "share", formula, sql=select)


def _groups(view: View, book: Book) -> None:
    """Classes of one colour together: those who are slipping away, those who are lost."""
    for token in ("slipping", "lost"):
        keys = coloured(view, token)
        if keys:
            named = ", ".join(f"'{key}'" for key in keys)
            enter_group(view, book, token, view.result.assignments["segment"].isin(keys), f"segment IN ({named})")


def coloured(view: View, token: str) -> list[str]:
    """Keys of the classes, not empty, whose words file gives them a colour's name."""
    return [key for key in view.inside["segment"] if view.token(key) == token]


def _concentration(view: View, book: Book) -> None:
    rows = frame_of(view)
    spend = np.sort(rows.loc[view.members.to_numpy(), "spend"].dropna().to_numpy())[::-1]
    whole = book.value("all.spend")
    if not len(spend) or whole <= 0:
        return
    inside = inside_sql(view)
    best = math.ceil(BEST * len(spend))
    ranked = f"SELECT spend, row_number() OVER (ORDER BY spend DESC) AS nth, count(*) OVER () AS n FROM classified WHERE {inside}"
    whole_sql = "SELECT CAST(sum(spend) AS DOUBLE) FROM classified"
    sql = f"SELECT CAST(sum(spend) AS DOUBLE) / ({whole_sql}) FROM ({ranked}) WHERE nth <= ceil({BEST} * n)"
    book.enter(
        "best.spend_share",
        math.fsum(spend[:best]) / whole,
        "share",
        "share",
        "sales of the fifth of the classified customers who buy most / sales of all known customers",
        sql=sql,
    )
    book.enter(
        "largest.spend",
        float(spend[0]),
        "money",
        view.currency,
        "sales of the customer who buys most",
        sql=f"SELECT CAST(max(spend) AS DOUBLE) FROM classified WHERE {inside}",
    )
    book.enter(
        "largest.spend_share",
        float(spend[0]) / whole,
        "share",
        "share",
        "sales of the customer who buys most / all sales",
        sql=f"SELECT CAST(max(spend) FILTER ({inside}) AS DOUBLE) / CAST(sum(spend) AS DOUBLE) FROM classified",
    )


def _halves(view: View, book: Book) -> None:
    """Sales of the last half of the window against the half before."""
    if not {"spend_last_half", "spend_previous_half"} <= set(view.customers.columns):
        return
    for name in ("spend_last_half", "spend_previous_half"):
        book.enter(
            f"half.{name}",
            math.fsum(view.customers[name].dropna()),
            "money",
            view.currency,
            f"sum of {name} over all known customers",
            sql=f"SELECT CAST(sum({name}) AS DOUBLE) FROM classified",
        )
    before, last = book.value("half.spend_previous_half"), book.value("half.spend_last_half")
    book.enter(
        "half.change",
        last / before - 1 if before > 0 else math.nan,
        "share",
        "share",
        "last half / half before − 1",
        sql="SELECT CAST(sum(spend_last_half) AS DOUBLE) / CAST(sum(spend_previous_half) AS DOUBLE) - 1 FROM classified"
        if before > 0
        else "",
    )
    book.enter(
        "half.change_size",
        abs(last / before - 1) if before > 0 else math.nan,
        "share",
        "share",
        "the size of half.change",
        expression="abs(half.change)",
    )


def _within_reach(view: View, book: Book) -> None:
    """Customers just below the cut to the best class, where one score decides and better means more."""
    from seglib.report.facts import REACH, within_reach

    told = within_reach(view).get("within_reach")
    if not told:
        return
    score = shown_scores(view)[0]
    column, cut = f'CAST("{score.input}" AS DOUBLE)', float(told["cut"])
    below = f"{column} {'<' if score.closed == 'left' else '<='} {cut!r} AND {column} >= {(1 - REACH) * cut!r}"
    where = f"FROM classified WHERE {below} AND {inside_sql(view)}"
    kind: Kind = "money_each" if numbers.kind(score.input).startswith("money") else "number"
    unit = view.currency if kind == "money_each" else ""
    book.enter("reach.limit", REACH, "share", "share", "how far below the cut counts as within reach", expression="constant")
    book.enter("reach.cut", cut, kind, unit, "cut to the best class", expression=f"cut.{score.name}.{len(score.cuts)}")
    formula = "customers at most 10 % below the cut to the best class"
    book.enter("reach.customers", told["customers"], "count", "customers", formula, sql=f"SELECT count(*) {where}")
    sql = f"SELECT CAST(sum(spend) AS DOUBLE) {where}"
    book.enter("reach.spend", told["spend"], "money", view.currency, f"sales of the {formula}", sql=sql)


def shown_scores(view: View) -> list[Score]:
    """The scores a reader is told of."""
    return [score for score in getattr(view.result.scheme, "scores", ()) if not score.hidden]


def _cuts(view: View, book: Book) -> None:
    """Cut points; those of quantiles, medians and means with the SELECT that finds them again."""
    signed = view.result.method in facts_of(view.customers).signed
    for score in shown_scores(view):
        found = numbers.kind(score.input)
        kind: Kind = "money_each" if found.startswith("money") else found if found in ("days", "share") else "number"  # type: ignore[assignment]
        fitted = [] if signed else _fitted(view, score)
        for place, cut in enumerate(score.cuts):
            sql = fitted[place] if place < len(fitted) else ""
            book.enter(
                f"cut.{score.name}.{place + 1}",
                cut,
                kind,
                view.currency if kind.startswith("money") else "days" if kind == "days" else "",
                f"cut {place + 1} of {score.name} on {labels.label(score.input, 'en')}, by {score.tiers or 'hand'}",
                sql=sql,
                expression="" if sql else f"scheme.json: score {score.name}, cut {place + 1}",
            )


def _fitted(view: View, score: Score) -> list[str]:
    """SELECTs for the cuts of quantiles, median and mean; none where cuts were merged, given, or fitted on others than the classified."""
    if score.tiers.partition(":")[0] not in ("median", "mean", "quantile") or score.input not in view.customers.columns:
        return []
    rule = binning.parse(score.tiers)
    values = view.customers[score.input].astype(float)[view.members.to_numpy()]
    where = inside_sql(view)
    if score.own:
        values, where = values[(view.customers[score.own] != 1)[view.members.to_numpy()]], f'{where} AND "{score.own}" <> 1'
    column = f'CAST("{score.input}" AS DOUBLE)'
    inside = rule.classes - int(rule.own1)
    shares = {"median": [0.5], "quantile": [nth / inside for nth in range(1, inside)]}.get(rule.kind, [])
    found = [values.mean()] if rule.kind == "mean" else [values.quantile(share) for share in shares]
    ways = [f"avg({column})"] if rule.kind == "mean" else [f"quantile_cont({column}, {share!r})" for share in shares]
    if whole_numbers(score.input) and not (values % 1).any():
        down = score.closed == "right"
        found = [math.floor(value) if down else math.ceil(value) for value in found]
        ways = [f"{'floor' if down else 'ceil'}({sql})" for sql in ways]
    if tuple(map(float, binning.round12(found))) != tuple(map(float, score.cuts)):
        return []
    return [f"SELECT round12({sql}) FROM classified WHERE {where}" for sql in ways]


def _near_cuts(view: View, book: Book) -> None:
    """Customers of every class whose value is a cut, or would cross one by changing by at most 5 % of it."""
    near = near_a_cut(view)
    if near is None:
        return
    book.enter("near.limit", NEAR_CUT, "share", "share", "how near a cut counts as near, as a share of the cut", expression="constant")
    where = " OR ".join(_crossing_sql(view, score, float(cut)) for score in _measured(view) for cut in score.cuts)
    for key in ("", *view.inside["segment"]):
        members = near & (view.members.to_numpy() if not key else (view.result.assignments["segment"] == key).to_numpy())
        condition = f"segment = '{key}'" if key else inside_sql(view)
        book.enter(
            f"near.{key or 'inside'}.customers",
            int(members.sum()),
            "count",
            "customers",
            "customers whose value is a cut, or crosses one when it changes by at most 5 % of it",
            sql=f"SELECT count(*) FROM classified WHERE {condition} AND ({where})",
        )


def _measured(view: View) -> list[Score]:
    """Shown scores that a rule reads, on a plain number of the customer table, with cuts."""
    numeric = {name for name in view.customers.columns if pd.api.types.is_numeric_dtype(view.customers[name])}
    scheme = view.result.scheme
    read = {name for rule in getattr(scheme, "rules", ()) for name in rule.when}
    usable = numeric - set(getattr(scheme, "flags", ()))
    return [score for score in shown_scores(view) if score.cuts and score.name in read and score.input in usable]


def _sides(view: View, score: Score, cut: float) -> tuple[float, float]:
    """What a value must reach to be above a cut, and what to be below it; whole numbers step over it."""
    values = view.customers[score.input].dropna().to_numpy(float)
    if not (values == np.floor(values)).all():
        return cut, cut
    return (math.ceil(cut), math.ceil(cut) - 1) if score.closed == "left" else (math.floor(cut) + 1, math.floor(cut))


def _crossing_sql(view: View, score: Score, cut: float) -> str:
    above, below = _sides(view, score, cut)
    column, sign = f'CAST("{score.input}" AS DOUBLE)', "<" if score.closed == "left" else "<="
    step = f"CASE WHEN {column} {sign} {cut!r} THEN {above!r} - {column} ELSE {column} - {below!r} END"
    return f"{step} <= {abs(NEAR_CUT * cut)!r} OR {column} = {cut!r}"


def near_a_cut(view: View) -> np.ndarray | None:
    """True, by position, for whose value is a cut, or would cross one by changing by at most 5 % of it; None where no number has cuts."""
    scores = _measured(view)
    if not scores:
        return None
    near = np.zeros(len(view.customers), dtype=bool)
    for score in scores:
        values = view.customers[score.input].to_numpy(float)
        for cut in map(float, score.cuts):
            above, below = _sides(view, score, cut)
            under = values < cut if score.closed == "left" else values <= cut
            near |= (np.where(under, above - values, values - below) <= abs(NEAR_CUT * cut)) | (values == cut)
    return near


def _on_a_cut(view: View, book: Book) -> None:
    """The cut that the largest share of the classified stand on: only an axis of few values, such as a count of orders, has many there.

    A cut at the smallest value of all is left out: below it stands nobody, so that the line could not as well be drawn there.
    """
    found = []
    for score in _measured(view):
        values = view.classified(score.input).to_numpy(float)
        places = [(place, float(cut)) for place, cut in enumerate(score.cuts, start=1) if len(values) and cut > values.min()]
        found += [(float((values == cut).mean()), score, place, cut) for place, cut in places]
    if not found:
        return
    share, score, place, cut = max(found, key=lambda one: one[0])
    column = f'CAST("{score.input}" AS DOUBLE)'
    how = "how many of the classified may stand on one cut"
    book.enter("on_cut.limit", MOST_ON_A_CUT, "share", "share", how, expression="constant")
    book.enter(
        f"on_cut.{score.name}.{place}",
        share,
        "share",
        "share",
        "customers whose value is the cut itself / classified customers with a value",
        sql=f"SELECT count(*) FILTER ({column} = {cut!r}) / count({column}) FROM classified WHERE {inside_sql(view)}",
    )
