"""Customers by how often they buy; use it where the number of visits, not their size, is to be steered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.binning import parse
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._draft import TIER_NAMES, Draft
from seglib.methods._signed import follows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D7",)
NEEDS = ("orders",)
USES = (
    "buying_days",
    "exposure_days",
    "spend",
    "lifetime_orders",
    "returns_only",
    "days_since_last_order",
    "days_since_previous_buying_day",
    "days_since_first_order",
    "history_days_before_first_order",
)
FACTS = ()
CHARTS = ("histogram", "class_bars")
ORDERED = True

BASES = {"orders": "orders", "rate": "rate"}
MOST_ONCE = 0.95  # above this share of one-time buyers there is no frequency to divide
MOST_OF_ONE = 0.90  # a class with more of the customers divides nobody
WEEK_DAYS = 7
AGES = ("days_since_last_order", "days_since_previous_buying_day", "days_since_first_order", "history_days_before_first_order")
MONTH_DAYS, FEWEST_DAYS = 30, 60  # a rate over fewer days is mostly luck
STARTS = ((0.5, 0.1), (1.0, 1.0), (5.0, 5.0))  # of the search for shape and rate
BOUNDS = (1e-3, 1e4)


@follows
def segment(customers: pd.DataFrame, *, tiers: str = "quantile:4+own1", basis: str = "orders") -> Segmentation:
    """Classes of customers by frequency.

    Args:
        customers: The customer table.
        tiers: Tier rule; with ``+own1`` customers with exactly one order are a class of their own, so that ``quantile:4+own1`` is
            one-time buyers and thirds of all others.
        basis: orders in the window; or rate: orders a month of exposure, drawn towards the average the less is known of a customer:
            (orders + r) / (months + a), months of 30 days, at least two, r and a by maximum likelihood, in ``details["shrinkage"]``.

    Returns:
        Classes high, medium, low and one_time; tier_1 (best), tier_2 … where the rule gives another number. A class with more than 90 % of
        the customers is said, and where they are the one-time buyers, the window that would divide them.

    Raises:
        ParameterError: No such basis.
        TableError: A column is lacking.
    """
    if basis not in BASES:
        raise ParameterError("basis == {basis!r}; purchase_frequency knows {bases}.", basis=basis, bases=", ".join(BASES))
    import pandas as pd

    needs = (*NEEDS, "exposure_days") if basis == "rate" else NEEDS
    draft = Draft("purchase_frequency", customers, needs=needs, params={"tiers": tiers, "basis": basis}, reads=needs[1:])
    draft.bought_once(MOST_ONCE)
    if basis == "rate":
        _shrink(draft)
    score = draft.score("F", BASES[basis], tiers)
    rules = draft.tier_rules(score, _names(tiers))
    result = draft.finish(scores=[score], rules=rules, ordered=ORDERED)
    if not _one_class(draft, result.profile):
        return result
    return replace(result, details={**result.details, "warnings": pd.DataFrame(draft.warnings, columns=["warning", "values"])})


def _one_class(draft: Draft, profile: pd.DataFrame) -> bool:
    """Does one class hold nearly everybody? Then it is said, and where these bought once, which window would divide them."""
    inside = profile[~profile["outside"]].set_index("segment")["customers"]
    if not inside.sum() or inside.max() <= MOST_OF_ONE * inside.sum():
        return False
    draft.warn("one_class", segment=str(inside.idxmax()), share=round(100 * inside.max() / inside.sum()))
    if inside.idxmax() == "one_time" and set(AGES) <= set(draft.customers.columns):
        days, share, history = longer_window(draft.customers, int(str(draft.params["window_days"])))
        if days:
            draft.warn("longer_window", days=days, share=round(100 * share), history=history)
        else:
            draft.warn("no_window", share=round(100 * share), history=history)
    return True


def longer_window(customers: pd.DataFrame, window_days: int) -> tuple[int, float, int]:
    """The shortest window in whole weeks, longer than this one, whose buyers are not nearly all one-time buyers.

    Args:
        customers: A customer table with the columns ``AGES``.
        window_days: The window it looks back on.

    Returns:
        The window in days, 0 where none within the history does; the share of its buyers who bought on one day alone (of the longest
        window, where none does); and the history in days.
    """
    import numpy as np

    last, before, first, early = (customers[name].to_numpy(float) for name in AGES)
    known = ~np.isnan(first)
    history = int((first + early)[known].max()) + 1 if known.any() else 0
    windows = np.arange(window_days - window_days % WEEK_DAYS + WEEK_DAYS, history + 1, WEEK_DAYS)
    buyers, again = (np.searchsorted(np.sort(ages[~np.isnan(ages)]), windows, side="left") for ages in (last, before))
    once = 1 - again / np.maximum(buyers, 1)
    enough = np.flatnonzero(once <= MOST_OF_ONE)
    if len(enough):
        return int(windows[enough[0]]), float(once[enough[0]]), history
    return 0, float(once[-1]) if len(once) else 1.0, history


def _names(tiers: str) -> list[str]:
    """Names of the classes, best first: the own class of one-time buyers is the last."""
    rule = parse(tiers)
    inside = rule.classes - int(rule.own1)
    names = TIER_NAMES.get(inside) or [f"tier_{number}" for number in range(1, inside + 1)]
    return [*names, "one_time"] if rule.own1 else list(names)


def _shrink(draft: Draft) -> None:
    """The column ``rate``: what orders and exposure lead to expect a month, if rates are spread over customers as a gamma distribution."""
    import pandas as pd

    months = draft.eligible["exposure_days"].astype(float).clip(lower=FEWEST_DAYS) / MONTH_DAYS
    orders = draft.eligible["orders"].astype(float)
    if not len(orders):
        draft.derive(Formula("rate", f"orders / (greatest(exposure_days, {FEWEST_DAYS}) / {MONTH_DAYS})"))
        return
    shape, rate = _gamma(orders.to_numpy(), months.to_numpy())
    draft.derive(Formula("rate", f"(orders + {shape}) / (greatest(exposure_days, {FEWEST_DAYS}) / {MONTH_DAYS} + {rate})"))
    found = {"gamma_shape": float(shape), "gamma_rate": float(rate), "average_rate": float(shape) / float(rate)}
    draft.fit |= found
    draft.details["shrinkage"] = pd.DataFrame(found.items(), columns=["measure", "value"])


def _gamma(orders: np.ndarray, months: np.ndarray) -> tuple[str, str]:
    """Shape r and rate a of the spread of monthly rates, by maximum likelihood, to six digits, as they stand in the printed formula.

    Everybody here has bought at least once, so orders are negative binomial given that they are not nought.
    """
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import gammaln

    # Equal customers once, with their number: quicker, and the order of the table plays no part.
    customers, n = np.unique(np.column_stack([orders, months]), axis=0, return_counts=True)
    x, t = customers.T

    def loss(logs: np.ndarray) -> float:
        r, a = np.exp(logs)
        none = r * np.log(a / (a + t))
        each = gammaln(r + x) - gammaln(r) - gammaln(x + 1) + none + x * np.log(t / (a + t)) - np.log(-np.expm1(none))
        return -float(n @ each) / float(n.sum())

    limits = [tuple(np.log(BOUNDS))] * 2
    found = [minimize(loss, np.log(start), method="L-BFGS-B", bounds=limits, options={"ftol": 1e-14, "gtol": 1e-9}) for start in STARTS]
    shape, rate = np.exp(min(found, key=lambda result: result.fun).x)
    return f"{shape:.6g}", f"{rate:.6g}"
