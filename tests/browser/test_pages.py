"""The pages of the demo's report in a real browser: both languages, wide and narrow: nothing fetched, nothing broken."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import seglib
from seglib import methods, report
from seglib.report import html, plan

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
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
CARRIED = [name for name in methods.names() if not methods.lacking(name, seglib.demo().columns)]
USUAL = ("index", "report", *plan.settle("report", (), "").methods)
PAGES = [f"{lang}/{name}" for lang in ("en", "zh") for name in dict.fromkeys((*USUAL, *CARRIED, "migration"))]


def pages(*names: str) -> pytest.MarkDecorator:
    """Parametrised by page; those that a run makes only where every method is asked for are looked at with the corpora."""
    return pytest.mark.parametrize(
        "name", [name if name.split("/")[-1] in (*USUAL, "shelf") else pytest.param(name, marks=pytest.mark.corpus) for name in names]
    )


each = pages(*PAGES, "shelf")
wide = pytest.mark.parametrize("width", WIDTHS[:1])
wide_and_narrow = pytest.mark.parametrize("width", WIDTHS)


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's report in both languages, with every method whose page is looked at."""
    everything = any(item.get_closest_marker("corpus") for item in request.session.items if item.path == request.path)
    result = report.build("", everything=everything, out=tmp_path_factory.mktemp("demo"), lang="en,zh")
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


@dataclass(frozen=True)
class Visit:
    """What one visit to a page found: what it asked for and complained of, and the answers to every question put to it."""

    url: str
    requests: list[str]
    errors: list[str]
    answers: dict[str, Any]


# Asked in this order; from the second on everything that can be opened is open.
QUESTIONS = {
    "open": "document.querySelectorAll('details').forEach(part => part.open = true)",
    "across": "document.documentElement.scrollWidth",
    "outside": """[...document.querySelectorAll('main *')].filter(part => !part.closest('.scroll, .hidden, pre')
        && part.getBoundingClientRect().right > innerWidth + 1).map(part => part.outerHTML.slice(0, 120))""",
    "pictures": """[...document.images].map(image =>
        [image.alt, image.naturalWidth, !!image.closest('figure')?.querySelector('figcaption')])""",
    "frame": """({lang: document.documentElement.lang, title: document.title, h1: document.querySelectorAll('h1').length,
        main: document.querySelectorAll('main').length,
        captions: [...document.querySelectorAll('table')].every(table => table.caption),
        scopes: [...document.querySelectorAll('th')].every(head => head.scope)})""",
    "letters": "document.body.innerText.length",
    "odd": r"document.body.innerText.match(/\d\.\d{6,}|\bnan\b|\bNone\b|\{\w*\}|NaN/g)",
    "links": "[...document.links].map(link => link.href.split('#')[0])",
}


@pytest.fixture
def tab(browser: Any, folder: Path, name: str, width: int) -> Iterator[Any]:
    """A page, opened."""
    with _opened(browser, folder, name, width) as (tab, _, _):
        yield tab


@contextmanager
def _opened(browser: Any, folder: Path, name: str, width: int) -> Iterator[tuple[Any, list[str], list[str]]]:
    path = folder.parent / "index.html" if name == "shelf" else folder / f"{name}.html"
    requests: list[str] = []
    errors: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(path.as_uri())
    yield tab, requests, errors
    tab.close()


@pytest.fixture(scope="module")
def visits() -> dict[tuple[str, int], Visit]:
    return {}


@pytest.fixture
def visit(browser: Any, folder: Path, visits: dict[tuple[str, int], Visit], name: str, width: int) -> Visit:
    """A page is opened once a width, whatever the tests want of it: opening costs more than asking."""
    if (name, width) not in visits:
        with _opened(browser, folder, name, width) as (tab, requests, errors):
            answers = {key: tab.evaluate(question) for key, question in QUESTIONS.items()}
            tab.evaluate(AXE)
            answers["barriers"] = tab.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
            visits[name, width] = Visit(tab.url, requests, errors, answers)
    return visits[name, width]


@wide_and_narrow
@each
def test_a_page_fetches_nothing_and_complains_of_nothing(visit: Visit) -> None:
    assert [url for url in visit.requests if not url.startswith("data:")] == [visit.url]
    assert visit.errors == []


