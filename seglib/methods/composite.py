"""A grid of two or three methods, small cells merged by a stated rule; use it where value alone does not say what to do."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.errors import ParameterError
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score
from seglib.scheme import RuleScheme

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D2", "D3", "D8")
NEEDS = (
    "spend",
    "lifetime_orders",
    "days_since_first_order",
    "history_days_before_first_order",
    "days_since_last_order",
    "last_return_gap_days",
    "previous_return_gap_days",
    "days_since_previous_buying_day",
)
USES = ("orders", "returns_only", "exposure_days")
FACTS = ("gaps", "silence")
CHARTS = ("class_bars",)
ORDERED = False

Cell = tuple[str, ...]
STAGED = "lifecycle"
SIDES = (("new", "active", "reactivated"), ("dormant", "churned"))  # stages that may be joined, neighbours side by side
MOST_METHODS, MOST_CLASSES, SHARE = 3, 5, 0.01  # a cell with a smaller share of the classified customers is merged


@follows
def segment(customers: pd.DataFrame, *, methods: str = "value_tier,lifecycle", least: int = 30) -> Segmentation:
    """The classes of several methods crossed.

    Args:
        customers: The customer table.
        methods: Two or three methods made of rules, each by its own defaults, the one that says the value first.
        least: Cells with fewer customers, or with less than 1 % of all, are merged.

    Returns:
        A class a cell, e.g. ``value_tier.high+lifecycle.active``. With ``lifecycle`` among the methods a small cell joins the nearest
        class of its own stage, and where none is left, the neighbouring stage on its side of silence: new, reactivated and active never
        join dormant or churned, nor these them. Without it a small cell joins one of the same first class, the one most like it in spend.
        ``details["merged"]`` lists them. Whoever a method cannot classify stays outside.

    Raises:
        ParameterError: Other than two or three methods, one that is learned, or one with more than five classes.
        TableError: A column is lacking.
    """
    import pandas as pd

    names = _chosen(methods, least)
    needs = NEEDS if names == ["value_tier", "lifecycle"] else NEEDS[:1]
    draft = Draft("composite", customers, needs=needs, params={"methods": methods, "least": least})
    parts = [_part(name, customers) for name in names]
    sound = sum(part.trustworthy for part in parts)
    draft.gate("parts_trustworthy", passed=sound == len(parts), found=sound, needed=len(parts))
    inside = pd.DataFrame([~part.assignments["segment"].isin(part.scheme.outside).to_numpy() for part in parts]).all()
    reached = [_reached(part, inside) for part in parts]
    for name, classes in zip(names, reached, strict=True):
        if len(classes) > MOST_CLASSES:
            raise ParameterError(
                "composite: methods: {name} has {n} classes; at most {most} can be crossed.", name=name, n=len(classes), most=MOST_CLASSES
            )
    into = _merged(draft, _cells(parts, reached, inside, draft.customers), names, least)
    varied = [(part.method, part.details["variants"]) for part in parts if "variants" in part.details]
    named = [(f"{method}.{row.segment}", row.variant) for method, table in varied for row in table.itertuples()]
    draft.details["variants"] = pd.DataFrame(named, columns=["segment", "variant"], dtype=object)
    scheme = replace(
        _crossed(parts, names, reached, into), window_days=int(str(draft.params["window_days"])), about={"params": draft.params}
    )
    built_on = tuple(dict.fromkeys(column for part in parts for column in part.built_on))
    return draft.conclude(scheme, scores=[score for score in scheme.scores if not score.hidden], ordered=ORDERED, built_on=built_on)


def _chosen(text: str, least: int) -> list[str]:
    from seglib import methods as registry

    names = [name.strip() for name in text.split(",") if name.strip()]
    known = [name for name in registry.names() if name != "composite"]
    if not 2 <= len(names) <= MOST_METHODS or len(set(names)) < len(names) or not set(names) <= set(known):
        raise ParameterError(
            "composite: methods is {text!r}; it takes two or three of {known}, with commas between.", text=text, known=", ".join(known)
        )
    if least >= 1:
        return names
    raise ParameterError("composite: least is {least}; a cell needs at least 1 customer.", least=least)


def _part(name: str, customers: pd.DataFrame) -> Segmentation:
    from seglib import methods as registry

    result: Segmentation = registry.get(name).segment(customers)
    if not isinstance(result.scheme, RuleScheme):
        raise ParameterError("composite: methods: {name} is learned, and only methods made of rules can be crossed.", name=name)
    return result


def _reached(part: Segmentation, inside: pd.Series) -> list[str]:
    """Classes with customers, in the method's order; the first alone where nobody is inside."""
    present = part.assignments["segment"][inside.to_numpy()].unique()
    return [name for name in part.scheme.classes if name in present] or [*part.scheme.classes[:1]]


