"""Names of columns as a reader sees them, in one place, keyed by the column's own name."""

from __future__ import annotations

from seglib.language import translate
from seglib.report import numbers

LABELS = {
    "segment": "Class",
    "customers": "Customers",
    "customers_share": "Share of customers",
    "spend": "Sales",
    "spend_share": "Share of sales",
    "mean_spend": "Sales per customer",
    "index_spend": "Index (all classified = 100)",
    "orders": "Orders",
    "buying_days": "Buying days",
    "mean_order_value": "Mean order value",
    "median_order_value": "Usual order value",
    "largest_order_value": "Largest order",
    "geometric_mean_order_value": "Geometric mean of order values",
    "order_value_log_sd": "Spread of order values (log)",
    "certainty": "Chance of this side in the long run",
    "days_since_last_order": "Days since last order",
    "days_since_first_order": "Days since first order",
    "first_order": "First order",
    "last_order": "Last order",
    "history_days_before_first_order": "Days of data before the first order",
    "last_return_gap_days": "Gap before the last purchase",
    "previous_return_gap_days": "Gap before the purchase before",
    "days_since_previous_buying_day": "Days since the buying day before the last",
    "gaps": "Gaps between purchases",
    "gap_days_median": "Usual days between purchases",
    "gap_days_p90": "Long gap between purchases (9 of 10 are shorter)",
    "lifetime_orders": "Orders so far",
    "lifetime_spend": "Sales so far",
    "list_spend": "Sales at list price",
    "paid_spend": "Paid by the customer",
    "returned_amount": "Returned",
    "discount_share": "Discount (share of list price)",
    "exposure_days": "Days observed",
    "categories": "Categories bought",
    "products": "Products bought",
    "order_lines": "Order lines",
    "spend_last_half": "Sales, last half of the window",
    "spend_previous_half": "Sales, half before",
    "spend_quarter_1": "Sales, last quarter (91 days)",
    "spend_quarter_2": "Sales, second last quarter",
    "spend_quarter_3": "Sales, third last quarter",
    "spend_quarter_4": "Sales, fourth last quarter",
    "spend_quarter_5": "Sales, fifth last quarter",
    "spend_quarter_6": "Sales, sixth last quarter",
    "market_quarter_1": "Everybody's mean sales, last quarter (91 days)",
    "market_quarter_2": "Everybody's mean sales, second last quarter",
    "market_quarter_3": "Everybody's mean sales, third last quarter",
    "market_quarter_4": "Everybody's mean sales, fourth last quarter",
    "score": "Score",
    "input": "Reads",
    "cut": "Cut",
    "rows": "Rows",
    "amount": "Amount",
    "table": "Table",
    "step": "Step",
    "note": "Note",
    "gate": "Condition",
    "found": "Found",
    "needed": "Needed",
    "province": "Province",
    "city": "City",
    "region": "Region",
    "industry": "Industry",
    "income_band": "Income band",
    "buy_rate": "Sessions with an order that day",
    "cart_rate": "Carts that were bought",
    "looks_per_session": "Goods and reviews looked at a session",
    "yearly_income": "Yearly income (of a band: its lower edge)",
    "age": "Age",
    "household_size": "Household size",
    "country": "Country",
    "employees": "Employees",
    "annual_revenue": "Yearly revenue of the firm",
    "age_band": "Age band",
    "gender": "Gender",
    "customer_id": "Customer",
    "as_of": "As of",
    "window_days": "Days of the window",
    "returns_only": "Returns only",
    "margin": "Margin",
    "return_lines": "Lines returned",
    "orders_last_half": "Orders, last half of the window",
    "orders_previous_half": "Orders, half before",
    "loyalty_periods": "Periods with an order",
    "tenure_periods": "Periods since the first order",
    "active_share": "Share of active periods",
    "promo_index": "Reduced lines beyond the market",
    "promo_lines": "Lines behind the index of reductions",
    "next_class": "Next class",
    "brand_index": "Same maker again beyond the market",
    "brand_lines": "Lines behind the index of makers",
    "quality_index": "Upper price tier beyond the market",
    "quality_lines": "Lines behind the index of price tiers",
    "price_elasticity": "Own-price elasticity of choice",
    "price_elasticity_error": "Standard error of the elasticity",
    "elasticity_lines": "Choices with known prices",
    "price_index": "Price level (log, market = 0)",
    "preferred_category": "Preferred group",
    "preference_lq": "Location quotient",
    "preference_lines": "Lines in the preferred group",
    "preference_share": "Share of spend in the preferred group",
    "preference_next_lq": "Location quotient of the next group",
    "preference_next_lines": "Lines in the next group",
    "preference_lead": "Lead over the next group (standard errors)",
    "preference": "Strength of preference (log)",
    "interactions": "Interactions",
    "unknown_events": "Events of unknown kinds",
    "times_contacted": "Times contacted by the firm",
    "engagement_score": "Engagement score",
    "intent_points": "Intent points",
    "quotes": "Quotes asked for",
    "days_since_last_interaction": "Days since last interaction",
    "sessions": "Sessions",
    "views": "Products viewed",
    "cart_sessions": "Sessions with a cart",
    "reviews_read": "Reviews read",
    "sessions_bought": "Sessions with an order",
    "cart_sessions_bought": "Cart sessions with an order",
    "days_since_last_session": "Days since last session",
    "views_per_session": "Products viewed per session",
    "orders_per_session": "Orders per session",
    "returned_value_share": "Share of value returned",
    "nps_score": "Would recommend",
    "nps_scale_low": "Recommendation scale, low end",
    "nps_scale_high": "Recommendation scale, high end",
    "csat_score": "Satisfaction",
    "csat_scale_low": "Satisfaction scale, low end",
    "csat_scale_high": "Satisfaction scale, high end",
    "answers": "Answers",
    "days_since_last_answer": "Days since last answer",
    "tickets": "Service cases",
    "tickets_open": "Open cases",
    "tickets_open_late": "Open and late",
    "tickets_reopened": "Cases opened again",
    "tickets_resolved_late": "Cases resolved late",
    "offers_sent": "Offers sent",
    "offers_redeemed": "Offers used",
    "open_pipeline": "Open deals",
    "deals_won": "Deals won",
    "deals_lost": "Deals lost",
    "age_years": "Age in years",
    "address_province": "Province of the address",
    "address_city": "City of the address",
    "visits": "Visits",
    "visits_with_order": "Visits with an order",
    "visit_hours": "Hours of visits",
    "in_universe": "In the target universe",
    "potential": "Potential",
    "category_sales": "Category sales of the outlet",
    "size": "Size (4 large to 1 micro)",
    "coverage_points": "Coverage points",
    "touches": "Orders and contacts",
    "mean_drawn_in_spend": "Mean spend, drawn in",
    "relationship": "Relationship",
    "customer_name": "Name",
    "customer_kind": "Person or firm",
    "registered_at": "Known since",
    "cancelled_at": "Day the contract ended",
    "contract_ended": "Contract ended",
    "birth_year": "Year of birth",
    "household_kind": "Household",
    "children": "Children",
    "marital_status": "Marital status",
    "home_ownership": "Home",
    "income": "Declared income",
    "channel": "Channel",
    "membership": "Membership tier",
    "wallet": "Declared wallet",
    "stated_price": "Stated: price",
    "stated_brand": "Stated: brand",
    "stated_quality": "Stated: quality",
    "stated_power": "Stated: means",
    "owner": "Looked after by",
    "opt_out": "Opted out",
    "growth": "Expected growth",
    "need_z": "Largest need (drawn in)",
    "need_lead": "Lead over the next need",
    "need": "Which need",
    "declared": "Declared amount",
    "declared_power": "Declared, a band by its lower edge",
    "place_level": "Price level of the place",
    "evidence_source": "Evidence",
    "confidence": "Confidence",
    "promo_z": "Reduced lines (drawn in)",
    "brand_z": "Same maker (drawn in)",
    "quality_z": "Upper price tier (drawn in)",
    "stated_top": "Highest answer",
}


