"""The command line: every command is one call into a room. Nothing heavy is imported before a command runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from seglib.cli import more, moves, prove, work
from seglib.cli.screen import Commands, t

# command -> what --help says of it, in the order of use
EVERYDAY: dict[Callable[..., None], str] = {
    work.demo: t("Classify the real customers of a supermarket chain, with every method, in both languages."),
    work.init: t("Start a project: look at the files and write a client.yml to correct."),
    work.check: t("Follow rows and money from the files to the report, and say what can be done."),
    work.report: t("Make the report: the client's document, the front page and one page a method."),
    work.sign: t("Sign the definitions of a run; from then on the project's reports follow them."),
}
NOW_AND_THEN: dict[Callable[..., None], str] = {
    more.methods: t("List the methods, what each needs, and with CLIENT.yml whether it can run."),
    work.run: t("Run one method or several, each as a page of its own."),
    prove.prove: t("Make the pages of proof for one method: worth, stability, migration, the sixteen metrics; and the scorecard of all."),
    prove.compare: t("Put methods side by side on the same customers, and say which is worth its effort, if any."),
    moves.migrate: t("Say who moved between two runs, what it cost, and how much of it is chance."),
    work.rerun: t("Make a run again, exactly as its run.json says."),
    more.assign: t("Put customers into the classes of a saved definition, its cut points unmoved."),
    more.explain: t("Say why a customer is in a class, and what would change that."),
    more.sql: t("Write a saved definition as SQL."),
    more.case: t("Follow a case of the trade from the situation to the lesson, on data that carry it."),
    more.lab: t("Open JupyterLab on a copy of the notebooks, in the language asked for."),
    more.doctor: t("Say what is installed, what is missing, and the one command that adds it."),
}

app = typer.Typer(
    cls=Commands,
    help=t("seglib turns customer data into a classification you can sign, prove and act on, and the report that says so."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for panel, commands in ((t("Every day"), EVERYDAY), (t("Now and then"), NOW_AND_THEN)):
    for command, told in commands.items():
        app.command(help=told, rich_help_panel=panel)(command)


def _version(asked: bool) -> None:
    if asked:
        from seglib import __version__

        typer.echo(f"seglib {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help=t("Say which version this is."))] = False,
) -> None:
    """Options of no command; the help text stands with the app."""


def main() -> None:
    """Run the command line that the process was started with."""
    app()
