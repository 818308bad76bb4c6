"""Moves from anywhere: a finished transition matrix, or two lists of classes with money, measured without a client and without a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seglib.errors import DataError, TableError
from seglib.review import mobility
from seglib.review.migration import INTERVAL_DRAWS, Migration, migration_of
from seglib.review.totals import spread

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SUMS = ((1.0, 0.015), (100.0, 1.5))  # rows of shares or of percentages add up to this, give or take what rounding leaves


@dataclass(frozen=True, eq=False)
class Transitions:
    """What a transition matrix tells.

    Attributes:
        shares: Row shares, rows before, columns after; missing where a row is empty.
        summary: measure, value, low, high (of counts alone): stays (share that stays, by the shares before), shorrocks; where classes are
            ordered bartholomew (by the shares before) and bartholomew_uniform (every class alike, as some programs have it); determinant
            (1 - |det P|) and second_eigenvalue (1 - |second largest eigenvalue|), both 0 where nobody moves and 1 where the class before
            says nothing.
        steady: segment, share_before, steady; empty where there is no steady state that means something, see ``mobility.steady_state``.
        passage: before, after, periods, see ``mobility.first_passage``; empty likewise.
    """

    shares: pd.DataFrame
    summary: pd.DataFrame
    steady: pd.DataFrame
    passage: pd.DataFrame

    def value(self, measure: str) -> float:
        """A number of the summary by its name; missing where it was not measured."""
        found = self.summary.loc[self.summary["measure"] == measure, "value"]
        return float(found.iloc[0]) if len(found) else float("nan")

    def _repr_html_(self) -> str:
        return self.summary.to_html(index=False)


def transitions(
    matrix: Any,
    *,
    classes: Sequence[str] = (),
    before: Sequence[float] = (),
    ordered: bool = True,
    draws: int = INTERVAL_DRAWS,
    seed: int = 0,
) -> Transitions:
    """Measures of a finished transition matrix, such as a published one.

    Args:
        matrix: Rows before, columns after, both in one order, the best class first or last: numbers of customers, or shares or
            percentages, as which numbers are taken whose rows all add up to 1 or to 100.
        classes: Names of the classes; by default those of a data frame, else 1, 2, 3 ...
        before: Customers or shares of the classes before; by default the sums of the rows, which of shares are all alike.
        ordered: Are there better and worse classes?
        draws: Samples behind the intervals, which counts alone have.
        seed: Of the samples.

    Raises:
        TableError: It is no matrix of moves: not square, of other classes before than after, with gaps or with negative numbers.
    """
    import numpy as np
    import pandas as pd

    values, names = _square(matrix, classes)
    sums = values.sum(axis=1)
    shares = any(bool(np.all(np.abs(sums[sums > 0] - whole) <= slack)) for whole, slack in SUMS)
    counted = not shares and bool(np.all(values == np.round(values)))
    start = np.asarray(before, dtype=float) if len(before) else (np.ones(len(values)) if shares else sums)
    if len(start) != len(values) or (start < 0).any() or not start.sum():
        raise TableError("before= needs one number above or at 0 for each of the {n} classes.", n=len(values))
    start, share = start / start.sum(), mobility.rows_of(values)
    ends = spread(values.astype(int), draws, seed) if counted else {}
    rows = [("stays", float(np.nansum(start * np.diag(share)))), ("shorrocks", mobility.shorrocks(values))]
    if ordered:
        rows += [("bartholomew", mobility.bartholomew(values, start)), ("bartholomew_uniform", mobility.bartholomew(values, "uniform"))]
    if not np.isnan(share).any():
        second = np.sort(np.abs(np.linalg.eigvals(share)))[::-1][1] if len(share) > 1 else float("nan")
        rows += [("determinant", float(1 - abs(np.linalg.det(share)))), ("second_eigenvalue", float(1 - second))]
    nothing = (float("nan"), float("nan"))
    table = [(name, value, *(nothing if len(before) and name == "bartholomew" else ends.get(name, nothing))) for name, value in rows]
    settled, way = mobility.steady_state(values), mobility.first_passage(values)
    columns = {"segment": names, "share_before": start, "steady": settled}
    steady = pd.DataFrame(columns) if settled is not None else pd.DataFrame(columns=[*columns])
    pairs = {"before": np.repeat(names, len(names)), "after": np.tile(names, len(names))}
    return Transitions(
        shares=pd.DataFrame(share, index=pd.Index(names, name="before"), columns=pd.Index(names, name="after")),
        summary=pd.DataFrame(table, columns=["measure", "value", "low", "high"]),
        steady=steady,
        passage=pd.DataFrame({**pairs, "periods": way.ravel()}) if way is not None else pd.DataFrame(columns=[*pairs, "periods"]),
    )


def _square(matrix: Any, classes: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """The matrix as numbers, proven, and the names of its classes."""
    import numpy as np
    import pandas as pd

    own: list[str] = []
    if isinstance(matrix, pd.DataFrame):
        own, after = [str(name) for name in matrix.index], [str(name) for name in matrix.columns]
        if set(own) != set(after):
            lacking = sorted(set(own) ^ set(after))
            raise TableError(
                "A transition matrix has the same classes before and after; {names} stand on one side alone. Give both sides every class; "
                "one that is never left has all of its row on itself.",
                names=", ".join(lacking),
            )
        matrix = matrix.set_axis(own, axis=0).set_axis(after, axis=1)[own]
    try:
        values = np.asarray(matrix, dtype=float)
    except (TypeError, ValueError):
        raise TableError("A transition matrix holds numbers alone.") from None
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not len(values):
        raise TableError("A transition matrix is square; this one is {shape}.", shape=" x ".join(map(str, values.shape)) or "empty")
    if not np.isfinite(values).all() or (values < 0).any():
        raise TableError("A transition matrix holds numbers of customers or shares: none is missing, and none is below 0.")
    names = [str(name) for name in classes] or own or [str(n + 1) for n in range(len(values))]
    if len(names) != len(values) or len(set(names)) < len(names):
        raise TableError("classes= needs {n} different names, one for each row.", n=len(values))
    return values, names


@dataclass(frozen=True)
class _Names:
    """What a migration asks of a definition."""

    classes: tuple[str, ...]
    outside: tuple[str, ...] = ()
    window_days: int = 0


@dataclass(frozen=True, eq=False)
class _Listed:
    """What a migration asks of a classification, from a list of classes."""

    assignments: pd.DataFrame
    scheme: _Names
    ordered: bool
    method: str = ""
    as_of: str = ""


def moves_between(
    before: Any,
    after: Any,
    money_before: Any = None,
    money_after: Any = None,
    *,
    classes: Sequence[str] = (),
    ordered: bool = False,
    draws: int = INTERVAL_DRAWS,
    seed: int = 0,
) -> Migration:
    """Moves between two lists of classes of the same customers, from whatever source, with the money that every move carries.

    Who stands in the first list alone is no longer known, who stands in the second alone is new. Who is known and bought nothing belongs
    into the list as "no_orders_in_window", who never bought as "no_orders"; they then count as lapsed, returning and new.

    Args:
        before, after: Class of every customer at two dates: a series or mapping by customer id, or a frame with customer_id and segment.
        money_before, money_after: Money of every customer in either window, by customer id; missing is 0.
        classes: The classes, best first where they are ordered; by default all names that occur, sorted, or the categories of a series.
        ordered: Are there better and worse classes?
        draws: Samples behind the intervals.
        seed: Of the samples.

    Returns:
        The migration: its matrix, lines of every class, indices, falls. There is no noise floor, as no orders stand behind the lists.

    Raises:
        TableError: An id stands twice, or a column is missing.
        DataError: Nobody stands in either list.
    """
    a, b = (_classes(one) for one in (before, after))
    if not len(a) and not len(b):
        raise DataError("nobody stands in either list of classes, so nobody can have moved.")
    kept = ("no_orders", "no_orders_in_window", "prospect", "returns_only")
    occurring = dict.fromkeys([*_categories(before), *_categories(after)]) or sorted({*a["segment"], *b["segment"]} - set(kept))
    names = tuple(map(str, classes)) or tuple(occurring)
    listed: Any = _Listed(a, _Names(names, tuple(key for key in kept if key not in names)), ordered)
    return migration_of(listed, b, _by_id(money_before), _by_id(money_after), draws=draws, seed=seed)


def _classes(one: Any) -> pd.DataFrame:
    """customer_id and segment, both as text."""
    import pandas as pd

    if isinstance(one, pd.DataFrame):
        if not {"customer_id", "segment"} <= set(one.columns):
            raise TableError("A list of classes has the columns customer_id and segment; found: {names}.", names=", ".join(map(str, one)))
        one = one.set_index("customer_id")["segment"]
    series = pd.Series(dict(one) if isinstance(one, Mapping) else one, dtype=None if len(one) else object)
    series = series[series.notna()]
    ids = pd.Series(series.index.astype(str), dtype="str")
    return pd.DataFrame({"customer_id": ids, "segment": pd.Series(series.astype(str).to_numpy(object), dtype="str")})


def _categories(one: Any) -> list[str]:
    import pandas as pd

    if isinstance(one, pd.DataFrame) and "segment" in one.columns:
        one = one["segment"]
    return [str(name) for name in one.cat.categories] if isinstance(getattr(one, "dtype", None), pd.CategoricalDtype) else []


def _by_id(money: Any) -> pd.Series | None:
    import pandas as pd

    if money is None:
        return None
    series = pd.Series(dict(money) if isinstance(money, Mapping) else money).astype(float)
    return series.set_axis(series.index.astype(str))
