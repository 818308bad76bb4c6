"""Is a rule set sound? Classes that can never be reached, cells that belong to nobody, rules that overlap; each with its reason."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from seglib.language import marked, translate

if TYPE_CHECKING:
    import pandas as pd

    from seglib.rules import Rule, Score
    from seglib.scheme import RuleScheme

Cell = dict[str, "int | None"]

SENTENCES = {
    "dead_class": marked("{segment} can never be reached: {cells} cells meet its rule, and all of them go to {by} first."),
    "empty_rule": marked("{segment} can never be reached: no combination of scores meets its rule."),
    "free_cells": marked(
        "{cells} of {all} combinations of scores belong to no class, e.g. {example}. Name a class for them, or an otherwise."
    ),
    "overlap": marked("{segment} and {by} both claim {cells} combinations, e.g. {example}; {winner} wins."),
    "missing": marked("No class is named for customers whose {segment} is missing."),
}
COLUMNS = ("finding", "level", "segment", "by", "cells", "example", "sentence")


def cells(scheme: RuleScheme, *, missing: str = "") -> Iterable[Cell]:
    """Every combination of scores that some customer could have, built from the intervals between all cuts of each input column.

    Two scores of one column go together: a customer with spend below nought never has a high score for spend.

    Args:
        scheme: The scheme.
        missing: Name of an input that is missing in all of them.
    """
    columns = _columns(scheme)
    values = [[None] if column == missing else _representatives(column, scheme.scores) for column in columns]
    seen = set()
    for combination in itertools.product(*values):
        row = dict(zip(columns, combination, strict=True))
        cell = {s.name: s.of(row[s.input], row[s.own] if s.own else None) for s in scheme.scores}
        if tuple(cell.values()) not in seen:
            seen.add(tuple(cell.values()))
            yield cell


def _columns(scheme: RuleScheme) -> list[str]:
    """What the scores read: columns of the customer table and formulas."""
    return list(dict.fromkeys(name for score in scheme.scores for name in score.inputs))


def _representatives(column: str, scores: Iterable[Score]) -> list[float]:
    """One value for every interval and every point at which a score of the column can change."""
    relevant = [score for score in scores if column in score.inputs]
    points = sorted({cut for s in relevant if s.input == column for cut in s.cuts} | {1.0 for s in relevant if s.own == column})
    if not points:
        return [0.0]
    between = [(a + b) / 2 for a, b in itertools.pairwise(points)]
    beyond = (math.nextafter(points[0], -math.inf), math.nextafter(points[-1], math.inf))
    pieces: dict[tuple[object, ...], float] = {}
    for value in sorted({*points, *between, *beyond}):
        # Whether it is a single order counts by itself: the other column of such a score is not known here.
        signature = tuple((s.of(value, math.nan) if s.input == column else None, s.own == column and value == 1) for s in relevant)
        pieces.setdefault(signature, value)
    return list(pieces.values())


def check(scheme: RuleScheme) -> pd.DataFrame:
    """What is wrong, or worth knowing, about the rules of a scheme.

    Returns:
        One row a finding: finding (dead_class, empty_rule, free_cells, overlap, missing), level (error or note), segment, by (the class
        that takes its cells), cells (how many combinations of scores), example (one of them), sentence (English). No row: sound.
    """
    import pandas as pd

    claims = [(cell, [rule for rule in scheme.rules if rule.matches(cell)]) for cell in cells(scheme)]
    findings = [*_dead(scheme, claims), *_free(scheme, claims), *_overlaps(scheme, claims), *_missing(scheme)]
    return pd.DataFrame([{**finding, "sentence": sentence(finding)} for finding in findings], columns=list(COLUMNS))


def sentence(finding: Mapping[str, Any], lang: str = "en") -> str:
    """A finding in words."""
    return translate(SENTENCES[finding["finding"]], lang, **{k: v for k, v in finding.items() if k != "sentence"})


def _example(scheme: RuleScheme, cell: Cell) -> str:
    hidden = {score.name for score in scheme.scores if score.hidden}
    return " ".join(f"{name}={value}" for name, value in cell.items() if name not in hidden)


def _dead(scheme: RuleScheme, claims: list[tuple[Cell, list[Rule]]]) -> Iterable[dict[str, Any]]:
    reached = {rules[0].segment for _, rules in claims if rules}
    for segment in dict.fromkeys(rule.segment for rule in scheme.rules):
        # The classes outside wait for whoever comes; that nobody is there is no fault.
        if segment in reached or segment in scheme.outside:
            continue
        taken = [(cell, rules[0].segment) for cell, rules in claims if any(rule.segment == segment for rule in rules)]
        # Cells of those outside are named only where nothing else took the class away.
        taken = [(cell, by) for cell, by in taken if by not in scheme.outside] or taken
        takers = Counter(by for _, by in taken)
        unreached = _asks_for_unreached(scheme, segment)
        yield {
            "finding": "dead_class" if taken else "empty_rule",
            "level": "note" if unreached and not taken else "error",
            "segment": segment,
            "by": ", ".join(takers),
            "cells": len(taken),
            "example": _example(scheme, taken[0][0]) if taken else "",
        }


def _asks_for_unreached(scheme: RuleScheme, segment: str) -> bool:
    """Does the rule name a score that the fitted cuts no longer give, because equal cuts were merged?"""
    rules = [rule for rule in scheme.rules if rule.segment == segment]
    return all(any(not set(allowed) & {*scheme.score(name).values(), None} for name, allowed in rule.when.items()) for rule in rules)


def _free(scheme: RuleScheme, claims: list[tuple[Cell, list[Rule]]]) -> Iterable[dict[str, Any]]:
    shown = [score.name for score in scheme.scores if not score.hidden]
    inside = {tuple(cell[name] for name in shown) for cell, rules in claims if not rules or rules[0].segment not in scheme.outside}
    free = list({tuple(cell[name] for name in shown): cell for cell, rules in claims if not rules}.values())
    if free:
        yield {
            "finding": "free_cells",
            "level": "note" if scheme.otherwise else "error",
            "segment": scheme.otherwise,
            "by": "",
            "cells": len(free),
            "all": len(inside),
            "example": _example(scheme, free[0]),
        }


def _overlaps(scheme: RuleScheme, claims: list[tuple[Cell, list[Rule]]]) -> Iterable[dict[str, Any]]:
    outside = set(scheme.outside)
    pairs: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell, rules in claims:
        inside = list(dict.fromkeys(rule.segment for rule in rules if rule.segment not in outside))
        # Whoever is outside is so before any class is looked at: that is the ladder, no overlap.
        if len(inside) > 1 and rules[0].segment not in outside:
            for pair in itertools.combinations(inside, 2):
                pairs[pair].append(cell)
    for (first, second), shared in pairs.items():
        yield {
            "finding": "overlap",
            "level": "error" if scheme.mode == "exclusive" else "note",
            "segment": second,
            "by": first,
            "winner": first,
            "cells": len(shared),
            "example": _example(scheme, shared[0]),
        }


def _missing(scheme: RuleScheme) -> Iterable[dict[str, Any]]:
    """Inputs whose missing value leaves some customer without a class."""
    for column in [] if scheme.otherwise else _columns(scheme):
        free = [cell for cell in cells(scheme, missing=column) if not any(rule.matches(cell) for rule in scheme.rules)]
        if free:
            example = _example(scheme, free[0])
            yield {"finding": "missing", "level": "note", "segment": column, "by": "", "cells": len(free), "example": example}
