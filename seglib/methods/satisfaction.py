"""Customers by what they say and by what became of their complaints; use it to find whom to win back and what to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._answers import (
    A_RATING,
    FEWEST,
    OVERALL,
    compared,
    complete,
    groups_of,
    nps_interval,
    ratings_of,
    scales_of,
    span,
    straight,
    times,
    top_box_percent,
)
from seglib.methods._draft import Draft
from seglib.methods._drivers import drivers
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D18",)
NEEDS = ("nps_score | csat_score | tickets",)
USES = ("returns_only", "nps_scale_low", "nps_scale_high", "csat_scale_low", "csat_scale_high", "tickets_open", "tickets_open_late",
        "tickets_reopened", "tickets_resolved_late", "membership", "spend", "lifetime_orders")  # fmt: skip
FACTS = ("tickets", "answers")
CHARTS = ("class_bars",)
ORDERED = False

GROUPS = ("spend", "membership")  # what groups of answers are compared by: the first that is there
# Ends of a scale -> last answer below the middle boxes, last answer below the two or three at the top.
SCALES = {"1-5": (2.0, 3.0), "1-7": (3.0, 5.0), "1-10": (4.0, 7.0)}
SATISFIED = {"1-5": 4.0, "1-7": 6.0, "1-10": 9.0}  # the two boxes at the top
# State after a complaint, worst first -> the column that counts it.
STATES = {"open_late": "tickets_open_late", "reopened": "tickets_reopened", "resolved_late": "tickets_resolved_late",
          "open": "tickets_open", "resolved": "tickets"}  # fmt: skip


@follows(describes=True)
def segment(customers: pd.DataFrame, *, basis: str = "", nps_scale: str = "0-10", csat_scale: str = "", by: str = "") -> Segmentation:
    """Classes of the latest valid answer of the last year, or the state of what was complained about.

    Args:
        customers: The customer table.
        basis: nps (would you recommend us), csat (how satisfied are you) or after_sales (service cases); empty: the first of these that
            the data have.
        nps_scale: Scale of the recommendation: 0-10, or 1-11 where the answers are to be moved down by one.
        csat_scale: Scale of satisfaction: 1-5, 1-7 or 1-10; empty: as recorded beside the answers, else as their ends show.
        by: Column whose values make the groups of answers that are compared; empty: thirds of spend, else membership.

    Returns:
        nps: promoter (9, 10), passive (7, 8), detractor (0 to 6). csat: satisfied, neutral, dissatisfied. Outside, with either:
        no_response. after_sales, the worst that holds: open_late, reopened, resolved_late, open, resolved, none (no case).
        ``details``: ``index`` (measure, answers, value, centre, low, high, in per cent or points), ``groups``, ``differences``,
        ``drivers`` (ratings that go with the judgement, by their share of R²), ``response`` (who answered, and spend), ``times`` (days
        to the first answer and until resolved: median and ninth decile by Kaplan-Meier, what still waits censored). The column
        ``straight_liner`` flags who gave one and the same rating everywhere.

    Raises:
        ParameterError: The basis, a scale or ``by`` is not known, or answers do not lie on the scale.
        TableError: A column is lacking.
    """
    columns = {"nps": "nps_score", "csat": "csat_score", "after_sales": "tickets"}
    if basis and basis not in columns:
        raise ParameterError("satisfaction: basis {basis!r} is none of {known}.", basis=basis, known=", ".join(columns))
    there = [name for name, column in columns.items() if column in getattr(customers, "columns", ())]
    answered = [name for name in there if customers[columns[name]].notna().any()]  # one question may stand for both columns
    basis_used = basis or (answered or there or ["nps"])[0]
    params = {"basis": basis, "nps_scale": nps_scale, "csat_scale": csat_scale, "by": by}
    if by and by not in customers.columns:
        raise ParameterError(
            "satisfaction: there is no column {by} to compare groups by; there is {found}.",
            by=by, found=", ".join(map(str, customers.columns)),
        )  # fmt: skip
    draft = Draft("satisfaction", customers, needs=(columns[basis_used],) if basis else NEEDS, params=params, window=False)
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
    _groups(draft, column, cuts if basis_used == "nps" else (), SATISFIED.get(scale, 0.0), by)
    _drivers(draft, column)
    _response(draft, asked)
    score = Score("N" if basis_used == "nps" else "S", column, cuts, (1, 2, 3))
    rules = [Rule(name, {score.name: (3 - place,)}) for place, name in enumerate(names)]
    return draft.finish(scores=[score], rules=rules, ordered=ORDERED)


def _after_sales(draft: Draft) -> Segmentation:
    """The worst state that holds; states whose column is absent do not occur."""
    there = {state: column for state, column in STATES.items() if column in draft.customers.columns}
    scores = [Score(state, column, (0.0,), (0, 1), hidden=True) for state, column in there.items()]
    rules = [Rule(state, {state: (1,)}) for state in there]
    histories = len(draft.eligible[list(there.values())].drop_duplicates())
    draft.gate("too_little_variation", passed=histories > 1, found=histories, needed=2)
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered", otherwise="none", built_on=tuple(there.values()))


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
    known = draft.customers[draft.customers["csat_score"].notna()]
    found = scales_of(known, "csat")
    if len(found) == 1 or not len(known):
        return (found or ["1-5"])[0]
    if not found and (seen := span(known["csat_score"])) in SCALES and len(known) >= FEWEST:
        draft.warn("scale_seen", scale=seen)
        return seen
    raise ParameterError(
        "satisfaction: answers on {found}; say the one scale with csat_scale (1-5, 1-7, 1-10).",
        found=", ".join(found) or f"no scale ({span(known['csat_score'])})",
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
        measure, found = "nps", nps_interval(up, len(answers) - up - down, down)
    else:
        measure, found = "top_two", top_box_percent(int((answers >= satisfied).sum()), len(answers))
    draft.details["index"] = pd.DataFrame(
        [(measure, len(answers), *found)], columns=["measure", "answers", "value", "centre", "low", "high"]
    )


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
    """Days until a case is answered and resolved, those that still wait censored."""
    cases = draft.facts.get("tickets")
    if cases is not None and len(found := times(cases)):
        draft.details["times"] = found


def _groups(draft: Draft, column: str, cuts: tuple[float, ...], satisfied: float, by: str) -> None:
    """The index by group, and which groups differ."""
    by = by or next((name for name in GROUPS if name in draft.customers.columns), "")
    if not by or draft.eligible.empty:
        return
    answers = draft.eligible[column].astype(float)
    counts = (answers > cuts[1]).astype(int) - (answers <= cuts[0]).astype(int) if cuts else (answers >= satisfied).astype(int)
    table, pairs = compared(counts, groups_of(draft.eligible, by), net=bool(cuts))
    if len(table) > 1:
        draft.details["groups"], draft.details["differences"] = table, pairs
        differ = int((pairs["verdict"] == "differs").sum())
        if by == "spend":
            draft.warn("groups_by_spend", pairs=len(pairs), differ=differ)
        else:
            draft.warn("groups_by", column=by, pairs=len(pairs), differ=differ)


def _drivers(draft: Draft, column: str) -> None:
    """What goes with the judgement, where ratings of single matters were asked beside it."""
    import pandas as pd

    answers = draft.facts.get("answers")
    if answers is None or set(answers["question"]) <= set(OVERALL):
        return
    everyone = ratings_of(answers, list(draft.customers["customer_id"]))
    same = straight(everyone)
    draft.flags["straight_liner"] = pd.Series(same.to_numpy(), index=draft.customers.index)
    ratings = complete(everyone[draft.inside.to_numpy()])
    needed = max(FEWEST, A_RATING * ratings.shape[1])
    if len(ratings) < needed or ratings.shape[1] < 2:
        draft.warn("drivers_few", found=len(ratings), needed=needed, ratings=ratings.shape[1])
        return
    overall = draft.eligible.set_index("customer_id")[column].astype(float).loc[ratings.index]
    if min(overall.nunique(), int((ratings.nunique() > 1).sum())) < 2:
        return
    draft.details["drivers"], explained = drivers(ratings, overall)
    draft.fit["drivers_r2"] = explained
    alike = same.loc[ratings.index]
    draft.warn("drivers", answers=len(ratings), r2=round(100 * explained))
    if alike.sum() > 0 and (~alike).sum() >= needed:
        _, without = drivers(ratings[~alike], overall[~alike], draws=0)
        draft.warn("straight_liners", alike=int(alike.sum()), r2=f"{100 * explained:.1f}", without=f"{100 * without:.1f}")
