"""One method judged at one day, and at several days before it: one split is one draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.review.compare import needs_of, rounded
from seglib.review.foretold import foretold
from seglib.review.holdout import HoldOut, default_split, hold_out
from seglib.review.outcomes import declared, outcome
from seglib.review.worth import Worth, worth

if TYPE_CHECKING:
    import pandas as pd

    from seglib.client import Client
    from seglib.segmentation import Segmentation

SPLITS = 4


@dataclass(frozen=True, eq=False)
class Judged:
    """A method fitted before a day, and what came after.

    Attributes:
        held: Base and next period.
        result: The classification of the base.
        worth: What it tells of the next period.
    """

    held: HoldOut
    result: Segmentation
    worth: Worth


def judge(
    client: Client,
    method: str,
    *,
    split: str = "",
    end: str = "",
    window_days: int = 0,
    draws: int = 1000,
    refits: int = 0,
    seed: int = 0,
    earlier: bool = True,
    **given: object,
) -> Judged:
    """Fit a method on what was known the day before a split, freeze it, and look at the next period.

    Args:
        client: The client.
        method: Name of the method.
        split: First day of the next period, the last quarter's by default.
        end: Last day of the next period, the client's last day by default.
        window_days: Window of the base; by default all history before the split, at most the client's window.
        draws: Bootstrap samples.
        refits: Bootstrap samples that draw their own cuts as well; 0 for none.
        seed: Divides folds and draws samples.
        earlier: Whether one period earlier is looked at as well, for how many of each class were to be expected back.
        **given: Parameters of the method.

    Raises:
        DataError: The split leaves no base or no next period.
    """
    from seglib import methods

    held = hold_out(client, split=split, end=end, window_days=window_days, **needs_of([method]))
    result = methods.get(method).segment(held.base, **given)
    own = outcome(client, held, declared(method))
    back = foretold(client, held, method, **given) if earlier else {}
    return Judged(held, result, worth(result, held, outcome=own, foretold=back, draws=draws, refits=refits, seed=seed))


def rolling(
    client: Client, method: str, *, split: str = "", end: str = "", splits: int = SPLITS, draws: int = 1000, seed: int = 0, **given: object
) -> pd.DataFrame:
    """The same judgement at earlier splits, one next period after the other, as far back as the history holds a base as long as the period.

    Args:
        client: The client.
        method: Name of the method.
        split: First day of the last next period, the last quarter's by default.
        end: Last day of the last next period.
        splits: How many at most.
        draws: Bootstrap samples.
        seed: Divides folds and draws samples.
        **given: Parameters of the method.

    Returns:
        One row a split, the latest first: split, window_days (of the base), days (of the next period), customers, r2, matched_r2,
        difference, low, high, verdict. Fewer than three rows where the history is short: then one quarter's luck is not told from the
        method's merit.
    """
    import pandas as pd

    from seglib.errors import SeglibError
    from seglib.segmentation import window_of

    start = pd.Timestamp(split or default_split(client))
    days = ((pd.Timestamp(end) if end else pd.Timestamp(client.as_of)) - start).days + 1
    rows = []
    for back in range(max(splits, 1)):
        day, last = start - pd.Timedelta(days=back * days), start + pd.Timedelta(days=days * (1 - back) - 1)
        if (day - pd.Timestamp(client.calendar.first)).days < days:
            break
        try:
            given_day = {"split": str(day.date()), "end": str(last.date())}
            found = judge(client, method, **given_day, draws=draws, seed=seed, earlier=False, **given)  # type: ignore[arg-type]
        except SeglibError:
            break
        measures = found.worth.measures.set_index("prediction")["r2"]
        against = found.worth.against.set_index("baseline").loc["size_matched_spend"]
        rows.append(
            {
                "split": found.held.split,
                "window_days": int(window_of(found.held.base)),
                "days": days,
                "customers": int(found.worth.lines["customers"].iloc[0]),
                "r2": measures[method],
                "matched_r2": measures["size_matched_spend"],
                **against[["difference", "low", "high", "verdict"]].to_dict(),
            }
        )
    columns = ["split", "window_days", "days", "customers", "r2", "matched_r2", "difference", "low", "high", "verdict"]
    return rounded(pd.DataFrame(rows, columns=columns))
