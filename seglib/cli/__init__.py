"""The command line: every command is one call into a room. Nothing heavy is imported before a command runs."""

from __future__ import annotations

from collections.abc import Callable

import typer

from seglib.cli import more, screen, work

app = typer.Typer(
    cls=screen.Commands,
    help=screen.t("seglib turns customer data into a classification you can sign, prove and act on, and the report that says so."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

EVERYDAY: tuple[Callable[..., None], ...] = (work.demo, work.init, work.check, work.report)
NOW_AND_THEN: tuple[Callable[..., None], ...] = (more.methods, work.run, work.rerun, more.assign, more.sql, more.lab, more.doctor)
for panel, commands in ((screen.t("Every day"), EVERYDAY), (screen.t("Now and then"), NOW_AND_THEN)):
    for command in commands:
        app.command(help=screen.t(command.__doc__ or ""), rich_help_panel=panel)(command)


def main() -> None:
    """Run the command line that the process was started with."""
    app()
