"""Customers for order lines that carry only a name: compared without what is no difference, with the client's own aliases."""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from seglib.collect.typed import UNATTRIBUTED, USED, TypedTable
from seglib.collect.workspace import Workspace
from seglib.errors import SettingsError, TableError
from seglib.settings import ClientSettings, Match, near_name
from seglib.settings.encoding import decode

COLUMNS = ("name", "customer", "lines", "amount", "found", "suggestion")
_COMPANY = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|股份公司|责任公司|分公司|公司|\b(co|inc|ltd|llc|limited|corp|corporation|company|gmbh|ag|plc|sarl|bv|pty)\b\.?)"
)
_BRACKETS = re.compile(r"[()\[\]{}<>【】《》「」『』〔〕〈〉]")
_ALIASES = {"spaces": "空格", "width": "全半角", "brackets": "括号", "company": "有限公司", "case": "大小写", "punctuation": "标点"}


@dataclass(frozen=True)
class Unmatched:
    """A name that found no customer: its lines and money, why, and what looks like it."""

    name: str
    lines: int
    amount: Decimal
    found: str  # "none", or how many customers have the name
    suggestion: str


def plain_customer(name: str, ignore: Iterable[str]) -> str:
    """A name without the differences that do not count.

    >>> plain_customer("某某 商贸（上海）有限公司", ["空格", "全半角", "括号", "有限公司"])
    '某某商贸上海'
    """
    differences = {_ALIASES.get(item, item) for item in ignore}
    text = unicodedata.normalize("NFKC", name) if "全半角" in differences else name
    text = text.casefold() if "大小写" in differences or "有限公司" in differences else text
    if "有限公司" in differences:
        text = _COMPANY.sub("", text)
    if "括号" in differences:
        text = _BRACKETS.sub("", unicodedata.normalize("NFKC", text))
    if "标点" in differences:
        text = "".join(ch for ch in text if ch.isalnum() or ch.isspace())
    return re.sub(r"\s+", "", text) if "空格" in differences else text.strip()


def give_customers(workspace: Workspace, settings: ClientSettings, tables: Mapping[str, TypedTable]) -> list[Unmatched]:
    """Fill orders.customer_id from names: through ``match``, or by the name itself where there are no customers to match with.

    Returns:
        Names that found no customer, the one with most money first.

    Raises:
        SettingsError: ``match`` names columns that are not there, or matches.csv names a customer who does not exist.
    """
    orders = tables.get("orders")
    if orders is None:
        return []
    match = settings.match if settings.match and settings.match.pairs else None
    customers = tables.get("customers")
    if match is None:
        if "customer_id" not in orders.columns:
            _names_as_ids(workspace, orders, customers)
        return []
    left, right = next(iter(match.pairs.items()))
    for side in (left, right):
        table, _, column = side.partition(".")
        if table not in tables or column not in tables[table].columns:
            raise SettingsError("match: {side} is not there; map that column under tables.{table}.columns first.", side=side, table=table)
    assert customers is not None
    if "customer_id" not in orders.columns:
        _add_ids(workspace, orders)
    known = _known_names(workspace, customers, right.partition(".")[2])
    ids = {identity for several in known.values() for identity in several}
    aliases = read_aliases(settings.folder / match.aliases, known, ids, match)
    column = left.partition(".")[2]
    names = _names_without(workspace, orders, column)
    found, lost = _matched(names, known, aliases, match)
    table = pa.table({"name": pa.array(list(found), pa.string()), "id": pa.array(list(found.values()), pa.string())})
    workspace.con.register("_matched", table)
    where = f"_step = {UNATTRIBUTED} AND {column} = m.name"
    workspace.execute(f"UPDATE {orders.stored} SET customer_id = m.id, _step = {USED} FROM _matched AS m WHERE {where}")
    workspace.con.unregister("_matched")
    return lost


def _names_without(workspace: Workspace, orders: TypedTable, column: str) -> list[tuple[str, int, Decimal | None]]:
    """Names on lines that have no customer yet, with the lines and the money of each."""
    where = f"_step = {UNATTRIBUTED} AND {column} IS NOT NULL"
    return workspace.rows(f"SELECT {column}, count(*), sum(amount) FROM {orders.stored} WHERE {where} GROUP BY 1")


def _names_as_ids(workspace: Workspace, orders: TypedTable, customers: TypedTable | None) -> None:
    if customers is not None and "customer_name" in customers.columns:
        raise SettingsError(
            "orders has names but no customer ids, and customers has both: write match: {orders.customer_name: customers.customer_name}."
        )
    _add_ids(workspace, orders)
    workspace.execute(f"UPDATE {orders.stored} SET customer_id = customer_name WHERE customer_name IS NOT NULL")
    workspace.execute(f"UPDATE {orders.stored} SET _step = {USED} WHERE _step = {UNATTRIBUTED} AND customer_id IS NOT NULL")
    workspace.note("orders have no customer id: the customer's name is taken for it.")


def _add_ids(workspace: Workspace, orders: TypedTable) -> None:
    workspace.execute(f"ALTER TABLE {orders.stored} ADD COLUMN customer_id VARCHAR")
    orders.columns = ("customer_id", *orders.columns)


