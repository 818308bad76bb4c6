"""What a run is going to do, settled and checked before the first kernel starts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import seglib
from seglib import kept
from seglib.errors import DataError, ParameterError, SeglibError, SettingsError, TableError
from seglib.kept import Period
from seglib.report import authoring, brand, handover, html, manifest, notebooks, office, parameters, playbook, signing
from seglib.report.project import Project
from seglib.segmentation import history, visits
from seglib.signed import NONE, VARIABLE

if TYPE_CHECKING:
    import pandas as pd

    from seglib.review import Drift
    from seglib.segmentation import Scheme

AGAIN = 0.40  # share of buyers who came on a second day from which recency and frequency say something
AT_MOST_BESIDE = 4
#: Why a classification is the main one.
REASONS = (
    "{share} of buyers bought again on another day, and {limit} is enough",
    "only {share} of buyers bought again on another day, too few for recency and frequency",
    "as asked for",
    "as the project's settings say",
    "the data allow no other",
    "the data lack what RFM needs",
    "it was the main one when it was signed",
    "the data reach back {days} days, too few for recency: it takes {needed}",
)
#: The page of a run that is no method's: the report for the client.
REPORT = "report"
MIGRATION = "migration"
SAID = "said.txt"  # beside the tables of a page of proof: what it says, a sentence a line
DEPTHS = ("full", "brief")
#: Where client.yml does not say which pages stand beside the main one, these come first.
USUAL = ("rfm", "value_tier", "lifecycle", "revenue_contribution", "ticket_size", "purchase_frequency")


@dataclass(frozen=True, eq=False)
class Plan:
    """A run that has been checked.

    Attributes:
        project: The client.
        kind: ``report`` (with a front page) or ``methods`` (pages alone).
        methods: Methods in the order of the contents.
        given: Method -> the parameters that are not defaults.
        languages: Languages of the pages.
        as_of, window_days: The period, settled.
        code: What happens to the code on the pages.
        wanted, everything: Which methods were asked for by name, and whether every one was.
        customers: The customer table, built and cached before any kernel asks for it.
        main, reason: The classification that the report is about, and why, as (sentence, values).
        lacking: Method -> columns it needs and the data do not have.
        definitions: Folder of the project's signed definitions, as seen from the project; "" where there is none.
        signed: Method -> its signed definition.
        refit: Are the lines drawn anew, the signed ones beside them?
        depth: How long the report is: full, or brief.
        formats: File formats of the client's document that can be made here.
        lost: A sentence for the formats that were asked for and cannot be made here.
    """

    project: Project
    kind: Literal["report", "methods"]
    methods: tuple[str, ...]
    given: Mapping[str, Mapping[str, object]]
    languages: tuple[str, ...]
    as_of: str
    window_days: int
    code: html.Code
    wanted: tuple[str, ...]
    everything: bool
    customers: pd.DataFrame
    main: str = ""
    reason: tuple[str, Mapping[str, object]] = ("", {})
    lacking: Mapping[str, Sequence[str]] = field(default_factory=dict)
    definitions: str = ""
    signed: Mapping[str, Scheme] = field(default_factory=dict)
    refit: bool = False
    depth: str = "full"
    formats: tuple[str, ...] = ("html",)
    lost: tuple[SeglibError, ...] = ()

    @property
    def pages(self) -> tuple[str, ...]:
        """Names of the pages that kernels make: the report first, as it takes longest, then the methods."""
        if self.project.outside:
            return (REPORT,)  # the pages of methods are for the house: they show every group, however small
        return (REPORT, *self.methods, *self.reviews) if self.kind == "report" else self.methods

    @property
    def reviews(self) -> tuple[str, ...]:
        """Pages of proof that the data carry: migration where history holds two windows, or halves of it where every page is asked for."""
        if self.kind != "report" or self.depth != "full" or "spend" not in self.customers.columns or not self.review_days:
            return ()
        return (MIGRATION,) if self.everything or self.review_days == self.window_days else ()

    @cached_property
    def review_days(self) -> int:
        """Length of the two adjacent windows that a page of proof compares; 0 where history holds none."""
        from seglib.review.history import two_windows

        client = self.project.client
        try:
            return two_windows(client, as_of=self.as_of, window_days=self.window_days)[2]
        except DataError:
            pass
        try:
            return two_windows(client, as_of=self.as_of)[2]
        except DataError:
            return 0

    @cached_property
    def drift(self) -> dict[str, Drift]:
        """How far the customers lie from those the signed definitions were made on, by method."""
        from seglib.report import drift_words

        return drift_words.measured(self)

    def request(self, folder: Path) -> dict[str, Any]:
        """What ``rerun`` needs to do the same again; the client's path relative to the run's folder."""
        path = self.project.path
        return {
            "kind": self.kind,
            "client": _relative(path, folder) if path else "",
            "wanted": list(self.wanted),
            "everything": self.everything,
            "parameters": {name: dict(values) for name, values in self.given.items() if values},
            "languages": list(self.languages),
            "as_of": self.as_of,
            "window_days": self.window_days,
            "code": self.code,
            "definitions": self.definitions,
            "refit": self.refit,
            "depth": self.depth,
            "formats": list(self.formats),
            "period": self.project.client.period(self.as_of).to_dict() if self.project.client.calendar.first else None,
        }

    @property
    def run_id(self) -> str:
        """The same for runs whose pages must be the same: request, data, definitions of the pages, version."""
        request = self.request(Path(os.sep))
        del request["client"]
        sources = {name: notebooks.source_hash(notebooks.read(name)) for name in self.pages}
        signed = {name: scheme.hash for name, scheme in self.signed.items()}
        return manifest.digest([request, self.project.fingerprint, sources, signed, self._own_files, self._own_words, seglib.__version__])

    @property
    def _own_files(self) -> dict[str, str]:
        """What lies beside client.yml and reaches the pages or the files that are handed over: playbook, logo, templates."""
        settings, report = self.project.settings, self.project.report
        named = [getattr(settings, "playbook", None), getattr(report, "logo", None), *getattr(report, "template", ())]
        return {name: manifest.file_digest(settings.folder / name) for name in named if name}

    @property
    def _own_words(self) -> Any:
        """What client.yml says of the report itself: title, notes, labels of classes, all customers or a sample, looks, for whom."""
        settings, report = self.project.settings, self.project.report
        said = [getattr(settings, name, None) for name in ("project", "labels", "population")]
        return [*said, report.model_dump(mode="json") if report else {}]

    @property
    def variables(self) -> dict[str, str]:
        """What the kernels of the run must know beside their parameters: which signed definitions to follow, which period to keep."""
        period = self.project.client.kept
        return {
            VARIABLE: NONE if self.refit or not self.definitions else self.definitions,
            kept.VARIABLE: json.dumps(period.to_dict()) if period else kept.NONE,
        }


def _relative(path: Path, folder: Path) -> str:
    """A path as seen from a folder; on another drive of a Windows computer there is no such path, and the whole one stands."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()


