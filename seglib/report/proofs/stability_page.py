"""The page on stability: three words with their figures, and where each comes from."""

from __future__ import annotations

import html as escaping
from typing import TYPE_CHECKING, Any

from seglib.language import marked
from seglib.report import labels, numbers, palette
from seglib.report.proofs._base import MAIN, Proof, plain, r2, with_somebody
from seglib.report.shown import Shown
from seglib.review.contacts_drawn import CONTACT_DRAWN

if TYPE_CHECKING:
    from seglib.report.sentences import Narrative

#: (word, answer, measure) -> its sentence; the measure is left out where it changes nothing.
WORDS = {
    ("own_orders", "yes"): marked(
        "Reproducible: yes. Had customers come and bought a little otherwise, {found} would stand in the same class ({needed} is asked)."
    ),
    ("own_orders", "partly"): marked(
        "Reproducible: partly. Had customers come and bought a little otherwise, only {found} would stand in the same class ({needed} is "
        "asked)."
    ),
    ("own_orders", "no"): marked(
        "Reproducible: no. Had customers come and bought a little otherwise, only {found} would stand in the same class ({needed} is "
        "asked)."
    ),
    ("own_orders", "unknown"): marked(
        "Reproducible: not known. The classes read more than orders carry, so customers' orders cannot be drawn again for them."
    ),
    ("stated", "unknown"): marked(
        "Reproducible: not a question of chance. {columns} stand as they are on record; another record may say otherwise, but no draw can "
        "say how often."
    ),
    ("agreement", "yes"): marked("Reproducible: yes. Groups found on resampled customers agree with these by {figure} (1 is the same)."),
    ("agreement", "partly"): marked(
        "Reproducible: partly. Groups found on resampled customers agree with these by {figure} (1 is the same)."
    ),
    ("agreement", "no"): marked("Reproducible: no. Groups found on resampled customers agree with these by {figure} (1 is the same)."),
    ("agreement", "unknown"): marked("Reproducible: not known. There is only one group."),
    ("gaps", "yes"): marked("Separated: yes. At every cut there is a gap between customers (largest p {figure})."),
    ("gaps", "partly"): marked("Separated: partly. At some cuts there is a gap between customers, not at all of them."),
    ("gaps", "no"): marked(
        "Separated: no. There is no gap between customers at any cut (largest p {figure}): the classes are slices of one continuum, drawn "
        "by us."
    ),
    ("gaps", "unknown"): marked("Separated: not known. No quantity is cut here in which a gap could be looked for."),
    ("valleys", "yes"): marked("Separated: yes. Customers that did not build the groups show a gap between every neighbouring pair."),
    ("valleys", "partly"): marked("Separated: partly. Customers that did not build the groups show a gap between some pairs, not all."),
    ("valleys", "no"): marked(
        "Separated: no. Customers that did not build the groups show no gap between them (p {figure}): they are slices of one continuum."
    ),
    ("valleys", "unknown"): marked("Separated: not known. There is only one group, or too few customers to look."),
    ("useful", "yes"): marked("Useful: yes. For {outcome} it tells more than a spend ranking of the same class sizes (by {figure} of R²)."),
    ("useful", "partly"): marked(
        "Useful: as much as a spend ranking of the same class sizes and no more, for {outcome} (difference {figure} of R²)."
    ),
    ("useful", "no"): marked("Useful: less than a spend ranking of the same class sizes, for {outcome} (by {figure} of R²)."),
    ("useful", "undecided"): marked(
        "Useful: undecided against a spend ranking of the same class sizes, for {outcome} (difference {figure} of R²)."
    ),
    ("useful", "unknown"): marked("Useful: not known. The history is too short to look at a next period."),
}
DRAWN = marked(
    "Every order of a customer counts no time, once or more often by chance, cut points stay; the share of draws in which customers land "
    "in another class is {all}. It is largest in {label}: {rate}."
)
DRAWN_CONTACTS = marked(
    "Every order, session and event of a customer counts no time, once or more often by chance, cut points stay; the share of draws in "
    "which customers land in another class is {all}. It is largest in {label}: {rate}."
)
UNDRAWN = {
    "": marked("No flip rate is given: nobody bought in the window."),
    "lacking": marked("No flip rate is given: {columns} are made from more than what can be drawn again."),
    "stated": marked("No flip rate is given: {columns} stand as they are on record, and no draw of orders would change them."),
    "no_orders": marked("No flip rate is given: there are neither orders nor contacts to draw from."),
}
LEARNED = {
    "reproduction": marked("Share of starts that end with the best groups"),
    "agreement": marked("Agreement with groups of resampled customers (mean)"),
    "agreement_low": marked("The same in the worst of forty samples"),
    "prediction_strength": marked("Prediction strength"),
    "largest_p": marked("p of the least clear gap"),
    "smallest_p": marked("p of the clearest gap"),
}


