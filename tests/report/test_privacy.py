"""For readers outside: which cells are too small, what is left of a document, and what the search of finished files finds."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest
from matplotlib.figure import Figure

from seglib.report import pdf, privacy
from seglib.report.documents.model import Bullets, Callout, Card, Chart, Column, Document, Fact, Part, Series, Table, Text
from seglib.report.privacy import derived
from seglib.report.view import View


def sized(sizes: dict[str, int], spend: dict[str, list[float]] | None = None) -> View:
    """What privacy reads of a view, in which classes have these sizes; every customer spends 10, or what is given."""
    segments = [key for key, n in sizes.items() for _ in range(n)]
    table = pd.DataFrame({"customer_id": [f"c{i:03d}" for i in range(len(segments))], "orders": 1.0})
    table["spend"] = [money for key, n in sizes.items() for money in (spend or {}).get(key, [10.0] * n)]
    assignments = pd.DataFrame({"customer_id": table["customer_id"], "segment": segments})
    seen = SimpleNamespace(
        result=SimpleNamespace(assignments=assignments, scheme=SimpleNamespace(outside=())),
        customers=table,
        has_money=True,
        label=str.capitalize,
    )
    return cast(View, seen)


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"high": 5, "mid": 6}, set()),
        ({"high": 4, "mid": 6, "low": 9}, {"high", "mid"}),  # 19 less 15 would give the 4 away
        ({"high": 2, "mid": 3, "low": 9}, {"high", "mid"}),  # two hidden, 5 customers: neither can be told
        ({"high": 1, "mid": 2, "low": 9, "none": 20}, {"high", "mid", "low"}),  # 3 customers in two classes are still too few
    ],
)
def test_a_small_class_takes_another_with_it(sizes: dict[str, int], hidden: set[str]) -> None:
    assert privacy.cells(sized(sizes)).hidden == hidden


def test_a_class_is_dominated_above_one_half_only() -> None:
    view = sized({"high": 5, "mid": 6}, {"high": [40.0, 10, 10, 10, 10], "mid": [51.0, 10, 10, 10, 10, 10]})
    assert privacy.cells(view).dominated == ("mid",), "40 of 80 is one half, 51 of 101 is more"


def fact(name: str, value: float, unit: str = "customers") -> Fact:
    return Fact(name, value, unit, "count" if unit == "customers" else "money", "made up")


def made(view: View) -> Document:
    """A document with every kind of block about three classes of 4, 6 and 9 customers."""
    sizes = {"high": 4, "mid": 6, "low": 9}
    facts = [fact(f"class.{key}.customers", n) for key, n in sizes.items()]
    facts += [fact(f"class.{key}.spend", n * 10.0, "CNY") for key, n in sizes.items()]
    facts += [fact("largest.spend", 77.0, "CNY"), fact("all.customers", 19), fact("near.low.customers", 3), fact("near.low.share", 3 / 9)]
    frame = pd.DataFrame({"segment": [view.label(key) for key in sizes], "customers": [4.0, 6.0, 9.0], "spend": [40.0, 60.0, 90.0]})
    table = Table(frame, (Column("segment", "Class"), Column("customers", "n", "count"), Column("spend", "s", "money")), "Sizes", "CNY")
    bars = Chart("bars", ("h",), (Series("n", (4.0,), "count"),), "alt", "caption", Figure(), facts=("class.high.customers",))
    quiet = dataclasses.replace(bars, facts=("class.low.customers",))
    line = Text("9 customers", ("class.low.customers",))
    secret = Text("4 customers", ("class.high.customers",))
    cards = tuple(
        Card(key, view.label(key), "rule", "#000000", (("n", Text(f"{n} x", (f"class.{key}.customers",))),), ()) for key, n in sizes.items()
    )
    blocks = (
        secret,
        line,
        Bullets((secret, line)),
        Callout("number", "77", (Text("one", ("largest.spend",)),)),
        table,
        bars,
        quiet,
        *cards,
    )
    parts = (
        Part("answer", 1, f"{view.label('high')} brings most", blocks),
        Part("limits", 12, "Limits", (Text("3 stand near", ("near.low.customers",)),)),
    )
    listed = view.result.assignments.assign(label="x", spend=1.0, reason="because 4 customers")
    return Document(
        "en",
        f"{view.label('high')} brings most",
        "",
        "2025-01-01",
        "CNY",
        "full",
        parts,
        {one.name: one for one in facts},
        listed,
        views=("SELECT",),
    )


def test_nothing_of_a_hidden_class_is_left() -> None:
    view = sized({"high": 4, "mid": 6, "low": 9})
    whole = made(view)
    found = privacy.masked(whole, view)
    answer = found.parts[0].blocks
    assert [block.text for block in answer if isinstance(block, Text)] == [
        "9 customers",
        "A picture is left out here: it would show single customers or small groups.",
    ]
    assert not any(isinstance(block, Callout) for block in answer), "the number was that of one customer"
    assert next(block for block in answer if isinstance(block, Bullets)).items == (Text("9 customers", ("class.low.customers",)),)
    table = next(block for block in answer if isinstance(block, Table))
    assert table.frame["customers"].tolist() == [None, None, 9.0]
    assert table.frame["spend"].tolist() == [None, None, 90.0]
    assert len([block for block in answer if isinstance(block, Chart)]) == 1
    shown = [card.figures[0][1].text for card in answer if isinstance(card, Card)]
    assert shown == ["–", "–", "9 x"], "every figure keeps its place, as tables of cards need it"
    assert found.title == found.parts[0].title == "Customer classification"
    assert set(found.facts) == {"class.low.customers", "class.low.spend", "all.customers"}
    assert found.customers["segment"].unique().tolist() == ["low"]
    assert list(found.customers.columns) == ["customer_id", "segment", "label"], "no exact sales, no sentence with them"
    assert found.views == ()
    said = repr(found.parts[1])
    assert "3 stand near" not in said
    assert "fewer than 5 customers are not shown" in said
    assert whole.customers["segment"].nunique() == 3, "the document that came in is not changed"


def test_a_document_without_small_cells_keeps_its_figures() -> None:
    view = sized({"high": 14, "mid": 6, "low": 9})
    whole = made(view)
    facts = {**whole.facts, "class.high.customers": fact("class.high.customers", 14)}
    frame = whole.parts[0].blocks[4]
    assert isinstance(frame, Table)
    found = privacy.masked(dataclasses.replace(whole, facts=facts), view)
    assert found.title == whole.title
    assert {"class.high.spend", "class.mid.customers"} <= set(found.facts)
    assert "largest.spend" not in found.facts
    assert len(found.customers) == 29


def test_a_brief_document_for_the_client_says_so() -> None:
    view = sized({"high": 14, "mid": 6, "low": 9})
    whole = made(view)
    brief = dataclasses.replace(whole, parts=whole.parts[:1])
    assert "Written for the client" in repr(privacy.announced(brief).parts[-1])
    assert privacy.announced(whole) is whole


def test_the_search_finds_what_names_a_person(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>li@example.com <b>138 0013 8000</b> 11010519491231002X +49 (30) 1234 5678</p>", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as packed:
        packed.writestr("xl/sheet.xml", "<row><c><v>13800138000</v></c><c><t>13900139000</t></c></row>")
    found = {(one.file, one.kind): one.times for one in privacy.scan(tmp_path.iterdir())}
    assert found == {
        ("a.html", "email"): 1,
        ("a.html", "mobile"): 1,
        ("a.html", "identity"): 1,
        ("a.html", "phone"): 1,
        ("b.xlsx", "mobile"): 1,
    }
    sentence = privacy.told(privacy.scan([tmp_path / "a.html"]), "zh")[0].text("zh")
    assert "a.html 中有疑似邮箱地址的内容（1 处）" in sentence
    assert "li@example.com" not in sentence


def test_the_search_passes_over_figures_pictures_and_pseudonyms(tmp_path: Path) -> None:
    text = '<style>a@b.com</style><img src="data:image/png;base64,AA13800138000=="><td>13,800,138,000.00</td><td>0.13800138000</td>'
    (tmp_path / "a.html").write_text(text + "<td>c13800138000abcde</td><td>2025-01-31</td>", encoding="utf-8")
    (tmp_path / "b.png").write_bytes(b"13800138000")
    assert privacy.scan(tmp_path.iterdir()) == []


def test_moves_by_ones_and_twos_are_left_out_as_a_table() -> None:
    view = sized({"high": 14, "mid": 6, "low": 9})
    whole = made(view)
    columns = (Column("segment", "Class"), Column("came", "Came", "count"))
    many = Table(pd.DataFrame({"segment": ["High", "Mid"], "came": [9.0, -7.0]}), columns, "Came")
    few = dataclasses.replace(many, frame=pd.DataFrame({"segment": ["High", "Mid"], "came": [9.0, -2.0]}))
    moved = Part("movement", 7, "Movement", (many, few))
    found = privacy.masked(dataclasses.replace(whole, parts=(moved, *whole.parts)), view).parts[0]
    assert found.blocks[0] is many
    assert isinstance(found.blocks[1], Text)


@pytest.mark.parametrize(
    "text",
    ["中山路12号", "江苏省南京市玄武区梅园街道", "解放路东段３号", "建设大道 1024 号",
     "12 Baker Street, London", "5 N. Main St. Springfield", "P.O. Box 123", "Hauptstraße 12a"],
)  # fmt: skip
def test_the_search_knows_street_addresses(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(f"id,note\n1,{text}\n", encoding="utf-8")
    assert [(one.kind, one.times) for one in privacy.scan(tmp_path.iterdir())] == [("address", 1)]


@pytest.mark.parametrize(
    "text",
    ["第 10 号", "江苏省南京市", "路线图 3 号方案", "12 Customers bought", "5 Drive sales up", "街道办 5 人", "471 Champions at risk"],
)
def test_the_search_takes_no_plain_words_for_an_address(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert privacy.scan(tmp_path.iterdir()) == []


def test_the_search_reads_printed_pages_and_stored_tables(tmp_path: Path) -> None:
    pd.DataFrame({"note": ["li@example.com", "li@example.com", None], "n": [1, 2, 3]}).to_parquet(tmp_path / "a.parquet")
    expected = [("a.parquet", "email")]
    if pdf.engine() is not None:
        pytest.importorskip("pypdf", reason="the extra pdf is not installed")
        pdf.write("<html><head><title>x</title></head><body><p>13800138000</p></body></html>", tmp_path / "b.pdf", "en")
        expected.append(("b.pdf", "mobile"))
    assert [(one.file, one.kind) for one in privacy.scan(tmp_path.iterdir()) if one.times == 1] == expected


def facts_of(**values: float) -> dict[str, Fact]:
    """Facts by name, ``__`` for a dot; counts of customers where the last word says so."""
    units = dict.fromkeys(("customers", "then", "both", "came", "customers_after"), "customers")
    named = {name.replace("__", "."): value for name, value in values.items()}
    return {name: fact(name, value, units.get(name.rpartition(".")[2], "share")) for name, value in named.items()}


@pytest.mark.parametrize(
    ("values", "hidden", "gone"),
    [
        ({"size__low__gain": 9, "anyway__low__at_risk": 9, "size__top__gain": 9, "cut__low__1": 7}, {"low"},
         {"size.low.gain", "anyway.low.at_risk"}),
        ({"size__scenario__5pct": 9, "fair__age__0__customers": 40, "slipping__spend": 9}, {"low"},
         {"size.scenario.5pct", "fair.age.0.customers", "slipping.spend"}),  # sums over classes
        ({"anyway__top__customers": 434, "anyway__top__returned_share": 433 / 434}, set(),
         {"anyway.top.customers", "anyway.top.returned_share"}),
        ({"anyway__top__customers": 434, "anyway__top__returned_share": 420 / 434}, set(), set()),
        ({"near__low__customers": 3, "near__top__customers": 9, "near__inside__customers": 12}, set(),
         {"near.low.customers", "near.inside.customers"}),  # 12 less 9 is 3
        ({"move__a__b__customers": 4, "move__a__c__customers": 9, "move__class__a__came": 9, "move__both": 90}, set(),
         {"move.a.b.customers", "move.a.c.customers"}),
        ({"move__class__low__came": 4, "move__class__top__came": 9, "move__a__b__customers": 9, "move__both": 90}, set(),
         {"move.class.low.came", "move.class.top.came", "move.a.b.customers"}),
        ({"move__class__low__customers_after": 4, "move__class__top__came": 9, "move__both": 90}, set(),
         {"move.class.low.customers_after", "move.class.top.came", "move.both"}),
        ({"all__customers": 100, "fair__age__0__customers": 50, "fair__age__1__customers": 47}, set(),
         {"fair.age.0.customers", "fair.age.1.customers"}),  # three of another age are left
        ({"inside__customers": 34, "sensitivity__0__customers_share": 2 / 34, "sensitivity__1__customers_share": 9 / 34}, set(),
         {"sensitivity.0.customers_share"}),
        ({"inside__customers": 19, "best__spend_share": 0.5}, set(), {"best.spend_share"}),  # the fifth are four
        ({"buyers__customers": 50, "buyers__again_share": 0.98}, set(), {"buyers.again_share"}),
    ],
)  # fmt: skip
def test_what_would_tell_a_small_group_is_found(values: dict[str, float], hidden: set[str], gone: set[str]) -> None:
    assert derived.secret(facts_of(**values), hidden, ()) == gone


def test_a_title_keeps_the_clauses_that_tell_nothing_hidden() -> None:
    view = sized({"high": 4, "mid": 6, "low": 9})
    whole = dataclasses.replace(made(view), title="Low brings most; High is small")
    assert privacy.masked(whole, view).title == "Low brings most"
