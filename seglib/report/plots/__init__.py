"""The charts: one module a kind, found from this folder; each draws a view and says in words what it drew."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.errors import ParameterError

if TYPE_CHECKING:
    from seglib.report.plots._canvas import Drawing
    from seglib.report.view import View


def kinds() -> list[str]:
    """Every kind of chart, sorted."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def get(kind: str) -> Any:
    """The module that draws a kind of chart.

    Raises:
        ParameterError: There is no such kind.
    """
    if kind not in kinds():
        raise ParameterError("There is no chart '{kind}'. There are: {names}.", kind=kind, names=", ".join(kinds()))
    return importlib.import_module(f"seglib.report.plots.{kind}")


def draw(kind: str, view: View) -> Drawing:
    """One chart of a view, with alternative text and caption from the same numbers."""
    from seglib.report.plots._canvas import style

    with style():
        return get(kind).draw(view)
