"""What every method does alike: check the table, set apart who cannot be classified, fit on the rest, and put the result together."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from seglib import binning
from seglib.customers.clock import BuyingDays
from seglib.customers.columns import whole_numbers
from seglib.errors import ParameterError, TableError
from seglib.formula import Formula
from seglib.language import marked
from seglib.methods._profile import profile
from seglib.rules import Rule, Score
from seglib.scheme import Mode, RuleScheme
from seglib.segmentation import Scheme, Segmentation, as_of_of, clock_days, clock_of, facts_of, history, visits, window_of

if TYPE_CHECKING:
    import pandas as pd

ELIGIBLE = "eligible"
NO_CLOCK = marked(
    "{method}: the customers' gaps between purchases are too few to tell the trade's usual gap. Give it by hand: clock: "
    "{{usual: 30 days, long: 90 days}} in client.yml, or columns gap_75 and gap_95 in the table."
)
OR = " | "  # between columns of which one is enough
MIN_ELIGIBLE = 100  # of a sample, for three or more fitted classes; among all customers there are a rank stands at any number
GROUPS = ("natural",)  # tier rules that claim more than where a customer stands among the others: gaps between groups
MIN_CLASS, MIN_CLASS_SHARE = 30, 0.01  # below either, a class is too small for a policy
SHARE_OFF = 0.10  # reached shares further than this from the asked ones are said
MOSTLY = 0.5  # one-time buyers above this share are said
SHORT_EXPOSURE = 0.25  # of the window: younger customers may not be called low or lost
TIER_NAMES = {1: ("all",), 2: ("high", "low"), 3: ("high", "medium", "low")}


class Draft:
    """A classification in the making.

    Args:
        method: Name of the method.
        customers: The customer table; it is never changed.
        needs: Columns the method cannot do without; of "a | b" it takes one.
        params: All parameters of ``segment``, as given or by default.
        first: What customers without any order are called.
        window: Whether customers without orders in the window, or whose net spend there is not positive, are set apart.
        reads: Columns whose missing value sets a customer apart, in the class unknown_<column>.
        least: Column of counts -> the fewest a customer must have; who has fewer is in the class too_few_<column>.
        buyers: False where the attribute is one of prospects as well, so that orders do not decide who can be classified.
    """

    def __init__(
        self,
        method: str,
        customers: pd.DataFrame,
        *,
        needs: Sequence[str],
        params: Mapping[str, object],
        first: str = "no_orders",
        window: bool = True,
        reads: Sequence[str] = (),
        least: Mapping[str, int] | None = None,
        buyers: bool = True,
    ) -> None:
        _check_table(method, customers, needs)
        self.method, self.customers = method, customers
        self.facts = facts_of(customers)
        self.frozen = self.facts.signed.get(method)  # a signed definition stands in the place of anything fitted
        self.clock = clock_days(customers)
        signed_clock = clock_of(self.frozen) if self.frozen else None
        if signed_clock:
            self.clock = dict(zip(("gap_75", "gap_95"), signed_clock, strict=True))
        self.params = {**params, "as_of": as_of_of(customers), "window_days": window_of(customers), **self.clock}
        judged = customers if buyers else customers.drop(columns=["returns_only", "lifetime_orders", "orders"], errors="ignore")
        needed = {column for need in needs for column in need.split(OR)}
        self.ladder_scores, self.ladder_rules = _ladder(judged, first, window, reads, least or {}, needed)
        self.formulas: list[Formula] = []
        self.gates: list[dict[str, object]] = []
        self.warnings: list[dict[str, object]] = []
        self.details: dict[str, pd.DataFrame] = {}
        self.flags: dict[str, pd.Series] = {}
        self.fit: dict[str, float] = {}
        self.inside = self._inside()

    def _inside(self) -> pd.Series:
        """True for customers who may be fitted on."""
        return self.ladder().apply(self.customers)["segment"] == ELIGIBLE

    def ladder(self) -> RuleScheme:
        """The rules that set apart who cannot be classified; everybody else is in the one class ``ELIGIBLE``."""
        names = [score.input for score in self.ladder_scores]
        return RuleScheme(
            self.method,
            self.ladder_scores,
            self.ladder_rules,
            (ELIGIBLE,),
            outside=tuple(dict.fromkeys(rule.segment for rule in self.ladder_rules)),
            otherwise=ELIGIBLE,
            flags=tuple(name for name in dict.fromkeys(names) if _is_flag(self.customers, name)),
        )

    @property
    def usual_gap(self) -> int | None:
        """``gap_75`` of the table: days within which most customers have bought again; None where the trade has no clock."""
        return self.clock.get("gap_75")

    @property
    def long_gap(self) -> int | None:
        """``gap_95`` of the table."""
        return self.clock.get("gap_95")

    @cached_property
    def buying_days(self) -> BuyingDays | None:
        """Buying days of the customers of the table; None without the side frame ``gaps``."""
        gaps = self.facts.get("gaps")
        if gaps is None or gaps.empty:
            return None
        known = gaps[gaps["customer_id"].isin(self.customers["customer_id"])]
        start = ("days_since_first_order", "history_days_before_first_order")
        if set(start) <= set(self.customers.columns):
            history = self.customers[list(start)].sum(axis=1, min_count=2).max()
        else:
            history = (known["gap_end"] + known["gap_days"]).max()
        return BuyingDays(known, int(history) + 1) if history == history else None

    @property
    def eligible(self) -> pd.DataFrame:
        """The customers who may be fitted on."""
        return self.customers[self.inside]

    def gate(self, gate: str, *, passed: bool, found: float, needed: float) -> None:
        """A condition under which the classes deserve to be drawn; where it fails the page explains instead."""
        self.gates.append({"gate": gate, "passed": bool(passed), "found": float(found), "needed": float(needed)})

    def warn(self, warning: str, **values: object) -> None:
        """Something the reader must know; the sentence stands in the words file under this key."""
        self.warnings.append({"warning": warning, "values": json.dumps(values, ensure_ascii=False, default=float)})

    def bought_once(self, most: float, *, ever: bool = False) -> None:
        """A gate and a warning on those who never came again among the eligible: with too many of them, how often people come says nothing.

        Several orders of one day are one visit: came again means on another day. A table without buying days is judged by its orders.

        Args:
            most: Largest share, 0 to 1, with which the method may be used.
            ever: In all history, not in the window alone.
        """
        once = float((visits(self.eligible, ever=ever) == 1).mean()) if self.inside.any() else 0.0
        self.gate("bought_once", passed=once <= most, found=round(100 * once, 1), needed=100 * most)
        if once > MOSTLY:
            self.warn("mostly_once", share=round(100 * once))

    def enough_history(self) -> None:
        """A gate on the length of the data: below eight weeks, and below two usual gaps, nobody can be told to be late."""
        days, needed = history(self.customers)
        if days:
            self.gate("enough_history", passed=days >= needed, found=days, needed=needed)

    def derive(self, formula: Formula) -> None:
        """A column more, by a printed formula; it is part of the definition and stands among the assignments."""
        if isinstance(self.frozen, RuleScheme):
            formula = next((signed for signed in self.frozen.formulas if signed.name == formula.name), formula)
        values = RuleScheme(self.method, (Score("x", formula.name, (), (1,)),), (), (), formulas=(formula,)).prepared(self.customers)
        self.formulas.append(formula)
        self.customers = self.customers.assign(**{formula.name: values[formula.name]})
        self.flags[formula.name] = self.customers[formula.name]

    def set_apart(self, segment: str, *columns: str) -> None:
        """A class outside for whoever lacks all of these columns, behind those of the ladder; nobody in it is fitted on."""
        known = [Score(f"{column}_known", column, (), (1,), hidden=True) for column in columns]
        self.ladder_scores += tuple(score for score in known if score not in self.ladder_scores)
        self.ladder_rules += (Rule(segment, {score.name: (None,) for score in known}),)
        self.inside = self._inside()

    def too_few(self, segment: str, column: str, least: float) -> None:
        """A class outside for whoever has less of a column than needed, or none of it on record; behind those there are already."""
        self.ladder_scores += (Score(f"enough_{column}", column, (least,), (0, 1), "left", hidden=True),)
        self.ladder_rules += (Rule(segment, {f"enough_{column}": (0, None)}),)
        self.inside = self._inside()

    def rest(self, segment: str, column: str) -> None:
        """A class, decided before all fitted ones, for whoever has nothing of a column; nobody in it is fitted on."""
        self.ladder_scores += (Score(f"some_{column}", column, (0.0,), (0, 1), hidden=True),)
        self.ladder_rules += (Rule(segment, {f"some_{column}": (0,)}),)
        self.inside = self._inside()

    def score(self, name: str, column: str, tiers: str, *, better: binning.Better = "high", own: str = "orders") -> Score:
        """Fit one score on the eligible customers; one class for all where they do not differ.

        Args:
            name: Name of the score.
            column: Column of the customer table.
            tiers: Tier rule.
            better: Are large or small values good?
            own: Column of order counts behind ``+own1``.
        """
        import pandas as pd

        rule = binning.parse(tiers)
        if rule.kind == "clock":
            return self.clock_score(name, column)
        for signed in self.frozen.scores if self.frozen else ():
            if (signed.name, signed.input) == (name, column):
                return signed
        own = own if rule.own1 else ""
        values = pd.Series(binning.round12(self.eligible[column].astype(float)), index=self.eligible.index)
        fitted = values[self.eligible[own] != 1] if own else values
        distinct = fitted.nunique()
        asked = rule.classes - int(rule.own1)
        self.gate("too_little_variation", passed=distinct >= asked or rule.kind == "fixed", found=distinct, needed=asked)
        if rule.kind != "fixed" and distinct < 2:
            return Score(name, column, (), (rule.classes,), "right", own, str(rule))
        bins = binning.fit(fitted, rule, better=better)
        if rule.kind != "fixed" and whole_numbers(column):
            bins = binning.whole(bins, fitted)
        score = Score.fitted(name, column, bins, own=own, tiers=str(rule))
        self._compare_shares(score, rule, fitted)
        return score

    def clock_score(self, name: str, column: str) -> Score:
        """Five levels of recency by the trade's clock; they are given by definition, so that nothing is fitted but the thirds within."""
        if column != "days_since_last_order":
            raise ParameterError("tiers: clock is a rule for recency alone; give {score} another one, e.g. quantile:5.", score=name)
        for signed in self.frozen.scores if self.frozen else ():
            if (signed.name, signed.input) == (name, column):
                return signed
        if self.usual_gap is None or self.long_gap is None:
            raise ParameterError(NO_CLOCK, method=self.method)
        bins = binning.fit_clock(self.eligible[column].astype(float), self.usual_gap, self.long_gap)
        return Score.fitted(name, column, bins, tiers="clock")

    def _compare_shares(self, score: Score, rule: binning.Tiers, fitted: pd.Series) -> None:
        """Asked shares against reached ones, those of an own class left out: tied values cannot be divided, and the reader is told."""
        asked = _asked_shares(rule)
        reached = _scores(score, fitted).value_counts(normalize=True)
        off = max((abs(reached.get(number, 0.0) - share) for number, share in asked.items()), default=0.0)
        classes = rule.classes - int(rule.own1)
        if len(reached) < classes and rule.kind == "fixed":
            self.warn("classes_empty", score=score.name, asked=classes, reached=len(reached))
        elif len(reached) < classes:
            self.warn("shares_off", score=score.name, asked=classes, reached=len(reached), off=round(100 * off))
        elif off > SHARE_OFF:
            self.warn("shares_unequal", score=score.name, asked=classes, off=round(100 * off))

    def tier_rules(self, score: Score, names: Sequence[str] = ()) -> tuple[Rule, ...]:
        """One class a score, best first: high, medium, low where there are three, else tier_1 (best), tier_2 …"""
        top = max(score.values())
        names = names or TIER_NAMES.get(top) or [f"tier_{number}" for number in range(1, top + 1)]
        if not score.cuts and not score.own:
            return (Rule("all", {score.name: score.values()}),)
        return tuple(Rule(names[top - value], {score.name: (value,)}) for value in reversed(score.values()))

    def finish(
        self,
        *,
        scores: Sequence[Score],
        rules: Sequence[Rule],
        ordered: bool,
        mode: Mode = "exclusive",
        otherwise: str = "",
        classes: Sequence[str] = (),
        built_on: Sequence[str] = (),
    ) -> Segmentation:
        """The result: classes of everyone by the finished definition, a profile that adds up, gates and warnings.

        Args:
            scores: Scores that the rules read.
            rules: The rules behind those of the ladder.
            ordered: Are there better and worse classes?
            mode: "exclusive" or "ordered".
            otherwise: Class of whom no rule names.
            classes: The classes inside, best first, where they are not simply those of ``rules``: a class of the ladder may be one
                (``prospect``), and one of ``rules`` may be outside (``too_few_gaps``).
            built_on: Columns the classes are made of; by default the inputs of the shown scores.
        """
        inside = tuple(classes) or tuple(dict.fromkeys([*(rule.segment for rule in rules), *([otherwise] if otherwise else [])]))
        every = (*self.ladder_scores, *scores)
        scheme = RuleScheme(
            method=self.method,
            scores=every,
            rules=(*self.ladder_rules, *rules),
            classes=inside,
            outside=tuple(dict.fromkeys(rule.segment for rule in (*self.ladder_rules, *rules) if rule.segment not in inside)),
            otherwise=otherwise,
            mode=mode,
            window_days=int(window_of(self.customers)),
            formulas=tuple(self.formulas),
            flags=tuple(name for name in dict.fromkeys(score.input for score in every) if _is_flag(self.customers, name)),
            about={"params": dict(self.params), "fitted_on": int(self.inside.sum())},
        )
        shown = tuple(built_on) or tuple(dict.fromkeys(score.input for score in scores if not score.hidden))
        return self.conclude(scheme, scores=scores, ordered=ordered, built_on=shown)

    def conclude(self, scheme: Scheme, *, scores: Sequence[Score] = (), ordered: bool, built_on: Sequence[str]) -> Segmentation:
        """The result of a finished definition, be it made of rules or learned; of the signed one where there is one."""
        if self.frozen:
            scheme, scores = self.frozen, [score for score in self.frozen.scores if not score.hidden]
        assignments = self._assignments(scheme)
        table = profile(self.customers, assignments, scheme, built_on)
        self._common(table, scores)
        return Segmentation(
            method=self.method,
            params=self.params,
            assignments=assignments,
            profile=table,
            fit={"customers": float(len(assignments)), "eligible": float(self.inside.sum()), **self.fit},
            details={**self.details, **self._frames(scores)},
            scheme=scheme,
            ordered=ordered,
            built_on=tuple(built_on),
        )

    def _assignments(self, scheme: Scheme) -> pd.DataFrame:
        flags = dict(self.flags)
        if {"exposure_days", "window_days"} <= set(self.customers.columns):
            young = self.customers["exposure_days"] < SHORT_EXPOSURE * self.customers["window_days"]
            flags["short_exposure"] = young & self.inside
        return scheme.apply(self.customers).assign(**flags)

    def _common(self, table: pd.DataFrame, scores: Sequence[Score]) -> None:
        """Gates and warnings that hold for every method."""
        eligible = int(self.inside.sum())
        inside = table[~table["outside"]]
        self._enough_customers(eligible, inside["customers"].tolist(), scores)
        small = inside[(inside["customers"] > 0) & ((inside["customers"] < MIN_CLASS) | (inside["customers"] < MIN_CLASS_SHARE * eligible))]
        if len(small):
            self.warn("small_class", classes=small["segment"].tolist(), needed=MIN_CLASS)
        if "spend" in self.customers.columns and eligible:
            spend = self.eligible["spend"].clip(lower=0)
            top = float(spend.max() / spend.sum()) if spend.sum() > 0 else 0.0
            if top > 0.10:
                self.warn("one_customer", share=round(100 * top))

    def _enough_customers(self, eligible: int, classes: Sequence[int], scores: Sequence[Score]) -> None:
        """One gate on how many there are: of a sample more are needed than of all customers there are, and nobody is never enough.

        Args:
            eligible: Customers who can be classified.
            classes: Customers in each class, empty ones too.
            scores: The shown scores.
        """
        kinds = {score.tiers.partition(":")[0] for score in scores if score.tiers and len(classes) >= 3}
        census = self.facts.population == "all"
        fitted = kinds - {"fixed"}
        if fitted & {*GROUPS} or (fitted and not census):
            self.gate("eligible_customers", passed=eligible >= MIN_ELIGIBLE, found=eligible, needed=MIN_ELIGIBLE)
        elif any(score.tiers.startswith("fixed:") for score in scores) and not census:
            largest = max(classes, default=0)
            self.gate("class_of_sample", passed=largest >= MIN_CLASS, found=largest, needed=MIN_CLASS)
        else:
            self.gate("any_customers", passed=eligible > 0, found=eligible, needed=1)
            if fitted and 0 < eligible < MIN_ELIGIBLE:
                self.warn("census", customers=eligible)

    def _frames(self, scores: Sequence[Score]) -> dict[str, pd.DataFrame]:
        import pandas as pd

        cuts = [
            {
                "score": s.name,
                "input": s.input,
                "tiers": s.tiers,
                "closed": s.closed,
                "cut": value,
                "below": s.scores[i],
                "above": s.scores[i + 1],
            }
            for s in scores
            if not s.hidden
            for i, value in enumerate(s.cuts)
        ]
        columns = ["score", "input", "tiers", "closed", "cut", "below", "above"]
        return {
            "cut_points": pd.DataFrame(cuts, columns=columns),
            "gates": pd.DataFrame(self.gates, columns=["gate", "passed", "found", "needed"]).drop_duplicates(ignore_index=True),
            "warnings": pd.DataFrame(self.warnings, columns=["warning", "values"]),
        }


