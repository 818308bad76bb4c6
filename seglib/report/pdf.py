"""A page as PDF: tagged for screen readers (PDF/UA-1), with contents and page numbers, from the very HTML that is read on the screen."""

from __future__ import annotations

import contextlib
import html as escaping
import logging
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from seglib.errors import MissingPartError
from seglib.language import marked, translate

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
BROWSER_FILES = (
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_ABSENT = marked("A PDF needs the package weasyprint with Pango, or a browser (Edge, Chrome, Chromium); seglib doctor names the command.")
_MANY = 5  # parts from which the list of contents begins a page
_SECONDS = 120  # a browser that takes longer hangs
_PART = re.compile(r'<section class="part" id="([a-z_]+)"><h2>(.*?)</h2>', re.DOTALL)
_FOOT = re.compile(r'<p class="foot">([^<]*)</p>')
# What only paper needs. The first part is the answer on one page; the contents follow it.
_PAPER = """
@page{size:A4;margin:18mm 14mm 20mm;@bottom-right{content:counter(page) " / " counter(pages);font:8pt sans-serif;color:#55606e}
@bottom-left{content:string(project);font:8pt sans-serif;color:#55606e}}
.top .project{string-set:project content()}
nav.printed-contents{display:block;break-inside:avoid;break-before:page;max-width:none;padding:0;margin:0 0 6mm}
nav.printed-contents.few{break-before:auto}
.printed-contents ol{list-style:none;padding:0;border:0;display:block}
.printed-contents a{text-decoration:none;color:inherit;display:block;padding:.25rem 0}
.printed-contents a::after{content:leader('.') target-counter(attr(href url),page)}
.printed-contents li,main p,main li{max-width:none}
.part{break-inside:auto}
#answer figure img{max-height:70mm;width:auto}
figure img{max-height:100mm;width:auto}
body>footer{display:none}
tr.total,tbody tr:nth-last-child(-n+2){break-before:avoid}
tbody tr:nth-child(-n+2){break-after:avoid}
main table{width:100%}
main th,main td{overflow-wrap:break-word}
td.n,th.n{overflow-wrap:normal}
table.texts{table-layout:fixed}
table.texts tbody th{white-space:normal}
table.texts th{width:var(--print-width)}
table.texts th span[style]{white-space:normal!important}
section.part>h2+p{break-after:avoid}
section>h2+*,section>h3+*{break-before:avoid}
"""


def write(page: str, target: Path, lang: str) -> None:
    """Write a page of ours as PDF; the same bytes from the same page on one machine, where Pango makes them.

    Args:
        page: The page's HTML; it fetches nothing.
        target: The file to write.
        lang: Language of the contents' heading.

    Raises:
        MissingPartError: There is neither WeasyPrint with Pango nor a browser.
    """
    make = engine()
    if make is None:
        raise absent()
    target.parent.mkdir(parents=True, exist_ok=True)
    make(printed(page, lang), target)


def absent() -> MissingPartError:
    """What to say where no PDF can be made."""
    return MissingPartError(_ABSENT)


def engine() -> Callable[[str, Path], None] | None:
    """What makes PDF files here: WeasyPrint, else a browser; None where there is neither."""
    with contextlib.suppress(ImportError, OSError):  # without Pango the import ends in an OSError
        import weasyprint  # noqa: F401

        return _by_weasyprint
    return _by_browser if browser() else None


def printed(page: str, lang: str) -> str:
    """The page with a list of contents behind its first part, and the style that only paper needs."""
    parts = _PART.findall(page)
    page = page.replace("</head>", f"<style>{_PAPER}{_foot(page)}</style></head>", 1)
    if len(parts) < 2:
        return page
    rows = "".join(f'<li><a href="#{key}">{re.sub("<[^>]+>", "", title)}</a></li>' for key, title in parts)
    heading = escaping.escape(translate("Contents", lang))
    few = " few" if len(parts) < _MANY else ""
    contents = f'<nav class="printed-contents{few}" aria-label="{heading}"><h2>{heading}</h2><ol>{rows}</ol></nav>'
    first = page.index(f'<section class="part" id="{parts[0][0]}">')
    return page[:first] + contents + page[first:]


def _foot(page: str) -> str:
    """The client's own line at the foot of every page, not of the last alone."""
    found = _FOOT.search(page)
    if not found or not found.group(1).strip():
        return ""
    text = "".join(letter if letter.isalnum() else f"\\{ord(letter):x} " for letter in escaping.unescape(found.group(1)))
    return f'@page{{@bottom-center{{content:"{text}";font:8pt sans-serif;color:#55606e}}}}.foot{{display:none}}'


def browser() -> str:
    """Path of a browser that can print, "" where none is found."""
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    return found or next((path for path in BROWSER_FILES if Path(path).exists()), "")


def _by_weasyprint(page: str, target: Path) -> None:
    import weasyprint

    for name in ("weasyprint", "fontTools"):  # they tell of every style that print does not know
        logging.getLogger(name).setLevel(logging.ERROR)
    in_the_page = weasyprint.urls.URLFetcher(allowed_protocols=("data",))  # a report fetches nothing
    weasyprint.HTML(string=page, url_fetcher=in_the_page).write_pdf(target, pdf_variant="pdf/ua-1")


def _by_browser(page: str, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(page, encoding="utf-8")
        command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--no-pdf-header-footer"]
        subprocess.run(
            [*command, f"--print-to-pdf={target}", source.as_uri()],
            check=True,
            timeout=_SECONDS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
