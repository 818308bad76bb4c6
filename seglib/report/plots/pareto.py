"""Sales by tenths of the customers, largest first, with the running total."""

from __future__ import annotations

import itertools

from seglib.report import numbers, palette
from seglib.report.plots._canvas import Drawing, canvas, percent_axis, quiet
from seglib.report.plots.lorenz import _cumulated
from seglib.report.view import View

LINES = (0.80, 0.95)


def draw(view: View) -> Drawing:
    """A bar a tenth of the customers; the line adds them up; dashed lines at 80 and 95 per cent."""
    shares = _cumulated(view)
    n = len(shares) - 1
    parts = min(10, n)
    ends = [float(shares[round(part * n / parts)]) for part in range(parts + 1)]
    bars = [after - before for before, after in itertools.pairwise(ends)]
    figure, axes = canvas(3.4)
    places = range(1, parts + 1)
    axes.bar(places, bars, color=palette.colour("good"), edgecolor=palette.MUTED, linewidth=0.5, width=0.75)
    axes.plot(places, ends[1:], "o-", color=palette.colour("top"), markersize=4, linewidth=1.8)
    for place, bar, end in zip(places, bars, ends[1:], strict=True):
        # the running total starts on the first bar: its number stands inside
        inside = place == 1 and bar > 0.1
        height, ink = (bar - 0.02, palette.PAPER) if inside else (bar + 0.012, palette.INK)
        axes.text(place, height, numbers.share(bar), ha="center", va="top" if inside else "bottom", fontsize=8.5, color=ink)
        if place in (2, 5):
            axes.annotate(numbers.share(end), (place, end), (-4, 5), textcoords="offset points", ha="right", fontsize=9.5, weight="bold")
    for line in LINES:
        axes.axhline(line, color=palette.MUTED, linewidth=1, linestyle=(0, (4, 2)))
        axes.text(parts + 0.62, line - 0.012, numbers.share(line), ha="right", va="top", fontsize=9, color=palette.MUTED)
    axes.set_ylim(0, 1.06)
    axes.set_xlim(0.4, parts + 0.65)
    axes.set_xticks(places)
    percent_axis(axes.yaxis)
    axes.set_xlabel(view.t("Tenths of the customers, largest first"))
    axes.set_ylabel(view.t("Share of sales"))
    quiet(axes)
    alt = view.t(
        "Bars of sales by tenths of {n} customers, largest first: {bars}. Running total after two tenths: {two}; after five: {five}.",
        n=numbers.count(n),
        bars=view.listed([numbers.share(bar) for bar in bars]),
        two=numbers.share(ends[min(2, parts)]),
        five=numbers.share(ends[min(5, parts)]),
    )
    caption = view.t("Bars: share of sales of each tenth of the customers (n = {n}). Line: running total.", n=numbers.count(n))
    return Drawing(figure, alt, caption)
