"""Several files, filters, returns, formulas, names instead of ids, keys, JSON, databases, CRM exports."""

# ruff: noqa: E501 - a case a line is easier to look over

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
from collect_files import fxiaoke_customers, workbook
from corpus import COLUMNS, HEADER, add, days, one, orders, raw, reasons, rows, several, text, values

# --- several files
LATER = rows(one(order="2"), one(order="3"))
add("lines that stand in two files count once", several(text(rows(one(), one(order="2")), name="m1.csv"), text(LATER, name="m2.csv")), used=3, amount="30",
    steps={"repeated": 1})  # fmt: skip
add("equal lines inside one file are kept", text(rows(one(), one())), used=2, amount="20")
add("equal lines inside one file, not wanted", text(rows(one(), one())), orders(repeated_lines="everywhere"), used=1, steps={"repeated": 1})
add(
    "equal lines across files, wanted",
    several(text(LATER, name="m1.csv"), text(LATER, name="m2.csv")),
    orders(repeated_lines="keep"),
    used=4,
)
add("twice in one file and twice in the next are two", several(text(rows(one(), one()), name="m1.csv"), text(rows(one(), one()), name="m2.csv")), used=2,
    steps={"repeated": 2})  # fmt: skip
add("twice in one file and three times in the next are three",
    several(text(rows(one(), one()), name="m1.csv"), text(rows(one(), one(), one()), name="m2.csv")), used=3, steps={"repeated": 2})  # fmt: skip
add("lines that differ only in a column nobody mapped are two",
    several(text(f"{HEADER},till\n{one()},1\n", name="m1.csv"), text(f"{HEADER},till\n{one()},2\n", name="m2.csv")), used=2)  # fmt: skip
add("lines that differ only in their running number are one",
    several(text(f"序号,{HEADER}\n1,{one()}\n", name="m1.csv"), text(f"序号,{HEADER}\n7,{one()}\n", name="m2.csv")), used=1, steps={"repeated": 1})  # fmt: skip
add(
    "columns in another order",
    several(text(rows(one()), name="m1.csv"), text("amount,date,customer,order\n5,2025-01-04,B,2\n", name="m2.csv")),
    used=2,
    amount="15",
)
add("the same line as csv, workbook and parquet", several(
        text(rows(one()), name="m1.csv"), lambda folder: workbook(folder / "m2.xlsx", {"S": [HEADER.split(","), ["1", "A", "2025-01-03", 10]]}),
        lambda folder: pd.DataFrame({"order": [1], "customer": ["A"], "date": [pd.Timestamp("2025-01-03")], "amount": [10.0]}).to_parquet(folder / "m3.parquet")),
    used=1, steps={"repeated": 2})  # fmt: skip
add("other headers in the second file, as alternatives",
    several(text(rows(one()), name="m1.csv"), text("invoice,customer,date,amount\n2,B,2025-01-04,5\n", name="m2.csv")),
    orders(columns={**COLUMNS, "order_id": ["order", "invoice"]}), used=2, look=values("order_id", "1", "2"))  # fmt: skip
add("other headers in the second file, not named",
    several(text(rows(one()), name="m1.csv"), text("order,customer,date,amounts\n2,B,2025-01-04,5\n", name="m2.csv")), refused=("m2.csv", "amounts"))  # fmt: skip
add("a file that is not there", text(rows(one())), orders("b.csv"), refused=("b.csv", "a.csv"))
add("a pattern that finds nothing", text(rows(one())), orders("data/*.xlsx"), refused="data/*.xlsx")
add(
    "a path with backslashes",
    lambda folder: [(folder / "data").mkdir(), (folder / "data" / "a.csv").write_text(rows(one()))],
    orders("data\\*.csv"),
    used=1,
)
add("brackets and blanks in a file's name", text(rows(one()), name="sales (1) [final].csv"), orders("sales (1) [final].csv"), used=1)

# --- what the client does not count
STATE = f"{HEADER},state\n{one()},已审核\n{one(order='2')},作废\n{one(order='3')},\n{one(order='4')},已出库\n"
add("keep by state", text(STATE), orders(keep={"state": ["已审核", "已出库"]}), used=2, amount="20", steps={"filtered": 2})
add("exclude by pattern", text(rows(one(customer="测试客户1"), one(customer="内部测试"), one(order="3"))), orders(exclude={"customer": ["*测试*"]}), used=1,
    steps={"filtered": 2})  # fmt: skip
