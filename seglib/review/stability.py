"""Would the same customers come out in the same classes again? Three words with their figures: reproducible, separated, useful."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seglib.review.cut_points import conclusion, drawn_cuts, moved_cuts

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.review.worth import Worth
    from seglib.segmentation import Segmentation

Answer = Literal["yes", "partly", "no", "undecided", "unknown"]
#: Share of customers who keep their class, or agreement of two partitions, from which classes are called reproducible, and partly so.
STRONG, FAIR = 0.8, 0.6
VALLEY = 0.01  # p below which a gap at a cut is no chance, after Holm's correction over the cuts
WINDOW = 0.25
MOST = 2000  # customers that are looked at for a gap


@dataclass(frozen=True, eq=False)
class Stability:
    """How steady a classification is, and why.

    Attributes:
        method: The method.
        flips: customer_id, segment, flip_rate: share of draws of the customer's own orders (Poisson(1) weights, cuts held fast) in which he
            lands in another class; empty where drawing anew says nothing of the definition.
        undrawn: Why it says nothing, and the columns that lie at it: "lacking" (they cannot be drawn), "stated" (the data state them
            once), "no_orders"; "" where it does.
        classes: segment, customers, flip_rate (mean), often_share (members who land elsewhere in more than half of the draws).
        cut_points: score, input, cut, value, low, high: how far other customers would have moved the limits.
        cut_flip_rate: Share of customers whose class those other limits change; it is another thing than ``flips``. Missing where no limit
            is fitted.
        sensitivity: what (a score, or ``window``), input, change, customers_share, spend_share, segment, index_before, index_after.
        gaps: score, input, cut, customers, dip, p, p_holm: is there a gap at a cut? Empty for learned methods.
        learned: For learned methods reproduction (share of starts that end with the best partition), agreement (mean adjusted Rand index
            with partitions of resampled customers) with agreement_low, prediction_strength, largest_p, smallest_p; else empty.
        words: word (reproducible, separated, useful), answer (yes, partly, no, undecided, unknown), measure, found, needed.
    """

    method: str
    flips: pd.DataFrame
    undrawn: tuple[str, tuple[str, ...]]
    classes: pd.DataFrame
    cut_points: pd.DataFrame
    cut_flip_rate: float
    sensitivity: pd.DataFrame
    gaps: pd.DataFrame
    learned: Mapping[str, float]
    words: pd.DataFrame

    def answer(self, word: str) -> str:
        """The answer to one of the three words."""
        return str(self.words.set_index("word")["answer"][word])


def stability(
    client: Client,
    result: Segmentation,
    customers: pd.DataFrame,
    *,
    worth: Worth | None = None,
    draws: int = 200,
    windows: bool = True,
    seed: int = 0,
) -> Stability:
    """How steady a classification is.

    Args:
        client: The client.
        result: The classification.
        customers: The customer table it was made on.
        worth: What the same method told of a next period, for the third word; None leaves it unknown.
        draws: Draws of customers' own orders, and samples of customers.
        windows: Whether windows a quarter shorter and longer are tried, which builds two more customer tables.
        seed: Of all draws.
    """
    import pandas as pd

    from seglib.review.compare import rounded

    flips, undrawn = _flips(client, result, draws, seed)
    cut_points, cut_flip_rate = drawn_cuts(result, customers, draws=draws, seed=seed)
    gaps = gaps_at_cuts(result, customers, seed=seed)
    learned = _learned(result, customers, draws, seed)
    parts = [moved_cuts(result, customers), _other_windows(client, result, customers) if windows else pd.DataFrame()]
    parts = [part for part in parts if len(part)]
    rows = [_reproducible(flips, learned, undrawn[0]), _separated(gaps, learned), _useful(worth)]
    return Stability(
        method=result.method,
        flips=rounded(flips),
        undrawn=undrawn,
        classes=rounded(_by_class(flips, result)),
        cut_points=rounded(cut_points),
        cut_flip_rate=cut_flip_rate,
        sensitivity=rounded(pd.concat(parts, ignore_index=True)) if parts else moved_cuts(result, customers.iloc[:0]),
        gaps=rounded(gaps),
        learned=learned,
        words=rounded(pd.DataFrame(rows, columns=["word", "answer", "measure", "found", "needed"])),
    )


def _flips(client: Client, result: Segmentation, draws: int, seed: int) -> tuple[pd.DataFrame, tuple[str, tuple[str, ...]]]:
    """Flip rate of every customer; empty where drawing anew says nothing of the definition, and why."""
    import pandas as pd

    from seglib.errors import SeglibError
    from seglib.review.orderbook import order_book
    from seglib.review.steadiness import flips

    empty = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "segment": pd.Series(dtype="str"), "flip_rate": pd.Series(dtype=float)})
    try:
        book = order_book(client, as_of=result.as_of, window_days=result.window_days, reads=result.scheme.inputs)
    except SeglibError:
        return empty, ("no_orders", ())
    why = book.refusal(result.scheme)
    if why[0]:
        return empty, why
    rates = flips(book, {result.method: result.scheme}, draws=draws, seed=seed)[result.method]
    found = pd.DataFrame({"customer_id": pd.Series(book.customer_ids, dtype="str"), "flip_rate": rates})
    inside = result.assignments["segment"].isin(result.scheme.classes)  # who stands outside has no class to leave
    return result.assignments.loc[inside, ["customer_id", "segment"]].merge(found, on="customer_id", how="left"), why


def _by_class(flips: pd.DataFrame, result: Segmentation) -> pd.DataFrame:
    """Mean flip rate of the classes inside, in their order."""
    import pandas as pd

    counted = flips[flips["flip_rate"].notna()]
    rows = []
    for name in result.scheme.classes:
        rates = counted.loc[counted["segment"] == name, "flip_rate"]
        if len(rates):
            rows.append((name, len(rates), float(rates.mean()), float((rates > 0.5).mean())))
    return pd.DataFrame(rows, columns=["segment", "customers", "flip_rate", "often_share"])


def _other_windows(client: Client, result: Segmentation, customers: pd.DataFrame) -> pd.DataFrame:
    """The same method on a window a quarter shorter and longer, cuts drawn anew: frozen ones would move everybody."""
    import pandas as pd

    from seglib import methods
    from seglib.errors import SeglibError
    from seglib.review.compare import needs_of
    from seglib.review.holdout import unsigned

    given = result.own_params
    first = client.calendar.first
    history = (pd.Timestamp(result.as_of) - pd.Timestamp(first)).days + 1 if first and result.as_of else 0
    rows = []
    for change in (-WINDOW, WINDOW):
        days = round(result.window_days * (1 + change))
        if not 0 < days <= history:
            continue
        try:
            table = unsigned(client.customers(as_of=result.as_of, window_days=days, **needs_of([result.method])))
            other = methods.get(result.method).segment(table, **given)
        except SeglibError:
            continue
        rows.append({"what": "window", "input": "window_days", "change": change, **_compared(result, other, customers)})
    return pd.DataFrame(rows)


def _compared(result: Segmentation, other: Segmentation, customers: pd.DataFrame) -> dict[str, Any]:
    """Two classifications of the same customers, class by class of the same name."""
    import numpy as np
    import pandas as pd

    names = list(result.scheme.classes)
    after = other.assignments.set_index("customer_id")["segment"].reindex(customers["customer_id"])
    spend = customers["spend"].fillna(0).to_numpy(float) if "spend" in customers.columns else np.ones(len(customers))
    before = result.assignments.set_index("customer_id")["segment"].reindex(customers["customer_id"])
    one, two = (pd.Index(names).get_indexer(part) for part in (before, after))
    return conclusion(names, np.where(one < 0, len(names), one), np.where(two < 0, len(names), two), spend)


def gaps_at_cuts(result: Segmentation, customers: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Is there a gap between the customers on either side of a cut, or is it a line through a continuum?

    The customers of two neighbouring scores are looked at alone; the dip test asks whether they have more than one peak (against a flat
    world), after Holm's correction over all cuts. Positive quantities are taken as logarithms; whole numbers are spread within their
    unit, since ties look like gaps. Days since something are left out: a holiday is a gap in everybody's calendar, not among customers.

    Args:
        result: A classification by rules.
        customers: The table it was made on.
        seed: Of the spread, and of the sample where there are many customers.
    """
    import pandas as pd

    from seglib.scheme import RuleScheme
    from seglib.separation import dip

    columns = ["score", "input", "cut", "customers", "dip", "p"]
    scheme = result.scheme
    rows: list[tuple[Any, ...]] = []
    if isinstance(scheme, RuleScheme):
        prepared = scheme.prepared(customers)
        inside = ~result.assignments["segment"].isin(scheme.outside).to_numpy()
        for score in scheme.scores:
            if score.hidden or not score.cuts or score.input in scheme.texts or score.input.startswith("days_since_"):
                continue
            values = prepared.loc[inside, score.input].dropna().to_numpy(float)
            edges = [-float("inf"), *score.cuts, float("inf")]
            for place, cut in enumerate(score.cuts):
                near = values[(values > edges[place]) & (values <= edges[place + 2])]
                spread = _spread(near, seed)
                if len(spread) < 8:
                    continue
                found = dip(spread)
                rows.append((score.name, score.input, float(cut), len(near), float(found.statistic), float(found.p)))
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(p_holm=_holm(table["p"].to_numpy(float)))


