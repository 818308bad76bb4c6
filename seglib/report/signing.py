"""`seglib sign`: the definitions of a finished run go into the project, with a page in words; and what later pages say of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seglib.errors import DataError, ParameterError, SettingsError
from seglib.language import translate
from seglib.report import manifest
from seglib.segmentation import Scheme, load_scheme
from seglib.signed import NONE, PAGES, definitions, followed

FOLDER = "signed"


@dataclass(frozen=True)
class Signed:
    """What a signature left behind.

    Attributes:
        folder: The new folder of definitions.
        client: The client.yml that names it now.
        schemes: The definitions by method, those carried over among them.
        carried: Methods whose earlier signature was carried over, as the run did not have them.
        pages: The pages in words.
    """

    folder: Path
    client: Path
    schemes: Mapping[str, Scheme]
    carried: tuple[str, ...]
    pages: tuple[Path, ...]


def sign(run: str | os.PathLike[str], *, by: str, note: str = "") -> Signed:
    """Sign the definitions of a run: from now on the project's reports follow them, their cuts unmoved.

    Args:
        run: A run's folder, or its run.json.
        by: Who signs.
        note: What was agreed, with whom.

    Raises:
        ParameterError: Nobody signs.
        SettingsError: It is no run, or a run of no project.
        DataError: The run is not finished, or its files are not those it wrote.
    """
    from seglib import settings
    from seglib.settings.writing import amend

    who, said = " ".join(by.split()), " ".join(note.split())
    if not who:
        raise ParameterError("--by is empty; a definition is signed by somebody.")
    record = manifest.read(run)
    client = _client(record)
    schemes = _proved(record)
    found = settings.load(client)
    before = followed(client.parent, found.definitions)
    earlier = definitions(before) if before and before.is_dir() else {}
    as_of, main = str(record.content["data"]["as_of"]), str(record.content.get("main", ""))
    stamp = {"by": who, "on": manifest.now(), "note": said, "as_of": as_of, "run": record.folder.name}
    fresh: dict[str, Scheme] = {}
    for name, scheme in schemes.items():
        about = {**scheme.about, "signed": {**stamp, "main": name == main}}
        fresh[name] = replace(scheme, about=about)
    window = next(iter(fresh.values())).window_days
    carried = {name: scheme for name, scheme in earlier.items() if name not in fresh and scheme.window_days == window}
    everything = dict(sorted({**carried, **fresh}.items()))
    folder = manifest.new_folder(client.parent / FOLDER, as_of)
    for name, scheme in everything.items():
        scheme.save(folder / f"{name}.json")
    pages = tuple(_page(folder, everything, stamp, found, lang) for lang in found.language)
    definitions(folder)  # what was written is read back and proved before client.yml names it
    amend(client, {"definitions": f"{FOLDER}/{folder.name}"})
    return Signed(folder, client, everything, tuple(carried), pages)


def _client(record: manifest.Manifest) -> Path:
    """The client.yml of a run's project."""
    named = record.content["request"]["client"]
    if not named:
        raise SettingsError("The run is one of the demo, which has no project to sign for. Make a project with: seglib init FOLDER FILE...")
    path = Path(os.path.normpath(record.folder / named))
    if not path.is_file():
        raise SettingsError("The run's project is not where it was: there is no {path}. Put the run back into its project.", path=path.name)
    return path


def _proved(record: manifest.Manifest) -> dict[str, Scheme]:
    """The definitions of a run by method, after proof that every file is the one the run wrote."""
    pages = record.content["pages"]
    open_ = [page for page in pages if page["status"] != "ok"]
    if record.content.get("status") != "ok" or open_ or not pages:
        raise DataError(
            "The run {run} is not finished ({n} of {all} pages did not come out). Run it to its end, then sign it.",
            run=record.folder.name,
            n=len(open_),
            all=len(pages),
        )
    for page in pages:
        if manifest.file_digest(record.folder / page["path"]) != page["sha256"]:
            raise _changed(record, page["path"])
    found: dict[str, Scheme] = {}
    for page in pages:
        tables = record.folder / page["lang"] / "tables" / page["method"]
        if not (tables / "scheme.json").is_file():
            continue
        _prove_tables(record, tables)
        scheme = load_scheme(tables / "scheme.json")
        if found.setdefault(page["method"], scheme).hash != scheme.hash:
            raise _changed(record, f"{page['lang']}/tables/{page['method']}/scheme.json")
    if not found:
        raise DataError("The run {run} holds no definition to sign.", run=record.folder.name)
    return found


def _prove_tables(record: manifest.Manifest, tables: Path) -> None:
    """Every table of a method is the one its manifest counted."""
    written = json.loads((tables / "manifest.json").read_text(encoding="utf-8")) if (tables / "manifest.json").is_file() else {"files": []}
    named = {file["name"]: file["sha256"] for file in written["files"]}
    if "scheme.json" not in named:
        raise _changed(record, (tables / "manifest.json").relative_to(record.folder).as_posix())
    for name, digest in named.items():
        if manifest.file_digest(tables / name) != digest:
            raise _changed(record, (tables / name).relative_to(record.folder).as_posix())


