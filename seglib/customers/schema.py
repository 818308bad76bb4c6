"""The declaration of the customer table as a pandera schema: for whoever keeps such tables elsewhere, and for our own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.customers.columns import COLUMNS

if TYPE_CHECKING:
    import pandera.pandas as pa


def schema() -> pa.DataFrameSchema:
    """What every customer table holds to; columns that are absent are no fault, the keys are always there.

    Returns:
        dtype of every declared column, ids unique and never missing, counts never missing and never negative, one day, one window
        and one clock, which is missing where the trade has none.
    """
    import pandera.pandas as pa

    def column(name: str, kind: str, dtype: str, meaning: str) -> pa.Column:
        counts = [pa.Check.ge(0)] if dtype == "int64" else []
        constant = [pa.Check(lambda values: values.nunique() <= 1, name="one value")] if kind == "key" and name != "customer_id" else []
        missing = (kind != "key" or dtype == "float64") and dtype in ("float64", "datetime64[us]", "str")
        return pa.Column(
            dtype, [*counts, *constant], nullable=missing, unique=name == "customer_id", required=kind == "key", description=meaning
        )

    return pa.DataFrameSchema({name: column(name, item.kind, item.dtype, item.meaning) for name, item in COLUMNS.items()})
