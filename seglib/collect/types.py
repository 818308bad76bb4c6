"""Values by meaning, as DuckDB expressions.

What is written plainly is a cast. Where the cast fails on a single value of a column, all its distinct values are read in Python
(`numbers.py`, `dates.py`) and the whole column is taken from that dictionary instead (`dictionary.py`): one rule for a column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from seglib.collect.workspace import literal
from seglib.tables import ColumnType

MONEY = "DECIMAL(18,6)"
SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "money": MONEY,
    "number": "DOUBLE",
    "integer": "BIGINT",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "boolean": "BOOLEAN",
}
MISSING: tuple[str, ...] = ("", "NULL", "null", "NaN", "nan", "NA", "N/A", "#N/A", "n/a", "None", "none", "NaT", "-", "--", "—", "/", "\\N")
MISSING += ("#VALUE!", "#REF!", "#DIV/0!", "#NAME?")  # what a broken formula leaves
# one pattern, not trim and IN: those DuckDB would work out for every row, also where nobody asks
_SAYS_NOTHING = r"[\s\x{a0}\x{3000}]*(?:" + "|".join(re.escape(word) for word in MISSING) + r")[\s\x{a0}\x{3000}]*"
EARLIEST, LATEST = "1900-01-01", "2200-01-01"  # a date outside is a slip of the pen
TRUE = ("true", "t", "yes", "y", "1", "1.0", "on", "是", "有", "真", "对", "√", "✓", "✔", "√ ", "已")
FALSE = ("false", "f", "no", "n", "0", "0.0", "off", "否", "无", "假", "错", "×", "✗", "✘", "没有", "不是", "未")
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
FLOATS = ("DOUBLE", "FLOAT")
ZONED = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True)
class Reading:
    """How one column is read.

    Attributes:
        type: What its values are.
        unit: Factor on money, as text ("10000" for 万元).
        zone: The client's time zone, or None.
        source_zone: Zone of times that carry none, or None where they are local already.
        dictionary: SQL of the value read in Python, or None where a cast will do.
        trim: True where values were seen with blanks around them (trimming costs more than everything else of a text column).
    """

    type: ColumnType
    unit: str = "1"
    zone: str | None = None
    source_zone: str | None = None
    dictionary: str | None = None
    trim: bool = False


def blank(raw: str, physical: str) -> str:
    """SQL that is true where a raw value says nothing."""
    if physical == "VARCHAR":
        return f"({raw} IS NULL OR regexp_full_match({raw}, {literal(_SAYS_NOTHING)}))"
    return f"({raw} IS NULL OR isnan({raw}))" if physical in FLOATS else f"({raw} IS NULL)"


def as_text(raw: str, physical: str) -> str:
    """SQL for a raw value as the ledger shows it and as ids keep it: whole floats without .0, huge ones as E+17."""
    if physical == "VARCHAR":
        return raw
    if physical in FLOATS:
        return (
            f"CASE WHEN isnan({raw}) THEN NULL WHEN {raw} = floor({raw}) AND abs({raw}) < 9007199254740992 THEN {raw}::BIGINT::VARCHAR "
            f"WHEN {raw} = floor({raw}) THEN printf('%.14E', {raw}::DOUBLE) ELSE {raw}::VARCHAR END"
        )
    if physical.startswith("DECIMAL"):
        return f"CASE WHEN {raw} = floor({raw}) THEN floor({raw})::HUGEINT::VARCHAR ELSE {raw}::VARCHAR END"
    return f"decode({raw})" if physical == "BLOB" else f"{raw}::VARCHAR"


def expression(raw: str, physical: str, reading: Reading) -> str:
    """SQL that gives the typed value of ``raw`` or NULL.

    Args:
        raw: SQL of the raw value.
        physical: Its DuckDB type.
        reading: How it is read.
    """
    if reading.type == "text":
        if physical != "VARCHAR":
            return as_text(raw, physical)
        text = f"trim({raw})" if reading.trim else raw
        return f"CASE WHEN {text} IN ({', '.join(map(literal, MISSING))}) THEN NULL ELSE {text} END"
    if reading.dictionary and physical == "VARCHAR":
        return _scaled(reading.dictionary, reading) if reading.type == "money" else reading.dictionary
    if reading.type in ("timestamp", "date"):
        stamp = _stamp(raw, physical, reading)
        plausible = f"CASE WHEN {stamp} >= TIMESTAMP '{EARLIEST}' AND {stamp} < TIMESTAMP '{LATEST}' THEN {stamp} END"
        return f"CAST({plausible} AS DATE)" if reading.type == "date" else plausible
    if reading.type == "boolean":
        return f"try_cast({raw} AS BOOLEAN)" if physical == "BOOLEAN" else _boolean(as_text(raw, physical))
    return _number(raw, physical, reading)


def padded(column: str) -> str:
    """SQL that is true where a text begins or ends with a blank of any kind."""
    blanks = (" ", "\u3000", "\u00a0", "\t")
    return " OR ".join(f"{test}({column}, {literal(blank)})" for blank in blanks for test in ("prefix", "suffix"))


def _number(raw: str, physical: str, reading: Reading) -> str:
    finite = f"CASE WHEN isfinite({raw}) THEN {raw} END" if physical in FLOATS else raw
    if reading.type == "money":
        return _scaled(f"try_cast({finite} AS {MONEY})", reading)
    if reading.type == "integer":
        if physical in WHOLE and physical != "UBIGINT":
            return f"CAST({raw} AS BIGINT)"
        exact = f"try_cast({finite} AS DECIMAL(38,12))"
        return f"CASE WHEN {exact} = floor({exact}) THEN try_cast({exact} AS BIGINT) END"
    double = f"try_cast({finite} AS DOUBLE)"
    return f"CASE WHEN isfinite({double}) THEN {double} END" if physical == "VARCHAR" else double


def _scaled(money: str, reading: Reading) -> str:
    return money if reading.unit == "1" or reading.dictionary else f"try_cast(({money}) * {reading.unit} AS {MONEY})"


def _stamp(raw: str, physical: str, reading: Reading) -> str:
    if physical == ZONED:
        return f"timezone({literal(reading.zone or 'UTC')}, {raw})"
    if physical == "DATE":
        return f"{raw}::TIMESTAMP"
    if physical in (*WHOLE, *FLOATS, "HUGEINT") or physical.startswith("DECIMAL"):
        return _numeric_stamp(raw, reading)
    stamp = f"try_cast({raw} AS TIMESTAMP)"
    if physical == "VARCHAR":
        odd = f"strlen({raw}) > 10 AND (suffix({raw}, 'Z') OR contains({raw}, '+') OR strlen({raw}) > 23)"
        stamp = f"CASE WHEN {odd} THEN NULL ELSE {stamp} END"
    if not (reading.source_zone and reading.zone):
        return stamp
    moved = f"timezone({literal(reading.zone)}, timezone({literal(reading.source_zone)}, {stamp}))"
    return f"CASE WHEN strlen({raw}) > 10 THEN {moved} ELSE {stamp} END" if physical == "VARCHAR" else moved


def _numeric_stamp(raw: str, reading: Reading) -> str:
    """A number as a date: 20250103, Excel's serial day, seconds, milliseconds or microseconds since 1970 (those are UTC)."""
    zone = literal(reading.zone or "UTC")

    def since_1970(factor: str) -> str:
        return f"timezone({zone}, timezone('UTC', epoch_ms(CAST({raw} {factor} AS BIGINT))))"

    return (
        f"CASE WHEN {raw} BETWEEN 19000101 AND 22000101 THEN try_strptime(CAST(CAST({raw} AS BIGINT) AS VARCHAR), '%Y%m%d') "
        f"WHEN {raw} BETWEEN 20000 AND 80000 THEN TIMESTAMP '1899-12-30' + to_seconds(CAST(round({raw} * 86400) AS BIGINT)) "
        f"WHEN {raw} BETWEEN 6e8 AND 5e9 THEN {since_1970('* 1000')} WHEN {raw} BETWEEN 6e11 AND 5e12 THEN {since_1970('')} "
        f"WHEN {raw} BETWEEN 6e14 AND 5e15 THEN {since_1970('/ 1000')} END"
    )


def _boolean(raw: str) -> str:
    low = f"lower(trim({raw}))"
    return f"CASE WHEN {low} IN ({', '.join(map(literal, TRUE))}) THEN true WHEN {low} IN ({', '.join(map(literal, FALSE))}) THEN false END"
