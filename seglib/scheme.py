"""The signed definition of a classification: scores from cuts, ordered rules on scores; one Ibis expression applies it everywhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from seglib.binning import round12
from seglib.errors import SchemeError
from seglib.formula import Formula
from seglib.rules import Rule, Score, grid_rules

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir
    import pandas as pd

FORMAT = 1
CONTRACT = 1  # version of the contract on orders, refunds, ties and edge classes that the definition relies on
Mode = Literal["exclusive", "ordered"]
#: What the contract says, kept beside every definition so that whoever signs it can read it.
CONTRACT_SAYS = {
    "order": "A distinct order_id whose net amount is above 0 after the refunds linked to it; an order refunded in full is no order.",
    "returns": "Every refund lowers spend on its own day, linked to an order or not.",
    "ties": "Equal values always have the same score; values and cuts are compared after rounding to 12 significant digits.",
    "boundary": "At a cut: closed right belongs below it, closed left above it. Cuts are half-open intervals without gaps.",
    "window": "Flow columns look back on window_days days, as_of included; a table of another window is refused.",
    "zero": "Net spend of 0 in the window is net_zero, below 0 net_negative, where the method reads money; both stay outside.",
    "missing": "A missing value of a needed column is unknown_<column>, never the lowest class.",
    "outside": "Classes outside are decided before all others, in the order listed; nobody in them is fitted on.",
}


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
        formulas: Derived inputs that scores may read beside the columns of the customer table; each may read those before it.
        flags: Those among the inputs that are yes or no, so that a warehouse compares them as such.
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
    formulas: tuple[Formula, ...] = ()
    flags: tuple[str, ...] = ()
    about: Mapping[str, object] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        known = [score.name for score in self.scores]
        strange = dict.fromkeys(name for rule in self.rules for name in rule.when if name not in known)
        twice = dict.fromkeys(name for name in known if known.count(name) > 1)
        if strange or twice:
            raise SchemeError(
                "{method}: rules read scores that are not there ({strange}), or scores share a name ({twice}); the scores are {known}.",
                method=self.method,
                strange=", ".join(strange) or "none",
                twice=", ".join(twice) or "none",
                known=", ".join(known),
            )

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns of the customer table that it reads."""
        derived: dict[str, tuple[str, ...]] = {}
        for formula in self.formulas:
            derived[formula.name] = tuple(column for name in formula.inputs for column in derived.get(name, (name,)))
        read = [*(name for score in self.scores for name in score.inputs), *derived]
        return tuple(dict.fromkeys(column for name in read for column in derived.get(name, (name,))))

    @property
    def texts(self) -> tuple[str, ...]:
        """Those among the inputs that are text; all others are numbers."""
        return tuple(dict.fromkeys(name for formula in self.formulas for name in formula.texts))

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
            "formulas": [formula.definition() for formula in self.formulas],
            "scores": [
                {
                    "name": s.name,
                    "input": s.input,
                    "own": s.own,
                    "closed": s.closed,
                    "cuts": [float(cut) for cut in s.cuts],
                    "scores": list(s.scores),
                }
                for s in self.scores
            ],
            "rules": [{"segment": rule.segment, "when": {name: list(values) for name, values in rule.when.items()}} for rule in self.rules],
        }

    @property
    def hash(self) -> str:
        """sha256 of the definition alone: it stays the same under another version, date or computer."""
        return hashed(self.definition())

    @property
    def beside(self) -> dict[str, Any]:
        """What is saved with the definition and decides no class."""
        return {
            "tiers": {score.name: score.tiers for score in self.scores if score.tiers},
            "hidden": [score.name for score in self.scores if score.hidden],
            "flags": list(self.flags),
        }

    def save(self, path: str | Path) -> Path:
        """Write scheme.json: the definition, its hash, and what surrounds it."""
        return write(path, self, {**self.about, **self.beside})

    def expression(self, table: ir.Table) -> ir.Table:
        """``table`` with one column a score and the column ``segment``, in any engine Ibis compiles to."""
        import ibis

        require(self.method, self.inputs, table.columns)
        table = self._derived(table)
        by_name = {score.name: score for score in self.scores}
        branches = [(rule.expression(table, by_name), ibis.literal(rule.segment)) for rule in self.rules]
        rest = ibis.literal(self.otherwise) if self.otherwise else ibis.null("string")
        segment = ibis.cases(*branches, else_=rest) if branches else rest
        shown = {score.name: score.expression(table) for score in self.scores if not score.hidden}
        return table.mutate(**shown, segment=segment)

    def _derived(self, table: ir.Table) -> ir.Table:
        """``table`` with the formulas, each of which may read those before it."""
        for formula in self.formulas:
            if formula.name not in table.columns:
                table = table.mutate(**{formula.name: formula.expression(table)})
        return table

    def apply(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Scores and class of every row of a customer table, in its order.

        Args:
            customers: One row a customer with at least ``inputs`` and ``customer_id``.

        Returns:
            customer_id, segment, then one nullable whole number a shown score.

        Raises:
            SchemeError: A column is lacking or holds something else than numbers, or a customer meets no rule.
        """
        require(self.method, ("customer_id", *self.inputs), customers.columns)
        names = [score.name for score in self.scores if not score.hidden]
        found = evaluated(self.hash, self.prepared(customers), ("segment", *names), self.expression)
        found.insert(0, "customer_id", customers["customer_id"].array)
        if found["segment"].isna().any():
            raise SchemeError(
                "{method}: {n} customers meet no rule and no class is named otherwise (first: {ids}). Run scheme.check().",
                method=self.method,
                n=int(found["segment"].isna().sum()),
                ids=", ".join(map(str, found.loc[found["segment"].isna(), "customer_id"].head(3))),
            )
        return found.astype({"segment": "str", **dict.fromkeys(names, "Int64")}).set_axis(customers.index)

    def prepared(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The inputs and formulas as the cuts were fitted on them: rounded, whatever was done to the table meanwhile; with row_number."""
        import numpy as np
        import pandas as pd

        columns = {
            name: customers[name].astype("str") if name in self.texts else numbers(self.method, customers[name]) for name in self.inputs
        }
        frame = pd.DataFrame(columns, index=customers.index)
        frame["row_number"] = np.arange(len(frame))
        # A look-up can be long, and takes long as a statement: here it is the same look-up in the frame.
        found = {one.name: frame[one.inputs[0]].map(dict(one.table)).astype(float) for one in self.formulas if one.table}
        frame = frame.assign(**found)
        if len(found) == len(self.formulas):
            return frame
        derived = evaluated(self.hash, frame, tuple(formula.name for formula in self.formulas), self._derived)
        return frame.assign(**{name: round12(derived[name].astype(float)) for name in derived})

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


def engine() -> Any:
    """One DuckDB connection a thread: a connection must not be shared between threads."""
    import threading

    import duckdb

    local = engine.__dict__.setdefault("local", threading.local())
    if not hasattr(local, "connection"):
        local.connection = duckdb.connect()
    return local.connection


@dataclass(frozen=True)
class _Statement:
    """What a statement is made of; ``build`` follows from the key."""

    key: str
    columns: tuple[str, ...]
    schema: ibis.Schema
    build: Callable[[ir.Table], ir.Table] = field(compare=False)


@lru_cache(maxsize=256)
def _sql(statement: _Statement) -> str:
    import ibis

    table = ibis.table(statement.schema, name="customers")
    return str(ibis.to_sql(statement.build(table).order_by("row_number").select(*statement.columns), dialect="duckdb"))


def evaluated(key: str, frame: pd.DataFrame, columns: Sequence[str], build: Callable[[ir.Table], ir.Table]) -> pd.DataFrame:
    """Columns of an expression on a frame that holds ``row_number``, in that order.

    The statement is kept under ``key``, which names the definition that ``build`` applies: writing it takes Ibis some ten
    times as long as DuckDB takes to answer it on a few thousand customers.
    """
    import ibis
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)  # missing numbers become NULL
    statement = _sql(_Statement(key, tuple(columns), ibis.Schema.from_pyarrow(table.schema), build))
    connection = engine()
    connection.register("customers", table)
    try:
        return connection.execute(statement).df()
    finally:
        connection.unregister("customers")