def _is_flag(customers: pd.DataFrame, name: str) -> bool:
    return name in customers.columns and customers[name].dtype == bool


def _check_table(method: str, customers: pd.DataFrame, needs: Sequence[str]) -> None:
    """All faults of the table at once."""
    from difflib import get_close_matches

    import pandas as pd

    if not isinstance(customers, pd.DataFrame):
        raise TableError(
            "{method} takes a customer table, found {found}. Build one with client.customers().",
            method=method,
            found=type(customers).__name__,
        )
    lacking = [need for need in ("customer_id", *needs) if not set(need.split(OR)) & set(customers.columns)]
    if lacking:
        near = {name: [found for part in name.split(OR) for found in get_close_matches(part, customers.columns, n=1)] for name in lacking}
        hints = ", ".join(f"{name} ({near[name][0]}?)" if near[name] else name for name in lacking)
        raise TableError(
            "{method} needs columns that the customer table lacks: {lacking}. It has: {found}.",
            method=method,
            lacking=hints,
            found=", ".join(map(str, customers.columns)),
        )
    ids = customers["customer_id"]
    if ids.isna().any() or ids.duplicated().any():
        raise TableError(
            "{method}: customer table: {missing} rows without customer_id, {twice} rows share one ({ids}); keep one row a customer.",
            method=method,
            missing=int(ids.isna().sum()),
            twice=int(ids.duplicated().sum()),
            ids=", ".join(map(str, ids[ids.duplicated()].head(3))),
        )


