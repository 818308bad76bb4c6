from __future__ import annotations

import pytest

from seglib.errors import ParameterError
from seglib.report import parameters


def notebook(source: str, *tags: str) -> dict:
    return {"cells": [{"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}}]}


CELL = 'tiers: str = "a=b # no comment"  # tier rule\nk: int = 4\nshare: float = 1  # of all\nopen: bool = False  # is it'


def read(source: str = CELL) -> list[parameters.CellParameter]:
    return parameters.read(notebook(source, "parameters"), "x")


def test_reads_name_type_default_and_help_of_every_line() -> None:
    found = [(p.name, p.type, p.default, p.help) for p in read()]
    assert found == [
        ("tiers", "str", "a=b # no comment", "tier rule"),
        ("k", "int", 4, ""),
        ("share", "float", 1, "of all"),
        ("open", "bool", False, "is it"),
    ]


@pytest.mark.parametrize("tags", [(), ("parameters", "parameters")])
def test_wants_exactly_one_tagged_cell(tags: tuple[str, ...]) -> None:
    book = {"cells": [cell for tag in tags or ("other",) for cell in notebook(CELL, tag)["cells"]]}
    with pytest.raises(ParameterError, match=f"{len(tags)} cells are tagged 'parameters'"):
        parameters.read(book, "x")


@pytest.mark.parametrize("line", ["k = 4", "k: int = 2 * 2", "k: int | None = None", "k: list = [1]", "print(1)", "k: int = 'four'"])
def test_refuses_a_line_that_is_no_parameter(line: str) -> None:
    with pytest.raises(ParameterError, match="the parameters cell says"):
        read(line)


def test_text_is_read_in_the_type_of_the_parameter() -> None:
    given = {"k": "5", "share": "0.5", "open": "yes", "tiers": "mean"}
    assert parameters.check(read(), given, "x") == {"k": 5, "share": 0.5, "open": True, "tiers": "mean"}


def test_a_whole_number_may_stand_for_a_float_and_nothing_else_is_bent() -> None:
    assert parameters.check(read(), {"share": 2}, "x") == {"share": 2.0}
    for value in ("2.5", 2.5, True, None):
        with pytest.raises(ParameterError, match=r"k is .* must be of type int"):
            parameters.check(read(), {"k": value}, "x")


def test_an_unknown_name_is_refused_with_the_near_one() -> None:
    with pytest.raises(ParameterError, match="x has no parameter 'tierz'; did you mean 'tiers'"):
        parameters.check(read(), {"tierz": "mean"}, "x")


def test_an_unknown_name_with_nothing_near_gets_all_names() -> None:
    with pytest.raises(ParameterError, match=r"x has no parameter 'zzz'\. It has: k, open, share, tiers"):
        parameters.check(read(), {"zzz": 1}, "x")


def test_plain_names_go_to_every_method_that_has_them_and_dotted_ones_to_one() -> None:
    known = {"rfm": ["tiers", "basis"], "value_tier": ["tiers"]}
    found = parameters.share_out({"tiers": "mean", "rfm.basis": "spend"}, known)
    assert found == {"rfm": {"tiers": "mean", "basis": "spend"}, "value_tier": {"tiers": "mean"}}


def test_a_method_that_does_not_run_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"for the method 'rmf', which does not run here; these run: rfm\. \(rfm\?\)"):
        parameters.share_out({"rmf.tiers": "mean"}, {"rfm": ["tiers"]})


def test_a_name_nobody_has_is_refused() -> None:
    with pytest.raises(ParameterError, match="no parameter 'tierz'; did you mean 'tiers'"):
        parameters.share_out({"tierz": "mean"}, {"rfm": ["tiers"], "value_tier": ["tiers"]})


@pytest.mark.parametrize("value", ["plain", 'with "quotes" and \\ and #', 3, 2.5, True, "", "重要"])
def test_a_literal_reads_back_as_the_same_value(value: object) -> None:
    kind = type(value).__name__
    assert read(f"x: {kind} = {parameters.literal(value)}  # help")[0].default == value
