"""The definition of a learned classification as plain numbers: features by printed formulas, a scale, and centres or Gaussians."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from seglib.errors import SchemeError
from seglib.formula import Formula
from seglib.scheme import CONTRACT, RuleScheme, evaluated, from_definition, hashed, numbers, require, write

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd

    from seglib.rules import Rule, Score

Kind = Literal["centres", "gaussians"]


@dataclass(frozen=True)
class LearnedScheme:
    """A classification that an algorithm found, kept as numbers and never as an object of a library.

    Attributes:
        method: Name of the method.
        ladder: Rules that set apart who cannot be classified; whoever reaches its class ``otherwise`` is classified by the features.
        features: One formula a feature, over columns of the customer table.
        low, high: Values beyond which a feature is pulled in (winsorised).
        mean, spread: What is subtracted from, and what divides, each feature.
        kind: "centres": the nearest centre decides; "gaussians": the greatest posterior probability.
        classes: Class keys, in the order of the centres.
        centres: One row a class, one number a feature, in scaled units.
        weights: Share of each class; used by "gaussians".
        precisions: Upper Cholesky factors of the inverse covariances, one matrix a class; () for "centres".
        window_days: Window of the flow columns.
        about: Dates, versions and parameters; no part of the definition.
    """

    method: str
    ladder: RuleScheme
    features: tuple[Formula, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    kind: Kind
    classes: tuple[str, ...]
    centres: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...] = ()
    precisions: tuple[tuple[tuple[float, ...], ...], ...] = ()
    window_days: int = 0
    about: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def outside(self) -> tuple[str, ...]:
        return self.ladder.outside

    @property
    def otherwise(self) -> str:
        return ""

    @property
    def scores(self) -> tuple[Score, ...]:
        """None: features decide, not scores."""
        return ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """None: nearness decides, not rules."""
        return ()

    def check(self) -> pd.DataFrame:
        """Faults of the rules that set apart who cannot be classified; see ``seglib.soundness``."""
        return self.ladder.check()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns of the customer table that it reads."""
        return tuple(dict.fromkeys([*self.ladder.inputs, *(name for feature in self.features for name in feature.inputs)]))

    def definition(self) -> dict[str, Any]:
        """What decides a class, and nothing else: the content of the hash."""
        numbers = {name: _plain(getattr(self, name)) for name in ("low", "high", "mean", "spread", "centres", "weights", "precisions")}
        return {
            "contract": CONTRACT,
            "method": self.method,
            "kind": self.kind,
            "window_days": self.window_days,
            "classes": list(self.classes),
            "features": [feature.definition() for feature in self.features],
            "ladder": self.ladder.definition(),
            **numbers,
        }

    @property
    def hash(self) -> str:
        return hashed(self.definition())

    def save(self, path: str | Path) -> Path:
        """Write scheme.json in the form of every scheme."""
        return write(path, self, {**self.about, **self.ladder.beside})

    def matrix(self, customers: pd.DataFrame) -> np.ndarray:
        """Scaled features, one row a customer; missing where a feature is."""
        import numpy as np
        import pandas as pd

        names = dict.fromkeys(name for feature in self.features for name in feature.inputs)
        frame = pd.DataFrame({name: numbers(self.method, customers[name]) for name in names}, index=customers.index)
        frame["row_number"] = np.arange(len(frame))
        shown = {feature.name: feature.definition() for feature in self.features}
        raw = evaluated(hashed(shown), frame, tuple(shown), self._features).to_numpy(float)
        return (np.clip(raw, self.low, self.high) - np.asarray(self.mean)) / np.asarray(self.spread)

    def _features(self, table: ir.Table) -> ir.Table:
        return table.mutate(**{feature.name: feature.expression(table) for feature in self.features})

    def apply(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Class of every row of a customer table, in its order, with its probability where there are Gaussians.

        Raises:
            SchemeError: The table lacks a column, or a customer to be classified lacks a feature.
        """
        import numpy as np

        require(self.method, self.inputs, customers.columns)
        found = self.ladder.apply(customers)[["customer_id", "segment"]]
        inside = (found["segment"] == self.ladder.otherwise).to_numpy()
        if not inside.any():
            return found
        scaled = self.matrix(customers[inside])
        if np.isnan(scaled).any():
            raise SchemeError(
                "{method}: {n} customers lack a feature and no class outside takes them (first: {ids}).",
                method=self.method,
                n=int(np.isnan(scaled).any(axis=1).sum()),
                ids=", ".join(map(str, found.loc[inside, "customer_id"][np.isnan(scaled).any(axis=1)].head(3))),
            )
        distances, probability = self._nearness(scaled)
        labels = np.asarray(self.classes, dtype=object)[distances.argmin(axis=1)]
        found.loc[inside, "segment"] = labels
        if self.kind == "gaussians":
            found["probability"] = np.nan
            found.loc[inside, "probability"] = probability
        return found.astype({"segment": "str"})

    def _nearness(self, scaled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distance to every class (smaller is nearer), and the probability of the nearest."""
        import numpy as np

        centres = np.asarray(self.centres)
        if self.kind == "centres":
            distances = ((scaled[:, None, :] - centres) ** 2).sum(axis=2)
            return distances, np.ones(len(scaled))
        logs = np.empty((len(scaled), len(centres)))
        for i, factor in enumerate(np.asarray(self.precisions)):
            moved = (scaled - centres[i]) @ factor
            logs[:, i] = np.log(self.weights[i]) + np.log(np.diag(factor)).sum() - 0.5 * (moved**2).sum(axis=1)
        shifted = np.exp(logs - logs.max(axis=1, keepdims=True))
        return -logs, shifted.max(axis=1) / shifted.sum(axis=1)

    def to_sql(self, dialect: str = "duckdb", **_: object) -> str:
        """Refused in one sentence: a learned definition is numbers, not rules."""
        raise SchemeError(
            "{method} is learned, not made of rules, so there is no SQL for it. Apply it with seglib assign.", method=self.method
        )


def _plain(value: Any) -> Any:
    """Nested tuples as nested lists of floats."""
    return [_plain(one) for one in value] if isinstance(value, (tuple, list)) else float(value)


def _nested(value: Any) -> Any:
    return tuple(_nested(one) for one in value) if isinstance(value, list) else value


def from_learned_definition(definition: Mapping[str, Any], about: Mapping[str, Any]) -> LearnedScheme:
    """The scheme behind a saved definition."""
    beside = {name: about[name] for name in ("tiers", "hidden", "flags")}
    arrays = {name: _nested(definition[name]) for name in ("low", "high", "mean", "spread", "centres", "weights", "precisions")}
    return LearnedScheme(
        method=definition["method"],
        ladder=from_definition(definition["ladder"], beside),
        features=tuple(Formula(f["name"], f["text"], f["table"]) for f in definition["features"]),
        kind=definition["kind"],
        classes=tuple(definition["classes"]),
        window_days=definition["window_days"],
        about={key: value for key, value in about.items() if key not in beside},
        **arrays,
    )
