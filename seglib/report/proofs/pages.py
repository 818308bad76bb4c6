"""The pages of proof on request: worth, stability, migration, the scorecard; each notebook in a kernel of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import seglib
from seglib.errors import DataError, ParameterError
from seglib.language import translate
from seglib.report import html, notebooks, parameters, runner
from seglib.report.project import Project


def names() -> list[str]:
    """Every page of proof, by its notebook's name, sorted."""
    return sorted(path.stem for path in (notebooks.folder() / "review").glob("*.ipynb"))


def title(name: str, lang: str) -> str:
    """A page's title: the first line of its notebook."""
    first = next(cell for cell in notebooks.read(name)["cells"] if cell["cell_type"] == "markdown")
    return translate(notebooks.source(first), lang).splitlines()[0].removeprefix("# ")


def run(
    wanted: Sequence[str] = (),
    client: str | os.PathLike[str] | None = None,
    *,
    lang: str | Sequence[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    params: Mapping[str, object] | None = None,
    jobs: int = 2,
    code: html.Code = "hide",
    timeout: float = 600,
) -> list[Path]:
    """Run pages of proof and write them to ``proofs/<language>`` in the folder of reports, their tables beside them.

    Args:
        wanted: Names of pages; none means all.
        client: Path of a client.yml; empty for the demonstration data.
        lang: Languages, "zh,en" or a list; by default the client's.
        out: Folder of the reports.
        params: Parameters by name (method, split, draws …); each page takes those it has.
        jobs: Kernels at the same time.
        code: hide, fold or show.
        timeout: Seconds a cell may take.

    Returns:
        The pages, in the order of languages and names.

    Raises:
        ParameterError: There is no such page or parameter.
        DataError: A page stopped; the sentence says where. The others are written.
    """
    chosen = list(wanted) or names()
    known = {name: {one.name for one in notebooks.cell_parameters(name)} for name in names()}
    for name in chosen:
        if name not in known:
            raise ParameterError("there is no page of proof {name!r}. There are: {names}.", name=name, names=", ".join(known))
    strange = [key for key in params or {} if not any(key in known[name] for name in chosen)]
    if strange:
        raise ParameterError("none of these pages has a parameter {name!r}.", name=strange[0])
    project = Project.open(client)
    languages = project.languages(lang if lang is None or isinstance(lang, str) else list(lang))
    folder = project.home(out) / "proofs"
    made: dict[tuple[str, str], Path] = {}
    faults: list[str] = []

    def finished(outcome: runner.Outcome) -> None:
        job = outcome.job
        if outcome.status != "ok":
            fault = outcome.fault
            faults.append(f"{job.name} ({job.lang}): {runner.without_paths(fault.message) if fault else outcome.status}")
            return
        path = folder / job.lang / f"{job.name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_page(outcome, project, chosen, code), encoding="utf-8", newline="\n")
        made[job.lang, job.name] = path

    todo = [_job(name, language, project, params or {}, folder) for language in languages for name in chosen]
    runner.run_all(todo, workers=jobs, timeout=timeout, finished=finished)
    if faults:
        raise DataError("not every page ran to its end: {faults}", faults="; ".join(sorted(faults)))
    return [made[language, name] for language in languages for name in chosen]


def _job(name: str, lang: str, project: Project, params: Mapping[str, object], folder: Path) -> runner.Job:
    import nbformat

    cell = notebooks.cell_parameters(name)
    given = parameters.check(cell, {key: value for key, value in params.items() if key in {one.name for one in cell}}, name)
    own = {"lang": lang, "client": str(project.path or ""), "out": str(folder / lang / "tables" / name)}
    return runner.Job(name, lang, nbformat.from_dict(notebooks.in_language(notebooks.read(name), name, lang)), {**given, **own})


def _page(outcome: runner.Outcome, project: Project, chosen: Sequence[str], code: html.Code) -> str:
    job = outcome.job
    shown: dict[str, Any] = {**job.parameters, "client": project.path.name if project.path else "", "out": ""}
    links = [{"href": f"{name}.html", "text": title(name, job.lang), "current": name == job.name} for name in chosen]
    flags = [f"-p {key}={parameters.literal(value)}" for key, value in job.parameters.items() if key not in ("lang", "client", "out")]
    command = ["seglib", "prove", job.name, *([project.path.name] if project.path else []), *flags, f"--lang {job.lang}"]
    return html.method_page(
        outcome.notebook,
        lang=job.lang,
        code=code,
        given=shown,
        title=f"{title(job.name, job.lang)} · {project.title(job.lang)}",
        project=project.title(job.lang),
        period=translate("Proof: what was decided is held against what came after, and against chance.", job.lang),
        announcement="",
        links=links if len(links) > 1 else [],
        made=[
            (translate("Version", job.lang), f"seglib {seglib.__version__}", False),
            (translate("The same again", job.lang), " ".join(command), True),
        ],
    )
