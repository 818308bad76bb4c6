"""Behaviour and history to find the customers for a promotion: a rule frozen before the quarter that judges it."""

from __future__ import annotations

from typing import Any

from seglib import methods
from seglib.report import numbers, palette
from seglib.report.cases._case import Case, bars
from seglib.report.sentences import Narrative
from seglib.report.shown import Shown, show
from seglib.review.offers import offer_use


class Promotion(Case):
    """A shop that must choose to whom it sends its offers.

    Args:
        client: The open client; its offers tell when they were sent and used.
        learn: First day of the quarter the rule is learned on.
        split: First day of the quarter that judges it.
        lang: Language of the page.
        draws: Bootstrap samples of the intervals.
    """

    def __init__(self, client: Any, *, learn: str, split: str, lang: str = "en", draws: int = 1000) -> None:
        super().__init__(client, lang=lang)
        self.found = offer_use(client, learn=learn, split=split, draws=draws)
        self.by = self.found.lists.set_index("chosen_by")

    def habit(self, key: str) -> str:
        """What became of earlier offers, in words."""
        words = {"used": self.t("Has used offers"), "unused": self.t("Sent, never used"), "never_sent": self.t("Never sent one")}
        return words[key]

    def way(self, key: str) -> str:
        """A way of choosing, in words."""
        words = {
            "rule": self.t("Offers used and value (the rule)"),
            "habit": self.t("Offers used alone"),
            "spend": self.t("Highest spend"),
            "discount_share": self.t("Highest share of discounts"),
            "anybody": self.t("Drawn by lot"),
        }
        return words[key]

    def data(self) -> Narrative:
        """Which data, which quarters, who is looked at."""
        before, after = self.found.learned, self.found.judged
        return self.say(
            self.source(),
            self.t("The rule is learned on one quarter and judged on the next, of the same length; it is not touched in between."),
            *(
                self.t(
                    "{first} to {last}: of {n} earlier customers {offered} were sent an offer, and {users} of these used one ({rate}).",
                    first=one["first"],
                    last=one["last"],
                    n=numbers.count(float(str(one["customers"]))),
                    offered=numbers.count(float(str(one["offered"]))),
                    users=numbers.count(float(str(one["users"]))),
                    rate=numbers.share(float(str(one["rate"]))),
                )
                for one in (before, after)
            ),
            self.t(
                "Behaviour and history are those of the {days} days before either quarter. Who was sent no offer is left out.",
                days=self.found.window_days,
            ),
        )

    def rule(self) -> Shown:
        """The rule cell by cell: what it learned, and what came true."""
        words = methods.words("value_tier")
        cells = self.found.cells
        frame = cells.assign(
            habit=[self.habit(one) for one in cells["habit"]],
            tier=[words.label(one, self.lang) for one in cells["tier"]],
            target=[self.t("target") if one else "" for one in cells["target"]],
        )
        heads = {
            "habit": self.t("Earlier offers"),
            "tier": self.t("Value tier"),
            "customers_learned": self.t("Customers, learning"),
            "rate_learned": self.t("Used, learning"),
            "score": self.t("Rate by the rule"),
            "target": self.t("Chosen"),
            "customers_judged": self.t("Customers, next quarter"),
            "rate_judged": self.t("Used, next quarter"),
        }
        kinds = {
            "rate_learned": "share",
            "score": "share",
            "rate_judged": "share",
            "customers_learned": "count",
            "customers_judged": "count",
        }
        caption = self.t("The rule: a cell with few customers takes the rate of its row of earlier offers")
        return self.table(frame, caption, heads, kinds)

    def told(self) -> Narrative:
        """How many used an offer among those chosen, against other ways of choosing as many."""
        rule, spend, lot = (self.by.loc[key] for key in ("rule", "spend", "anybody"))
        ranks = self.found.ranks.set_index("chosen_by")
        habit = ranks.loc["habit"]
        return self.say(
            self.t(
                "Of the {n} customers the rule had chosen, {users} used an offer in the next quarter: {rate} ({interval}).",
                n=numbers.count(rule["customers"]),
                users=numbers.count(rule["users"]),
                rate=numbers.share(rule["rate"]),
                interval=self.between(rule["low"], rule["high"]),
            ),
            self.t(
                "As many of the highest spend: {rate} ({interval}); drawn by lot: {lot}.",
                rate=numbers.share(spend["rate"]),
                interval=self.between(spend["low"], spend["high"]),
                lot=numbers.share(lot["rate"]),
            ),
            self._adds(habit),
        )

    def _adds(self, habit: Any) -> str:
        """What the value tier adds to the use of earlier offers."""
        values = {
            name: numbers.significant(habit[column], 2) for name, column in (("lead", "lead"), ("low", "lead_low"), ("high", "lead_high"))
        }
        if habit["lead_low"] > 0:
            return self.t(
                "Most of it is whether somebody has used offers before; value adds {lead} to the AUC (95% interval {low} to {high}).",
                **values,
            )
        return self.t("Whether somebody has used offers before tells all of it; that value adds something cannot be shown.")

    def lists(self) -> Shown:
        """The same number of customers chosen in five ways."""
        ranks = self.found.ranks.set_index("chosen_by")["auc"]
        frame = self.found.lists.assign(
            way=[self.way(one) for one in self.found.lists["chosen_by"]],
            interval=[self._range(row) for row in self.found.lists.to_dict("records")],
            auc=self.found.lists["chosen_by"].map(ranks).to_numpy(float),
        )
        heads = {
            "way": self.t("Chosen by"),
            "customers": self.t("Customers"),
            "users": self.t("Used an offer"),
            "rate": self.t("Rate"),
            "interval": self.t("95% interval"),
            "users_share": self.t("Share of all who used one"),
            "auc": self.t("AUC"),
        }
        kinds = {"rate": "share", "users_share": "share", "users": "count", "customers": "count", "auc": "number"}
        return self.table(frame, self.t("As many customers chosen in five ways, and who used an offer in the next quarter"), heads, kinds)

    def _range(self, row: dict[str, Any]) -> str:
        """The interval of a list's rate; a lot's rate is that of all, and has none."""
        return numbers.MISSING if row["chosen_by"] == "anybody" else f"{numbers.share(row['low'])}–{numbers.share(row['high'])}"

    def chart(self) -> Shown:
        """The rates of the five lists with their intervals."""
        rows = self.found.lists.to_dict("records")
        names, values = [self.way(row["chosen_by"]) for row in rows], [row["rate"] for row in rows]
        ranges = [None if row["chosen_by"] == "anybody" else (row["low"], row["high"]) for row in rows]
        colours = [palette.COLOURS["top"], *[palette.COLOURS["good"]] * (len(rows) - 2), palette.COLOURS["outside"]]
        parts = ("；" if self.lang == "zh" else "; ").join(
            f"{name} {numbers.share(value)}" for name, value in zip(names, values, strict=True)
        )
        alt = self.t("Bars of the share that used an offer, by way of choosing. {rows}.", rows=parts)
        caption = self.t("Share of the chosen that used an offer in the next quarter; lines are 95% intervals.")
        return show(bars(names, values, ranges, colours, numbers.share), alt=alt, caption=caption)

    def advice(self) -> Narrative:
        """What to do with the list, and what not to claim."""
        rule = self.by.loc["rule"]
        return self.say(
            self.t(
                "Send targeted offers to the {n} chosen customers first: they are {share} of those who use one.",
                n=numbers.count(rule["customers"]),
                share=numbers.share(rule["users_share"]),
            ),
            self.t("Give the others the general leaflet; the offer itself stays open to everybody who asks for it."),
            self.t("Using an offer is no extra sale: part of it would have been bought anyway. Whether it pays, only a test tells."),
        )

    def plan(self) -> Narrative:
        """The test that would tell, and how small a difference it could show."""
        plan = self.found.plan
        return self.say(
            self.t(
                "Divide all {n} target customers, sent offers or not, by lot: half get one. One measure: spend less discount.",
                n=numbers.count(plan["customers"]),
            ),
            self.t(
                "With earlier spend as a yardstick (correlation {rho}) the test finds a difference of {money} each, {share} of {mean}, "
                "four times in five; a smaller one it will often miss.",
                rho=numbers.significant(plan["correlation"], 2),
                money=self.each(plan["least"]),
                share=numbers.share(plan["least_share"]),
                mean=self.each(plan["mean"]),
            ),
            self.t("If a lift of that size is not to be expected, add further customers or quarters before you test."),
        )
