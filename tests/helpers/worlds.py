"""Made markets for the contract of all methods: order lines full of ties, twins, refunds and silence, and what may be done to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from contacts_made import contact_tables
from hypothesis import strategies as st

import seglib
import seglib.client
from seglib import methods
from seglib.customers.facts import USUAL

LAST_DAY = pd.Timestamp("2024-12-31")
MONEY = ("spend", "list_spend", "paid_spend", "margin", "returned_amount", "lifetime_spend", "mean_order_value", "median_order_value")
MONEY += ("largest_order_value", "spend_last_half", "spend_previous_half")
MONEY += tuple(f"{of}_quarter_{n}" for of in ("spend", "market") for n in range(1, 7))


@dataclass(frozen=True)
class World:
    """What a market is drawn from.

    Attributes:
        seed: Of the random numbers.
        buyers: Customers with orders; as many twins stand beside them.
        prices: How many different prices there are: few make ties.
        days: Length of the history.
        window_days: Window of the customer table.
        busiest: Most orders of a buyer.
        once: Share of buyers with a single order.
        refunds: Share of orders that are taken back, wholly or in part.
    """

    seed: int
    buyers: int
    prices: int
    days: int
    window_days: int
    busiest: int
    once: float
    refunds: float


def worlds() -> st.SearchStrategy[World]:
    return st.builds(
        World,
        seed=st.integers(0, 10**6),
        buyers=st.integers(40, 90),
        prices=st.sampled_from([40, 1, 3, 2000]),
        days=st.sampled_from([500, 60, 200]),
        window_days=st.sampled_from([364, 28, 182]),
        busiest=st.sampled_from([12, 50]),
        once=st.sampled_from([0.4, 0.0, 0.9]),
        refunds=st.sampled_from([0.3, 0.0]),
    )


@lru_cache(maxsize=32)
def lines(world: World) -> pd.DataFrame:
    """Order lines: order_id, customer_id (none for one in twenty), ordered_at, amount in whole cents, returns_order_id."""
    draw = np.random.default_rng(world.seed)
    cents = draw.integers(1, 20_000, world.prices)
    rows: list[tuple[str, str | None, pd.Timestamp, int, str | None]] = []
    for buyer in range(world.buyers):
        orders = 1 if draw.random() < world.once else int(draw.integers(1, world.busiest))
        history = [_order(draw, cents, world) for _ in range(orders)]
        for twin in "ab":
            for number, (day, amounts, refund) in enumerate(history):
                order = f"{buyer}{twin}{number}"
                rows += [(order, f"{buyer:03d}{twin}", day, amount, None) for amount in amounts]
                if refund is not None:
                    rows.append((order + "r", f"{buyer:03d}{twin}", refund[0], -refund[1], order if refund[2] else None))
    rows += [(f"x{i}", None, LAST_DAY - pd.Timedelta(days=i), 999 + i, None) for i in range(max(1, len(rows) // 20))]
    frame = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "amount", "returns_order_id"])
    frame = with_goods(frame)
    frame["amount"] = frame["amount"] / 100
    return frame.astype({"customer_id": "str", "order_id": "str", "returns_order_id": "str"})


def _order(
    draw: np.random.Generator, cents: np.ndarray, world: World
) -> tuple[pd.Timestamp, list[int], tuple[pd.Timestamp, int, bool] | None]:
    """Day, amounts of the lines, and the refund: its day, its amount, and whether it names the order."""
    age = int(draw.integers(0, world.days))
    amounts = [int(cent) for cent in draw.choice(cents, int(draw.integers(1, 4)))]
    if draw.random() >= world.refunds:
        return LAST_DAY - pd.Timedelta(days=age), amounts, None
    back = sum(amounts) * int(draw.choice([1, 1, 2])) // int(draw.choice([1, 2]))
    return LAST_DAY - pd.Timedelta(days=age), amounts, (LAST_DAY - pd.Timedelta(days=age // 2), back, bool(draw.random() < 0.5))


PRODUCTS = pd.DataFrame(
    {
        "product_id": [f"p{n}" for n in range(24)],
        "category": [f"category {n % 4}" for n in range(24)],
        "product_type": [f"type {n % 3}" for n in range(24)],
        "manufacturer": [f"maker {n % 5}" for n in range(24)],
    }
)


def with_goods(lines: pd.DataFrame) -> pd.DataFrame:
    """What was bought: one of PRODUCTS, some at a reduction; twins buy the same. ``amount`` is in cents. Refunds name nothing."""
    place = lines.groupby("order_id").cumcount()
    number = lines["order_id"].str.replace(r"\D", "", regex=True).replace("", "0").astype(int)
    # Every third buyer keeps to a few goods, so that there is something to prefer.
    buyer = lines["customer_id"].str.extract(r"^(\d+)", expand=False).fillna("1").astype(int)
    product = ((number * 5 + place * 7) % 24).where(buyer % 3 != 0, buyer % 4 + 4 * (place % 2))
    sold = lines["amount"] > 0
    listed = (lines["amount"] * (1 + ((number + place) % 3 == 0) / 4)).round() / 100
    return lines.assign(product_id=("p" + product.astype(str)).where(sold), quantity=1.0, list_amount=listed.where(sold))


def known(orders: pd.DataFrame) -> pd.DataFrame:
    """The customers with order lines, as a source of its own."""
    ids = sorted(orders["customer_id"].dropna().unique())
    return pd.DataFrame({"customer_id": ids, **attributes([_number(name) for name in ids])})


def _number(customer_id: str) -> int:
    """What the attributes hang on: twins share it, and another name does not change it; 0 for names without a number in front."""
    digits = "".join(filter(str.isdigit, customer_id.removeprefix("K")[::-1] if customer_id.startswith("K") else customer_id))
    return int(digits) + 1 if customer_id[:1].isdigit() or customer_id.startswith("K") else 0


def attributes(numbers: list[int]) -> dict[str, list[object]]:
    """What is recorded of customers beside their orders; some of it is missing, all are alike with the number 0."""

    def pick(every: int, *values: object) -> list[object]:
        return [values[0] if n == 0 else values[(n * 7 // every) % len(values)] for n in numbers]

    return {
        "income_band": pick(2, "Under 15K", "15-34K", None, "35-74K", "75-99K", "100K+", None),
        "age_band": pick(1, "25-34", "35-44", "65+", None, "45-54"),
        "gender": pick(3, "female", "男", "M", None, "女"),
        "province": pick(1, "江苏省", "北京", "GUANGDONG", None, "Sichuan", "不详", "河南"),
        "city": pick(2, "徐州市", None, "Shenzhen", "成都市", "信阳", None),
        "industry": pick(1, "零售业", "Wholesale", None, "工业", "餐饮业"),
        "employees": pick(2, 30, 4, None, 350, 90, 1200),
        "annual_revenue": pick(3, 8e6, 4e5, 9e8, None, 3e7),
    }


def opened(orders: pd.DataFrame, customers: pd.DataFrame, as_of: pd.Timestamp = LAST_DAY) -> seglib.client.Client:
    """A client with these order lines; where they do not say what was bought, it was all the same."""
    if "product_id" not in orders.columns:
        orders = orders.assign(product_id="p0", quantity=1.0, list_amount=orders["amount"].clip(lower=0))
    ids = customers["customer_id"].astype("str")
    ids = ids[ids.str.startswith(("K", "c")) | ids.str[:1].str.isdigit()].tolist()  # strangers have no contacts either
    contacts = contact_tables(ids, [_number(name) for name in ids], as_of)
    return seglib.open_frames(orders=orders, customers=customers, products=PRODUCTS, **contacts)


def table(orders: pd.DataFrame, window_days: int, as_of: pd.Timestamp = LAST_DAY, customers: pd.DataFrame | None = None) -> pd.DataFrame:
    """The customer table of order lines, through the door that every user takes."""
    client = opened(orders, known(orders) if customers is None else customers, as_of)
    named = [need for name in methods.names() for need in (*methods.get(name).NEEDS, *methods.get(name).USES)]
    facts = {fact for name in methods.names() for fact in methods.get(name).FACTS} | {*USUAL}
    return client.customers(as_of=as_of.date(), window_days=window_days, also=named, facts=sorted(facts))


@lru_cache(maxsize=32)
def base(world: World) -> pd.DataFrame:
    """The customer table of a world as it is."""
    return table(lines(world), world.window_days)


def renamed(ids: pd.Series) -> pd.Series:
    """Other ids, in another order: the digits from behind."""
    return ids.where(ids.isna(), "K" + ids.str[::-1])


def in_unit(customers: pd.DataFrame, unit: float) -> pd.DataFrame:
    """The same table with its money in another unit, as a user would write it."""
    return customers.assign(**{name: customers[name] * unit for name in MONEY if name in customers.columns})


def split(orders: pd.DataFrame) -> pd.DataFrame:
    """Every line of more than a cent as two lines of the same order."""
    cents = (orders["amount"] * 100).round().astype(int)
    part = (cents // 3).where(cents.abs() > 2, 0)
    pieces = pd.concat([orders.assign(amount=(cents - part) / 100), orders.assign(amount=part / 100)[part != 0]], ignore_index=True)
    return pieces.sort_values("amount", kind="stable", ignore_index=True)


def with_reversed_orders(orders: pd.DataFrame) -> pd.DataFrame:
    """Everybody, and one customer more, bought for 77.77 on the last day and gave it back: by the same order id, or by naming the order."""
    ids = [*known(orders)["customer_id"], "reversed only"]
    bought = pd.DataFrame({"order_id": [f"rev{i}" for i in range(len(ids))], "customer_id": ids, "ordered_at": LAST_DAY, "amount": 77.77})
    back = bought.assign(amount=-77.77)
    named = back.index % 2 == 1
    back = back.assign(returns_order_id=back["order_id"].where(named), order_id=back["order_id"].mask(named, back["order_id"] + "back"))
    return pd.concat([orders, bought, back], ignore_index=True).astype({"returns_order_id": "str"})


def in_window(orders: pd.DataFrame, world: World) -> pd.DataFrame:
    """The lines that flow columns look at."""
    return orders[orders["ordered_at"] > LAST_DAY - pd.Timedelta(days=world.window_days)]


def by_id(assignments: pd.DataFrame, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Classes and scores, indexed by customer."""
    found = assignments.set_index("customer_id").sort_index()
    return found.rename(index=names).sort_index() if names else found
