"""Customers by the share of revenue they bring, and how unevenly it is spread; use it to see on whom the firm rests."""

from __future__ import annotations

import math
import string
from typing import TYPE_CHECKING

from seglib.binning import parse, round12
from seglib.errors import ParameterError
from seglib.methods._draft import Draft
from seglib.methods._signed import follows, kept
from seglib.methods._value import money_column, of_money
from seglib.rules import Rule

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.rules import Score
    from seglib.segmentation import Segmentation

DIMENSIONS = ("D9",)
NEEDS = ("spend | lifetime_spend",)
USES = ("orders", "lifetime_orders", "returns_only", "exposure_days")
FACTS = ()
CHARTS = ("lorenz", "pareto", "class_bars")
ORDERED = True

CLASSES = ("", "abc", "levels", "core_fringe")
TOP_SHARES = (0.01, 0.05, 0.10, 0.20)  # of customers, largest first
MOST = 0.5  # of the customers: a top class that holds more of them is no core
MIN_GINI = 0.05  # below, revenue is spread too evenly to speak of a core
CURVE_POINTS = 100
SEED, DRAWS, CELLS_AT_ONCE = 20170101, 500, 4_000_000


@follows(describes=True)
def segment(customers: pd.DataFrame, *, classes: str = "", tiers: str = "share:0.8,0.95") -> Segmentation:
    """Classes of customers by cumulated revenue, and the concentration of revenue.

    A customer is in A while those who bring more hold less than 80 % of the revenue, in B while they hold less than 95 %, else in C: who
    crosses a line is still in the better class, and equal customers share one. The lines are kept as money, the smallest revenue in each
    class, so that a later table can show A shrink or grow. Where A holds more than half of the customers there is no core: the class keeps
    its key and is called what it is.

    Args:
        customers: The customer table.
        classes: abc (A, B, C), levels (high, medium, low), core_fringe (A against all others), or empty: by the rule, A, B, C for
            ``share`` and levels for any other.
        tiers: Tier rule. ``share`` cumulates revenue; ``top:10,80,10`` takes shares of customers.

    Returns:
        The classes; ``details`` has ``concentration`` (Gini coefficient with a 95 % bootstrap interval, the share of customers that bring
        half of the revenue, Herfindahl index), ``top_shares`` and ``lorenz`` (smallest customers first). All of them are on customers
        with orders in the window, or where the table has no orders with revenue, and with revenue not below nought.

    Raises:
        ParameterError: No such classes.
    """
    if classes not in CLASSES:
        raise ParameterError(
            "classes == {classes!r}; revenue_contribution knows {known}.", classes=classes, known=", ".join(filter(None, CLASSES))
        )
    column = money_column(customers)
    draft = of_money("revenue_contribution", customers, column, {"classes": classes, "tiers": tiers})
    _concentration(draft, column)
    score = draft.score("V", column, tiers)
    rules = _rules(draft, score, classes)
    if draft.frozen:
        draft.details |= {name: frame for name, frame in kept(draft.frozen).items() if name == "variants"}  # a name is signed, too
    elif parse(tiers).kind == "share" and score.cuts:
        _spread(draft, column, score, rules[0].segment)
    return draft.finish(scores=[score], rules=rules, ordered=ORDERED)


def _spread(draft: Draft, column: str, score: Score, top: str) -> None:
    """Another name for the top class where it holds more than half of the customers, and why."""
    import pandas as pd

    share = float((draft.eligible[column].astype(float) >= score.cuts[-1]).mean())
    if share > MOST and "gini" in draft.fit:
        draft.details["variants"] = pd.DataFrame({"segment": [top], "variant": ["spread"]})
        half = round(100 * draft.fit["half_share"])
        draft.warn("no_core", share=round(100 * share), gini=f"{draft.fit['gini']:.2f}", half=half)


