"""The table of methods by data: its verdicts on small results made by hand, its data sets by their documented totals, its page."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import SimpleNamespace

import pandas as pd
import pytest

from benchmarks import trade_sets, trades
from benchmarks.trades import REASONS, REFUSED, UNUSABLE, USABLE, Cell
from seglib import methods
from seglib.errors import ParameterError


def made(inside: dict[str, int], outside: dict[str, int] | None = None, *, failed: tuple[str, ...] = (), warned: tuple[str, ...] = ()):
    """A result with so many customers in each class, these gates failed and one passed."""
    classes = [(name, n, False) for name, n in inside.items()] + [(name, n, True) for name, n in (outside or {}).items()]
    gates = [("passes_always", True)] + [(gate, False) for gate in failed]
    return SimpleNamespace(
        profile=pd.DataFrame(classes, columns=["segment", "customers", "outside"]),
        gates=pd.DataFrame(gates, columns=["gate", "passed"]),
        details={"warnings": pd.DataFrame({"warning": list(warned)}, dtype=object)},
    )


def test_shape_counts_real_classes_alone():
    result = made({"high": 60, "low": 139, "tiny": 1}, {"no_orders": 200})
    assert trades.shape(result) == (0.5, 2, 139 / 200), "the class with 1 of 200 has less than 1 %"
    assert trades.shape(made({"high": 0}, {"no_orders": 3})) == (0.0, 0, 0.0)


def test_persons_do_not_count_where_firms_are_asked_about():
    assert trades.shape(made({"large": 6, "small": 4}, {"person": 90})) == (1.0, 2, 0.6)
    assert trades.judged(made({"large": 6, "small": 4}, {"person": 80, "unknown_size": 10})) == (USABLE, "")


def test_usable_is_half_inside_and_no_class_above_nine_tenths():
    assert trades.judged(made({"high": 90, "low": 10}, {"no_orders": 100})) == (USABLE, "")
    assert trades.judged(made({"high": 91, "low": 9})) == (UNUSABLE, "91.0% are high")
    verdict, why = trades.judged(made({"high": 50, "low": 49}, {"no_orders": 1, "net_zero": 100}))
    assert (verdict, why) == (UNUSABLE, "50% inside, most are net_zero"), "99 of 200"


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (made({"high": 5, "low": 5}, failed=("bought_once",)), "no repeat"),
        (made({"high": 5, "low": 5}, failed=("same_quarter_and_one_held_out",)), "one season"),
        (made({"high": 20, "low": 20}, {"new": 51, "no_orders": 9}), "one season"),
        (made({"active": 96, "late": 4}, warned=("other", "silence_tells_nothing")), "silence tells nothing"),
        (made({"high": 5, "low": 5}, failed=("differ_beyond_chance",)), "no evidence"),
        (made({"high": 5, "low": 5}, failed=("known_share",)), "mostly unknown"),
        (made({"high": 20, "low": 20}, {"unknown_income": 50, "no_orders": 10}), "mostly unknown"),
        (made({"high": 20, "low": 20}, {"no_response": 60}), "mostly unknown"),
        (made({"high": 5, "low": 5}, failed=("eligible_customers",)), "too few"),
        (made({"one": 95, "more": 5}, warned=("mostly_once",)), "no repeat"),
    ],
)
def test_each_reason_for_a_refusal(result, reason):
    assert trades.judged(result) == (REFUSED, reason)


def test_a_failed_gate_without_a_reason_is_no_refusal():
    assert trades.judged(made({"high": 5, "low": 5}, failed=("bought_once", "made_up"))) == (UNUSABLE, "gate made_up")


def test_a_warning_excuses_no_failed_gate_and_takes_nothing_from_what_is_usable():
    assert trades.judged(made({"one": 5, "more": 5}, warned=("mostly_once",))) == (USABLE, "")
    assert trades.judged(made({"one": 95, "more": 5}, failed=("made_up",), warned=("mostly_once",)))[0] == UNUSABLE


def test_a_cross_of_methods_is_refused_for_the_reason_of_its_part():
    result = made({"high": 5, "low": 5}, failed=("parts_trustworthy",))
    assert trades.judged(result, "silence tells nothing") == (REFUSED, "silence tells nothing")
    assert trades.judged(result) == (UNUSABLE, "gate parts_trustworthy")


def test_reasons_are_of_the_fixed_list_and_gates_are_gates_of_methods():
    given = {*trades.GATES.values(), *trades.WARNINGS.values(), *trades.SENTENCES.values()}
    assert given <= set(REASONS)
    words = [methods.words(name).content for name in methods.names()]
    assert {*trades.GATES, trades.INHERITED} == {gate for one in words for gate in one["gates"]}
    assert set(trades.WARNINGS) <= {warning for one in words for warning in one["warnings"]}


def test_a_sentence_in_place_of_a_result():
    assert trades.refusal(ParameterError("loyalty: there is no clock; say clock: {usual} in client.yml.", usual=30)) == "no repeat"
    assert trades.refusal(ParameterError("loyalty: cuts is {cuts}.", cuts="x")) == ""


def test_gates_that_never_or_always_fail_are_flagged():
    gates = [{"a": True, "b": False, "c": True}, {"a": True, "b": False, "c": False}]
    found = trades.gate_counts([Cell("cdnow", "rfm", gates=one) for one in gates])
    assert found.to_numpy().tolist() == [["a", 2, 0, "never"], ["b", 2, 2, "always"], ["c", 2, 1, ""]]


def test_a_refusal_is_doubtful_where_the_classes_tell_the_next_period():
    told = [("high", 0.5, 0.8, 10.0), ("low", 0.5, 0.5, 1.0)]
    alike = [("high", 0.5, 0.8, 10.0), ("low", 0.5, 0.7, 1.0)]
    cells = [Cell("cdnow", name, verdict=REFUSED, reason="no repeat", outcome=outcome) for name, outcome in (("rfm", told), ("a", alike))]
    assert trades.doubtful([*cells, Cell("cdnow", "rfm", verdict=USABLE, outcome=told)]) == [
        "- `rfm` on CDNOW, no repeat: high 50%: 80%, 10; low 50%: 50%, 1."
    ]


CELLS = [
    Cell("cdnow", "rfm", 1.0, 4, 0.3, {"bought_once": True}, USABLE, "", [("champions", 0.25, 0.9, 1234.5)]),
    Cell("cdnow", "lifecycle", 0.2, 2, 0.9, {"bought_once": False}, REFUSED, "no repeat"),
    Cell("grocery", "income", 0.3, 2, 0.95, {}, UNUSABLE, "95% are high"),
    Cell("grocery", "rfm", 0.9, 5, 0.3, {}, USABLE, ""),
]


def test_the_summary_counts_cells():
    first, published, own, refused = trades.summary(CELLS)
    assert first == "all sets: 2 of 4 cells usable (50%), 75% usable or refused with a reason"
    assert published.startswith("published sets: 1 of 2 cells usable (50%), 100% ")
    assert own.startswith("demo and made market: 1 of 2 cells usable (50%), 50% ")
    assert refused == "refused: no repeat 1"


def test_saved_cells_stand_under_those_just_made():
    saved = {"cells": [asdict(cell) for cell in CELLS], "clocks": [{"set": "cdnow", "last": None}]}
    anew = Cell("cdnow", "rfm", verdict=REFUSED, reason="too few")
    cells, timed = trades.kept(saved, [anew], [{"set": "retail2"}])
    assert [(cell.set, cell.method) for cell in cells] == [
        ("cdnow", "lifecycle"),
        ("cdnow", "rfm"),
        ("grocery", "income"),
        ("grocery", "rfm"),
    ]
    assert cells[1] is anew
    assert cells[2] == CELLS[2]
    assert [one["set"] for one in timed] == ["retail2", "cdnow"]


def check_tables(text: str) -> int:
    """Tables on the page; every row has as many cells as its head."""
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    for block in tables:
        rows = block.strip().splitlines()
        assert set(rows[1]) <= set("|-: "), rows[1]
        assert {row.count("|") for row in rows} == {rows[0].count("|")}, block[:200]
        assert all(row.startswith("| ") and row.endswith(" |") for row in rows)
    return len(tables)


def test_the_page_has_a_row_for_every_cell(tmp_path, monkeypatch):
    monkeypatch.setattr(trades, "BEFORE", tmp_path / "before.json")
    outcome = [["champions", 0.5, 0.6, 10]]
    earlier = [{"set": "cdnow", "method": "rfm", "verdict": UNUSABLE, "outcome": outcome}, {"set": "x", "method": "rfm", "verdict": USABLE}]
    trades.BEFORE.write_text(json.dumps(earlier), encoding="utf-8")
    timed = [{"set": "cdnow", "last": [173.0, 383.0], "before": None, "stages": []}, {"set": "grocery"}]
    text = trades.page(CELLS, timed, ["airline"])
    assert check_tables(text) == 6, "methods, clocks, gates, beside, two sets"
    assert "gave the same cells: 0 of 1 usable, 0 usable or refused." in text
    assert "| `rfm` | CDNOW | champions 50%: 60%, 10 | champions 25%: 90%, 1,234 |" in text
    assert "| `rfm` | usable |  | champions 25%: 90%, 1,234 | 100% | 4 | 30% |" in text
    assert "| `lifecycle` | refused: no repeat | `bought_once` |  | 20% | 2 | 90% |" in text
    assert "- `income` on grocery demo: 95% are high." in text
    assert "| CDNOW | 173, 383 | – |  | – |  |" in text
    assert "Not here, so not tried: airline." in text


def test_the_page_in_the_docs_is_well_formed():
    if not trades.PAGE.exists():
        pytest.skip("docs/methods-by-data.md is not written yet: python -m benchmarks.trades --write")
    text = trades.PAGE.read_text(encoding="utf-8")
    sets = [trade for trade in trade_sets.SETS if f"## {trade.title}\n" in text]
    assert check_tables(text) == 4 + len(sets)
    named = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `") and "refused: " in line}
    assert named <= {*methods.names()}
    assert {line.split("refused: ")[1].split(" |")[0] for line in text.splitlines() if "| refused: " in line} <= set(REASONS)


# Money that the publishers give, by key of the set.
MONEY = {
    "retail1": 9_747_747.934,
    "resellers": 80_450_596.98,
    "works_b2c": 29_358_677.22,
    "rfm_data": 464_158,
    "wholesale": 5_280_131 + 2_550_357 + 3_498_562 + 1_351_650 + 1_267_857 + 670_943,
    "personality": 1_356_988,
    "telco": 16_056_168.70,
}


@pytest.mark.corpus
@pytest.mark.parametrize("trade", [trade for trade in trade_sets.SETS if trade.files], ids=lambda trade: trade.key)
def test_totals_of_the_published_sets(trade, shared):
    if trade.absent(shared):
        pytest.skip(f"{trade.absent(shared)[0]} is not among the published data")
    client = trade.load(shared)
    ladder = client.ladder(window_days=4000)
    main = "orders" if "orders" in client.tables else "customers"
    used = ladder[(ladder["table"] == main) & ladder["step"].isin(["used", "unattributed"])]
    if trade.rows:
        assert used["rows"].sum() == trade.rows
    if trade.customers:
        assert len(client.customers(columns=[])) == trade.customers
    if trade.key in MONEY and main == "orders":
        assert float(used["amount"].sum()) == pytest.approx(MONEY[trade.key], abs=0.005)
    elif trade.key in MONEY:
        assert client.customers(columns=["spend"])["spend"].sum() == pytest.approx(MONEY[trade.key], abs=0.005)
    assert trade.load.__doc__


def test_what_is_made_up_is_not_judged(shared):
    """Choices without dates: a class of time would be one of the dates we gave them."""
    panel = next(trade for trade in trade_sets.SETS if trade.key == "yogurt")
    if panel.absent(shared):
        pytest.skip(f"{panel.absent(shared)[0]} is not among the published data")
    trial = trades.Trial(panel, panel.load(shared))
    assert not {"lifecycle", "rfm", "loyalty", "composite"} & set(trial.names)
    assert {"value_tier", "needs", "product_preference"} <= set(trial.names)
    assert not trial.has_next
    cell = trial.cell("value_tier")
    assert (cell.verdict, cell.classes, cell.inside) == (USABLE, 3, 1.0)
    assert trial.cell("value_tier") is cell


@pytest.mark.corpus
@pytest.mark.parametrize("key", ["rfm_data", "resellers", "smcrm"])
def test_clocks_and_chances_of_return_hold_to_their_reference(key, shared):
    """Gaps within two days, shares within three points."""
    trade = next(trade for trade in trade_sets.SETS if trade.key == key)
    if trade.absent(shared):
        pytest.skip(f"{trade.absent(shared)[0]} is not among the published data")
    found = trades.clocks(trades.Trial(trade, trade.load(shared)))
    assert found["last"] == pytest.approx(trade.clock.last, abs=2)
    assert found["before"] == pytest.approx(trade.clock.before, abs=2)
    for own, reference in zip(found["stages"], trade.stages, strict=True):
        assert own == pytest.approx(reference, abs=3)
    assert found["returns"]["rates"] == pytest.approx(trade.returns.rates, abs=3)
    assert found["returns"]["horizon"] == trade.returns.horizon


def test_sets_have_keys_of_their_own():
    keys = [trade.key for trade in trade_sets.SETS]
    assert len(set(keys)) == len(keys)
    assert set(trades.OWN) <= set(keys)
