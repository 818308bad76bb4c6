"""Columns that a cast cannot read: all distinct texts are read in Python, by one rule for the whole column, and joined back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from seglib.collect.checks import Compiler
from seglib.collect.dates import carries_zone, date_order, read_date
from seglib.collect.numbers import decimal_sign, read_answer, read_number, take_apart
from seglib.collect.plan import PartPlan
from seglib.collect.types import EARLIEST, LATEST, MISSING, Reading
from seglib.collect.workspace import FILE, LINE, Relation, Workspace, quoted

Value = tuple[str, int, str]  # text, a line and a file where it stands
MOST_MONEY = Decimal(10) ** 12  # what DECIMAL(18,6) holds
MOST_NUMBER = Decimal(10) ** 300  # beyond it a float knows only infinity


@dataclass(frozen=True)
class Odd:
    """A column (or a formula's input) that needs a dictionary."""

    name: str
    is_input: bool


def read_odd_columns(workspace: Workspace, plan: PartPlan, relations: Sequence[Relation], odd: Sequence[Odd]) -> None:
    """Build a dictionary for each odd column and put it into the plan's readings.

    Raises:
        TableError: A column mixes day-first and month-first dates, or two decimal signs, or nothing tells which it is.
    """
    values = _distinct(workspace, plan, relations, odd)
    for item in odd:
        reading = plan.inputs[item.name] if item.is_input else _column(plan, item.name).reading
        shown = item.name if item.is_input else _column(plan, item.name).shown
        answers = plan.table == "feedback" and item == Odd("score", is_input=False)
        table = _table(values[item], reading, plan, shown, workspace, answers=answers)
        name = workspace.name("dictionary")
        workspace.con.register(f"{name}_arrow", table)
        workspace.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_arrow")
        workspace.con.unregister(f"{name}_arrow")
        found = replace(reading, dictionary=f"{name}.value")
        if item.is_input:
            plan.inputs[item.name] = found
        else:
            _column(plan, item.name).reading = found


def joins(plan: PartPlan, compiler: Compiler) -> str:
    """SQL that joins the plan's dictionaries to a scan."""
    parts = []
    for item in plan.columns:
        if item.reading.dictionary and not item.formula:
            raw, physical = compiler._raw(item)
            parts.append((item.reading.dictionary, raw, physical))
    for raw_name, reading in plan.inputs.items():
        if reading.dictionary:
            parts.append((reading.dictionary, compiler._r(raw_name), compiler.types[raw_name]))
    return " ".join(
        f"LEFT JOIN {value.removesuffix('.value')} ON {value.removesuffix('.value')}.text = {raw}"
        for value, raw, physical in parts
        if physical == "VARCHAR"
    )


def _column(plan: PartPlan, name: str) -> Any:
    found = plan.find(name)
    assert found is not None
    return found


def _distinct(workspace: Workspace, plan: PartPlan, relations: Sequence[Relation], odd: Sequence[Odd]) -> dict[Odd, list[Value]]:
    """Distinct texts of the odd columns with the first place of each."""
    files = {source.index: f"{source.name} [{source.sheet}]" if source.sheet else source.name for source in workspace.sources}
    result: dict[Odd, dict[str, Value]] = {item: {} for item in odd}
    for relation in relations:
        scan, types = relation.open(plan.raws)
        compiler = Compiler(plan, scan, types)
        chosen = []
        for item in odd:
            raw, physical = (
                (compiler._r(item.name), compiler.types[item.name]) if item.is_input else compiler._raw(_column(plan, item.name))
            )
            chosen.append(raw if physical == "VARCHAR" else "NULL::VARCHAR")
        stage = workspace.name("odd")
        columns = ", ".join(f"{raw} AS o{number}" for number, raw in enumerate(chosen))
        workspace.execute(f"CREATE TEMP TABLE {stage} AS SELECT {columns}, {quoted(LINE)} AS line, {quoted(FILE)} AS file FROM {scan}")
        workspace.release()
        for number, item in enumerate(odd):
            rows = workspace.rows(
                f"SELECT o{number}, min(line), arg_min(file, line) FROM {stage} WHERE o{number} IS NOT NULL GROUP BY 1 ORDER BY 2, 1"
            )
            for text, line, file in rows:
                result[item].setdefault(text, (text, line, files[file]))
        workspace.execute(f"DROP TABLE {stage}")
    return {item: [value for value in found.values() if value[0].strip() not in MISSING] for item, found in result.items()}


def _table(values: list[Value], reading: Reading, plan: PartPlan, shown: str, workspace: Workspace, *, answers: bool = False) -> pa.Table:
    """Text and value of a column's dictionary, as Arrow. ``answers``: the column holds answers to a survey, whose ends may bear words."""
    layout = plan.settings.layout
    if answers:
        return _answers(values, layout.decimal, shown, workspace)
    if reading.type in ("timestamp", "date"):
        return _dates(values, reading, layout.date_order, shown, workspace)
    sign = decimal_sign(values, layout.decimal, shown)
    readers: dict[str, tuple[Callable[[str], Any], pa.DataType]] = {
        "money": (lambda text: _money(text, sign, Decimal(reading.unit)), pa.decimal128(18, 6)),
        "number": (lambda text: _float(read_number(text, sign)), pa.float64()),
        "integer": (lambda text: _whole(read_number(text, sign)), pa.int64()),
    }
    read, kind = readers[reading.type]
    return _arrow(values, read, kind)


def _answers(values: list[Value], decimal: str | None, shown: str, workspace: Workspace) -> pa.Table:
    """Answers on a scale whose ends bear words, such as "I hate it!-5" or "5 = very likely", and stars; which these are is said.

    A hyphen before the number is its sign only where the column has negative numbers that stand alone.
    """
    sign = decimal_sign(values, decimal, shown)
    plain = {text: read_number(text, sign) for text, _, _ in values}
    signed = any(number is not None and number < 0 for number in plain.values())
    worded = {text: read_answer(text, signed=signed) for text, number in plain.items() if number is None}
    known = [text for text, number in worded.items() if number is not None]
    if known:
        told = ", ".join(f"{text} = {worded[text]}" for text in known[:4])
        workspace.note("{column}: the number is taken from answers that bear words or stars: {examples}.", column=shown, examples=told)
    return _arrow(values, lambda text: _float(worded.get(text) if plain[text] is None else plain[text]), pa.float64())


def _arrow(values: Iterable[Value], read: Callable[[str], Any], kind: pa.DataType) -> pa.Table:
    texts = [text for text, _, _ in values]
    return pa.table({"text": pa.array(texts, pa.string()), "value": pa.array([read(text) for text in texts], kind)})


def _dates(values: list[Value], reading: Reading, given: str | None, shown: str, workspace: Workspace) -> pa.Table:
    order = date_order(values, given, shown)
    zone = ZoneInfo(reading.zone) if reading.zone else None
    source = ZoneInfo(reading.source_zone) if reading.source_zone else None
    if zone is None and any(carries_zone(text) for text, _, _ in values[:1000]):
        workspace.note("{column} holds times with a zone, and client.yml has no timezone: they are taken as written.", column=shown)
    first, last = EARLIEST, LATEST

    def read(text: str) -> Any:
        moment = read_date(text, order, zone, source)
        return moment if moment is not None and first <= moment.isoformat() < last else None

    kind = pa.timestamp("us")
    table = _arrow(values, read, kind)
    return table.set_column(1, "value", table["value"].cast(pa.date32(), safe=False)) if reading.type == "date" else table


def _money(text: str, sign: str, unit: Decimal) -> Decimal | None:
    parts = take_apart(text)
    if parts is None or parts.percent:
        return None
    number = read_number(text, sign)
    if number is None:
        return None
    value = number if parts.with_unit else number * unit
    return value.quantize(Decimal("0.000001")) if abs(value) < MOST_MONEY else None


def _float(number: Decimal | None) -> float | None:
    return None if number is None or abs(number) > MOST_NUMBER else float(number)


def _whole(number: Decimal | None) -> int | None:
    return int(number) if number is not None and number == number.to_integral_value() and abs(number) < 2**62 else None
