"""Two axes, two cuts, four classes: every customer a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.report import labels, numbers, palette
from seglib.report.plots import histogram
from seglib.report.plots._canvas import Drawing, canvas, quiet
from seglib.report.plots.histogram import axis_name, name_ticks
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from seglib.scheme import Score


BAND = 0.17  # of the height, for the names


def draw(view: View) -> Drawing:
    """The inputs of the first two scores; each class is named where its customers stand."""
    scores = [score for score in view.result.scheme.scores if not score.hidden]
    if len(scores) < 2:
        return histogram.draw(view)  # a method with one axis switched off has no plane
    across, up = scores[:2]
    frame = _points(view, across.input, up.input)
    figure, axes = canvas(4.2)
    size = 3.5 if len(frame) > 1000 else 6
    for key in view.inside["segment"]:
        own = frame[frame["segment"] == key]
        axes.plot(
            own[across.input], own[up.input], ".", color=view.colour(key), markersize=size, alpha=0.55, markeredgewidth=0, rasterized=True
        )
    for name, score, line in (("x", across, axes.axvline), ("y", up, axes.axhline)):
        logarithmic = _scale(axes, name, frame[score.input])
        axes.set(**{f"{name}label": axis_name(view, score.input, logarithmic=logarithmic)})
        for cut in score.cuts:
            line(cut, color=palette.INK, linewidth=1, linestyle=(0, (4, 2)))
    _make_room(axes)
    _name_classes(view, axes, frame, across, up)
    quiet(axes)
    return Drawing(figure, _alt(view, across, up), _caption(view, frame, across, up))


def _points(view: View, x: str, y: str) -> pd.DataFrame:
    import pandas as pd

    segment = view.result.assignments["segment"].to_numpy()
    frame = pd.DataFrame({x: view.column(x).to_numpy(), y: view.column(y).to_numpy(), "segment": segment})
    return frame[frame["segment"].isin(set(view.inside["segment"]))].dropna()


def _scale(axes: Axes, name: str, values: pd.Series) -> bool:
    """Logarithmic where values spread over more than a factor of twenty; says whether it is."""
    logarithmic = float(values.min()) > 0 and float(values.max()) > 20 * float(values.min())
    if logarithmic:
        axes.set(**{f"{name}scale": "log"})
    name_ticks(axes.xaxis if name == "x" else axes.yaxis)
    return logarithmic


def _make_room(axes: Axes) -> None:
    """Free bands above and below the customers, so that no name hides one."""
    transform = axes.yaxis.get_transform()
    low, high = transform.transform(axes.get_ylim())
    room = BAND * (high - low)
    axes.set_ylim(*transform.inverted().transform([low - room, high + room]))


def _name_classes(view: View, axes: Axes, frame: pd.DataFrame, across: Score, up: Score) -> None:
    """Each class's name in its own corner, outside the crowd around the cuts."""
    x_cut = across.cuts[0] if across.cuts else frame[across.input].median()
    y_cut = up.cuts[0] if up.cuts else frame[up.input].median()
    box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": palette.RULE, "alpha": 0.92}
    for row in view.inside.to_dict("records"):
        own = frame[frame["segment"] == row["segment"]]
        if own.empty:
            continue
        right, above = own[across.input].median() > x_cut, own[up.input].median() > y_cut
        text = view.t(
            "{name}\n{n} customers, {sales} of sales",
            name=view.short(row["segment"]),
            n=numbers.count(row["customers"]),
            sales=numbers.share(row["spend_share"]),
        )
        axes.text(
            0.985 if right else 0.015,
            0.985 if above else 0.015,
            text,
            transform=axes.transAxes,
            ha="right" if right else "left",
            va="top" if above else "bottom",
            fontsize=9,
            bbox=box,
        )


def _alt(view: View, across: Score, up: Score) -> str:
    parts = [
        view.t(
            "{name}: {n} customers, {sales} of sales",
            name=view.short(r["segment"]),
            n=numbers.count(r["customers"]),
            sales=numbers.share(r["spend_share"]),
        )
        for r in view.inside.to_dict("records")
    ]
    joint = "；" if view.lang == "zh" else "; "
    return view.t(
        "Scatter of customers by {x} and {y}. {rows}.",
        x=labels.label(across.input, view.lang),
        y=labels.label(up.input, view.lang),
        rows=joint.join(parts),
    )


def _caption(view: View, frame: pd.DataFrame, across: Score, up: Score) -> str:
    cuts = [view.quantity(score.input, cut) for score in (across, up) for cut in score.cuts]
    return view.t(
        "Every point is a customer (n = {n}); dashed lines are the cuts: {cuts}.", n=numbers.count(len(frame)), cuts=view.listed(cuts)
    )
