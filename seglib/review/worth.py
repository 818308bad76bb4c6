"""Does a classification say anything about tomorrow? Against a ranking of the same sizes, last period, recency, and no classes at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from seglib.errors import DataError
from seglib.review import measures
from seglib.review.outcomes import Outcome
from seglib.review.predictions import BASELINES, CEILING, baselines, ceiling, ceiling_in_sample, codes_of, mean_spend, size_matched

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.review.holdout import HoldOut
    from seglib.segmentation import Segmentation

Verdict = Literal["as_good", "better", "worse", "undecided"]
AS_GOOD, CLEARLY = 0.02, 0.01
TELLS = 0.05  # R² below which a prediction tells of nothing: two such are not held against each other
#: Methods on what customers are, not on what they did: who said nothing is no class of theirs.
ATTRIBUTES = ("D10", "D11", "D15", "D16", "D18", "D19")
PERIODS, SAME_LEVEL, YEAR = 2.0, 0.25, 365
MANY = 50_000  # customers from which eta² has no interval of its own
POWER = 2.8  # standard errors of a difference that is found in four samples of five (1.96 + 0.84)


@dataclass(frozen=True, eq=False)
class Worth:
    """What a method's classes tell of the next period.

    Attributes:
        method: The method.
        measures: One row a prediction (the method, the baselines, and the ceiling, which has no classes): prediction, classes, r2 with low
            and high, r2_asinh, eta2 (in sample) with eta2_low and eta2_high (means drawn anew, as published intervals are; missing for
            many customers), auc, brier_skill, deviance_ratio, top_share, top_customers_share, gini.
        against: One row a baseline: baseline, difference of r2 with low and high, verdict; and the same for who comes back at all:
            return_difference (of Brier skill, which is the R² of coming back) with return_low and return_high, return_verdict.
        calibration: One row a class: segment, customers, returned (observed share) with low and high, expected (the share of the class of
            one period earlier that came back, see ``foretold``; missing where history holds no earlier period, or no such class in it).
        gain: prediction, customers_share, spend_share: points of the gain curve of the method and of the size-matched ranking.
        lines: The same question asked of other customers: line (``judged``: known buyers, and for methods on attributes those whose
            attribute is known; ``with_unknown``; ``with_prospects``; ``known_or_not``: nothing but whether the attribute is known),
            customers, r2 with low and high, eta2, difference to the size-matched ranking with its low and high, verdict.
        coverage: For methods on attributes: group (known, unknown), customers, customers_share, mean_spend, spend_share; else empty.
        checks: Is the next period a fair test? check, passed, found, needed.
        own: The method's own outcome, where it has one: prediction, customers, r2 with low and high, auc, difference with its low and high
            (the method less this prediction), verdict; else empty.
        verdict: Against the size-matched spend ranking, on next spend.
        own_verdict: The same on the method's own outcome, "" where that is spend or not recorded.
        outcome: Name of that outcome, "" likewise.
        detectable: Least difference to the size-matched ranking that this many customers would show in four samples of five.
        refitted: Interval of r2 and of the difference where every sample draws its own cuts; empty where that was not asked for.
    """

    method: str
    measures: pd.DataFrame
    against: pd.DataFrame
    calibration: pd.DataFrame
    gain: pd.DataFrame
    lines: pd.DataFrame
    coverage: pd.DataFrame
    checks: pd.DataFrame
    own: pd.DataFrame
    verdict: Verdict
    own_verdict: str = ""
    outcome: str = ""
    detectable: float = float("nan")
    refitted: dict[str, float] = field(default_factory=dict)


def worth(
    result: Segmentation,
    held: HoldOut,
    *,
    outcome: Outcome | None = None,
    foretold: Mapping[str, float] | None = None,
    draws: int = 1000,
    refits: int = 0,
    seed: int = 0,
) -> Worth:
    """Worth of a classification made on ``held.base``.

    R² is that of class means learned from other customers (10 folds, 5 divisions), never in sample: eta² grows with the number of classes
    even for random ones. The primary baseline is a ranking by base spend cut at the method's own class sizes, so that a method gains
    nothing by having more classes. Intervals resample customers over fixed predictions, the same customers for both sides.

    Args:
        result: The classification; its customers must be those of ``held.base``.
        held: Base and next period.
        outcome: The method's own outcome, from ``seglib.review.outcome``; None where it is spend.
        foretold: Class -> share expected to come back, from ``seglib.review.foretold``; None where nobody looked.
        draws: Bootstrap samples.
        refits: Bootstrap samples for a second interval in which every sample draws its own cuts; 0 for none (cuts held fast).
        seed: Divides folds and draws samples.
    """
    import pandas as pd

    measures.enough(draws)
    everybody = codes_of(result, held)
    known = known_to(result, everybody)
    judged = held.bought & known if (held.bought & known).sum() > 1 else known
    if judged.sum() < measures.FOLDS:
        raise DataError(
            "only {n} customers had bought before {split}; worth needs at least {least}.",
            n=int(judged.sum()),
            split=held.split,
            least=measures.FOLDS,
        )
    codes, seen = everybody[judged], held.only(judged)
    predictions = {result.method: codes, **baselines(codes, seen)}
    rows = [_measured(name, classes, seen, draws, seed) for name, classes in predictions.items()]
    rows.append(_of_numbers(seen, seed))
    expected = [measures.out_of_fold(classes, seen.spend, seed=seed) for classes in predictions.values()]
    samples = measures.r_squared_drawn([*expected, ceiling(seen, seed=seed)], seen.spend, draws, seed=seed)
    found = dict(zip([*predictions, CEILING], samples.T, strict=True))
    table = pd.DataFrame([{**row, **_interval(found[str(row["prediction"])])} for row in rows])
    back = _coming_back(predictions, seen, draws, seed)
    pairs = {name: (found[result.method] - found[name], back[result.method] - back[name]) for name in BASELINES}
    against = pd.DataFrame([{"baseline": name, **compared(spent), **_of_return(came)} for name, (spent, came) in pairs.items()])
    primary = found[result.method] - found["size_matched_spend"]
    own = _own(result.method, everybody, known, held, outcome, draws, seed) if outcome is not None else pd.DataFrame()
    from seglib.review.refit import refitted

    return Worth(
        method=result.method,
        measures=_rounded(table[[*FIRST, *(name for name in table.columns if name not in FIRST)]]),
        against=_rounded(against),
        calibration=_rounded(_calibration(result, codes, seen, foretold or {})),
        gain=_rounded(_gains({name: predictions[name] for name in (result.method, "size_matched_spend")}, seen)),
        lines=_rounded(_lines(everybody, known, held, draws, seed)),
        coverage=_rounded(_coverage(known, held)),
        checks=_rounded(checks(held)),
        own=_rounded(own),
        verdict=against.loc[against["baseline"] == "size_matched_spend", "verdict"].iloc[0],
        own_verdict="" if own.empty else str(own.loc[own["prediction"] == "size_matched_spend", "verdict"].iloc[0]),
        outcome="" if own.empty or outcome is None else outcome.name,
        detectable=float(POWER * primary[1:].std()),
        refitted=refitted(result, held, judged, draws=refits, seed=seed) if refits else {},
    )


FIRST = ("prediction", "classes", "r2", "low", "high")


def verdict(difference: float, low: float, high: float) -> Verdict:
    """The word for a difference of R² and its 95% interval; tried in this order. Nothing is as good that is surely less.

    >>> verdict(0.005, -0.01, 0.015), verdict(0.05, 0.02, 0.08), verdict(-0.1, -0.125, -0.075), verdict(0.03, -0.02, 0.08)
    ('as_good', 'better', 'worse', 'undecided')
    >>> verdict(-0.01, -0.015, -0.005)
    'worse'
    """
    if high < 0:
        return "worse"
    if low >= -AS_GOOD and high <= AS_GOOD:
        return "as_good"
    if low > 0 and difference >= CLEARLY:
        return "better"
    return "undecided"


def tells(*r2: float) -> bool:
    """Does any of these predictions tell enough to be held against the others?"""
    return any(value >= TELLS for value in r2)


def compared(difference: np.ndarray) -> dict[str, object]:
    """Difference, its 95% interval and its word, from the sample (first) and the bootstrap samples."""
    import numpy as np

    low, high = np.quantile(difference[1:], [0.025, 0.975])
    word = verdict(float(difference[0]), float(low), float(high))
    return {"difference": float(difference[0]), "low": float(low), "high": float(high), "verdict": word}


def checks(held: HoldOut) -> pd.DataFrame:
    """Is the next period a fair test: long enough for people to come back, of a season the base has seen, at the same level of sales?

    Returns:
        check, passed, found, needed. ``length``: days of the next period against two median gaps, every customer with one vote;
        ``season``: days of the base against a year; ``level``: daily sales of the next period over those of the base.
    """
    import numpy as np
    import pandas as pd

    from seglib.segmentation import facts_of, window_of

    rows: list[tuple[str, bool, float, float]] = []
    gaps = facts_of(held.base).get("gaps")
    if gaps is not None and gaps["closed"].any():
        closed = gaps[gaps["closed"]]
        votes = 1 / closed.groupby("customer_id")["gap_days"].transform("size").to_numpy(float)
        days = closed["gap_days"].to_numpy(float)
        order = np.argsort(days, kind="stable")
        middle = days[order][np.searchsorted(votes[order].cumsum(), votes.sum() / 2)]
        rows.append(("length", held.days >= PERIODS * middle, float(held.days), PERIODS * float(middle)))
    window = float(window_of(held.base) or 0)
    rows.append(("season", window >= YEAR, window, float(YEAR)))
    before = held.base["spend"].sum() / window if window else float("nan")
    level = float(held.spend.sum() / held.days / before) if before > 0 else float("nan")
    rows.append(("level", abs(level - 1) <= SAME_LEVEL, level, 1 + SAME_LEVEL))
    return pd.DataFrame(rows, columns=["check", "passed", "found", "needed"])


def known_to(result: Segmentation, codes: np.ndarray) -> np.ndarray:
    """True for everybody; for methods on attributes only for whom the attribute is known: not knowing is no finding. Takes ``codes_of``."""
    import numpy as np

    from seglib import methods

    names = [*result.scheme.classes, *result.scheme.outside]
    dimensions = methods.declared(result.method)["DIMENSIONS"] if result.method in methods.names() else ()
    silent = [i for i, name in enumerate(names) if name.startswith("unknown_") or name == "no_response"]
    if not set(ATTRIBUTES) & set(map(str, dimensions)):  # type: ignore[call-overload]
        silent = []
    return ~np.isin(codes, silent)


def _coming_back(predictions: Mapping[str, np.ndarray], held: HoldOut, draws: int, seed: int) -> dict[str, np.ndarray]:
    """Brier skill of every prediction in the sample and in bootstrap samples of the same customers."""
    came = held.returned.astype(float)
    expected = [measures.out_of_fold(classes, came, seed=seed) for classes in predictions.values()]
    return dict(zip(predictions, measures.r_squared_drawn(expected, came, draws, seed=seed).T, strict=True))


def _of_return(difference: np.ndarray) -> dict[str, object]:
    return {f"return_{name}": value for name, value in compared(difference).items()}


def _measured(name: str, codes: np.ndarray, held: HoldOut, draws: int, seed: int) -> dict[str, object]:
    """One row of measures without their intervals."""
    import numpy as np

    returned = measures.out_of_fold(codes, held.returned.astype(float), seed=seed)
    orders = measures.out_of_fold(codes, held.orders, seed=seed)
    flat = _flat(held)
    means = mean_spend(codes, held)
    top = codes == int(np.argmax(np.where(np.bincount(codes) > 0, means, -np.inf)))
    people, brought = measures.gain_curve(means[codes], held.spend)
    low, high = measures.eta_squared_drawn(codes, held.spend, draws if len(codes) <= MANY else 0, seed=seed)
    return {
        "prediction": name,
        "classes": int((np.bincount(codes) > 0).sum()),
        "r2_asinh": _plain_r2(measures.out_of_fold(codes, flat, seed=seed), flat),
        "eta2": measures.eta_squared(codes, held.spend),
        "eta2_low": low,
        "eta2_high": high,
        "auc": measures.auc_out_of_fold(codes, held.returned, seed=seed),
        "brier_skill": measures.brier_skill(returned, held.returned),
        "deviance_ratio": measures.deviance_ratio(orders, held.orders),
        "top_customers_share": float(top.mean()),
        "top_share": float(held.spend[top].sum() / held.spend.sum()) if held.spend.sum() else float("nan"),
        "gini": float(2 * np.trapezoid(brought, people) - 1),
    }


def _of_numbers(held: HoldOut, seed: int) -> dict[str, object]:
    """The ceiling's row: what is measured of a prediction that has no classes."""
    import numpy as np

    predicted = ceiling(held, seed=seed)
    people, brought = measures.gain_curve(predicted, held.spend)
    gini = float(2 * np.trapezoid(brought, people) - 1)
    eta2 = ceiling_in_sample(held)
    return {"prediction": CEILING, "classes": 0, "eta2": eta2, "auc": measures.auc(predicted, held.returned), "gini": gini}


