"""Who moved, and what that cost: populations, arrows and the lines of every class between two dates, exact to the last digit of money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seglib.errors import TableError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

UNIT = 1_000_000  # money is counted in millionths while it is added up
MOST = 1e12  # of money that one customer can bring: more would not fit into whole millionths
NEVER = ("no_orders", "prospect", "returns_only")  # classes of those who have not ordered yet
WINDOW = "no_orders_in_window"
NEW, GONE = "newcomers", "no_longer_known"  # stand for a class where there was none before, or is none any more
KINDS = ("stay", "behaviour", "new", "returning", "lapsed", "gone")
INS_AND_OUTS = ("behaviour", "reindexed", "recut")
SMALL, ONE_CUSTOMER = 30, 0.5


def joined(
    before: pd.DataFrame,
    after: pd.DataFrame,
    m0: pd.Series | None = None,
    m1: pd.Series | None = None,
    *,
    refit: pd.Series | None = None,
    reindexed: pd.Series | None = None,
) -> pd.DataFrame:
    """Everybody known at either date: one row a customer, sorted by what they did, never by id.

    Args:
        before: customer_id and segment at the earlier date, S0(t0).
        after: customer_id and segment at the later one under the same definition, S0(t1).
        m0, m1: Money in the two windows, indexed by customer_id; missing is 0.
        refit: Class at the later date under lines drawn anew, S1(t1), indexed by customer_id; ``after`` by default.
        reindexed: Class at the later date under the old lines with their money cuts re-indexed; ``after`` by default.

    Returns:
        customer_id, a, b, x (re-indexed), r (re-cut), m0 and m1 (whole millionths), kind. a is "" for who was not known before, b, x
        and r for who is not known any more.

    Raises:
        TableError: An id stands twice, a customer has no class, a column is missing, or money is no number.
    """
    import numpy as np
    import pandas as pd

    for frame in (before, after):
        lacking = [name for name in ("customer_id", "segment") if name not in frame.columns]
        if lacking or frame["segment"].isna().any():
            raise TableError(
                "Moves need customer_id and segment, a class for everybody; columns lacking: {columns}, customers without a class: {n}. "
                "Leave out who is not known.",
                columns=", ".join(lacking) or 0,
                n=0 if lacking else int(frame["segment"].isna().sum()),
            )
        twice = frame["customer_id"][frame["customer_id"].duplicated()]
        if len(twice):
            raise TableError(
                "Moves: {n} customer ids stand more than once ({ids}); give one row a customer at each date.",
                n=len(twice),
                ids=", ".join(map(str, twice.head(3))),
            )
    a, b = (frame.set_index("customer_id")["segment"].astype(object) for frame in (before, after))
    x = b if reindexed is None else reindexed.astype(object)
    parts = {"a": a, "b": b, "x": x, "r": x if refit is None else refit.astype(object)}
    ids = a.index.union(b.index, sort=False)
    table = pd.DataFrame({name: part.reindex(ids).fillna("") for name, part in parts.items()}, index=ids)
    for name, money in (("m0", m0), ("m1", m1)):
        values = np.zeros(len(ids)) if money is None else money.reindex(ids).fillna(0.0).to_numpy(float)
        if not (np.abs(values) < MOST).all():
            raise TableError("Moves: {column} holds amounts that are no sums of money, such as {value}.", column=name, value=values.max())
        table[name] = np.rint(values * UNIT).astype(np.int64)
    table["kind"] = _kinds(table["a"].to_numpy(object), table["b"].to_numpy(object))
    table = table.rename_axis("customer_id").reset_index()
    return table.sort_values(["m0", "m1", "a", "b", "r"], kind="stable", ignore_index=True)


def _kinds(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What became of everybody: stay, behaviour, new, returning, lapsed or gone."""
    import numpy as np

    had_not = (a == "") | np.isin(a, NEVER)
    conditions = [b == "", a == b, had_not & ((a == "") | ~np.isin(b, NEVER)), a == WINDOW, b == WINDOW]
    return np.select(conditions, ["gone", "stay", "new", "returning", "lapsed"], "behaviour")


