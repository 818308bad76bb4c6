"""The two pictures of the page on migration: who moved where, and what became of the money. Both read without colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from seglib.report import numbers, palette
from seglib.report.plots._canvas import canvas, quiet, style

if TYPE_CHECKING:
    import pandas as pd

NOISE = "#e4e4e0"  # behind what chance alone explains
LINES = "#a9a9a2"  # of the hatching
LEGIBLE = 7  # columns up to which a share has a decimal


def heat_map(shares: pd.DataFrame, noise: pd.DataFrame, label: Callable[[str], str], heads: Sequence[str]) -> Any:
    """The transition matrix: row shares as numbers and shades; grey and hatched where chance alone explains them, who stayed is framed.

    Args:
        shares: Row shares, rows before, columns after.
        noise: True where a share lies within the noise floor.
        label: Class key -> its name.
        heads: Names of the two axes: before, after.
    """
    from matplotlib.colors import LinearSegmentedColormap, to_hex
    from matplotlib.patches import Rectangle

    shades = LinearSegmentedColormap.from_list("shades", list(palette.RAMP))
    fine = len(shares.columns) <= LEGIBLE
    with style():
        figure, axes = canvas(1.5 + 0.42 * len(shares))
        for row, before in enumerate(shares.index):
            for column, after in enumerate(shares.columns):
                value = shares.at[before, after]
                if value != value:
                    continue
                chance = bool(noise.at[before, after])
                colour = NOISE if chance else to_hex(shades(min(1.0, value)))
                cell = Rectangle((column - 0.5, row - 0.5), 1, 1, linewidth=0.5, facecolor=colour)
                cell.set_edgecolor(LINES if chance else "white")
                cell.set_hatch("////" if chance else "")
                axes.add_patch(cell)
                if before == after:
                    axes.add_patch(Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, fill=False, edgecolor=palette.INK, linewidth=1.6))
                ink = palette.INK if chance else palette.ink_on(colour)
                box = {"facecolor": NOISE, "edgecolor": "none", "pad": 0.8} if chance else None
                text = _written(value, fine=fine)
                axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=9 if fine else 8, bbox=box)
        axes.set_xlim(-0.5, len(shares.columns) - 0.5)
        axes.set_ylim(len(shares) - 0.5, -0.5)
        axes.set_yticks(range(len(shares)), [label(key) for key in shares.index])
        axes.set_xticks(range(len(shares.columns)), [label(key) for key in shares.columns], rotation=35, ha="left", rotation_mode="anchor")
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        axes.set_ylabel(heads[0])
        axes.set_xlabel(heads[1] if fine else f"{heads[1]} (%)")
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
    return figure


def _written(value: float, *, fine: bool) -> str:
    if value == 0:
        return "0"
    return numbers.share(value) if fine else f"{100 * value:.0f}" if value >= 0.005 else "<1"


def waterfall(steps: Sequence[tuple[str, float]], money: Callable[[float], str]) -> Any:
    """Money from the earlier window to the later, step by step; the first and the last bar stand on the ground.

    Args:
        steps: Name and money of each bar: the total before, the changes, the total after.
        money: A sum in words.
    """
    with style():
        figure, axes = canvas(0.7 + 0.4 * len(steps))
        level, ends = 0.0, [0.0]
        for place, (_, value) in enumerate(steps):
            whole = place in (0, len(steps) - 1)
            left = 0.0 if whole else min(level, level + value)
            colour = palette.colour("middle") if whole else palette.colour("good" if value >= 0 else "slipping")
            hatch = None if whole or value >= 0 else "////"
            axes.barh(place, abs(value), left=left, color=colour, edgecolor=palette.INK, linewidth=0.6, hatch=hatch)
            following = value if whole else level + value
            sign = "" if whole or value < 0 else "+"
            end = max(level, following) if not whole else value
            axes.annotate(sign + money(value), (end, place), xytext=(4, 0), textcoords="offset points", va="center")
            if place < len(steps) - 1:
                axes.plot([following, following], [place, place + 1], color=palette.MUTED, linewidth=0.7, zorder=0)
            level = following
            ends += [left, left + abs(value)]
        changes = [abs(value) for _, value in steps[1:-1]] or [0.0]
        least = min(steps[0][1], steps[-1][1]) - 4 * max(changes)
        axes.set_xlim(max(0.0, least), max(ends) * 1.0 + (max(ends) - max(0.0, least)) * 0.28)
        axes.set_yticks(range(len(steps)), [name for name, _ in steps])
        axes.invert_yaxis()
        quiet(axes, bottom=False)
    return figure
