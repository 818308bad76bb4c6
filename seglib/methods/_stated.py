"""Needs as customers state them: the one rated highest in a survey against everybody's answers, where it leads by enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.formula import Formula
from seglib.methods._draft import Draft
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

STATED = {"price_sensitive": "stated_price", "brand_loyal": "stated_brand", "quality_seeking": "stated_quality"}
ALONE = 99  # the lead of an index over itself, so that it decides nothing


def answered(draft: Draft, stated: dict[str, str]) -> bool:
    """Do at least two of the answers stand for half of the customers?"""
    if len(stated) < 2 or not len(draft.eligible):
        return False
    return float(draft.eligible[list(stated.values())].notna().all(axis=1).mean()) >= 0.5


def first_named(draft: Draft, stated: dict[str, str], least: float) -> tuple[list[Score], list[Rule]]:
    """Which need a customer rates highest against everybody's answers, and how far ahead of the next; as formulas, scores and rules.

    Every question is told in standard deviations from its mean: a question that most say yes to (that fast food is cheap) would otherwise
    decide for everybody. A need counts where its answer lies above the mean.

    Args:
        draft: The classification in the making.
        stated: Need -> column of answers, of those there are.
        least: Least lead over the next, in standard deviations.
    """
    columns = list(stated.values())
    answers = draft.eligible[columns].astype(float).dropna()
    differing = int((answers.nunique() > 1).sum())
    draft.gate("too_little_variation", passed=differing >= 1, found=differing, needed=1)
    for column in columns:
        draft.derive(Formula(f"{column}_z", _standardised(column, answers[column])))
    place = {need: number for number, need in enumerate(STATED, start=1)}
    *others, (last, _) = stated.items()
    first = str(place[last])
    for need, column in reversed(others):
        first = f"where({column}_z >= stated_top, {place[need]}, {first})"
    ahead = [f"where(need == {place[need]}, {ALONE}, stated_top - {column}_z)" for need, column in stated.items()]
    top = f"greatest({', '.join(f'{column}_z' for column in columns)})"
    for name, text in (("stated_top", top), ("need", f"{first} + 0 * stated_top"), ("need_lead", f"least({', '.join(ahead)})")):
        draft.derive(Formula(name, text))
    rules = [Rule(need, {"N": (place[need],), "S": (1,), "A": (1,)}) for need in stated]
    return [
        Score("S", "stated_top", (0.0,), (0, 1), tiers="fixed"),
        Score("A", "need_lead", (least,), (0, 1), "left", tiers="fixed"),
        Score("N", "need", (1.5, 2.5), (1, 2, 3), hidden=True),
    ], rules


def _standardised(column: str, answers: pd.Series) -> str:
    """The formula of an answer in standard deviations from everybody's mean; nought where all answered alike."""
    spread = float(answers.std(ddof=0)) if len(answers) else 0.0
    if not spread > 1e-9:
        return f"0 * {column}"
    return f"({column} - {float(answers.mean()):.12g}) / {spread:.12g}"
