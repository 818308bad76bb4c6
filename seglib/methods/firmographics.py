"""Firms by size and industry, the official division; use it to plan who serves which firms, and which prospects fit."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._draft import Draft
from seglib.methods._firms import INDICATORS, groups, industries, industries_of, won_by
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D19",)
NEEDS = ("industry", "employees | annual_revenue")
USES = ("employees", "annual_revenue", "total_assets", "customer_kind", "parent_id", "spend", "orders")
FACTS = ("deals",)
CHARTS = ("class_bars",)
ORDERED = False

SIZES = ("large", "medium", "small", "micro")
KINDS = {"firm": ("firm", "company", "b2b", "business", "企业", "公司"), "person": ("person", "individual", "b2c", "consumer", "个人")}
UNSAID = ("", "unknown", "n/a", "none", "-", "不详", "未知", "select")
FEWEST_FIRMS, LEAST_KNOWN = 30, 0.20


@follows(describes=True)
def segment(customers: pd.DataFrame, *, yuan: float = 1.0) -> Segmentation:
    """Classes of firms by size: all lower bounds of a class in the firm's industry, else a class lower; micro where any is missed.

    Args:
        customers: The customer table; where it says who is a person (customer_kind), persons are set apart.
        yuan: Yuan in one unit of annual_revenue and total_assets, e.g. 10000 where they are recorded in 万元.

    Returns:
        large, medium, small, micro; outside: person, unknown_size (the industry or an indicator it needs is not known). The column
        ``industry_group`` is the second axis, ``fit`` says how well the firm fits, ``group_id`` the head of its group. ``details``:
        ``grid`` (size and industry), ``fit_weights`` (learned from deals, or declared), ``fit_grid`` (fit and value), ``groups``.

    Raises:
        ParameterError: ``yuan`` is not above nought.
        TableError: There is no industry, or neither employees nor revenue.
    """
    if not yuan > 0 or not math.isfinite(yuan):
        raise ParameterError("firmographics: yuan is {yuan}; give the yuan in one unit of annual_revenue, above 0.", yuan=yuan)
    draft = Draft("firmographics", customers, needs=NEEDS, params={"yuan": yuan}, window=False, buyers=False)
    if "customer_kind" in customers.columns:
        table = {form: float(kind == "firm") for kind, texts in KINDS.items() for text in texts for form in (text, text.capitalize())}
        draft.derive(Formula("is_firm", "customer_kind", table))
        draft.rest("person", "is_firm")
    else:
        draft.warn("kind_unknown")
    firms = int(draft.inside.sum())
    spelled = _industries(draft)
    _size(draft, spelled, yuan)
    draft.set_apart("unknown_size", "size")
    known = int(draft.inside.sum())
    sizes = draft.eligible["size"].nunique()
    draft.gate("too_little_variation", passed=sizes >= 2, found=sizes, needed=2)
    draft.gate("firms", passed=known >= FEWEST_FIRMS, found=known, needed=FEWEST_FIRMS)
    share = round(100 * known / firms, 1) if firms else 0.0
    draft.gate("known_share", passed=share >= 100 * LEAST_KNOWN, found=share, needed=100 * LEAST_KNOWN)
    if draft.facts.currency not in ("", "CNY") and yuan == 1:
        draft.warn("not_yuan", currency=draft.facts.currency)
    draft.flags["industry_group"] = draft.customers["industry"].map(spelled)
    draft.customers = draft.customers.assign(industry_group=draft.flags["industry_group"])
    _grid(draft)
    _fit(draft)
    _groups(draft)
    score = Score("S", "size", (1.5, 2.5, 3.5), (1, 2, 3, 4))
    rules = [Rule(name, {"S": (4 - place,)}) for place, name in enumerate(SIZES)]
    result = draft.finish(scores=[score], rules=rules, ordered=ORDERED, built_on=("size",))
    # A median of codes says nothing.
    return replace(result, profile=result.profile.drop(columns="median_size", errors="ignore"))


def _industries(draft: Draft) -> dict[str, str]:
    """Industry of every text; one that is not among those listed counts to the others, and is said."""
    texts = sorted(text for text in draft.customers["industry"].dropna().astype("str").unique() if text.strip().lower() not in UNSAID)
    spelled = industries_of(texts)
    strange = [text for text in texts if text not in spelled]
    if strange:
        draft.warn("other_industries", customers=int(draft.customers["industry"].isin(strange).sum()), examples=strange[:3])
    return spelled | dict.fromkeys(strange, "other")


def _size(draft: Draft, spelled: dict[str, str], yuan: float) -> None:
    """The column ``size``, 4 large to 1 micro: the lowest of the grades that the indicators of the industry give."""
    there = [name for name in INDICATORS if name in draft.customers.columns]
    known = industries()
    judged = {key: one for key, one in known.items() if all(name in there for name in INDICATORS if one.bounds[name])}
    lacking = sorted({key for key in draft.customers["industry"].map(spelled).dropna() if key not in judged})
    if lacking:
        draft.warn("lacks_indicator", industries=[known[key].names for key in lacking], columns=[n for n in INDICATORS if n not in there])
    for name in there:
        unit = 1.0 if name == "employees" else yuan
        for place, size in enumerate(SIZES[:3]):
            bounds = {key: one.bounds[name][place] / unit if one.bounds[name] else 0.0 for key, one in judged.items()}
            table = {text: bounds[key] for text, key in spelled.items() if key in bounds}
            draft.derive(Formula(f"{name}_{size}", "industry", table))
        steps = f"where({name} >= {name}_large, 4, where({name} >= {name}_medium, 3, where({name} >= {name}_small, 2, 1)))"
        draft.derive(Formula(f"{name}_grade", f"where({name}_large == 0, 4, {steps})"))  # a bound of nought does not count
    grades = [f"{name}_grade" for name in there]
    draft.derive(Formula("size", f"least({', '.join(grades)})" if len(grades) > 1 else grades[0]))
    for name in [flag for flag in draft.flags if flag.endswith(SIZES[:3])]:
        del draft.flags[name]  # bounds belong to the industry, not to a customer


def _grid(draft: Draft) -> None:
    """How many firms of which size in which industry, and what they spend."""
    inside = draft.eligible.assign(size=draft.eligible["size"].map(lambda grade: SIZES[4 - int(grade)]))
    if inside.empty:
        return
    by = inside.groupby(["industry_group", "size"])
    table = by.agg(customers=("customer_id", "size"), **({"spend": ("spend", "sum")} if "spend" in inside.columns else {}))
    largest_first = table.reset_index().sort_values("size", key=lambda sizes: sizes.map(SIZES.index), kind="stable")
    draft.details["grid"] = largest_first.sort_values("industry_group", kind="stable", ignore_index=True)


def _fit(draft: Draft) -> None:
    """How well firms fit, by the deals that were won or else by size, and where that meets what they spend."""
    import pandas as pd

    inside = draft.eligible
    if inside.empty:
        return
    deals = draft.facts.get("deals")
    learned = won_by(deals, inside) if deals is not None and not deals.empty and "employees" in inside.columns else None
    if learned:
        weights, chance = learned
        fit = draft.customers["customer_id"].map(chance)
    else:
        weights = pd.DataFrame({"term": list(SIZES), "weight": [1.0, 0.75, 0.5, 0.25]})
        fit = draft.customers["size"].where(draft.inside) / 4
        draft.warn("fit_declared")
    draft.details["fit_weights"] = weights
    draft.flags["fit"] = fit
    if "spend" not in inside.columns or fit.notna().sum() < 2:
        return
    both = inside.assign(fit=fit[draft.inside]).dropna(subset=["fit"])
    high = {name: (both[name] >= both[name].median()).map({True: "high", False: "low"}) for name in ("fit", "spend")}
    grid = both.groupby([high["fit"].rename("fit_side"), high["spend"].rename("value_side")]).agg(
        customers=("customer_id", "size"), spend=("spend", "sum"), mean_fit=("fit", "mean")
    )
    draft.details["fit_grid"] = grid.reset_index()


def _groups(draft: Draft) -> None:
    """Firms under one roof, taken together: the ten that spend most."""
    if "parent_id" not in draft.customers.columns or draft.customers["parent_id"].isna().all():
        return
    head = groups(draft.customers)
    draft.flags["group_id"] = head
    columns = {"members": ("customer_id", "size")} | ({"spend": ("spend", "sum")} if "spend" in draft.customers.columns else {})
    table = draft.customers.groupby(head.rename("group_id").to_numpy()).agg(**columns).rename_axis("group_id").reset_index()
    several = table[table["members"] > 1]
    draft.warn("groups", groups=len(several), members=int(several["members"].sum()))
    by = [name for name in ("spend", "members", "group_id") if name in several.columns]
    first = several.sort_values(by, ascending=[name == "group_id" for name in by], ignore_index=True).head(10)
    draft.details["groups"] = first.assign(group=[str(number) for number in range(1, len(first) + 1)])[["group", *first.columns[1:]]]
