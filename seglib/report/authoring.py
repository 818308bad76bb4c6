"""Makes the notebook of a new method, and brings the words and parameters of an old one up to date.

``python -m seglib.report.authoring x`` writes ``notebooks/methods/x.ipynb`` from ``methods/x.py`` and ``methods/x.yml``. In a notebook that
is there already only the cells that repeat the words file or the signature are rewritten; prose and order of the cells stay.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from seglib.language import translate
from seglib.report import notebooks, parameters

#: Parameters that every notebook has, in front of the method's own: name -> (default, help).
COMMON: dict[str, tuple[object, str]] = {
    "client": ("", "client.yml of the project; empty: the demonstration data"),
    "as_of": ("", "last day to look at, such as 2017-12-31; empty: the project's own"),
    "window_days": (0, "days the sums look back on; 0: the project's own"),
    "lang": ("en", "language of the words: en or zh"),
    "out": ("", "folder for the tables; empty: none are written"),
}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def parameters_cell(method: str, lang: str = "en") -> str:
    """The parameters cell of a method: what every notebook has, then what its ``segment`` takes, with the words file's help."""
    from seglib import methods

    words = methods.words(method)
    lines = [(name, type(default).__name__, default, translate(text, lang)) for name, (default, text) in COMMON.items()]
    lines += [(p.name, p.type.__name__, p.default, words.parameter(p.name, lang)) for p in methods.parameters(method)]
    return "\n".join(f"{name}: {kind} = {parameters.literal(value)}  # {text}" for name, kind, value, text in lines)


def draft(method: str) -> dict[str, Any]:
    """A whole notebook for a method, in the order every method's page has."""
    from seglib import methods

    names = [p.name for p in methods.parameters(method)]
    given = "".join(f", {name}={name}" for name in names)
    cells = [
        _markdown("opening", notebooks.opening(method, "en"), notebooks.OPENING),
        _code("parameters", parameters_cell(method), parameters.TAG),
        _code("setup", f"import seglib\nfrom seglib import report\nfrom seglib.methods import {method}", "setup", hidden=True),
        _markdown("bottom-line", "## The bottom line"),
        _code(
            "result",
            "project = seglib.open_client(client)\n"
            f"customers = project.customers(as_of=as_of, window_days=window_days, facts={method}.FACTS{_also(method)})\n"
            f"result = {method}.segment(customers{given})\n"
            "page = report.Page(result, customers, client=project, lang=lang)\n"
            "page.bottom_line()",
        ),
        _markdown("who", "## Who went in"),
        _code("went-in", "page.went_in()"),
        _markdown("how", notebooks.how(method, "en"), notebooks.HOW),
        _code("decides", "page.decides()"),
        _markdown("classes-head", "## The classes"),
        *(_code(f"chart-{kind.replace('_', '-')}", f'page.chart("{kind}")') for kind in methods.get(method).CHARTS),
        _code("classes", "page.classes()"),
        _markdown("trust-head", "## How far to trust it"),
        _code("trust", "page.trust()"),
        _markdown("hand-on-head", "## What to hand on"),
        _code("hand-on", "page.hand_on(out)"),
    ]
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _also(method: str) -> str:
    """What the method reads beside the usual columns, as an argument; "" where the usual ones are all it needs."""
    from seglib import methods
    from seglib.customers import COLUMNS

    module = methods.get(method)
    named = {name for needs in (*module.NEEDS, *module.USES) for name in needs.split(methods.OR)}
    costly = any(name in COLUMNS and not COLUMNS[name].usual for name in named)
    return f", also=(*{method}.NEEDS, *{method}.USES)" if costly else ""


def refresh(method: str, notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook whose repeating cells say what the words file and the signature say now."""
    cells = []
    for cell in notebook["cells"]:
        text = notebooks.words_cell(cell, method, "en")
        if parameters.TAG in notebooks.tags(cell):
            text = parameters_cell(method)
        cells.append({**cell, "source": _lines(text)} if text is not None else cell)
    return {**notebook, "cells": cells}


def write(method: str) -> None:
    """Make or refresh a method's notebook in the project's folder."""
    path = notebooks.folder() / "methods" / f"{method}.ipynb"
    made = refresh(method, notebooks.read(method)) if path.exists() else draft(method)
    path.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _markdown(name: str, text: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {"tags": list(tags)} if tags else {}, "source": _lines(text)}


def _code(name: str, text: str, *tags: str, hidden: bool = False) -> dict[str, Any]:
    metadata: dict[str, Any] = {"tags": list(tags)} if tags else {}
    if hidden:
        metadata["jupyter"] = {"source_hidden": True}
    return {"cell_type": "code", "execution_count": None, "id": name, "metadata": metadata, "outputs": [], "source": _lines(text)}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        write(name)
