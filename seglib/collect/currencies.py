"""Amounts with a column beside them that names their currency: amounts of two currencies do not add up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from seglib.collect.layout import plain_name
from seglib.collect.numbers import currency_of
from seglib.collect.plan import PartPlan
from seglib.collect.typed import USED, TypedTable
from seglib.collect.workspace import FILE, LINE, Relation, Workspace, quoted
from seglib.errors import TableError

NAMES = frozenset(
    ("currency", "currencycode", "currencyid", "currencyisocode", "ccy", "curr", "devise", "moneda", "währung", "waehrung",
     "币种", "币别", "货币", "货币代码", "交易币种", "结算币种", "订单币种")
)  # fmt: skip
# headers of what is converted already, and of what converts
_CONVERTED = re.compile(r"本币|本位币|rate|汇率|converted|\bbase\b|(^|[^a-z])(cny|usd|eur|gbp|hkd|rmb)([^a-z]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class _Kind:
    """A currency among the used lines: as it is written, how many lines, the first of them."""

    written: str
    rows: int
    line: int
    file: int


def is_currency(header: str) -> bool:
    """Does a header name the currency of its line?"""
    return plain_name(header) in NAMES


def one_currency(workspace: Workspace, table: TypedTable, currency: str | None) -> None:
    """Refuse a table whose used amounts stand in two currencies; note where the one they stand in is not the project's.

    Args:
        workspace: The connection; takes the note.
        table: Built, with the step of every row.
        currency: What client.yml says, None where it says nothing.

    Raises:
        TableError: With the column, both currencies, and the line in client.yml that keeps one of them.
    """
    found: dict[str, _Kind] = {}
    header = ""
    for relation, plan in table.relations:
        columns = [name for name in _headers([relation]) if is_currency(name)]
        if columns and "amount" in table.columns and not _converts(plan):
            header = columns[0]
            for code, kind in _kinds(workspace, table, relation, header).items():
                found.setdefault(code, kind)
    if len(found) > 1:
        (_, one), (_, two) = sorted(found.items(), key=lambda item: (-item[1].rows, item[0]))[:2]
        raise TableError(
            "{table}: {column} says {first} in {n:,} lines ({file} line {line}) and {second} in {n2:,} lines ({file2} line {line2}), "
            "and amounts of two currencies do not add up. Convert them before, or keep one: keep: {{{column}: [{first}]}}",
            table=table.name, column=header, first=one.written, n=one.rows, line=one.line, file=workspace.sources[one.file].name,
            second=two.written, n2=two.rows, line2=two.line, file2=workspace.sources[two.file].name,
        )  # fmt: skip
    if found and currency and currency not in found:
        (kind,) = found.values()
        workspace.note("{column} says {found}, and client.yml says currency: {currency}.",
                       column=header, found=kind.written, currency=currency)  # fmt: skip


def _headers(relations: Sequence[Relation]) -> list[str]:
    return list(dict.fromkeys(name for relation in relations for names in relation.names() for name in names))


def _converts(plan: PartPlan) -> bool:
    """True where the amount is computed with a rate, or read from a column of converted amounts."""
    amount = plan.find("amount")
    named = list(amount.raws) if amount else []
    if amount and amount.formula:
        named += [*plan.inputs, amount.formula]
    return any(_CONVERTED.search(name) or is_currency(name) for name in named)


def _kinds(workspace: Workspace, table: TypedTable, relation: Relation, header: str) -> dict[str, _Kind]:
    """Currencies of the rows that are used, by code; what names no currency is passed over."""
    scan, _ = relation.open((header,))
    rows = workspace.rows(
        f"""SELECT r0::VARCHAR, count(*), min({quoted(LINE)}), arg_min({quoted(FILE)}, {quoted(LINE)}) FROM {scan} AS s
            SEMI JOIN (SELECT _file, _line FROM {table.stored} WHERE _step = {USED}) AS u
            ON s.{quoted(FILE)} = u._file AND s.{quoted(LINE)} = u._line WHERE r0 IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"""
    )
    workspace.release()
    found: dict[str, _Kind] = {}
    for text, number, line, file in rows:
        if code := currency_of(text):
            before = found.get(code)
            found[code] = (
                _Kind(before.written, before.rows + number, before.line, before.file) if before else _Kind(text.strip(), number, line, file)
            )
    return found
