"""Methods under a signed definition: nothing is fitted, its cuts and rules decide; and what a definition carries for that."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from seglib.binning import round12
from seglib.errors import ParameterError
from seglib.learned import LearnedScheme
from seglib.methods._draft import Draft
from seglib.segmentation import TABLE_PARAMS, Facts, Scheme, Segmentation, assign, facts_of

if TYPE_CHECKING:
    import pandas as pd

F = TypeVar("F", bound=Callable[..., Segmentation])
TODAY = ("cut_points", "gates", "signed_gates", "warnings")  # frames that every result makes anew
LONGEST = 400  # rows of a frame up to which it is kept with the definition
TENTHS = 10


@overload
def follows(segment: F) -> F: ...
@overload
def follows(*, describes: bool) -> Callable[[F], F]: ...
def follows(segment: F | None = None, *, describes: bool = False) -> F | Callable[[F], F]:
    """Let a method follow the signed definition that its customer table carries.

    Args:
        segment: The method's ``segment``.
        describes: True where its tables tell of the customers at hand and all it fits goes through ``Draft.score`` and ``Draft.derive``,
            which take the signed cuts. Otherwise its body does not run at all, and its tables are those of the signing.
    """
    if segment is None:
        return cast("Callable[[F], F]", functools.partial(follows, describes=describes))
    method = segment.__module__.rpartition(".")[2]

    @functools.wraps(segment)
    def decided(customers: pd.DataFrame, **given: object) -> Segmentation:
        scheme = facts_of(customers).signed.get(method) if hasattr(customers, "attrs") else None
        if scheme is None:
            return segment(customers, **given)
        params = agreed(scheme, given, defaults(segment))
        return segment(customers, **params) if describes else settled(scheme, customers)

    return cast("F", decided)


def defaults(segment: Callable[..., Segmentation]) -> dict[str, object]:
    """The parameters of a method's ``segment`` with their defaults."""
    kinds = inspect.signature(segment).parameters.values()
    return {one.name: one.default for one in kinds if one.kind is inspect.Parameter.KEYWORD_ONLY}


def agreed(scheme: Scheme, given: Mapping[str, object], default: Mapping[str, object]) -> dict[str, object]:
    """The parameters a definition was signed with; a default given again contradicts nothing.

    Raises:
        ParameterError: A parameter contradicts the definition.
    """
    was = {name: value for name, value in _params(scheme).items() if name in default}
    for name, value in given.items():
        if name in was and value != was[name] and value != default[name]:
            raise ParameterError(
                "{method}: {name} is {given!r}, but the definition #{hash} was signed with {signed!r}. "
                "Leave it out, or draw the lines anew with --refit.",
                method=scheme.method,
                name=name,
                given=value,
                hash=scheme.hash[:8],
                signed=was[name],
            )
    return {**given, **was}


def _params(scheme: Scheme) -> dict[str, object]:
    found = scheme.about.get("params")
    return {name: value for name, value in found.items() if name not in TABLE_PARAMS} if isinstance(found, Mapping) else {}


def settled(scheme: Scheme, customers: pd.DataFrame) -> Segmentation:
    """The result of a definition as it stands, on any customer table of the same window.

    Args:
        scheme: A saved definition.
        customers: A customer table.

    Returns:
        Classes and profile of these customers; tables that tell how the definition was found are those saved with it.

    Raises:
        SchemeError: The table looks back on another number of days.
        TableError: It lacks a column.
    """
    import pandas as pd

    from seglib import methods

    facts, table = facts_of(customers), customers.copy(deep=False)
    table.attrs["facts"] = Facts(
        facts,
        unattributed=facts.unattributed,
        currency=facts.currency,
        signed={scheme.method: scheme},
        population=facts.population,
    )
    draft = Draft(scheme.method, table, needs=scheme.inputs, params=_params(scheme), window=False)
    classes = assign(scheme, table)["segment"]
    draft.inside = ~classes.isin(scheme.outside)
    if not isinstance(scheme, LearnedScheme) and scheme.formulas:
        values = scheme.prepared(table)
        draft.flags |= {formula.name: values[formula.name] for formula in scheme.formulas}
        draft.customers = table.assign(**draft.flags)
    draft.details |= kept(scheme)
    draft.fit |= {name: float(value) for name, value in _about(scheme, "fit").items() if name not in ("customers", "eligible")}
    gates = [dict(row) for row in cast("list[Any]", scheme.about.get("gates", []))]
    if gates and "signed" in scheme.about:  # conditions of that day: today's are computed today
        draft.details["signed_gates"] = pd.DataFrame(gates, columns=["gate", "passed", "found", "needed"])
    else:
        draft.gates += gates
    draft.warnings += [] if scheme.scores else [dict(row) for row in cast("list[Any]", scheme.about.get("warnings", []))]
    built_on = cast("list[str]", scheme.about.get("built_on") or _reads(scheme))
    ordered = bool(scheme.about.get("ordered", methods.declared(scheme.method).get("ORDERED", False)))
    return draft.conclude(scheme, ordered=ordered, built_on=built_on)


