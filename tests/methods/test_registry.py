"""Methods are found from their folder; what they are called, need and take is told without running them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from seglib import methods
from seglib.errors import ParameterError, TableError
from seglib.methods import Parameter

CUSTOMERS = pd.DataFrame({"customer_id": ["a", "b"], "orders": [1, 2], "spend": [1.0, 2.0]})


def test_a_method_is_a_module_and_a_words_file_of_one_name() -> None:
    assert methods.names() == sorted(methods.names())
    assert {"lifecycle", "purchase_frequency", "revenue_contribution", "rfm", "ticket_size", "value_tier"} <= set(methods.names())
    for name in methods.names():
        assert (methods.FOLDER / f"{name}.yml").exists()
        assert methods.get(name).__name__ == f"seglib.methods.{name}"


def test_a_method_that_lies_in_the_folder_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("own.py", "_helper.py", "own.yml", "notes.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    monkeypatch.setattr(methods, "FOLDER", tmp_path)
    assert methods.names() == ["own"]


@pytest.mark.parametrize(
    ("asked", "near"), [("RFM", "rfm"), ("value_tiers", "value_tier"), ("ticket", "ticket_size"), ("lifecicle", "lifecycle")]
)
def test_a_name_that_is_not_there_is_answered_with_the_nearest(asked: str, near: str) -> None:
    with pytest.raises(ParameterError) as caught:
        methods.get(asked)
    assert str(caught.value) == f"there is no method {asked!r}; did you mean {near!r}? There are: {', '.join(methods.names())}."


def test_a_name_like_no_other_is_answered_with_all() -> None:
    with pytest.raises(ParameterError) as caught:
        methods.get("xyz")
    assert str(caught.value) == f"there is no method 'xyz'. There are: {', '.join(methods.names())}."


def test_parameters_are_read_from_the_signature_with_their_help() -> None:
    found = methods.parameters("value_tier")
    assert found == [
        Parameter("basis", str, "spend", methods.words("value_tier").parameter("basis", "en")),
        Parameter("tiers", str, "top:20,30,50", methods.words("value_tier").parameter("tiers", "en")),
    ]
    assert [parameter.type for parameter in methods.parameters("lifecycle")] == [int, int, int, str]


def test_lacking_names_what_is_needed_and_not_there() -> None:
    assert methods.lacking("rfm", ["customer_id", "spend"]) == ["days_since_last_order", "orders"]
    assert methods.lacking("value_tier", CUSTOMERS.columns) == []


@pytest.mark.parametrize("name", methods.names())
def test_what_is_declared_can_be_read_without_importing(name: str) -> None:
    declared, module = methods.declared(name), methods.get(name)
    assert declared["summary"] == (module.__doc__ or "").splitlines()[0]
    for constant in ("DIMENSIONS", "NEEDS", "USES", "FACTS", "CHARTS", "ORDERED"):
        assert declared[constant] == getattr(module, constant)


def test_a_table_without_what_is_needed_is_answered_with_near_names() -> None:
    with pytest.raises(TableError) as caught:
        methods.get("value_tier").segment(CUSTOMERS.rename(columns={"spend": "spent"}))
    assert str(caught.value) == (
        "value_tier needs columns that the customer table lacks: spend | lifetime_spend (spent?). It has: customer_id, orders, spent."
    )


def test_repeated_and_missing_ids_are_refused() -> None:
    with pytest.raises(TableError) as caught:
        methods.get("value_tier").segment(pd.concat([CUSTOMERS, CUSTOMERS.iloc[:1], CUSTOMERS.assign(customer_id=None).iloc[:1]]))
    assert str(caught.value) == ("value_tier: customer table: 1 rows without customer_id, 1 rows share one (a); keep one row a customer.")


def test_what_is_no_table_is_refused() -> None:
    for strange in (None, [1, 2], {"customer_id": ["a"]}):
        with pytest.raises(TableError, match="value_tier takes a customer table"):
            methods.get("value_tier").segment(strange)
