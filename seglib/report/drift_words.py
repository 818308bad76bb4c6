"""Drift in words: do the customers still lie as they did when a definition was signed? For the front page, the screen and the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seglib.language import translate
from seglib.report import labels

if TYPE_CHECKING:
    from seglib.report.plan import Plan
    from seglib.review import Drift


def measured(made: Plan) -> dict[str, Drift]:
    """Drift of every signed definition that a run follows, the main one first; those whose base is not known are left out."""
    from seglib.errors import SeglibError
    from seglib.review import drift

    found = {}
    for name in sorted(made.methods, key=lambda one: one != made.main):
        scheme = made.signed.get(name)
        if scheme is None or scheme.window_days != made.window_days:
            continue
        table = made.customers
        try:
            if not set(scheme.inputs) <= set(table.columns):
                columns = [*scheme.inputs]
                table = made.project.client.customers(as_of=made.as_of, window_days=made.window_days, columns=columns, facts=())
            found[name] = drift(scheme, table)
        except SeglibError:
            continue
    return found


def lines(found: Mapping[str, Drift], main: str, lang: str) -> list[str]:
    """What the drift of some definitions means: the main one in any case, the others where they should be signed anew."""
    from seglib import methods

    told = []
    for name, one in found.items():
        if name == main or one.advice == "resign":
            title = methods.words(name).text("title", lang)
            told.append(translate("Drift, {title}: {advice}", lang, title=title, advice=advice(one, lang)))
    return told


def advice(found: Drift, lang: str) -> str:
    """Keep the definition or sign anew, and why."""
    reason, values = found.reason
    names = [named(name, lang) for name in str(values.get("inputs", "")).split(", ")]
    return translate(reason, lang, **{**values, "inputs": ("、" if lang == "zh" else ", ").join(names)})


def named(column: str, lang: str) -> str:
    """An input as a reader knows it; the population is the classes themselves."""
    return translate("Class", lang) if column == "population" else labels.label(column, lang) if column else ""
