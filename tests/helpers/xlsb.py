"""A minimal writer of the binary workbook format (xlsb), so that its reader can be tested without Excel."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

# ruff: noqa: E501 - the parts of the package are what they are
_TYPES = """<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>
<Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/></Types>"""
_RELS = """<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>"""


def _record(kind: int, body: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 0x80 else bytes([(kind & 0x7F) | 0x80, kind >> 7])
    size, length = len(body), b""
    while True:
        length += bytes([(size & 0x7F) | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return number + length + body


def _text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def write_xlsb(path: Path, rows: Sequence[Sequence[str | float]], sheet: str = "Sheet1") -> Path:
    """One sheet of texts and numbers."""
    cells = b""
    for at, row in enumerate(rows):
        cells += _record(0, struct.pack("<IIHBBB", at, 0, 300, 0, 0, 0) + b"\x00" * 4)
        for column, value in enumerate(row):
            head = struct.pack("<II", column, 0)
            cells += _record(6, head + _text(value)) if isinstance(value, str) else _record(5, head + struct.pack("<d", value))
    width = max(len(row) for row in rows)
    extent = _record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1))
    body = _record(129) + extent + _record(145) + cells + _record(146) + _record(130)
    book = _record(131) + _record(143) + _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text(sheet)) + _record(144) + _record(132)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELS.format(kind="officeDocument", target="xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", _RELS.format(kind="worksheet", target="worksheets/sheet1.bin"))
        archive.writestr("xl/worksheets/sheet1.bin", body)
    return path
