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
TABLES = {
    "customers": "customers",
    "orders": "orders",
    "products": "products",
    "interactions": "interactions",
    "feedback": "feedback",
    "tickets": "service cases",
    "visits": "visits",
    "offers": "offers",
    "opportunities": "opportunities",
    "costs": "costs",
    "universe": "possible customers",
}
OTHERS = "Also used: {table}"
SUMS = ("read", "used", "in_window")


def shown(made: Plan, lang: str) -> str:
    """The ladder as a table: every step of the orders in which something happened, one line for each other table."""
    frame = made.project.client.ladder()
    main = "orders" if "orders" in set(frame["table"]) else str(frame["table"].iloc[0])
    steps = (frame["table"] == main) & ((frame["rows"] != 0) | frame["step"].isin(SUMS))
    frame = frame[steps | ((frame["table"] != main) & (frame["step"] == "used"))]
    keys = list(zip(frame["table"], frame["step"], strict=True))
    lines = frame[["step", "rows"]].astype({"rows": float})
    lines["step"] = [_step(step, lang) if table == main else translate(OTHERS, lang, table=_table(table, lang)) for table, step in keys]
    if "amount" in frame.columns:
        lines["amount"] = frame["amount"].astype(float)
    made_table: Shown = table(
        lines,
        lang=lang,
        currency=made.project.currency,
        caption=translate("From the files to the report: rows and money at every step", lang),
        kinds={"rows": "count", "amount": "exact"},
        row_class=lambda index: "total" if frame.loc[index, "step"] in SUMS and frame.loc[index, "table"] == main else "",
    )
    return made_table.html


def _step(step: str, lang: str) -> str:
    return translate(STEPS.get(step, step.replace("_", " ")), lang)


def _table(name: str, lang: str) -> str:
    return translate(TABLES.get(name, name), lang)
