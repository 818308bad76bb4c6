"""Customers by declared income, high, middle and low; use it to see which purses you reach, never to guess one that nobody declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.binning import parse, round12
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._bands import MOST, PLACEHOLDERS, edges_near, lower_edge, plausible
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D11",)
NEEDS = ("income | income_band",)
USES = ("spend", "orders", "lifetime_orders", "returns_only")
FACTS = ()
CHARTS = ("class_bars", "histogram")
ORDERED = True

SOURCES, UNITS = ("income", "income_band"), ("person", "household")
FEWEST_KNOWN, LEAST_KNOWN = 100, 0.20


@follows
def segment(
    customers: pd.DataFrame, *, tiers: str = "top:10,80,10", source: str = "", unit: str = "", year: int = 0, currency: str = ""
) -> Segmentation:
    """Classes of customers by yearly income, as they declared it.

    Args:
        customers: The customer table.
        tiers: Tier rule. Shares (``top:10,80,10``) are cut at the edges of the bands, or the declared values, nearest to them, and of two
            as near the one with the smaller class at the end: a band cannot be divided. ``fixed:…`` takes given incomes.
        source: income or income_band; empty: the one that more customers have.
        unit: person or household, whose income it is; empty: not said.
        year: Year of the incomes; 0: not said.
        currency: Their currency; empty: that of the client's money.

    Returns:
        high, medium, low, or tier_1 (best) … ; unknown_income for whoever declared none, or none that can be: it is never fitted on.
        ``details``: reached (class, asked and reached share of the known, from), selection (those with an income against those without, in
        spend), unreadable (labels and numbers set aside).

    Raises:
        ParameterError: A parameter has a value that means nothing.
        TableError: There is neither income nor income_band.
    """
    _check(source, unit, year, tiers)
    params = {"tiers": tiers, "source": source, "unit": unit, "year": year, "currency": currency}
    draft = Draft("income", customers, needs=NEEDS, params=params)
    column = source or max((name for name in SOURCES if name in customers.columns), key=lambda name: customers[name].notna().sum())
    buyers = draft.inside
    draft.derive(_from_bands(draft, column) if column == "income_band" else _from_numbers(draft, column))
    draft.set_apart("unknown_income", "yearly_income")
    _selection(draft, buyers)
    score = _score(draft, tiers)
    said = {"unit": unit, "year": year, "currency": currency or draft.facts.currency}
    draft.warn("measured", column=column, said=[str(value) for value in said.values() if value] or ["–"])
    if missing := [name for name, value in said.items() if not value]:
        draft.warn("not_said", missing=missing)
    return draft.finish(scores=[score], rules=draft.tier_rules(score), ordered=ORDERED, built_on=("yearly_income",))


def _check(source: str, unit: str, year: int, tiers: str) -> None:
    for name, value, allowed in (("source", source, SOURCES), ("unit", unit, UNITS)):
        if value and value not in allowed:
            raise ParameterError("income: {name} is {value!r}; it can be: {names}.", name=name, value=value, names=", ".join(allowed))
    if year and not 1900 <= year <= 2100:
        raise ParameterError("income: year is {year}; give the year of the incomes, such as 2024, or 0.", year=year)
    if parse(tiers).own1:
        raise ParameterError("income: tiers {tiers!r}: +own1 counts orders, and income has none.", tiers=tiers)


def _from_bands(draft: Draft, column: str) -> Formula:
    """The lower end of the band as a number; labels that cannot be read are said."""
    import pandas as pd

    counts = draft.customers[column].dropna().astype("str").value_counts()
    edges = {label: lower_edge(label) for label in sorted(counts.index)}
    _set_aside(draft, pd.Series({label: counts[label] for label, edge in edges.items() if edge is None}, dtype="int64"))
    known = {label: edge for label, edge in edges.items() if edge is not None}
    return Formula("yearly_income", column, known or {"": 0.0})


def _from_numbers(draft: Draft, column: str) -> Formula:
    """The declared number where it can be an income; numbers that cannot are said."""
    values = draft.customers[column].astype(float).dropna()
    _set_aside(draft, values[(values < 0) | (values > MOST) | values.isin(PLACEHOLDERS)].value_counts())
    return Formula("yearly_income", plausible(column))


def _set_aside(draft: Draft, counts: pd.Series) -> None:
    import pandas as pd

    frame = pd.DataFrame({"value": [str(value) for value in counts.index], "customers": counts.to_numpy()})
    draft.details["unreadable"] = frame.sort_values(["customers", "value"], ascending=[False, True], ignore_index=True)
    if len(frame):
        examples = draft.details["unreadable"]["value"].head(3).tolist()
        draft.warn("unreadable", customers=int(frame["customers"].sum()), examples=examples)


def _selection(draft: Draft, buyers: pd.Series) -> None:
    """Those with an income against those without, among all who could be classed: who tells may well be another kind of customer."""
    import math

    import pandas as pd

    groups = {"known": draft.customers[draft.inside], "unknown": draft.customers[buyers & ~draft.inside]}
    known, everybody = len(groups["known"]), int(buyers.sum())
    share = known / everybody if everybody else 0.0
    draft.gate("known_customers", passed=known >= FEWEST_KNOWN, found=known, needed=FEWEST_KNOWN)
    draft.gate("known_share", passed=share >= LEAST_KNOWN, found=round(100 * share, 1), needed=100 * LEAST_KNOWN)
    if "spend" not in draft.customers.columns:
        return
    money = {name: math.fsum(group["spend"]) for name, group in groups.items()}
    whole = math.fsum(money.values())
    draft.details["selection"] = pd.DataFrame(
        {
            "group": list(groups),
            "customers": [len(group) for group in groups.values()],
            "customers_share": [len(group) / everybody if everybody else math.nan for group in groups.values()],
            "spend": list(money.values()),
            "spend_share": [part / whole if whole else math.nan for part in money.values()],
            "mean_spend": [money[name] / len(group) if len(group) else math.nan for name, group in groups.items()],
        }
    )
    if known and known < everybody:
        mean, other = draft.details["selection"]["mean_spend"]
        held = round(100 * money["known"] / whole) if whole else 0
        draft.warn("selection", share=round(100 * share), money=held, known=f"{mean:,.0f}", unknown=f"{other:,.0f}")


def _score(draft: Draft, tiers: str) -> Score:
    """The score of income: shares at the nearest edges, everything else as the rule says."""
    import pandas as pd

    rule = parse(tiers)
    incomes = pd.Series(round12(draft.eligible["yearly_income"].astype(float)))
    if rule.kind != "top":
        return draft.score("I", "yearly_income", tiers)
    edges = edges_near(incomes, rule)
    asked = [share / 100 for share in rule.numbers]
    draft.gate("too_little_variation", passed=len(edges) == len(asked) - 1, found=incomes.nunique(), needed=len(asked))
    if len(edges) < len(asked) - 1:
        return Score("I", "yearly_income", (), (len(asked),), "left", tiers=str(rule))
    score = Score("I", "yearly_income", edges, tuple(range(1, len(asked) + 1)), "left", tiers=str(rule))
    reached = [float(((incomes >= low) & (incomes < high)).mean()) for low, high in zip((0.0, *edges), (*edges, float("inf")), strict=True)]
    rows = {"segment": [rule.segment for rule in draft.tier_rules(score)], "asked_share": asked, "reached_share": reached[::-1]}
    draft.details["reached"] = pd.DataFrame({**rows, "from_income": [*edges[::-1], 0.0]})
    top, low = (f"{100 * reached[end]:.1f}" for end in (-1, 0))
    draft.warn("reached", top=top, low=low, top_asked=f"{100 * asked[0]:g}", low_asked=f"{100 * asked[-1]:g}", edge=f"{edges[-1]:,.0f}")
    return score
