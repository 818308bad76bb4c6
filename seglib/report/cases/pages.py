"""The cases as web pages: each notebook run in a kernel of its own, a page a language, and a list of them."""

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
    """Every case, by its notebook's name, sorted."""
    return sorted(path.stem for path in (notebooks.folder() / "cases").glob("*.ipynb"))


def title(name: str, lang: str) -> str:
    """A case's title: the first line of its notebook."""
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
    """Run cases and write their pages to ``cases/<language>`` in the folder of reports.

    Args:
        wanted: Names of cases; none means all.
        client: Path of a client.yml; empty for the demonstration data. A case on a made market takes none.
        lang: Languages, "zh,en" or a list; by default the client's.
        out: Folder of the reports.
        params: Parameters by name; each case takes those it has.
        jobs: Kernels at the same time.
        code: hide, fold or show.
        timeout: Seconds a cell may take.

    Returns:
        The pages, in the order of languages and cases.

    Raises:
        ParameterError: There is no such case or parameter.
        DataError: A case stopped; the sentence says where. The pages of the others are written.
    """
    chosen = list(wanted) or names()
    for name in chosen:
        if name not in names():
            raise ParameterError("there is no case {name!r}. There are: {names}.", name=name, names=", ".join(names()))
    project = Project.open(client)
    languages = project.languages(lang if lang is None or isinstance(lang, str) else list(lang))
    folder = project.home(out) / "cases"
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

    todo = [_job(name, language, project, params or {}) for language in languages for name in chosen]
    runner.run_all(todo, workers=jobs, timeout=timeout, finished=finished)
    if faults:
        raise DataError("not every case ran to its end: {faults}", faults="; ".join(sorted(faults)))
    return [made[language, name] for language in languages for name in chosen]


def _job(name: str, lang: str, project: Project, params: Mapping[str, object]) -> runner.Job:
    import nbformat

    cell = notebooks.cell_parameters(name)
    given = parameters.check(cell, {key: value for key, value in params.items() if key in {one.name for one in cell}}, name)
    own = {"lang": lang, "client": str(project.path or "")}
    values = {**given, **{key: value for key, value in own.items() if key in {one.name for one in cell}}}
    return runner.Job(name, lang, nbformat.from_dict(notebooks.in_language(notebooks.read(name), name, lang)), values)


def _page(outcome: runner.Outcome, project: Project, chosen: Sequence[str], code: html.Code) -> str:
    job = outcome.job
    t = lambda message, **values: translate(message, job.lang, **values)  # noqa: E731 - one short name for a few words
    shown: dict[str, Any] = {**job.parameters}
    if "client" in shown:
        shown["client"] = project.path.name if project.path else ""
    links = [{"href": f"{name}.html", "text": title(name, job.lang), "current": name == job.name} for name in chosen]
    flags = [f"-p {key}={parameters.literal(value)}" for key, value in job.parameters.items() if key not in ("lang", "client")]
    command = ["seglib", "case", job.name, *([project.path.name] if project.path else []), *flags, f"--lang {job.lang}"]
    return html.method_page(
        outcome.notebook,
        lang=job.lang,
        code=code,
        given=shown,
        title=title(job.name, job.lang),
        project=t("Cases"),
        period=t("Illustrations: told by the trade without names or figures; every figure here is computed."),
        announcement="",
        links=links if len(links) > 1 else [],
        made=[(t("Version"), f"seglib {seglib.__version__}", False), (t("The same again"), " ".join(command), True)],
    )
