"""Customers by region, tier of city, or north and south; use it to see where customers are, and whether areas really differ."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.customers.places import LOWER_TIER, places
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._areas import TABLES, areas, season_index
from seglib.methods._differences import FALSE_ALARMS, compare
from seglib.methods._draft import MIN_CLASS, MIN_CLASS_SHARE, Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score
from seglib.scheme import RuleScheme

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D16",)
NEEDS = ("province | region | country | city | address_province",)
USES = ("province", "city", "region", "country", "address_province", "address_city", "days_since_first_order", "spend", "orders",
        "lifetime_orders", "returns_only")  # fmt: skip
FACTS = ("category_lines", "season_spend")
CHARTS = ("class_bars",)
ORDERED = False

LEVELS = ("region", "city_tier", "north_south")
SOURCES = ("province", "region", "country", "city")
UNSAID = ("", "unknown", "n/a", "na", "none", "-", "?", "不详", "未知", "其他", "other", "others", "unspecified", "select")
TABLE_KNOWS = 0.5  # share of the texts that the table of places must know, or the country is another one
MOST_AREAS = 40  # where no areas hold; smaller ones are one class
HOLD = 0.9  # least share of customers in areas that hold, of a column whose areas are taken
ONE_AREA = 0.9  # share of the known customers in one area, above which places divide few
OTHERS = "other_area"
FEWEST_KNOWN, LEAST_KNOWN = 100, 0.20
LookUp = tuple[str, dict[str, float]]  # a column, and the number that stands for each of its texts


@follows(describes=True)
def segment(customers: pd.DataFrame, *, level: str = "region", source: str = "") -> Segmentation:
    """Classes of the area customers live in, and what is bought more in one area than elsewhere.

    Args:
        customers: The customer table, with the side frames ``category_lines`` and ``season_spend`` where areas are to be compared.
        level: region, city_tier (tiers of cities as trade speaks of them, no official ones) or north_south (by the Qinling-Huai line; in a
            province that it divides by the prefecture, or the side of most of the province where that is not known).
        source: For regions, the column that tells the area: province, region, country or city. Empty: province where the table of places
            knows most of its texts, filled from city and address; else, by its own texts, the first of the four of which 90 % of the
            customers live in areas that hold, or the one with most of them. An area holds with 30 customers and 1 % of those known;
            regions that do not are taken together as other areas, where at least two do.

    Returns:
        Classes of the level; unknown_region, unknown_city_tier or unknown_north_south outside. ``details``: ``areas`` (mean spend, drawn
        towards everybody's the less an area's customers bear it out, wholly where areas do not differ; largest first), ``category_index``
        and ``season_index`` (lines that passed the test of ``_differences.compare``; seasons only of two full years, and on the same side
        in both).

    Raises:
        ParameterError: There is no such level or source.
        TableError: No column tells of places.
    """
    for name, value, allowed in (("level", level, LEVELS), ("source", source or "province", SOURCES)):
        if value not in allowed:
            raise ParameterError("geography: {name} is {value!r}; it can be: {names}.", name=name, value=value, names=", ".join(allowed))
    draft = Draft("geography", customers, needs=((source,) if source else NEEDS), params={"level": level, "source": source})
    buyers = int(draft.inside.sum())
    own = "" if level != "region" else source if source not in ("", "province") else _own_source(draft, source)
    tables, keys = _own_texts(draft, own) if own else _code_tables(draft, level)
    keys = list(draft.frozen.classes) if draft.frozen and own else keys
    if own:
        draft.details["names"] = _names(draft, own)
    column = _place(draft, tables)
    draft.set_apart(f"unknown_{level}", column)
    _say(draft, level, own)
    known, found = int(draft.inside.sum()), draft.eligible[column].nunique()
    draft.gate("too_little_variation", passed=found >= 2, found=found, needed=2)
    draft.gate("known_customers", passed=known >= FEWEST_KNOWN, found=known, needed=FEWEST_KNOWN)
    share = round(100 * known / buyers, 1) if buyers else 0.0
    draft.gate("known_share", passed=share >= 100 * LEAST_KNOWN, found=share, needed=100 * LEAST_KNOWN)
    score = Score("P", column, tuple(n + 0.5 for n in range(1, len(keys))), tuple(range(1, len(keys) + 1)), hidden=True)
    named = draft.eligible[column].map(lambda number: keys[int(number) - 1])
    kept = _kept(draft, keys, named) if level == "region" and not own else set(keys)
    others = tuple(n for n, key in enumerate(keys, 1) if key not in kept)
    rules = [Rule(key, {"P": (n,)}) for n, key in enumerate(keys, 1) if key in kept]
    rules += [Rule(OTHERS, {"P": others})] if others else []
    areas = named.where(named.isin(kept), OTHERS)
    _compare(draft, areas)
    shares = areas.value_counts(normalize=True)
    if len(shares) > 1 and shares.iloc[0] > ONE_AREA:
        draft.warn("one_area", segment=str(shares.index[0]), share=round(100 * float(shares.iloc[0])))
    if len(keys) <= 1:
        rules = [Rule("all", {})]
    result = draft.finish(scores=[score], rules=rules, ordered=ORDERED, mode="ordered", built_on=(column,))
    # A median of codes says nothing.
    return replace(result, profile=result.profile.drop(columns=f"median_{column}", errors="ignore"))


def _say(draft: Draft, level: str, own: str) -> None:
    """By which table, and of which day, places were told apart."""
    known = places()
    if own:
        draft.warn("by_own_texts", column=own)
    elif level == "region":
        draft.warn("by_region", day=known.as_of)
    elif level == "city_tier":
        draft.warn("by_city_tier", day=known.tiers_as_of)
    else:
        draft.warn("by_north_south", day=known.as_of)


def _texts(draft: Draft, column: str) -> list[str]:
    """The texts of a column that say something, sorted."""
    if column not in draft.customers.columns:
        return []
    return sorted(text for text in draft.customers[column].dropna().astype("str").unique() if text.strip().lower() not in UNSAID)


def _own_source(draft: Draft, source: str) -> str:
    """The column whose own texts are the areas; "" where the table of places knows where customers live."""
    if isinstance(draft.frozen, RuleScheme):
        place = next(formula for formula in draft.frozen.formulas if formula.name == "place_1")
        codes = {*places().regions, OTHERS}
        return "" if codes >= set(draft.frozen.classes) else place.text.strip()
    there = [name for name in ("province", "city") if _texts(draft, name)]
    read = {"province": places().province_of, "city": places().city_of}
    for name in there:
        known = [read[name](text) is not None for text in _texts(draft, name)]
        if sum(known) >= TABLE_KNOWS * len(known):
            return ""
    if not there and "address_province" in draft.customers.columns and draft.customers["address_province"].notna().any():
        return ""
    differing = [name for name in ((source,) if source else SOURCES) if len(_texts(draft, name)) > 1]
    held = {name: _held(_sizes(draft, name)) for name in differing}
    enough = [name for name in differing if held[name] >= HOLD]
    return next(iter(enough), max(differing, key=lambda name: held[name], default=""))


def _sizes(draft: Draft, column: str) -> pd.Series:
    """Customers of each area by a column's own texts, however they are cased."""
    keys = {text: key_of(text) for text in _texts(draft, column)}
    return draft.eligible[column].astype("str").map(keys).dropna().value_counts()