def _known_names(workspace: Workspace, customers: TypedTable, column: str) -> dict[str, set[str]]:
    known: dict[str, set[str]] = defaultdict(set)
    for name, identity in workspace.rows(f"SELECT {column}, customer_id FROM {customers.stored} WHERE _step = {USED}"):
        known[name or ""].add(identity)
    return known


def _matched(
    names: list[tuple[str, int, Decimal | None]], known: Mapping[str, set[str]], aliases: Mapping[str, str], match: Match
) -> tuple[dict[str, str], list[Unmatched]]:
    """Name -> id for those that are certain; the others with what looks like them."""
    plain: dict[str, set[str]] = defaultdict(set)
    written: dict[str, str] = {}
    for name, ids in known.items():
        if name:
            key = plain_customer(name, match.ignore)
            plain[key] |= ids
            written.setdefault(key, name)
    found: dict[str, str] = {}
    lost: list[tuple[str, int, Decimal, str]] = []
    for name, lines, amount in names:
        candidates = known.get(name) or plain.get(plain_customer(name, match.ignore)) or set()
        if name in aliases:
            found[name] = aliases[name]
        elif len(candidates) == 1:
            found[name] = next(iter(candidates))
        else:
            lost.append((name, lines, amount or Decimal(0), str(len(candidates)) if candidates else "none"))
    lost.sort(key=lambda item: (-abs(item[2]), item[0]))
    nearest = _Nearest(written)
    keys = [plain_customer(name, match.ignore) for name, *_ in lost]
    return found, [Unmatched(*item, nearest.of(key) if rank < 200 else "") for rank, (item, key) in enumerate(zip(lost, keys, strict=True))]


class _Nearest:
    """The known name that looks most like another; only names that share pairs of characters are compared."""

    def __init__(self, written: Mapping[str, str]) -> None:
        self._written = written
        self._by_pair: dict[str, set[str]] = defaultdict(set)
        for key in written:
            for pair in _pairs(key):
                self._by_pair[pair].add(key)

    def of(self, key: str) -> str:
        shared = Counter(other for pair in _pairs(key) for other in self._by_pair.get(pair, ()))
        likely = [other for other, _ in shared.most_common(30)]
        best = difflib.get_close_matches(key, likely, n=1, cutoff=0.5)
        return self._written[best[0]] if best else ""


def _pairs(text: str) -> set[str]:
    return {text[index : index + 2] for index in range(max(1, len(text) - 1))}


def read_aliases(path: Path, known: Mapping[str, set[str]], ids: set[str], match: Match) -> dict[str, str]:
    """Name -> customer_id from the rows of matches.csv whose ``customer`` was filled in with an id or a name.

    Raises:
        SettingsError: It names a customer who does not exist, or more than one; with the line.
    """
    if not path.is_file():
        return {}
    text = decode(path.read_bytes()).lstrip("\ufeff")
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    if not {"name", "customer"} <= set(rows.fieldnames or ()):
        raise SettingsError("{file} needs the columns name and customer; delete it and seglib check writes it anew.", file=path.name)
    plain: dict[str, set[str]] = defaultdict(set)
    for name, identities in known.items():
        plain[plain_customer(name, match.ignore)] |= identities
    aliases: dict[str, str] = {}
    for row in rows:
        given = (row["customer"] or "").strip()
        if not given:
            continue
        candidates = {given} if given in ids else known.get(given) or plain.get(plain_customer(given, match.ignore)) or set()
        if len(candidates) != 1:
            _refuse_alias(path, rows.line_num, given, len(candidates), list(known))
        aliases[row["name"]] = next(iter(candidates))
    return aliases


def _refuse_alias(path: Path, line: int, given: str, several: int, names: list[str]) -> None:
    if several:
        raise SettingsError(
            "{file} line {line}: {n} customers are called {name}; write the id.", file=path.name, line=line, n=several, name=given
        )
    near = near_name(given, names)
    if near:
        raise SettingsError(
            "{file} line {line}: there is no customer {name}; do you mean {near}?", file=path.name, line=line, name=given, near=near
        )
    raise SettingsError("{file} line {line}: there is no customer {name}.", file=path.name, line=line, name=given)


def write_matches(path: Path, unmatched: Iterable[Unmatched]) -> Path:
    """Write the names without a customer for somebody to fill in; rows that were filled in before are kept.

    Returns:
        The file written: ``path``, or a numbered one beside it where ``path`` is open in another program.
    """
    kept: list[dict[str, str]] = []
    if path.is_file():
        text = decode(path.read_bytes()).lstrip("\ufeff")
        delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
        kept = [row for row in csv.DictReader(io.StringIO(text), delimiter=delimiter) if (row.get("customer") or "").strip()]
    names = {row.get("name") for row in kept}
    rows = [{key: row.get(key) or "" for key in COLUMNS} for row in kept]
    rows += [
        {
            "name": item.name,
            "customer": "",
            "lines": str(item.lines),
            "amount": f"{item.amount:.2f}",
            "found": item.found,
            "suggestion": item.suggestion,
        }
        for item in unmatched
        if item.name not in names
    ]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return write_beside(path, out.getvalue().encode("utf-8-sig"))


def write_beside(path: Path, data: bytes) -> Path:
    """Write a file; where another program holds it open, one numbered beside it.

    Raises:
        TableError: Neither can be written.
    """
    for number in range(1, 10):
        target = path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except PermissionError:
            continue
        return target
    raise TableError("{file} cannot be written; is it open in another program, or the folder read-only?", file=str(path))
