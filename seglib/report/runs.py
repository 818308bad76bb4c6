"""A run from the plan to the shelf: kernels, pages as they come, front page, run.json; and the same run again."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seglib
from seglib.errors import DataError, SeglibError
from seglib.language import translate
from seglib.report import front, handover, html, manifest, notebooks, office, plan, privacy, refit, runner, shelf
from seglib.report.manifest import Manifest
from seglib.report.plan import Plan
from seglib.report.runner import Event, Fault, Job, Outcome

if TYPE_CHECKING:
    from seglib.review import Drift

Progress = Callable[[Event], None]
FRONT = "index"
SAME_BYTES = ("html", "pdf")  # office files bear the hour they were packed


@dataclass(frozen=True)
class RunResult:
    """What a run left behind.

    Attributes:
        ok: Did every page come out?
        folder: The run's folder.
        index: The page to open first; None where no page came out.
        shelf: The list of all runs.
        pages: One entry a page, as in run.json: lang, method, path, status, sha256, error.
        changed: After a rerun: the pages that differ from the earlier run's.
        files: What lies in the hand-over folders, as in run.json: lang, format, path, sha256.
        lost: A sentence for each kind of file that could not be made here.
        drift: Method -> how far the customers lie from those its signed definition was made on.
        main: The method the report is about.
    """

    ok: bool
    folder: Path
    index: Path | None
    shelf: Path
    pages: list[dict[str, Any]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    lost: tuple[SeglibError, ...] = ()
    drift: Mapping[str, Drift] = field(default_factory=dict)
    main: str = ""

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The pages that did not come out."""
        return [page for page in self.pages if page["status"] != "ok"]


def run(
    methods: Sequence[str],
    client: str | os.PathLike[str] | None = "",
    *,
    out: str | os.PathLike[str] | None = None,
    lang: str | Sequence[str] | None = None,
    params: Mapping[str, object] | None = None,
    as_of: str = "",
    window_days: int = 0,
    jobs: int = 2,
    resume: bool = False,
    code: str = "hide",
    timeout: float = 600,
    progress: Progress | None = None,
) -> RunResult:
    """The pages of some methods, without a front page.

    Args:
        methods: Names of methods, at least one.
        client: Path of a client.yml; empty for the demonstration data.
        out: Folder of all reports; by default ``reports`` beside the client.yml.
        lang: Languages, "zh,en" or a list; by default the client's.
        params: Parameters, ``tiers`` for every method that has it or ``rfm.tiers`` for one.
        as_of, window_days: The period, where it is not the client's own.
        jobs: Kernels at the same time.
        resume: Go on with the newest run of the same request on the same data: only pages that are missing are made.
        code: hide, fold or show the notebooks' code on the pages.
        timeout: Seconds a single cell may take.
        progress: Called with an :class:`Event` when a page starts and when it has ended.

    Raises:
        SeglibError: Something the caller must change; nothing was started.
    """
    made = plan.settle("methods", methods, client, lang=lang, params=params, as_of=as_of, window_days=window_days, code=code)
    return carry_out(made, made.project.home(out), jobs=jobs, resume=resume, timeout=timeout, progress=progress)


def build(
    client: str | os.PathLike[str] | None = "",
    *,
    everything: bool = False,
    out: str | os.PathLike[str] | None = None,
    lang: str | Sequence[str] | None = None,
    params: Mapping[str, object] | None = None,
    as_of: str = "",
    window_days: int = 0,
    jobs: int = 2,
    resume: bool = False,
    code: str = "hide",
    timeout: float = 600,
    progress: Progress | None = None,
    refit: bool = False,
    depth: str = "full",
    formats: Sequence[str] = ("html",),
) -> RunResult:
    """The report: a front page and the client's document in each language, the main method's page and at most four beside it.

    Args:
        client: Path of a client.yml; empty for the demonstration data.
        everything: A page for every method that the data can carry.
        out, lang, params, as_of, window_days, jobs, resume, code, timeout, progress: As for :func:`run`.
        refit: Draw the lines anew although the project has signed definitions, and show both.
        depth: The document's length: full, or brief (at most four pages).
        formats: File formats of the document: html (always), pdf, docx, xlsx, pptx. More than html makes a hand-over folder.

    Raises:
        SeglibError: Something the caller must change; nothing was started.
    """
    made = plan.settle(
        "report", (), client, everything=everything, lang=lang, params=params, as_of=as_of, window_days=window_days, code=code,
        refit=refit, depth=depth, formats=formats,
    )  # fmt: skip
    return carry_out(made, made.project.home(out), jobs=jobs, resume=resume, timeout=timeout, progress=progress)


