"""``seglib init``: what the files look like to be, and a client.yml that says so, with every guess marked."""

from __future__ import annotations

import glob
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seglib.cli.headers import match, spellings
from seglib.cli.screen import shown, t
from seglib.errors import DataError, SettingsError

CURRENCY = {"en": "USD", "zh": "CNY"}
# what a file must have to be a table, the most telling table first
TELLING = {"orders": ("ordered_at", "amount"), "products": ("product_id",), "customers": ("customer_id",)}
TEXTS, WORKBOOKS = (".csv", ".txt", ".tsv"), (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
LOOK = 60  # rows among which a sheet's header is looked for


@dataclass(frozen=True)
class Answers:
    """What the user was asked: first language of the report, currency ("" for the language's own)."""

    language: str = "en"
    currency: str = ""


@dataclass(frozen=True)
class File:
    """One file: its headers, and what they seem to be.

    Attributes:
        path: Where it lies.
        table: Name of the canonical table, "" where none fits.
        columns: Canonical name -> header.
        guessed: Canonical names that are only like the header.
    """

    path: Path
    headers: tuple[str, ...]
    table: str
    columns: Mapping[str, str]
    guessed: frozenset[str]

    @property
    def unused(self) -> list[str]:
        """Headers that nothing is made of."""
        used = set(self.columns.values())
        return [header for header in self.headers if header not in used]


@dataclass(frozen=True)
class Found:
    """All files, looked at."""

    files: Sequence[File] = field(default_factory=list)

    def tables(self) -> dict[str, list[File]]:
        """Table -> its files; the files of one table have the same headers, or they are entries of their own."""
        return {name: [file for file in self.files if file.table == name] for name in TELLING if any(f.table == name for f in self.files)}

    def lines(self) -> Iterator[str]:
        """What the screen says on every file."""
        for file in self.files:
            if not file.table:
                yield t("{file}: no table of ours; it has {headers}", file=file.path.name, headers=", ".join(file.headers[:12]))
                continue
            named = "   ".join(f"{header} -> {name}{' ?' if name in file.guessed else ''}" for name, header in file.columns.items())
            yield t("{file}: {table}", file=file.path.name, table=file.table)
            yield f"    {named}"
            if file.unused:
                yield "    " + t("not used: {headers}", headers=", ".join(file.unused[:12]))


def look(patterns: Sequence[Path]) -> Found:
    """Look at the headers of all files.

    Args:
        patterns: Files; a pattern with ``*`` stands for all that fit, as not every shell resolves it.

    Raises:
        SettingsError: A file is not there, or no file is a table of orders or customers.
    """
    paths = [Path(name) for pattern in patterns for name in (sorted(glob.glob(str(pattern))) or [str(pattern)])]  # noqa: PTH207 - absolute patterns
    for path in paths:
        if not path.is_file():
            raise SettingsError("There is no file {path}.", path=str(path))
    found = Found([_file(path) for path in dict.fromkeys(paths)])
    if not {"orders", "customers"} & found.tables().keys():
        raise DataError(
            "No file is a table of orders or customers. Found: {headers}. Orders need a date, an amount and a customer.",
            headers="; ".join(f"{file.path.name}: {', '.join(file.headers[:8])}" for file in found.files),
        )
    return found


def _file(path: Path) -> File:
    headers = tuple(header for header in headers_of(path) if header)
    candidates = {table: match(table, headers) for table in TELLING}
    table = next((name for name, needed in TELLING.items() if set(needed) <= candidates[name].keys()), "")
    chosen = candidates.get(table, {})
    columns = {name: header for name, (header, _) in chosen.items()}
    return File(path, headers, table, columns, frozenset(name for name, (_, sure) in chosen.items() if not sure))


def headers_of(path: Path) -> Sequence[str]:
    """The column names of a file: of a workbook, those of its first sheet.

    Raises:
        DataError: The file is of no kind we read.
        TableError: It is damaged, empty, or has no header.
    """
    from seglib.collect.layout import find_header
    from seglib.collect.sheets import header_text, numbered_rows, open_workbook
    from seglib.collect.sniff import sniff
    from seglib.settings import Layout

    kind = path.suffix.lower()
    if kind in TEXTS:
        return sniff(path, Layout(), spellings()).header
    if kind in (".parquet", ".pq"):
        import pyarrow.parquet as pq

        return list(pq.read_schema(path).names)
    if kind in WORKBOOKS:
        book = open_workbook(path)
        rows = numbered_rows(book, book.sheet_names[0])[:LOOK]
        return find_header([[header_text(cell) for cell in row] for _, row in rows], None, spellings(), path.name).names
    raise DataError("{file} cannot be read; give csv, xlsx or parquet.", file=path.name)


def write(found: Found, folder: Path, answers: Answers) -> Path:
    """Make the project's folder: the files copied into ``data``, and client.yml.

    Raises:
        SettingsError: There is a client.yml already; it is never overwritten.
    """
    path = folder / "client.yml"
    if path.exists():
        raise SettingsError("There is a {path} already; edit it, or choose another folder.", path=shown(path))
    (folder / "data").mkdir(parents=True, exist_ok=True)
    places = {file.path: _placed(file.path, folder) for file in found.files if file.table}
    path.write_text(client_yml(found, places, folder.resolve().name, answers), encoding="utf-8")
    return path


def _placed(source: Path, folder: Path) -> str:
    """The file's name inside the project: where it lies already, or a copy under ``data``."""
    if source.resolve().is_relative_to(folder.resolve()):
        return source.resolve().relative_to(folder.resolve()).as_posix()
    target = folder / "data" / source.name
    if target.exists():
        raise SettingsError("There is a {path} already; two files of one name cannot both be copied.", path=shown(target))
    shutil.copy2(source, target)
    return f"data/{source.name}"


def client_yml(found: Found, places: Mapping[Path, str], project: str, answers: Answers) -> str:
    """The text of client.yml; a line that was guessed ends in ``# ?``."""
    lines = [
        "# " + t("Written by seglib init. Lines marked ? were guessed: please confirm them and delete the mark."),
        f"project: {_quoted(project)}",
        f"language: {answers.language}",
        f"currency: {answers.currency}" if answers.currency else f"currency: {CURRENCY[answers.language]}   # ?",
        "# " + t("as_of: 2025-09-30    (left out: the last day in the data)"),
        "# " + t("window: 12 months    (left out: 12 months if there are, else all)"),
        "tables:",
    ]
    for name, files in found.tables().items():
        entries = _entries(files, places)
        lines.append(f"  {name}:")
        for entry in entries:
            lines += (
                [("    - " if index == 0 else "      ") + line for index, line in enumerate(entry)]
                if len(entries) > 1
                else ["    " + line for line in entry]
            )
    if answers.language == "zh":
        lines += ["methods:", "  rfm: {classes: cn8}"]
    return "\n".join(lines) + "\n"


def _entries(files: Sequence[File], places: Mapping[Path, str]) -> list[list[str]]:
    """One entry for all files with the same columns."""
    groups: dict[tuple[tuple[str, str], ...], list[File]] = {}
    for file in files:
        groups.setdefault(tuple(file.columns.items()), []).append(file)
    return [_entry(group, places) for group in groups.values()]


def _entry(files: Sequence[File], places: Mapping[Path, str]) -> list[str]:
    names = [_quoted(places[file.path]) for file in files]
    lines = [f"files: {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}", "columns:"]
    for name, header in files[0].columns.items():
        lines.append(f"  {name}: {_quoted(header)}" + ("   # ?" if name in files[0].guessed else ""))
    return lines


def _quoted(text: str) -> str:
    """A text as YAML takes it whatever stands in it; a plain word stays plain."""
    plain = text.replace("_", "").replace("/", "").replace(".", "").isalpha() and text.lower() not in (
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "null",
        "y",
        "n",
    )
    return text if plain else json.dumps(text, ensure_ascii=False)
