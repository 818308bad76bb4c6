"""Customers by what they buy more than others do; use it to choose whom to show which goods, and what to offer next."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from seglib.customers.goods import PREFERENCE_SHARE, SUMS
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
USES = ("preference_next_lq", "preference_next_lines", "preference_share", "orders", "spend", "lifetime_orders", "returns_only",
        "exposure_days")  # fmt: skip
FACTS = ("category_lines",)
CHARTS = ("class_bars",)
ORDERED = False
EXEMPT = {"M10": "A preference rests on lines, and a line in two rows is two lines."}

BROAD = "broad"
KEY = 22  # letters of a key, so that a number may follow
KAPPA = 10.0  # lines at which a location quotient counts half, where the table does not tell
NO_TASTE = 1e6  # lines in place of infinitely many
LEAST_KAPPA = 0.5  # a share of n lines is never surer than that of n + 1/2
FALSE_ALARMS = 0.01  # of the tests that customers differ by more than chance


@follows
def segment(
    customers: pd.DataFrame, *, kappa: str = "data", least_lq: float = 1.25, least_lines: int = 5, lead: float = 1.0
) -> Segmentation:
    """The group of goods a customer prefers, as far as the lines bear it out.

    The location quotient of spend is the group's share of the customer's spend over its share of everybody's. Its logarithm is drawn
    towards nought by n / (n + kappa), n the lines in the group: a single line proves no taste. How many lines do follows from the data:
    where customers are no more different than chance makes them, no number does, and everybody is broad. The group has to lead the one
    behind it by ``lead`` standard errors, each of variance 1 / (n + kappa).

    Where a line is the sum of a period (one a customer and group, of most groups), lines tell nothing, and money decides: the logarithm is
    drawn in by s / (s + .05), s the share of the customer's spend, and groups under 5 % of the market do not count. Then no error is known:
    customers differ beyond chance where what they spend on one group against another goes with the same of two further groups.

    Args:
        customers: The customer table, asked for with
            ``client.customers(also=(*product_preference.NEEDS, *product_preference.USES), facts=product_preference.FACTS)``.
        kappa: Lines at which the location quotient counts half, or ``data``: as ``concentration`` finds it for a group of average size
            (10 where the table carries no lines by group).
        least_lq: Smallest drawn-in location quotient of a preference; 1 is the market.
        least_lines: Fewest lines of it, where lines decide.
        lead: Least lead over the group behind it, in standard errors, where lines decide and the table carries that group.

    Returns:
        A class a group (its key is made from the group's name), and broad for everybody else. ``details["groups"]`` has the groups with
        their share of the market, ``details["next"]`` what to offer next: pairs of groups by lift over chance, at least 30 customers with
        both, and ``details["next_test"]`` how often it names a group the customer holds, beside naming the most popular one.
        ``details["patterns"]`` are patterns of buying across groups, where hidden cells bear any out (``details["pattern_search"]``).

    Raises:
        ParameterError: A limit is below nought.
        TableError: A column is lacking.
    """
    params = {"kappa": kappa, "least_lq": least_lq, "least_lines": least_lines, "lead": lead}
    half = _number(kappa)
    if half is None or half < 0 or least_lq <= 0 or least_lines < 0 or lead < 0:
        raise ParameterError(
            "product_preference: kappa is data or a number from 0, least_lines and lead 0 or more and least_lq above 0; found {found}.",
            found=params,
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
    group = Score("G", "group", tuple(place + 0.5 for place in range(1, len(keys))), tuple(range(1, len(keys) + 1)), hidden=True)
    clear = Score("L", "preference", (_log(least_lq),), (0, 1), "left", tiers="fixed")
    if kappa == "data" and "preference_share" in draft.customers.columns and sums(draft.facts.get("category_lines")):
        scores, built_on = [clear], ("preference_lq", "preference_share")
        _by_money(draft)
    else:
        half = _tastes(draft) if kappa == "data" else half
        scores, built_on = [clear, *_by_lines(draft, half, least_lines, lead)], ("preference_lq", "preference_lines")
    rules = [Rule(key, {"G": (place,), **{score.name: (1,) for score in scores}}) for place, key in enumerate(keys.values(), start=1)]
    _groups(draft)
    return draft.finish(scores=[*scores, group], rules=rules, ordered=ORDERED, otherwise=BROAD, built_on=built_on)


def _by_lines(draft: Draft, half: float, least_lines: int, lead: float) -> list[Score]:
    """The column ``preference``, drawn in by lines; and the scores of lines enough and of a lead over the group behind."""
    draft.derive(Formula("preference", f"log(preference_lq) * preference_lines / (preference_lines + {half!r})"))
    scores = [Score("N", "preference_lines", (float(least_lines),), (0, 1), "left", tiers="fixed")]
    if not {"preference_next_lq", "preference_next_lines"} <= set(draft.customers.columns):
        return scores
    lines, among = "coalesce(preference_next_lines, 0)", max(half, LEAST_KAPPA)
    behind = f"coalesce(log(preference_next_lq) * preference_next_lines / (preference_next_lines + {half!r}), 0)"
    error = f"sqrt(1 / (preference_lines + {among!r}) + 1 / ({lines} + {among!r}))"
    draft.derive(Formula("preference_lead", f"(preference - {behind}) / {error}"))
    return [*scores, Score("A", "preference_lead", (float(lead),), (0, 1), "left", tiers="fixed")]


def _by_money(draft: Draft) -> None:
    """The column ``preference``, drawn in by the share of spend; nought for all where groups do not go together beyond chance."""
    import pandas as pd

    lines = draft.facts["category_lines"]
    lines = lines[lines["customer_id"].isin(draft.eligible["customer_id"])]
    money = pd.crosstab(lines["customer_id"], lines["category"], values=lines["spend"], aggfunc="sum")
    found, needed = together(money.to_numpy(float))
    draft.gate("groups_go_together", passed=found > needed, found=round(found, 2), needed=round(needed, 2))
    draft.warn("by_money")
    drawn = f"log(preference_lq) * preference_share / (preference_share + {PREFERENCE_SHARE!r})"
    draft.derive(Formula("preference", drawn if found > needed else "0 * preference_lq"))


def sums(lines: pd.DataFrame | None) -> bool:
    """Is a line the sum of a period: at most one group of a customer in twenty has a second line, and customers have half of all groups?

    Args:
        lines: The side frame ``category_lines`` of all customers.
    """
    if lines is None or lines.empty:
        return False
    every = lines["customer_id"].nunique() * lines["category"].nunique()
    return bool(SUMS * int((lines["lines"] > 1).sum()) <= len(lines) and 2 * len(lines) >= every)


def together(money: np.ndarray) -> tuple[float, float]:
    """The largest rank correlation between what is spent on one group against another and the same of two further groups.

    However differently groups scatter, two such ratios have nothing in common where every group of every customer scatters by itself.

    Args:
        money: Customers in rows, groups in columns; missing where nothing was bought.

    Returns:
        The largest absolute correlation, 0 with fewer than four groups; what chance passes once in a hundred, all of them together.
    """
    import numpy as np
    from scipy.stats import norm, spearmanr

    logs = np.log(np.where(money > 0, money, np.nan))
    pairs = list(itertools.combinations(range(logs.shape[1]), 2))
    crossed = [(one, other) for one, other in itertools.combinations(pairs, 2) if not set(one) & set(other)]
    surest, found, needed = 0.0, 0.0, 1.0
    for (a, b), (c, d) in crossed:
        first, second = logs[:, a] - logs[:, b], logs[:, c] - logs[:, d]
        known = ~np.isnan(first + second)
        if known.sum() < MIN_ELIGIBLE:
            continue
        r = abs(float(spearmanr(first[known], second[known]).statistic))
        # The variance of Fisher's transform of a rank correlation is 1.06 / (n - 3).
        limit = float(np.tanh(norm.isf(FALSE_ALARMS / 2 / len(crossed)) * np.sqrt(1.06 / (known.sum() - 3))))
        if r / limit > surest:
            surest, found, needed = r / limit, r, limit
    return found, needed


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