def rerun(
    path: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    jobs: int = 2,
    timeout: float = 600,
    progress: Progress | None = None,
) -> RunResult:
    """Do an earlier run again in a new folder, and say which pages differ by a single byte.

    Args:
        path: The run.json of a run, or its folder.
        out: Folder of all reports; by default the one the earlier run stands in.
        jobs, timeout, progress: As for :func:`run`.

    Raises:
        DataError: The data or the settings that decide the tables are no longer those of the run.
    """
    before = manifest.read(path)
    made = plan.again(before.content["request"], before.folder)
    was, found = before.content["data"]["fingerprint"], made.project.fingerprint
    if was != found:
        raise DataError(
            "The data are not those of the run any more (then {was}, now {found}). For new pages on the new data use seglib report.",
            was=was[:8],
            found=found[:8],
        )
    home = Path(out).resolve() if out else before.folder.parent
    result = carry_out(made, home, jobs=jobs, resume=False, timeout=timeout, progress=progress)
    then = {(page["lang"], page["method"]): page.get("sha256", "") for page in before.content["pages"]}
    changed = [page["path"] for page in result.pages if then.get((page["lang"], page["method"])) != page.get("sha256", "")]
    was_file = {file["path"]: file["sha256"] for file in before.content.get("files", [])}
    changed += [file["path"] for file in result.files if file["format"] in SAME_BYTES and was_file.get(file["path"]) != file["sha256"]]
    return dataclasses.replace(result, changed=changed)


def carry_out(made: Plan, home: Path, *, jobs: int, resume: bool, timeout: float, progress: Progress | None) -> RunResult:
    """Everything after the plan."""
    record = _begin(made, home, resume=resume)
    present = {(page["lang"], page["method"]) for page in record.content["pages"] if _intact(record, page)}
    waiting = [(lang, name) for lang in made.languages for name in made.pages if (lang, name) not in present]
    todo = [_job(made, record, name, lang) for lang, name in waiting]
    tell = progress or (lambda event: None)

    def watch(event: Event) -> None:
        record.log(f"{event.page} {event.lang} {event.state} {event.message.partition(':')[0]}".rstrip())
        tell(event)

    if todo:
        runner.run_all(
            todo,
            workers=jobs,
            timeout=timeout,
            finished=lambda outcome: _finish(made, record, outcome),
            progress=watch,
            variables=made.variables,
        )
    if made.kind == "report":
        for lang in made.languages:
            if made.refit and made.signed:
                _beside(made, record, lang)
            if not made.project.outside:
                _front(made, record, lang)
    files = handover.deliver(made, record, made.formats)
    files, found = _searched(made, record, files)
    ok = all(page["status"] == "ok" for page in record.content["pages"])
    record.update(status="ok" if ok else "failed", ended=manifest.now(), headline=_headline(made, record), files=files)
    listed = shelf.write_shelf(home, made.languages[0])
    pages = list(record.content["pages"])
    return RunResult(
        ok, record.folder, _index(made, record), listed, pages, files=files, lost=(*made.lost, *found), drift=made.drift, main=made.main
    )


