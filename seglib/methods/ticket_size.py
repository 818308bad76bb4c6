"""Customers by the size of their orders and how often they come; use it to tell large baskets from frequent visits."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.binning import cut, parse, round12
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
USES = ("mean_order_value", "lifetime_orders", "returns_only", "exposure_days", "geometric_mean_order_value", "order_value_log_sd")
FACTS = ()
CHARTS = ("quadrant", "class_bars")
ORDERED = False

BASES = {"median": "median_order_value", "mean": "mean_order_value"}
TICKETS = ("per_order", "per_customer")
LOGS = ("lifetime_orders", "geometric_mean_order_value", "order_value_log_sd")  # what reliability and certainty are computed from
LEAST_RELIABILITY = 0.2  # with the whole interval below, order size is no trait of the customer
LEVEL = 0.95
SURE = 0.9  # chance from which a customer's side is called sure
MIXTURE = "mixture"
MIN_BIC_GAIN, MAX_DIP_P = 10.0, 0.05
OVERLAP = 0.5  # rank correlation above which the two axes say much the same
SEED = 20170101
DIGITS = 9  # of a certainty

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
        The classes with the scores T and F (2 high, 1 low), from the first order on, and the column ``certainty``: the chance that the
        customer's order lies on this side of the cut in the long run (0 to 1), see ``details["certainty"]``. It decides no class.

    Raises:
        ParameterError: No such basis, a rule that does not give two classes, or a mixture where there are no two groups.
    """
    params = {"tiers": tiers, "f_tiers": f_tiers, "basis": basis, "ticket_basis": ticket_basis}
    _check(tiers, f_tiers, basis, ticket_basis)
    per_order = ticket_basis == "per_order"
    column = BASES[basis] if per_order else "spend"
    draft = Draft("ticket_size", customers, needs=(*NEEDS, column), params=params, reads=(column,))
    _figures(draft, column)
    scores = [_mixture(draft, column) if tiers == MIXTURE else draft.score("T", column, tiers)]
    if per_order:
        scores.append(draft.score("F", "orders", f_tiers))
    else:
        draft.warn("per_customer")
    known = _certain(draft, scores[0]) if per_order else None
    result = draft.finish(scores=scores, rules=_rules(draft, scores), ordered=ORDERED)
    return result if known is None else replace(result, details={**result.details, "certainty": _summary(result, known)})


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


def _certain(draft: Draft, ticket: Score) -> pd.Series | None:
    """The column ``certainty``, and the gate on the reliability of one order; None where neither can be computed.

    The long-run mean of a customer's log order value is taken as normal about the log of the cut, with the variance between customers; what
    his n orders show of it weighs n / (n + (1 - rho) / rho), rho being the reliability of one order.
    """
    import numpy as np
    import pandas as pd
    from scipy.stats import norm

    repeated = draft.customers[draft.customers["lifetime_orders"] > 1] if set(LOGS) <= set(draft.customers.columns) else pd.DataFrame()
    if not ticket.cuts or len(repeated) < 2:
        draft.warn("certainty_unknown")
        return None
    orders, logs, spread = _order_logs(repeated)
    rho, low, high, between = reliability(orders, logs, spread)
    draft.gate("order_size_trait", passed=high >= LEAST_RELIABILITY, found=round(high, 3), needed=LEAST_RELIABILITY)
    figures = {"order_reliability": rho, "order_reliability_low": low, "order_reliability_high": high}
    draft.fit |= figures
    table = draft.details["ticket_figures"]
    draft.details["ticket_figures"] = pd.concat([table, pd.DataFrame(list(figures.items()), columns=table.columns)], ignore_index=True)
    inside = draft.eligible
    orders, logs, _ = _order_logs(inside)
    upper = cut(round12(inside[ticket.input].to_numpy(float)), ticket.cuts, closed=ticket.closed) == 2
    weight = orders * rho / (orders * rho + 1 - rho)
    above = weight * (logs - math.log(ticket.cuts[0]))
    error = np.sqrt(between * (1 - weight))
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.where(above == 0, 0.5, norm.cdf(np.where(upper, above, -above) / error))
    known = pd.Series(float("nan"), index=draft.customers.index)
    known[draft.inside.to_numpy()] = chance.round(DIGITS)
    draft.flags["certainty"] = known
    return known


def _order_logs(customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orders, mean and standard deviation of the log order value of each customer."""
    import numpy as np

    orders, middle, spread = (customers[name].to_numpy(float) for name in LOGS)
    return orders, np.log(middle), spread


def reliability(orders: np.ndarray, means: np.ndarray, spreads: np.ndarray) -> tuple[float, float, float, float]:
    """How far one order tells customers apart: the share of the variance of log order values that lies between customers.

    The intraclass correlation of a one-way analysis of variance with unequal numbers, and its interval from the F distribution (Searle
    1971), which is exact for equal numbers.

    Args:
        orders: Orders of each customer, two or more.
        means: Mean log order value of each.
        spreads: Standard deviation of the log order value within each (divided by n, not by n - 1).

    Returns:
        The correlation, its 95 % interval, all within 0 and 1, and the variance between customers.
    """
    from scipy.stats import f

    total, between, within = float(orders.sum()), len(orders) - 1, float(orders.sum()) - len(orders)
    mean = float((orders * means).sum()) / total
    ms_between = float((orders * (means - mean) ** 2).sum()) / between
    ms_within = float((orders * spreads**2).sum()) / within
    size = (total - float((orders**2).sum()) / total) / between

    def correlation(ratio: float) -> float:
        return float(round12(min(max((ratio - 1) / (ratio + size - 1), 0.0), 1.0)))

    if ms_within <= 0:
        return (1.0, 1.0, 1.0, ms_between / size) if ms_between > 0 else (0.0, 0.0, 1.0, 0.0)
    ratio, tail = ms_between / ms_within, (1 - LEVEL) / 2
    low, high = ratio / float(f.isf(tail, between, within)), ratio * float(f.isf(tail, within, between))
    return correlation(ratio), correlation(low), correlation(high), max((ms_between - ms_within) / size, 0.0)


def _summary(result: Segmentation, known: pd.Series) -> pd.DataFrame:
    """Certainty by class: its mean, which is the share of the class expected to be right, and the share of those who are sure."""
    import pandas as pd

    frame = pd.DataFrame(
        {"segment": result.assignments["segment"].to_numpy(), "known": known.to_numpy(), "sure": (known >= SURE).to_numpy()}
    )
    found = frame.groupby("segment").agg(customers=("known", "size"), certainty_share=("known", "mean"), sure_share=("sure", "mean"))
    return found.reindex([name for name in result.scheme.classes if name in found.index]).rename_axis("segment").reset_index()


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
    even = _equally_likely(curves)
    if gain < MIN_BIC_GAIN or p >= MAX_DIP_P or even is None:
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
    return Score("T", column, (float(round12(middle * math.exp(even))),), (1, 2), "left", tiers=MIXTURE)


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
