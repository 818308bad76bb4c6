"""Which of a type's eight products is taken: a multinomial logit of price, promotion, quality and the brand bought last time.

Utility of a product = quality_worth x quality - price_coefficient x paid price (relative to the type's middle) + state_dependence where
its brand is the one the customer took last in the type + a Gumbel term.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from seglib.datasets._goods import BRAND_STARTS, BRANDS, ONLINE, SLOT_BRAND, SLOT_TIER, SLOTS, STORES, WAREHOUSE, Goods

BRAND_SIZES = np.bincount(SLOT_BRAND)
ELSEWHERE = 0.07  # share of a person's visits to another shop than the own
TINY = np.float32(1e-30)  # keeps the logarithm of a draw finite
DRAWS = 32  # promotion weeks over which the expectation of a choice is taken


def draw_stores(home: np.ndarray, online_share: np.ndarray, firm: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Store of each order: own shop, another, the web shop; firms are served by the warehouse."""
    count = len(home)
    store = np.where(rng.random(count) < ELSEWHERE, rng.integers(0, STORES, count), home)
    store = np.where(rng.random(count) < online_share, ONLINE, store)
    return np.where(firm, WAREHOUSE, store)


def choose(
    people: pd.DataFrame,
    goods: Goods,
    who: np.ndarray,
    kind: np.ndarray,
    store: np.ndarray,
    week: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The product taken on each line, lines in order of time.

    Returns:
        slot (the product within its type), depth (share of list taken off), last (brand taken in the type before, -1 for none).
    """
    offer = ((store * goods.weeks + week) * goods.depth.shape[2] + kind) * SLOTS
    price, worth = (people[name].to_numpy(np.float32)[who] for name in ("price_coefficient", "quality_worth"))
    depths = goods.depth.ravel()
    value = np.empty((SLOTS, len(who)), dtype=np.float32)
    for slot in range(SLOTS):
        quality, list_price = (part[:, slot].astype(np.float32)[kind] for part in (goods.quality, goods.price))
        noise = np.log(np.maximum(rng.standard_exponential(len(who), dtype=np.float32), TINY))
        value[slot] = worth * quality - price * list_price * (1 - depths[offer + slot]) - noise
    brand, last = _walk(value, who * goods.depth.shape[2] + kind, people["state_dependence"].to_numpy(np.float32)[who])
    first = BRAND_STARTS[brand]
    second = first + BRAND_SIZES[brand] - 1
    line = np.arange(len(who))
    slot = np.where(value[first, line] >= value[second, line], first, second)
    return slot, depths[offer + slot], last


def _walk(value: np.ndarray, chain: np.ndarray, boost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Brand of each line, given that the brand of the chain's last line (same customer, same type) is boosted.

    A chain is walked line by line, but the n-th lines of all chains at once: without the boost a line takes its best brand; with it the
    last brand wins where its best product plus the boost beats that.
    """
    brands = np.stack([value[start : start + size].max(axis=0) for start, size in zip(BRAND_STARTS, BRAND_SIZES, strict=True)])
    plain = brands.argmax(axis=0)
    best = brands[plain, np.arange(len(chain))]
    by_chain = np.argsort(chain, kind="stable")
    starts = np.flatnonzero(np.diff(chain[by_chain], prepend=-1))
    sizes = np.diff(np.append(starts, len(chain)))
    number = np.repeat(np.arange(len(starts)), sizes)
    nth = np.arange(len(chain)) - np.repeat(starts, sizes)
    by_turn = np.argsort(nth, kind="stable")
    line, number = by_chain[by_turn], number[by_turn]
    ends = np.cumsum(np.bincount(nth))
    state = np.full(len(starts), -1)
    taken, last = np.empty(len(chain), dtype=np.int64), np.empty(len(chain), dtype=np.int64)
    low = 0
    for high in ends:
        rows, owner = line[low:high], number[low:high]
        before = state[owner]
        stays = (before >= 0) & (brands[before, rows] + boost[rows] > best[rows])
        taken[rows] = state[owner] = np.where(stays, before, plain[rows])
        last[rows] = before
        low = high
    return taken, last


def expected_choice(people: pd.DataFrame, goods: Goods, rng: np.random.Generator) -> pd.DataFrame:
    """What the choice model says of each customer on the long run, over the offers of the shops the customer goes to.

    Returns:
        paid_price: mean price paid relative to the type's middle; promoted_share: of lines; premium_share: of lines;
        same_brand: chance that the brand is the one of the line before in the type.
    """
    parts = [_expected(people.iloc[low : low + 20_000], goods, rng) for low in range(0, len(people), 20_000)]
    return pd.concat(parts, ignore_index=True)


def _expected(people: pd.DataFrame, goods: Goods, rng: np.random.Generator) -> pd.DataFrame:
    count = len(people)
    shape = (count, DRAWS)
    home, online, firm = (np.broadcast_to(people[name].to_numpy()[:, None], shape).ravel() for name in ("store", "online_share", "firm"))
    store = draw_stores(home, online, firm, rng).reshape(shape)
    kind = rng.integers(0, goods.depth.shape[2], shape)
    depth = goods.depth[store, rng.integers(0, goods.weeks, shape), kind]
    paid = goods.price[kind] * (1 - depth)
    price, worth, state = (people[name].to_numpy()[:, None, None] for name in ("price_coefficient", "quality_worth", "state_dependence"))
    weight = np.exp(worth * goods.quality[kind] - price * paid)
    premium = np.broadcast_to(SLOT_TIER == "premium", weight.shape)
    measures = np.stack([paid, depth > 0, premium], axis=0)
    move, found = np.empty((count, BRANDS, BRANDS)), np.empty((3, count, BRANDS))
    for brand in range(BRANDS):
        boosted = weight * np.where(brand == SLOT_BRAND, np.exp(state), 1.0)
        chance = boosted / boosted.sum(axis=2, keepdims=True)
        found[:, :, brand] = (chance * measures).sum(axis=3).mean(axis=2)
        move[:, brand] = np.add.reduceat(chance, BRAND_STARTS, axis=2).mean(axis=1)
    share = np.full((count, 1, BRANDS), 1 / BRANDS)
    for _ in range(60):
        share = share @ move
    share = share[:, 0]
    mean = (found * share).sum(axis=2)
    return pd.DataFrame(
        {
            "paid_price": mean[0],
            "promoted_share": mean[1],
            "premium_share": mean[2],
            "same_brand": (share * np.diagonal(move, axis1=1, axis2=2)).sum(axis=1),
        }
    )
