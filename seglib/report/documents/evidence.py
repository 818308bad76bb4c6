"""What the other rooms found out about a classification: movement, worth, stability, metrics. What cannot be had is told in a sentence."""

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
QUARTER = 92  # days that are kept back at most
#: Tables without which no metric of coverage or of money spent can be computed.
COSTLY = ("costs", "universe", "visits")


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
        judged: The same method on the base of ``held``.
        anyway: What the customers of its classes did next with business as usual, see :func:`seglib.review.anyway.anyway`.
        now, before: The trade's metrics of the two windows of the movement, everybody together.
        by_class: The same metrics of the document's own window by class, where the data hold costs, visits or a universe.
        absent: Name of what is missing -> the error that says why.
    """

    migration: Migration | None = None
    moved: Segmentation | None = None
    stability: Stability | None = None
    worth: Worth | None = None
    held: HoldOut | None = None
    judged: Segmentation | None = None
    anyway: pd.DataFrame | None = None
    now: pd.DataFrame | None = None
    before: pd.DataFrame | None = None
    by_class: pd.DataFrame | None = None
    absent: Mapping[str, SeglibError] = field(default_factory=dict)


def collect(client: Any, result: Segmentation, customers: pd.DataFrame, *, depth: str = "full", seed: int = 0) -> Evidence:
    """Everything the review rooms can tell; what a client's history cannot carry is missing, with the reason.

    Args:
        client: The open client.
        result: The classification.
        customers: The table it was made on.
        depth: A brief document shows no movement and no metrics, and tries no other windows.
        seed: Of all draws.
    """
    from seglib import review

    absent: dict[str, SeglibError] = {}
    full = depth == "full"

    def tried(name: str, call: Callable[[], Any], parts: int) -> Any:
        try:
            return call()
        except SeglibError as error:
            absent[name] = error
            return (None,) * parts

    worth, held, judged, anyway = tried("worth", lambda: _worth(client, result, seed), 4)
    migration, moved = tried("migration", lambda: _migration(client, result, seed), 2) if full else (None, None)
    stability = tried(
        "stability",
        lambda: (review.stability(client, result, customers, worth=worth, draws=STABILITY_DRAWS, windows=full, seed=seed),),
        1,
    )[0]
    now, before, by_class = tried("metrics", lambda: _metrics(client, result, migration), 3) if full else (None, None, None)
    return Evidence(migration, moved, stability, worth, held, judged, anyway, now, before, by_class, absent)


def _worth(client: Any, result: Segmentation, seed: int) -> tuple[Any, ...]:
    """The same method with the same parameters, made anew on what was known before the last quarter, against that quarter."""
    from seglib import methods, review
    from seglib.review.anyway import anyway, reached

    method = methods.get(result.method)
    held = review.hold_out(
        client,
        split=_split(client, result.as_of),
        end=result.as_of,
        window_days=result.window_days,
        **methods.asks(result.method, **result.params),
    )
    judged = method.segment(held.base, **result.own_params)
    own = review.outcome(client, held, review.declared(result.method))
    return review.worth(judged, held, outcome=own, seed=seed), held, judged, anyway(judged, held, reached(client, held))


def _split(client: Any, as_of: str) -> str:
    """First day that is kept back: the last quarter before the document's own last day, or the last quarter of a shorter history."""
    import pandas as pd

    if not as_of or client.calendar.first is None:
        return ""
    last = pd.Timestamp(as_of)
    days = min(QUARTER, -(-((last - pd.Timestamp(client.calendar.first)).days + 1) // 4))
    return str((last - pd.Timedelta(days=days - 1)).date())


def _migration(client: Any, result: Segmentation, seed: int) -> tuple[Any, Any]:
    """Two adjacent windows; where the history holds no two whole ones, two halves of one, by the same method on half the window."""
    from seglib import methods, review
    from seglib.review.history import two_windows

    try:
        return review.migration(client, result, draws=FLOOR_DRAWS, seed=seed), result
    except DataError:
        method = methods.get(result.method)
        half = two_windows(client, as_of=result.as_of)[2]
        table = client.customers(as_of=result.as_of, window_days=half, **methods.asks(result.method, **result.params))
        moved = method.segment(table, **result.own_params)
        return review.migration(client, moved, draws=FLOOR_DRAWS, seed=seed), moved


def _metrics(client: Any, result: Segmentation, migration: Any) -> tuple[Any, Any, Any]:
    """The metrics of the later and the earlier window of the movement, and those of the document's own window by class."""
    from seglib.review.metrics import EVERYONE, metrics

    costly = any(name in client.tables for name in COSTLY)
    own = metrics(client, result, as_of=result.as_of, window_days=result.window_days) if costly or migration is None else None
    by_class = own if costly else None
    if migration is None:
        return (own[own["segment"] == EVERYONE] if own is not None else None), None, by_class
    windows = (migration.after, migration.before)
    now, before = (metrics(client, as_of=day, window_days=migration.window_days) for day in windows)
    return now, before, by_class