def _changed(record: manifest.Manifest, path: str) -> DataError:
    return DataError(
        "The run {run} was changed after it was made: {file} is not the file it wrote. Make the report again, then sign it.",
        run=record.folder.name,
        file=path,
    )


def _page(folder: Path, schemes: Mapping[str, Scheme], stamp: Mapping[str, str], settings: Any, lang: str) -> Path:
    """The page that a person reads and signs: who, when, what, and every definition in words."""
    from seglib.report import signed_words

    t = lambda message, **values: translate(message, lang, **values)  # noqa: E731 - one short name for many sentences
    title = str(getattr(settings, "project", "") or folder.parent.parent.name)
    lines = [
        f"# {t('Signed definitions: {project}', project=title)}",
        "",
        f"- {t('Signed by: {name}', name=stamp['by'])}",
        f"- {t('Signed at: {time} (UTC)', time=stamp['on'].replace('T', ' ').removesuffix('Z'))}",
        *([f"- {t('Note: {text}', text=stamp['note'])}"] if stamp["note"] else []),
        f"- {t('From the report {run}, data up to {as_of}', run=stamp['run'], as_of=stamp['as_of'])}",
        "",
        t("From now on the project's reports use these definitions, and their cut points do not move. Drawn anew: seglib report --refit."),
    ]
    for scheme in schemes.values():
        lines += ["", *signed_words.lines(scheme, settings, lang)]
    path = folder / PAGES[lang]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return path


def found(project: Any, asked: str | None = None) -> tuple[str, dict[str, Scheme]]:
    """The folder of a project's signed definitions, as seen from the project, and the definitions; "" and none where there are none.

    Args:
        project: The project.
        asked: The folder to look in, "" for none; by default the one client.yml names.
    """
    said = getattr(project.settings, "definitions", None) if asked is None else asked
    if project.path is None or not said or said == NONE:
        return "", {}
    return str(said), definitions(project.path.parent / str(said))


def window(schemes: Mapping[str, Scheme], asked: int, said: int | None, *, refit: bool = False) -> int:
    """Days to look back on: those asked for, else those of the signed definitions, on which alone their cuts mean what they meant.

    Args:
        schemes: The project's signed definitions.
        asked: What the caller asks for, 0 for nothing.
        said: What client.yml says, None for nothing.
        refit: Are the lines drawn anew?

    Raises:
        SettingsError: The definitions were signed on another window.
    """
    signed = next((scheme.window_days for scheme in schemes.values() if scheme.window_days), 0)
    wanted = asked or said or 0
    if signed and wanted and wanted != signed and not refit:
        raise SettingsError(
            "The definitions were signed on a window of {signed} days; asked for are {wanted}, on which their cuts would mean something "
            "else. Leave the window as it was signed, or draw the lines anew with --refit.",
            signed=signed,
            wanted=wanted,
        )
    return asked or (0 if said else signed)


def main(schemes: Mapping[str, Scheme]) -> str:
    """The method that was the main one when it was signed; "" where none was."""
    return next((name for name, scheme in schemes.items() if stamp_of(scheme).get("main")), "")


def told(client: str, lang: str, *, refit: bool = False) -> str:
    """The first line of the screen: which signed definition the report of a project follows; "" where it has none."""
    from seglib import settings

    if not client:
        return ""
    path = Path(client)
    folder = followed(path.parent, settings.load(path).definitions)
    schemes = definitions(folder) if folder else {}
    return announcement(schemes, main(schemes) or next(iter(schemes), ""), lang, refit=refit)


def stamp_of(scheme: Scheme) -> Mapping[str, Any]:
    """Who signed a definition, when, and as of which day; empty where nobody did."""
    found = scheme.about.get("signed")
    return found if isinstance(found, Mapping) else {}


def line(scheme: Scheme, lang: str) -> str:
    """One sentence on a definition: its name, its hash, and whether it is signed."""
    values = {"name": scheme.method, "hash": scheme.hash[:8]}
    signed = stamp_of(scheme)
    if not signed:
        return translate("Definition {name} #{hash}, unsigned.", lang, **values)
    return translate(
        "Definition {name} #{hash}, signed by {by} on {on} (data up to {as_of}).",
        lang,
        by=signed["by"],
        on=str(signed["on"])[:10],
        as_of=signed["as_of"],
        **values,
    )


def announcement(schemes: Mapping[str, Scheme], method: str, lang: str, *, refit: bool = False) -> str:
    """The first line of a page, or of the screen, where the project has signed definitions; "" where it has none.

    Args:
        schemes: The project's signed definitions.
        method: The method the page is about; the main one for a front page.
        lang: Language of the line.
        refit: Were the lines drawn anew?
    """
    if not schemes:
        return ""
    if method not in schemes:
        return translate("{name} has no signed definition; its lines were drawn on these data.", lang, name=method)
    scheme = schemes[method]
    values = {"name": method, "hash": scheme.hash[:4], "as_of": stamp_of(scheme).get("as_of", "")}
    if refit:
        return translate(
            "Lines drawn anew (--refit); the definition signed on {as_of}, {name} #{hash}…, stands beside them.", lang, **values
        )
    return translate("Following the definition signed on {as_of}, {name} #{hash}… (cut points unchanged).", lang, **values)
