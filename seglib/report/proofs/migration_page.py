"""The page on migration: who moved, what it cost, and how much of it chance explains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.language import marked
from seglib.report import labels, numbers
from seglib.report.proofs import migration_charts
from seglib.report.proofs._base import MAIN, Proof, plain, with_somebody
from seglib.report.proofs._drift import drifted
from seglib.report.shown import Shown
from seglib.review.moves import GONE, NEVER, NEW, WINDOW

if TYPE_CHECKING:
    import pandas as pd

    from seglib.report.sentences import Narrative
    from seglib.review import Migration

WAITING = marked(
    "Windows of {days} hold fewer than two usual gaps between purchases ({usual}): most who moved are only waiting for their next one."
)
LAWS = marked(
    "The draws keep the rhythm of every customer: of those who bought in both windows {regular} buy at regular intervals, {calendar} by a "
    "calendar, {neither} neither."
)
NAMES = {NEW: marked("New since then"), GONE: marked("No longer known"), WINDOW: marked("No orders in the window")}
STEPS = {
    "stay": marked("Stayed in their class"),
    "behaviour": marked("Changed class"),
    "new": marked("New customers"),
    "returning": marked("Came back"),
    "lapsed": marked("Lapsed"),
    "gone": marked("No longer known"),
}
LINES = {
    "before": marked("Before"),
    "stay": marked("More from who stayed"),
    "behaviour_in": marked("Came by behaviour"),
    "behaviour_out": marked("Left by behaviour"),
    "new": marked("New customers"),
    "returning": marked("Came back"),
    "lapsed": marked("Lapsed"),
    "gone": marked("No longer known"),
    "reindexed_in": marked("Came by re-indexing"),
    "reindexed_out": marked("Left by re-indexing"),
    "recut_in": marked("Came by the re-cut"),
    "recut_out": marked("Left by the re-cut"),
    "after": marked("After"),
}
ROWS = 12  # of moves and of falls on the page; the files have all of them


class MigrationWords(Proof):
    """A migration in words, tables and pictures.

    Args:
        client: The open client.
        method: The method whose classes moved.
        found: The migration.
        lang: Language of the words.
    """

    def __init__(self, client: Any, method: str, found: Migration, *, lang: str = "en") -> None:
        super().__init__(client, lang=lang)
        self.method, self.found = method, found
        for name in ("moves", "classes", "summary", "retention", "previous", "falls"):
            self.frames[name] = getattr(found, name)

    def name(self, key: str) -> str:
        """A class's name, or what stands for no class."""
        return self.t(NAMES[key]) if key in NAMES else self.label(self.method, key)

    def money(self, value: float) -> str:
        return numbers.money(float(value), self.currency, self.lang)

    def bottom_line(self) -> Narrative:
        """How many moved, how many would have by chance, and what it cost."""
        found = self.found
        said = [
            self.t(
                marked(
                    "One window of {days} days up to {after}, under two definitions: of {n} customers who bought in it, {stays} are in the "
                    "same class by both and {moved} are not."
                )
                if found.before == found.after
                else marked(
                    "Two windows of {days} days, up to {before} and up to {after}, both under the cuts of the earlier: of {n} customers "
                    "who bought in both, {stays} are in the same class and {moved} are not."
                ),
                days=found.window_days, before=found.before, after=found.after, n=numbers.count(found.value("both")),
                stays=numbers.share(found.value("stays")), moved=numbers.share(found.value("moved")),
            ),
            *([self.t(WAITING, days=self._days(found.window_days), usual=self._days(found.usual_gap_days))] if found.waiting else []),
            self._floor(),
            self.t(
                "{new} customers are new, {returning} came back, {lapsed} lapsed. Sales went from {m0} to {m1} ({change}).",
                new=numbers.count(found.value("new")), returning=numbers.count(found.value("returning")),
                lapsed=numbers.count(found.value("lapsed")), m0=self.money(found.value("money_before")),
                m1=self.money(found.value("money_after")), change=self._signed(found.value("change")),
            ),
        ]  # fmt: skip
        return self.said(*said, self._costliest())

    def _floor(self) -> str:
        found = self.found
        if not found.floor.draws:
            values = dict(found.floor.values)
            if "columns" in values:
                values["columns"] = self._listed([labels.label(name, self.lang) for name in str(values["columns"]).split(", ")])
            return self.t(found.floor.reason, **values)
        mean, low, high = found.floor.stays
        sentence = (
            marked(
                "Fewer moved than chance alone moves: with no change in behaviour it is {chance} ({low} to {high} in {draws} draws of the "
                "same orders), so customers were steadier than chance. {k} of {all} moves between classes lie outside their range of "
                "chance; about {expected} would by chance."
            )
            if found.steadier
            else marked(
                "With no change in behaviour {chance} would have moved by chance alone ({low} to {high} in {draws} draws of the same "
                "orders). {k} of {all} moves between classes lie beyond that; about {expected} would by chance."
            )
        )
        told = self.t(
            sentence,
            chance=numbers.share(1 - mean), low=numbers.share(1 - high), high=numbers.share(1 - low), draws=found.floor.draws,
            k=numbers.count(found.value("k_of")), all=numbers.count(found.value("of_k")), expected=f"{found.value('by_chance'):.1f}",
        )  # fmt: skip
        return told if math.isnan(found.floor.laws[0]) else str(self.said(told, self._laws()))

    def _laws(self) -> str:
        regular, calendar, neither = map(numbers.share, self.found.floor.laws)
        return self.t(LAWS, regular=regular, calendar=calendar, neither=neither)

    def _unit(self, frame: pd.DataFrame, names: Sequence[str]) -> str:
        """The unit that a table gives these columns of money."""
        values = [value for name in names for value in frame[name].astype(float)]
        return numbers.money_unit(numbers.scale(values, self.lang), self.currency, self.lang)

    def _days(self, days: int) -> str:
        return numbers.days(float(days), self.lang)

    def _signed(self, value: float) -> str:
        return ("+" if value > 0 else "") + self.money(value)

    def _costliest(self) -> str:
        moves = self.found.moves
        beyond = moves["floor_high"].isna() | (moves["row_share"] > moves["floor_high"])  # fewer than by chance is no move that cost
        moves = moves[(moves["before"] != moves["after"]) & beyond]
        if moves.empty or float(moves["change"].min()) >= 0:
            return ""
        worst = moves.loc[moves["change"].astype(float).idxmin()]
        return self.t(
            "The costliest move: {n} customers from {before} to {after}, {change}.",
            n=numbers.count(worst["customers"]),
            before=self.name(worst["before"]),
            after=self.name(worst["after"]),
            change=self._signed(worst["change"]),
        )

    def shown(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Row shares, which add up to 1, and what lies within the floor."""
        return self.found.flows(), self.found.flows("within_noise").isin([True])

    def chart(self) -> Shown:
        """The matrix as a picture."""
        shares, noise = self.shown()
        drawn = migration_charts.heat_map(shares, noise, self.name, [self.t("Class before"), self.t("Class after")])
        kept = [key for key in shares.index if key in shares.columns]
        stays = [f"{self.name(key)} {numbers.share(shares.at[key, key])}" for key in kept]
        alt = self.t(
            "Transition matrix, rows before, columns after. Stayed: {stays}. {n} cells lie within the noise floor and are hatched.",
            stays=self._listed(stays), n=int(noise.to_numpy().sum()),
        )  # fmt: skip
        caption = self.t(
            "Share of each class before (row) that is in each class after (column); every row adds up to 100 %. Framed: stayed. Grey and "
            "hatched: within chance."
        )
        return self.figure(drawn, alt, caption)

    def _listed(self, items: list[str]) -> str:
        return ("、" if self.lang == "zh" else ", ").join(items)

    def moves(self) -> Shown:
        """The moves that carry most money."""
        moves = self.found.moves[(self.found.moves["customers"] > 0) & (self.found.moves["before"] != self.found.moves["after"])]
        moves = moves.assign(size=moves["change"].astype(float).abs()).sort_values("size", ascending=False, kind="stable").head(ROWS)
        frame = moves.assign(
            change=moves["change"].astype(float),
            interval=[self._range(low, high) for low, high in zip(moves["low"], moves["high"], strict=True)],
            floor=[self._range(low, high) for low, high in zip(moves["floor_low"], moves["floor_high"], strict=True)],
            note=[self._note(row) for row in moves.assign(within_noise=moves["within_noise"].isin([True])).to_dict("records")],
        )
        alone = int(moves["one_customer"].sum())
        sentence = self.t("The {n} moves that carry most money, of {all} that happened.", n=len(frame), all=self._happened())
        if alone:
            sentence += ("" if self.lang == "zh" else " ") + self.t(
                "In {n} of them one customer makes more than half of the money.", n=alone
            )
        heads = {
            "before": self.t("Class before"), "after": self.t("Class after"), "customers": self.t("Customers"),
            "row_share": self.t("Share of the class"), "interval": self.t("95% interval"), "floor": self.t("By chance"),
            "change": f"{self.t('Change of money')} ({self._unit(frame, ['change'])})", "note": self.t("Note"),
        }  # fmt: skip
        markup = {name: plain(self.name) for name in ("before", "after")}
        kinds = {"row_share": "share", "change": "money"}
        return self.told(sentence, frame, self.t("Moves and the money they carry"), heads, kinds=kinds, markup=markup)

    def _happened(self) -> int:
        moves = self.found.moves
        return int(((moves["customers"] > 0) & (moves["before"] != moves["after"])).sum())

    def _range(self, low: float, high: float) -> str:
        return numbers.MISSING if low != low else f"{numbers.share(low)}–{numbers.share(high)}"

    def _note(self, row: dict[str, Any]) -> str:
        parts = [self.t("not distinguishable from chance")] if row["within_noise"] else []
        parts += [self.t("fewer than by chance")] if row["row_share"] < row["floor_low"] and not row["within_noise"] else []
        parts += [self.t("mostly one customer")] if row["one_customer"] else []
        return self._listed(parts)

    def waterfall(self) -> Shown:
        """What became of the money, as a picture."""
        moves = self.found.moves
        by_kind = {kind: float(sum(moves.loc[moves["kind"] == kind, "change"])) for kind in STEPS}
        changes = [(self.t(name), by_kind[kind]) for kind, name in STEPS.items() if by_kind[kind]]
        first, last = self.found.value("money_before"), self.found.value("money_after")
        steps = [(self.t("Sales before"), first), *changes, (self.t("Sales after"), last)]
        text = self._listed([f"{name} {self._signed(value)}" for name, value in changes])
        alt = self.t("Sales went from {m0} to {m1}: {steps}.", m0=self.money(first), m1=self.money(last), steps=text)
        return self.figure(migration_charts.waterfall(steps, self.money), alt, f"{alt} {self.t('The axis does not begin at nought.')}")

    def lines(self) -> Shown:
        """The change of every class, in customers and in money."""
        return self._lines("customers") + self._lines("money")

    def _lines(self, measure: str) -> Shown:
        lines = self.found.classes
        frame = lines[(lines["measure"] == measure) & ~lines["segment"].isin(NEVER)].drop(columns="measure")
        frame = frame.astype({name: float for name in frame.columns if name != "segment"})
        told = [name for name in LINES if name in ("before", "after") or (frame[name] != 0).any()]
        heads = {"segment": self.t("Class"), **{name: self.t(LINES[name]) for name in told}}
        kind = "count" if measure == "customers" else "money"
        sentence = (
            self.t("Customers of every class, line by line: the lines add up exactly. The re-cut comes last, at the later date.")
            if measure == "customers"
            else self.t("The same in money, to the cent: no line is left over.")
        )
        caption = (
            self.t("Customers by class, line by line")
            if measure == "customers"
            else self.t("Money by class, line by line, {unit}", unit=self._unit(frame, told)).rstrip(" ,，")
        )
        markup = {"segment": plain(self.name)}
        return self.told(sentence, frame, caption, heads, kinds=dict.fromkeys(told, kind), markup=markup)

    def kept(self) -> Shown:
        """What was kept of every class."""
        frame = self.found.retention
        frame = frame[frame["customers"] > 0]
        frame = frame.assign(floor=[self._range(low, high) for low, high in zip(frame["floor_low"], frame["floor_high"], strict=True)])
        best = frame.loc[frame["same"].idxmax()]
        sentence = self.t(
            "{label} keeps its members best: {same} of them are still there; by chance alone it would be {floor}.",
            label=self.name(best["segment"]), same=numbers.share(best["same"]), floor=best["floor"],
        )  # fmt: skip
        heads = {
            "segment": self.t("Class"), "customers": self.t("Customers before"), "same": self.t("Still in it"),
            "floor": self.t("By chance"),
            "same_or_better": self.t("In it or better"), "buying": self.t("Still buying"), "money_kept": self.t("Money after / before"),
        }  # fmt: skip
        heads = {name: head for name, head in heads.items() if name in frame.columns}
        kinds = dict.fromkeys(("same", "same_or_better", "buying", "money_kept"), "share")
        return self.told(sentence, frame, self.t("What was kept of every class"), heads, kinds=kinds, markup={"segment": plain(self.name)})

    def falls(self) -> Shown:
        """The customers who fell furthest beyond what was to be expected."""
        frame = self.found.falls
        if frame.empty:
            return Shown(f"<p>{self.t('Nobody fell further than others of the same class and level of spend.')}</p>")
        sentence = self.said(
            self.t(
                "{n} customers lost more than others of their class and level of spend; the first {shown} lost {money} beyond that. "
                "Ranked by the change alone, the list would be of those who stood highest and fall back on the average.",
                n=numbers.count(len(frame)), shown=min(ROWS, len(frame)), money=self.money(-frame["beyond"].head(ROWS).sum()),
            ),
            self._certain(int(frame["stands_out"].sum())),
        )  # fmt: skip
        heads = {
            "customer_id": self.t("Customer"), "before": self.t("Class before"), "after": self.t("Class after"),
            "money_before": self.t("Sales before"), "money_after": self.t("Sales after"), "expected_change": self.t("Expected change"),
            "beyond": self.t("Beyond it"),
        }  # fmt: skip
        frame = frame.assign(note=[self.t("beyond chance") if one else "" for one in frame["stands_out"]])
        heads["note"] = self.t("Note")
        kinds = dict.fromkeys(("money_before", "money_after", "expected_change", "beyond"), "money_each")
        markup = {name: plain(self.name) for name in ("before", "after")}
        return self.told(
            sentence,
            frame.head(ROWS),
            self.t("Falls that cost most, {unit}", unit=numbers.currency_name(self.currency, self.lang)).rstrip(" ,，"),
            heads,
            kinds=kinds,
            markup=markup,
        )

    def _certain(self, customers: int) -> str:
        if not customers:
            return self.t("Nobody fell further than chance explains.")
        return self.t("{n} customers fell further than chance explains.", n=numbers.count(customers))

    def mobility(self) -> Narrative:
        """Indices of mobility, where they mean something."""
        found = self.found
        said = [
            self.t(
                "Mobility by Shorrocks: {value} (0: nobody moves, 1: the class before says nothing).",
                value=numbers.significant(found.value("shorrocks")),
            )
        ]
        if found.ordered:
            said.append(
                self.t(
                    "{up} moved up and {down} down; by Bartholomew's index {value} of the way between the best and the last class.",
                    up=numbers.share(found.value("up")),
                    down=numbers.share(found.value("down")),
                    value=numbers.share(found.value("bartholomew")),
                )
            )
        if found.homogeneity:
            said.append(
                self.t(
                    "{n} periods moved alike by chance with probability {p} (chi-squared {chi2}, {degrees} degrees of freedom).",
                    n=found.homogeneity["periods"],
                    p=numbers.significant(found.homogeneity["p"]),
                    chi2=numbers.significant(found.homogeneity["chi2"]),
                    degrees=found.homogeneity["degrees"],
                )
            )
        else:
            said.append(self.t("Two dates cannot test whether customers go on moving like this."))
        return self.said(*said, self._steady(), self._passage())

    def _passage(self) -> str:
        """How long it takes from the last class to the first, where classes are ordered and the way is open."""
        found, (best, *_, last) = self.found, (*self.found.classes_inside[:1], *self.found.classes_inside[-1:])
        way = found.passage[(found.passage["before"] == last) & (found.passage["after"] == best)]
        if not found.ordered or way.empty or best == last:
            return ""
        return self.t(
            "At this pace it takes {n} periods on average ({low} to {high}) from {last} to {best}.",
            n=numbers.significant(way["periods"].iloc[0]),
            low=numbers.significant(way["low"].iloc[0]),
            high=numbers.significant(way["high"].iloc[0]),
            last=self.name(last),
            best=self.name(best),
        )

    def _steady(self) -> str:
        if self.found.steady.empty:
            return self.t("No steady state is given: not every class can be reached from every other in what was seen.")
        shares = [f"{self.name(row['segment'])} {numbers.share(row['steady'])}" for row in self.found.steady.to_dict("records")]
        return self.t("If every period moved customers like this one, the classes would settle at: {shares}.", shares=self._listed(shares))


class MigrationPage(MigrationWords):
    """The sections of the page.

    Args:
        client: The open client.
        method: The method; empty for value tiers.
        as_of: Last day of the later window; empty for the client's own.
        window_days: Length of either window; 0 for the client's own, or half of the history where that holds no two of it.
        draws: Draws of the orders behind the noise floor.
        params: Parameters of the method beside those of client.yml, "tiers=quantile:4; …".
        lang: Language of the page.
    """

    def __init__(
        self, client: Any, method: str = "", *, as_of: str = "", window_days: int = 0, draws: int = 100, params: str = "", lang: str = "en"
    ) -> None:
        from seglib import methods, review
        from seglib.review.compare import needs_of
        from seglib.review.history import two_windows
        from seglib.review.holdout import unsigned
        from seglib.segmentation import facts_of

        method = method or MAIN
        before, after, window = two_windows(client, as_of=as_of, window_days=window_days)
        customers = client.customers(as_of=before, window_days=window, **needs_of([method]))
        signed = facts_of(customers).signed.get(method)
        if signed is not None and signed.window_days != window:
            customers = unsigned(customers)  # a definition signed on another window says nothing of this one
        self.result = with_somebody(methods.get(method).segment(customers, **Proof(client).given(method, params)))
        super().__init__(client, method, review.migration(client, self.result, before=before, after=after, draws=draws), lang=lang)
        self.base, self.after = customers, after

    def drift(self) -> Shown:
        """Do the customers still lie as they did when the lines were drawn?"""
        return drifted(self)

    def hand_on(self, out: str = "") -> Shown:
        """The page's tables as files, and beside them what it says, for the front page of a run."""
        from seglib.report.plan import SAID

        shown = super().hand_on(out)
        if out:
            (Path(out) / SAID).write_text(str(self.bottom_line()), encoding="utf-8", newline="\n")
        return shown
