"""The charts of a document: the pictures of the report's charts, with their data beside them so that office files can draw their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib.report import numbers, palette, plots
from seglib.report.documents.model import Chart, Series
from seglib.report.proofs.migration_page import NAMES
from seglib.review.moves import GONE, NEW

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
    """Where each class went: rows are the classes before and who is new, columns those now and who stopped; rows add up to 1.

    None where fewer than two classes have customers.
    """
    from seglib.report.plots._canvas import canvas, style

    if len([key for key in migration.classes_inside if _occurs(migration, key)]) < 2:
        return None
    shares = migration.flows().astype(float)
    rows, columns = (tuple(_named(matter, key) for key in keys) for keys in (shares.index, shares.columns))
    with style():
        figure, axes = canvas(1.6 + 0.36 * len(rows))
        _shade(axes, shares, rows, columns)
        axes.set_title(matter.t("Class before (rows) and now (columns)"))
    book = matter.book
    how, formula = "seglib.review.migration: flows", "share of the row's class that stood in the column's class in the later window"
    whole = int(migration.flows("customers").to_numpy().sum())
    n = book.enter("move.flows.customers", whole, "count", "customers", "customers of all rows of the matrix", expression=how)
    stayed = [key for key in shares.index if key in shares.columns]
    kept = "; ".join(f"{_named(matter, key)} {numbers.share(float(shares.loc[key, key]))}" for key in stayed)
    kept = kept.replace("; ", "；") if book.lang == "zh" else kept
    alt = matter.t("Heat-map of moves between classes. Share that stayed: {kept}.", kept=kept)
    caption = matter.t("Where the customers of a class went, in per cent of the row, which add up to 100; n = {n}.", n=book.shown(n))
    series = tuple(Series(name, tuple(float(value) for value in shares[key])) for key, name in zip(shares, columns, strict=True))
    facts = tuple(
        book.enter(f"move.cell.{one}.{other}", float(shares.loc[one, other]), "share", "share", formula, expression=how)
        for one in shares.index
        for other in shares.columns
    )
    return Chart("heatmap", rows, series, alt, caption, figure, facts=(n, *facts))


def _named(matter: Matter, key: str) -> str:
    """A class's short name, or what stands for who is new or not known any more."""
    return matter.t(NAMES[key]) if key in (NEW, GONE) else matter.view.short(key)


def _occurs(migration: Migration, key: str) -> bool:
    people = migration.classes[(migration.classes["segment"] == key) & (migration.classes["measure"] == "customers")]
    return bool(len(people) and (people["before"].iloc[0] or people["after"].iloc[0]))


def _shade(axes: Any, shares: pd.DataFrame, rows: tuple[str, ...], columns: tuple[str, ...]) -> None:
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
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right", fontsize=8.5)
    axes.set_yticks(range(len(rows)), rows, fontsize=8.5)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
