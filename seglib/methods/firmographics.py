"""Firms by size, the official division or thirds, and industry; use it to plan who serves which firms, and which prospects fit."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._draft import Draft
from seglib.methods._firms import INDICATORS, groups, industries, industries_of, won_by
from seglib.methods._signed import follows
from seglib.rules import Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D19",)
NEEDS = ("employees | annual_revenue",)
USES = ("industry", "employees", "annual_revenue", "total_assets", "customer_kind", "parent_id", "spend", "orders")
FACTS = ("deals",)
CHARTS = ("class_bars",)
ORDERED = False

SIZES = ("large", "medium", "small", "micro")
KINDS = {"firm": ("firm", "company", "b2b", "business", "企业", "公司"), "person": ("person", "individual", "b2c", "consumer", "个人")}
UNSAID = ("", "unknown", "n/a", "none", "-", "不详", "未知", "select")
FEWEST_FIRMS, LEAST_KNOWN = 30, 0.20
OFFICIAL = ("CN",)  # jurisdictions whose bounds are known here
BOUNDS = ("", "official", "thirds")
MOSTLY_ONE = 0.85  # official bounds that put so many firms into one class divide nobody


@follows(describes=True)
def segment(customers: pd.DataFrame, *, yuan: float = 1.0, jurisdiction: str = "CN", bounds: str = "") -> Segmentation:
    """Classes of firms by size: by the official bounds of their industry, or by thirds of employees or revenue where those divide nobody.

    Official: a firm has the size whose lower bounds in its industry it all reaches, else a size lower, and is micro where any bound of
    small is missed. Thirds take their place where the jurisdiction has no bounds here, where no industry is on record, and where the bounds
    put 85 % of 30 or more firms into one size.

    Args:
        customers: The customer table; where it says who is a person (customer_kind), persons are set apart.
        yuan: Yuan in one unit of annual_revenue and total_assets, e.g. 10000 where they are recorded in 万元.
        jurisdiction: Whose bounds are the official ones: CN (China, 2017); of others none are known here.
        bounds: official, thirds (of employees, or of revenue where more firms tell it), or empty: as the firms at hand demand.

    Returns:
        large, medium, small, micro (no micro by thirds); outside: person, unknown_size (what the division needs is not known). The column
        ``industry_group`` is the second axis, ``fit`` says how well the firm fits, ``group_id`` the head of its group. ``details``:
        ``grid`` (size and industry), ``fit_weights`` (learned from deals, or declared), ``fit_grid`` (fit and value), ``groups``.

    Raises:
        ParameterError: ``yuan`` is not above nought, the jurisdiction is no code of a country, or there are no such bounds.
        TableError: There are neither employees nor revenue.
    """
    if not yuan > 0 or not math.isfinite(yuan):
        raise ParameterError("firmographics: yuan is {yuan}; give the yuan in one unit of annual_revenue, above 0.", yuan=yuan)
    if not (len(jurisdiction) == 2 and jurisdiction.isascii() and jurisdiction.isupper()):
        raise ParameterError(
            "firmographics: jurisdiction is {jurisdiction!r}; give the two capital letters of a country, such as CN.",
            jurisdiction=jurisdiction,
        )
    if bounds not in BOUNDS or (bounds == "official" and jurisdiction not in OFFICIAL):
        raise ParameterError(
            "firmographics: bounds is {bounds!r} for jurisdiction {jurisdiction!r}; official ones are known of {known}, thirds fit any.",
            bounds=bounds,
            jurisdiction=jurisdiction,
            known=", ".join(OFFICIAL),
        )
    params = {"yuan": yuan, "jurisdiction": jurisdiction, "bounds": bounds}
    draft = Draft("firmographics", customers, needs=NEEDS, params=params, window=False, buyers=False)
    if "customer_kind" in customers.columns:
        table = {form: float(kind == "firm") for kind, texts in KINDS.items() for text in texts for form in (text, text.capitalize())}
        draft.derive(Formula("is_firm", "customer_kind", table))
        draft.rest("person", "is_firm")
    else:
        draft.warn("kind_unknown")
    firms = int(draft.inside.sum())
    spelled = _industries(draft) if "industry" in customers.columns else {}
    draft, score, sizes = _divided(draft, spelled)
    known, found = int(draft.inside.sum()), draft.eligible["size"].nunique()
    draft.gate("too_little_variation", passed=found >= 2, found=found, needed=2)
    draft.gate("firms", passed=known >= FEWEST_FIRMS, found=known, needed=FEWEST_FIRMS)
    share = round(100 * known / firms, 1) if firms else 0.0
    draft.gate("known_share", passed=share >= 100 * LEAST_KNOWN, found=share, needed=100 * LEAST_KNOWN)
    if spelled:
        draft.flags["industry_group"] = draft.customers["industry"].map(spelled)
        draft.customers = draft.customers.assign(industry_group=draft.flags["industry_group"])
        _grid(draft)
    _fit(draft, sizes)
    _groups(draft)
    rules = draft.tier_rules(score, sizes)
    result = draft.finish(scores=[score], rules=rules, ordered=ORDERED, built_on=(score.input,))
    # A median of codes says nothing.
    return replace(result, profile=result.profile.drop(columns="median_size", errors="ignore"))


def _divided(draft: Draft, spelled: dict[str, str]) -> tuple[Draft, Score, tuple[str, ...]]:
    """The draft with ``size`` (4 large to 1 micro) and whose size is not known set apart; its score, and the sizes there are."""
    bounds, jurisdiction, yuan = (draft.params[name] for name in ("bounds", "jurisdiction", "yuan"))
    measures = {score.input for score in draft.frozen.scores} - {"size"} if draft.frozen else set()
    shown = next((name for name in ("employees", "annual_revenue") if name in measures), "")  # a signed definition by thirds
    why, largest = "none", 0
    if bounds != "thirds" and jurisdiction in OFFICIAL and spelled and not shown:
        official = copy.copy(draft)
        official.formulas, official.flags, official.warnings = [*draft.formulas], dict(draft.flags), [*draft.warnings]
        _size(official, spelled, float(str(yuan)))
        official.set_apart("unknown_size", "size")
        found = official.eligible["size"].value_counts(normalize=True)
        divides = official.inside.sum() < FEWEST_FIRMS or found.max() < MOSTLY_ONE
        if bounds == "official" or draft.frozen or divides:
            if draft.facts.currency not in ("", "CNY") and yuan == 1:
                official.warn("not_yuan", currency=draft.facts.currency)
            return official, Score("S", "size", (1.5, 2.5, 3.5), (1, 2, 3, 4)), SIZES
        why, largest = "one", round(100 * float(found.max()))
    measure = shown or _measure(draft)
    draft.set_apart("unknown_size", measure)
    score = draft.score("S", measure, "quantile:3")
    if why == "one":
        draft.warn("official_divides_nobody", measure=measure, share=largest)
    else:
        draft.warn("by_thirds", measure=measure)
    top, values = max(score.values()), [score.of(value) for value in draft.customers[measure].astype(float)]
    draft.customers = draft.customers.assign(size=[float(value + 4 - top) if value else math.nan for value in values])
    draft.flags["size"] = draft.customers["size"]
    draft.details["variants"] = _thirds()
    return draft, score, SIZES[:3]


def _measure(draft: Draft) -> str:
    """What thirds are made of: the indicator that more firms tell, employees where as many tell both."""
    there = [name for name in ("employees", "annual_revenue") if name in draft.customers.columns]
    return max(there, key=lambda name: (draft.eligible[name].nunique() > 2, int(draft.eligible[name].notna().sum()), name == "employees"))


def _thirds() -> pd.DataFrame:
    """What the sizes are called where they are thirds of the firms at hand."""
    import pandas as pd

    return pd.DataFrame({"segment": SIZES[:3], "variant": ["upper_third", "middle_third", "lower_third"]})


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


def _fit(draft: Draft, sizes: tuple[str, ...]) -> None:
    """How well firms fit, by the deals that were won or else by size, and where that meets what they spend."""
    import pandas as pd

    inside = draft.eligible
    if inside.empty:
        return
    deals = draft.facts.get("deals")
    learned = (
        won_by(deals, inside) if deals is not None and not deals.empty and {"employees", "industry_group"} <= {*inside.columns} else None
    )
    if learned:
        weights, chance = learned
        fit = draft.customers["customer_id"].map(chance)
    else:
        weights = pd.DataFrame({"term": sizes, "weight": [(4 - place) / 4 for place in range(len(sizes))]})
        fit = draft.customers["size"].where(draft.inside) / 4
        draft.warn("fit_declared")
    draft.details["fit_weights"] = weights
    draft.flags["fit"] = fit
    if "spend" not in inside.columns or fit.notna().sum() < 2:
        return
    both = inside[["customer_id", "spend"]].assign(fit=fit[draft.inside]).dropna(subset=["fit"])
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
