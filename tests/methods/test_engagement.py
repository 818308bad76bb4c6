"""Engagement on a table counted by hand, on a market whose truth is known, and on real visits of a web shop."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import seglib
from seglib import datasets, methods
from seglib.checkup import examine
from seglib.customers.contacts import rules
from seglib.errors import TableError
from seglib.methods import digital_behaviour, engagement, purchase_intent
from seglib.segmentation import Facts


def _seven(table):
    return table(engagement_score=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], orders=[0, 0, 1, 1, 2, 2, 3], spend=[0.0, 0, 10, 10, 20, 20, 30])


def test_classes_counted_by_hand(table, holds, classes):
    customers = _seven(table)
    result = engagement.segment(customers)
    assert classes(result) == "no_events low low medium medium high high", "nothing tells that anybody was addressed"
    assert result.ordered
    assert "no_record" in set(result.details["warnings"]["warning"])
    assert "firms_choice" in set(result.details["warnings"]["warning"])
    assert "conversion" not in result.details
    holds(result, customers)


def test_a_table_without_orders_will_do(table, holds, classes):
    customers = _seven(table).drop(columns=["orders", "spend"])
    result = engagement.segment(customers)
    assert classes(result) == "no_events low low medium medium high high"
    holds(result, customers)


def test_silent_is_who_was_addressed_and_nobody_else(table, holds, classes):
    customers = table(
        engagement_score=[5.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        interactions=[3, 0, 4, 0, 2, 2],  # c3 opened mails, c5 and c6 did what nobody explained
        unknown_events=[1, 0, 0, 0, 2, 1],
        times_contacted=[0, 2, 0, 0, 0, 7],
    )
    result = engagement.segment(customers)
    assert classes(result) == "all silent silent not_contacted unknown_events unknown_events"
    assert set(result.scheme.outside) >= {"not_contacted", "unknown_events"}
    assert "no_record" not in set(result.details["warnings"]["warning"])
    holds(result, customers)
    unrecorded = engagement.segment(customers.assign(times_contacted=0))
    assert classes(unrecorded) == "all no_events silent no_events unknown_events unknown_events"


def _events(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "happened_at", "kind"])
    return seglib.open_frames(interactions=frame, customers=pd.DataFrame({"customer_id": ["a", "b", "c", "d"]}))


@pytest.mark.parametrize("method", [engagement, purchase_intent, digital_behaviour])
def test_events_of_unknown_kinds_are_named_counted_and_left_out(method):
    client = _events(
        ("a", "2025-06-30", "view"), ("b", "2025-06-30", "Heart-beat"), ("b", "2025-06-29", "wave"), ("b", "2025-06-28", "wave")
    )
    customers = client.customers(as_of="2025-06-30", window_days=100, facts=method.FACTS)
    if method is digital_behaviour:  # needs sessions and orders
        customers = customers.assign(**dict.fromkeys(method.NEEDS, 0))
    result = method.segment(customers)
    warning = result.details["warnings"].set_index("warning").loc["unknown_kinds", "values"]
    said = methods.words(result.method).warning("unknown_kinds", "en", **json.loads(warning))
    assert said.startswith("3 of 4 events are left out")
    assert "wave (2), heart_beat (1)" in said
    assert "wave: view" in said
    assert result.gates.set_index("gate").loc["known_events", ["passed", "found"]].tolist() == [False, 25]
    if method is not digital_behaviour:
        assert result.assignments["segment"].tolist()[1] == "unknown_events"
    with pytest.raises(TableError, match=r"none of the 3 events of the window is of a kind with a weight: wave \(2\), heart_beat \(1\)"):
        method.segment(customers[customers["customer_id"] == "b"])


def test_client_yml_says_what_kinds_mean(tmp_path):
    (tmp_path / "events.csv").write_text(
        "who,when,what\na,2025-06-30,Offer Viewed\nb,2025-06-30,it's on\nc,2025-06-30,wave\n", encoding="utf-8"
    )
    (tmp_path / "client.yml").write_text(
        "currency: EUR\nas_of: 2025-06-30\ntables:\n  customers: {files: events.csv, columns: {customer_id: who}}\n"
        "  interactions:\n    files: events.csv\n"
        "    columns: {customer_id: who, happened_at: when, kind: what}\n"
        '    kinds: {offer-viewed: view, "it\'s on": quote}\n',
        encoding="utf-8",
    )
    client = seglib.open_client(tmp_path)
    assert any("interactions: 1 of 3 events are of kinds that nobody explained: wave (1)" in line for line in examine(client).lines())
    customers = client.customers(window_days=100)
    assert customers["engagement_score"].tolist() == [0.2, 6, 0]
    assert customers["unknown_events"].tolist() == [0, 0, 1]


def test_conversion_is_read_in_the_window_that_follows(table):
    customers = _seven(table)
    before = pd.DataFrame({"customer_id": [f"c{n}" for n in range(1, 6)], "engagement_score": [0.0, 9.0, 9.0, 9.0, 9.0]})
    before = before.assign(interactions=1, unknown_events=0, times_contacted=0, bought=[False, True, True, True, False])
    customers.attrs["facts"] = Facts({"engagement_before": before})
    found = engagement.segment(customers).details["conversion"].set_index("segment")
    assert found.loc["high", ["customers", "bought", "share"]].tolist() == [4, 3, 0.75]
    # Wilson by hand: (3 + 1.92) / (4 + 3.84) = .628, half width .328
    assert found.loc["high", ["low", "high"]].tolist() == pytest.approx([0.300, 0.954], abs=0.002)
    assert found.loc["silent", ["customers", "bought"]].tolist() == [1, 0]


def test_equal_scores_are_one_class(table, classes):
    result = engagement.segment(table(engagement_score=[2.0, 2.0, 0.0]))
    assert classes(result) == "all all no_events"
    assert not result.trustworthy


def test_opened_mails_and_purchases_weigh_nothing():
    assert rules()["engagement"]["email_open"] == 0
    assert "other" not in rules()["engagement"], "a kind that nobody explained has no weight"
    assert "order" in rules()["kinds"]["purchase"]


def test_it_finds_the_truth_of_a_made_market_again():
    market = datasets.make_market(customers=600, seed=3, orders_per_year=20)
    result = engagement.segment(seglib.open_frames(**market.tables).customers(facts=engagement.FACTS))
    rank = {"silent": 0, "low": 1, "medium": 2, "high": 3}
    found = result.assignments.set_index("customer_id")["segment"].map(rank).dropna()
    true = market.truth_class("engagement").map(rank)
    assert found.corr(true.reindex(found.index), method="spearman") > 0.6
    conversion = result.details["conversion"].set_index("segment")["share"]
    assert conversion["high"] > conversion["low"]


def test_visits_of_a_real_web_shop(shared, table):
    """Monthly web visits of 2,240 customers; the set has no days, no other contacts and no ids, so that nothing fades in it."""
    path = next((shared / "data" / "customer_personality").glob("*.parquet"))
    visits = pd.read_parquet(path)["NumWebVisitsMonth"].astype(float)
    result = engagement.segment(table(engagement_score=visits.tolist()))
    counts = result.assignments["segment"].value_counts()
    assert counts["no_events"] == int((visits == 0).sum())
    assert counts.sum() == len(visits) == 2240
    assert set(counts.index) == {"high", "medium", "low", "no_events"}
