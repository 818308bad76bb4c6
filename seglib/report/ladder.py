"""From the files to the report, step by step, in rows and in money: the table that finance can confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib.language import translate
from seglib.report.shown import Shown
from seglib.report.table import table

if TYPE_CHECKING:
    import pandas as pd

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


def lines(client: Any, lang: str, *, as_of: str = "", window_days: int = 0) -> pd.DataFrame:
    """The ladder as rows to print: every step of the orders in which something happened, one line for each other table.

    Returns:
        step (in words), rows, amount (where there is money), table, key (of the step), total (bool: is it a sum of the steps above?).
    """
    frame = client.ladder(as_of, window_days)
    main = "orders" if "orders" in set(frame["table"]) else str(frame["table"].iloc[0])
    steps = (frame["table"] == main) & ((frame["rows"] != 0) | frame["step"].isin(SUMS))
    frame = frame[steps | ((frame["table"] != main) & (frame["step"] == "used"))].reset_index(drop=True)
    keys = list(zip(frame["table"], frame["step"], strict=True))
    told = frame[["step", "rows"]].astype({"rows": float})
    told["step"] = [_step(step, lang) if table == main else translate(OTHERS, lang, table=_table(table, lang)) for table, step in keys]
    if "amount" in frame.columns:
        told["amount"] = frame["amount"].astype(float)
    return told.assign(table=frame["table"], key=frame["step"], total=frame["step"].isin(SUMS) & (frame["table"] == main))


def shown(made: Plan, lang: str) -> str:
    """The ladder as a table."""
    told = lines(made.project.client, lang, as_of=made.as_of, window_days=made.window_days)
    made_table: Shown = table(
        told.drop(columns=["table", "key", "total"]),
        lang=lang,
        currency=made.project.currency,
        caption=translate("From the files to the report: rows and money at every step", lang),
        kinds={"rows": "count", "amount": "exact"},
        row_class=lambda index: "total" if told.loc[index, "total"] else "",
    )
    return made_table.html


def _step(step: str, lang: str) -> str:
    return translate(STEPS.get(step, step.replace("_", " ")), lang)


def _table(name: str, lang: str) -> str:
    return translate(TABLES.get(name, name), lang)