def _searched(made: Plan, record: Manifest, files: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[DataError]]:
    """The files that may be handed over, and a sentence for each that holds what looks like personal data.

    For readers outside such a file is taken out of the hand-over folder, with the PDF that was made from a page; for the client it stays.
    """
    places = {record.folder / file["path"]: file for file in files}
    pages = [record.folder / page["path"] for page in record.content["pages"] if page["status"] == "ok"]
    tables = [path for lang in made.languages for path in (record.folder / lang / "tables").rglob("*") if path.is_file()]
    findings = privacy.scan([*places, *pages, *tables])
    record.update(searched=[dataclasses.asdict(finding) for finding in findings])
    named = {finding.file for finding in findings}
    named |= {f"{name.removesuffix('.html')}.pdf" for name in named if name.endswith(".html")}
    if made.project.outside:
        for path in [path for path in places if path.name in named]:
            path.unlink(missing_ok=True)
            del places[path]
    return list(places.values()), privacy.told(findings, made.languages[0])


def _begin(made: Plan, home: Path, *, resume: bool) -> Manifest:
    """A new folder with its run.json, or the folder of the run to go on with."""
    if resume:
        earlier = next((one for one in manifest.all_runs(home) if one.content.get("run_id") == made.run_id), None)
        if earlier:
            return earlier
    folder = manifest.new_folder(home, made.as_of)
    record = Manifest(folder, {"format": manifest.FORMAT, "pages": []})
    record.update(
        status="running",
        run_id=made.run_id,
        started=manifest.now(),
        seglib=seglib.__version__,
        project={lang: made.project.title(lang) for lang in made.languages},
        request=made.request(folder),
        data={
            "as_of": made.as_of,
            "window_days": made.window_days,
            "currency": made.project.currency,
            "customers": len(made.customers),
            "fingerprint": made.project.fingerprint,
        },
        environment=manifest.environment(),
        main=made.main,
    )
    return record


def _intact(record: Manifest, page: Mapping[str, Any]) -> bool:
    """Is the page there as it was made, and with the document the office files that only its kernel makes?"""
    if page["status"] != "ok" or page["method"] == FRONT or manifest.file_digest(record.folder / page["path"]) != page["sha256"]:
        return False
    if page["method"] != plan.REPORT:
        return True
    wanted = {name for name in record.content["request"].get("formats", []) if name in office.PACKAGES}
    there = {
        file["format"]
        for file in record.content.get("files", [])
        if file["lang"] == page["lang"] and manifest.file_digest(record.folder / file["path"]) == file["sha256"]
    }
    return wanted <= there


def _job(made: Plan, record: Manifest, name: str, lang: str) -> Job:
    import nbformat

    source = notebooks.in_language(notebooks.read(name), name, lang)
    values = {
        "client": str(made.project.path or ""),
        "as_of": made.as_of,
        "window_days": made.window_days,
        "lang": lang,
        "out": str(record.folder / lang / "tables" / name),
        **_own(made, name, lang),
    }
    return Job(name, lang, nbformat.from_dict(source), values)


def _own(made: Plan, name: str, lang: str) -> Mapping[str, object]:
    """Parameters that only this page has."""
    if name == plan.REPORT:
        return _of_document(made, lang)
    if name in made.reviews:  # where history holds no two windows of the report, two halves of it are compared
        return {"method": made.main, "window_days": made.review_days}
    return made.given[name]


def _of_document(made: Plan, lang: str) -> dict[str, object]:
    """What the notebook of the client's document must know of the plan."""
    return {
        "method": made.main,
        "settings": json.dumps(dict(made.given[made.main]), ensure_ascii=False, sort_keys=True),
        "depth": made.depth,
        "why": front.why(made, lang),
        "lacking": "\n".join(front.unused(made, lang)),
        "formats": ",".join(made.formats),
    }


