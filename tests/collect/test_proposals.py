"""What `seglib init` makes of files that are not orders: answers, birthdays, deals, cases, costs, places, names in place of ids."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from seglib import collect, settings
from seglib.collect import project, propose

ORDERS = "order_id,customer_id,ordered_at,amount\n" + "".join(f"{k},C{k % 4},2025-0{1 + k % 6}-03,10.00\n" for k in range(12))


def start(tmp_path: Path, lang: str = "en", **files: str) -> tuple[str, collect.Collected, propose.Proposal]:
    """The client.yml that init writes without asking, what collect makes of it, and the proposal."""
    paths = [tmp_path / f"{name}.csv" for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.write_text(content, encoding="utf-8")
    proposal = propose.look(paths, language=lang)
    path = project.write(proposal, tmp_path / "p", lang=lang)
    return path.read_text(encoding="utf-8"), collect.load(settings.load(path)), proposal


def money(found: collect.Collected) -> Decimal:
    return found.ladder().set_index(["table", "step"]).loc[("orders", "used"), "amount"]


def test_a_survey_is_answers_to_questions_with_their_names(tmp_path: Path) -> None:
    survey = "Customer ID,Submitted At,How likely are you to recommend us?,Overall satisfaction,Price satisfaction,Age\n" + "".join(
        f"C{k},2025-05-0{k + 1},{7 + k},{1 + k},{5 - k},{30 + k}\n" for k in range(4)
    )
    text, found, _ = start(tmp_path, orders=ORDERS, survey=survey)
    assert 'nps: "How likely are you to recommend us?", csat: "Overall satisfaction"' in text
    answers = found.frame("feedback")
    assert answers.groupby("question")["score"].sum().to_dict() == {"nps": 34.0, "csat": 10.0, "Price satisfaction": 14.0}
    assert answers["answered_at"].notna().all()


def test_a_single_answer_is_never_taken_for_another_question(tmp_path: Path) -> None:
    _, found, _ = start(tmp_path, "zh", 订单=ORDERS, 回访="客户编号,提交时间,推荐意愿\nC1,2025-05-01,9\nC2,2025-05-02,3\n")
    assert set(found.frame("feedback")["question"]) == {"nps"}


def test_answers_in_a_list_of_customers_are_both(tmp_path: Path) -> None:
    people = "customer_id,customer_name,city,industry,gender,Satisfaction\nC0,Ann,Bonn,Tea,f,4\nC1,Bo,Lyon,Tea,m,5\n"
    _, found, _ = start(tmp_path, orders=ORDERS, people=people)
    assert found.frame("customers")["city"].tolist() == ["Bonn", "Lyon"]
    assert found.frame("feedback")[["question", "score"]].to_numpy().tolist() == [["csat", 4.0], ["csat", 5.0]]


@pytest.mark.parametrize(("header", "day"), [("BirthDate", "1987-03-02"), ("出生日期", "1987年3月2日"), ("DOB", "3/25/1987")])
def test_a_date_of_birth_gives_the_year(tmp_path: Path, header: str, day: str) -> None:
    customers = f"CustomerID,Name,{header}\nC0,Ann,{day}\nC1,Bo,\nC2,Cy,\n"
    _, found, _ = start(tmp_path, orders=ORDERS, customers=customers)
    born = found.frame("customers").set_index("customer_id")["birth_year"]
    assert born["C0"] == 1987
    assert born[["C1", "C2"]].isna().all()


def test_places_in_lines_of_orders_are_places_of_customers(tmp_path: Path) -> None:
    lines = "".join(f"{k},{'' if k % 5 == 4 else f'C{k % 3}'},2025-01-0{k + 1},5.00,{['FR', 'DE', 'UK'][k % 3]}\n" for k in range(9))
    text, found, proposal = start(tmp_path, orders=f"InvoiceNo,CustomerID,InvoiceDate,Amount,Country\n{lines}")
    assert "country: Country   # ?" in text
    assert found.frame("customers").set_index("customer_id")["country"].to_dict() == {"C0": "FR", "C1": "DE", "C2": "UK"}
    assert found.ledger.query("table == 'customers' and action == 'rejected'").empty
    assert proposal.unused() == []


def test_a_customers_file_keeps_places_of_orders_out(tmp_path: Path) -> None:
    customers = "customer_id,customer_name,city\nC0,Ann,Bonn\nC1,Bo,Lyon\n"
    text, _, _ = start(tmp_path, orders=ORDERS.replace("amount", "amount,country", 1).replace(".00\n", ".00,FR\n"), customers=customers)
    assert "country" not in text


DEALS = (
    "Record ID,Deal Name,Deal Stage,Amount,Probability (%),Close Date,Create Date,Associated Company\n"
    "1,a,Closed Won,100.00,100,2025-03-01,2025-01-01,Firm A\n2,b,Closed Lost,1000.00,0,2025-03-02,2025-01-02,Firm B\n"
    "3,c,Proposal,5000.00,40,2025-12-01,2025-01-03,Firm A\n4,d,Closed Won,50.00,100,2025-04-01,2025-01-04,Firm B\n"
)


def test_of_deals_only_those_won_are_orders(tmp_path: Path) -> None:
    text, found, _ = start(tmp_path, deals=DEALS)
    assert 'keep: {"Deal Stage": ["Closed Won"]}   # ?' in text
    assert money(found) == Decimal(150)
    assert sorted(found.frame("orders")["ordered_at"].astype(str)) == ["2025-03-01", "2025-04-01"]
    deals = found.frame("opportunities").set_index("opportunity_id")
    assert deals["won"].map({True: "won", False: "lost"}).fillna("open").tolist() == ["won", "lost", "open", "won"]
    assert deals["probability"].tolist() == [1.0, 0.0, 0.4, 1.0]


def test_deals_beside_orders_are_no_orders(tmp_path: Path) -> None:
    deals = "Opportunity ID,Account ID,Stage,Amount,Close Date\n1,C1,Closed Won,100.00,2025-03-01\n2,C2,Closed Lost,70.00,2025-03-02\n"
    _, found, _ = start(tmp_path, orders=ORDERS, deals=deals)
    assert money(found) == Decimal(120)
    assert found.frame("opportunities")["customer_id"].tolist() == ["C1", "C2"]


def test_deals_that_know_a_name_alone_are_matched_as_orders_and_else_left_out(tmp_path: Path) -> None:
    firms = "Record ID,Company name,Industry,City\n77,Firm A,Tea,Bonn\n78,Firm B,Tea,Lyon\n"
    text, found, proposal = start(tmp_path, deals=DEALS, firms=firms)
    assert "match: {orders.customer_name: customers.customer_name" in text
    assert sorted(found.frame("orders")["customer_id"]) == ["77", "78"]
    assert [part.table for part in proposal.parts] == ["orders", "customers"]


def test_cases_visits_contacts_and_costs_are_tables_of_their_own(tmp_path: Path) -> None:
    cases = "Case Number,Customer ID,Date Opened,Closed Date,Case Type\nT1,C1,2025-03-01 09:00,2025-03-02 10:00,late\n"
    visits = "客户编号,拜访日期,拜访人,时长\nC1,2025-03-01,甲,1\n"
    contacts = "Contact ID,Activity Type,Activity Date\nC1,Email,2025-03-01 09:00\n"
    costs = "客户编号,费用日期,费用类型,费用金额\nC1,2025-03-01,服务,12.50\n"
    _, found, _ = start(tmp_path, orders=ORDERS, cases=cases, visits=visits, contacts=contacts, costs=costs)
    assert money(found) == Decimal(120)
    assert {"tickets", "visits", "interactions", "costs"} <= set(found.tables)
    assert found.frame("tickets")["resolved_at"].notna().all()
    assert found.frame("costs")["amount"].tolist() == [Decimal("12.50")]


def test_a_file_that_only_names_the_customer_is_no_list_of_customers(tmp_path: Path) -> None:
    _, found, proposal = start(tmp_path, orders=ORDERS, other="customer_id,red,green\nC1,a,b\nC2,c,d\n")
    assert "customers" not in found.tables
    assert [item.path.name for item in proposal.others] == ["other.csv"]


def test_a_name_is_the_id_where_there_is_no_other(tmp_path: Path) -> None:
    orders = "单号,客户名称,日期,金额\n1,甲（商贸）有限公司,2025-01-03,10.00\n2,乙商贸,2025-01-04,20.00\n"
    text, found, _ = start(
        tmp_path, "zh", 订单=orders, 客户="客户名称,省份,行业,员工人数\n甲(商贸),浙江,零售,10\n乙商贸有限公司,山东,批发,5\n"
    )
    assert "customer_id: 客户名称   # ?" in text
    assert found.frame("orders")["customer_id"].tolist() == ["甲(商贸)", "乙商贸有限公司"]


def test_of_two_currencies_the_one_of_most_lines_is_kept(tmp_path: Path) -> None:
    lines = "".join(f"{k},C{k % 3},2025-01-0{k + 1},5.00,{'USD' if k % 3 == 0 else 'EUR'}\n" for k in range(9))
    text, found, _ = start(tmp_path, orders=f"order_id,customer_id,ordered_at,amount,currency\n{lines}")
    assert "currency: EUR\n" in text
    assert "keep: {currency: [EUR]}   # ?" in text
    assert money(found) == Decimal(30)


def test_the_only_date_of_an_order_file_is_its_day(tmp_path: Path) -> None:
    text, found, _ = start(tmp_path, orders=ORDERS.replace("ordered_at", "Fulfilment"))
    assert "ordered_at: Fulfilment   # ?" in text
    assert money(found) == Decimal(120)