def settle(
    kind: Literal["report", "methods"],
    wanted: Sequence[str],
    client: str | os.PathLike[str] | None,
    *,
    everything: bool = False,
    lang: str | Sequence[str] | None = None,
    params: Mapping[str, object] | None = None,
    as_of: str = "",
    window_days: int = 0,
    code: str = "hide",
    refit: bool = False,
    definitions: str | None = None,
    depth: str = "full",
    formats: Sequence[str] = ("html",),
    period: Period | None = None,
) -> Plan:
    """Check everything that can be checked without a kernel, cheapest first.

    Args:
        kind: With a front page, or pages alone.
        wanted: Methods by name; for a report the first is the main one, and none means: by the settings and the data.
        client: Path of a client.yml; empty for the demonstration data.
        everything: Every method that can run, not the main one and four.
        lang: Languages, "zh,en" or a list; by default the client's.
        params: Parameters by name, ``tiers`` or ``rfm.tiers``.
        as_of, window_days: The period, where it is not the client's own.
        code: hide, fold or show.
        refit: Draw the lines anew although there are signed definitions, and show both.
        definitions: Folder of signed definitions to follow, "" for none; by default the one client.yml names.
        depth: How long the report is: full, or brief (at most four pages).
        formats: File formats of the client's document; those that cannot be made here are left out, with a sentence.
        period: Window and clock to keep; by default those of the project's previous run, none with ``refit``.

    Raises:
        ParameterError: A method or parameter is unknown, a value cannot be read, or it contradicts a signed definition.
        TableError: A method was asked for by name and the data lack what it needs.
    """
    from seglib import methods
    from seglib.methods._asked import refuse_unknown

    if code not in html.CODES:
        raise ParameterError("code is {code!r}; it can be: {names}.", code=code, names=", ".join(html.CODES))
    if depth not in DEPTHS:
        raise ParameterError("depth is {depth!r}; it can be: {names}.", depth=depth, names=", ".join(DEPTHS))
    for name in wanted:
        methods.get(name)  # an unknown name is refused with the near one
    candidates = list(wanted) or [name for name in methods.names() if notebooks.exists(name)]
    project = Project.open(client, definitions=NONE if refit else definitions, keep=not refit and period is None)
    if period is not None:
        project.client.kept = period
    if project.path is not None:
        refuse_unknown(project.settings)
    folder, signed = signing.found(project, definitions)
    given = _parameters(candidates, project, params or {}, {} if refit else signed)
    if project.outside and (kind == "methods" or refit):
        raise SettingsError(
            "client.yml says report.audience: outside, and pages of methods show small groups. "
            "For readers outside make the report (seglib report); for yourselves leave audience out."
        )
    playbook.of(project.client)  # a slip in it is told before any kernel starts
    office.templates(project.settings)
    brand.frame(project.settings)
    languages = project.languages(lang if lang is None or isinstance(lang, str) else list(lang))
    window_days = signing.window(signed, window_days, getattr(project.settings, "window_days", None), refit=refit)
    customers = project.client.customers(as_of=as_of, window_days=window_days)
    if customers.empty:
        raise DataError("there is no customer at all; seglib check says what happened to every row.")
    columns_given = {*customers.columns, *project.client.columns}  # what costs much is there when a method asks for it
    lacking = {name: columns for name in candidates if (columns := methods.lacking(name, columns_given))}
    barred = [name for name in wanted if name in lacking]
    if barred:
        needed = ", ".join(lacking[barred[0]])
        raise TableError(
            "{method} needs {columns}, which the data do not give. Map the source columns in client.yml.", method=barred[0], columns=needed
        )
    able = [name for name in candidates if name not in lacking]
    main, reason = ("", ("", {})) if kind == "methods" else choose_main(project, customers, able, wanted, signing.main(signed))
    able_formats, lost = handover.possible(formats)
    chosen = candidates if wanted or kind == "methods" else beside(project, main, able, everything=everything)
    return Plan(
        project,
        kind,
        tuple(chosen),
        {name: given[name] for name in chosen},
        languages,
        str(customers["as_of"].iloc[0])[:10],
        int(customers["window_days"].iloc[0]),
        code,  # type: ignore[arg-type]
        tuple(wanted),
        everything,
        customers,
        main,
        reason,
        lacking,
        folder,
        signed,
        refit,
        depth,
        able_formats,
        (*lost, *brand.unseen(project.settings, able_formats)),
    )


