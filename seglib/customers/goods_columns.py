"""Columns on goods and periods: what customers buy against the market, and how regularly they come. They come when asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from seglib.customers.column import ORDERED, CustomerColumn
from seglib.customers.stages import Stages, nearest_rank

if TYPE_CHECKING:
    import ibis.expr.types as ir

KIND = "products.product_type | products.category"
SOLD = (*ORDERED, "orders.product_id")
PROMO = (*SOLD, "products.category", "orders.discount_amount | orders.list_amount")
MAKER = (*SOLD, KIND, "products.manufacturer | products.brand")
COUNTED = (*SOLD, KIND, "orders.quantity")
CATEGORY = (*SOLD, "products.category")

C = partial(CustomerColumn, usual=False)


def _only(column: str) -> Callable[[ir.Table, Stages], ir.Value]:
    """The one value that a stage with one row a customer holds."""
    return lambda t, s: t[column].max()


def _loyalty_periods(t: ir.Table, s: Stages) -> ir.Value:
    if s.period_days is None:
        return t.age.max(where=t.age < 0)
    return t.period.nunique(where=t.inside)


def _tenure_periods(t: ir.Table, s: Stages) -> ir.Value:
    import ibis

    length = s.period_days
    if length is None:
        return ibis.null("float64")
    days = s.age(t.first_order)
    begun = ibis.least((days - days % length).cast("float64") / length + 1, s.periods)
    return t.first_order.isnull().ifelse(None, begun)  # some engines leave a missing value out of the least


GOODS = (
    C("loyalty_periods", "stock", "float64", "periods",
      "Periods that hold an order, of the last 12 or as many as the history has whole; a period is the usual gap and a day, 30 at least.",
      stage="periods", value=_loyalty_periods),
    C("tenure_periods", "stock", "float64", "periods",
      "Those of these periods that have begun since the first order, its own among them; the data may start after the true first order.",
      value=_tenure_periods, uses=("first_order",)),
    C("promo_index", "flow", "float64", "share of lines",
      "Share of lines bought at a reduction of the firm's own, less the market's rates of their categories and what their shops add.",
      needs=PROMO, stage="promo", value=_only("promo_index")),
    C("promo_lines", "flow", "int64", "lines", "Lines behind promo_index: sold, with a category, reduced or known not to be.",
      needs=PROMO, stage="promo", value=_only("promo_lines")),
    C("brand_index", "flow", "float64", "probability",
      "Chance that two purchases of a kind of goods are of one maker, less that of two purchases of anybody; kinds weigh by lines.",
      needs=MAKER, stage="brand", value=_only("brand_index")),
    C("brand_lines", "flow", "int64", "lines", "Lines behind brand_index: of kinds bought twice or more, with a maker.",
      needs=MAKER, stage="brand", value=_only("brand_lines")),
    C("quality_index", "flow", "float64", "share of lines",
      "Share of lines above the P80 unit list price of their kind (5 products or more, one unit), less the market's and the shop's share.",
      needs=COUNTED, stage="quality", value=_only("quality_index")),
    C("quality_lines", "flow", "int64", "lines", "Lines behind quality_index: counted goods of kinds with 5 products or more.",
      needs=COUNTED, stage="quality", value=_only("quality_lines")),
    C("price_index", "flow", "float64", "log ratio",
      "Median over kinds of goods (nearest rank) of log(paid unit price / mean unit list price of the kind); 0 is the market's list.",
      needs=COUNTED, stage="price", value=lambda t, s: nearest_rank(t, "ratio", 5).ln()),
    C("price_elasticity", "flow", "float64", "elasticity",
      "Per cent by which the odds of taking a product of a kind change when it costs 1 % more, from the prices others paid that week.",
      needs=COUNTED, stage="elasticity", value=_only("price_elasticity")),
    C("price_elasticity_error", "flow", "float64", "elasticity", "Standard error of price_elasticity: the inverse root of its information.",
      needs=COUNTED, stage="elasticity", value=_only("price_elasticity_error")),
    C("elasticity_lines", "flow", "int64", "lines",
      "Lines behind price_elasticity: choices among two or more products of a kind whose prices that week differ and are known of others.",
      needs=COUNTED, stage="elasticity", value=_only("elasticity_lines")),
    C("preferred_category", "flow", "str", "",
      "Group of goods (a category, or a department where more than 20 categories are bought by 5 %) with the highest location quotient.",
      needs=CATEGORY, stage="preference", value=_only("category")),
    C("preference_lq", "flow", "float64", "ratio",
      "Location quotient of the preferred group: its share of the customer's spend over its share of the market's; 1 is the market.",
      needs=CATEGORY, stage="preference", value=_only("lq")),
    C("preference_lines", "flow", "int64", "lines", "Lines in the preferred group.",
      needs=CATEGORY, stage="preference", value=_only("lines")),
    C("preference_share", "flow", "float64", "share of spend", "Share of the customer's spend that goes into the preferred group.",
      needs=CATEGORY, stage="preference", value=_only("share")),
    C("preference_next_lq", "flow", "float64", "ratio", "Location quotient of the group behind the preferred one; missing without one.",
      needs=CATEGORY, stage="preference", value=_only("next_lq")),
    C("preference_next_lines", "flow", "int64", "lines", "Lines in the group behind the preferred one.",
      needs=CATEGORY, stage="preference", value=_only("next_lines")),
)  # fmt: skip
