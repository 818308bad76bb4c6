"""Customers by where they stand between first order and long silence; use it to welcome, keep and win back at the right day."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seglib.binning import round12
from seglib.errors import ParameterError, TableError
from seglib.methods import _return
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.methods._survival import survival
from seglib.rules import Rule, Score

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
LIMITS = {"active_days": "gap_75", "churn_days": "gap_95"}
MIN_NEW_DAYS, NEW_DAYS = 30, 90  # at least, and without a clock
LEAD_IN_DAYS = 90  # of data at least before a first order, or it may not be the first
FEW_ORDERS = 2  # as many orders a new customer may have
ENDED = Score("contract_ended", "contract_ended", (0.5,), (0, 1), hidden=True)
MOST_ONCE = 0.80
BY_CONTRACT = 0.01  # of the customers with an ended contract, from which on it is a business by contract
SILENT = {
    "active_days": 0.10,
    "churn_days": 0.05,
}  # shares of gaps, of those that end at all, that outlast the limits of the survival curve
STAGES = ("within", "between", "beyond")


@follows
def segment(customers: pd.DataFrame, *, new_days: int = 0, active_days: int = 0, churn_days: int = 0, basis: str = "") -> Segmentation:
    """Stages of life, decided in this order; all history is read, not the window alone.

    prospect: no order yet. new: the first order is at most ``new_days`` old, enough data lie before it, and there are at most two orders.
    reactivated: a silence longer than ``churn_days`` ended within the last ``active_days``, and not two orders have followed yet. active:
    the last order is at most ``active_days`` old. dormant: at most ``churn_days``. churned: older.
    By contract silences decide nothing: churned is whose contract has ended, also without any order; who is not new either is active.

    The keys are fixed; what the second and the third stage are called follows from how many of such customers bought again in the past
    (``seglib.methods._return``), kept as ``details["variants"]``: dormant only where they return clearly less often than the active
    (upper end of the ratio below .9), else late; churned only where few do (upper ends of ratio and rate below .5 and .25), else
    long_silent. Stages whose rates do not differ share one name; where silence told nothing, the names are neutral.

    Args:
        customers: The customer table, with the side frames ``gaps`` and ``silence`` that ``client.customers()`` attaches.
        new_days: How long a customer is new; 0: the trade's usual gap (column ``gap_75``), at least 30; 90 without a clock.
        active_days: Days of silence up to which a customer is active; 0: the usual gap.
        churn_days: Days of silence beyond which a customer is churned; 0: the long gap (column ``gap_95``).
        basis: gaps or contract; empty: contract where ``contract_ended`` holds for one customer in a hundred or more and no limit is
            given, else gaps. By gaps, whose contract has ended is churned all the same.

    Returns:
        The classes; ``details`` has ``limits``, ``return_rates`` (customers, rate and ratio by stage of silence, with intervals),
        ``survival`` (share of gaps longer than so many days: Kaplan and Meier's estimate, current silences censored, one vote a customer)
        and ``silence_curve`` (how many bought within 92 days after so long a silence in the past, made to fall). Without a clock and
        without given limits, customers who would need one are in ``too_few_gaps``.

    Raises:
        ParameterError: The limits are below nought, active_days lies beyond churn_days, or the basis is not known.
        TableError: A column is lacking.
    """
    given = {"active_days": active_days, "churn_days": churn_days}
    if min(new_days, *given.values()) < 0:
        listed = ", ".join(f"{name} {days}" for name, days in {"new_days": new_days, **given}.items())
        raise ParameterError("lifecycle: days are counted from 0 up; found {found}.", found=listed)
    if basis not in ("", "gaps", "contract"):
        raise ParameterError("lifecycle: basis {basis!r} is none of {known}.", basis=basis, known="gaps, contract")
    draft = Draft(
        "lifecycle",
        customers,
        needs=(*NEEDS, "contract_ended") if basis == "contract" else NEEDS,
        params={"new_days": new_days, **given, "basis": basis},
        first="prospect",
        window=False,
        reads=("days_since_first_order", "days_since_last_order"),
    )
    ended = _ended(draft)
    newness = _newness(draft, new_days)
    if basis == "contract" or (not basis and not any(given.values()) and ended >= max(BY_CONTRACT * len(customers), 1)):
        return _by_contract(draft, ended, newness)
    limits = _limits(draft, given)
    draft.enough_history()
    _silence_curve(draft)
    _name_stages(draft, given, limits)
    _remarks(draft)
    scores, rules = _stages(newness, limits)
    if ended:
        draft.warn("cancelled", ended=ended)
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered", classes=CLASSES)


def _newness(draft: Draft, new_days: int) -> dict[str, float]:
    """For how long a customer is new, and how much data must lie before the first order."""
    usual = draft.usual_gap or 0
    fitted = max(MIN_NEW_DAYS, usual) if usual else NEW_DAYS
    newness = {"new_days": float(new_days or fitted), "lead_in_days": float(max(LEAD_IN_DAYS, usual))}
    draft.fit |= newness
    return newness


def _ended(draft: Draft) -> int:
    """Customers whose contract has ended: churned before anything else is asked, also who never ordered."""
    if "contract_ended" not in draft.customers.columns:
        return 0
    place = next(at for at, rule in enumerate(draft.ladder_rules) if rule.segment == "prospect")
    draft.ladder_scores = (ENDED, *draft.ladder_scores)
    draft.ladder_rules = (*draft.ladder_rules[:place], Rule("churned", {ENDED.name: (1,)}), *draft.ladder_rules[place:])
    draft.inside = draft._inside()
    return int(draft.customers["contract_ended"].sum())


def _by_contract(draft: Draft, ended: int, newness: Mapping[str, float]) -> Segmentation:
    """Stages by the days on which contracts end; silences are shown and decide nothing."""
    import pandas as pd

    draft.gate("contracts_ended", passed=ended > 0, found=ended, needed=1)
    draft.warn("by_contract", ended=ended, running=int(draft.inside.sum()))
    _remarks(draft)
    _silence_curve(draft)
    if "gaps" in draft.facts:
        draft.details["survival"] = survival(_of_eligible(draft, "gaps"))
    draft.details["limits"] = pd.DataFrame(columns=["limit", "days", "source"])
    draft.details["variants"] = pd.DataFrame({"segment": ["active", "churned"], "variant": ["under_contract", "contract_ended"]})
    scores, rules = _stages(newness, {})
    return draft.finish(
        scores=scores[1:],
        rules=rules[:1],
        ordered=ORDERED,
        mode="ordered",
        otherwise="active",
        classes=("prospect", "new", "active", "churned"),
    )


def _limits(draft: Draft, given: Mapping[str, int]) -> dict[str, float]:
    """The limits by name: as given, else the trade's clock; one that neither gives is not there."""
    import pandas as pd

    clock = dict(zip(LIMITS, (draft.usual_gap, draft.long_gap), strict=True))
    limits = {name: float(days) for name in LIMITS if (days := given[name] or clock[name])}
    if limits.get("active_days", 0) > limits.get("churn_days", math.inf):
        raise ParameterError(
            "lifecycle: active_days {active:.0f} lies beyond churn_days {churn:.0f}; give both, the smaller one first.",
            active=limits["active_days"],
            churn=limits["churn_days"],
        )
    if "gaps" in draft.facts:
        gaps = _of_eligible(draft, "gaps")
        draft.details["survival"] = survival(gaps)
        draft.fit |= _survival_check(draft.details["survival"])
    elif len(limits) < len(LIMITS):
        raise TableError(
            "lifecycle takes {limits} from the trade's clock (columns gap_75 and gap_95), and this table carries none. Give {limits} by "
            "hand, in days, or build the table with client.customers().",
            limits=", ".join(name for name in LIMITS if name not in limits),
        )
    draft.gate("clock", passed=len(limits) == len(LIMITS), found=len(limits), needed=len(LIMITS))
    draft.bought_once(MOST_ONCE, ever=True)
    rows = [(name, limits[name], "given" if given[name] else "clock") for name in LIMITS if name in limits]
    draft.details["limits"] = pd.DataFrame(rows, columns=["limit", "days", "source"])
    draft.fit |= limits
    return limits


def _survival_check(curve: pd.DataFrame) -> dict[str, float]:
    """Limits as the survival curve would draw them over its plateau, the share that never ends: a check beside the clock."""
    plateau = float(curve["silent_share"].iloc[-1])
    ending = (curve["silent_share"] - plateau) / (1 - plateau) if plateau < 1 else curve["silent_share"]
    return {
        f"survival_{name}": float(curve.loc[ending <= share, "days"].iloc[0]) for name, share in SILENT.items() if (ending <= share).any()
    }


def _of_eligible(draft: Draft, name: str) -> pd.DataFrame:
    """A side frame of the customers who have bought: the table may have been filtered since it was built."""
    frame = draft.facts[name]
    return frame[frame["customer_id"].isin(draft.eligible["customer_id"])]


def _silence_curve(draft: Draft) -> None:
    """How many bought within 92 days after so long a silence in the past, made to fall."""
    import pandas as pd
    from scipy.optimize import isotonic_regression

    if "silence" not in draft.facts or _of_eligible(draft, "silence").empty:
        return
    seen = _of_eligible(draft, "silence").groupby("silent_days")["bought"].agg(["size", "mean"])
    fitted = isotonic_regression(seen["mean"].to_numpy(), weights=seen["size"].to_numpy(float), increasing=False).x
    draft.details["silence_curve"] = pd.DataFrame(
        {"days": seen.index, "customers": seen["size"].to_numpy(), "bought_share": seen["mean"].to_numpy(), "probability": round12(fitted)}
    )


def _name_stages(draft: Draft, given: Mapping[str, int], limits: Mapping[str, float]) -> None:
    """Names of the silent stages, as far as return rates at past landmarks allow them; neutral ones where silence told nothing."""
    import pandas as pd

    if len(limits) < len(LIMITS):
        return
    by_hand = (limits["active_days"], limits["churn_days"]) if any(given.values()) else None
    days, usual = draft.buying_days, draft.usual_gap or int(limits["active_days"])
    seen = _return.silence(days, usual, by_hand) if days else _return.Silence(_return.MIN_HORIZON_DAYS, 0, pd.DataFrame())
    draft.fit |= {"return_horizon_days": float(seen.horizon), "return_landmarks": float(seen.landmarks)}
    if len(seen.stages):
        printed = _return.shown(seen.stages)
        printed.insert(0, "stage", STAGES)
        draft.details["return_rates"] = printed
    if seen.landmarks and not seen.tested:
        variants = {"dormant": "late", "churned": "long_silent"}
        draft.warn("never_silent", landmarks=seen.landmarks)
    elif not seen.tells:
        variants = {"active": "within", "dormant": "between", "churned": "beyond"}
        if seen.landmarks:
            draft.warn("silence_tells_nothing", days=seen.horizon)
        else:
            draft.warn("no_landmark", days=seen.horizon)
    else:
        steady = draft.buying_days is None or draft.buying_days.steady
        dormant, churned = _return.names(seen.stages, alarm=steady)
        variants = {"dormant": dormant, "churned": churned}
        within, between, beyond = (seen.stages["rate"] * 100).round().tolist()
        draft.warn("return_rates", days=seen.horizon, landmarks=seen.landmarks, within=within, between=between, beyond=beyond)
        if not steady:
            draft.warn("clock_changed")
        if seen.season:
            draft.warn("season_differs")
    named = {key: variant for key, variant in variants.items() if variant != key}
    draft.details["variants"] = pd.DataFrame({"segment": list(named), "variant": list(named.values())}, dtype=object)


def _remarks(draft: Draft) -> None:
    """What the data cannot show: contacts, and first orders before the data."""
    buyers = draft.eligible
    if draft.inside.any():
        unknown = float((~(buyers["history_days_before_first_order"] >= draft.fit["lead_in_days"])).mean())
        if unknown > 0:
            draft.warn("first_order_unknown", share=max(1, round(100 * unknown)), days=round(draft.fit["lead_in_days"]))
    if not (draft.customers["lifetime_orders"] == 0).any():
        draft.warn("no_contacts")


def _stages(newness: Mapping[str, float], limits: Mapping[str, float]) -> tuple[list[Score], list[Rule]]:
    """Scores and rules of the stages in their order of decision, as far as the limits are known."""
    cuts = tuple(sorted(set(limits.values())))
    edges = (-math.inf, *cuts, math.inf)
    levels = range(len(cuts) + 1, 0, -1)
    scores = [
        Score("S", "days_since_last_order", cuts, tuple(levels)),
        Score("A", "days_since_first_order", (newness["new_days"],), (2, 1)),
        Score("lead_in", "history_days_before_first_order", (newness["lead_in_days"],), (1, 2), "left", hidden=True),
        Score("few_orders", "lifetime_orders", (float(FEW_ORDERS),), (2, 1), hidden=True),
    ]
    rules = [Rule("new", {"A": (2,), "lead_in": (2,), "few_orders": (2,)})]
    if len(limits) == len(LIMITS):
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
    return "dormant" if len(limits) == len(LIMITS) else "too_few_gaps"
