"""The charts of a document: the pictures of the report's charts, with their data beside them so that office files can draw their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.report import plots
from seglib.report.documents.model import Chart, Series

if TYPE_CHECKING:
    from seglib.report.documents.matter import Matter


def class_bars(matter: Matter) -> Chart:
    """Every class's share of the customers beside its share of the sales."""
    view = matter.view
    drawing = plots.draw("class_bars", view)
    rows = view.result.profile[view.result.profile["customers"] > 0]
    figures = [("customers_share", matter.t("Share of customers"))]
    figures += [("spend_share", matter.t("Share of sales"))] if view.has_money else []
    series = tuple(Series(name, tuple(float(value) for value in rows[figure])) for figure, name in figures)
    return Chart(
        "bars",
        tuple(view.short(key) for key in rows["segment"]),
        series,
        drawing.alt,
        drawing.caption,
        drawing.figure,
        tuple(view.colour(key) for key in rows["segment"]),
        tuple(f"class.{key}.{figure}" for key in rows["segment"] for figure, _ in figures),
    )


def picture(matter: Matter, kind: str) -> Chart:
    """One of the method's own charts."""
    drawing = plots.draw(kind, matter.view)
    return Chart("picture", (), (), drawing.alt, drawing.caption, drawing.figure)