def _flat(held: HoldOut) -> np.ndarray:
    """Next spend on a scale on which a few large ones do not decide alone; in units of the median, so that the currency plays no part."""
    import numpy as np

    typical = float(np.median(held.spend[held.spend > 0])) if (held.spend > 0).any() else 1.0
    return np.arcsinh(held.spend / typical)


def _plain_r2(predicted: np.ndarray, outcome: np.ndarray) -> float:
    return float(measures.r_squared_drawn([predicted], outcome, 0)[0, 0])


def _interval(sample: np.ndarray) -> dict[str, float]:
    import numpy as np

    low, high = np.quantile(sample[1:], [0.025, 0.975])
    return {"r2": float(sample[0]), "low": float(low), "high": float(high)}


def _calibration(result: Segmentation, codes: np.ndarray, held: HoldOut, foretold: Mapping[str, float]) -> pd.DataFrame:
    """Return rate of every class beside the rate that the class of one period earlier would have had one expect."""
    import numpy as np
    import pandas as pd

    size = len(result.scheme.classes) + len(result.scheme.outside)
    counts = np.bincount(codes, minlength=size)
    came = np.bincount(codes, weights=held.returned, minlength=size)
    low, high = measures.wilson(came, counts)
    table = pd.DataFrame(
        {
            "segment": [*result.scheme.classes, *result.scheme.outside],
            "customers": counts,
            "returned": came / np.maximum(counts, 1),
            "low": low,
            "high": high,
            "expected": [foretold.get(name, float("nan")) for name in (*result.scheme.classes, *result.scheme.outside)],
        }
    )
    return table[table["customers"] > 0].reset_index(drop=True)


