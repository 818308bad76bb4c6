"""Errors on a page: what was found is told, what only a programmer can do is not."""

from __future__ import annotations

import re

import pytest

from seglib.errors import DataError, SchemeError
from seglib.report.reasons import plain, reason

LATER = "{method}: the result to move from is of {before}, later than {after}; ask the later result: later.moved_from(earlier)."
LENGTH = (
    "{method}: the definition was made on a window of {signed} days, the table looks back on {found}. "
    "Build it with client.customers(window_days={signed})."
)


def test_a_remedy_in_code_stays_off_the_page():
    error = SchemeError(LATER, method="rfm", before="2025-06-30", after="2024-12-31")
    assert "moved_from(" in error.text("en")
    assert reason(error, "en") == "Rfm: the result to move from is of 2025-06-30, later than 2024-12-31."
    assert reason(error, "zh") == "Rfm：作为起点的结果截至 2025-06-30，晚于 2024-12-31。"


def test_a_remedy_of_another_kind_stays():
    error = DataError("nobody stands in either list of classes, so nobody can have moved.")
    assert reason(error, "en") == "Nobody stands in either list of classes, so nobody can have moved."
    assert plain("The share was 3.5 % (e.g. of orders). Sign anew with --refit.", "en").endswith("Sign anew with --refit.")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_call_and_no_argument_is_left(lang: str):
    error = SchemeError(LENGTH, method="loyalty", signed=365, found=182)
    told = reason(error, lang)
    assert "365" in told
    assert not re.search(r"\(|=", told)
    assert plain("before= needs one number above or at 0 for each of the 3 classes.", lang) == ""
