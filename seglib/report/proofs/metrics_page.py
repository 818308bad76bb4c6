"""The page on the trade's sixteen metrics: what could be computed, for everybody and by class, and what the others lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib.report import numbers
from seglib.report.proofs._base import MAIN, Proof, plain
from seglib.report.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

    from seglib.report.sentences import Narrative

MONEY, PROMOTERS = "currency", "Net promoter score"
FEW, ANSWERS = 5, 30  # what a figure of one class must rest on to be shown


class MetricsPage(Proof):
    """The sections of the page.

    Args:
        client: The open client.
        method: The method whose classes are compared; "" takes value tiers.
        as_of: Last day to look at.
        window_days: Days to look back.
        lang: Language of the page.
    """

    def __init__(self, client: Any, method: str = "", *, as_of: str = "", window_days: int = 0, lang: str = "en") -> None:
        from seglib import methods
        from seglib.review.metrics import EVERYONE, metrics

        super().__init__(client, lang=lang)
        self.method = method or MAIN
        module = methods.get(self.method)
        table = client.customers(as_of=as_of, window_days=window_days, also=(*module.NEEDS, *module.USES), facts=module.FACTS)
        self.result = module.segment(table, **self.given(self.method))
        every = metrics(client, self.result, as_of=as_of, window_days=window_days)
        self.frames = {"metrics": every}
        self.everyone = every[(every["segment"] == EVERYONE) & every["computable"]].reset_index(drop=True)
        self.lacking = every[~every["computable"]].reset_index(drop=True)
        self.classes = every[every["computable"] & (every["segment"] != EVERYONE)]

    def bottom_line(self) -> Narrative:
        """How many of the sixteen there are."""
        some, every = self.everyone["metric"].nunique(), self.frames["metrics"]["metric"].nunique()
        first = self.t("Of the {every} metrics, {some} can be computed at least in part.", every=every, some=some)
        lacks = self.t("{n} figures cannot be computed; the last table says what they lack.", n=len(self.lacking))
        return self.said(first, lacks if len(self.lacking) else "")

    def everybody(self) -> Shown:
        """Every figure of all customers, with numerator, denominator and formula."""
        shown = self.everyone.assign(
            name=self.everyone["name"].map(self.t),
            formula=self.everyone["formula"].map(self.t),
            value=self._figures(self.everyone, "value"),
            numerator=self.everyone["numerator"].map(numbers.plain),
            denominator=self.everyone["denominator"].map(numbers.plain),
        )
        heads = {"metric": self.t("No."), "name": self.t("Metric"), "value": self.t("Figure"), "numerator": self.t("Numerator")}
        heads |= {"denominator": self.t("Denominator"), "formula": self.t("Formula")}
        kinds = dict.fromkeys(("value", "numerator", "denominator"), "number")
        return self.told(
            self.t("All customers known, as of {day}.", day=self.result.as_of), shown, self.t("The metrics"), heads, kinds=kinds
        )

    def by_class(self) -> Shown:
        """The same figures, a column a class."""
        wide = self.classes.assign(value=self._figures(_suppressed(self.classes), "value")).pivot(
            index=["metric", "name"], columns="segment", values="value"
        )
        order = [key for key in self.result.profile["segment"] if key in wide.columns]
        each = self.classes[["metric", "name"]].drop_duplicates()
        wide = wide.loc[list(each.itertuples(index=False, name=None)), order].reset_index()
        wide["name"] = wide["name"].map(self.t)
        heads = {"metric": self.t("No."), "name": self.t("Metric"), **{key: self.label(self.method, key) for key in order}}
        sentence = self.t(
            "Classes of {title}. Accounts of the universe that are no customers are in none. Figures with a denominator below {few} are "
            "not shown, nor net promoter scores of fewer than {answers} answers.",
            title=self.title(self.method), few=FEW, answers=ANSWERS,
        )  # fmt: skip
        return self.told(sentence, wide.rename(columns=str), self.t("The metrics by class"), heads, kinds=dict.fromkeys(order, "number"))

    def lacks(self) -> Shown:
        """What could not be computed, and what would have to be recorded."""
        if self.lacking.empty:
            return Shown("", "")
        shown = self.lacking.assign(name=self.lacking["name"].map(self.t), lacks=[self.t(text) for text in self.lacking["lacks"]])
        shown = shown.assign(formula=self.lacking["formula"].map(self.t))
        heads = {"metric": self.t("No."), "name": self.t("Metric"), "formula": self.t("Formula"), "lacks": self.t("Lacking")}
        return self.told(self.t("Table and column that would have to be there."), shown, self.t("Not computable"), heads,
                         markup={"lacks": plain(str)})  # fmt: skip

    def _figures(self, rows: pd.DataFrame, column: str) -> list[str]:
        """Values in their units, as words."""
        return [self._figure(value, unit) for value, unit in zip(rows[column], rows["unit"], strict=True)]

    def _figure(self, value: float, unit: str) -> str:
        if value != value:
            return numbers.MISSING
        if unit == "share":
            return numbers.share(value)
        if unit == MONEY:
            return numbers.money(value, self.currency, self.lang)
        if unit == "ratio":
            return f"1 : {numbers.plain(value)}"
        return numbers.plain(value)


def _suppressed(rows: pd.DataFrame) -> pd.DataFrame:
    """The figures of the classes, missing where they rest on too few."""
    least = rows["name"].eq(PROMOTERS).map({True: ANSWERS, False: FEW})
    return rows.assign(value=rows["value"].mask(rows["denominator"] < least))
