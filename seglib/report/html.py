"""Notebooks and results as self-contained web pages: one file, nothing fetched, the same bytes from the same results."""

from __future__ import annotations

import base64
import hashlib
import html as escaping
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from seglib.language import translate
from seglib.report import notebooks, palette, parameters

if TYPE_CHECKING:
    import jinja2

Code = Literal["hide", "fold", "show"]
CODES: tuple[str, ...] = ("hide", "fold", "show")
TEMPLATES = Path(__file__).parent / "templates"
#: Language of a page as the web names it.
WEB_LANGUAGE = {"en": "en", "zh": "zh-Hans"}
_exporting = threading.Lock()


@cache
def environment(lang: str) -> jinja2.Environment:
    """The templates, with ``_`` translating the frame's sentences into ``lang``."""
    import jinja2

    found = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    script = "\n" + (TEMPLATES / "tables.js").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    colours = {name.lower(): getattr(palette, name) for name in ("INK", "MUTED", "RULE", "PAPER", "ACCENT")}
    found.globals.update(
        _=lambda message, **values: translate(message, lang, **values),
        lang=lang,
        web_language=WEB_LANGUAGE[lang],
        style=(TEMPLATES / "style.css").read_text(encoding="utf-8"),
        colours=colours,
        live_script=script,
        live_hash=f"sha256-{allowed}",  # the one script a browser may run, and it may fetch nothing
    )
    return found


def render(template: str, lang: str, **values: object) -> str:
    """A page from one of our templates, ending in a line break."""
    return environment(lang).get_template(template).render(**values).rstrip() + "\n"


def method_page(notebook: Any, *, lang: str, code: Code = "hide", given: Mapping[str, object], **frame: object) -> str:
    """The web page of an executed method notebook.

    Args:
        notebook: The executed notebook.
        lang: Its language.
        code: ``hide`` for a client, ``fold`` to open it with a click, ``show`` for a course.
        given: Parameters as they are to be shown: relative paths, never a person's folders.
        **frame: What the layout needs: title, project, period, links, made.
    """
    for cell in notebook.cells:
        if "parameters" in notebooks.tags(cell):
            cell["source"] = shown_parameters(notebooks.source(cell), given)
    notebook.cells = [cell for cell in notebook.cells if "injected-parameters" not in notebooks.tags(cell)]
    return render("page.html.j2", lang, body=_fragment(notebook, lang, code), **frame)


def shown_parameters(cell: str, given: Mapping[str, object]) -> str:
    """A parameters cell with the values of this run in place of its defaults."""
    known = parameters.read({"cells": [{"source": cell, "metadata": {"tags": [parameters.TAG]}}]})
    lines = []
    for one in known:
        value = parameters.literal(given.get(one.name, one.default))
        lines.append(f"{one.name}: {one.type} = {value}" + (f"  # {one.help}" if one.help else ""))
    return "\n".join(lines)


@cache
def _exporter() -> Any:
    absent = "rfc3987_syntax" not in sys.modules
    if absent:  # see runner.papermill: it costs a second and serves nothing here
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        from nbconvert import HTMLExporter
    finally:
        if absent:
            del sys.modules["rfc3987_syntax"]
    exporter = HTMLExporter(template_name="report", extra_template_basedirs=[str(TEMPLATES)])
    exporter.exclude_anchor_links = True
    return exporter


def _fragment(notebook: Any, lang: str, code: Code) -> str:
    with _exporting:  # the exporter keeps state while it converts
        words = {"code": translate("Code", lang)}
        body, _ = _exporter().from_notebook_node(notebook, resources={"seglib": {"code": code, "words": words}})
    return str(body)


def figure(png: str, alt: str, caption: str, width: int) -> str:
    """A picture with its text: ``png`` in base64, ``alt`` says what is in it, ``width`` in CSS pixels."""
    return (
        f'<figure><img src="data:image/png;base64,{png}" alt="{escaping.escape(alt)}" width="{width}">'
        f"<figcaption>{escaping.escape(caption)}</figcaption></figure>"
    )
