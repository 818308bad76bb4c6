"""What all cases share: the language, numbers in it, sentences and tables as a page shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seglib.language import translate
from seglib.report import numbers, palette
from seglib.report.sentences import Narrative
from seglib.report.shown import Shown
from seglib.report.table import table

if TYPE_CHECKING:
    import pandas as pd


class Case:
    """One case in one language.

    Args:
        client: The open client whose data carry it.
        lang: Language of the page.
    """

    def __init__(self, client: Any, *, lang: str = "en") -> None:
        self.client, self.lang = client, lang
        self.currency = str(getattr(getattr(client, "settings", None), "currency", "") or "")

    def t(self, message: str, **values: object) -> str:
        """A sentence of the catalogue in the page's language."""
        return translate(message, self.lang, **values)

    def say(self, *lines: str) -> Narrative:
        """Sentences in a box, one a line."""
        return Narrative("\n".join(lines))

    def money(self, value: float) -> str:
        """A sum of money in the client's currency."""
        return numbers.money(value, self.currency, self.lang)

    def each(self, value: float) -> str:
        """Money of one customer, never in thousands."""
        return numbers.money(round(value), self.currency, self.lang, numbers.Scale(1.0, ""))

    def between(self, low: float, high: float) -> str:
        """A 95% interval of a share."""
        return self.t("95% interval {low} to {high}", low=numbers.share(low), high=numbers.share(high))

    def table(self, frame: pd.DataFrame, caption: str, heads: Mapping[str, str], kinds: Mapping[str, str] | None = None) -> Shown:
        """A frame as a table with these heads; columns without one are left out."""
        return table(frame[list(heads)], lang=self.lang, currency=self.currency, caption=caption, heads=heads, kinds=kinds)

    def pairs(self, caption: str, rows: Mapping[str, str]) -> Shown:
        """Names and texts as a table of two columns."""
        import pandas as pd

        frame = pd.DataFrame({"name": list(rows), "text": list(rows.values())})
        return self.table(frame, caption, {"name": self.t("Field"), "text": self.t("What it says")}, {"text": "text"})

    def source(self) -> str:
        """Which data these are, as the client names them, and that the case itself comes without any."""
        from seglib.report.project import DEMO

        name = str(getattr(getattr(self.client, "settings", None), "project", "") or "") or self.t(DEMO)
        return self.t(
            "An illustration: the trade tells this case without a name and without figures. All figures here come from: {name}.", name=name
        )


def bars(
    names: Sequence[str],
    values: Sequence[float],
    ranges: Sequence[tuple[float, float] | None],
    colours: Sequence[str],
    label: Callable[[float], str],
) -> Any:
    """Horizontal bars labelled directly, with their intervals where there are any."""
    from seglib.report.plots._canvas import canvas, percent_axis, quiet, style

    with style():
        figure, axes = canvas(0.7 + 0.46 * len(names))
        greatest = max([*values, *(one[1] for one in ranges if one)])
        axes.barh(range(len(names)), values, color=list(colours), edgecolor=palette.MUTED, linewidth=0.5, height=0.62)
        for row, (value, interval) in enumerate(zip(values, ranges, strict=True)):
            if interval:
                axes.plot(interval, [row, row], color=palette.PAPER, linewidth=4, solid_capstyle="butt")  # seen on a dark bar, too
                axes.plot(interval, [row, row], color=palette.INK, linewidth=1.4, marker="|", markersize=8)
            axes.text(max(value, interval[1] if interval else value) + greatest * 0.02, row, label(value), va="center", fontsize=9.5)
        axes.set_xlim(0, greatest * 1.18)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        percent_axis(axes.xaxis)
        quiet(axes, left=False)
    return figure
