"""What the other rooms found out about a classification: movement, worth, stability. What cannot be had is told in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seglib.errors import SeglibError

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DRAWS = 100


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about a classification beside itself.

    Attributes:
        migration: Between the window and the one before it.
        stability: How surely each customer is where they are.
        worth: What the classes told of a period that came after them.
        held: The two periods that worth stands on.
        reasons: One row a customer: why, and what is missing to the next class.
        absent: Name of what is missing -> the error that says why.
    """

    migration: Any = None
    stability: Any = None
    worth: Any = None
    held: Any = None
    reasons: pd.DataFrame | None = None
    absent: Mapping[str, SeglibError] = field(default_factory=dict)


def collect(client: Any, result: Segmentation, customers: pd.DataFrame, *, seed: int = 0) -> Evidence:
    """Everything the review rooms can tell; what a client's history cannot carry is missing, with the reason."""
    absent: dict[str, SeglibError] = {}

    def tried(name: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except SeglibError as error:
            absent[name] = error
            return None

    worth, held = tried("worth", lambda: _worth(client, result, customers, seed)) or (None, None)
    return Evidence(worth=worth, held=held, absent=absent)


def _worth(client: Any, result: Segmentation, customers: pd.DataFrame, seed: int) -> tuple[Any, Any]:
    """The same method with the same parameters, made anew on what was known before the last quarter, against that quarter."""
    from seglib import methods, review

    method = methods.get(result.method)
    held = review.hold_out(client, also=(*method.NEEDS, *method.USES), facts=method.FACTS)
    own = {name: value for name, value in result.params.items() if name not in ("as_of", "window_days")}
    return review.worth(method.segment(held.base, **own), held, seed=seed), held
