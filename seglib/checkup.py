"""`seglib check`: from the files to the figure that finance can confirm, what was dropped, what to know, what can be done."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from seglib.errors import SeglibError
from seglib.language import marked, translate
from seglib.segmentation import facts_of, visits

if TYPE_CHECKING:
    import pandas as pd

    from seglib.client import Client
    from seglib.collect.workspace import Note
    from seglib.report.foreseen import Foreseen

STEPS = {
    "read": marked("{table}: read ({sources})"),
    "total_rows": marked("- rows of totals and hints"),
    "repeated": marked("- repeated lines, counted once"),
    "repeated_key": marked("- later rows with the same id"),
    "filtered": marked("- left out by keep and exclude"),
    "rejected": marked("- not usable"),
    "unattributed": marked("- without a customer"),
    "used": marked("= used"),
    "returns": marked("    of these, returns"),
    "outside_window": marked("    outside the window"),
    "in_window": marked("= in the window"),
}

#: Are these all customers, and who says so: (population, guessed).
POPULATIONS = {
    ("all", True): marked("Taken for all customers there are; if they are a part, write population: sample in client.yml."),
    ("sample", True): marked("Taken for a sample, those who answered; if they are all there are, write population: all in client.yml."),
    ("all", False): marked("All customers there are (by client.yml)."),
    ("sample", False): marked("A sample of the customers (by client.yml)."),
}


@dataclass(frozen=True)
class Rung:
    """One line of the ladder as it is shown: title, rows, money, what stands beside it."""

    title: str
    rows: str
    amount: str
    note: str
    sum: bool


@dataclass(frozen=True)
class Checkup:
    """What `seglib check` says, in one language.

    Attributes:
        title: Project, days of the data, window, cut-off day.
        currency: Over the column of money.
        rungs: The ladder.
        figures: Sentences on customers.
        warnings: What to know, the ones about money first.
        can_run: Methods that can run.
        lacking: Method -> columns it lacks.
        explained: Method -> why the report would explain it instead of drawing it, in sentences.
        verdict: The verdict.
        command: The next command, "" where something must be mended first.
        written: Files written beside client.yml.
        lang: "en" or "zh".
    """

    title: str
    currency: str
    rungs: list[Rung]
    figures: list[str]
    warnings: list[str]
    can_run: list[str]
    lacking: dict[str, list[str]]
    verdict: str
    command: str
    written: list[Path] = field(default_factory=list)
    explained: dict[str, list[str]] = field(default_factory=dict)
    lang: str = "en"

    def say(self, sentence: str, **values: object) -> str:
        """A sentence in this language."""
        return translate(sentence, self.lang, **values)

    def lines(self) -> Iterator[str]:
        """The screen, a line each."""
        yield self.title
        title, rows, money, _ = self.head
        head = Rung(title, rows, money, "", False)
        yield from _aligned([head, *self.rungs])
        yield from self.figures
        yield from (f"! {warning}" for warning in self.warnings)
        yield self.say("Can be done: {names}", names=", ".join(self.can_run) or "-")
        for name, reasons in self.explained.items():
            yield self.say("Explained only: {name}: {reasons}", name=name, reasons=" ".join(reasons))
        for name, columns in self.lacking.items():
            yield self.say("Cannot be done: {name} lacks {columns}", name=name, columns=", ".join(columns))
        for path in self.written:
            yield self.say("Written: {path}", path=path)
        yield self.verdict + (" " + self.say("Next: {command}", command=self.command) if self.command else "")

    @property
    def head(self) -> list[str]:
        """The titles over the ladder's columns."""
        return [self.say("From the files to the report"), self.say("rows"), self.currency, self.say("remarks")]

    def html(self) -> str:
        """The same as one page that asks for nothing outside itself."""
        from jinja2 import Environment, PackageLoader

        pages = Environment(loader=PackageLoader("seglib", "collect/data"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
        return pages.get_template("checkup.html.j2").render(
            check=self, head=[self.say("From the files to the report"), self.say("rows"), self.currency]
        )


def _aligned(rungs: Sequence[Rung]) -> Iterator[str]:
    """Columns under one another; Chinese characters take two places."""
    from rich.cells import cell_len

    widths = [
        max(cell_len(text) for text in column) for column in ([r.title for r in rungs], [r.rows for r in rungs], [r.amount for r in rungs])
    ]
    for rung in rungs:
        title = rung.title + " " * (widths[0] - cell_len(rung.title))
        rows, amount = (" " * (width - cell_len(text)) + text for width, text in zip(widths[1:], (rung.rows, rung.amount), strict=True))
        yield f"{title}   {rows}   {amount}   {rung.note}".rstrip()


class Examiner:
    """Looks at one client; ``examine`` below is the door."""

    def __init__(self, client: Client, lang: str, report_command: str) -> None:
        self.client = client
        self.lang = lang
        self.report_command = report_command

    def say(self, sentence: str, **values: object) -> str:
        return translate(sentence, self.lang, **values)

    @cached_property
    def as_of(self) -> date | None:
        """The day the tables stand on; None where it is doubtful or there are no orders."""
        try:
            return self.client.as_of
        except SeglibError:
            return None

    @cached_property
    def problem(self) -> SeglibError | None:
        """Why no customer table can be made, None where one can."""
        try:
            self.client.customers()
        except SeglibError as problem:
            return problem
        return None

    @cached_property
    def foreseen(self) -> Foreseen:
        """What the report would come to; nothing where no customer table can be made."""
        from seglib.report import foreseen

        return foreseen.Foreseen() if self.problem else foreseen.foreseen(self.client)

    @cached_property
    def refused(self) -> list[SeglibError]:
        """What a report would be refused for: names that do not exist, values that cannot be followed, and what they contradict."""
        from seglib.methods._asked import unknown

        found = [*unknown(self.client.settings), *self.foreseen.faults]
        return sorted(found, key=lambda fault: int(str(fault.values.get("line", 10**9))))

    @cached_property
    def window_days(self) -> int | None:
        return self.client.window_days if self.as_of is not None else None

    @cached_property
    def ladder(self) -> pd.DataFrame:
        """The ladder, with the window where there is one."""
        if self.as_of is None or "orders" not in self.client.collected.tables:
            return self.client.collected.ladder()
        return self.client.ladder()

    def run(self) -> Checkup:
        """Everything, in the order of the screen."""
        from seglib.collect.warnings import lonely_last_day, no_line, warnings

        collected = self.client.collected
        doubtful: Note | SeglibError | None = None
        if "orders" in collected.tables and self.client.settings.as_of is None:
            doubtful = lonely_last_day(collected)
        doubtful = doubtful or no_line(collected) or self.problem
        doubts = [*([doubtful] if doubtful is not None else []), *self.refused]
        notes: list[Note] = [*collected.notes, *warnings(collected, self.as_of, self.window_days), *self._changes()]
        can_run, lacking = self._methods() if not doubts else ([], {})
        verdict, command = self._verdict(can_run, doubts)
        return Checkup(
            title=self._title(),
            currency=self.client.settings.currency or self.say("money"),
            rungs=list(self._rungs()),
            figures=list(self._figures()),
            warnings=[*(note.text(self.lang) for note in notes), *self._unknown_kinds()],
            can_run=can_run,
            lacking=lacking,
            verdict=verdict,
            command=command,
            written=list(self._write()),
            explained={} if doubts else self.foreseen.explained(self.client, self.lang),
            lang=self.lang,
        )

    def _unknown_kinds(self) -> Iterator[str]:
        """Kinds of events that nobody gave a meaning: methods on contacts leave them out."""
        from seglib.customers.contacts import unknown_kinds
        from seglib.segmentation import facts_of

        if self.problem is not None or "interactions" not in self.client.tables:
            return
        frame = facts_of(self.client.customers(facts=("interactions_by_kind",)))["interactions_by_kind"]
        strange = unknown_kinds(frame)
        if strange:
            yield self.say(
                "interactions: {unknown:,} of {events:,} events are of kinds that nobody explained: {kinds}. They are left out; say in "
                "client.yml what they are, under tables: interactions: kinds: (such as {example}: view).",
                unknown=sum(count for _, count in strange), events=int(frame["count"].sum()),
                kinds=", ".join(f"{kind} ({count:,})" for kind, count in strange[:6]) + (", …" if len(strange) > 6 else ""),
                example=strange[0][0],
            )  # fmt: skip

    def _title(self) -> str:
        calendar = self.client.calendar
        parts = [self.client.settings.project or self.say("demo")]
        if calendar.first and calendar.last:
            months = (calendar.last.year - calendar.first.year) * 12 + calendar.last.month - calendar.first.month + 1
            parts.append(self.say("data {first} … {last} ({months} months)", first=calendar.first, last=calendar.last, months=months))
        if self.as_of is not None and self.window_days:
            start = self.as_of - timedelta(days=self.window_days - 1)
            parts.append(self.say("window {start} … {as_of}", start=start, as_of=self.as_of))
            given = self.client.settings.as_of is not None
            parts.append(
                self.say("cut-off day {as_of} (by client.yml)" if given else "cut-off day {as_of} (the last in the data)", as_of=self.as_of)
            )
        return "   ".join(parts)

    def _rungs(self) -> Iterator[Rung]:
        names = list(dict.fromkeys(self.ladder["table"]))
        for name in sorted(names, key=lambda item: item != "orders"):
            part = self.ladder[self.ladder["table"] == name]
            clean = set(part.loc[part["rows"] > 0, "step"]) <= {"read", "used", "outside_window", "in_window"}
            for row in part.itertuples(index=False):
                shown = (
                    row.step == "read"
                    or (row.rows > 0 and not (clean and name != "orders"))
                    or (row.step == "in_window" and name == "orders")
                )
                if shown and not (name != "orders" and row.step in ("outside_window", "in_window")):
                    yield self._rung(name, str(row.step), int(row.rows), row.amount, str(row.note))

    def _rung(self, table: str, step: str, rows: int, amount: Decimal | None, note: str) -> Rung:
        key = "repeated_key" if step == "repeated" and table != "orders" else step
        taken = STEPS[key].startswith("-")
        title = self.say(STEPS[key], table=table, sources=self._sources(table)) if step == "read" else self.say(STEPS[key])
        money = "-" if taken and step == "total_rows" else "" if amount is None else f"{-amount if taken else amount:,.2f}"
        indent = "  " if step != "read" else ""
        return Rung(indent + title, f"{rows:,}", money, self._beside(table, step, note), step in ("read", "used", "in_window"))

    def _sources(self, table: str) -> str:
        collected = self.client.collected
        sources = [collected.sources[file] for file in collected.files(table)]
        files, sheets = len({source.path or source.name for source in sources}), sum(bool(source.sheet) for source in sources)
        return (
            self.say("{files} file(s), {sheets} sheet(s)", files=files, sheets=sheets)
            if sheets
            else self.say("{files} file(s)", files=files)
        )

    def _beside(self, table: str, step: str, note: str) -> str:
        """What stands beside a step: why, where to look, what to do with the figure."""
        if step == "in_window":
            return self.say("<- confirm this figure with finance")
        if step == "rejected" and self.client.folder is not None:
            return " ".join(filter(None, [note, self.say("see {file}", file=f"rejects/{table}{_suffix()}")]))
        lost = self.client.collected.unmatched
        if step == "unattributed" and table == "orders" and lost:
            return self.say(
                "matches.csv: {n} names, the largest {name} ({amount:,.2f})", n=len(lost), name=lost[0].name, amount=lost[0].amount
            )
        return note

    def _figures(self) -> Iterator[str]:
        if self.problem is not None:
            return
        summary = summarise(self.client.customers())
        never = summary.customers - summary.buyers - summary.unknown
        if summary.buyers and summary.unknown:
            yield self.say(
                "Customers {all:,} ({buyers:,} bought in the window, {never:,} did not, of {unknown:,} it is not known); "
                "{again:.0%} of the buyers came again on another day.",
                all=summary.customers, buyers=summary.buyers, never=never, unknown=summary.unknown, again=summary.again,
            )  # fmt: skip
        elif summary.buyers:
            yield self.say(
                "Customers {all:,} ({buyers:,} bought in the window, {never:,} did not); "
                "{again:.0%} of the buyers came again on another day.",
                all=summary.customers, buyers=summary.buyers, never=never, again=summary.again,
            )  # fmt: skip
        else:
            yield self.say("Customers {all:,}.", all=summary.customers)
        yield self.say(POPULATIONS[self.client.population, self.client.settings.population is None])
        if summary.gap_median is not None:
            yield self.say(
                "Between two buying days: half within {median:.0f} days, 90% within {p90:.0f}.",
                median=summary.gap_median,
                p90=summary.gap_p90,
            )
        if self.client.calendar.first is not None:
            from seglib import clockwork

            yield from (self.say(sentence, **values) for sentence, values in clockwork.figures(self.client, self.client.customers()))
        if summary.top10 and summary.buyers > 20:
            yield self.say("The ten largest customers hold {share:.1%} of the money in the window.", share=summary.top10)

    def _changes(self) -> list[Note]:
        """What has changed since the clock and the window in force were measured."""
        from seglib import clockwork
        from seglib.collect.workspace import Note

        if self.problem is not None or self.client.calendar.first is None:
            return []
        return [Note(sentence, values) for sentence, values in clockwork.alarms(self.client)]

    def _methods(self) -> tuple[list[str], dict[str, list[str]]]:
        from seglib import methods

        lacking = {name: list(methods.lacking(name, self.client.columns)) for name in methods.names()}
        return [name for name, columns in lacking.items() if not columns], {name: columns for name, columns in lacking.items() if columns}

    def _verdict(self, can_run: Sequence[str], doubts: Sequence[Note | SeglibError]) -> tuple[str, str]:
        if doubts:
            return self.say("Verdict: not yet. {problem}", problem="\n".join(doubt.text(self.lang) for doubt in doubts)), ""
        if not can_run:
            need = (
                "Verdict: no method can run. Give orders with customer_id, ordered_at and amount, or a customers table with yearly totals."
            )
            return self.say(need), ""
        lost = self.client.collected.unmatched
        if lost:
            ladder = self.ladder[self.ladder["table"] == "orders"].set_index("step")
            whole = ladder.loc["used", "amount"] + ladder.loc["unattributed", "amount"]
            share = float(sum(item.amount for item in lost) / whole) if whole else 0.0
            return self.say(
                "Verdict: a report can be made. Look first whether matches.csv brings back {share:.1%} of the money.", share=share
            ), self.report_command
        return self.say("Verdict: a report can be made."), self.report_command

    def _write(self) -> Iterator[Path]:
        """matches.csv and rejects/<table>.xlsx beside client.yml, where there is something to say."""
        from seglib.collect.matching import write_beside, write_matches

        folder, collected = self.client.folder, self.client.collected
        if folder is None:
            return
        if collected.unmatched and self.client.settings.match:
            yield write_matches(folder / self.client.settings.match.aliases, collected.unmatched)
        for name in collected.tables:
            path = folder / "rejects" / f"{name}{_suffix()}"
            frame = collected.rejects(name, self.lang)
            if len(frame):
                yield write_beside(path, _as_file(frame))
            else:
                path.unlink(missing_ok=True)  # ours, from a run before the fault was mended


def examine(client: Client, *, lang: str = "en", report_command: str = "seglib report client.yml") -> Checkup:
    """Look at a client's data: the ladder, the customers, what to know, what can be done.

    Args:
        client: From ``open_client`` or ``demo``.
        lang: "en" or "zh".
        report_command: What stands behind "Next:".

    Returns:
        The checkup; ``lines()`` is the screen, ``html()`` the page. matches.csv and rejects/ are written beside client.yml.
    """
    return Examiner(client, lang, report_command).run()


@dataclass(frozen=True)
class Summary:
    """The customers in a few figures; shares are 0 to 1, days are None where nobody came back.

    Attributes:
        customers: All who are known.
        buyers: With an order in the window.
        unknown: Whose number of orders is not on record.
        again: Share of the buyers who came again in the window, on another day.
        gap_median, gap_p90: Days between two buying days, over all gaps that have ended.
        top10: Share of the ten largest in all positive spend.
    """

    customers: int
    buyers: int
    unknown: int
    again: float
    gap_median: float | None
    gap_p90: float | None
    top10: float


def summarise(customers: pd.DataFrame) -> Summary:
    """The customers of a customer table in a few figures; a table without orders or spend has none of them."""
    orders = customers["orders"] if "orders" in customers.columns else customers["customer_id"].map(len) * 0
    spend = customers["spend"].sort_values(ascending=False) if "spend" in customers.columns else orders * 0.0
    total = float(spend.clip(lower=0).sum())
    buyers = int((orders > 0).sum())
    median, p90 = _gaps(customers)
    again = float((visits(customers)[orders > 0] > 1).mean()) if buyers else 0.0
    unknown = int(orders.isna().sum())
    return Summary(len(customers), buyers, unknown, again, median, p90, float(spend.head(10).sum() / total) if total > 0 else 0.0)


def _gaps(customers: pd.DataFrame) -> tuple[float | None, float | None]:
    facts = facts_of(customers)
    if "gaps" not in facts:
        return None, None
    days = facts["gaps"].loc[facts["gaps"]["closed"], "gap_days"]
    if days.empty:
        return None, None
    import numpy as np

    median, p90 = np.quantile(days, [0.5, 0.9], method="inverted_cdf")
    return float(median), float(p90)


def _suffix() -> str:
    """xlsx where the office part is installed, else csv, which Excel opens too."""
    from importlib.util import find_spec

    return ".xlsx" if find_spec("openpyxl") else ".csv"


def _as_file(frame: pd.DataFrame) -> bytes:
    if _suffix() == ".csv":
        return frame.to_csv(index=False).encode("utf-8-sig")
    out = io.BytesIO()
    frame.astype(str).to_excel(out, index=False)
    return out.getvalue()