def _spread(values: np.ndarray, seed: int) -> np.ndarray:
    """Values in ascending order on a scale on which gaps can be seen, at most ``MOST`` of them."""
    import numpy as np

    random, values = np.random.default_rng(seed), np.sort(values)
    if len(values) and (values == np.round(values)).all():
        values = values + random.uniform(-0.5, 0.5, len(values))
    elif len(values) and values.min() > 0:
        values = np.log(values)
    if len(values) > MOST:
        values = values[np.sort(random.choice(len(values), MOST, replace=False))]
    return np.sort(values)


def _holm(p: np.ndarray) -> np.ndarray:
    """p values corrected for their number by Holm's step-down rule."""
    import numpy as np

    order = np.argsort(p, kind="stable")
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p)))), 1)
    return corrected


def _learned(result: Segmentation, customers: pd.DataFrame, draws: int, seed: int) -> dict[str, float]:
    """What is known of a learned partition: from its own examination, and from partitions of resampled customers."""
    import numpy as np

    from seglib.learned import LearnedScheme
    from seglib.separation import agreement, gaussians, kmeans

    scheme = result.scheme
    if not isinstance(scheme, LearnedScheme):
        return {}
    found = {name: float(result.fit[name]) for name in ("reproduction", "prediction_strength") if name in result.fit}
    curve = result.details.get("k_curve")
    if curve is not None and (curve["chosen"] != "").any():
        row = curve[curve["chosen"] != ""].iloc[0]
        found |= {name: float(row[name]) for name in ("largest_p", "smallest_p")}
    segment = result.assignments["segment"].to_numpy()
    inside = np.isin(segment, scheme.classes)
    points = np.round(scheme.matrix(customers[inside]), 9)
    order = np.lexsort(points.T[::-1])
    points, own = points[order], segment[inside][order]
    if len(scheme.classes) < 2:
        return found
    random, cluster = np.random.default_rng(seed), kmeans if scheme.kind == "centres" else gaussians
    agreed = []
    for _ in range(min(draws, 50)):
        rows = np.sort(random.integers(0, len(points), len(points)))
        drawn = cluster(points[rows], len(scheme.classes), seed=seed, starts=3)
        agreed.append(agreement(own, drawn.labels(points)))
    return {**found, "agreement": float(np.mean(agreed)), "agreement_low": float(np.quantile(agreed, 0.025))}


