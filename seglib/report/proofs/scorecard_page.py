"""The scorecard: all methods side by side, what two of them add to each other, and the sentence it ends in."""

from __future__ import annotations

import html as escaping
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seglib.language import marked
from seglib.report import labels, numbers, palette, reasons
from seglib.report.proofs._base import Proof, between, explained, plain, r2
from seglib.report.shown import Shown
from seglib.review.worth import TELLS, tells

if TYPE_CHECKING:
    import pandas as pd

    from seglib.report.sentences import Narrative
    from seglib.review import Scorecard

WHY = {
    "": marked("can be recommended"),
    "gate": marked("a condition of the method is not met"),
    "coverage": marked("classifies less than 80% of sales"),
    "small_class": marked("a class of fewer than 30 customers"),
    "one_class": marked("a single class"),
}
PLAIN_ITSELF = {
    "size_matched_spend": marked(
        "For predicting what known buyers spend in the next period ({days} days from {split}): no method does better than a plain ranking "
        "by spend, and “{title}” is such a ranking (R² {r2}, {classes} classes). Use it for how much; use other methods' names for what to "
        "say."
    ),
    "last_period_matched": marked(
        "For predicting what known buyers spend in the next period ({days} days from {split}): a plain ranking by the last period's spend "
        "does as well as “{title}” or better (R² {ranking} against {r2}; {difference}, {range}), and “{title}” itself is a ranking by "
        "spend. Use such a ranking for how much; use other methods' names for what to say."
    ),
}
PLAIN = {
    "size_matched_spend": marked(
        "For predicting what known buyers spend in the next period ({days} days from {split}): a plain ranking by spend does as well as "
        "“{title}” or better (R² {ranking} against {r2}; {difference}, {range}). Use it for how much; use “{title}” for what to say."
    ),
    "last_period_matched": marked(
        "For predicting what known buyers spend in the next period ({days} days from {split}): a plain ranking by the last period's spend "
        "does as well as “{title}” or better (R² {ranking} against {r2}; {difference}, {range}). Use it for how much; use “{title}” for "
        "what to say."
    ),
}
BETTER = marked(
    "For predicting what known buyers spend in the next period ({days} days from {split}): “{title}” tells more than a spend ranking of "
    "the same class sizes (R² {r2} against {ranking}; {difference}, {range}); its first class, {list} of customers, brings {money} of next "
    "spend where as many from the top of the ranking bring {other}."
)
UNDECIDED = marked(
    "For predicting what known buyers spend in the next period ({days} days from {split}) nothing is decided: “{title}” (R² {r2}) against "
    "a spend ranking of the same class sizes (R² {ranking}) differs by {difference} ({range}). {n} customers are too few: a difference of "
    "{detectable} would be found."
)
NEITHER = marked(
    "For predicting what known buyers spend in the next period ({days} days from {split}): neither “{title}” nor a plain ranking tells it, "
    "each explains less than {limit} of how they differ in it (R²). Use “{title}” for what to say."
)
NOTHING = marked(
    "No method can be recommended: each fails a condition, covers too little of sales, or makes classes too small for a policy."
)
AMONG_KNOWN = marked(
    "Methods on attributes are judged among the customers of whom the attribute is known ({n} methods): not to know it is no finding."
)
REASON = marked(
    "Why “{title}”: of {tied} methods that the choosing half cannot tell apart it has the fewest classes, then rules before algorithms, "
    "then the steadier classes."
)
REASON_AHEAD = marked(
    "Why “{title}”: of {tied} methods that the choosing half cannot tell apart {ahead} tell more than a spend ranking of their class "
    "sizes; of those it has the fewest classes, then rules before algorithms, then the steadier classes."
)
REASON_ALONE = marked("Why “{title}”: on the choosing half no other method comes near it.")


