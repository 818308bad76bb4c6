"""Who moved between two dates, what it cost, and how much of it is chance: frozen cuts on adjacent windows of equal length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from seglib.errors import DataError, SchemeError, SeglibError
from seglib.language import marked
from seglib.review import moves as moving
from seglib.review import noise
from seglib.review.totals import passage, retention, settled, summary
from seglib.scheme import RuleScheme

if TYPE_CHECKING:
    import pandas as pd

    from seglib.client import Client
    from seglib.segmentation import Segmentation

INTERVAL_DRAWS = 1000
THRESHOLD = marked("No noise floor is given: both results stand on one day, so that nobody moved but the lines between the classes.")
UNMEASURED = marked("No noise floor is given: the classes came without the orders behind them.")


@dataclass(frozen=True, eq=False)
class Migration:
    """What became of the classes between two dates.

    The order of the lines is a convention: behaviour under the old cuts first, then the re-indexing of money cuts, the re-cut last, at
    the later date. Money is Decimal and adds up with no residual line.

    Attributes:
        method: The method.
        before, after: The two dates, ISO: last days of the windows.
        window_days: Length of either window.
        overlap: Share of a window's days that both have, 0 to 1.
        ordered: Are there better and worse classes?
        keys: Class keys in the order of the matrix, those outside the classification last.
        classes_inside: Those of the classification.
        moves: One row a move: before, after ("newcomers" and "no_longer_known" stand for no class), kind (stay, behaviour, new,
            returning, lapsed, gone),
            customers, row_share with low and high, floor_mean, floor_low, floor_high and within_noise (missing where there is no floor
            for it), money_before, money_after, change, change_low, change_high, one_customer (one makes more than half), thin.
        classes: The lines of every class in customers and in money, see ``moves.lines``.
        summary: measure, value, low, high: stays and its floor, moved, overlap, mobility, totals, how many moves lie beyond the floor.
        retention: What was kept of every class, see ``totals.retention``.
        steady: segment, share_before, share_after, steady: where the shares would settle; empty where that means nothing.
        passage: before, after, periods, low, high: mean periods from one class to another, see ``totals.passage``; empty likewise.
        previous: customer_id, segment, previous_segment (the last different one; missing where none is known), previous_as_of (the last
            date on which it was seen), since (the first date of the class of today).
        falls: Who fell beyond what was to be expected, worst first, see ``falls.falls``.
        floor: The noise floor.
        homogeneity: chi2, degrees, p, periods: is it one process? Missing with fewer than three dates: two cannot test it.
        people: One row a customer: customer_id, a, b, x, r, kind, population and money in millionths.
        recut: Were the lines drawn anew at the later date?
        usual_gap_days: The trade's usual gap, 0 where it has no clock.
    """

    method: str
    before: str
    after: str
    window_days: int
    overlap: float
    ordered: bool
    keys: tuple[str, ...]
    classes_inside: tuple[str, ...]
    moves: pd.DataFrame
    classes: pd.DataFrame
    summary: pd.DataFrame
    retention: pd.DataFrame
    steady: pd.DataFrame
    passage: pd.DataFrame
    previous: pd.DataFrame
    falls: pd.DataFrame
    floor: noise.Floor
    homogeneity: Mapping[str, float]
    people: pd.DataFrame
    recut: bool
    usual_gap_days: int = 0

    @property
    def waiting(self) -> bool:
        """Do the windows hold fewer than two usual gaps, so that most who moved may only be waiting for their next purchase?"""
        return self.window_days < 2 * self.usual_gap_days

    @property
    def steadier(self) -> bool:
        """Did fewer move than the noise floor's lower end?"""
        _, _, most = self.floor.stays
        return self.value("stays") > most

    def value(self, measure: str) -> float:
        """A number of the summary by its name; missing where it was not measured."""
        found = self.summary.loc[self.summary["measure"] == measure, "value"]
        return float(found.iloc[0]) if len(found) else float("nan")

    def matrix(self, what: str = "customers") -> pd.DataFrame:
        """The moves as a matrix: rows before, columns after.

        Args:
            what: A column of ``moves``.
        """
        table = self.moves.pivot(index="before", columns="after", values=what)
        rows = [key for key in (*self.keys, moving.NEW) if key in table.index]
        return table.loc[rows, [key for key in (*self.keys, moving.GONE) if key in table.columns]]

    def flows(self, what: str = "row_share") -> pd.DataFrame:
        """The matrix without empty rows and columns and without the rows of those who never ordered; every row's shares add up to 1.

        Who ordered nothing in the later window stands in the column ``no_orders_in_window``, who came since in the row ``newcomers``, who
        is not on record any more in the column ``no_longer_known``.

        Args:
            what: A column of ``moves``.
        """
        counts = self.matrix().fillna(0)
        rows = [key for key in counts.index if key not in moving.NEVER and counts.loc[key].sum() > 0]
        table = self.matrix(what).loc[rows, [key for key in counts.columns if counts.loc[rows, key].sum() > 0]]
        return table.fillna(0) if what in ("customers", "row_share") else table

    def _repr_html_(self) -> str:
        return self.matrix("row_share").to_html(float_format="{:.1%}".format)