def _gains(predictions: dict[str, np.ndarray], held: HoldOut) -> pd.DataFrame:
    import pandas as pd

    frames = []
    for name, codes in predictions.items():
        people, brought = measures.gain_curve(mean_spend(codes, held)[codes], held.spend)
        frames.append(pd.DataFrame({"prediction": name, "customers_share": people, "spend_share": brought}))
    return pd.concat(frames, ignore_index=True)


def _lines(codes: np.ndarray, known: np.ndarray, held: HoldOut, draws: int, seed: int) -> pd.DataFrame:
    """The question asked of the customers who are judged, and of the others beside."""
    import pandas as pd

    bought = held.bought
    asked = [("judged", codes, bought & known)]
    if not known.all():
        asked += [("with_unknown", codes, bought), ("known_or_not", known.astype(int), bought)]
    if not bought.all():
        asked.append(("with_prospects", codes, known))
    return pd.DataFrame([_line(name, classes[who], held.only(who), draws, seed) for name, classes, who in asked if who.sum() > 1])


def _line(name: str, codes: np.ndarray, held: HoldOut, draws: int, seed: int) -> dict[str, object]:
    matched = size_matched(codes, held.base["spend"].to_numpy(float))
    predictions = [measures.out_of_fold(classes, held.spend, seed=seed) for classes in (codes, matched)]
    sample = measures.r_squared_drawn(predictions, held.spend, draws, seed=seed)
    difference = compared(sample[:, 0] - sample[:, 1])
    return {
        "line": name,
        "customers": len(codes),
        **_interval(sample[:, 0]),
        "eta2": measures.eta_squared(codes, held.spend),
        "difference": difference["difference"],
        "difference_low": difference["low"],
        "difference_high": difference["high"],
        "verdict": difference["verdict"],
    }


