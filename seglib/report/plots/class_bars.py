"""Each class's share of the customers beside its share of the sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.report import numbers, palette
from seglib.report.plots._canvas import Drawing, canvas, quiet
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd


def draw(view: View) -> Drawing:
    """Bars of one class in one row: customers on the left, sales on the right; labelled directly."""
    profile = _rows(view)
    names = [view.short(key) for key in profile["segment"]]
    colours = [view.colour(key) for key in profile["segment"]]
    panels = [("customers_share", view.t("Customers (n = {n})", n=numbers.count(profile["customers"].sum())))]
    if view.has_money:
        panels.append(("spend_share", view.t("Sales ({money})", money=view.money(profile["spend"].sum()))))
    figure, axes = canvas(0.9 + 0.33 * len(profile), len(panels), sharey=True, squeeze=False)
    greatest = max(float(profile[column].max()) for column, _ in panels)
    for panel, (column, title) in zip(axes[0], panels, strict=True):
        shares = profile[column].astype(float).to_list()
        panel.barh(range(len(shares)), shares, color=colours, edgecolor=palette.MUTED, linewidth=0.5, height=0.68)
        for row, share in enumerate(shares):
            panel.text(max(share, 0) + greatest * 0.02, row, numbers.share(share), va="center", fontsize=9.5)
        panel.set_title(title)
        panel.set_xlim(0, greatest * 1.28)
        panel.set_yticks(range(len(names)), names)
        quiet(panel, left=False, bottom=False)
    axes[0][0].invert_yaxis()
    return Drawing(figure, _alt(view), _caption(view))


def _rows(view: View) -> pd.DataFrame:
    """The classes, and below them whoever is in none: the bars of either side add up to everybody."""
    profile = view.result.profile
    return profile[profile["customers"] > 0]


def _alt(view: View) -> str:
    parts = []
    for row in _rows(view).to_dict("records"):
        name, customers = view.short(row["segment"]), numbers.share(row["customers_share"])
        if view.has_money:
            sales = numbers.share(row["spend_share"])
            parts.append(view.t("{name}: {customers} of customers, {sales} of sales", name=name, customers=customers, sales=sales))
        else:
            parts.append(view.t("{name}: {customers} of customers", name=name, customers=customers))
    joint = "；" if view.lang == "zh" else "; "
    return view.t("Bar chart of the classes. {rows}.", rows=joint.join(parts))


def _caption(view: View) -> str:
    if not view.has_money:
        return view.t("Share of customers by class. Shares are of all customers, those outside the classification included.")
    return view.t("Share of customers and share of sales by class. Shares are of all customers and of all sales that belong to a customer.")