def sentence(card: Scorecard, title: str, lang: str) -> str:
    """The sentence a scorecard ends in.

    Args:
        card: The scorecard.
        title: Name of the recommended method, as a reader calls it.
        lang: Language.
    """
    from seglib.language import translate

    finding, figures = card.finding, card.finding.values
    if finding.kind == "nothing":
        return translate(NOTHING, lang)
    message = {"better": BETTER, "undecided": UNDECIDED}.get(finding.kind) or (PLAIN_ITSELF if finding.itself else PLAIN)[finding.ranking]
    if not tells(figures["r2"], figures["ranking_r2"]):
        message = NEITHER
    row = card.scores.set_index("method").loc[finding.method]
    return translate(
        message,
        lang,
        title=title,
        days=card.days,
        split=card.split,
        classes=int(row["classes"]),
        n=numbers.count(card.reported),
        limit=numbers.share(TELLS),
        r2=explained(figures["r2"]),
        ranking=explained(figures["ranking_r2"]),
        difference=r2(figures["difference"]),
        range=between(figures["low"], figures["high"], lang),
        detectable=r2(figures["detectable"]),
        list=numbers.share(figures["list_share"]),
        money=numbers.share(figures["list_money"]),
        other=numbers.share(figures["ranking_money"]),
    )


