"""The pages of proof on request: worth, stability, migration, the scorecard; each notebook in a kernel of its own."""

from __future__ import annotations

from seglib.language import translate
from seglib.report.project import Project
from seglib.report.proofs._params import packed
from seglib.report.series import Heading, Series, title


def _heading(name: str, lang: str, project: Project) -> Heading:
    period = translate("Proof: what was decided is held against what came after, and against chance.", lang)
    return Heading(f"{title(name, lang)} · {project.title(lang)}", project.title(lang), period)


PROOFS = Series("review", "proofs", "prove", _heading, packed)
names, run = PROOFS.names, PROOFS.run
