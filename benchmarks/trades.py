"""Every method on every data set that carries what it needs, by its defaults: which classifications can be used, and why the others cannot.

python -m benchmarks.trades                              the table on the screen
python -m benchmarks.trades --write                      the same, and docs/methods-by-data.md with it
python -m benchmarks.trades --sets cdnow --methods rfm   some of it
python -m benchmarks.trades --save cells.json            the cells as well
python -m benchmarks.trades --keep cells.json --methods rfm --write    what was saved, and these cells anew

The published data are looked for in SEGLIB_TEST_DATA, else in ``../shared`` beside the project; a set that is absent is skipped and said.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.trade_sets import SETS, TradeSet
from seglib import methods
from seglib.client import Client
from seglib.errors import SeglibError
from seglib.segmentation import Segmentation

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "methods-by-data.md"
BEFORE = ROOT / "benchmarks" / "trades_before.json"  # the cells under the definitions with limits in days and months
HORIZON = 92  # days: the next period
INSIDE, LARGEST, SMALL = 0.5, 0.9, 0.01  # least share in real classes, most in one of them, least of a class that is counted
GOAL = 0.85
APART = 0.2  # a refusal is doubtful where the classes' shares of next period's buyers lie further apart
# Methods whose definitions were made anew: their classes stand beside those of before.
REDEFINED = ("composite", "coverage_tier", "engagement", "firmographics", "geography", "growth_potential", "lifecycle", "loyalty", "needs",
             "product_preference", "purchase_behaviour", "purchase_frequency", "purchase_intent", "purchasing_power", "rfm", "satisfaction",
             "ticket_size")  # fmt: skip
TITLES = {trade.key: trade.title for trade in SETS}
OWN = ("grocery", "market")  # sets that come with the package: the methods were made on them

NO_REPEAT, ONE_SEASON, NO_EVIDENCE = "no repeat", "one season", "no evidence"
SILENCE, UNKNOWN, TOO_FEW = "silence tells nothing", "mostly unknown", "too few"
REASONS = (NO_REPEAT, ONE_SEASON, NO_EVIDENCE, SILENCE, UNKNOWN, TOO_FEW)
# A failed gate -> the reason it gives; a gate that is not here gives none, and the cell is unusable.
GATES: dict[str, str] = {
    "bought_once": NO_REPEAT,  # most customers bought once: how often they come says nothing
    "too_little_variation": NO_EVIDENCE,  # customers do not differ in what is read
    "differ_beyond_chance": NO_EVIDENCE,  # they differ no more than chance would have them
    "groups": NO_EVIDENCE,  # one group of goods
    "groups_go_together": NO_EVIDENCE,  # sums of groups that scatter each by itself
    "halves_agree": NO_EVIDENCE,  # no index of needs agrees with itself
    "both_halves": TOO_FEW,  # customers with purchases in both halves
    "elasticity": NO_EVIDENCE,
    "reproducible": NO_EVIDENCE,  # no clusters that come again in another half of the customers
    "order_size_trait": NO_EVIDENCE,  # one order of a customer says nothing of the size of another
    "no_concentration": NO_EVIDENCE,  # revenue is spread evenly
    "same_quarter_and_one_held_out": ONE_SEASON,  # under six quarters of history
    "high_in_the_held_out_quarter": NO_EVIDENCE,  # next to nobody is expected beyond the own usual level
    "high_above_the_rest": NO_EVIDENCE,  # the quarter held out did not bear it out
    "high_above_the_quarter_before": NO_EVIDENCE,  # a declared wallet tells of the usual level alone
    "potential_is_history": NO_EVIDENCE,  # the potential is our own sales written down again
    "eligible_customers": TOO_FEW,
    "class_of_sample": TOO_FEW,
    "any_customers": TOO_FEW,
    "enough_history": TOO_FEW,  # days: below eight weeks, or two usual gaps
    "known_customers": TOO_FEW,
    "enough_for_clusters": TOO_FEW,
    "firms": TOO_FEW,
    "answers": TOO_FEW,
    "with_sessions": TOO_FEW,
    "customers_to_learn_from": TOO_FEW,
    "accounts_with_deals": TOO_FEW,
    "contracts_ended": TOO_FEW,
    "clock": TOO_FEW,  # gaps between purchases
    "known_share": UNKNOWN,
    "known_events": UNKNOWN,
    "wallets_known": UNKNOWN,
    "periods_in_history": TOO_FEW,
}
INHERITED = "parts_trustworthy"  # a cross of methods is refused for the reason of the part that is
# A warning of a method -> the reason it gives for a cell whose classes are too large or too empty.
WARNINGS: dict[str, str] = {
    "mostly_once": NO_REPEAT,
    "longer_window": NO_REPEAT,  # nearly everybody bought once in this window, and only a longer one would divide them
    "no_window": NO_REPEAT,  # nor would any other
    "one_area": NO_EVIDENCE,  # nearly everybody lives in one place, so that places tell nothing of anybody
    "silence_tells_nothing": SILENCE,
    "no_landmark": SILENCE,  # the history is too short to look back on who came again after a silence
}
# Beginnings of the names of classes outside -> the reason they give with half the customers in them.
OUTSIDE: dict[tuple[str, ...], str] = {
    ("unknown_", "no_response", "not_contacted", "no_events"): UNKNOWN,  # nothing is on record
    ("new",): ONE_SEASON,  # known for less than a year, where the same quarter a year before is needed
}
# Classes outside of those to whom the question is not put: no firms, no accounts of the universe. They do not count as customers here.
NOT_ASKED = ("person", "not_in_universe")
USABLE, REFUSED, UNUSABLE = "usable", "refused", "unusable"


@dataclass(frozen=True)
class Cell:
    """One method on one data set.

    Attributes:
        set, method: Which.
        inside: Share of customers in real classes.
        classes: Real classes with at least 1 % of the customers in them.
        largest: Share of the largest of them among the customers in real classes.
        gates: Every gate and whether it passed.
        verdict: usable, refused or unusable.
        reason: Of a refusal one of ``REASONS``; of an unusable cell what is the matter.
        outcome: Real classes as of 92 days before the last day: class, share of customers, share of them with an order in the next 92
            days, their money in them a head; empty where there is no next period.
        seconds: What it took.
    """

    set: str
    method: str
    inside: float = 0.0
    classes: int = 0
    largest: float = 0.0
    gates: dict[str, bool] = field(default_factory=dict)
    verdict: str = UNUSABLE
    reason: str = ""
    outcome: list[tuple[str, float, float, float]] = field(default_factory=list)
    seconds: float = 0.0


def judged(result: Segmentation, inherited: str = "") -> tuple[str, str]:
    """The verdict on a result, and its reason ("" where it is usable).

    Args:
        result: What a method found.
        inherited: The reason of a part, for a cross of methods.
    """
    failed = list(dict.fromkeys(result.gates.loc[~result.gates["passed"].astype(bool), "gate"]))
    reasons = [inherited if gate == INHERITED else GATES.get(gate, "") for gate in failed]
    if failed:
        unnamed = [gate for gate, reason in zip(failed, reasons, strict=True) if not reason]
        return (UNUSABLE, f"gate {', '.join(unnamed)}") if unnamed else (REFUSED, reasons[0])
    inside, _, largest = shape(result)
    if inside >= INSIDE and largest <= LARGEST:
        return USABLE, ""
    profile = asked_of(result)
    for beginnings, reason in OUTSIDE.items():
        there = profile.loc[profile["outside"] & profile["segment"].str.startswith(beginnings), "customers"].sum()
        if there >= INSIDE * profile["customers"].sum():
            return REFUSED, reason
    said = [WARNINGS[name] for name in result.details["warnings"]["warning"] if name in WARNINGS]
    if said:
        return REFUSED, said[0]
    if inside < INSIDE:
        outside = profile[profile["outside"]].sort_values("customers", ascending=False)
        return UNUSABLE, f"{inside:.0%} inside, most are {outside['segment'].iloc[0]}"
    return UNUSABLE, f"{largest:.1%} are {profile.loc[profile[~profile['outside']]['customers'].idxmax(), 'segment']}"


def asked_of(result: Segmentation) -> pd.DataFrame:
    """The profile without those to whom the question is not put."""
    profile = result.profile
    return profile[~(profile["outside"] & profile["segment"].isin(NOT_ASKED))]


def shape(result: Segmentation) -> tuple[float, int, float]:
    """Share of customers in real classes, real classes of at least 1 % of these, share of the largest among them."""
    profile = asked_of(result)
    real = profile.loc[~profile["outside"], "customers"]
    inside, everybody = int(real.sum()), int(profile["customers"].sum())
    if not inside:
        return 0.0, 0, 0.0
    return inside / everybody, int((real >= SMALL * inside).sum()), float(real.max() / inside)


def refusal(error: SeglibError) -> str:
    """The reason of a method that answers with a sentence in place of a result: "" where the sentence is about something else."""
    return next((reason for part, reason in SENTENCES.items() if part in error.template), "")


# A part of a sentence with which a method declines -> the reason it gives.
SENTENCES: dict[str, str] = {"clock": NO_REPEAT}  # there are too few second purchases to tell how often customers come


class Trial:
    """One data set, opened: its cells."""

    def __init__(self, trade: TradeSet, client: Client) -> None:
        self.trade, self.client = trade, client
        self.last = client.as_of
        first = client.calendar.first
        self.before = self.last - timedelta(days=HORIZON)
        self.has_next = first is not None and (self.before - first).days >= HORIZON and not trade.skips
        self._cells: dict[str, Cell] = {}

    @property
    def names(self) -> list[str]:
        """The methods that can be judged: what they need is there and not made up."""
        have = [name for name in self.client.columns if not name.startswith(self.trade.skips or ("\0",))]
        return [name for name in methods.names() if not methods.lacking(name, have)]

    def cell(self, name: str) -> Cell:
        """One method on the set; computed once, as a cross of methods asks for its parts."""
        if name not in self._cells:
            self._cells[name] = self._tried(name)
        return self._cells[name]

    def _tried(self, name: str) -> Cell:
        started = time.perf_counter()
        try:
            result = methods.get(name).segment(self.client.customers(**methods.asks(name)))
            inherited = self._inherited(result)
            verdict, reason = judged(result, inherited)
            inside, classes, largest = shape(result)
            gates = dict(zip(result.gates["gate"], map(bool, result.gates["passed"]), strict=True))
            outcome = self._outcome(name) if self.has_next else []
        except SeglibError as error:
            reason = refusal(error)
            verdict, reason = (REFUSED, reason) if reason else (UNUSABLE, str(error))
            inside, classes, largest, gates, outcome = 0.0, 0, 0.0, {}, []
        except Exception as error:  # a crash is a finding like the others
            verdict, reason = UNUSABLE, f"{type(error).__name__}: {error}"
            inside, classes, largest, gates, outcome = 0.0, 0, 0.0, {}, []
        return Cell(
            *(self.trade.key, name, inside, classes, largest, gates, verdict, reason, outcome),
            seconds=round(time.perf_counter() - started, 2),
        )

    def _inherited(self, result: Segmentation) -> str:
        """The reason of the first part of a cross that is refused."""
        parts = [name.strip() for name in str(result.params.get("methods", "")).split(",") if name.strip()]
        return next((reason for part in parts if (reason := self.cell(part).reason) in REASONS), "")

    def _outcome(self, name: str) -> list[tuple[str, float, float, float]]:
        """What became of the classes drawn 92 days before the last day, in those days; of customers with an order by then."""
        try:
            table = self.client.customers(self.before, where="lifetime_orders > 0", **methods.asks(name))
            result = methods.get(name).segment(table)
        except SeglibError:
            return []
        assigned = result.assignments.set_index("customer_id")["segment"]
        bought, money = self.next.reindex(assigned.index).fillna(0).to_numpy().T
        found = pd.DataFrame({"segment": assigned.to_numpy(), "bought": bought > 0, "money": money})
        real = [name for name in result.scheme.classes if (found["segment"] == name).mean() >= SMALL]
        rows = [(name, found[found["segment"] == name]) for name in real]
        return [(name, len(part) / len(found), float(part["bought"].mean()), float(part["money"].mean())) for name, part in rows]

    @property
    def next(self) -> pd.DataFrame:
        """Orders and money of the last 92 days by customer."""
        table = self.client.customers(self.last, HORIZON, columns=["orders", "spend"])
        return table.set_index("customer_id")[["orders", "spend"]]


# --- the clock ------------------------------------------------------------------------------------------------------------------------


def clocks(trial: Trial) -> dict[str, Any]:
    """The clock of a set as of the last day and 92 days before it, and what silence told then: beside the reference."""
    found: dict[str, Any] = {"set": trial.trade.key}
    if "gap_75" not in trial.client.columns or trial.trade.skips:
        return found
    for when, day in {"last": trial.last, **({"before": trial.before} if trial.has_next else {})}.items():
        table = trial.client.customers(day, columns=["gap_75", "gap_95"])
        known = table[["gap_75", "gap_95"]].iloc[0]
        found[when] = None if known.isna().any() else [float(known["gap_75"]), float(known["gap_95"])]
    if found.get("before"):
        table = trial.client.customers(
            trial.before, where="lifetime_orders > 0", columns=["lifetime_orders", "days_since_last_order", "gap_75", "gap_95"]
        )
        bought = trial.next["orders"].reindex(table["customer_id"]).fillna(0).to_numpy() > 0
        stage = (table["days_since_last_order"] > table["gap_75"]).astype(int) + (table["days_since_last_order"] > table["gap_95"])
        found["stages"] = [
            [100 * float((stage == number).mean()), 100 * float(bought[stage == number].mean()) if (stage == number).any() else 0.0]
            for number in range(3)
        ]
        found["returns"] = _returns(trial)
    return found


def _returns(trial: Trial) -> dict[str, Any]:
    """Horizon, landmarks, rates of the three stages and names of the silent ones, of lifecycle on the last day."""
    if methods.lacking("lifecycle", trial.client.columns):
        return {}
    result = methods.get("lifecycle").segment(trial.client.customers(**methods.asks("lifecycle")), basis="gaps")
    rates = result.details.get("return_rates")
    variants = dict(result.details["variants"][["segment", "variant"]].itertuples(index=False))
    return {
        "horizon": int(result.fit.get("return_horizon_days", 0)),
        "landmarks": int(result.fit.get("return_landmarks", 0)),
        "rates": [] if rates is None else [100 * float(rate) for rate in rates["returned_share"]],
        "names": [variants.get(key, key) for key in ("dormant", "churned")],
    }


# --- the summary ----------------------------------------------------------------------------------------------------------------------


def share(cells: Sequence[Cell], *verdicts: str) -> float:
    """Share of cells with one of these verdicts."""
    return sum(cell.verdict in verdicts for cell in cells) / len(cells) if cells else 0.0


def gate_counts(cells: Iterable[Cell]) -> pd.DataFrame:
    """gate, cells, failed, note ("never" or "always" failed), over the cells in which the gate stands."""
    asked, failed = Counter[str](), Counter[str]()
    for cell in cells:
        for gate, passed in cell.gates.items():
            asked[gate] += 1
            failed[gate] += not passed
    rows = [
        (gate, n, failed[gate], "never" if not failed[gate] else "always" if failed[gate] == n else "") for gate, n in sorted(asked.items())
    ]
    return pd.DataFrame(rows, columns=["gate", "cells", "failed", "note"])


def summary(cells: Sequence[Cell]) -> list[str]:
    """The figures of the whole table, a sentence each."""
    lines = []
    groups = {"all sets": cells, "published sets": [cell for cell in cells if cell.set not in OWN]}
    groups["demo and made market"] = [cell for cell in cells if cell.set in OWN]
    for title, some in groups.items():
        usable = sum(cell.verdict == USABLE for cell in some)
        lines.append(
            f"{title}: {usable} of {len(some)} cells usable ({share(some, USABLE):.0%}), "
            f"{share(some, USABLE, REFUSED):.0%} usable or refused with a reason"
        )
    reasons = Counter(cell.reason for cell in cells if cell.verdict == REFUSED)
    lines.append("refused: " + (", ".join(f"{reason} {reasons[reason]}" for reason in REASONS if reasons[reason]) or "none"))
    return lines


def doubtful(cells: Iterable[Cell]) -> list[str]:
    """Refused cells whose classes nonetheless tell the next period: shares of buyers further apart than ``APART``."""
    lines = []
    for cell in cells:
        bought = [share for _, _, share, _ in cell.outcome]
        if cell.verdict == REFUSED and bought and max(bought) - min(bought) > APART:
            lines.append(f"- `{cell.method}` on {TITLES[cell.set]}, {cell.reason}: {_followed(cell.outcome)}.")
    return lines


# --- the page -------------------------------------------------------------------------------------------------------------------------

INTRO = """# Which method can be used on which data

