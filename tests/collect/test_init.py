"""`seglib init`: what is proposed for files that nobody described, what is asked, what is written."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from collect_files import fxiaoke_customers, shop_csv, ugly_sales, workbook

from seglib import collect, settings
from seglib.collect import project, propose
from seglib.collect.questions import Question, questions
from seglib.errors import SeglibError, SettingsError


@pytest.fixture
def ugly(tmp_path: Path) -> list[Path]:
    """Two workbooks with a sheet a month, an export of a CRM, a csv in GB18030."""
    folder = tmp_path / "来件"
    return [
        ugly_sales(folder / "销售明细_2024.xlsx", 2024),
        ugly_sales(folder / "销售明细_2025.xlsx", 2025),
        fxiaoke_customers(folder / "纷享销客_客户.xlsx"),
        shop_csv(folder / "till.csv"),
    ]


def written(tmp_path: Path, *files: Path, lang: str = "zh", answers: dict[str, int] | None = None) -> tuple[str, settings.ClientSettings]:
    proposal = propose.look(files, language=lang)
    for question in questions(proposal):
        question.apply((answers or {}).get(question.key, question.default))
    path = project.write(proposal, tmp_path / "示例", lang=lang)
    return path.read_text(encoding="utf-8"), settings.load(path)


def asked(proposal: propose.Proposal) -> dict[str, Question]:
    return {question.key: question for question in questions(proposal)}


def test_ugly_workbooks_and_a_crm_become_tables_at_once(tmp_path: Path, ugly: list[Path]) -> None:
    text, client = written(tmp_path, *ugly[:3])
    assert 'files: "data/销售明细_*.xlsx"' in text
    found = collect.load(client)
    ladder = found.ladder().set_index(["table", "step"])
    assert (ladder.loc[("orders", "used"), "rows"], ladder.loc[("orders", "used"), "amount"]) == (48, Decimal(9000))
    assert ladder.loc[("orders", "total_rows"), "rows"] == 6
    assert ladder.loc[("customers", "used"), "rows"] == 4
    assert sorted(set(found.frame("orders")["customer_id"])) == ["KH00001", "KH00002", "KH00003", "KH00004"]


def test_the_screen_says_what_was_seen(ugly: list[Path]) -> None:
    lines = [note.text("zh") for note in propose.look(ugly[:3], language="zh").lines()]
    assert "3" in lines[0]
    assert any("单号 -> order_id" in line for line in lines)
    assert any("字典" in line for line in lines)


def test_a_till_in_gb18030_needs_no_question_about_its_columns(tmp_path: Path, ugly: list[Path]) -> None:
    text, client = written(tmp_path, ugly[3])
    [orders] = client.tables["orders"]
    named = {
        "order_id": "小票号",
        "customer_id": "会员卡号",
        "ordered_at": "交易时间",
        "product_id": "商品名称",
        "quantity": "数量",
        "amount": "实收金额",
    }
    assert orders.columns == {name: [header] for name, header in named.items()}
    assert project.marks(text) == 1  # the time zone


def test_at_most_five_questions_and_every_one_has_an_effect(ugly: list[Path]) -> None:
    proposal = propose.look(ugly[:3], language="zh")
    found = asked(proposal)
    assert list(found) == ["amount", "match", "currency", "audience", "language"]
    found["amount"].apply(1)
    assert proposal.of("orders")[0].columns["amount"] == "金额"
    found["match"].apply(1)
    assert proposal.of("orders")[0].columns["customer_id"] == "客户名称"
    assert not proposal.match
    found["currency"].apply(1)
    assert (proposal.currency, "currency" in proposal.unsure) == ("USD", False)
    found["audience"].apply(1)
    assert proposal.audience == "outside"
    found["language"].apply(2)
    assert proposal.language == ["zh", "en"]


def test_what_is_not_asked_is_marked_as_guessed(tmp_path: Path, ugly: list[Path]) -> None:
    proposal = propose.look(ugly[:3], language="zh")
    questions(proposal)
    text = project.write(proposal, tmp_path / "p", lang="zh").read_text(encoding="utf-8")
    assert "amount: 价税合计   # ?" in text
    assert project.marks(text) == 4  # currency, zone, amount, match
    assert proposal.unused() == ["金额", "单据类型", "备注"]


def sales(tmp_path: Path, header: str, *lines: str, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_dead_documents_and_returns_are_proposed(tmp_path: Path) -> None:
    lines = [
        f"{n},C{n % 3},2025-01-{n % 28 + 1:02d},10,{kind},{state}"
        for n, (kind, state) in enumerate([("销售单", "已审核")] * 8 + [("退货单", "已审核"), ("销售单", "作废")])
    ]
    proposal = propose.look([sales(tmp_path, "单号,客户编号,日期,金额,单据类型,单据状态", *lines)], language="zh")
    [part] = proposal.parts
    assert part.returns == {"单据类型": ["退货单"]}
    assert part.keep == {"单据状态": ["已审核"]}
    assert "已审核 9 · 作废 1" in asked(proposal)["keep"].asked.text("zh")
    asked(proposal)["keep"].apply(1)
    assert part.keep == {}


def test_an_amount_is_computed_where_only_a_price_is_there(tmp_path: Path) -> None:
    path = sales(
        tmp_path,
        "Invoice No,Customer ID,Invoice Date,Quantity,Unit Price",
        "1,A,2025-01-03,2,3.50",
        "C2,A,2025-01-04,-1,3.50",
        "3,B,2025-01-05,1,1",
    )
    text, client = written(tmp_path, path, lang="en")
    assert 'amount: {sql: "Quantity * \\"Unit Price\\""}' in text
    assert client.tables["orders"][0].returns == {"Invoice No": ["C*"]}
    assert collect.load(client).ladder().set_index("step").loc["used", "amount"] == Decimal("4.50")


def test_days_and_months_that_nothing_tells_apart_are_asked(tmp_path: Path) -> None:
    path = sales(tmp_path, "order id,customer id,date,amount", "1,A,03/04/2025,5", "2,B,05/06/2025,6")
    proposal = propose.look([path], language="en")
    question = asked(proposal)["date_order"]
    assert "03/04/2025" in question.asked.text("en")
    question.apply(0)
    client = settings.load(project.write(proposal, tmp_path / "p"))
    assert client.tables["orders"][0].layout.date_order == "dmy"
    assert str(collect.load(client).frame("orders")["ordered_at"].min())[:10] == "2025-04-03"


def test_months_across_become_rows(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "2024年.xlsx",
        {
            "汇总": [
                ["客户编号", "客户名称", "1月", "2月", "3月", "合计"],
                ["K1", "甲", 10, None, 5, 15],
                ["K2", "乙", 1, 2, 3, 6],
                ["合计", None, 11, 2, 8, 21],
            ]
        },
    )
    _, client = written(tmp_path, path)
    found = collect.load(client).ladder().set_index("step")
    assert (found.loc["used", "rows"], found.loc["used", "amount"]) == (5, Decimal(21))


def test_files_with_other_headers_are_parts_of_one_table(tmp_path: Path) -> None:
    one = sales(tmp_path, "invoice,customer id,date,amount", "1,A,2025-01-03,5", name="y1.csv")
    two = sales(tmp_path, "order no,customer no,order date,total", "2,B,2025-01-04,6", name="y2.csv")
    _, client = written(tmp_path, one, two, lang="en")
    assert len(client.tables["orders"]) == 2
    assert len(collect.load(client).frame("orders")) == 2


def test_currency_and_unit_are_read_where_they_stand(tmp_path: Path) -> None:
    euro = propose.look([sales(tmp_path, "order id,customer id,date,amount", '1,A,2025-01-03,"5,00 €"')])
    assert (euro.currency, "currency" in euro.unsure) == ("EUR", False)
    wan = propose.look([sales(tmp_path, "单号,客户编号,日期,金额（万元）", "1,A,2025-01-03,5")])
    assert (wan.currency, wan.parts[0].amount_unit) == ("CNY", "万元")


def test_customers_made_for_tests_are_left_out(tmp_path: Path) -> None:
    orders = sales(tmp_path, "order id,customer id,date,amount", "1,A,2025-01-03,5")
    names = [f"{n},Latest Shop {n}" for n in range(40)]
    customers = sales(tmp_path, "customer id,customer name", "T,Test Account", *names, name="c.csv")
    proposal = propose.look([orders, customers])
    assert proposal.of("customers")[0].exclude == {"customer name": ["Test Account"]}


def test_a_duckdb_file_and_its_tables(tmp_path: Path) -> None:
    import duckdb

    with duckdb.connect(str(tmp_path / "w.duckdb")) as con:
        con.execute("CREATE TABLE sales AS SELECT 1 AS order_id, 'A' AS customer_id, DATE '2025-01-03' AS order_date, 5.5 AS amount")
        con.execute("CREATE TABLE clients AS SELECT 'A' AS customer_id, 'Acme' AS customer_name, 'Rome' AS city")
    _, client = written(tmp_path, tmp_path / "w.duckdb", lang="en")
    found = collect.load(client)
    assert (len(found.frame("orders")), len(found.frame("customers"))) == (1, 1)


def test_times_with_a_zone_in_parquet_are_looked_at(tmp_path: Path) -> None:
    times = pd.to_datetime(["2025-01-03 20:00", "2025-01-04 01:00"]).tz_localize("UTC")
    frame = pd.DataFrame({"order_id": [1, 2], "customer_id": ["A", "B"], "order_date": times, "amount": [1.5, 2.5]})
    frame.to_parquet(tmp_path / "a.parquet")
    text, client = written(tmp_path, tmp_path / "a.parquet", lang="en")
    assert "timezone: UTC   # ?" in text
    assert len(collect.load(client).frame("orders")) == 2


def test_a_zoho_export_is_known(tmp_path: Path) -> None:
    deals = sales(
        tmp_path,
        "Record Id,Deal Name,Account Name.id,Account Name,Amount,Stage,Closing Date",
        "zcrm_1,Big,zcrm_11,Acme,1200,Closed Won,2025-03-01",
        name="Deals.csv",
    )
    accounts = sales(
        tmp_path, "Record Id,Account Owner.id,Account Owner,Account Name,Billing City", "zcrm_11,zcrm_9,Kim,Acme,Rome", name="Accounts.csv"
    )
    text, client = written(tmp_path, deals, accounts, lang="en")
    assert text.count("from: zoho") == 3  # orders, opportunities, customers
    assert "source_timezone: UTC   # ?" in text
    found = collect.load(client)
    assert found.frame("orders")["customer_id"].tolist() == ["11"]
    assert len(found.frame("opportunities")) == 1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: sales(folder, "red,green", "1,2"), "red, green"),
        (lambda folder: (folder / "a.pdf").write_bytes(b"%PDF-1.4") and folder / "a.pdf", "a.pdf"),
        (lambda folder: (folder / "a.csv").write_bytes(b"") or folder / "a.csv", "a.csv"),
    ],
)
def test_files_that_are_no_table_are_said(tmp_path: Path, make: Any, words: str) -> None:
    with pytest.raises(SeglibError, match=words):
        propose.look([make(tmp_path)])


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no\.csv"):
        propose.look([tmp_path / "no.csv"])


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path, ugly: list[Path]) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04")
    proposal = propose.look([ugly[3], broken])
    assert [part.table for part in proposal.parts] == ["orders"]
    assert any("broken.xlsx" in note.text("en") for note in proposal.lines())


def test_a_folder_stands_for_its_files(ugly: list[Path]) -> None:
    assert {part.table for part in propose.look([ugly[0].parent], language="zh").parts} == {"orders", "customers"}


def test_a_client_yml_is_never_overwritten(tmp_path: Path, ugly: list[Path]) -> None:
    proposal = propose.look([ugly[3]])
    path = project.write(proposal, tmp_path / "p")
    before = path.read_text(encoding="utf-8")
    with pytest.raises(SettingsError, match="already"):
        project.write(proposal, tmp_path / "p")
    assert path.read_text(encoding="utf-8") == before


def test_files_that_lie_in_the_folder_are_not_copied(tmp_path: Path) -> None:
    path = sales(tmp_path, "order id,customer id,date,amount", "1,A,2025-01-03,5")
    text = project.write(propose.look([path]), tmp_path).read_text(encoding="utf-8")
    assert "files: a.csv" in text
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "text", ["plain", "with space", "yes", "1.5", 'a "quote"', "a: b", "# x", "[x]", "*x*", "客户名称", "a\\b", "-", "null", "2024"]
)
def test_every_header_survives_yaml(text: str) -> None:
    from ruamel.yaml import YAML

    assert YAML(typ="safe").load(f"key: {project.scalar(text)}") == {"key": text}
