"""From the files to the report, step by step, in rows and in money: the table that finance can confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.language import translate
from seglib.report.shown import Shown
from seglib.report.table import table

if TYPE_CHECKING:
    from seglib.report.plan import Plan

STEPS = {
    "read": "Read",
    "total_rows": "Total and heading rows",
    "repeated": "Repeated lines",
    "filtered": "Left out by the project's own rule",
    "rejected": "Not usable",
    "unattributed": "Without a customer",
    "used": "Used",
    "outside_window": "Outside the window",
    "in_window": "In the window",
    "returns": "of these, returns",
    "after_as_of": "After the cut-off day",
}
SUMS = ("read", "used", "in_window")


def shown(made: Plan, lang: str) -> str:
    """The ladder as a table; steps in which nothing happened are left out."""
    frame = made.project.client.ladder()
    frame = frame[(frame["rows"] != 0) | frame["step"].isin(SUMS)].reset_index(drop=True)
    frame["rows"] = frame["rows"].astype(float)
    steps = list(frame["step"])
    columns = [name for name in ("step", "rows", "amount") if name in frame.columns]
    if "table" in frame.columns and frame["table"].nunique() > 1:
        frame["step"] = [f"{one}: {_step(step, lang)}" for one, step in zip(frame["table"], steps, strict=True)]
    else:
        frame["step"] = [_step(step, lang) for step in steps]
    made_table: Shown = table(
        frame[columns],
        lang=lang,
        currency=made.project.currency,
        caption=translate("From the files to the report: rows and money at every step", lang),
        row_class=lambda index: "total" if steps[index] in SUMS else "",
    )
    return made_table.html


def _step(step: str, lang: str) -> str:
    return translate(STEPS.get(step, step.replace("_", " ")), lang)
