"""What a firm can see of each of its customers in the tables, as plain numbers: orders in time, money, goods, contacts, what was told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seglib.datasets._records import INCOME_BANDS
from seglib.datasets._worlds import DAYS_A_YEAR

Frames = dict[str, pd.DataFrame]
BACK = np.array([0, 4, 8, 15, 22, 30, 45, 60, 75, 91, 122, 152, 183, 213, 243, 274, 304, 335, 365, 426, 487, 548, 609, 670, 731])
RECENT = (15, 30, 45, 90, DAYS_A_YEAR)  # days back over which contacts are counted
EVENTS = ("view", "cart", "review", "email_click", "call", "quote")
WEB = "WEB"


def evidence(tables: Frames, end: pd.Timestamp) -> pd.DataFrame:
    """One row of numbers for each customer, missing where nothing is known; names of goods, places and persons are not among them.

    Args:
        tables: The market's tables.
        end: The moment at which they end.
    """
    people = tables["customers"].set_index("customer_id")
    orders = tables["orders"].dropna(subset="customer_id")
    orders = orders.assign(back=(end - orders["ordered_at"]).dt.total_seconds() / 86_400)
    parts = [_told(people, end), _bought(orders), _lines(orders, tables["products"]), _contacts(tables, orders, end), _answers(tables)]
    for name, made in (("visits", _visits), ("offers", _offers), ("opportunities", _deals), ("universe", _account)):
        parts += [made(tables[name], end)] if name in tables else []
    frame = pd.concat([part.reindex(people.index) for part in parts], axis=1).astype("float64")
    frame["web_orders_a_session"] = frame["web_orders"] / frame[f"sessions_{DAYS_A_YEAR}"].clip(lower=1)
    frame["web_orders_a_cart"] = frame["web_orders"] / frame[f"cart_{DAYS_A_YEAR}"].clip(lower=1)
    frame["silence_in_own_gaps"] = frame["silence"] * frame["orders_365"] / DAYS_A_YEAR
    return frame


def _told(people: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """What is in the firm's own list of customers."""
    rank = {str(band): place for bands in INCOME_BANDS.values() for place, band in enumerate(bands)}
    found = {
        "firm": people["customer_kind"] == "firm",
        "registered": (end - people["registered_at"]).dt.days,
        "income": people["income"],
        "income_band": people["income_band"].map(rank),
        "wallet": people["wallet"],
        "employees": people["employees"].astype("float64"),
        "revenue": people["annual_revenue"],
    }
    if "cancelled_at" in people:
        found["cancelled"] = (end - people["cancelled_at"]).dt.days
    return pd.DataFrame(found)


