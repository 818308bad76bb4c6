"""Text files: encodings, separators, line ends, ragged lines, packing."""

# ruff: noqa: E501 - a case a line is easier to look over

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

from corpus import add, amounts, one, orders, raw, rows, several, text, values

GOOD = rows(one(), one("2025-01-04", "20.50", order="2", customer="B"))
CHINESE = "单号,客户名称,日期,金额\n1,东方商贸有限公司,2025-01-03,10.00\n2,西山超市（东区）,2025-01-04,20.50\n"
NAMED = {"order_id": "单号", "customer_id": "客户名称", "ordered_at": "日期", "amount": "金额"}
BOTH = values("customer_id", "东方商贸有限公司", "西山超市（东区）")

for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"):
    add(f"chinese text in {encoding}", text(CHINESE, encoding=encoding), orders(columns=NAMED), used=2, amount="30.50", look=BOTH)
add("gb18030 with a character beyond gbk", text(CHINESE.replace("东方", "㐀方"), encoding="gb18030"), orders(columns=NAMED), used=2, amount="30.50",
    look=values("customer_id", "㐀方商贸有限公司", "西山超市（东区）"))  # fmt: skip
add(
    "gb18030 named in client.yml",
    text(CHINESE, encoding="gb18030"),
    orders(columns=NAMED, layout={"encoding": "gb18030"}),
    used=2,
    amount="30.50",
    look=BOTH,
)
WESTERN = rows(one(customer="Café Zoë"), one(customer="Müller & Söhne", order="2"))
add(
    "western letters in cp1252",
    text(WESTERN, encoding="cp1252"),
    used=2,
    amount="20",
    look=values("customer_id", "Café Zoë", "Müller & Söhne"),
)
add("euro signs in cp1252", text(rows("1,Kö,2025-01-03,10 €", "2,Ä,2025-01-03,5 €"), encoding="cp1252"), used=2, amount="15")
add("bytes that cp1252 lacks are latin-1", raw(rows(one(customer="Zo\x81é")).encode("latin-1")), used=1, amount="10")
add("one damaged byte in a utf-8 file", raw(CHINESE.replace("商贸", "XX").encode() + "3,北辰酒店".encode() + b"\xff,2025-01-05,1\n"),
    orders(columns=NAMED), used=3, amount="31.50", notes=("line 4",))  # fmt: skip
add("unknown encoding in client.yml", text(GOOD), orders(layout={"encoding": "gbkk"}), refused=("gbkk", "gb18030"))

for name, sign in (("semicolon", ";"), ("tab", "\t"), ("pipe", "|")):
    add(f"separated by {name}", text(GOOD.replace(",", sign)), used=2, amount="30.50")
add("separator named in client.yml", text(GOOD.replace(",", "|")), orders(layout={"delimiter": "pipe"}), used=2, amount="30.50")
add("Excel's own line sep=;", text("sep=;\n" + GOOD.replace(",", ";")), used=2, amount="30.50")
add("columns of fixed width", text("order customer date       amount\n1     A        2025-01-03  10.00\n2     B        20250104    20.50\n", name="a.txt"),
    used=2, amount="30.50")  # fmt: skip
add(
    "a comma inside quotes",
    text(rows('1,"Smith, Jones",2025-01-03,"1,000.00"')),
    used=1,
    amount="1000",
    look=values("customer_id", "Smith, Jones"),
)
add("a doubled quote", text(rows('1,"The ""Inn""",2025-01-03,10')), used=1, look=values("customer_id", 'The "Inn"'))
add("a quote inside a plain value", text(rows('1,5" pipe Ltd,2025-01-03,10', one(order="2"))), used=2, amount="20")
add("single quotes named in client.yml", text(rows("1,'Smith, Jones',2025-01-03,10")), orders(layout={"quote": "'"}), used=1,
    look=values("customer_id", "Smith, Jones"))  # fmt: skip

for name, end in (("CR", "\r"), ("CRLF", "\r\n"), ("LF", "\n")):
    add(f"lines end with {name}", text(rows(one(), one(order="2"), end=end)), used=2, amount="20")
add("CRLF and LF mixed", text(rows(one(), end="\r\n") + one(order="2") + "\n"), used=2, amount="20")
add("no end of line at the end", text(GOOD.rstrip()), used=2, amount="30.50")
add("blank lines between and after", text(rows(one(), "", one(order="2"), "", "")), used=2, amount="20")
add("lines of separators only, as Excel leaves them", text(rows(one(), ",,,", ",,,")), used=1, amount="10")
add("a line break inside quotes", text(rows('1,"two\nlines",2025-01-03,10', one("bad day", order="2"))), used=1, steps={"rejected": 1},
    look=lambda found: found.ledger["line"].tolist() == [4] or _fail(found))  # fmt: skip
add("an open quote that swallows the rest", text(rows(one(), '2,"B,2025-01-03,10', *[one(order=str(n)) for n in range(3, 60)])),
    refused=("line 3", "quote"))  # fmt: skip
add("an open quote, quotes switched off", text(rows(one(), '2,"B,2025-01-03,10', *[one(order=str(n)) for n in range(3, 60)])),
    orders(layout={"quote": "none"}), used=59, amount="590")  # fmt: skip
