"""The client's own looks: a logo, one or two colours that can be read on paper, and a line at the foot of every page."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seglib.errors import SettingsError
from seglib.report import palette

PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
LARGEST = 300_000  # bytes of a logo: it stands in every page
READABLE = 4.5  # contrast that WCAG 2.1 asks of text
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")


@dataclass(frozen=True)
class Looks:
    """What files that are no web page need of the looks.

    Attributes:
        logo: The picture as PNG or JPEG; empty where there is none that Word and PowerPoint can show.
        accent: Colour of numbers, lines and heads of tables, as #rrggbb.
        heading: Colour of headings.
        foot: A line at the foot of every page.
    """

    logo: bytes = b""
    accent: str = palette.ACCENT
    heading: str = palette.INK
    foot: str = ""

    @property
    def soft(self) -> str:
        """The accent as the light ground of a table's head, on which dark text can be read."""
        return "#" + "".join(f"{round(255 - 0.12 * (255 - int(self.accent[i : i + 2], 16))):02x}" for i in (1, 3, 5))


def looks(settings: Any) -> Looks:
    """The looks for Word, PowerPoint and Excel files; ours where client.yml names none.

    Raises:
        SettingsError: As for :func:`frame`.
    """
    report = getattr(settings, "report", None)
    if report is None:
        return Looks()
    colours = [_readable(colour) for colour in report.colours[:2]] + [palette.ACCENT, palette.INK][len(report.colours[:2]) :]
    logo = report.logo or ""
    if logo:
        _logo(settings.folder, logo)  # says what is wrong with it
    drawn = bool(logo) and not logo.lower().endswith(".svg")
    content = (settings.folder / logo).read_bytes() if drawn else b""
    return Looks(content, colours[0], colours[1], str(getattr(report, "footer", "") or ""))


def unseen(settings: Any, formats: Sequence[str]) -> list[SettingsError]:
    """A sentence where files that were asked for cannot show the logo: Word and PowerPoint take no drawing."""
    logo = getattr(getattr(settings, "report", None), "logo", None) or ""
    without = [name.upper() for name in formats if name in ("docx", "pptx")]
    if not logo.lower().endswith(".svg") or not without:
        return []
    return [
        SettingsError(
            "report.logo {path} is an SVG drawing: it stands in the pages and the PDF, and {formats} come without a logo. "
            "Save it as PNG too and name that file to have it everywhere.",
            path=logo,
            formats=" / ".join(without),
        )
    ]


def frame(settings: Any) -> dict[str, str]:
    """What the layout of a page needs of the looks: logo (a data address), style, foot; each "" where client.yml names none.

    Raises:
        SettingsError: The logo is not there, too large or no picture; a colour cannot be read or is too pale for text.
    """
    report = getattr(settings, "report", None)
    return {
        "logo": _logo(settings.folder, report.logo) if report is not None and report.logo else "",
        "brand": _style(report.colours) if report is not None else "",
        "foot": str(getattr(report, "footer", "") or ""),
    }


def _logo(folder: Path, name: str) -> str:
    path = folder / name
    kind = PICTURES.get(path.suffix.lower())
    if kind is None or not path.is_file():
        raise SettingsError(
            "report.logo is {path}; it must be a picture beside client.yml: {kinds}.", path=name, kinds=", ".join(sorted(PICTURES))
        )
    content = path.read_bytes()
    if len(content) > LARGEST:
        raise SettingsError(
            "report.logo {path} has {n} bytes and stands in every page; make it smaller than {most}.",
            path=name,
            n=len(content),
            most=LARGEST,
        )
    if kind != PICTURES[".svg"]:
        _picture(name, content)
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _picture(name: str, content: bytes) -> None:
    """Is it a picture? A browser would only show a gap, and Word would break off."""
    from PIL import Image

    try:
        Image.open(io.BytesIO(content)).verify()
    except Exception as error:  # the library has a kind of its own for every way in which a file can be broken
        raise SettingsError(
            "report.logo {path} cannot be read as a picture. Save it again as PNG or JPEG, and name that file.", path=name
        ) from error


def _style(colours: list[str]) -> str:
    """The page's accent, and the colour of headings, as style."""
    made = [_readable(colour) for colour in colours[:2]]
    return "".join(
        f"{rule}{{{name}:{colour}}}" for (rule, name), colour in zip(((":root", "--accent"), ("h1,h2", "color")), made, strict=False)
    )


def _readable(colour: str) -> str:
    if not _COLOUR.fullmatch(colour):
        raise SettingsError("report.colours: {colour} is no colour; write it as #rgb or #rrggbb.", colour=colour)
    full = "#" + "".join(letter * 2 for letter in colour[1:]) if len(colour) == 4 else colour
    found = palette.contrast(full, palette.PAPER)
    if found < READABLE:
        raise SettingsError(
            "report.colours: {colour} on white has a contrast of {found}, and text needs {least}. Choose a darker one.",
            colour=colour,
            found=f"{found:.1f}",
            least=READABLE,
        )
    return full
