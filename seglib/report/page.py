"""A method's page, section by section: each call of a notebook's cell gives one of them."""

from __future__ import annotations

import html as escaping
from typing import TYPE_CHECKING, Any

import pandas as pd

from seglib.report import labels, numbers, rules, sentences, signing
from seglib.report.files import FILES, save_view
from seglib.report.shown import Shown
from seglib.report.table import swatch, table
from seglib.report.view import View

if TYPE_CHECKING:
    from seglib.segmentation import Segmentation

#: What each file of :mod:`files` holds, for the reader who is to use it.
OF_COLUMNS = ("feature", "column")  # columns of a table whose cells name columns of the customer table
CONTENT = {
    "assignments.parquet": "One row a customer: id, class, scores, and why.",
    "profile.csv": "One row a class: customers, sales, medians.",
    "results.json": "All numbers of this page.",
    "scheme.json": "The definition: cut points and rules, for assigning other customers the same way.",
}


class Page:
    """The sections of a page on one result.

    Args:
        result: The classification.
        customers: The customer table it was made on.
        lang: Language of the page.
        client: The open client, for its currency and its own class names; None for a bare customer table.
    """

    def __init__(self, result: Segmentation, customers: pd.DataFrame, *, lang: str = "en", client: Any = None) -> None:
        view = sentences.view_of(result, lang, customers=customers, currency=_currency(client))
        labels = _labels(client).get(result.method, {})
        self.view = View(result, customers, lang, view.currency, labels)

    def bottom_line(self) -> sentences.Narrative:
        """What the result says, in a few sentences."""
        return sentences.of_view(self.view)

    def went_in(self) -> Shown:
        """Who was classified, who was not and why, with their money; and the period."""
        view = self.view
        profile, inside = view.result.profile, view.inside
        rows = [
            _group("", view.t("In a class"), inside),
            *(_group(r["segment"], view.label(r["segment"]), r) for r in view.outside.to_dict("records")),
        ]
        rows.append(_group("", view.t("All known customers"), profile))
        frame = pd.DataFrame(rows).drop(columns="key")
        frame = frame if view.has_money else frame[["group", "customers"]]
        shown = table(
            frame,
            lang=view.lang,
            currency=view.currency,
            caption=view.t("Who went in, and who stayed outside"),
            heads={"group": view.t("Group")},
            row_class=lambda index: "total" if index == len(rows) - 1 else "outside" if index else "",
        )
        return Shown(f"<p>{escaping.escape(self._period())}</p>") + shown + self._outside_meanings()

    def _period(self) -> str:
        view = self.view
        as_of, window = view.result.as_of, view.result.window_days
        first = (pd.Timestamp(as_of) - pd.Timedelta(days=window - 1)).date() if as_of and window else ""
        text = view.t("Window: {first} to {last}, {n} days.", first=first, last=as_of, n=window) if first else ""
        missing = _unattributed(view)
        if missing:
            text += (" " if view.lang == "en" else "") + view.t(
                "Sales without a customer, {money}, are in no class.", money=view.money(missing)
            )
        return text

    def _outside_meanings(self) -> Shown:
        view = self.view
        items = "".join(
            f"<li>{escaping.escape(view.label(key))}{'：' if view.lang == 'zh' else ': '}{escaping.escape(view.meaning(key))}</li>"
            for key in view.outside["segment"]
        )
        return Shown(f'<ul class="note">{items}</ul>' if items else "", "")

    def decides(self) -> Shown:
        """The cut points in words, and the truth table where scores are combined."""
        shown = rules.cut_table(self.view)
        truth = rules.truth_table(self.view)
        return shown + truth if truth else shown

    def classes(self) -> Shown:
        """One row a class: its rule, its customers and what they bring."""
        view = self.view
        frame = view.inside.drop(columns=["outside", "orders"], errors="ignore").reset_index(drop=True)
        shown = table(
            frame,
            lang=view.lang,
            currency=view.currency,
            caption=view.t("The classes (n = {n})", n=numbers.count(frame["customers"].sum())),
            markup={"segment": lambda key: swatch(view.colour(key), view.label(key))},
        )
        return shown + self._meanings()

    def _meanings(self) -> Shown:
        view = self.view
        rows = [[key, view.meaning(key), rules.rule_text(view, key)] for key in view.inside["segment"]]
        frame = pd.DataFrame(rows, columns=["segment", "meaning", "rule"])
        if not frame["rule"].any():
            frame = frame.drop(columns="rule")
        return table(
            frame,
            lang=view.lang,
            currency=view.currency,
            caption=view.t("What the classes mean"),
            heads={"meaning": view.t("Meaning"), "rule": view.t("Rule")},
            markup={"segment": lambda key: swatch(view.colour(key), view.label(key))},
        )

    def chart(self, kind: str) -> Shown:
        """A chart with alternative text and caption; where a condition is not met, the sentence that says so instead."""
        from seglib.report import plots
        from seglib.report.html import figure
        from seglib.report.plots._canvas import encoded

        failed = self.view.failed_gates()
        if failed or self.view.inside.empty:
            reason = failed[0] if failed else self.view.t("no customer is in a class.")
            return Shown(_message([self.view.t("No chart is drawn here: {reason}", reason=reason)]))
        drawing = plots.draw(kind, self.view)
        png, width = encoded(drawing.figure)
        return Shown(figure(png, drawing.alt, drawing.caption, width), drawing.alt)

    def detail(self, name: str, caption: str = "") -> Shown:
        """One of the tables that only this method has.

        Args:
            name: Its name in ``result.details``; one that the run did not make is shown as nothing.
            caption: What it holds; by default the words file's ``details``, else the name.
        """
        view = self.view
        frame = view.result.details.get(name)
        if frame is None or frame.empty:
            return Shown("", "")
        texts = view.words.content
        heads = {column: texts["columns"][column][view.lang] for column in frame.columns if column in texts.get("columns", {})}
        own = texts.get("details", {}).get(name, {}).get(view.lang)
        values = texts.get("values", {})
        said = {
            column: (lambda value: escaping.escape(values.get(str(value), {}).get(view.lang) or view.label(str(value))))
            if column not in OF_COLUMNS
            else (lambda value: escaping.escape(values.get(str(value), {}).get(view.lang) or labels.label(str(value), view.lang)))
            for column in frame.columns
            if frame[column].dtype.kind not in "iufb"
        }
        text = caption or own or name.replace("_", " ")
        ends = {"low": "share", "high": "share"} if "share" in frame.columns else {}  # the ends of a share are shares
        return table(frame, lang=view.lang, currency=view.currency, caption=text, heads=heads, kinds=ends, markup=said)

    def trust(self) -> Shown:
        """Conditions met and not met, what to keep in mind, and what this page cannot show."""
        view = self.view
        shown = self._gates()
        remarks = [*view.warnings(), *self._young(), *self._signed()]
        if remarks:
            shown = shown + Shown(_message(remarks))
        text = view.t("Not shown on this page: whether the classes hold on later data, and what acting on them brings.")
        return shown + Shown(f'<p class="note">{escaping.escape(text)}</p>')

    def _gates(self) -> Shown:
        view = self.view
        gates = view.result.details["gates"]
        failed = view.failed_gates()
        if failed:
            return Shown(_message(failed))
        text = view.t("Every condition for these classes is met ({n}).", n=len(gates))
        return Shown(f"<p>{escaping.escape(text)}</p>" if len(gates) else "", text)

    def _signed(self) -> list[str]:
        """What of a page on a signed definition is older than its customers."""
        stamp = signing.stamp_of(self.view.result.scheme)
        if not stamp:
            return []
        return [
            self.view.t(
                "Cut points, and the tables that tell how they were found, are of the signing ({as_of}); customers and money are not.",
                as_of=stamp["as_of"],
            )
        ]

    def _young(self) -> list[str]:
        flags = self.view.result.assignments
        n = int(flags["short_exposure"].sum()) if "short_exposure" in flags.columns else 0
        if not n:
            return []
        return [
            self.view.t(
                "{n} customers have been observed for less than a quarter of the window: too young to judge as low or lost.",
                n=numbers.count(n),
            )
        ]

    def hand_on(self, out: str = "") -> Shown:
        """The files of this result and the definition behind them; written where ``out`` names a folder."""
        view = self.view
        scheme = view.result.scheme
        line = signing.line(scheme, view.lang)
        if not out:
            text = view.t("Set the parameter out to a folder to write the tables.")
            return Shown(f"<p>{escaping.escape(line)} {escaping.escape(text)}</p>")
        save_view(view, out)
        base = f"tables/{view.result.method}"
        items = "".join(f'<li><a href="{base}/{name}">{name}</a>: {escaping.escape(view.t(CONTENT[name]))}</li>' for name in FILES)
        return Shown(f"<p>{escaping.escape(line)}</p><ul>{items}</ul>")


def _group(key: str, name: str, rows: Any) -> dict[str, Any]:
    """A line of the table of who went in: one class outside, or a sum of several."""
    single = isinstance(rows, dict)
    sums = {column: rows[column] if single else rows[column].sum() for column in ("customers", "spend", "spend_share") if column in rows}
    return {"key": key, "group": name, **sums}


def _message(lines: list[str]) -> str:
    return '<div class="message">' + "".join(f"<p>{escaping.escape(line)}</p>" for line in lines) + "</div>"


def _unattributed(view: View) -> float:
    from seglib.report.facts import unattributed

    return unattributed(view.customers)


def _currency(client: Any) -> str:
    return str(getattr(getattr(client, "settings", None), "currency", "") or "")


def _labels(client: Any) -> dict[str, dict[str, str]]:
    return dict(getattr(getattr(client, "settings", None), "labels", None) or {})