def populations(table: pd.DataFrame) -> pd.Series:
    """both, new, returning, lapsed, gone, and neither (no order in either window), a customer.

    both: in a class of buyers in both windows; new: in a class of buyers in the later one, no order known before; returning: an order
    before the earlier window, none in it, and one in the later; lapsed: the other way round; gone: not known any more at all, erased or
    merged.
    """
    import numpy as np
    import pandas as pd

    kind = table["kind"].to_numpy(object)
    idle = np.isin(table["a"], ("", *NEVER, WINDOW)) & np.isin(table["b"], (*NEVER, WINDOW))
    named = np.where(np.isin(kind, ("stay", "behaviour")), "both", kind)
    return pd.Series(np.where(idle, "neither", named), index=table.index)


def labels(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of everybody in the matrix: classes, NEW for who had not ordered, GONE for who is not known any more."""
    import numpy as np

    before = np.where(table["kind"] == "new", NEW, table["a"])
    return before, np.where(table["b"] == "", GONE, table["b"])


def order(present: Sequence[str], classes: Sequence[str], outside: Sequence[str]) -> list[str]:
    """Class keys as they are shown: the classes best first, then those outside, then what is neither."""
    known = [*classes, *(key for key in outside if key in present)]
    return [*known, *sorted(key for key in set(present) - set(known) if key not in (NEW, GONE, ""))]


def lines(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The change of every class, in customers and in money, line by line; the lines are signed and add up with no residual.

    Args:
        table: What ``joined`` gives.
        keys: Class keys in the order of the rows.

    Returns:
        segment, measure ("customers" or "money"), before, stay (money: what those who stayed spend more), behaviour_in, behaviour_out,
        new, returning, lapsed, gone, reindexed_in, reindexed_out, recut_in, recut_out, after. Whole numbers or Decimals. A class of
        those without orders loses with ``new`` and ``returning`` whom the others win.
    """
    import pandas as pd

    rows = []
    for segment in keys:
        for measure in ("customers", "money"):
            counts = _class_lines(table, segment, money=measure == "money")
            values = {name: decimal(value) if measure == "money" else value for name, value in counts.items()}
            rows.append({"segment": segment, "measure": measure, **values})
    return pd.DataFrame(rows).astype(dict.fromkeys(counts, object))


def _class_lines(table: pd.DataFrame, segment: str, *, money: bool) -> dict[str, int]:
    """One row of ``lines``, in whole numbers."""
    import numpy as np

    a, b, x, r = (table[name].to_numpy(object) == segment for name in "abxr")
    kind = table["kind"].to_numpy(object)
    m0, m1 = (table[name].to_numpy() if money else np.ones(len(table), dtype=np.int64) for name in ("m0", "m1"))

    def came(where: np.ndarray) -> int:
        return int(m1[where].sum())

    def left(where: np.ndarray) -> int:
        return -int(m0[where].sum())

    stay = a & (kind == "stay")
    found = {"before": -left(a), "stay": came(stay) + left(stay)}
    found |= {"behaviour_in": came(b & (kind == "behaviour")), "behaviour_out": left(a & (kind == "behaviour"))}
    found |= {name: came(b & (kind == name)) + left(a & (kind == name)) for name in KINDS[2:]}
    found |= {"reindexed_in": came(x & ~b), "reindexed_out": -came(b & ~x), "recut_in": came(r & ~x), "recut_out": -came(x & ~r)}
    return {**found, "after": came(r)}


def arrows(table: pd.DataFrame, rows: Sequence[str], columns: Sequence[str], *, draws: int, seed: int) -> pd.DataFrame:
    """Every move: how many, what share of its row, and the money it carries; with 95% intervals.

    Intervals resample customers (multinomial). Where a row has fewer than 30 customers, or nobody or everybody of it moved, that says
    nothing, and the interval of a share is Jeffreys' (Dirichlet with 1/2 for every class that can be reached: who has ordered once cannot
    become one who never has).

    Args:
        table: What ``joined`` gives.
        rows, columns: Classes of the matrix, shown also where nobody moved.
        draws: Samples.
        seed: Of the samples.

    Returns:
        before, after, kind, customers, row_share, low, high, money_before, money_after, change (Decimal), change_low, change_high,
        one_customer (does one customer make more than half of the money that moved?), thin (is the row too small for its own resampling?).
    """
    import numpy as np
    import pandas as pd

    row, column = labels(table)
    row_number, column_number = (pd.Index(keys).get_indexer(values) for keys, values in ((rows, row), (columns, column)))
    cell = row_number * len(columns) + column_number
    size = len(rows) * len(columns)
    change = (table["m1"] - table["m0"]).to_numpy()
    counts, sums = _resampled(cell, change, size, draws, seed)
    moved = np.bincount(cell, minlength=size)
    largest, total = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    np.maximum.at(largest, cell, np.abs(change))
    np.add.at(total, cell, np.abs(change))
    frame = pd.DataFrame({"before": np.repeat(list(rows), len(columns)), "after": np.tile(list(columns), len(rows))}).astype("str")
    frame["kind"] = _kind_of(frame)
    frame["customers"] = moved
    low, high, share = _shares(counts, moved.reshape(len(rows), -1), _reachable(rows, columns))
    frame["row_share"], frame["low"], frame["high"] = share, low, high
    for name, values in (("money_before", table["m0"].to_numpy()), ("money_after", table["m1"].to_numpy()), ("change", change)):
        summed = np.zeros(size, dtype=np.int64)
        np.add.at(summed, cell, values)
        frame[name] = [decimal(value) for value in summed]
    frame["change_low"], frame["change_high"] = np.quantile(sums, [0.025, 0.975], axis=0) / UNIT
    frame["one_customer"] = (moved > 0) & (largest > ONE_CUSTOMER * total)
    frame["thin"] = np.repeat(moved.reshape(len(rows), -1).sum(axis=1) < SMALL, len(columns))
    told = (frame["customers"] > 0) | ((frame["kind"] != "gone") & (frame["before"] != NEW))
    return frame[told].reset_index(drop=True)


def _kind_of(frame: pd.DataFrame) -> np.ndarray:
    """The kind of each cell of the matrix."""
    import numpy as np

    before = np.where(frame["before"] == NEW, "", frame["before"])
    return _kinds(before.astype(object), np.where(frame["after"] == GONE, "", frame["after"]).astype(object))


def _resampled(cell: np.ndarray, change: np.ndarray, size: int, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Customers and money of each cell in every sample: (draws, size) each."""
    import numpy as np

    rng, people = np.random.default_rng(seed), len(cell)
    counts, sums = np.zeros((draws, size)), np.zeros((draws, size))
    money = change.astype(float)
    for nth in range(draws):
        weight = np.bincount(rng.integers(0, people, people), minlength=people) if people else np.zeros(0)
        counts[nth] = np.bincount(cell, weights=weight, minlength=size)
        sums[nth] = np.bincount(cell, weights=weight * money, minlength=size)
    return counts, sums


def _reachable(rows: Sequence[str], columns: Sequence[str]) -> np.ndarray:
    """Can a customer of the row come to stand in the column?"""
    import numpy as np

    return np.isin(rows, (*NEVER, NEW))[:, None] | ~np.isin(columns, NEVER)[None, :]


def _shares(counts: np.ndarray, moved: np.ndarray, reachable: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Low end, high end and value of each cell's share of its row, flattened; missing where the row is empty."""
    import numpy as np
    from scipy.stats import beta

    draws, (rows, columns) = len(counts), moved.shape
    drawn = counts.reshape(draws, rows, columns)
    whole, row = drawn.sum(axis=2, keepdims=True), moved.sum(axis=1, keepdims=True) + np.zeros_like(moved)
    shares = np.divide(drawn, whole, out=np.zeros_like(drawn), where=whole > 0)
    low, high = np.quantile(shares, [0.025, 0.975], axis=0) if draws else (np.zeros(moved.shape), np.ones(moved.shape))
    thin = (row < SMALL) | (moved == 0) | (moved == row)
    there = reachable | (moved > 0)
    one, other = moved + 0.5, row - moved + (there.sum(axis=1, keepdims=True) - 1) / 2
    low, high = (np.where(thin, beta.ppf(q, one, np.maximum(other, 0.5)), end) for q, end in ((0.025, low), (0.975, high)))
    low, high = np.where(moved == 0, 0.0, low), np.where(there, np.where(moved == row, 1.0, high), 0.0)
    share = np.divide(moved, row, out=np.full(moved.shape, np.nan), where=row > 0)
    return (*(np.where(row > 0, end, np.nan).ravel() for end in (low, high)), share.ravel())


def decimal(units: Any) -> Decimal:
    """Money from whole millionths, with two decimals where they are enough.

    >>> decimal(1_638_161_060_000), decimal(-5)
    (Decimal('1638161.06'), Decimal('-0.000005'))
    """
    units = int(units)
    return Decimal(units // 10_000).scaleb(-2) if units % 10_000 == 0 else Decimal(units).scaleb(-6)
