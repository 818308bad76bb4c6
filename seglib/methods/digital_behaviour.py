"""Customers by what they do on the web shop or app; use it to choose between reminder, help, proof and rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._contacts import tell_unknown_kinds
from seglib.methods._draft import Draft
from seglib.methods._latent import with_latent
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D14",)
NEEDS = ("sessions", "views", "cart_sessions", "reviews_read", "sessions_bought", "cart_sessions_bought", "days_since_last_session")
USES = ("interactions", "unknown_events", "returned_value_share", "orders", "spend", "exposure_days")
FACTS = ("interactions_by_kind",)
CHARTS = ("class_bars",)
ORDERED = False
EXEMPT = {"M12": "Sessions of those who have never bought count as much: whoever took everything back is classed by the sessions."}

FEWEST = 3  # sessions, or ratios say nothing
RETURNED, RETURN_ORDERS = 0.30, 2
CARTS, LEAST_BOUGHT = 2, 0.25
LOOKS = 5.0  # products looked at, or reviews read, a session
CLASSES = ("buyer", "cart_abandoner", "researcher", "browser", "returner", "inactive")
BOUNDS = (0.01, 1000.0)


@follows
def segment(customers: pd.DataFrame, *, inactive_days: int = 90) -> Segmentation:
    """Types of behaviour on site or app; of these the first that holds.

    inactive: no session for ``inactive_days`` days, or ever. too_few_sessions (outside): fewer than three in the window. returner: 30 % or
    more of the value bought came back, two orders or more. buyer: sessions with an order on their local day, as a share, at or above the
    median of those who have any. cart_abandoner: two carts or more, fewer than one in four of them bought. researcher: five or more
    products or reviews looked at a session. browser: the rest. Both shares are shrunk: a beta distribution over customers is fitted to
    the counts, so that one session in three is believed less than ten in thirty. Prospects are classed like everybody.

    Args:
        customers: The customer table.
        inactive_days: Days without a session from which a customer is inactive.

    Returns:
        The classes. ``details["shrinkage"]`` has the two beta distributions, ``details["latent_search"]`` and ``details["latent"]`` what
        latent classes of four answers a customer say beside the rules, where a second class is borne out.

    Raises:
        ParameterError: ``inactive_days`` is below 1.
        TableError: A column is lacking, or no event is of a known kind.
    """
    if inactive_days < 1:
        raise ParameterError("digital_behaviour: inactive_days is {found}; it must be at least 1 day.", found=inactive_days)
    draft = Draft("digital_behaviour", customers, needs=NEEDS, params={"inactive_days": inactive_days}, window=False, buyers=False)
    tell_unknown_kinds(draft)
    _set_apart(draft, inactive_days)
    shrunk = {
        "buy_rate": _shrink(draft, "buy_rate", "sessions_bought", "sessions"),
        "cart_rate": _shrink(draft, "cart_rate", "cart_sessions_bought", "cart_sessions"),
    }
    _tell(draft, shrunk)
    scores, rules = _states(draft)
    if not {"returned_value_share", "orders"} <= set(draft.customers.columns):
        draft.warn("no_returns")
    result = draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered", otherwise="browser", classes=CLASSES)
    return with_latent(result, draft.eligible)


def _set_apart(draft: Draft, inactive_days: int) -> None:
    """Who has not been here, then who was not here often enough; nobody of them is fitted on."""
    scores = (
        Score("away", "days_since_last_session", (float(inactive_days),), (0, 1), "left", hidden=True),
        Score("enough", "sessions", (float(FEWEST),), (0, 1), "left", hidden=True),
    )
    draft.ladder_scores += scores
    draft.ladder_rules += (Rule("inactive", {"away": (1, None)}), Rule("too_few_sessions", {"enough": (0, None)}))
    draft.inside = draft._inside()
    enough = int(draft.inside.sum())
    histories = len(draft.eligible[list(NEEDS)].drop_duplicates())
    draft.gate("too_little_variation", passed=histories > 1, found=histories, needed=2)
    draft.gate("with_sessions", passed=enough >= 30, found=enough, needed=30)


def _states(draft: Draft) -> tuple[list[Score], list[Rule]]:
    """Scores and rules from returner to researcher, in their order."""
    draft.derive(Formula("looks_per_session", "(views + reviews_read) / sessions"))
    scores = [
        _median(draft),
        Score("C", "cart_rate", (LEAST_BOUGHT,), (0, 1), "left"),
        Score("carts", "cart_sessions", (float(CARTS),), (0, 1), "left", hidden=True),
        Score("L", "looks_per_session", (LOOKS,), (0, 1), "left"),
    ]
    rules = [
        Rule("buyer", {"B": (1,)}),
        Rule("cart_abandoner", {"carts": (1,), "C": (0,)}),
        Rule("researcher", {"L": (1,)}),
    ]
    if {"returned_value_share", "orders"} <= set(draft.customers.columns):
        scores += [
            Score("R", "returned_value_share", (RETURNED,), (0, 1), "left"),
            Score("orders", "orders", (float(RETURN_ORDERS),), (0, 1), "left", hidden=True),
        ]
        rules = [Rule("returner", {"R": (1,), "orders": (1,)}), *rules]
    return scores, rules


def _median(draft: Draft) -> Score:
    """1 from the median of those with a bought session on; nobody where nobody bought.

    The cut lies halfway down to the next value, so that a last digit, which engines compute differently, decides nothing.
    """
    from seglib.binning import round12

    rates = draft.eligible["buy_rate"]
    bought = rates[draft.eligible["sessions_bought"] > 0]
    if bought.empty:
        return Score("B", "buy_rate", (), (0,))
    middle = bought.median()
    below = rates[rates < middle * (1 - 1e-9)].max() if (rates < middle * (1 - 1e-9)).any() else 0.0
    return Score("B", "buy_rate", (float(round12((middle + below) / 2)),), (0, 1), "left")


def _shrink(draft: Draft, name: str, hits: str, tries: str) -> tuple[float, float]:
    """A share of counts as its expectation, if true shares follow a beta distribution over customers; its two parameters."""
    counts = draft.eligible[[hits, tries]].astype(float)
    a, b = _beta(counts[counts[tries] > 0].to_numpy())
    draft.derive(Formula(name, f"({hits} + {a}) / ({tries} + {a} + {b})"))
    return float(a), float(b)


def _beta(counts: np.ndarray) -> tuple[str, str]:
    """Beta-binomial parameters by maximum likelihood, to six digits, as they stand in the printed formula."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.stats import betabinom

    if not len(counts):
        return "1", "1"
    pairs, n = np.unique(counts, axis=0, return_counts=True)
    hits, tries = np.minimum(pairs[:, 0], pairs[:, 1]), pairs[:, 1]

    def loss(logs: np.ndarray) -> float:
        a, b = np.exp(logs)
        return -float(n @ betabinom.logpmf(hits, tries, a, b)) / float(n.sum())

    found = minimize(loss, np.log([1.0, 1.0]), method="L-BFGS-B", bounds=[tuple(np.log(BOUNDS))] * 2, options={"ftol": 1e-13})
    a, b = np.exp(found.x)
    return f"{a:.6g}", f"{b:.6g}"


def _tell(draft: Draft, shrunk: dict[str, tuple[float, float]]) -> None:
    """The beta distributions: mean share, and how many sessions or carts it weighs as much as."""
    import pandas as pd

    rows = [(name, a / (a + b), a + b) for name, (a, b) in shrunk.items()]
    draft.details["shrinkage"] = pd.DataFrame(rows, columns=["measure", "mean", "worth"])
