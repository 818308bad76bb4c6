"""Orders and their lines: when, where, what, how many and for how much; then what is given back."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
import pyarrow as pa

from seglib.datasets._calendar import Clock, time_of_day
from seglib.datasets._choices import choose, draw_stores
from seglib.datasets._goods import KINDS, SLOTS, Goods, week_of
from seglib.datasets._movements import Movements
from seglib.datasets._worlds import DAYS_A_YEAR, Plan

BASKET_EVENNESS = 1.5  # shape of the gamma that order sizes of one customer scatter by; small is uneven
NO_CARD = 0.03  # share of a person's orders in which the card stays at home: lines without customer_id
COUPON_LINES, COUPON_SHARE = 0.04, 0.15  # lines paid in part by a maker's coupon, and the part
LINKED_RETURNS = 0.75  # share of return lines that name the order they take back
CONTRACT_JITTER = 0.6  # sd in days of a contract's deliveries


@dataclass
class Lines:
    """Order lines in order of time; all arrays have one entry a line, ``order_*`` one an order."""

    order: np.ndarray  # index of the order
    kind: np.ndarray
    slot: np.ndarray
    depth: np.ndarray  # share taken off the list price
    last: np.ndarray  # brand taken in the type before
    packages: np.ndarray
    list_cents: np.ndarray
    discount_cents: np.ndarray
    coupon_cents: np.ndarray
    order_who: np.ndarray
    order_day: np.ndarray  # days since the start, the time of day as a fraction
    order_store: np.ndarray
    order_card: np.ndarray  # False where the card was not shown

    @property
    def who(self) -> np.ndarray:
        return self.order_who[self.order]

    @property
    def day(self) -> np.ndarray:
        return self.order_day[self.order]

    @property
    def cents(self) -> np.ndarray:
        return self.list_cents - self.discount_cents

    def until(self, day: float) -> Lines:
        """The lines before a time."""
        orders = int(np.searchsorted(self.order_day, day))
        lines = int(np.searchsorted(self.order, orders))
        return Lines(**{f.name: getattr(self, f.name)[: orders if f.name.startswith("order_") else lines] for f in fields(self)})


def order_times(
    people: pd.DataFrame, movements: Movements, plan: Plan, clock: Clock, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Who orders when, in order of time. A customer who comes within the two years comes with a first order."""
    if plan.world.gaps == "contract":
        who, day = _deliveries(people, plan, rng)
    elif plan.world.gaps == "erlang":
        who, day = _every_second(*movements.base.draw(clock, rng, times=2), rng)
    else:
        who, day = movements.base.draw(clock, rng)
    come = people["acquired_day"].to_numpy()
    first = np.flatnonzero((come >= 0) & (come < plan.total_days)) if plan.world.gaps != "contract" else np.array([], dtype=np.int64)
    more_who, more_day = movements.extra.draw(clock, rng)
    who, day = np.concatenate([who, first, more_who]), np.concatenate([day, come[first], more_day])
    day = np.minimum(np.floor(day), plan.total_days - 1) + time_of_day(rng, len(day))
    order = np.argsort(day, kind="stable")
    return who[order], day[order]


def _every_second(who: np.ndarray, day: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Every second event of each customer, beginning with the first or the second by lot: gaps of two stages."""
    order = np.lexsort((day, who))
    who, day = who[order], day[order]
    starts = np.flatnonzero(np.diff(who, prepend=-1))
    nth = np.arange(len(who)) - np.repeat(starts, np.diff(np.append(starts, len(who))))
    odd = rng.integers(0, 2, who.max() + 1 if len(who) else 0)
    keep = nth % 2 == odd[who]
    return who[keep], day[keep]


def _deliveries(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A delivery every so many days from the begin of the contract until it is cancelled."""
    every = DAYS_A_YEAR / people["rate"].to_numpy()
    come, left = people["acquired_day"].to_numpy(), people["left_day"].to_numpy()
    begin = np.where(come >= 0, come, rng.random(len(people)) * every)
    number = np.ceil((np.minimum(left, plan.total_days) - begin) / every)
    number = np.where(np.isfinite(begin), np.maximum(number, 0), 0).astype(np.int64)
    who = np.repeat(np.arange(len(people)), number)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(number) - number, number)
    day = np.where(np.isfinite(begin), begin, 0.0)[who] + nth * every[who] + np.where(nth > 0, rng.normal(0, CONTRACT_JITTER, len(who)), 0)
    return who, np.clip(day, 0, np.minimum(left[who], plan.total_days) - 1e-6)


