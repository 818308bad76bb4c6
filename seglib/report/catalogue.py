"""The catalogue of translations: finds every sentence that a reader may see, and tells which have no Chinese yet.

``python -m seglib.report.catalogue`` brings ``locale/zh.po`` in step: what is missing is added, empty, and what nobody
speaks any more is dropped. A test fails while one is empty.
Sentences are found where they are spoken: the first text given to an error of ours or to a function that translates, the ``_("…")`` of a
template, the markdown cells of a notebook (those of a method's own words excepted, which stand in its words file), the help of the
parameters every notebook has, and the constants that are translated later.
"""

from __future__ import annotations

import ast
import json
import string
from collections.abc import Iterable, Iterator
from pathlib import Path

from seglib.language import CATALOGUES
from seglib.report import authoring, labels, ladder, notebooks, page, parameters, plan, project
from seglib.report.html import TEMPLATES

PACKAGE = Path(__file__).parents[1]
#: Functions and methods whose first text is translated.
SPEAKERS = ("t", "_", "translate", "marked", "_fault", "ngettext", "Note", "note", "say")


def messages() -> list[str]:
    """Every sentence in English, sorted, each once."""
    found = {*_code(), *_templates(), *_notebooks(), *_constants()}
    return sorted(one for one in found if any(letter.isalpha() for letter in one))


def _code() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _speaks(node.func):
                yield from _texts(node.args[0])


def _speaks(function: ast.expr) -> bool:
    name = function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    return name in SPEAKERS or (name.endswith("Error") and name in _own_errors())


def _own_errors() -> set[str]:
    from seglib import errors

    return {name for name in vars(errors) if name.endswith("Error")} | {"SettingsFaultsError"}


def _texts(node: ast.expr) -> Iterator[str]:
    """The text itself, or both texts of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _templates() -> Iterator[str]:
    import jinja2

    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"])
    for path in sorted(TEMPLATES.glob("*.j2")):
        for _, _, found in environment.extract_translations(path.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
            yield found if isinstance(found, str) else next(text for text in found if text)


def _notebooks() -> Iterator[str]:
    for path in sorted(notebooks.folder().rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        book = json.loads(path.read_text(encoding="utf-8"))
        for cell in book["cells"]:
            own = {notebooks.OPENING, notebooks.HOW} & set(notebooks.tags(cell))
            if cell["cell_type"] == "markdown" and not own:
                yield notebooks.source(cell)
        if path.parent.name != "methods":  # a method's parameters are told by its words file
            yield from (one.help for one in parameters.read(book, path.name))


def _constants() -> Iterable[str]:
    """Sentences that wait in a table until they are translated."""
    return (
        *labels.LABELS.values(),
        *ladder.STEPS.values(),
        *ladder.TABLES.values(),
        ladder.OTHERS,
        *page.CONTENT.values(),
        *(text for _, text in authoring.COMMON.values()),
        *plan.REASONS,
        project.DEMO,
    )


def fields(text: str) -> set[str]:
    """The names in the braces of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def missing(lang: str = "zh") -> list[str]:
    """Sentences without a translation."""
    from seglib.language import catalogue

    catalogue.cache_clear()
    known = catalogue(lang)
    return [one for one in messages() if one not in known]


def unlike(lang: str = "zh") -> list[str]:
    """Sentences whose translation has other names in its braces: a reader would see a brace, or the run would stop."""
    from seglib.language import catalogue

    return [one for one, other in catalogue(lang).items() if fields(one) != fields(other)]


def sync(lang: str = "zh") -> list[str]:
    """Bring the catalogue in step: add missing sentences, empty, drop those that nobody speaks any more, sort by sentence.

    Returns:
        The sentences added.
    """
    import polib

    path = CATALOGUES / f"{lang}.po"
    before = {entry.msgid: entry for entry in polib.pofile(str(path))} if path.exists() else {}
    spoken = messages()
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8", "Language": lang}
    catalogue.extend(before.get(one) or polib.POEntry(msgid=one, msgstr="") for one in spoken)
    path.parent.mkdir(exist_ok=True)
    catalogue.save(str(path), newline="\n")
    return [one for one in spoken if one not in before]


if __name__ == "__main__":
    sync()
    raise SystemExit("\n".join(missing()) or 0)
