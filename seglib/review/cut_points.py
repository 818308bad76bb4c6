"""How sure the cut points are: drawn again on resampled customers, and moved by a tenth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seglib.customers.columns import whole_numbers

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.rules import Score
    from seglib.scheme import RuleScheme
    from seglib.segmentation import Segmentation

STEP = 0.10


def drawn_cuts(result: Segmentation, customers: pd.DataFrame, *, draws: int = 200, seed: int = 0) -> tuple[pd.DataFrame, float]:
    """Cut points of tier rules on resampled customers, and how many customers other cut points would put elsewhere.

    That is not the flip rate of a customer's own orders: here nobody behaves differently, only the limits are drawn by other customers.
    Limits that were given, or come from side frames, stay.

    Args:
        result: A classification by rules.
        customers: The table it was made on.
        draws: Bootstrap samples of customers.
        seed: Of the samples.

    Returns:
        score, input, cut (its number from 1), value, low, high (95 % of the samples in which that cut exists); and the mean share of
        customers whose class changes.
    """
    import numpy as np
    import pandas as pd

    from seglib.scheme import RuleScheme

    scheme = result.scheme
    columns = ["score", "input", "cut", "value", "low", "high"]
    if not isinstance(scheme, RuleScheme):
        return pd.DataFrame(columns=columns), float("nan")
    prepared = _by_value(scheme.prepared(customers), scheme)
    scores = {score.name: _numbers(score, prepared) for score in scheme.scores}
    own = _classes(scheme, scores)
    inside = own < len(scheme.classes)
    fitted = [score for score in scheme.scores if score.tiers and score.cuts and not score.hidden]
    if not fitted or not inside.any():
        return pd.DataFrame(columns=columns), float("nan")
    random, members = np.random.default_rng(seed), np.flatnonzero(inside)
    found: dict[str, list[tuple[float, ...]]] = {score.name: [] for score in fitted}
    moved = []
    for _ in range(draws):
        rows = members[random.integers(0, len(members), len(members))]
        drawn = {score.name: _again(score, prepared, rows) for score in fitted}
        for name, score in drawn.items():
            found[name].append(score.cuts)
        moved.append((_classes(scheme, scores | {name: _numbers(score, prepared) for name, score in drawn.items()}) != own).mean())
    table = [row for score in fitted for row in _ranges(score, found[score.name])]
    return pd.DataFrame(table, columns=columns), float(np.mean(moved))


def _by_value(prepared: pd.DataFrame, scheme: RuleScheme) -> pd.DataFrame:
    """Rows in an order that depends on what they hold, so that draws do not depend on ids."""
    import numpy as np

    names = [name for name in prepared.columns if name != "row_number" and name not in scheme.texts]
    return prepared.iloc[np.lexsort([prepared[name].to_numpy(float) for name in names])].reset_index(drop=True)


def _numbers(score: Score, prepared: pd.DataFrame) -> np.ndarray:
    from seglib.review.cells import score_numbers

    return score_numbers(score, prepared)


def _classes(scheme: RuleScheme, scores: Mapping[str, np.ndarray]) -> np.ndarray:
    from seglib.review.cells import classes_of_cells

    return classes_of_cells(scheme, scores)


def _again(score: Score, prepared: pd.DataFrame, rows: np.ndarray) -> Score:
    """The score with cuts fitted on some rows; as it is where its tier rule cannot be fitted on them."""
    from seglib import binning
    from seglib.errors import SeglibError

    sample = prepared.iloc[rows]
    values = sample[score.input].to_numpy(float)
    if score.own:
        values = values[sample[score.own].to_numpy(float) != 1]
    values = values[values == values]
    try:
        bins = binning.fit(values, score.tiers, better="low" if score.scores[0] > score.scores[-1] else "high")
        bins = binning.whole(bins, values) if whole_numbers(score.input) else bins
    except SeglibError:
        return score
    known = set(score.values())
    return replace(score, cuts=bins.cuts, scores=bins.scores, closed=bins.closed) if set(bins.scores) <= known else score


def _ranges(score: Score, found: Sequence[tuple[float, ...]]) -> list[tuple[Any, ...]]:
    import numpy as np

    rows: list[tuple[Any, ...]] = []
    for place, value in enumerate(score.cuts):
        drawn = [cuts[place] for cuts in found if len(cuts) == len(score.cuts)]
        low, high = np.quantile(drawn, [0.025, 0.975]) if drawn else (float("nan"), float("nan"))
        if whole_numbers(score.input) and all(map(float.is_integer, drawn)):  # counts and days have no cut between two whole numbers
            low, high = np.floor(low), np.ceil(high)
        rows.append((score.name, score.input, place + 1, float(value), float(low), float(high)))
    return rows


def moved_cuts(result: Segmentation, customers: pd.DataFrame, *, step: float = STEP) -> pd.DataFrame:
    """What becomes of the classes when all cuts of one score are a tenth higher, or lower.

    Args:
        result: A classification by rules.
        customers: The table it was made on.
        step: By how much; 0.1 is ten per cent.

    Returns:
        what (the score), input, change, customers_share and spend_share (that change class, of those in a class), segment (whose mean
        spend against everybody's changes most; "" where none does), index_before, index_after (100 = everybody's).
    """
    import numpy as np
    import pandas as pd

    from seglib.scheme import RuleScheme

    columns = ["what", "input", "change", "customers_share", "spend_share", "segment", "index_before", "index_after"]
    scheme = result.scheme
    if not isinstance(scheme, RuleScheme):
        return pd.DataFrame(columns=columns)
    prepared = scheme.prepared(customers)
    scores = {score.name: _numbers(score, prepared) for score in scheme.scores}
    own = _classes(scheme, scores)
    spend = customers["spend"].fillna(0).to_numpy(float) if "spend" in customers.columns else np.ones(len(own))
    rows = []
    for score in scheme.scores:
        if score.hidden or not any(score.cuts):
            continue
        for change in (-step, step):
            other = replace(score, cuts=tuple(cut * (1 + change) for cut in score.cuts))
            classes = _classes(scheme, scores | {score.name: _numbers(other, prepared)})
            rows.append({"what": score.name, "input": score.input, "change": change, **conclusion(scheme.classes, own, classes, spend)})
    return pd.DataFrame(rows, columns=columns)


def conclusion(names: Sequence[str], before: np.ndarray, after: np.ndarray, spend: np.ndarray) -> dict[str, Any]:
    """Share of customers and money in another class, and the class of which something else would be said.

    Args:
        names: The classes inside; numbers beyond them are outside.
        before, after: Class numbers.
        spend: Money of each customer.
    """
    import numpy as np

    inside = before < len(names)
    moved = inside & (before != after)
    total = spend[inside].sum()
    one, other = _index(names, before, spend), _index(names, after, spend)
    # A class that is empty on one side has no conclusion to compare.
    change = np.where(np.isnan(one) | np.isnan(other), 0.0, np.abs(one - other))
    place = int(change.argmax()) if len(change) else 0
    changed = bool(len(change) and change[place] > 0)
    return {
        "customers_share": float(moved.sum() / inside.sum()) if inside.any() else float("nan"),
        "spend_share": float(spend[moved].sum() / total) if total else float("nan"),
        "segment": names[place] if changed else "",
        "index_before": float(one[place]) if changed else float("nan"),
        "index_after": float(other[place]) if changed else float("nan"),
    }


def _index(names: Sequence[str], classes: np.ndarray, spend: np.ndarray) -> np.ndarray:
    """Mean spend of each class against that of everybody in a class, 100 = the same."""
    import numpy as np

    inside = (classes >= 0) & (classes < len(names))
    counts = np.bincount(classes[inside], minlength=len(names))
    sums = np.bincount(classes[inside], weights=spend[inside], minlength=len(names))
    everyone = spend[inside].mean() if inside.any() else float("nan")
    return np.where(counts > 0, 100 * sums / np.maximum(counts, 1) / everyone, np.nan) if everyone else np.full(len(names), np.nan)