def _coverage(known: np.ndarray, held: HoldOut) -> pd.DataFrame:
    """Who told and who did not, and what they spend: those who are known are rarely like the others."""
    import pandas as pd

    if known.all():
        return pd.DataFrame(columns=["group", "customers", "customers_share", "mean_spend", "spend_share"])
    spend = held.base["spend"].fillna(0).to_numpy(float)
    rows = []
    for group, who in (("known", known & held.bought), ("unknown", ~known & held.bought)):
        total = spend[held.bought].sum()
        share = float(spend[who].sum() / total) if total else float("nan")
        mean = float(spend[who].mean()) if who.any() else float("nan")
        rows.append((group, int(who.sum()), float(who.sum() / held.bought.sum()), mean, share))
    return pd.DataFrame(rows, columns=["group", "customers", "customers_share", "mean_spend", "spend_share"])


def _own(method: str, codes: np.ndarray, known: np.ndarray, held: HoldOut, outcome: Outcome, draws: int, seed: int) -> pd.DataFrame:
    """The method and the baselines on what the method is meant to tell apart, among customers for whom that is defined."""
    import pandas as pd

    who = outcome.known & known
    if who.sum() < 2 * measures.FOLDS:
        return pd.DataFrame()
    seen, values = held.only(who), outcome.values[who]
    predictions = {method: codes[who], **baselines(codes[who], seen)}
    expected = [measures.out_of_fold(classes, values, seed=seed) for classes in predictions.values()]
    samples = measures.r_squared_drawn(expected, values, draws, seed=seed)
    rows = []
    for place, (name, classes) in enumerate(predictions.items()):
        happened = values[:, 0] > 0
        area = measures.auc_out_of_fold(classes, happened, seed=seed) if outcome.yes_no else float("nan")
        against = compared(samples[:, 0] - samples[:, place])
        rows.append(
            {
                "prediction": name,
                "customers": int(who.sum()),
                **_interval(samples[:, place]),
                "auc": area,
                "difference": against["difference"],
                "difference_low": against["low"],
                "difference_high": against["high"],
                "verdict": against["verdict"] if place else "",
            }
        )
    return pd.DataFrame(rows)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Twelve significant digits, beyond which the order of a sum shows."""
    from seglib.binning import round12

    floats = table.select_dtypes("float").columns if len(table.columns) else []
    return table.assign(**{name: round12(table[name]) for name in floats})
