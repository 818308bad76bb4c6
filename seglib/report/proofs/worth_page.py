"""The page on worth: does a classification say anything about tomorrow that a plain ranking does not?"""

from __future__ import annotations

import html as escaping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seglib.report import numbers, palette
from seglib.report.proofs._base import MAIN, Proof, between, explained, plain, r2, with_somebody
from seglib.report.proofs._came_back import came_back
from seglib.report.proofs._lifetime import lifetime
from seglib.report.proofs._worth_words import CHECKS, GROUPS, LINES, NEITHER, OWN_LINES, OWN_NEITHER, RETURN_LINES, VERDICT_LINES
from seglib.report.shown import Shown
from seglib.review.worth import TELLS, tells

if TYPE_CHECKING:
    import pandas as pd

    from seglib.report.sentences import Narrative


class WorthPage(Proof):
    """The sections of the page.

    Args:
        client: The open client.
        method: The method; empty for value tiers.
        split: First day of the next period; empty for the last quarter's.
        as_of: Last day of the next period; empty for the client's own.
        window_days: Window of the base; 0 for all history before the split, at most the client's window.
        draws: Bootstrap samples of customers.
        refits: Samples that draw their own cuts as well.
        params: Parameters of the method beside those of client.yml, "tiers=quantile:4; …".
        lang: Language of the page.
    """

    def __init__(
        self,
        client: Any,
        method: str = "",
        *,
        split: str = "",
        as_of: str = "",
        window_days: int = 0,
        draws: int = 1000,
        refits: int = 0,
        params: str = "",
        lang: str = "en",
    ) -> None:
        from seglib import review

        super().__init__(client, lang=lang)
        self.method = method or MAIN
        self.draws, self.params = draws, params
        given = self.given(self.method, params)
        judged = review.judge(client, self.method, split=split, end=as_of, window_days=window_days, draws=draws, refits=refits, **given)
        with_somebody(judged.result)
        self.held, self.worth = judged.held, judged.worth
        for name in ("measures", "against", "calibration", "gain", "lines", "coverage", "checks", "own"):
            self.frames[name] = getattr(self.worth, name)

    def bottom_line(self) -> Narrative:
        """What the next period said."""
        worth, measures = self.worth, self.worth.measures.set_index("prediction")
        against = worth.against.set_index("baseline").loc["size_matched_spend"]
        told = tells(*measures.loc[[self.method, "size_matched_spend"], "r2"])
        lead = self.t(
            VERDICT_LINES[worth.verdict] if told else NEITHER,
            title=self.title(self.method),
            n=numbers.count(worth.lines["customers"].iloc[0]),
            limit=numbers.share(TELLS),
            r2=explained(measures.loc[self.method, "r2"]),
            matched=explained(measures.loc["size_matched_spend", "r2"]),
            difference=r2(against["difference"]),
            range=between(against["low"], against["high"], self.lang),
            detectable=r2(worth.detectable),
        )
        rest = self.t(
            "The spend of the last period alone, in ten classes, reaches {last}; two numbers without any classes {ceiling}.",
            last=explained(measures.loc["last_period_spend", "r2"]),
            ceiling=explained(measures.loc["ceiling", "r2"]),
        )
        missing = [line for line, passed in self._checks() if not passed]
        return self.said(lead, self._return_line(against), self._own_line(), rest, *missing)

    def _return_line(self, against: pd.Series) -> str:
        """Who comes back at all is another question than how much is spent, and may have another answer."""
        skill = self.worth.measures.set_index("prediction")["brier_skill"]
        if against[["return_low", "return_high"]].isna().any() or skill.isna()[self.method]:
            return ""
        return self.t(
            RETURN_LINES[against["return_verdict"]],
            own=r2(skill[self.method]),
            other=r2(skill["size_matched_spend"]),
            difference=r2(against["return_difference"]),
            range=between(against["return_low"], against["return_high"], self.lang),
        )

    def _own_line(self) -> str:
        worth = self.worth
        if not worth.own_verdict:
            return ""
        table = worth.own.set_index("prediction")
        if not tells(*table.loc[[self.method, "size_matched_spend"], "r2"]):
            return self.t(OWN_NEITHER, outcome=self.outcome(worth.outcome), limit=numbers.share(TELLS))
        row = table.loc["size_matched_spend"]
        values = {"difference": r2(row["difference"]), "range": between(row["difference_low"], row["difference_high"], self.lang)}
        return self.t(OWN_LINES[worth.own_verdict], outcome=self.outcome(worth.outcome), **values)

    def _checks(self) -> list[tuple[str, bool]]:
        rows = self.worth.checks.to_dict("records")
        return [
            (
                self.t(
                    CHECKS[(row["check"], bool(row["passed"]))],
                    found=numbers.plain(round(row["found"], 2)),
                    needed=numbers.plain(row["needed"]),
                ),
                bool(row["passed"]),
            )
            for row in rows
        ]

    def period(self) -> Shown:
        """What was known when, and whether the next period is a fair test."""
        held = self.held
        lines = [
            self.t(
                "Everything that defines a class was fixed the day before {split}; what followed up to {end} ({days} days) was only "
                "looked at.",
                split=held.split,
                end=held.end,
                days=held.days,
            ),
            *(line for line, _ in self._checks()),
        ]
        if held.born:
            lines.append(
                self.t(
                    "{n} customers came only afterwards, with sales of {money}: they had no class and are left out.",
                    n=numbers.count(held.born),
                    money=numbers.money(held.born_spend, self.currency, self.lang),
                )
            )
        return Shown("<ul>" + "".join(f"<li>{escaping.escape(line)}</li>" for line in lines) + "</ul>", "\n".join(lines))

    def against(self) -> Shown:
        """The method beside what it is held against."""
        worth = self.worth
        frame = worth.measures.merge(
            worth.against.rename(columns={"baseline": "prediction"}), on="prediction", how="left", suffixes=("", "_d")
        )
        frame = frame.assign(
            r2=frame["r2"].map(r2),
            range=[between(low, high, self.lang) for low, high in zip(frame["low"], frame["high"], strict=True)],
            difference=frame["difference"].map(r2),
            difference_range=[
                between(low, high, self.lang) if low == low else numbers.MISSING
                for low, high in zip(frame["low_d"], frame["high_d"], strict=True)
            ],
            auc=frame["auc"].map(r2),
            verdict=[self.verdict(str(word)) for word in frame["verdict"]],
            classes=[str(n) if n else numbers.MISSING for n in frame["classes"]],
        )
        sentence = self.t(
            "R² is the share of the differences in next spend that class means tell of customers who did not teach them; the difference is "
            "the method less the line; AUC says how well the classes rank who comes back (0.5 is chance). Intervals are 95%, from {draws} "
            "samples of customers with cuts and folds held fast.",
            draws=numbers.count(self.draws),
        )
        heads = {
            "prediction": self.t("Prediction"),
            "classes": self.t("Classes"),
            "r2": "R²",
            "range": self.t("95% interval"),
            "difference": self.t("Method less this"),
            "difference_range": self.t("95% interval of the difference"),
            "verdict": self.t("The method is"),
            "auc": "AUC",
        }
        caption = self.t("The method against plain rankings")
        shown = self.told(sentence, frame, caption, heads, markup={"prediction": plain(self.prediction)})
        return shown + self._refitted() + self._more()

    def _more(self) -> Shown:
        """The same predictions by other measures: less swayed by a few large customers, by return, by orders, by the list."""
        frame = self.worth.measures
        names = ("r2_asinh", "brier_skill", "deviance_ratio", "gini")
        sentence = self.t(
            "The same by other measures: R² on a scale on which a few large customers do not decide alone; how much better than the "
            "overall rate "
            "return is foretold (Brier skill), and the number of orders (share of deviance); the Gini coefficient of next spend along the "
            "list; "
            "and what the first class brings."
        )
        heads = {
            "prediction": self.t("Prediction"),
            "r2_asinh": self.t("R², large ones damped"),
            "brier_skill": self.t("Brier skill"),
            "deviance_ratio": self.t("Orders: deviance"),
            "gini": self.t("Gini of the list"),
            "top_customers_share": self.t("First class: customers"),
            "top_share": self.t("First class: next spend"),
        }
        shown = frame.assign(**{name: frame[name].map(r2) for name in names})
        kinds = {"top_customers_share": "share", "top_share": "share"}
        markup = {"prediction": plain(self.prediction)}
        return self.told(sentence, shown, self.t("Other measures"), heads, kinds=kinds, markup=markup)

    def _refitted(self) -> Shown:
        """The second interval, or that there is none."""
        found = self.worth.refitted
        if not found:
            text = self.t("The intervals hold the cut points fast; that other customers would have drawn other cuts is not in them.")
        else:
            text = self.t(
                "Where each of {n} samples draws its own cuts as well, the interval of R² is {range}, that of the difference to the spend "
                "ranking {difference}.",
                n=numbers.count(found["draws"]),
                range=between(found["low"], found["high"], self.lang),
                difference=between(found["difference_low"], found["difference_high"], self.lang),
            )
        return Shown(f"<p>{escaping.escape(text)}</p>", text)

    def gain(self) -> Shown:
        """How much of next spend a list brings that is worked down class by class."""
        from seglib.report.plots._canvas import canvas, quiet, style

        worth = self.worth
        with style():
            figure, axes = canvas(3.4)
            looks = {self.method: ("top", "-", "o"), "size_matched_spend": ("slipping", (0, (4, 2)), "s")}
            points = []
            for name, (colour, line, marker) in looks.items():
                part = worth.gain[worth.gain["prediction"] == name]
                axes.plot(
                    100 * part["customers_share"],
                    100 * part["spend_share"],
                    color=palette.colour(colour),
                    linestyle=line,
                    marker=marker,
                    markersize=4,
                    label=self.prediction(name),
                )
                at = part.iloc[1] if len(part) > 1 else part.iloc[0]
                points.append(
                    self.t(
                        "{name}: the first {people} of customers bring {money}",
                        name=self.prediction(name),
                        people=numbers.share(at["customers_share"]),
                        money=numbers.share(at["spend_share"]),
                    )
                )
            axes.plot([0, 100], [0, 100], color=palette.MUTED, linewidth=1, linestyle=(0, (1, 2)), label=self.t("by chance"))
            axes.set_xlabel(self.t("Customers, best class first (%)"))
            axes.set_ylabel(self.t("Next spend (%)"))
            axes.legend(frameon=False, fontsize=9, loc="lower right")
            quiet(axes)
        caption = self.t("Share of next spend when the list is worked down class by class. {points}.", points=_listed(points, self.lang))
        return self.figure(figure, caption, caption)

    def calibration(self) -> Shown:
        """Who came back, by class, beside what the past would have had one expect."""
        return came_back(self)

    def own(self) -> Shown:
        """The method on its own outcome; nothing where that is spend."""
        worth = self.worth
        if not worth.own_verdict:
            return Shown(
                f"<p>{escaping.escape(self.t('This method is judged on spend; it names no other outcome that the data record.'))}</p>"
            )
        frame = worth.own.assign(
            range=[between(low, high, self.lang) for low, high in zip(worth.own["low"], worth.own["high"], strict=True)],
            verdict=[self.verdict(word) for word in worth.own["verdict"]],
            **{name: worth.own[name].map(r2) for name in ("r2", "difference", "auc")},
        )
        sentence = self.t(
            "Judged on {outcome}, of the {n} customers for whom that is recorded; how they will react to an action only a test can show.",
            outcome=self.outcome(worth.outcome),
            n=numbers.count(worth.own["customers"].iloc[0]),
        )
        heads = {
            "prediction": self.t("Prediction"),
            "r2": "R²",
            "range": self.t("95% interval"),
            "difference": self.t("Method less this"),
            "verdict": self.t("The method is"),
            **({"auc": "AUC"} if worth.own["auc"].notna().any() else {}),
        }
        return self.told(sentence, frame, self.t("The method on its own outcome"), heads, markup={"prediction": plain(self.prediction)})

    def others(self) -> Shown:
        """The same question asked of other customers, and who is known at all."""
        worth = self.worth
        frame = worth.lines.assign(
            range=[between(low, high, self.lang) for low, high in zip(worth.lines["low"], worth.lines["high"], strict=True)],
            verdict=[self.verdict(word) for word in worth.lines["verdict"]],
            **{name: worth.lines[name].map(r2) for name in ("r2", "eta2", "difference")},
        )
        sentence = self.t(
            "Judged are known buyers whose attribute is recorded; a class of the unknown, or prospects who buy nothing, make any division "
            "look "
            "better than it is. Eta² is the same share in the very customers that taught the means: it flatters."
        )
        heads = {
            "line": self.t("Customers counted"),
            "customers": self.t("Customers"),
            "r2": "R²",
            "range": self.t("95% interval"),
            "eta2": "Eta²",
            "difference": self.t("Method less the spend ranking"),
            "verdict": self.t("The method is"),
        }
        shown = self.told(
            sentence, frame, self.t("The same question, other customers"), heads, markup={"line": plain(lambda key: self.t(LINES[key]))}
        )
        return shown + self._coverage()

    def _coverage(self) -> Shown:
        frame = self.worth.coverage
        if frame.empty:
            return Shown("", "")
        known, unknown = frame.iloc[0], frame.iloc[1]
        sentence = self.t(
            "Who is on record is not like the others: {n} customers are known ({share}), and spend {money} each where the unknown spend "
            "{other}. What is found among the known holds for them. Attributes bear no date: they are as recorded when the data were "
            "taken.",
            n=numbers.count(known["customers"]),
            share=numbers.share(known["customers_share"]),
            money=numbers.money(known["mean_spend"], self.currency, self.lang),
            other=numbers.money(unknown["mean_spend"], self.currency, self.lang),
        )
        heads = {"group": self.t("Attribute"), **{name: self._head(name) for name in frame.columns[1:]}}
        return self.told(sentence, frame, self.t("Who is known"), heads, markup={"group": plain(lambda key: self.t(GROUPS[key]))})

    def _head(self, column: str) -> str:
        from seglib.report import labels

        unit = numbers.currency_name(self.currency, self.lang) if column == "mean_spend" else ""
        return labels.with_unit(column, self.lang, unit)

    @cached_property
    def _splits(self) -> pd.DataFrame:
        from seglib import review

        found = review.rolling(
            self.client,
            self.method,
            split=self.held.split,
            end=self.held.end,
            draws=self.draws,
            **self.given(self.method, self.params),
        )
        self.frames["splits"] = found
        return found

    def splits(self) -> Shown:
        """The same judgement at earlier splits: one split is one draw."""
        frame = self._splits
        same = int((frame["verdict"] == self.worth.verdict).sum())
        sentence = self.t(
            "{n} splits, one period after the other; the verdict of the page comes out in {same} of them.", n=len(frame), same=same
        )
        if len(frame) < 3:
            sentence += (" " if self.lang == "en" else "") + self.t(
                "The history holds no third split: one period's luck cannot be told from merit."
            )
        shown = frame.assign(
            range=[between(low, high, self.lang) for low, high in zip(frame["low"], frame["high"], strict=True)],
            verdict=[self.verdict(word) for word in frame["verdict"]],
            **{name: frame[name].map(r2) for name in ("r2", "matched_r2", "difference")},
        )
        heads = {
            "split": self.t("First day of the next period"),
            "window_days": self.t("Days of the base"),
            "days": self.t("Days of the period"),
            "customers": self.t("Customers"),
            "r2": "R²",
            "matched_r2": self.t("R² of the spend ranking"),
            "difference": self.t("Difference"),
            "range": self.t("95% interval"),
            "verdict": self.t("The method is"),
        }
        return self.told(sentence, shown, self.t("Split by split"), heads, kinds={"window_days": "count", "days": "count"})

    def lifetime(self) -> Shown:
        """How far expected lifetime purchases err; nothing where too few came back for such a model."""
        return lifetime(self)


def _listed(items: list[str], lang: str) -> str:
    return ("；" if lang == "zh" else "; ").join(items)
