"""What every method owes at the edges: a sentence or a failed gate, never a traceback; every spelling; all the words."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable
from functools import lru_cache

import pandas as pd
import pytest
from contract import REGULAR, RULES, STEADY, moved, result_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import LAST_DAY, base, by_id, table

from seglib import methods
from seglib.errors import SeglibError
from seglib.segmentation import Facts, Segmentation, facts_of

# --- the edges: never a traceback, always a sentence or a result that says what is wrong -------------------------------------------------


def line(customer: str, day: str, amount: float, order: str = "") -> dict[str, object]:
    return {"order_id": order or f"{customer}{day}{amount}", "customer_id": customer, "ordered_at": pd.Timestamp(day), "amount": amount}


def many(make: Callable[[int], dict[str, object]], n: int = 150) -> pd.DataFrame:
    return pd.DataFrame([make(number) for number in range(n)])


def everybody(*amounts: float, order: str = "") -> pd.DataFrame:
    """A line of each amount for everybody on one day, in orders of their own or in one."""
    each = [many(lambda i, amount=amount: line(f"c{i:03d}", "2024-11-30", amount, order and order + str(i))) for amount in amounts]
    return pd.concat(each, ignore_index=True)


EDGES: dict[str, Callable[[], pd.DataFrame]] = {
    "one customer, one order": lambda: pd.DataFrame([line("a", "2024-12-01", 9.5)]),
    "one customer, many orders": lambda: many(lambda i: line("a", f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}", 5 + i)),
    "all equal": lambda: everybody(20.0),
    "all bought once": lambda: many(lambda i: line(f"c{i:03d}", f"2024-{1 + i % 12:02d}-15", 1.0 + i)),
    "two kinds": lambda: many(lambda i: line(f"c{i:03d}", "2024-11-30" if i % 2 else "2024-03-01", 20.0 if i % 2 else 80.0)),
    "nobody bought in the window": lambda: many(lambda i: line(f"c{i:03d}", "2023-01-01", 1.0 + i)),
    "all took everything back": lambda: everybody(20.0, -20.0, order="o"),
    "all owe more than they bought": lambda: everybody(5.0, -9.0),
    "net of nought": lambda: everybody(5.0, -5.0),
    "returns alone": lambda: many(lambda i: line(f"c{i:03d}", "2024-11-30", -5.0 - i)),
    "free goods alone": lambda: everybody(0.0),
    "one holds nearly all": lambda: many(lambda i: line(f"c{i:03d}", "2024-11-30", 1e9 if i == 0 else 0.01 + i % 3 / 100)),
}  # fmt: skip


@lru_cache(maxsize=64)
def edge(name: str) -> pd.DataFrame:
    """A strange table as a sample: among all customers there are, a rank stands at any number of them."""
    customers = table(EDGES[name](), 182)
    facts = facts_of(customers)
    customers.attrs["facts"] = Facts(facts, unattributed=facts.unattributed, currency=facts.currency, population="sample")
    return customers


def tried(name: str, customers: pd.DataFrame, **params: object) -> tuple[Segmentation | None, str]:
    """The result of a method, or the sentence in which it refused; anything else is a traceback and fails the test."""
    try:
        result = methods.get(name).segment(customers, **params)
    except SeglibError as fault:
        return None, str(fault)
    assert result.assignments["customer_id"].tolist() == customers["customer_id"].tolist()
    assert moved(name, result.assign(customers), result.assignments) == ""
    findings = result.scheme.check()
    assert findings.loc[findings["level"] == "error", "sentence"].tolist() == [], params
    return result, ""


def says_what_is_wrong(name: str, customers: pd.DataFrame) -> Segmentation | None:
    """The result of a method on a strange table; None where it refused in a sentence."""
    result, sentence = tried(name, customers)
    assert "{" not in sentence
    assert result is not None or len(sentence) > 20
    return result


every_method = pytest.mark.parametrize("name", methods.names())
UNFIT = [name for name in EDGES if name != "one holds nearly all"]


@every_method
@pytest.mark.parametrize("strange", UNFIT)
def test_a_table_that_cannot_be_divided_gives_a_sentence_or_a_failed_gate(name: str, strange: str) -> None:
    result = says_what_is_wrong(name, edge(strange))
    assert result is None or not result.trustworthy


@every_method
def test_nothing_is_drawn_apart_where_all_are_equal(name: str) -> None:
    for strange in ("all equal", "one customer, one order"):
        result = says_what_is_wrong(name, edge(strange))
        assert result is None or result.assignments["segment"].nunique() == 1


@every_method
def test_one_customer_with_nearly_all_the_money_is_said(name: str) -> None:
    result = says_what_is_wrong(name, edge("one holds nearly all"))
    assert result is not None
    assert "one_customer" in set(result.details["warnings"]["warning"]) or not result.trustworthy


@every_method
def test_an_empty_table_gives_a_sentence_or_a_failed_gate(name: str) -> None:
    result = says_what_is_wrong(name, edge("two kinds").iloc[:0])
    assert result is None or not result.trustworthy


@settings(max_examples=3, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 250), st.integers(-3, 5).map(float)), min_size=1, max_size=12))
def test_any_handful_of_order_lines_gives_a_sentence_or_a_result(rows: list[tuple[int, int, float]]) -> None:
    orders = pd.DataFrame([line(f"c{who}", str(LAST_DAY - pd.Timedelta(days=ago)), amount) for who, ago, amount in rows])
    customers = table(orders, 91)
    for name in methods.names():
        says_what_is_wrong(name, customers)


# --- parameters and columns -----------------------------------------------------------------------------------------------------------

SPELLINGS = ("quantile:2", "quantile:4", "quantile:3+own1", "top:10,80,10", "share:0.8,0.95", "mean", "median", "natural:3", "fixed:2,5")


@every_method
def test_every_spelling_of_a_tier_rule_gives_a_sound_result_or_a_sentence(name: str) -> None:
    tiers = [parameter.name for parameter in methods.parameters(name) if parameter.name.endswith("tiers")]
    for parameter in tiers:
        for spelling in SPELLINGS:
            result, sentence = tried(name, base(STEADY), **{parameter: spelling})
            assert result is not None or parameter in sentence or spelling in sentence, (parameter, spelling, sentence)
        with pytest.raises(SeglibError, match="tiers"):
            methods.get(name).segment(base(STEADY), **{parameter: "deciles"})


@every_method
def test_a_value_that_means_nothing_is_refused_by_the_name_of_its_parameter(name: str) -> None:
    for parameter in methods.parameters(name):
        strange = {str: "no such thing", int: -1, float: -1.0}.get(parameter.type)
        if strange is None or (parameter.type is str and parameter.default == "" and not parameter.name.endswith("tiers")):
            continue
        result, sentence = tried(name, base(STEADY), **{parameter.name: strange})
        assert result is None, parameter.name
        assert ("tiers" if parameter.name.endswith("tiers") else parameter.name) in sentence
        assert str(strange) in sentence


@every_method
def test_a_lacking_column_is_named_and_a_repeated_id_refused(name: str) -> None:
    module, customers = methods.get(name), base(STEADY)
    for column in ("customer_id", *module.NEEDS):
        with pytest.raises(SeglibError, match=re.escape(column)):
            module.segment(customers.drop(columns=column.split(methods.OR), errors="ignore"))
    assert methods.lacking(name, customers.columns) == []
    assert methods.lacking(name, ["customer_id"]) == list(module.NEEDS)
    with pytest.raises(SeglibError, match="keep one row a customer"):
        module.segment(pd.concat([customers, customers.iloc[:1]]))


@every_method
def test_what_it_does_not_need_or_use_changes_nothing(name: str) -> None:
    """A table with just the declared columns gives the same classes: nothing else is read behind the reader's back."""
    module, customers = methods.get(name), base(STEADY)
    needs = [column for need in module.NEEDS for column in need.split(methods.OR)]
    declared = ["customer_id", "as_of", "window_days", "gap_75", "gap_95", *needs, *module.USES]
    bare = customers[[column for column in customers.columns if column in declared]]
    bare.attrs = copy.copy(customers.attrs)
    assert moved(name, module.segment(customers).assignments, module.segment(bare).assignments) == ""


