"""`seglib init`: from files to a proposed client.yml, each guess with its confidence, and the few questions worth asking."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seglib.collect.crm import preset
from seglib.collect.guess import HELPERS, LIKELY, MAYBE, SURE, Guess, Values, guesses, words
from seglib.collect.layout import plain_name
from seglib.collect.look import Found, label, look_at
from seglib.collect.refine import beside, refine
from seglib.collect.workspace import Note
from seglib.errors import DataError, SeglibError, SettingsError, together
from seglib.tables import TABLES

_CURRENCIES = {"¥": "CNY", "$": "USD", "€": "EUR", "£": "GBP", "HK$": "HKD", "JPY": "JPY", "₹": "INR", "CHF": "CHF"}


@dataclass
class Part:
    """One entry under a table of client.yml: files that are read alike.

    Attributes:
        table: Canonical name.
        found: The sheets and files, all with the same headers.
        columns: Canonical column -> header, or formula where ``formulas`` names it.
        formulas: Canonical columns that are computed.
        unsure: Keys that were guessed and shall be confirmed.
        layout, returns, keep, exclude, questions: As in client.yml.
        amount_unit: As in client.yml.
        source_timezone: Zone of an export that writes times without one, "" where that does not matter.
        by_name: True for deals that know their customer by name alone.
        currency: Code of the currency that a column of the files names, "" where none does.
    """

    table: str
    found: list[Found]
    columns: dict[str, str] = field(default_factory=dict)
    formulas: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    layout: dict[str, Any] = field(default_factory=dict)
    returns: dict[str, list[str]] = field(default_factory=dict)
    keep: dict[str, list[str]] = field(default_factory=dict)
    exclude: dict[str, list[str]] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    amount_unit: str = ""
    source_timezone: str = ""
    currency: str = ""
    by_name: bool = False

    @property
    def crm(self) -> str:
        return self.found[0].crm

    @property
    def files(self) -> list[Path]:
        return list(dict.fromkeys(item.path for item in self.found))

    def values(self, column: str) -> Values | None:
        """Sampled values of a mapped column, over all its files."""
        header = self.columns.get(column)
        if header is None or column in self.formulas:
            return None
        return self.named(header)

    def named(self, header: str) -> Values:
        """Sampled values under a header, over all files."""
        return Values(
            header, tuple(text for item in self.found for values in item.columns if values.name == header for text in values.texts)
        )

    def alternatives(self, column: str) -> list[str]:
        """All headers that could be the column, the likeliest first."""
        found = [guess.header for guess in guesses(self.found[0].columns) if guess.column == column and guess.confidence != MAYBE]
        return list(dict.fromkeys(found))


@dataclass
class Proposal:
    """What init will write.

    Attributes:
        parts: Entries under tables:, in the order of the tables.
        others: Sheets and files that are no table of ours, or cannot be read.
        match: True where orders are brought to customers by name.
        match_rate: Names of the sample that found a customer, and names in all.
        currency, timezone, as_of, language, audience: As in client.yml; "" where nothing is known.
        unsure: Keys of the top that were guessed.
    """

    parts: list[Part]
    others: list[Found]
    match: bool = False
    match_rate: tuple[int, int] = (0, 0)
    currency: str = ""
    timezone: str = ""
    as_of: str = ""
    language: list[str] = field(default_factory=lambda: ["en"])
    audience: str = "client"
    unsure: set[str] = field(default_factory=set)

    def of(self, table: str) -> list[Part]:
        """The entries of a table."""
        return [part for part in self.parts if part.table == table]

    def lines(self) -> Iterator[Note]:
        """What the screen says of the files: template and values a line."""
        books = {item.path for part in self.parts for item in part.found} | {item.path for item in self.others}
        sheets = sum(1 for part in self.parts for item in part.found if item.sheet) + sum(1 for item in self.others if item.sheet)
        yield Note("Read {files} files, {sheets} sheets.", {"files": len(books), "sheets": sheets})
        for part in self.parts:
            yield from _part_lines(part)
        for item in self.others:
            if item.fault is not None:
                yield (
                    Note("  {problem}", {"problem": item.fault})
                    if str(item.fault).startswith(item.path.name)
                    else Note("  {file}: {problem}", {"file": label(item), "problem": item.fault})
                )
            else:
                found = ", ".join(item.headers[:12])
                yield Note("  {file}: no table of ours; it has {found}", {"file": label(item), "found": found})

    def unused(self) -> list[str]:
        """Headers that nothing is made of."""
        used = {header for part in self.parts for header in (*part.columns.values(), *part.questions.values())}
        used |= {name for part in self.parts for name in [*part.returns, *part.keep, *part.exclude]}
        formulas = " ".join(part.columns[name] for part in self.parts for name in part.formulas)
        cross = {"across", "value"}
        used |= {str(part.layout["cross"][key]) for part in self.parts if "cross" in part.layout for key in cross}
        every = dict.fromkeys(header for part in self.parts if not part.crm for item in part.found for header in item.headers)
        return [header for header in every if header not in used and header not in formulas]


def _part_lines(part: Part) -> Iterator[Note]:
    rows = sum(item.rows or 0 for item in part.found)
    values: dict[str, object] = {
        "files": ", ".join(path.name for path in part.files[:3]) + (" …" if len(part.files) > 3 else ""),
        "table": part.table,
        "rows": f"{rows:,}" if rows else "",
    }
    if part.crm:
        yield Note("  {files}: {crm} export, {module} -> {table}", {**values, "crm": part.crm, "module": part.found[0].module})
        return
    yield Note("  {files} -> {table}   {rows} rows", values) if rows else Note("  {files} -> {table}", values)
    sheets = [item for item in part.found if item.sheet]
    if len(sheets) > 1:
        yield Note("    {n} sheets", {"n": len(sheets)})
    if isinstance(part.layout.get("header_row"), int) and part.layout["header_row"] > 1:
        yield Note("    header in row {row}; the rows above are a title", {"row": part.layout["header_row"]})
    if totals := sum(item.total_rows for item in part.found):
        yield Note("    {n} rows of totals are passed over", {"n": totals})
    if "cross" in part.layout:
        yield Note("    months stand side by side: each becomes rows of its own", {})
    if "fill_down" in part.layout:
        yield Note("    written once for several rows, filled down: {columns}", {"columns": ", ".join(part.layout["fill_down"])})
    named = "   ".join(f"{header} -> {name}{' ?' if name in part.unsure else ''}" for name, header in part.columns.items())
    yield Note("    {named}", {"named": named})
    if part.questions:
        yield Note("    questions: {named}", {"named": "   ".join(f"{header} -> {name} ?" for name, header in part.questions.items())})


def look(paths: Sequence[Path], *, language: str = "en") -> Proposal:
    """Look at files and propose what they are.

    Args:
        paths: Files, or folders whose files are meant; patterns with * too.
        language: First language of the report, "zh" or "en".

    Raises:
        SettingsError: A file is not there.
        SeglibError: No file can be read (all reasons at once), or none is a table of orders or customers.
    """
    found: list[Found] = []
    for path in _files(paths):
        try:
            found += look_at(path)
        except SeglibError as fault:
            found.append(Found(path, "", [], fault=fault))
    useful = [item for item in found if item.table or item.crm]
    parts = [part for group in _groups(useful) for part in _parts(group)]
    parts.sort(key=lambda part: _place(part.table))
    proposal = Proposal(parts, [item for item in found if item not in useful], language=[language])
    if not {"orders", "customers", "opportunities"} & {part.table for part in parts}:
        raise _nothing(found)
    for part in parts:
        refine(part)
    parts = proposal.parts = beside(proposal)
    for part in parts:
        if part.table == "customers" and proposal.of("orders"):  # what orders tell is not taken from somebody's older sums
            part.columns = {name: header for name, header in part.columns.items() if name not in words()["direct"]}
    parts.sort(key=lambda part: _place(part.table))
    _set_money_and_zone(proposal)
    _propose_match(proposal)
    _propose_day(proposal)
    from seglib.collect.questions import questions

    questions(proposal)  # whoever asks nothing (--yes) still gets the proposals and the marks
    return proposal


def _place(table: str) -> int:
    """Where a table stands in client.yml: what is bought and who buys first."""
    return ("orders", "customers").index(table) if table in ("orders", "customers") else 2 + list(TABLES).index(table)


def _files(paths: Sequence[Path]) -> list[Path]:
    import glob

    found: list[Path] = []
    for given in paths:
        if given.is_dir():
            hits = sorted(item for item in given.iterdir() if item.is_file())
        else:
            hits = [Path(item) for item in sorted(glob.glob(str(given)))] or [given]  # noqa: PTH207 - absolute patterns too
        found += [hit for hit in hits if not hit.name.startswith((".", "~$")) and hit.name != "client.yml"]
    for path in found:
        if not path.is_file():
            raise SettingsError("There is no file {path}.", path=str(path))
    if not found:
        raise SettingsError("There is no file to look at.")
    return list(dict.fromkeys(found))


def _nothing(found: Sequence[Found]) -> SeglibError:
    broken = [item.fault for item in found if item.fault is not None]
    if broken and len(broken) == len(found):
        return together(broken)
    bare = [label(item) for item in found if item.fault is None and item.columns and not any(values.texts for values in item.columns)]
    if bare and len(bare) + len(broken) == len(found):
        return DataError("{files}: there is a header and no line under it. Export it again with its lines.", files=", ".join(bare))
    return DataError(
        "No file is a table of orders or customers. Found: {headers}. Orders need a date, an amount and a customer.",
        headers="; ".join(f"{label(item)}: {', '.join(item.headers[:8])}" for item in found if item.fault is None),
    )


def _groups(found: Sequence[Found]) -> list[list[Found]]:
    """Sheets and files with the same headers, read alike, are one part."""
    groups: dict[object, list[Found]] = {}
    for item in found:
        layout = {key: value for key, value in item.layout.items() if key not in ("drop_rows", "fill_down")}
        cross = layout.pop("cross", None)
        headers = frozenset(map(plain_name, item.headers))
        database = item.sheet if item.path.suffix.lower() in (".duckdb", ".ddb") else ""
        key = (item.table, item.crm, item.module, headers, repr(layout), repr(cross), database)
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def _parts(group: list[Found]) -> list[Part]:
    """The entries that a group gives: one, or for a CRM's module all tables it can be."""
    first = group[0]
    if not first.crm:
        return [_part(group)]
    tables = preset(first.crm)["modules"][first.module]["tables"]
    wanted = [table for table in tables if table in ("orders", "customers", "opportunities", "interactions", "visits")]
    return [Part(table, group) for table in wanted or tables]


