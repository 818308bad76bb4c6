"""What a cell of a notebook shows: the same in JupyterLab and in the finished page."""

from __future__ import annotations

import re
from typing import Any

from seglib.errors import ParameterError


class Shown:
    """Something to look at, as HTML, and as plain text where there is no browser."""

    def __init__(self, html: str, text: str = "") -> None:
        self.html = html
        self.text = text or re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text

    def __add__(self, other: Shown) -> Shown:
        return Shown(self.html + other.html, f"{self.text}\n{other.text}")


def show(figure: Any, *, alt: str, caption: str = "") -> Shown:
    """A matplotlib figure as a picture with alternative text.

    Args:
        figure: The figure.
        alt: What the picture shows, with its numbers, for who cannot see it.
        caption: The line under it.

    Raises:
        ParameterError: ``alt`` is empty.
    """
    from seglib.report.html import figure as markup
    from seglib.report.plots._canvas import encoded

    if not alt.strip():
        raise ParameterError("show: alt is empty; say in words what the picture shows, with its numbers.")
    png, width = encoded(figure)
    return Shown(markup(png, alt, caption, width), alt)
