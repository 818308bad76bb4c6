"""A definition applies itself, alike in every engine, and stays what was signed."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglib.errors import SchemeError
from seglib.formula import Formula
from seglib.rules import Rule, Score
from seglib.scheme import RuleScheme, grid_scheme
from seglib.segmentation import load_scheme

R = Score("R", "days", (30.0, 90.0), (3, 2, 1), "right", tiers="fixed:30,90")
M = Score("M", "spend", (50.0,), (1, 2), "left", tiers="fixed:50")
EVER = Score("ordered_ever", "orders", (0.0,), (0, 1), hidden=True)
KNOWN = Score("days_known", "days", (), (1,), hidden=True)


def scheme(**changes: object) -> RuleScheme:
    """Recent and rich: key; the rest by recency alone; who never ordered, or whose day is missing, outside."""
    made = RuleScheme(
        method="try",
        scores=(EVER, KNOWN, R, M),
        rules=(
            Rule("no_orders", {"ordered_ever": (0, None)}),
            Rule("unknown_days", {"days_known": (None,)}),
            Rule("key", {"R": (3,), "M": (2,)}),
            Rule("here", {"R": (2, 3)}),
            Rule("gone", {"R": (1,)}),
        ),
        classes=("key", "here", "gone"),
        outside=("no_orders", "unknown_days"),
        window_days=364,
        about={"params": {"tiers": "fixed:50"}, "as_of": "2024-12-31", "version": "0.1"},
    )
    return dataclasses.replace(made, **changes)


CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d", "e", "f", "g"],
        "orders": [2, 2, 2, 1, 0, 3, 3],
        "days": [30.0, 30.0, 31.0, 91.0, math.nan, math.nan, 5.0],
        "spend": [50.0, 49.99, 500.0, 500.0, 0.0, 10.0, math.nan],
    }
)
CLASSES = ["key", "here", "here", "gone", "no_orders", "unknown_days", "here"]


# --- apply ----------------------------------------------------------------------------------------------------------------------------


def test_the_first_rule_that_matches_decides() -> None:
    found = scheme().apply(CUSTOMERS)
    assert list(found.columns) == ["customer_id", "segment", "R", "M"]
    assert found["customer_id"].tolist() == list("abcdefg")
    assert found["segment"].tolist() == CLASSES
    assert found["R"].tolist() == [3, 3, 2, 1, pd.NA, pd.NA, 3]
    assert found["M"].tolist() == [2, 1, 2, 2, 1, 1, pd.NA]
    assert [str(kind) for kind in found.dtypes] == ["str", "str", "Int64", "Int64"]


def test_rows_keep_their_order_and_their_index_and_the_frame_stays_as_it_is() -> None:
    given_frame = CUSTOMERS.sample(frac=1, random_state=3).set_index(pd.Index([7, 7, 5, 4, 3, 2, 1], name="n"))
    before = given_frame.copy(deep=True)
    found = scheme().apply(given_frame)
    assert found.index.tolist() == [7, 7, 5, 4, 3, 2, 1]
    assert found["customer_id"].tolist() == given_frame["customer_id"].tolist()
    assert dict(zip(found["customer_id"], found["segment"], strict=True)) == dict(zip("abcdefg", CLASSES, strict=True))
    pd.testing.assert_frame_equal(given_frame, before)


def test_numbers_of_every_kind_and_truth_values_are_read() -> None:
    frame = CUSTOMERS.assign(
        orders=CUSTOMERS["orders"].astype("Int64"), days=CUSTOMERS["days"].astype("Float64"), spend=CUSTOMERS["spend"] > 49
    )
    flag = scheme(scores=(EVER, KNOWN, R, Score("M", "spend", (0.5,), (1, 2))))
    assert flag.apply(frame)["M"].tolist() == [2, 2, 2, 2, 1, 1, 1]
    assert scheme().apply(CUSTOMERS.assign(spend=60))["segment"].tolist()[:2] == ["key", "key"]


def test_an_empty_table_has_no_classes() -> None:
    found = scheme().apply(CUSTOMERS.iloc[:0])
    assert found.empty
    assert list(found.columns) == ["customer_id", "segment", "R", "M"]


def test_the_last_bits_of_a_number_decide_nothing() -> None:
    noisy = CUSTOMERS.assign(spend=[49.99999999999999, 49.99, 0.1 + 0.2, 500, 0, 10, 50.00000000000001])
    assert scheme().apply(noisy)["M"].tolist() == [2, 1, 1, 2, 1, 1, 2]
    cents = scheme(scores=(EVER, KNOWN, R, Score("M", "spend", (0.3,), (1, 2))))
    assert cents.apply(noisy)["M"].tolist()[2] == 1


def test_a_derived_input_is_rounded_like_any_other() -> None:
    share = Formula("share", "spend / (spend + other)")
    score = Score("S", "share", (0.3,), (1, 2))
    made = RuleScheme(
        "try", (score,), (Rule("low", {"S": (1,)}), Rule("high", {"S": (2,)})), ("high", "low"), otherwise="none", formulas=(share,)
    )
    frame = pd.DataFrame({"customer_id": ["a", "b", "c"], "spend": [1.23, 3.0, 0.0], "other": [2.87, 6.9, 0.0]})
    assert 1.23 / (1.23 + 2.87) > 0.3
    assert made.apply(frame)["segment"].tolist() == ["low", "high", "none"]
    assert made.inputs == ("spend", "other")


def test_a_derived_input_may_read_those_before_it() -> None:
    each, ratio = Formula("each", "spend / orders"), Formula("ratio", "each / other")
    scheme = RuleScheme(
        "try", (Score("X", "ratio", (2.0,), (1, 2)),), (Rule("a", {"X": (2,)}),), ("a",), otherwise="b", formulas=(each, ratio)
    )
    assert scheme.inputs == ("spend", "orders", "other")
    frame = pd.DataFrame({"customer_id": ["x", "y"], "spend": [30.0, 8.0], "orders": [5, 4], "other": [2.0, 1.0]})
    assert scheme.apply(frame)["segment"].tolist() == ["a", "b"]
    connection = ibis.duckdb.connect()
    connection.create_table("customers", frame)
    rows = connection.raw_sql(scheme.to_sql("duckdb")).df()
    assert dict(zip(rows["customer_id"], rows["segment"], strict=True)) == {"x": "a", "y": "b"}


def test_a_text_is_looked_up() -> None:
    made = RuleScheme(
        "try",
        (Score("T", "tier", (1.5,), (1, 2)),),
        (Rule("metropolis", {"T": (2,)}), Rule("town", {"T": (1,)}), Rule("unknown_city", {"T": (None,)})),
        ("metropolis", "town"),
        outside=("unknown_city",),
        formulas=(Formula("tier", "city", {"北京": 2, "Graz": 1}),),
    )
    frame = pd.DataFrame({"customer_id": [1, 2, 3, 4], "city": ["北京", "Graz", None, "Lyon"]})
    found = made.apply(frame)
    assert found["segment"].tolist() == ["metropolis", "town", "unknown_city", "unknown_city"]
    assert found["customer_id"].tolist() == [1, 2, 3, 4]
    assert made.texts == ("city",)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    edge = st.sampled_from([v for cut in (30.0, 50.0, 90.0) for v in (cut - 0.01, cut, cut + 0.01)])
    number = st.none() | edge | st.floats(-1e6, 1e6).map(lambda x: round(x, 2))
    rows = draw(st.lists(st.tuples(st.integers(0, 2), number, number), min_size=1, max_size=40))
    frame = pd.DataFrame(rows, columns=["orders", "days", "spend"]).astype(float)
    return frame.assign(customer_id=[f"c{i}" for i in range(len(frame))])


@settings(max_examples=40)
@given(tables())
def test_every_row_gets_what_the_rules_say_of_its_scores_one_by_one(frame: pd.DataFrame) -> None:
    made = scheme()
    expected = []
    for row in frame.to_dict("records"):
        cell = {score.name: score.of(row[score.input]) for score in made.scores}
        expected.append(next(rule.segment for rule in made.rules if rule.matches(cell)))
    assert made.apply(frame)["segment"].tolist() == expected


# --- refusals -------------------------------------------------------------------------------------------------------------------------


def test_a_table_that_lacks_columns_is_refused_with_all_of_them() -> None:
    with pytest.raises(SchemeError) as caught:
        scheme().apply(CUSTOMERS[["spend", "orders"]])
    assert str(caught.value) == "try: the table lacks customer_id, days; it has spend, orders. Build it with client.customers()."
    with pytest.raises(SchemeError, match="try: the table lacks days; it has orders, spend"):
        scheme().expression(ibis.table({"orders": "int64", "spend": "float64"}, name="t"))


def test_text_among_the_numbers_is_refused_with_an_example() -> None:
    with pytest.raises(SchemeError) as caught:
        scheme().apply(CUSTOMERS.assign(spend=["1", "2", "much", "4", "5", "6", "7"]))
    assert str(caught.value).startswith("try: column spend must hold numbers; found 'much'.")
    with pytest.raises(SchemeError, match="column days must hold numbers; found 'soon'"):
        scheme().apply(CUSTOMERS.assign(days=pd.Series([1, 2, "soon", 3, 4, 5, 6], dtype=object)))
    with pytest.raises(SchemeError, match="column days must hold numbers; found '2024-12-31"):
        scheme().apply(CUSTOMERS.assign(days=pd.Timestamp("2024-12-31")))


def test_customers_without_a_class_are_named_and_an_otherwise_takes_them() -> None:
    with pytest.raises(SchemeError) as caught:
        scheme(rules=scheme().rules[:4]).apply(CUSTOMERS)
    assert str(caught.value) == "try: 1 customers meet no rule and no class is named otherwise (first: d). Run scheme.check()."
    assert scheme(rules=scheme().rules[:4], otherwise="rest").apply(CUSTOMERS)["segment"].tolist()[3] == "rest"


def test_a_scheme_without_rules_gives_everybody_the_otherwise_class() -> None:
    assert RuleScheme("try", (), (), ("all",), otherwise="all").apply(CUSTOMERS)["segment"].tolist() == ["all"] * 7


def test_rules_on_scores_that_are_not_there_and_scores_of_one_name_are_refused() -> None:
    with pytest.raises(SchemeError) as caught:
        RuleScheme("try", (R, R), (Rule("a", {"R": (1,), "F": (2,), "X": (1,)}),), ("a",))
    assert str(caught.value) == ("try: rules read scores that are not there (F, X), or scores share a name (R); the scores are R, R.")


# --- scheme.json ----------------------------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(
    cuts=st.sets(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6).map(sorted),
    closed=st.sampled_from(["left", "right"]),
    own=st.sampled_from(["", "orders"]),
    text=st.text(min_size=1),
    window=st.integers(0, 10**6),
)
def test_a_saved_scheme_reads_back_exactly(
    cuts: list[float], closed: str, own: str, text: str, window: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scores = (Score("S", text, tuple(cuts), tuple(range(1, len(cuts) + 2)), closed, own, "fixed:1", hidden=False), KNOWN)
    rules = (Rule(text, {"S": (1, None)}), Rule("b", {"S": tuple(range(2, len(cuts) + 2))}))
    made = RuleScheme(
        "try", scores, rules, (text, "b"), ("c",), "d", "exclusive", window, (Formula("f", "spend / 3"),), ("returns_only",), {"note": text}
    )
    path = made.save(tmp_path_factory.getbasetemp() / "scheme.json")
    found = load_scheme(path)
    assert found == made
    assert found.about == {"note": text}
    assert found.hash == made.hash
    assert [score.cuts for score in found.scores] == [score.cuts for score in made.scores]


def test_the_file_is_plain_json_that_a_person_can_read(tmp_path: Path) -> None:
    path = scheme().save(tmp_path / "scheme.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert list(content) == ["format", "hash", "definition", "inputs", "contract", "seglib", "about"]
    assert set(content["contract"]) == {"order", "returns", "ties", "boundary", "window", "zero", "missing", "outside"}
    assert content["hash"] == scheme().hash
    assert content["definition"]["scores"][2] == {
        "name": "R", "input": "days", "own": "", "closed": "right", "cuts": [30.0, 90.0], "scores": [3, 2, 1],
    }  # fmt: skip
    assert content["about"]["version"] == "0.1"


def test_the_hash_covers_the_definition_and_nothing_else() -> None:
    signed = scheme().hash
    assert len(signed) == 64
    assert scheme(about={"as_of": "2031-01-01", "version": "9.9", "params": {}}).hash == signed
    assert scheme(scores=tuple(dataclasses.replace(score, tiers="") for score in scheme().scores)).hash == signed
    assert scheme(flags=("returns_only",)).hash == signed
    text = json.dumps(scheme().definition())
    assert "2024" not in text
    assert "0.1" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "other"},
        {"window_days": 365},
        {"mode": "exclusive"},
        {"otherwise": "rest"},
        {"classes": ("here", "key", "gone")},
        {"outside": ("no_orders",)},
        {"rules": scheme().rules[::-1]},
        {"scores": (EVER, KNOWN, dataclasses.replace(R, closed="left"), M)},
        {"scores": (EVER, KNOWN, dataclasses.replace(R, cuts=(30.0, 90.00000000000001)), M)},
        {"scores": (EVER, KNOWN, R, dataclasses.replace(M, own="orders"))},
        {"formulas": (Formula("x", "spend"),)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_decides_a_class_is_in_the_hash(changes: dict[str, object]) -> None:
    assert scheme(**changes).hash != scheme().hash


def test_a_cut_given_as_a_whole_number_is_the_same_definition() -> None:
    assert scheme(scores=(EVER, KNOWN, R, dataclasses.replace(M, cuts=(50,)))).hash == scheme().hash


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("definition", "scores", 2, "cuts", 0), 31.0),
        (("definition", "rules", 2, "segment"), "gone"),
        (("definition", "window_days"), 365),
        (("hash",), "0" * 64),
    ],
)
def test_a_tampered_file_is_refused(place: tuple[object, ...], value: object, tmp_path: Path) -> None:
    path = scheme().save(tmp_path / "scheme.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    inner = content
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SchemeError) as caught:
        load_scheme(path)
    found = "0" * 8 if place == ("hash",) else scheme().hash[:8]
    assert "scheme.json: the definition was changed after it was saved" in str(caught.value)
    assert f"signed {found}" in str(caught.value)


def test_what_stands_about_the_definition_may_change(tmp_path: Path) -> None:
    path = scheme().save(tmp_path / "scheme.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    content["about"]["signed_by"] = "the board"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert load_scheme(path).about["signed_by"] == "the board"


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "{}", '{"definition": {}, "about": {}, "hash": "", "format": 1}', '"scheme"', "null"]
)
def test_a_file_that_is_no_scheme_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(SchemeError, match=r"^x.json is no scheme file \(\w+\). Give the scheme.json of a run.$"):
        load_scheme(tmp_path / "x.json")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemeError, match=r"^gone.json is no scheme file \(FileNotFoundError\)"):
        load_scheme(tmp_path / "gone.json")


@pytest.mark.parametrize(("place", "found"), [("format", "2, 1"), ("contract", "1, 2")])
def test_a_file_of_another_version_says_so(place: str, found: str, tmp_path: Path) -> None:
    path = scheme().save(tmp_path / "scheme.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    (content if place == "format" else content["definition"])[place] = 2
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SchemeError, match=rf"written for another version of seglib \(format and contract {found}, here 1, 1\)"):
        load_scheme(path)


# --- a grid to check before there are data --------------------------------------------------------------------------------------------


def test_a_grid_scheme_classifies_scores_as_they_are() -> None:
    made = grid_scheme("Best: 2/2; Mixed: */2; Mixed: 2/*; otherwise: Rest", ("R", "F"), 2)
    frame = pd.DataFrame({"customer_id": list("abcd"), "R": [2, 1, 2, 1], "F": [2, 2, 1, 1]})
    assert made.apply(frame)["segment"].tolist() == ["Best", "Mixed", "Mixed", "Rest"]
    assert made.classes == ("Best", "Mixed")