def migration(
    client: Client,
    result: Segmentation,
    *,
    before: str | date | None = None,
    after: str | date | None = None,
    draws: int = 100,
    seed: int = 0,
    cpi: float = 1.0,
    refit: pd.Series | None = None,
) -> Migration:
    """Migration between two adjacent windows of equal length, under the frozen cuts of a result.

    Args:
        client: The client.
        result: A classification; its definition decides at both dates. Where it was made before the later date, the lines are drawn anew
            there as well, by the same method with the same parameters, and what that changes has lines of its own.
        before: Last day of the earlier window; by default one window before the later.
        after: Last day of the later window; by default the result's own day, or one window after ``before`` where that is the result's.
            Where neither is given and history holds no window before the result's, the result's is the earlier one.
        draws: Draws of the orders behind the noise floor; 0 for none.
        seed: Of all draws.
        cpi: Price level of the later window over that of the earlier; other than 1 it re-indexes money cuts, in lines of its own.
        refit: Class at the later date under lines that were drawn there, indexed by customer_id, where they are in hand.

    Raises:
        DataError: The history does not hold both windows, or the dates stand in the wrong order.
        SchemeError: The definition reads a column that the data do not give.
    """
    window, first, last = _dates(client, result, before, after)
    scheme = result.scheme
    tables = {day: _table(client, scheme, day, window) for day in (first, last)}
    a, b = (_classes(scheme, tables[day]) for day in (first, last))
    reindexed = _classes(reindex_cuts(scheme, cpi), tables[last]) if cpi != 1 else None
    refit = _renamed(b, _refit(client, result, last, window) if refit is None else refit, scheme)
    keys = moving.order([*a, *b], scheme.classes, scheme.outside)
    bought = [set(classes.index[~classes.isin([*moving.NEVER, moving.WINDOW])]) for classes in (a, b)]
    floor = noise.floor(
        client, scheme, before=first, after=last, window_days=window, keys=keys, both=bought[0] & bought[1], draws=draws, seed=seed
    )
    money = {day: table["spend"] if "spend" in table.columns else None for day, table in tables.items()}
    made = migration_of(
        result, _frame(b), money[first], money[last],
        a=_frame(a), refit=refit, reindexed=reindexed, floor=floor, before=str(first), after=str(last), seed=seed,
    )  # fmt: skip
    from seglib.review.history import looked_back

    previous, tested = looked_back(client, scheme, made, first=first, last=last, window_days=window)
    return replace(made, previous=previous, homogeneity=tested, usual_gap_days=client._clock(last).usual or 0)


