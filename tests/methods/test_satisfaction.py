"""Satisfaction on answers and cases counted by hand, on published figures and on real surveys."""

from __future__ import annotations

import pandas as pd
import pytest

from seglib.errors import ParameterError
from seglib.methods import satisfaction
from seglib.segmentation import Facts


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
    with pytest.raises(ParameterError, match="must lie on 0-10, found 11"):
        satisfaction.segment(customers)
    result = satisfaction.segment(customers, nps_scale="1-11")
    assert classes(result) == "promoter promoter passive detractor detractor"
    holds(result, customers)
    with pytest.raises(ParameterError, match="another scale"):
        satisfaction.segment(table(nps_score=[9.0], nps_scale_low=[1.0], nps_scale_high=[11.0]))


def test_text_ends_are_refused(table):
    with pytest.raises(ParameterError, match="very likely"):
        satisfaction.segment(table(nps_score=["very likely", "9"]))


@pytest.mark.parametrize(
    ("high", "answers", "found"),
    [
        (5.0, [1.0, 2, 3, 4, 5], "dissatisfied dissatisfied neutral satisfied satisfied"),
        (7.0, [3.0, 4, 5, 6, 7], "dissatisfied neutral neutral satisfied satisfied"),
        (10.0, [4.0, 5, 7, 8, 10], "dissatisfied neutral neutral satisfied satisfied"),
    ],
)
def test_satisfaction_by_its_scale(table, classes, holds, high, answers, found):
    customers = table(csat_score=answers, csat_scale_low=[1.0] * 5, csat_scale_high=[high] * 5)
    result = satisfaction.segment(customers)
    assert classes(result) == found
    holds(result, customers)


def test_scales_that_cannot_be_read_are_refused(table):
    with pytest.raises(ParameterError, match="no scale"):
        satisfaction.segment(table(csat_score=[4.0]))
    with pytest.raises(ParameterError, match="1-4 has no classes"):
        satisfaction.segment(table(csat_score=[4.0]), csat_scale="1-4")
    with pytest.raises(ParameterError, match="1-10, 1-5"):
        satisfaction.segment(table(csat_score=[4.0, 4.0], csat_scale_low=[1.0, 1.0], csat_scale_high=[5.0, 10.0]))
    with pytest.raises(ParameterError, match="none of 0-10"):
        satisfaction.segment(table(nps_score=[4.0]), nps_scale="0-5")
    with pytest.raises(ParameterError, match="none of nps, csat"):
        satisfaction.segment(table(nps_score=[4.0]), basis="mood")


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


def test_the_published_airline_survey(shared, table):
    """1,065 answers on 1 to 11; the set has answers alone, no spend and no days."""
    answers = pd.read_parquet(shared / "data" / "surveys" / "oddjob_airline_nps_fictional.parquet")["nps"].astype(float)
    result = satisfaction.segment(table(nps_score=answers.tolist()), nps_scale="1-11")
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
