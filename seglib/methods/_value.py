"""Where value is money on record: the column it is read from, and who has none of it where no orders tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seglib.methods._draft import OR, Draft

if TYPE_CHECKING:
    import pandas as pd

MONEY = ("spend", "lifetime_spend")  # of the window, else of all history


def money_column(customers: pd.DataFrame) -> str:
    """The first of ``MONEY`` that the table has."""
    return next((name for name in MONEY if name in getattr(customers, "columns", ())), MONEY[0])


def of_money(method: str, customers: pd.DataFrame, column: str, params: Mapping[str, object]) -> Draft:
    """A classification of customers by money; it does without orders, as a list of yearly totals has none.

    Outside are, where the table has no orders of the window: unknown_<column>, net_negative, no_spend. With orders the usual ladder
    decides. Money of all history is said.
    """
    draft = Draft(method, customers, needs=(OR.join(MONEY),), params=params, reads=(column,))
    if not {"orders", column} <= set(customers.columns) or column == "lifetime_spend":
        draft.too_few("net_negative", column, 0.0)
        draft.rest("no_spend", column)
    if column == "lifetime_spend":
        draft.warn("lifetime")
    return draft