def _holding(sizes: pd.Series) -> pd.Series:
    """Areas with customers enough for a class of their own; none where fewer than two have."""
    enough = sizes[(sizes >= MIN_CLASS) & (sizes >= MIN_CLASS_SHARE * sizes.sum())]
    return enough if len(enough) > 1 else enough.iloc[:0]


def _held(sizes: pd.Series) -> float:
    """Share of the customers who live in areas that hold."""
    return float(_holding(sizes).sum() / sizes.sum()) if len(sizes) else 0.0


def _kept(draft: Draft, keys: Sequence[str], named: pd.Series) -> set[str]:
    """The areas that are classes of their own: those that hold, all of them where fewer than two do, the signed ones of a definition."""
    if draft.frozen:
        return set(keys) & set(draft.frozen.classes) or set(keys)
    sizes = named.value_counts()
    holding = set(_holding(sizes).index)
    _tell_small(draft, sizes)
    # A region in which nobody lives yet is kept as well, where nothing is taken together.
    return holding if holding and set(sizes.index) - holding else set(keys)


def _tell_small(draft: Draft, sizes: pd.Series) -> None:
    """Say how many areas are taken together, and whose they are."""
    small = sizes[~sizes.index.isin(_holding(sizes).index)]
    if len(small) and len(small) < len(sizes):
        draft.warn("small_areas", areas=len(small), customers=int(small.sum()), needed=MIN_CLASS)


def _own_texts(draft: Draft, column: str) -> tuple[list[LookUp], list[str]]:
    """Look-up of a column's own texts, however they are cased; areas that do not hold, or beyond the largest forty, are one."""
    keys, sizes = {text: key_of(text) for text in _texts(draft, column)}, _sizes(draft, column)
    largest = sorted(_holding(sizes).index)
    if largest:
        _tell_small(draft, sizes)
    else:
        ranked = sorted(sizes.index, key=lambda key: (-int(sizes[key]), key))
        largest = sorted(ranked if len(ranked) <= MOST_AREAS else ranked[: MOST_AREAS - 1])
    largest += [OTHERS] if len(largest) < len(sizes) else []
    number = {key: float(place) for place, key in enumerate(largest, 1)}
    rest = number.get(OTHERS)
    table = {text: number.get(key, rest) for text, key in keys.items()}
    return [(column, {text: value for text, value in table.items() if value is not None})], largest or ["all"]


