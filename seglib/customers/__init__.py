"""The customer table: one row for every customer known as of a day, one documented expression a column.

``stages`` groups the order lines, ``columns`` declares what is read from them, ``goods`` and ``goods_columns`` what only comes when asked
for, ``table`` puts the expression together, ``facts`` holds the side frames, ``door`` rounds and types what leaves the engine, ``packed``
runs it all, ``schema`` is the declaration for others.
"""

from __future__ import annotations

from seglib.customers.columns import COLUMNS, CustomerColumn, available
from seglib.customers.facts import FACTS
from seglib.customers.packed import Packed, build, produce
from seglib.customers.schema import schema
from seglib.customers.table import every_column, expression, wanted_columns

__all__ = [
    "COLUMNS",
    "FACTS",
    "CustomerColumn",
    "Packed",
    "available",
    "build",
    "every_column",
    "expression",
    "produce",
    "schema",
    "wanted_columns",
]
