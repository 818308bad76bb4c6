"""client.yml as checked models: what the client's files are, how they are read, what the report shall say."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from seglib.language import marked
from seglib.tables import TABLES

MONEY_UNITS = {"元": "1", "千元": "1000", "万元": "10000", "百万元": "1000000", "亿元": "100000000", "角": "0.1", "分": "0.01"}
MONEY_UNITS |= {"1": "1", "thousand": "1000", "million": "1000000", "cent": "0.01", "万": "10000", "亿": "100000000"}
IGNORABLE = ("空格", "全半角", "括号", "有限公司", "大小写", "标点", "spaces", "width", "brackets", "company", "case", "punctuation")
_DAYS = {"day": 1, "days": 1, "天": 1, "日": 1, "week": 7, "weeks": 7, "周": 7}
Fault = tuple[str, dict[str, object], tuple[str | int, ...]]  # template, values, keys that lead there
_MONTHS = {"month": 1, "months": 1, "个月": 1, "月": 1, "year": 12, "years": 12, "年": 12}


def _fault(template: str, **values: object) -> PydanticCustomError:
    """A fault found by a rule of ours; template and values travel through pydantic so that they can be translated."""
    return PydanticCustomError("seglib", template, {"template": template, **values})


def _faults(faults: list[Fault]) -> PydanticCustomError:
    """Several faults found at once, each with the place of its own: template, values, keys that lead there."""
    template, values, _ = faults[0]
    return PydanticCustomError("seglib", template, {"faults": faults, **values})


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def _as_text(value: object) -> object:
    """Names and values of the client's files are text, even where YAML reads 2024 as a number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float | date) else value


Text = Annotated[str, BeforeValidator(_as_text)]
Texts = Annotated[list[Text], BeforeValidator(_as_list)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Cross(_Model):
    """A table whose columns are months: one row a customer, one column a month.

    ``keep`` stays as columns; every other header that reads as a date becomes a row's ``across``, its cell the row's ``value``.
    """

    keep: Texts
    across: Text
    value: Text


class Layout(_Model):
    """How an ugly file lies on its sheet; everything left out is found by looking."""

    sheets: Texts | None = None
    header_row: Annotated[list[int], BeforeValidator(_as_list)] | None = None
    fill_down: Texts = []
    drop_rows: dict[Text, Texts] = {}
    cross: Cross | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    decimal: Literal[".", ","] | None = None
    date_order: Literal["dmy", "mdy", "ymd"] | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        import codecs

        try:
            return codecs.lookup(value).name if value else value
        except LookupError:
            raise _fault("{value} is no encoding; try utf-8, gb18030, utf-16 or cp1252", value=value) from None

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "whitespace": " "}
        value = named.get(value or "", value)
        if value is not None and len(value) != 1:
            raise _fault("delimiter is one character or tab, comma, semicolon, pipe, whitespace; found {value}", value=value)
        return value


class Computed(_Model):
    """A column that stands in no file: a formula over the file's columns, numbers read by meaning."""

    sql: str


def _source_column(value: object) -> object:
    return value if isinstance(value, Mapping | Computed) else _as_list(value)


