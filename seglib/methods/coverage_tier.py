"""Accounts in tiers A, B and C by history, potential and relation; use it to plan visits, and to see who is not covered."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from seglib.binning import parse, round12
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._coverage import coverage, unsettled
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D21",)
NEEDS = ("orders", "spend", "potential | wallet", "relationship | engagement_score | interactions | visits")
USES = ("in_universe", "potential", "relationship", "interactions", "visits", "visits_with_order", "category_sales")
FACTS = ()
CHARTS = ("class_bars", "histogram")
ORDERED = True

POTENTIAL, RELATION, CONTACTS = (
    ("potential", "wallet"),
    ("relationship", "engagement_score", "interactions", "visits"),
    ("interactions", "visits"),
)
CLASSES = ("A", "B", "C")
POINTS = 100  # of the frozen distribution of a factor
MOST_ALIKE = 0.9  # rank correlation beyond which potential is history under another name


@follows
def segment(
    customers: pd.DataFrame, *, tiers: str = "top:20,30,50", weights: str = "1,1,1", history: str = "spend", seed: int = 0
) -> Segmentation:
    """Tiers of the universe's accounts by the mean of three percentile ranks: history, potential, relation.

    The relation is what the sales force says of it, else the score of engagement, else contacts, else visits in the window.

    Args:
        customers: The customer table with the universe's accounts in it; without ``in_universe`` the universe is whoever has a potential
            or a relation on record.
        tiers: Shares of the universe in A, B and C.
        weights: Weights of history, potential and relation, whole numbers; a factor that is not known is left out of the mean.
        history: Column that tells of history: spend, orders or margin.
        seed: Of the drawn weights that tell how far tiers hang on them.

    Returns:
        A, B, C among the accounts with an order or a contact in the window, and uncovered for those with neither; ``T`` is the tier of
        either (3 for A). Outside: not_in_universe. ``details``: ``coverage`` (the family of coverage rates with 95% intervals),
        ``weights`` (by tier, how many accounts would stand elsewhere under other weights), ``factors`` (what they are made of).

    Raises:
        ParameterError: A rule, the weights or the column mean nothing.
        TableError: A column is lacking.
    """
    numbers = _weights(weights)
    if parse(tiers).kind != "top" or parse(tiers).classes != len(CLASSES):
        raise ParameterError("coverage_tier: tiers {tiers!r} must give the shares of A, B and C, e.g. top:20,30,50.", tiers=tiers)
    if history not in ("spend", "orders", "margin") or (history not in NEEDS and history not in customers.columns):
        raise ParameterError(
            "coverage_tier: history is {history!r}; it can be spend, orders or margin, if the table has it.", history=history
        )
    if seed < 0:
        raise ParameterError("coverage_tier: seed is {seed}; give a whole number from 0.", seed=seed)
    params = {"tiers": tiers, "weights": weights, "history": history, "seed": seed}
    draft = Draft("coverage_tier", customers, needs=NEEDS, params=params, window=False, reads=(history,), buyers=False)
    factors = [history, *(next(name for name in names if name in customers.columns) for names in (POTENTIAL, RELATION))]
    _universe(draft, factors)
    ranks = [_ranked(draft, column) for column in factors]
    _points(draft, ranks, numbers)
    draft.set_apart("unknown_score", "coverage_points")
    there = [name for name in CONTACTS if name in customers.columns]
    draft.derive(Formula("touches", " + ".join(["orders", *(f"coalesce({name}, 0)" for name in there)])))
    draft.warn("contact_is", columns=["orders", *there])
    tier = draft.score("T", "coverage_points", tiers, own="")
    _gates(draft, factors)
    _details(draft, tier, factors, ranks, numbers, tuple(share / 100 for share in parse(tiers).numbers))
    touched = Score("C", "touches", (0.0,), (0, 1), hidden=True)
    rules = [Rule("uncovered", {"C": (0,)}), *draft.tier_rules(tier, CLASSES)]
    inside = (*dict.fromkeys(rule.segment for rule in rules[1:]), "uncovered")
    return draft.finish(scores=[tier, touched], rules=rules, ordered=ORDERED, mode="ordered", classes=inside, built_on=tuple(factors))


def _weights(text: str) -> tuple[int, ...]:
    """Three whole numbers, without a common divisor."""
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    if len(parts) != 3 or not all(part.isdigit() for part in parts) or not 0 < sum(map(int, parts)) <= 100:
        raise ParameterError(
            "coverage_tier: weights is {weights!r}; give three whole numbers for history, potential and relation, together at most 100.",
            weights=text,
        )
    numbers = [int(part) for part in parts]
    return tuple(number // math.gcd(*numbers) for number in numbers)


def _universe(draft: Draft, factors: list[str]) -> None:
    """Set apart who is not in the universe."""
    if "in_universe" in draft.customers.columns:
        draft.rest("not_in_universe", "in_universe")
        return
    draft.set_apart("not_in_universe", *factors[1:])
    draft.warn("no_universe")


def _ranked(draft: Draft, column: str) -> str:
    """The percentile rank of a column, in a distribution that is kept as a hundred of its values."""
    values = sorted(round12(draft.eligible[column].dropna().astype(float).to_numpy()))
    # The middle of each hundredth, so that as many values as there are weigh the same; 100 points keep ranks exact in every engine.
    points = (
        [float(values[min(len(values) - 1, int((place + 0.5) * len(values) / POINTS))]) for place in range(POINTS)] if values else [0.0]
    )
    draft.derive(Formula(f"{column}_rank", f"position({column}, {', '.join(f'{point:.12g}' for point in points)})"))
    return f"{column}_rank"


def _points(draft: Draft, ranks: list[str], weights: tuple[int, ...]) -> None:
    """The weighted mean of the ranks that are known, times a number that makes it exact: no engine rounds whole numbers."""
    sums = {known: sum(w for w, there in zip(weights, known, strict=True) if there) for known in itertools.product((1, 0), repeat=3)}
    common = math.lcm(*(total for total in sums.values() if total))

    def factor(known: tuple[int, ...]) -> str:
        if len(known) == 3:
            return f"{common // sums[known]}" if sums[known] else "1 / 0"
        return f"where(coalesce({ranks[len(known)]}, -1) < 0, {factor((*known, 0))}, {factor((*known, 1))})"

    total = " + ".join(f"{weight} * coalesce({rank}, 0)" for weight, rank in zip(weights, ranks, strict=True))
    draft.derive(Formula("coverage_points", f"({total}) * {factor(())}"))
    draft.flags["coverage_score"] = draft.customers["coverage_points"] / common


def _gates(draft: Draft, factors: list[str]) -> None:
    """A factor must differ between accounts, and potential must not be history under another name."""
    for column in factors[1:]:
        found = draft.eligible[column].nunique()
        draft.gate("too_little_variation", passed=found >= 2, found=found, needed=2)
    both = draft.eligible[factors[:2]].astype(float).dropna()
    rho = float(both.rank().corr().iloc[0, 1]) if len(both) > 2 and (both.nunique() > 1).all() else 0.0
    draft.gate("potential_is_history", passed=not rho > MOST_ALIKE, found=round(rho, 2), needed=MOST_ALIKE)
    unscored = float(draft.eligible[factors[1]].isna().mean()) if draft.inside.any() else 0.0
    unknown = round(100 * unscored)
    draft.warn("factors", history_column=factors[0], potential_column=factors[1], relation_column=factors[2], unknown=unknown)


def _details(draft: Draft, tier: Score, factors: list[str], ranks: list[str], weights: tuple[int, ...], shares: tuple[float, ...]) -> None:
    """Coverage rates, and how far the tiers hang on the weights."""
    import pandas as pd

    inside = draft.eligible
    if inside.empty:
        return
    places = [tier.of(value) for value in inside["coverage_points"].astype(float)]
    names = pd.Series([CLASSES[3 - place] if place else None for place in places], index=inside.index)
    draft.details["coverage"] = coverage(inside, names, int(str(draft.params["window_days"])))
    if not tier.cuts:
        return
    drawn = unsettled(inside[ranks].to_numpy(float), weights, shares, int(str(draft.params["seed"])))
    rows = [(name, int((drawn[:, 0] == place).sum()), drawn[drawn[:, 0] == place, 1]) for place, name in enumerate(CLASSES)]
    rows.append(("everyone", len(drawn), drawn[:, 1]))
    table = [(name, accounts, float(part.mean()), float((part > 0.5).mean())) for name, accounts, part in rows if accounts]
    draft.details["weights"] = pd.DataFrame(table, columns=["tier", "accounts", "moved_share", "mostly_moved_share"])
    draft.warn("weights", share=round(100 * float(drawn[:, 1].mean())))