def _names(draft: Draft, column: str) -> pd.DataFrame:
    """Areas as most customers' records spell them: segment, name. Their keys have lost the capitals."""
    spelled = draft.customers[column].dropna().astype("str").str.strip()
    counted = spelled[spelled.isin(_stripped(draft, column))].value_counts().rename_axis("name").reset_index(name="customers")
    counted["segment"] = [key_of(name) for name in counted["name"]]
    ranked = counted.sort_values(["segment", "customers", "name"], ascending=[True, False, True]).drop_duplicates("segment")
    return ranked[["segment", "name"]].reset_index(drop=True)


def _stripped(draft: Draft, column: str) -> set[str]:
    return {text.strip() for text in _texts(draft, column)}


def key_of(text: str) -> str:
    """Key of an area's own text.

    >>> key_of("  New   South Wales")
    'new_south_wales'
    """
    key = re.sub(r"\W+", "_", text.strip().lower()).strip("_") or "area"
    return f"of_{key}" if key in ("all", OTHERS) or key.startswith(("unknown_", "no_orders", "net_", "returns_")) else key


def _code_tables(draft: Draft, level: str) -> tuple[list[LookUp], list[str]]:
    """Look-ups of every column that tells of places, the surest first, in the classes of the level."""
    known = places()
    keys = {"region": list(known.regions), "city_tier": [*known.tiers, LOWER_TIER], "north_south": ["north", "south"]}[level]
    number = {key: float(place) for place, key in enumerate(keys, 1)}
    attribute = {"region": "region", "city_tier": "tier", "north_south": "side"}[level]
    province = {name: number.get(getattr(p, attribute)) for name, p in known.provinces.items()}
    city = {name: number.get(getattr(c, attribute)) for name, c in known.cities.items()}
    spelled = {"province": known.spelled_provinces(_texts(draft, "province")), "city": known.spelled_cities(_texts(draft, "city"))}
    _unreadable(draft, spelled)
    by_province, by_city = _numbered(spelled["province"], province), _numbered(spelled["city"], city)
    in_address = (("address_province", _numbered({name: name for name in province}, province)),
                  ("address_city", _numbered({name: name for name in city}, city)))  # fmt: skip
    if level == "city_tier":
        return [("city", by_city), ("province", by_province), *reversed(in_address)], keys
    if level == "region":
        return [("province", by_province), ("city", by_city), *in_address], keys
    # A prefecture tells the side only where it is not that of its province.
    across = {name: side for name, side in city.items() if side != province[known.cities[name].province]}
    crossing = [("city", _numbered(spelled["city"], across)), ("address_city", _numbered({name: name for name in across}, across))]
    return [*crossing, ("province", by_province), ("city", by_city), in_address[0]], keys


def _numbered(spelled: Mapping[str, str], numbers: Mapping[str, float | None]) -> dict[str, float]:
    found = {text: numbers.get(name) for text, name in sorted(spelled.items())}
    return {text: number for text, number in found.items() if number is not None}


def _unreadable(draft: Draft, spelled: Mapping[str, Mapping[str, str]]) -> None:
    """Say which texts the table of places does not know."""
    for column, table in spelled.items():
        strange = [text for text in _texts(draft, column) if text not in table]
        if strange:
            of = int(draft.customers[column].isin(strange).sum())
            draft.warn("unreadable", column=column, customers=of, examples=strange[:3])


def _place(draft: Draft, tables: Sequence[LookUp]) -> str:
    """The column of the number of each customer's area: what the first look-up says that says something."""
    names = []
    for nth, (column, table) in enumerate(tables, 1):
        if column in draft.customers.columns:
            names.append(f"place_{nth}")
            draft.derive(Formula(names[-1], column, dict(table) or {"": 1.0}))
    if len(names) == 1:
        return names[0]
    draft.derive(Formula("place", f"coalesce({', '.join(names)})"))
    return "place"


def _compare(draft: Draft, area: pd.Series) -> None:
    """Spend by area, categories by area, and the seasons of areas, as far as the data carry them."""
    if area.empty:
        return
    group = area.set_axis(draft.eligible["customer_id"].array)
    if "spend" in draft.eligible.columns:
        table, spread = areas(draft.eligible["spend"], area)
        draft.details["areas"] = table
        if spread > 0:
            draft.warn("areas_differ", share=f"{100 * spread:.2g}")
        else:
            draft.warn("areas_alike")
    lines = draft.facts.get("category_lines")
    if lines is None or lines.empty:
        draft.warn("no_categories")
    else:
        found = compare(lines, {"area": group}, false_alarms=FALSE_ALARMS / TABLES)
        verdicts = found["verdict"].value_counts()
        draft.details["category_index"] = found[found["verdict"] == "stands_out"].drop(columns="verdict").reset_index(drop=True)
        stands, alike, unsure = (int(verdicts.get(name, 0)) for name in ("stands_out", "alike", "cannot_tell"))
        draft.warn("compared", cells=len(found), stands_out=stands, alike=alike, cannot_tell=unsure)
    seasons = season_index(draft, group)
    if seasons is None:
        draft.warn("one_year")
        return
    draft.details["season_index"] = seasons
    draft.warn("seasons", stands_out=len(seasons))