@every_method
@pytest.mark.parametrize(
    "held",
    [
        lambda table: table.set_axis([0] * len(table)),
        lambda table: table.set_index(table["customer_id"].rename("n")),
        lambda table: table.convert_dtypes(),
        lambda table: table.astype({"orders": "float32", "lifetime_orders": "object"}),
        lambda table: table.iloc[:, ::-1],
    ],
    ids=["an index of noughts", "ids for an index", "nullable types", "small and loose types", "columns from behind"],
)
def test_how_pandas_holds_the_table_changes_nothing(name: str, held: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    table = held(base(REGULAR))
    result = methods.get(name).segment(table)
    assert moved(name, result.assignments, result_of(name, REGULAR).assignments) == ""
    assert result.assignments.index.equals(table.index)


@every_method
def test_a_missing_value_is_a_class_that_says_so_and_nobody_else_moves(name: str) -> None:
    module, customers = methods.get(name), base(STEADY)
    before = by_id(result_of(name, STEADY).assignments)["segment"]
    outside = set(result_of(name, STEADY).scheme.outside)
    if before.isin(outside).all():
        pytest.skip(f"{name} is refused on so short a history: there is nobody inside to lose a value")
    for column in module.NEEDS:
        if column not in customers or customers[column].dtype != float or customers[column].isna().any():
            continue
        one = before.index[~before.isin(outside)][0]
        after = module.segment(customers.assign(**{column: customers[column].mask(customers["customer_id"] == one)}))
        where = by_id(after.assignments)["segment"]
        assert where[one] in after.scheme.outside, column
        assert where[one].startswith(("unknown_", "too_few_", "no_")), column


@every_method
def test_what_is_unknown_of_orders_is_no_matter_of_a_method_that_does_without_them(name: str) -> None:
    """A blank is no nought, and nobody is thrown out of a classification for want of what it does not read."""
    module, customers = methods.get(name), base(STEADY)
    needs = {column for need in module.NEEDS for column in need.split(methods.OR)}
    blank = ["orders", "lifetime_orders"]
    before = by_id(result_of(name, STEADY).assignments)["segment"]
    inside = before.index[~before.isin(result_of(name, STEADY).scheme.outside)]
    if inside.empty:
        pytest.skip("nobody is in a class of this method here")
    one = inside[0]
    unknown = customers.assign(**{column: customers[column].astype(float).mask(customers["customer_id"] == one) for column in blank})
    after = module.segment(unknown)
    where = by_id(after.assignments)["segment"]
    assert where.drop(one).isin({*after.scheme.classes, *after.scheme.outside, after.scheme.otherwise}).all()
    if needs & set(blank) and name != "coverage_tier":  # an account's history is its money there, which is known
        assert where[one] == "unknown_orders"
    else:
        assert where[one] not in after.scheme.outside


# --- the module and its words -----------------------------------------------------------------------------------------------------------


@every_method
def test_a_module_declares_itself(name: str) -> None:
    module = methods.get(name)
    assert (module.__doc__ or "").splitlines()[0].endswith(".")
    for declared in ("DIMENSIONS", "NEEDS", "USES", "FACTS", "CHARTS"):
        assert isinstance(getattr(module, declared), tuple), declared
    assert isinstance(module.ORDERED, bool)
    assert not set(module.NEEDS) & set(module.USES)
    signature = inspect.signature(module.segment)
    first, *others = signature.parameters.values()
    assert first.name == "customers"
    assert {parameter.kind for parameter in others} <= {inspect.Parameter.KEYWORD_ONLY}
    assert all(type(parameter.default) in (str, int, float, bool) for parameter in others)


@every_method
def test_an_exemption_names_its_rule_and_gives_its_reason(name: str) -> None:
    for rule, reason in getattr(methods.get(name), "EXEMPT", {}).items():
        assert rule in RULES
        assert len(reason.split()) >= 4
        assert reason.endswith(".")


@every_method
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_that_a_reader_sees_has_words(name: str, lang: str) -> None:
    words = methods.words(name)
    for key in ("title", "question", "decides", "not_for", "how"):
        assert words.text(key, lang).strip()
    for parameter in methods.parameters(name):
        assert words.parameter(parameter.name, lang), parameter.name
    scheme = result_of(name, STEADY).scheme
    for score in scheme.scores:
        assert score.hidden or words.axis(score.name, lang) != score.name, score.name
    for segment in (*scheme.classes, *scheme.outside):
        assert words.meaning(segment, lang) not in ("", segment)
        assert 0 < len(words.short(segment, lang)) <= 25
