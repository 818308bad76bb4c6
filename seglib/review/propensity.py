"""Who will buy next? Chances learned on one period, judged on the next: beside recency, beside points, and beside nothing at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.errors import DataError
from seglib.methods._logit import logit
from seglib.review.holdout import default_split
from seglib.review.measures import wilson
from seglib.review.worth import verdict

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client

#: What may tell, all of it known on the eve of a period. Fields of deals (stage, closing date, won, probability) are written after the
#: outcome, and what is recorded of a customer bears no date: neither is looked at.
FEATURES = (
    "days_since_last_order",
    "orders",
    "spend",
    "intent_points",
    "engagement_score",
    "days_since_last_interaction",
    "sessions",
    "cart_sessions",
)
DAYS = ("days_since_last_order", "days_since_last_interaction")
RECENCY, POINTS = "days_since_last_order", "intent_points"
FEWEST, A_TERM = 50, 10  # customers who bought, in all and for each number learned
BLOCK = 50


@dataclass(frozen=True, eq=False)
class Period:
    """A period and what was known on its eve.

    Attributes:
        first, last: Its days, ISO.
        known: Features of everybody known on the eve, one row a customer, sorted by what they did.
        bought: True for who ordered in the period.
    """

    first: str
    last: str
    known: pd.DataFrame
    bought: np.ndarray


@dataclass(frozen=True, eq=False)
class Propensity:
    """Chances to buy in the next period, learned on the period before it.

    Attributes:
        measures: One row a prediction (model, recency, points; the latter two learned alike, from that one number): prediction, auc with
            auc_low and auc_high, brier (mean squared error of the chance), skill (1 less brier over that of the period's own rate) with
            skill_low and skill_high. Empty where the gates are not passed.
        against: One row of the other two: baseline, difference (of auc, the model less it), low, high, verdict (in the
            words and at the limits of worth).
        calibration: Fifths of customers by chance, least first: fifth, customers, expected, bought (observed share) with low and high.
        weights: One row a term: term, weight (log odds for one standard deviation), low, high.
        gates: gate (positives, positives_a_term), passed, found, needed.
        slope: Of what happened on the log odds expected: 1 is right, less says that chances are too extreme; slope, low, high.
        periods: Of the period learned on and of the one judged on: part, first, last, customers, bought, rate.
        window_days: Window of what was known on the eve of both.
    """

    measures: pd.DataFrame
    against: pd.DataFrame
    calibration: pd.DataFrame
    weights: pd.DataFrame
    gates: pd.DataFrame
    slope: dict[str, float]
    periods: pd.DataFrame
    window_days: int

    @property
    def passed(self) -> bool:
        """Did enough customers buy to learn from?"""
        return bool(self.gates["passed"].all())


def propensity(client: Client, *, split: str = "", draws: int = 500, seed: int = 0) -> Propensity:
    """Learn chances to buy, prospects included, on the period before ``split``; judge them on as many days from then on.

    Both tables are as of the eve of their period and look back on the same window. The means and spreads that scale the features are those
    of the table that teaches, and nothing of the judged period is looked at before it is judged.

    Args:
        client: The client; orders and points of intent are needed.
        split: First day of the period judged on; by default the last quarter's, or the last quarter of a shorter history.
        draws: Bootstrap samples of the judged customers.
        seed: Draws the samples.

    Raises:
        DataError: There are no points of intent, or no history before the period learned on.
    """
    import pandas as pd

    if POINTS not in client.columns:
        raise DataError("the data have no events that announce a purchase; map kind and happened_at of the interactions table.")
    split = split or default_split(client)
    start, last = pd.Timestamp(split), pd.Timestamp(client.as_of)
    days = (last - start).days + 1
    first = start - pd.Timedelta(days=days)
    known = (first - pd.Timestamp(str(client.calendar.first))).days // 7 * 7
    if days < 1 or known < days:
        raise DataError(
            "split {split}: {days} days are judged, as many teach, and the orders before those must reach back as far again; they begin on "
            "{first}. Choose a later split.",
            split=split, days=days, first=str(client.calendar.first),
        )  # fmt: skip
    window = min(client.window_days, known)
    eve = start - pd.Timedelta(days=1)
    return judge(period(client, first, eve, window), period(client, start, last, window), window, draws=draws, seed=seed)


def period(client: Client, first: pd.Timestamp, last: pd.Timestamp, window: int) -> Period:
    """What was known on the eve of a period, and who ordered in it."""
    import numpy as np
    import pandas as pd

    names = tuple(name for name in FEATURES if name in client.columns)
    known = client.customers(as_of=str((first - pd.Timedelta(days=1)).date()), window_days=window, columns=names, facts=())
    known = known.iloc[np.lexsort([known[name].to_numpy(float) for name in names])].reset_index(drop=True)  # never by id
    days = (last - first).days + 1
    after = client.customers(as_of=str(last.date()), window_days=days, columns=("orders",), facts=()).set_index("customer_id")
    bought = after["orders"].reindex(known["customer_id"]).fillna(0).to_numpy(float) > 0
    return Period(str(first.date()), str(last.date()), known[list(names)], bought)


def judge(taught: Period, judged: Period, window: int, *, draws: int = 500, seed: int = 0) -> Propensity:
    """The chances that one period teaches, on another: see :func:`propensity`."""
    import numpy as np
    import pandas as pd

    x, names, after_x = design(taught.known, judged.known, window)
    y, after = taught.bought.astype(float), judged.bought
    fewer = int(min(y.sum(), len(y) - y.sum()))
    rows = [("positives", fewer >= FEWEST, fewer, FEWEST), ("positives_a_term", fewer >= A_TERM * len(names), fewer, A_TERM * len(names))]
    gates = pd.DataFrame(rows, columns=["gate", "passed", "found", "needed"])
    periods = pd.DataFrame([_counted("learned", taught), _counted("judged", judged)])
    if not gates["passed"].all() or not 0 < after.sum() < len(after):
        gates.loc[0, "passed"] = bool(gates.loc[0, "passed"]) and 0 < after.sum() < len(after)
        empty = pd.DataFrame()
        return Propensity(empty, empty, empty, empty, gates, {}, periods, window)
    weights, spread = logit(x, y)
    chances = {"model": _chance(after_x, weights)}
    scores = {"model": after_x @ weights}
    for name, column in (("recency", RECENCY), ("points", POINTS)):
        chosen = [0, *(place for place, term in enumerate(names) if term in (column, "has_ordered") and _of(term, column))]
        alone, _ = logit(x[:, chosen], y)
        chances[name] = _chance(after_x[:, chosen], alone)
        scores[name] = after_x[:, chosen] @ alone
    measures, against = _measured(scores, chances, after, draws, seed)
    found, error = logit(np.column_stack([np.ones(len(after)), scores["model"]]), after.astype(float))
    half = 1.959964 * spread
    table = pd.DataFrame({"term": names, "weight": weights, "low": weights - half, "high": weights + half})
    return Propensity(
        measures=measures,
        against=against,
        calibration=_calibration(chances["model"], after),
        weights=table.drop(index=0).sort_values("weight", key=lambda one: -one.abs(), kind="stable", ignore_index=True),
        gates=gates,
        slope={"slope": float(found[1]), "low": float(found[1] - 1.959964 * error[1]), "high": float(found[1] + 1.959964 * error[1])},
        periods=periods,
        window_days=window,
    )


def _of(term: str, column: str) -> bool:
    """Whether somebody has ever ordered belongs to recency alone."""
    return term == column or column == RECENCY


def design(base: pd.DataFrame, other: pd.DataFrame, window: int) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Features of two tables on the scale of the first: terms in columns, the constant first; terms that do not vary in it are left out.

    Days are taken as logarithms, and who never ordered counts as a window ago and has a term of that own; counts, points and money as
    log(1 + x / median of those above nought).
    """
    import numpy as np

    parts: list[tuple[str, np.ndarray, np.ndarray]] = []
    for name in FEATURES:
        if name not in base.columns or name not in other.columns:
            continue
        one, two = (table[name].to_numpy(float) for table in (base, other))
        if name in DAYS:
            one, two = (np.log1p(np.clip(np.nan_to_num(values, nan=float(window)), 0, None)) for values in (one, two))
        else:
            positive = one[one > 0]
            usual = float(np.median(positive)) if len(positive) else 1.0
            one, two = (np.log1p(np.clip(np.nan_to_num(values), 0, None) / usual) for values in (one, two))
        parts.append((name, one, two))
    if RECENCY in base.columns and RECENCY in other.columns:
        parts.append(("has_ordered", *(table[RECENCY].notna().to_numpy(float) for table in (base, other))))
    varied = [(name, one, two) for name, one, two in parts if one.std() > 1e-9]
    scaled = [[(values - one.mean()) / one.std() for values in (one, two)] for _, one, two in varied]
    ones = [np.ones(len(table)) for table in (base, other)]
    first, second = (np.column_stack([ones[side], *(pair[side] for pair in scaled)]) for side in (0, 1))
    return first, ["constant", *(name for name, _, _ in varied)], second


def _chance(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    import numpy as np
    from scipy.special import expit

    return np.asarray(expit(x @ weights))


def _counted(part: str, one: Period) -> dict[str, object]:
    customers, bought = len(one.known), int(one.bought.sum())
    counts = {"customers": customers, "bought": bought, "rate": bought / customers if customers else float("nan")}
    return {"part": part, "first": one.first, "last": one.last, **counts}


def _measured(
    scores: dict[str, np.ndarray], chances: dict[str, np.ndarray], after: np.ndarray, draws: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """AUC and Brier skill in the sample and in bootstrap samples of the same customers."""
    import numpy as np
    import pandas as pd

    random, n, happened = np.random.default_rng(seed), len(after), after.astype(float)
    ranked = {name: _ranked(score, happened) for name, score in scores.items()}
    errors = np.column_stack([np.ones(n), happened, *((happened - chance) ** 2 for chance in chances.values())])
    areas: dict[str, list[np.ndarray]] = {name: [] for name in scores}
    sums: list[np.ndarray] = []
    for block in [1, *(min(BLOCK, draws - begin) for begin in range(0, draws, BLOCK))]:
        drawn = [np.ones(n)] if not sums else [np.bincount(random.integers(0, n, n), minlength=n) for _ in range(block)]
        counts = np.stack(drawn).astype(float)
        sums.append(counts @ errors)
        for name, (order, ends) in ranked.items():
            areas[name].append(_areas(counts[:, order], happened[order], ends))
    total = np.concatenate(sums)
    rate = total[:, 1] / total[:, 0]
    skill = 1 - total[:, 2:] / total[:, :1] / np.maximum(rate * (1 - rate), 1e-12)[:, None]
    auc = {name: np.concatenate(found) for name, found in areas.items()}
    rows = [
        {"prediction": name, **_ends("auc", auc[name]), "brier": total[0, 2 + place] / n, **_ends("skill", skill[:, place])}
        for place, name in enumerate(scores)
    ]
    leads = []
    for name in list(scores)[1:]:
        lead = auc["model"] - auc[name]
        low, high = np.nanquantile(lead[1:], [0.025, 0.975])
        apart = {"difference": float(lead[0]), "low": float(low), "high": float(high)}
        leads.append({"baseline": name, **apart, "verdict": verdict(**apart)})
    return pd.DataFrame(rows), pd.DataFrame(leads)


def _ends(name: str, values: np.ndarray) -> dict[str, float]:
    import numpy as np

    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    return {name: float(values[0]), f"{name}_low": float(low), f"{name}_high": float(high)}


def _ranked(score: np.ndarray, happened: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order by score, and where each run of equal scores ends."""
    import numpy as np

    order = np.argsort(score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(np.round(score[order], 12)) > 0, True))
    return order, ends


def _areas(counts: np.ndarray, happened: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """AUC of every row of counts, columns in the order of the score; ties count half."""
    import numpy as np

    yes, no = (np.cumsum(counts * part, axis=1)[:, ends] for part in (happened, 1 - happened))
    before = np.column_stack([np.zeros(len(counts)), no[:, :-1]])
    won = np.diff(yes, axis=1, prepend=0) * (before + no) / 2
    pairs = yes[:, -1] * no[:, -1]
    return np.asarray(np.divide(won.sum(axis=1), pairs, out=np.full(len(counts), np.nan), where=pairs > 0))


def _calibration(chance: np.ndarray, after: np.ndarray) -> pd.DataFrame:
    """Fifths of customers by chance; equal chances stay together."""
    import numpy as np
    import pandas as pd

    cuts = np.unique(np.quantile(chance, [0.2, 0.4, 0.6, 0.8]))
    fifth = np.searchsorted(cuts, chance)
    rows = []
    for number in np.unique(fifth):
        inside = fifth == number
        bought = float(after[inside].mean())
        low, high = wilson(np.array([float(after[inside].sum())]), np.array([float(inside.sum())]))
        rows.append((int(number) + 1, int(inside.sum()), float(chance[inside].mean()), bought, float(low[0]), float(high[0])))
    return pd.DataFrame(rows, columns=["fifth", "customers", "expected", "bought", "low", "high"])
