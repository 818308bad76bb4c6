"""What several commands ask for, declared once: CLIENT.yml, languages, parameters, where the output goes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seglib.cli.screen import Screen, t
from seglib.errors import ParameterError, SettingsError
from seglib.language import LANGUAGES

CLIENT = "client.yml"

Client = Annotated[
    Path | None,
    typer.Argument(metavar="CLIENT.yml", help=t("The project's file, or its folder; left out, the demo data serve."), show_default=False),
]
Lang = Annotated[
    str,
    typer.Option(
        "--lang", metavar="zh|en", help=t("Language; several with a comma. Left out: the system's, or client.yml's."), show_default=False
    ),
]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        "-p",
        metavar="NAME=VALUE",
        help=t("A method's parameter, e.g. tiers=quantile:4 or rfm.tiers=quantile:4."),
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help=t("Folder for the output; left out, reports in the project's folder."), show_default=False),
]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of", metavar="DATE", help=t("Last day to look at, e.g. 2025-09-30; left out, as client.yml says."), show_default=False
    ),
]
Window = Annotated[
    int, typer.Option("--window-days", metavar="DAYS", help=t("Days to look back; left out, as client.yml says."), show_default=False)
]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", min=1, help=t("Pages made at the same time."))]
Resume = Annotated[bool, typer.Option("--resume", help=t("Go on with the newest run: only the pages that are missing."))]
Code = Annotated[str, typer.Option("--code", metavar="hide|fold|show", help=t("The notebooks' code on the pages."))]
Open = Annotated[bool, typer.Option("--open", help=t("Open the result in the browser."))]


def client_path(given: Path | None) -> str:
    """The path of a client.yml as the rooms take it: "" for the demo; a folder stands for the client.yml in it."""
    if given is None:
        return ""
    path = given / CLIENT if given.is_dir() else given
    if not path.is_file():
        raise SettingsError("There is no file {path}. Make one with: seglib init FOLDER FILE...", path=str(given))
    return str(path)


def parameters(given: list[str] | None) -> dict[str, object]:
    """``["rfm.tiers=quantile:4"]`` -> ``{"rfm.tiers": "quantile:4"}``; names and types are checked where the methods are known.

    Raises:
        ParameterError: Something has no equals sign, or a name stands twice.
    """
    found: dict[str, object] = {}
    for item in given or []:
        name, sign, value = item.partition("=")
        if not sign or not name.strip():
            raise ParameterError("-p {item} is no parameter; write -p name=value.", item=item)
        if name.strip() in found:
            raise ParameterError("-p {name} is given twice; give it once.", name=name.strip())
        found[name.strip()] = value.strip()
    return found


def language(given: str) -> str:
    """The one language that ``--lang`` names, or the screen's.

    Raises:
        SettingsError: It is not known.
    """
    first = given.replace("，", ",").split(",")[0].strip() or Screen.lang
    if first not in LANGUAGES:
        raise SettingsError("--lang {name} is not known; there are {names}.", name=first, names=", ".join(LANGUAGES))
    return first


def split(names: list[str]) -> tuple[list[str], Path | None]:
    """Methods and CLIENT.yml from the arguments of ``run``, told apart by the ending."""
    files = [name for name in names if name.lower().endswith((".yml", ".yaml")) or (Path(name) / CLIENT).is_file()]
    if len(files) > 1:
        raise SettingsError("Give one CLIENT.yml; found {names}.", names=", ".join(files))
    return [name for name in names if name not in files], Path(files[0]) if files else None