def label(column: str, lang: str) -> str:
    """A column's name for a reader; a name nobody listed is shown with spaces for underscores."""
    if column in LABELS:
        return translate(LABELS[column], lang)
    if column.startswith("median_"):
        return translate("{what} (median)", lang, what=label(column.removeprefix("median_"), lang))
    if column.startswith("mean_"):
        return translate("{what} (mean)", lang, what=label(column.removeprefix("mean_"), lang))
    return column.replace("_", " ")


def with_unit(column: str, lang: str, unit: str) -> str:
    """A column's head: its name, and the unit of its money where there is any."""
    return joined(label(column, lang), unit, lang)


def joined(text: str, unit: str, lang: str) -> str:
    """A head and a unit; a head that ends in brackets takes the unit into them."""
    if not unit:
        return text
    if lang == "zh":
        return f"{text[:-1]}，{unit}）" if text.endswith("）") else f"{text}（{unit}）"
    return f"{text[:-1]}, {unit})" if text.endswith(")") else f"{text} ({unit})"


def quantity(column: str, value: float, lang: str, currency: str) -> str:
    """A value of a column with its unit, for a sentence: "21 days", "USD 1,861", "63 orders"."""
    what = numbers.kind(column)
    if what in ("money", "money_each"):
        return numbers.money(value, currency, lang)
    if what == "days":
        return numbers.days(value, lang)
    if what == "share":
        return numbers.share(value)
    if column in ("orders", "lifetime_orders"):
        return translate("{n} order" if value == 1 else "{n} orders", lang, n=numbers.plain(value))
    return numbers.plain(value)
