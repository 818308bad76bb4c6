"""Who will use an offer? A rule from behaviour and history, learned on one quarter, frozen, and judged on the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.errors import DataError
from seglib.review import measures

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client

HABITS = ("used", "unused", "never_sent")
LEAST, TWICE, FOUR_WEEKS = 30, 2.0, 28  # customers a cell needs for a rate of its own; times the overall rate from which a cell is a target
COLUMNS = ("offers_sent", "offers_redeemed")


@dataclass(frozen=True, eq=False)
class OfferUse:
    """A rule for whom to send an offer, and what it was worth in the quarter after it was frozen.

    Attributes:
        cells: One row a cell of habit (what became of earlier offers) and value tier: customers and rate of use in the quarter the rule was
            learned on, the rate the rule gives, whether it is a target, customers and rate in the quarter it is judged on.
        lists: The target customers, and as many chosen otherwise: chosen_by, customers, users, rate with low and high, users_share.
        ranks: One row a way of ranking: chosen_by, auc with low and high; difference of the rule's auc to it, with low and high.
        learned, judged: Counts of a quarter: first, last, customers (with an order in the window before), offered, users, rate.
        window_days: Window of behaviour and history, the same before both quarters.
        plan: For a test on the target customers: customers, mean and deviation of the quarter's spend, correlation with the quarter
            before, smallest difference that halves can show (in money and as a share of the mean).
    """

    cells: pd.DataFrame
    lists: pd.DataFrame
    ranks: pd.DataFrame
    learned: dict[str, object]
    judged: dict[str, object]
    window_days: int
    plan: dict[str, float]


def offer_use(client: Client, *, learn: str, split: str, draws: int = 1000, seed: int = 0) -> OfferUse:
    """Learn who uses offers in the quarter from ``learn`` to the eve of ``split``; judge the rule on as many days from then on.

    Only customers to whom an offer held in the quarter are looked at: nobody else could use one. Whom the firm sent offers to was its own
    choice, so that rates hold for such customers, and say nothing about what an offer adds to sales.

    Args:
        client: The client; offers with ``sent_at``, ``ends_at`` and ``redeemed_at`` are needed.
        learn: First day of the quarter the rule is learned on.
        split: First day of the quarter it is judged on.
        draws: Bootstrap samples of customers.
        seed: Draws the samples.

    Raises:
        DataError: There are no offers that were sent and used, or no history before ``learn``.
    """
    import pandas as pd

    lacking = [name for name in COLUMNS if name not in client.columns]
    first, second, born = pd.Timestamp(learn), pd.Timestamp(split), pd.Timestamp(client.calendar.first)
    window = (first - born).days // 7 * 7
    if lacking:
        raise DataError("the data have no {columns}; map sent_at and redeemed_at of the offers table.", columns=", ".join(lacking))
    if window < FOUR_WEEKS or first >= second:
        raise DataError(
            "learn {learn} and split {split}: the orders begin on {first}; choose a later day to learn from, and one after it to judge by.",
            learn=learn,
            split=split,
            first=str(born.date()),
        )
    days = (second - first).days
    before, scheme = _quarter(client, first, days, window)
    after, _ = _quarter(client, second, days, window, scheme)
    rule = _rule(before)
    after = after.merge(rule, on=["habit", "tier"], how="left", suffixes=("", "_rule"))
    after["score"] = after["score"].fillna(before["used"].mean())
    after["target"] = after["target"].fillna(False).astype(bool)
    offered = after[after["offered"]].reset_index(drop=True)
    if offered["target"].sum() < LEAST:
        raise DataError(
            "no group of {needed} customers used offers at {times} times the usual rate before {split}: there is nobody to choose.",
            needed=LEAST,
            times=int(TWICE),
            split=split,
        )
    return OfferUse(
        cells=_cells(rule, before, after),
        lists=_lists(offered),
        ranks=_ranks(offered, draws, seed),
        learned=_counts(before, first, days),
        judged=_counts(after, second, days),
        window_days=window,
        plan=_plan(after[after["target"]]),
    )


def _quarter(client: Client, start: pd.Timestamp, days: int, window: int, scheme: object = None) -> tuple[pd.DataFrame, object]:
    """Customers who had bought before a quarter: habit and tier on its eve, whether an offer held for them in it, whether one was used."""
    import numpy as np
    import pandas as pd

    from seglib.methods import value_tier
    from seglib.segmentation import assign

    eve, last = start - pd.Timedelta(days=1), start + pd.Timedelta(days=days - 1)
    base = client.customers(as_of=str(eve.date()), window_days=window, also=COLUMNS)
    base = base[base["orders"] > 0].reset_index(drop=True)
    tiers = value_tier.segment(base) if scheme is None else None
    definition = tiers.scheme if tiers is not None else scheme
    classed = tiers.assignments if tiers is not None else assign(definition, base)  # type: ignore[arg-type]
    following = client.customers(as_of=str(last.date()), window_days=days, columns=("spend", "offers_redeemed"), facts=()).set_index(
        "customer_id"
    )
    offers = client.tables["offers"].execute()
    held = offers[(offers["sent_at"] <= last + pd.Timedelta(hours=24)) & (offers["ends_at"] >= start)]["customer_id"]
    known = following.reindex(base["customer_id"])
    frame = pd.DataFrame(
        {
            "tier": classed.set_index("customer_id")["segment"].reindex(base["customer_id"]).to_numpy(),
            "habit": np.select([base["offers_redeemed"] > 0, base["offers_sent"] > 0], HABITS[:2], HABITS[2]),
            "spend": base["spend"].to_numpy(float),
            "discount_share": base["discount_share"].fillna(0.0).to_numpy(float) if "discount_share" in base.columns else 0.0,
            "offered": base["customer_id"].isin(held).to_numpy(),
            "used": (known["offers_redeemed"].fillna(0) > 0).to_numpy(),
            "next_spend": known["spend"].fillna(0.0).to_numpy(float),
        }
    )
    order = np.lexsort([frame[name] for name in ("next_spend", "discount_share", "spend")])  # never by id
    return frame.iloc[order].reset_index(drop=True), definition


def _rule(quarter: pd.DataFrame) -> pd.DataFrame:
    """Rate of use of each cell of habit and tier; a cell of few customers takes the rate of its habit."""
    offered = quarter[quarter["offered"]]
    cells = offered.groupby(["habit", "tier"], observed=True)["used"].agg(["size", "mean"]).reset_index()
    habits = offered.groupby("habit", observed=True)["used"].mean()
    cells["score"] = cells["mean"].where(cells["size"] >= LEAST, cells["habit"].map(habits))
    cells["target"] = (cells["score"] > 0) & (cells["score"] >= TWICE * offered["used"].mean())
    return cells[["habit", "tier", "score", "target"]]


def _cells(rule: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    def rates(quarter: pd.DataFrame, suffix: str) -> pd.DataFrame:
        grouped = quarter[quarter["offered"]].groupby(["habit", "tier"], observed=True)["used"]
        return grouped.agg(["size", "mean"]).set_axis([f"customers_{suffix}", f"rate_{suffix}"], axis=1).reset_index()

    table = rule.merge(rates(before, "learned"), on=["habit", "tier"]).merge(rates(after, "judged"), on=["habit", "tier"], how="left")
    table["customers_judged"] = table["customers_judged"].fillna(0).astype(int)
    place = {habit: number for number, habit in enumerate(HABITS)}
    tier = {name: number for number, name in enumerate(("high", "medium", "low"))}
    return table.sort_values(["habit", "tier"], key=lambda column: column.map({**place, **tier})).reset_index(drop=True)


def _counts(quarter: pd.DataFrame, start: pd.Timestamp, days: int) -> dict[str, object]:
    import pandas as pd

    offered = quarter[quarter["offered"]]
    return {
        "first": str(start.date()),
        "last": str((start + pd.Timedelta(days=days - 1)).date()),
        "customers": len(quarter),
        "offered": len(offered),
        "users": int(offered["used"].sum()),
        "rate": float(offered["used"].mean()),
        "unoffered_users": int((quarter["used"] & ~quarter["offered"]).sum()),
    }


def _scores(offered: pd.DataFrame) -> dict[str, np.ndarray]:
    """Ways to choose, each a score known before the quarter."""
    import numpy as np

    return {
        "rule": offered["score"].to_numpy(float),
        "habit": offered["habit"].map({"used": 2.0, "unused": 1.0, "never_sent": 0.0}).to_numpy(float),
        "spend": offered["spend"].to_numpy(float),
        "discount_share": offered["discount_share"].to_numpy(float),
        "anybody": np.zeros(len(offered)),
    }


def _lists(offered: pd.DataFrame) -> pd.DataFrame:
    """The target customers and lists of the same length by other scores; what ties leave open is divided evenly."""
    import numpy as np
    import pandas as pd

    used, number = offered["used"].to_numpy(float), int(offered["target"].sum())
    rows = []
    for name, score in _scores(offered).items():
        weight = offered["target"].to_numpy(float) if name == "rule" else _first(score, number)
        users = float(weight @ used)
        low, high = measures.wilson(np.array([users]), np.array([float(number)]))
        rows.append([name, number, users, users / max(number, 1), float(low[0]), float(high[0]), users / max(used.sum(), 1)])
    return pd.DataFrame(rows, columns=["chosen_by", "customers", "users", "rate", "low", "high", "users_share"])


def _first(score: np.ndarray, number: int) -> np.ndarray:
    """Weight 1 for who is among the first ``number``, the share that is left over for who ties at the end."""
    import numpy as np

    weight = np.zeros(len(score))
    for value in np.unique(score)[::-1]:
        tied = score == value
        weight[tied] = min(1.0, max(0.0, (number - weight.sum()) / tied.sum()))
    return weight


def _ranks(offered: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """AUC of every way to choose, and the rule's lead over it on the same resampled customers."""
    import numpy as np
    import pandas as pd

    used = offered["used"].to_numpy()
    scores = {name: score for name, score in _scores(offered).items() if name != "anybody"}
    random, size = np.random.default_rng(seed), len(offered)
    samples = [np.arange(size), *(random.integers(0, size, size) for _ in range(draws))]
    found = {name: np.array([measures.auc(score[rows], used[rows]) for rows in samples]) for name, score in scores.items()}
    rows = []
    for name, values in found.items():
        lead = found["rule"] - values
        low, high = np.quantile(values[1:], [0.025, 0.975])
        lead_low, lead_high = np.quantile(lead[1:], [0.025, 0.975])
        rows.append([name, values[0], low, high, lead[0], lead_low, lead_high])
    return pd.DataFrame(rows, columns=["chosen_by", "auc", "auc_low", "auc_high", "lead", "lead_low", "lead_high"])


def _plan(target: pd.DataFrame) -> dict[str, float]:
    """The smallest difference in spend that two random halves of the target customers can show (5 % two-sided, power 80 %)."""
    import numpy as np
    from scipy.stats import norm

    half, mean, deviation = len(target) // 2, float(target["next_spend"].mean()), float(target["next_spend"].std())
    rho = float(np.corrcoef(target["spend"], target["next_spend"])[0, 1])
    reach = float(norm.ppf(0.975) + norm.ppf(0.8))
    least = reach * deviation * float(np.sqrt(2 * (1 - rho**2) / half))
    return {"customers": len(target), "mean": mean, "deviation": deviation, "correlation": rho, "least": least, "least_share": least / mean}