def _finish(made: Plan, record: Manifest, outcome: Outcome) -> None:
    """Write the page of a job that has ended: the page, or one that says why there is none."""
    job = outcome.job
    entry: dict[str, Any] = {"lang": job.lang, "method": job.name, "seconds": round(outcome.seconds, 2)}
    entry |= {"notebook": notebooks.source_hash(notebooks.read(job.name)), "parameters": dict(made.given.get(job.name, {}))}
    fault, status = outcome.fault, outcome.status
    if status == "ok":
        try:
            text = _method_page(made, record, outcome)
        except Exception as error:  # whatever a template meets, the other pages must still come
            status, fault = "failed", Fault(0, type(error).__name__, runner.without_paths(str(error)))
    if status == "ok":
        path = f"{job.lang}/{job.name}.html"
        manifest.write(record.folder / path, text)
        entry |= {"stderr_lines": outcome.warnings, "sha256": manifest.file_digest(record.folder / path)}
    else:
        assert fault is not None
        path = f"{job.lang}/{job.name}.failed.html"
        manifest.write(record.folder / path, _failed_page(made, job, fault))
        entry["error"] = {"cell": fault.cell, "name": fault.name, "message": runner.without_paths(fault.message)}
    record.page({**entry, "status": status, "path": path})


def _method_page(made: Plan, record: Manifest, outcome: Outcome) -> str:
    job = outcome.job
    shown = {**job.parameters, "client": made.project.path.name if made.project.path else "", "out": ""}
    title = translate("Customer classification", job.lang) if job.name == plan.REPORT else front.page_title(job.name, job.lang)
    return html.method_page(
        outcome.notebook,
        lang=job.lang,
        code=made.code,
        given=shown,
        title=f"{title} · {made.project.title(job.lang)}",
        made=front.how_made(made, job.name if job.name in made.methods else "", job.lang),
        **front.frame(made, job.lang, job.name if job.name in made.methods else ""),
    )


def _failed_page(made: Plan, job: Job, fault: Fault) -> str:
    t = lambda message, **values: translate(message, job.lang, **values)  # noqa: E731 - one short name for seven sentences
    where = t("It stopped in cell {n}: {name}: {text}", n=fault.cell, name=fault.name, text=runner.without_paths(fault.message))
    nowhere = t("It stopped: {name}: {text}", name=fault.name, text=runner.without_paths(fault.message))
    return html.render(
        "failed.html.j2",
        job.lang,
        title=t("Not finished: {title}", title=front.page_title(job.name, job.lang)),
        banner=t("This page is not a result. The method did not run to its end."),
        what=where if fault.cell else nowhere,
        fault=fault,
        **front.frame(made, job.lang),
    )


def _front(made: Plan, record: Manifest, lang: str) -> None:
    started = time.monotonic()
    path = f"{lang}/index.html"
    manifest.write(record.folder / path, front.front_page(made, record, lang))
    entry = {"lang": lang, "method": FRONT, "status": "ok", "path": path, "seconds": round(time.monotonic() - started, 2)}
    record.page({**entry, "sha256": manifest.file_digest(record.folder / path)})


def _beside(made: Plan, record: Manifest, lang: str) -> None:
    """The page that lays the lines drawn anew beside the signed ones."""
    started = time.monotonic()
    path = f"{lang}/{refit.NAME}.html"
    frame = front.frame(made, lang) | {"made": front.how_made(made, "", lang)}
    manifest.write(record.folder / path, refit.page(made, record, lang, **frame))
    entry = {"lang": lang, "method": refit.NAME, "status": "ok", "path": path, "seconds": round(time.monotonic() - started, 2)}
    record.page({**entry, "sha256": manifest.file_digest(record.folder / path)})


def _headline(made: Plan, record: Manifest) -> dict[str, str]:
    """The front pages' titles, for the shelf."""
    return {lang: front.title(made, record, lang) for lang in made.languages} if made.kind == "report" else {}


def _index(made: Plan, record: Manifest) -> Path | None:
    pages = {(page["lang"], page["method"]): page for page in record.content["pages"]}
    wanted = [(lang, name) for lang in made.languages for name in (FRONT, *made.pages)]
    found = next((pages[key] for key in wanted if key in pages and pages[key]["status"] == "ok"), None)
    return record.folder / found["path"] if found else None
