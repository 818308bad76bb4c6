"""The command that compares two runs: who moved, what it cost, how much of it is chance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seglib.cli import options
from seglib.cli.screen import t, table

if TYPE_CHECKING:
    from seglib.report.proofs.migration_page import MigrationWords


def migrate(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help=t("The earlier run: its folder or its run.json."))],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help=t("The later run of the same project."))],
    method: Annotated[
        str,
        typer.Option("--method", "-m", metavar="METHOD", help=t("The classification; left out, the run's main one."), show_default=False),
    ] = "",
    draws: Annotated[int, typer.Option("--draws", min=0, help=t("Draws of the orders behind the noise floor."))] = 100,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help=t("Folder for the tables; left out, none are written."), show_default=False),
    ] = None,
    lang: options.Lang = "",
) -> None:
    """Say who moved between two runs, what it cost, and how much of it is chance."""
    from seglib.report.proofs import of_two

    first, *more = of_two.compared(run_a, run_b, method, draws=draws, lang=options.language(lang))
    _show(first)
    for words in more:
        typer.echo()
        typer.echo(t("The same in two windows that share no day:"))
        _show(words)
    if out:
        first.hand_on(str(out))


def _show(words: MigrationWords) -> None:
    """The matrix in row shares, what lies within chance in brackets, then the sentences."""
    from seglib.report import numbers

    shares, noise = words.shown()
    rows = []
    for key in shares.index:
        cells = [(shares.at[key, column], bool(noise.at[key, column])) for column in shares.columns]
        rows.append([words.name(key), *(f"({numbers.share(value)})" if chance else numbers.share(value) for value, chance in cells)])
    table(rows, head=[t("before \\ after"), *(words.name(key) for key in shares.columns)], right=list(range(1, len(shares.columns) + 1)))
    if noise.to_numpy().any():
        typer.echo(t("In brackets: not distinguishable from chance."))
    for line in words.bottom_line().splitlines():
        typer.echo(line)