add("a short line", text(rows(one(), "2,B,2025-01-03")), used=1, amount="10", steps={"rejected": 1})
add("a long line whose surplus is blank", text(rows(one(), one(order="2") + ",,")), used=2, amount="20")
add("a long line with a surplus value", text(rows(one(), one(order="2") + ",what,ever")), used=1, steps={"rejected": 1},
    look=lambda found: list(found.ledger["value"]) == ["6/4"] or _fail(found))  # fmt: skip
add(
    "a separator after every line", text(rows(one() + ",", one(order="2") + ",", header="order,customer,date,amount,")), used=2, amount="20"
)
add("only a header", text(rows()), used=0)
add("an empty file", raw(b""), refused="empty")
add("nothing but a byte order mark", raw(b"\xef\xbb\xbf"), refused="empty")
add("a picture named csv", raw(bytes(range(256)) * 20), refused="no text")
add("a web page named csv", text("<html><body><table><tr><td>a</td></tr></table></body></html>"), refused=("order", "a.csv"))
add("title lines above the header", text("Sales report\nJanuary\n\n" + GOOD), used=2, amount="30.50")
add("title lines, header row named", text("Sales report,,,\n,,,\n" + GOOD), orders(layout={"header_row": 3}), used=2, amount="30.50")
add("header row beyond the file", text(GOOD), orders(layout={"header_row": 30}), refused=("header_row", "30"))
add("no header at all", text("1,A,2025-01-03,10\n2,B,2025-01-04,5\n"),
    orders(layout={"header_row": 0}, columns={"order_id": "column 1", "customer_id": "column 2", "ordered_at": "column 3", "amount": "column 4"}),
    used=2, amount="15")  # fmt: skip
add("the header repeated half way", text(rows(one(), "order,customer,date,amount", one(order="2"))), used=2, steps={"rejected": 1})
add("two columns of one name", text("order,customer,date,amount,amount\n1,A,2025-01-03,10,99\n"), used=1, amount="10")
add("the second of two columns of one name", text("order,customer,date,amount,amount\n1,A,2025-01-03,10,99\n"),
    orders(columns={"order_id": "order", "customer_id": "customer", "ordered_at": "date", "amount": "amount_2"}), used=1, amount="99")  # fmt: skip
add(
    "headers with blanks, capitals and full width", text(" Order ,ＣＵＳＴＯＭＥＲ,Da te,Amount*\n1,A,2025-01-03,10\n"), used=1, amount="10"
)
add("a header with a line break", text('order,customer,"da\nte",amount\n1,A,2025-01-03,10\n'), used=1, amount="10")
add("three hundred columns", text(",".join(["order,customer,date,amount", *[f"x{n}" for n in range(296)]]) + "\n" + ",".join([one(), *["0"] * 296]) + "\n"),
    used=1, amount="10")  # fmt: skip
add("a column that is not there", text(GOOD.replace("amount", "amuont")), refused=("amount", "amuont"))


def packed(kind: str) -> object:
    """A maker of a packed good file."""

    def make(folder: Path) -> None:
        data = GOOD.encode()
        if kind == "zip":
            with zipfile.ZipFile(folder / "a.zip", "w") as archive:
                archive.writestr("inner.csv", data)
        elif kind == "two":
            with zipfile.ZipFile(folder / "a.zip", "w") as archive:
                archive.writestr("one.csv", data)
                archive.writestr("two.csv", data)
        else:
            (folder / f"a.csv.{kind}").write_bytes({"gz": gzip, "bz2": bz2, "xz": lzma}[kind].compress(data))

    return make


for kind in ("gz", "bz2", "xz", "zip"):
    add(f"packed as {kind}", packed(kind), used=2, amount="30.50")  # type: ignore[arg-type]
add("a zip of two files", packed("two"), refused=("2 files", "one.csv"))  # type: ignore[arg-type]
add("a damaged gz file", raw(gzip.compress(GOOD.encode())[:-12], "a.csv.gz"), refused="a.csv.gz")
add(
    "blanks around values",
    text(rows(" 1 , A , 2025-01-03 , 10 ", one(order="2"))),
    used=2,
    amount="20",
    look=values("customer_id", "A", "A"),
)
add(
    "wide blanks around values",
    text(rows("1,\u3000A\u3000,2025-01-03,10", "2,A\u00a0,2025-01-03,10")),
    used=2,
    look=values("customer_id", "A", "A"),
)
add("words that mean nothing", text(rows("1,NULL,2025-01-03,10", "2,N/A,2025-01-03,10", "3,-,2025-01-03,10", "4,nan,2025-01-03,10")),
    used=0, steps={"unattributed": 4})  # fmt: skip
add("amounts without a decimal sign", text(amounts("10", "20", "1e2")), used=3, amount="130")
add("three csv files under one pattern", several(*[text(rows(one(order=str(n))), name=f"m{n}.csv") for n in range(3)]), used=3, amount="30")


def _fail(found: object) -> None:
    raise AssertionError(found.ledger.to_string())  # type: ignore[attr-defined]
