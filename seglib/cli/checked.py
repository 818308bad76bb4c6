"""The screen of ``seglib check``: from the files to the figure that finance can confirm, the customers, and what can be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from seglib.cli.screen import Screen, shown, t, table

if TYPE_CHECKING:
    import pandas as pd

    from seglib.client import Client

LOPSIDED = 0.50  # share of all units from which one product's count is hardly a count of units
LARGE = 0.20  # share of revenue from which one customer moves every mean


@dataclass(frozen=True)
class Summary:
    """The customers in a few figures; shares are 0 to 1, days are missing (None) where nobody came back.

    Attributes:
        customers: All who are known.
        buyers: With an order in the window.
        again: Share of the buyers with a second order in the window.
        gap_median, gap_p90: Days between two buying days, over all gaps that have ended.
        largest: Share of revenue of the largest customer.
        top10: Share of revenue of the ten largest.
    """

    customers: int
    buyers: int
    again: float
    gap_median: float | None
    gap_p90: float | None
    largest: float
    top10: float


def show(client: Client, report_command: str) -> bool:
    """Print it. Returns whether any method can run."""
    customers = client.customers()
    typer.echo(
        t(
            "{project}   data {first} to {last}   window {start} to {as_of} ({days} days)",
            project=client.settings.project or t("demo"),
            first=client.calendar.first or "-",
            last=client.calendar.last or "-",
            start=_start(customers),
            as_of=_day(customers["as_of"].iloc[0]),
            days=int(customers["window_days"].iloc[0]),
        )
    )
    typer.echo()
    ladder = client.ladder()
    table(
        list(rungs(ladder)), head=[t("From the files to the report"), t("rows"), client.settings.currency or t("money"), ""], right=[1, 2]
    )
    rejects = write_rejects(client)
    for path in rejects:
        typer.echo(t("Every fault with its place: {path}", path=shown(path)))
    for sentence in (*(note.text(Screen.lang) for note in client.collected.notes), *_doubts(client)):
        typer.echo("! " + sentence)
    typer.echo()
    summary = summarise(customers)
    _say_customers(summary)
    can_run, lacking = methods_of(client)
    typer.echo(t("Can be done: {names}", names=", ".join(can_run) or "-"))
    for name, columns in lacking.items():
        typer.echo(t("Cannot be done: {name} lacks {columns}", name=name, columns=", ".join(columns)))
    typer.echo()
    if can_run:
        typer.echo(t("Verdict: a report can be made. Next: {command}", command=report_command))
    else:
        typer.echo(
            t("Verdict: no method can run. Give orders with customer_id, ordered_at and amount, or a customers table with yearly totals.")
        )
    return bool(can_run)


def rungs(ladder: pd.DataFrame) -> Iterator[list[str]]:
    """The ladder as rows of text: a step that took nothing away is left out."""
    from seglib.report.ladder import STEPS, SUMS

    for name, part in ladder.groupby("table", sort=False):
        for rung in part.itertuples(index=False):
            if rung.rows or rung.step in SUMS:
                title = f"  {name}  " + t(STEPS.get(str(rung.step), str(rung.step)))
                amount = "" if rung.amount is None or rung.amount != rung.amount else f"{rung.amount:,.2f}"
                yield [title, f"{int(rung.rows):,}", amount, _note(rung)]


def _note(rung: object) -> str:
    note = str(getattr(rung, "note", "") or "")
    return note or (t("<- confirm this figure with finance") if getattr(rung, "step", "") == "in_window" else "")


def summarise(customers: pd.DataFrame) -> Summary:
    """The customers of a customer table in a few figures.

    Args:
        customers: As ``client.customers()`` gives it; a table without orders or spend has 0 there.
    """
    orders = customers["orders"] if "orders" in customers.columns else customers["customer_id"].map(len) * 0
    spend = customers["spend"].sort_values(ascending=False) if "spend" in customers.columns else orders * 0.0
    total = spend.clip(lower=0).sum()
    buyers = int((orders > 0).sum())
    median, p90 = _gaps(customers)
    return Summary(
        customers=len(customers),
        buyers=buyers,
        again=float((orders > 1).sum() / buyers) if buyers else 0.0,
        gap_median=median,
        gap_p90=p90,
        largest=float(spend.iloc[0] / total) if total > 0 else 0.0,
        top10=float(spend.head(10).sum() / total) if total > 0 else 0.0,
    )


def _gaps(customers: pd.DataFrame) -> tuple[float | None, float | None]:
    """Median and p90 (nearest rank) of all gaps between buying days that have ended."""
    from seglib.segmentation import facts_of

    facts = facts_of(customers)
    if "gaps" not in facts:
        return None, None
    frame = facts["gaps"]
    days = frame.loc[frame["closed"], "gap_days"]
    if days.empty:
        return None, None
    import numpy as np

    median, p90 = np.quantile(days, [0.5, 0.9], method="inverted_cdf")
    return float(median), float(p90)


def _say_customers(summary: Summary) -> None:
    typer.echo(t("Customers {all:,}, of them {buyers:,} with an order in the window; {again:.0%} of these came again.",
        all=summary.customers, buyers=summary.buyers, again=summary.again))  # fmt: skip
    if summary.gap_median is not None:
        typer.echo(t("Between two buying days: half within {median:.0f} days, 90% within {p90:.0f}.",
            median=summary.gap_median, p90=summary.gap_p90))  # fmt: skip
    typer.echo(t("The ten largest customers hold {share:.0%} of revenue.", share=summary.top10))
    if summary.largest >= LARGE:
        typer.echo(
            t(
                "! One customer holds {share:.0%} of revenue: means and limits made from them follow that one customer.",
                share=summary.largest,
            )
        )


def _doubts(client: Client) -> Iterator[str]:
    """What a reader should know before trusting the figures: an unfinished last month, a product that is no count of units."""
    last = client.calendar.last
    if last and (last + timedelta(days=1)).day != 1:
        yield t("{month} is there only up to day {day}.", month=f"{last:%Y-%m}", day=last.day)
    orders = client.tables.get("orders")
    if orders is not None and {"product_id", "quantity"} <= set(orders.columns):
        units = orders.group_by("product_id").aggregate(units=orders.quantity.sum()).to_pandas()
        units = units[units["units"] > 0]
        largest = units.nlargest(1, "units")
        share = float(largest["units"].sum() / units["units"].sum()) if len(units) > 1 else 0.0
        if share >= LOPSIDED:
            product = largest["product_id"].iloc[0]
            yield t("Product {product} makes {share:.0%} of all units: is its quantity a count?", product=product, share=share)


def methods_of(client: Client) -> tuple[list[str], dict[str, list[str]]]:
    """Methods that can run on a project, and the others with the columns they lack."""
    from seglib import methods

    lacking = {name: methods.lacking(name, client.columns) for name in methods.names()}
    return [name for name, columns in lacking.items() if not columns], {name: columns for name, columns in lacking.items() if columns}


def write_rejects(client: Client) -> list[Path]:
    """The ledger as one csv a table in the project's folder ``rejects``, written anew; [] where there is nothing or no folder."""
    if client.folder is None:
        return []
    ledger = client.collected.ledger
    folder = client.folder / "rejects"
    paths = []
    for name, part in ledger.groupby("table", sort=True):
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.csv"
        part.to_csv(path, index=False, encoding="utf-8-sig")
        paths.append(path)
    return paths


def _start(customers: pd.DataFrame) -> str:
    import pandas as pd

    return _day(customers["as_of"].iloc[0] - pd.Timedelta(days=int(customers["window_days"].iloc[0]) - 1))


def _day(value: object) -> str:
    return str(value)[:10]