def migration_of(
    result: Segmentation,
    b: pd.DataFrame,
    m0: pd.Series | None = None,
    m1: pd.Series | None = None,
    *,
    a: pd.DataFrame | None = None,
    refit: pd.Series | None = None,
    reindexed: pd.Series | None = None,
    floor: noise.Floor | None = None,
    before: str = "",
    after: str = "",
    draws: int = INTERVAL_DRAWS,
    seed: int = 0,
    threshold: bool = False,
) -> Migration:
    """Migration from classes in hand, without a client.

    Args:
        result: The classification, S0; its definition names classes and window.
        b: customer_id and segment at the later date under S0.
        m0, m1: Money in the two windows, indexed by customer_id.
        a: customer_id and segment at the earlier date under S0; by default the result's own assignments.
        refit: Class at the later date under lines drawn anew, indexed by customer_id.
        reindexed: Class at the later date under re-indexed cuts, indexed by customer_id.
        floor: The noise floor.
        before, after: The dates, ISO.
        draws: Samples behind the intervals.
        seed: Of the samples.
        threshold: ``b`` is another classification of the same customers on the same day: all that moved is the lines, and it is counted
            as re-cut.
    """
    import pandas as pd

    from seglib.review.falls import falls

    scheme, earlier = result.scheme, result.assignments if a is None else a
    floor = floor or noise.absent(THRESHOLD if threshold else UNMEASURED)
    table = moving.joined(earlier, b, m0, m1, refit=refit, reindexed=reindexed)
    table["population"] = moving.populations(table)
    counted = table
    if threshold:
        new = b.set_index("customer_id")["segment"]
        counted = moving.joined(earlier, earlier, m0, m1, refit=new)
    occurring = [*table["a"], *table["b"], *counted["x"], *counted["r"]]
    keys = moving.order(occurring, scheme.classes, scheme.outside)
    rows = [key for key in (*keys, moving.NEW) if key in set(moving.labels(table)[0])]
    columns = [key for key in (*keys, moving.GONE) if key in scheme.classes or key in set(moving.labels(table)[1])]
    arrows = _with_floor(moving.arrows(table, rows, columns, draws=draws, seed=seed), floor)
    if threshold:
        arrows["kind"] = arrows["kind"].mask(arrows["kind"] == "behaviour", "recut")
    lines = moving.lines(counted, keys)
    inside = tuple(key for key in scheme.classes)
    overlap = _overlap(before, after, scheme.window_days)
    return Migration(
        method=result.method,
        before=before or result.as_of,
        after=after,
        window_days=scheme.window_days,
        overlap=overlap,
        ordered=result.ordered,
        keys=tuple(keys),
        classes_inside=inside,
        moves=arrows,
        classes=lines,
        summary=summary(table, arrows, floor, inside=inside, ordered=result.ordered, overlap=overlap, draws=draws, seed=seed),
        retention=retention(table, arrows, inside, ordered=result.ordered),
        steady=settled(table, keys),
        passage=passage(table, keys, draws=draws, seed=seed),
        previous=pd.DataFrame(columns=["customer_id", "segment", "previous_segment", "previous_as_of", "since"]),
        falls=falls(table),
        floor=floor,
        homogeneity={},
        people=table,
        recut=refit is not None or threshold,
    )


def moved_from(
    result: Segmentation, before: Segmentation, *, customers: pd.DataFrame | None = None, customers_before: pd.DataFrame | None = None
) -> Migration:
    """Moves from an earlier result to this one; see ``Segmentation.moved_from``.

    Raises:
        SchemeError: The results are of different methods or windows, the later one stands first, or they are of two dates and two
            definitions and no table was given.
    """
    if before.method != result.method or before.window_days != result.window_days:
        raise SchemeError(
            "Moves need two results of one method and one window; these are {method} over {window} days and {other} over {days} days.",
            method=before.method,
            window=before.window_days,
            other=result.method,
            days=result.window_days,
        )
    if before.as_of and result.as_of and before.as_of > result.as_of:
        raise SchemeError(
            "{method}: the result to move from is of {before}, later than {after}; ask the later result: later.moved_from(earlier).",
            method=result.method,
            before=before.as_of,
            after=result.as_of,
        )
    same_day = before.as_of == result.as_of
    m1, m0 = _money(customers), _money(customers if same_day and customers_before is None else customers_before)
    if same_day:
        return migration_of(before, result.assignments, m0, m1, before=before.as_of, after=result.as_of, threshold=True)
    if before.scheme.hash == result.scheme.hash:
        return migration_of(before, result.assignments, m0, m1, before=before.as_of, after=result.as_of)
    if customers is None:
        raise SchemeError(
            "{method}: the results of {before} and {after} stand on two definitions (#{one}, #{other}). Give customers=, the table of "
            "{after}, so that the earlier definition can be applied to it.",
            method=result.method,
            before=before.as_of,
            after=result.as_of,
            one=before.scheme.hash[:8],
            other=result.scheme.hash[:8],
        )
    after = before.assign(customers)
    refit = _renamed(after.set_index("customer_id")["segment"], result.assignments.set_index("customer_id")["segment"], before.scheme)
    return migration_of(before, after, m0, m1, refit=refit, before=before.as_of, after=result.as_of)


def reindex_cuts(scheme: Any, cpi: float) -> Any:
    """The definition with its money cuts multiplied by a price index: a named act, a definition of its own with a hash of its own.

    Args:
        scheme: A definition made of rules.
        cpi: Price level now over that when the cuts were drawn, such as 1.023.

    Raises:
        SchemeError: The definition is learned, has no money cut, reads money through a formula, or the index is not positive.
    """
    from seglib.customers.columns import COLUMNS

    def money(name: str) -> bool:
        return name in COLUMNS and COLUMNS[name].unit == "currency"

    by_formula = isinstance(scheme, RuleScheme) and any(money(name) for formula in scheme.formulas for name in formula.inputs)
    if not isinstance(scheme, RuleScheme) or cpi <= 0 or by_formula or not any(money(s.input) and any(s.cuts) for s in scheme.scores):
        raise SchemeError(
            "{method}: cuts cannot be re-indexed by {cpi}. It takes a positive index, and cuts on columns of money.",
            method=scheme.method,
            cpi=cpi,
        )
    from seglib.binning import round12

    scores = tuple(
        replace(s, cuts=tuple(float(cut) for cut in round12([cut * cpi for cut in s.cuts])), tiers="") if money(s.input) else s
        for s in scheme.scores
    )
    return replace(scheme, scores=scores, about={**scheme.about, "reindexed": {"cpi": cpi, "from": scheme.hash}})


