"""lifecycle: every stage by hand, the survival and silence curves by hand and against a library, and the supermarket's households."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import CensoredData, ecdf

import seglib
from seglib.errors import ParameterError, TableError
from seglib.methods import lifecycle as method
from seglib.report import why
from seglib.segmentation import Facts

LIMITS = {"active_days": 30, "churn_days": 90}
COLUMNS = method.NEEDS
NONE = math.nan
#           orders, since first, data before, since last, last gap, gap before, since day before
STAGES = [
    ("prospect", 0, NONE, NONE, NONE, NONE, NONE, NONE),
    ("new", 2, 90, 90, 10, 80, NONE, 90),
    ("active", 2, 90, 89, 10, 80, NONE, 90),  # the data begin too late to know
    ("active", 2, 91, 90, 10, 81, NONE, 91),  # no longer new
    ("active", 3, 90, 90, 30, 20, 40, 50),  # three orders; at the limit
    ("reactivated", 5, 300, 90, 30, 91, 12, 121),
    ("reactivated", 5, 300, 90, 5, 15, 91, 20),  # one order since the return
    ("active", 5, 300, 90, 5, 35, 91, 40),  # the return is too long ago
    ("active", 5, 300, 90, 5, 90, 12, 95),  # a gap at the limit is no long silence
    ("dormant", 5, 300, 90, 31, 200, 12, 231),
    ("dormant", 1, 90, 80, 90, NONE, NONE, NONE),
    ("churned", 5, 300, 90, 91, 10, 12, 101),
]


@pytest.fixture
def stages(table):
    return table(**dict(zip(COLUMNS, map(list, list(zip(*STAGES, strict=True))[1:]), strict=True)))


def with_facts(customers: pd.DataFrame, gaps: list[tuple[str, int, bool]], silence: list[tuple[str, int, bool]] = ()) -> pd.DataFrame:
    frame = customers.copy()
    ended = pd.DataFrame(gaps, columns=["customer_id", "gap_days", "closed"]).astype({"gap_days": "int64", "closed": bool})
    ended = ended.assign(gap_end=0, orders=1, value=1.0)
    looks = pd.DataFrame(silence, columns=["customer_id", "silent_days", "bought"]).astype({"silent_days": "int64", "bought": bool})
    frame.attrs["facts"] = Facts({"gaps": ended, "silence": looks})
    return frame


def test_every_stage_by_hand(stages, holds):
    result = method.segment(stages, **LIMITS)
    assert result.assignments["segment"].to_list() == [stage[0] for stage in STAGES]
    assert not result.profile.set_index("segment")["outside"].any()
    assert result.profile["segment"].to_list() == list(method.CLASSES)
    assert not result.ordered
    holds(result, stages)


def test_new_days_can_be_given(stages):
    result = method.segment(stages, new_days=89, **LIMITS)
    assert result.assignments["segment"].to_list()[1] == "active"


def test_all_history_is_read(stages, holds):
    """No order in the window, a net amount of nought or below: lifecycle classes them all the same."""
    customers = stages.assign(orders=0, spend=-1.0, returns_only=[True] + [False] * 11)
    result = method.segment(customers, **LIMITS)
    assert result.assignments["segment"].to_list() == ["returns_only", *(stage[0] for stage in STAGES[1:])]
    assert result.profile.set_index("segment").loc["returns_only", "outside"]
    holds(result, customers)


def test_what_is_missing_has_its_own_class(stages, holds):
    customers = stages.copy()
    customers.loc[4, "days_since_last_order"] = NONE
    result = method.segment(customers, **LIMITS)
    assert result.assignments["segment"].to_list()[4] == "unknown_days_since_last_order"
    holds(result, customers)


def test_survival_by_hand():
    # a: gaps of 2 and 4, silent for 3; b: silent for 10; c: a gap of 5, silent for 1
    gaps = pd.DataFrame(
        [("a", 2, True), ("a", 4, True), ("a", 3, False), ("b", 10, False), ("c", 5, True), ("c", 1, False)],
        columns=["customer_id", "gap_days", "closed"],
    )
    curve = method.survival(gaps)
    assert curve["days"].to_list() == [0, 2, 4, 5]
    assert curve["customers"].to_list() == pytest.approx([3, 5 / 2, 11 / 6, 3 / 2])
    assert curve["silent_share"].to_list() == pytest.approx([1, 13 / 15, 13 / 15 * 9 / 11, 13 / 15 * 9 / 11 * 2 / 3])
    assert method.survival(gaps.iloc[::-1]).equals(curve)


def test_survival_is_kaplan_and_meiers_where_everybody_has_one_gap():
    rng = np.random.default_rng(5)
    days, closed = rng.integers(1, 60, 300), rng.random(300) < 0.7
    gaps = pd.DataFrame({"customer_id": [f"c{number}" for number in range(300)], "gap_days": days, "closed": closed})
    curve = method.survival(gaps).iloc[1:]
    published = ecdf(CensoredData.right_censored(days, ~closed)).sf
    assert curve["silent_share"].to_list() == pytest.approx([float(published.evaluate(day)) for day in curve["days"]])


@pytest.fixture
def twenty(table):
    """Twenty customers of one year, silent for 1, 6, 11 … 96 days."""
    n = 20
    return table(
        lifetime_orders=[4] * n,
        days_since_first_order=[300.0] * n,
        history_days_before_first_order=[100.0] * n,
        days_since_last_order=[1.0 + 5 * number for number in range(n)],
        last_return_gap_days=[10.0] * n,
        previous_return_gap_days=[10.0] * n,
        days_since_previous_buying_day=[20.0 + 5 * number for number in range(n)],
    )


def test_limits_by_the_clock(twenty, holds):
    result = method.segment(with_facts(twenty.assign(gap_75=40.0, gap_95=75.0), []))
    assert result.details["limits"].to_numpy().tolist() == [["active_days", 40, "clock"], ["churn_days", 75, "clock"]]
    assert result.assignments["segment"].to_list() == ["active"] * 8 + ["dormant"] * 7 + ["churned"] * 5
    holds(result, twenty)
    by_hand = method.segment(twenty, active_days=40, churn_days=75, new_days=40)
    assert by_hand.scheme.definition() == {**result.scheme.definition()}


def test_the_clock_needs_no_side_frame(twenty):
    result = method.segment(twenty.assign(gap_75=40.0, gap_95=75.0))
    assert result.assignments["segment"].to_list() == ["active"] * 8 + ["dormant"] * 7 + ["churned"] * 5
    assert result.details["variants"].to_numpy().tolist() == [["active", "within"], ["dormant", "between"], ["churned", "beyond"]]


@pytest.mark.parametrize(("clock", "new", "lead_in"), [(None, 90, 90), (14, 30, 90), (45, 45, 90), (120, 120, 120)])
def test_new_lasts_the_usual_gap(twenty, clock, new, lead_in):
    customers = twenty if clock is None else twenty.assign(gap_75=float(clock), gap_95=2.0 * clock)
    result = method.segment(customers, active_days=40, churn_days=75)
    assert (result.scheme.score("A").cuts, result.scheme.score("lead_in").cuts) == ((new,), (lead_in,))


def test_one_limit_by_hand_and_one_by_the_clock(twenty):
    customers = twenty.assign(gap_75=40.0, gap_95=75.0)
    result = method.segment(customers, active_days=20)
    assert result.details["limits"].to_numpy().tolist() == [["active_days", 20, "given"], ["churn_days", 75, "clock"]]
    with pytest.raises(ParameterError, match="active_days 80 lies beyond churn_days 75"):
        method.segment(customers, active_days=80)


def test_both_limits_on_one_day(twenty, holds):
    result = method.segment(twenty, active_days=40, churn_days=40)
    assert result.assignments["segment"].to_list() == ["active"] * 8 + ["churned"] * 12
    holds(result, twenty)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, ["too_few_gaps"] * 20),
        ({"active_days": 40}, ["active"] * 8 + ["too_few_gaps"] * 12),
        ({"churn_days": 75}, ["too_few_gaps"] * 15 + ["churned"] * 5),
    ],
)
def test_without_a_clock_nobody_is_guessed_at(twenty, holds, given, wanted):
    customers = with_facts(twenty.assign(gap_75=NONE, gap_95=NONE), [])
    result = method.segment(customers, **given)
    assert result.assignments["segment"].to_list() == wanted
    assert not result.gates.set_index("gate").loc["clock", "passed"]
    profile = result.profile.set_index("segment")
    assert profile.loc["too_few_gaps", "outside"]
    holds(result, customers)


def test_gates_say_when_stages_may_be_drawn(twenty):
    customers = twenty.assign(lifetime_orders=[1] * 17 + [4] * 3, gap_75=201.0, gap_95=300.0)
    gates = method.segment(customers).gates.set_index("gate")
    assert gates["found"].to_dict() == {"clock": 2, "bought_once": 85, "enough_history": 401, "any_customers": 20}
    assert gates["needed"].to_dict() == {"clock": 2, "bought_once": 80, "enough_history": 402, "any_customers": 1}
    assert gates[~gates["passed"].astype(bool)].index.to_list() == ["bought_once", "enough_history"]


def test_the_survival_curve_over_its_plateau_stands_beside_the_clock():
    # Of 20 votes 16 end on day 10, 2 on day 40, 2 never: of those that end 8/9 have by day 10, all by day 40.
    curve = pd.DataFrame({"days": [0, 10, 40], "silent_share": [1.0, 0.2, 0.1]})
    assert method._survival_check(curve) == {"survival_active_days": 40, "survival_churn_days": 40}


def shop(returning: dict[str, tuple[int, float]], *, years: int = 2) -> pd.DataFrame:
    """Orders of groups of customers who buy every so many days; at each turn one in a hundred or so stops for good."""
    rng, rows = np.random.default_rng(11), []
    for group, (step, stops) in returning.items():
        for number in range(400):
            day = int(rng.integers(0, step))
            while day < 365 * years:
                rows.append((f"{group}{number}", pd.Timestamp("2023-01-01") + pd.Timedelta(days=day)))
                day = day + step + int(rng.integers(0, step)) if rng.random() > stops else 10_000
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    return frame.assign(order_id=[str(number) for number in range(len(frame))], amount=10.0)


def test_churned_is_earned_where_few_return():
    result = method.segment(seglib.open_frames(orders=shop({"a": (20, 0.05)})).customers())
    rates = result.details["return_rates"].set_index("stage")
    assert rates.loc["within", "returned_share"] > 0.8
    assert rates.loc["beyond", "highest_share"] < 0.25
    assert "churned" not in result.details["variants"]["segment"].to_list()
    assert "return_rates" in result.details["warnings"]["warning"].to_list()


def test_where_silence_tells_nothing_names_are_neutral():
    # Everybody buys at random, once in 50 days or so, and nobody ever stops: after any silence the next 92 days are alike.
    rng, rows = np.random.default_rng(3), []
    for number in range(500):
        for day in np.flatnonzero(rng.random(1000) < 0.02):
            rows.append((f"c{number}", pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(day))))
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    orders = orders.assign(order_id=[str(number) for number in range(len(orders))], amount=10.0)
    result = method.segment(seglib.open_frames(orders=orders).customers())
    assert dict(result.details["variants"].to_numpy()) == {"active": "within", "dormant": "between", "churned": "beyond"}
    assert "silence_tells_nothing" in result.details["warnings"]["warning"].to_list()
    assert not {"return_rates", "season_differs"} & set(result.details["warnings"]["warning"])


SILENCE = [("c1", 0, True), ("c2", 0, True), ("c3", 10, False), ("c4", 10, True), ("c5", 100, True), ("c6", 100, True)]


def test_silence_curve_falls(twenty):
    customers = with_facts(twenty, [], SILENCE)
    curve = method.segment(customers, active_days=30, churn_days=100).details["silence_curve"]
    # seen 1, .5, 1: the last two are pooled
    assert curve.to_numpy().tolist() == [[0, 2, 1, 1], [10, 2, 0.5, 0.75], [100, 2, 1, 0.75]]


def test_what_the_data_cannot_show_is_told(stages, twenty):
    told = method.segment(stages, **LIMITS).details["warnings"].set_index("warning")
    # 2 of the 11 who bought have less than ninety days of data before them
    assert told.loc["first_order_unknown", "values"] == '{"share": 18, "days": 90}'
    assert "no_contacts" not in told.index
    assert "no_contacts" in method.segment(twenty, **LIMITS).details["warnings"]["warning"].to_list()


def test_customers_without_orders_change_nobody(twenty):
    customers = twenty.assign(gap_75=40.0, gap_95=75.0)
    contact = customers.iloc[[0]].assign(customer_id="new", lifetime_orders=0, **dict.fromkeys(COLUMNS[1:], NONE))
    more = pd.concat([customers, contact], ignore_index=True)
    segments = method.segment(more).assignments["segment"].to_list()
    assert segments == [*method.segment(customers).assignments["segment"], "prospect"]


def test_faults_are_sentences(stages):
    with pytest.raises(TableError, match=r"takes active_days, churn_days from the trade's clock.*Give active_days, churn_days by hand"):
        method.segment(stages)
    with pytest.raises(TableError, match=r"Give churn_days by hand, in days"):
        method.segment(stages, active_days=30)
    with pytest.raises(ParameterError, match="active_days 90 lies beyond churn_days 30"):
        method.segment(stages, active_days=90, churn_days=30)
    with pytest.raises(ParameterError, match="found new_days -1, active_days 30"):
        method.segment(stages, new_days=-1, **LIMITS)
    with pytest.raises(TableError, match="last_return_gap_days"):
        method.segment(stages.drop(columns="last_return_gap_days"), **LIMITS)


def test_only_contacts_is_no_crash(stages, classes):
    contacts = with_facts(stages.iloc[:1], [])
    assert classes(method.segment(contacts)) == "prospect"


def test_nine_months_of_the_supermarket(nine_months, year, holds):
    result = method.segment(nine_months, active_days=48, churn_days=105, new_days=90)
    assert result.trustworthy
    counts = result.profile.set_index("segment")["customers"].to_dict()
    assert counts == {"prospect": 0, "new": 26, "active": 2121, "reactivated": 37, "dormant": 156, "churned": 106}
    # By silence alone; 17 new and 37 reactivated customers are among the first, 9 new ones among the second.
    silence = nine_months["days_since_last_order"]
    alone = pd.cut(silence, [-1, 48, 105, 273], labels=["active", "dormant", "churned"])
    assert alone.value_counts(sort=False).to_list() == [2175, 165, 106]
    back = nine_months["customer_id"].map(year.set_index("customer_id")["days_since_last_order"]) < 92
    assert back.groupby(alone, observed=True).mean().round(3).to_list() == [0.974, 0.758, 0.575]
    assert "churned" in result.details["variants"]["segment"].to_list(), "more than half of them come back"
    holds(result, nine_months)
    by_clock = method.segment(nine_months)
    assert by_clock.details["limits"]["days"].to_list() == [14, 57]
    assert dict(by_clock.details["variants"].to_numpy()) == {"dormant": "late", "churned": "long_silent"}
    assert by_clock.trustworthy


def test_by_contract_the_day_of_cancellation_decides_and_no_silence_does(stages, holds):
    """One customer in a hundred or more has cancelled: prospects stay, the new are new, everybody else is under contract or has left."""
    ended = [number in (2, 6) for number in range(12)]
    never = stages.assign(contract_ended=[number == 0 for number in range(12)])
    assert method.segment(never).assignments["segment"].to_list()[0] == "churned"  # he left without an order: no prospect
    customers = stages.assign(contract_ended=ended)
    result = method.segment(customers)
    classes = ["prospect", "new", "churned", *["active"] * 3, "churned", *["active"] * 5]
    assert result.assignments["segment"].to_list() == classes
    assert dict(result.details["variants"].to_numpy()) == {"active": "under_contract", "churned": "contract_ended"}
    assert "by_contract" in set(result.details["warnings"]["warning"])
    assert (
        why.reason(result, customers, customers["customer_id"][2]) == "Contract ended: The contract has ended, on a day that is on record"
    )
    assert (
        method.segment(stages.assign(contract_ended=False), basis="contract")
        .details["gates"]
        .set_index("gate")
        .loc["contracts_ended", "passed"]
        == np.False_
    )
    holds(result, customers)


def test_by_gaps_who_cancelled_is_churned_all_the_same(stages, holds):
    customers = stages.assign(contract_ended=[number == 4 for number in range(12)])
    classes = [stage[0] for stage in STAGES]
    for params in (LIMITS, {**LIMITS, "basis": "gaps"}):
        result = method.segment(customers, **params)
        assert result.assignments["segment"].to_list() == [*classes[:4], "churned", *classes[5:]]
        assert "cancelled" in set(result.details["warnings"]["warning"])
        holds(result, customers)


def test_a_basis_that_is_none_is_refused(stages):
    with pytest.raises(ParameterError, match="is none of gaps, contract"):
        method.segment(stages, basis="silence")
    with pytest.raises(TableError, match="contract_ended"):
        method.segment(stages, basis="contract")


def test_an_airlines_club_is_judged_by_its_cancellations(shared):
    """16,737 members, 2,067 of them cancelled by the end of 2018, near half of these without a flight on record."""
    folder = shared / "data" / "airline_loyalty"
    if not folder.exists():
        pytest.skip("the folder airline_loyalty is absent")
    members = pd.read_parquet(folder / "customer_loyalty_history.parquet")
    flown = pd.read_parquet(folder / "customer_flight_activity.parquet").query("total_flights > 0")
    left = pd.DataFrame({"year": members["Cancellation Year"], "month": members["Cancellation Month"], "day": 1})
    ids = members["Loyalty Number"].astype(str)
    customers = pd.DataFrame({"customer_id": ids, "cancelled_at": pd.to_datetime(left, errors="coerce")})
    orders = pd.DataFrame({"customer_id": flown["loyalty_number"].astype(str), "amount": flown["total_flights"].astype(float)})
    orders["ordered_at"] = pd.to_datetime(flown[["year", "month"]].assign(day=1))
    table = seglib.open_frames(customers=customers, orders=orders).customers(
        as_of="2018-12-31", columns=(*method.NEEDS, *method.USES), facts=()
    )
    found = method.segment(table).profile.set_index("segment")["customers"]
    flew = set(orders["customer_id"])
    assert found["churned"] == 2067
    assert found["prospect"] == int((~ids.isin(flew) & customers["cancelled_at"].isna()).sum()) == 619
    assert list(found.index) == ["prospect", "new", "active", "churned"]