add("a filter on a canonical name", text(STATE), orders(columns={**COLUMNS, "status": "state"}, exclude={"status": "作废"}), used=3)
add("a percent sign and an underscore in a pattern are letters", text(rows(one(customer="A%1"), one(customer="AB1", order="2"), one(customer="A_1", order="3"))),
    orders(exclude={"customer": ["A%*", "A_*"]}), used=1, look=values("customer_id", "AB1"))  # fmt: skip
add("a filter on a column that is not there", text(STATE), orders(keep={"sate": "x"}), refused=("sate", "state"))
add("filtered lines are not rejected as well", text(f"{HEADER},state\n{one('no date')},作废\n{one()},ok\n"), orders(exclude={"state": "作废"}), used=1,
    steps={"filtered": 1, "rejected": 0})  # fmt: skip

# --- returns
KINDS = f"{HEADER},kind\n{one()},销售\n{one(amount='4.00', order='2')},退货单\n"
add(
    "returns written with positive amounts",
    text(KINDS),
    orders(returns={"kind": ["退货*", "红字"]}),
    used=2,
    amount="6",
    look=values("is_return", False, True),
)
add("returns written with negative amounts", text(KINDS.replace("4.00", "-4.00")), orders(returns={"kind": "退货单"}), used=2, amount="6")
add("returns of both signs are left and noted", text(KINDS + f"{one(amount='-1', order='3')},退货单\n"), orders(returns={"kind": "退货单"}), used=3, amount="13",
    notes=("both signs",))  # fmt: skip
add(
    "returns by the letter of their number",
    text(rows(one(order="C1", amount="-5"), one())),
    orders(returns={"order": "C*"}),
    used=2,
    amount="5",
)

# --- formulas
PRICED = 'order,customer,date,qty,price\n1,A,2025-01-03,3,2.55\n2,A,2025-01-04,x,1\n3,B,2025-01-05,2,"1,000.10"\n'
PRICE = {**{key: COLUMNS[key] for key in ("order_id", "customer_id", "ordered_at")}, "amount": {"sql": "qty * price"}}
add("an amount computed", text(PRICED), orders(columns=PRICE), used=2, amount="2007.85", steps={"rejected": 1})
add("an amount computed over headers with blanks", text(PRICED.replace("price", "unit price")), orders(columns={**PRICE, "amount": {"sql": 'qty * "unit price"'}}),
    used=2, amount="2007.85")  # fmt: skip
add("an amount computed in chinese", text(PRICED.replace("qty", "数量").replace("price", "单价")), orders(columns={**PRICE, "amount": {"sql": "数量 * 单价"}}),
    used=2, amount="2007.85")  # fmt: skip
add("a column of the client's own", text(f"{HEADER},cost\n{one()},4\n{one(order='2')},\n"), orders(extra_columns={"margin": "amount - cost"}), used=2,
    look=lambda found: [float(x) for x in found.frame("orders")["margin"].dropna()] == [6.0] or 1 / 0)  # fmt: skip
add("a formula that is none", text(PRICED), orders(columns={**PRICE, "amount": {"sql": "qty * * price"}}), refused="qty * * price")
add(
    "a formula with an unknown column",
    text(PRICED),
    orders(columns={**PRICE, "amount": {"sql": "qty * prise"}}),
    refused=("prise", "price"),
)
add("a formula that looks beyond its row", text(PRICED), orders(columns={**PRICE, "amount": {"sql": "sum(price)"}}), refused="own row")
add("a formula that reads a file", text(PRICED), orders(columns={**PRICE, "amount": {"sql": "(select 1)"}}), refused="own row")
add(
    "a formula with a function nobody has",
    text(PRICED),
    orders(columns={**PRICE, "amount": {"sql": "frobnicate(price)"}}),
    refused="formula",
)
add(
    "a division by zero",
    text(PRICED.replace("2.55", "0")),
    orders(columns={**PRICE, "amount": {"sql": "qty / price"}}),
    used=1,
    steps={"rejected": 2},
)

