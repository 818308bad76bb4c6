"""Readers without a network, line numbers, several documents of one kind, and what identifies the sources."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from collect_files import workbook
from xlsb import write_xlsb

from seglib import collect
from seglib.collect.doors import fingerprint
from seglib.collect.workspace import Workspace
from seglib.errors import MissingPartError, TableError
from seglib.settings import ClientSettings

COLUMNS = {"order_id": "order", "customer_id": "customer", "ordered_at": "date", "amount": "amount"}
TEXT = "order,customer,date,amount\n1,东方,2025-01-03,10.00\n2,B,2025-01-04,20.50\n"


def settings(**orders: Any) -> ClientSettings:
    return ClientSettings.model_validate({"tables": {"orders": {"columns": COLUMNS, **orders}}})


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Every attempt to reach another machine fails and is written down."""
    tried: list[object] = []

    def refuse(self: socket.socket, address: object) -> None:
        tried.append(address)
        raise OSError("the network is closed")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return tried


def test_every_reader_works_without_a_network_and_without_any_download(
    tmp_path: Path, no_network: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # an extension would be looked for and kept there
    rows = [["order", "customer", "date", "amount"], ["1", "东方", "2025-01-03", 10.0], ["2", "B", "2025-01-04", 20.5]]
    (tmp_path / "a.csv").write_bytes(TEXT.encode("gb18030"))
    (tmp_path / "b.csv").write_bytes(TEXT.encode("utf-16"))
    workbook(tmp_path / "c.xlsx", {"S": rows})
    write_xlsb(tmp_path / "d.xlsb", rows)
    pd.DataFrame({"order": ["1", "2"], "customer": ["东方", "B"], "date": ["2025-01-03", "2025-01-04"], "amount": [10.0, 20.5]}).to_parquet(
        tmp_path / "e.parquet"
    )
    (tmp_path / "f.jsonl").write_text(
        '{"order":1,"customer":"东方","date":"2025-01-03","amount":10}\n{"order":2,"customer":"B","date":"2025-01-04","amount":20.5}\n',
        encoding="utf-8",
    )
    import duckdb

    with duckdb.connect(str(tmp_path / "g.duckdb")) as con:
        con.execute(
            "CREATE TABLE t AS SELECT 1 AS \"order\", '东方' AS customer, DATE '2025-01-03' AS date, 10.0 AS amount "
            "UNION ALL SELECT 2, 'B', '2025-01-04', 20.5"
        )
    for name in ("a.csv", "b.csv", "c.xlsx", "d.xlsb", "e.parquet", "f.jsonl"):
        found = collect.load(settings(files=str(tmp_path / name)))
        assert found.frame("orders")["amount"].map(str).str.rstrip("0").tolist() == ["10.", "20.5"], name
        assert found.frame("orders")["customer_id"].tolist() == ["东方", "B"], name
    assert len(collect.load(settings(database=str(tmp_path / "g.duckdb"), table="t")).frame("orders")) == 2
    assert no_network == []
    assert not (tmp_path / "home" / ".duckdb").exists()


def test_the_connection_can_load_no_extension(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TEXT, encoding="utf-8")
    found = collect.load(settings(files=str(tmp_path / "a.csv")))
    names = {row[0] for row in found.rows("SELECT extension_name FROM duckdb_extensions() WHERE loaded")}
    assert names <= {"core_functions", "icu", "json", "parquet"}


def test_lines_are_those_an_editor_shows(tmp_path: Path) -> None:
    text = 'title\n\norder,customer,date,amount\n1,A,bad,1\n\n"2","B\nB",bad,1\n3,C,2025-01-05,1,surplus\n4,D,bad,1\n'
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    ledger = collect.load(settings(files=str(tmp_path / "a.csv"))).ledger
    assert ledger["line"].tolist() == [4, 6, 8, 9]


def test_rows_of_a_workbook_are_those_excel_shows(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", {"S": [["t"], [], ["order", "customer", "date", "amount"], [1, "A", "bad", 1], [], [2, "B", "bad", 2]]})
    ledger = collect.load(settings(files=str(tmp_path / "a.xlsx"))).ledger
    assert ledger[["sheet", "line", "column", "value"]].to_numpy().tolist() == [["S", 4, "date", "bad"], ["S", 6, "date", "bad"]]


def test_a_row_with_two_faults_is_rejected_once_and_listed_twice(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("order,customer,date,amount\n1,A,bad,worse\n", encoding="utf-8")
    found = collect.load(settings(files=str(tmp_path / "a.csv")))
    assert found.ledger["reason"].tolist() == ["cannot be read as a date", "cannot be read as an amount"]
    assert len(found.rejects("orders")) == 1
    assert found.rejects("orders", "zh")["reason"].iloc[0] != found.rejects("orders")["reason"].iloc[0]


def test_the_fingerprint_is_known_without_reading_and_follows_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(TEXT, encoding="utf-8")
    first = fingerprint(settings(files=str(path)))
    assert collect.load(settings(files=str(path))).fingerprint == first
    assert fingerprint(settings(files=str(path), amount_unit="万元")) != first
    path.write_text(TEXT.replace("10.00", "10.01"), encoding="utf-8")
    assert fingerprint(settings(files=str(path))) != first


def test_frames_are_not_changed_and_ids_become_text() -> None:
    frame = pd.DataFrame(
        {"order_id": [1, 2], "customer_id": [1.0, None], "ordered_at": pd.to_datetime(["2025-01-03", "2025-01-04"]), "amount": [1.5, 2.5]}
    )
    before = frame.copy(deep=True)
    found = collect.from_frames({"orders": frame})
    pd.testing.assert_frame_equal(frame, before)
    assert found.frame("orders")["customer_id"].tolist() == ["1"]
    assert found.unattributed is not None
    assert found.unattributed.to_pandas()["amount"].map(float).tolist() == [2.5]


def test_frames_of_mixed_values_and_other_times_are_read() -> None:
    frame = pd.DataFrame(
        {
            "order_id": ["A", 2],
            "customer_id": [7, "x"],
            "ordered_at": ["2025-01-03", "4.1.2025"],
            "amount": ["1,000.50", 2],
            "colour": ["red", "blue"],
        }
    )
    found = collect.from_frames({"orders": frame}).frame("orders").sort_values("order_id")
    assert found["order_id"].tolist() == ["2", "A"]
    assert found["amount"].map(float).tolist() == [2.0, 1000.5]
    assert found["colour"].tolist() == ["blue", "red"]


def test_frames_with_a_zone_are_local_by_the_client_s_zone() -> None:
    times = pd.to_datetime(["2025-01-03 20:00"]).tz_localize("UTC")
    frame = pd.DataFrame({"customer_id": ["A"], "ordered_at": times, "amount": [1]})
    found = collect.from_frames({"orders": frame}, ClientSettings(timezone="Asia/Shanghai"))
    assert str(found.frame("orders")["ordered_at"].iloc[0]) == "2025-01-04 04:00:00"


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ({"order": pd.DataFrame({"a": [1]})}, "orders"),
        ({"orders": pd.DataFrame({"customer_id": ["A"], "amount": [1]})}, "ordered_at"),
        ({"orders": pd.DataFrame({"order_id": ["A"], "ordered_at": ["2025-01-03"], "amount": [1]})}, "customer_id"),
    ],
)
def test_frames_that_cannot_be_used_are_refused(frames: dict[str, pd.DataFrame], words: str) -> None:
    with pytest.raises(TableError, match=words):
        collect.from_frames(frames)


def test_a_table_that_is_not_there_names_those_that_are() -> None:
    found = collect.from_frames({"customers": pd.DataFrame({"customer_id": ["A"]})})
    with pytest.raises(TableError, match="customers"):
        found["orders"]
    assert found.unattributed is None


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import ibis

    def absent(address: str) -> None:
        raise ImportError("no module")

    monkeypatch.setattr(ibis, "connect", absent)
    with pytest.raises(MissingPartError, match="psycopg"):
        collect.load(settings(database="postgresql://h/db", table="t"))


def test_an_ibis_connection_of_the_caller_s_own_is_read() -> None:
    import ibis

    con = ibis.duckdb.connect()
    con.create_table("sales", pd.DataFrame({"order": [1], "customer": ["A"], "date": ["2025-01-03"], "amount": [2.5]}))
    found = collect.load(settings(database="house", table="sales"), {"house": con})
    assert found.frame("orders")["amount"].map(float).tolist() == [2.5]


def test_a_cut_off_workbook_is_noted(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from seglib.collect import sheets

    book = SimpleNamespace(sheets_metadata=[SimpleNamespace(name="S", visible="X.Visible", typ="X.WorkSheet")], sheet_names=["S"])
    rows = [(1, ["order"]), (65_536, ["1"])]
    workspace = Workspace()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "open_workbook", lambda path: book)
        patch.setattr(sheets, "numbered_rows", lambda book, name, file: rows)
        from seglib.settings import Layout

        sheets.read_workbook(workspace, tmp_path / "a.xls", Layout(), ["order"])
    assert "65536" in workspace.notes[0].text().replace(",", "")


def test_damage_in_the_middle_of_a_packed_file_is_a_sentence(tmp_path: Path) -> None:
    import gzip

    data = bytearray(
        gzip.compress(("order,customer,date,amount\n" + "".join(f"{n},A,2025-01-03,{n * 7919 % 1000}\n" for n in range(200_000))).encode())
    )
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    (tmp_path / "a.csv.gz").write_bytes(bytes(data))
    with pytest.raises(TableError, match=r"a\.csv\.gz"):
        collect.load(settings(files=str(tmp_path / "a.csv.gz")))


def test_a_damaged_sheet_is_a_sentence(tmp_path: Path) -> None:
    import zipfile

    workbook(tmp_path / "a.xlsx", {"S": [["order", "customer", "date", "amount"], [1, "A", "2025-01-03", 1]]})
    with zipfile.ZipFile(tmp_path / "a.xlsx") as whole, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as damaged:
        for item in whole.namelist():
            damaged.writestr(item, b"<worksheet><sheetData><row>" if item.endswith("sheet1.xml") else whole.read(item))
    with pytest.raises(TableError, match=r"b\.xlsx"):
        collect.load(settings(files=str(tmp_path / "b.xlsx")))


def test_a_survey_with_a_column_a_question_becomes_an_answer_a_row(tmp_path: Path) -> None:
    (tmp_path / "survey.csv").write_text("nps,q1,it's\n11,5,\n1,,2\n", encoding="utf-8")
    respondent = {"customer_id": {"sql": "'r' || _line"}}
    asked = {"nps": {"sql": "nps - 1"}, "price": "q1", "it's cheap": "it's"}
    tables = {"feedback": {"files": str(tmp_path / "survey.csv"), "columns": respondent, "questions": asked}}
    found = collect.load(ClientSettings.model_validate({"tables": tables}))
    answers = found.tables["feedback"].execute().sort_values(["customer_id", "question"])
    assert answers[["customer_id", "question", "score"]].values.tolist() == [
        ["r2", "nps", 10],
        ["r2", "price", 5],
        ["r3", "it's cheap", 2],
        ["r3", "nps", 0],
    ]
    assert found.ledger.empty  # a blank is no answer, and no fault
    with pytest.raises(ValueError, match="questions belongs to feedback"):
        ClientSettings.model_validate({"tables": {"orders": tables["feedback"]}})
