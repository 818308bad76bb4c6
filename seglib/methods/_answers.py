"""What answers tell beyond their classes: shares with intervals, groups compared, ratings beside the judgement, and times of cases."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.binning import round12

if TYPE_CHECKING:
    import pandas as pd

Z = 1.959964
OVERALL = ("nps", "csat")
FEWEST = 30  # answers of a group, or of those who gave every rating
A_RATING = 10  # answers needed for each rating
MOST_GROUPS = 8
ALIKE = 4  # ratings from which on the same answer everywhere is told
FALSE_ALARMS = 0.05
LOOSE = 1e-9


@dataclass(frozen=True)
class Scale:
    """What answers can be, and what they mean.

    Attributes:
        low, high: Lowest and highest answer.
        cuts: Where the middle and the upper class begin; () where nobody has said.
        top: From which answer on one of the two boxes at the top was chosen.
    """

    low: float
    high: float
    cuts: tuple[float, ...] = ()
    top: float = math.inf

    @classmethod
    def of(cls, name: str) -> Scale | None:
        """The ends of a scale from its spelling, such as 1-4 or -5-5; None where it is none."""
        found = re.fullmatch(r"(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)", name.strip())
        return cls(float(found[1]), float(found[2])) if found and float(found[1]) < float(found[2]) else None

    @classmethod
    def any(cls) -> Scale:
        """A scale that leaves no answer out: where cuts are given and nothing tells its ends."""
        return cls(-math.inf, math.inf)


# Of recommendation: 9 and 10 of 0 to 10 recommend, 7 and 8 are passive. 1 to 11 is the same moved up by one.
NPS = {"0-10": Scale(0, 10, (7, 9)), "1-10": Scale(1, 10, (7, 9)), "1-11": Scale(1, 11, (8, 10))}
# Of satisfaction: below the middle boxes, the middle ones, above them; and the two boxes at the top.
CSAT = {
    "1-5": Scale(1, 5, (3, 4), 4), "1-7": Scale(1, 7, (4, 6), 6), "1-10": Scale(1, 10, (5, 8), 9), "0-10": Scale(0, 10, (5, 8), 9),
    "1-11": Scale(1, 11, (6, 9), 10), "-5-5": Scale(-5, 5, (0, 3), 4), "stars": Scale(0, 5, (3, 4), 4),
}  # fmt: skip


def scale_seen(answers: pd.Series, question: str) -> str:
    """The scale that answers show where none is on record, "" where they may stand on several.

    Of recommendation it is 0-10 unless some answer lies off it, or all lie on exactly 1 to 5 or 1 to 7, which is another scale. Of any
    other the answers, thirty or more, must run from one end to the other; stars come in halves.
    """
    seen, many = span(answers), len(answers) >= FEWEST
    inside = bool(answers.between(0, 10).all()) and bool((answers % 1 == 0).all())
    if question == "nps" and inside:
        return "" if many and seen in ("1-5", "1-7") else "0-10"
    scales = NPS if question == "nps" else CSAT
    if many and bool(((2 * answers) % 1 == 0).all()) and (answers % 1 != 0).any() and answers.min() >= 0.5 and answers.max() == 5:
        return "stars" if question == "csat" else ""
    return seen if many and seen in scales else ""


def nps_interval(promoters: int, passives: int, detractors: int) -> tuple[float, float, float, float]:
    """Net promoter score and its 95% interval: adjusted Wald, 3/4, 3/2, 3/4 answers added (Rocks, 2016).

    Returns:
        The score as it is, centre, low and high of the interval, all in points (-100 to 100).

    >>> [round(value, 2) for value in nps_interval(238, 396, 431)]
    [-18.12, -18.07, -22.7, -13.44]
    """
    n = promoters + passives + detractors
    up, down = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    half = Z * math.sqrt((up + down - (up - down) ** 2) / (n + 3))
    value = 100 * (promoters - detractors) / n if n else math.nan
    return value, 100 * (up - down), 100 * max(up - down - half, -1), 100 * min(up - down + half, 1)


def top_box_interval(satisfied: int, answers: int) -> tuple[float, float, float, float]:
    """Share of satisfied answers and its 95% interval after Agresti and Coull: two of either kind added.

    >>> [round(value, 3) for value in top_box_interval(8, 10)]
    [0.8, 0.714, 0.478, 0.951]
    """
    centre = (satisfied + 2) / (answers + 4)
    half = Z * math.sqrt(centre * (1 - centre) / (answers + 4))
    return satisfied / answers if answers else math.nan, centre, max(centre - half, 0.0), min(centre + half, 1.0)


def scales_of(answered: pd.DataFrame, question: str) -> list[str]:
    """The scales on record beside the answers to a question, such as 1-5; none where their ends are not recorded."""
    ends = [name for name in (f"{question}_scale_low", f"{question}_scale_high") if name in answered.columns]
    return sorted({f"{low:g}-{high:g}" for low, high in answered[ends].dropna().drop_duplicates().to_numpy()}) if len(ends) == 2 else []


def span(answers: pd.Series) -> str:
    """From the least to the greatest answer, where all are whole numbers; else a few of them."""
    import pandas as pd

    values = pd.to_numeric(answers, errors="coerce")
    if values.isna().any() or (values % 1 != 0).any():
        return ", ".join(sorted(set(answers.astype(str)))[:3])
    return f"{values.min():g}-{values.max():g}"


def groups_of(answered: pd.DataFrame, by: str) -> pd.Series:
    """The group of each answer: a column's values, or thirds of spend where the column is ``spend``.

    Thirds are named spend_high, spend_medium and spend_low; equal spend stays together, and whose spend is unknown is in none.
    """
    import numpy as np
    import pandas as pd

    if by != "spend":
        return answered[by].astype("str").where(answered[by].notna())
    spend = pd.Series(round12(answered["spend"].to_numpy(float)), index=answered.index).dropna()
    place = np.searchsorted(np.unique(round12(np.quantile(spend, [1 / 3, 2 / 3]))), spend) if len(spend) else np.array([], int)
    return pd.Series(np.array(["spend_low", "spend_medium", "spend_high"])[place], index=spend.index).reindex(answered.index)


def compared(scores: pd.Series, groups: pd.Series, *, net: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The index of each group with 30 answers or more, and every difference between two of them.

    Args:
        scores: What an answer counts: 1, 0 or -1 for a net promoter score, else 1 or 0.
        groups: Group of each answer; missing where it has none. The eight with most answers are looked at.
        net: Is it a net promoter score?

    Returns:
        Groups, highest first: group, answers, value, low, high. Pairs, surest first: group, against, difference, low, high, q (Benjamini
        and Hochberg over all pairs), verdict (differs below q = .05, else cannot_tell). Net promoter scores are in points,
        shares in per cent. Intervals of differences add the variances of the adjusted ones; they are not widened for the number of pairs.
    """
    import pandas as pd

    counted = groups.value_counts()
    chosen = sorted(counted.index[counted >= FEWEST], key=lambda name: (-int(counted[name]), name))[:MOST_GROUPS]
    rows = []
    for name in chosen:
        own = scores[groups == name]
        up, down = int((own > 0).sum()), int((own < 0).sum())
        value, centre, low, high = nps_interval(up, len(own) - up - down, down) if net else top_box_percent(up, len(own))
        rows.append((name, len(own), value, low, high, centre, _error(up, down, len(own), net)))
    table = pd.DataFrame(rows, columns=["group", "answers", "value", "low", "high", "centre", "error"])
    table = table.sort_values(["value", "group"], ascending=[False, True], ignore_index=True)
    return table.drop(columns=["centre", "error"]), _pairs(table)


