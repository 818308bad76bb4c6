"""How a quantity is spread over the customers, and where the cuts fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.report import labels, numbers, palette
from seglib.report.plots._canvas import Drawing, canvas, quiet
from seglib.report.view import View

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axis import Axis

BARS = 40


def draw(view: View) -> Drawing:
    """The quantity that the first shown score reads, with that score's cuts as labelled lines."""
    import numpy as np

    score = next(score for score in view.result.scheme.scores if not score.hidden)
    values = view.classified(score.input)
    positive = values[values > 0]
    logarithmic = len(positive) > 0.99 * len(values) and float(positive.max()) > 20 * float(positive.median())
    shown = positive if logarithmic else values
    edges = _edges(shown.to_numpy(float), logarithmic)
    counts, _ = np.histogram(shown, edges)
    figure, axes = canvas(3.1)
    axes.stairs(counts, edges, fill=True, color=palette.colour("good"), alpha=0.8)
    if logarithmic:
        axes.set_xscale("log")
    name_ticks(axes.xaxis)
    top = float(counts.max()) * 1.3
    axes.set_ylim(0, top)
    cuts = [cut for cut in score.cuts if edges[0] <= cut <= edges[-1]]
    for place, cut in enumerate(cuts):
        axes.axvline(cut, color=palette.INK, linewidth=1.2, linestyle=(0, (4, 2)))
        height = top * (0.98 - 0.075 * (place % 3))
        axes.annotate(view.quantity(score.input, cut), (cut, height), (4, 0), textcoords="offset points", va="top", fontsize=9)
    axes.set_xlabel(axis_name(view, score.input, logarithmic=logarithmic))
    axes.set_ylabel(view.t("Customers"))
    quiet(axes)
    return Drawing(figure, _alt(view, score.input, shown, score.cuts), _caption(view, shown))


def _edges(values: np.ndarray, logarithmic: bool) -> np.ndarray:
    import numpy as np

    data = np.asarray(values, float)
    low, high = float(data.min()), float(data.max())
    if logarithmic:
        return np.geomspace(low, high * 1.0001, BARS + 1)
    high = max(high, low + 1)
    if float(np.abs(data - data.round()).max()) == 0 and high - low < 3 * BARS:
        step = max(1, int(np.ceil((high - low + 1) / BARS)))
        return np.arange(low - 0.5, high + step, step)
    return np.linspace(low, high, BARS + 1)


def name_ticks(axis: Axis) -> None:
    """Plain numbers at the ticks; their unit stands in the axis's name."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}" if value < 1 else f"{value:,.0f}"))
    axis.set_minor_formatter(NullFormatter())


def axis_name(view: View, column: str, *, logarithmic: bool) -> str:
    """The axis's name with unit: "Sales (USD, logarithmic scale)"."""
    unit = numbers.currency_name(view.currency, view.lang) if numbers.kind(column).startswith("money") else ""
    extra = [*filter(None, [unit]), *([view.t("logarithmic scale")] if logarithmic else [])]
    return labels.with_unit(column, view.lang, view.listed(extra))


def _alt(view: View, column: str, values: pd.Series, cuts: tuple[float, ...]) -> str:
    low, middle, high = (view.quantity(column, float(values.quantile(q))) for q in (0.1, 0.5, 0.9))
    lines = view.listed([view.quantity(column, cut) for cut in cuts])
    text = view.t(
        "Histogram of {what} for {n} customers: one in ten below {low}, half below {middle}, one in ten above {high}.",
        what=labels.label(column, view.lang),
        n=numbers.count(len(values)),
        low=low,
        middle=middle,
        high=high,
    )
    return text + (" " if view.lang == "en" else "") + view.t("Cuts at {cuts}.", cuts=lines) if cuts else text


def _caption(view: View, values: pd.Series) -> str:
    return view.t("Spread over the customers (n = {n}); dashed lines are the cuts between classes.", n=numbers.count(len(values)))
