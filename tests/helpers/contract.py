"""What the contract of all methods is checked with: results made once, and who moved between two of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pandas as pd
from hypothesis import HealthCheck, Phase, example, given, settings
from worlds import World, base, by_id, worlds

from seglib import methods
from seglib.segmentation import Segmentation

RULES = {
    "M1": "shuffled rows change nothing",
    "M2": "renamed customers keep their classes",
    "M3": "the currency unit changes nothing",
    "M4": "all dates and the day moved together change nothing",
    "M5": "equal behaviour, equal class",
    "M6": "everyone is in exactly one class",
    "M7": "the money adds up to the cent",
    "M8": "the caller's frames stay as they are",
    "M9": "a customer without orders changes nobody else",
    "M10": "an order in two rows is one order",
    "M11": "the saved definition gives the training classes again",
    "M12": "an order taken back is no order",
}
# A market with everything in it, and one of regular buyers, who alone make enough gaps for stages of life.
STEADY = World(seed=11, buyers=80, prices=40, days=500, window_days=364, busiest=50, once=0.3, refunds=0.3)
REGULAR = World(seed=7, buyers=60, prices=2000, days=200, window_days=182, busiest=50, once=0.0, refunds=0.1)


def in_every_world(test: Callable[..., None]) -> Callable[..., None]:
    """The market of regular buyers and a drawn one: the same for every rule and method, so that tables and results are made once."""
    same = settings(
        max_examples=1, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
    )
    return same(example(world=REGULAR)(given(world=worlds())(test)))


@lru_cache(maxsize=256)
def result_of(name: str, world: World) -> Segmentation:
    """A method on a world as it is, by its own defaults."""
    return methods.get(name).segment(base(world))


def moved(name: str, before: pd.DataFrame, after: pd.DataFrame) -> str:
    """Who changed class or score, in a line; "" where nobody did."""
    # Classes, scores and flags; a method may show amounts of money beside them, which follow the currency unit.
    shown = [column for column in before.columns if column in after.columns and column != "customer_id"]
    scores = [column for column in shown if not pd.api.types.is_float_dtype(before[column]) or not before[column].dropna().mod(1).any()]
    one, other = by_id(before)[scores], by_id(after)[scores]
    if not one.index.equals(other.index):
        return f"{name}: other customers, {list(one.index.symmetric_difference(other.index))[:3]}"
    same = ((one == other) | (one.isna() & other.isna())).all(axis=1)
    first = next(iter(same.index[~same]), None)
    return "" if first is None else f"{name}: {(~same).sum()} moved, e.g. {one.loc[first].to_dict()} -> {other.loc[first].to_dict()}"
