"""The customers table as the firm keeps it: written in several ways, known of some more than of others."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

from seglib.datasets._orders import moments
from seglib.datasets._places import PLACES, short
from seglib.datasets._sales import salesperson
from seglib.datasets._words import GENDERS, INDUSTRIES, firm_names, only, person_names, pick
from seglib.datasets._worlds import Plan

HEAVIER_KNOWN = 1.5  # log odds of being known by one unit of log yearly spend
AGE_EDGES = np.array([25, 35, 45, 55, 65])
AGE_BANDS = np.array(["18-24", "25-34", "35-44", "45-54", "55-64", "65+"], dtype=object)
INCOME_EDGES = np.array([50_000, 100_000, 150_000, 200_000, 300_000])
INCOME_BANDS = {
    "zh": np.array(["5万以下", "5-10万", "10-15万", "15-20万", "20-30万", "30万以上"], dtype=object),
    "en": np.array(["Under 50K", "50-99K", "100-149K", "150-199K", "200-299K", "300K+"], dtype=object),
}
MARRIED = {"zh": ("已婚", "未婚"), "en": ("Married", "Unmarried")}
HOMES = {"zh": ("自有", "租住"), "en": ("Owner", "Tenant")}
ALONE = {"zh": ("单身", "夫妻无子女", "有子女"), "en": ("Single", "Adults, no children", "With children")}
MEMBERS = {"zh": ("普通", "银卡", "金卡"), "en": ("Standard", "Silver", "Gold")}
UNKNOWN_PLACE = {"zh": "不详", "en": "unknown"}
STREETS = {"zh": ("新禾路", "长汀街", "北麓大道", "松泉巷"), "en": ("Xinhe Road", "Changting Street", "Beilu Avenue", "Songquan Lane")}


def known_chance(people: pd.DataFrame, yearly: np.ndarray, plan: Plan) -> np.ndarray:
    """Chance that a person told the firm about age, income and household: the more is spent, the likelier; ``plan.known`` on the mean."""
    if plan.known >= 1:
        return np.ones(len(people))
    heavy = HEAVIER_KNOWN * np.log(np.maximum(yearly, 1.0))
    level = brentq(lambda shift: expit(heavy + shift).mean() - plan.known, -60.0, 60.0)
    return expit(heavy + level)


def customer_table(
    people: pd.DataFrame, yearly: np.ndarray, wallet: np.ndarray, plan: Plan, rng: np.random.Generator, words: np.random.Generator
) -> pd.DataFrame:
    """The canonical ``customers``; ``words`` draws names and streets, so that a language changes no number."""
    firm = people["firm"].to_numpy()
    count = len(people)
    known = (rng.random(count) < known_chance(people, yearly, plan)) & ~firm
    names = np.where(firm, firm_names(words, count, plan.lang), person_names(words, count, plan.lang))
    registered = np.minimum(people["acquired_day"].to_numpy(), plan.days - 1.0) - rng.exponential(20, count)
    table = {
        "customer_id": people["customer_id"].to_numpy(),
        "customer_name": names,
        "customer_kind": np.where(firm, "firm", "person"),
        "registered_at": moments(plan, registered),
        **_personal(people, known, plan, rng),
        **_places(people, plan, rng, words),
        **_firm(people, plan, rng),
        "membership": only(~firm & (rng.random(count) < 0.6), _members(yearly, plan, rng)),
        "wallet": np.where(rng.random(count) < np.where(firm, 0.6, 0.08), _about(wallet, 0.25, rng), np.nan),
        "owner": only(firm, salesperson(np.arange(count))),
        "opt_out": rng.random(count) < 0.06,
    }
    if plan.world.gaps == "contract":
        left = people["left_day"].to_numpy()
        ended = left < plan.days
        table["cancelled_at"] = pd.Series(moments(plan, np.where(ended, left, 0.0))).where(ended)
    frame = pd.DataFrame(table)
    return frame.astype({name: "str" for name in frame.columns if frame[name].dtype == object})


def _about(value: np.ndarray, spread: float, rng: np.random.Generator) -> np.ndarray:
    """A survey's estimate of an amount, to the ten."""
    return np.round(value * np.exp(rng.normal(0, spread, len(value))), -1)


