"""Every kind of chart on every method that asks for it: words with numbers, the same bytes twice, nothing cut off."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from seglib import methods
from seglib.errors import ParameterError
from seglib.report import plots
from seglib.report.plots import _canvas
from seglib.report.view import View

from . import made
from .conftest import view_of

ASKED = [(method, kind) for method in methods.names() for kind in methods.get(method).CHARTS]


def result(method: str, lang: str) -> View:
    return view_of(method, lang)


@cache
def drawn(method: str, kind: str, lang: str) -> tuple[_canvas.Drawing, bytes]:
    """A chart and its picture, made once for all tests."""
    drawing = plots.draw(kind, result(method, lang))
    return drawing, _canvas.png(drawing.figure)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("method", "kind"), ASKED)
def test_a_chart_says_what_it_shows_with_numbers(method: str, kind: str, lang: str) -> None:
    drawing, _ = drawn(method, kind, lang)
    assert any(letter.isdigit() for letter in drawing.alt)
    assert len(drawing.alt) > 40 // (1 + (lang == "zh"))
    assert drawing.caption
    assert "{" not in drawing.alt + drawing.caption
    if lang == "zh":
        assert any("一" <= letter <= "鿿" for letter in drawing.alt)


@pytest.mark.parametrize(("method", "kind"), ASKED)
def test_a_chart_has_the_same_bytes_twice_and_few_of_them(method: str, kind: str) -> None:
    _, first = drawn(method, kind, "en")
    assert first == _canvas.png(plots.draw(kind, result(method, "en")).figure)
    assert len(first) < 60_000


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("method", "kind"), ASKED)
def test_nothing_of_a_chart_touches_the_edge(method: str, kind: str, lang: str) -> None:
    grey = np.asarray(Image.open(io.BytesIO(drawn(method, kind, lang)[1])).convert("L"))
    border = np.concatenate([grey[:2].ravel(), grey[-2:].ravel(), grey[:, :2].ravel(), grey[:, -2:].ravel()])
    assert border.min() > 245


def test_the_alt_text_of_the_bars_follows_the_data() -> None:
    table = made.customers()
    table.loc[table["orders"] > 0, "spend"] = 10.0 + table["orders"]
    flat = View(methods.get("value_tier").segment(table), table, "en", "USD")
    assert plots.draw("class_bars", flat).alt != plots.draw("class_bars", result("value_tier", "en")).alt
    row = flat.result.profile.iloc[0]
    assert (
        f"High value: {row['customers_share'] * 100:.1f}% of customers, {row['spend_share'] * 100:.1f}% of sales"
        in plots.draw("class_bars", flat).alt
    )


def test_concentration_is_read_off_the_customers() -> None:
    table = made.customers(88).assign(orders=1, lifetime_orders=1)
    table["spend"] = [100.0] * 10 + [1.0] * 90
    view = View(methods.get("revenue_contribution").segment(table), table, "en", "USD")
    assert "the top 10% of customers hold 91.7% of sales" in plots.draw("lorenz", view).alt
    assert "largest first: 91.7%, 0.9%" in plots.draw("pareto", view).alt


def test_the_heat_map_counts_every_classified_customer() -> None:
    view = result("rfm", "en")
    n = int(view.inside["customers"].sum())
    assert plots.draw("rf_heatmap", view).alt.startswith(f"Heat-map of {n} customers")


def test_a_quadrant_without_a_second_axis_is_a_histogram() -> None:
    assert plots.draw("quadrant", result("value_tier", "en")).alt.startswith("Histogram of Sales")


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ParameterError, match=r"no chart 'pie'\. There are: class_bars"):
        plots.draw("pie", result("rfm", "en"))


def test_silence_is_drawn_from_its_tables() -> None:
    view = result("value_tier", "en")
    days = np.arange(1, 200, 10)
    details = {
        "survival": pd.DataFrame({"days": days, "silent_share": np.linspace(1, 0.05, len(days))}),
        "silence_curve": pd.DataFrame(
            {"days": [10, 60, 120], "customers": [500, 200, 90], "bought_share": [0.9, 0.6, 0.4], "probability": [0.9, 0.6, 0.4]}
        ),
        "limits": pd.DataFrame({"limit": ["active_days", "churn_days"], "days": [45, 97], "source": ["clock", "clock"]}),
    }
    drawn = plots.draw("silence_curve", View(_with(view.result, details), view.customers, "en", "USD"))
    assert "usual gap: 45 days; long gap: 97 days; silent for 10 days: 90% bought within 92 days" in drawn.alt
    assert "n = 790" in drawn.caption


def test_silence_without_landmarks_still_shows_the_gaps() -> None:
    view = result("value_tier", "en")
    details = {
        "survival": pd.DataFrame({"days": [1, 20, 40], "silent_share": [0.9, 0.3, 0.1]}),
        "silence_curve": pd.DataFrame(columns=["days", "customers", "bought_share", "probability"]),
        "limits": pd.DataFrame({"limit": ["active_days"], "days": [30], "source": ["given"]}),
    }
    drawn = plots.draw("silence_curve", View(_with(view.result, details), view.customers, "en", "USD"))
    assert drawn.alt == "Curve of silence and return. usual gap: 30 days."


def _with(result: object, details: dict) -> object:
    from dataclasses import replace

    return replace(result, details={**result.details, **details})


def test_a_font_with_chinese_is_found_where_there_is_one() -> None:
    from matplotlib import font_manager

    name = _canvas.chinese_font()
    assert name == "" or any(font.name == name for font in font_manager.fontManager.ttflist)