class TableSettings(_Model):
    """Where one canonical table comes from; several files with other headers are given as a list of these."""

    files: Texts | None = None
    database: str | None = None
    table: str | None = None
    sql: str | None = None
    from_: Literal["zoho", "fxiaoke"] | None = Field(None, alias="from")
    headers: str | None = None
    layout: Layout = Layout()
    columns: dict[str, Annotated[list[Text] | Computed, BeforeValidator(_source_column)]] = {}
    questions: dict[Text, Annotated[list[Text] | Computed, BeforeValidator(_source_column)]] = {}
    kinds: dict[Text, Text] = {}
    extra_columns: dict[str, str] = {}
    amount_unit: Text = "元"
    amount_basis: Literal["orders", "paid"] | None = None
    returns: dict[Text, Texts] = {}
    keep: dict[Text, Texts] = {}
    exclude: dict[Text, Texts] = {}
    repeated_lines: Literal["across_files", "everywhere", "keep"] = "across_files"
    source_timezone: str | None = None

    @field_validator("amount_unit")
    @classmethod
    def _known_unit(cls, value: str) -> str:
        if value not in MONEY_UNITS:
            raise _fault("amount_unit is one of {known}; found {value}", value=value, known=", ".join(MONEY_UNITS))
        return value

    @field_validator("source_timezone")
    @classmethod
    def _known_source_zone(cls, value: str | None) -> str | None:
        return _known_zone(value)

    def by_question(self) -> list[TableSettings]:
        """One part for each of ``questions``, for a survey with a column a question: what stands in it is the score, a blank no answer."""
        parts = []
        for question, source in self.questions.items():
            text = question.replace("'", "''")
            asked: dict[str, list[Text] | Computed] = {"question": Computed(sql=f"'{text}'"), "score": source}
            blank = {} if isinstance(source, Computed) else {source[0]: [""]}
            parts.append(self.model_copy(update={"columns": self.columns | asked, "questions": {}, "exclude": self.exclude | blank}))
        return parts or [self]

    def with_kinds(self) -> TableSettings:
        """The same with ``kinds`` read into the column of that name: what the client calls an event -> what seglib calls it."""
        source = self.columns.get("kind")
        if not self.kinds or not isinstance(source, list):
            return self
        header = source[0].replace('"', '""')
        read = f"""replace(replace(lower(trim("{header}")), ' ', '_'), '-', '_')"""
        pairs = [(re.sub("[ -]", "_", said.strip().lower()), kind) for said, kind in self.kinds.items()]
        whens = " ".join("WHEN '{}' THEN '{}'".format(*(text.replace("'", "''") for text in pair)) for pair in pairs)
        kind = Computed(sql=f'CASE {read} {whens} ELSE "{header}" END')
        return self.model_copy(update={"columns": self.columns | {"kind": kind}, "kinds": {}})

    @model_validator(mode="after")
    def _one_source(self) -> TableSettings:
        if self.files and self.database:
            raise _fault("give either files or database, not both")
        if self.database and not (self.table or self.sql):
            raise _fault("database needs table: (a name) or sql: (a query)")
        return self


def _known_zone(value: str | None) -> str | None:
    if value is None or value in available_timezones():
        return value
    near = near_name(value, available_timezones())
    if near:
        raise _fault("{value} is no time zone; do you mean {near}?", value=value, near=near)
    raise _fault("{value} is no time zone; write for example Asia/Shanghai or Europe/Berlin", value=value)


def near_name(name: str, known: Mapping[str, object] | list[str] | tuple[str, ...] | set[str], cutoff: float = 0.6) -> str | None:
    """The known name that looks most like ``name``, or None where nothing comes near."""
    import difflib

    lowered = {str(item).casefold(): str(item) for item in known}
    found = difflib.get_close_matches(str(name).casefold(), list(lowered), n=1, cutoff=cutoff)
    return lowered[found[0]] if found else None


def _unknown_table(name: str, known: str) -> tuple[str, dict[str, object]]:
    near = near_name(name, TABLES)
    if near:
        return marked("there is no table {name}; do you mean {near}?"), {"name": name, "near": near}
    return marked("there is no table {name}; there are {known}"), {"name": name, "known": known}


def _unknown_column(table: str, column: str) -> tuple[str, dict[str, object]] | None:
    known = TABLES[table].names
    near = near_name(column, known, 0.8 if table == "customers" else 0.6)
    if column in known or (table == "customers" and near is None):
        return None  # customers may carry columns of the customer table directly
    values: dict[str, object] = {"table": table, "column": column}
    if near:
        return marked("{table} has no column {column}; do you mean {near}?"), {**values, "near": near}
    template = marked("{table} has no column {column}; it has {known}. A column of your own goes under extra_columns")
    return template, {**values, "known": ", ".join(known)}


