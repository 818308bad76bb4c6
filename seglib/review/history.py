"""Further back than two dates: the last different class of everybody, and whether all periods move alike."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from seglib.review.mobility import homogeneity
from seglib.review.totals import counts_of

if TYPE_CHECKING:
    import pandas as pd

    from seglib.client import Client
    from seglib.review.migration import Migration

MOST = 8  # dates that are looked at, both of the migration among them
SHORTEST = 28  # days of a window in which a class can be seen at all


def looked_back(
    client: Client, scheme: Any, made: Migration, *, first: date, last: date, window_days: int
) -> tuple[pd.DataFrame, Mapping[str, float]]:
    """Classes at all dates that history allows, one window apart, under the same cuts.

    Returns:
        ``previous`` and ``homogeneity`` of a migration.
    """
    import pandas as pd

    from seglib.segmentation import clock_of

    people = made.people.set_index("customer_id")
    classes = {last: people["b"], first: people["a"]}
    day = first - timedelta(days=window_days)
    start = client.calendar.first
    while (last - first).days == window_days and len(classes) < MOST and start and day - timedelta(days=window_days - 1) >= start:
        table = client.customers(as_of=day, window_days=window_days, columns=list(scheme.inputs), facts=(), clock=clock_of(scheme))
        classes[day] = scheme.apply(table).set_index("customer_id")["segment"]
        day -= timedelta(days=window_days)
    dates = sorted(classes)
    if len(dates) < 3:
        return previous(classes), {}
    periods = []
    for one, other in itertools.pairwise(dates):
        pair = pd.concat({"a": classes[one], "b": classes[other]}, axis=1).fillna("")
        periods.append(counts_of(pair, made.classes_inside))
    statistic, degrees, p = homogeneity(periods)
    return previous(classes), {"chi2": statistic, "degrees": degrees, "p": p, "periods": len(periods)}


def previous(classes: Mapping[date, pd.Series]) -> pd.DataFrame:
    """The last different class of everybody known at the latest date.

    Args:
        classes: Class by customer_id at each date; "" or absent for who was not known.

    Returns:
        customer_id, segment, previous_segment (missing where no other is known), previous_as_of, since (ISO dates), by customer_id.
    """
    import pandas as pd

    dates = sorted(classes, reverse=True)
    now = classes[dates[0]]
    now = now[now != ""].sort_index()
    earlier = pd.DataFrame(index=now.index, columns=["previous_segment", "previous_as_of"], dtype=object)
    since = pd.Series(str(dates[0]), index=now.index, dtype=object)
    open_ = pd.Series(True, index=now.index)
    for day in dates[1:]:
        then = classes[day].reindex(now.index).fillna("")
        unknown, same = then == "", then == now
        different = open_ & ~unknown & ~same
        earlier.loc[different, "previous_segment"] = then[different]
        earlier.loc[different, "previous_as_of"] = str(day)
        since[open_ & same] = str(day)
        open_ &= same
    frame = pd.DataFrame({"segment": now, **earlier, "since": since}).rename_axis("customer_id").reset_index()
    return frame.astype({"customer_id": "str", "segment": "str", "previous_segment": "str", "previous_as_of": "str", "since": "str"})


def two_windows(client: Client, *, as_of: str | date | None = None, window_days: int = 0) -> tuple[date, date, int]:
    """The latest two adjacent windows that a history holds.

    Args:
        client: The client.
        as_of: Last day of the later window, the client's own by default.
        window_days: Length of either; by default the client's own, or half of the history in whole weeks where that holds no two of it,
            but not under the trade's usual gap.

    Returns:
        Last day of the earlier window, last day of the later, length.

    Raises:
        DataError: The history is too short for two windows of four weeks, for two usual gaps, or for two of the length asked for.
    """
    from seglib.errors import DataError

    last, start = client._day(as_of), client.calendar.first
    history = (last - start).days + 1 if start else 0
    window = window_days or client.window_days
    if not window_days and 2 * window > history:
        window = history // 14 * 7
    if window < SHORTEST or 2 * window > history:
        raise DataError(
            "Migration compares two windows of equal length; the history up to {last} is {history} days, and two windows of {window} days "
            "need {needed}. Come back with more history, or ask for a shorter window (at least {least} days).",
            last=last,
            history=history,
            window=max(window, SHORTEST),
            needed=2 * max(window, SHORTEST),
            least=SHORTEST,
        )
    usual = client._clock(last).usual
    if usual and window < usual:
        raise DataError(
            "Migration compares two windows; half of the history up to {last} is {window} days, less than the usual gap between purchases "
            "({usual} days), so that everybody would seem to move. Come back with {needed} days of history.",
            last=last,
            window=window,
            usual=usual,
            needed=2 * usual,
        )
    return last - timedelta(days=window), last, window
