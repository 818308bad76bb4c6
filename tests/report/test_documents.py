"""The client's document: every figure a fact, the same in both languages, rebuilt from the order lines, true when the data are turned."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import report, review
from seglib.client import Client
from seglib.datasets import make_market
from seglib.errors import ParameterError
from seglib.methods import value_tier
from seglib.methods._signed import settled
from seglib.report.documents import recompute
from seglib.report.documents.book import Book, printed
from seglib.report.documents.evidence import Evidence
from seglib.report.documents.keeping import further, statements
from seglib.report.documents.model import KEYS, Bullets, Callout, Card, Document, Fact, Part, Table, Text
from seglib.segmentation import Segmentation
from seglib.settings import ClientSettings

from . import shop

NOTHING = Evidence()


def client_of(lines: pd.DataFrame) -> Client:
    named = {"order": "order_id", "customer": "customer_id", "day": "ordered_at"}
    return seglib.open_frames(orders=lines.rename(columns=named), settings=ClientSettings(currency="CNY"))


@pytest.fixture(scope="module")
def made() -> Client:
    return client_of(shop.orders())


@pytest.fixture(scope="module")
def rfm(made: Client) -> tuple[pd.DataFrame, Segmentation]:
    return report.classified(made, "rfm", settings='{"classes": "cn8"}')


@pytest.fixture(scope="module")
def both(made: Client, rfm: tuple[pd.DataFrame, Segmentation]) -> dict[str, Document]:
    customers, result = rfm
    return {lang: report.document(made, result, customers=customers, lang=lang) for lang in ("en", "zh")}


def texts(part: Part) -> list[Text]:
    """Every sentence of a part, in order."""
    found: list[Text] = []
    for block in part.blocks:
        if isinstance(block, Text):
            found.append(block)
        elif isinstance(block, Bullets):
            found += block.items
        elif isinstance(block, Callout):
            found += block.lines
        elif isinstance(block, Card):
            found += [text for _, text in (*block.figures, *block.lines)]
    return found


def test_a_full_document_has_thirteen_parts_in_their_order(both: dict[str, Document]) -> None:
    for document in both.values():
        assert tuple(part.key for part in document.parts) == KEYS
        assert [part.number for part in document.parts] == list(range(1, 14))
        assert all(part.blocks for part in document.parts)


def test_who_left_the_window_has_a_card_an_action_and_money(
    made: Client, rfm: tuple[pd.DataFrame, Segmentation], both: dict[str, Document]
) -> None:
    _, result = rfm
    lines = shop.orders()
    day = pd.to_datetime(lines["day"]).dt.normalize()
    last, window = pd.Timestamp(result.as_of), pd.Timedelta(days=result.window_days)
    later, earlier = (day > last - window) & (day <= last), (day > last - 2 * window) & (day <= last - window)
    spent = lines[earlier].groupby("customer")["amount"].sum()
    stopped = spent[~spent.index.isin(lines.loc[later & (lines["amount"] > 0), "customer"])]
    for document in both.values():
        if "move.lapsed" not in document.facts or not len(stopped):
            pytest.fail("the shop's history holds two windows, and somebody stops")
        assert document.facts["move.lapsed"].value == len(stopped)
        assert document.facts["move.lapsed_money"].value == pytest.approx(stopped.sum(), abs=0.01)
        parts = {part.key: part for part in document.parts}
        (card,) = [block for block in parts["cards"].blocks if isinstance(block, Card) and block.key == "no_orders_in_window"]
        assert "move.lapsed_money" in {fact for _, text in card.figures for fact in text.facts}
        named = [fact for _, text in card.lines for fact in text.facts if fact.endswith(".no_orders_in_window.customers")]
        assert 0 < sum(document.facts[fact].value for fact in named) <= len(stopped)  # type: ignore[misc]
        play = next(block for block in parts["playbook"].blocks if isinstance(block, Table))
        assert card.title in set(play.frame["segment"])


def test_under_a_signed_definition_the_movement_ends_at_the_class_table_and_the_re_cut_stands_apart(made: Client) -> None:
    customers = made.customers()
    earlier = value_tier.segment(made.customers(as_of=made.as_of - timedelta(days=365)))
    stamp = {"by": "A", "on": "2025-01-01", "as_of": earlier.as_of}
    scheme = dataclasses.replace(earlier.scheme, about={**earlier.scheme.about, "signed": stamp})
    result = settled(scheme, customers)
    migration = review.migration(made, result, draws=0)
    anew = value_tier.segment(customers).assignments["segment"].value_counts()
    document = report.document(made, result, customers=customers, evidence=Evidence(migration=migration, moved=result))
    part = next(part for part in document.parts if part.key == "movement")
    table = next(block for block in part.blocks if isinstance(block, Table) and "came" in block.frame)
    counts = result.profile.set_index("segment")["customers"]
    for row, key in zip(table.frame.to_dict("records"), [key for key in migration.keys if counts.get(key)], strict=False):
        assert row["after"] == counts[key] == row["before"] + row["came"] + row["went"] + row["other"]
        assert row["after"] + row["recut"] == anew[key]
        assert document.facts[f"move.class.{key}.customers_after"].value == counts[key]
    assert table.frame["recut"].abs().sum() > 0


def test_both_languages_say_the_same_facts(both: dict[str, Document]) -> None:
    english, chinese = both["en"], both["zh"]
    assert english.facts == chinese.facts
    for one, other in zip(english.parts, chinese.parts, strict=True):
        assert [type(block) for block in one.blocks] == [type(block) for block in other.blocks]
        assert [sorted(text.facts) for text in texts(one)] == [sorted(text.facts) for text in texts(other)], one.key


def test_both_tables_hold_the_same_numbers(both: dict[str, Document]) -> None:
    tables = {lang: [b for part in doc.parts for b in part.blocks if isinstance(b, Table)] for lang, doc in both.items()}
    assert len(tables["en"]) == len(tables["zh"]) > 5
    for one, other in zip(tables["en"], tables["zh"], strict=True):
        figures = [column.key for column in one.columns if column.kind != "text"]
        assert one.facts == other.facts
        pd.testing.assert_frame_equal(one.frame[figures], other.frame[figures])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_of_a_sentence_is_a_fact(both: dict[str, Document], lang: str) -> None:
    document = both[lang]
    said = [text for part in document.parts for text in texts(part) if text.facts]
    assert len(said) > 40
    for text in said:
        rest = text.text
        for value in sorted((printed(document.facts[name], lang, "CNY") for name in text.facts), key=len, reverse=True):
            assert value in rest or value in text.text
            rest = rest.replace(value, "")
        words = re.sub(r"R²|90.?(?:day|天)|within 90 days|90 天内|\b1:N", "", rest)  # names and the playbook's own terms
        assert not re.search(r"\d", words), text.text


def test_no_figure_is_long_missing_or_broken(both: dict[str, Document]) -> None:
    for document in both.values():
        page = re.sub(r'src="data:[^"]+"', "", document._repr_html_())
        page = re.sub(r"<style.*?</style>|style=\"[^\"]*\"|[0-9a-f]{64}", "", page)
        assert not re.search(r"\d\.\d{5,}", page)
        assert not re.search(r"\b(nan|None|NaN|inf)\b", page)
        assert "{" not in page


def test_the_chinese_document_is_written_in_full_width_punctuation(both: dict[str, Document]) -> None:
    for part in both["zh"].parts:
        for text in texts(part):
            assert not re.search(r"[一-鿿][,;:!?]", text.text), text.text
            assert not re.search(r"[a-z]{4,} [a-z]{4,} [a-z]{4,}", text.text), text.text


def test_every_number_is_rebuilt_from_the_order_lines(
    made: Client, rfm: tuple[pd.DataFrame, Segmentation], both: dict[str, Document]
) -> None:
    _, result = rfm
    table = rebuilt(made, result, both["en"])
    assert len(table) > 150
    assert table.loc[~table["same"]].to_dict("records") == []


def rebuilt(client: Client, result: Segmentation, document: Document) -> pd.DataFrame:
    taken = document.customers[["customer_id", *further(result)]]
    base = recompute.connection(client, taken, result.assignments[["customer_id", "segment"]])
    return recompute.recompute(document.facts.values(), document.views, base)


@pytest.mark.parametrize("method", ["rfm"])
def test_the_grocery_document_is_rebuilt_to_the_cent(method: str, shared: Path) -> None:
    client = seglib.demo()
    customers, result = report.classified(client, method)
    document = report.document(client, result, customers=customers, evidence=NOTHING)
    table = rebuilt(client, result, document)
    assert len(table) > 90
    assert table.loc[~table["same"]].to_dict("records") == []
    assert document.facts["all.spend"].value == pytest.approx(4596039.58, abs=0.005)
    assert document.facts["all.orders"].value == 155370


def test_a_number_that_is_wrong_is_found(made: Client, rfm: tuple[pd.DataFrame, Segmentation]) -> None:
    _, result = rfm
    wrong = Fact("all.customers", 299, "customers", "count", "", "SELECT count(*) FROM classified")
    table = recompute.recompute([wrong], statements(made, result), recompute.connection(made))
    assert table["same"].to_list() == [False]
    assert table["rebuilt"].to_list() == [result.assignments["customer_id"].nunique()]


@pytest.mark.parametrize("method", ["lifecycle", "income", "purchase_intent", "product_preference", "geography", "clusters"])
def test_methods_of_every_kind_have_a_document(method: str) -> None:
    client = market()
    settings = '{"classes": 3, "starts": 5}' if method == "clusters" else "{}"
    customers, result = report.classified(client, method, settings=settings)
    document = report.document(client, result, customers=customers, lang="zh", evidence=NOTHING)
    assert [part.key for part in document.parts] == list(KEYS)
    table = rebuilt(client, result, document)
    assert table.loc[~table["same"]].to_dict("records") == []
    assert len(document._repr_html_()) > 5000


def market() -> Client:
    if not _MARKET:
        _MARKET.append(seglib.open_frames(**make_market(customers=310, seed=5).tables, settings=ClientSettings(currency="CNY")))
    return _MARKET[0]


_MARKET: list[Client] = []


def sentences(lines: pd.DataFrame) -> str:
    client = client_of(lines)
    customers, result = report.classified(client, "rfm")
    document = report.document(client, result, customers=customers, evidence=NOTHING)
    return " ".join(text.text for part in document.parts for text in texts(part))


def steady(growth: float) -> pd.DataFrame:
    """150 customers, an order every 20 days of a year; ``growth`` is what the second half spends against the first."""
    random = np.random.default_rng(3)
    rows = []
    for customer in range(150):
        size = float(random.uniform(50, 150))
        for day in range(int(random.integers(0, 20)), 364, 20):
            rows.append((f"{customer}-{day}", f"c{customer}", day, round(size * (growth if day >= 182 else 1.0), 2)))
    frame = pd.DataFrame(rows, columns=["order", "customer", "day", "amount"])
    frame["day"] = (pd.Timestamp("2025-01-01") + pd.to_timedelta(frame["day"], unit="D")).dt.strftime("%Y-%m-%d")
    return frame


def test_sales_are_said_to_grow_only_where_they_do() -> None:
    assert "Sales rose within the window" in sentences(steady(1.4))
    falling = sentences(steady(0.7))
    assert "Sales fell within the window" in falling
    assert "rose" not in falling
    assert "growing" not in falling, "one window cannot tell a trend from a season"


def test_the_largest_customer_is_named_in_the_answer_only_where_there_is_one() -> None:
    lines = steady(1.0)
    assert "averages lean on it" not in sentences(lines)
    lines.loc[lines["customer"] == "c7", "amount"] *= 60
    assert "averages lean on it" in sentences(lines)


def test_unattributed_sales_are_told_where_there_are_some() -> None:
    lines = steady(1.0)
    assert "Every sale in the window belongs to a known customer." in sentences(lines)
    lines.loc[::3, "customer"] = ""
    assert "belong to no known customer" in sentences(lines)


def test_what_cannot_be_had_is_said_in_a_sentence(made: Client, rfm: tuple[pd.DataFrame, Segmentation]) -> None:
    customers, result = rfm
    document = report.document(made, result, customers=customers, evidence=NOTHING)
    assert "Movement between two windows was not computed." in texts(document.part("movement"))[0].text
    assert any("could not be checked" in text.text for text in texts(document.part("validity")))
    assert any("hold no costs" in text.text for text in texts(document.part("money")))


def test_a_brief_document_leaves_parts_out(made: Client, rfm: tuple[pd.DataFrame, Segmentation]) -> None:
    customers, result = rfm
    brief = report.document(made, result, customers=customers, depth="brief", evidence=NOTHING)
    assert [part.number for part in brief.parts] == [1, 2, 3, 4]
    assert brief.part("cards") is None
    assert brief.part("answer") is not None


def test_the_customer_list_has_every_customer_once(both: dict[str, Document], rfm: tuple[pd.DataFrame, Segmentation]) -> None:
    listed = both["zh"].customers
    assert listed["customer_id"].is_unique
    assert len(listed) == len(rfm[1].assignments)
    assert set(listed["label"]) >= {"重要价值客户", "一般挽留客户"}


def test_what_is_kept_is_enough_to_recompute(
    made: Client, rfm: tuple[pd.DataFrame, Segmentation], both: dict[str, Document], tmp_path: Path
) -> None:
    report.keep(both["en"], rfm[1], tmp_path)
    content = json.loads((tmp_path / "facts.json").read_text(encoding="utf-8"))
    assert content["title"] == both["en"].title
    assert {"name", "value", "unit", "formula", "sql"} <= content["facts"][0].keys()
    table = recompute.of_folder(tmp_path, made)
    assert len(table) > 150
    assert bool(table["same"].all())
    assert "CREATE OR REPLACE TABLE classified" in (tmp_path / "recompute.sql").read_text(encoding="utf-8")


def test_a_fact_is_entered_once() -> None:
    book = Book("en", "CNY")
    book.enter("a", 1, "count", "customers", "one")
    book.enter("a", 1, "count", "customers", "one")
    with pytest.raises(ParameterError, match="entered twice"):
        book.enter("a", 2, "count", "customers", "one")


def test_large_money_is_told_in_the_units_of_the_language() -> None:
    fact = Fact("x", 46_200_000.0, "CNY", "money", "")
    assert printed(fact, "zh", "CNY") == "4,620 万元"
    assert printed(fact, "en", "CNY") == "CNY 46.2 M"


def test_nonsense_is_refused_with_a_sentence(made: Client, rfm: tuple[pd.DataFrame, Segmentation]) -> None:
    with pytest.raises(ParameterError, match="depth full or brief"):
        report.document(made, rfm[1], depth="long")  # type: ignore[arg-type]