def _part(group: list[Found]) -> Part:
    first = group[0]
    part = Part(first.table, group)
    telling = {"customer_id", "customer_name", "ordered_at", "amount", "order_id"}
    for name, guess in _in_order(first):
        if name in HELPERS or guess.confidence == MAYBE:
            continue
        part.columns[name] = guess.header
        if guess.confidence == LIKELY or (name in telling and guess.confidence != SURE):
            part.unsure.add(name)
    part.layout = dict(first.layout)
    drops: dict[str, list[str]] = {}
    for item in group:
        for header, patterns in item.layout.get("drop_rows", {}).items():
            drops.setdefault(header, [])
            drops[header] += [pattern for pattern in patterns if pattern not in drops[header]]
    if drops:
        part.layout["drop_rows"] = drops
    filled = dict.fromkeys(header for item in group for header in item.layout.get("fill_down", []))
    if filled:
        part.layout["fill_down"] = list(filled)
    return part


def _in_order(item: Found) -> list[tuple[str, Guess]]:
    names = [*TABLES[item.table].names, *words()["direct"]]
    known = [(name, item.chosen[name]) for name in dict.fromkeys(names) if name in item.chosen]
    return known + [(name, guess) for name, guess in item.chosen.items() if name not in names]


def _set_money_and_zone(proposal: Proposal) -> None:
    from seglib.collect.dates import carries_zone

    signs: dict[str, int] = {}
    headers = []
    zoned = False
    for part in proposal.parts:
        for name in ("amount", "list_amount", "spend"):
            values = part.values(name)
            for sign, number in (values.currencies if values is not None else {}).items():
                signs[sign] = signs.get(sign, 0) + number
        headers += [header for item in part.found for header in item.headers]
        when = part.values("ordered_at")
        zoned = zoned or (when is not None and any(carries_zone(text) for text in when.said[:100])) or bool(part.source_timezone)
    code = re.search(r"[(（](元|万元|千元|人民币|RMB|CNY|USD|EUR|GBP|HKD)[)）]", " ".join(headers))
    chinese = any("\u4e00" <= ch <= "\u9fff" for ch in "".join(headers))
    named = next((part.currency for part in proposal.parts if part.currency), "")
    if named:
        proposal.currency = named
    elif signs:
        proposal.currency = _CURRENCIES.get(max(signs, key=lambda sign: signs[sign]), "")
    elif code:
        proposal.currency = code[1] if code[1].isascii() and code[1] != "RMB" else "CNY"
    if not proposal.currency:
        proposal.currency = "CNY" if chinese or proposal.language[0] == "zh" else "USD"
        proposal.unsure.add("currency")
    if chinese or proposal.language[0] == "zh":
        proposal.timezone = "Asia/Shanghai"
    elif zoned:
        proposal.timezone = "UTC"
    if proposal.timezone:
        proposal.unsure.add("timezone")
    for part in proposal.parts:
        if part.source_timezone:
            part.source_timezone = proposal.timezone
            part.unsure.add("source_timezone")