def make_lines(people: pd.DataFrame, goods: Goods, taste: np.ndarray, who: np.ndarray, day: np.ndarray, rng: np.random.Generator) -> Lines:
    """Fill the orders: lines, types by taste, products by choice, packages, reductions."""
    lines = people["lines"].to_numpy()[who] - 1
    number = 1 + rng.poisson(lines * rng.gamma(BASKET_EVENNESS, 1 / BASKET_EVENNESS, len(who)))
    firm = people["firm"].to_numpy()
    store = draw_stores(people["store"].to_numpy()[who], people["online_share"].to_numpy()[who], firm[who], rng)
    card = firm[who] | (rng.random(len(who)) >= NO_CARD)
    order = np.repeat(np.arange(len(who)), number)
    owner = who[order]
    kind = _by_row(taste, owner, rng)
    slot, depth, last = choose(people, goods, owner, kind, store[order], week_of(day)[order], rng)
    packages = 1 + rng.poisson(people["packages"].to_numpy()[owner] - 1)
    list_cents = goods.cents[kind, slot] * packages
    discount = np.rint(list_cents * depth.astype(np.float64)).astype(np.int64)
    by_coupon = rng.random(len(order)) < COUPON_LINES
    coupon = np.where(by_coupon, np.rint((list_cents - discount) * COUPON_SHARE), 0).astype(np.int64)
    return Lines(order, kind, slot, depth, last, packages, list_cents, discount, coupon, who, day, store, card)


def _by_row(chance: np.ndarray, row: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A column for each entry of ``row``, drawn by the chances of that row."""
    edges = np.cumsum(chance, axis=1)
    edges[:, -1] = 1.0
    flat = (edges + np.arange(len(chance))[:, None]).ravel()
    found = np.searchsorted(flat, row + rng.random(len(row)), side="right")
    return np.minimum(found - row * chance.shape[1], chance.shape[1] - 1)


@dataclass(frozen=True)
class Returns:
    """Return lines: the line taken back, when, and whether its order is named."""

    line: np.ndarray
    day: np.ndarray
    linked: np.ndarray


def make_returns(people: pd.DataFrame, lines: Lines, plan: Plan, rng: np.random.Generator) -> Returns:
    """Whole lines come back 2 to about 30 days later; what comes back after the simulated time is not seen."""
    line = np.flatnonzero(rng.random(len(lines.order)) < people["return_chance"].to_numpy()[lines.who])
    day = np.floor(lines.day[line] + 2 + rng.exponential(7, len(line))) + time_of_day(rng, len(line))
    seen = day < plan.total_days
    line, day = line[seen], day[seen]
    order = np.argsort(day, kind="stable")
    return Returns(line[order], day[order], rng.random(len(line)) < LINKED_RETURNS)


def texts(names: np.ndarray | list[str], codes: np.ndarray, missing: np.ndarray | None = None) -> pd.Series:
    """``names[codes]`` as a column of text, without a Python object a row; missing where ``missing`` is true."""
    taken = pa.array(np.asarray(names, dtype=object), type=pa.large_string()).take(pa.array(codes, mask=missing))
    return pd.Series(pd.array(taken, dtype="str"))


def moments(plan: Plan, day: np.ndarray) -> np.ndarray:
    """Days since the start as local times, to the minute."""
    return plan.start.astype("datetime64[us]") + np.floor(day * 1440).astype("timedelta64[m]")


def order_table(people: pd.DataFrame, goods: Goods, lines: Lines, returns: Returns, plan: Plan) -> pd.DataFrame:
    """The canonical ``orders``: lines, then return lines, of the days that the tables cover."""
    back = returns.day < plan.days
    taken = returns.line[back]
    sold = len(lines.until(plan.days).order)
    line = np.concatenate([np.arange(sold), taken])
    is_return = np.arange(len(line)) >= sold
    sign = np.where(is_return, -1, 1)
    order, store = lines.order[line], lines.order_store[lines.order[line]]
    width = max(7, len(str(len(lines.order_who))))
    names = [f"O{index + 1:0{width}d}" for index in range(len(lines.order_who))]
    names += [f"R{index + 1:0{width}d}" for index in range(len(taken))]
    own = np.concatenate([order[:sold], len(lines.order_who) + np.arange(len(taken))])
    week = week_of(lines.order_day)[order]
    promotions = [f"{name}-{week + 1:03d}" for name in goods.store_ids for week in range(goods.weeks)]
    step = np.array([kind.step for kind in KINDS])[lines.kind[line]]
    linked = np.concatenate([np.zeros(sold, dtype=bool), returns.linked[back]])
    return pd.DataFrame(
        {
            "order_id": texts(names, own),
            "customer_id": texts(people["customer_id"].to_numpy(), lines.order_who[order], ~lines.order_card[order]),
            "ordered_at": moments(plan, np.concatenate([lines.day[:sold], returns.day[back]])),
            "product_id": texts(goods.table["product_id"].to_numpy(), lines.kind[line] * SLOTS + lines.slot[line]),
            "quantity": (sign * lines.packages[line] * step).astype(np.float64),
            "amount": sign * lines.cents[line] / 100,
            "list_amount": sign * lines.list_cents[line] / 100,
            "paid_amount": sign * (lines.cents - lines.coupon_cents)[line] / 100,
            "discount_amount": sign * lines.discount_cents[line] / 100,
            "is_return": is_return,
            "returns_order_id": texts(names, order, ~linked),
            "promotion": texts(promotions, store * goods.weeks + week, (lines.depth[line] == 0) | is_return),
            "store_id": texts(goods.store_ids, store),
        }
    )
