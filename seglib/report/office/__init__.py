"""The client's document for those who will edit it: Word, Excel and PowerPoint files from one document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.errors import MissingPartError, SettingsError

if TYPE_CHECKING:
    from seglib.report.brand import Looks
    from seglib.report.documents.model import Document

#: File format -> the package that writes it.
PACKAGES = {"docx": "docx", "xlsx": "openpyxl", "pptx": "pptx"}
TEMPLATES = ("docx", "pptx")


def lacking(formats: Sequence[str]) -> list[str]:
    """Those of the formats whose package is not installed."""
    return [name for name in formats if name in PACKAGES and find_spec(PACKAGES[name]) is None]


def templates(settings: Any) -> dict[str, str]:
    """Format -> the consultancy's own file, as ``report.template`` of client.yml names them.

    Raises:
        SettingsError: A file it names is not there, is of another kind, or cannot be opened.
    """
    found = {}
    for name in settings.report.template:
        path = settings.folder / name
        if not path.is_file():
            raise SettingsError(
                "report.template names {path}, and there is no such file beside client.yml. Mend the name, or leave template out.",
                path=name,
            )
        kind = path.suffix.lower().lstrip(".")
        if kind not in TEMPLATES:
            raise SettingsError(
                "report.template: {path} is no .docx or .pptx. Save the template as an ordinary file of that kind.", path=name
            )
        if not lacking([kind]):
            _opened(path, kind)
        found[kind] = str(path)
    return found


def _opened(path: Path, kind: str) -> None:
    """A template that cannot be opened is told before any kernel starts."""
    try:
        import_module(PACKAGES[kind]).__dict__["Document" if kind == "docx" else "Presentation"](str(path))
    except Exception as error:  # the libraries have a kind of their own for every way in which a file can be broken
        raise SettingsError(
            "report.template: {path} cannot be opened. Open it in Word or PowerPoint, save it again as .docx or .pptx, and name that file.",
            path=path.name,
        ) from error


def absent(formats: Sequence[str]) -> MissingPartError:
    """What to say where these formats cannot be made."""
    return MissingPartError(
        "Files of the kind {formats} need more packages; install them with: pip install 'seglib[office]'", formats=", ".join(formats)
    )


def write(
    document: Document,
    folder: Path | str,
    formats: Sequence[str],
    *,
    templates: Mapping[str, str] | None = None,
    looks: Looks | None = None,
) -> list[Path]:
    """Write a document in some formats, as ``report.docx``, ``report.xlsx`` and ``report.pptx``.

    Args:
        document: The document.
        folder: Where to; made where it is not there.
        formats: docx, xlsx, pptx; others are left to whoever makes them.
        templates: Format -> a Word or PowerPoint file of the consultancy to write into; its own looks win.
        looks: The client's logo, colours and foot; by default ours.

    Returns:
        The files.

    Raises:
        MissingPartError: The package of a format is not installed.
    """
    wanted = [name for name in formats if name in PACKAGES]
    if missing := lacking(wanted):
        raise absent(missing)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    made = []
    for name in wanted:
        write_one: Callable[[Document, Path, str, Looks | None], None] = import_module(f"seglib.report.office.{name}").write
        write_one(document, target / f"report.{name}", (templates or {}).get(name, ""), looks)
        made.append(target / f"report.{name}")
    return made