Every method on every data set that carries what it needs, by its defaults, on the last day of the data. Made by
`python -m benchmarks.trades --write`; what a set is and what is made up of it stands over its table.

- **inside**: share of customers in a real class; the others are in a class outside (unknown, never bought …). Persons do not count where
  firms are asked about, nor do customers who are no accounts of the universe.
- **classes**: real classes of at least 1 % of the customers inside. **largest**: share of the largest of them.
- **verdict**: *usable* with half the customers inside, no class above 90 % of them and no failed gate; else *refused*, with one of these
  reasons: {reasons}; *unusable* where neither holds.
- **next {horizon} days**: the classes drawn {horizon} days before the last day, of customers with an order by then: share of the
  customers, how many of them bought in the next {horizon} days, and their money a head.

"""


BESIDE = f"What became of their classes in the next {HORIZON} days, where it differs: class, share: bought, money a head."


def page(cells: Sequence[Cell], timed: Sequence[dict[str, Any]], skipped: Sequence[str]) -> str:
    """docs/methods-by-data.md."""
    usable, either = share(cells, USABLE), share(cells, USABLE, REFUSED)
    lines = [INTRO.format(reasons=", ".join(REASONS), horizon=HORIZON).rstrip(), ""]
    lines += [f"{line[:1].upper()}{line[1:]}.  " for line in summary(cells)]
    lines += [f"Goal: {GOAL:.0%} usable or rightly refused; reached: {either:.0%}, usable alone {usable:.0%}.", ""]
    if skipped:
        lines += [f"Not here, so not tried: {', '.join(skipped)}.", ""]
    lines += ["## By method", "", *_matrix(cells), ""]
    lines += ["## Clocks", "", *_clock_lines(timed), ""] if any(one.get("last") for one in timed) else []
    lines += ["## Gates", "", "A gate that never or always fails is none.", "", *_gate_lines(cells), ""]
    before = json.loads(BEFORE.read_text(encoding="utf-8"))
    tried = {(cell.method, cell.set) for cell in cells}
    verdicts = [one["verdict"] for one in before if (one["method"], one["set"]) in tried]
    if verdicts:
        was = f"{verdicts.count(USABLE)} of {len(verdicts)} usable, {len(verdicts) - verdicts.count(UNUSABLE)} usable or refused"
        lines += ["## Beside the earlier definitions", "", f"Limits in days and months gave the same cells: {was}. {BESIDE}", ""]
        lines += [*_beside(cells, before), ""]
    lines += ["## Unusable", "", *(_unusable(cells) or ["None."]), ""]
    lines += ["## Refused, though the classes tell the next period", "", *(doubtful(cells) or ["None."]), ""]
    for trade in SETS:
        of_set = [cell for cell in cells if cell.set == trade.key]
        if of_set:
            made = f"Made up: {trade.made}." if trade.made else "Nothing is made up."
            lines += [f"## {trade.title}", "", f"{(trade.load.__doc__ or '').splitlines()[0]} {made}", "", *_set_lines(of_set), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """A table of Markdown; the first ``left`` columns are text."""
    marks = ["---"] * left + ["--:"] * (len(head) - left)
    return ["| " + " | ".join(cells) + " |" for cells in (head, marks, *rows)]


def _matrix(cells: Sequence[Cell]) -> list[str]:
    rows = []
    for name in sorted({cell.method for cell in cells}):
        own = [cell for cell in cells if cell.method == name]
        refused = Counter(cell.reason for cell in own if cell.verdict == REFUSED)
        said = ", ".join(f"{reason} {n}" for reason, n in refused.most_common())
        counts = [sum(cell.verdict == verdict for cell in own) for verdict in (USABLE, REFUSED, UNUSABLE)]
        rows.append([f"`{name}`", said, f"{len(own)}", *map(str, counts)])
    return _table(["method", "refused for", "cells", USABLE, REFUSED, UNUSABLE], rows, 2)


def _clock_lines(timed: Sequence[dict[str, Any]]) -> list[str]:
    rows = []
    for one in timed:
        if one.get("last"):
            stages = " / ".join(f"{part:.0f} ({bought:.0f})" for part, bought in one.get("stages", ()))
            told = one.get("returns") or {"rates": [], "names": []}
            back = " / ".join(f"{rate:.0f}" for rate in told["rates"]) + (f" in {told['horizon']} days" if told["rates"] else "–")
            rows.append(
                [TITLES[one["set"]], *(_days(one.get(when)) for when in ("last", "before")), stages, back, ", ".join(told["names"])]
            )
    head = ["set", "usual and long gap, days", f"{HORIZON} days before", "% within / between / beyond (% of them bought)"]
    head += ["% that came back", "names of the silent"]
    return _table(head, rows, len(head))


def _days(pair: Sequence[float] | None) -> str:
    return f"{pair[0]:.0f}, {pair[1]:.0f}" if pair else "–"


def _gate_lines(cells: Sequence[Cell]) -> list[str]:
    rows = [[f"`{row.gate}`", str(row.cells), str(row.failed), str(row.note)] for row in gate_counts(cells).itertuples()]
    return _table(["gate", "cells", "failed", "fails"], rows)


def _unusable(cells: Sequence[Cell]) -> list[str]:
    return [f"- `{cell.method}` on {TITLES[cell.set]}: {cell.reason}." for cell in cells if cell.verdict == UNUSABLE]


def _set_lines(cells: Sequence[Cell]) -> list[str]:
    rows = []
    for cell in cells:
        failed = ", ".join(f"`{gate}`" for gate, passed in cell.gates.items() if not passed)
        verdict = f"{cell.verdict}: {cell.reason}" if cell.verdict == REFUSED else cell.verdict
        figures = [f"{cell.inside:.0%}", f"{cell.classes}", f"{cell.largest:.0%}"]
        rows.append([f"`{cell.method}`", verdict, failed, _followed(cell.outcome), *figures])
    text = ["method", "verdict", "failed gates", f"next {HORIZON} days: class, share: bought, money"]
    return _table([*text, "inside", "classes", "largest"], rows, len(text))


def _followed(outcome: Iterable[Sequence[Any]]) -> str:
    """What became of each class, in one cell of a table."""
    told = "; ".join(f"{name} {part:.0%}: {bought:.0%}, {money:,.0f}" for name, part, bought, money in outcome)
    return told.replace("|", "/")


def _beside(cells: Sequence[Cell], before: Sequence[dict[str, Any]]) -> list[str]:
    """The next period by class under the earlier definitions and now, of redefined methods, where the two differ."""
    earlier = {(one["method"], one["set"]): one for one in before}
    rows = []
    for cell in sorted((cell for cell in cells if cell.method in REDEFINED), key=lambda cell: cell.method):
        one = earlier.get((cell.method, cell.set))
        was, now = _followed(one["outcome"]) if one else "", _followed(cell.outcome)
        if was != now:
            rows.append([f"`{cell.method}`", TITLES[cell.set], was or "–", now or "–"])
    return _table(["method", "set", "before", "now"], rows, 4) if rows else []


# --- the script -----------------------------------------------------------------------------------------------------------------------


def shared_folder() -> Path:
    """Where the published data are."""
    return Path(os.environ.get("SEGLIB_TEST_DATA") or ROOT.parent / "shared").resolve()


def _print_clock(trade: TradeSet, found: dict[str, Any]) -> None:
    """The clock beside its reference, with the difference in days; stages with the difference in points."""
    if trade.clock is None:
        return
    for when in ("last", "before"):
        reference, own = getattr(trade.clock, when), found.get(when)
        off = "" if not own else "   off by " + ", ".join(f"{a - b:+.0f}" for a, b in zip(own, reference, strict=True))
        print(f"    clock {when:6} {_days(own):>9}   reference {_days(reference):>9}{off}")
    for name, own, reference in zip(("within", "between", "beyond"), found.get("stages", ()), trade.stages, strict=False):
        figures = f"{own[0]:5.1f} ({own[1]:5.1f})   reference {reference[0]} ({reference[1]})"
        print(f"    {name:8} {figures}   off by {own[0] - reference[0]:+.1f} ({own[1] - reference[1]:+.1f})")
    told, reference = found.get("returns"), trade.returns
    if told and reference:
        rates = ", ".join(f"{rate:.1f}" for rate in told["rates"]) or "–"
        print(f"    return {rates} as {', '.join(told['names'])}, {told['horizon']} days, {told['landmarks']} landmarks")
        expected = ", ".join(map(str, reference.rates)) or "–"
        print(f"    refer. {expected} as {', '.join(reference.names) or '–'}, {reference.horizon} days, {reference.landmarks} landmarks")


def run(sets: Sequence[str], names: Sequence[str], shared: Path) -> tuple[list[Cell], list[dict[str, Any]], list[str]]:
    """Cells, clocks and the titles of absent sets; every cell is printed as it comes."""
    cells: list[Cell] = []
    timed: list[dict[str, Any]] = []
    skipped: list[str] = []
    for trade in SETS:
        if sets and trade.key not in sets:
            continue
        absent = trade.absent(shared)
        if absent:
            skipped.append(trade.title)
            print(f"{trade.title}: skipped, {absent[0]} is not in {shared}")
            continue
        started = time.perf_counter()
        trial = Trial(trade, trade.load(shared))
        print(f"{trade.title}, as of {trial.last}" + (f" (made up: {trade.made})" if trade.made else ""), flush=True)
        timed.append(clocks(trial))
        _print_clock(trade, timed[-1])
        for name in trial.names:
            if names and name not in names:
                continue
            cell = trial.cell(name)
            cells.append(cell)
            failed = ",".join(gate for gate, passed in cell.gates.items() if not passed)
            verdict = f"{cell.verdict}{': ' + cell.reason if cell.reason else ''}"
            print(f"    {name:21}{cell.inside:5.0%}{cell.classes:4}{cell.largest:6.0%}  {verdict[:110]}  {failed}", flush=True)
        print(f"    {time.perf_counter() - started:.0f} s", flush=True)
    return cells, timed, skipped


def kept(saved: dict[str, Any], cells: Sequence[Cell], timed: Sequence[dict[str, Any]]) -> tuple[list[Cell], list[dict[str, Any]]]:
    """Saved cells and clocks under those just made, in the order of the sets."""
    place = {trade.key: number for number, trade in enumerate(SETS)}
    every = {(one["set"], one["method"]): Cell(**one) for one in saved["cells"]} | {(cell.set, cell.method): cell for cell in cells}
    clock = {one["set"]: one for one in (*saved["clocks"], *timed)}
    return [every[key] for key in sorted(every, key=lambda key: (place[key[0]], key[1]))], sorted(
        clock.values(), key=lambda one: place[one["set"]]
    )


def main() -> int:
    """Print the table; 1 where fewer cells than the goal are usable or refused with a reason."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/methods-by-data.md")
    parser.add_argument("--save", type=Path, help="write the cells as JSON")
    parser.add_argument("--keep", type=Path, help="take the cells that are not tried from here")
    parser.add_argument("--sets", nargs="*", default=(), choices=[trade.key for trade in SETS], help="left out: all")
    parser.add_argument("--methods", nargs="*", default=(), choices=methods.names(), help="left out: all")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    cells, timed, skipped = run(asked.sets, asked.methods, shared_folder())
    if asked.keep:
        cells, timed = kept(json.loads(asked.keep.read_text(encoding="utf-8")), cells, timed)
    print(gate_counts(cells).to_string(index=False))
    for title, lines in {"unusable": _unusable(cells), "refused, though the classes tell the next period": doubtful(cells)}.items():
        print("\n".join([f"{title}:", *lines]))
    print("\n".join(summary(cells)))
    if asked.save:
        saved = {"cells": [asdict(cell) for cell in cells], "clocks": timed}
        asked.save.write_text(json.dumps(saved, indent=1, ensure_ascii=False), encoding="utf-8")
    if asked.write:
        PAGE.write_text(page(cells, timed, skipped), encoding="utf-8")
    return int(share(cells, USABLE, REFUSED) < GOAL)


if __name__ == "__main__":
    sys.exit(main())