class StabilityPage(Proof):
    """The sections of the page.

    Args:
        client: The open client.
        method: The method; empty for value tiers.
        as_of: Last day to look at; empty for the client's own.
        window_days: Days the sums look back on; 0 for the client's own.
        draws: Draws of customers' own orders, and samples of customers.
        params: Parameters of the method beside those of client.yml, "tiers=quantile:4; …".
        lang: Language of the page.
    """

    def __init__(
        self, client: Any, method: str = "", *, as_of: str = "", window_days: int = 0, draws: int = 200, params: str = "", lang: str = "en"
    ) -> None:
        from seglib import methods, review
        from seglib.errors import SeglibError
        from seglib.review.compare import needs_of

        super().__init__(client, lang=lang)
        self.method = method or MAIN
        given = self.given(self.method, params)
        customers = client.customers(as_of=as_of, window_days=window_days, **needs_of([self.method]))
        self.result = with_somebody(methods.get(self.method).segment(customers, **given))
        try:
            worth = review.judge(client, self.method, end=as_of, earlier=False, **given).worth
        except SeglibError:
            worth = None  # a history too short to be divided
        self.found = review.stability(client, self.result, customers, worth=worth, draws=draws)
        for name in ("words", "classes", "cut_points", "sensitivity", "gaps"):
            self.frames[name] = getattr(self.found, name)

    def bottom_line(self) -> Narrative:
        """The three words."""
        return self.said(*(self._word(row) for row in self.found.words.to_dict("records")))

    def _word(self, row: dict[str, Any]) -> str:
        measure = "useful" if row["word"] == "useful" else row["measure"]
        values = {
            "found": numbers.share(row["found"]),
            "needed": numbers.share(row["needed"]),
            "figure": r2(row["found"]),
            "columns": self._undrawn(),
            "outcome": self.outcome(row["measure"]),
        }
        return self.t(WORDS[(measure, row["answer"])], **values)

    def _undrawn(self) -> str:
        """The columns at which it lies that there is no flip rate."""
        names = [labels.label(name, self.lang) for name in self.found.undrawn[1]]
        return ("、" if self.lang == "zh" else ", ").join(names)

    def own_orders(self) -> Shown:
        """How many of a class would land elsewhere, had its members bought a little otherwise."""
        frame = self.found.classes
        if frame.empty:
            return Shown(f"<p>{escaping.escape(self.t(UNDRAWN[self.found.undrawn[0]], columns=self._undrawn()))}</p>")
        worst = frame.loc[frame["flip_rate"].idxmax()]
        sentence = self.t(
            DRAWN_CONTACTS if set(CONTACT_DRAWN) & set(self.result.scheme.inputs) else DRAWN,
            all=numbers.share(float(self.found.flips["flip_rate"].mean())),
            label=self.label(self.method, worst["segment"]),
            rate=numbers.share(worst["flip_rate"]),
        )
        heads = {
            "segment": self.t("Class"),
            "customers": self.t("Customers"),
            "flip_rate": self.t("Draws in another class"),
            "often_share": self.t("Customers elsewhere in more than half of the draws"),
        }
        kinds = {"flip_rate": "share", "often_share": "share"}
        markup = {"segment": plain(lambda key: self.label(self.method, key))}
        return self.told(sentence, frame, self.t("Customers' own orders drawn again"), heads, kinds=kinds, markup=markup)

    def chart(self) -> Shown:
        """Flip rates of the classes as bars."""
        from seglib.report.plots._canvas import canvas, quiet, style

        frame = self.found.classes.iloc[::-1]
        if frame.empty:
            return Shown("", "")
        names = [self.label(self.method, key) for key in frame["segment"]]
        with style():
            figure, axes = canvas(0.7 + 0.38 * len(frame))
            axes.barh(range(len(frame)), 100 * frame["flip_rate"], color=palette.colour("good"), edgecolor=palette.INK, linewidth=0.6)
            for place, rate in enumerate(frame["flip_rate"]):
                axes.annotate(numbers.share(rate), (100 * rate, place), xytext=(4, 0), textcoords="offset points", va="center")
            axes.set_yticks(range(len(frame)), names)
            axes.set_xlim(0, 115 * frame["flip_rate"].max() + 1)
            quiet(axes, bottom=False)
        pairs = [f"{name} {numbers.share(rate)}" for name, rate in zip(names[::-1], frame["flip_rate"].iloc[::-1], strict=True)]
        text = ("、" if self.lang == "zh" else ", ").join(pairs)
        return self.figure(
            figure, self.t("Draws in another class, by class: {pairs}.", pairs=text), self.t("Draws in another class, by class")
        )

    def cut_points(self) -> Shown:
        """How far other customers would have moved the limits."""
        frame = self.found.cut_points
        if frame.empty:
            return Shown(f"<p>{self.t('No limit here is drawn from the customers: given limits do not move with them.')}</p>")
        sentence = self.t(
            "Other customers would have drawn other limits: 95% of samples lie between these, and {share} of customers would change "
            "class for "
            "that alone. This is not the figure above: it is small for any division, and says nothing of a customer's own luck.",
            share=numbers.share(self.found.cut_flip_rate),
        )
        frame = frame.assign(**{name: frame[name].map(numbers.plain) for name in ("value", "low", "high")})
        heads = {
            "score": self.t("Score"),
            "input": self.t("Reads"),
            "value": self.t("Cut"),
            "low": self.t("at least"),
            "high": self.t("at most"),
        }
        markup = {"score": plain(self._axis), "input": plain(lambda key: labels.label(key, self.lang))}
        return self.told(sentence, frame, self.t("Where the cuts might have been"), heads, markup=markup)

    def _axis(self, score: str) -> str:
        from seglib import methods

        return self.t("window") if score == "window" else methods.words(self.method).axis(score, self.lang)

    def sensitivity(self) -> Shown:
        """What other cuts and another window would change."""
        frame = self.found.sensitivity
        if frame.empty:
            return Shown("", "")
        most = frame.loc[frame["customers_share"].idxmax()]
        sentence = self.t(
            "The most sensitive to: {what}, {change}: {customers} of customers, with {money} of sales, change class.",
            what=self._axis(most["what"]),
            change=_signed(most["change"]),
            customers=numbers.share(most["customers_share"]),
            money=numbers.share(most["spend_share"]),
        )
        if (frame["what"] == "window").any():
            sentence += (" " if self.lang == "en" else "") + self.t("For another window the cuts are drawn anew.")
        heads = {
            "what": self.t("Changed"),
            "change": self.t("by"),
            "customers_share": labels.label("customers_share", self.lang),
            "spend_share": labels.label("spend_share", self.lang),
            "segment": self.t("Class of which something else is said"),
            "index_before": self.t("Its index (all = 100)"),
            "index_after": self.t("then"),
        }
        shown = frame.assign(change=frame["change"].map(_signed))
        named = plain(lambda key: self.label(self.method, key) if key else numbers.MISSING)
        markup = {"what": plain(self._axis), "segment": named}
        kinds = {"index_before": "index", "index_after": "index"}
        return self.told(sentence, shown, self.t("Other cuts, another window"), heads, kinds=kinds, markup=markup)

    def gaps(self) -> Shown:
        """Gaps at the cuts, or what is known of learned groups."""
        import pandas as pd

        if self.found.learned:
            rows = [(self.t(LEARNED[name]), r2(value)) for name, value in self.found.learned.items() if name in LEARNED]
            frame = pd.DataFrame(rows, columns=["measure", "value"])
            sentence = self.t("What is known of these groups; being found again does not mean that there is a gap between them.")
            return self.told(
                sentence, frame, self.t("Groups found by an algorithm"), {"measure": self.t("Measure"), "value": self.t("Value")}
            )
        frame = self.found.gaps
        if frame.empty:
            return Shown(f"<p>{self.t('No quantity is cut here in which a gap could be looked for.')}</p>")
        sentence = self.t(
            "For every cut, the customers of the two scores beside it: have they more than one peak? {n} of {all} cuts lie in a gap (p "
            "below "
            "0.01 after Holm's correction).",
            n=int((frame["p_holm"] < 0.01).sum()),
            all=len(frame),
        )
        shown = frame.assign(cut=frame["cut"].map(numbers.significant), **{name: frame[name].map(r2) for name in ("dip", "p_holm")})
        heads = {
            "score": self.t("Score"),
            "input": self.t("Reads"),
            "cut": self.t("Cut"),
            "customers": self.t("Customers"),
            "dip": self.t("Dip"),
            "p_holm": "p",
        }
        markup = {"score": plain(self._axis), "input": plain(lambda key: labels.label(key, self.lang))}
        return self.told(sentence, shown, self.t("Is there a gap at the cuts?"), heads, markup=markup)


def _signed(change: float) -> str:
    return f"{change:+.0%}".replace("-", "−")
