"""What one period earlier would have had one expect: how many of each class came back then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seglib.client import Client
    from seglib.review.holdout import HoldOut


def foretold(client: Client, held: HoldOut, method: str, **given: Any) -> dict[str, float]:
    """Share of every class that came back in the period just before the split, by the classes of the day before that period.

    All of it was known at the split, and it is the very thing that is foretold: the same method with the same parameters, one period
    earlier, and whether its customers ordered in the period that followed. The share of today's members that bought in the last period
    would not do: whoever bought lately did, by what the class is.

    Args:
        client: The client.
        held: Base and next period.
        method: Name of the method.
        **given: Parameters of the method.

    Returns:
        Class -> share; empty where the history before the split does not hold two such periods. The base is then as long as history
        allows, so that classes cut at given numbers of orders or money may be reached by fewer than at the split.
    """
    import pandas as pd

    from seglib import methods
    from seglib.errors import SeglibError
    from seglib.review.compare import needs_of
    from seglib.review.holdout import hold_out
    from seglib.segmentation import window_of

    start = pd.Timestamp(held.split)
    day, eve = start - pd.Timedelta(days=held.days), start - pd.Timedelta(days=1)
    first = client.calendar.first
    if first is None or (day - pd.Timestamp(first)).days < held.days:
        return {}
    try:
        window = int(window_of(held.base) or 0)
        earlier = hold_out(client, split=str(day.date()), end=str(eve.date()), window_days=window, **needs_of([method]))
        segments = methods.get(method).segment(earlier.base, **given).assignments.set_index("customer_id")["segment"]
    except SeglibError:
        return {}
    seen = earlier.only(earlier.bought)
    came = pd.Series(seen.returned, index=segments.reindex(seen.base["customer_id"]).to_numpy(object))
    return {str(name): float(share) for name, share in came.groupby(level=0).mean().items()}