def hashed(definition: Mapping[str, Any]) -> str:
    """sha256 of a definition, the same however its keys are ordered."""
    text = json.dumps(definition, sort_keys=True, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Definition(Protocol):
    """What is written of a scheme, be it made of rules or learned."""

    def definition(self) -> dict[str, Any]: ...
    @property
    def hash(self) -> str: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...


def write(path: str | Path, scheme: Definition, about: Mapping[str, Any]) -> Path:
    """Write scheme.json, in the one form that ``seglib.load_scheme`` reads: the definition, its hash, and what decides nothing."""
    from seglib import __version__

    content = {
        "format": FORMAT,
        "hash": scheme.hash,
        "definition": scheme.definition(),
        "inputs": list(scheme.inputs),
        "contract": CONTRACT_SAYS,
        "seglib": __version__,
        "about": dict(about),
    }
    target = Path(path)
    target.write_text(json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")
    return target


def require(method: str, needed: Iterable[str], found: Iterable[str]) -> None:
    """Refuse a table that lacks a column a scheme reads."""
    lacking = [name for name in needed if name not in found]
    if lacking:
        raise SchemeError(
            "{method}: the table lacks {lacking}; it has {found}. Build it with client.customers().",
            method=method,
            lacking=", ".join(lacking),
            found=", ".join(map(str, found)),
        )


def numbers(method: str, column: pd.Series) -> pd.Series:
    """A column as numbers rounded to 12 digits, as cuts are fitted on them; refused where it holds something else."""
    import pandas as pd

    try:
        return pd.Series(round12(column.astype(float)), index=column.index)
    except (TypeError, ValueError) as fault:
        strange = column[pd.to_numeric(column, errors="coerce").isna() & column.notna()]
        raise SchemeError(
            "{method}: column {column} must hold numbers; found {example!r}.",
            method=method,
            column=column.name,
            example=str((column if strange.empty else strange).iloc[0]),
        ) from fault


def from_definition(definition: Mapping[str, Any], about: Mapping[str, Any]) -> RuleScheme:
    """The scheme behind a saved definition and what stood beside it."""
    about = dict(about)
    tiers, hidden, flags = about.pop("tiers", {}), about.pop("hidden", []), about.pop("flags", [])
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
        formulas=tuple(Formula(f["name"], f["text"], f["table"]) for f in definition["formulas"]),
        flags=tuple(flags),
        about=about,
    )


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
