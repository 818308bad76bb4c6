"""The shelf: one page that lists every run in a folder of reports, newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seglib.language import translate
from seglib.report import history, html, manifest
from seglib.report.manifest import Manifest

LANGUAGE = {"en": "English", "zh": "中文"}


def write_shelf(home: Path, lang: str) -> Path:
    """Write ``index.html`` in ``home``.

    Args:
        home: The folder with one folder a run.
        lang: Language of the page.
    """
    found = manifest.all_runs(home)
    runs = [_row(run, lang) | {"changes": _changes(run, found, lang), "files": _files(run)} for run in found]
    title = translate("Reports", lang)
    page = html.render("shelf.html.j2", lang, title=title, project="", period="", links=[], runs=runs)
    manifest.write(home / "index.html", page)
    return home / "index.html"


def _changes(run: Manifest, found: list[Manifest], lang: str) -> list[str]:
    """What differs from the project's run before; nothing for its first."""
    before = history.previous(run, found)
    return history.changes(run.content, before.content, lang) if before else []


def _files(run: Manifest) -> list[dict[str, str]]:
    """Links to what was handed over: format and language."""
    several = len({file["lang"] for file in run.content.get("files", [])}) > 1
    return [
        {
            "href": f"{run.folder.name}/{file['path']}",
            "text": f"{file['format'].upper()} {LANGUAGE[file['lang']]}" if several else file["format"].upper(),
            "lang": html.WEB_LANGUAGE[file["lang"]],
        }
        for file in run.content.get("files", [])
        if (run.folder / file["path"]).is_file()
    ]


def _row(run: Manifest, lang: str) -> dict[str, Any]:
    from seglib import methods

    content, folder = run.content, run.folder.name
    pages = [page for page in content["pages"] if page["method"] != "index"]
    failed = sorted({page["method"] for page in pages if page["status"] != "ok"})
    links = [
        {"href": f"{folder}/{page['path']}", "text": LANGUAGE[page["lang"]], "lang": html.WEB_LANGUAGE[page["lang"]]}
        for page in content["pages"]
        if page["method"] == "index"
    ] or [
        {"href": f"{folder}/{page['path']}", "text": LANGUAGE[page["lang"]], "lang": html.WEB_LANGUAGE[page["lang"]]}
        for page in pages
        if page["method"] == "report" and page["status"] == "ok"
    ]
    if not links:
        links = [
            {
                "href": f"{folder}/{page['path']}",
                "text": f"{methods.words(page['method']).text('title', page['lang'])}",
                "lang": html.WEB_LANGUAGE[page["lang"]],
            }
            for page in pages
            if page["method"] in methods.names()
        ]
    names = content.get("project", {})
    return {
        "folder": folder,
        "as_of": content.get("data", {}).get("as_of", ""),
        "project": names.get(lang) or next(iter(names.values()), ""),
        "headline": content.get("headline", {}).get(lang) or next(iter(content.get("headline", {}).values()), ""),
        "status": content.get("status", ""),
        "failed": failed,
        "links": links,
        "manifest": f"{folder}/{manifest.NAME}",
    }
