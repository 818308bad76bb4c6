"""Gates that every method shares: how many customers, all or a sample, came again, enough history; and whole cuts of counts and days."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from contract import STEADY
from worlds import base

import seglib
from seglib import binning, methods
from seglib.errors import SeglibError
from seglib.methods import lifecycle, purchase_frequency, revenue_contribution, rfm, value_tier
from seglib.report.view import View
from seglib.segmentation import Facts, Segmentation
from seglib.settings import ClientSettings

LAST_DAY = "2024-12-31"


def gate(result: Segmentation, name: str) -> list[object]:
    """passed, found and needed of a gate."""
    return result.gates.set_index("gate").loc[name, ["passed", "found", "needed"]].to_list()


def listed(customers: pd.DataFrame, population: str) -> pd.DataFrame:
    """The table of a firm that says whether these are all its customers."""
    customers = customers.copy()
    customers.attrs["facts"] = Facts({}, population=population)
    return customers


@pytest.fixture
def forty(table) -> pd.DataFrame:
    """40 accounts that spent 1, 2 … 40, each on as many buying days as orders."""
    spend = [float(value) for value in range(1, 41)]
    return table(orders=list(range(1, 41)), buying_days=list(range(1, 41)), spend=spend)


# --- all customers, or a sample ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "expected"), [("all", "any_customers"), ("sample", "eligible_customers"), ("", "eligible_customers")]
)
@pytest.mark.parametrize("method", [value_tier, revenue_contribution, purchase_frequency])
def test_a_rank_among_all_customers_stands_at_any_number_and_in_a_sample_needs_a_hundred(forty, method, population, expected) -> None:
    result = method.segment(listed(forty, population))
    assert gate(result, expected) == ([True, 40, 1] if population == "all" else [False, 40, 100])
    assert result.trustworthy == (population == "all")
    assert ("census" in result.details["warnings"]["warning"].to_list()) == (population == "all")
    assert method.segment(forty).assignments.equals(result.assignments)


def test_eight_classes_of_three_halves_need_a_hundred_of_a_sample_as_three_of_one_do(table) -> None:
    days = [float(value) for value in range(1, 41)]
    customers = table(days_since_last_order=days, orders=list(range(40, 0, -1)), spend=[day * 7 % 41 for day in days])
    assert gate(rfm.segment(listed(customers, "sample"), classes="cn8"), "eligible_customers") == [False, 40, 100]
    assert gate(rfm.segment(listed(customers, "all"), classes="cn8"), "any_customers") == [True, 40, 1]
    assert gate(value_tier.segment(listed(customers, "sample"), tiers="median"), "any_customers") == [True, 40, 1]  # two classes


def test_natural_groups_need_a_hundred_also_among_all_customers(forty) -> None:
    assert gate(value_tier.segment(listed(forty, "all"), tiers="natural:3"), "eligible_customers") == [False, 40, 100]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_sentences_say_which_rule_was_followed(forty, lang) -> None:
    sample, census = (value_tier.segment(listed(forty, population)) for population in ("sample", "all"))
    said = View(sample, forty, lang, "").failed_gates()
    assert len(said) == 1
    assert ("样本" if lang == "zh" else "of a sample") in said[0]
    assert "100" in said[0]
    assert any("population: all" in warning for warning in View(census, forty, lang, "").warnings())


def test_nobody_is_never_enough(table, year) -> None:
    for population in ("all", "sample"):
        nobody = value_tier.segment(listed(year.iloc[:0], population), tiers="fixed:50,90")
        assert not nobody.trustworthy
    assert not value_tier.segment(year.iloc[:0]).trustworthy


@pytest.mark.parametrize("name", methods.names())
def test_no_method_trusts_an_empty_table(name: str) -> None:
    with suppress(SeglibError):  # it may refuse, in a sentence
        assert not methods.get(name).segment(base(STEADY).iloc[:0]).trustworthy


def test_under_given_cuts_a_class_of_a_sample_needs_thirty(forty) -> None:
    sample = listed(forty, "sample")
    assert gate(value_tier.segment(sample, tiers="fixed:20,30"), "class_of_sample") == [False, 19, 30]
    assert gate(value_tier.segment(sample, tiers="fixed:31,36"), "class_of_sample") == [True, 30, 30]
    assert gate(value_tier.segment(listed(forty, "all"), tiers="fixed:20,30"), "any_customers") == [True, 40, 1]


ORDERS = pd.DataFrame({"customer_id": ["a", "b"], "ordered_at": ["2024-12-30", LAST_DAY], "amount": [1.0, 2.0]})
ANSWERS = pd.DataFrame({"customer_id": ["a", "b"], "answered_at": [LAST_DAY] * 2, "question": "nps", "score": [9.0, 3.0]})
ANSWERS = ANSWERS.assign(scale_low=0.0, scale_high=10.0)
ACCOUNTS = pd.DataFrame({"customer_id": ["a", "b", "c"], "industry": ["x", "y", "z"]})


@pytest.mark.parametrize(
    ("frames", "guess"),
    [
        ({"orders": ORDERS}, "all"),
        ({"orders": ORDERS, "feedback": ANSWERS}, "all"),
        ({"customers": ACCOUNTS}, "all"),
        ({"customers": ACCOUNTS, "feedback": ANSWERS}, "all"),
        ({"customers": ACCOUNTS.assign(orders=3, spend=5.0)}, "all"),
    ],
    ids=["orders", "orders and answers", "a list", "a list and answers", "a list with yearly sums"],
)
def test_orders_and_lists_of_customers_hold_all_there_are(frames, guess) -> None:
    settings = ClientSettings(as_of=LAST_DAY)
    client = seglib.open_frames(settings=settings, **frames)
    assert client.population == guess
    assert client.customers().attrs["facts"].population == guess
    told = seglib.open_frames(settings=ClientSettings(as_of=LAST_DAY, population="sample"), **frames)
    assert told.population == "sample"


def test_who_answered_is_a_sample_unless_a_list_names_the_customers(tmp_path) -> None:
    columns = "{customer_id: id, answered_at: day, question: {sql: \"'nps'\"}, score: nps}"
    for file, guess in (("answers.csv", "sample"), ("members.csv", "all")):
        folder = tmp_path / guess
        folder.mkdir()
        (folder / "answers.csv").write_text("id,day,nps,city\na,2024-12-31,9,x\nb,2024-12-31,3,y\n")
        (folder / "members.csv").write_text("id,city\na,x\nb,y\nc,z\n")
        (folder / "client.yml").write_text(
            "currency: EUR\nas_of: 2024-12-31\ntables:\n"
            f"  customers: {{files: {file}, columns: {{customer_id: id, city: city}}}}\n"
            f"  feedback: {{files: answers.csv, columns: {columns}}}\n"
        )
        assert seglib.open_client(folder).population == guess


def test_a_filtered_table_still_knows_what_it_was_taken_from() -> None:
    client = seglib.open_frames(orders=ORDERS)
    assert client.customers(where="spend > 1").attrs["facts"].population == "all"


# --- came again: on another day ------------------------------------------------------------------------------------------------------


def bought(days: int, orders: int, n: int = 150) -> pd.DataFrame:
    """``n`` customers, each with so many orders spread over so many days, thirty days apart."""
    rows = [
        (f"c{who:03d}", f"{who}-{order}", pd.Timestamp(LAST_DAY) - pd.Timedelta(days=30 * (order % days) + who % 25), 10.0 + who)
        for who in range(n)
        for order in range(orders)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "order_id", "ordered_at", "amount"])


@pytest.mark.parametrize(("days", "orders", "once"), [(1, 4, 100), (4, 4, 0), (2, 4, 0)])
@pytest.mark.parametrize("method", [rfm, purchase_frequency, lifecycle])
def test_several_orders_of_one_day_are_no_coming_again(method, days: int, orders: int, once: int) -> None:
    customers = seglib.open_frames(orders=bought(days, orders)).customers(window_days=182)
    result = method.segment(customers)
    assert gate(result, "bought_once")[:2] == [once == 0, once]
    assert result.trustworthy <= (once == 0)
    assert ("mostly_once" in result.details["warnings"]["warning"].to_list()) == (once > 0)


def test_where_the_firm_gave_yearly_counts_orders_stand_in_for_days(table) -> None:
    yearly = table(orders=[1] * 97 + [2] * 3, spend=[1.0] * 100)
    assert gate(purchase_frequency.segment(yearly), "bought_once")[:2] == [False, 97]


# --- enough history ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [rfm, lifecycle])
@pytest.mark.parametrize(("weeks", "passed"), [(7, False), (8, True), (30, True)])
def test_under_eight_weeks_nobody_is_late(method, weeks: int, passed: bool) -> None:
    draw = np.random.default_rng(5)
    ages = [0, 7 * weeks - 1, *draw.integers(0, 7 * weeks, 150 * 9)]  # from the first to the last day
    orders = pd.DataFrame(
        {
            "customer_id": [f"c{number % 150:03d}" for number in range(len(ages))],
            "order_id": [str(number) for number in range(len(ages))],
            "ordered_at": pd.Timestamp(LAST_DAY) - pd.to_timedelta(ages, unit="D"),
            "amount": 1 + draw.random(len(ages)),
        }
    )
    customers = seglib.open_frames(orders=orders).customers()
    result = method.segment(customers)
    usual = customers["gap_75"].fillna(0).iloc[0]
    assert gate(result, "enough_history") == [passed, 7 * weeks, max(56, 2 * usual)]
    if not passed:
        said = [line for line in View(result, customers, "en", "").failed_gates() if "reach back" in line]
        assert said == [
            "The data reach back 49 days; recency and stages need 56: eight weeks, and twice the usual gap between purchases. "
            "Wait 7 days more."
        ]


def test_two_usual_gaps_are_needed_where_the_trade_is_slow(table) -> None:
    customers = table(
        days_since_last_order=[1.0, 2.0],
        days_since_first_order=[90.0, 40.0],
        history_days_before_first_order=[9.0, 59.0],
        orders=[2, 3],
        spend=[1.0, 2.0],
        gap_75=[60.0, 60.0],
        gap_95=[90.0, 90.0],
    )
    assert gate(rfm.segment(customers), "enough_history") == [False, 100, 120]


# --- whole cuts ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["left", "right"])
def test_whole_cuts_leave_everybody_where_he_was(closed) -> None:
    draw = np.random.default_rng(3)
    for _ in range(200):
        values = draw.poisson(3, 40).astype(float)
        cuts = np.unique(np.round(draw.uniform(0, 9, 4), 1))
        bins = binning.Bins(tuple(map(float, cuts)), closed, tuple(range(1, len(cuts) + 2)))
        made = binning.whole(bins, values)
        assert all(float(cut).is_integer() for cut in made.cuts)
        assert list(made.cuts) == sorted(set(made.cuts))
        before = np.asarray(bins.scores)[binning.cut(values, bins.cuts, closed=closed) - 1]
        after = np.asarray(made.scores)[binning.cut(values, made.cuts, closed=closed) - 1]
        assert before.tolist() == after.tolist()


def test_values_that_are_not_whole_keep_their_cuts() -> None:
    bins = binning.Bins((2.5,), "right", (1, 2))
    assert binning.whole(bins, [1.0, 2.4, 3.0]) == bins


@pytest.mark.parametrize("tiers", ["quantile:5", "mean", "median", "natural:4", "top:10,30,60", "share:0.5,0.9"])
def test_cuts_of_counts_and_days_are_whole_and_those_of_money_are_not_touched(tiers: str) -> None:
    customers = base(STEADY)
    result = rfm.segment(customers, tiers=tiers)
    cuts = result.details["cut_points"]
    assert cuts.loc[cuts["score"].isin(["R", "F"]), "cut"].map(float.is_integer).all()
    money = result.scheme.score("M")
    eligible = customers[~result.assignments["segment"].isin(result.scheme.outside)]
    assert money.cuts == binning.fit(eligible["spend"], tiers).cuts


def test_given_cuts_stay_as_they_were_given(forty) -> None:
    assert purchase_frequency.segment(forty, tiers="fixed:3.5,9").details["cut_points"]["cut"].to_list() == [3.5, 9]
