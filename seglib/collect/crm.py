"""CRM exports: which module a file is, and how its labels become canonical columns. The labels stand in data/<crm>.yml."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from seglib.collect.layout import plain_name
from seglib.collect.workspace import Relation, quoted
from seglib.errors import SettingsError, TableError
from seglib.settings import ClientSettings, Computed, TableSettings
from seglib.settings.encoding import decode

DATA = Path(__file__).parent / "data"


@cache
def preset(name: str) -> Mapping[str, Any]:
    """The label list of a CRM."""
    from ruamel.yaml import YAML

    return YAML(typ="safe").load((DATA / f"{name}.yml").read_text(encoding="utf-8"))


def id_prefix(part: TableSettings) -> str:
    """What the export writes before every id, "" where nothing."""
    return str(preset(part.from_).get("id_prefix", "")) if part.from_ else ""


def with_preset(part: TableSettings, settings: ClientSettings, table: str, relations: Sequence[Relation]) -> TableSettings:
    """``part`` with what is known of the CRM's export filled in; what client.yml says itself stays.

    Args:
        part: Has ``from:``.
        settings: For the source's time zone and the folder.
        table: Canonical table that is wanted from the export.
        relations: Its sources; their headers tell which module it is.

    Raises:
        SettingsError: The zone of the export's times is not known, or the header file is not there.
        TableError: No module of the CRM has these headers and gives this table.
    """
    assert part.from_ is not None
    known = preset(part.from_)
    if known.get("source_timezone_needed") and not (part.source_timezone or settings.source_timezone):
        raise SettingsError(
            "tables.{table}: {crm} writes times without their zone; add source_timezone: (the zone set in the profile of who exported).",
            table=table, crm=part.from_,
        )  # fmt: skip
    headers = list(dict.fromkeys(name for relation in relations for names in relation.names() for name in names))
    labels = _tenant_labels(part, settings)
    names = {plain_name(labels.get(plain_name(header), header)): header for header in reversed(headers)}
    names |= {plain_name(header): header for header in headers if plain_name(header) not in labels}
    module = _module(known, table, names)
    if module is None:
        raise TableError(
            "{file}: no export of {crm} known to give {table} has these columns: {found}. Name them under columns:.",
            file=relations[0].sources[0].name, crm=part.from_, table=table, found=", ".join(headers[:20]),
        )  # fmt: skip
    spec = known["modules"][module]["tables"][table]
    columns = {name: found for name, source in spec["columns"].items() if (found := _source(source, names, part)) is not None}
    filters = {
        kind: {
            actual: patterns
            for name, patterns in spec.get(kind, {}).items()
            if (actual := _header(name, names, {**columns, **part.columns})) is not None
        }
        for kind in ("keep", "exclude")
    }
    layout = part.layout
    hints = known.get("hint_rows")
    if hints and not layout.drop_rows:
        mapped = dict.fromkeys(source[0] for source in columns.values() if isinstance(source, list))
        layout = layout.model_copy(update={"drop_rows": {header: list(hints) for header in mapped}})
    return part.model_copy(
        update={
            "columns": {**columns, **part.columns},
            "keep": part.keep or filters["keep"],
            "exclude": part.exclude or filters["exclude"],
            "layout": layout,
        }
    )


def modules_of(crm: str, headers: Sequence[str]) -> list[str]:
    """Modules whose signature all or most of the headers carry, the best first; for `seglib init`."""
    names = {plain_name(header): header for header in headers}
    scored = []
    for module, spec in preset(crm)["modules"].items():
        columns = {label for table in spec["tables"].values() for source in table["columns"].values() for label in _labels(source)}
        hits = sum(_find([label], names) is not None for label in columns)
        signed = sum(_find([label], names) is not None for label in spec["signature"])
        if signed:
            scored.append((signed, hits, module))
    return [module for _, _, module in sorted(scored, reverse=True)]


def _module(known: Mapping[str, Any], table: str, names: Mapping[str, str]) -> str | None:
    """The module that gives the table and shares most with the headers, its signature counting more."""
    best: tuple[float, str | None] = (0.0, None)
    for module, spec in known["modules"].items():
        if table not in spec["tables"]:
            continue
        signed = sum(_find([label], names) is not None for label in spec["signature"])
        hits = sum(_find(_labels(source), names) is not None for source in spec["tables"][table]["columns"].values())
        score = 3 * signed / len(spec["signature"]) + hits / 10
        likely = signed or 2 * hits >= len(spec["tables"][table]["columns"])  # an own name in client.yml may stand for the signature
        if likely and score > best[0]:
            best = (score, module)
    return best[1]


def _labels(source: Any) -> list[str]:
    """All labels that a source of the preset names."""
    if isinstance(source, list):
        return source
    if "basis" in source:
        return [label for labels in source["basis"].values() for label in labels]
    return [label for key in ("percent", "stages", "negative", "between", "and") for label in source.get(key, [])]


def _find(labels: Iterable[str], names: Mapping[str, str]) -> str | None:
    """The header for the first label that is there, as label or as API name."""
    for label in labels:
        for key in (plain_name(label), plain_name(label.replace(" ", "_"))):
            if key in names:
                return names[key]
    return None


def _all(labels: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(header for label in labels if (header := _find([label], names)) is not None))


def _source(source: Any, names: Mapping[str, str], part: TableSettings) -> list[str] | Computed | None:
    """What client.yml would say for a column of the preset, or None where the export lacks it."""
    if isinstance(source, list):
        return _all(source, names) or None
    if "sql" in source:
        return Computed(sql=source["sql"])
    if "basis" in source:
        return _all(source["basis"][part.amount_basis or "orders"], names) or None
    if "between" in source:
        start, end = _find(source["between"], names), _find(source["and"], names)
        return Computed(sql=f"date_diff('minute', {quoted(start)}, {quoted(end)}) / 60.0") if start and end else None
    header = _find(_labels(source), names)
    if header is None:
        return None
    column = quoted(header)
    if "percent" in source:
        return Computed(sql=f"CASE WHEN {column} > 1 THEN {column} / 100 ELSE {column} END")
    if "negative" in source:
        return Computed(sql=f"-abs({column})")
    won, lost = (", ".join("'" + item.replace("'", "''") + "'" for item in source[key]) for key in ("won", "lost"))
    return Computed(sql=f"CASE WHEN {column} IN ({won}) THEN true WHEN {column} IN ({lost}) THEN false END")


def _header(name: str, names: Mapping[str, str], columns: Mapping[str, Any]) -> str | None:
    """The header a filter means: a label of the export, or a canonical column's first header."""
    if name in columns and isinstance(columns[name], list):
        return columns[name][0]
    return _find([name], names)


def _tenant_labels(part: TableSettings, settings: ClientSettings) -> dict[str, str]:
    """This tenant's label (plain) -> API name, from ``headers:``; a csv of two columns or lines "label: api_name"."""
    if not part.headers:
        return {}
    path = settings.folder / part.headers
    if not path.is_file():
        raise SettingsError("headers: there is no file {file}.", file=part.headers)
    text = decode(path.read_bytes()).lstrip("\ufeff")
    if path.suffix.lower() in (".yml", ".yaml"):
        from ruamel.yaml import YAML

        pairs = [(str(key), str(value)) for key, value in (YAML(typ="safe").load(text) or {}).items()]
    else:
        delimiter = max(",;\t", key=text.count)
        pairs = [(row[0], row[1]) for row in csv.reader(io.StringIO(text), delimiter=delimiter) if len(row) > 1]
    return {plain_name(label): api.strip() for label, api in pairs if label.strip()}


__all__ = ["id_prefix", "modules_of", "preset", "with_preset"]
