"""The charts of a document: the pictures of the report's charts, with their data beside them so that office files can draw their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib.report import numbers, palette, plots
from seglib.report.documents.model import Chart, Series

if TYPE_CHECKING:
    import pandas as pd

    from seglib.report.documents.matter import Matter
    from seglib.review import Migration


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


def transitions(matter: Matter, migration: Migration) -> Chart | None:
    """Where each class went: rows are the classes before, columns those now, shades the share of the row; None for a single class."""
    from seglib.report.plots._canvas import canvas, style

    keys = [key for key in migration.classes_inside if _occurs(migration, key)]
    if len(keys) < 2:
        return None
    shares = migration.matrix("row_share").astype(float).reindex(index=keys, columns=keys).fillna(0.0)
    names = tuple(matter.view.short(key) for key in keys)
    with style():
        figure, axes = canvas(1.6 + 0.36 * len(keys))
        _shade(axes, shares, names)
        axes.set_title(matter.t("Class before (rows) and now (columns)"))
    book = matter.book
    n = book.shown("move.both")
    kept = "; ".join(f"{name} {numbers.share(float(shares.loc[key, key]))}" for key, name in zip(keys, names, strict=True))
    kept = kept.replace("; ", "；") if book.lang == "zh" else kept
    alt = matter.t("Heat-map of moves between classes. Share that stayed: {kept}.", kept=kept)
    caption = matter.t("Where the customers of a class went, in per cent of the row; n = {n} who bought in both windows.", n=n)
    series = tuple(Series(name, tuple(float(value) for value in shares[key])) for key, name in zip(keys, names, strict=True))
    how, formula = "seglib.review.migration: moves", "share of the row's class that stood in the column's class in the later window"
    facts = tuple(
        book.enter(f"move.cell.{one}.{other}", float(shares.loc[one, other]), "share", "share", formula, expression=how)
        for one in keys
        for other in keys
    )
    return Chart("heatmap", names, series, alt, caption, figure, facts=facts)


def _occurs(migration: Migration, key: str) -> bool:
    people = migration.classes[(migration.classes["segment"] == key) & (migration.classes["measure"] == "customers")]
    return bool(len(people) and (people["before"].iloc[0] or people["after"].iloc[0]))


def _shade(axes: Any, shares: pd.DataFrame, names: tuple[str, ...]) -> None:
    """The cells of a matrix of shares with their figures."""
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    shades = LinearSegmentedColormap.from_list("shades", list(palette.RAMP))
    axes.imshow(shares.to_numpy(), cmap=shades, vmin=0, vmax=1, aspect="auto")
    for row in range(len(shares)):
        for place in range(len(shares.columns)):
            value = float(shares.iat[row, place])
            if value >= 0.005:
                ink = palette.ink_on(to_hex(shades(value)))
                axes.text(place, row, f"{value:.0%}", ha="center", va="center", fontsize=8, color=ink)
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", fontsize=8.5)
    axes.set_yticks(range(len(names)), names, fontsize=8.5)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
