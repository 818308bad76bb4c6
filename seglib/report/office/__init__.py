"""The client's document for those who will edit it: Word, Excel and PowerPoint files from one document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from seglib.errors import MissingPartError

if TYPE_CHECKING:
    from seglib.report.documents.model import Document

#: File format -> the package that writes it.
PACKAGES = {"docx": "docx", "xlsx": "openpyxl", "pptx": "pptx"}


def lacking(formats: Sequence[str]) -> list[str]:
    """Those of the formats whose package is not installed."""
    return [name for name in formats if name in PACKAGES and find_spec(PACKAGES[name]) is None]


def write(document: Document, folder: Path | str, formats: Sequence[str], *, template: str = "") -> list[Path]:
    """Write a document in some formats, as ``report.docx``, ``report.xlsx`` and ``report.pptx``.

    Args:
        document: The document.
        folder: Where to; made where it is not there.
        formats: docx, xlsx, pptx; others are left to whoever makes them.
        template: A Word or PowerPoint file of the consultancy; it serves the format of its ending.

    Returns:
        The files.

    Raises:
        MissingPartError: The package of a format is not installed.
    """
    wanted = [name for name in formats if name in PACKAGES]
    if absent := lacking(wanted):
        raise MissingPartError(
            "Files of the kind {formats} need more packages; install them with: pip install 'seglib[office]'", formats=", ".join(absent)
        )
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    made = []
    for name in wanted:
        write_one: Callable[[Document, Path, str], None] = import_module(f"seglib.report.office.{name}").write
        write_one(document, target / f"report.{name}", template if template.lower().endswith(name) else "")
        made.append(target / f"report.{name}")
    return made
