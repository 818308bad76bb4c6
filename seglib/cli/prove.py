"""The commands of proof: compare, prove."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from seglib.cli import options
from seglib.cli.screen import Screen, shown, t, table

if TYPE_CHECKING:
    from seglib.report.proofs.scorecard_page import ScorecardPage


def compare(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN...",
            help=t("Folders of runs of one project; or its CLIENT.yml, for every method the data carry. Left out: the demo data."),
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        str,
        typer.Option(
            "--split", metavar="DATE", help=t("First day of the period that judges; left out, the last quarter."), show_default=False
        ),
    ] = "",
    as_of: options.AsOf = "",
    draws: Annotated[int, typer.Option("--draws", min=50, help=t("Samples drawn for every interval."))] = 1000,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help=t("Folder for the tables; left out, none are written."), show_default=False),
    ] = None,
    lang: options.Lang = "",
) -> None:
    """Put methods side by side on the same customers, and say which is worth its effort, if any."""
    from seglib.report.proofs import of_runs
    from seglib.report.proofs.scorecard_page import ScorecardPage

    client, wanted = of_runs.opened(runs or [])
    page = ScorecardPage(client, wanted or "", split=split, as_of=as_of, draws=draws, lang=options.language(lang))
    _show(page)
    if out:
        page.hand_on(str(out))


def _show(page: ScorecardPage) -> None:
    """The scorecard as a table of the screen, then its sentences."""
    from seglib.report import numbers
    from seglib.report.proofs._base import between, r2

    rows = [
        [
            page.title(row.method),
            str(row.classes),
            r2(row.r2),
            r2(row.difference),
            between(row.difference_low, row.difference_high, Screen.lang),
            page.verdict(row.verdict),
            numbers.share(row.flip_rate),
            numbers.share(row.classified_spend_share),
        ]
        for row in page.card.scores.itertuples()
    ]
    head = [
        *(t("Method"), t("Classes"), "R²", t("Less the spend ranking"), t("95% interval"), t("Against it")),
        *(t("Flips"), t("Sales in a class")),
    ]
    table(rows, head=head, right=[1, 2, 3, 6, 7])
    for line in page.bottom_line().splitlines():
        typer.echo(line)


def prove(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PAGE]... [CLIENT.yml]",
            help=t("Pages: worth, stability, migration, scorecard, metrics; none means all."),
            show_default=False,
        ),
    ] = None,
    given: options.Given = None,
    lang: options.Lang = "",
    out: options.Out = None,
    jobs: options.Jobs = 2,
    code: options.Code = "hide",
) -> None:
    """Make the pages of proof for one method: worth, stability, migration, the sixteen metrics; and the scorecard of all."""
    from seglib.report.proofs import pages

    chosen, client = options.split(names or [])
    made = pages.run(
        chosen,
        options.client_path(client),
        lang=lang or None,
        out=out,
        params=options.parameters(given),
        jobs=jobs,
        code=cast(Any, code),
    )
    for path in made:
        typer.echo(shown(path))
