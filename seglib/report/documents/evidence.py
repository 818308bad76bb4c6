"""What the other rooms found out about a classification: movement, worth, stability. What cannot be had is told in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seglib.errors import DataError, SeglibError

if TYPE_CHECKING:
    import pandas as pd

    from seglib.review import HoldOut, Migration, Stability, Worth
    from seglib.segmentation import Segmentation

FLOOR_DRAWS, STABILITY_DRAWS = 100, 100


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about a classification beside itself.

    Attributes:
        migration: Between two adjacent windows of equal length.
        moved: The classification whose definition decided at both dates: the document's own, or the same method on half the window where
            the history holds no two whole ones.
        stability: How surely each customer is where they are.
        worth: What the classes told of a period that came after them.
        held: The two periods that worth stands on.
        absent: Name of what is missing -> the error that says why.
    """

    migration: Migration | None = None
    moved: Segmentation | None = None
    stability: Stability | None = None
    worth: Worth | None = None
    held: HoldOut | None = None
    absent: Mapping[str, SeglibError] = field(default_factory=dict)


def collect(client: Any, result: Segmentation, customers: pd.DataFrame, *, depth: str = "full", seed: int = 0) -> Evidence:
    """Everything the review rooms can tell; what a client's history cannot carry is missing, with the reason.

    Args:
        client: The open client.
        result: The classification.
        customers: The table it was made on.
        depth: A brief document shows no movement, and tries no other windows.
        seed: Of all draws.
    """
    from seglib import review

    absent: dict[str, SeglibError] = {}

    def tried(name: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except SeglibError as error:
            absent[name] = error
            return None

    worth, held = tried("worth", lambda: _worth(client, result, seed)) or (None, None)
    migration, moved = (tried("migration", lambda: _migration(client, result, seed)) if depth == "full" else None) or (None, None)
    windows = depth == "full"
    stability = tried(
        "stability",
        lambda: review.stability(client, result, customers, worth=worth, draws=STABILITY_DRAWS, windows=windows, seed=seed),
    )
    return Evidence(migration, moved, stability, worth, held, absent)


def _worth(client: Any, result: Segmentation, seed: int) -> tuple[Any, Any]:
    """The same method with the same parameters, made anew on what was known before the last quarter, against that quarter."""
    from seglib import methods, review

    method = methods.get(result.method)
    held = review.hold_out(client, also=(*method.NEEDS, *method.USES), facts=method.FACTS)
    return review.worth(method.segment(held.base, **own_parameters(result)), held, seed=seed), held


def own_parameters(result: Segmentation) -> dict[str, object]:
    """The parameters of a classification without those of its table."""
    return {name: value for name, value in result.params.items() if name not in ("as_of", "window_days")}


def _migration(client: Any, result: Segmentation, seed: int) -> tuple[Any, Any]:
    """Two adjacent windows; where the history holds no two whole ones, two halves of one, by the same method on half the window."""
    from seglib import methods, review

    try:
        return review.migration(client, result, draws=FLOOR_DRAWS, seed=seed), result
    except DataError:
        method = methods.get(result.method)
        half = result.window_days // 2
        table = client.customers(as_of=result.as_of, window_days=half, facts=method.FACTS, also=(*method.NEEDS, *method.USES))
        moved = method.segment(table, **own_parameters(result))
        return review.migration(client, moved, draws=FLOOR_DRAWS, seed=seed), moved
