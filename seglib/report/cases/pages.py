"""The cases as web pages: each notebook run in a kernel of its own, a page a language, and a list of them."""

from __future__ import annotations

from seglib.language import translate
from seglib.report.project import Project
from seglib.report.series import Heading, Series, title


def _heading(name: str, lang: str, project: Project) -> Heading:
    period = translate("Illustrations: told by the trade without names or figures; every figure here is computed.", lang)
    return Heading(title(name, lang), translate("Cases", lang), period)


CASES = Series("cases", "cases", "case", _heading)
names, run = CASES.names, CASES.run