def name_faults(tables: Mapping[str, object]) -> list[Fault]:
    """Tables and columns that do not exist, each with its place; also reads what no model has checked yet."""
    known = ", ".join(TABLES)
    faults: list[Fault] = [(*_unknown_table(name, known), ("tables", name)) for name in tables if name not in TABLES]
    for name in tables.keys() & TABLES.keys():
        parts = tables[name] if isinstance(tables[name], list) else [tables[name]]
        for index, part in enumerate(parts):  # type: ignore[arg-type, var-annotated]
            columns = part.get("columns") if isinstance(part, Mapping) else getattr(part, "columns", None)
            for column in columns if isinstance(columns, Mapping) else ():
                if fault := _unknown_column(name, str(column)):
                    faults.append((*fault, ("tables", name, index, "columns", str(column))))
    return faults


class Match(_Model):
    """Which name columns bring two tables together, and what is no difference between two names."""

    pairs: dict[str, str] = {}
    ignore: Texts = ["空格", "全半角", "括号", "大小写"]
    aliases: str = "matches.csv"

    @model_validator(mode="before")
    @classmethod
    def _pairs_by_dot(cls, value: object) -> object:
        if not isinstance(value, Mapping) or "pairs" in value:
            return value
        named = {key: item for key, item in value.items() if "." not in str(key)}
        return {**named, "pairs": {key: item for key, item in value.items() if "." in str(key)}}

    @field_validator("pairs")
    @classmethod
    def _table_and_column(cls, value: dict[str, str]) -> dict[str, str]:
        for side in [*value, *value.values()]:
            table, _, column = side.partition(".")
            if table not in TABLES or column not in TABLES[table].names:
                raise _fault("match: {side} is no table.column; write orders.customer_name: customers.customer_name", side=side)
        return value

    @field_validator("ignore")
    @classmethod
    def _known_differences(cls, value: list[str]) -> list[str]:
        unknown = [item for item in value if item not in IGNORABLE]
        if unknown:
            raise _fault("match.ignore: {value} is not known; it can be {known}", value=unknown[0], known=", ".join(IGNORABLE))
        return value


class ReportSettings(_Model):
    """What the report is about, for whom, and how it looks."""

    main: str | None = None
    also: Texts | None = None
    title: str | None = None
    author: str = ""
    audience: Literal["client", "outside"] = "client"
    logo: str | None = None
    colours: Texts = []
    footer: str = ""
    template: Texts = []
    notes: dict[str, str] = {}


class ClockSettings(_Model):
    """``clock:``: the trade's usual and long gap between two buying days of a customer, in place of the measured ones.

    Attributes:
        usual: Days by which most customers have bought again, written as a window is: 30, 30 days, 6 weeks.
        long: Days by which nearly all of those who come back have.
    """

    usual: int | str
    long: int | str

    @field_validator("usual", "long")
    @classmethod
    def _days_readable(cls, value: int | str) -> int | str:
        try:
            days = window_days(value)
        except PydanticCustomError:
            days = None
        if days is None:
            raise _fault("clock: {value} is no number of days; write for example 30 days or 12 weeks", value=str(value))
        return value

    @model_validator(mode="after")
    def _usual_before_long(self) -> ClockSettings:
        if not 1 <= self.usual_days <= self.long_days:
            raise _fault(
                "clock takes the usual gap between two purchases and the long one, in days, e.g. {{usual: 30 days, long: 90 days}}; "
                "found usual {usual}, long {long}",
                usual=str(self.usual),
                long=str(self.long),
            )
        return self

    @property
    def usual_days(self) -> int:
        return window_days(self.usual) or 0

    @property
    def long_days(self) -> int:
        return window_days(self.long) or 0


