"""What `seglib check` foresees of what a report would refuse: everything at once, with the lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.checkup import Checkup, examine
from seglib.errors import SeglibError
from seglib.methods import value_tier
from seglib.methods._signed import equipped
from seglib.report.plan import settle

YML = """\
currency: CNY
tables:
  orders:
    files: orders.csv
    columns: {order_id: order, customer_id: customer, ordered_at: date, amount: amount}
  customers:
    files: customers.csv
    columns: {customer_id: id, income: income}
  feedback:
    files: answers.csv
    columns: {customer_id: id, answered_at: day, question: asked, score: score}
"""
Project = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of 150 customers over 400 days, half of whom answered on a scale of five; written with what is added to client.yml."""
    draw = np.random.default_rng(1)
    n = 1500
    day = pd.Timestamp("2024-12-31") - pd.to_timedelta(draw.integers(0, 400, n), unit="D")
    orders = pd.DataFrame({"order": np.arange(n), "customer": draw.integers(0, 150, n), "date": day, "amount": draw.integers(1, 90, n)})
    orders.to_csv(tmp_path / "orders.csv", index=False)
    pd.DataFrame({"id": range(150), "income": draw.integers(9, 99, 150)}).to_csv(tmp_path / "customers.csv", index=False)
    answers = pd.DataFrame({"id": range(75), "day": "2024-12-01", "asked": "csat", "score": draw.integers(1, 6, 75)})
    answers.to_csv(tmp_path / "answers.csv", index=False)

    def written(more: str = "") -> Path:
        (tmp_path / "client.yml").write_text(YML + more, encoding="utf-8")
        return tmp_path / "client.yml"

    return written


def checked(path: Path, lang: str = "en") -> Checkup:
    return examine(seglib.open_client(path), lang=lang)


def line_of(path: Path, text: str) -> str:
    """Where a text stands in client.yml, as a fault says it."""
    number = next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line)
    return f"client.yml line {number}: "


def test_what_can_be_followed_is_no_fault(project: Project) -> None:
    path = project("methods:\n  value_tier: {tiers: 'fixed:50,900'}\n  rfm:\n    classes: cn8\n    split: mean\n")
    assert checked(path).verdict == "Verdict: a report can be made."


@pytest.mark.parametrize(
    ("method", "parameter", "value", "said"),
    [
        ("value_tier", "tiers", "top:20,30", "add up to 100"),
        ("value_tier", "basis", "profit", "value_tier knows spend, margin, consumption"),
        ("rfm", "split", "mode", "split median or mean"),
        ("rfm", "tiers", "[1, 2]", "must be of type str"),
        ("lifecycle", "new_days", "ninety", "must be of type int"),
        ("lifecycle", "new_days", "-3", "days are counted from 0 up"),
        ("satisfaction", "csat_scale", "1-6", "have no classes of their own"),
        ("revenue_contribution", "classes", "xyz", "revenue_contribution knows abc"),
        ("income", "tiers", "deciles", "there is no rule"),
    ],
)
def test_a_value_that_cannot_be_followed_is_told_on_its_line(project: Project, method: str, parameter: str, value: str, said: str) -> None:
    path = project(f"methods:\n  {method}:\n    {parameter}: {value}\n")
    found = checked(path)
    assert line_of(path, f"    {parameter}:") in found.verdict
    assert said in found.verdict
    assert found.command == ""


def test_all_faults_come_at_once_in_the_order_of_their_lines(project: Project) -> None:
    path = project(
        "methods:\n  value_tier:\n    basis: profit\n    tiers: top:1,2\n  rfm:\n    split: mode\n    tires: mean\n"
        "labels:\n  value_tier:\n    high: Best\n    low: Best\n"
    )
    verdict = checked(path).verdict
    places = [verdict.index(line_of(path, text)) for text in ("basis", "tiers: top", "split", "tires", "low")]
    assert places == sorted(places)
    assert "value_tier: high and low would both be called Best; give each class a name of its own" in verdict
    assert "do you mean tiers" in verdict


def test_a_name_that_another_class_bears_already_is_refused_by_report_as_well(project: Project) -> None:
    path = project("labels:\n  value_tier:\n    high: Low\n")
    usual = seglib.methods.words("value_tier").label("low", "en")
    path.write_text(path.read_text("utf-8").replace("high: Low", f"high: {usual}"), encoding="utf-8")
    assert "low and high would both be called" in checked(path).verdict
    with pytest.raises(SeglibError, match="low and high would both be called"):
        settle("report", (), path)


def test_chinese_says_it_too(project: Project) -> None:
    path = project("labels:\n  value_tier:\n    high: 甲\n    low: 甲\nmethods:\n  rfm:\n    split: mode\n")
    verdict = checked(path, "zh").verdict
    assert "第" in verdict
    assert "would both" not in verdict
    assert "split median or mean" not in verdict


def signed(path: Path, window_days: int) -> None:
    """A definition of value_tier beside client.yml, made on a window of so many days."""
    customers = seglib.open_client(path).customers(window_days=window_days)
    folder = path.parent / "signed"
    folder.mkdir()
    equipped(value_tier.segment(customers, tiers="fixed:100,500"), customers).save(folder / "value_tier.json")


def test_a_contradiction_of_a_signed_definition_is_foreseen(project: Project) -> None:
    signed(project(), 364)
    path = project("definitions: signed\nmethods:\n  value_tier:\n    tiers: fixed:100,600\n")
    found = checked(path)
    assert line_of(path, "    tiers") in found.verdict
    assert "was signed with 'fixed:100,500'" in found.verdict
    with pytest.raises(SeglibError, match="was signed with"):
        settle("report", (), path)
    assert checked(project("definitions: signed\nmethods:\n  value_tier:\n    tiers: fixed:100,500\n")).command


def test_another_window_than_the_signed_one_is_foreseen(project: Project) -> None:
    signed(project(), 364)
    path = project("definitions: signed\nwindow: 180 days\n")
    found = checked(path)
    assert line_of(path, "window") in found.verdict
    assert "signed on a window of 364 days" in found.verdict
    assert checked(project("definitions: signed\nwindow: 364 days\n")).command


def test_a_file_that_is_not_there_is_foreseen(project: Project) -> None:
    path = project("playbook: mine.yml\nreport:\n  colours: ['#ffff00']\n  logo: none.png\n  template: brief.docx\n")
    verdict = checked(path).verdict
    for said in ("mine.yml is not there", "none.png", "brief.docx"):
        assert said in verdict


def test_check_takes_little_longer_than_before_on_the_demo() -> None:
    from time import process_time

    from seglib.report.foreseen import foreseen

    client = seglib.demo()
    client.customers()
    begun = process_time()
    assert foreseen(client).faults == []
    assert process_time() - begun < 20


@pytest.mark.parametrize(("lang", "said"), [("en", "The data reach back 49 days"), ("zh", "数据只有 49 天")])
def test_a_page_that_will_only_explain_says_why(project: Project, lang: str, said: str) -> None:
    path = project("methods:\n  rfm: {tiers: 'quantile:5'}\nreport: {main: rfm}\n")
    orders = pd.read_csv(path.parent / "orders.csv", parse_dates=["date"])
    assert checked(path, lang).explained.get("rfm") is None
    orders[orders["date"] > "2024-11-12"].to_csv(path.parent / "orders.csv", index=False)
    found = checked(path, lang)
    assert said in found.explained["rfm"][0]
    assert found.command
    shown = [line for line in found.lines() if "rfm" in line and said in line]
    assert len(shown) == 1
    assert said in found.html()