def _propose_match(proposal: Proposal) -> None:
    """Orders with a name and no id, customers with both: the name brings them together."""
    from seglib.collect.matching import plain_customer
    from seglib.settings import Match

    orders = [part for part in proposal.of("orders") if "customer_id" not in part.columns and "customer_name" in part.columns]
    customers = next((part for part in proposal.of("customers") if _names_of(part) is not None), None)
    if not orders or customers is None or len(orders) < len(proposal.of("orders")):
        return
    ignore = [*Match().ignore, "有限公司"]
    names = _names_of(customers)
    known = {plain_customer(text, ignore) for text in (names.kinds if names else ())}
    asked = {text for part in orders if (values := part.values("customer_name")) for text in values.kinds}
    hits = sum(plain_customer(text, ignore) in known for text in asked)
    proposal.match_rate = (hits, len(asked))
    proposal.match = hits > 0
    if proposal.match:
        proposal.unsure.add("match")


def _propose_day(proposal: Proposal) -> None:
    """Without orders no last order tells the day that the figures stand on: the last date in the customers file is proposed."""
    if proposal.of("orders"):
        return
    from seglib.collect.dates import read_date

    columns = ("last_order", "first_order", "registered_at", "cancelled_at")
    texts = [text for part in proposal.of("customers") for name in columns if (values := part.values(name)) for text in values.kinds]
    days = [day for text in texts if (day := read_date(text, "dmy") or read_date(text, "mdy"))]
    if days:
        proposal.as_of = f"{max(days):%Y-%m-%d}"
        proposal.unsure.add("as_of")


def _names_of(part: Part) -> Values | None:
    if not part.crm:
        return part.values("customer_name") if "customer_id" in part.columns else None
    spec = preset(part.crm)["modules"][part.found[0].module]["tables"]["customers"]["columns"]
    wanted = [plain_name(name) for name in spec["customer_name"]]
    header = next((header for name in wanted for header in part.found[0].headers if plain_name(header) == name), None)
    return part.named(header) if header else None
