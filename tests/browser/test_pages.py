"""Every page of the demo's report in a real browser: both languages, wide and narrow: nothing fetched, nothing broken."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import seglib
from seglib import methods, report

playwright = pytest.importorskip("playwright.sync_api", reason="the test extra is not installed")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
WIDTHS = (1440, 390)
CARRIED = [name for name in methods.names() if not methods.lacking(name, seglib.demo().columns)]
PAGES = [f"{lang}/{name}" for lang in ("en", "zh") for name in ("index", "report", *CARRIED)]

each = pytest.mark.parametrize("name", [*PAGES, "shelf"])
wide_and_narrow = pytest.mark.parametrize("width", WIDTHS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's report with every method, in both languages."""
    result = report.build("", everything=True, out=tmp_path_factory.mktemp("demo"), lang="en,zh")
    assert result.ok, result.failed
    return result.folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no browser here: install chromium")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def seen() -> dict[str, list[str]]:
    return {"requests": [], "errors": []}


@pytest.fixture
def page(browser: Any, folder: Path, name: str, width: int, seen: dict[str, list[str]]) -> Iterator[Any]:
    """A page, opened; what it asked for and complained of is in ``seen``."""
    path = folder.parent / "index.html" if name == "shelf" else folder / f"{name}.html"
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.on("request", lambda request: seen["requests"].append(request.url))
    tab.on("console", lambda message: seen["errors"].append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: seen["errors"].append(str(error)))
    tab.goto(path.as_uri())
    yield tab
    tab.close()


@wide_and_narrow
@each
def test_a_page_fetches_nothing_and_complains_of_nothing(page: Any, seen: dict[str, list[str]]) -> None:
    assert [url for url in seen["requests"] if not url.startswith("data:")] == [page.url]
    assert seen["errors"] == []


@wide_and_narrow
@each
def test_a_page_has_no_barrier(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert found["passes"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


@wide_and_narrow
@each
def test_a_page_does_not_scroll_sideways_even_with_everything_open(page: Any, width: int) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """width => [...document.querySelectorAll('main *')].filter(part => !part.closest('.scroll, .hidden, pre')
            && part.getBoundingClientRect().right > width + 1).map(part => part.outerHTML.slice(0, 120))""",
        width,
    )
    assert outside == []


@pytest.mark.parametrize("width", WIDTHS[:1])
@pytest.mark.parametrize("name", PAGES)
def test_every_picture_says_in_words_what_it_shows(page: Any, name: str) -> None:
    pictures = page.evaluate(
        "[...document.images].map(image => [image.alt, image.naturalWidth, !!image.closest('figure')?.querySelector('figcaption')])"
    )
    assert bool(pictures) == (not name.endswith("index"))
    for alt, pixels, captioned in pictures:
        assert len(alt) > 25
        assert any(letter.isdigit() for letter in alt)
        assert "No description" not in alt
        assert pixels > 500
        assert captioned


@pytest.mark.parametrize("width", WIDTHS[:1])
@each
def test_a_page_has_its_frame(page: Any, name: str) -> None:
    frame = page.evaluate(
        """({lang: document.documentElement.lang, title: document.title, h1: document.querySelectorAll('h1').length,
            main: document.querySelectorAll('main').length,
            captions: [...document.querySelectorAll('table')].every(table => table.caption),
            scopes: [...document.querySelectorAll('th')].every(head => head.scope)})"""
    )
    assert (frame["h1"], frame["main"], frame["captions"], frame["scopes"]) == (1, 1, True, True)
    assert frame["lang"] == ("zh-Hans" if name.startswith("zh") else "en")
    assert frame["title"]


@pytest.mark.parametrize("width", WIDTHS[:1])
@pytest.mark.parametrize("name", PAGES)
def test_no_number_runs_to_many_decimals_and_no_brace_is_left(page: Any) -> None:
    text = page.evaluate("document.body.innerText")
    assert page.evaluate(r"document.body.innerText.match(/\d\.\d{6,}|\bnan\b|\bNone\b|\{\w*\}|NaN/g)") is None
    assert len(text) > 300


@pytest.mark.parametrize("width", WIDTHS[:1])
@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith("index")])
def test_every_link_leads_to_a_file(page: Any) -> None:
    links = page.evaluate("[...document.links].map(link => link.href.split('#')[0])")
    paths = [Path(link.removeprefix("file://")) for link in links]
    assert len(paths) > len(CARRIED)
    assert [path.name for path in paths if not path.exists()] == []


@pytest.mark.parametrize("width", WIDTHS[1:])
@pytest.mark.parametrize("name", ["en/rfm"])
def test_a_wide_table_is_scrolled_with_the_keyboard(page: Any) -> None:
    region = page.locator(".scroll").nth(1)
    region.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    assert page.evaluate("document.activeElement.scrollLeft") > 0
    assert page.evaluate("document.activeElement.getAttribute('aria-label')")
