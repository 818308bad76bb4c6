"""Customers by where they stand between first order and long silence; use it to welcome, keep and win back at the right day."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seglib.binning import round12
from seglib.errors import ParameterError, TableError
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.methods._survival import survival
from seglib.rules import Rule, Score
from seglib.segmentation import visits

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D6",)
NEEDS = (
    "lifetime_orders",
    "days_since_first_order",
    "history_days_before_first_order",
    "days_since_last_order",
    "last_return_gap_days",
    "previous_return_gap_days",
    "days_since_previous_buying_day",
)
USES = ("gaps", "returns_only", "orders", "spend", "contract_ended")
FACTS = ("gaps", "silence")
CHARTS = ("silence_curve", "class_bars")
ORDERED = False

CLASSES = ("prospect", "new", "active", "reactivated", "dormant", "churned")
SILENT = {"active_days": 0.10, "churn_days": 0.05}  # share of gaps that last longer than the limit
LEAD_IN_DAYS = 90  # of data before a first order, or it may not be the first
FEW_ORDERS = 2  # as many orders a new customer may have
ENDED = Score("contract_ended", "contract_ended", (0.5,), (0, 1), hidden=True)
FEWEST_GAPS, FEWEST_REPEATERS, MOST_ONCE = 200, 100, 0.80
BY_CONTRACT = 0.01  # of the customers with an ended contract, from which on it is a business by contract
COME_BACK = 0.5  # chance of return above which nobody is called churned


@follows
def segment(customers: pd.DataFrame, *, new_days: int = 90, active_days: int = 0, churn_days: int = 0, basis: str = "") -> Segmentation:
    """Stages of life, decided in this order; all history is read, not the window alone.

    prospect: no order yet. new: the first order is at most ``new_days`` old, 90 days of data lie before it, and there are at most two.
    reactivated: a silence longer than ``churn_days`` ended within the last ``active_days``, and not two orders have followed yet. active:
    the last order is at most ``active_days`` old. dormant: at most ``churn_days``. churned: older.
    By contract silences decide nothing: churned is whose contract has ended, also without any order; who is not new either is active.

    Args:
        customers: The customer table, with the side frames ``gaps`` and ``silence`` that ``client.customers()`` attaches.
        new_days: How long a customer is new.
        active_days: Days of silence up to which a customer is active; 0: the day that one in ten of the customers' own gaps outlasts.
        churn_days: Days of silence beyond which a customer is churned; 0: the day that one in twenty of them outlasts.
        basis: gaps or contract; empty: contract where ``contract_ended`` holds for one customer in a hundred or more and no limit is
            given, else gaps. By gaps, whose contract has ended is churned all the same.

    Returns:
        The classes; ``details`` has ``limits``, ``survival`` (share of gaps longer than so many days: Kaplan and Meier's estimate, current
        silences censored, one vote a customer) and ``silence_curve`` (how many bought within 92 days after so long a silence in the past,
        made to fall). Where half of them or more still did at ``churn_days``, ``details["variants"]`` calls churned long_silent. Where the
        gaps give no limit, customers who would need it are in ``too_few_gaps``.

    Raises:
        ParameterError: The limits are below nought, active_days lies beyond churn_days, or the basis is not known.
        TableError: A column is lacking, or there are neither gaps nor limits.
    """
    params = {"new_days": new_days, "active_days": active_days, "churn_days": churn_days}
    if min(params.values()) < 0:
        found = ", ".join(f"{name} {days}" for name, days in params.items())
        raise ParameterError("lifecycle: days are counted from 0 up; found {found}.", found=found)
    if basis not in ("", "gaps", "contract"):
        raise ParameterError("lifecycle: basis {basis!r} is none of {known}.", basis=basis, known="gaps, contract")
    reads = ("days_since_first_order", "days_since_last_order")
    needs = (*NEEDS, "contract_ended") if basis == "contract" else NEEDS
    draft = Draft("lifecycle", customers, needs=needs, params={**params, "basis": basis}, first="prospect", window=False, reads=reads)
    ended = _ended(draft)
    if basis == "contract" or (not basis and not active_days and not churn_days and ended >= max(BY_CONTRACT * len(customers), 1)):
        return _by_contract(draft, ended, float(new_days))
    limits = _limits(draft, {"active_days": active_days, "churn_days": churn_days})
    draft.enough_history()
    _silence(draft, limits.get("churn_days"))
    _remarks(draft, limits)
    scores, rules = _stages(float(new_days), limits)
    if ended:
        draft.warn("cancelled", ended=ended)
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered", classes=CLASSES)


def _ended(draft: Draft) -> int:
    """Customers whose contract has ended: churned before anything else is asked, also who never ordered."""
    if "contract_ended" not in draft.customers.columns:
        return 0
    place = next(at for at, rule in enumerate(draft.ladder_rules) if rule.segment == "prospect")
    draft.ladder_scores = (ENDED, *draft.ladder_scores)
    draft.ladder_rules = (*draft.ladder_rules[:place], Rule("churned", {ENDED.name: (1,)}), *draft.ladder_rules[place:])
    draft.inside = draft._inside()
    return int(draft.customers["contract_ended"].sum())


def _by_contract(draft: Draft, ended: int, new_days: float) -> Segmentation:
    """Stages by the days on which contracts end; silences are shown and decide nothing."""
    import pandas as pd

    draft.gate("contracts_ended", passed=ended > 0, found=ended, needed=1)
    draft.warn("by_contract", ended=ended, running=int(draft.inside.sum()))
    _remarks(draft, {})
    _silence(draft, None)
    if "gaps" in draft.facts:
        draft.details["survival"] = survival(_of_eligible(draft, "gaps"))
    draft.details["limits"] = pd.DataFrame(columns=["limit", "days", "source"])
    draft.details["variants"] = pd.DataFrame({"segment": ["active", "churned"], "variant": ["under_contract", "contract_ended"]})
    scores, rules = _stages(new_days, {})
    return draft.finish(
        scores=scores[1:],
        rules=rules[:1],
        ordered=ORDERED,
        mode="ordered",
        otherwise="active",
        classes=("prospect", "new", "active", "churned"),
    )


def _limits(draft: Draft, given: Mapping[str, int]) -> dict[str, float]:
    """The limits by name: as given, else from the customers' own gaps; one that the gaps do not give is not there."""
    import pandas as pd

    limits = {name: float(days) for name, days in given.items() if days}
    open_limits = [name for name in given if name not in limits]
    if open_limits and "gaps" not in draft.facts:
        raise TableError(
            "lifecycle finds {limits} from the gaps between purchases, and this table carries none. Give {limits} by hand, in days, or "
            "build the table with client.customers().",
            limits=", ".join(open_limits),
        )
    if "gaps" in draft.facts:
        gaps = _of_eligible(draft, "gaps")
        curve = survival(gaps)
        draft.details["survival"] = curve
        if open_limits:
            _gap_gates(draft, gaps, curve)
            reached = {name: curve.loc[curve["silent_share"] <= SILENT[name], "days"] for name in open_limits}
            limits |= {name: float(days.iloc[0]) for name, days in reached.items() if len(days)}
    if limits.get("active_days", 0) > limits.get("churn_days", math.inf):
        raise ParameterError(
            "lifecycle: active_days {active:.0f} lies beyond churn_days {churn:.0f}; give both, the smaller one first.",
            active=limits["active_days"],
            churn=limits["churn_days"],
        )
    rows = [(name, limits[name], "given" if given[name] else "curve") for name in given if name in limits]
    draft.details["limits"] = pd.DataFrame(rows, columns=["limit", "days", "source"])
    draft.fit |= limits
    return limits


