"""What the pages of proof share: names of predictions, verdicts and outcomes, a sentence before every table, files to hand on."""

from __future__ import annotations

import html as escaping
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.language import marked, translate
from seglib.report import numbers
from seglib.report.sentences import Narrative
from seglib.report.shown import Shown
from seglib.report.table import table

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

PREDICTIONS = {
    "size_matched_spend": marked("Spend ranking with the same class sizes"),
    "last_period_spend": marked("Spend of the last period, ten classes"),
    "last_period_matched": marked("Spend of the last period, same class sizes"),
    "spend_deciles": marked("Spend so far, ten classes"),
    "recency": marked("Days since the last order, five classes"),
    "one_class": marked("One class for everybody"),
    "ceiling": marked("Spend so far and of the last period as numbers, without classes"),
}
VERDICTS = {"better": marked("better"), "as_good": marked("as good"), "worse": marked("worse"), "undecided": marked("undecided")}
OUTCOMES = {
    "spend": marked("spend of the next period"),
    "redemption": marked("redeeming an offer"),
    "returned": marked("buying again"),
    "conversion": marked("buying at all"),
    "orders": marked("number of orders"),
    "order_value": marked("value of an order"),
    "beyond_usual": marked("spend beyond the usual level"),
    "category_share": marked("shares of the groups of goods"),
}
MAIN = "value_tier"


def with_somebody(result: Segmentation) -> Segmentation:
    """The classification itself, where it puts anybody into a class.

    Raises:
        DataError: Nobody is in a class: there is nothing to prove.
    """
    from seglib.errors import DataError

    inside = result.profile[~result.profile["outside"].astype(bool)]
    if not inside["customers"].sum():
        raise DataError("nobody is in a class of {method}, so there is nothing to prove.", method=result.method)
    return result


class Proof:
    """A page of proof in one language.

    Args:
        client: The open client.
        lang: Language of the page.
    """

    def __init__(self, client: Any, *, lang: str = "en") -> None:
        self.client, self.lang = client, lang
        self.currency = str(getattr(getattr(client, "settings", None), "currency", "") or "")
        self.frames: dict[str, pd.DataFrame] = {}

    def t(self, message: str, **values: object) -> str:
        """A sentence of the frame in the page's language."""
        return translate(message, self.lang, **values)

    def title(self, method: str) -> str:
        """A method's name in the page's language; what stands in brackets behind it is kept."""
        from seglib import methods

        name, space, rest = method.partition(" ")
        return methods.words(name).text("title", self.lang) + space + rest if name in methods.names() else method

    def label(self, method: str, segment: str) -> str:
        """A class's name, as the client calls it."""
        from seglib import methods

        own = (getattr(getattr(self.client, "settings", None), "labels", None) or {}).get(method, {})
        return str(own.get(segment) or methods.words(method).label(segment, self.lang))

    def prediction(self, name: str) -> str:
        return self.t(PREDICTIONS[name]) if name in PREDICTIONS else self.title(name)

    def verdict(self, word: str) -> str:
        return self.t(VERDICTS[word]) if word in VERDICTS else ""

    def outcome(self, name: str) -> str:
        return self.t(OUTCOMES[name]) if name in OUTCOMES else ""

    def given(self, method: str, params: str = "") -> dict[str, Any]:
        """Parameters that client.yml sets for a method, and above them those of one line of text."""
        from seglib.report.proofs._params import read

        own = dict((getattr(getattr(self.client, "settings", None), "methods", None) or {}).get(method) or {})
        return {**own, **read(params, method)}

    def said(self, *lines: str) -> Narrative:
        """The sentences a page begins with."""
        return Narrative("\n".join(line for line in lines if line))

    def told(self, sentence: str, frame: pd.DataFrame, caption: str, heads: Mapping[str, str], **options: Any) -> Shown:
        """A table with the sentence that says what it shows; the columns of ``heads``, in their order."""
        kinds = options.pop("kinds", {})
        shown = table(frame[list(heads)], lang=self.lang, currency=self.currency, caption=caption, heads=heads, kinds=kinds, **options)
        return Shown(f"<p>{escaping.escape(sentence)}</p>", sentence) + shown

    def figure(self, drawn: Any, alt: str, caption: str) -> Shown:
        """A chart as a picture with words."""
        from seglib.report.shown import show

        return show(drawn, alt=alt, caption=caption)

    def hand_on(self, out: str = "") -> Shown:
        """The page's tables as files with a byte order mark, so that Excel reads them; written where ``out`` names a folder."""
        if not out:
            return Shown(f"<p>{escaping.escape(self.t('Set the parameter out to a folder to write the tables.'))}</p>")
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self.frames.items():
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
        items = "".join(f'<li><a href="tables/{folder.name}/{name}.csv">{name}.csv</a></li>' for name in self.frames)
        return Shown(f"<ul>{items}</ul>")


def explained(value: float) -> str:
    """An R² on a first page: never below 0, as nothing can explain less than nothing; what it says below 0 stands in the tables."""
    return r2(max(value, 0.0))


def r2(value: float) -> str:
    """An R² or a difference of two: three decimals, a minus that is one."""
    return numbers.MISSING if value is None or value != value else f"{value:.3f}".replace("-", "−")


def between(low: float, high: float, lang: str) -> str:
    """An interval in words; a dash where there is none."""
    if low is None or low != low:
        return numbers.MISSING
    return f"{r2(low)} 至 {r2(high)}" if lang == "zh" else f"{r2(low)} to {r2(high)}"


def plain(text: Callable[[Any], str]) -> Callable[[Any], str]:
    """A function from a value to words as one from a value to HTML."""
    return lambda value: escaping.escape(text(value))
