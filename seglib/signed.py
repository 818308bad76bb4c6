"""Signed definitions: the folder in which a project keeps them, read and proved."""

from __future__ import annotations

import os
from pathlib import Path

from seglib.errors import SettingsError
from seglib.segmentation import Scheme, load_scheme

VARIABLE = "SEGLIB_DEFINITIONS"  # what the kernels of a run follow: a folder, or NONE to fit anew
NONE = "none"
PAGES = {"zh": "签署.md", "en": "signed.md"}  # what a person reads and signs, one a language


def definitions(folder: str | Path) -> dict[str, Scheme]:
    """The definitions of a folder that ``seglib sign`` wrote, by method.

    Raises:
        SettingsError: There is no such folder, nothing in it is a definition, or a page of signature names another definition.
        SchemeError: A definition is not the one that was signed.

    Returns:
        Method -> definition, sorted by method.
    """
    place = Path(folder)
    files = sorted(place.glob("*.json")) if place.is_dir() else []
    if not files:
        raise SettingsError(
            "definitions: {folder} holds no signed definition. Sign a run with: seglib sign RUN --by NAME, or take the line away.",
            folder=place.name,
        )
    pages = {name: (place / name).read_text(encoding="utf-8") for name in PAGES.values() if (place / name).is_file()}
    found = {}
    for file in files:
        scheme = load_scheme(file)
        for name, text in pages.items():
            if scheme.hash not in text:
                raise SettingsError(
                    "definitions: {file} holds the definition #{hash}, which is not the one on the page {page}. "
                    "Put the signed file back, or sign a run again.",
                    file=file.name,
                    hash=scheme.hash[:8],
                    page=name,
                )
        found[scheme.method] = scheme
    return found


def followed(project: Path, said: str | None, asked: str | Path | None = None) -> Path | None:
    """The folder of signed definitions that a project follows; None where it follows none.

    Args:
        project: The project folder.
        said: What client.yml says under ``definitions``.
        asked: What the caller asks for, "" for none; by default the variable SEGLIB_DEFINITIONS, and without it ``said``.
    """
    chosen = os.environ.get(VARIABLE, said) if asked is None else str(asked)
    return None if chosen in (None, "", NONE) else project / str(chosen)
