"""Customers by how often they buy; use it where the number of visits, not their size, is to be steered."""

from __future__ import annotations

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
USES = ("exposure_days", "spend", "lifetime_orders", "returns_only")
FACTS = ()
CHARTS = ("histogram", "class_bars")
ORDERED = True

BASES = {"orders": "orders", "rate": "rate"}
MOST_ONCE = 0.95  # above this share of one-time buyers there is no frequency to divide
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
        Classes high, medium, low and one_time; tier_1 (best), tier_2 … where the rule gives another number.

    Raises:
        ParameterError: No such basis.
        TableError: A column is lacking.
    """
    if basis not in BASES:
        raise ParameterError("basis == {basis!r}; purchase_frequency knows {bases}.", basis=basis, bases=", ".join(BASES))
    needs = (*NEEDS, "exposure_days") if basis == "rate" else NEEDS
    draft = Draft("purchase_frequency", customers, needs=needs, params={"tiers": tiers, "basis": basis}, reads=needs[1:])
    draft.bought_once(MOST_ONCE)
    if basis == "rate":
        _shrink(draft)
    score = draft.score("F", BASES[basis], tiers)
    return draft.finish(scores=[score], rules=draft.tier_rules(score, _names(tiers)), ordered=ORDERED)


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