def _rules(draft: Draft, score: Score, classes: str) -> tuple[Rule, ...]:
    """The names that go with the tiers, best first."""
    top, *others = reversed(score.values())
    if not others or classes == "levels":
        return draft.tier_rules(score)
    if classes == "core_fringe":
        return Rule("core", {"V": (top,)}), Rule("fringe", {"V": tuple(others)})
    letters = classes == "abc" or parse(score.tiers).kind == "share"
    return draft.tier_rules(score, string.ascii_uppercase if letters and top <= len(string.ascii_uppercase) else "")


def _concentration(draft: Draft, column: str) -> None:
    """Gini, Herfindahl, top shares and the Lorenz curve, from the smallest customer up: their order in the table plays no part."""
    import numpy as np
    import pandas as pd

    ordered = draft.customers["orders"] > 0 if "orders" in draft.customers.columns else draft.inside
    bought = draft.customers.loc[ordered | draft.inside, column].astype(float)
    values = np.sort(bought[bought >= 0].to_numpy())
    total = math.fsum(values)
    if not total:
        draft.gate("no_concentration", passed=False, found=0, needed=MIN_GINI)
        return
    gini, (low, high) = _gini(values), _interval(values)
    herfindahl = math.fsum((values / total) ** 2)
    half = (int(np.searchsorted(np.cumsum(values[::-1]), total / 2)) + 1) / values.size
    draft.gate("no_concentration", passed=gini >= MIN_GINI, found=round(gini, 3), needed=MIN_GINI)
    draft.fit |= {
        "gini": gini,
        "gini_low": low,
        "gini_high": high,
        "half_share": half,
        "herfindahl": herfindahl,
        "effective_customers": 1 / herfindahl,
    }
    draft.details["concentration"] = pd.DataFrame(
        [
            {"measure": "gini", "value": gini, "low": low, "high": high},
            {"measure": "half_share", "value": half},
            {"measure": "herfindahl", "value": herfindahl},
            {"measure": "effective_customers", "value": 1 / herfindahl},
        ]
    )
    draft.details["top_shares"] = _top_shares(values, total)
    draft.details["lorenz"] = _lorenz(values, total)


def _gini(ordered: np.ndarray) -> float:
    """Gini coefficient of ascending values, without the factor n / (n - 1) for small samples: half the mean difference by the mean."""
    import numpy as np

    n = ordered.size
    weights = 2 * np.arange(1, n + 1) - n - 1
    return math.fsum(weights * ordered) / (n * math.fsum(ordered))


def _interval(ordered: np.ndarray) -> tuple[float, float]:
    """Where the Gini coefficient lies in 95 of 100 samples of as many customers, drawn from these with replacement.

    A sample is kept as the number of times each customer came up: the values stay sorted, and a block of samples is one product.
    """
    import numpy as np

    rng, n = np.random.default_rng(SEED), ordered.size
    found: list[float] = []
    while len(found) < DRAWS:
        rows = min(DRAWS - len(found), max(1, CELLS_AT_ONCE // n))
        drawn = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        # Sum of 2 * rank - n - 1 over the ranks that one value takes up.
        weights = times * (2 * times.cumsum(axis=1) - times - n)
        found.extend((weights @ ordered) / np.maximum(n * (times @ ordered), np.finfo(float).tiny))
    low, high = round12(np.quantile(found, [0.025, 0.975]))
    return float(low), float(high)


def _top_shares(values: np.ndarray, total: float) -> pd.DataFrame:
    """What the largest hundredth, twentieth … of the customers bring; at least one customer each."""
    import pandas as pd

    rows = []
    for share in TOP_SHARES:
        count = max(1, round(share * values.size))
        spend = math.fsum(values[-count:])
        rows.append({"customers_share": share, "customers": count, "spend": spend, "spend_share": spend / total})
    return pd.DataFrame(rows)


def _lorenz(values: np.ndarray, total: float) -> pd.DataFrame:
    """Share of revenue of the smallest share of customers, at every customer or at a hundred of them."""
    import numpy as np
    import pandas as pd

    counts = np.unique(np.linspace(0, values.size, min(values.size, CURVE_POINTS) + 1).round().astype(int))
    cumulated = np.concatenate([[0.0], np.cumsum(values)])
    return pd.DataFrame({"customers_share": counts / values.size, "spend_share": cumulated[counts] / total})
