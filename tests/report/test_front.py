"""The front page: it heads with what the client's document says, and claims nothing where that did not come out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from seglib.report import front, html, plan
from seglib.report.manifest import Manifest


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> plan.Plan:
    from . import shop

    return plan.settle("report", [], shop.write(tmp_path_factory.mktemp("front") / "shop"))


def record(folder: Path, main: str, status: str) -> Manifest:
    """A run of two pages, the document's status given, its head on disk."""
    for name, text in ((main, "results.json"), ("report", "facts.json")):
        path = folder / "en" / "tables" / name / text
        path.parent.mkdir(parents=True, exist_ok=True)
        head = {"title": "20% of customers bring 60% of sales", "answer": {"number": "USD 5 M", "sentence": "So it is.", "also": []}}
        path.write_text(json.dumps(head), encoding="utf-8")
    pages = [{"lang": "en", "method": main, "status": "ok"}, {"lang": "en", "method": "report", "status": status}]
    return cast(Manifest, SimpleNamespace(folder=folder, content={"pages": pages}))


def test_the_document_heads_the_front_page_and_nothing_is_claimed_without_it(settled: plan.Plan, tmp_path: Path) -> None:
    assert front.title(settled, record(tmp_path, settled.main, "ok"), "en") == "20% of customers bring 60% of sales"
    assert front.title(settled, record(tmp_path, settled.main, "failed"), "en").startswith("Customer classification: ")


def test_what_was_not_used_is_said(settled: plan.Plan) -> None:
    lines = front.unused(replace(settled, lacking={"rfm": ["spend"]}), "en")
    assert "RFM segments: needs Sales" in lines
    assert any(line.startswith("Province: known for 208 of 312 customers") for line in lines)


def test_how_a_page_was_made_repeats_with_one_command(settled: plan.Plan) -> None:
    made = replace(settled, given={"rfm": {"tiers": "quantile:4"}})
    command = next(row[1] for row in front.how_made(made, "rfm", "zh") if row[2])
    assert command == 'seglib run rfm client.yml -p rfm.tiers="quantile:4" --as-of 2025-12-30 --window-days 365 --lang zh'


def test_shown_parameters_are_those_of_the_run() -> None:
    cell = 'client: str = ""  # path\nk: int = 3'
    assert html.shown_parameters(cell, {"client": "client.yml", "k": 5}) == 'client: str = "client.yml"  # path\nk: int = 5'


def test_templates_escape_what_they_are_given(tmp_path: Path) -> None:
    page = html.render("shelf.html.j2", "en", title="<b>", project="", period="", links=[], runs=[])
    assert "<title>&lt;b&gt;</title>" in page
    assert page.endswith("</html>\n")
