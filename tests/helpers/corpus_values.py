"""Values: dates, numbers and money, ids, yes and no, time zones."""

# ruff: noqa: E501 - a case a line is easier to look over

from __future__ import annotations

from pathlib import Path

import pandas as pd
from corpus import COLUMNS, add, amounts, dates, days, one, orders, reasons, rows, several, text, values

SHANGHAI = {"timezone": "Asia/Shanghai"}

# --- dates
for name, written, expected in (
    ("as ISO", ("2025-01-03", "2025-1-4"), ("2025-01-03", "2025-01-04")),
    ("with slashes", ("2025/1/3", "2025/01/14"), ("2025-01-03", "2025-01-14")),
    ("with dots, year first", ("2025.01.03", "2025.1.14"), ("2025-01-03", "2025-01-14")),
    ("in chinese", ("2025年1月3日", "2025年12月31日"), ("2025-01-03", "2025-12-31")),
    (
        "in chinese with weekday and clock",
        ("2025年1月3日 星期五 下午6:55", "2025年1月3日 18时05分"),
        ("2025-01-03 18:05:00", "2025-01-03 18:55:00"),
    ),
    ("with dots, day first", ("3.1.2025", "14.1.2025"), ("2025-01-03", "2025-01-14")),
    ("with dots, day first by custom", ("3.1.2025", "4.1.2025"), ("2025-01-03", "2025-01-04")),
    ("with slashes, day first", ("03/01/2025", "14/01/2025"), ("2025-01-03", "2025-01-14")),
    ("with slashes, month first", ("01/03/2025", "01/14/2025 9:05"), ("2025-01-03", "2025-01-14 09:05:00")),
    (
        "in english words",
        ("Oct 7, 2025 6:55 PM", "7 Oct 2025", "Tuesday, October 7, 2025"),
        ("2025-10-07", "2025-10-07", "2025-10-07 18:55:00"),
    ),
    ("in german and french words", ("3. März 2025", "4 février 2025"), ("2025-02-04", "2025-03-03")),
    ("as eight digits", ("20250103", "20251231"), ("2025-01-03", "2025-12-31")),
    ("as fourteen digits", ("20250103093000",), ("2025-01-03 09:30:00",)),
    ("as Excel's serial days", ("45660", "45660.75"), ("2025-01-03", "2025-01-03 18:00:00")),
    ("as oracle writes them", ("03-JAN-25", "14-FEB-25"), ("2025-01-03", "2025-02-14")),
    (
        "with two-digit years, year first",
        ("24-12-30", "25-01-31", "25-02-28", "25-03-15", "25-04-04", "25-05-05", "25-06-06", "25-07-07"),
        ("2024-12-30", "2025-01-31", "2025-02-28", "2025-03-15", "2025-04-04", "2025-05-05", "2025-06-06", "2025-07-07"),
    ),
    ("in several unmistakable forms", ("2025-01-03", "2025年1月4日", "45662"), ("2025-01-03", "2025-01-04", "2025-01-05")),
    ("of monthly data, day first", ("01/02/2025", "01/03/2025", "01/04/2025"), ("2025-02-01", "2025-03-01", "2025-04-01")),
    ("in full width digits", ("２０２５－０１－０３",), ("2025-01-03",)),
    ("as months only", ("2025-01", "2025年2月"), ("2025-01-01", "2025-02-01")),
    ("with fractions of a second", ("2025-01-03 10:00:00.250",), ("2025-01-03 10:00:00.250000",)),
    ("with T between", ("2025-01-03T10:00:00", "2025-01-03T10:00"), ("2025-01-03 10:00:00", "2025-01-03 10:00:00")),
):
    add(f"dates {name}", text(dates(*written)), used=len(written), look=days(*expected))
add(
    "day first and month first in one column",
    text(dates("14/01/2025", "03/01/2025", "01/14/2025")),
    refused=("14/01/2025", "01/14/2025", "line 4"),
)
add("day first and month first in two files", several(text(dates("14/01/2025"), name="m1.csv"), text(dates("01/14/2025"), name="m2.csv")),
    refused=("m1.csv", "m2.csv"))  # fmt: skip
add("nothing tells day from month", text(dates("03/04/2025", "05/06/2025")), refused=("03/04/2025", "date_order"))
add("nothing tells day from month, but client.yml does", text(dates("03/04/2025", "05/06/2025")), orders(layout={"date_order": "mdy"}), used=2,
    look=days("2025-03-04", "2025-05-06"))  # fmt: skip
add("one file day first and one month first, as two parts", several(text(dates("14/01/2025"), name="m1.csv"), text(dates("01/15/2025"), name="m2.csv")),
    {"orders": [{"files": "m1.csv", "columns": COLUMNS}, {"files": "m2.csv", "columns": COLUMNS}]}, used=2, look=days("2025-01-14", "2025-01-15"))  # fmt: skip
