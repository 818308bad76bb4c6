"""The screen: its language, its encoding, tables and progress on it, and how a fault is said there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from seglib.errors import MissingPartError, SeglibError
from seglib.language import LANGUAGES, system_language, translate

CALLER, FAILED, STOPPED = 2, 1, 130  # exit codes: the caller must change something; some page failed; Ctrl-C


def start(arguments: Sequence[str]) -> None:
    """Choose the screen's language, by ``--lang`` or the system, and make sure that every character can be written."""
    Screen.lang = _asked(arguments) or system_language()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # a GBK console knows neither € nor a bar


def _asked(arguments: Sequence[str]) -> str:
    """The first language that ``--lang`` names, "" where there is none."""
    given = ""
    for position, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--lang":
            given = value or next(iter(arguments[position + 1 :]), "")
    return next((each for each in given.replace("，", ",").split(",") if each in LANGUAGES), "")


class Screen:
    """What holds for one command: the language it speaks. Texts of ``--help`` are made when the module is read, so it is known by then."""

    lang = _asked(sys.argv[1:]) or system_language()


class Commands(TyperGroup):
    """The commands, in the order in which they are declared; a fault leaves one sentence and exit code 2."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run one command line."""
        given = list(sys.argv[1:] if args is None else args)
        start(given)
        if not given or "--help" in given:
            _dress_help()
        return super().main(given, *rest, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that ``ctx`` names."""
        try:
            return super().invoke(ctx)
        except SeglibError as fault:
            complain(fault.text(Screen.lang))
        except BrokenPipeError:
            raise  # whoever reads our output has seen enough
        except KeyboardInterrupt:
            word = t("Stopped. What is finished stays; the same command with --resume does the rest.")
            complain(word if ctx.invoked_subcommand in ("report", "run") else t("Stopped."))
            raise typer.Exit(STOPPED) from None
        except OSError as fault:
            complain(t("{path}: {reason}.", path=shown(fault.filename or "."), reason=fault.strerror or str(fault)))
        raise typer.Exit(CALLER)


def _dress_help() -> None:
    """``--help`` in the screen's language: its titles, and Chinese sentences folded, which Rich else cuts where a line has no blank."""
    from typer import rich_utils

    rich_utils.OPTIONS_PANEL_TITLE, rich_utils.ARGUMENTS_PANEL_TITLE = t("Options"), t("Arguments")
    rich_utils.DEFAULT_STRING, rich_utils.REQUIRED_LONG_STRING = t("[default: {}]"), t("[required]")
    make = getattr(rich_utils._make_rich_text, "__wrapped__", rich_utils._make_rich_text)

    @wraps(make)
    def folded(*, text: str, **how: Any) -> Any:
        made: Any = make(text=t("Show this message and exit.") if text == "Show this message and exit." else text, **how)
        made.overflow = "fold"
        return made

    rich_utils._make_rich_text = folded


def t(message: str, **values: object) -> str:
    """``message`` in the screen's language."""
    return translate(message, Screen.lang, **values)


def complain(sentence: str) -> None:
    """A sentence about a fault, on the error stream."""
    typer.secho(sentence, err=True, fg="red" if sys.stderr.isatty() else None)


def shown(path: Path | str) -> str:
    """A path as people read it: relative to where they are, where it lies below."""
    full = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the link that a .venv's python is
    return str(full.relative_to(Path.cwd())) if full.is_relative_to(Path.cwd()) else str(full)


def table(rows: Sequence[Sequence[str]], *, head: Sequence[str] = (), right: Sequence[int] = ()) -> None:
    """Rows under each other, aligned whatever the width of their characters (a Chinese one takes two places).

    Args:
        rows: Cells of every row, as text.
        head: Titles of the columns; none where it is empty.
        right: Columns (from 0) that are set flush right, as numbers are.
    """
    from rich.cells import cell_len

    lines = [list(head), *map(list, rows)] if head else list(map(list, rows))
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        gaps = [" " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)]
        cells = [gap + cell if position in right else cell + gap for position, (cell, gap) in enumerate(zip(line, gaps, strict=True))]
        typer.echo("   ".join(cells).rstrip())


@contextmanager
def progress() -> Iterator[Callable[[Any], None]]:
    """Shows the events of a run: a bar on a terminal, a line a page elsewhere."""
    if not sys.stdout.isatty():
        yield _line
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console(highlight=False)
    ) as bar:
        task = bar.add_task(t("Starting"), total=None)

        def show(event: Any) -> None:
            if event.state not in ("started", "ok"):
                bar.print(_ended(event))
            bar.update(task, total=event.total, completed=event.done, description=f"{event.page} ({event.lang})")

        yield show


def _line(event: Any) -> None:
    if event.state != "started":
        typer.echo(_ended(event))


def _ended(event: Any) -> str:
    """One line on a page that has ended."""
    if event.state == "ok":
        return t(
            "  {done}/{total}  {page} ({language})  {seconds:.1f} s",
            done=event.done,
            total=event.total,
            page=event.page,
            language=event.lang,
            seconds=event.seconds,
        )
    reason = f"{event.state} {event.message}".strip()
    return t(
        "  {done}/{total}  {page} ({language})  NOT DONE: {reason}",
        done=event.done,
        total=event.total,
        page=event.page,
        language=event.lang,
        reason=reason,
    )


def need(package: str) -> None:
    """Make sure that an optional package is there.

    Raises:
        MissingPartError: It is not; the sentence names the command that adds it.
    """
    from importlib.util import find_spec

    if find_spec(package) is None:
        command = f"{shown(sys.executable)} -m pip install {package}"
        raise MissingPartError("{package} is not installed. Add it with: {command}", package=package, command=command)
