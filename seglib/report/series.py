"""Notebooks of one shelf as pages beside the reports: the cases, the pages of proof; each in a kernel of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import seglib
from seglib.errors import DataError, ParameterError
from seglib.language import translate
from seglib.report import html, notebooks, parameters, runner
from seglib.report.project import Project

#: Parameters that a page takes from the run, not from the reader.
OWN = ("lang", "client", "out")


class Heading(NamedTuple):
    """What stands above a page: its title in the browser, whose it is, and the line below that."""

    title: str
    project: str
    period: str


@dataclass(frozen=True)
class Series:
    """Pages that belong together.

    Attributes:
        shelf: Folder of the notebooks.
        home: Folder of the pages, beside the reports.
        command: The command that makes them.
        heading: What stands above a page: from its name, a language and the project.
        packed: Makes of the parameters given, and the names of the pages' own, what the notebooks take.
    """

    shelf: str
    home: str
    command: str
    heading: Callable[[str, str, Project], Heading]
    packed: Callable[[Mapping[str, object], Collection[str]], Mapping[str, object]] = lambda given, _: given

    def names(self) -> list[str]:
        """Every page, by its notebook's name, sorted."""
        return sorted(path.stem for path in (notebooks.folder() / self.shelf).glob("*.ipynb"))

    def run(
        self,
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
        """Run notebooks and write their pages to ``<home>/<language>`` in the folder of reports, their tables beside them.

        Args:
            wanted: Names of pages; none means all.
            client: Path of a client.yml; empty for the demonstration data. A case on a made market takes none.
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
        chosen, params = self._chosen(wanted, params or {})
        project = Project.open(client)
        languages = project.languages(lang if lang is None or isinstance(lang, str) else list(lang))
        folder = project.home(out) / self.home
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
            path.write_text(self._page(outcome, project, chosen, code), encoding="utf-8", newline="\n")
            made[job.lang, job.name] = path

        todo = [_job(name, language, project, params, folder) for language in languages for name in chosen]
        runner.run_all(todo, workers=jobs, timeout=timeout, finished=finished)
        if faults:
            raise DataError("not every page ran to its end: {faults}", faults="; ".join(sorted(faults)))
        return [made[language, name] for language in languages for name in chosen]

    def _chosen(self, wanted: Sequence[str], params: Mapping[str, object]) -> tuple[list[str], Mapping[str, object]]:
        known = {name: {one.name for one in notebooks.cell_parameters(name)} for name in self.names()}
        chosen = list(wanted) or list(known)
        for name in chosen:
            if name not in known:
                raise ParameterError("there is no page {name!r}. There are: {names}.", name=name, names=", ".join(known))
        own = {key for name in chosen for key in known[name]}
        params = self.packed(params, own)
        strange = [key for key in params if key not in own]
        if strange:
            raise ParameterError("none of these pages has a parameter {name!r}.", name=strange[0])
        return chosen, params

    def _page(self, outcome: runner.Outcome, project: Project, chosen: Sequence[str], code: html.Code) -> str:
        job = outcome.job
        file = project.path.name if project.path else ""
        outside = {name: value for name, value in (("client", file), ("out", "")) if name in job.parameters}
        flags = [f"-p {key}={parameters.literal(value)}" for key, value in job.parameters.items() if key not in OWN]
        command = ["seglib", self.command, job.name, *([file] if file else []), *flags, f"--lang {job.lang}"]
        links = [{"href": f"{name}.html", "text": title(name, job.lang), "current": name == job.name} for name in chosen]
        return html.method_page(
            outcome.notebook,
            lang=job.lang,
            code=code,
            given={**job.parameters, **outside},
            **self.heading(job.name, job.lang, project)._asdict(),
            announcement="",
            links=links if len(links) > 1 else [],
            made=[
                (translate("Version", job.lang), f"seglib {seglib.__version__}", False),
                (translate("The same again", job.lang), " ".join(command), True),
            ],
        )


def title(name: str, lang: str) -> str:
    """A page's title: the first line of its notebook."""
    first = next(cell for cell in notebooks.read(name)["cells"] if cell["cell_type"] == "markdown")
    return translate(notebooks.source(first), lang).splitlines()[0].removeprefix("# ")


def _job(name: str, lang: str, project: Project, params: Mapping[str, object], folder: Path) -> runner.Job:
    import nbformat

    cell = notebooks.cell_parameters(name)
    known = {one.name for one in cell}
    given = parameters.check(cell, {key: value for key, value in params.items() if key in known}, name)
    own = {"lang": lang, "client": str(project.path or ""), "out": str(folder / lang / "tables" / name)}
    values = {**given, **{key: value for key, value in own.items() if key in known}}
    return runner.Job(name, lang, nbformat.from_dict(notebooks.in_language(notebooks.read(name), name, lang)), values)
