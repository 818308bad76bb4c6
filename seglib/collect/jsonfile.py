"""JSON lines and JSON arrays as text columns; nested keys are joined by dots, lines that are no JSON are marked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from seglib.collect.sniff import open_binary
from seglib.collect.workspace import BROKEN, FILE, LINE, Workspace
from seglib.errors import TableError
from seglib.settings.encoding import decode

BATCH = 50_000
SUFFIXES = (".json", ".jsonl", ".ndjson")


class JsonFile:
    """One file of JSON objects: one a line, or all in one array."""

    def __init__(self, workspace: Workspace, path: Path) -> None:
        self.path = path
        self.source = workspace.add_source(path.name, path=path)
        self._array = _is_array(path)
        self._first = [flat for _, flat in zip(range(5000), (item for _, item in self._objects()), strict=False) if flat is not None]
        names = dict.fromkeys(name for item in self._first for name in item)
        if not names:
            raise TableError("{file} holds no JSON objects, one a line or in one array.", file=path.name)
        self.names = tuple(names)

    def sample(self, column: str, size: int) -> list[str]:
        """Some of the first values of a column."""
        return [item[column] for item in self._first[:size] if column in item]

    def batches(self, columns: Sequence[str | None]) -> Iterator[pa.RecordBatch]:
        """Batches with r0, r1, … for ``columns``, §line, §file and §broken."""
        lines: list[int] = []
        items: list[dict[str, str] | None] = []
        for line, item in self._objects():
            lines.append(line)
            items.append(item)
            if len(lines) == BATCH:
                yield self._batch(columns, lines, items)
                lines, items = [], []
        if lines:
            yield self._batch(columns, lines, items)

    def _batch(self, columns: Sequence[str | None], lines: list[int], items: list[dict[str, str] | None]) -> pa.RecordBatch:
        arrays: dict[str, pa.Array] = {
            f"r{index}": pa.array([item.get(name) if item and name else None for item in items], pa.string())
            for index, name in enumerate(columns)
        }
        arrays[LINE] = pa.array(lines, pa.int64())
        arrays[FILE] = pa.repeat(pa.scalar(self.source.index, pa.int16()), len(lines))
        arrays[BROKEN] = pa.array(["JSON" if item is None else None for item in items], pa.string())
        return pa.RecordBatch.from_pydict(arrays)

    def _objects(self) -> Iterator[tuple[int, dict[str, str] | None]]:
        """Line (or place in the array) and flat object; None where a line is no JSON object."""
        if self._array:
            yield from ((number, _flat(item)) for number, item in enumerate(_array(self.path), 1))
            return
        with open_binary(self.path) as file:
            for number, raw in enumerate(file, 1):
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace").strip()
                if text:
                    yield number, _parsed(text)


def _parsed(text: str) -> dict[str, str] | None:
    try:
        return _flat(json.loads(text, parse_float=str, parse_int=str))
    except ValueError:
        return None


def _flat(item: Any, prefix: str = "") -> dict[str, str] | None:
    """Keys joined by dots, values as text; numbers stay as they are written, an id of 18 digits too."""
    if not isinstance(item, dict):
        return None
    result: dict[str, str] = {}
    for key, value in item.items():
        if isinstance(value, dict):
            result.update(_flat(value, f"{prefix}{key}.") or {})
        elif isinstance(value, bool):
            result[f"{prefix}{key}"] = "true" if value else "false"
        elif isinstance(value, list):
            result[f"{prefix}{key}"] = (
                ";".join(str(part) for part in value) if all(isinstance(p, str) for p in value) else json.dumps(value)
            )
        elif value is not None:
            result[f"{prefix}{key}"] = str(value)
    return result


def _is_array(path: Path) -> bool:
    with open_binary(path) as file:
        return file.read(200).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"[")


def _array(path: Path) -> list[Any]:
    with open_binary(path) as file:
        try:
            found = json.loads(decode(file.read()), parse_float=str, parse_int=str)
        except ValueError as error:
            raise TableError("{file} is no JSON: {problem}", file=path.name, problem=str(error)) from None
    return found if isinstance(found, list) else [found]


def is_json(path: Path) -> bool:
    """True for names that say so and for files whose first line is a JSON object."""
    if any(suffix in SUFFIXES for suffix in path.suffixes):
        return True
    if path.suffix.lower() not in (".txt", ".log", ""):
        return False
    with open_binary(path) as file:
        return file.read(1) == b"{"


def read_json(workspace: Workspace, path: Path) -> list[JsonFile]:
    """The file as one text source."""
    return [JsonFile(workspace, path)]