def _bought(orders: pd.DataFrame) -> pd.DataFrame:
    """Orders by stretches of time back from the end, silence, tenure, value and size of an order; money sent back lowers spend."""
    sold = orders[~orders["is_return"]]
    baskets = sold.groupby("order_id", sort=False).agg(
        customer_id=("customer_id", "first"),
        back=("back", "first"),
        value=("amount", "sum"),
        lines=("amount", "size"),
        at=("store_id", "first"),
    )
    who, back = baskets["customer_id"], baskets["back"]
    counts = pd.crosstab(who, np.digitize(back, BACK[1:])).rename(columns=lambda part: f"orders_back_{part}")
    own, year = baskets.groupby(who), baskets[back < DAYS_A_YEAR]
    lately = year.groupby("customer_id")
    months = year.assign(month=(year["back"] // (DAYS_A_YEAR / 12)).astype(int)).groupby("customer_id")["month"].nunique()
    gap = baskets.sort_values("back").groupby("customer_id")["back"].diff()
    found = {
        "silence": own["back"].min(),
        "tenure": own["back"].max(),
        "orders_365": lately.size(),
        "months_365": months,
        "value_mean": own["value"].mean(),
        "value_year": lately["value"].mean(),
        "value_middle": own["value"].median(),
        "lines_mean": own["lines"].mean(),
        "longest_gap": gap.groupby(who).max(),
        "web_orders": year[year["at"] == WEB].groupby("customer_id").size(),
    }
    for name, low, high in (("spend_year", 0, DAYS_A_YEAR), ("spend_before", DAYS_A_YEAR, 2 * DAYS_A_YEAR), ("spend_quarter", 0, 91)):
        found[name] = orders[orders["back"].between(low, high)].groupby("customer_id")["amount"].sum()
    frame = pd.DataFrame(found).join(counts)
    zero = [*counts.columns, "orders_365", "months_365", "web_orders", "spend_year", "spend_before", "spend_quarter"]
    return frame.fillna(dict.fromkeys(zero, 0.0))


def _lines(orders: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """What is bought: price paid and list price against the type, promotions against the shop, brands kept, lines sent back."""
    sold = orders[~orders["is_return"]]
    goods = products.set_index("product_id")
    kind, brand = (sold["product_id"].map(goods[name]) for name in ("product_type", "brand"))
    unit = sold["list_amount"] / sold["quantity"]
    price = unit / unit.groupby(kind).transform("mean")
    reduced = sold["discount_amount"] > 0
    beyond = reduced - reduced.groupby(sold["store_id"]).transform("mean")
    before = brand.groupby([sold["customer_id"], kind]).shift()
    made = pd.DataFrame(
        {
            "customer_id": sold["customer_id"],
            "list_price": np.log(price),
            "paid_price": np.log(price * (sold["amount"] / sold["list_amount"]).clip(lower=0.05)),
            "premium": price > 1.2,
            "cheap": price < 0.8,
            "reduced": beyond,
            "depth": 1 - sold["amount"] / sold["list_amount"],
            "kept_brand": (before == brand).where(before.notna()).astype("float64"),
            "store_reduces": reduced.groupby(sold["store_id"]).transform("mean"),
        }
    )
    frame = made.groupby("customer_id").mean()
    number = sold.groupby("customer_id").size()
    back = orders[orders["is_return"]].groupby("customer_id").size().reindex(number.index, fill_value=0)
    return frame.assign(lines=number, sent_back=back / number)


def _contacts(tables: Frames, orders: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Sessions and events by days back; views and reviews a session; sessions that brought no order."""
    events = tables["interactions"]
    events = events.assign(back=(end - events["happened_at"]).dt.total_seconds() / 86_400)
    sessions = events.dropna(subset="session_id").groupby("session_id", sort=False).agg(who=("customer_id", "first"), back=("back", "max"))
    found: dict[str, pd.Series] = {}
    for days in RECENT:
        found[f"sessions_{days}"] = sessions[sessions["back"] < days].groupby("who").size()
        near = events[events["back"] < days]
        count = near.groupby(["customer_id", "kind"]).size().unstack(fill_value=0)
        found |= {f"{kind}_{days}": count[kind] if kind in count else pd.Series(dtype="float64") for kind in EVENTS}
    web = orders[(orders["store_id"] == WEB) & ~orders["is_return"]].groupby("customer_id")["order_id"].nunique()
    found["sessions"] = sessions.groupby("who").size()
    every = tables["customers"]["customer_id"]
    frame = pd.DataFrame(found).reindex(every).fillna(0.0)
    total = events.groupby(["customer_id", "kind"]).size().unstack(fill_value=0).reindex(every, fill_value=0)
    frame["views_a_session"] = total["view"] / frame["sessions"]
    frame["reviews_a_session"] = total["review"] / frame["sessions"]
    free = frame["sessions"] - web.reindex(every, fill_value=0)
    frame["carts_a_free_session"] = (total["cart"] - web.reindex(every, fill_value=0)) / free.where(free > 0)
    return frame


def _answers(tables: Frames) -> pd.DataFrame:
    """Answers, and service cases."""
    answers = tables["feedback"].pivot_table(index="customer_id", columns="question", values="score", aggfunc=["mean", "last", "count"])
    answers.columns = ["_".join(map(str, names)) for names in answers.columns]
    if "tickets" not in tables:
        return answers
    return answers.join(tables["tickets"].groupby("customer_id").size().rename("cases"), how="outer")


def _visits(visits: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    return pd.DataFrame({"visits": visits.groupby("customer_id").size()})


def _offers(offers: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    own = offers.groupby("customer_id")
    return pd.DataFrame({"offers": own.size(), "offers_used": own["redeemed_at"].count()})


def _deals(deals: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    own = deals.groupby("customer_id")
    return pd.DataFrame({"deals": own.size(), "deal_amount": own["amount"].mean(), "deals_won": own["won"].sum()})


def _account(universe: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    accounts = universe.dropna(subset="customer_id").set_index("customer_id")
    return accounts[["potential", "category_sales", "relationship"]]
