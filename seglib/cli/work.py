"""The commands that make something of a project: demo, init, check, report, run, rerun."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seglib.cli import options
from seglib.cli.screen import CALLER, FAILED, Screen, complain, progress, shown, t
from seglib.errors import ParameterError

if TYPE_CHECKING:
    from seglib.collect.questions import Question
    from seglib.report.runs import RunResult

DEMO_LANGUAGES = "en,zh"
MARKET = "market"  # the folder that the made market is written to


def demo(
    lang: options.Lang = "",
    out: options.Out = None,
    jobs: options.Jobs = 2,
    code: options.Code = "hide",
    open_: options.Open = False,
    market: Annotated[
        bool, typer.Option("--market", help=t("A made market instead, written to the folder market: data that carry every method."))
    ] = False,
) -> None:
    """Classify the real customers of a supermarket chain, with every method, in both languages."""
    from seglib import report as room

    said = t("The demo: 2,469 households of a supermarket chain, one year of purchases.")
    path = _made_market((lang or DEMO_LANGUAGES).split(",")[0].strip()) if market else ""
    typer.echo(t("A made market of 2,000 customers over two years: {path}", path=shown(Path(path))) if market else said)
    with progress() as show:
        result = room.build(path, everything=True, lang=lang or DEMO_LANGUAGES, out=out, jobs=jobs, code=code, progress=show)
    _finish(result, open_)


def _made_market(lang: str) -> str:
    """The client.yml of the made market in this folder, written where it does not stand yet; names are in the language of the report."""
    from seglib.datasets import make_market

    path = Path(MARKET, options.CLIENT)
    return str(path if path.is_file() else make_market(lang=options.language(lang)).write(path.parent))


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=t("The project's folder; made where it is not there."))],
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help=t("Your data, files or folders. They are copied into the project and never changed.")),
    ],
    yes: Annotated[bool, typer.Option("--yes", help=t("Ask nothing, take every proposal."))] = False,
    currency: Annotated[
        str, typer.Option("--currency", metavar="CODE", help=t("Currency of the amounts, e.g. CNY."), show_default=False)
    ] = "",
    lang: options.Lang = "",
) -> None:
    """Start a project: look at the files and write a client.yml to correct."""
    from seglib.collect import project, propose, questions

    proposal = propose.look(files, language=options.language(lang))
    if currency:
        proposal.currency = currency.strip().upper()
        proposal.unsure.discard("currency")
    for note in proposal.lines():
        typer.echo(note.text(Screen.lang))
    asked = [] if yes else questions.questions(proposal)
    for number, question in enumerate(asked, 1):
        question.apply(_answer(question, f"{number}/{len(asked)}"))
    path = project.write(proposal, folder, lang=Screen.lang)
    typer.echo()
    guessed = project.marks(path.read_text("utf-8"))
    said = t("Written: {path}; {n} lines are marked ?: please confirm them.", path=shown(path), n=guessed)
    typer.echo(said if guessed else t("Written: {path}", path=shown(path)))
    if unused := proposal.unused():
        typer.echo(t("Columns not used: {names}", names=", ".join(unused)))
    typer.echo(t("Next: seglib check {path}", path=shown(path)))


def _answer(question: Question, number: str) -> int:
    """Ask one question of ``init``; Enter takes the proposal.

    Returns:
        The number of the choice, from 0.
    """
    typer.echo(f"{number} {question.asked.text(Screen.lang)}")
    for position, choice in enumerate(question.choices, 1):
        typer.echo(f"    [{position}] {choice.text(Screen.lang)}")
    while True:
        given = typer.prompt(t("    your choice"), default=question.default + 1, type=int)
        if 1 <= given <= len(question.choices):
            return int(given) - 1
        complain(t("Choose a number from 1 to {n}.", n=len(question.choices)))


def check(client: options.Client = None, lang: options.Lang = "", open_: options.Open = False) -> None:
    """Follow the rows and the money from the files to the report, and say what can be done with them."""
    from seglib import open_client
    from seglib.checkup import examine

    opened = open_client(options.client_path(client))
    found = examine(opened, lang=Screen.lang, report_command=f"seglib report {shown(client)}" if client else "seglib demo")
    for line in found.lines():
        typer.echo(line)
    if open_:
        _open_page(found.html(), opened.folder)
    if not found.can_run or not found.command:
        raise typer.Exit(CALLER)


def _open_page(text: str, folder: Path | None) -> None:
    """Show a page in the browser, kept with the project where there is one."""
    import tempfile

    place = folder / ".seglib" if folder else Path(tempfile.mkdtemp(prefix="seglib-"))
    place.mkdir(exist_ok=True)
    page = place / "check.html"
    page.write_text(text, encoding="utf-8")
    webbrowser.open(page.resolve().as_uri())


def report(
    client: options.Client = None,
    lang: options.Lang = "",
    format_: Annotated[str, typer.Option("--format", metavar="LIST", help=t("Formats of the document: html,pdf,docx,xlsx,pptx."))] = "html",
    all_: Annotated[bool, typer.Option("--all", help=t("Every method that can run, not only the chosen ones."))] = False,
    given: options.Given = None,
    as_of: options.AsOf = "",
    window_days: options.Window = 0,
    out: options.Out = None,
    jobs: options.Jobs = 2,
    resume: options.Resume = False,
    code: options.Code = "hide",
    refit: Annotated[bool, typer.Option("--refit", help=t("Draw the lines anew although definitions are signed, and show both."))] = False,
    depth: Annotated[
        str, typer.Option("--depth", metavar="full|brief", help=t("Length of the document; brief is at most four pages."))
    ] = "full",
    open_: options.Open = False,
) -> None:
    """Make the report: the front page and one page a method."""
    from seglib import report as room
    from seglib.report import handover, signing

    formats = handover.read(format_)
    path = options.client_path(client)
    if said := signing.told(path, Screen.lang, refit=refit):
        typer.echo(said)
    with progress() as show:
        result = room.build(
            path,
            everything=all_,
            lang=lang or None,
            params=options.parameters(given),
            as_of=as_of,
            window_days=window_days,
            out=out,
            jobs=jobs,
            resume=resume,
            code=code,
            progress=show,
            refit=refit,
            depth=depth,
            formats=formats,
        )
    _finish(result, open_)


def sign(
    run_: Annotated[Path, typer.Argument(metavar="RUN", help=t("A run's folder or its run.json."))],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help=t("Who signs."))],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help=t("What was agreed, and with whom."))] = "",
    lang: options.Lang = "",
) -> None:
    """Sign the definitions of a run; from then on the project's reports follow them."""
    from seglib.report import signed_words, signing

    signed = signing.sign(run_, by=by, note=note)
    for name, scheme in signed.schemes.items():
        told = signed_words.sentence(scheme, Screen.lang)
        typer.echo(t("  {definition} (carried over from the last signature)", definition=told) if name in signed.carried else f"  {told}")
        for text in signed_words.unmet(scheme, None, Screen.lang):
            typer.echo(t("    ! not met when it was signed: {condition}", condition=text))
    for page in signed.pages:
        typer.echo(shown(page))
    typer.echo(
        t("Signed. {client} names {folder} now; reports follow these definitions.", client=signed.client.name, folder=shown(signed.folder))
    )


