"""How unevenly sales are spread over the customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.report import numbers, palette
from seglib.report.plots._canvas import PLAIN, Drawing, canvas, percent_axis, quiet
from seglib.report.view import View

if TYPE_CHECKING:
    import numpy as np

MARKS = (0.1, 0.2, 0.5)  # shares of customers whose share of sales is written at the curve


def draw(view: View) -> Drawing:
    """Cumulated sales over cumulated customers, largest first, against an even spread."""
    shares = _cumulated(view)
    figure, axes = canvas(3.6)
    reached = [i / (len(shares) - 1) for i in range(len(shares))]
    axes.plot(reached, shares, color=palette.colour("top"), linewidth=2)
    axes.plot([0, 1], [0, 1], color=palette.MUTED, linewidth=1, linestyle=(0, (4, 2)))
    axes.text(0.8, 0.74, view.t("even spread"), color=palette.MUTED, fontsize=9, va="top")
    for mark in MARKS:
        value = _at(shares, mark)
        axes.plot([mark], [value], "o", color=palette.colour("top"), markersize=5)
        text = view.t("top {customers} of customers: {sales}", customers=numbers.share(mark), sales=numbers.share(value))
        axes.annotate(text, (mark, value), (9, -5), textcoords="offset points", fontsize=9.5, va="top", bbox=PLAIN)
    axes.set_xlim(0, 1.005)
    axes.set_ylim(0, 1.03)
    percent_axis(axes.xaxis)
    percent_axis(axes.yaxis)
    axes.set_xlabel(view.t("Customers, largest first"))
    axes.set_ylabel(view.t("Share of sales"))
    quiet(axes)
    return Drawing(figure, _alt(view, shares), _caption(view, len(shares) - 1))


def _cumulated(view: View) -> np.ndarray:
    """Share of sales of the 0, 1, 2 … largest customers; net negative ones are no part of a spread."""
    import numpy as np

    spend = view.classified("spend")
    spend = np.sort(spend[spend >= 0].to_numpy(float))[::-1]
    total = spend.sum()
    return np.concatenate([[0.0], np.cumsum(spend) / (total or 1.0)])


def _at(shares: np.ndarray, mark: float) -> float:
    return float(shares[round(mark * (len(shares) - 1))])


def _gini(view: View) -> float:
    fit = view.result.fit
    return float(fit["gini"]) if "gini" in fit else float("nan")


def _alt(view: View, shares: np.ndarray) -> str:
    marks = [
        view.t("the top {customers} of customers hold {sales} of sales", customers=numbers.share(m), sales=numbers.share(_at(shares, m)))
        for m in MARKS
    ]
    return view.t("Concentration curve of {n} customers: {marks}.", n=numbers.count(len(shares) - 1), marks=view.listed(marks))


def _caption(view: View, n: int) -> str:
    gini = _gini(view)
    if gini != gini:
        return view.t("Sales cumulated over customers, largest first (n = {n}).", n=numbers.count(n))
    return view.t(
        "Sales cumulated over customers, largest first (n = {n}). Gini {gini}: 0 is an even spread, 1 is all sales in one customer.",
        n=numbers.count(n),
        gini=f"{gini:.3f}",
    )
