"""Small areas: means drawn towards everybody's before they are ranked, and seasons that two full years bear out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.methods._differences import FALSE_ALARMS, compare

if TYPE_CHECKING:
    import pandas as pd

    from seglib.methods._draft import Draft

LEVEL = 0.95  # of the test that areas differ
TABLES = 2  # searched for differences: categories and seasons
TWO_YEARS = 730 - 7  # days of data from which two years are full: the first order may come a few days after the data begin


def areas(values: pd.Series, area: pd.Series) -> tuple[pd.DataFrame, float]:
    """Means of areas by empirical Bayes: a random-effects model with one variance of customers and one of areas, by moments.

    Areas differ where Cochran's Q passes the chi-squared limit of .95: the moments alone find a variance of areas in every second world
    that has none. Intervals include that this variance and everybody's mean are estimated (Morris 1983).

    Args:
        values: A quantity of each customer.
        area: The customer's area, on the same index.

    Returns:
        One row an area, largest drawn-in mean first: area, customers, mean_spend, weight (0 to 1, how much of its own mean is
        kept), mean_drawn_in_spend, low and high (95 %); and the share of the variance of customers that lies between areas, 0 where the
        means differ no more than customers drawn at random would.
    """
    import numpy as np
    from scipy.stats import chi2

    each = values.astype(float).groupby(area.to_numpy()).agg(["size", "mean", "var"])
    n, mean = each["size"].to_numpy(float), each["mean"].to_numpy()
    within = float((each["var"].fillna(0.0) * (each["size"] - 1)).sum() / max(n.sum() - len(n), 1.0))
    between = 0.0
    if within > 0 and len(n) > 1:
        w = n / within
        q = float((w * (mean - (w * mean).sum() / w.sum()) ** 2).sum())
        if q > chi2.ppf(LEVEL, len(n) - 1):
            between = max(0.0, (q - (len(n) - 1)) / (w.sum() - (w**2).sum() / w.sum()))
    error = within / n
    weight = between / (between + error) if between > 0 else np.zeros(len(n))
    pull = 1 / (between + error) if within > 0 else n
    centre = float((pull * mean).sum() / pull.sum())
    drawn = centre + weight * (mean - centre)
    of_centre = (1 - weight) ** 2 / pull.sum() if within > 0 else np.zeros(len(n))
    of_between = 2 / max(len(n) - 3, 1) * ((1 - weight) * (mean - centre)) ** 2 if between > 0 else np.zeros(len(n))
    half = 1.959964 * np.sqrt(weight * error + of_centre + of_between)
    columns = {"customers": n.astype(int), "mean_spend": mean, "weight": weight, "mean_drawn_in_spend": drawn}
    table = each.assign(**columns, low=drawn - half, high=drawn + half)[[*columns, "low", "high"]].rename_axis("area").reset_index()
    spread = between / (between + within) if between > 0 else 0.0
    return table.sort_values(["mean_drawn_in_spend", "area"], ascending=[False, True], ignore_index=True), spread


def season_index(draft: Draft, group: pd.Series) -> pd.DataFrame | None:
    """Quarters of the calendar in which an area spends another share of its money than all do.

    A line stands where the two years together pass the test of ``compare`` and the index lies on the same side of 100 in each of them.

    Args:
        draft: The classification, with the side frame ``season_spend``.
        group: Area of each customer, by customer_id.

    Returns:
        group, category (Q1 to Q4), customers, share, everyone_share, index, q; None where there are no two full years.
    """
    seasons = draft.facts.get("season_spend")
    first = draft.customers["days_since_first_order"].max() if "days_since_first_order" in draft.customers.columns else 0
    if seasons is None or seasons.empty or not first + 1 >= TWO_YEARS:
        return None
    lines = seasons.assign(category="Q" + seasons["quarter"].astype("str"))
    both = compare(lines, {"area": group}, false_alarms=FALSE_ALARMS / TABLES)
    both = both[both["verdict"] == "stands_out"].drop(columns="verdict")
    for year in (1, 2):
        one = compare(lines[lines["year"] == year], {"area": group}).set_index(["group", "category"])["index"]
        then = [float(one.get(place, 100.0)) - 100 for place in zip(both["group"], both["category"], strict=True)]
        both = both[(both["index"] - 100) * then > 0]
    return both.reset_index(drop=True)
