"""Rule sets are checked before anybody is classified: what can never be reached, what belongs to nobody, what is claimed twice."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglib.formula import Formula
from seglib.rules import Rule, Score
from seglib.scheme import RuleScheme, grid_scheme
from seglib.soundness import COLUMNS, SENTENCES, sentence

# A rule set that another package prints in its documentation: recency, frequency and money scored 1 to 5, the first match wins.
PUBLISHED = (
    "Champions: 4-5/4-5/4-5; Loyal: 2-5/3-5/3-5; Potential: 3-5/1-3/1-3; New: 4-5/1/1; Promising: 3-4/1/1; Need Attention: 2-3/2-3/2-3; "
    "About To Sleep: 2-3/1-2/1-2; At Risk: 1-2/2-5/2-5; Can't Lose: 1/4-5/4-5; Lost: 1-2/1-2/1-2"
)


def findings(scheme: RuleScheme, *kinds: str) -> list[tuple[object, ...]]:
    """(finding, level, segment, by, cells) of every finding of these kinds, of all by default."""
    found = scheme.check()
    found = found[found["finding"].isin(kinds)] if kinds else found
    return list(found[["finding", "level", "segment", "by", "cells"]].itertuples(index=False, name=None))


# --- the published rule set -----------------------------------------------------------------------------------------------------------


def test_three_published_classes_are_dead_and_the_checker_says_why() -> None:
    assert findings(grid_scheme(PUBLISHED), "dead_class", "empty_rule") == [
        ("dead_class", "error", "New", "Potential", 2),
        ("dead_class", "error", "Promising", "Potential", 2),
        ("dead_class", "error", "Can't Lose", "At Risk", 4),
    ]


def test_thirty_six_published_cells_belong_to_nobody() -> None:
    assert findings(grid_scheme(PUBLISHED), "free_cells") == [("free_cells", "error", "", "", 36)]


def test_the_published_findings_in_words() -> None:
    found = grid_scheme(PUBLISHED).check().set_index("finding")["sentence"]
    assert found["dead_class"].tolist() == [
        "New can never be reached: 2 cells meet its rule, and all of them go to Potential first.",
        "Promising can never be reached: 2 cells meet its rule, and all of them go to Potential first.",
        "Can't Lose can never be reached: 4 cells meet its rule, and all of them go to At Risk first.",
    ]
    assert found["free_cells"].startswith("36 of 125 combinations of scores belong to no class, e.g. R=1 F=1 M=3. Name a class for them")


def test_an_otherwise_class_takes_the_free_cells_and_the_dead_stay_dead() -> None:
    made = grid_scheme(PUBLISHED + "; otherwise: Others")
    assert findings(made, "free_cells") == [("free_cells", "note", "Others", "", 36)]
    assert [row[2] for row in findings(made, "dead_class")] == ["New", "Promising", "Can't Lose"]


def test_first_match_wins_makes_overlaps_notes_and_exclusive_makes_them_errors() -> None:
    ordered = grid_scheme(PUBLISHED)
    assert {row[1] for row in findings(ordered, "overlap")} == {"note"}
    exclusive = dataclasses.replace(ordered, mode="exclusive")
    assert {row[1] for row in findings(exclusive, "overlap")} == {"error"}
    # Champions lie inside Loyal: 2 x 2 x 2 cells.
    assert ("overlap", "note", "Loyal", "Champions", 8) in findings(ordered, "overlap")


def test_the_other_published_rule_set_overlaps_and_leaves_ten_cells() -> None:
    """The vignette of the R package rfm: with its own catch-all it is usable, and nothing in it is dead."""
    vignette = (
        "Champions: 5/5/5; Potential Loyalist: 3-5/3-5/2-5; Loyal: 2-4/2-4/2-4; Promising: 3-4/1-3/3-5; New: 4-5/1-3/1-5; "
        "Can't Lose: 1-2/3-4/4-5; At Risk: 1-2/2-5/4-5; Need Attention: 1-3/3-5/3-5; About To Sleep: 2-3/1-3/1-4; Lost: 1/1-5/1-5"
    )
    assert findings(grid_scheme(vignette), "free_cells", "dead_class", "empty_rule") == [("free_cells", "error", "", "", 10)]


# --- every finding, on grids one can count ---------------------------------------------------------------------------------------------


def test_a_sound_set_has_no_findings_but_the_missing_ones() -> None:
    found = grid_scheme("A: 1/*; B: 2/1; C: 2/2", ("R", "F"), 2).check()
    assert found["finding"].tolist() == ["missing", "missing"]
    assert found["level"].unique().tolist() == ["note"]
    assert found["sentence"].tolist() == [f"No class is named for customers whose {name} is missing." for name in ("R", "F")]
    empty = grid_scheme("A: 1/*; B: 2/*; otherwise: Unknown", ("R", "F"), 2).check()
    assert empty.empty
    assert tuple(empty.columns) == COLUMNS


def test_a_class_named_twice_is_alive_when_one_of_its_rules_is() -> None:
    assert findings(grid_scheme("A: 1/1; A: 1/1; B: */*", ("R", "F"), 2), "dead_class", "overlap") == [("overlap", "note", "B", "A", 1)]


def test_a_dead_class_names_all_who_took_its_cells() -> None:
    assert findings(grid_scheme("A: 1/*; B: 2/*; C: */2", ("R", "F"), 2), "dead_class") == [("dead_class", "error", "C", "A, B", 2)]


SPEND = Score("M", "spend", (0.0, 100.0), (1, 2, 3))
LADDER = Score("positive", "spend", (0.0,), (0, 1), hidden=True)


def test_scores_of_one_column_go_together() -> None:
    """Nobody has negative spend and a high score for spend: such cells are not free, as no customer could be in them."""
    made = RuleScheme(
        "try", (LADDER, SPEND), (Rule("net_negative", {"positive": (0, None)}), Rule("low", {"M": (2,)}), Rule("high", {"M": (3,)})),
        ("high", "low"), outside=("net_negative",),
    )  # fmt: skip
    assert made.check().empty
    assert [tuple(cell.values()) for cell in made.cells()] == [(0, 1), (1, 2), (1, 3)]


def test_a_class_that_only_the_outside_takes_away_says_so() -> None:
    made = RuleScheme(
        "try", (LADDER, SPEND), (Rule("net_negative", {"positive": (0, None)}), Rule("low", {"M": (1,)}), Rule("rest", {"M": (2, 3)})),
        ("rest", "low"), outside=("net_negative",),
    )  # fmt: skip
    assert findings(made) == [("dead_class", "error", "low", "net_negative", 1)]


def test_a_class_taken_by_another_does_not_blame_the_outside() -> None:
    made = RuleScheme(
        "try",
        (LADDER, SPEND),
        (Rule("net_negative", {"positive": (0, None)}), Rule("all", {"M": (1, 2, 3)}), Rule("high", {"M": (1, 3)})),
        ("all", "high"),
        outside=("net_negative",),
    )
    assert findings(made, "dead_class") == [("dead_class", "error", "high", "all", 1)]


def test_classes_outside_may_wait_for_whoever_comes() -> None:
    never = Score("old", "days", (), (1,), hidden=True)
    made = RuleScheme(
        "try", (never,), (Rule("unknown_days", {"old": (2,)}), Rule("all", {"old": (1, None)})), ("all",), outside=("unknown_days",)
    )
    assert made.check().empty


def test_merged_cuts_are_a_note_and_a_rule_that_asks_for_nothing_is_an_error() -> None:
    merged = Score("R", "days", (3.0,), (1, 5))  # scores 2 to 4 were lost to equal cuts
    made = RuleScheme(
        "try", (merged,), (Rule("top", {"R": (5,)}), Rule("middle", {"R": (2, 3, 4)}), Rule("rest", {"R": (1, None)})), ("top",)
    )
    assert findings(made) == [("empty_rule", "note", "middle", "", 0)]
    assert made.check()["sentence"].tolist() == ["middle can never be reached: no combination of scores meets its rule."]
    two = (merged, Score("late", "days", (9.0,), (1, 2)))
    impossible = RuleScheme("try", two, (Rule("never", {"R": (1,), "late": (2,)}), Rule("rest", {})), ("never", "rest"))
    assert findings(impossible) == [("empty_rule", "error", "never", "", 0)]


def test_a_single_order_is_a_cell_of_its_own() -> None:
    own = Score("M", "spend", (50.0,), (2, 3), own="orders")
    made = RuleScheme(
        "try", (own,), (Rule("once", {"M": (1,)}), Rule("low", {"M": (2,)}), Rule("high", {"M": (3,)})), ("high", "low", "once")
    )
    assert findings(made) == [("missing", "note", "spend", "", 1)]
    assert sorted(tuple(cell.values()) for cell in made.cells()) == [(1,), (2,), (3,)]
    without = dataclasses.replace(made, rules=made.rules[1:])
    assert findings(without, "free_cells") == [("free_cells", "error", "", "", 1)]


def test_an_input_that_two_scores_read_is_missing_for_both() -> None:
    scores = (SPEND, Score("rich", "spend", (1000.0,), (0, 1)))
    made = RuleScheme("try", scores, (Rule("rich", {"rich": (1,)}), Rule("rest", {"rich": (0,)})), ("rich", "rest"))
    assert findings(made) == [("missing", "note", "spend", "", 1)]
    named = dataclasses.replace(made, rules=(*made.rules, Rule("unknown_spend", {"M": (None,)})), outside=("unknown_spend",))
    assert named.check().empty


def test_a_derived_input_counts_as_a_column() -> None:
    share = Formula("share", "spend / (spend + other)")
    made = RuleScheme("try", (Score("S", "share", (0.5,), (1, 2)),), (Rule("low", {"S": (1,)}),), ("low",), formulas=(share,))
    assert findings(made) == [("free_cells", "error", "", "", 1), ("missing", "note", "share", "", 1)]


@pytest.mark.parametrize("cut", [0.0, 1e16, -1e16, 1e300, 5e-324])
def test_cuts_of_any_size_have_cells_on_both_sides(cut: float) -> None:
    made = RuleScheme("try", (Score("S", "x", (cut,), (1, 2)),), (Rule("all", {}),), ("all",))
    assert [cell["S"] for cell in made.cells()] == [1, 2]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sets(st.integers(1, 3), min_size=1), st.sets(st.integers(1, 3), min_size=1)),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
)
def test_the_findings_are_those_of_going_through_all_cells_by_hand(
    rules: list[tuple[str, set[int], set[int]]],
    otherwise: bool,
) -> None:
    grid = grid_scheme({"X": "*/*"}, ("R", "F"), 3)
    made = dataclasses.replace(
        grid, rules=tuple(Rule(name, {"R": tuple(r), "F": tuple(f)}) for name, r, f in rules), otherwise="rest" if otherwise else ""
    )
    first = {
        (r, f): next((name for name, rs, fs in rules if r in rs and f in fs), None) for r, f in itertools.product(range(1, 4), repeat=2)
    }
    found = made.check()
    free = sum(name is None for name in first.values())
    assert found.loc[found["finding"] == "free_cells", "cells"].tolist() == ([free] if free else [])
    assert set(found.loc[found["finding"] == "dead_class", "segment"]) == {name for name, _, _ in rules} - set(first.values())


# --- words ----------------------------------------------------------------------------------------------------------------------------


def test_every_finding_has_a_sentence_that_can_be_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    from seglib import language

    monkeypatch.setattr(language, "catalogue", lambda lang: {SENTENCES["missing"]: "{segment} 缺失时没有类别。"} if lang == "zh" else {})
    found = grid_scheme("A: 1", ("R",), 2).check().to_dict("records")
    assert {row["finding"] for row in found} == {"free_cells", "missing"}
    missing = next(row for row in found if row["finding"] == "missing")
    assert sentence(missing, "zh") == "R 缺失时没有类别。"
    overlap = {"finding": "overlap", "segment": "B", "by": "A", "winner": "A", "cells": 3, "example": "R=1"}
    assert sentence(overlap) == "B and A both claim 3 combinations, e.g. R=1; A wins."


def test_the_frame_of_findings_can_be_shown_and_saved() -> None:
    found = grid_scheme(PUBLISHED).check()
    assert tuple(found.columns) == COLUMNS
    assert pd.notna(found["sentence"]).all()
    assert not any(math.isnan(cells) for cells in found["cells"])
