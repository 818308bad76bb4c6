"""Needs as customers state them: the one rated highest in a survey, where it leads by enough of the scale."""

from __future__ import annotations

from seglib.formula import Formula
from seglib.methods._draft import Draft
from seglib.rules import Rule, Score

STATED = {"price_sensitive": "stated_price", "brand_loyal": "stated_brand", "quality_seeking": "stated_quality"}
ALONE = 99  # the lead of an index over itself, so that it decides nothing


def answered(draft: Draft, stated: dict[str, str]) -> bool:
    """Do at least two of the answers stand for half of the customers?"""
    if len(stated) < 2 or not len(draft.eligible):
        return False
    return float(draft.eligible[list(stated.values())].notna().all(axis=1).mean()) >= 0.5


def first_named(draft: Draft, stated: dict[str, str], least: float) -> tuple[list[Score], list[Rule]]:
    """Which need a customer rates highest, and how far ahead of the next; as formulas, scores and rules.

    Args:
        draft: The classification in the making.
        stated: Need -> column of answers, of those there are.
        least: Least lead over the next, as a part of the whole range of answers.
    """
    columns = list(stated.values())
    answers = draft.eligible[columns].astype(float)
    low, high = (float(end) if end == end else 0.0 for end in (answers.min().min(), answers.max().max()))
    draft.gate("too_little_variation", passed=high > low, found=len(answers.stack().unique()), needed=2)
    place = {need: number for number, need in enumerate(STATED, start=1)}
    top = f"greatest({', '.join(columns)})"
    *others, (last, _) = stated.items()
    first = str(place[last])
    for need, column in reversed(others):
        first = f"where({column} >= stated_top, {place[need]}, {first})"
    ahead = [
        f"where(need == {place[need]}, {ALONE}, (stated_top - {column}) / {max(high - low, 1e-9)!r})" for need, column in stated.items()
    ]
    for name, text in (("stated_top", top), ("need", f"{first} + 0 * stated_top"), ("need_lead", f"least({', '.join(ahead)})")):
        draft.derive(Formula(name, text))
    rules = [Rule(need, {"N": (place[need],), "A": (1,)}) for need in stated]
    scores = [Score("A", "need_lead", (least,), (0, 1), "left", tiers="fixed"), Score("N", "need", (1.5, 2.5), (1, 2, 3), hidden=True)]
    return scores, rules
