"""Customers by what they say and by what became of their complaints; use it to find whom to win back and what to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib import binning
from seglib.errors import ParameterError
from seglib.methods._answers import (
    A_RATING,
    CSAT,
    FEWEST,
    NPS,
    OVERALL,
    Scale,
    compared,
    complete,
    groups_of,
    nps_interval,
    ratings_of,
    scale_seen,
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
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D18",)
NEEDS = ("nps_score | csat_score | tickets",)
USES = ("returns_only", "nps_scale_low", "nps_scale_high", "csat_scale_low", "csat_scale_high", "tickets_open", "tickets_open_late",
        "tickets_reopened", "tickets_resolved_late", "membership", "spend", "orders", "lifetime_orders")  # fmt: skip
FACTS = ("tickets", "answers")
CHARTS = ("class_bars",)
ORDERED = False

GROUPS = ("spend", "membership")  # what groups of answers are compared by: the first that is there
BASES = {"nps": "nps_score", "csat": "csat_score", "after_sales": "tickets"}
SCALES = {"nps": NPS, "csat": CSAT}
# State after a complaint, worst first -> the column that counts it.
STATES = {"open_late": "tickets_open_late", "reopened": "tickets_reopened", "resolved_late": "tickets_resolved_late",
          "open": "tickets_open", "resolved": "tickets"}  # fmt: skip


@follows(describes=True)
def segment(
    customers: pd.DataFrame, *, basis: str = "", nps_scale: str = "", csat_scale: str = "", tiers: str = "", by: str = ""
) -> Segmentation:
    """Classes of the latest valid answer of the last year, or the state of what was complained about.

    Who answered is classed by the answer, whatever is known of orders.

    Args:
        customers: The customer table.
        basis: nps (would you recommend us), csat (how satisfied are you) or after_sales (service cases); empty: the first of these that
            the data have.
        nps_scale: Scale of the recommendation: 0-10, 1-10 or 1-11, or with ``tiers`` any other; empty: as recorded beside the answers, else
            as they show.
        csat_scale: Scale of satisfaction: 1-5, 1-7, 1-10, 0-10, 1-11, -5-5 or stars, or with ``tiers`` any other; empty: likewise.
        tiers: Where the middle and the upper class begin, as ``fixed:3,4``; empty: as the scale has it.
        by: Column whose values make the groups of answers that are compared; empty: thirds of spend, else membership.

    Returns:
        nps: promoter (9, 10), passive (7, 8), detractor (0 to 6). csat: satisfied, neutral, dissatisfied. Outside, with either:
        no_response, and of those without an answer who never bought no_orders and returns_only. after_sales, the worst that holds:
        open_late, reopened, resolved_late, open, resolved, none (no case).
        ``details``: ``index`` (measure, answers, value, centre, low, high, in per cent or points), ``groups``, ``differences``,
        ``drivers`` (ratings that go with the judgement, by their share of R²), ``response`` (who answered, and spend), ``times`` (days
        to the first answer and until resolved: median and ninth decile by Kaplan-Meier, what still waits censored). The column
        ``straight_liner`` flags who gave one and the same rating everywhere.

    Raises:
        ParameterError: The basis, a scale, ``tiers`` or ``by`` is not known, answers do not lie on the scale, or it cannot be told.
        TableError: A column is lacking.
    """
    if basis and basis not in BASES:
        raise ParameterError("satisfaction: basis {basis!r} is none of {known}.", basis=basis, known=", ".join(BASES))
    there = [name for name, column in BASES.items() if column in getattr(customers, "columns", ())]
    answered = [name for name in there if customers[BASES[name]].notna().any()]  # one question may stand for both columns
    used = basis or (answered or there or ["nps"])[0]
    params = {"basis": basis, "nps_scale": nps_scale, "csat_scale": csat_scale, "tiers": tiers, "by": by}
    if by and by not in customers.columns:
        raise ParameterError(
            "satisfaction: there is no column {by} to compare groups by; there is {found}.",
            by=by, found=", ".join(map(str, customers.columns)),
        )  # fmt: skip
    cuts = _given_cuts(tiers, used)
    column = BASES[used]
    draft = Draft(
        "satisfaction", customers, needs=(column,) if basis else NEEDS, params=params, window=False, buyers=False,
        reads=(column,) if used == "after_sales" else (),
    )  # fmt: skip
    _times(draft)
    _never_bought(draft, column, used)
    if used == "after_sales":
        draft.warn("who_complains")
        return _after_sales(draft)
    draft.warn("who_answers")
    if used == "nps":
        _tell_moved(draft)
    scale = _scale(draft, used, nps_scale if used == "nps" else csat_scale, cuts)
    asked = int(draft.inside.sum())
    draft.set_apart("no_response", column)
    score = _score(draft, "N" if used == "nps" else "S", column, scale, tiers)
    _index(draft, score, scale, used)
    _groups(draft, score, scale, used, by)
    _drivers(draft, column)
    _response(draft, asked)
    names = ("promoter", "passive", "detractor") if used == "nps" else ("satisfied", "neutral", "dissatisfied")
    rules = [Rule(name, {score.name: (3 - place,)}) for place, name in enumerate(names)]
    return draft.finish(scores=[score], rules=rules, ordered=ORDERED)


def _given_cuts(tiers: str, basis: str) -> tuple[float, ...]:
    """Where the middle and the upper class begin, as given; () where nothing is."""
    if not tiers:
        return ()
    rule = binning.parse(tiers)
    if rule.kind != "fixed" or rule.classes != 3 or rule.own1:
        raise ParameterError("satisfaction: tiers {tiers!r} must give two cuts, e.g. fixed:3,4.", tiers=tiers)
    if basis == "after_sales":
        raise ParameterError("satisfaction: tiers {tiers!r} divides answers, and basis after_sales has none. Leave it out.", tiers=tiers)
    return tuple(map(float, rule.numbers))


def _never_bought(draft: Draft, column: str, basis: str) -> None:
    """Classes of those who never bought and of whom there is no answer or case; nobody else is judged by orders here."""
    nothing = Score(f"some_{column}", column, (0.0,), (0, 1), hidden=True) if basis == "after_sales" else _known(column)
    ever = "lifetime_orders" if "lifetime_orders" in draft.customers.columns else "orders"
    for name, value, segment in (("returns_only", 1, "returns_only"), (ever, 0, "no_orders")):
        if name in draft.customers.columns:
            score = Score(f"bought_{name}", name, (0.5,), (0, 1), hidden=True)
            draft.ladder_scores += tuple(one for one in (nothing, score) if one not in draft.ladder_scores)
            draft.ladder_rules += (Rule(segment, {nothing.name: (0 if basis == "after_sales" else None,), score.name: (value,)}),)
    draft.inside = draft._inside()


def _known(column: str) -> Score:
    return Score(f"{column}_known", column, (), (1,), hidden=True)


def _after_sales(draft: Draft) -> Segmentation:
    """The worst state that holds; states whose column is absent do not occur."""
    there = {state: column for state, column in STATES.items() if column in draft.customers.columns}
    scores = [Score(state, column, (0.0,), (0, 1), hidden=True) for state, column in there.items()]
    rules = [Rule(state, {state: (1,)}) for state in there]
    histories = len(draft.eligible[list(there.values())].drop_duplicates())
    draft.gate("too_little_variation", passed=histories > 1, found=histories, needed=2)
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered", otherwise="none", built_on=tuple(there.values()))


def _scale(draft: Draft, basis: str, given: str, cuts: tuple[float, ...]) -> Scale:
    """The scale of the answers: the given one, or as recorded beside them, or as they show; all of them must lie on it."""
    known, scales = draft.customers[draft.customers[BASES[basis]].notna()], SCALES[basis]
    try:
        answers = known[BASES[basis]].astype(float)
    except ValueError as fault:
        raise ParameterError(
            "satisfaction: {basis} answers must be numbers, found {found}. Say what the words mean in client.yml, for example "
            "score: {{sql: \"CASE Answer WHEN 'very likely' THEN 10 ELSE Answer END\"}}.",
            basis=basis, found=span(known[BASES[basis]]),
        ) from fault  # fmt: skip
    recorded = scales_of(known, basis)
    name = given or (recorded[0] if len(recorded) == 1 else "")
    if not name and not recorded:
        name = scale_seen(answers, basis)
        if name and (basis, name) != ("nps", "0-10"):
            draft.warn("scale_seen", scale=name, parameter=f"{basis}_scale")
    ends = Scale.of(name) if name not in scales else None
    scale = scales.get(name) or (ends if cuts else None) or (Scale.any() if cuts and not name and not recorded else None)
    if scale is None and (name or len(recorded) > 1 or len(answers)):
        raise ParameterError(
            "satisfaction: {basis} answers on {found} have no classes of their own. Say the one scale with {basis}_scale ({known}), or "
            "where the middle and the upper class begin, with tiers (such as fixed:3,4).",
            basis=basis, found=name or ", ".join(recorded) or f"no scale ({span(answers)})", known=", ".join(scales),
        )  # fmt: skip
    scale = scale or next(iter(scales.values()))
    off = answers[(answers < scale.low) | (answers > scale.high)]
    if len(off) or (given and recorded and recorded != [given] and given != "stars"):
        raise ParameterError(
            "satisfaction: {basis} answers must lie on {scale}, found {found}. Say the scale with {basis}_scale ({known}), or correct the "
            "answers in client.yml.",
            basis=basis, scale=name or "0-10", known=", ".join(scales),
            found=", ".join(f"{value:g}" for value in sorted(off.unique())[:3]) or f"the scale {', '.join(recorded)} beside them",
        )  # fmt: skip
    return Scale(scale.low, scale.high, cuts, cuts[1]) if cuts else scale


def _tell_moved(draft: Draft) -> None:
    """Say where the answers were given on 1 to 11: the customer table has moved them down by one."""
    answers = draft.facts.get("answers")
    given = answers[answers["question"] == "nps"]["score"] if answers is not None else None
    if given is not None and given.max() > draft.customers["nps_score"].max() and given.max() == NPS["1-11"].high:
        draft.warn("moved")


def _score(draft: Draft, name: str, column: str, scale: Scale, tiers: str) -> Score:
    """The score of an answer: that of the signed definition where there is one, else by the cuts of the scale."""
    for signed in draft.frozen.scores if draft.frozen else ():
        if (signed.name, signed.input) == (name, column):
            return signed
    return Score(name, column, tuple(map(float, scale.cuts)), (1, 2, 3), "left", tiers=tiers)


def _places(draft: Draft, score: Score) -> np.ndarray:
    """1, 2 or 3 for every eligible answer: the lowest class, the middle, the highest."""
    return binning.cut(draft.eligible[score.input].astype(float).to_numpy(), score.cuts, closed=score.closed)


def _index(draft: Draft, score: Score, scale: Scale, basis: str) -> None:
    """The one figure of all answers; none with too few."""
    import pandas as pd

    answers = draft.eligible[score.input].astype(float)
    draft.gate("too_little_variation", passed=answers.nunique() > 1, found=answers.nunique(), needed=2)
    draft.gate("answers", passed=len(answers) >= FEWEST, found=len(answers), needed=FEWEST)
    if len(answers) < FEWEST:
        return
    places = _places(draft, score)
    if basis == "nps":
        down, up = int((places == 1).sum()), int((places == 3).sum())
        measure, found = "nps", nps_interval(up, len(answers) - up - down, down)
    else:
        measure = "satisfied_share" if scale.top in score.cuts and draft.params["tiers"] else "top_two"
        found = top_box_percent(int((answers >= scale.top).sum()), len(answers))
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


def _groups(draft: Draft, score: Score, scale: Scale, basis: str, by: str) -> None:
    """The index by group, and which groups differ."""
    import pandas as pd

    by = by or next((name for name in GROUPS if name in draft.customers.columns), "")
    if not by or draft.eligible.empty:
        return
    counts = pd.Series(_places(draft, score) - 2, index=draft.eligible.index)
    if basis == "csat":
        counts = (draft.eligible[score.input].astype(float) >= scale.top).astype(int)
    table, pairs = compared(counts, groups_of(draft.eligible, by), net=basis == "nps")
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