class ScorecardPage(Proof):
    """The sections of the page.

    Args:
        client: The open client.
        methods: Methods by name, separated by commas or as a list, all that the data carry by default; or label -> (method, parameters).
        split: First day of the next period; empty for the last quarter's.
        as_of: Last day of the next period; empty for the client's own.
        draws: Bootstrap samples of customers.
        lang: Language of the page.
        card: A scorecard that is made already.
    """

    def __init__(
        self,
        client: Any,
        methods: str | Sequence[str] | Mapping[str, tuple[str, Mapping[str, object]]] = "",
        *,
        split: str = "",
        as_of: str = "",
        draws: int = 1000,
        lang: str = "en",
        card: Scorecard | None = None,
    ) -> None:
        from seglib import review

        super().__init__(client, lang=lang)
        self.draws = draws
        if isinstance(methods, str):
            methods = [name.strip() for name in methods.split(",") if name.strip()]
        self.card = card or review.compare(client, self._with_own(methods), split=split, end=as_of, draws=draws)
        for name in ("scores", "selection", "rankings", "agreement", "complement"):
            self.frames[name] = getattr(self.card, name)

    def _with_own(self, wanted: Any) -> Any:
        """Names as label -> (method, the parameters that client.yml sets)."""
        from seglib import methods
        from seglib.review.compare import candidates

        if isinstance(wanted, Mapping):
            return wanted
        return {name: (name, self.given(name)) for name in candidates(self.client, wanted) if name in methods.names()}

    def bottom_line(self) -> Narrative:
        """The recommendation with its reason, and what the rankings reach."""
        card = self.card
        lines = [sentence(card, self.title(card.finding.method), self.lang)]
        if card.finding.method:
            tied, ahead = card.selection["tied"], card.selection["tied"] & (card.selection["verdict"] == "better")
            reason = REASON_ALONE if tied.sum() == 1 else REASON_AHEAD if ahead.any() else REASON
            lines.append(self.t(reason, title=self.title(card.finding.method), tied=int(tied.sum()), ahead=int(ahead.sum())))
        top = card.rankings.set_index("prediction")["r2"]
        lines.append(
            self.t(
                "Plain rankings on the same customers: spend so far in ten classes R² {spend}, spend of the last period {last}, days "
                "since the last order {recency}.",
                spend=r2(top["spend_deciles"]),
                last=r2(top["last_period_spend"]),
                recency=r2(top["recency"]),
            )
        )
        return self.said(*lines)

    def worth(self) -> Shown:
        """What each tells of the next period, on the half that chose nothing."""
        card = self.card
        sentence = self.t(
            "{n} customers were divided by what they did, whatever their ids: one half chose, this half ({reported}) reports. The "
            "difference is "
            "against a spend ranking with the method's own class sizes, so that more classes gain nothing. Own outcome: what the method is "
            "meant to tell apart, against the same ranking.",
            n=numbers.count(card.customers),
            reported=numbers.count(card.reported),
        )
        some = card.scores["judged"] < card.reported
        if some.any():
            sentence += (" " if self.lang == "en" else "") + self.t(AMONG_KNOWN, n=int(some.sum()))
        frame = card.scores.assign(
            range=[between(low, high, self.lang) for low, high in zip(card.scores["r2_low"], card.scores["r2_high"], strict=True)],
            difference_range=[
                between(low, high, self.lang)
                for low, high in zip(card.scores["difference_low"], card.scores["difference_high"], strict=True)
            ],
            verdict=[self.verdict(word) for word in card.scores["verdict"]],
            own=[
                f"{self.outcome(row.outcome)}{'：' if self.lang == 'zh' else ': '}{self.verdict(row.own_verdict)}"
                if row.outcome
                else numbers.MISSING
                for row in card.scores.itertuples()
            ],
            **{name: card.scores[name].map(r2) for name in ("r2", "difference", "auc")},
        )
        heads = {
            "method": self.t("Method"),
            **({"judged": self.t("Customers judged")} if some.any() else {}),
            "r2": "R²",
            "range": self.t("95% interval"),
            "difference": self.t("Less the spend ranking"),
            "difference_range": self.t("95% interval of the difference"),
            "verdict": self.t("Against it"),
            "auc": self.t("AUC of coming back"),
            "own": self.t("On its own outcome"),
        }
        return self.told(
            sentence,
            frame,
            self.t("What the methods tell of the next period"),
            heads,
            kinds={"judged": "count"},
            markup={"method": plain(self.title)},
        )

    def classes(self) -> Shown:
        """What each is made of, whom it covers, how steady it is."""
        scores = self.card.scores
        sentence = self.t(
            "Flips: draws of customers' own orders in which they land in another class. Stay: who keeps the class from one window to the "
            "next, less the share that would by chance alone. Effective classes: how many classes of equal size would be as mixed."
        )
        frame = scores.assign(
            classes=[
                str(a) if a == b else self.t("{n} of {all}", n=a, all=b)
                for a, b in zip(scores["classes"], scores["nominal_classes"], strict=True)
            ],
            effective_classes=scores["effective_classes"].map(lambda value: f"{value:.1f}"),
            stay_beyond=(scores["stay"] - scores["stay_by_chance"]),
        )
        heads = {
            "method": self.t("Method"),
            "classes": self.t("Classes"),
            "smallest_class": self.t("Smallest class"),
            "smallest_share": self.t("its share"),
            "effective_classes": self.t("Effective classes"),
            "flip_rate": self.t("Flips"),
            "stay_beyond": self.t("Stay beyond chance"),
            "classified_share": self.t("Customers in a class"),
            "classified_spend_share": self.t("Sales in a class"),
        }
        kinds = dict.fromkeys(("smallest_share", "flip_rate", "stay_beyond", "classified_share", "classified_spend_share"), "share")
        kinds["smallest_class"] = "count"
        caption = self.t("What the methods are made of")
        return self.told(sentence, frame, caption, heads, kinds=kinds, markup={"method": plain(self.title)}) + self._inputs()

    def _inputs(self) -> Shown:
        """What each reads, whether that can be told in a line, and whether it touches what is protected."""
        scores = self.card.scores
        touched = int((scores["protected"] != "").sum())
        sentence = self.t(
            "{n} of {all} methods read an attribute that law or decency keeps apart from price and service: use them to understand, not "
            "to treat.",
            n=touched,
            all=len(scores),
        )
        frame = scores.assign(
            built_on=[self._columns(text) for text in scores["built_on"]],
            one_line=[self.t("yes") if yes else self.t("no") for yes in scores["one_line"]],
            protected=[self._columns(text) or self.t("no") for text in scores["protected"]],
        )
        heads = {
            "method": self.t("Method"),
            "built_on": self.t("Built on"),
            "one_line": self.t("Told in one line?"),
            "protected": self.t("Protected attribute?"),
        }
        return self.told(sentence, frame, self.t("What the methods read"), heads, markup={"method": plain(self.title)})

    def _columns(self, text: str) -> str:
        names = [labels.label(name, self.lang) for name in text.split(", ") if name]
        return ("、" if self.lang == "zh" else ", ").join(names)

    def chart(self) -> Shown:
        """R² of every method with its interval, and of the spend ranking of its class sizes."""
        from seglib.report.plots._canvas import canvas, quiet, style

        frame = self.card.scores.sort_values("r2", kind="stable").reset_index(drop=True)
        names = [self.title(name) for name in frame["method"]]
        with style():
            figure, axes = canvas(1.1 + 0.34 * len(frame))
            places = range(len(frame))
            axes.hlines(places, frame["r2_low"], frame["r2_high"], color=palette.colour("good"), linewidth=2.2)
            axes.plot(frame["r2"], places, "o", color=palette.colour("top"), markersize=6, label=self.t("method, with 95% interval"))
            axes.plot(
                frame["matched_r2"],
                places,
                "D",
                color=palette.colour("slipping"),
                markeredgecolor=palette.INK,
                markersize=5.5,
                fillstyle="none",
                markeredgewidth=1.4,
                label=self.t("spend ranking with its class sizes"),
            )
            axes.set_yticks(list(places), names)
            axes.set_xlabel(self.t("R² of next spend"))
            axes.axvline(0, color=palette.RULE, linewidth=1)
            axes.legend(frameon=False, fontsize=9, loc="lower right")
            quiet(axes)
        pairs = [f"{name} {r2(a)} / {r2(b)}" for name, a, b in zip(names, frame["r2"], frame["matched_r2"], strict=True)][::-1]
        text = ("；" if self.lang == "zh" else "; ").join(pairs)
        alt = self.t("R² of next spend, method / spend ranking with its class sizes: {pairs}.", pairs=text)
        return self.figure(figure, alt, self.t("R² of next spend: dots are methods, diamonds a spend ranking with the same class sizes"))

    def choosing(self) -> Shown:
        """The half that chose: who is in the race, and who is tied."""
        frame = self.card.selection
        sentence = self.t(
            "On the other half, {n} of {all} methods can be recommended; {tied} of them cannot be told apart from the best.",
            n=int((frame["dropped"] == "").sum()),
            all=len(frame),
            tied=int(frame["tied"].sum()),
        )
        shown = frame.assign(
            range=[between(low, high, self.lang) for low, high in zip(frame["low"], frame["high"], strict=True)],
            dropped=[self.t(WHY[key]) for key in frame["dropped"]],
            tied=[self.t("yes") if yes else self.t("no") for yes in frame["tied"]],
            r2=frame["r2"].map(r2),
        )
        heads = {
            "method": self.t("Method"),
            "r2": "R²",
            "range": self.t("95% interval"),
            "dropped": self.t("In the race?"),
            "tied": self.t("Tied with the best?"),
        }
        return self.told(sentence, shown, self.t("How it was chosen"), heads, markup={"method": plain(self.title)}) + self._skipped()

    def _skipped(self) -> Shown:
        rows = self.card.skipped.to_dict("records")
        items = "".join(
            f"<li>{escaping.escape(self.title(row['method']))}: {escaping.escape(reasons.reason(row['reason'], self.lang))}</li>"
            for row in rows
        )
        return Shown(f"<ul>{items}</ul>") if items else Shown("", "")

    def agreement(self, most: int = 10) -> Shown:
        """The pairs that say nearly the same."""
        frame = self.card.agreement.sort_values("ami", ascending=False, kind="stable").head(most)
        if frame.empty:
            return Shown("", "")
        first = frame.iloc[0]
        sentence = self.t(
            "Most alike are {first} and {second} (adjusted mutual information {ami}; 0 is chance, 1 the same): the one hardly tells what "
            "the other "
            "does not.",
            first=self.title(first["first"]),
            second=self.title(first["second"]),
            ami=r2(first["ami"]),
        )
        shown = frame.assign(**{name: frame[name].map(r2) for name in ("ami", "cramers_v")})
        heads = {
            "first": self.t("Method"),
            "second": self.t("and"),
            "ami": self.t("Adjusted mutual information"),
            "cramers_v": self.t("Cramér's V, corrected"),
        }
        markup = {"first": plain(self.title), "second": plain(self.title)}
        return self.told(sentence, shown, self.t("Pairs that agree most"), heads, markup=markup)

    def complement(self, most: int = 10) -> Shown:
        """The pairs that tell more together than the better of the two."""
        frame: pd.DataFrame = self.card.complement.sort_values("added", ascending=False, kind="stable").head(most)
        if frame.empty:
            return Shown("", "")
        sure = int((self.card.complement["low"] > 0).sum())
        sentence = self.t(
            "Two methods crossed tell more of next spend than the better of them in {n} of {all} pairs (interval above 0; with so many "
            "pairs a few "
            "would be so by chance). Little agreement alone is no addition: noise agrees with nothing.",
            n=sure,
            all=len(self.card.complement),
        )
        shown = frame.assign(
            range=[between(low, high, self.lang) for low, high in zip(frame["low"], frame["high"], strict=True)],
            added=frame["added"].map(r2),
        )
        heads = {
            "first": self.t("Method"),
            "second": self.t("and"),
            "added": self.t("R² added"),
            "range": self.t("95% interval"),
        }
        markup = {"first": plain(self.title), "second": plain(self.title)}
        return self.told(sentence, shown, self.t("Pairs that add most"), heads, markup=markup)