# --- what is missing in client.yml
add(
    "orders without an amount named",
    text(rows(one())),
    orders(columns={key: value for key, value in COLUMNS.items() if key != "amount"}),
    refused=("amount", "customer, date"),
)
add("orders without any customer named", text(rows(one())), orders(columns={key: value for key, value in COLUMNS.items() if key != "customer_id"}),
    refused=("customer_name", "customer"))  # fmt: skip
add(
    "lines without a customer stay in the totals",
    text(rows(one(), one(customer="", order="2", amount="7"))),
    used=1,
    amount="10",
    steps={"unattributed": 1},
)

# --- names instead of ids
NAMES = {"order_id": "order", "customer_name": "customer", "ordered_at": "date", "amount": "amount"}
SOLD = rows(
    one(customer="东方商贸有限公司"),
    one(customer="西山超市（东区）", order="2"),
    one(customer="北辰酒店用品有限公司", order="3"),
    one(customer="某某", order="4", amount="7"),
)


def matched(more: str = "", **match: Any) -> dict[str, Any]:
    return {
        "tables": {
            "orders": {"files": "a.csv", "columns": NAMES},
            "customers": {"files": "c.xlsx", "from": "fxiaoke"},
        },
        "top": {"match": {"orders.customer_name": "customers.customer_name", **match}},
    }


CRM = several(text(SOLD), lambda folder: fxiaoke_customers(folder / "c.xlsx"))
add("names matched across width, brackets and blanks", CRM, **matched(ignore=["空格", "全半角", "括号", "有限公司"]), used=3, amount="30", steps={"unattributed": 1},
    look=lambda found: [(item.name, item.lines) for item in found.unmatched] == [("某某", 1)] or 1 / 0)  # fmt: skip
add(
    "names matched by an alias",
    several(CRM, text("name,customer\n某某,KH00003\n", name="matches.csv")),
    **matched(ignore=["空格", "全半角"]),
    used=4,
    amount="37",
)
add("an alias by name, saved by Excel in gb18030", several(CRM, text("name;customer\n某某;南湖食品\n", name="matches.csv", encoding="gb18030")),
    **matched(ignore=["空格", "全半角"]), used=4)  # fmt: skip
add(
    "an alias that names nobody",
    several(CRM, text("name,customer\n某某,南胡食品\n", name="matches.csv")),
    **matched(),
    refused=("line 2", "南湖食品"),
)
add("two customers of one name", several(text(rows(one(customer="同名"))), text("id,name\n1,同名\n2,同名\n", name="b.csv")),
    {"orders": {"files": "a.csv", "columns": NAMES}, "customers": {"files": "b.csv", "columns": {"customer_id": "id", "customer_name": "name"}}},
    top={"match": {"orders.customer_name": "customers.customer_name"}}, used=0, steps={"unattributed": 1},
    look=lambda found: found.unmatched[0].found == "2" or 1 / 0)  # fmt: skip
add("names without match, and a customer file", CRM, {**matched()["tables"]}, refused="match: {orders.customer_name")
add("names without match, and no customer file", text(SOLD), orders(columns=NAMES), used=4, notes=("name is taken",))
add("match without the name column", CRM, {"orders": {"files": "a.csv", "columns": COLUMNS}, "customers": {"files": "c.xlsx", "from": "fxiaoke"}},
    top=matched()["top"], refused=("orders.customer_name",))  # fmt: skip

# --- keys
CUSTOMER = {"customers": {"files": "*", "columns": {"customer_id": "id", "customer_name": "name"}}}
add("a customer twice", text("id,name\n1,A\n2,B\n1,C\n"), CUSTOMER, used=2, steps={"repeated": 1},
    look=lambda found: list(found.ledger["action"]) == ["later duplicate"] or 1 / 0)  # fmt: skip
add(
    "a customer without an id",
    text("id,name\n1,A\n,B\n"),
    CUSTOMER,
    used=1,
    steps={"rejected": 1},
    look=lambda found: reasons(found) == ["is missing"] or 1 / 0,
)
add("yearly totals in the customer file", text("id,name,spend,orders\n1,A,1200.5,3\n2,B,0,0\n"),
    {"customers": {"files": "*", "columns": {"customer_id": "id", "spend": "spend", "orders": "orders"}}}, used=2,
    look=values("spend", 0.0, 1200.5, table="customers"))  # fmt: skip

