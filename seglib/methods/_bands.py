"""Declared bands of money: where a band begins, read from its label, and cuts at the edges of bands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seglib.binning import Tiers

if TYPE_CHECKING:
    import pandas as pd

# Numbers that forms and people put in for "will not say"; no income is so round in ones.
PLACEHOLDERS = (99_999, 111_111, 222_222, 333_333, 444_444, 555_555, 666_666, 777_777, 888_888, 999_999, 9_999_999, 99_999_999, 1_234_567)
MOST = 1e9  # a year; beyond it a number is a slip, in whatever currency
NUMBER = re.compile(r"(\d+(?:\.\d+)?)(亿|千万|百万|万|千|k|w|m|mio)?", re.IGNORECASE)
TIMES = {"千": 1e3, "k": 1e3, "万": 1e4, "w": 1e4, "百万": 1e6, "m": 1e6, "mio": 1e6, "千万": 1e7, "亿": 1e8}
BELOW = re.compile(r"under|below|less|up to|<|≤|以下|以内|低于|不足|不到|少于|小于", re.IGNORECASE)
ABOVE = re.compile(r"\+|over|above|more|from|>|≥|以上|起|高于|超过|大于", re.IGNORECASE)


def lower_edge(label: str) -> float | None:
    """Where a band begins, from the numbers in its label; 0 for a band without a lower end, None where nothing can be read.

    A unit behind the last number holds for those before it that have none (35-49K, 10-20万).

    >>> [lower_edge(label) for label in ("Under 15K", "35-49K", "250K+", "年收入10-20万", "$50,000 to $74,999", "n/a")]
    [0.0, 35000.0, 250000.0, 100000.0, 50000.0, None]
    """
    text = re.sub(r"(?<=\d)[,，](?=\d{3})", "", str(label)).replace(" ", "")
    # A year in the label is no income.
    found = NUMBER.findall(re.sub(r"(19|20)\d\d年", "", text))
    if not found:
        return None
    last = found[-1][1].lower()
    edges = [float(number) * TIMES.get((unit or last).lower(), 1.0) for number, unit in found]
    if len(edges) == 2 and edges[0] >= edges[1] and not found[0][1] and float(found[0][0]) >= 1000:
        edges[0] = float(found[0][0])  # 5000-1万: the unit is the second number's alone
    if len(edges) == 1 and BELOW.search(str(label)):
        return 0.0
    # A single number is a band only with a word that says on which side of it; two must rise.
    if len(edges) == 1:
        return edges[0] if ABOVE.search(str(label)) else None
    return edges[0] if len(edges) == 2 and edges[0] < edges[1] else None


def plausible(column: str) -> str:
    """The formula of a declared yearly amount: missing where it cannot be one."""
    text = column
    for value in PLACEHOLDERS:
        text = f"where({column} == {value}, 1 / 0, {text})"
    # Division by nought is missing in every engine.
    return f"where({column} < 0, 1 / 0, where({column} > {MOST:.0f}, 1 / 0, {text}))"


def edges_near(incomes: pd.Series, rule: Tiers) -> tuple[float, ...]:
    """Ascending edges whose shares lie nearest to the asked ones; fewer where incomes do not differ enough.

    Cuts of the upper half are measured from the top, those of the lower half from the bottom, so that it is the class at the end whose
    size is held, and that stays the smaller one where two edges are as near.
    """
    values = sorted(incomes.dropna().unique())[1:]
    edges: list[float] = []
    shares = [sum(rule.numbers[: n + 1]) / 100 for n in range(len(rule.numbers) - 1)]
    for share in reversed(shares):
        edges.append(_nearest(incomes, [value for value in values if not edges or value > edges[-1]], share))
        if edges[-1] != edges[-1]:
            return ()
    return tuple(edges)


def _nearest(incomes: pd.Series, values: Sequence[float], share_above: float) -> float:
    """The value at or above which a share of incomes nearest to the asked one lies; missing where there is no value."""
    upper = share_above <= 0.5

    def rank(value: float) -> tuple[float, float]:
        end = float((incomes >= value).mean() if upper else (incomes < value).mean())
        return round(abs(end - (share_above if upper else 1 - share_above)), 12), end

    return float(min(values, key=rank)) if values else float("nan")