add("a day that does not exist", text(dates("2025-02-30", "2025-02-28")), used=1, steps={"rejected": 1})
add("a date of the year 25", text(dates("0025-01-03", "2025-01-03")), used=1, steps={"rejected": 1})
add("a date that is no date", text(dates("yesterday", "2025-01-03", "12:30", "2025")), used=1, steps={"rejected": 3})
add(
    "a missing date",
    text(dates("", "2025-01-03")),
    used=1,
    steps={"rejected": 1},
    look=lambda found: reasons(found) == ["is missing"] or 1 / 0,
)
add("infinity for a date", text(dates("infinity", "2025-01-03")), used=1, steps={"rejected": 1})

# --- zones
for name, written, expected in (
    ("Z", ("2025-01-03T20:00:00Z",), ("2025-01-04 04:00:00",)),
    ("an offset", ("2025-01-03 20:00:00+01:00", "2025-01-03 20:00:00-0500"), ("2025-01-04 03:00:00", "2025-01-04 09:00:00")),
    ("seconds since 1970", ("1735905600",), ("2025-01-03 20:00:00",)),
    ("milliseconds since 1970", ("1735905600000",), ("2025-01-03 20:00:00",)),
):
    add(f"times with {name} become local", text(dates(*written)), top=SHANGHAI, used=len(written), look=days(*expected))
add(
    "times with a zone, and no zone in client.yml",
    text(dates("2025-01-03T20:00:00Z")),
    used=1,
    notes=("timezone",),
    look=days("2025-01-03 20:00:00"),
)
add("times of another zone, named", text(rows(one("2025-07-03 20:00:00"), one("2025-01-03", order="2"))), orders(source_timezone="America/New_York"),
    top=SHANGHAI, used=2, look=days("2025-01-03", "2025-07-04 08:00:00"))  # fmt: skip
add("times of another zone in an odd spelling", text(dates("Jul 3, 2025 8:00 PM")), orders(source_timezone="America/New_York"), top=SHANGHAI, used=1,
    look=days("2025-07-04 08:00:00"))  # fmt: skip

# --- money and numbers
for name, written, total in (
    ("with thousands commas", ("1,234.50", "12,345,678.00", "7"), "12346919.50"),
    ("with decimal commas", ("1.234,50", "0,50", "-3,25"), "1231.75"),
    ("with blanks between thousands", ("1 234.50", "12 345"), "13579.50"),
    ("with swiss apostrophes", ("1'234.50", "2’000.00"), "3234.50"),
    ("with yuan signs", ("¥1,234.50", "￥10", "5元", "RMB 5"), "1254.50"),
    ("with dollar signs", ("$1,234.50", "-$10.00", "$ 5"), "1229.50"),
    ("with euro signs behind", ("1.234,50 €", "10,00 €"), "1244.50"),
    ("in brackets for minus", ("(1,234.50)", "（10.00）", "20"), "-1224.50"),
    ("with the minus behind", ("10.00-", "5.00"), "-5"),
    ("with a typographic minus", ("−10.00", "25.00"), "15"),
    ("in 万元 and 亿", ("12.5万元", "0.001亿", "100"), "225100"),
    ("in full width digits", ("１２３．５０", "￥１，０００"), "1123.50"),
    ("in scientific form", ("1.5e3", "2E+2"), "1700"),
    ("with six decimals", ("0.000001", "0.123456"), "0.123457"),
    ("of zero", ("0", "0.00", "-0"), "0"),
    ("with indian grouping", ("1,00,000.00", "5"), "100005"),
):
    add(f"amounts {name}", text(amounts(*written)), used=len(written), amount=total)
add(
    "decimal comma named for a column that does not tell",
    text(amounts("1.234", "2.000")),
    orders(layout={"decimal": ","}),
    used=2,
    amount="3234",
)
add(
    "decimal point and decimal comma in one column",
    text(amounts("1.234,50", "1,234.50")),
    refused=("1.234,50", "1,234.50", "line 2", "line 3"),
)
add("dollars and euros in one column", text(amounts("$5.00", "€5.00")), refused=("$5.00", "€5.00"))
add("amounts that are no amounts", text(amounts("about 5", "15%", "5", "five", "--", "")), used=1, amount="5", steps={"rejected": 5})
add("an amount beyond all measure", text(amounts("123456789012345", "5")), used=1, steps={"rejected": 1})
add("amount_unit 万元", text(amounts("1.5", "2")), orders(amount_unit="万元"), used=2, amount="35000")
add(
    "amount_unit 万元 and a value with its own 元",
    text(amounts("1.5", "200元", "3万元")),
    orders(amount_unit="万元"),
    used=3,
    amount="45200",
)
add("an unknown amount_unit", text(amounts("1")), orders(amount_unit="打"), refused=("打", "万元"))
add("a quantity that is no number is blanked", text("order,customer,date,amount,qty\n1,A,2025-01-03,10,two\n2,A,2025-01-03,5,2\n"),
    orders(columns={**COLUMNS, "quantity": "qty"}), used=2, amount="15", look=values("quantity", 2.0, None))  # fmt: skip
