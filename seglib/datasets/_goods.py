"""Goods of the made market: eight products a type by five brands, list prices, shops, and promotions that each shop holds by the week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seglib.datasets._words import CATEGORIES, MAKER_END, UNITS, brand_names, pick
from seglib.datasets._worlds import Plan

KINDS = tuple(kind for category in CATEGORIES for kind in category.kinds)
KIND_CATEGORY = np.array([index for index, category in enumerate(CATEGORIES) for _ in category.kinds])
# The eight products of every type: which of the type's five brands, price relative to the type's middle, quality in population sd.
SLOT_BRAND = np.array([0, 0, 1, 1, 2, 3, 3, 4])
SLOT_PRICE = np.array([0.66, 0.72, 0.94, 1.00, 1.06, 1.32, 1.42, 1.62])
SLOT_QUALITY = np.array([-1.1, -0.9, -0.1, 0.1, 0.2, 0.9, 1.1, 1.4])
SLOT_TIER = np.array(["economy", "economy", "middle", "middle", "middle", "premium", "premium", "premium"], dtype=object)
SLOTS, BRANDS = len(SLOT_BRAND), 5
BRAND_STARTS = np.flatnonzero(np.diff(SLOT_BRAND, prepend=-1))  # first product of each brand, for reduceat
STORES, ONLINE, WAREHOUSE = 18, 18, 19  # eighteen shops, then the web shop, then the warehouse that delivers to firms
DEPTHS, DEPTH_SHARES = np.array([0.1, 0.2, 0.3]), np.array([0.3, 0.4, 0.3])


@dataclass(frozen=True)
class Goods:
    """What can be bought, where, at which reduction.

    Attributes:
        cents: List price in cents of one package (kind x slot).
        price: List price relative to the middle of the type (kind x slot).
        quality: Quality in population sd (kind x slot).
        depth: Share of the list price taken off (store x week x kind x slot), 0 where there is no promotion.
        promotion_rate: How often each store promotes a product.
        table: The canonical ``products`` table, ordered by kind and slot.
        truth: What the table does not say of each product.
        store_ids: Names of the stores.
    """

    cents: np.ndarray
    price: np.ndarray
    quality: np.ndarray
    depth: np.ndarray
    promotion_rate: np.ndarray
    table: pd.DataFrame
    truth: pd.DataFrame
    store_ids: np.ndarray

    @property
    def weeks(self) -> int:
        return self.depth.shape[1]


def make_goods(plan: Plan, rng: np.random.Generator, words: np.random.Generator) -> Goods:
    """Draw prices, qualities and promotions; ``words`` draws the names, so that a language changes no number."""
    shape = (len(KINDS), SLOTS)
    price = SLOT_PRICE * np.exp(rng.normal(0, 0.05, shape))
    price /= price.mean(axis=1, keepdims=True)
    quality = SLOT_QUALITY + rng.normal(0, 0.15, shape)
    cents = np.maximum(np.round(price * np.array([kind.price for kind in KINDS])[:, None] * 100 / 10) * 10, 100).astype(np.int64)
    rate, depth = _promotions(plan, rng)
    cost = cents * rng.uniform(0.55, 0.72, shape)
    table, truth = _tables(plan, words, cents, cost, quality)
    names = np.array([f"S{store + 1:02d}" for store in range(STORES)] + ["WEB", "DEPOT"], dtype=object)
    return Goods(cents, price, quality, depth, rate, table, truth, names)


def _promotions(plan: Plan, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rate of each store, and depth by store, week and product: who sees promotions is decided by the shop, not by the customer."""
    weeks = plan.total_days // 7 + 1
    rate = np.append(rng.permutation(np.linspace(0.16, 0.64, STORES)), [0.38, 0.38])
    often = rng.uniform(0.75, 1.25, len(KINDS))  # some types are promoted more than others, everywhere
    chance = np.minimum(rate[:, None, None, None] * often[None, None, :, None], 0.9)
    draw = rng.random((len(rate), weeks, len(KINDS), SLOTS), dtype=np.float32)
    level = np.searchsorted(np.cumsum(DEPTH_SHARES)[:-1], draw / chance)  # within the promoted part the draw is uniform again
    return rate, np.where(draw < chance, DEPTHS[level], 0.0).astype(np.float32)


def _tables(
    plan: Plan, words: np.random.Generator, cents: np.ndarray, cost: np.ndarray, quality: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The products as the firm records them, and what it does not record."""
    lang = plan.lang
    names = brand_names(words, len(CATEGORIES) * BRANDS, lang).reshape(len(CATEGORIES), BRANDS)
    kind = np.repeat(np.arange(len(KINDS)), SLOTS)
    slot = np.tile(np.arange(SLOTS), len(KINDS))
    brand = SLOT_BRAND[slot]
    category = KIND_CATEGORY[kind]
    brands = names[category, brand]
    step = np.array([k.step for k in KINDS])[kind]
    ids = [f"P{1001 + index}" for index in range(len(kind))]
    kinds = np.array([pick(k.name, lang) for k in KINDS], dtype=object)[kind]
    table = pd.DataFrame(
        {
            "product_id": ids,
            "product_name": brands + " " + kinds + np.array([" " + "AB"[s % 2] for s in slot], dtype=object),
            "category": np.array([pick(c.name, lang) for c in CATEGORIES], dtype=object)[category],
            "department": np.array([pick(c.department, lang) for c in CATEGORIES], dtype=object)[category],
            "product_type": kinds,
            "brand": brands,
            "manufacturer": names[category, brand // 2 * 2] + ("" if lang == "zh" else " ") + MAKER_END[lang],
            "package_size": np.array([k.package for k in KINDS], dtype=object)[kind],
            "unit_of_measure": np.array([pick(UNITS[k.unit], lang) for k in KINDS], dtype=object)[kind],
            "cost": np.round(cost.ravel() / 100 / step, 4),
        }
    )
    truth = pd.DataFrame(
        {
            "product_id": ids,
            "price_tier": SLOT_TIER[slot],
            "quality": quality.ravel(),
            "list_price": cents.ravel() / 100,
            "quantity_step": step,
        }
    )
    return table.astype({name: "str" for name in table.columns if name != "cost"}), truth.astype({"product_id": "str", "price_tier": "str"})


def week_of(day: np.ndarray) -> np.ndarray:
    """Week of the promotion calendar in which a time (days since the start) falls."""
    return (day // 7).astype(np.int64)
