"""Lists for people open safely; lists for machines are unchanged, or refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from seglib.errors import ParameterError
from seglib.report import exports

LIST = pd.DataFrame(
    {"customer_id": ["=1+1", "b", "-c", "甲"], "label": ["x", "+86 138", "@y", "-12.5"], "spend": [-1.5, 2.0, 3.0, 4.0]},
    index=[7, 8, 9, 10],
)


def test_people_get_texts_that_calculate_nothing(tmp_path: Path) -> None:
    before = LIST.copy()
    assert exports.write(LIST, tmp_path / "a.csv").empty
    text = (tmp_path / "a.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert text.decode("utf-8-sig").split("\r\n")[1:5] == ["'=1+1,x,-1.5", "b,+86 138,2.0", "'-c,'@y,3.0", "甲,-12.5,4.0"]
    pd.testing.assert_frame_equal(LIST, before)


def test_machines_get_every_value_as_it_is_and_nothing_dangerous(tmp_path: Path) -> None:
    refused = exports.write(LIST, tmp_path / "a.csv", "machine")
    assert (tmp_path / "a.csv").read_bytes().decode() == "customer_id,label,spend\nb,+86 138,2.0\n甲,-12.5,4.0\n"
    assert refused.to_numpy().tolist() == [[1, "customer_id", "=1+1"], [3, "customer_id", "-c"], [3, "label", "@y"]]


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "＝1+1", "-2+A1", "\0x"])
def test_every_beginning_of_a_formula_is_known(text: str) -> None:
    assert exports.dangerous(text)


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="mode of an export is 'excel'; it can be: human, machine"):
        exports.write(LIST, tmp_path / "a.csv", "excel")
    assert not (tmp_path / "a.csv").exists()