def _of_eligible(draft: Draft, name: str) -> pd.DataFrame:
    """A side frame of the customers who have bought: the table may have been filtered since it was built."""
    frame = draft.facts[name]
    return frame[frame["customer_id"].isin(draft.eligible["customer_id"])]


def _gap_gates(draft: Draft, gaps: pd.DataFrame, curve: pd.DataFrame) -> None:
    """When limits may be drawn from gaps."""
    ended, repeaters = int(gaps["closed"].sum()), int((visits(draft.eligible, ever=True) > 1).sum())
    lowest = float(curve["silent_share"].iloc[-1])
    draft.bought_once(MOST_ONCE, ever=True)
    draft.gate("gaps", passed=ended >= FEWEST_GAPS, found=ended, needed=FEWEST_GAPS)
    draft.gate("repeaters", passed=repeaters >= FEWEST_REPEATERS, found=repeaters, needed=FEWEST_REPEATERS)
    draft.gate("limits_reached", passed=lowest <= SILENT["churn_days"], found=round(100 * lowest, 1), needed=100 * SILENT["churn_days"])


def _silence(draft: Draft, churn_days: float | None) -> None:
    """How many came back after silences in the past; whether those called churned mostly do."""
    import numpy as np
    import pandas as pd
    from scipy.optimize import isotonic_regression

    if "silence" not in draft.facts or _of_eligible(draft, "silence").empty:
        return
    seen = _of_eligible(draft, "silence").groupby("silent_days")["bought"].agg(["size", "mean"])
    fitted = isotonic_regression(seen["mean"].to_numpy(), weights=seen["size"].to_numpy(float), increasing=False).x
    draft.details["silence_curve"] = pd.DataFrame(
        {"days": seen.index, "customers": seen["size"].to_numpy(), "bought_share": seen["mean"].to_numpy(), "probability": round12(fitted)}
    )
    # Beyond the longest silence that was ever looked at, nothing is known.
    if churn_days is None or churn_days > seen.index.max():
        return
    chance = float(round12(np.interp(churn_days, seen.index, fitted)))
    draft.fit["return_at_churn"] = chance
    if chance >= COME_BACK:
        draft.details["variants"] = pd.DataFrame({"segment": ["churned"], "variant": ["long_silent"]})
        draft.warn("most_come_back", share=round(100 * chance), days=round(churn_days))


