"""Side frames of the customer table: what needs more than one row a customer.

``gaps``: one row a gap between two buying days, and one a customer for the silence that is still open.
    customer_id (str), gap_days (int64, days), gap_end (int64, days before as_of on which the gap ended; 0 where it is open),
    closed (bool: True where an order ended it, False for the current silence, which a survival curve takes as censored),
    orders (int64) and value (float64, net of linked refunds) of the buying day on which the gap began, gap_end + gap_days before as_of.
    A customer with n closed gaps has n + 1 rows, one a buying day: the weight 1 / rows gives every customer one vote.
``silence``: what became of silences in the past, one row a customer and landmark (a past day on which we look).
    customer_id (str), landmark (int64, days before as_of), silent_days (int64, days from the last buying day up to the landmark),
    bought (bool: an order within the next 92 days). Only days with 92 days of data after them, and as many before, are landmarks.
``category_lines``: customer_id (str), category (str, the group of goods, see ``goods.groups``), lines (int64), spend (float64), in the
    window. ``needs_halves``: customer_id, half (int64: 0 the earlier, 1 the later half of a customer's buying days), and of
    promo, brand and quality the lines (``promo_lines``), the index and what the market leads to expect (``promo_expected``), as shares
    of lines; ``price_elasticity``, its error and its lines; missing where a half has no line for it. They cost much and come
    only when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.customers.contact_facts import SIDE_FRAMES
from seglib.customers.stages import Stages

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

HORIZON_DAYS = 92  # how far the silence curve looks ahead: a quarter
LANDMARK_STEP_DAYS = 30
LANDMARKS = 6
ORDER = (("customer_id", "ascending"), ("gap_end", "descending"), ("closed", "descending"))
FACTS: dict[str, dict[str, str]] = {
    "gaps": {"customer_id": "str", "gap_days": "int64", "gap_end": "int64", "closed": "bool", "orders": "int64", "value": "float64"},
    "silence": {"customer_id": "str", "landmark": "int64", "silent_days": "int64", "bought": "bool"},
    "category_lines": {"customer_id": "str", "category": "str", "lines": "int64", "spend": "float64"},
    "needs_halves": {"customer_id": "str", "half": "int64"},
}
FACTS |= {name: frame.dtypes for name, frame in SIDE_FRAMES.items()}
USUAL = ("gaps", "silence")  # side frames that come without being asked for
NEED_PRODUCTS = ("category_lines", "needs_halves")


def gaps(stages: Stages) -> ir.Table:
    """Gaps between buying days, the current silence as the open one; all orders up to as_of."""
    import ibis

    began = stages.days
    latest_first = ibis.window(group_by="customer_id", order_by=began.age)
    next_age = began.age.lag(1).over(latest_first)
    return began.select(
        "customer_id",
        gap_days=began.age - next_age.fill_null(0),
        gap_end=next_age.fill_null(0),
        closed=next_age.notnull(),
        orders=began.orders,
        value=began.value.cast("float64"),
    )


def landmarks(days_of_data: int) -> tuple[int, ...]:
    """Days before as_of on which the silence curve looks, latest first; none where the data are too short.

    >>> landmarks(364)
    (92, 122, 152, 182, 212, 242)
    >>> landmarks(200)
    (92,)
    """
    every = (HORIZON_DAYS + nth * LANDMARK_STEP_DAYS for nth in range(LANDMARKS))
    return tuple(age for age in every if age + HORIZON_DAYS <= days_of_data)


def silence(gaps: pa.Table, ages: tuple[int, ...]) -> pa.Table:
    """How long every customer known by then had been silent on each landmark, and whether an order came within the horizon.

    The gap in which a landmark lies says it all: it began on the last buying day up to the landmark, and the order that ended it, if one
    did, is the next one.

    Args:
        gaps: The side frame of that name.
        ages: The landmarks, in days before as_of.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    began = pc.add(gaps["gap_end"], gaps["gap_days"])
    looks = []
    for age in sorted(ages, reverse=True):
        around = pc.and_(pc.greater_equal(began, age), pc.less(gaps["gap_end"], age))
        bought = pc.and_(gaps["closed"], pc.greater_equal(gaps["gap_end"], age - HORIZON_DAYS))
        columns = {
            "customer_id": gaps["customer_id"],
            "landmark": pa.array([age] * gaps.num_rows, pa.int64()),
            "silent_days": pc.subtract(began, age),
            "bought": bought,
        }
        looks.append(pa.table(columns).filter(around))
    if not looks:
        return silence(gaps.slice(0, 0), (HORIZON_DAYS,))
    return pa.concat_tables(looks).sort_by([("customer_id", "ascending"), ("landmark", "descending")])
