"""What used to be passed over, or told one fault at a time: two currencies, columns that stand twice, several faults at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from seglib import collect, open_client, settings
from seglib.checkup import examine
from seglib.collect.numbers import currency_of
from seglib.errors import FaultsError, SeglibError, TableError, together
from seglib.methods import purchase_frequency, satisfaction

COLUMNS = "order_id: order, customer_id: customer, ordered_at: date, amount: amount"
LINES = ["1,C1,2025-01-03,10.00,EUR", "2,C2,2025-01-04,20.00,USD", "3,C1,2025-01-05,30.00,eur"]


def load(tmp_path: Path, lines: list[str], *, head: str = "order,customer,date,amount,currency", more: str = "", columns: str = COLUMNS,
         currency: str = "EUR") -> collect.Collected:  # fmt: skip
    (tmp_path / "a.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    text = f"currency: {currency}\ntables:\n  orders:\n    files: a.csv\n    columns: {{{columns}}}\n{more}"
    (tmp_path / "client.yml").write_text(text, encoding="utf-8")
    return collect.load(settings.load(tmp_path / "client.yml"))


def spend(found: collect.Collected) -> Decimal:
    return found.ladder().set_index("step").loc["used", "amount"]


def test_amounts_in_two_currencies_are_not_added(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"EUR in 2 lines \(a.csv line 2\) and USD in 1 lines? \(a.csv line 3\)"):
        load(tmp_path, LINES)
    with pytest.raises(TableError) as caught:
        load(tmp_path, LINES)
    assert "keep: {currency: [EUR]}" in caught.value.text("zh")


def test_one_of_two_currencies_can_be_kept_and_a_rate_converts(tmp_path: Path) -> None:
    kept = load(tmp_path, LINES, more="    keep: {currency: [EUR, eur]}\n")
    assert spend(kept) == Decimal(40)
    assert not kept.notes
    converted = load(tmp_path, [f"{line},0.5" for line in LINES], head="order,customer,date,amount,currency,rate",
                     columns=COLUMNS.replace("amount: amount", "amount: {sql: amount * rate}"))  # fmt: skip
    assert spend(converted) == Decimal(30)


def test_lines_that_are_not_used_decide_nothing_and_another_currency_is_noted(tmp_path: Path) -> None:
    found = load(tmp_path, [LINES[0], LINES[2], "4,C2,no date,20.00,USD"], currency="CNY")
    assert spend(found) == Decimal(40)
    assert [note.text("en") for note in found.notes] == ["currency says EUR, and client.yml says currency: CNY."]


@pytest.mark.parametrize(
    ("text", "code"), [("¥", "CNY"), ("元", "CNY"), ("us$", "USD"), ("Sek", "SEK"), ("paid", ""), ("7.1", ""), ("港币", "HKD")]
)
def test_a_currency_has_one_name(text: str, code: str) -> None:
    assert currency_of(text) == code


def test_a_column_that_stands_twice_is_said(tmp_path: Path) -> None:
    found = load(tmp_path, ["1,C1,2025-01-03,10.00,99.00"], head="order,customer,date,amount,amount")
    assert spend(found) == Decimal(10)
    assert "amount_2" in found.notes[0].text("zh")
    assert not load(tmp_path, ["1,C1,2025-01-03,10.00,99.00"], head="order,customer,date,amount,amount",
                    columns=COLUMNS + ", list_amount: amount_2").notes  # fmt: skip


def test_money_beyond_all_bounds_is_a_fault_of_its_row(tmp_path: Path) -> None:
    found = load(tmp_path, ["1,C1,2025-01-03,1 000.00", "2,C1,2025-01-03,1e400", "3,C1,2025-01-03,9e19", "4,C1,2025-01-03,inf"],
                 head="order,customer,date,amount")  # fmt: skip
    assert spend(found) == Decimal(1000)
    assert found.ladder().set_index("step").loc["rejected", "rows"] == 3


def test_all_headers_and_formulas_at_fault_are_told_at_once(tmp_path: Path) -> None:
    columns = "order_id: oder, customer_id: customer, ordered_at: day, amount: {sql: price * 2}"
    with pytest.raises(FaultsError) as caught:
        load(tmp_path, LINES, columns=columns, more="  customers: {files: b.csv, columns: {customer_id: id}}\n")
    said = caught.value.text("en").splitlines()
    assert len(said) == 4
    assert "no column price" in said[0]
    assert ["oder" in said[1], "day" in said[2], "b.csv" in said[3]] == [True, True, True]


def test_both_formulas_at_fault_are_told_with_their_columns(tmp_path: Path) -> None:
    with pytest.raises(FaultsError) as caught:
        load(tmp_path, LINES, columns="order_id: order, customer_id: {sql: random()}, ordered_at: date, amount: {sql: amount); DROP}")
    assert [line.split(":")[0] for line in caught.value.text("en").splitlines()] == ["customer_id", "amount"]


def test_faults_together_are_one_error_each_told_once() -> None:
    one = SeglibError("{file} is empty. Export it again.", file="a.csv")
    assert together([one]) is one
    nested = together([together([one, one]), SeglibError("b")])
    assert nested.text("en") == "a.csv is empty. Export it again.\nb"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"order,customer\n1,2\n", "named as a workbook"),
        ("a.xlsx", b"PK\x03\x04 cut", "cut short"),
        ("a.csv", b"%PDF-1.4 x", "PDF"),
    ],
)
def test_files_that_are_not_what_they_are_called(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "client.yml").write_text(f"currency: EUR\ntables:\n  orders:\n    files: {name}\n    columns: {{{COLUMNS}}}\n")
    with pytest.raises(TableError, match=words):
        collect.load(settings.load(tmp_path / "client.yml"))


@pytest.mark.parametrize(
    ("formula", "ids"),
    [
        ("store || '-' || till", ["007-1", "007-2", "12-1"]),
        ("concat(store, till)", ["0071", "0072", "121"]),
        ("upper(store)", ["007", "007", "12"]),
        ("CASE WHEN store = '007' THEN 'own' ELSE 'other' END", ["own", "own", "other"]),
        ("substr(store, 1, 2)", ["00", "00", "12"]),
        ("store::VARCHAR", ["007", "007", "12"]),
    ],
)
def test_what_a_formula_joins_stays_as_it_is_written(tmp_path: Path, formula: str, ids: list[str]) -> None:
    columns = f'order_id: order, customer_id: {{sql: "{formula}"}}, ordered_at: date, amount: amount'
    lines = ["1,C1,2025-01-03,10.00,007,1", "2,C1,2025-01-04,20.00,007,2", "3,C1,2025-01-05,30.00,12,1"]
    found = load(tmp_path, lines, head="order,customer,date,amount,store,till", columns=columns)
    assert found.frame("orders").sort_values("order_id")["customer_id"].tolist() == ids


@pytest.mark.parametrize("address", ["sqlite://s.sqlite", "sqlite:///s.sqlite", "s.sqlite"])
def test_a_sqlite_address_is_looked_for_beside_client_yml_and_never_made(tmp_path: Path, address: str) -> None:
    import sqlite3

    yml = f"currency: EUR\ntables:\n  orders:\n    database: {address}\n    table: o\n    columns: {{{COLUMNS}}}\n"
    (tmp_path / "client.yml").write_text(yml, encoding="utf-8")
    with pytest.raises(TableError, match=r"no database s\.sqlite"):
        collect.load(settings.load(tmp_path / "client.yml"))
    assert not (tmp_path / "s.sqlite").exists()
    with sqlite3.connect(tmp_path / "s.sqlite") as made:
        made.execute('CREATE TABLE o ("order", customer, date, amount)')
        made.execute("INSERT INTO o VALUES ('1', 'C1', '2025-01-03', 12.5)")
    assert spend(collect.load(settings.load(tmp_path / "client.yml"))) == Decimal("12.5")


def test_dates_are_put_together_from_numbers_and_numbers_still_compute(tmp_path: Path) -> None:
    columns = 'order_id: order, customer_id: customer, ordered_at: {sql: "make_date(y, m, 1)"}, amount: {sql: "n * 2.55"}'
    found = load(tmp_path, ["1,C1,2025,3,3"], head="order,customer,y,m,n", columns=columns)
    assert found.frame("orders")["ordered_at"].astype(str).tolist() == ["2025-03-01"]
    assert spend(found) == Decimal("7.65")


@pytest.mark.parametrize(
    ("answers", "numbers"),
    [
        (["I hate it!-5", "-4", "0", "+3", "I love it!+5"], [-5, -4, 0, 3, 5]),
        (["1 (not at all)", "3", "very likely-5", "4.5"], [1, 3, 5, 4.5]),  # no answer is negative, so that the hyphen is no sign
        (["★★★★☆", "2", "5 颗星", "⭐"], [4, 2, 5, 1]),
    ],
)
def test_the_number_is_taken_from_an_answer_that_bears_words_and_that_is_said(
    tmp_path: Path, answers: list[str], numbers: list[float]
) -> None:
    rows = "".join(f"c{number},{answer}\n" for number, answer in enumerate(answers))
    (tmp_path / "survey.csv").write_text("who,mark\n" + rows, encoding="utf-8")
    (tmp_path / "client.yml").write_text(
        "currency: EUR\nas_of: 2025-01-31\ntables:\n  feedback: {files: survey.csv, columns: {customer_id: who, score: mark}}\n"
        "  customers: {files: survey.csv, columns: {customer_id: who}}\n",
        encoding="utf-8",
    )
    found = collect.load(settings.load(tmp_path / "client.yml"))
    assert found.tables["feedback"].to_pandas().sort_values("customer_id")["score"].tolist() == numbers
    assert any("the number is taken from answers that bear words" in note.text("en") for note in found.notes)


def test_a_blank_order_count_is_told_as_unknown_and_no_respondent_is_lost(tmp_path: Path) -> None:
    """Of four customers one has no order count: nobody says that it did not buy, and it still answers the survey."""
    (tmp_path / "list.csv").write_text("who,count,mark\na,,5\nb,2,1\nc,0,3\nd,1,\n", encoding="utf-8")
    (tmp_path / "client.yml").write_text(
        "currency: EUR\nas_of: 2025-01-31\ntables:\n  customers: {files: list.csv, columns: {customer_id: who, orders: count}}\n"
        "  feedback: {files: list.csv, columns: {customer_id: who}, questions: {csat: mark}}\n",
        encoding="utf-8",
    )
    client = open_client(tmp_path)
    assert "Customers 4 (2 bought in the window, 1 did not, of 1 it is not known); 50% of the buyers came again on another day." in list(
        examine(client).lines()
    )
    customers = client.customers()
    assert customers["orders"].isna().tolist() == [True, False, False, False]
    assert purchase_frequency.segment(customers).assignments["segment"].tolist()[0] == "unknown_orders"
    assert satisfaction.segment(customers, csat_scale="1-5").assignments["segment"].tolist() == [
        "satisfied", "dissatisfied", "neutral", "no_response",
    ]  # fmt: skip
