"""The signed definition of a classification: scores from cuts, ordered rules on scores; one Ibis expression applies it everywhere."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from seglib.binning import Bins, Closed
from seglib.errors import SchemeError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

FORMAT = 1
CONTRACT = 1  # version of the contract on orders, refunds, ties and edge classes that the definition relies on
Mode = Literal["exclusive", "ordered"]


@dataclass(frozen=True)
class Score:
    """A whole number made from one column by cuts.

    Attributes:
        name: Its name in rules and results, e.g. ``R``.
        input: Column of the customer table it reads.
        cuts: Strictly ascending values.
        closed: "right": a value at a cut belongs below it; "left": above it.
        scores: One score for each of the ``len(cuts) + 1`` intervals, lowest values first.
        own: Column of order counts; exactly one order gives score 1 whatever the input says. "" for none.
        tiers: The rule the cuts came from, in its spelling; "" where they were given.
        hidden: True for the scores that only serve the classes outside the classification.
    """

    name: str
    input: str
    cuts: tuple[float, ...]
    scores: tuple[int, ...]
    closed: Closed = "right"
    own: str = ""
    tiers: str = ""
    hidden: bool = False

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in itertools.pairwise(self.cuts))
        if not rising or len(self.scores) != len(self.cuts) + 1 or not all(map(math.isfinite, self.cuts)):
            raise SchemeError(
                "score {name}: cuts {cuts} must be finite and rise, with one score more than cuts; found {n} scores.",
                name=self.name,
                cuts=list(self.cuts),
                n=len(self.scores),
            )

    @classmethod
    def fitted(cls, name: str, column: str, bins: Bins, *, own: str = "", tiers: str = "") -> Score:
        """The score that ``binning.fit`` found on ``column``."""
        return cls(name, column, bins.cuts, bins.scores, bins.closed, own, tiers)

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.input, self.own) if self.own and self.own != self.input else (self.input,)

    def values(self) -> tuple[int, ...]:
        """Every score it can give, ascending."""
        return tuple(sorted({*self.scores, *([1] if self.own else [])}))

    def of(self, value: float | None, own: float | None = None) -> int | None:
        """Score of one value; None where it is missing."""
        if value is None or math.isnan(value):
            return None
        if self.own and (value if self.own == self.input else own) == 1:
            return 1
        passed = sum(value > cut or (value == cut and self.closed == "left") for cut in self.cuts)
        return self.scores[passed]

    def expression(self, table: ir.Table) -> ir.IntegerColumn:
        """The same, as an Ibis column; a missing value has its own branch first, as SQL comparisons with NULL are no answer."""
        import ibis

        column = _number(table, self.input)
        branches: list[tuple[Any, Any]] = [(column.isnull(), ibis.null("int64"))]
        if self.own:
            branches.append((table[self.own] == 1, ibis.literal(1, "int64")))
        for cut, score in zip(self.cuts, self.scores, strict=False):
            below = column < cut if self.closed == "left" else column <= cut
            branches.append((below, ibis.literal(score, "int64")))
        return ibis.cases(*branches, else_=ibis.literal(self.scores[-1], "int64")).name(self.name)

    def condition(self, table: ir.Table, allowed: Iterable[int | None]) -> ir.BooleanValue:
        """True where the score is one of ``allowed``; None among them stands for a missing input."""
        import ibis

        column, wanted = _number(table, self.input), set(allowed)
        runs = [list(run) for keep, run in itertools.groupby(range(len(self.scores)), lambda i: self.scores[i] in wanted) if keep]
        parts = [self._between(column, run[0], run[-1]) for run in runs]
        inside = ibis.or_(*parts) if parts else ibis.literal(False)
        if self.own:
            one = table[self.own] == 1
            inside = (column.notnull() & one) | inside if 1 in wanted else ~one & inside
        return inside | column.isnull() if None in wanted else inside

    def _between(self, column: ir.NumericColumn, first: int, last: int) -> ir.BooleanValue:
        """The intervals ``first`` to ``last`` as one comparison with their outer cuts."""
        above = below = column.notnull()
        if first > 0:
            above = column >= self.cuts[first - 1] if self.closed == "left" else column > self.cuts[first - 1]
        if last < len(self.cuts):
            below = column < self.cuts[last] if self.closed == "left" else column <= self.cuts[last]
        return above if last == len(self.cuts) else below if first == 0 else above & below


@dataclass(frozen=True)
class Rule:
    """A class and the scores that lead to it: every score named in ``when`` must have one of its values; None there means missing."""

    segment: str
    when: Mapping[str, tuple[int | None, ...]]

    def matches(self, cell: Mapping[str, int | None]) -> bool:
        return all(cell[name] in allowed for name, allowed in self.when.items())

    def expression(self, table: ir.Table, scores: Mapping[str, Score]) -> ir.BooleanValue:
        """The rule as a condition on the columns themselves, so that its SQL reads like the printed cut points."""
        import ibis

        parts = [scores[name].condition(table, allowed) for name, allowed in self.when.items()]
        return ibis.and_(*parts) if parts else ibis.literal(True)


@dataclass(frozen=True)
class RuleScheme:
    """A classification that rules decide.

    Attributes:
        method: Name of the method.
        scores: The scores, in the order in which they are shown.
        rules: The rules; in mode "ordered" the first that matches wins, in mode "exclusive" no two may match.
        classes: Class keys inside the classification, best first where the method is ordered.
        outside: Class keys of those who cannot be classified, in the order of decision.
        otherwise: Class of a cell that no rule names; "" where every cell must be named.
        window_days: Length of the window the flow columns look back on, 0 where none was known.
        about: What does not belong to the definition: dates, versions, parameters.
    """

    method: str
    scores: tuple[Score, ...]
    rules: tuple[Rule, ...]
    classes: tuple[str, ...]
    outside: tuple[str, ...] = ()
    otherwise: str = ""
    mode: Mode = "ordered"
    window_days: int = 0
    about: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns of the customer table that it reads."""
        return tuple(dict.fromkeys(name for score in self.scores for name in score.inputs))

    def score(self, name: str) -> Score:
        return next(score for score in self.scores if score.name == name)

    def definition(self) -> dict[str, Any]:
        """What decides a class, and nothing else: the content of the hash."""
        return {
            "contract": CONTRACT,
            "method": self.method,
            "window_days": self.window_days,
            "mode": self.mode,
            "otherwise": self.otherwise,
            "classes": list(self.classes),
            "outside": list(self.outside),
            "scores": [
                {
                    "name": s.name,
                    "input": s.input,
                    "own": s.own,
                    "closed": s.closed,
                    "cuts": list(s.cuts),
                    "scores": list(s.scores),
                }
                for s in self.scores
            ],
            "rules": [{"segment": rule.segment, "when": {name: list(values) for name, values in rule.when.items()}} for rule in self.rules],
        }

    @property
    def hash(self) -> str:
        """sha256 of the definition alone: it stays the same under another version, date or computer."""
        text = json.dumps(self.definition(), sort_keys=True, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def save(self, path: str | Path) -> Path:
        """Write scheme.json: the definition, its hash, and what surrounds it."""
        tiers = {score.name: score.tiers for score in self.scores if score.tiers}
        hidden = [score.name for score in self.scores if score.hidden]
        content = {
            "format": FORMAT,
            "hash": self.hash,
            "definition": self.definition(),
            "about": {**self.about, "tiers": tiers, "hidden": hidden},
        }
        target = Path(path)
        target.write_text(json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")
        return target

    def expression(self, table: ir.Table) -> ir.Table:
        """``table`` with one column a score and the column ``segment``, in any engine Ibis compiles to."""
        import ibis

        missing = [name for name in self.inputs if name not in table.columns]
        if missing:
            raise SchemeError(
                "{method}: the table lacks {missing}; it has {found}. Build it with client.customers().",
                method=self.method,
                missing=missing,
                found=list(table.columns),
            )
        by_name = {score.name: score for score in self.scores}
        branches = [(rule.expression(table, by_name), ibis.literal(rule.segment)) for rule in self.rules]
        rest = ibis.literal(self.otherwise) if self.otherwise else ibis.null("string")
        segment = ibis.cases(*branches, else_=rest) if branches else rest
        shown = {score.name: score.expression(table) for score in self.scores if not score.hidden}
        return table.mutate(**shown, segment=segment)

    def apply(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Scores and class of every row of a customer table, in its order.

        Args:
            customers: One row a customer with at least ``inputs`` and ``customer_id``.

        Returns:
            customer_id, segment, then one nullable whole number a shown score.
        """
        import ibis
        import numpy as np

        lacking = [name for name in (*self.inputs, "customer_id") if name not in customers.columns]
        frame = customers[[name for name in self.inputs if name not in lacking]].astype(float)
        frame["row_number"] = np.arange(len(frame))
        expression = self.expression(ibis.memtable(frame)).order_by("row_number")
        names = [score.name for score in self.scores if not score.hidden]
        found = _engine().to_pandas(expression.select("segment", *names))
        found.insert(0, "customer_id", customers["customer_id"].to_numpy())
        if found["segment"].isna().any():
            raise SchemeError(
                "{method}: {n} customers meet no rule and no class is named otherwise (first: {ids}). Run scheme.check().",
                method=self.method,
                n=int(found["segment"].isna().sum()),
                ids=", ".join(map(str, found.loc[found["segment"].isna(), "customer_id"].head(3))),
            )
        return found.astype({"segment": "str", **dict.fromkeys(names, "Int64")}).set_axis(customers.index)

    def to_sql(
        self,
        dialect: str = "duckdb",
        *,
        table: str = "customers",
        columns: Mapping[str, str] | None = None,
        with_customers: str | Literal[False] = False,
    ) -> str:
        """One SELECT that gives customer_id, the scores and the class.

        Args:
            dialect: duckdb, postgres, snowflake, bigquery, databricks, trino, sqlite, …
            table: Name of the customer table in the warehouse.
            columns: Our column name -> its name there.
            with_customers: The SQL that builds the customer table (``client.sql()``), to stand in front as a common table expression.
        """
        from seglib.sql import select

        return select(self, dialect, table=table, columns=dict(columns or {}), with_customers=with_customers or "")

    def check(self) -> pd.DataFrame:
        """Faults of the rules: classes nobody can reach, cells that belong to nobody, overlaps; see ``seglib.soundness``."""
        from seglib.soundness import check

        return check(self)

    def cells(self) -> Iterable[dict[str, int | None]]:
        """Every combination of scores that some customer could have; see ``seglib.soundness``."""
        from seglib.soundness import cells

        return cells(self)


def _number(table: ir.Table, name: str) -> ir.NumericColumn:
    """A column as a number: true is 1."""
    column: Any = table[name]
    return column.cast("int64") if column.type().is_boolean() else column


def _engine() -> Any:
    """One DuckDB connection a thread: a connection must not be shared between threads."""
    import threading

    import ibis

    local = _engine.__dict__.setdefault("local", threading.local())
    if not hasattr(local, "connection"):
        local.connection = ibis.duckdb.connect()
    return local.connection


def load_scheme(path: str | Path) -> RuleScheme:
    """Read a scheme.json and prove that it is the one that was signed.

    Raises:
        SchemeError: The file is no scheme, or its content does not match its hash.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        scheme = _from_content(content)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise SchemeError(
            "{path} is no scheme file ({fault}). Give the scheme.json of a run.",
            path=Path(path).name,
            fault=type(fault).__name__,
        ) from fault
    if scheme.hash != content["hash"]:
        raise SchemeError(
            "{path}: the definition was changed after it was saved (hash {found}, signed {signed}). Take it from the run again.",
            path=Path(path).name,
            found=scheme.hash[:8],
            signed=str(content["hash"])[:8],
        )
    return scheme


def _from_content(content: Mapping[str, Any]) -> RuleScheme:
    definition, about = content["definition"], dict(content["about"])
    tiers, hidden = about.pop("tiers", {}), about.pop("hidden", [])
    scores = [
        Score(
            s["name"],
            s["input"],
            tuple(s["cuts"]),
            tuple(s["scores"]),
            s["closed"],
            s["own"],
            tiers.get(s["name"], ""),
            s["name"] in hidden,
        )
        for s in definition["scores"]
    ]
    rules = [Rule(rule["segment"], {name: tuple(values) for name, values in rule["when"].items()}) for rule in definition["rules"]]
    return RuleScheme(
        method=definition["method"],
        scores=tuple(scores),
        rules=tuple(rules),
        classes=tuple(definition["classes"]),
        outside=tuple(definition["outside"]),
        otherwise=definition["otherwise"],
        mode=definition["mode"],
        window_days=definition["window_days"],
        about=about,
    )


def grid_rules(spelling: str | Mapping[str, str], axes: Sequence[str] = ("R", "F", "M"), levels: int = 5) -> tuple[tuple[Rule, ...], str]:
    """Rules written as score ranges, e.g. ``Champions: 4-5/4-5/4-5; Lost: 1-2/1-2/1-2; otherwise: Others``.

    Args:
        spelling: Such a text, or a mapping of class to ranges. One range an axis, in the order of ``axes``; ``4-5``, ``3`` or ``*``.
        axes: Names of the scores.
        levels: Highest score.

    Returns:
        The rules in their order, and the class named ``otherwise`` ("" where there is none).

    Raises:
        SchemeError: A rule cannot be read; the sentence quotes it.
    """
    if isinstance(spelling, str):
        parts = [part.rpartition(":") for part in spelling.replace("：", ":").split(";") if part.strip()]
        spelling = {name.strip(): ranges.strip() for name, _, ranges in parts}
    rules, otherwise = [], ""
    for name, ranges in spelling.items():
        if name == "otherwise":
            otherwise = ranges
            continue
        values = [_range(text, levels) for text in ranges.split("/")]
        if not name or len(values) != len(axes) or not all(values):
            raise SchemeError(
                "classes: {rule!r} cannot be read. Write a class, a colon and {n} ranges of scores 1 to {levels}, e.g. Best: {example}.",
                rule=f"{name}: {ranges}",
                n=len(axes),
                levels=levels,
                example="/".join(["4-5"] * len(axes)),
            )
        rules.append(Rule(name, dict(zip(axes, values, strict=True))))
    return tuple(rules), otherwise


def grid_scheme(
    spelling: str | Mapping[str, str], axes: Sequence[str] = ("R", "F", "M"), levels: int = 5, method: str = "rfm"
) -> RuleScheme:
    """A scheme on columns that already hold scores 1 to ``levels``, to check rules before there are data.

    >>> grid_scheme("Best: 2/2; Rest: 1/*", ("R", "F"), 2).check()["sentence"].iloc[0]
    '1 of 4 combinations of scores belong to no class, e.g. R=2 F=1. Name a class for them, or an otherwise.'
    """
    rules, otherwise = grid_rules(spelling, axes, levels)
    between = tuple(number + 0.5 for number in range(1, levels))
    scores = tuple(Score(axis, axis, between, tuple(range(1, levels + 1))) for axis in axes)
    return RuleScheme(method, scores, rules, tuple(dict.fromkeys(rule.segment for rule in rules)), otherwise=otherwise)


def _range(text: str, levels: int) -> tuple[int, ...]:
    """``4-5`` -> (4, 5); () where it cannot be read."""
    low, _, high = ("1-" + str(levels) if text.strip() == "*" else text.strip()).partition("-")
    if not low.isdecimal() or not (high or low).isdecimal():
        return ()
    numbers = tuple(range(int(low), int(high or low) + 1))
    return numbers if numbers and numbers[0] >= 1 and numbers[-1] <= levels else ()