def run(
    names: Annotated[
        list[str],
        typer.Argument(metavar="METHOD... [CLIENT.yml]", help=t("Methods (seglib methods lists them), then the project's file.")),
    ],
    given: options.Given = None,
    lang: options.Lang = "",
    as_of: options.AsOf = "",
    window_days: options.Window = 0,
    out: options.Out = None,
    jobs: options.Jobs = 2,
    resume: options.Resume = False,
    code: options.Code = "hide",
    open_: options.Open = False,
) -> None:
    """Run one method or several, each as a page of its own."""
    from seglib import report as room

    chosen, client = options.split(names)
    if not chosen:
        raise ParameterError("Name at least one method; seglib methods lists them.")
    with progress() as show:
        result = room.run(
            chosen,
            options.client_path(client),
            lang=lang or None,
            params=options.parameters(given),
            as_of=as_of,
            window_days=window_days,
            out=out,
            jobs=jobs,
            resume=resume,
            code=code,
            progress=show,
        )
    _finish(result, open_)


def rerun(
    run_json: Annotated[Path, typer.Argument(metavar="RUN", help=t("A run's folder or its run.json."))],
    lang: options.Lang = "",
    out: options.Out = None,
    jobs: options.Jobs = 2,
    open_: options.Open = False,
) -> None:
    """Make a run again, exactly as its run.json says."""
    from seglib import report as room

    with progress() as show:
        result = room.rerun(run_json, out=out, jobs=jobs, progress=show)
    if result.changed:
        typer.echo(t("Not the same as before: {pages}", pages=", ".join(result.changed)))
    elif result.ok:
        typer.echo(t("Every page is the same as before, byte for byte."))
    _finish(result, open_)


def _finish(result: RunResult, open_: bool) -> None:
    """Say how it ended; the page to open is the last line."""
    if not result.ok:
        complain(t("{n} of {total} pages could not be made; the others are there.", n=len(result.failed), total=len(result.pages)))
    for sentence in result.lost:
        complain(sentence.text(Screen.lang))
    if result.drift:
        from seglib.report import drift_words

        for line in drift_words.lines(result.drift, result.main, Screen.lang):
            typer.echo(line)
    for folder in dict.fromkeys((result.folder / file["path"]).parent for file in result.files):
        typer.echo(t("To hand over: {folder}", folder=shown(folder)))
    page = result.index or result.shelf
    typer.echo(shown(page))
    if open_:
        webbrowser.open(page.resolve().as_uri())
    if not result.ok:
        raise typer.Exit(FAILED)
