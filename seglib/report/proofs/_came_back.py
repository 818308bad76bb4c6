"""The table of who came back on the page of worth: observed, and as one period earlier would have had one expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.report import numbers
from seglib.report.proofs._base import plain

if TYPE_CHECKING:
    from seglib.report.proofs.worth_page import WorthPage
    from seglib.report.shown import Shown


def came_back(page: WorthPage) -> Shown:
    """Who came back, by class, beside what the past would have had one expect."""
    frame = page.worth.calibration
    known = frame[frame["expected"].notna()]
    if known.empty:
        sentence = page.t(
            "How many of each class were to be expected is not known: the history before {split} does not hold an earlier period of "
            "{days} days and a base before it.",
            split=page.held.split,
            days=page.held.days,
        )
    else:
        far = known.loc[(known["returned"] - known["expected"]).abs().idxmax()]
        sentence = page.t(
            "Expected is the share that came back one period earlier of the class as it was drawn then, all of it known at the split. "
            "Farthest from it is {label}: {returned} came back ({low} to {high}) where {expected} were to be expected.",
            label=page.label(page.method, far["segment"]),
            **{name: numbers.share(far[name]) for name in ("returned", "low", "high", "expected")},
        )
    heads = {
        "segment": page.t("Class"),
        "customers": page.t("Customers"),
        "returned": page.t("Came back"),
        "low": page.t("at least"),
        "high": page.t("at most"),
        "expected": page.t("Expected"),
    }
    kinds = dict.fromkeys(("returned", "low", "high", "expected"), "share")
    caption = page.t("Who came back")
    return page.told(sentence, frame, caption, heads, kinds=kinds, markup={"segment": plain(lambda key: page.label(page.method, key))})
