"""The ladder: rows and money of every step between the files and the report. They add up because every row has exactly one step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seglib.collect.typed import FILTERED, REJECTED, STEPS, USED, TypedTable
from seglib.collect.workspace import Workspace, quoted

if TYPE_CHECKING:
    import pandas as pd

DATES = ("ordered_at", "happened_at", "answered_at", "opened_at", "visited_at", "sent_at", "spent_at")  # when a row happened


def count(workspace: Workspace, tables: Mapping[str, TypedTable]) -> pd.DataFrame:
    """Rows and money of each table's steps, with the values behind each filter and the faults behind each rejection.

    Returns:
        table, step, rows, amount (Decimal or None), note. A row that is not used has the money that could be read from it.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for name, table in tables.items():
        money = "sum(amount)" if "amount" in table.columns else "NULL"
        steps = workspace.rows(f"SELECT _step, count(*), {money} FROM {table.stored} GROUP BY 1")
        found = {step: (number, _decimal(amount, table)) for step, number, amount in steps}
        # totals say again what their rows say: no money of their own
        found = {step: (number, None if STEPS[step] == "total_rows" else amount) for step, (number, amount) in found.items()}
        read = (sum(number for number, _ in found.values()), _sum(amount for _, amount in found.values()))
        rows.append({"table": name, "step": "read", "rows": read[0], "amount": read[1] if "amount" in table.columns else None, "note": ""})
        for step in range(1, len(STEPS)):
            number, amount = found.get(step, (0, _decimal(0, table)))
            note = _note(workspace, table, step) if number else ""
            rows.append({"table": name, "step": STEPS[step], "rows": number, "amount": amount, "note": note})
        number, amount = found.get(USED, (0, _decimal(0, table)))
        rows.append({"table": name, "step": "used", "rows": number, "amount": amount, "note": ""})
        if name == "orders":
            rows.append({"table": name, "step": "returns", **_returns(workspace, table), "note": ""})
    return pd.DataFrame(rows, columns=["table", "step", "rows", "amount", "note"]).astype({"amount": object})


def _decimal(amount: Any, table: TypedTable) -> Decimal | None:
    return None if "amount" not in table.columns else Decimal(0) if amount is None else Decimal(amount)


def _sum(amounts: Any) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _returns(workspace: Workspace, table: TypedTable) -> dict[str, Any]:
    flagged = "coalesce(is_return, false) OR amount < 0" if "is_return" in table.columns else "amount < 0"
    number, amount = workspace.one(f"SELECT count(*), sum(amount) FROM {table.stored} WHERE _step = {USED} AND ({flagged})")
    return {"rows": number, "amount": _decimal(amount, table)}


def _note(workspace: Workspace, table: TypedTable, step: int) -> str:
    """What stands beside a step: the values a filter took out, the columns that were at fault."""
    if step == FILTERED:
        found = workspace.rows(f"SELECT _note, count(*) FROM {table.stored} WHERE _step = {step} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5")
        return " · ".join(f"{note} {number:,}" for note, number in found)
    if step == REJECTED:
        counts: dict[str, int] = {}
        for files, checks in table.checks:
            required = [check for check in checks if check.required]
            if not required:
                continue
            where = f"_step = {step} AND _file IN ({', '.join(map(str, files))})"
            columns = ", ".join(f"count(*) FILTER ((_fault & {1 << check.bit}) <> 0)" for check in required)
            for check, number in zip(required, workspace.one(f"SELECT {columns} FROM {table.stored} WHERE {where}"), strict=True):
                counts[check.shown] = counts.get(check.shown, 0) + number
        return " · ".join(f"{column} {number:,}" for column, number in counts.items() if number)
    return ""


def ladder(
    workspace: Workspace, tables: Mapping[str, TypedTable], counts: pd.DataFrame, as_of: str | date | None, window_days: int | None
) -> pd.DataFrame:
    """The counted steps and, where a window is given, what of the used rows lies in it; see ``Collected.ladder``."""
    import pandas as pd

    if as_of is None or not window_days:
        return counts.copy()
    last = date.fromisoformat(str(as_of)[:10])
    first = last - timedelta(days=window_days - 1)
    parts = []
    for name, part in counts.groupby("table", sort=False):
        parts.append(part)
        when = next((column for column in DATES if column in tables[str(name)].columns), None)
        if when:
            parts.append(_window(workspace, tables[str(name)], when, first, last))
    return pd.concat(parts, ignore_index=True)


def _window(workspace: Workspace, table: TypedTable, when: str, first: date, last: date) -> pd.DataFrame:
    import pandas as pd

    inside = f"coalesce({quoted(when)} >= TIMESTAMP '{first}' AND {quoted(when)} < TIMESTAMP '{last + timedelta(days=1)}', false)"
    money = "sum(amount)" if "amount" in table.columns else "NULL"
    found = {
        key: (number, amount)
        for key, number, amount in workspace.rows(f"SELECT {inside}, count(*), {money} FROM {table.stored} WHERE _step = {USED} GROUP BY 1")
    }
    rows = []
    for key, step in ((False, "outside_window"), (True, "in_window")):
        number, amount = found.get(key, (0, None))
        note = f"{first} … {last}" if key else ""
        rows.append({"table": table.name, "step": step, "rows": number, "amount": _decimal(amount, table), "note": note})
    return pd.DataFrame(rows).astype({"amount": object})
