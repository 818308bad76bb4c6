"""The finished files searched for personal data: what looks like an e-mail, a phone number, an identity number or a street address."""

from __future__ import annotations

import contextlib
import html
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seglib.errors import DataError
from seglib.language import marked, translate

_HAN = r"[\u4e00-\u9fff]"
_STREETS = (
    "Street|St\\.|Avenue|Ave\\.?|Road|Rd\\.?|Boulevard|Blvd\\.?|Lane|Ln\\.|Drive|Dr\\.|Court|Ct\\.|Square|Terrace|Highway|Hwy\\.?"
    "|Parkway|Pkwy\\.?|Crescent"
)
_ADDRESS = re.compile(
    # a street and a number, as in 中山路 12 号; or province, city, district and what lies in it
    rf"{_HAN}(?:路|街|巷|弄|胡同|大道)(?:[东西南北中]?段)?\s*[0-9０-９]{{1,5}}\s*(?:号|弄|幢|栋)"
    rf"|{_HAN}省{_HAN}{{1,8}}?市{_HAN}{{1,8}}?[区县]{_HAN}{{1,12}}?(?:镇|乡|街道|村|路|街|小区|大厦|花园)"
    rf"|(?<![\w.%-])\d{{1,5}}[A-Za-z]?\s(?:[NSEW]\.?\s)?(?:[A-Z][\w'’-]*\s){{1,3}}(?:{_STREETS})(?!\w)"
    r"|\bP\.?\s?O\.?\s?Box\s\d+"
    r"|\b[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|str\.|gasse|allee)\s\d{1,4}[a-z]?(?!\w)"
)
KINDS = {
    "email": (marked("e-mail addresses"), re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w-])")),
    "mobile": (marked("mobile numbers"), re.compile(r"(?<![\w.,:#-])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\w.,-])")),
    "phone": (marked("phone numbers"), re.compile(r"(?<![\w.,:#-])(?:\+\d{1,3}[- ])(?:\(?\d{2,4}\)?[- ])\d{3,4}[- ]?\d{3,4}(?![\w-])")),
    "identity": (marked("identity card numbers"), re.compile(r"(?<![\w.,#-])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?![\w.,-])")),
    "address": (marked("street addresses"), _ADDRESS),
}
_PICTURE = re.compile(r"data:[a-z/+.-]+;base64,[A-Za-z0-9+/=\s]+")
_HIDDEN = re.compile(r"<(style|script)\b.*?</\1>", re.DOTALL)
_NUMBERS = re.compile(r"<v>[^<]*</v>|<c:v>[^<]*</c:v>")  # typed numbers of a workbook or a chart are figures, not text
_TAG = re.compile(r"<[^>]*>")
_PACKED = (".docx", ".xlsx", ".pptx")
_READ = (".html", ".htm", ".csv", ".txt", ".json", ".md", ".xml")


@dataclass(frozen=True)
class Finding:
    """What looks like personal data in a file: the file's name, the kind, how often. Never the value itself."""

    file: str
    kind: str
    times: int


def scan(paths: Iterable[Path]) -> list[Finding]:
    """Search finished files.

    Args:
        paths: Pages, PDF, Word, Excel and PowerPoint files, csv, JSON and parquet tables. Pictures are passed over, and PDF files where
            the package that reads them is not installed: they are made from the page beside them and say the same.

    Returns:
        One finding a file and kind.
    """
    found: list[Finding] = []
    for path in sorted(paths):
        times: Counter[str] = Counter()
        for text in _texts(path):
            times.update({name: len(pattern.findall(text)) for name, (_, pattern) in KINDS.items()})
        found += [Finding(path.name, name, times[name]) for name in KINDS if times[name]]
    return found


def _texts(path: Path) -> Iterable[str]:
    kind = path.suffix.lower()
    if kind in _READ:
        yield _plain(path.read_text(encoding="utf-8", errors="replace"))
    elif kind in _PACKED:
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                if name.endswith(".xml"):
                    yield _plain(_NUMBERS.sub(" ", packed.read(name).decode("utf-8", errors="replace")))
    elif kind == ".pdf":
        yield from _printed(path)
    elif kind == ".parquet":
        yield from _stored(path)


def _printed(path: Path) -> Iterable[str]:
    """The text of a PDF, page by page."""
    with contextlib.suppress(ImportError):
        from pypdf import PdfReader

        for page in PdfReader(path).pages:
            yield page.extract_text()


def _stored(path: Path) -> Iterable[str]:
    """The texts of a table, each once."""
    import pyarrow.compute
    import pyarrow.parquet
    import pyarrow.types

    for column in pyarrow.parquet.read_table(path).itercolumns():
        if pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type):
            yield "\n".join(text for text in pyarrow.compute.unique(column).to_pylist() if text)


def _plain(text: str) -> str:
    """What a reader sees: without styles, pictures and marks."""
    return html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", _PICTURE.sub(" ", text))))


def told(findings: Iterable[Finding], lang: str = "en") -> list[DataError]:
    """One sentence a finding."""
    return [
        DataError(
            "{file} holds what looks like {kind} ({n} times). "
            "Hand it to nobody before you have looked; leave the column out in client.yml.",
            file=one.file,
            kind=translate(KINDS[one.kind][0], lang),
            n=one.times,
        )
        for one in findings
    ]


__all__ = ["KINDS", "Finding", "scan", "told"]
