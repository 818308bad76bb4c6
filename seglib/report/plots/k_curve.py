"""How surely classes can be drawn again, for each number of classes, and whether there are gaps between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.report import palette
from seglib.report.plots._canvas import Drawing, canvas, quiet
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd

STRONG = 0.8  # prediction strength from which classes count as reproducible


def draw(view: View) -> Drawing:
    """Prediction strength by number of classes; filled dots where there is a valley between every pair, the chosen number in a ring."""
    import pandas as pd

    curve = view.result.details.get("k_curve", pd.DataFrame(columns=["classes", "chosen", "verdict", "prediction_strength"]))
    figure, axes = canvas(3.1)
    axes.axhline(STRONG, color=palette.INK, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.annotate(view.t("can be drawn again"), (0.995, STRONG), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=9)
    axes.plot(curve["classes"], curve["prediction_strength"], color=palette.colour("good"), linewidth=2)
    for row in curve.to_dict("records"):
        spot = (row["classes"], row["prediction_strength"])
        natural = row["verdict"] == "natural"
        axes.plot(*spot, "o", markersize=7, color=palette.colour("top" if natural else "good"), fillstyle="full" if natural else "none")
        if row["chosen"]:
            axes.plot(*spot, "o", markersize=14, color=palette.INK, fillstyle="none")
    axes.set_ylim(0, 1.12)
    axes.set_xlabel(view.t("Number of classes"))
    axes.set_ylabel(view.t("Prediction strength"))
    quiet(axes)
    return Drawing(figure, _alt(view, curve), _caption(view))


def _alt(view: View, curve: pd.DataFrame) -> str:
    points = [
        view.t("{n} classes {strength}", n=row["classes"], strength=f"{row['prediction_strength']:.2f}") for row in curve.to_dict("records")
    ]
    return view.t("Line of prediction strength by number of classes: {points}.", points=view.listed(points))


def _caption(view: View) -> str:
    return view.t(
        "How surely one half of the customers predicts which others belong together; the ring is the number chosen, a filled dot a number "
        "at which every neighbouring pair shows a valley."
    )
