"""Consumer goods firms: needs crossed with behaviour, and with value, on real purchases or on a made market whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib import methods as registry
from seglib.report import numbers, palette, playbook
from seglib.report.cases._case import Case, bars
from seglib.report.sentences import Narrative
from seglib.report.shown import Shown, show
from seglib.review.crossed import crossed

if TYPE_CHECKING:
    from seglib.client import Client
    from seglib.datasets.market import Market

NEEDED = ("customers", "orders", "products")
CARDS, TESTABLE = 3, 0.15  # cells whose play is printed; the largest lift that a plan may hope for


def made_client(market: Market) -> Client:
    """A made market as a client: the tables a firm would have, without the truth."""
    from seglib.client import open_frames
    from seglib.datasets.market import PROJECT
    from seglib.settings import ClientSettings

    lang = str(market.parameters["lang"])
    settings = ClientSettings(project=PROJECT[lang], language=[lang], currency="CNY")  # type: ignore[list-item]
    return open_frames(settings=settings, **{name: market.tables[name] for name in NEEDED})


class Crossing(Case):
    """A firm that crosses two or three ways of dividing its customers.

    Args:
        client: The open client.
        methods: The methods, with commas between, the one that says the worth first.
        split: First day of the period that judges them; by default the last quarter's.
        lang: Language of the page.
        draws: Bootstrap samples of the intervals.
        market: The made market behind the client, where it is one: then the truth is known.
    """

    def __init__(
        self, client: Any, *, methods: str, split: str = "", lang: str = "en", draws: int = 1000, market: Market | None = None
    ) -> None:
        super().__init__(client, lang=lang)
        self.names, self.market = [name.strip() for name in methods.split(",")], market
        self.found = crossed(client, self.names, split=split, draws=draws)
        profile = self.found.grid.profile
        self.inside, self.outside = profile[~profile["outside"]], profile[profile["outside"]]
        variants = self.found.grid.details["variants"]
        self.words = registry.words("composite").varied(dict(zip(variants["segment"], variants["variant"], strict=True)))

    def axis(self, name: str) -> str:
        """A method, or the whole grid, in words."""
        return self.t("All together") if name == "grid" else registry.words(name).text("title", self.lang)

    def outcome(self, name: str) -> str:
        """What the next period is judged on, in words."""
        words = {
            "spend": self.t("How much they spend"),
            "orders": self.t("How often they buy"),
            "discount_share": self.t("How much of it at a reduction"),
        }
        return words[name]

    def data(self) -> Narrative:
        """Which data, how many customers, who stays outside the grid."""
        held = self.found.held
        lines = [
            self.source(),
            self.t(
                "What is known on the eve of {split} defines the classes; the {days} days from then on judge them.",
                split=held.split,
                days=held.days,
            ),
            self.t(
                "{n} of {all} customers stand in a cell; the others have no orders in the window or too few lines to tell a need.",
                n=numbers.count(self.inside["customers"].sum()),
                all=numbers.count(len(held.base)),
            ),
        ]
        if self.market is not None:
            lines.append(self.t("The market is made: what its customers are really like is known, and kept from the methods."))
        return self.say(*lines)

    def grid(self) -> Shown:
        """Cells by size and value."""
        merged = self.found.grid.details["merged"]
        rows = self.inside.assign(cell=[self.words.label(key, self.lang) for key in self.inside["segment"]])
        heads = {
            "cell": self.t("Cell"),
            "customers": self.t("Customers"),
            "customers_share": self.t("Share of customers"),
            "spend_share": self.t("Share of sales"),
            "mean_spend": self.t("Spend each"),
        }
        kinds = {"customers": "count", "customers_share": "share", "spend_share": "share", "mean_spend": "money_each"}
        caption = self.t("The cells; {n} smaller ones are merged into their nearest", n=numbers.count((merged["customers"] > 0).sum()))
        alone = int((rows["customers"] < float(str(self.found.grid.params["least"]))).sum())
        if alone:
            rest = self.t("{n} stays small: no other cell shares its first class", n=alone)
            caption = self.t("{caption}; {rest}", caption=caption, rest=rest)
        return self.table(rows, caption, heads, kinds)

    def told(self) -> Narrative:
        """Which axis tells what of the next period, and whether the grid adds to it."""
        return self.say(*(self._told(name) for name in self.found.tells["outcome"].unique()))

    def _told(self, outcome: str) -> str:
        rows = self.found.tells[self.found.tells["outcome"] == outcome].set_index("axis")
        grid = rows.loc["grid"]
        best = rows.loc[grid["best"]]
        values = {
            "outcome": self.outcome(outcome),
            "axis": self.axis(str(grid["best"])),
            "share": numbers.share(best["r2"]),
            "interval": self.between(best["low"], best["high"]),
            "added": numbers.share(grid["added"]),
            "added_interval": self.between(grid["added_low"], grid["added_high"]),
        }
        if best["low"] <= 0:
            return self.t("{outcome} next: no way of dividing tells it; the best, “{axis}”, explains {share} ({interval}).", **values)
        if grid["added_low"] > 0:
            return self.t(
                "{outcome} next: “{axis}” alone explains {share} ({interval}); all together add {added} ({added_interval}).", **values
            )
        if grid["added_high"] < 0:
            return self.t(
                "{outcome} next: “{axis}” alone explains {share} ({interval}); crossed with the others it explains less "
                "({added_interval}): the cells are too small to learn from.",
                **values,
            )
        return self.t(
            "{outcome} next: “{axis}” alone explains {share} ({interval}); that the others add to it cannot be shown ({added_interval}).",
            **values,
        )

    def figures(self) -> Shown:
        """The figures behind the sentences."""
        tells = self.found.tells
        frame = tells.assign(
            what=[self.outcome(one) for one in tells["outcome"]],
            by=[self.axis(one) for one in tells["axis"]],
            interval=[f"{numbers.share(low)}–{numbers.share(high)}" for low, high in tells[["low", "high"]].to_numpy()],
        )
        heads = {
            "what": self.t("In the next period"),
            "by": self.t("Divided by"),
            "customers": self.t("Customers"),
            "r2": self.t("Explained"),
            "interval": self.t("95% interval"),
        }
        caption = self.t("Share of the differences between customers that each way explains, learned from other customers")
        return self.table(frame, caption, heads, {"customers": "count", "r2": "share"})

    def chart(self) -> Shown:
        """What each way of dividing explains of each outcome."""
        rows = self.found.tells.to_dict("records")
        colours = {name: palette.COLOURS[token] for name, token in zip((*self.names, "grid"), ("top", "growing", "slipping"), strict=False)}
        colours["grid"] = palette.COLOURS["outside"]
        names = [self.t("{outcome}: {axis}", outcome=self.outcome(row["outcome"]), axis=self.axis(row["axis"])) for row in rows]
        values = [max(0.0, row["r2"]) for row in rows]
        ranges = [(max(0.0, row["low"]), max(0.0, row["high"])) for row in rows]
        parts = [f"{name} {numbers.share(row['r2'])}" for name, row in zip(names, rows, strict=True)]
        alt = self.t("Bars of the share explained. {rows}.", rows=("；" if self.lang == "zh" else "; ").join(parts))
        caption = self.t("Share of the differences explained in the next period; lines are 95% intervals, nothing below nought is drawn.")
        figure = bars(names, values, ranges, [colours[row["axis"]] for row in rows], numbers.share)
        return show(figure, alt=alt, caption=caption)

    def recovered(self) -> Narrative:
        """How many of those said to have a need really have it; only where the truth is known."""
        if self.market is None:
            return self.say(self.t("What these customers really look for is nowhere on record; only their purchases are."))
        words, truth = registry.words("needs"), self.market.truth_class("needs")
        result = self.found.parts["needs"]
        said = result.details.get("variants")
        variants = {} if said is None else dict(zip(said["segment"], said["variant"], strict=True))
        called = result.assignments.set_index("customer_id")["segment"]
        both = called.to_frame("called").join(truth.rename("true"), how="inner")
        both = both[both["called"].isin(result.scheme.classes)]
        lines = [
            self.t(
                "Said to be {label}: {n}; truly so: {right}. Among all customers judged it is {chance}.",
                label=words.label(key, self.lang, variants.get(key, "")),
                n=numbers.count(len(mine)),
                right=numbers.share(float((mine["true"] == key).mean())),
                chance=numbers.share(float((both["true"] == key).mean())),
            )
            for key, mine in both.groupby("called", sort=True)
            if key != "mixed"
        ]
        missed = both[both["called"] == "mixed"]
        hidden = self.t(
            "Of the {n} left as mixed, {share} do have a need that their purchases do not show clearly enough.",
            n=numbers.count(len(missed)),
            share=numbers.share(float((missed["true"] != "mixed").mean())),
        )
        return self.say(*lines, hidden)

    def advice(self) -> Shown:
        """The plays of the cells with most sales, from the playbook."""
        book, shown = playbook.of(self.client), Shown("", "")
        for key in self.inside.sort_values("spend", ascending=False)["segment"].head(CARDS):
            play = book.play("composite", key, self.lang)
            rows = {
                self.t("Do"): play.do,
                self.t("Do not"): play.dont,
                self.t("Measure"): play.kpi,
                self.t("Stop rule"): play.stop,
                self.t("Needs a written reason"): play.flag,
            }
            shown = shown + self.pairs(self.words.label(key, self.lang), {name: text for name, text in rows.items() if text})
        return shown

    def plan(self) -> Narrative:
        """Which cells a test can say something about, and what to do with the others."""
        plan = self.found.plan
        able = plan[plan["least_share"] <= TESTABLE]
        first = plan.sort_values("least_share").iloc[0]
        return self.say(
            self.t("In every cell a random half gets its play, the other half is left alone; one measure, spend in the next quarter."),
            self.t(
                "The most telling cell is {cell}: {n} customers show a difference of {share} and more, four times in five.",
                cell=self.words.label(str(first["segment"]), self.lang),
                n=numbers.count(first["customers"]),
                share=numbers.share(first["least_share"]),
            ),
            self.t(
                "A difference of {limit} can be shown in {able} of {all} cells; the others are tested together, by the need they share.",
                limit=numbers.share(TESTABLE),
                able=numbers.count(len(able)),
                all=numbers.count(len(plan)),
            ),
        )
