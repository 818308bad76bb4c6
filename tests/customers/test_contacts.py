"""Contacts beside orders, counted by hand, on both engines: events, sessions, answers, cases, offers and deals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import seglib
from seglib import customers
from seglib.segmentation import facts_of
from seglib.settings import ClientSettings

AS_OF = date(2025, 6, 30)
TIMES = ("ordered_at", "happened_at", "answered_at", "opened_at", "resolved_at", "first_response_at", "sent_at", "redeemed_at")
TIMES += ("created_at", "closed_at", "visited_at")
KINDS = {"amount": pa.decimal128(18, 6), "count": pa.int64(), "reopened": pa.bool_(), "won": pa.bool_()}
KINDS |= dict.fromkeys(("score", "scale_low", "scale_high", "probability"), pa.float64()) | dict.fromkeys(TIMES, pa.timestamp("us"))


def typed(name: str, value: object) -> object:
    if value is not None and name in TIMES:
        return datetime.fromisoformat(str(value))
    return Decimal(str(value)) if value is not None and name == "amount" else value


def frame(names: str, *rows: tuple[object, ...]) -> pa.Table:
    """A typed table of rows; the names of its columns in one text."""
    columns = names.split()
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pa.table(
        {
            name: pa.array([typed(name, one) for one in column], KINDS.get(name, pa.string()))
            for name, column in zip(columns, values, strict=True)
        }
    )


def stored(connection: Any, name: str, table: pa.Table) -> ibis.Table:
    """The table on the engine; in SQLite money lies as a float and a time as a text, as they would there."""
    if connection.name != "sqlite":
        return connection.create_table(name, table)
    plain = table.cast(pa.schema([(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type) for f in table.schema]))
    empty = connection.create_table(name, schema=ibis.Schema.from_pyarrow(plain.schema))
    rows = [tuple(str(one) if isinstance(one, datetime) else one for one in row.values()) for row in plain.to_pylist()]
    connection.con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * plain.num_columns)})", rows)
    return empty


@pytest.fixture
def built(engine: Callable[[], object]) -> Callable[..., pd.DataFrame]:
    """Tables -> the customer table, by customer_id, and its side frames in attrs."""

    def make(*, facts: tuple[str, ...] = (), window_days: int = 100, also: tuple[str, ...] = (), **tables: pa.Table) -> pd.DataFrame:
        tables.setdefault("customers", frame("customer_id", ("a",), ("b",), ("c",)))
        connection = engine()
        loaded = {name: stored(connection, name, table) for name, table in tables.items()}
        every = (*customers.wanted_columns(loaded), *also)
        found = customers.build(loaded, as_of=AS_OF, window_days=window_days, facts=facts, columns=every)
        return found.set_index("customer_id")

    return make


EVENTS = "customer_id happened_at kind session_id count"


def test_without_a_list_of_customers_who_left_an_event_is_known() -> None:
    """Most visitors of a site never buy: a log of events and orders alone must not show the buyers only."""
    tables = {
        "orders": pd.DataFrame({"customer_id": ["a"], "ordered_at": ["2025-06-30"], "amount": [5.0]}),
        "interactions": pd.DataFrame(
            {"customer_id": ["a", "b", "c"], "happened_at": ["2025-06-01", "2025-06-02", "2025-07-02"], "kind": ["pv", "addtocart", "view"]}
        ),
    }
    found = seglib.open_frames(**tables).customers(as_of="2025-06-30", window_days=100, facts=("interactions_by_kind",))
    assert found[["customer_id", "orders", "interactions"]].values.tolist() == [["a", 1, 1], ["b", 0, 1]]  # c comes later
    assert facts_of(found)["interactions_by_kind"]["kind"].tolist() == ["view", "cart"]
    listed = seglib.open_frames(**tables, customers=pd.DataFrame({"customer_id": ["a", "z"]})).customers(as_of="2025-06-30")
    assert listed["customer_id"].tolist() == ["a", "z"]


def test_engagement_halves_every_thirty_days_and_leaves_purchases_and_opens_out(built: Callable[..., pd.DataFrame]) -> None:
    found = built(
        interactions=frame(
            EVENTS,
            ("a", "2025-06-30 09:00", "email_click", None, 1),  # 2
            ("a", "2025-05-31 23:59", "Call", None, 1),  # 4 / 2, 30 days old
            ("a", "2025-05-01", "wave", None, 3),  # nobody said what that is
            ("a", "2025-06-30", "purchase", None, 5),  # none of it
            ("a", "2025-07-01", "call", None, 1),  # not yet
            ("b", "2025-06-29", "email_open", None, 7),  # weighs nothing
            ("b", "2025-03-22", "call", None, 1),  # 100 days old: the day before the window
        )
    )
    assert found["interactions"].tolist() == [5, 7, 0]
    assert found["unknown_events"].tolist() == [3, 0, 0]
    assert found["engagement_score"].tolist() == [2 + 2, 0, 0]
    assert found["days_since_last_interaction"].tolist()[:2] == [0, 1]
    assert np.isnan(found.loc["c", "days_since_last_interaction"])


def test_times_contacted_are_what_was_sent_called_visited_and_offered(built: Callable[..., pd.DataFrame]) -> None:
    found = built(
        interactions=frame(
            EVENTS,
            ("a", "2025-06-30", "Email Sent", None, 2),
            ("a", "2025-06-01", "call", None, 1),
            ("a", "2025-06-02", "email_open", None, 9),  # the customer's doing, or a machine's
            ("b", "2025-03-22", "sent", None, 1),  # the day before the window
            ("b", "2025-07-01", "sent", None, 1),  # not yet
        ),
        offers=frame("customer_id sent_at", ("b", "2025-06-30"), ("b", "2025-01-01")),
        visits=frame("customer_id visited_at", ("a", "2025-05-01")),
    )
    assert found["times_contacted"].tolist() == [2 + 1 + 1, 1, 0]
    assert found["unknown_events"].tolist() == [0, 0, 0]
    alone = built(offers=frame("customer_id sent_at", ("c", "2025-06-30")))
    assert alone["times_contacted"].tolist() == [0, 0, 1]


def test_points_of_intent_are_capped_by_kind(built: Callable[..., pd.DataFrame]) -> None:
    found = built(
        facts=("interactions_by_kind",),
        interactions=frame(
            EVENTS,
            ("a", "2025-06-30", "quote", None, 3),  # 90, capped at 60
            ("a", "2025-05-31", "add_to_cart", None, 1),  # 10 / 2
            ("a", "2025-06-30", "wave", None, 1),  # announces nothing
            ("b", "2025-06-30", "view", None, 6),  # 6 x .5
        ),
    )
    assert found["intent_points"].tolist() == [65, 3, 0]
    assert found["quotes"].tolist() == [3, 0, 0]
    by_kind = facts_of(found)["interactions_by_kind"]
    assert by_kind.values.tolist() == [["a", "cart", 1, 5], ["a", "quote", 3, 60], ["a", "wave", 1, 0], ["b", "view", 6, 3]]


def test_sessions_with_carts_and_orders_of_their_day(built: Callable[..., pd.DataFrame]) -> None:
    found = built(
        orders=frame("customer_id order_id ordered_at amount", ("a", "1", "2025-06-20 18:00", 10), ("a", "2", "2025-06-25", 5)),
        interactions=frame(
            EVENTS,
            ("a", "2025-06-20 10:00", "view", "s1", 4),
            ("a", "2025-06-20 10:05", "cart", "s1", 1),  # bought that day
            ("a", "2025-06-21", "view", "s2", 2),
            ("a", "2025-06-21", "cart", "s2", 1),
            ("a", "2025-06-25", "view", "s3", 3),
            ("a", "2025-06-25", "review", "s3", 2),  # bought without a cart
            ("b", "2025-06-25", "view", "s4", 201),  # a machine
            ("b", "2025-03-01", "view", "s5", 1),  # before the window
        ),
    )
    a, b = found.loc["a"], found.loc["b"]
    assert (a.sessions, a.views, a.cart_sessions, a.cart_sessions_bought, a.sessions_bought, a.reviews_read) == (3, 9, 2, 1, 2, 2)
    assert (a.views_per_session, a.orders_per_session, a.days_since_last_session) == (3, pytest.approx(2 / 3), 5)
    assert (b.sessions, b.views, b.days_since_last_session) == (0, 0, 121)
    assert np.isnan(b.views_per_session)


def test_the_share_that_came_back(built: Callable[..., pd.DataFrame]) -> None:
    orders = frame("customer_id order_id ordered_at amount", ("a", "1", "2025-06-20", 10), ("a", "2", "2025-06-25", -4))
    found = built(orders=orders)["returned_value_share"]
    assert found["a"] == 0.4
    assert np.isnan(found["b"])


ANSWERS = "customer_id answered_at question score scale_low scale_high"


def test_the_latest_valid_answer_counts(built: Callable[..., pd.DataFrame]) -> None:
    found = built(
        facts=("answers",),
        feedback=frame(
            ANSWERS,
            ("a", "2025-01-01", "nps", 9.0, 0.0, 10.0),
            ("a", "2025-06-01", "NPS", 3.0, 0.0, 10.0),  # the newer
            ("a", "2025-06-02", "nps", 77.0, 0.0, 10.0),  # off its scale
            ("a", "2025-06-30", "csat", 4.0, 1.0, 5.0),
            ("b", "2024-06-30", "nps", 10.0, 0.0, 10.0),  # 365 days old: too old
            ("b", None, "nps", 10.0, 0.0, 10.0),  # when?
            ("c", "2025-07-01", "csat", 1.0, 1.0, 5.0),  # not yet
        ),
    )
    assert found.loc["a", ["nps_score", "nps_scale_low", "nps_scale_high", "csat_score", "csat_scale_high"]].tolist() == [3, 0, 10, 4, 5]
    assert found["answers"].tolist() == [3, 0, 0]
    assert found.loc["a", "days_since_last_answer"] == 0
    assert found.loc[["b", "c"], ["nps_score", "csat_score"]].isna().all(axis=None)
    assert facts_of(found)["answers"]["age_days"].tolist() == [0, 29, 180]


def test_answers_without_any_date_all_count(built: Callable[..., pd.DataFrame]) -> None:
    found = built(feedback=frame("customer_id question score", ("a", "csat", 4.0), ("b", "csat", 2.0)))
    assert found["csat_score"].tolist()[:2] == [4, 2]
    assert "days_since_last_answer" not in found.columns


def test_cases_are_late_after_twice_the_median(built: Callable[..., pd.DataFrame]) -> None:
    found = built(
        facts=("tickets",),
        tickets=frame(
            "customer_id opened_at first_response_at resolved_at reopened",
            ("a", "2025-06-01", "2025-06-02", "2025-06-02", False),  # 1 day
            ("a", "2025-06-01", None, "2025-06-03", True),  # 2 days: the median of 1, 2, 2, 5
            ("b", "2025-06-01", None, "2025-06-03", False),  # 2 days
            ("b", "2025-06-01", None, "2025-06-06", None),  # 5 > 2 x 2
            ("b", "2025-06-26", None, None, False),  # open for 4 days: not late
            ("c", "2025-06-25", None, "2025-07-02", False),  # open on the day, for 5 days: late
            ("c", "2025-07-01", None, None, False),  # not yet
            ("c", "2025-01-01", None, "2025-01-30", False),  # before the window: counts for nothing
        ),
    )
    assert found["tickets"].tolist() == [2, 3, 1]
    assert found["tickets_open"].tolist() == [0, 1, 1]
    assert found["tickets_open_late"].tolist() == [0, 0, 1]
    assert found["tickets_reopened"].tolist() == [1, 0, 0]
    assert found["tickets_resolved_late"].tolist() == [0, 1, 0]
    cases = facts_of(found)["tickets"]
    assert cases.loc[cases["open"], ["customer_id", "days"]].values.tolist() == [["b", 4], ["c", 5]]
    assert cases["first_days"].dropna().tolist() == [1]


def test_offers_and_deals(built: Callable[..., pd.DataFrame]) -> None:
    found = built(
        facts=("deals",),
        also=("offers_sent", "offers_redeemed"),
        offers=frame(
            "customer_id sent_at redeemed_at",
            ("a", "2025-06-01", "2025-06-05"),
            ("a", "2025-06-01", "2025-07-05"),  # used after the day
            ("b", "2025-07-01", None),  # not yet
        ),
        opportunities=frame(
            "customer_id amount probability created_at closed_at won",
            ("a", 1000, 0.5, "2025-06-01", None, None),
            ("a", 200, 0.25, "2025-06-01", "2025-07-09", True),  # still open on the day
            ("a", 70, 1.0, "2025-05-01", "2025-06-09", True),
            ("b", 70, 0.0, "2025-05-01", "2025-06-09", False),
            ("b", 70, 1.0, "2024-05-01", "2024-06-09", True),  # won before the window
            ("c", 70, 0.5, "2025-07-01", None, None),  # not yet
        ),
    )
    assert found["offers_sent"].tolist() == [2, 0, 0]
    assert found["offers_redeemed"].tolist() == [1, 0, 0]
    assert found["open_pipeline"].tolist() == [550, 0, 0]
    unsaid = frame("customer_id amount probability created_at closed_at won", ("a", None, 0.5, "2025-06-01", None, None))
    assert built(opportunities=unsaid)["open_pipeline"].isna().tolist() == [True, False, False]
    assert found["deals_won"].tolist() == [1, 0, 0]
    assert found["deals_lost"].tolist() == [0, 1, 0]
    assert facts_of(found)["deals"]["won"].isna().sum() == 2


def test_engagement_of_a_quarter_ago_and_what_was_bought_since(built: Callable[..., pd.DataFrame]) -> None:
    found = built(
        facts=("engagement_before",),
        orders=frame(
            "customer_id order_id ordered_at amount", ("a", "1", "2025-06-20", 10), ("b", "2", "2025-01-25", 5), ("n", "3", "2025-06-01", 1)
        ),
        interactions=frame(
            EVENTS,
            ("a", "2025-03-30", "call", None, 1),  # 92 days ago: 4
            ("a", "2025-03-31", "call", None, 1),  # since
            ("c", "2025-02-28", "call", None, 1),  # 30 days before: 2
            ("c", "2025-03-01", "wave", None, 5),
        ),
        offers=frame("customer_id sent_at", ("b", "2025-03-30"), ("b", "2025-03-31")),
    )
    before = facts_of(found)["engagement_before"]
    assert before.values.tolist() == [["a", 4, 1, 0, 1, True], ["b", 0, 0, 0, 1, False], ["c", 2, 6, 5, 1, False]]


def test_recommendations_on_one_to_eleven_are_moved_to_nought_to_ten(built: Callable[..., pd.DataFrame]) -> None:
    names = "customer_id question score scale_low scale_high"
    recorded = [("a", "nps", 11.0, 1.0, 11.0), ("b", "nps", 1.0, 1.0, 11.0), ("c", "nps", 8.0, 0.0, 10.0), ("a", "csat", 11.0, 1.0, 11.0)]
    found = built(feedback=frame(names, *recorded))
    assert found["nps_score"].tolist() == [10, 0, 8]
    assert found[["nps_scale_low", "nps_scale_high"]].values.tolist() == [[0, 10]] * 3
    assert found.loc["a", "csat_score"] == 11
    people = frame("customer_id", *((f"{number:02d}",) for number in range(33)))
    unsaid = [(f"{number:02d}", "nps", float(1 + number % 11)) for number in range(33)]
    many = built(customers=people, feedback=frame("customer_id question score", *unsaid))
    assert many["nps_score"].tolist() == [number % 11 for number in range(33)]
    few = built(customers=people, feedback=frame("customer_id question score", *unsaid[:22]))
    assert few["nps_score"].max() == 11, "too few to tell the scale by: the method asks"


def test_a_client_without_orders_has_contacts_and_nothing_else() -> None:
    people = pd.DataFrame({"customer_id": ["a", "b"]})
    calls = pd.DataFrame({"customer_id": ["a", "x"], "happened_at": ["2025-06-30", "2025-06-30"], "kind": ["call", "call"]})
    settings = ClientSettings(as_of=AS_OF)
    found = seglib.open_frames(settings=settings, customers=people, interactions=calls).customers()
    assert found["customer_id"].tolist() == ["a", "b"]
    assert found["engagement_score"].tolist() == [4, 0]
    assert {"orders", "sessions", "sessions_bought", "nps_score", "tickets"}.isdisjoint(found.columns)
