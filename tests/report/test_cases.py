"""The cases: one order of sections, no figure typed, the same figures in both languages, sentences that follow the facts."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import seglib
from seglib import datasets
from seglib.errors import DataError, ParameterError
from seglib.report import cases, notebooks, numbers
from seglib.report.cases import pages

FOLDER = Path(cases.__file__).parent
SECTIONS = ("Situation", "Question", "Data", "What we did", "What we found", "What to do", "Test plan", "Lesson")
NUMBER = re.compile(r"\d(?:[\d,]*\d)?(?:\.\d+)?")


@pytest.fixture(scope="module", params=["en", "zh"])
def single(request) -> cases.SingleDimension:
    return cases.SingleDimension(seglib.demo(), split="2017-10-01", lang=request.param, draws=20)


@pytest.fixture(scope="module")
def promotion() -> dict[str, cases.Promotion]:
    made = {lang: cases.Promotion(seglib.demo(), learn="2017-07-01", split="2017-10-01", lang=lang, draws=20) for lang in ("en",)}
    made["zh"] = cases.Promotion.__new__(cases.Promotion)
    made["zh"].__dict__ = {**made["en"].__dict__, "lang": "zh"}
    return made


@pytest.fixture(scope="module")
def crossing() -> dict[str, cases.Crossing]:
    market = datasets.make_market(customers=600, seed=3)
    made = {"en": cases.Crossing(cases.made_client(market), methods="purchase_behaviour,needs", draws=20, market=market)}
    made["zh"] = cases.Crossing.__new__(cases.Crossing)
    made["zh"].__dict__ = {**made["en"].__dict__, "lang": "zh"}
    return made


def figures(text: str) -> Counter[str]:
    return Counter(NUMBER.findall(text))


@pytest.mark.parametrize("name", pages.names())
def test_every_case_goes_from_the_situation_to_the_lesson(name):
    texts = [notebooks.source(cell) for cell in notebooks.read(name)["cells"] if cell["cell_type"] == "markdown"]
    heads = [line.removeprefix("## ") for text in texts for line in text.splitlines() if line.startswith("## ")]
    assert [head for head in heads if head in SECTIONS] == list(SECTIONS)
    assert pages.title(name, "zh") != pages.title(name, "en")


@pytest.mark.parametrize("name", pages.names())
def test_a_chinese_copy_has_no_english_prose_left(name):
    for cell in notebooks.in_language(notebooks.read(name), name, "zh")["cells"]:
        if cell["cell_type"] == "markdown" or "parameters" in notebooks.tags(cell):
            for line in filter(str.strip, notebooks.source(cell).splitlines()):
                assert re.search(r"[一-鿿]", line), line


def test_there_are_the_four_cases_that_open_data_carry():
    assert pages.names() == ["need_behaviour", "promotion_by_history", "single_dimension", "value_need_behaviour"]


def test_no_figure_is_typed_into_a_sentence():
    found = []
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "t":
                text = str(getattr(node.args[0], "value", ""))
                found += [text] if re.search(r"\d", text.replace("95%", "")) else []
    assert found == []


def test_single_dimension_says_what_it_found(single):
    income, line = single.found.known.iloc[0], single.found.behaviour.iloc[0]
    text = single.told()
    assert f"{income['eta2'] * 100:.1f}%" in text
    assert f"{line['r2'] * 100:.1f}%" in text
    assert "9.4%" in text
    assert "25.8%" in single.trap()
    assert "21.8%" in single.trap()
    assert "Complete Journey" in single.data()
    assert "示意案例" in single.data() or "illustration" in single.data()
    assert "unknown" in single.chart().text or "不详" in single.chart().text


def test_both_languages_say_the_same_figures(promotion, crossing):
    for case, parts in ((promotion, ("data", "told", "advice", "plan")), (crossing, ("data", "told", "recovered", "plan"))):
        for part in parts:
            one, other = (str(getattr(case[lang], part)()) for lang in ("en", "zh"))
            assert figures(one) == figures(other), part


def test_the_sentence_follows_whether_value_adds_anything(promotion):
    case = promotion["en"]
    assert "value adds 0.027" in case._adds({"lead": 0.0272, "lead_low": 0.007, "lead_high": 0.048})
    assert "cannot be shown" in case._adds({"lead": 0.0272, "lead_low": -0.007, "lead_high": 0.06})


def test_the_sentence_follows_what_the_axes_tell(crossing):
    case, kept = crossing["en"], crossing["en"].found.tells
    tells = kept[kept["outcome"] == "orders"].set_index("axis")
    best = tells.loc["grid", "best"]

    def told(**values: float) -> str:
        changed = tells.copy()
        for key, value in values.items():
            row, _, column = key.partition("__")
            changed.loc[best if row == "best" else row, column] = value
        object.__setattr__(case.found, "tells", changed.reset_index())
        try:
            return case._told("orders")
        finally:
            object.__setattr__(case.found, "tells", kept)

    assert "all together add" in told(best__low=0.1, grid__added_low=0.01)
    assert "cannot be shown" in told(best__low=0.1, grid__added_low=-0.01, grid__added_high=0.01)
    assert "explains less" in told(best__low=0.1, grid__added_low=-0.02, grid__added_high=-0.01)
    assert "no way of dividing tells it" in told(best__low=-0.01)


def test_recovered_needs_are_counted_against_the_truth(crossing):
    case = crossing["en"]
    called = case.found.parts["needs"].assignments.set_index("customer_id")["segment"]
    truth = case.market.truth_class("needs")
    mine = [one for one in called.index[called == "quality_seeking"] if one in truth.index]
    right = sum(truth[one] == "quality_seeking" for one in mine) / len(mine)
    line = next(line for line in case.recovered().splitlines() if "Quality" in line or "Upper" in line)
    assert f": {len(mine)};" in line
    assert numbers.share(right) in line


def test_plays_of_the_largest_cells_are_those_of_the_playbook(crossing):
    from seglib.report import playbook

    case = crossing["zh"]
    first = case.inside.sort_values("spend", ascending=False)["segment"].iloc[0]
    play = playbook.of(case.client).play("composite", first, "zh")
    assert play.do in case.advice().html
    assert "力度" in play.do


def test_a_case_becomes_a_page_in_both_languages(tmp_path):
    made = pages.run(["single_dimension"], lang="zh,en", out=tmp_path, params={"draws": 10}, jobs=2)
    assert [path.relative_to(tmp_path).as_posix() for path in made] == ["cases/zh/single_dimension.html", "cases/en/single_dimension.html"]
    zh, en = (path.read_text(encoding="utf-8") for path in made)
    assert "单一维度" in zh
    assert "When one dimension fails" in en
    assert "seglib case single_dimension" in en
    assert str(tmp_path) not in zh + en
    assert 'lang="zh' in zh


def test_an_unknown_case_is_refused_by_name():
    with pytest.raises(ParameterError, match=r"there is no page 'starbucks'\. There are: need_behaviour, promotion_by_history"):
        pages.run(["starbucks"])


def test_a_case_that_stops_says_why(tmp_path):
    with pytest.raises(DataError, match=r"not every page ran to its end: promotion_by_history \(en\): .*the orders begin on 2017-01-01"):
        pages.run(["promotion_by_history"], lang="en", out=tmp_path, params={"learn": "2017-01-10"})
    assert not list(tmp_path.rglob("*.html"))


def test_without_the_truth_nothing_is_said_to_be_recovered(crossing):
    case = crossing["en"]
    real = cases.Crossing.__new__(cases.Crossing)
    real.__dict__ = {**case.__dict__, "market": None}
    assert "nowhere on record" in real.recovered()
