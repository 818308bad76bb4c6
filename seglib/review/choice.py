"""Which method a scorecard recommends, by rule: the fewest classes among those that cannot be told apart; and what it ends in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

SAME = 0.0005  # of R²: what no reader can see; a ranking by spend differs from another only where equal values meet a cut
Kind = Literal["better", "plain", "undecided", "nothing"]


@dataclass(frozen=True)
class Finding:
    """What a scorecard ends in.

    Attributes:
        kind: ``better``: the recommended method tells more than a spend ranking of its class sizes. ``plain``: a plain ranking does as well
            or better. ``undecided``: too few customers to tell. ``nothing``: no method can be recommended at all.
        method: The recommended method, "" where there is none.
        itself: True where the recommended method is a spend ranking.
        ranking: The plain ranking that does best at the method's class sizes: ``size_matched_spend`` or ``last_period_matched``.
        values: The figures of the sentence, all from the reporting half: r2, ranking_r2, difference, low, high, list_share, list_money,
            ranking_money, detectable, flip_rate.
    """

    kind: Kind
    method: str
    itself: bool
    ranking: str
    values: Mapping[str, float]


def choose(selection: pd.DataFrame, scores: pd.DataFrame, told: Mapping[str, Mapping[str, Any]]) -> tuple[pd.DataFrame, Finding]:
    """Choose on the one half, and say what the other half makes of it.

    Tied are those that can be recommended and whose interval of R² reaches into that of the best. Where some of them beat a spend ranking
    of their own class sizes, only those stay in the race. The fewest classes win, then rules before algorithms, then the lower flip rate,
    then the name.

    Args:
        selection: method, r2, low, high, verdict, dropped, on the half that chooses.
        scores: The scorecard, for classes, rule_based and flip_rate.
        told: Method -> its figures on the other half.

    Returns:
        ``selection`` with the column ``tied``, and the finding.
    """
    fit = selection[selection["dropped"] == ""]
    best = fit.loc[fit["r2"].idxmax(), "low"] if len(fit) else float("inf")
    tied = (selection["dropped"] == "") & (selection["high"] >= best)
    selection = selection.assign(tied=tied.astype(bool))
    if not tied.any():
        return selection, Finding("nothing", "", False, "", {})
    ahead = tied & (selection["verdict"] == "better")
    race = scores[(ahead if ahead.any() else tied).to_numpy()]
    order = race.assign(learned=~race["rule_based"].astype(bool), flip=race["flip_rate"].fillna(1.0).astype(float))
    name = str(order.sort_values(["classes", "learned", "flip", "method"], kind="stable")["method"].iloc[0])
    return selection, _finding(name, told[name])


def _finding(name: str, figures: Mapping[str, Any]) -> Finding:
    """What the reporting half says of the recommended method."""
    last = figures["last_r2"] > figures["matched_r2"]
    ranking = "last_period_matched" if last else "size_matched_spend"
    kind: Kind = "plain"
    if figures["verdict"] == "better":
        kind = "plain" if last and figures["last_verdict"] in ("worse", "as_good") else "better"
    elif figures["verdict"] == "undecided":
        kind = "plain" if last and figures["last_verdict"] == "worse" else "undecided"
    itself = all(abs(figures[name]) < SAME for name in ("difference", "difference_low", "difference_high"))
    against = "last_" if last and kind == "plain" else ""
    values = {
        "r2": figures["r2"],
        "ranking_r2": figures["last_r2"] if against else figures["matched_r2"],
        "difference": figures[f"{against}difference"],
        "low": figures["last_low" if against else "difference_low"],
        "high": figures["last_high" if against else "difference_high"],
        **{key: figures[key] for key in ("list_share", "list_money", "ranking_money", "detectable")},
    }
    return Finding(kind, name, bool(itself), ranking if against or kind == "plain" else "size_matched_spend", values)
