"""Customers by what they say and by what became of their complaints; use it to find whom to win back and what to mend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D18",)
NEEDS = ("nps_score | csat_score | tickets",)
USES = ("returns_only",
        "nps_scale_low", "nps_scale_high", "csat_scale_low", "csat_scale_high", "tickets_open", "tickets_open_late", "tickets_reopened",
        "tickets_resolved_late", "spend", "lifetime_orders")  # fmt: skip
FACTS = ("tickets",)
CHARTS = ("class_bars",)
ORDERED = False

FEWEST = 30  # answers, or there is no net promoter score
# Ends of a scale -> last answer below the middle boxes, last answer below the two or three at the top.
SCALES = {"1-5": (2.0, 3.0), "1-7": (3.0, 5.0), "1-10": (4.0, 7.0)}
SATISFIED = {"1-5": 4.0, "1-7": 6.0, "1-10": 9.0}  # the two boxes at the top
# State after a complaint, worst first -> the column that counts it.
STATES = {"open_late": "tickets_open_late", "reopened": "tickets_reopened", "resolved_late": "tickets_resolved_late",
          "open": "tickets_open", "resolved": "tickets"}  # fmt: skip


@follows(describes=True)
def segment(customers: pd.DataFrame, *, basis: str = "", nps_scale: str = "0-10", csat_scale: str = "") -> Segmentation:
    """Classes of the latest valid answer of the last year, or the state of what was complained about.

    Args:
        customers: The customer table.
        basis: nps (would you recommend us), csat (how satisfied are you) or after_sales (service cases); empty: the first of these that
            the data have.
        nps_scale: Scale of the recommendation: 0-10, or 1-11 where the answers are to be moved down by one.
        csat_scale: Scale of satisfaction: 1-5, 1-7 or 1-10; empty: as the answers say.

    Returns:
        nps: promoter (9, 10), passive (7, 8), detractor (0 to 6). csat: satisfied, neutral, dissatisfied. Outside, with either:
        no_response. after_sales, the worst that holds: open_late, reopened, resolved_late, open, resolved, none (no case).
        ``details``: ``index`` (measure, answers, value, centre, low, high), ``response`` (who answered, and spend), ``times`` (days to
        resolve: median and ninth decile by Kaplan-Meier, open cases censored).

    Raises:
        ParameterError: The basis or a scale is not known, or answers do not lie on it.
        TableError: A column is lacking.
    """
    columns = {"nps": "nps_score", "csat": "csat_score", "after_sales": "tickets"}
    if basis and basis not in columns:
        raise ParameterError("satisfaction: basis {basis!r} is none of {known}.", basis=basis, known=", ".join(columns))
    basis_used = basis or next((name for name, column in columns.items() if column in customers.columns), "nps")
    params = {"basis": basis, "nps_scale": nps_scale, "csat_scale": csat_scale}
    needs = (columns[basis_used],) if basis else NEEDS
    draft = Draft("satisfaction", customers, needs=needs, params=params, window=False)
    _times(draft)
    if basis_used == "after_sales":
        draft.warn("who_complains")
        return _after_sales(draft)
    draft.warn("who_answers")
    column = _nps(draft, nps_scale) if basis_used == "nps" else "csat_score"
    scale = "0-10" if basis_used == "nps" else csat_scale or _scale_of(draft)
    _prove(draft, column, scale, basis_used)
    asked = int(draft.inside.sum())
    draft.set_apart("no_response", column)
    cuts, names = ((6.0, 8.0), ("promoter", "passive", "detractor"))
    if basis_used == "csat":
        cuts, names = SCALES[scale], ("satisfied", "neutral", "dissatisfied")
    _index(draft, column, cuts if basis_used == "nps" else (), SATISFIED.get(scale, 0.0))
    _response(draft, asked)
    score = Score("N" if basis_used == "nps" else "S", column, cuts, (1, 2, 3))
    rules = [Rule(name, {score.name: (3 - place,)}) for place, name in enumerate(names)]
    return draft.finish(scores=[score], rules=rules, ordered=ORDERED)


def _after_sales(draft: Draft) -> Segmentation:
    """The worst state that holds; states whose column is absent do not occur."""
    there = {state: column for state, column in STATES.items() if column in draft.customers.columns}
    scores = [Score(state, column, (0.0,), (0, 1), hidden=True) for state, column in there.items()]
    rules = [Rule(state, {state: (1,)}) for state in there]
    shown = tuple(there.values())
    histories = len(draft.eligible[list(shown)].drop_duplicates())
    draft.gate("too_little_variation", passed=histories > 1, found=histories, needed=2)
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered", otherwise="none", built_on=shown)


def _nps(draft: Draft, scale: str) -> str:
    """The column of answers on 0 to 10."""
    if scale not in ("0-10", "1-11"):
        raise ParameterError("satisfaction: nps_scale {scale!r} is none of 0-10, 1-11; map the answers in client.yml.", scale=scale)
    if scale == "0-10":
        return "nps_score"
    draft.derive(Formula("nps_mapped", "nps_score - 1"))
    return "nps_mapped"


def _scale_of(draft: Draft) -> str:
    """The one scale that all answers on satisfaction bear."""
    ends = [name for name in ("csat_scale_low", "csat_scale_high") if name in draft.customers.columns]
    known = draft.customers[draft.customers["csat_score"].notna()]
    found = sorted({f"{low:g}-{high:g}" for low, high in known[ends].dropna().drop_duplicates().to_numpy()}) if len(ends) == 2 else []
    if len(found) == 1:
        return found[0]
    if not len(known):
        return "1-5"
    raise ParameterError(
        "satisfaction: answers on {found}; say the one scale with csat_scale (1-5, 1-7, 1-10).", found=", ".join(found) or "no scale"
    )


def _prove(draft: Draft, column: str, scale: str, basis: str) -> None:
    """Answers must be numbers that lie on the scale, and the scale the data name must be this one."""
    if basis == "csat" and scale not in SCALES:
        raise ParameterError("satisfaction: scale {scale} has no classes; map the answers to 1-5, 1-7 or 1-10.", scale=scale)
    low, high = (float(end) for end in scale.split("-"))
    known = draft.customers[draft.customers[column].notna()]
    try:
        values = known[column].astype(float)
        off = values[(values < low) | (values > high)]
        named = {name for end in ("low", "high") if (name := f"{basis}_scale_{end}") in known.columns}
        shift = 1.0 if column == "nps_mapped" else 0.0
        wrong = sum(int((known[name].dropna() - shift != (low if name.endswith("low") else high)).sum()) for name in named)
        found = ", ".join(f"{value + shift:g}" for value in sorted(off.unique())[:3]) or "another scale beside the answers"
    except ValueError:
        off, wrong, found = known[column], 1, ", ".join(map(str, known[column].unique()[:3]))
    if len(off) or wrong:
        raise ParameterError(
            "satisfaction: {basis} answers must lie on {scale}, found {found}. Say the scale (nps_scale: 1-11 moves answers down by one), "
            "or map the answers in client.yml.",
            basis=basis, scale=scale, found=found,
        )  # fmt: skip


def nps_interval(promoters: int, passives: int, detractors: int) -> tuple[float, float, float, float]:
    """Net promoter score and its 95 % interval: adjusted Wald, 3/4, 3/2, 3/4 answers added (Rocks, 2016).

    Returns:
        The score as it is, centre, low and high of the interval, all in points (-100 to 100).

    >>> [round(value, 2) for value in nps_interval(238, 396, 431)]
    [-18.12, -18.07, -22.7, -13.44]
    """
    n = promoters + passives + detractors
    up, down = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    half = 1.959964 * math.sqrt((up + down - (up - down) ** 2) / (n + 3))
    value = 100 * (promoters - detractors) / n if n else math.nan
    return value, 100 * (up - down), 100 * max(up - down - half, -1), 100 * min(up - down + half, 1)


def top_box_interval(satisfied: int, answers: int) -> tuple[float, float, float, float]:
    """Share of satisfied answers and its 95 % interval after Agresti and Coull: two of either kind added.

    >>> [round(value, 3) for value in top_box_interval(8, 10)]
    [0.8, 0.714, 0.478, 0.951]
    """
    centre = (satisfied + 2) / (answers + 4)
    half = 1.959964 * math.sqrt(centre * (1 - centre) / (answers + 4))
    return satisfied / answers if answers else math.nan, centre, max(centre - half, 0.0), min(centre + half, 1.0)


def _index(draft: Draft, column: str, cuts: tuple[float, ...], satisfied: float) -> None:
    """The one figure of all answers; none of a net promoter score with too few."""
    import pandas as pd

    answers = draft.eligible[column].astype(float)
    draft.gate("too_little_variation", passed=answers.nunique() > 1, found=answers.nunique(), needed=2)
    draft.gate("answers", passed=len(answers) >= FEWEST, found=len(answers), needed=FEWEST)
    if len(answers) < FEWEST:
        return
    if cuts:
        down, up = int((answers <= cuts[0]).sum()), int((answers > cuts[1]).sum())
        row = ("nps", len(answers), *nps_interval(up, len(answers) - up - down, down))
    else:
        row = ("top_two", len(answers), *top_box_interval(int((answers >= satisfied).sum()), len(answers)))
    draft.details["index"] = pd.DataFrame([row], columns=["measure", "answers", "value", "centre", "low", "high"])


def _response(draft: Draft, asked: int) -> None:
    """Who answered, and what they spend beside those who did not."""
    import pandas as pd

    answered = int(draft.inside.sum())
    silent = draft.ladder().apply(draft.customers)["segment"].to_numpy() == "no_response"
    draft.fit["response_rate"] = answered / asked if asked else 0.0
    rows = []
    for name, members in (("answered", draft.inside.to_numpy()), ("no_response", silent)):
        spend = {"mean_spend": draft.customers.loc[members, "spend"].mean()} if "spend" in draft.customers.columns else {}
        rows.append({"who": name, "customers": int(members.sum()), "share": members.sum() / asked if asked else 0.0, **spend})
    draft.details["response"] = pd.DataFrame(rows)


def _times(draft: Draft) -> None:
    """Days until a case is resolved, the open ones censored."""
    import pandas as pd
    from scipy.stats import CensoredData, ecdf

    cases = draft.facts.get("tickets")
    if cases is None or cases.empty or cases["open"].all():
        return
    sf = ecdf(CensoredData.right_censored(cases["days"].to_numpy(float), cases["open"].to_numpy())).sf
    reached = {name: sf.quantiles[sf.probabilities <= left] for name, left in (("median", 0.5), ("nine_in_ten", 0.1))}
    rows = [(name, float(days[0]) if len(days) else math.nan, len(cases), int(cases["open"].sum())) for name, days in reached.items()]
    draft.details["times"] = pd.DataFrame(rows, columns=["measure", "days", "cases", "open"])