# --- JSON
OBJECTS = [
    {"order": 622202123456789012, "buyer": {"id": "A"}, "date": "2025-01-03", "amount": 10.1},
    {"order": 2, "buyer": {"id": "B"}, "date": "2025-01-04", "amount": "20"},
]
NESTED = {**COLUMNS, "customer_id": "buyer.id"}
LINED = "\n".join(map(json.dumps, OBJECTS)) + "\n"
add(
    "JSON lines, nested",
    text(LINED, name="a.jsonl"),
    orders(columns=NESTED),
    used=2,
    amount="30.10",
    look=values("order_id", "2", "622202123456789012"),
)
add("one JSON array", text(json.dumps(OBJECTS), name="a.json"), orders(columns=NESTED), used=2, amount="30.10")
add("a line that is no JSON", text(LINED + "{broken\n", name="a.jsonl"), orders(columns=NESTED), used=2, steps={"rejected": 1})
add("JSON without objects", text("[1, 2]", name="a.json"), orders(columns=NESTED), refused="a.json")
add("damaged JSON", text("[{", name="a.json"), orders(columns=NESTED), refused="a.json")


# --- databases
def database(folder: Path) -> None:
    import duckdb

    with duckdb.connect(str(folder / "w.duckdb")) as con:
        con.execute(
            "CREATE TABLE sales AS SELECT 1 AS \"order\", 'A' AS customer, DATE '2025-01-03' AS date, 10.5 AS amount UNION ALL SELECT 2, 'B', '2025-01-04', 20"
        )


def sqlite(folder: Path) -> None:
    con = sqlite3.connect(folder / "w.sqlite")
    con.execute('CREATE TABLE sales("order" INTEGER, customer TEXT, date TEXT, amount REAL)')
    con.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", [(1, "A", "2025-01-03", 10.5), (2, "B", "4.1.2025", 20)])
    con.commit()
    con.close()


def stored(**more: Any) -> dict[str, Any]:
    return {"orders": {"columns": COLUMNS, **more}}


add("a table of a DuckDB file", database, stored(database="w.duckdb", table="sales"), used=2, amount="30.50")
add("a query in a DuckDB file", database, stored(database="w.duckdb", sql="SELECT * FROM sales WHERE amount > 15"), used=1, amount="20")
add("a table that the DuckDB file lacks", database, stored(database="w.duckdb", table="sale"), refused=("sale", "sales"))
add("a query that fails", database, stored(database="w.duckdb", sql="SELECT * FROM salez"), refused="salez")
add("a DuckDB file that is none", raw(b"no database", "w.duckdb"), stored(database="w.duckdb", table="t"), refused="w.duckdb")
add("a DuckDB file that is not there", text(rows(one())), stored(database="x.duckdb", table="t"), refused="x.duckdb")
add(
    "a table of an SQLite file",
    sqlite,
    stored(database="w.sqlite", table="sales"),
    used=2,
    amount="30.50",
    look=days("2025-01-03", "2025-01-04"),
)
add(
    "a server that does not answer",
    text(rows(one())),
    stored(database="postgresql://me:secret@127.0.0.1:1/db", table="t"),
    refused=("127.0.0.1", "cannot be reached"),
)
add(
    "a password that the environment lacks",
    text(rows(one())),
    stored(database="postgresql://me:${NO_SUCH_SECRET}@h/db", table="t"),
    refused="NO_SUCH_SECRET",
)
add("a database given as files", database, orders("w.duckdb"), refused=("database:", "w.duckdb"))

# --- CRM exports
DEALS = (
    "Record Id,Deal Name,Account Name.id,Account Name,Deal Owner,Amount,Stage,Closing Date,Created Time,Probability (%)\n"
    'zcrm_530000000000000001,Big,zcrm_530000000000000011,Acme,Kim,"1,200.00",Closed Won,2025-03-01,"Oct 7, 2024 6:55 PM",100\n'
    "zcrm_530000000000000002,Small,zcrm_530000000000000012,Bolt,Kim,300,Qualification,2025-04-01,2025-01-05 10:00:00,40\n"
    "zcrm_530000000000000003,Lost,zcrm_530000000000000012,Bolt,Kim,900,Closed Lost,2025-02-01,2025-01-06 10:00:00,0\n"
)
ZOHO = {"files": "*", "from": "zoho", "source_timezone": "Asia/Shanghai"}
add("zoho: won deals are orders", text(DEALS), {"orders": ZOHO}, top={"timezone": "Asia/Shanghai"}, used=1, amount="1200", steps={"filtered": 2},
    look=values("customer_id", "530000000000000011"))  # fmt: skip