def top_box_percent(satisfied: int, answers: int) -> tuple[float, float, float, float]:
    """The same as ``top_box_interval``, in per cent."""
    value, centre, low, high = top_box_interval(satisfied, answers)
    return 100 * value, 100 * centre, 100 * low, 100 * high


def _error(up: int, down: int, n: int, net: bool) -> float:
    """Standard error of the centre of an adjusted interval, in points."""
    if net:
        above, below = (up + 0.75) / (n + 3), (down + 0.75) / (n + 3)
        return 100 * math.sqrt((above + below - (above - below) ** 2) / (n + 3))
    centre = (up + 2) / (n + 4)
    return 100 * math.sqrt(centre * (1 - centre) / (n + 4))


def _pairs(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd
    from scipy.stats import false_discovery_control, norm

    rows = []
    each = table.to_dict("records")
    for place, one in enumerate(each):
        for other in each[place + 1 :]:
            error = math.hypot(one["error"], other["error"])
            apart = one["centre"] - other["centre"]
            rows.append((one["group"], other["group"], one["value"] - other["value"], apart - Z * error, apart + Z * error,
                         2 * float(norm.sf(abs(apart) / error))))  # fmt: skip
    pairs = pd.DataFrame(rows, columns=["group", "against", "difference", "low", "high", "q"])
    if len(pairs):
        pairs["q"] = false_discovery_control(pairs["q"])
    pairs["verdict"] = (pairs["q"] < FALSE_ALARMS).map({True: "differs", False: "cannot_tell"})
    return pairs.sort_values(["q", "group", "against"], ignore_index=True)


def ratings_of(answers: pd.DataFrame, customers: Sequence[str]) -> pd.DataFrame:
    """Latest rating of every customer on every question that is no overall judgement; of several at one time the lowest.

    Args:
        answers: The side frame ``answers``.
        customers: Those whose ratings are wanted; the frame has one row each, in this order.
    """
    each = answers[answers["customer_id"].isin(set(customers)) & ~answers["question"].isin(OVERALL)]
    each = each.sort_values(["age_days", "score"], kind="stable").drop_duplicates(["customer_id", "question"])
    return each.pivot(index="customer_id", columns="question", values="score").reindex(list(customers))


def complete(ratings: pd.DataFrame) -> pd.DataFrame:
    """Ratings that at least half of the raters gave, of those who gave all of them."""
    rated = ratings.dropna(how="all")
    often = [name for name in sorted(ratings.columns) if len(rated) and ratings[name].notna().sum() >= len(rated) / 2]
    return ratings[often].dropna()


def straight(ratings: pd.DataFrame) -> pd.Series:
    """True for who gave one and the same rating on all questions answered, and answered four or more."""
    return (ratings.notna().sum(axis=1) >= ALIKE) & (ratings.nunique(axis=1) == 1)


def times(cases: pd.DataFrame) -> pd.DataFrame:
    """Days until a case is first answered and until it is resolved: median and ninth decile by Kaplan-Meier.

    What still waits is censored at its age. A resolved case whose first answer nobody noted is left out of the days to the answer.

    Args:
        cases: The side frame ``tickets``: days, open, and first_days where first answers are noted.

    Returns:
        event (first_answer, resolved), measure (median, nine_in_ten), days (missing where not so many have got there), cases, open (that
        still wait).
    """
    import numpy as np
    import pandas as pd
    from scipy.stats import CensoredData, ecdf

    rows: list[tuple[str, str, float, int, int]] = []
    noted = cases["first_days"].notna() if "first_days" in cases.columns else pd.Series(False, index=cases.index)
    asked = cases[noted | cases["open"]] if noted.any() else cases.iloc[:0]
    events = {
        "first_answer": (asked["first_days"].where(noted, asked["days"]) if len(asked) else asked["days"], ~noted.loc[asked.index]),
        "resolved": (cases["days"], cases["open"]),
    }
    for event, (days, waits) in events.items():
        if not len(days) or waits.all():
            continue
        left = ecdf(CensoredData.right_censored(days.to_numpy(float), waits.to_numpy(bool))).sf
        for measure, share in (("median", 0.5), ("nine_in_ten", 0.1)):
            reached = np.asarray(left.quantiles)[np.asarray(left.probabilities) <= share + LOOSE]
            rows.append((event, measure, float(reached[0]) if len(reached) else math.nan, len(days), int(waits.sum())))
    return pd.DataFrame(rows, columns=["event", "measure", "days", "cases", "open"])
