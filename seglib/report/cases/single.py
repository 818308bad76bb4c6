"""The failure of a single dimension: age, income or household alone, and the trap of the unknown class."""

from __future__ import annotations

from typing import Any

from seglib import review
from seglib.methods import income
from seglib.report import numbers, palette
from seglib.report.cases._case import Case, bars
from seglib.report.sentences import Narrative
from seglib.report.shown import Shown, show
from seglib.review.attributes import ATTRIBUTES, attributes


class SingleDimension(Case):
    """A firm that divides its customers by one attribute, judged on the next period.

    Args:
        client: The open client; its customers carry income, age and household size.
        split: First day of the next period.
        lang: Language of the page.
        draws: Bootstrap samples of the intervals.
    """

    def __init__(self, client: Any, *, split: str, lang: str = "en", draws: int = 1000) -> None:
        super().__init__(client, lang=lang)
        held = review.hold_out(client, split=split)
        self.found = attributes(held, income.segment(held.base), ATTRIBUTES, draws=draws)
        self.customers = len(held.base)

    def name(self, attribute: str) -> str:
        """An attribute as a reader calls it."""
        words = {"income_band": self.t("Income"), "age_band": self.t("Age"), "household_size": self.t("Household size")}
        return words.get(attribute, attribute)

    def data(self) -> Narrative:
        """Which data, how many customers, of how many the attributes are known."""
        known = self.found.selection.iloc[0]
        return self.say(
            self.source(),
            self.t(
                "{n} customers are looked at; income, age and household are on record for {known} of them ({share}).",
                n=numbers.count(self.customers),
                known=numbers.count(known["customers"]),
                share=numbers.share(known["customers_share"]),
            ),
            self.t(
                "What is known on the eve of {split} defines the classes; the spend of the {days} days from then on judges them.",
                split=self.found.split,
                days=self.found.days,
            ),
        )

    def trap(self) -> Narrative:
        """What comes out where the unknown are made a class, and why it is no finding."""
        trap, (known, unknown) = self.found.trap.iloc[0], self.found.selection.to_dict("records")
        return self.say(
            self.t(
                "The trap: with “unknown” as a class of its own, income seems to explain {share} of what customers spend next.",
                share=numbers.share(trap["eta2"]),
            ),
            self.t(
                "Yet whether income is on record at all explains {flag} alone: the known spent {known} each, the others {unknown}.",
                flag=numbers.share(trap["eta2_known_flag"]),
                known=self.each(known["mean_spend"]),
                unknown=self.each(unknown["mean_spend"]),
            ),
            self.t(
                "The known are {customers} of customers and {sales} of sales: being on record goes with buying. Compare the known.",
                customers=numbers.share(known["customers_share"]),
                sales=numbers.share(known["spend_share"]),
            ),
        )

    def told(self) -> Narrative:
        """What each attribute tells among the known, beside one number of behaviour."""
        first, line = self.found.known.iloc[0], self.found.behaviour.iloc[0]
        lines = [
            self.t(
                "Among the {n} customers whose {attribute} is known, it explains {share} of the next period's spend ({interval}).",
                n=numbers.count(row["customers"]),
                attribute=self.name(row["attribute"]) if self.lang == "zh" else self.name(row["attribute"]).lower(),
                share=numbers.share(row["eta2"]),
                interval=self.between(row["low"], row["high"]),
            )
            for row in self.found.known.to_dict("records")
        ]
        behaviour = self.t(
            "What the same {n} customers had spent before explains {share} ({interval}): {times} times as much as income.",
            n=numbers.count(line["customers"]),
            share=numbers.share(line["r2"]),
            interval=self.between(line["low"], line["high"]),
            times=numbers.significant(line["r2"] / first["eta2"], 2),
        )
        return self.say(*lines, behaviour)

    def figures(self) -> Shown:
        """The figures behind the sentences."""
        frame = self.found.known.assign(
            attribute=[self.name(one) for one in self.found.known["attribute"]],
            trap=self.found.trap["eta2"].to_numpy(),
            interval=[f"{numbers.share(low)}–{numbers.share(high)}" for low, high in self.found.known[["low", "high"]].to_numpy()],
        )
        heads = {
            "attribute": self.t("Attribute"),
            "customers": self.t("Known customers"),
            "classes": self.t("Values"),
            "eta2": self.t("Explained among the known"),
            "interval": self.t("95% interval"),
            "r2": self.t("Learned from other customers"),
            "trap": self.t("With “unknown” as a class (the trap)"),
        }
        kinds = {"eta2": "share", "r2": "share", "trap": "share", "classes": "count", "customers": "count"}
        return self.table(frame, self.t("Share of the next period's spend explained by one attribute"), heads, kinds)

    def chart(self) -> Shown:
        """Attributes and behaviour side by side, the trap above them."""
        found, trap, line = self.found.known.to_dict("records"), self.found.trap.iloc[0], self.found.behaviour.iloc[0]
        rows: list[tuple[str, float, tuple[float, float] | None, str]] = [
            (self.t("Income with “unknown” (trap)"), trap["eta2"], None, palette.MUTED),
            (self.t("Known or not, nothing else"), trap["eta2_known_flag"], None, palette.MUTED),
            *(
                (
                    self.t("{attribute}, known only", attribute=self.name(row["attribute"])),
                    row["eta2"],
                    (row["low"], row["high"]),
                    palette.COLOURS["lost"],
                )
                for row in found
            ),
            (self.t("Spend so far, the same customers"), line["r2"], (line["low"], line["high"]), palette.COLOURS["top"]),
        ]
        names, values, ranges, colours = (list(part) for part in zip(*rows, strict=True))
        parts = [f"{name} {numbers.share(value)}" for name, value in zip(names, values, strict=True)]
        alt = self.t(
            "Bars of the share of the next period's spend explained. {rows}.", rows=("；" if self.lang == "zh" else "; ").join(parts)
        )
        caption = self.t("Share of the next period's spend explained; lines are 95% intervals. The grey bars are no finding.")
        return show(bars(names, values, ranges, colours, numbers.share), alt=alt, caption=caption)

    def advice(self) -> Narrative:
        """Whom a campaign would have reached by income, and by purchases."""
        chosen, spend, anybody = self.found.list.to_dict("records")
        return self.say(
            self.t(
                "The {n} customers of the highest incomes bring {share} of the known customers' next sales; as many by spend bring {best}, "
                "as many drawn by lot {any}.",
                n=numbers.count(chosen["customers"]),
                share=numbers.share(chosen["spend_share"]),
                best=numbers.share(spend["spend_share"]),
                any=numbers.share(anybody["spend_share"]),
            ),
            self.t("Divide by what customers do; use age, income and household to choose goods to show, where a difference is proved."),
            self.t("Set no price and no terms by income; the playbook ships that switched off."),
        )