add("a percentage", text("id,cust,stage,prob\n1,A,x,25%\n2,B,x,50 %\n"),
    {"opportunities": {"files": "*", "columns": {"opportunity_id": "id", "customer_id": "cust", "stage": "stage", "probability": "prob"}}},
    used=2, look=values("probability", 0.25, 0.5, table="opportunities"))  # fmt: skip
add("yes and no in many words", text("customer,gone\nA,是\nB,否\nC,TRUE\nD,n\nE,perhaps\n"),
    {"customers": {"files": "*", "columns": {"customer_id": "customer", "opt_out": "gone"}}}, used=5,
    look=values("opt_out", False, False, True, True, None, table="customers"))  # fmt: skip
add("years of birth that cannot be", text("customer,born\nA,1980\nB,1893\nC,abc\nD,2150\nE,1979.5\n"),
    {"customers": {"files": "*", "columns": {"customer_id": "customer", "birth_year": "born"}}}, used=5,
    look=values("birth_year", 1980.0, None, None, None, None, table="customers"))  # fmt: skip
add("a kind that is none of the known", text("customer,kind\nA,person\nB,robot\n"),
    {"customers": {"files": "*", "columns": {"customer_id": "customer", "customer_kind": "kind"}}}, used=2,
    look=values("customer_kind", "person", None, table="customers"))  # fmt: skip

# --- ids
add(
    "ids with leading zeros",
    text(rows(one(customer="007"), one(customer="0042", order="2"))),
    used=2,
    look=values("customer_id", "0042", "007"),
)
add("ids of 18 digits as text", text(rows(one(customer="622202123456789012"))), used=1, look=values("customer_id", "622202123456789012"))
add("ids that a spreadsheet has rounded", text(rows(one(customer="6.22202E+17"))), refused=("16 or more digits", "line 2"))
add("ids with a .0 that a program has put there", text(rows(one(customer="17850.0"), one(customer="", order="2"))), used=1,
    steps={"unattributed": 1}, look=values("customer_id", "17850"))  # fmt: skip
add(
    "ids in full and half of a 5.5",
    text(rows(one(customer="A.0"), one(customer="B-1.5", order="2"))),
    used=2,
    look=values("customer_id", "A.0", "B-1.5"),
)


def parquet(**columns: object) -> object:
    """A maker of a parquet file."""

    def make(folder: Path) -> None:
        pd.DataFrame(columns).to_parquet(folder / "a.parquet")

    return make


DAY = pd.to_datetime(["2025-01-03", "2025-01-04"])
add("parquet with ids as floats", parquet(order=[1, 2], customer=[17850.0, None], date=DAY, amount=[1.1, 2.2]), used=1, amount="1.1",  # type: ignore[arg-type]
    look=values("customer_id", "17850"))  # fmt: skip
add("parquet with ids beyond exact floats", parquet(order=[1, 2], customer=[6.22202123456789e17, 1.0], date=DAY, amount=[1.0, 2.0]),  # type: ignore[arg-type]
    refused="16 or more digits")  # fmt: skip
add("parquet with times of a zone", parquet(order=[1, 2], customer=["A", "B"], date=(DAY + pd.Timedelta("20h")).tz_localize("UTC"), amount=[1, 2]),  # type: ignore[arg-type]
    top=SHANGHAI, used=2, look=days("2025-01-04 04:00:00", "2025-01-05 04:00:00"))  # fmt: skip
add(
    "parquet with dates as text",
    parquet(order=[1, 2], customer=["A", "B"], date=["3.1.2025", "14.1.2025"], amount=["1,5", "2,5"]),
    used=2,
    amount="4",
)  # type: ignore[arg-type]
add("parquet with days as whole numbers", parquet(order=[1, 2], customer=["A", "B"], date=[20250103, 20250104], amount=[1, 2]), used=2,  # type: ignore[arg-type]
    look=days("2025-01-03", "2025-01-04"))  # fmt: skip
add("parquet with nothing but not-a-number", parquet(order=[1, 2], customer=["A", "B"], date=DAY, amount=[float("nan"), float("inf")]), used=0,  # type: ignore[arg-type]
    steps={"rejected": 2})  # fmt: skip
add("parquet that is none", lambda folder: (folder / "a.parquet").write_bytes(b"PAR1 and then nothing"), refused="a.parquet")