def _ladder(
    customers: pd.DataFrame, first: str, window: bool, reads: Sequence[str], least: Mapping[str, int], needed: Collection[str]
) -> tuple[tuple[Score, ...], tuple[Rule, ...]]:
    """Scores and rules of the classes outside, in their order of decision; only for columns that are there.

    Whose orders or money are not on record is in a class of the unknown where the method cannot do without them (``needed``). Other
    methods take such a customer as one who bought: a blank is no nought, and what is unknown to one method is no matter of another's.
    """
    columns = set(customers.columns)
    counts: list[Score] = []
    ever = "lifetime_orders" if "lifetime_orders" in columns else "orders"
    steps: list[tuple[Score, str, tuple[int | None, ...]]] = []
    if "returns_only" in columns:
        steps.append((Score("returns_only", "returns_only", (0.5,), (0, 1), hidden=True), "returns_only", (1,)))
    if ever in columns:
        counts.append(Score("ordered_ever", ever, (0.0,), (0, 1), hidden=True))
        steps.append((counts[-1], first, (0,)))
    if window and "orders" in columns:
        if ever != "orders":
            counts.append(Score("ordered_in_window", "orders", (0.0,), (0, 1), hidden=True))
            steps.append((counts[-1], "no_orders_in_window", (0,)))
        if "spend" in columns:
            steps.append((Score("spend_not_negative", "spend", (0.0,), (0, 1), "left", hidden=True), "net_negative", (0,)))
            steps.append((Score("spend_positive", "spend", (0.0,), (0, 1), hidden=True), "net_zero", (0,)))
            reads = ("spend", *reads) if "spend" in needed else reads
    steps += [(score, "unknown_orders", (None,)) for score in counts if {"orders", "lifetime_orders"} & set(needed)]
    for column in dict.fromkeys(reads):
        steps.append((Score(f"{column}_known", column, (), (1,), hidden=True), f"unknown_{column}", (None,)))
    for column, fewest in least.items():
        steps.append((Score(f"enough_{column}", column, (float(fewest),), (0, 1), "left", hidden=True), f"too_few_{column}", (0, None)))
    return tuple(dict.fromkeys(score for score, _, _ in steps)), tuple(Rule(key, {score.name: values}) for score, key, values in steps)


def _asked_shares(rule: binning.Tiers) -> dict[int, float]:
    """Score -> share of customers the rule promises, an own class left out; empty where it promises none."""
    lowest = 1 + int(rule.own1)
    if rule.kind == "quantile":
        return dict.fromkeys(range(lowest, rule.classes + 1), 1 / (rule.classes + 1 - lowest))
    if rule.kind == "top":
        return {rule.classes - i: share / 100 for i, share in enumerate(rule.numbers)}
    return {}


def _scores(score: Score, values: pd.Series) -> pd.Series:
    """Scores of values, in pandas; the own class left out."""
    import numpy as np
    import pandas as pd

    return pd.Series(np.asarray(score.scores)[binning.cut(values.to_numpy(float), score.cuts, closed=score.closed) - 1])