add(
    "zoho: all deals are opportunities",
    text(DEALS),
    {"opportunities": ZOHO},
    used=3,
    look=values("probability", 0.0, 0.4, 1.0, table="opportunities"),
)
add("zoho: which were won", text(DEALS), {"opportunities": ZOHO}, used=3, look=values("won", False, True, None, table="opportunities"))
add("zoho: without the zone of the times", text(DEALS), {"orders": {"files": "*", "from": "zoho"}}, refused="source_timezone")
for generation, city in (("old", "Billing City"), ("new", "Billing Address - City")):
    accounts = f"Record Id,Account Owner.id,Account Owner,Account Name,Industry,{city},Created Time\nzcrm_1,zcrm_9,Kim,Acme,Retail,Hangzhou,2024-07-08 14:56:28\n"
    add(
        f"zoho: accounts with {generation} address labels",
        text(accounts),
        {"customers": ZOHO},
        used=1,
        look=values("city", "Hangzhou", table="customers"),
    )
CALLS = "Record Id,Call Owner,Call Type,Call Start Time,Related To.id,Related To\nzcrm_1,Kim,Outbound,2025-01-03 10:00:00,zcrm_11,Acme\n"
add("zoho: calls are interactions", text(CALLS), {"interactions": ZOHO}, used=1, look=values("kind", "call", table="interactions"))
add("zoho: calls are visits", text(CALLS), {"visits": ZOHO}, used=1, look=values("salesperson", "Kim", table="visits"))
MEETINGS = "Record Id,Host,Title,From,To,Related To.id\nzcrm_1,Kim,Talk,2025-01-03 10:00:00,2025-01-03 11:30:00,zcrm_11\n"
add("zoho: meetings have hours", text(MEETINGS), {"visits": ZOHO}, used=1, look=values("hours", 1.5, table="visits"))
add("zoho: another export than the table asks for", text(CALLS), {"customers": ZOHO}, refused=("zoho", "customers"))
FXK = {"files": "*", "from": "fxiaoke"}
add("fxiaoke: accounts with marks and a row of hints", lambda folder: fxiaoke_customers(folder / "a.xlsx"), {"customers": FXK}, used=4, steps={"total_rows": 1},
    look=values("customer_id", "KH00001", "KH00002", "KH00003", "KH00004", table="customers"))  # fmt: skip
API = "name,account_id,order_time,order_amount,payment_amount,life_status\nSO1,a1,1735905600000,100.5,40,normal\nSO2,a2,1735992000000,50,50,invalid\n"
add("fxiaoke: orders by API names, milliseconds", text(API), {"orders": FXK}, top={"timezone": "Asia/Shanghai"}, used=1, amount="100.50", steps={"filtered": 1},
    look=days("2025-01-03 20:00:00"))  # fmt: skip
add(
    "fxiaoke: orders by what was paid",
    text(API),
    {"orders": {**FXK, "amount_basis": "paid"}},
    top={"timezone": "Asia/Shanghai"},
    used=1,
    amount="40",
)
TENANT = "客户全名(*),我的编号,省\n甲,K1,江苏\n"
add("fxiaoke: labels of one tenant, by a header file",
    several(text(TENANT), text("客户全名,name\n我的编号,account_no\n", name="c_headers.csv")), {"customers": {**FXK, "files": "a.csv", "headers": "c_headers.csv"}},
    used=1, look=values("customer_id", "K1", table="customers"))  # fmt: skip
BACK = "退货单编号,销售订单编号,客户编号,退货日期,退货单金额(元),生命状态\nT1,SO1,K1,2025-01-09,30.00,正常\n"
add("fxiaoke: returned goods are negative lines", text(BACK), {"orders": FXK}, used=1, amount="-30", look=values("is_return", True))
add("fxiaoke: your own column names win", text(API.replace("order_amount", "our_total")), {"orders": {**FXK, "columns": {"amount": "our_total"}}},
    top={"timezone": "Asia/Shanghai"}, used=1, amount="100.50")  # fmt: skip
