"""Has the ground moved under a signed definition? Population stability of every input against the base it was signed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seglib.errors import DataError, SchemeError
from seglib.language import marked
from seglib.learned import LearnedScheme

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Scheme

PSEUDO = 0.5  # added to every count, so that an empty tenth is no infinite distance
USUAL_ALARM = 0.10
LEVEL = 0.05  # of the alarm as a whole, shared among the inputs that may raise it
Advice = Literal["keep", "resign"]
KEEP = marked("Keep the definition: no input lies further from the base it was signed on than chance and habit allow (largest PSI {psi}).")
RESIGN = marked(
    "Sign anew, or say why not: {inputs} no longer lie as they did when the definition was signed (largest PSI {psi}, alarm above {alarm})."
)
SAME_PEOPLE = marked(
    "{share} of the customers are those of the base: the same people seen twice lie closer together than two samples would, "
    "so that the threshold is a lenient one."
)
NOT_KEPT = marked("How the customers of the base lay was not kept with this definition, so that drift cannot be measured.")


@dataclass(frozen=True, eq=False)
class Drift:
    """How far the customers of today lie from those a definition was made on.

    Attributes:
        method: The method.
        inputs: One row an input that decides between classes: input, psi, alarm (the threshold), beyond (is psi above it?),
            missing_before, missing_after (shares); the row ``population`` compares the shares of the classes.
        tenths: input, tenth (1 = lowest; for the population the class), share_before, share_after.
        customers_before, customers_after: Customers compared, those outside the classification left out.
        same: Share of today's customers who were in the base; missing where nobody said who was.
        advice: keep or resign.
        reason: The advice in a sentence of the catalogue, with its values.
    """

    method: str
    inputs: pd.DataFrame
    tenths: pd.DataFrame
    customers_before: int
    customers_after: int
    same: float
    advice: Advice
    reason: tuple[str, Mapping[str, object]]


def psi(before: np.ndarray, after: np.ndarray) -> float:
    """Population stability index: sum of (p - q) ln(p / q) over the bins of two samples, half a customer added to every bin.

    >>> round(psi([50, 50], [50, 50]), 6), round(psi([80, 20], [20, 80]), 3)
    (0.0, 1.625)
    """
    import numpy as np

    one, other = (np.asarray(counts, dtype=float) + PSEUDO for counts in (before, after))
    p, q = one / one.sum(), other / other.sum()
    return float(((p - q) * np.log(p / q)).sum())


def alarm(bins: int, before: int, after: int, tests: int = 1) -> float:
    """What PSI must exceed to say anything: 0.10, or what two samples of one population exceed once in twenty times.

    Of two samples of one population PSI is about chi-squared with bins - 1 degrees of freedom, times 1/n0 + 1/n1. Where the alarm is
    raised for any of several inputs, the one in twenty is shared among them (Bonferroni), so that it holds for all of them together.

    Args:
        bins: Bins of this input.
        before, after: Customers of either sample.
        tests: Inputs looked at.

    >>> round(alarm(10, 200, 200), 3), round(alarm(10, 200, 200, tests=4), 3), alarm(10, 10_000, 10_000)
    (0.169, 0.21, 0.1)
    """
    from scipy.stats import chi2

    if bins < 2 or not before or not after:
        return USUAL_ALARM
    return float(max(USUAL_ALARM, chi2.isf(LEVEL / tests, bins - 1) * (1 / before + 1 / after)))


def drift(
    scheme: Scheme,
    customers: pd.DataFrame,
    *,
    base: Mapping[str, Any] | pd.DataFrame | None = None,
    profile: Mapping[str, int] | None = None,
    ids: pd.Series | None = None,
) -> Drift:
    """Drift of a definition's inputs since it was made.

    Args:
        scheme: The definition; what its base looked like stands beside it (``about["base"]``) in every scheme.json.
        customers: The customer table of today, of the same window.
        base: The base, where it does not stand beside the definition: the customer table it was made on, with which the population and
            who is the same are compared as well; or what is kept of one: customers, and for each input edges, counts, missing.
        profile: Customers by class in the base, for bases that were kept without; with it the population is compared as well.
        ids: customer_id of the base, to say how many are the same people.

    Raises:
        SchemeError: What the base looked like is not known.
        DataError: Nobody is in a class today.
    """
    import pandas as pd

    from seglib.methods._signed import base_of
    from seglib.segmentation import assign

    if isinstance(base, pd.DataFrame):
        ids = base["customer_id"] if ids is None else ids
        base = base_of(scheme, base)
    kept = base if base is not None else scheme.about.get("base")
    if not isinstance(kept, Mapping) or "inputs" not in kept:
        raise SchemeError(NOT_KEPT)
    profile = profile if profile is not None else kept.get("classes")
    segments = assign(scheme, customers)["segment"]
    inside = customers[(~segments.isin(scheme.outside)).to_numpy()]
    if not len(inside):
        raise DataError("nobody is in a class of {method} today, so that drift cannot be measured.", method=scheme.method)
    rows: list[dict[str, Any]] = []
    tenths: list[dict[str, Any]] = []
    deciding = _deciding(scheme)
    compared = {name: was for name, was in kept["inputs"].items() if name in inside.columns and name in deciding}
    tests = len(compared) + bool(profile)
    for name, was in compared.items():
        now, missing = _counted(inside[name], was["edges"])
        _compared(rows, tenths, name, was["counts"], now, range(1, len(now) + 1), tests)
        rows[-1] |= {"missing_before": was["missing"] / max(kept["customers"], 1), "missing_after": missing}
    if profile:
        # Inside the classification alone: in the first window of the data nobody can have lapsed, and that is no drift.
        keys = [key for key in scheme.classes if profile.get(key) or (segments == key).any()]
        found = [int((segments == key).sum()) for key in keys]
        _compared(rows, tenths, "population", [int(profile.get(key, 0)) for key in keys], found, keys, tests)
    inputs = pd.DataFrame(rows, columns=["input", "psi", "alarm", "beyond", "missing_before", "missing_after"])
    same = float(inside["customer_id"].isin(ids).mean()) if ids is not None and len(inside) else float("nan")
    beyond = inputs[inputs["beyond"]].sort_values("psi", ascending=False)
    largest = inputs.loc[inputs["psi"].idxmax()] if len(inputs) else None
    values: dict[str, object] = {"psi": f"{largest['psi'] if largest is not None else 0:.2f}"}
    if len(beyond):
        values |= {"inputs": ", ".join(beyond["input"]), "alarm": f"{beyond['alarm'].iloc[0]:.2f}"}
    return Drift(
        scheme.method,
        inputs,
        pd.DataFrame(tenths, columns=["input", "tenth", "share_before", "share_after"]),
        int(kept["customers"]),
        len(inside),
        same,
        "resign" if len(beyond) else "keep",
        (RESIGN if len(beyond) else KEEP, values),
    )


def _deciding(scheme: Scheme) -> set[str]:
    """Inputs that decide between the classes; what only sets customers apart (orders so far, say) grows with time in any case."""
    if isinstance(scheme, LearnedScheme):
        return {name for feature in scheme.features for name in feature.inputs}
    derived = {formula.name: formula.inputs for formula in scheme.formulas}
    read = [name for score in scheme.scores if not score.hidden for name in score.inputs]
    return {column for name in read for column in derived.get(name, (name,))}


def _counted(values: pd.Series, edges: list[float]) -> tuple[list[int], float]:
    """Customers in each of the base's tenths (right-closed), and the share with no value."""
    import numpy as np

    from seglib.binning import round12

    known = round12(values.astype(float).to_numpy())
    missing = np.isnan(known)
    counts = np.bincount(np.searchsorted(np.asarray(edges), known[~missing], side="left"), minlength=len(edges) + 1)
    return counts.tolist(), float(missing.mean()) if len(missing) else float("nan")


def _compared(rows: list[dict[str, Any]], tenths: list[dict[str, Any]], name: str, before: Any, after: Any, bins: Any, tests: int) -> None:
    """One line of the table, and the shares behind it."""
    n0, n1 = sum(before), sum(after)
    distance, limit = psi(before, after), alarm(len(before), n0, n1, tests)
    rows.append({"input": name, "psi": round(distance, 6), "alarm": round(limit, 6), "beyond": distance > limit})
    for key, one, other in zip(bins, before, after, strict=True):
        tenths.append({"input": name, "tenth": str(key), "share_before": one / max(n0, 1), "share_after": other / max(n1, 1)})