def _grade(found: float) -> Answer:
    if found != found:
        return "unknown"
    return "yes" if found >= STRONG else "partly" if found >= FAIR else "no"


def _reproducible(flips: pd.DataFrame, learned: Mapping[str, float], undrawn: str) -> tuple[object, ...]:
    """Learned classes by the agreement of redrawn partitions, rules by the share of draws in which customers keep their class."""
    if undrawn == "stated":
        return "reproducible", "unknown", "stated", float("nan"), STRONG
    if learned:
        found = learned.get("agreement", float("nan"))
        return "reproducible", _grade(found), "agreement", found, STRONG
    found = float(1 - flips["flip_rate"].mean()) if flips["flip_rate"].notna().any() else float("nan")
    return "reproducible", _grade(found), "own_orders", found, STRONG


def _separated(gaps: pd.DataFrame, learned: Mapping[str, float]) -> tuple[object, ...]:
    """A gap at every cut, at some, at none; learned classes by their held-out valleys."""
    if learned:
        worst, best = learned.get("largest_p", float("nan")), learned.get("smallest_p", float("nan"))
        strong = learned.get("prediction_strength", 0.0) >= STRONG
    elif len(gaps):
        worst, best, strong = float(gaps["p_holm"].max()), float(gaps["p_holm"].min()), True
    else:
        worst, best, strong = float("nan"), float("nan"), False
    answer: Answer = "no"
    if worst != worst:
        answer = "unknown"
    elif worst < VALLEY and strong:
        answer = "yes"
    elif best < VALLEY:
        answer = "partly"
    return "separated", answer, "valleys" if learned else "gaps", worst, VALLEY


def _useful(worth: Worth | None) -> tuple[object, ...]:
    """By the verdict on the method's own outcome where it has one, else on next spend."""
    if worth is None:
        return "useful", "unknown", "spend", float("nan"), 0.0
    answers: dict[str, Answer] = {"better": "yes", "as_good": "partly", "worse": "no", "undecided": "undecided"}
    if worth.own_verdict:
        row = worth.own.set_index("prediction").loc["size_matched_spend"]
        return "useful", answers[worth.own_verdict], worth.outcome, float(row["difference"]), 0.0
    row = worth.against.set_index("baseline").loc["size_matched_spend"]
    return "useful", answers[worth.verdict], "spend", float(row["difference"]), 0.0
