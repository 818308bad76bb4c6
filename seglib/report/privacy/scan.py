"""The finished files searched for personal data: what looks like an e-mail, a phone number or an identity number."""

from __future__ import annotations

import html
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seglib.errors import DataError
from seglib.language import marked, translate

KINDS = {
    "email": (marked("e-mail addresses"), re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w-])")),
    "mobile": (marked("mobile numbers"), re.compile(r"(?<![\w.,:#-])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\w.,-])")),
    "phone": (marked("phone numbers"), re.compile(r"(?<![\w.,:#-])(?:\+\d{1,3}[- ])(?:\(?\d{2,4}\)?[- ])\d{3,4}[- ]?\d{3,4}(?![\w-])")),
    "identity": (marked("identity card numbers"), re.compile(r"(?<![\w.,#-])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?![\w.,-])")),
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
        paths: Pages, tables, Word, Excel and PowerPoint files. A PDF is made from the page beside it and says the same: it is passed over,
            as are pictures.

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