def _about(scheme: Scheme, name: str) -> Mapping[str, Any]:
    found = scheme.about.get(name)
    return found if isinstance(found, Mapping) else {}


def _reads(scheme: Scheme) -> list[str]:
    """What the classes are made of, where nothing says so."""
    if isinstance(scheme, LearnedScheme):
        return list(dict.fromkeys(name for feature in scheme.features for name in feature.inputs))
    return list(dict.fromkeys(score.input for score in scheme.scores if not score.hidden))


def kept(scheme: Scheme) -> dict[str, pd.DataFrame]:
    """The frames that were saved with a definition."""
    import pandas as pd

    return {name: pd.DataFrame(kept["rows"], columns=kept["columns"]) for name, kept in _about(scheme, "details").items()}


def equipped(result: Segmentation, customers: pd.DataFrame | None = None) -> Scheme:
    """The definition of a result with all that later runs on it need beside it; none of it is part of the hash.

    Args:
        result: A classification.
        customers: The table it was made on; with it the spread of the inputs is kept, against which drift is measured.
    """
    frames = {name: frame for name, frame in result.details.items() if name not in TODAY and len(frame) <= LONGEST}
    beside: dict[str, object] = {
        "ordered": result.ordered,
        "built_on": list(result.built_on),
        "fit": {name: value for name, value in result.fit.items() if math.isfinite(value)},
        "details": {name: _plain(frame) for name, frame in frames.items() if "customer_id" not in frame.columns},
        "gates": result.gates[~result.gates["passed"].astype(bool)].to_dict("records"),
        "warnings": [] if result.scheme.scores else result.details["warnings"].to_dict("records"),
    }
    if customers is not None and set(result.scheme.inputs) <= set(customers.columns):
        beside["base"] = base_of(result.scheme, customers, result.assignments["segment"])
    kept = {**result.scheme.about, **beside}
    if "signed" in result.scheme.about:
        kept |= {name: result.scheme.about[name] for name in beside if name in result.scheme.about}  # the base stays that of the signing
    return replace(result.scheme, about=kept)


def _plain(frame: pd.DataFrame) -> dict[str, object]:
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return {"columns": list(frame.columns), "rows": [[_value(value) for value in row] for row in rows]}


def _value(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def base_of(scheme: Scheme, customers: pd.DataFrame, segments: pd.Series | None = None) -> dict[str, object]:
    """How the inputs of a definition lie on the customers it classifies: tenths and how many stand in each.

    Args:
        scheme: A definition.
        customers: A customer table with its inputs.
        segments: Class of every row, where it is known already.

    Returns:
        customers, classes (how many stand in each), and inputs, for every one that is a number: edges (deciles, ties once), counts (one
        more than edges; x <= edge), missing.
    """
    import numpy as np

    classes = assign(scheme, customers)["segment"] if segments is None else segments
    inside = customers[~classes.isin(scheme.outside).to_numpy()]
    texts = set() if isinstance(scheme, LearnedScheme) else set(scheme.texts)
    inputs: dict[str, object] = {}
    for name in scheme.inputs:
        if name in texts:
            continue
        values = round12(inside[name].astype(float).to_numpy())
        known = np.sort(values[~np.isnan(values)])
        edges = np.unique(round12(np.quantile(known, np.arange(1, TENTHS) / TENTHS))) if len(known) else np.zeros(0)
        counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
        inputs[name] = {"edges": edges.tolist(), "counts": counts.tolist(), "missing": int(np.isnan(values).sum())}
    counted = classes.value_counts().reindex([*scheme.classes], fill_value=0)
    return {"customers": len(inside), "classes": {str(name): int(n) for name, n in counted.items()}, "inputs": inputs}
