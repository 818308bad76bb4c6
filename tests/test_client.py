"""The door: which day, which window, what is kept, and what is said when it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import ibis
import pandas as pd
import pytest

import seglib
from seglib.client import Calendar, Client
from seglib.errors import DataError, ParameterError, SettingsError, TableError
from seglib.segmentation import facts_of
from seglib.settings import ClientSettings


@dataclass
class Collected:
    """What the door reads of the collected tables."""

    tables: dict[str, ibis.Table]
    unattributed: ibis.Table | None = None
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def ladder(self, *question: object) -> pd.DataFrame:
        self.asked.append(question)
        return pd.DataFrame({"table": ["orders"], "step": ["read"], "rows": [1], "amount": [1.0], "note": [""]})


def orders(*rows: tuple[str, str, float]) -> ibis.Table:
    ids, days, amounts = zip(*rows, strict=True)
    return ibis.memtable({"customer_id": list(ids), "ordered_at": pd.to_datetime(list(days), format="ISO8601"), "amount": list(amounts)})


YEAR = (("ann", "2024-01-02", 5.0), ("bob", "2024-12-30 10:00", 7.0), ("ann", "2024-12-31 20:00", 9.0))


@pytest.fixture
def opened() -> Callable[..., Client]:
    """rows -> a client; ``.times`` counts how often the data were read."""

    def make(*rows: tuple[str, str, float], cache: Path | None = None, fingerprint: str = "f", **settings: object) -> Client:
        tables = {"orders": orders(*rows)} if rows else {"customers": ibis.memtable({"customer_id": ["ann", "bob"], "spend": [1.0, 2.0]})}

        def collect() -> Collected:
            client.times += 1
            return Collected(tables)

        client = Client(ClientSettings(**settings), collect, lambda: fingerprint, cache=cache)
        client.times = 0
        return client

    return make


def test_as_of_is_the_last_order_day_and_never_today(opened):
    client = opened(*YEAR)
    assert client.as_of == date(2024, 12, 31)
    assert client.calendar == Calendar(date(2024, 1, 2), date(2024, 12, 31), date(2024, 12, 30))
    assert client.customers()["as_of"].unique().tolist() == [pd.Timestamp("2024-12-31")]


DAY = "2024-12-30"


@pytest.mark.parametrize("given", [DAY, DAY + "T18:00", date(2024, 12, 30), datetime(2024, 12, 30, 9), pd.Timestamp(DAY)])
def test_a_day_is_read_in_every_spelling(opened, given):
    table = opened(*YEAR).customers(as_of=given)
    assert table["as_of"].iloc[0] == pd.Timestamp("2024-12-30")
    assert table["spend"].tolist() == [5, 7]


@pytest.mark.parametrize("given", [None, "", 0])
def test_a_day_left_out_is_the_clients_own(opened, given):
    assert opened(*YEAR, as_of=date(2024, 6, 1)).customers(as_of=given)["as_of"].iloc[0] == pd.Timestamp("2024-06-01")


def test_a_day_that_cannot_be_read_or_lies_before_all_orders(opened):
    with pytest.raises(ParameterError, match=r"as_of is 31.12.2024; write a day as 2017-12-31"):
        opened(*YEAR).customers(as_of="31.12.2024")
    with pytest.raises(DataError, match="2023-12-31 lies before the first order day, 2024-01-02"):
        opened(*YEAR).customers(as_of="2023-12-31")


def test_a_last_day_far_behind_the_others_is_doubted(opened):
    rows = (*YEAR, ("bob", "2025-03-02", 1.0))
    with pytest.raises(DataError, match=r"last order day is 2025-03-02, 61 days after the one before it \(2024-12-31\)"):
        opened(*rows).customers()
    assert opened(*YEAR, ("bob", "2025-03-01", 1.0)).as_of == date(2025, 3, 1), "sixty days are a pause"
    assert opened(*rows, as_of=date(2024, 12, 31)).as_of == date(2024, 12, 31)
    assert len(opened(*rows).customers(as_of="2025-03-02")) == 2, "whoever names the day is believed"


@pytest.mark.parametrize(
    ("last", "days"),
    [
        ("2024-12-31", 365),
        ("2024-12-30", 365),
        ("2024-12-29", 364),
        ("2024-12-28", 363),
        ("2024-01-10", 10),
        ("2024-01-03", 3),
        ("2024-01-01", 1),
    ],
)
def test_the_window_is_a_year_or_all_the_days_there_are(opened, last, days):
    client = opened(("ann", "2024-01-01", 5.0), ("ann", last, 5.0), as_of=last)
    assert client.window_days == days
    assert client.customers()["window_days"].unique().tolist() == [days]


def test_the_window_of_an_earlier_day_is_that_days(opened):
    assert opened(*YEAR).customers(as_of="2024-02-01")["window_days"].iloc[0] == 31


def test_the_window_can_be_said(opened):
    client = opened(*YEAR, window="6 months")
    assert client.window_days == 182
    assert client.customers(window_days=30)["window_days"].iloc[0] == 30
    assert client.customers(window_days="26 weeks")["window_days"].iloc[0] == 182
    assert opened(("ann", "2022-01-01", 5.0), ("ann", "2024-12-31", 5.0), as_of="2024-12-31", window="all").window_days == 1096
    with pytest.raises(ParameterError, match="window_days is soon"):
        client.customers(window_days="soon")
    with pytest.raises(ParameterError, match="window_days is -1"):
        client.customers(window_days=-1)


def test_customers_without_orders_need_a_day(opened):
    with pytest.raises(DataError, match="no orders to take a last day from"):
        opened().customers()
    table = opened().customers(as_of="2025-06-30")
    assert table["window_days"].iloc[0] == 365
    assert table["spend"].tolist() == [1, 2]
    assert opened(as_of="2025-06-30").ladder()["step"].tolist() == ["read"]


def test_who_is_wanted(opened):
    client = opened(*YEAR)
    found = client.customers(where="orders >= 2")
    assert found["customer_id"].tolist() == ["ann"]
    assert set(facts_of(found)["gaps"]["customer_id"]) == {"ann"}
    assert client.customers(where={"customer_id": ["bob", "cid"]})["customer_id"].tolist() == ["bob"]
    assert client.customers(where={"orders": 1})["customer_id"].tolist() == ["bob"]
    with pytest.raises(ParameterError, match="no column city"):
        client.customers(where={"city": "x"})
    with pytest.raises(ParameterError, match="where: citty == 1 cannot be read"):
        client.customers(where="citty == 1")
    with pytest.raises(ParameterError, match="where: orders is no condition"):
        client.customers(where="orders")


def test_which_columns_and_side_frames(opened):
    client = opened(*YEAR)
    table = client.customers(columns=["spend", "orders"], facts=["silence"])
    assert list(table.columns) == ["customer_id", "as_of", "window_days", "gap_75", "gap_95", "orders", "spend"]
    assert set(facts_of(table)) == {"silence"}
    assert set(facts_of(client.customers())) == {"gaps", "silence"}
    assert client.columns[:5] == ("customer_id", "as_of", "window_days", "gap_75", "gap_95")
    assert set(client.customers().columns) <= set(client.columns)
    with pytest.raises(TableError, match=r"discount_share needs .*orders.list_amount"):
        client.customers(columns=["discount_share"])


def test_what_is_handed_out_may_be_changed(opened):
    client = opened(*YEAR)
    mine = client.customers()
    mine["spend"] = 0.0
    assert client.customers()["spend"].tolist() == [14, 7]


def test_a_kept_table_is_found_without_reading_the_data(opened, tmp_path):
    first, second = opened(*YEAR, cache=tmp_path), opened(*YEAR, cache=tmp_path)
    fresh, kept = first.customers(), second.customers()
    assert set(first.columns) == set(second.columns)
    assert "spend" in second.customers(also=["spend | orders", "absent"]).columns
    assert (first.times, second.times) == (1, 0)
    pd.testing.assert_frame_equal(fresh, kept, check_exact=True)
    pd.testing.assert_frame_equal(facts_of(fresh)["gaps"], facts_of(kept)["gaps"])


@pytest.mark.parametrize("question", [{"window_days": 30}, {"as_of": DAY}, {"columns": ["spend"]}])
def test_another_question_is_another_table(opened, tmp_path, question):
    opened(*YEAR, cache=tmp_path).customers()
    client = opened(*YEAR, cache=tmp_path)
    client.customers(**question)
    assert client.times == 1


def test_other_data_are_another_table(opened, tmp_path):
    opened(*YEAR, cache=tmp_path).customers()
    client = opened(*YEAR, cache=tmp_path, fingerprint="g")
    client.customers()
    assert client.times == 1


def test_other_rules_are_another_table(opened, tmp_path, monkeypatch):
    opened(*YEAR, cache=tmp_path).customers()
    monkeypatch.setattr("seglib.customers.cache.rules", lambda: "changed")
    client = opened(*YEAR, cache=tmp_path)
    client.customers()
    assert client.times == 1


def test_a_damaged_or_closed_cache_costs_time_and_no_more(opened, tmp_path):
    opened(*YEAR, cache=tmp_path).customers()
    for path in tmp_path.glob("*.gaps.parquet"):
        path.unlink()
    client = opened(*YEAR, cache=tmp_path)
    assert client.customers()["spend"].tolist() == [14, 7]
    for path in tmp_path.glob("*.json"):
        path.write_text("{")
    client = opened(*YEAR, cache=tmp_path)
    assert client.customers()["spend"].tolist() == [14, 7]
    blocked = tmp_path / "a file, no folder"
    blocked.write_text("")
    assert opened(*YEAR, cache=blocked).customers()["spend"].tolist() == [14, 7]


def test_the_cache_keeps_the_newest(opened, tmp_path, monkeypatch):
    monkeypatch.setattr("seglib.customers.cache.KEPT", 4)
    for window in range(20, 30):
        opened(*YEAR, cache=tmp_path).customers(window_days=window)
    assert len(list(tmp_path.glob("*.customers.parquet"))) == 4
    assert len(list(tmp_path.glob("*.json"))) == 4 + 3, "beside the tables the calendar, the clock and the names of columns"
    assert not list(tmp_path.glob("*.part"))


def test_sql_of_a_column(opened):
    client = opened(*YEAR)
    assert "SUM" in client.sql("spend")
    assert "FROM `orders`" in client.sql("orders", dialect="bigquery")
    assert client.sql("orders", dialect="spark") == client.sql("orders", dialect="databricks")
    assert "FROM orders" in client.sql(["orders", "spend"], dialect="snowflake")
    with pytest.raises(ParameterError, match="dialect 'klingon' is not known"):
        client.sql("orders", dialect="klingon")
    with pytest.raises(ParameterError, match=r"no column spnd .* near it: spend"):
        client.sql("spnd")


def test_the_ladder_is_that_of_day_and_window(opened):
    client = opened(*YEAR)
    client.ladder(as_of="2024-12-30", window_days=30)
    client.ladder()
    assert client.collected.asked == [(date(2024, 12, 30), 30), (date(2024, 12, 31), 365)]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"There is no .*client.yml; write one with: seglib init"):
        seglib.open_client(tmp_path)
    with pytest.raises(TableError, match="No frame is given"):
        seglib.open_frames()


LINES = """order_id,customer_id,ordered_at,amount
1,ann,2025-01-06,10.00
2,ann,2025-02-14,15.50
3,bob,2025-03-01,7.25
4,,2025-03-02,99.00
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "orders.csv").write_text(LINES)
    (tmp_path / "client.yml").write_text(
        "project: tea\ncurrency: CNY\ntables:\n  orders:\n    files: orders.csv\n"
        "    columns: {order_id: order_id, customer_id: customer_id, ordered_at: ordered_at, amount: amount}\n"
    )
    return tmp_path