class ClientSettings(_Model):
    """Everything client.yml says. Made without a file for frames: ``ClientSettings(timezone="Asia/Shanghai")``."""

    project: Text = ""
    language: Annotated[list[Literal["zh", "en"]], BeforeValidator(_as_list)] = ["en"]
    currency: str | None = None
    timezone: str | None = None
    source_timezone: str | None = None
    as_of: date | None = None
    window: str | int | None = None
    clock: ClockSettings | None = None
    population: Literal["all", "sample"] | None = None
    tables: dict[str, list[TableSettings]] = {}
    match: Match | None = None
    methods: dict[str, dict[str, Any]] = {}
    labels: dict[str, dict[Text, Text]] = {}
    playbook: str | None = None
    report: ReportSettings = ReportSettings()
    definitions: str | None = None

    _path: Path | None = PrivateAttr(default=None)
    _lines: dict[tuple[str | int, ...], int] = PrivateAttr(default_factory=dict)

    @field_validator("tables", mode="before")
    @classmethod
    def _listed_tables(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {name: item if isinstance(item, list) else [item] for name, item in value.items()}

    @field_validator("tables")
    @classmethod
    def _known_columns(cls, value: dict[str, list[TableSettings]]) -> dict[str, list[TableSettings]]:
        faults = name_faults(value)
        if faults:
            raise _faults(faults)
        return value

    @field_validator("tables")
    @classmethod
    def _one_part_a_question(cls, value: dict[str, list[TableSettings]]) -> dict[str, list[TableSettings]]:
        other = next((name for name, parts in value.items() if name != "feedback" and any(part.questions for part in parts)), None)
        if other:
            raise _fault("questions belongs to feedback; {table} has none", table=other)
        return {name: [each for part in parts for each in part.by_question()] for name, parts in value.items()}

    @field_validator("tables")
    @classmethod
    def _kinds_of_events(cls, value: dict[str, list[TableSettings]]) -> dict[str, list[TableSettings]]:
        other = next((name for name, parts in value.items() if name != "interactions" and any(part.kinds for part in parts)), None)
        if other:
            raise _fault("kinds belongs to interactions; {table} has none", table=other)
        if any(part.kinds and not isinstance(part.columns.get("kind"), list) for part in value.get("interactions", [])):
            raise _fault("interactions: kinds says what the values of one column mean; name that column under columns: kind:")
        return {name: [part.with_kinds() for part in parts] for name, parts in value.items()}

    @field_validator("currency")
    @classmethod
    def _currency_code(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Z]{3}", value):
            raise _fault("currency is a code of three capital letters such as CNY, EUR or USD; found {value}", value=value)
        return value

    @field_validator("timezone", "source_timezone")
    @classmethod
    def _known_zones(cls, value: str | None) -> str | None:
        return _known_zone(value)

    @field_validator("window")
    @classmethod
    def _window_readable(cls, value: str | int | None) -> str | int | None:
        window_days(value)
        return value

    @property
    def path(self) -> Path | None:
        """The client.yml these settings were read from, or None."""
        return self._path

    @property
    def folder(self) -> Path:
        """The project folder: relative paths start here."""
        return self._path.parent if self._path else Path()

    @property
    def window_days(self) -> int | None:
        """Days to look back; None where it is left out or "all" (then ``whole_history`` tells which)."""
        return window_days(self.window)

    @property
    def whole_history(self) -> bool:
        """True where client.yml asks for all there is."""
        return isinstance(self.window, str) and self.window.strip().lower() in ("all", "全部")

    def line(self, *where: str | int) -> int | None:
        """Line of client.yml on which the key stands, or None where there is no file."""
        return self._lines.get(where)

    def fingerprint(self) -> str:
        """sha256 of all that decides the collected tables (not of words, methods or looks)."""
        data = self.model_dump(mode="json", by_alias=True, include={"timezone", "source_timezone", "tables", "match", "currency"})
        return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def window_days(window: str | int | None) -> int | None:
    """Days of a window as client.yml writes it: 365, "365 days", "12 months" (a month is 365/12 days), "52 weeks", "all" or None.

    Raises:
        ValueError: Anything else.

    >>> window_days("12 months"), window_days("6 个月"), window_days("26 weeks"), window_days("all")
    (365, 182, 182, None)
    """
    if window is None or (isinstance(window, str) and window.strip().lower() in ("all", "全部")):
        return None
    found = re.fullmatch(r"(\d+)\s*(\S*)", str(window).strip().lower())
    number, unit = (int(found[1]), found[2]) if found else (0, "")
    if number > 0 and unit in _MONTHS:
        return number * _MONTHS[unit] * 365 // 12
    if number > 0 and unit in {"", *_DAYS}:
        return number * _DAYS.get(unit, 1)
    raise _fault("window is for example 12 months, 26 weeks, 90 days or all; found {value}", value=str(window))
