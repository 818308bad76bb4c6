"""The one result: it refuses nonsense, applies itself to other customers, and carries its side frames through pandas."""

from __future__ import annotations

import copy
import dataclasses

import pandas as pd
import pytest

from seglib.errors import SchemeError, TableError
from seglib.rules import Rule, Score
from seglib.scheme import RuleScheme
from seglib.segmentation import Facts, Segmentation, as_of_of, assign, facts_of, window_of

SCHEME = RuleScheme(
    "try",
    (Score("M", "spend", (50.0,), (1, 2), "left"),),
    (Rule("high", {"M": (2,)}), Rule("low", {"M": (1,)}), Rule("unknown_spend", {"M": (None,)})),
    ("high", "low"),
    outside=("unknown_spend",),
    window_days=364,
)
CUSTOMERS = pd.DataFrame({"customer_id": ["a", "b", "c"], "spend": [10.0, 50.0, 90.0]}).assign(
    as_of=pd.Timestamp("2024-12-31"), window_days=364
)


def result(**changes: object) -> Segmentation:
    made = Segmentation(
        method="try",
        params={"tiers": "fixed:50", "as_of": "2024-12-31", "window_days": 364},
        assignments=SCHEME.apply(CUSTOMERS),
        profile=pd.DataFrame({"segment": ["high", "low"], "outside": [False, False], "customers": [2, 1], "spend": [140.0, 10.0]}),
        fit={"customers": 3.0},
        details={"gates": pd.DataFrame({"gate": ["a", "b"], "passed": [True, True], "found": [9.0, 9.0], "needed": [2.0, 2.0]})},
        scheme=SCHEME,
        ordered=True,
    )
    return dataclasses.replace(made, **changes)


# --- the result -----------------------------------------------------------------------------------------------------------------------


def test_a_result_knows_its_day_its_window_and_whether_it_can_be_trusted() -> None:
    made = result()
    assert (made.as_of, made.window_days, made.trustworthy) == ("2024-12-31", 364, True)
    assert result(params={}).as_of == ""
    failed = made.gates.assign(passed=[True, False])
    assert not result(details={"gates": failed}).trustworthy
    assert result(details={"gates": made.gates.iloc[:0]}).trustworthy


def test_a_result_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        result().ordered = False


def test_an_id_that_stands_twice_is_refused() -> None:
    with pytest.raises(TableError) as caught:
        result(assignments=SCHEME.apply(CUSTOMERS.assign(customer_id=["a", "a", "a"])))
    assert str(caught.value) == "try: 2 customer ids stand more than once (a, a); keep one row a customer."


def test_a_customer_without_a_class_is_refused() -> None:
    with pytest.raises(SchemeError) as caught:
        result(assignments=result().assignments.assign(segment=pd.Series(["high", None, "low"], dtype="str")))
    assert str(caught.value) == "try: 1 customers have no class."


@pytest.mark.parametrize(
    "profile",
    [
        {"segment": ["high", "low"], "customers": [1, 2]},
        {"segment": ["high"], "customers": [3]},
        {"segment": ["high", "high", "low"], "customers": [1, 1, 1]},
        {"segment": ["high", "other"], "customers": [2, 1]},
        {"segment": [], "customers": []},
    ],
    ids=["counts", "class left out", "class twice", "class not there", "empty"],
)
def test_a_profile_that_does_not_add_up_is_refused(profile: dict[str, list[object]]) -> None:
    with pytest.raises(SchemeError) as caught:
        result(profile=pd.DataFrame(profile))
    assert str(caught.value) == "try: the profile does not add up to the 3 customers assigned."


def test_a_class_without_members_may_stand_in_the_profile() -> None:
    profile = pd.DataFrame({"segment": ["high", "low", "unknown_spend"], "customers": [2, 1, 0]})
    assert len(result(profile=profile).profile) == 3


def test_a_notebook_shows_the_profile() -> None:
    html = result()._repr_html_()
    assert "<table" in html
    assert "high" in html


# --- on other customers ---------------------------------------------------------------------------------------------------------------


def test_the_training_table_gives_the_training_classes() -> None:
    pd.testing.assert_frame_equal(result().assign(CUSTOMERS), result().assignments)


def test_cut_points_do_not_move_with_the_customers() -> None:
    later = CUSTOMERS.assign(spend=CUSTOMERS["spend"] * 10, as_of=pd.Timestamp("2025-12-31"))
    assert result().assign(later)["segment"].tolist() == ["high", "high", "high"]


def test_another_window_is_refused() -> None:
    with pytest.raises(SchemeError) as caught:
        result().assign(CUSTOMERS.assign(window_days=182))
    assert str(caught.value) == (
        "try: the definition was made on a window of 364 days, the table looks back on 182. "
        "Build it with client.customers(window_days=364)."
    )