@wide_and_narrow
@each
def test_a_page_has_no_barrier(visit: Visit) -> None:
    found = visit.answers["barriers"]
    assert found["passes"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


@wide_and_narrow
@each
def test_a_page_does_not_scroll_sideways_even_with_everything_open(visit: Visit, width: int) -> None:
    assert visit.answers["across"] <= width
    assert visit.answers["outside"] == []


@wide
@pages(*PAGES)
def test_every_picture_says_in_words_what_it_shows(visit: Visit, name: str) -> None:
    pictures = visit.answers["pictures"]
    refused = name.endswith("growth_potential")  # one year of groceries cannot tell growth, and the page says so instead of drawing
    assert bool(pictures) == (not name.endswith("index") and not refused)
    if refused:
        text = Path(visit.url.removeprefix("file://")).read_text(encoding="utf-8")
        assert ("此处不画图" if name.startswith("zh") else "No chart is drawn here") in text
    for alt, pixels, captioned in pictures:
        assert len(alt) > 25
        assert any(letter.isdigit() for letter in alt)
        assert "No description" not in alt
        assert pixels > 500
        assert captioned


@wide
@each
def test_a_page_has_its_frame(visit: Visit, name: str) -> None:
    frame = visit.answers["frame"]
    assert (frame["h1"], frame["main"], frame["captions"], frame["scopes"]) == (1, 1, True, True)
    assert frame["lang"] == ("zh-Hans" if name.startswith("zh") else "en")
    assert frame["title"]


@wide
@pages(*PAGES)
def test_no_number_runs_to_many_decimals_and_no_brace_is_left(visit: Visit) -> None:
    assert visit.answers["odd"] is None
    assert visit.answers["letters"] > 300


@wide
@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith("index")])
def test_every_link_leads_to_a_file(visit: Visit) -> None:
    paths = [Path(link.removeprefix("file://")) for link in visit.answers["links"]]
    assert len(paths) >= len(USUAL) - 1  # to all pages but itself
    assert [path.name for path in paths if not path.exists()] == []


@pytest.mark.parametrize("width", WIDTHS[1:])
@pytest.mark.parametrize("name", ["en/rfm"])
def test_a_wide_table_is_scrolled_with_the_keyboard(tab: Any) -> None:
    region = tab.locator(".scroll").nth(1)
    region.focus()
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_timeout(400)
    assert tab.evaluate("document.activeElement.scrollLeft") > 0
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')")


def test_a_table_is_sorted_and_filtered_from_the_keyboard(browser: Any, tmp_path: Path) -> None:
    values = ("1,200", "−3", "–", "12.5%", "7", "0", "5", "99", "6", "4", "3", "2")
    rows = "".join(f'<tr><th scope="row">K{place}</th><td class="n">{value}</td></tr>' for place, value in enumerate(values))
    heads = '<tr><th scope="col">Class</th><th scope="col" class="n">n</th></tr>'
    total = '<tr class="total"><th scope="row">All</th><td class="n">1,320</td></tr>'
    table = f"<h1>x</h1><table><caption>Sizes</caption><thead>{heads}</thead><tbody>{rows}{total}</tbody></table>"
    path = tmp_path / "page.html"
    path.write_text(html.render("page.html.j2", "zh", body=table, title="x", project="", period="", links=[], made=[]), encoding="utf-8")
    tab = browser.new_page()
    tab.goto(path.as_uri())

    def shown() -> list[str]:
        found: list[str] = tab.evaluate("[...document.querySelectorAll('tbody tr')].filter(r => !r.hidden).map(r => r.cells[1].innerText)")
        return found

    tab.focus("thead th.n button")
    tab.keyboard.press("Enter")
    assert shown() == ["1,200", "99", "12.5%", "7", "6", "5", "4", "3", "2", "0", "−3", "–", "1,320"], (
        "the largest first, what is missing and the sum last"
    )
    assert tab.get_attribute("th.n", "aria-sort") == "descending"
    tab.keyboard.press("Enter")
    assert shown() == ["−3", "0", "2", "3", "4", "5", "6", "7", "12.5%", "99", "1,200", "–", "1,320"]
    tab.keyboard.press("Enter")
    assert shown() == [*values, "1,320"], "the third time as it was printed"
    tab.fill("input", "−3")
    assert shown() == ["−3"]
    assert "12 行中的 1 行" in tab.inner_text(".filter")
    tab.evaluate(AXE)
    assert tab.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"] == []
    tab.close()
