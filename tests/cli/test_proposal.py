"""``seglib init``: headers recognised, guesses marked, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from seglib.cli import app, headers, proposal
from seglib.errors import DataError, SettingsError

ORDERS = "Order No,Customer,Order Date,Item,Qty,Sales\n1,A,2025-01-03,p1,2,10.50\n2,B,2025-02-04,p2,1,99\n"
订单 = "单号,客户编号,单据日期,商品编码,数量,价税合计,备注\n1,甲,2025-01-03,p1,2,10.50,\n"


def test_known_names_are_sure_in_both_languages():
    found = headers.match("orders", ["Order No", "Customer", "Order Date", "Item", "Qty", "Sales", "Remark"])
    assert found == {
        "order_id": ("Order No", True),
        "customer_id": ("Customer", True),
        "ordered_at": ("Order Date", True),
        "product_id": ("Item", True),
        "quantity": ("Qty", True),
        "amount": ("Sales", True),
    }
    assert headers.match("orders", ["单据日期", "价税合计", "客户编号"]) == {
        "customer_id": ("客户编号", True),
        "ordered_at": ("单据日期", True),
        "amount": ("价税合计", True),
    }


def test_a_name_that_is_only_alike_is_a_guess():
    assert headers.match("orders", ["customer_idd"]) == {"customer_id": ("customer_idd", False)}
    assert headers.match("orders", ["Weather"]) == {}


def test_no_canonical_column_is_promised_that_does_not_exist():
    from seglib.tables import TABLES

    every = {column for table in proposal.TELLING for column in TABLES[table].names}
    assert set(headers.NAMES) <= every
    assert {column for columns in proposal.TELLING.values() for column in columns} <= every


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "orders_2024.csv").write_text(ORDERS)
    (tmp_path / "orders_2025.csv").write_text("\ufeff" + ORDERS, encoding="utf-8")
    (tmp_path / "people.csv").write_text("CustomerID;Name;City\nA;Ann;York\n")
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    return tmp_path


def test_files_become_tables_and_client_yml(files: Path):
    found = proposal.look([files / "orders_*.csv", files / "people.csv", files / "notes.csv"])
    path = proposal.write(found, files / "shop", proposal.Answers("en"))
    text = path.read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    assert content["tables"]["orders"]["files"] == ["data/orders_2024.csv", "data/orders_2025.csv"]
    assert content["tables"]["orders"]["columns"]["ordered_at"] == "Order Date"
    assert content["tables"]["customers"] == {
        "files": "data/people.csv",
        "columns": {"customer_id": "CustomerID", "customer_name": "Name", "city": "City"},
    }
    assert content["currency"] == "USD"
    assert "currency: USD   # ?" in text
    assert (files / "shop" / "data" / "orders_2024.csv").read_text() == ORDERS
    assert not (files / "shop" / "data" / "notes.csv").exists()
    lines = "\n".join(found.lines())
    assert "notes.csv: no table of ours; it has a, b" in lines
    assert "Order Date -> ordered_at" in lines


def test_the_settings_can_read_what_init_wrote(files: Path):
    from seglib import settings

    path = proposal.write(proposal.look([files / "orders_2024.csv"]), files / "shop", proposal.Answers("zh", "CNY"))
    read = settings.load(path)
    assert read.currency == "CNY"
    assert read.language == ["zh"]
    assert read.methods == {"rfm": {"classes": "cn8"}}
    assert read.project == "shop"


def test_two_kinds_of_headers_are_two_entries(files: Path):
    (files / "销售.csv").write_text(订单, encoding="utf-8")
    found = proposal.look([files / "orders_2024.csv", files / "销售.csv"])
    content = yaml.safe_load(proposal.write(found, files / "shop", proposal.Answers()).read_text(encoding="utf-8"))
    assert [entry["columns"]["amount"] for entry in content["tables"]["orders"]] == ["Sales", "价税合计"]
    assert found.files[1].unused == ["备注"]


def test_nothing_is_overwritten(files: Path):
    found = proposal.look([files / "orders_2024.csv"])
    proposal.write(found, files / "shop", proposal.Answers())
    with pytest.raises(SettingsError, match=r"There is a .*client\.yml already; edit it, or choose another folder\."):
        proposal.write(found, files / "shop", proposal.Answers())
    (files / "shop" / "client.yml").unlink()
    with pytest.raises(SettingsError, match="already; two files of one name cannot both be copied"):
        proposal.write(found, files / "shop", proposal.Answers())


def test_a_file_inside_the_project_stays_where_it_is(files: Path):
    found = proposal.look([files / "orders_2024.csv"])
    content = yaml.safe_load(proposal.write(found, files, proposal.Answers()).read_text(encoding="utf-8"))
    assert content["tables"]["orders"]["files"] == "orders_2024.csv"


def test_what_cannot_be_used_is_said(files: Path):
    with pytest.raises(SettingsError, match=r"There is no file .*absent\.csv\."):
        proposal.look([files / "absent.csv"])
    with pytest.raises(DataError, match=r"No file is a table of orders or customers\. Found: notes\.csv: a, b"):
        proposal.look([files / "notes.csv"])
    (files / "letter.docx").write_bytes(b"x")
    with pytest.raises(DataError, match=r"letter\.docx cannot be read; give csv, xlsx or parquet\."):
        proposal.look([files / "letter.docx"])


def test_headers_of_workbooks_and_parquet(tmp_path: Path):
    import pandas as pd

    frame = pd.DataFrame({"Date": ["2025-01-01"], "Amount": [1.0], "Client ID": ["a"]})
    frame.to_parquet(tmp_path / "o.parquet")
    frame.to_excel(tmp_path / "o.xlsx", index=False)
    for name in ("o.parquet", "o.xlsx"):
        assert list(proposal.headers_of(tmp_path / name)) == ["Date", "Amount", "Client ID"]
    assert [file.table for file in proposal.look([tmp_path / "o.*"]).files] == ["orders", "orders"]


def test_headers_under_titles_and_in_chinese_encodings(tmp_path: Path):
    import pandas as pd

    (tmp_path / "o.csv").write_text(订单, encoding="gb18030")
    assert proposal.look([tmp_path / "o.csv"]).files[0].columns["amount"] == "价税合计"
    titled = pd.DataFrame([["销售明细", None, None], [None, None, None], ["单据日期", "客户编号", "价税合计"], ["2025-01-01", "甲", 1.5]])
    titled.to_excel(tmp_path / "t.xlsx", index=False, header=False)
    assert proposal.look([tmp_path / "t.xlsx"]).files[0].columns == {
        "customer_id": "客户编号",
        "ordered_at": "单据日期",
        "amount": "价税合计",
    }


def test_the_questions_take_enter_for_the_proposal(files: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(files)
    done = CliRunner().invoke(app, ["init", "shop", "orders_2024.csv", "--lang", "en"], input="zh\neur\n")
    assert done.exit_code == 0, done.output
    content = yaml.safe_load((files / "shop" / "client.yml").read_text(encoding="utf-8"))
    assert (content["language"], content["currency"]) == ("zh", "EUR")
    assert "Next: seglib check shop/client.yml" in done.output.replace("\\", "/")
    again = CliRunner().invoke(app, ["init", "shop", "orders_2024.csv", "--yes", "--lang", "en"])
    assert again.exit_code == 2
    assert "client.yml already" in again.output
