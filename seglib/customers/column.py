"""What the declaration of a column of the customer table holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seglib.customers.stages import Stages

if TYPE_CHECKING:
    import ibis.expr.types as ir

Kind = Literal["key", "stock", "flow"]
OR = " | "  # between needs of which one is enough
Dtype = Literal["str", "int64", "float64", "bool", "datetime64[us]"]


@dataclass(frozen=True)
class CustomerColumn:
    """One column of the customer table.

    Attributes:
        name: Its one name everywhere; it bears the unit where that is days.
        kind: "stock" (all history), "flow" (the window) or "key" (what identifies the row and the table).
        dtype: What it is in pandas. A count (int64) that is computed is never missing; one that the customers table brings with blanks is
            float64, and missing where it is blank.
        unit: Unit of a value.
        meaning: What a value says.
        needs: Columns of canonical tables ("orders.amount") without which the column is absent; of "a | b" one is enough.
        stage: The grouped table (an attribute of ``Stages``) that it summarises a customer, "" where it is derived from other columns.
        value: stage table, stages -> aggregate; or, for a derived column, the joined table, stages -> value.
        blank: stage table, stages -> aggregate that is true where a customer has rows and none of them says anything: missing, no nought.
        measures: What the movements must carry for it.
        uses: Columns a derived column is made of.
        usual: False for a column that costs much and comes only when it is asked for.
    """

    name: str
    kind: Kind
    dtype: Dtype
    unit: str
    meaning: str
    needs: tuple[str, ...] = ("orders.ordered_at", "orders.amount")
    stage: str = ""
    value: Callable[[ir.Table, Stages], ir.Value] | None = None
    blank: Callable[[ir.Table, Stages], ir.Value] | None = None
    measures: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    usual: bool = True

    @property
    def empty(self) -> int | None:
        """What stands for a customer with no rows in the stage: 0 for counts and sums, else missing."""
        summed = (self.unit == "points" and self.kind == "flow") or (self.unit == "currency" and self.stage in ("movements", "deals"))
        return 0 if summed or self.dtype == "int64" else None


ORDERED = ("orders.ordered_at", "orders.amount")  # what every figure of orders needs
