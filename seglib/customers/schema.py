"""The declaration of the customer table as a pandera schema: for whoever keeps such tables elsewhere, and for our own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.customers.columns import COLUMNS
from seglib.customers.door import CERTAIN

if TYPE_CHECKING:
    import pandera.pandas as pa


def schema() -> pa.DataFrameSchema:
    """What every customer table holds to; columns that are absent are no fault, the keys are always there.

    Returns:
        dtype of every declared column, ids unique and never missing, counts never negative, one day, one window and one clock, which is
        missing where the trade has none. Counts and flags that a client brings with blanks are float64, missing where they are blank.
    """
    import pandera.pandas as pa

    def column(name: str, kind: str, dtype: str, meaning: str) -> pa.Column:
        checks = [pa.Check.ge(0)] if dtype == "int64" else []
        if kind == "key" and name != "customer_id":
            checks.append(pa.Check(lambda values: values.nunique() <= 1, name="one value"))
        certain = dtype in CERTAIN and kind != "key"
        if certain:
            checks.append(pa.Check(lambda values: values.dtype == ("float64" if values.isna().any() else dtype), name=f"dtype {dtype}"))
        missing = kind != "key" or dtype == "float64"
        return pa.Column(
            None if certain else dtype, checks, nullable=missing, unique=name == "customer_id", required=kind == "key", description=meaning
        )

    return pa.DataFrameSchema({name: column(name, item.kind, item.dtype, item.meaning) for name, item in COLUMNS.items()})
