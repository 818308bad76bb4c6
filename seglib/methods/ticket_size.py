"""Customers by the size of their orders and how often they come; use it to tell large baskets from frequent visits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seglib.binning import parse, round12
from seglib.errors import ParameterError
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D5",)
NEEDS = ("orders", "spend", "median_order_value")
USES = ("mean_order_value", "lifetime_orders", "returns_only", "exposure_days")
FACTS = ()
CHARTS = ("quadrant", "class_bars")
ORDERED = False

BASES = {"median": "median_order_value", "mean": "mean_order_value"}
TICKETS = ("per_order", "per_customer")
FEWEST_ORDERS = 3  # a customer's usual order cannot be told from one or two
MIXTURE = "mixture"
MIN_BIC_GAIN, MAX_DIP_P = 10.0, 0.05
OVERLAP = 0.5  # rank correlation above which the two axes say much the same
SEED = 20170101

# Ticket size and frequency, high (2) and low (1).
QUADRANTS = {
    "high_ticket_frequent": (2, 2),
    "high_ticket_occasional": (2, 1),
    "low_ticket_frequent": (1, 2),
    "low_ticket_occasional": (1, 1),
}


@follows(describes=True)
def segment(
    customers: pd.DataFrame,
    *,
    tiers: str = "median",
    f_tiers: str = "quantile:2",
    basis: str = "median",
    ticket_basis: str = "per_order",
) -> Segmentation:
    """High and low ticket, frequent and occasional: four classes.

    Args:
        customers: The customer table.
        tiers: Where a high ticket begins: a tier rule of two classes (``median`` of the customers, ``mean``, ``fixed:100``, ``top:20,80``),
            or mixture: where two bell curves of log order value are equally likely, refused unless the data show two groups.
        f_tiers: Where frequent begins, a tier rule of two classes on orders; ``quantile:2``: more orders than the median customer.
        basis: The customer's ticket: median or mean value of his orders.
        ticket_basis: per_order; or per_customer, which is no more than his spend: then the ticket axis is spend and frequency is left out.

    Returns:
        The classes with the scores T and F (2 high, 1 low). Customers with one or two orders are in ``too_few_orders``.

    Raises:
        ParameterError: No such basis, a rule that does not give two classes, or a mixture where there are no two groups.
    """
    params = {"tiers": tiers, "f_tiers": f_tiers, "basis": basis, "ticket_basis": ticket_basis}
    _check(tiers, f_tiers, basis, ticket_basis)
    per_order = ticket_basis == "per_order"
    column = BASES[basis] if per_order else "spend"
    least = {"orders": FEWEST_ORDERS} if per_order else {}
    draft = Draft("ticket_size", customers, needs=(*NEEDS, column), params=params, reads=(column,), least=least)
    _figures(draft, column)
    scores = [_mixture(draft, column) if tiers == MIXTURE else draft.score("T", column, tiers)]
    if per_order:
        scores.append(draft.score("F", "orders", f_tiers))
    else:
        draft.warn("per_customer")
    return draft.finish(scores=scores, rules=_rules(draft, scores), ordered=ORDERED)


def _check(tiers: str, f_tiers: str, basis: str, ticket_basis: str) -> None:
    if basis not in BASES or ticket_basis not in TICKETS:
        raise ParameterError(
            "ticket_size: basis == {basis!r}, ticket_basis == {ticket_basis!r}; basis is median or mean, ticket_basis per_order or "
            "per_customer.",
            basis=basis,
            ticket_basis=ticket_basis,
        )
    for rule in (tiers, f_tiers):
        if rule != MIXTURE and parse(rule).classes != 2:
            raise ParameterError(
                "ticket_size divides high from low; {rule!r} gives {n} classes. Use median, mean, fixed:100 or top:20,80.",
                rule=rule,
                n=parse(rule).classes,
            )
    if f_tiers == MIXTURE:
        raise ParameterError("f_tiers: mixture is for the ticket alone; use quantile:2 or fixed:12.")


def _rules(draft: Draft, scores: list[Score]) -> list[Rule]:
    """The four classes; two where there is no cut between frequent and occasional, one where there is none between the tickets."""
    import pandas as pd

    ticket = scores[0]
    if not ticket.cuts:
        return [Rule("all", {})]
    if len(scores) == 1 or not scores[1].cuts:
        return [Rule("high_ticket", {"T": (2,)}), Rule("low_ticket", {"T": (1,)})]
    draft.details["truth_table"] = pd.DataFrame([(t, f, name) for name, (t, f) in QUADRANTS.items()], columns=["T", "F", "segment"])
    return [Rule(name, {"T": (t,), "F": (f,)}) for name, (t, f) in QUADRANTS.items()]


def _figures(draft: Draft, column: str) -> None:
    """Sales an order and a customer (both are called the average ticket), and whether ticket and frequency are two things."""
    import pandas as pd

    buyers = draft.customers[draft.customers["orders"] > 0]
    spend, orders = math.fsum(buyers["spend"].dropna()), int(buyers["orders"].sum())
    if orders:
        draft.fit |= {"sales_per_order": float(round12(spend / orders)), "sales_per_customer": float(round12(spend / len(buyers)))}
    eligible = draft.eligible[[column, "orders"]].astype(float)
    if len(eligible):
        draft.fit["median_ticket"] = float(round12(eligible[column].median()))
    if column != "spend" and (eligible.nunique() > 1).all():
        rho = float(round12(eligible[column].rank().corr(eligible["orders"].rank())))
        draft.fit["ticket_orders_correlation"] = rho
        if abs(rho) >= OVERLAP:
            draft.warn("axes_overlap", rho=round(rho, 2))
    draft.details["ticket_figures"] = pd.DataFrame(list(draft.fit.items()), columns=["measure", "value"])


def _mixture(draft: Draft, column: str) -> Score:
    """The cut at which two bell curves of log ticket are equally likely, if two describe the customers better and a valley lies between."""
    import numpy as np
    import pandas as pd

    from seglib.separation import dip

    tickets = draft.eligible[column].astype(float)
    tickets = np.sort(tickets[tickets > 0].to_numpy())
    if np.unique(tickets).size < 2:
        return draft.score("T", column, "median")
    middle = float(np.median(tickets))
    # In units of the median: the currency must not play a part, down to the last digit.
    logs = np.log(round12(tickets / middle))
    gain, curves = _two_curves(logs)
    p = float(dip(logs)[1])
    cut = _equally_likely(curves)
    if gain < MIN_BIC_GAIN or p >= MAX_DIP_P or cut is None:
        raise ParameterError(
            "tiers: mixture: the order values show no two groups (BIC gain {gain:.1f}, needed {needed:.0f}; dip test p = {p:.3f}, needed "
            "below {most}). Use median.",
            gain=gain,
            needed=MIN_BIC_GAIN,
            p=p,
            most=MAX_DIP_P,
        )
    draft.fit |= {"bic_gain": gain, "dip_p": p}
    draft.details["mixture"] = pd.DataFrame(
        {
            "group": ["low", "high"],
            "weight_share": [share for share, _, _ in curves],
            "ticket": [middle * math.exp(mean) for _, mean, _ in curves],
        }
    )
    return Score("T", column, (float(round12(middle * math.exp(cut))),), (1, 2), "left", tiers=MIXTURE)


def _two_curves(logs: np.ndarray) -> tuple[float, list[tuple[float, float, float]]]:
    """How much two normal curves beat one by BIC, and the two: share, mean, variance, the lower one first."""
    from sklearn.mixture import GaussianMixture

    values = logs.reshape(-1, 1)
    one, two = (GaussianMixture(k, n_init=3, tol=1e-7, max_iter=2000, random_state=SEED).fit(values) for k in (1, 2))
    curves = sorted(zip(two.weights_, two.means_.ravel(), two.covariances_.ravel(), strict=True), key=lambda curve: curve[1])
    return float(one.bic(values) - two.bic(values)), [(float(a), float(b), float(c)) for a, b, c in curves]


def _equally_likely(curves: list[tuple[float, float, float]]) -> float | None:
    """Where between their means both curves are equally likely; None where one covers the other."""
    from scipy.optimize import brentq

    def lead(x: float) -> float:
        (a, m, u), (b, n, v) = curves
        return math.log(b / a) - 0.5 * math.log(v / u) - (x - n) ** 2 / (2 * v) + (x - m) ** 2 / (2 * u)

    low, high = curves[0][1], curves[1][1]
    return float(brentq(lead, low, high)) if lead(low) < 0 < lead(high) else None