def _remarks(draft: Draft, limits: Mapping[str, float]) -> None:
    """What the data cannot show: silences longer than the data allow, contacts, and first orders before the data."""
    buyers = draft.eligible
    if draft.inside.any():
        history = float((buyers["days_since_first_order"] + buyers["history_days_before_first_order"]).max())
        if "churn_days" in limits:
            draft.gate("history", passed=history >= 2 * limits["churn_days"], found=history, needed=2 * limits["churn_days"])
        unknown = float((~(buyers["history_days_before_first_order"] >= LEAD_IN_DAYS)).mean())
        if unknown > 0:
            draft.warn("first_order_unknown", share=max(1, round(100 * unknown)), days=LEAD_IN_DAYS)
    if not (draft.customers["lifetime_orders"] == 0).any():
        draft.warn("no_contacts")


def _stages(new_days: float, limits: Mapping[str, float]) -> tuple[list[Score], list[Rule]]:
    """Scores and rules of the stages in their order of decision, as far as the limits are known."""
    cuts = tuple(sorted(set(limits.values())))
    edges = (-math.inf, *cuts, math.inf)
    levels = range(len(cuts) + 1, 0, -1)
    scores = [
        Score("S", "days_since_last_order", cuts, tuple(levels)),
        Score("A", "days_since_first_order", (new_days,), (2, 1)),
        Score("lead_in", "history_days_before_first_order", (float(LEAD_IN_DAYS),), (1, 2), "left", hidden=True),
        Score("few_orders", "lifetime_orders", (float(FEW_ORDERS),), (2, 1), hidden=True),
    ]
    rules = [Rule("new", {"A": (2,), "lead_in": (2,), "few_orders": (2,)})]
    if len(limits) == len(SILENT):
        active, churn = (limits["active_days"],), (limits["churn_days"],)
        scores += [
            Score("gap_ended", "last_return_gap_days", churn, (1, 2), hidden=True),
            Score("gap_before", "previous_return_gap_days", churn, (1, 2), hidden=True),
            Score("back_since", "days_since_last_order", active, (2, 1), hidden=True),
            Score("back_before", "days_since_previous_buying_day", active, (2, 1), hidden=True),
        ]
        rules.append(Rule("reactivated", {"gap_ended": (2,), "back_since": (2,)}))
        rules.append(Rule("reactivated", {"gap_before": (2,), "back_before": (2,)}))
    stages = [Rule(_stage(low, high, limits), {"S": (level,)}) for low, high, level in zip(edges, edges[1:], levels, strict=False)]
    return scores, rules + stages


def _stage(low: float, high: float, limits: Mapping[str, float]) -> str:
    """What a silence of more than ``low`` and up to ``high`` days is called."""
    if high <= limits.get("active_days", math.nan):
        return "active"
    if low >= limits.get("churn_days", math.nan):
        return "churned"
    return "dormant" if len(limits) == len(SILENT) else "too_few_gaps"
