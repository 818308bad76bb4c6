"""Who gets the favourable action: by age, gender, income and place, with intervals, and how well the class gives such a trait away."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seglib.report import labels, numbers
from seglib.report.documents.matter import Matter
from seglib.report.documents.model import Callout, Column, Table, Text
from seglib.report.documents.traits import one_name

if TYPE_CHECKING:
    from seglib.methods._play import Play
    from seglib.report.documents.model import Block

LEAST = 30  # customers of a group from whom a share is told
FOUR_FIFTHS = 0.8
MOST = 8  # groups of one trait, largest first
Z = 1.959964
ERROR = 0.05
MINOR = 14  # years: who is younger is left out of every list
#: Traits by which nobody may be treated worse without a reason; the first of each line that the data hold is looked at.
TRAITS = (("birth_year", "age_band"), ("gender",), ("income", "income_band"), ("province", "region"))
AGES = (0, 14, 25, 35, 45, 55, 65, 200)
FAVOURS = ("price", "credit", "payment", "service")
#: Words of an action that gives less service, not more.
LESS = ("标准化", "基本服务", "自动", "自助", "standard service", "basic service", "self-service", "automat")


@dataclass(frozen=True)
class Group:
    """One group of a trait.

    Attributes:
        trait, name: Column of the trait, and the group's value; "" for those of whom it is not recorded.
        customers: How many.
        reached: How many of them are in a class with a favourable action.
        ratio, low, high: Their share over that of the best-served group, with its 95% interval (logarithm of a ratio of two shares).
        chance: How often chance alone would make so large a difference to the best-served group, corrected for the number of groups.
        tells: How well the class tells who is of the group, among those of whom the trait is recorded (area under the curve on customers
            who did not teach it; ½ is chance).
    """

    trait: str
    name: str
    customers: int
    reached: int
    ratio: float
    low: float
    high: float
    chance: float
    tells: float

    @property
    def alarming(self) -> bool:
        """Less than four fifths of the best-served group."""
        return self.ratio < FOUR_FIFTHS

    @property
    def sure(self) -> bool:
        """Is the difference more than chance?"""
        return self.chance < ERROR


def favoured(matter: Matter) -> list[str]:
    """Keys of the classes whose action gives more than others get: a price, terms, or service."""
    return [key for key in matter.keys if favourable(matter.play(key))]


def favourable(play: Play) -> bool:
    """Does an action give its customers more than others get? One that only takes service away does not."""
    kinds = set(play.flags) & set(FAVOURS)
    less = any(word in play.do.lower() for word in LESS)
    return bool(kinds - {"service"}) or (bool(kinds) and not less)


def blocks(matter: Matter) -> list[Block | None]:
    """The sentence, the table and what is done about it; one sentence where there is nothing to compare."""
    keys = favoured(matter)
    if not keys:
        return [Text(matter.t("No action of this playbook gives a class a price, terms or service that others do not get."))]
    every = keys == matter.keys
    if every and not matter.view.result.ordered:
        return [Text(matter.t("Every class has its own price, terms or service; no class is favoured over all others."))]
    keys = keys[:1] if every else keys
    lead = _lead(matter, keys, every=every)
    traits = recorded(matter)
    if not traits:
        none = matter.t(
            "The data record no age, gender, income or place, so whether that reaches some groups less cannot be told.",
        )
        return [matter.book.joined(Text(lead), Text(none))]
    found = groups(traits, matter.view.result.assignments["segment"].to_numpy(), keys)
    return [Text(lead), _table(matter, found), told(matter, found), *_kept_out(matter)]


def _lead(matter: Matter, keys: list[str], *, every: bool) -> str:
    """Which classes get more than others; where every class gets something of its own, the best gets most."""
    names = matter.book.listed([matter.view.label(key) for key in keys])
    if every:
        return matter.t("Every class has its own price, terms or service; the best, {label}, gets most.", label=names)
    return matter.t("Price, terms or service are better in: {labels}.", labels=names)


def recorded(matter: Matter) -> dict[str, pd.Series]:
    """Trait -> its value for every customer in the order of the assignments; missing where it is not recorded."""
    table = matter.client.tables.get("customers")
    if table is None:
        return {}
    chosen = [next((name for name in names if name in table.columns), "") for names in TRAITS]
    names = [name for name in chosen if name]
    if not names:
        return {}
    frame = table.select("customer_id", *names).execute().drop_duplicates("customer_id").set_index("customer_id")
    frame = frame.reindex(matter.view.result.assignments["customer_id"])
    year = int(matter.view.result.as_of[:4]) if matter.view.result.as_of else 0
    made = {name: _grouped(name, frame[name], year) for name in names}
    return {name: values for name, values in made.items() if values.notna().any()}


def _grouped(name: str, values: pd.Series, year: int) -> pd.Series:
    """A trait in groups: years of birth and amounts become bands."""
    values = values.reset_index(drop=True)
    if name == "birth_year":
        ages = year - values.astype(float)
        bands = [f"{low}–{high - 1}" if high < 200 else f"{low}+" for low, high in itertools.pairwise(AGES)]
        return pd.cut(ages, AGES, right=False, labels=bands).astype(object)
    if name == "income":
        known = values.dropna().astype(float)
        if known.nunique() < 3:
            return values.astype(object)
        cuts = np.unique(known.quantile([0.2, 0.5, 0.8]))
        names = [
            f"≤ {numbers.plain(cuts[0])}",
            *(f"{numbers.plain(a)} – {numbers.plain(b)}" for a, b in itertools.pairwise(cuts)),
            f"> {numbers.plain(cuts[-1])}",
        ]
        return pd.cut(values.astype(float), [-math.inf, *cuts, math.inf], labels=names).astype(object)
    if name == "province":
        values = one_name(values)
    return values.map(lambda value: None if pd.isna(value) else str(value))


def groups(traits: dict[str, pd.Series], segment: np.ndarray, favoured_keys: Sequence[str]) -> list[Group]:
    """Share and ratio of every group large enough, those of whom the trait is not recorded among them.

    Args:
        traits: Trait -> value for every customer.
        segment: Class of every customer, in the same order.
        favoured_keys: Classes with a favourable action.
    """
    from scipy.stats import fisher_exact

    from seglib.review import measures

    inside, codes = np.isin(segment, list(favoured_keys)), np.unique(segment, return_inverse=True)[1]
    found: list[Group] = []
    for trait, values in traits.items():
        named = values.fillna("").astype(str).to_numpy()
        sizes = pd.Series(named).value_counts()
        large = sorted((name for name in sizes.index if name and sizes[name] >= LEAST), key=lambda name: (-sizes[name], name))
        wanted = [*sorted(large[:MOST], key=_by_size), *([""] if sizes.get("", 0) >= LEAST else [])]
        counts = {name: (int((named == name).sum()), int((inside & (named == name)).sum())) for name in wanted}
        known = {name: hit / n for name, (n, hit) in counts.items() if name} or {name: hit / n for name, (n, hit) in counts.items()}
        if not known or len(counts) < 2:
            continue
        best = max(known, key=lambda name: (known[name], name))
        for name, (n, hit) in counts.items():
            asked = named != "" if name else np.ones(len(named), dtype=bool)
            tells = measures.auc_out_of_fold(codes[asked], named[asked] == name) if (named[asked] != name).any() else math.nan
            best_n, best_hit = counts[best]
            odds = fisher_exact([[hit, n - hit], [best_hit, best_n - best_hit]]).pvalue
            chance = min(1.0, float(odds) * (len(counts) - 1))
            found.append(Group(trait, name, n, hit, *ratio(hit, n, best_hit, best_n), chance, tells))
    return found


def _by_size(name: str) -> tuple[float, str]:
    """Bands in the order of their amounts, "under" before its amount; other names by letter."""
    found = re.search(r"\d[\d,]*(?:\.\d+)?", name)
    if not found:
        return math.inf, name
    least = float(found.group().replace(",", ""))
    return (least - 0.5 if re.match(r"[<≤]|under|below|less|低于|不足|不超过", name.strip(), re.IGNORECASE) else least), name


def ratio(hit: int, n: int, best_hit: int, best_n: int) -> tuple[float, float, float]:
    """One share over another with its 95% interval; nan where the other is nought.

    >>> tuple(round(x, 2) for x in ratio(20, 100, 40, 100))
    (0.5, 0.32, 0.79)
    """
    if not best_hit or not n:
        return math.nan, math.nan, math.nan
    value = (hit / n) / (best_hit / best_n)
    if not hit:
        return 0.0, 0.0, min(1.0, (3 / n) / (best_hit / best_n))  # the rule of three: 95 % of nought among n
    spread = Z * math.sqrt(1 / hit - 1 / n + 1 / best_hit - 1 / best_n)
    return value, value * math.exp(-spread), value * math.exp(spread)


def _table(matter: Matter, found: list[Group]) -> Table | None:
    if not found:
        return None
    facts, rows = [], []
    how = "seglib.report.documents.parts.fairness"
    for place, one in enumerate(found):
        name = f"fair.{one.trait}.{place}"
        facts.append(matter.book.enter(f"{name}.customers", one.customers, "count", "customers", "customers of the group", expression=how))
        formula = "share of the group in classes with a favourable action"
        facts.append(matter.book.enter(f"{name}.share", one.reached / one.customers, "share", "share", formula, expression=how))
        formula = "that share over the share of the best-served group"
        facts.append(matter.book.enter(f"{name}.ratio", one.ratio, "number", "ratio", formula, expression=how))
        rest = {"low": "lower end of the 95% interval of that ratio", "high": "upper end of it", "tells": "area under the curve"}
        facts += [matter.book.enter(f"{name}.{key}", getattr(one, key), "number", "", text, expression=how) for key, text in rest.items()]
        rows.append(
            {
                "group": named(matter, one),
                "customers": one.customers,
                "share": one.reached / one.customers,
                "ratio": one.ratio,
                "low": one.low,
                "high": one.high,
                "tells": one.tells,
                "alarm": _alarm(matter, one),
            }
        )
    heads = [
        Column("group", matter.t("Group")),
        Column("customers", matter.t("Customers"), "count"),
        Column("share", matter.t("In favoured classes"), "share"),
        Column("ratio", matter.t("Of the best-served"), "number"),
        Column("low", matter.t("95% from"), "number"),
        Column("high", matter.t("95% to"), "number"),
        Column("tells", matter.t("Class tells the group (AUC)"), "number"),
        Column("alarm", matter.t("Four-fifths alarm")),
    ]
    caption = matter.t("Who gets the favourable action (groups of {n} customers and more; the not recorded are a group)", n=LEAST)
    return matter.table(pd.DataFrame(rows), heads, caption, facts=tuple(facts))


def _alarm(matter: Matter, one: Group) -> str:
    if not one.alarming:
        return numbers.MISSING
    return matter.t("look into it") if one.sure else matter.t("within chance")


def named(matter: Matter, one: Group) -> str:
    """A group as it is called: trait and value."""
    trait = labels.label("age_band" if one.trait == "birth_year" else one.trait, matter.book.lang)
    return matter.t("{trait}: {value}", trait=trait, value=one.name or matter.t("not recorded"))


def told(matter: Matter, found: list[Group]) -> Callout | Text:
    """What the table says, in one sentence of four."""
    if not found:
        return Text(matter.t("No group has enough customers to compare."))
    alarming = [one for one in found if one.alarming and one.name]
    names = matter.book.listed([named(matter, one) for one in alarming if one.sure])
    unknown = matter.t("Customers without a record get the favourable action less often; who is on record is not random.")
    rest = unknown if any(one.alarming and one.sure and not one.name for one in found) else ""
    if names:
        text = matter.t(
            "Less than four fifths of the best-served group's share, beyond chance: {names}. That may have good reasons; write them down "
            "before the action begins, or change it.",
            names=names,
        )
        return Callout("message", "", tuple(Text(line) for line in (text, rest) if line))
    if alarming:
        text = matter.t(
            "{n} groups lie below four fifths of the best-served group's share; with so few customers that is within chance.",
            n=len(alarming),
        )
    else:
        text = matter.t("No recorded group falls below four fifths of the best-served group's share.")
    return matter.book.joined(Text(text), Text(rest))


def _kept_out(matter: Matter) -> list[Block | None]:
    """Who is to be left out of every list: minors, where years of birth tell."""
    table = matter.client.tables.get("customers")
    if table is None or "birth_year" not in table.columns or not matter.view.result.as_of:
        return []
    ages = int(matter.view.result.as_of[:4]) - table.birth_year.execute().dropna().astype(float)
    young = matter.book.enter(
        "minors.customers", int((ages < MINOR).sum()), "count", "customers", f"customers younger than {MINOR}", expression="birth_year"
    )
    if not matter.book.value(young):
        return [Text(matter.t("Nobody recorded is younger than {age}.", age=MINOR))]
    text = matter.t("{n} customers are younger than {age}: leave them out of every list.", n=matter.book.shown(young), age=MINOR)
    return [Text(text, (young,))]