def _personal(people: pd.DataFrame, known: np.ndarray, plan: Plan, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Age, gender, household and income where known; a few years of birth and incomes that cannot be."""
    lang, count = plan.lang, len(people)
    age, income, children = (people[name].to_numpy() for name in ("age", "income", "children"))
    end_year = int(str(plan.start + plan.days - 1)[:4])
    born = np.where(rng.random(count) < 0.01, rng.choice([1901, end_year - 4], count), end_year - np.floor(age))
    told_year, told_income = known & (rng.random(count) < 0.8), known & (rng.random(count) < 0.5)
    false = rng.random(count) < 0.008
    genders = [pick(words, lang) for words in GENDERS.values()]
    alone = np.where(children > 0, 2, np.where(people["household_size"] > 1, 1, 0))
    size = np.array(["1", "2", "3", "4", "5+"], dtype=object)[np.minimum(people["household_size"], 5) - 1]
    return {
        "birth_year": pd.array(np.where(told_year, born, np.nan), dtype="Int64"),
        "age_band": only(known, AGE_BANDS[np.searchsorted(AGE_EDGES, np.floor(age), side="right")]),
        "gender": only(known, np.where(people["female"], genders[0], genders[1])),
        "household_size": only(known, size),
        "household_kind": only(known, np.array(ALONE[lang], dtype=object)[alone]),
        "children": only(known, np.array(["0", "1", "2", "3+"], dtype=object)[np.minimum(children, 3)]),
        "marital_status": only(known, np.where(people["married"], *MARRIED[lang])),
        "home_ownership": only(known, np.where(people["owner_of_home"], *HOMES[lang])),
        "income": np.where(told_income, np.where(false, 666_666.0, np.round(income, -3)), np.nan),
        "income_band": only(known, INCOME_BANDS[lang][np.searchsorted(INCOME_EDGES, income, side="right")]),
    }


def _places(people: pd.DataFrame, plan: Plan, rng: np.random.Generator, words: np.random.Generator) -> dict[str, np.ndarray]:
    """Province, city and address in the ways people write them; some are missing, some say that nothing is known."""
    lang, count = plan.lang, len(people)
    place = people["place"].to_numpy()
    province, city, region = (
        np.array([pick(getattr(p, name), lang) for p in PLACES], dtype=object)[place] for name in ("province", "city", "region")
    )
    other = np.array([short(p.province[0]) if lang == "zh" else p.province[1].upper() for p in PLACES], dtype=object)[place]
    other_city = np.array([short(p.city[0]) if lang == "zh" else p.city[1].upper() for p in PLACES], dtype=object)[place]
    way, none = rng.random(count), rng.random(count) < 0.05
    streets = np.array(STREETS[lang], dtype=object)[words.integers(0, 4, count)]
    number = np.char.mod("%d", rng.integers(1, 300, count)).astype(object)
    address = province + np.where(province == city, "", city) + streets + number + "号" if lang == "zh" else None
    if address is None:
        address = number + " " + streets + ", " + city + ", " + province
    return {
        "country": np.full(count, {"zh": "中国", "en": "China"}[lang], dtype=object),
        "region": only(~none, region),
        "province": np.where(none, only(way < 0.5, np.full(count, UNKNOWN_PLACE[lang])), np.where(way < 0.3, other, province)),
        "city": only(~none & (way <= 0.92), np.where(way < 0.4, other_city, city)),
        "address": only(~none & (rng.random(count) < 0.7), address),
    }


def _firm(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Trade, size and group of firms; employees unknown of 15 %, revenue of 25 %, 15 % belong to another firm of the list."""
    count = len(people)
    firm = people["firm"].to_numpy()
    trades = np.array([pick(words, plan.lang) for words in INDUSTRIES.values()], dtype=object)
    rows = np.flatnonzero(firm)
    parent = rng.choice(rows, count) if len(rows) else np.zeros(count, dtype=np.int64)
    child = firm & (rng.random(count) < 0.15) & (parent < np.arange(count))  # the parent stands before its children: no circle
    counted, told = rng.random(count) < 0.85, rng.random(count) < 0.75
    return {
        "industry": only(firm, trades[people["industry"]]),
        "employees": pd.array(np.where(firm & counted, people["employees"], np.nan), dtype="Int64"),
        "annual_revenue": np.where(firm & told, np.round(people["annual_revenue"], -4), np.nan),
        "parent_id": only(child, people["customer_id"].to_numpy()[parent]),
        "channel": np.where(firm, "delivery", np.where(people["online_share"] > 0.4, "web", "shop")).astype(object),
    }


def _members(yearly: np.ndarray, plan: Plan, rng: np.random.Generator) -> np.ndarray:
    """Tier of the firm's programme: by spend, but not by it alone, as such programmes are."""
    spend = np.log(np.maximum(yearly, 1.0))
    score = spend - np.median(spend) + rng.normal(0, 0.5, len(yearly))
    return np.array(MEMBERS[plan.lang], dtype=object)[np.digitize(score, [0.6, 1.4])]
