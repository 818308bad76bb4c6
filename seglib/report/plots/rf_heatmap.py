"""How lately against how often: how many customers stand in each cell, and what one of them spends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib.report import numbers, palette
from seglib.report.plots._canvas import Drawing, canvas
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd


def draw(view: View) -> Drawing:
    """Cells of R (columns) and F (rows): the number is customers, the shade their mean spend."""
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm

    counts, means = _cells(view)
    figure, axes = canvas(1.1 + 0.62 * len(counts))
    shades = LinearSegmentedColormap.from_list("shades", list(palette.RAMP))
    scale = PowerNorm(0.5, vmin=0, vmax=float(means.max().max()))
    axes.imshow(means.fillna(0), cmap=shades, norm=scale, aspect="auto")
    for row in range(len(counts)):
        for column in range(len(counts.columns)):
            mean = float(means.iat[row, column])
            _write(axes, (column, row), int(counts.iat[row, column]), _money(view, means, mean), shades(scale(mean)))
    axes.set_xticks(range(len(counts.columns)), [str(score) for score in counts.columns])
    axes.set_yticks(range(len(counts)), [str(score) for score in counts.index])
    axes.set_xlabel(view.t("{axis}: score, high is better", axis=view.axis("R")))
    axes.set_ylabel(view.t("{axis}: score", axis=view.axis("F")))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return Drawing(figure, _alt(view, counts, means), _caption(view, counts))


def _cells(view: View) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers and mean spend by F (best first) and R."""
    result = view.result
    frame = result.assignments[["R", "F", "segment"]].assign(spend=view.customers["spend"].to_numpy())
    frame = frame[~frame["segment"].isin(result.scheme.outside)].dropna(subset=["R", "F"])
    grouped = frame.groupby([frame["F"].astype(int), frame["R"].astype(int)])["spend"]
    counts = grouped.size().unstack(fill_value=0).sort_index(ascending=False)
    return counts, grouped.mean().unstack().reindex_like(counts)


def _money(view: View, means: pd.DataFrame, mean: float) -> str:
    """What one customer spends, in the one unit that all cells are written in."""
    return numbers.money(mean, view.currency, view.lang, numbers.each_scale(means.stack(), view.lang))


def _write(axes: Any, place: tuple[int, int], count: int, money: str, shade: Any) -> None:
    from matplotlib.colors import to_hex

    if not count:
        return
    ink = palette.ink_on(to_hex(shade))
    x, y = place
    axes.text(x, y - 0.14, numbers.count(count), ha="center", va="center", color=ink, fontsize=11)
    axes.text(x, y + 0.24, money, ha="center", va="center", color=ink, fontsize=8)


def _alt(view: View, counts: pd.DataFrame, means: pd.DataFrame) -> str:
    best = int(counts.iat[0, -1])
    f_most, r_most = counts.stack().idxmax()
    return view.t(
        "Heat-map of {n} customers by recency and frequency score. Largest cell: R {r}, F {f} with {most} customers. "
        "Best cell (R {top_r}, F {top_f}): {best} customers, mean spend {mean}.",
        n=numbers.count(int(counts.to_numpy().sum())),
        r=r_most,
        f=f_most,
        most=numbers.count(int(counts.max().max())),
        top_r=counts.columns[-1],
        top_f=counts.index[0],
        best=numbers.count(best),
        mean=_money(view, means, float(means.iat[0, -1])) if best else numbers.MISSING,
    )


def _caption(view: View, counts: pd.DataFrame) -> str:
    return view.t(
        "Customers by recency score (across) and frequency score (up), n = {n}. Large number: customers; small number, shade: mean spend.",
        n=numbers.count(int(counts.to_numpy().sum())),
    )
