"""Every sentence of the document with a branch in it: what is said when the facts turn, in both languages, with the same figures."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import report
from seglib.errors import DataError
from seglib.methods._play import Play
from seglib.report import numbers
from seglib.report.documents import figures, findings, traits
from seglib.report.documents.book import Book
from seglib.report.documents.evidence import Evidence
from seglib.report.documents.matter import Matter
from seglib.report.documents.model import Callout, Text
from seglib.report.documents.parts import cards, checklist, fairness, measuring, moving, proving, trust, unaided
from seglib.rules import Score

KINDS = {"share": "share", "money": "money", "spend": "money", "low": "share", "high": "share", "limit": "share", "lever": "share"}


class View:
    """As much of a view as sentences ask of it: classes by key, every key its own name."""

    def __init__(self, keys: tuple[str, ...], *, slipping: tuple[str, ...] = (), ordered: bool = True, money: bool = True) -> None:
        self.inside = pd.DataFrame({"segment": list(keys)})
        self.outside = pd.DataFrame({"segment": []})
        self.has_money, self.currency = money, "CNY"
        self.words = SimpleNamespace(colour=lambda key: "slipping" if key in slipping else "lost" if key == "gone" else "good")
        self.result = SimpleNamespace(ordered=ordered, method="rfm", window_days=365, as_of="2025-12-31", scheme=None, assignments=None)
        self.customers = pd.DataFrame({"spend_last_half": range(1000), "spend_previous_half": range(1000)})

    def label(self, key: str) -> str:
        return key.title()

    def colour(self, key: str) -> str:
        return "#123456"

    def token(self, key: str) -> str:
        return str(self.words.colour(key))


class Bare(Matter):
    """A matter with no client behind it."""

    def play(self, key: str) -> Play:
        price = ("price",) if key == "top" else ()
        return Play("do", "dont", "owner", "channel", "kpi", "stop", flags=price)


def matter(lang: str = "en", view: View | None = None, evidence: Evidence | None = None, client: Any = None, **facts: Any) -> Bare:
    """A matter with the facts given; ``__`` stands for a dot."""
    book = Book(lang, "CNY")
    for name, value in facts.items():
        last = name.rpartition("_")[2]
        kind = "text" if isinstance(value, str) else KINDS.get(last, "count" if isinstance(value, int) else "number")
        if name.endswith(("detectable", "adjusted", "change", "change_size", "returned_share")):
            kind = "share"
        book.enter(name.replace("__", "."), value, kind, "", "")  # type: ignore[arg-type]
    return Bare(client, view or View(("top", "rest")), book, evidence or Evidence())  # type: ignore[arg-type]


def both(make: Any, **facts: Any) -> str:
    """A sentence in English, once its figures were compared with those of the Chinese one."""
    told = {}
    for lang in ("en", "zh"):
        found = make(matter(lang, **facts))
        told[lang] = found if isinstance(found, Text) or found is None else found[-1]
    english, chinese = told["en"], told["zh"]
    if english is None or chinese is None:
        assert english is chinese
        return ""
    assert sorted(english.facts) == sorted(chinese.facts)
    assert not re.search(r"[一-鿿][,;:!?]", chinese.text), chinese.text
    assert chinese.text != english.text
    return str(english.text)


def sizes(**least: float) -> dict[str, Any]:
    """Facts of a sizing in which a test of each class sees from so much."""
    told = {f"size__{key}__detectable": value for key, value in least.items() if value}
    return {"size__lever": 0.1, **told, **{f"size__{key}__gain": 1000.0 for key in least}}


@pytest.mark.parametrize(
    ("least", "says"),
    [
        ({"top": 0.05, "rest": 0.08, "inside": 0.04}, "Every class is large enough"),
        ({"top": 0.05, "rest": 0.30, "inside": 0.04}, "only here: Top."),
        ({"top": 0.20, "rest": 0.30, "inside": 0.09}, "all of them together are"),
        ({"top": 0.20, "rest": 0.30, "inside": 0.15}, "Not even all classes together"),
        ({"top": 0.20, "rest": 0.30, "inside": 0.0}, "pool classes, or test longer"),
    ],
)
def test_which_classes_can_be_tested_follows_their_size(least: dict[str, float], says: str) -> None:
    assert says in both(lambda m: proving.reading(m, ["top", "rest"]), **sizes(**least))


@pytest.mark.parametrize(
    ("least", "says", "target"),
    [
        (0.05, "can see such a rise", "above the half left alone"),
        (0.25, "sees a rise only from 25%", "Judged together with other classes"),
        (0.0, "too small to test it alone", "count each one"),
    ],
)
def test_gain_and_target_of_a_class_say_what_a_test_can_see(least: float, says: str, target: str) -> None:
    facts = sizes(top=least) | {"class__top__spend": 10_000.0, "class__rest__spend": 100.0, "window__days": 365}
    assert says in both(proving.first_gain, **facts)
    assert target in both(lambda m: cards.aim(m, "top"), **facts)


def changes(**by: float) -> dict[str, Any]:
    told = {f"anyway__{key}__change": value for key, value in by.items()}
    return told | {f"anyway__{key}__change_size": abs(value) for key, value in by.items()}


@pytest.mark.parametrize(
    ("by", "rose", "fell"),
    [
        ({"top": -0.3, "rest": 0.4}, "Rest rose by 40%", "Top fell by 30%"),
        ({"top": 0.1, "rest": 0.4}, "Rest rose by 40%", ""),
        ({"top": -0.3, "rest": -0.1}, "", "Top fell by 30%"),
        ({"top": 0.01, "rest": -0.01}, "", ""),
    ],
)
def test_what_falls_back_by_itself_is_told_only_where_it_does(by: dict[str, float], rose: str, fell: str) -> None:
    for lang in ("en", "zh"):
        told = unaided.falls_back(matter(lang, **changes(**by)), list(by))
        assert len(told) == bool(rose) + bool(fell)
    text = " ".join(one.text for one in unaided.falls_back(matter(**changes(**by)), list(by)))
    assert rose in text
    assert fell in text
    assert ("rose" in text) == bool(rose)
    assert ("fell" in text) == bool(fell)


def next_period(back: int, before: float, after: float, gap: float = 30.0) -> Evidence:
    """Forty of class ``gone``, so many of whom came back; the others had made half as much each, and the firm reached thirty."""
    row = {"segment": "gone", "customers": 40, "returned": back, "low": 0.1, "high": 0.9, "reached": 30}
    row |= {"sales_before": before, "sales_after": after, "sales_returned": after}
    row |= {"window_sales": 2.0 * back + (40 - back), "window_sales_absent": 40.0 - back}
    held = SimpleNamespace(split="2025-10-01", days=92, base=pd.DataFrame({"gap_75": [gap] * 100}))
    return Evidence(anyway=pd.DataFrame([row]), held=held)  # type: ignore[arg-type]


@pytest.mark.parametrize(("back", "left", "net"), [(30, 25, 25 * 0.1 * 200), (40, 0, 0.0), (10, 75, 75 * 0.1 * 600)])
def test_only_who_would_not_come_back_can_be_won(back: int, left: int, net: float) -> None:
    view = View(("top", "late", "gone"), slipping=("late",))
    made = matter(view=view, evidence=next_period(back, 4000.0, 6000.0), class__gone__customers=100, class__gone__spend=9000.0)
    assert unaided.enter(made) == ["gone"]
    assert made.book.value("winback.gone.left") == left
    assert made.book.value("winback.gone.net") == pytest.approx(net)
    assert made.book.value("winback.gone.gross") >= net
    assert made.book.value("anyway.gone.at_risk") == pytest.approx(9000 * (40 - back) / (40 + back))
    assert ("all customers" in str(cards.as_usual(made, "gone"))) == (back == 40)


@pytest.mark.parametrize(("gap", "says"), [(92.0, "had made 14.3% of the class's sales"), (95.0, "no sign of staying away")])
def test_those_who_did_not_return_are_told_by_their_money_where_the_period_is_long_enough(gap: float, says: str) -> None:
    view = View(("top", "late", "gone"), slipping=("late",))
    told = {}
    for lang in ("en", "zh"):
        facts = {"class__gone__customers": 100, "class__gone__spend": 9000.0}
        made = matter(lang, view, next_period(30, 4000.0, 6000.0, gap), **facts)
        unaided.enter(made)
        told[lang] = cards.as_usual(made, "gone")
        texts = [block.text for block in unaided.blocks(made) if isinstance(block, Text)]
        if lang == "en":
            assert any("reached 75% of the class Gone" in text for text in texts)
            assert any("only the other 25 can be won" in text for text in texts) == (gap <= 92)
    assert says in told["en"].text, "ten absent with 10 of 70, not a quarter of the sales"
    assert "reached 75% of such customers" in told["en"].text
    assert sorted(told["en"].facts) == sorted(told["zh"].facts)


@pytest.mark.parametrize(
    ("back", "title", "first"),
    [(20, "slipping away hold 15% of sales", "late"), (38, "who seem to be slipping away (15% of sales) 95% come back", "top")],
)
def test_who_comes_back_anyway_is_no_alarm(back: int, title: str, first: str) -> None:
    evidence = next_period(back, 4000.0, 6000.0)
    assert evidence.anyway is not None
    evidence.anyway["segment"] = "late"
    view = View(("top", "rest", "late"), slipping=("late",))
    slipping = {"slipping__spend": 150.0, "slipping__spend_share": 0.15, "slipping__customers": 40}
    for lang in ("en", "zh"):
        made = matter(lang, view, evidence, **money(top=600.0, rest=250.0, late=150.0), **slipping)
        found = next(one for one in findings.menu(made) if one.fact == "slipping.spend")
        if lang == "en":
            assert title in found.headline.text
            assert f"Of such customers {back / 40:.0%} bought again" in found.sentence.text
        assert findings.first_keys(made)[0] == first, "of 150 five in a hundred are lost: less than a hundredth of all sales"
        assert made.book.value("slipping.at_risk") == pytest.approx(150 * (40 - back) / (40 + back))
        made.book.enter("anyway.late.returned_share", back / 40, "share", "", "")
        assert ("stay away longer" in str(cards.as_usual(made, "late"))) == (lang == "en" and back == 38)


def test_nobody_is_won_back_where_no_class_slips_away() -> None:
    view = View(("top", "gone"))
    made = matter(view=view, evidence=next_period(30, 4000.0, 6000.0), class__gone__customers=100, class__gone__spend=9000.0)
    captions = [getattr(block, "caption", "") for block in unaided.blocks(made)]
    assert any("did next" in caption for caption in captions)
    assert not any("winning back" in caption for caption in captions)


def test_without_a_period_kept_back_nothing_is_said_of_it() -> None:
    assert "could not be measured" in unaided.blocks(matter())[0].text  # type: ignore[union-attr]


def judged(verdict: str, low: float, high: float, own: str = "") -> Evidence:
    measures = pd.DataFrame({"prediction": ["rfm", "size_matched_spend"], "r2": [0.5, 0.4], "low": [low, 0], "high": [0.6, 0]})
    against = pd.DataFrame({"baseline": ["size_matched_spend"], "low": [low], "high": [high]})
    table = {"prediction": ["rfm", "size_matched_spend"], "r2": [0.2, 0.1], "low": [0.1, 0.0], "high": [0.3, 0.2]}
    rows = pd.DataFrame({**table, "difference_low": [0.0, low], "difference_high": [0.0, high]})
    found = SimpleNamespace(
        method="rfm", measures=measures, against=against, verdict=verdict, own_verdict=own, own=rows, outcome="returned"
    )
    held = SimpleNamespace(split="2025-10-01", days=92, base=range(100))
    return Evidence(worth=found, held=held)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "low", "high", "says", "own"),
    [
        ("better", 0.02, 0.08, "the classes do better", "it does better than"),
        ("as_good", -0.01, 0.01, "do as well as", "it does as well as"),
        ("worse", -0.2, -0.1, "a plain ranking by past spend of the same sizes does better", "a ranking by past spend does better"),
        ("undecided", -0.2, 0.2, "is undecided", "is undecided"),
    ],
)
def test_the_verdict_on_worth_is_the_one_that_was_found(verdict: str, low: float, high: float, says: str, own: str) -> None:
    evidence = judged(verdict, low, high, verdict)
    assert says in both(trust._worth_sentence, evidence=evidence)
    assert own in both(trust._own_outcome, evidence=evidence)


@pytest.mark.parametrize(
    ("own", "ranking", "says"), [(0.0087, 0.049, "Neither"), (-0.2, 0.04, "Neither"), (-0.2, 0.3, "(R² 0.300 against 0,")]
)
def test_what_tells_of_nothing_is_not_compared_and_no_r2_is_below_nought(own: float, ranking: float, says: str) -> None:
    evidence = judged("worse", -0.5, -0.1, "better")
    worth = cast(Any, evidence.worth)
    worth.measures["r2"] = [own, ranking]
    assert says in both(trust._worth_sentence, evidence=evidence)
    worth.own["r2"] = [own, ranking]
    assert ("neither it nor" in both(trust._own_outcome, evidence=evidence)) == (says == "Neither")


def test_a_ranking_is_not_held_against_itself() -> None:
    assert "themselves a ranking" in both(trust._worth_sentence, evidence=judged("as_good", 0.0, 0.0))
    assert both(trust._own_outcome, evidence=judged("as_good", 0.0, 0.0)) == ""


def test_worth_that_could_not_be_judged_says_why() -> None:
    evidence = Evidence(absent={"worth": DataError("there is no next period to look at.")})
    text = trust._worth_sentence(matter(evidence=evidence, client=SimpleNamespace(tables={"orders": 1})))
    assert text is not None
    assert text.text.endswith("There is no next period to look at.")


def steady(answer: str, measure: str = "own_orders", word: str = "reproducible") -> Evidence:
    rows = [
        {"word": name, "answer": answer if name == word else "unknown", "found": 0.8, "measure": measure}
        for name in ("reproducible", "separated")
    ]
    return Evidence(stability=SimpleNamespace(words=pd.DataFrame(rows)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "measure", "says"),
    [
        ("yes", "own_orders", "the classes are steady"),
        ("partly", "own_orders", "steady for most"),
        ("no", "own_orders", "do not act on single customers"),
        ("yes", "partitions", "adjusted Rand index"),
        ("unknown", "own_orders", ""),
    ],
)
def test_steadiness_is_said_as_it_was_found(answer: str, measure: str, says: str) -> None:
    text = both(trust._keep, evidence=steady(answer, measure))
    assert says in text
    assert bool(text) == bool(says)


@pytest.mark.parametrize(
    ("answer", "says"), [("yes", "on every axis"), ("partly", "at some of the cuts"), ("no", "no gap"), ("unknown", "")]
)
def test_gaps_between_classes_are_said_as_they_were_found(answer: str, says: str) -> None:
    assert says in both(trust._separated, evidence=steady(answer, word="separated"))


@pytest.mark.parametrize(
    ("change", "says", "never"),
    [(0.4, "rose", "fell"), (-0.3, "fell", "rose"), (0.005, "held steady", "rose"), (-0.005, "held steady", "fell")],
)
def test_sales_within_the_window(change: float, says: str, never: str) -> None:
    facts = {"half__spend_last_half": 5.0, "half__spend_previous_half": 4.0, "half__change": change, "half__change_size": abs(change)}
    text = both(findings.trend, **facts)
    assert says in text
    assert never not in text


@pytest.mark.parametrize(
    ("change", "window", "says", "season"),
    [(0.4, 365, "growing", False), (-0.3, 365, "shrinking", False), (-0.3, 180, "shrinking", True), (0.01, 180, "held steady", False)],
)
def test_sales_against_the_window_before(change: float, window: int, says: str, season: bool) -> None:
    view = View(("top", "rest"))
    view.result.window_days = window
    facts = {"move__spend_before": 4.0, "move__spend_after": 5.0, "move__spend_change": change, "move__spend_change_size": abs(change)}
    text = both(findings.trend, view=view, evidence=Evidence(moved=view.result), **facts)  # type: ignore[arg-type]
    assert says in text
    assert ("season" in text) == season


def money(**of: float) -> dict[str, Any]:
    """Facts of classes: customers, sales and shares, out of 1,000."""
    told: dict[str, Any] = {"all__spend": 1000.0}
    for key, spend in of.items():
        told |= {f"class__{key}__{name}": value for name, value in (("spend", spend), ("spend_share", spend / 1000), ("mean_spend", spend))}
        told |= {f"class__{key}__customers": 10, f"class__{key}__customers_share": 0.1}
    return told


LEADS = {
    "top": ({}, "10% of customers bring"),
    "slipping": ({"slipping__spend": 990.0, "slipping__spend_share": 0.99, "slipping__customers": 5}, "slipping away hold 99%"),
    "largest": ({"largest__spend": 995.0, "largest__spend_share": 0.995}, "ne customer accounts for 99.5%"),
    "reach": ({"reach__spend": 998.0, "reach__customers": 7, "reach__limit": 0.1, "reach__cut": 5.0}, "7 customers stand just below"),
    "lapsed": (
        {"move__lapsed": 8, "move__lapsed_money": 997.0, "move__days": 182, "move__before": "2025-07-02"},
        "8 customers have gone silent",
    ),
    "nobody": ({"unattributed__spend": 999.0, "unattributed__share": 0.5}, "50% of sales belong to no known customer"),
}


@pytest.mark.parametrize("which", list(LEADS))
def test_the_largest_sum_heads_the_document(which: str) -> None:
    extra, says = LEADS[which]
    titles = {}
    for lang in ("en", "zh"):
        facts = {"slipping__spend": 50.0, "slipping__spend_share": 0.05, "slipping__customers": 5} | extra
        made = matter(lang, View(("top", "late"), slipping=("late",)), None, None, **money(top=600.0, late=50.0), **facts)
        found = findings.menu(made)
        assert [one.money for one in found] == sorted((one.money for one in found), reverse=True)
        titles[lang] = findings.headline(made, found)
    first = re.split("; ", titles["en"])[0]
    assert says in first
    assert titles["zh"] != titles["en"]


def test_a_small_second_finding_stays_out_of_the_title() -> None:
    large = money(top=600.0, rest=400.0) | {"largest__spend": 200.0, "largest__spend_share": 0.2}
    small = money(top=600.0, rest=400.0) | {"unattributed__spend": 20.0, "unattributed__share": 0.02}
    assert "one customer accounts for 20%" in findings.headline(matter(**large), findings.menu(matter(**large)))
    assert findings.headline(matter(**small), findings.menu(matter(**small))) == "10% of customers bring 60% of sales"


@pytest.mark.parametrize(
    ("orders", "says"),
    [
        ([2, 1, 0, 0], "50% of the buyers bring 60%"),
        ([2, 1, 1, 1], "10% of customers bring 60%"),
        ([0, 1, 1, 0], "10% of all known customers bring 60%"),
    ],
)
def test_who_brings_the_sales_is_a_share_of_the_buyers(orders: list[int], says: str) -> None:
    for lang in ("en", "zh"):
        view = View(("top", "rest"))
        view.customers = pd.DataFrame({"orders": orders})
        view.result.assignments = pd.DataFrame({"segment": ["top", "rest", "rest", "none"]})
        made = matter(lang, view, **money(top=600.0, rest=400.0))
        found = next(one for one in findings.menu(made) if one.fact == "class.top.spend")
        if lang == "en":
            assert says in found.headline.text
            assert f"({says.split(' bring')[0].removesuffix(' of customers')})" in found.sentence.text


def test_one_class_nothing_sold_and_nobody_classified_claim_no_money() -> None:
    alone = matter(view=View(("top",)), **money(top=1000.0))
    assert findings.menu(alone) == []
    assert findings.headline(alone, []).startswith("The largest class is Top")
    assert findings.menu(matter(**(money(top=0.0, rest=0.0) | {"all__spend": 0.0}))) == []
    assert findings.menu(matter(view=View(("top", "rest"), money=False))) == []


def test_slipping_classes_come_first_where_they_weigh_something() -> None:
    view = View(("top", "rest", "late", "low"), slipping=("late",))
    large = matter(view=view, **money(top=600.0, rest=200.0, late=150.0, low=50.0), slipping__spend=150.0)
    assert findings.first_keys(large) == ["late", "top", "rest"]
    small = matter(view=view, **money(top=600.0, rest=300.0, late=20.0, low=80.0), slipping__spend=20.0)
    assert findings.first_keys(small) == ["top", "rest", "low"]


@pytest.mark.parametrize(
    ("money_before", "first"),
    [(700.0, ["no_orders_in_window", "top", "rest"]), (300.0, ["top", "no_orders_in_window", "rest"]), (10.0, ["top", "rest", "low"])],
)
def test_who_left_the_window_stands_among_the_classes_by_what_they_spent_before(
    money_before: float, first: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = matter(
        view=View(("top", "rest", "low")), move__lapsed=32, move__lapsed_money=money_before, **money(top=600.0, rest=200.0, low=50.0)
    )
    monkeypatch.setattr(moving, "stopped", lambda _: True)
    assert findings.first_keys(made) == first
    assert findings.to_act_on(made, "no_orders_in_window") == "move.lapsed"


@pytest.mark.parametrize(
    ("later", "earlier", "word"),
    [(110, 100, "higher"), (90, 100, "lower"), (101, 100, "about the same"), (5, 0, "higher"), (-9, -9, "about the same")],
)
def test_a_metric_is_higher_lower_or_about_the_same(later: float, earlier: float, word: str) -> None:
    assert measuring.turned(later, earlier) == word


def test_what_one_unit_of_cost_brought_is_compared_only_where_it_differs() -> None:
    name = "metric__class__{}__M8__return_on_cost"
    assert "3 of margin in the class Top and 2 in the class Rest" in both(
        measuring._spread, **{name.format("top"): 3.0, name.format("rest"): 2.0}
    )
    assert "the same in every class" in both(measuring._spread, **{name.format("top"): 3.0, name.format("rest"): 3.0})
    assert both(measuring._spread, **{name.format("top"): 3.0}) == ""


@pytest.mark.parametrize(("reached", "says"), [(60, "40 of the 100 accounts"), (100, "All 100 accounts")])
def test_accounts_without_order_or_contact_are_counted(reached: int, says: str) -> None:
    row = {"metric": "M7", "name": "Account coverage", "segment": "", "computable": True, "numerator": reached, "denominator": 100}
    assert says in both(measuring._uncovered, evidence=Evidence(by_class=pd.DataFrame([row])))


@pytest.mark.parametrize(("computable", "says"), [(True, "can be computed from these data"), (False, "cannot be computed")])
def test_what_cannot_be_told_is_counted(computable: bool, says: str) -> None:
    row = {"metric": "M4", "name": "Market share", "segment": "", "computable": computable}
    assert says in both(measuring.untold, evidence=Evidence(now=pd.DataFrame([row])))


@pytest.mark.parametrize(
    ("name", "below", "told"),
    [("Net promoter score", 29, False), ("Net promoter score", 30, True), ("Repeat rate", 4, False), ("Repeat rate", 5, True)],
)
def test_a_figure_that_rests_on_few_is_not_told(name: str, below: float, told: bool) -> None:
    assert measuring.enough({"name": name, "denominator": below}) == told
    assert measuring.enough({"name": "Sales", "denominator": float("nan")})


@pytest.mark.parametrize(("near", "says"), [(12, "12 customers stand within"), (0, "Nobody stands within")])
def test_who_stands_on_the_line_is_counted(near: int, says: str) -> None:
    assert says in both(lambda m: cards._edge(m, "top"), near__top__customers=near, near__limit=0.05)


@pytest.mark.parametrize(
    ("share", "says"),
    [(0.791, "Not met: 79.1% of the classified customers stand exactly on a cut (Orders: 4), 20% at most may"), (0.2, "")],
)
def test_a_cut_through_a_value_that_many_have_is_a_condition_not_met(share: float, says: str) -> None:
    facts = {"cut__orders__1": 4, "on_cut__orders__1": share, "on_cut__limit": 0.2}
    assert says in both(lambda m: trust._lumped(lumped(m, **facts)))
    found = lumped(matter(client=SimpleNamespace(tables={})), **facts)
    assert trust._gates(found).__class__ is (Callout if says else Text)
    headline = trust.verdict(found)
    assert headline is not None
    assert headline.text.startswith("Not met") == bool(says)


def lumped(found: Bare, **facts: Any) -> Bare:
    """The matter with facts of shares and counts, axes by their own names and every gate met."""
    for name, value in facts.items():
        kind = "share" if name.startswith("on_cut") else "count"
        found.book.enter(name.replace("__", "."), value, kind, "", "")  # type: ignore[arg-type]
    view: Any = found.view
    view.axis, view.failed_gates, view.result.gates = str.title, list, [1, 2]
    return found


def test_who_stands_at_a_cut_is_counted_with_those_near_it() -> None:
    # Five of ten order exactly four times a year, the cut; with whole orders nobody is within 5 % of it without standing on it.
    orders = [1, 2, 3, 4, 4, 4, 4, 4, 6, 9]
    score = Score("often", "orders", cuts=(4.0,), scores=(1, 2))
    view: Any = SimpleNamespace(
        customers=pd.DataFrame({"orders": orders}),
        result=SimpleNamespace(
            scheme=SimpleNamespace(scores=(score,), rules=(SimpleNamespace(when={"often": (1,)}),), flags=(), outside=("none",)),
            assignments=pd.DataFrame({"segment": ["low"] * 8 + ["high"] * 2}),
        ),
        classified=lambda name: pd.Series(orders, dtype=float),
    )
    assert figures.near_a_cut(view).tolist() == [value == 4 for value in orders]
    book = Book("en", "CNY")
    figures._on_a_cut(view, book)
    assert book.value("on_cut.often.1") == 0.5
    # A line at the smallest value of all cannot be drawn one lower.
    view.result.scheme.scores = (Score("often", "orders", cuts=(1.0,), scores=(1, 2)),)
    book = Book("en", "CNY")
    figures._on_a_cut(view, book)
    assert not book.facts


def group(name: str, ratio: float, chance: float) -> fairness.Group:
    return fairness.Group("gender", name, 100, 20, ratio, ratio / 2, ratio * 1.5, chance, 0.5)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([], "No group has enough customers"),
        ([group("a", 1.0, 1.0), group("b", 0.9, 0.6)], "No recorded group falls below"),
        ([group("a", 1.0, 1.0), group("b", 0.5, 0.001)], "beyond chance: Gender: b."),
        ([group("a", 1.0, 1.0), group("b", 0.7, 0.4)], "1 group lies below"),
        ([group("a", 1.0, 1.0), group("", 0.3, 0.001)], "Customers without a record"),
    ],
)
def test_fairness_says_what_the_table_shows(found: list[fairness.Group], says: str) -> None:
    for lang in ("en", "zh"):
        told = fairness.told(matter(lang), found)
        text = told.lines[0].text if isinstance(told, Callout) else told.text
        assert (says in text) == (lang == "en")
        assert isinstance(told, Callout) == ("beyond chance: " in says)


def test_shares_of_groups_are_counted_by_hand() -> None:
    values = pd.Series(["f"] * 40 + ["m"] * 60 + [None] * 50)
    segment = np.array(["top"] * 30 + ["rest"] * 10 + ["top"] * 15 + ["rest"] * 45 + ["rest"] * 50)
    women, men, others = fairness.groups({"gender": values}, segment, ["top"])
    assert (women.name, women.customers, women.reached, women.ratio) == ("f", 40, 30, 1.0)
    assert (men.customers, men.reached, men.ratio) == (60, 15, pytest.approx((15 / 60) / (30 / 40)))
    assert men.alarming
    assert men.sure
    assert (others.name, others.customers, others.reached, others.ratio) == ("", 50, 0, 0.0)
    assert men.low < men.ratio < men.high
    assert 0.6 < men.tells < 0.9


@pytest.mark.parametrize(
    ("text", "flags", "favourable"),
    [
        ("a discount for members", ("price",), True),
        ("a dedicated contact", ("service",), True),
        ("standard service by machine", ("service",), False),
        ("standard service and a coupon", ("service", "price"), True),
        ("ask them why", (), False),
    ],
)
def test_an_action_is_favourable_where_it_gives_more(text: str, flags: tuple[str, ...], favourable: bool) -> None:
    assert fairness.favourable(Play(text, "", "", "", "", "", flags=flags)) == favourable


@pytest.mark.parametrize(
    ("keys", "ordered", "says"),
    [
        (("rest", "low"), True, "No action of this playbook"),
        (("top",), False, "Every class has its own price"),
        (("top", "rest"), True, "better in: Top. The data record no age"),
        (("top",), True, "the best, Top, gets most. The data record no age"),
    ],
)
def test_without_groups_on_record_fairness_says_so(keys: tuple[str, ...], ordered: bool, says: str) -> None:
    made = matter(view=View(keys, ordered=ordered), client=SimpleNamespace(tables={}))
    assert says in fairness.blocks(made)[0].text  # type: ignore[union-attr]


def score(test: Any, **facts: Any) -> str:
    score, found = test(matter(**facts))
    assert found.text
    return str(score)


@pytest.mark.parametrize(("unplaced", "says"), [(50, "met"), (300, "partly"), (700, "not met")])
def test_measurable(unplaced: int, says: str) -> None:
    view = View(("top",))
    view.outside = pd.DataFrame({"segment": ["unknown_income", "no_orders"]})
    facts = {"class__unknown_income__customers": unplaced, "class__no_orders__customers": 200}
    assert score(checklist.measurable, view=view, **facts) == says


@pytest.mark.parametrize(("top", "rest", "says"), [(500, 500, "met"), (985, 15, "partly"), (20, 12, "not met")])
def test_substantial(top: int, rest: int, says: str) -> None:
    facts: dict[str, Any] = {f"class__{key}__customers": n for key, n in (("top", top), ("rest", rest))}
    facts |= {f"class__{key}__customers_share": 0.5 for key in ("top", "rest")}
    assert score(checklist.substantial, inside__customers=top + rest, **facts) == says


@pytest.mark.parametrize(
    ("refused", "says"),
    [
        ([False] * 100, "met"),
        ([True] * 5 + [False] * 95, "met"),
        ([True] * 30 + [False] * 70, "partly"),
        ([True] * 60 + [False] * 40, "not met"),
        ([None], "cannot be told"),
    ],
)
def test_accessible(refused: list[bool | None], says: str) -> None:
    column = SimpleNamespace(execute=lambda: pd.Series(refused, dtype=object))
    client = SimpleNamespace(tables={"customers": SimpleNamespace(columns=["opt_out"], opt_out=column)})
    assert score(checklist.accessible, client=client) == says
    assert score(checklist.accessible, client=SimpleNamespace(tables={})) == "cannot be told"


@pytest.mark.parametrize(("low", "own", "says"), [(0.2, "", "met"), (-0.1, "", "partly"), (-0.1, "better", "met")])
def test_differentiable(low: float, own: str, says: str) -> None:
    assert score(checklist.differentiable, evidence=judged("better", low, 0.4, own)) == says
    assert score(checklist.differentiable) == "cannot be told"


@pytest.mark.parametrize(
    ("least", "says"),
    [
        ({"top": 0.05, "rest": 0.05, "inside": 0.03}, "met"),
        ({"top": 0.05, "rest": 0.5, "inside": 0.03}, "partly"),
        ({"top": 0.3, "rest": 0.5, "inside": 0.08}, "partly"),
        ({"top": 0.3, "rest": 0.5, "inside": 0.2}, "not met"),
    ],
)
def test_actionable(least: dict[str, float], says: str) -> None:
    assert score(checklist.actionable, **sizes(**least)) == says
    assert score(checklist.actionable, view=View(("top",), money=False)) == "cannot be told"


@pytest.mark.parametrize(
    ("floor", "says"),
    [
        (0.2, "would have done so with no change in behaviour"),
        (0.4, "fewer than chance alone moves (0.400), so they were steadier than chance"),
        (None, "changed class."),
    ],
)
def test_movement_names_its_noise_floor_where_there_is_one(floor: float | None, says: str) -> None:
    facts: dict[str, Any] = {"move__moved": 0.3, "move__both": 50} | ({"move__floor_moved": floor} if floor else {})
    migration = SimpleNamespace(floor=SimpleNamespace(reason="", values={}), steadier=floor == 0.4)
    assert says in both(lambda m: moving._stayed(m, cast(Any, migration)), **facts)


def test_a_trait_stands_out_only_beyond_chance() -> None:
    frame = pd.DataFrame({"channel": ["shop"] * 70 + ["web"] * 30 + ["shop"] * 30 + ["web"] * 70, "region": (["n", "s"] * 100)})
    segment = np.array(["a"] * 100 + ["b"] * 100)
    told = traits.standing_out(frame, segment).set_index("segment")
    assert told["trait"].to_dict() == {"a": "channel", "b": "channel"}
    assert told["value"].to_dict() == {"a": "shop", "b": "web"}
    assert told.loc["a", "index"] == pytest.approx(140)
    assert traits.standing_out(frame[["region"]], segment).empty


@pytest.mark.parametrize(
    "value", [0.004, 0.37, 12.345, 999.9, 9999.4, 12_345.6, 99_999.0, 1_234_567.8, 45_678_901.0, 123_456_789.0, 9.87e9]
)
def test_money_is_the_same_in_both_languages(value: float) -> None:
    size = {"K": 1e3, "M": 1e6, "bn": 1e9, "万元": 1e4, "亿元": 1e8, "元": 1.0, "": 1.0}
    english, chinese = numbers.money(value, "CNY", "en"), numbers.money(value, "CNY", "zh")
    one, unit = re.fullmatch(r"CNY ([\d,.]+) ?(\w*)", english).groups()  # type: ignore[union-attr]
    other, name = re.fullmatch(r"([\d,.]+) (\S+)", chinese).groups()  # type: ignore[union-attr]
    told = [float(one.replace(",", "")) * size[unit], float(other.replace(",", "")) * size[name]]
    assert told == pytest.approx([value, value], rel=0.005)


def test_traits_are_told_where_some_customers_are_in_no_class() -> None:
    ids = [f"c{n}" for n in range(140)]
    orders = pd.DataFrame(
        {"customer_id": ids[:130], "ordered_at": pd.Timestamp("2025-01-05"), "amount": [float(1 + n) for n in range(130)]}
    )
    customers = pd.DataFrame({"customer_id": ids, "channel": ["shop"] * 65 + ["web"] * 75})
    client = seglib.open_frames(orders=orders, customers=customers)
    table, result = report.classified(client, "value_tier", settings='{"tiers": "median"}')
    evidence = Evidence(absent={"migration": DataError("No window.")})
    document = report.document(client, result, customers=table, evidence=evidence)
    assert {fact.value for name, fact in document.facts.items() if name.endswith(".trait")} == {"shop", "web"}


def test_without_orders_by_day_no_test_and_no_movement_is_spoken_of() -> None:
    view = View(("top", "rest"))
    view.customers = pd.DataFrame({"spend": range(1000)})
    told = {"class__top__spend": 600.0, "class__rest__spend": 400.0, "all__spend": 1000.0, "all__orders": 9, **sizes(top=0.0, rest=0.0)}
    for lang, says in (("en", "no sales by day"), ("zh", "没有逐日的销售")):
        made = matter(lang, view, client=SimpleNamespace(tables={}), **told)
        assert says in proving.reading(made, ["top", "rest"]).text
        assert says in str(proving.first_gain(matter(lang, view, window__days=365, **told)))
        assert cards.aim(made, "top") is None, "nothing is too small where nothing could be measured"
        assert ("no orders by day" in moving.absent(made)) == (lang == "en")


def test_a_class_that_one_customer_lifts_does_not_head_the_document() -> None:
    facts = money(top=300.0, rest=700.0) | {"largest__spend": 600.0, "largest__spend_share": 0.6}
    view = View(("top", "rest"), ordered=False)
    view.result.assignments = pd.DataFrame({"segment": ["top", "rest", "rest"]})
    view.customers = pd.DataFrame({"spend": [300.0, 600.0, 100.0]})
    assert findings.top_key(matter(view=view, **facts)) == "top"
    lifted = matter(view=view, **facts)
    assert findings.headline(lifted, findings.menu(lifted)).startswith("One customer accounts for 60%")
    even = facts | {"largest__spend": 60.0, "largest__spend_share": 0.06}
    assert findings.top_key(matter(view=view, **even)) == "rest"


def test_where_nobody_bought_twice_no_share_of_movers_is_told() -> None:
    migration = SimpleNamespace(floor=SimpleNamespace(reason=""))
    assert "Nobody bought in both windows" in both(lambda one: moving._stayed(one, migration), move__both=0)
