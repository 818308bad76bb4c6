"""Satisfaction on answers and cases counted by hand, on published figures and on real surveys."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seglib.errors import ParameterError
from seglib.methods import satisfaction
from seglib.methods._drivers import over_orders, relative_weights
from seglib.segmentation import Facts

# Correlations of fertility, agriculture, examination, education, catholic and infant mortality.
SWISS = [
    [1, 0.35308, -0.64588, -0.66379, 0.46368, 0.41656],
    [0.35308, 1, -0.68654, -0.63952, 0.4011, -0.06086],
    [-0.64588, -0.68654, 1, 0.69842, -0.57274, -0.11402],
    [-0.66379, -0.63952, 0.69842, 1, -0.15386, -0.09932],
    [0.46368, 0.4011, -0.57274, -0.15386, 1, 0.1755],
    [0.41656, -0.06086, -0.11402, -0.09932, 0.1755, 1],
]


def test_recommendation_counted_by_hand(table, holds, classes):
    customers = table(nps_score=[10.0, 9.0, 8.0, 7.0, 6.0, 0.0, None], spend=[10.0, 20, 30, 40, 50, 60, 7])
    result = satisfaction.segment(customers)
    assert classes(result) == "promoter promoter passive passive detractor detractor no_response"
    assert result.profile.set_index("segment").loc["no_response", "outside"]
    holds(result, customers)
    response = result.details["response"].set_index("who")
    assert response.loc["answered"].tolist() == [6, 6 / 7, 35]
    assert response.loc["no_response"].tolist() == [1, 1 / 7, 7]


def test_fewer_than_thirty_answers_give_no_index(table):
    few = satisfaction.segment(table(nps_score=[10.0] * 29))
    assert "index" not in few.details
    assert not few.gates.set_index("gate").loc["answers", "passed"]
    enough = satisfaction.segment(table(nps_score=[10.0] * 20 + [7.0] * 5 + [0.0] * 5))
    assert enough.details["index"][["answers", "value"]].values.tolist() == [[30, 50]]


def test_answers_on_one_to_eleven_are_refused_unless_mapped(table, classes, holds):
    customers = table(nps_score=[11.0, 10.0, 8.0, 7.0, 1.0])
    with pytest.raises(ParameterError, match=r"no scale \(1-11\) have no classes of their own. Say the one scale with nps_scale"):
        satisfaction.segment(customers)
    with pytest.raises(ParameterError, match="must lie on 0-10, found 11"):
        satisfaction.segment(customers, nps_scale="0-10")
    result = satisfaction.segment(customers, nps_scale="1-11")
    assert classes(result) == "promoter promoter passive detractor detractor"
    holds(result, customers)
    recorded = table(nps_score=[9.0, 10.0], nps_scale_low=[1.0] * 2, nps_scale_high=[11.0] * 2)
    assert classes(satisfaction.segment(recorded)) == "passive promoter"
    with pytest.raises(ParameterError, match="found the scale 1-11 beside them"):
        satisfaction.segment(recorded, nps_scale="0-10")


def test_text_ends_are_refused(table):
    with pytest.raises(ParameterError, match=r"must be numbers, found 9, very likely. Say what the words mean"):
        satisfaction.segment(table(nps_score=["very likely", "9"]))


@pytest.mark.parametrize(
    ("high", "answers", "found"),
    [
        (5.0, [1.0, 2, 3, 4, 5], "dissatisfied dissatisfied neutral satisfied satisfied"),
        (7.0, [3.0, 4, 5, 6, 7], "dissatisfied neutral neutral satisfied satisfied"),
        (10.0, [4.0, 5, 7, 8, 10], "dissatisfied neutral neutral satisfied satisfied"),
        (11.0, [5.0, 6, 8, 9, 11], "dissatisfied neutral neutral satisfied satisfied"),
    ],
)
def test_satisfaction_by_its_scale(table, classes, holds, high, answers, found):
    customers = table(csat_score=answers, csat_scale_low=[1.0] * 5, csat_scale_high=[high] * 5)
    result = satisfaction.segment(customers)
    assert classes(result) == found
    holds(result, customers)


def test_the_question_that_was_answered_decides_where_nobody_says(table, classes):
    customers = table(nps_score=[None, None], csat_score=[5.0, 1.0], csat_scale_low=[1.0, 1.0], csat_scale_high=[5.0, 5.0])
    assert classes(satisfaction.segment(customers.astype({"nps_score": float}))) == "satisfied dissatisfied"


def test_scales_that_cannot_be_read_are_refused(table):
    with pytest.raises(ParameterError, match="no scale"):
        satisfaction.segment(table(csat_score=[4.0]))
    with pytest.raises(ParameterError, match="1-4 have no classes"):
        satisfaction.segment(table(csat_score=[4.0]), csat_scale="1-4")
    with pytest.raises(ParameterError, match="1-10, 1-5"):
        satisfaction.segment(table(csat_score=[4.0, 4.0], csat_scale_low=[1.0, 1.0], csat_scale_high=[5.0, 10.0]))
    with pytest.raises(ParameterError, match=r"0-5 have no classes .* nps_scale \(0-10, 1-10, 1-11\)"):
        satisfaction.segment(table(nps_score=[4.0]), nps_scale="0-5")
    with pytest.raises(ParameterError, match="none of nps, csat"):
        satisfaction.segment(table(nps_score=[4.0]), basis="mood")


def test_stars_come_in_halves(table, classes, holds):
    customers = table(csat_score=[0.5, 2.5, 3.0, 3.5, 4.0, 5.0])
    result = satisfaction.segment(customers, csat_scale="stars")
    assert classes(result) == "dissatisfied dissatisfied neutral neutral satisfied satisfied"
    holds(result, customers)
    many = satisfaction.segment(table(csat_score=[3.5, 4.0, 4.5, 5.0, 1.0] * 6))
    assert "scale_seen" in set(many.details["warnings"]["warning"])
    assert many.details["index"][["measure", "value"]].values.tolist() == [["top_two", 60]]


def test_cuts_can_be_given_for_any_scale(table, classes, holds):
    customers = table(csat_score=[1.0, 2.0, 3.0, 4.0, 6.0])
    result = satisfaction.segment(customers, tiers="fixed:3,6")
    assert classes(result) == "dissatisfied dissatisfied neutral neutral satisfied", "a value at a cut is in the better class"
    holds(result, customers)
    with pytest.raises(ParameterError, match="must lie on 1-4, found 6"):
        satisfaction.segment(customers, csat_scale="1-4", tiers="fixed:3,4")
    nps = satisfaction.segment(table(nps_score=[5.0, 4.0, 3.0, 1.0]), nps_scale="1-5", tiers="fixed:4,5")
    assert classes(nps) == "promoter passive detractor detractor"
    thirty = satisfaction.segment(table(csat_score=[6.0] * 20 + [1.0] * 10), tiers="fixed:3,6").details["index"]
    assert thirty["measure"].tolist() == ["satisfied_share"]
    for wrong in ("quantile:3", "fixed:3", "fixed:3,4+own1"):
        with pytest.raises(ParameterError, match="tiers"):
            satisfaction.segment(customers, tiers=wrong)
    with pytest.raises(ParameterError, match="basis after_sales has none"):
        satisfaction.segment(table(tickets=[1, 0]), basis="after_sales", tiers="fixed:3,4")


def test_recommendation_on_what_looks_like_another_scale_is_asked_for(table):
    for high in (5, 7):
        answers = [float(1 + number % high) for number in range(70)]
        with pytest.raises(ParameterError, match=rf"no scale \(1-{high}\)"):
            satisfaction.segment(table(nps_score=answers))
    eleven = satisfaction.segment(table(nps_score=[float(1 + number % 11) for number in range(77)]))
    assert eleven.profile.set_index("segment")["customers"].to_dict() == {"promoter": 14, "passive": 14, "detractor": 49}
    assert "scale_seen" in set(eleven.details["warnings"]["warning"])


def test_who_answered_is_classed_by_the_answer_whatever_is_known_of_orders(table, classes, holds):
    customers = table(
        csat_score=[5.0, 5.0, 1.0, None, None, None, None], orders=[None, 0.0, 3.0, None, 0.0, 2.0, 0.0],
        returns_only=[False, False, False, False, False, False, True],
    )  # fmt: skip
    result = satisfaction.segment(customers, csat_scale="1-5")
    assert classes(result) == "satisfied satisfied dissatisfied no_response no_orders no_response returns_only"
    assert result.details["response"]["customers"].tolist() == [3, 2]
    holds(result, customers)
    cases = table(tickets=[1.0, 0.0, 0.0, None], orders=[0, 0, 5, 5])
    after = satisfaction.segment(cases)
    assert classes(after) == "resolved no_orders none unknown_tickets"
    holds(after, cases)


def test_the_worst_state_of_a_case_holds(table, classes, holds):
    customers = table(
        tickets=[2, 1, 1, 1, 1, 0],
        tickets_open=[1, 0, 0, 1, 0, 0],
        tickets_open_late=[1, 0, 0, 0, 0, 0],
        tickets_reopened=[1, 1, 0, 0, 0, 0],
        tickets_resolved_late=[0, 1, 1, 0, 0, 0],
    )
    result = satisfaction.segment(customers)
    assert classes(result) == "open_late reopened resolved_late open resolved none"
    holds(result, customers)


def test_times_to_resolve_censor_open_cases(table):
    cases = pd.DataFrame({"days": [1, 2, 3, 10], "open": [False, False, False, True]})
    customers = table(tickets=[4])
    customers.attrs["facts"] = Facts({"tickets": cases})
    found = satisfaction.segment(customers).details["times"].set_index("measure")["days"]
    assert found["median"] == 2
    assert pd.isna(found["nine_in_ten"])  # the last quarter is still open


def test_times_to_the_first_answer_censor_who_still_waits(table):
    cases = pd.DataFrame({"days": [5, 6, 7, 8, 9], "open": [False, False, True, True, False], "first_days": [1.0, 2, 3, None, None]})
    customers = table(tickets=[5])
    customers.attrs["facts"] = Facts({"tickets": cases})
    found = satisfaction.segment(customers).details["times"].set_index(["event", "measure"])
    assert found.loc[("first_answer", "median"), ["days", "cases", "open"]].tolist() == [2, 4, 1]  # the resolved one without a note is out
    assert found.loc[("resolved", "median"), ["days", "cases", "open"]].tolist() == [9, 5, 2]


def test_groups_are_compared_and_false_alarms_held(table):
    customers = table(nps_score=[10.0] * 40 + [0.0] * 40 + [8.0] * 40 + [9.0] * 5, membership=["gold"] * 40 + ["blue"] * 80 + ["red"] * 5)
    result = satisfaction.segment(customers)
    groups = result.details["groups"].set_index("group")
    assert groups["answers"].to_dict() == {"gold": 40, "blue": 80}  # five answers are no group
    assert groups["value"].to_dict() == {"gold": 100, "blue": -50}
    pair = result.details["differences"].iloc[0]
    assert (pair["group"], pair["against"], pair["difference"], pair["verdict"]) == ("gold", "blue", 150, "differs")
    # by hand: centres 100·40/43 and -100·40/83; variances of the adjusted shares
    gold, blue = (40.75 + 0.75 - 40**2 / 43) / 43**2, (40.75 + 0.75 - 40**2 / 83) / 83**2
    centre, half = 100 * (40 / 43 + 40 / 83), 195.9964 * (gold + blue) ** 0.5
    assert [pair["low"], pair["high"]] == pytest.approx([centre - half, centre + half])
    thirds = satisfaction.segment(table(csat_score=[5.0] * 30 + [1.0] * 60, spend=[float(n) for n in range(90)]), csat_scale="1-5")
    assert thirds.details["groups"]["value"].tolist() == [100, 0, 0]
    assert thirds.details["groups"]["group"].tolist() == ["spend_low", "spend_high", "spend_medium"]
    with pytest.raises(ParameterError, match="no column mood"):
        satisfaction.segment(customers, by="mood")


def test_shares_of_the_explained_over_all_orders_are_the_published_ones():
    """Fertility in 47 Swiss provinces of 1888 (Mosteller and Tukey 1977): the shares that the R package relaimpo prints."""
    values = np.array(SWISS)
    found = over_orders(values[None, 1:, 1:], values[None, 1:, 0])[0]
    assert found == pytest.approx([0.0571, 0.1712, 0.2601, 0.1056, 0.1128], abs=1e-4)
    johnson = relative_weights(values[None, 1:, 1:], values[None, 1:, 0])[0]
    assert johnson.sum() == pytest.approx(found.sum())
    alone = np.eye(3)[None]
    assert relative_weights(alone, np.array([[0.5, 0.3, 0.0]]))[0] == pytest.approx([0.25, 0.09, 0])


def test_drivers_of_a_real_survey(shared, table):
    """Nine ratings of a directory beside the judgement of it: the shares fill R², as least squares know it."""
    frame = pd.read_parquet(shared / "data" / "surveys" / "customerSat_yellowpages.parquet").astype(float)
    ids = [f"c{number}" for number in range(1, len(frame) + 1)]
    long = (
        frame.drop(columns="q1").assign(customer_id=ids).melt("customer_id", var_name="question", value_name="score").assign(age_days=1.0)
    )
    customers = table(csat_score=frame["q1"].tolist())
    customers.attrs["facts"] = Facts({"answers": long})
    result = satisfaction.segment(customers, csat_scale="1-10")
    found = result.details["drivers"]
    x = np.column_stack([np.ones(len(frame)), frame.drop(columns="q1")])
    left = frame["q1"] - x @ np.linalg.lstsq(x, frame["q1"], rcond=None)[0]
    assert result.fit["drivers_r2"] == pytest.approx(1 - left.var() / frame["q1"].var())
    assert found[["weight_share", "orders_share"]].sum().tolist() == pytest.approx([1, 1])
    assert found["rating"].tolist()[:2] == ["q6", "q4"]
    assert ((found["from_share"] < found["weight_share"]) & (found["weight_share"] < found["to_share"])).all()
    same = (frame.drop(columns="q1").nunique(axis=1) == 1).to_numpy()
    assert result.assignments["straight_liner"].tolist() == same.tolist()
    assert {"drivers", "straight_liners"} <= set(result.details["warnings"]["warning"])
    few = customers.head(50)
    few.attrs["facts"] = Facts({"answers": long})
    less = satisfaction.segment(few, csat_scale="1-10")
    assert "drivers" not in less.details
    assert "drivers_few" in set(less.details["warnings"]["warning"])


def test_the_published_airline_survey(shared, table):
    """1,065 answers on 1 to 11; the set has answers alone, no spend and no days."""
    answers = pd.read_parquet(shared / "data" / "surveys" / "oddjob_airline_nps_fictional.parquet")["nps"].astype(float)
    result = satisfaction.segment(table(nps_score=answers.tolist()))
    assert "1-11" in result.details["warnings"].set_index("warning").loc["scale_seen", "values"]
    counts = result.assignments["segment"].value_counts()
    assert counts[["promoter", "passive", "detractor"]].tolist() == [238, 396, 431]
    index = result.details["index"].iloc[0]
    assert [round(index[name], 2) for name in ("value", "centre", "low", "high")] == [-18.12, -18.07, -22.70, -13.44]


def test_a_real_satisfaction_survey(shared, table):
    """1,811 answers of a directory's customers on ten boxes."""
    frame = pd.read_parquet(shared / "data" / "surveys" / "customerSat_yellowpages.parquet")
    answers = frame.iloc[:, 0].astype(float)
    result = satisfaction.segment(table(csat_score=answers.tolist()), csat_scale="1-10")
    counts = result.assignments["segment"].value_counts()
    assert counts["satisfied"] == int((answers >= 8).sum())
    assert counts.sum() == 1811


def test_a_scale_that_nobody_recorded_is_read_off_its_ends_and_that_is_said(table):
    answers = [1.0, 2.0, 3.0, 4.0, 5.0] * 6
    result = satisfaction.segment(table(csat_score=answers))
    assert result.profile.set_index("segment")["customers"].to_dict() | {"no_response": 0} == {
        "satisfied": 12, "neutral": 6, "dissatisfied": 12, "no_response": 0,
    }  # fmt: skip
    assert "scale_seen" in set(result.details["warnings"]["warning"])
    for few in (answers[:20], [value + 1 for value in answers], [2 * value - 2 for value in answers]):  # too few; 2 to 6; 0 to 8
        with pytest.raises(ParameterError, match="no scale"):
            satisfaction.segment(table(csat_score=few))