def _cells(parts: Sequence[Segmentation], reached: Sequence[Sequence[str]], inside: pd.Series, customers: pd.DataFrame) -> pd.DataFrame:
    """Every cell of the grid: customers, mean spend."""
    import pandas as pd

    keys = pd.Series(list(zip(*(part.assignments["segment"] for part in parts), strict=True)), dtype=object)[inside.to_numpy()]
    found = pd.DataFrame({"cell": keys, "spend": pd.Series(customers["spend"].to_numpy(float))[inside.to_numpy()]})
    by_cell = {cell: members["spend"].sort_values() for cell, members in found.groupby("cell", sort=False)}
    rows = [
        (cell, len(by_cell.get(cell, ())), float(by_cell[cell].mean()) if cell in by_cell else 0.0) for cell in itertools.product(*reached)
    ]
    return pd.DataFrame(rows, columns=["cell", "customers", "mean"]).assign(total=_spread(found["spend"]))


def _spread(values: pd.Series) -> float:
    """Sum of squares about the mean, added up in the order of the values."""
    ordered = values.sort_values()
    return float(((ordered - ordered.mean()) ** 2).sum())


def _merged(draft: Draft, cells: pd.DataFrame, names: Sequence[str], least: int) -> dict[Cell, Cell]:
    """Where each cell goes: small ones, the smallest first, into the nearest that may take them."""
    import pandas as pd

    every: list[Cell] = cells["cell"].to_list()
    place = [{name: i for i, name in enumerate(dict.fromkeys(cell[axis] for cell in every))} for axis in range(len(names))]
    kept = names.index(STAGED) if STAGED in names else 0
    size, mean = dict(zip(every, cells["customers"], strict=True)), dict(zip(every, cells["mean"], strict=True))
    total, needed = float(cells["total"].iloc[0]), max(float(least), SHARE * sum(size.values()))
    into, rows = {cell: cell for cell in every}, []

    def distance(cell: Cell, other: Cell) -> tuple[float, ...] | None:
        """How far apart two cells are, nearest first in order; None where they must not be joined."""
        steps = _stages_apart(cell[kept], other[kept]) if STAGED in names else (None, 0)[cell[kept] == other[kept]]
        if steps is None or cell == other:
            return None
        far = sum(abs(place[axis][cell[axis]] - place[axis][other[axis]]) for axis in range(len(names)) if axis != kept)
        loss = size[cell] * size[other] / max(size[cell] + size[other], 1) * (mean[cell] - mean[other]) ** 2
        lost = float(f"{loss / total:.9g}") if total > 0 else 0.0
        return (steps, far, lost, every.index(other)) if STAGED in names else (steps, lost, far, every.index(other))

    while True:
        alive = [cell for cell in every if into[cell] == cell]
        near = {cell: {other: apart for other in alive if (apart := distance(cell, other))} for cell in alive if size[cell] < needed}
        small = [cell for cell, others in near.items() if others]
        if not small:
            break
        cell = min(small, key=lambda one: (size[one], every.index(one)))
        target = min(near[cell], key=near[cell].__getitem__)
        rows.append((_key(cell, names), _key(target, names), int(size[cell])))
        count = size[cell] + size[target]
        mean[target] = (size[cell] * mean[cell] + size[target] * mean[target]) / max(count, 1)
        size[target] = count
        into = {one: target if goes == cell else goes for one, goes in into.items()}
    draft.details["merged"] = pd.DataFrame(rows, columns=["cell", "into", "customers"])
    draft.warn("merged", n=len(rows), all=len(every), needed=int(-(-needed // 1))) if rows else None
    return into


def _stages_apart(stage: str, other: str) -> int | None:
    """Steps between two stages of life; None where one comes and the other is silent, which one treatment would not fit."""
    if stage == other:
        return 0
    for side in SIDES:
        if stage in side and other in side:
            return abs(side.index(stage) - side.index(other))
    return None


def _key(cell: Cell, names: Sequence[str]) -> str:
    return "+".join(f"{name}.{one}" for name, one in zip(names, cell, strict=True))


def _crossed(
    parts: Sequence[Segmentation], names: Sequence[str], reached: Sequence[Sequence[str]], into: Mapping[Cell, Cell]
) -> RuleScheme:
    """One scheme of all parts: who is outside first, then every combination of their rules, in the order of the parts."""
    from seglib.methods import words

    scores: dict[str, Score] = {}
    outside: list[Rule] = []
    grids: list[list[Rule]] = []
    for name, part in zip(names, parts, strict=True):
        scheme = part.scheme
        assert isinstance(scheme, RuleScheme)
        renamed = {score.name: _place(scores, name, score) for score in scheme.scores}
        rules = [Rule(r.segment, {renamed[score]: values for score, values in r.when.items()}) for r in scheme.rules]
        rules += [Rule(scheme.otherwise, {})] if scheme.otherwise else []
        said = [rule.when for rule in outside]
        while rules[0].segment not in scheme.classes or rules[0].when in said:
            rule = rules.pop(0)
            shared = rule.segment in words("composite").class_keys() or rule.segment.startswith("unknown_")
            outside += [] if rule.when in said else [rule if shared else Rule(f"{name}.{rule.segment}", rule.when)]
        grids.append(rules)
    inside, after = [], []
    for chosen in itertools.product(*grids):
        when = _both(chosen)
        cell = tuple(rule.segment for rule in chosen)
        if when is None:
            continue
        # Who is outside one of the parts is outside; so is a class nobody was in, as it has no cell.
        out = [f"{part.method}.{one}" for part, one in zip(parts, cell, strict=True) if one in part.scheme.outside]
        out += [f"{name}.{one}" for name, one, known in zip(names, cell, reached, strict=True) if one not in known]
        after += out[:1]
        inside.append(Rule(out[0] if out else _key(into[cell], names), when))
    classes = tuple(dict.fromkeys(_key(goes, names) for goes in into.values()))
    formulas = {formula.name: formula for part in parts for formula in part.scheme.formulas}  # type: ignore[union-attr]
    return RuleScheme(
        "composite",
        tuple(scores.values()),
        (*outside, *inside),
        classes,
        outside=tuple(dict.fromkeys([*(rule.segment for rule in outside), *after])),
        mode="ordered",
        formulas=tuple(formulas.values()),
        flags=tuple(dict.fromkeys(flag for part in parts for flag in part.scheme.flags)),  # type: ignore[union-attr]
    )


def _place(scores: dict[str, Score], method: str, score: Score) -> str:
    """A score among those of the other parts: the same one once, another of the same name under its method's name."""
    name = score.name if scores.get(score.name, score) == score else f"{method}_{score.name}"
    scores.setdefault(name, replace(score, name=name))
    return name


def _both(rules: Sequence[Rule]) -> dict[str, tuple[int | None, ...]] | None:
    """What all the rules ask for together; None where they contradict each other."""
    when: dict[str, tuple[int | None, ...]] = {}
    for rule in rules:
        for score, values in rule.when.items():
            when[score] = tuple(value for value in when.get(score, values) if value in values)
    return when if all(when.values()) else None
