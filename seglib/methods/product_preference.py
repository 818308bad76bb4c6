"""Customers by what they buy more than others do; use it to choose whom to show which goods, and what to offer next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._draft import MIN_ELIGIBLE, Draft
from seglib.methods._next_goods import lifts, tested
from seglib.methods._patterns import tell_patterns
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D17",)
NEEDS = ("preferred_category", "preference_lq", "preference_lines")
USES = ("orders", "spend", "lifetime_orders", "returns_only", "exposure_days")
FACTS = ("category_lines",)
CHARTS = ("class_bars",)
ORDERED = False
EXEMPT = {"M10": "A preference rests on lines, and a line in two rows is two lines."}

BROAD = "broad"
KEY = 22  # letters of a key, so that a number may follow
KAPPA = 10.0  # lines at which a location quotient counts half, where the table does not tell
NO_TASTE = 1e6  # lines in place of infinitely many


@follows
def segment(customers: pd.DataFrame, *, kappa: str = "data", least_lq: float = 1.25, least_lines: int = 5) -> Segmentation:
    """The group of goods a customer prefers, as far as the lines bear it out.

    The location quotient of spend is the group's share of the customer's spend over its share of everybody's. Its logarithm is drawn
    towards nought by n / (n + kappa), n the lines in the group: a single line proves no taste. How many lines do follows from the data:
    where customers are no more different than chance makes them, no number does, and everybody is broad.

    Args:
        customers: The customer table, asked for with ``client.customers(also=product_preference.NEEDS, facts=product_preference.FACTS)``.
        kappa: Lines at which the location quotient counts half, or ``data``: as ``concentration`` finds it for a group of average size
            (10 where the table carries no lines by group).
        least_lq: Smallest drawn-in location quotient of a preference; 1 is the market.
        least_lines: Fewest lines of it.

    Returns:
        A class a group (its key is made from the group's name), and broad for everybody else. ``details["groups"]`` has the groups with
        their share of the market, ``details["next"]`` what to offer next: pairs of groups by lift over chance, at least 30 customers with
        both, and ``details["next_test"]`` how often it names a group the customer holds, beside naming the most popular one.
        ``details["patterns"]`` are patterns of buying across groups, where hidden cells bear any out (``details["pattern_search"]``).

    Raises:
        ParameterError: A limit is below nought.
        TableError: A column is lacking.
    """
    params = {"kappa": kappa, "least_lq": least_lq, "least_lines": least_lines}
    half = _number(kappa)
    if half is None or half < 0 or least_lq <= 0 or least_lines < 0:
        raise ParameterError(
            "product_preference: kappa is data or a number from 0, least_lines 0 or more and least_lq above 0; found {found}.", found=params
        )
    draft = Draft("product_preference", customers, needs=NEEDS, params=params)
    keys = keys_of(draft.eligible["preferred_category"].dropna().unique())
    numbers = {name: float(place) for place, name in enumerate(keys, start=1)}
    if keys:
        draft.derive(Formula("group", "preferred_category", numbers))
        draft.set_apart("unknown_preferred_category", "group")
    _gates(draft, len(keys))
    draft.details["names"] = _names(keys)
    if not keys:
        return draft.finish(scores=[], rules=[], ordered=ORDERED, otherwise=BROAD)
    half = _tastes(draft) if kappa == "data" else half
    draft.derive(Formula("preference", f"log(preference_lq) * preference_lines / (preference_lines + {half!r})"))
    group = Score("G", "group", tuple(place + 0.5 for place in range(1, len(keys))), tuple(range(1, len(keys) + 1)), hidden=True)
    clear = Score("L", "preference", (_log(least_lq),), (0, 1), "left", tiers="fixed")
    enough = Score("N", "preference_lines", (float(least_lines),), (0, 1), "left", tiers="fixed")
    rules = [Rule(key, {"G": (place,), "L": (1,), "N": (1,)}) for place, key in enumerate(keys.values(), start=1)]
    _groups(draft)
    return draft.finish(scores=[clear, enough, group], rules=rules, ordered=ORDERED, otherwise=BROAD,
                          built_on=("preference_lq", "preference_lines"))  # fmt: skip


def keys_of(names: np.ndarray) -> dict[str, str]:
    """Name of a group -> key of its class: its letters and digits in lower case, a number behind where two names come to the same.

    >>> keys_of(["MEAT-PCKGD", "Meat pckgd", "乳品"])
    {'MEAT-PCKGD': 'meat_pckgd', 'Meat pckgd': 'meat_pckgd_2', '乳品': '乳品'}
    """
    keys: dict[str, str] = {}
    for name in sorted(names):
        key = re.sub(r"\W+", "_", str(name).lower()).strip("_") or "group"
        key = key[:KEY].strip("_")
        key = f"of_{key}" if key in (BROAD, "all") or key.startswith(("unknown_", "no_orders", "net_", "returns_")) else key
        taken, number = key, 2
        while taken in keys.values():
            taken, number = f"{key}_{number}", number + 1
        keys[name] = taken
    return keys


def _names(keys: Mapping[str, str]) -> pd.DataFrame:
    """What the client calls the group behind each class."""
    import pandas as pd

    return pd.DataFrame({"segment": list(keys.values()), "name": [str(name) for name in keys]})


def _log(value: float) -> float:
    from math import log

    return float(f"{log(value):.12g}")


def _number(kappa: str) -> float | None:
    """What a text says of kappa: 10 for ``data`` (until the data say more), None where it is no number."""
    try:
        return float(kappa) if kappa != "data" else KAPPA
    except ValueError:
        return None


def _tastes(draft: Draft) -> float:
    """Lines at which a location quotient counts half, and the gate that customers differ by more than chance."""
    lines = draft.facts.get("category_lines")
    if lines is None or lines.empty:
        return KAPPA
    lines = lines[lines["customer_id"].isin(draft.eligible["customer_id"])]
    counts = lines.pivot_table(index="customer_id", columns="category", values="lines", aggfunc="sum", fill_value=0).to_numpy(float)
    spread, limit, together = concentration(counts)
    draft.gate("differ_beyond_chance", passed=spread > limit, found=round(spread, 2), needed=round(limit, 2))
    draft.fit["dispersion"] = float(f"{spread:.12g}")
    return float(f"{min(together / max(counts.shape[1], 1), NO_TASTE):.12g}")


def concentration(counts: np.ndarray) -> tuple[float, float, float]:
    """How far customers differ in what they buy, beyond what the number of lines lets chance do.

    The law is Dirichlet-multinomial (Mosimann 1962): everybody's shares are drawn around the market's. Pearson's statistic over its degrees
    of freedom is 1 where there are no tastes, and (n + A) / (1 + A) where the shares have concentration A.

    Args:
        counts: Lines, customers in rows and groups in columns.

    Returns:
        The statistic over its degrees of freedom; the limit that chance passes once in a hundred; A, infinite where there is no taste.
    """
    import numpy as np
    from scipy.stats import chi2

    counts = counts[counts.sum(axis=1) > 1][:, counts.sum(axis=0) > 0]
    if counts.shape[0] < 2 or counts.shape[1] < 2:
        return 0.0, 1.0, np.inf
    lines = counts.sum(axis=1)
    expected = np.outer(lines, counts.sum(axis=0) / counts.sum())
    freedom = (len(counts) - 1) * (counts.shape[1] - 1)
    spread = float(((counts - expected) ** 2 / expected).sum() / freedom)
    limit = float(chi2.ppf(0.99, freedom) / freedom)
    return spread, limit, max((lines.mean() - spread) / (spread - 1), 0.0) if spread > 1 else np.inf


def _gates(draft: Draft, groups: int) -> None:
    eligible = int(draft.inside.sum())
    draft.gate("eligible_customers", passed=eligible >= MIN_ELIGIBLE, found=eligible, needed=MIN_ELIGIBLE)
    draft.gate("groups", passed=groups >= 2, found=groups, needed=2)


def _groups(draft: Draft) -> None:
    """What the groups are, what the largest share of spend would say, and what to offer next."""
    import pandas as pd

    lines = draft.facts.get("category_lines")
    if lines is None or lines.empty:
        return
    lines = lines[lines["customer_id"].isin(draft.eligible["customer_id"])].sort_values(["customer_id", "category"])
    total = (
        lines.groupby("category").agg(customers=("customer_id", "nunique"), lines=("lines", "sum"), spend=("spend", "sum")).reset_index()
    )
    largest = (
        lines.sort_values(["customer_id", "spend", "category"], ascending=[True, False, True]).groupby("customer_id")["category"].first()
    )
    by_spend = largest.value_counts(normalize=True)
    total["spend_share"] = total["spend"] / total["spend"].sum()
    total["largest_of_share"] = total["category"].map(by_spend).fillna(0.0)
    draft.details["groups"] = total.sort_values(["spend", "category"], ascending=[False, True], ignore_index=True)
    draft.fit["largest_of_share"] = float(by_spend.iloc[0])
    held = pd.crosstab(lines["customer_id"], lines["category"]) > 0
    draft.details["next"] = lifts(held)
    draft.details["next_test"] = tested(held)
    tell_patterns(draft, lines)
