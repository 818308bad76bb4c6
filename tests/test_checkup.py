"""`seglib check`: the screen and the page, the warnings that matter, the files beside client.yml, the verdict."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

import seglib
from seglib.checkup import Checkup, examine

YML = """\
project: Tea
currency: CNY
tables:
  orders:
    files: orders.csv
    columns: {order_id: order, customer_id: customer, ordered_at: date, product_id: product, quantity: qty, amount: amount}
"""
HEADER = "order,customer,date,product,qty,amount\n"


def lines(n: int = 40, *, clock: str = "") -> list[str]:
    """n lines of four customers over two months, ending on a month's last day; 10.00 each."""
    return [
        f"{k},C{k % 4},2025-{1 + k * 2 // n:02d}-{1 + k % (28 if k * 2 < n else 20) + (8 if k * 2 >= n else 0):02d}{clock},P{k % 7},1,10.00"
        for k in range(n)
    ]


def check(tmp_path: Path, rows: list[str], *, yml: str = YML, lang: str = "en", **files: str) -> Checkup:
    (tmp_path / "orders.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "client.yml").write_text(yml, encoding="utf-8")
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return examine(seglib.open_client(str(tmp_path / "client.yml")), lang=lang)


def warned(found: Checkup) -> str:
    return "\n".join(found.warnings)


def test_the_screen_ends_in_a_verdict_and_the_next_command(tmp_path: Path) -> None:
    found = check(tmp_path, lines())
    screen = list(found.lines())
    assert screen[0].startswith("Tea   data 2025-01-01")
    assert "seglib report client.yml" in screen[-1]
    assert "rfm" in found.can_run
    in_window = next(rung for rung in found.rungs if rung.title.strip() == "= in the window")
    assert (in_window.rows, in_window.amount) == ("40", "400.00")  # all 59 days there are
    assert "finance" in in_window.note


def test_every_step_that_took_something_is_a_rung_with_its_money(tmp_path: Path) -> None:
    rows = [*lines(), "x,C1,no date,P1,1,7.50", "y,,2025-01-03,P1,1,2.50", "z,C1,2025-01-03,P1,1,-4.00"]
    found = check(tmp_path, rows)
    shown = {rung.title.strip(): (rung.rows, rung.amount) for rung in found.rungs}
    assert shown["- not usable"] == ("1", "-7.50")
    assert shown["- without a customer"] == ("1", "-2.50")
    assert shown["of these, returns"] == ("1", "-4.00")
    assert any("rejects" in rung.note and "date 1" in rung.note for rung in found.rungs)
    assert [path.name.split(".")[0] for path in found.written] == ["orders"]
    assert found.written[0].parent.name == "rejects"


def test_rejects_go_away_when_the_fault_is_mended(tmp_path: Path) -> None:
    [path] = check(tmp_path, [*lines(), "x,C1,no date,P1,1,7.50"]).written
    assert path.exists()
    assert check(tmp_path, lines()).written == []
    assert not path.exists()


def test_one_customer_who_holds_most_is_named(tmp_path: Path) -> None:
    found = check(tmp_path, [*lines(), "big,C9,2025-02-28,P1,1,5000.00"])
    assert "Customer C9 holds 93%" in warned(found)


def test_one_product_in_another_unit_is_named(tmp_path: Path) -> None:
    assert "Product P9 makes" in warned(check(tmp_path, [*lines(), "big,C1,2025-02-28,P9,5000,10.00"]))


def test_a_month_that_is_not_over_is_said(tmp_path: Path) -> None:
    rows = [line for line in lines() if "-02-2" not in line]
    assert "2025-02 goes only to day" in warned(check(tmp_path, rows))
    assert "incomplete" not in warned(check(tmp_path, lines()))


def test_a_last_day_in_the_far_future_stops_the_verdict_and_has_its_line(tmp_path: Path) -> None:
    found = check(tmp_path, [*lines(), "late,C1,2052-09-30,P1,1,1.00"])
    assert found.command == ""
    assert "orders.csv line 42" in found.verdict
    assert "2052-09-30" in found.verdict
    given = check(tmp_path, [*lines(), "late,C1,2052-09-30,P1,1,1.00"], yml=YML + "as_of: 2025-02-28\n")
    assert given.command
    assert "1 line lies after 2025-02-28" in warned(given)


def test_buyers_whom_the_customer_file_does_not_know(tmp_path: Path) -> None:
    yml = YML + "  customers:\n    files: c.csv\n    columns: {customer_id: id, city: city}\n"
    found = check(tmp_path, lines(), yml=yml, c="id,city\nC0,Rome\nC1,Rome\n")
    assert "2 of 4 buyers are not in the customers file" in warned(found)


def test_nights_tell_of_another_zone(tmp_path: Path) -> None:
    assert "0 and 5 o'clock" in warned(check(tmp_path, lines(clock=" 03:10:00")))
    assert "0 and 5 o'clock" not in warned(check(tmp_path, lines(clock=" 13:10:00")))


def test_an_export_that_ends_on_a_round_number(tmp_path: Path) -> None:
    assert "exactly 5,000 rows" in warned(check(tmp_path, lines(5000)))


def test_equal_lines_of_one_file_are_counted_and_said(tmp_path: Path) -> None:
    rows = lines()
    assert "1 line is equal" in warned(check(tmp_path, [*rows, rows[0]]))


def test_equal_lines_that_differ_elsewhere_are_not_told_to_be_dropped_again(tmp_path: Path) -> None:
    rows = lines()
    yml = YML.replace("  orders:\n", "  orders:\n    repeated_lines: everywhere\n").replace("product_id: product, ", "")
    text = warned(check(tmp_path, [rows[0], *rows, "x,C1,2025-01-03,P1,1,2.00", "x,C1,2025-01-03,P2,1,2.00"], yml=yml))
    assert "differ in the rest" in text
    assert "repeated_lines" not in text


def test_dates_that_tell_months_are_told(tmp_path: Path) -> None:
    rows = [f"m{month},C{month % 4},2025-{month:02}-01,P1,1,5.00" for month in range(1, 9)]
    text = warned(check(tmp_path, rows))
    assert "the dates tell months" in text
    assert "incomplete" not in text


def test_much_money_without_a_customer_and_many_unusable_lines(tmp_path: Path) -> None:
    assert "of the money in all the files belongs to no customer" in warned(check(tmp_path, [*lines(), "y,,2025-01-03,P1,1,200.00"]))
    assert "cannot be used" in warned(check(tmp_path, [*lines(), "y,C1,2025-01-33,P1,1,1"]))


MATCHED = """\
currency: CNY
tables:
  orders:
    files: orders.csv
    columns: {order_id: order, customer_name: customer, ordered_at: date, amount: amount}
  customers:
    files: c.csv
    columns: {customer_id: id, customer_name: name}
match: {orders.customer_name: customers.customer_name}
"""


def test_names_without_a_customer_are_written_down_and_filled_names_stay(tmp_path: Path) -> None:
    people = "id,name\n" + "".join(f"K{n},C{n}\n" for n in range(3))
    found = check(tmp_path, lines(), yml=MATCHED, c=people)
    path = tmp_path / "matches.csv"
    assert path in found.written
    assert "matches.csv brings back 25.0%" in found.verdict
    [row] = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert (row["name"], row["customer"], row["lines"], row["amount"]) == ("C3", "", "10", "100.00")
    path.write_text(path.read_text(encoding="utf-8-sig").replace("C3,,", "C3,K1,"), encoding="utf-8")
    again = check(tmp_path, lines(), yml=MATCHED, c=people)
    assert "matches" not in again.verdict
    assert "C3,K1," in path.read_text(encoding="utf-8-sig")


def test_a_file_that_is_open_elsewhere_gets_a_neighbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seglib.collect.matching import write_beside

    wanted = tmp_path / "matches.csv"
    plain = Path.write_bytes

    def locked(self: Path, data: bytes) -> int:
        if self == wanted:
            raise PermissionError(13, "open in Excel")
        return plain(self, data)

    monkeypatch.setattr(Path, "write_bytes", locked)
    assert write_beside(wanted, b"x").name == "matches_2.csv"


def test_customers_alone_are_checked_too(tmp_path: Path) -> None:
    yml = "currency: CNY\ntables:\n  customers:\n    files: c.csv\n    columns: {customer_id: id, spend: spend, orders: orders}\n"
    people = "id,spend,orders\nA,10,2\nB,20,1\n"
    assert "as_of" in check(tmp_path, lines(), yml=yml, c=people).verdict
    found = check(tmp_path, lines(), yml=yml + "as_of: 2025-02-28\n", c=people)
    assert [rung.rows for rung in found.rungs if rung.sum][:1] == ["2"]
    assert found.figures


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_says_the_same_and_asks_for_nothing(tmp_path: Path, lang: str) -> None:
    found = check(tmp_path, [*lines(), "x,C<1>,no date,P1,1,7.50"], lang=lang)
    page = found.html()
    assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in page
    assert "http" not in page
    assert "<script" not in page
    for sentence in (*found.figures, found.verdict):
        assert sentence in page
    assert list(found.lines())[1].split()[0] in page


def test_the_screen_is_chinese_to_the_last_word(tmp_path: Path) -> None:
    screen = "\n".join(check(tmp_path, [*lines(), "big,C9,2025-02-20,P9,5000,5000.00"], lang="zh").lines())
    for english in ("read (", "holds", "Verdict", "Next", "window", "used", "cut-off"):
        assert english not in screen, screen


def test_methods_parameters_and_classes_that_do_not_exist_are_told_before_the_report(tmp_path: Path) -> None:
    wrong = (
        YML
        + "methods: {rfmm: {}, rfm: {tierz: 3}}\nlabels: {rfm: {重要价值客户: A, at_risk: B}}\nreport: {main: rmf, also: [value_tier]}\n"
    )
    found = check(tmp_path, lines(), yml=wrong)
    assert (found.can_run, found.command) == ([], "")
    said = found.verdict.splitlines()
    assert len(said) == 4
    for line, words in zip(said, ("line 7: there is no method rfmm", "tiers", "key_value", "line 9: there is no method rmf"), strict=True):
        assert words in line
    assert "没有方法 rmf" in check(tmp_path, lines(), yml=wrong, lang="zh").verdict


def test_a_header_alone_and_lines_of_which_none_can_be_used_are_said(tmp_path: Path) -> None:
    empty = check(tmp_path, [])
    assert "1 file" in empty.rungs[0].title
    assert "header and no line" in empty.verdict
    assert "none can be used: 2 cannot be read" in check(tmp_path, ["1,C1,2025-01-03,P,1,5%", "2,C1,2025-01-03,P,1,x"]).verdict


def test_an_order_id_of_two_customers_is_said(tmp_path: Path) -> None:
    assert "more than one customer: 1, 0 for one" in warned(check(tmp_path, [*lines(), "0,C9,2025-01-03,P1,1,7.50"]))
