"""Where the notebooks are, and a copy of one in a language."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from seglib.errors import ParameterError
from seglib.language import translate
from seglib.report import parameters

#: Cells whose text is a method's own words; everything else in markdown is the frame, translated from the catalogue.
OPENING, HOW = "words-opening", "words-how"


@cache
def folder() -> Path:
    """The notebooks' folder: inside the installed package, or beside it in the project's own folder."""
    package = Path(__file__).parents[1]
    inside = package / "notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


#: Where a notebook may lie: those of methods, of the whole report, of the review, and the cases.
SHELVES = ("methods", ".", "review", "cases")


def exists(name: str) -> bool:
    """Is there a notebook of this name?"""
    return any((folder() / shelf / f"{name}.ipynb").exists() for shelf in SHELVES)


def path_of(name: str) -> Path:
    """The file of a method's notebook, or of another page's.

    Raises:
        ParameterError: There is none.
    """
    for shelf in SHELVES:
        if (folder() / shelf / f"{name}.ipynb").exists():
            return folder() / shelf / f"{name}.ipynb"
    raise ParameterError("There is no notebook for the method '{method}'.", method=name)


def read(method: str) -> dict[str, Any]:
    """A method's notebook as it stands in the file."""
    return json.loads(path_of(method).read_text(encoding="utf-8"))


def cell_parameters(method: str) -> list[parameters.CellParameter]:
    """The parameters of a method's notebook."""
    return parameters.read(read(method), f"{method}.ipynb")


def source_hash(notebook: dict[str, Any]) -> str:
    """sha256 over the cells' sources and tags alone: outputs, counts and editors' metadata change nothing."""
    parts = [(cell["cell_type"], tags(cell), source(cell)) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def tags(cell: dict[str, Any]) -> list[str]:
    """The tags of a cell."""
    return list(cell.get("metadata", {}).get("tags", []))


def source(cell: dict[str, Any]) -> str:
    """The text of a cell, however the file splits it into lines."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def in_language(notebook: dict[str, Any], method: str, lang: str, values: Mapping[str, object] | None = None) -> dict[str, Any]:
    """A copy of a method's notebook whose markdown is in ``lang``: words from the method's file, the frame from the catalogue.

    Args:
        notebook: As it stands in the file.
        method: Its name.
        lang: Language of the words.
        values: Defaults of parameters other than the file's; names that the notebook does not have are passed over.

    Raises:
        ParameterError: A value cannot be read in its parameter's type.
    """
    translated = copy.deepcopy(notebook)
    for cell in translated["cells"]:
        if parameters.TAG in tags(cell) and (lang != "en" or values):
            cell["source"] = _parameters_in(cell, method, lang, values or {})
        elif cell["cell_type"] == "markdown":
            cell["source"] = words_cell(cell, method, lang) or translate(source(cell), lang)
    return translated


def _parameters_in(cell: dict[str, Any], method: str, lang: str, values: Mapping[str, object]) -> str:
    """A parameters cell whose help is in ``lang`` and whose defaults are those of ``values``; names and types stay."""
    from seglib import methods

    words = methods.words(method) if method in methods.names() else None
    lines = []
    every = parameters.read({"cells": [cell]}, f"{method}.ipynb")
    known = {one.name for one in every}
    given = parameters.check(every, {name: value for name, value in values.items() if name in known}, method)
    for one in every:
        text = (words.parameter(one.name, lang) if words else "") or translate(one.help, lang)
        lines.append(f"{one.name}: {one.type} = {parameters.literal(given.get(one.name, one.default))}  # {text}")
    return "\n".join(lines)


def words_cell(cell: dict[str, Any], method: str, lang: str) -> str | None:
    """What stands in a cell that holds a method's own words; None for a cell of the frame."""
    marks = tags(cell)
    if OPENING in marks:
        return opening(method, lang)
    if HOW in marks:
        return how(method, lang)
    return None


def opening(method: str, lang: str) -> str:
    """The first cell of a method's page: title, the question, who decides what with it, and when not to use it."""
    from seglib import methods

    words = methods.words(method)
    title, question, decides, not_for = (words.text(key, lang).strip() for key in ("title", "question", "decides", "not_for"))
    return f"# {title}\n\n**{question}**\n\n- {decides}\n- {translate('Not for: {text}', lang, text=not_for)}"


def how(method: str, lang: str) -> str:
    """How the method decides, as its words file tells it."""
    from seglib import methods

    return f"## {translate('How the method decides', lang)}\n\n{methods.words(method).text('how', lang).strip()}"
