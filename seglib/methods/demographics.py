"""Customers by age and gender, or age and household; use it to check a picture of the customer, not to paint one."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.customers.account_columns import OLDEST, YOUNGEST
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._differences import compare
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score
from seglib.tables import UNSAID

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D15",)
NEEDS = ("age_years | age_band | birth_year", "gender | household_size")
USES = ("spend", "orders", "lifetime_orders", "returns_only")
FACTS = ("category_lines",)
CHARTS = ("class_bars",)
ORDERED = False

SECONDS = ("gender", "household_size")
AGES = "25,35,45,55,65"
GENDERS = {"female": ("female", "f", "woman", "w", "女", "女性", "女士"), "male": ("male", "m", "man", "男", "男性", "先生")}
NO_GENDER = (*UNSAID, "none", "u")
MANY_YEARS = 15  # so many different whole numbers are ages in years, no bands
LARGEST = 5  # households of so many persons and more are one
FEWEST_KNOWN, LEAST_KNOWN = 100, 0.20


@follows(describes=True)
def segment(customers: pd.DataFrame, *, ages: str = "", second: str = "") -> Segmentation:
    """Classes of age by a second attribute, and which of them buy other categories than all do.

    Args:
        customers: The customer table, with the side frame ``category_lines`` where categories are to be compared.
        ages: Where age bands begin, e.g. ``25,35,45,55,65``: a band holds its first year and not the next band's. Empty: those where ages
            or years of birth are known, or else the bands as recorded (age_band). Ages below 14 and above 100 are unknown.
        second: gender or household_size; empty: gender where it is there.

    Returns:
        Classes such as ``25-34+female``; unknown_age and unknown_gender (unknown_household_size) outside. ``details["category_index"]``
        has the group, category, customers, index (100 = all known customers) and q of those lines alone that stand: see ``compare``.

    Raises:
        ParameterError: The ages do not rise within 14 to 100, or there is no such second attribute.
        TableError: There is no age, or no second attribute.
    """
    if second and second not in SECONDS:
        raise ParameterError("demographics: second is {second!r}; it can be: {names}.", second=second, names=", ".join(SECONDS))
    draft = Draft("demographics", customers, needs=(NEEDS[0], second or NEEDS[1]), params={"ages": ages, "second": second})
    buyers = int(draft.inside.sum())
    column = second or next(name for name in SECONDS if name in customers.columns)
    age, bands = _ages(draft, ages)
    other, values = _second(draft, column)
    draft.set_apart("unknown_age", age.input)
    draft.set_apart(f"unknown_{column}", other.input)
    rules = [Rule(f"{band}+{value}", {"A": (i,), "S": (j,)}) for i, band in enumerate(bands, 1) for j, value in enumerate(values, 1)] or [
        Rule("all", {})
    ]
    found = len(draft.eligible[[age.input, other.input]].drop_duplicates())
    draft.gate("too_little_variation", passed=found >= 2, found=found, needed=2)
    known = int(draft.inside.sum())
    draft.gate("known_customers", passed=known >= FEWEST_KNOWN, found=known, needed=FEWEST_KNOWN)
    share = round(100 * known / buyers, 1) if buyers else 0.0
    draft.gate("known_share", passed=share >= 100 * LEAST_KNOWN, found=share, needed=100 * LEAST_KNOWN)
    _compare(draft, _names(draft.eligible[age.input], age, bands), _names(draft.eligible[other.input], other, values))
    result = draft.finish(scores=[age, other], rules=rules, ordered=ORDERED, mode="ordered", built_on=(age.input, other.input))
    # A median of codes says nothing.
    codes = [f"median_{score.input}" for score in (age, other) if score.hidden]
    return replace(result, profile=result.profile.drop(columns=codes, errors="ignore"))


def _ages(draft: Draft, ages: str) -> tuple[Score, list[str]]:
    """The score of age, 1 for the youngest, and the names of its bands."""
    columns = draft.customers.columns
    counted = "age_years" in columns and draft.customers["age_years"].notna().any()
    if "age_band" in columns and not ages and not counted:
        labels = sorted(draft.customers["age_band"].dropna().astype("str").unique(), key=lambda label: (_number(label), label))
        bands = _of_years(labels) or {label: _key(label) for label in labels if _number(label) >= 0}
        return _coded(draft, "A", "age", "age_band", bands)
    edges = _edges(ages or AGES)
    year = int(str(draft.params["as_of"])[:4])
    years = "age_years" if "age_years" in columns else f"({year} - birth_year)"
    if not {"age_years", "birth_year"} & set(columns):
        raise ParameterError("demographics: ages {ages} need years of birth, and the table has only bands. Leave ages out.", ages=ages)
    # Division by nought is missing in every engine.
    draft.derive(Formula("age", f"where({years} < {YOUNGEST}, 1 / 0, where({years} > {OLDEST}, 1 / 0, {years}))"))
    score = Score("A", "age", tuple(map(float, edges)), tuple(range(1, len(edges) + 2)), "left")
    return score, _bands(edges)


def _bands(edges: Sequence[int]) -> list[str]:
    inner = [f"{low}-{high - 1}" for low, high in itertools.pairwise(edges)]
    return [f"under_{edges[0]}", *inner, f"{edges[-1]}_plus"]


def _of_years(labels: Sequence[str]) -> dict[str, str]:
    """Bands of single years of age that stand where bands are meant ("47"); empty where the texts are bands or codes."""
    if len(labels) < MANY_YEARS or not all(re.fullmatch(r"\d{1,3}(\.0+)?", label) for label in labels):
        return {}
    edges = _edges(AGES)
    return {label: _bands(edges)[bisect.bisect(edges, float(label))] for label in labels if YOUNGEST <= float(label) <= OLDEST}


def _edges(ages: str) -> list[int]:
    parts = [part.strip() for part in ages.replace("，", ",").split(",")]
    edges = [int(part) for part in parts if part.isdigit()]
    if len(edges) < len(parts) or edges != sorted(set(edges)) or edges[0] <= YOUNGEST or edges[-1] > OLDEST:
        raise ParameterError(
            "demographics: ages is {ages!r}; give years that rise between {low} and {high}, e.g. {example}.",
            ages=ages,
            low=YOUNGEST + 1,
            high=OLDEST,
            example=AGES,
        )
    return edges


def _number(label: str) -> int:
    """The first number in a label, one less for "under 25"; -1 where there is none."""
    found = re.search(r"\d+", label)
    below = re.search(r"under|below|<|以下|不足", label, re.IGNORECASE)
    return int(found.group()) - bool(below) if found else -1


def _key(label: str) -> str:
    return re.sub(r"\s+", "_", label.strip().replace("+", "_plus")).lower()


def _second(draft: Draft, column: str) -> tuple[Score, list[str]]:
    """The score of the second attribute and the names of its values."""
    labels = sorted(draft.customers[column].dropna().astype("str").unique())
    if column == "household_size":
        sizes = {label: min(_number(label), LARGEST) for label in labels if _number(label) >= 1}
        return _coded(draft, "S", "household", column, {label: f"persons_{size}" for label, size in sizes.items()})
    known = {label: name for name, spellings in GENDERS.items() for label in labels if label.strip().lower() in spellings}
    others = {label: "other" for label in labels if label not in known and label.strip().lower() not in NO_GENDER}
    return _coded(draft, "S", "gender_code", column, {**known, **others})


def _coded(draft: Draft, score: str, name: str, column: str, keys: Mapping[str, str]) -> tuple[Score, list[str]]:
    """A text as a number: the score that gives each of its values one, and the values by that number."""
    values = list(dict.fromkeys(keys.values()))
    draft.derive(Formula(name, column, {label: float(values.index(key) + 1) for label, key in keys.items()} or {"": 1.0}))
    lacking = int((draft.customers[column].notna() & draft.customers[name].isna()).sum())
    if lacking:
        draft.warn("unreadable", column=column, customers=lacking)
    cuts = tuple(number + 0.5 for number in range(1, len(values)))
    return Score(score, name, cuts, tuple(range(1, max(len(values), 1) + 1)), hidden=True), values or ["any"]


def _names(values: pd.Series, score: Score, names: Sequence[str]) -> pd.Series:
    """The names of a score's values."""
    return values.astype(float).map(lambda value: names[(score.of(value) or 1) - 1])


def _compare(draft: Draft, age: pd.Series, other: pd.Series) -> None:
    """Categories by class, by age and by the second attribute, where the order lines tell categories."""
    if "category_lines" not in draft.facts or draft.facts["category_lines"].empty or age.empty:
        draft.warn("no_categories")
        return
    ids = draft.eligible["customer_id"].array
    groups = {"class": age + "+" + other, "age": age, "second": other}
    table = compare(draft.facts["category_lines"], {name: group.set_axis(ids) for name, group in groups.items()})
    verdicts = table["verdict"].value_counts()
    draft.details["category_index"] = table[table["verdict"] == "stands_out"].drop(columns="verdict").reset_index(drop=True)
    stands, alike, unsure = (int(verdicts.get(name, 0)) for name in ("stands_out", "alike", "cannot_tell"))
    draft.warn("compared", cells=len(table), stands_out=stands, alike=alike, cannot_tell=unsure)
