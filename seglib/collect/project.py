"""The project folder that `seglib init` writes: client.yml with every guess marked, the files under data."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from seglib.collect.propose import Part, Proposal
from seglib.errors import SettingsError
from seglib.language import translate

_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff./()（）-]*")
_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n", "none", "~"}


def write(proposal: Proposal, folder: Path, *, lang: str = "en") -> Path:
    """Make the project's folder: the files copied into ``data`` where they lie elsewhere, and client.yml.

    Args:
        proposal: What was found and answered.
        folder: The project's folder; made where it is not there.
        lang: Language of the comments in client.yml.

    Returns:
        The path of client.yml.

    Raises:
        SettingsError: There is a client.yml already (it is never overwritten), or two files of one name would be copied.
    """
    path = folder / "client.yml"
    if path.exists():
        raise SettingsError("There is a {path} already; edit it, or choose another folder.", path=str(path))
    places = {file: _place(file, folder) for part in proposal.parts for file in part.files}
    text = "\n".join(client_yml(proposal, places, folder.resolve().name, lang=lang)) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    for source, place in places.items():
        target = folder / place
        if not (target.exists() and source.samefile(target)):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copy2(source, target)
            except OSError:
                target.unlink(missing_ok=True)  # half a file would stand in the way of the next try
                raise
    path.write_text(text, encoding="utf-8")
    return path


def _place(source: Path, folder: Path) -> str:
    """The file's name inside the project: where it lies already, or under ``data``."""
    full, project = source.resolve(), folder.resolve()
    if full.is_relative_to(project):
        return full.relative_to(project).as_posix()
    target = folder / "data" / source.name
    if target.exists() and not source.samefile(target):
        raise SettingsError("There is a {path} already; two files of one name cannot both be copied.", path=str(target))
    return f"data/{source.name}"


def marks(text: str) -> int:
    """How many guesses a client.yml still marks."""
    return sum(bool(re.search(r"#\s*\?", line)) for line in text.splitlines() if not line.startswith("#"))


def client_yml(proposal: Proposal, places: Mapping[Path, str], project: str, *, lang: str) -> Iterator[str]:
    """The lines of client.yml; what was guessed ends in ``# ?``."""

    def say(sentence: str) -> str:
        return translate(sentence, lang)

    def guessed(key: str, text: str) -> str:
        return f"{text}   # ?" if key in proposal.unsure else text

    yield "# " + say("Written by seglib init. Lines marked ? were guessed: please confirm them and delete the mark.")
    yield f"project: {scalar(project)}"
    yield f"language: {_flow(proposal.language) if len(proposal.language) > 1 else proposal.language[0]}"
    yield guessed("currency", f"currency: {proposal.currency}")
    if proposal.timezone:
        yield guessed("timezone", f"timezone: {proposal.timezone}")
    if proposal.as_of:
        yield guessed("as_of", f"as_of: {proposal.as_of}")
    else:
        yield "# as_of: 2025-09-30      " + say("left out: the last day in the data")
    yield "# window: 12 months      " + say("left out: a year, in a slow trade four usual gaps, at most all there is")
    yield "# population: sample     " + say("left out: orders and lists hold all customers, answers alone a sample")
    yield "# clock: {usual: 30 days, long: 90 days}   " + say("left out: from the customers' own gaps between purchases")
    yield "tables:"
    for table in dict.fromkeys(part.table for part in proposal.parts):
        yield f"  {table}:"
        entries = [list(_entry(part, places)) for part in proposal.of(table)]
        for entry in entries:
            if len(entries) == 1:
                yield from (f"    {line}" for line in entry)
            else:
                yield from (("    - " if number == 0 else "      ") + line for number, line in enumerate(entry))
    if proposal.match:
        ignore = "[空格, 全半角, 括号, 大小写, 有限公司]"
        yield guessed("match", f"match: {{orders.customer_name: customers.customer_name, ignore: {ignore}, aliases: matches.csv}}")
    if proposal.language[0] == "zh":
        yield "methods:"
        yield "  rfm: {classes: cn8}"
    if proposal.audience != "client":
        yield f"report: {{audience: {proposal.audience}}}"


def _entry(part: Part, places: Mapping[Path, str]) -> Iterator[str]:
    def guessed(key: str, text: str) -> str:
        return f"{text}   # ?" if key in part.unsure else text

    if part.found[0].path.suffix.lower() in (".duckdb", ".ddb"):
        yield f"database: {scalar(places[part.files[0]])}"
        yield f"table: {scalar(part.found[0].sheet)}"
    else:
        yield f"files: {_files(part, places)}"
    if part.crm:
        yield f"from: {part.crm}"
    layout = {**_sheets(part), **part.layout}
    if layout:
        yield guessed("date_order", f"layout: {_flow(layout)}")
    if part.columns and not part.crm:
        yield "columns:"
        for name, header in part.columns.items():
            value = f"{{sql: {scalar(header)}}}" if name in part.formulas else scalar(header)
            yield guessed(name, f"  {name}: {value}")
    if part.questions:
        yield f"questions: {_flow(part.questions)}   # ?"
    if part.amount_unit:
        yield f"amount_unit: {part.amount_unit}"
    for key in ("returns", "keep", "exclude"):
        rules = getattr(part, key)
        if rules:
            yield guessed(key, f"{key}: {_flow(rules)}")
    if part.source_timezone:
        yield guessed("source_timezone", f"source_timezone: {part.source_timezone}")


def _sheets(part: Part) -> dict[str, Any]:
    """Which sheets, where it is not plain: nothing for one sheet a workbook, all where every one of several belongs."""
    if part.found[0].path.suffix.lower() in (".duckdb", ".ddb") or not part.found[0].sheet:
        return {}
    several = [item.sheet for item in part.found]
    if len(part.files) == len(several) and len(set(several)) == 1:
        return {} if several[0].lower() in ("sheet1", "工作表1") else {"sheets": several[0]}
    return {"sheets": "all"} if len(part.files) > 1 or len(several) > 3 else {"sheets": list(dict.fromkeys(several))}


def _files(part: Part, places: Mapping[Path, str]) -> str:
    """One name, a pattern that means just these files, or a list."""
    names = [places[path] for path in part.files]
    if len(names) == 1:
        return scalar(names[0])
    pattern = _pattern(names)
    every = {place for place in places.values() if Path(place).match(pattern)} if pattern else set()
    return scalar(pattern) if pattern and every == set(names) else _flow(names)


def _pattern(names: Sequence[str]) -> str:
    start, end = _common(names), _common([name[::-1] for name in names])[::-1]
    suffix = Path(names[0]).suffix
    if len(start) <= start.rfind("/") + 1 or not end.endswith(suffix):
        return ""
    return f"{start.rstrip('0123456789') or start}*{suffix}"


def _common(names: Sequence[str]) -> str:
    """The characters with which all names begin."""
    shortest = min(names, key=len)
    return next((shortest[:size] for size in range(len(shortest), 0, -1) if all(name.startswith(shortest[:size]) for name in names)), "")


def scalar(value: Any) -> str:
    """A value as YAML takes it whatever stands in it; a plain word stays plain."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not text.endswith(":")
    return text if plain else json.dumps(text, ensure_ascii=False)


def _flow(value: Any) -> str:
    """Lists and keys on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return scalar(value)
