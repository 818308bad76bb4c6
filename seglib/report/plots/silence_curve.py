"""After how long a silence customers still come back, and where the limits of the lifecycle stand on that curve."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from seglib.report import numbers, palette
from seglib.report.plots._canvas import PLAIN, Drawing, canvas, percent_axis, quiet
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TOP = 1.27  # of the axis, room for the names of the limits above the curves
FEWEST = 10  # customers behind a dot; a day with one customer jumps between none and all
BEYOND = 30  # customers silent so long or longer; the curve ends where fewer are left
HORIZON = 92  # days within which a silent customer's return is counted


def draw(view: View) -> Drawing:
    """Share of gaps longer than so many days; the chance of an order after so long a silence; the limits as dashed lines."""
    survival, curve, limits = (_detail(view, name) for name in ("survival", "silence_curve", "limits"))
    if len(curve):
        curve = curve[curve["customers"][::-1].cumsum()[::-1] >= BEYOND]
    figure, axes = canvas(3.6)
    end = _end(survival, curve, limits)
    if len(survival):
        shown = survival[survival["days"] <= end]
        axes.step(shown["days"], shown["silent_share"], where="post", color=palette.colour("good"), linewidth=2)
        _name(axes, shown, "silent_share", view.t("gaps longer than this"), palette.colour("good"), 0.22)
    if len(curve):
        seen = curve[curve["customers"] >= FEWEST]
        axes.plot(seen["days"], seen["bought_share"], "o", color=palette.colour("slipping"), markersize=3.5, markeredgewidth=0)
        axes.plot(curve["days"], curve["probability"], color=palette.colour("lost"), linewidth=2)
        _name(
            axes, curve, "probability", view.t("silent for this long, and bought within {n} days", n=HORIZON), palette.colour("lost"), 0.55
        )
    for place, row in enumerate(limits.sort_values("days", ascending=False).to_dict("records")):
        axes.axvline(row["days"], color=palette.INK, linewidth=1.2, linestyle=(0, (4, 2)))
        # one above the other, so that near limits do not write over each other
        spot = (row["days"], TOP - 0.01 - 0.11 * place)
        axes.annotate(_limit(view, row), spot, (4, 0), textcoords="offset points", va="top", fontsize=9, bbox=PLAIN)
    axes.set_xlim(0, end)
    axes.set_ylim(0, TOP)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    percent_axis(axes.yaxis)
    axes.set_xlabel(view.t("Days"))
    quiet(axes)
    return Drawing(figure, _alt(view, survival, curve, limits), _caption(view, curve))


def _detail(view: View, name: str) -> pd.DataFrame:
    import pandas as pd

    return view.result.details.get(name, pd.DataFrame())


def _end(survival: pd.DataFrame, curve: pd.DataFrame, limits: pd.DataFrame) -> float:
    """Where the axis ends: past the limits and the curve, not at the longest gap there ever was."""
    ends = [float(limits["days"].max()) * 2 if len(limits) else 0, float(curve["days"].max()) * 1.05 if len(curve) else 0]
    if max(ends) == 0 and len(survival):
        return float(survival["days"].max())
    return max(ends)


def _name(axes: Axes, frame: pd.DataFrame, column: str, text: str, colour: str, share: float) -> None:
    """Write a curve's name beside it, a given part of the way along."""
    row = frame.iloc[min(len(frame) - 1, int(share * len(frame)))]
    axes.annotate(text, (row["days"], row[column]), (6, 6), textcoords="offset points", fontsize=9.5, color=colour)


def _limit(view: View, row: Mapping[Hashable, Any]) -> str:
    days = numbers.days(float(row["days"]), view.lang)
    return view.t("usual gap: {days}", days=days) if row["limit"] == "active_days" else view.t("long gap: {days}", days=days)


def _alt(view: View, survival: pd.DataFrame, curve: pd.DataFrame, limits: pd.DataFrame) -> str:
    parts = [_limit(view, row) for row in limits.to_dict("records")]
    if len(curve):
        for place in (0, len(curve) // 2, len(curve) - 1):
            row = curve.iloc[place]
            parts.append(
                view.t(
                    "silent for {days}: {share} bought within {n} days",
                    days=numbers.days(float(row["days"]), view.lang),
                    share=numbers.share(float(row["probability"])),
                    n=HORIZON,
                )
            )
    joint = "；" if view.lang == "zh" else "; "
    return view.t("Curve of silence and return. {parts}.", parts=joint.join(parts))


def _caption(view: View, curve: pd.DataFrame) -> str:
    text = view.t("Every customer has one vote, gaps that are still open are counted as such.")
    if not len(curve):
        return text
    more = view.t(
        "Dots: share observed at past dates (n = {n}); line: the same, made to fall.", n=numbers.count(float(curve["customers"].sum()))
    )
    return f"{text} {more}" if view.lang == "en" else text + more
