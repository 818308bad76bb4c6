"""The shelf: one page that lists every run in a folder of reports, newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seglib.language import translate
from seglib.report import html, manifest
from seglib.report.manifest import Manifest

LANGUAGE = {"en": "English", "zh": "中文"}


def write_shelf(home: Path, lang: str) -> Path:
    """Write ``index.html`` in ``home``.

    Args:
        home: The folder with one folder a run.
        lang: Language of the page.
    """
    runs = [_row(run, lang) for run in manifest.all_runs(home)]
    title = translate("Reports", lang)
    page = html.render("shelf.html.j2", lang, title=title, project="", period="", links=[], runs=runs)
    manifest.write(home / "index.html", page)
    return home / "index.html"


def _row(run: Manifest, lang: str) -> dict[str, Any]:
    from seglib import methods

    content, folder = run.content, run.folder.name
    pages = [page for page in content["pages"] if page["method"] != "index"]
    failed = sorted({page["method"] for page in pages if page["status"] != "ok"})
    links = [
        {"href": f"{folder}/{page['path']}", "text": LANGUAGE[page["lang"]], "lang": html.WEB_LANGUAGE[page["lang"]]}
        for page in content["pages"]
        if page["method"] == "index"
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