def _parameters(
    candidates: Sequence[str], project: Project, params: Mapping[str, object], signed: Mapping[str, Scheme]
) -> dict[str, dict[str, object]]:
    """Parameters by method: those of client.yml, those given now over them, those of a signed definition; every name and type proven."""
    from seglib.methods import get
    from seglib.methods._signed import agreed, defaults

    cells = {name: [p for p in notebooks.cell_parameters(name) if p.name not in authoring.COMMON] for name in candidates}
    for full in params:
        if full.rpartition(".")[2] in authoring.COMMON:
            raise ParameterError("'{name}' is no parameter of a method; the command has an option of its own for it.", name=full)
    now = parameters.share_out(params, {name: [p.name for p in cell] for name, cell in cells.items()})
    given = {name: parameters.check(cell, {**project.own_parameters(name), **now[name]}, name) for name, cell in cells.items()}
    for name in signed.keys() & given.keys():
        usual = defaults(get(name).segment)
        given[name] = {key: value for key, value in agreed(signed[name], given[name], usual).items() if value != usual[key]}
    return given


def choose_main(
    project: Project, customers: pd.DataFrame, able: Sequence[str], wanted: Sequence[str], signed: str = ""
) -> tuple[str, tuple[str, Mapping[str, object]]]:
    """The classification the report is about, and why: asked for, or rfm, else value_tier.

    For rfm the data must reach back far enough, and enough customers come again.
    """
    if not able:
        raise DataError("no method can run on these data; seglib methods says what each one needs.")
    asked = wanted[0] if wanted else getattr(project.report, "main", None)
    if asked is not None and asked in able:
        return asked, (REASONS[2 if wanted else 3], {})
    if signed in able:
        return signed, (REASONS[6], {})
    buyers = customers[customers["orders"] > 0] if "orders" in customers.columns else customers[:0]
    if buyers.empty:
        return able[0], (REASONS[4], {})
    again = float((visits(buyers) > 1).mean())
    order = USUAL if again >= AGAIN else [name for name in USUAL if name != "rfm"]
    if again >= AGAIN and "rfm" not in able:
        return next(name for name in (*USUAL, *able) if name in able), (REASONS[5], {})
    days, needed = history(customers)
    if 0 < days < needed:  # nobody can be late yet
        order = [name for name in USUAL if name not in ("rfm", "lifecycle")]
        return next(name for name in (*order, *able) if name in able), (REASONS[7], {"days": round(days), "needed": round(needed)})
    main = next(name for name in (*order, *able) if name in able)
    return main, (REASONS[0 if again >= AGAIN else 1], {"share": again, "limit": AGAIN})


def beside(project: Project, main: str, able: Sequence[str], *, everything: bool) -> list[str]:
    """The methods of a report, the main one first."""
    others = [name for name in (*USUAL, *able) if name in able and name != main]
    others = list(dict.fromkeys(others))
    if everything:
        return [main, *others]
    asked = getattr(project.report, "also", None)
    if asked is not None:
        return [main, *(name for name in asked if name in able and name != main)]
    return [main, *others[:AT_MOST_BESIDE]]


def again(request: Mapping[str, Any], folder: Path) -> Plan:
    """The plan of an earlier run, from the request in its run.json."""
    client = str((folder / request["client"]).resolve()) if request["client"] else ""
    flat = {f"{method}.{name}": value for method, values in request["parameters"].items() for name, value in values.items()}
    return settle(
        request["kind"],
        request["wanted"],
        client,
        everything=request["everything"],
        lang=request["languages"],
        params=flat,
        as_of=request["as_of"],
        window_days=request["window_days"],
        code=request["code"],
        refit=bool(request.get("refit", False)),
        definitions=request.get("definitions", ""),
        depth=request.get("depth", "full"),
        formats=request.get("formats", ["html"]),
        period=Period.from_dict(request["period"]) if request.get("period") else None,
    )
