"""The hand-over: the client's document in the formats asked for, under names that say what they are, with a covering note."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.errors import ParameterError, SeglibError
from seglib.language import marked, translate
from seglib.report import manifest, office, pdf

if TYPE_CHECKING:
    from seglib.report.manifest import Manifest
    from seglib.report.plan import Plan

FORMATS = ("html", "pdf", "docx", "xlsx", "pptx")
#: What is handed over beside the page, in the order of the covering note.
ORDER = ("pdf", "pptx", "docx", "html", "xlsx")
FOLDER = {"zh": "交付", "en": "handover"}
NOTE = {"zh": "交付说明.txt", "en": "read_me_first.txt"}
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LIST = marked("one row a customer: class, reason, and what the next class lacks")
_LIST_OUTSIDE = marked("one row a customer: pseudonym, class and scores")
_FOR_THE_CLIENT = marked(
    "The files hold the client's own customer ids, and no phone numbers, e-mails or addresses. Hand them to nobody outside."
)
_FOR_OUTSIDE = marked(
    "The files are for readers outside: customers bear pseudonyms (de-identified, not anonymous), small groups are not shown."
)
_LINKS = re.compile(r"<nav\b.*?</nav>\s*", re.DOTALL)
LONGEST = 60  # letters of a project's name in a file's name


def read(text: str) -> tuple[str, ...]:
    """Formats from the command line, "html,pdf"; the page itself is always made.

    Raises:
        ParameterError: One of them is not known.

    >>> read("pdf, DOCX")
    ('html', 'pdf', 'docx')
    """
    asked = [one.strip().lower().lstrip(".") for one in text.replace("，", ",").split(",") if one.strip()]
    unknown = [one for one in asked if one not in FORMATS]
    if unknown:
        raise ParameterError("--format {name} cannot be made; there is {names}.", name=unknown[0], names=", ".join(FORMATS))
    return tuple(name for name in FORMATS if name == "html" or name in asked)


def possible(formats: Sequence[str]) -> tuple[tuple[str, ...], tuple[SeglibError, ...]]:
    """The formats that can be made on this computer, and one sentence for those that cannot: the others still come."""
    lost: list[SeglibError] = []
    absent = office.lacking(formats)
    if absent:
        lost.append(office.absent(absent))
    if "pdf" in formats and pdf.engine() is None:
        absent = [*absent, "pdf"]
        lost.append(pdf.absent())
    return tuple(name for name in formats if name not in absent), tuple(lost)


def deliver(made: Plan, record: Manifest, formats: Sequence[str]) -> list[dict[str, Any]]:
    """Put the files of every language into its hand-over folder.

    Args:
        made: The plan of the run.
        record: Its manifest; the document's page and the office files of its kernel are there.
        formats: What was asked for and can be made.

    Returns:
        One entry a file: lang, format, path (as seen from the run's folder), sha256.
    """
    if set(formats) <= {"html"}:
        return []
    entries = []
    for lang in made.languages:
        page = record.folder / lang / "report.html"
        if page.is_file():
            entries += _one_language(made, record.folder, page, lang, formats)
    return entries


def _one_language(made: Plan, run: Path, page: Path, lang: str, formats: Sequence[str]) -> list[dict[str, Any]]:
    folder = run / FOLDER[lang]
    folder.mkdir(exist_ok=True)
    made_by_kernel = run / lang / "tables" / "report"
    project, day = filename(made.project.title(lang)), made.as_of.replace("-", "")
    report = translate("{project}_customer_classification_{day}", lang, project=project, day=day)
    customers = translate("{project}_customer_list_{day}", lang, project=project, day=day)
    files: dict[str, Path] = {}
    for name in (one for one in ORDER if one in formats):
        target = folder / f"{customers if name == 'xlsx' else report}.{name}"
        source = made_by_kernel / f"report.{name}"
        if name == "pdf":
            pdf.write(page.read_text(encoding="utf-8"), target, lang)
        elif name == "html":
            manifest.write(target, alone(page.read_text(encoding="utf-8")))
        elif source.is_file():
            shutil.copyfile(source, target)
            source.unlink()
        if target.is_file():
            files[name] = target
    (folder / NOTE[lang]).write_text(note(made, files, lang), encoding="utf-8-sig", newline="\r\n")
    return [
        {"lang": lang, "format": name, "path": path.relative_to(run).as_posix(), "sha256": manifest.file_digest(path)}
        for name, path in files.items()
    ]


def alone(page: str) -> str:
    """A page without the links to the other pages of its run, which are not handed over.

    >>> alone('<header></header>\\n<nav aria-label="x"><ul>\\n<li><a href="index.html">y</a></li>\\n</ul></nav>\\n<main id="main">')
    '<header></header>\\n<main id="main">'
    """
    head, mark, rest = page.partition('<main id="main"')
    return _LINKS.sub("", head) + mark + rest


def filename(text: str) -> str:
    """A project's name as part of a file's name that every system takes.

    >>> filename('示例/商贸: "东区" ')
    '示例_商贸_东区'
    """
    plain = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).replace(" ", "_")
    return re.sub("_+", "_", plain).strip("._")[:LONGEST].strip("._") or "report"


def note(made: Plan, files: Mapping[str, Path], lang: str) -> str:
    """The covering note: what lies here, what to read first, which day the data stand on, and who may see it."""

    def t(message: str, **values: object) -> str:
        return translate(message, lang, **values)

    told = {
        "pdf": t("the report, to read and print; begin with page 1"),
        "pptx": t("ten slides; charts and tables can be edited"),
        "docx": t("the report as text, to edit"),
        "html": t("the report for a browser; it works without a network"),
        "xlsx": t(_LIST_OUTSIDE if made.project.outside else _LIST),
    }
    lines = [
        t("{project}: customer classification, data up to {day}", project=made.project.title(lang), day=made.as_of),
        "",
        t("{n} file here:" if len(files) == 1 else "{n} files here:", n=len(files)),
        *(f"  {path.name}  {told[name]}" for name, path in files.items()),
        "",
        t(_FOR_OUTSIDE if made.project.outside else _FOR_THE_CLIENT),
    ]
    author = getattr(made.project.report, "author", "")
    return "\n".join([*lines, *([t("Questions to: {author}", author=author)] if author else [])]) + "\n"
