"""Which customers of a table are wanted: a condition in words of its columns, or values by column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from seglib.errors import ParameterError
from seglib.segmentation import Facts, facts_of

if TYPE_CHECKING:
    import pandas as pd


def restricted(table: pd.DataFrame, where: str | Mapping[str, object]) -> pd.DataFrame:
    """The customers that ``where`` names, and their side frames.

    Args:
        table: A customer table.
        where: A condition ("orders >= 2 and province == '江苏'"), or column -> value or list of values.

    Raises:
        ParameterError: The condition cannot be read, is none, or names a column that is not there.
    """
    facts = facts_of(table)
    kept = table.loc[_mask(table, where)].reset_index(drop=True)
    ids = kept["customer_id"]
    frames = {name: frame.loc[frame["customer_id"].isin(ids)].reset_index(drop=True) for name, frame in facts.items()}
    kept.attrs["facts"] = Facts(
        frames, unattributed=facts.unattributed, currency=facts.currency, signed=facts.signed, population=facts.population
    )
    return kept


def _mask(table: pd.DataFrame, where: str | Mapping[str, object]) -> pd.Series:
    """True for the customers wanted."""
    from pandas.api.types import is_bool_dtype

    if isinstance(where, str):
        try:
            mask = table.eval(where, engine="python")
        except Exception as fault:
            raise ParameterError("where: {where} cannot be read ({fault}).", where=where, fault=fault) from fault
        if not is_bool_dtype(mask):
            raise ParameterError("where: {where} is no condition; compare a column, for example orders >= 2.", where=where)
        return mask.fillna(False)
    mask = table["customer_id"].notna()
    for name, value in where.items():
        if name not in table.columns:
            raise ParameterError("where: the customer table has no column {column}.", column=name)
        values = [value] if isinstance(value, str) or not isinstance(value, Collection) else list(value)
        mask &= table[name].isin(values)
    return mask