def test_a_project_is_opened_by_its_file_or_its_folder(project):
    by_file, by_folder = seglib.open_client(project / "client.yml"), seglib.open_client(project)
    assert by_file.folder == by_folder.folder == project
    table = by_file.customers()
    assert table.set_index("customer_id")["spend"].to_dict() == {"ann": 25.5, "bob": 7.25}
    assert facts_of(table).unattributed == 99
    assert facts_of(table).currency == "CNY"
    assert by_file.as_of == date(2025, 3, 2), "a line without a customer is an order day too"
    assert by_folder.ladder().set_index("step").loc["unattributed", "amount"] == 99
    by_hand = by_file.collected.connection.con.sql(by_file.sql()).df().sort_values("customer_id")
    assert by_hand["spend"].tolist() == table["spend"].tolist()


def test_a_project_keeps_its_tables_and_reads_its_files_once(project, monkeypatch):
    fresh = seglib.open_client(project).customers()
    assert list((project / ".seglib" / "cache").glob("*.customers.parquet"))
    monkeypatch.setattr("seglib.collect.load", None)
    pd.testing.assert_frame_equal(seglib.open_client(project).customers(), fresh)
    (project / "orders.csv").write_text(LINES.replace("10.00", "11.00"))
    with pytest.raises(TypeError, match="not callable"):
        seglib.open_client(project).customers()


def test_frames_are_read_at_once_and_left_as_they_are():
    days = ["2025-01-05", "2025-02-14", "2025-03-01"]
    frame = pd.DataFrame({"customer_id": [7, 7, 8], "order_id": [1, 2, 3], "ordered_at": days, "amount": [10, 15.5, 7.25]})
    before = frame.copy(deep=True)
    client = seglib.open_frames(orders=frame)
    table = client.customers()
    pd.testing.assert_frame_equal(frame, before)
    assert table["customer_id"].tolist() == ["7", "8"]
    assert table["spend"].tolist() == [25.5, 7.25]
    assert client.folder is None
    assert client.ladder().set_index("step").loc["used", "rows"] == 3
    with pytest.raises(TableError, match="no table order; do you mean orders"):
        seglib.open_frames(order=frame)


def test_the_demo_is_what_is_opened_where_nothing_is_named():
    for client in (seglib.open_client(), seglib.open_client(""), seglib.demo()):
        assert client.settings.project == "Complete Journey"
        assert client.folder is None
