"""Firms: bounds of sizes by industry, groups of firms under one roof, and how well a firm fits by the deals that were won."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from seglib.methods._logit import logit

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

INDICATORS = ("employees", "annual_revenue", "total_assets")
FEWEST_WINS, WINS_A_TERM = 50, 10


@dataclass(frozen=True)
class Industry:
    """An industry of the division: key, names (zh, en), lower bounds (large, medium, small) by indicator, and how people write it."""

    key: str
    names: tuple[str, str]
    bounds: Mapping[str, tuple[float, ...]]
    spellings: tuple[str, ...]


@cache
def industries() -> dict[str, Industry]:
    """What _firm_sizes.yml says, bounds of money in yuan."""
    import yaml

    content = yaml.safe_load((Path(__file__).parent / "_firm_sizes.yml").read_text(encoding="utf-8"))
    found = {}
    for key, said in content["industries"].items():
        money = {"employees": 1, "annual_revenue": content["yuan"], "total_assets": content["yuan"]}
        bounds = {name: tuple(float(bound * money[name]) for bound in said[name]) for name in INDICATORS}
        words = [*said["name"], *said["words"].split(), key, *_divisions(said["divisions"])]
        found[key] = Industry(key, tuple(said["name"]), bounds, tuple(dict.fromkeys(words)))
    return found


def _divisions(text: str) -> list[str]:
    """``01 06-46`` -> ["01", "06", "07" …]."""
    pairs = [part.split("-") for part in text.split()]
    return [f"{code:0{len(pair[0])}d}" for pair in pairs for code in range(int(pair[0]), int(pair[-1]) + 1)]


def industries_of(texts: Iterable[str]) -> dict[str, str]:
    """Spelling -> key of its industry: the usual spellings, and those among ``texts`` that come to one of them."""
    usual = {text: one.key for one in industries().values() for text in one.spellings}
    every = {_plain(text): key for text, key in usual.items()}
    cased = {form: key for text, key in usual.items() for form in (text, text.capitalize(), text.upper())}
    found = {
        text: key for text in texts if (key := every.get(_plain(text)) or every.get(_plain(text)[:2] if _plain(text).isdigit() else ""))
    }
    return dict(sorted((cased | found).items()))


def _plain(text: str) -> str:
    return re.sub(r"[\s,，、;/&-]+", "", re.sub(r"(行业|业)$", "", text.strip().lower()))


def groups(customers: pd.DataFrame) -> pd.Series:
    """The firm at the top of each firm's group, by parent_id; a firm's own id where it has no parent that is known, or a circle."""
    parents = dict(zip(customers["customer_id"], customers["parent_id"], strict=True))

    def top(who: str) -> str:
        seen = [who]
        while (parent := parents.get(seen[-1])) is not None and parent == parent and parent in parents:
            if parent in seen:
                return min(seen[seen.index(parent) :])
            seen.append(parent)
        return seen[-1]

    return customers["customer_id"].map(top)


def won_by(deals: pd.DataFrame, firms: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series] | None:
    """Odds that a deal is won, by a logit on industry and the logarithm of employees.

    Args:
        deals: customer_id and won (1, 0, missing while open).
        firms: customer_id, industry_group, employees; those that lack one are left out.

    Returns:
        The weights (term, weight in log odds, low and high at 95 %, deals), and the chance of winning of every firm by customer_id; None
        with fewer than 50 deals won, or fewer than ten won or ten lost for each term.
    """
    import numpy as np
    import pandas as pd

    firms = firms.dropna(subset=["industry_group", "employees"]).set_index("customer_id")
    done = deals[deals["won"].notna() & deals["customer_id"].isin(firms.index)]
    about = firms.loc[done["customer_id"]]
    often = about["industry_group"].value_counts()
    named = sorted(often.index[often >= 2 * WINS_A_TERM], key=lambda name: (-int(often[name]), name))[1:]
    won = done["won"].to_numpy(float)
    terms = ["constant", "log_employees", *named]
    if won.sum() < FEWEST_WINS or min(won.sum(), (1 - won).sum()) < WINS_A_TERM * len(terms):
        return None
    weights, spread = logit(_design(about, named), won)
    half = 1.959964 * spread
    counts = [len(done), len(done), *(int(often[name]) for name in named)]
    table = pd.DataFrame({"term": terms, "weight": weights, "low": weights - half, "high": weights + half, "deals": counts})
    chance = 1 / (1 + np.exp(-_design(firms, named) @ weights))
    return table, pd.Series(chance, index=firms.index)


def _design(firms: pd.DataFrame, named: list[str]) -> np.ndarray:
    import numpy as np

    size = np.log(np.maximum(firms["employees"].to_numpy(float), 1.0))
    return np.column_stack([np.ones(len(firms)), size, *((firms["industry_group"] == name).to_numpy(float) for name in named)])
