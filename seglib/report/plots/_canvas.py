"""What all charts share: fonts that know Chinese, sizes, colours, and pictures with the same bytes every time."""

from __future__ import annotations

import base64
import contextlib
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.report import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 5.7  # inches; one inch is 100 CSS pixels on the page, so that text stays legible on a telephone
CSS_PIXELS, DPI = 100, 200
COLOURS = 96  # of the picture's palette
PLAIN = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # a box behind text that stands on lines
_FONT_FILES = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
)


@dataclass(frozen=True, eq=False)
class Drawing:
    """A chart: the figure, what it shows in words (for who cannot see it), and the line under it."""

    figure: Figure
    alt: str
    caption: str


@cache
def chinese_font() -> str:
    """Name of a font with Chinese glyphs that this computer has, "" where there is none."""
    from matplotlib import font_manager

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    for path in _FONT_FILES:
        if Path(path).exists():
            font_manager.fontManager.addfont(path)  # the cached list of fonts may be older than the font
            return str(font_manager.FontProperties(fname=path).get_name())
    return ""


@contextlib.contextmanager
def style() -> Iterator[None]:
    """The look of all charts, for drawing and for saving alike."""
    import matplotlib

    families = ["DejaVu Sans", *filter(None, [chinese_font()])]
    look: dict[Any, Any] = {
        "font.family": families,
        "font.size": 10.5,
        "axes.edgecolor": palette.RULE,
        "axes.labelcolor": palette.INK,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "text.color": palette.INK,
        "xtick.color": palette.INK,
        "ytick.color": palette.INK,
        "xtick.labelsize": 9.5,
        "ytick.labelsize": 10,
        "svg.hashsalt": "seglib",
        "path.simplify": True,
    }
    with matplotlib.rc_context(look):
        yield


def canvas(height: float, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    """An empty figure of the pages' width and its axes; no window, no global state."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots(1, columns, **options)


def png(figure: Figure) -> bytes:
    """The picture, its colours reduced to a palette: a third of the bytes, and the same ones every time."""
    from PIL import Image

    raw, packed = io.BytesIO(), io.BytesIO()
    with style():
        figure.savefig(raw, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})
    picture = Image.open(raw).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(packed, format="png", optimize=True)
    return packed.getvalue()


def encoded(figure: Figure) -> tuple[str, int]:
    """The picture in base64, and its width on the page in CSS pixels."""
    return base64.b64encode(png(figure)).decode(), round(figure.get_figwidth() * CSS_PIXELS)


def quiet(axes: Axes, *, left: bool = True, bottom: bool = True) -> None:
    """Takes away the spines and ticks that direct labels make needless."""
    axes.spines["left"].set_visible(left)
    axes.spines["bottom"].set_visible(bottom)
    if not left:
        axes.tick_params(left=False)
    if not bottom:
        axes.tick_params(bottom=False, labelbottom=False)


def percent_axis(axis: Any) -> None:
    """Shares of 0 to 1 as per cent."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f}%"))