def _dates(client: Client, result: Segmentation, before: str | date | None, after: str | date | None) -> tuple[int, date, date]:
    """Window and the last days of both windows, proven to lie within the history."""
    window = result.scheme.window_days or client.window_days
    own = client._day(result.as_of)
    first = client._day(before) if before else None
    start, end = client.calendar.first, max(client.as_of, own)
    step = timedelta(days=window)
    if not before and not after and start and own - 2 * step + timedelta(days=1) < start and own + step <= end:
        first = own
    usual = own if first is None or own > first else first + step
    last = client._day(after) if after else usual
    first = first or last - step
    if start is None or first >= last or first - timedelta(days=window - 1) < start or last > end:
        raise DataError(
            "Migration needs two windows of {window} days, up to {before} and up to {after}; the orders run from {first} to {last}. "
            "Classify on a shorter window, or give other dates.",
            window=window,
            before=first,
            after=last,
            first=start or "",
            last=end,
        )
    return window, first, last


def _table(client: Client, scheme: Any, day: date, window: int) -> pd.DataFrame:
    """What a definition reads, and money, at a date, by the clock it was made with; indexed by customer_id."""
    from seglib.segmentation import clock_of

    names = [*dict.fromkeys([*scheme.inputs, *(("spend",) if "spend" in client.columns else ())])]
    table = client.customers(as_of=day, window_days=window, columns=names, facts=(), clock=clock_of(scheme))
    return table.set_index("customer_id", drop=False).rename_axis(None)


def _classes(scheme: Any, table: pd.DataFrame) -> pd.Series:
    return scheme.apply(table).set_index("customer_id")["segment"]


def _frame(classes: pd.Series) -> pd.DataFrame:
    return classes.rename("segment").rename_axis("customer_id").reset_index()


def _money(customers: pd.DataFrame | None) -> pd.Series | None:
    return None if customers is None or "spend" not in customers.columns else customers.set_index("customer_id")["spend"]


def _overlap(before: str, after: str, window: int) -> float:
    """Share of a window's days that both windows have."""
    if not (before and after and window):
        return float("nan")
    return max(0, window - (date.fromisoformat(after) - date.fromisoformat(before)).days) / window


def _refit(client: Client, result: Segmentation, last: date, window: int) -> pd.Series | None:
    """Classes under lines drawn anew at the later date; None where the result's own lines are those, or nothing can be drawn."""
    from seglib import methods
    from seglib.review.holdout import unsigned

    if result.method not in methods.names():
        return None
    if str(last) == result.as_of and "signed" not in result.scheme.about:
        return None
    method = methods.get(result.method)
    asked = methods.asks(result.method, **result.params)
    table = client.customers(as_of=last, window_days=window, also=asked["also"], facts=asked["facts"])
    try:
        again = method.segment(unsigned(table), **result.own_params)
    except SeglibError:
        return None
    return again.assignments.set_index("customer_id")["segment"]


def _renamed(b: pd.Series, refit: pd.Series | None, scheme: Any) -> pd.Series | None:
    """Groups found anew under the names of those in ``b`` with whom they share their customers; classes of rules as they are."""
    if refit is None or isinstance(scheme, RuleScheme):
        return refit
    from seglib.review.rematch import matched

    return matched(b, refit, scheme)


def _with_floor(arrows: pd.DataFrame, floor: noise.Floor) -> pd.DataFrame:
    """The moves with the noise floor beside them, and whether each lies within it."""
    import pandas as pd

    shares = floor.shares.rename(columns={"mean": "floor_mean", "low": "floor_low", "high": "floor_high"})
    found = arrows.merge(shares, on=["before", "after"], how="left")
    inside = (found["row_share"] >= found["floor_low"] - 1e-12) & (found["row_share"] <= found["floor_high"] + 1e-12)
    known = found["floor_low"].notna() & found["row_share"].notna()
    found["within_noise"] = pd.array(inside.where(known, None), dtype="boolean")
    names = list(arrows.columns)
    place = names.index("high") + 1
    return found[[*names[:place], "floor_mean", "floor_low", "floor_high", "within_noise", *names[place:]]]
