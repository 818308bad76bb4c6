"""Customers grouped by an algorithm, with proof of whether the groups exist; use it to see whether there are natural segments at all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from seglib.binning import round12
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.learned import Kind, LearnedScheme
from seglib.methods._clustering import Found, best, bic, log_ratio, names_of, whole
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.scheme import numbers

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("learned",)
NEEDS = ("days_since_last_order", "orders", "mean_order_value")
USES = ("discount_share", "categories", "spend", "lifetime_orders", "returns_only", "exposure_days")
FACTS = ()
CHARTS = ("k_curve", "class_bars")
ORDERED = False

KINDS: dict[str, Kind] = {"kmeans": "centres", "gaussians": "gaussians"}
MOST = 8  # classes that are tried
STRONG = 0.8  # prediction strength from which classes count as reproducible (Tibshirani and Walther 2005)
FEWEST = 300  # eligible customers; with fewer a valley cannot be told from chance
SPLITS, QUICK_STARTS = 10, 3  # halvings of the examination, starts of each of its partitions
ALIKE = 0.9  # rank correlation beyond which two features say the same
MISSING = 0.05  # share of customers without a value up to which an optional feature is used
WINSOR = 0.01
WIDEST = 1e300


@follows
def segment(
    customers: pd.DataFrame,
    *,
    features: str = "",
    algorithm: str = "kmeans",
    classes: int = 0,
    scale: str = "ratio",
    starts: int = 50,
    seed: int = 0,
) -> Segmentation:
    """Groups of like customers, and whether there are gaps between them.

    Args:
        customers: The customer table.
        features: Columns, separated by commas; empty: recency, orders, order value, and discount share and categories where they are there.
        algorithm: kmeans, or gaussians (a mixture of Gaussians with free covariances).
        classes: How many, 1 to 20; 0: the largest number up to 8 whose prediction strength is at least .8, one class where there is none.
        scale: ratio: logarithm of the ratio to the median, pulled in at the first and last per cent and divided by the standard deviation;
            none: the values as they are, for features on one scale (answers from 1 to 7).
        starts: How often the search begins anew; the share of starts that end with the best partition is printed.
        seed: Decides starts, halvings and where in its unit a whole number of days or orders lies while gaps are looked for.

    Returns:
        Classes named after the two features in which each differs most from the average. ``details``: ``k_curve`` (what is known of each
        number of classes), ``centres`` (in standard deviations from the average) and ``features``. ``fit["natural"]`` is 1 where every
        neighbouring pair shows a valley on customers that did not build the classes, see ``seglib.separation.examine``.

    Raises:
        ParameterError: An algorithm, scale, feature or number that cannot be.
        TableError: A column is lacking.
    """
    import numpy as np

    params = {"features": features, "algorithm": algorithm, "classes": classes, "scale": scale, "starts": starts, "seed": seed}
    _check(params)
    asked = [name.strip() for name in features.split(",") if name.strip()]
    columns = asked or _default(customers)
    draft = Draft("clusters", customers, needs=asked or NEEDS, params=params, reads=columns)
    kept = columns if asked else _telling(draft, columns)
    learner = _prepared(draft, kept, scale, algorithm)
    points = np.round(learner.matrix(draft.eligible), 9) if draft.inside.any() else np.zeros((0, len(kept)))
    points = points[np.lexsort(points.T[::-1])]
    draft.gate("enough_for_clusters", passed=len(points) >= FEWEST, found=len(points), needed=FEWEST)
    distinct = len(np.unique(points, axis=0))
    draft.gate("too_little_variation", passed=distinct >= max(2, classes), found=distinct, needed=max(2, classes))
    chosen = _examined(draft, learner, _spread(draft, kept, learner, seed), distinct)
    found = best(points, chosen, algorithm, starts, seed)
    draft.fit |= {"classes": float(chosen), "reproduction": found.reproduction, "score": found.score, **bic(points, chosen)}
    return draft.conclude(_named(draft, learner, found, points, kept), ordered=ORDERED, built_on=kept)


def _check(params: dict[str, object]) -> None:
    allowed = {"algorithm": tuple(KINDS), "scale": ("ratio", "none"), "classes": range(21), "starts": range(1, 1001), "seed": range(2**31)}
    for name, values in allowed.items():
        if params[name] not in values:
            told = f"{values[0]} … {values[-1]}" if isinstance(values, range) else ", ".join(map(str, values))
            raise ParameterError("clusters: {name} is {value!r}; it must be one of {told}.", name=name, value=params[name], told=told)
    names = [name.strip() for name in str(params["features"]).split(",") if name.strip()]
    if params["features"] and (len(set(names)) < len(names) or not all(name.isidentifier() for name in names)):
        raise ParameterError(
            "clusters: features are column names, each once, separated by commas; found {found}.", found=params["features"]
        )


def _default(customers: pd.DataFrame) -> list[str]:
    """The needed columns, and of the optional ones those that nearly every buyer has."""
    if not set(NEEDS) <= set(getattr(customers, "columns", ())):
        return list(NEEDS)  # the draft will say what is lacking
    buyers = customers[customers["orders"] > 0]
    optional = [name for name in ("discount_share", "categories") if name in customers.columns]
    return [*NEEDS, *(name for name in optional if buyers[name].isna().mean() <= MISSING)]


def _telling(draft: Draft, columns: list[str]) -> list[str]:
    """The default features that vary and do not repeat one another; the first of two alike stays."""
    if not draft.inside.any():
        return columns
    table = draft.eligible[columns].astype(float).apply(round12)
    varying = [name for name in columns if table[name].nunique() > 1]
    alike = table.rank().corr().abs()
    kept: list[str] = []
    for name in varying:
        twin = next((other for other in kept if alike.loc[name, other] > ALIKE), "")
        if twin:
            draft.warn("alike", dropped_column=name, kept_column=twin)
        else:
            kept.append(name)
    return kept or columns[:1]


def _prepared(draft: Draft, columns: list[str], scale: str, algorithm: str) -> LearnedScheme:
    """The definition as far as the features go: their formulas, their limits, their scale."""
    import numpy as np

    table = {name: numbers("clusters", draft.eligible[name]).to_numpy(float) for name in columns}
    formulas = tuple(Formula(name, log_ratio(name, values) if scale == "ratio" else name) for name, values in table.items())
    flat = ((0.0,) * (n := len(columns)), (1.0,) * n)
    wide = ((-WIDEST,) * n, (WIDEST,) * n)
    learner = LearnedScheme("clusters", draft.ladder(), formulas, *wide, *flat, KINDS[algorithm], ("all",), ((0.0,) * n,))
    if scale == "none" or not draft.inside.any():
        return learner
    raw = learner.matrix(draft.eligible)
    low, high = np.quantile(raw, [WINSOR, 1 - WINSOR], axis=0)
    raw = np.sort(np.clip(raw, low, high), axis=0)  # summed in the order of their values, whatever the order of the rows
    spread = raw.std(axis=0)
    return replace(learner, **_plain(low=low, high=high, mean=raw.mean(axis=0), spread=np.where(spread > 1e-9, spread, 1.0)))


def _spread(draft: Draft, columns: list[str], learner: LearnedScheme, seed: int) -> np.ndarray:
    """The features with whole numbers spread within their unit, for the search for gaps alone: ties look like valleys.

    Where in its unit a customer lies is drawn in the order of the values, so that neither ids nor row order play a part.
    """
    import numpy as np

    if not draft.inside.any():
        return np.zeros((0, len(columns)))
    table = draft.eligible[columns].astype(float).apply(round12)
    order = np.lexsort(table.to_numpy().T[::-1])
    draw, table = np.random.default_rng(seed), table.iloc[order].reset_index(drop=True)
    for name in columns:
        values = table[name].to_numpy(float)
        if whole(name, values):
            table[name] = values + draw.uniform(-0.5, 0.5, len(values))  # no count comes to nought: log_ratio adds one where some are
    return np.round(learner.matrix(table), 9)


def _examined(draft: Draft, learner: LearnedScheme, points: np.ndarray, distinct: int) -> int:
    """How many classes; what is known of each number of them goes into ``k_curve``, the verdict among the remarks."""
    import numpy as np
    import pandas as pd

    from seglib.separation import examine_each, gaussians, kmeans

    asked, n = int(str(draft.params["classes"])), len(points)
    enough = n >= FEWEST
    cluster = partial(kmeans, starts=QUICK_STARTS) if learner.kind == "centres" else partial(gaussians, starts=1)
    counts = [k for k in sorted({*range(2, MOST + 1), max(2, asked)}) if k <= distinct and max(8, 2 * k) <= n]
    if not counts:
        return 1
    curve = examine_each(points, counts=counts, cluster=cluster, splits=SPLITS if enough else 1, seed=int(str(draft.params["seed"])))
    strong = curve.loc[curve["prediction_strength"] >= STRONG, "classes"]
    chosen = min(asked or int(strong.max() if len(strong) else 1), distinct)
    draft.gate("reproducible", passed=bool(asked or len(strong)), found=round(curve["prediction_strength"].max(), 2), needed=STRONG)
    one = pd.DataFrame({"classes": [1], "verdict": [""], "prediction_strength": [1.0], "agreement": [1.0]})
    curve = pd.concat([one, curve], ignore_index=True)
    draft.details["k_curve"] = curve.assign(chosen=np.where(curve["classes"] == chosen, "chosen", ""))[
        ["classes", "chosen", "verdict", "prediction_strength", "agreement", "largest_p", "smallest_p"]
    ]
    row = curve[curve["classes"] == chosen].iloc[0]
    verdict = row["verdict"] if chosen > 1 and enough else "constructive"
    draft.fit |= {"natural": float(verdict == "natural"), "prediction_strength": float(row["prediction_strength"])}
    if enough:
        _verdict(draft, chosen, verdict, f"{row['agreement']:.2f}")
        natural = curve.loc[(curve["verdict"] == "natural") & (curve["classes"] != chosen), "classes"]
        if len(natural):
            draft.warn("natural_elsewhere", numbers=[str(k) for k in natural])
    return chosen


def _verdict(draft: Draft, classes: int, verdict: str, agreement: str) -> None:
    """Natural, partly, or no natural segments: the sentence of the page."""
    if classes == 1:
        draft.warn("none")
    elif verdict == "natural":
        draft.warn("natural", classes=classes, agreement=agreement)
    elif verdict == "partly":
        draft.warn("partly", classes=classes, agreement=agreement)
    else:
        draft.warn("constructive", classes=classes, agreement=agreement)


def _named(draft: Draft, learner: LearnedScheme, found: Found, points: np.ndarray, columns: list[str]) -> LearnedScheme:
    """The finished definition: classes in the order of their mean spend where there is money, named after what sets them apart."""
    import numpy as np
    import pandas as pd

    places = tuple(str(i) for i in range(len(found.centres)))
    window = int(str(draft.params["window_days"] or 0))
    about = {"params": dict(draft.params), "fitted_on": len(points)}
    numbered = replace(learner, classes=places, window_days=window, about=about, **_plain(centres=found.centres))
    if learner.kind == "gaussians":
        numbered = replace(numbered, **_plain(weights=np.asarray(found.weights), precisions=np.asarray(found.precisions)))
    order = list(range(len(places)))
    if "spend" in draft.customers.columns and len(points):
        labels = numbered.apply(draft.eligible)["segment"]
        spend = draft.eligible["spend"].groupby(labels.to_numpy()).mean()
        order.sort(key=lambda i: -round12(spend.get(str(i), 0.0)))
    spread = points.std(axis=0) if len(points) else np.ones(len(columns))
    z = (found.centres - (points.mean(axis=0) if len(points) else 0.0)) / np.where(spread > 1e-9, spread, 1.0)
    names = names_of(z, columns)
    far = [(names[i], column, float(np.round(z[i, place], 2))) for i in order for place, column in enumerate(columns)]
    draft.details["centres"] = pd.DataFrame(far, columns=["segment", "feature", "distance"])
    draft.details["search"] = pd.DataFrame([row for row in draft.fit.items() if row[0] != "natural"], columns=["measure", "value"])
    draft.details["features"] = pd.DataFrame({"feature": columns, "formula": [f.text for f in learner.features]})
    kept = [key for key in ("centres", "weights", "precisions") if getattr(numbered, key)]
    rows = {key: tuple(np.asarray(getattr(numbered, key))[order].tolist()) for key in kept}
    return replace(numbered, classes=tuple(names[i] for i in order), **{key: _nested(value) for key, value in rows.items()})


def _plain(**arrays: np.ndarray) -> dict[str, Any]:
    """Arrays as nested tuples of plain numbers of twelve digits."""
    return {name: _nested(round12(array).tolist()) for name, array in arrays.items()}


def _nested(value: Any) -> Any:
    return tuple(_nested(one) for one in value) if isinstance(value, (list, tuple)) else value