def test_a_table_or_a_definition_that_says_no_window_is_taken() -> None:
    assert assign(SCHEME, CUSTOMERS.drop(columns="window_days"))["segment"].tolist() == ["low", "high", "high"]
    loose = dataclasses.replace(SCHEME, window_days=0)
    assert assign(loose, CUSTOMERS.assign(window_days=7))["segment"].tolist() == ["low", "high", "high"]
    assert assign(SCHEME, CUSTOMERS.iloc[:0]).empty


@pytest.mark.parametrize(
    ("column", "value", "shown"), [("window_days", 182, "364, 182"), ("as_of", pd.Timestamp("2024-06-30"), "2024-12-31, 2024-06-30")]
)
def test_two_customer_tables_put_together_are_refused(column: str, value: object, shown: str) -> None:
    both = pd.concat([CUSTOMERS, CUSTOMERS.assign(**{column: value})])
    with pytest.raises(TableError) as caught:
        (window_of if column == "window_days" else as_of_of)(both)
    assert str(caught.value) == (
        f"the customer table holds 2 values of {column} ({shown}), but a classification stands on one. Use one table."
    )


def test_day_and_window_are_read_from_the_table() -> None:
    assert (window_of(CUSTOMERS), as_of_of(CUSTOMERS)) == (364, "2024-12-31")
    bare = CUSTOMERS[["customer_id"]]
    assert (window_of(bare), as_of_of(bare)) == (0, "")
    assert (window_of(CUSTOMERS.iloc[:0]), as_of_of(CUSTOMERS.iloc[:0])) == (0, "")


# --- side frames ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def facts() -> Facts:
    return Facts({"gaps": pd.DataFrame({"customer_id": ["a"], "gap_days": [7]})}, unattributed=12.5, currency="CNY")


def test_facts_are_a_mapping_of_frames(facts: Facts) -> None:
    assert list(facts) == ["gaps"]
    assert len(facts) == 1
    assert facts["gaps"]["gap_days"].tolist() == [7]
    assert "silence" not in facts
    assert (facts.unattributed, facts.currency) == (12.5, "CNY")
    assert (len(Facts()), Facts().unattributed, Facts().currency) == (0, 0.0, "")


def test_facts_are_not_copied_with_the_table(facts: Facts) -> None:
    assert copy.copy(facts) is facts
    assert copy.deepcopy(facts) is facts
    assert copy.deepcopy({"facts": facts})["facts"] is facts
    assert len({facts, facts}) == 1
    assert facts != Facts(dict(facts))


@pytest.mark.parametrize(
    "do",
    [
        lambda t: t.copy(deep=True),
        lambda t: t[t["spend"] > 20],
        lambda t: t.assign(spend=t["spend"] * 1000),
        lambda t: t.sample(frac=1, random_state=1),
        lambda t: t.sort_values("spend").reset_index(drop=True),
        lambda t: t.rename(columns={"spend": "money"}),
        lambda t: t.drop(columns="spend"),
        lambda t: t.astype({"spend": "str"}),
        lambda t: pd.concat([t.iloc[:1], t.iloc[1:]]),
        lambda t: pd.concat([t, t.assign(spend=0)], ignore_index=True),
    ],
    ids=["copy", "filter", "assign", "shuffle", "sort", "rename", "drop", "astype", "concat", "concat two"],
)
def test_facts_survive_what_pandas_does_to_a_table(do: object, facts: Facts) -> None:
    table = CUSTOMERS.copy()
    table.attrs["facts"] = facts
    assert facts_of(do(table)) is facts


def test_tables_of_different_facts_lose_them_together(facts: Facts) -> None:
    one, other = CUSTOMERS.copy(), CUSTOMERS.copy()
    one.attrs["facts"], other.attrs["facts"] = facts, Facts(dict(facts))
    assert len(facts_of(pd.concat([one, other]))) == 0


def test_a_table_without_facts_has_none() -> None:
    assert len(facts_of(CUSTOMERS)) == 0
    strange = CUSTOMERS.copy()
    strange.attrs["facts"] = {"gaps": 1}
    assert len(facts_of(strange)) == 0


def test_facts_pass_through_a_classification_without_a_word(facts: Facts, recwarn: pytest.WarningsRecorder) -> None:
    table = CUSTOMERS.copy()
    table.attrs["facts"] = facts
    assert assign(SCHEME, table)["segment"].tolist() == ["low", "high", "high"]
    assert not [warning for warning in recwarn if "attrs" in str(warning.message)]
