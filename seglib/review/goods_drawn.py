"""Columns on goods computed again from orders that weigh 0, 1, 2 … times; at weight 1 they equal the customers room's.

What a customer buys is drawn; the market he is held against is not. The rates of categories and shops, the unit prices of kinds, the
products at their upper end, the makers' shares and the groups of goods are those of all orders in hand at weight 1: of the window, or,
where two windows were laid upon one another, of both. The market is thousands of customers, and its own chance is small beside that of
one; a scheme whose cuts are held fast is judged on the same market.

An order that weighs 2 stands twice in every sum. Not so in the pairs of purchases behind ``brand_index``: the same purchase beside itself
would be a pair of one maker in every case, and a customer drawn anew would look more loyal than he is. Pairs are of different purchases,
those of two orders weighing as the product of the two, those within an order as the order does, which has the right mean.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seglib.customers.goods import (
    DIGITS,
    FEWEST_PRODUCTS,
    MOST_GROUPS,
    PENETRATION,
    PREFERENCE_LINES,
    PREFERENCE_SHARE,
    STORE_LINES,
    SUMS,
)
from seglib.review.elasticity_drawn import Choices, choices
from seglib.review.goods_lines import Rows
from seglib.review.order_columns import UNIT
from seglib.review.sums import Grouped, firsts

if TYPE_CHECKING:
    import numpy as np

BITS = 60  # of a whole number that sums of what is expected may fill
RATIO = 10**DIGITS


class Goods:
    """What stays the same in every draw: the market, and the rows sorted once.

    Args:
        rows: The lines.
        customer: Customer of every document.
        size: Number of all customers.
        window_days: Days that count.
    """

    def __init__(self, rows: Rows, customer: np.ndarray, size: int, window_days: int) -> None:
        import numpy as np

        inside = rows.age < window_days
        self.size, self.names = size, rows.names
        self.document = rows.document[inside]
        self.customer = customer[self.document]
        self.line = dict(rows.line) if inside.all() else {name: values[inside] for name, values in rows.line.items()}
        self.of = {name: values[self.line["product"]] for name, values in rows.goods.items()}
        self.sold = self.line["sold"]
        most = int(np.bincount(self.customer).max(initial=1))
        self.fine = 1 << (BITS - (4 * most).bit_length())  # what is expected of a line in whole numbers, so that sums are exact

    def _shares(self, there: np.ndarray, level: np.ndarray, hit: np.ndarray) -> Grouped:
        """Lines, hits and hits expected, a document: by the rate of their level in the market, and their shop's excess beyond it."""
        import numpy as np

        level, hit, shop = level[there], hit[there].astype(np.int64), self.line["shop"][there]
        of_all, rate = np.bincount(level), np.bincount(level, weights=hit)
        usual = np.divide(rate, of_all, out=np.zeros(len(rate)), where=of_all > 0)
        # Whole numbers by shop and level first, so that no order of a sum shows.
        many = len(usual)
        cells, cell = np.unique(shop * many + level, return_inverse=True)
        lines, hits = np.bincount(cell, minlength=len(cells)), np.bincount(cell, weights=hit, minlength=len(cells))
        more = np.bincount(cells // many if many else cells, weights=hits - lines * usual[cells % many if many else cells])
        excess = more / (np.bincount(shop, minlength=len(more)) + STORE_LINES)
        expected = np.rint((usual[level] + excess[shop]) * self.fine).astype(np.int64)
        ones = np.ones(len(hit), dtype=np.int64)
        return Grouped.of((self.customer[there],), self.document[there], lines=ones, found=hit, expected=expected)

    @cached_property
    def promo(self) -> Grouped:
        """Lines at a reduction of the firm's own, see ``goods.promo``."""
        reduced = self.line["reduced"]
        return self._shares(self.sold & (reduced >= 0) & (self.of["category"] >= 0), self.of["category"], reduced == 1)

    @cached_property
    def counted(self) -> np.ndarray:
        """Sold lines of a known kind with a quantity."""
        return self.sold & (self.of["kind"] >= 0) & (self.line["quantity"] > 0)

    @cached_property
    def quality(self) -> Grouped:
        """Lines of goods at the upper end of prices in their kind, see ``goods.quality``."""
        import numpy as np

        there = self.counted
        product, kind = self.line["product"][there], self.of["kind"][there]
        numbers, first, place = np.unique(product, return_index=True, return_inverse=True)
        listed, quantity = (_whole_sum(place, self.line[name][there], len(numbers)) for name in ("listed", "quantity"))
        price, of_kind = _unit_price(listed, quantity), kind[first]
        order = np.lexsort((price, of_kind))
        starts = firsts([of_kind[order]]) if len(order) else np.zeros(0, dtype=np.int64)
        sizes = np.diff([*starts, len(order)])
        cut = np.full(int(of_kind.max(initial=-1)) + 1, np.nan)
        many = sizes >= FEWEST_PRODUCTS
        cut[of_kind[order][starts[many]]] = price[order][(starts + -(-4 * sizes // 5) - 1)[many]]
        premium = price > cut[of_kind]
        enough = ~np.isnan(cut[of_kind])
        there = there.copy()
        there[there] = enough[place]
        hit = np.zeros(len(there), dtype=bool)
        hit[there] = premium[place][enough[place]]
        return self._shares(there, self.of["kind"], hit)

    @cached_property
    def brand(self) -> Grouped:
        """Purchases by kind and maker, of kinds that a customer bought twice or more."""
        import numpy as np

        there = self.sold & (self.of["kind"] >= 0) & (self.of["maker"] >= 0)
        kind = self.of["kind"][there]
        pair = self.customer[there] * (kind.max(initial=0) + 1) + kind
        _, place, counts = np.unique(pair, return_inverse=True, return_counts=True)
        often = counts[place] > 1
        there = there.copy()
        there[there] = often
        ones = np.ones(int(often.sum()), dtype=np.int64)
        return Grouped.of((self.customer[there], self.of["kind"][there], self.of["maker"][there]), self.document[there], lines=ones)

    @cached_property
    def brand_kinds(self) -> Grouped:
        """The same purchases by kind alone."""
        import numpy as np

        rows = self.brand
        customer, kind, _ = (np.repeat(key, np.diff([*rows.starts[0], len(rows.document)])) for key in rows.keys[0])
        return Grouped.of((customer, kind), rows.document, lines=rows.sums["lines"])

    @cached_property
    def brand_norm(self) -> np.ndarray:
        """By kind the chance that two purchases of anybody are of one maker."""
        import numpy as np

        there = self.sold & (self.of["kind"] >= 0) & (self.of["maker"] >= 0)
        kind, maker = self.of["kind"][there], self.of["maker"][there]
        cells, n = np.unique(kind * (maker.max(initial=0) + 1) + maker, return_counts=True)
        of = cells // (maker.max(initial=0) + 1)
        lines, pairs = np.bincount(of, weights=n), np.bincount(of, weights=n * (n - 1.0))
        return np.divide(pairs, lines * (lines - 1), out=np.zeros(len(lines)), where=lines > 1)

    @cached_property
    def price(self) -> Grouped:
        """What was paid for kinds of goods, see ``goods.price``."""
        there = self.counted & (self.line["paid"] > 0)
        levels = (self.customer[there], self.of["kind"][there])
        return Grouped.of(levels, self.document[there], paid=self.line["paid"][there], quantity=self.line["quantity"][there])

    @cached_property
    def choices(self) -> Choices:
        """Choices among the prices of a week, see ``goods.elasticity``."""
        there = self.counted
        of_line = (self.line[name][there] for name in ("product", "shop", "then", "amount", "quantity"))
        product, shop, age, money, units = of_line
        return choices(self.customer[there], self.document[there], product, self.of["kind"][there], shop, age, money, units)

    @cached_property
    def price_norm(self) -> np.ndarray:
        """By kind the mean unit list price of the market."""
        import numpy as np

        kind, many = self.of["kind"][self.counted], int(self.of["kind"].max(initial=0)) + 1
        listed, quantity = (_whole_sum(kind, self.line[name][self.counted], many) for name in ("listed", "quantity"))
        return np.where(quantity > 0, _unit_price(listed, np.maximum(quantity, 1)), np.nan)

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], Grouped, np.ndarray]:
        """The groups of goods by name, purchases by customer and group, and each group's share of revenue; see ``goods.groups``."""
        import numpy as np

        level, wide = "category", self._wide("category")
        if len(wide) > MOST_GROUPS and self.names["department"]:
            level = "department"
            wide = self._wide(level)
        kept = np.sort(wide[:MOST_GROUPS])  # numbers are in the order of the names, by which ties are settled
        place = np.full(len(self.names[level]) + 1, -1)
        place[kept] = np.arange(len(kept))
        group = place[self.of[level]]
        there = self.sold & (group >= 0)
        ones = np.ones(int(there.sum()), dtype=np.int64)
        rows = Grouped.of((self.customer[there], group[there]), self.document[there], lines=ones, money=self.line["amount"][there])
        money = _whole_sum(group[there], self.line["amount"][there], len(kept))
        return tuple(self.names[level][number] for number in kept), rows, (money / UNIT) / (money.sum() / UNIT if len(kept) else 1)

    def _wide(self, level: str) -> np.ndarray:
        """Numbers of the groups that enough customers buy, the most widely bought first."""
        import numpy as np

        there = self.sold & self.of["known"]
        everybody = len(np.unique(self.customer[there]))
        named = there & (self.of[level] >= 0)
        many = len(self.names[level]) + 1
        pairs = np.unique(self.customer[named] * many + self.of[level][named])
        buyers = np.bincount(pairs % many, minlength=many)
        found = np.flatnonzero((PENETRATION * buyers >= everybody) & (buyers > 0))
        return found[np.lexsort((found, -buyers[found]))]

    @cached_property
    def basket(self) -> Grouped:
        """What was bought of each product on balance of returns, within its category."""
        levels = (self.customer, self.of["category"], self.line["product"])
        return Grouped.of(levels, self.document, amount=self.line["amount"])


def _whole_sum(place: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Whole numbers summed exactly by place."""
    import numpy as np

    found = np.zeros(size, dtype=np.int64)
    np.add.at(found, place, values)
    return found


def _unit_price(money: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """Money over quantity, both in millionths."""
    return (money / UNIT) / (quantity / UNIT)


class GoodsDrawn:
    """Columns on goods under weights: one instance a draw, each intermediate result computed once.

    Args:
        goods: What stays the same.
        weights: One whole number >= 0 a document.
    """

    def __init__(self, goods: Goods, weights: np.ndarray) -> None:
        import numpy as np

        self.goods, self.weights = goods, np.asarray(weights, dtype=np.int64)

    def _weighted(self, rows: Grouped) -> np.ndarray:
        return self.weights[rows.document]

    def _placed(self, customer: np.ndarray, values: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Values by customer, missing where there is none."""
        import numpy as np

        found = np.full(self.goods.size, np.nan)
        found[customer[there]] = values[there]
        return found

    def _index(self, rows: Grouped) -> tuple[np.ndarray, np.ndarray]:
        """Lines, and hits less those expected as a share of them."""
        import numpy as np

        weight, customer = self._weighted(rows), rows.keys[0][0]
        lines, found, expected = (rows.sum(weight * rows.sums[name]) for name in ("lines", "found", "expected"))
        share = ((found - expected / self.goods.fine) / np.maximum(lines, 1)).round(DIGITS)
        return self._placed(customer, lines, lines > 0), self._placed(customer, share, lines > 0)

    @cached_property
    def promo(self) -> tuple[np.ndarray, np.ndarray]:
        return self._index(self.goods.promo)

    @cached_property
    def quality(self) -> tuple[np.ndarray, np.ndarray]:
        return self._index(self.goods.quality)

    @cached_property
    def brand(self) -> tuple[np.ndarray, np.ndarray]:
        """Lines of kinds bought twice or more, and how often two purchases are of one maker beyond the market's chance."""
        import numpy as np

        makers, kinds, norm = self.goods.brand, self.goods.brand_kinds, self.goods.brand_norm
        same = makers.sum(self._pairs(makers), 1)  # from makers to kinds
        lines, pairs = kinds.sum(self._weighted(kinds) * kinds.sums["lines"]), self._pairs(kinds)
        kind, there = kinds.keys[0][1], pairs > 0
        excess = np.where(there, lines * (same / np.maximum(pairs, 1) - norm[kind]), 0.0)
        who = kinds.keys[1][0]
        own, total = kinds.sum(np.where(there, lines, 0), 1), np.add.reduceat(excess, kinds.starts[1]) if len(who) else excess
        index = (total / np.maximum(own, 1)).round(DIGITS)
        return self._placed(who, own, own > 0), self._placed(who, index, own > 0)

    def _pairs(self, rows: Grouped) -> np.ndarray:
        """Ordered pairs of different purchases within the innermost groups."""
        weight, n = self._weighted(rows), rows.sums["lines"]
        whole = weight * n
        return rows.sum(whole) ** 2 + rows.sum(whole * (n - 1) - whole**2)

    @cached_property
    def price(self) -> np.ndarray:
        """The log of the middle one, over kinds of goods, of paid prices over the market's list."""
        import numpy as np

        rows = self.goods.price
        weight = self._weighted(rows)
        paid, quantity = (rows.sum(weight * rows.sums[name]) for name in ("paid", "quantity"))
        there = paid > 0
        customer, kind = (key[there] for key in rows.keys[0])
        ratio = _unit_price(paid[there], quantity[there]) / self.goods.price_norm[kind]
        room = 1 << (62 - int(self.goods.size).bit_length())
        ordered = np.sort(customer * room + np.minimum(np.rint(ratio * RATIO), room - 1).astype(np.int64))
        kinds = np.bincount(customer, minlength=self.goods.size)
        some = kinds > 0
        middle = np.full(self.goods.size, np.nan)
        middle[some] = ordered[(np.cumsum(kinds) - kinds + (5 * kinds + 9) // 10 - 1)[some]] % room / RATIO
        with np.errstate(divide="ignore"):
            return np.log(middle)

    @cached_property
    def elasticity(self) -> tuple[np.ndarray, ...]:
        """Lines behind the elasticity, the elasticity, and its standard error."""
        import numpy as np

        who, *found = self.goods.choices.drawn(self.weights)
        every = np.ones(len(who), dtype=bool)
        return tuple(self._placed(who, values, every) for values in found)

    @cached_property
    def preference(self) -> tuple[np.ndarray, ...]:
        """The preferred group of goods by name, its location quotient, lines and share; quotient and lines of the group behind it."""
        import numpy as np

        names, rows, market = self.goods.groups
        weight, (customer, group) = self._weighted(rows), rows.keys[0]
        lines, money = rows.sum(weight * rows.sums["lines"]), rows.sum(weight * rows.sums["money"]) / UNIT
        own = np.bincount(customer, weights=money, minlength=self.goods.size)[customer] if len(customer) else money
        there = rows.sums["lines"]
        groups, people = len(np.unique(group)), len(np.unique(customer))
        sums = SUMS * int((there > 1).sum()) <= len(there) and 2 * len(there) >= groups * people
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (money / own).round(DIGITS)
            lq = ((money / own) / market[group]).round(DIGITS)
            trust = share / (share + PREFERENCE_SHARE) if sums else lines / (lines + float(PREFERENCE_LINES))
            believed = np.where(lines > 0, (trust * np.log(lq)).round(DIGITS), -np.inf)
        counted = (lines > 0) & ((market[group] >= PREFERENCE_SHARE) | (not sums))
        order = np.lexsort((group, -believed, customer))
        order = order[counted[order]]
        first = firsts([customer[order]]) if len(order) else np.array([], dtype=np.int64)
        best = order[first]
        after = np.setdiff1d(first[first + 1 < len(order)] + 1, first)  # the row behind the first, where it is not the next customer's
        behind = order[after]
        second = np.ones(len(behind), dtype=bool)
        category = np.full(self.goods.size, None, dtype=object)
        category[customer[best]] = np.asarray(names, dtype=object)[group[best]]
        some = np.ones(len(best), dtype=bool)
        of_best = [self._placed(customer[best], values[best], some) for values in (lq, lines, share)]
        return category, *of_best, *(self._placed(customer[behind], values[behind], second) for values in (lq, lines))

    @cached_property
    def basket(self) -> tuple[np.ndarray, np.ndarray]:
        """Categories and products bought on balance of returns."""
        import numpy as np

        rows = self.goods.basket
        kept = rows.sum(self._weighted(rows) * rows.sums["amount"]) > 0
        products = rows.sum(kept.astype(np.int64), 1)
        category = rows.keys[1][1]
        categories = rows.sum(((products > 0) & (category >= 0)).astype(np.int64), 2)
        who = rows.keys[2][0]
        found = np.zeros((2, self.goods.size), dtype=np.int64)
        found[0, who], found[1, who] = categories, rows.sum(products, 2)
        return found[0], found[1]


def _counted(values: np.ndarray) -> np.ndarray:
    """Lines as a count: none where there are none."""
    import numpy as np

    return np.nan_to_num(values, nan=0).astype(np.int64)


#: Column of the customer table -> what computes it under weights.
GOODS_COLUMNS: dict[str, Callable[[GoodsDrawn], Any]] = {
    "categories": lambda g: g.basket[0],
    "products": lambda g: g.basket[1],
    "promo_index": lambda g: g.promo[1],
    "promo_lines": lambda g: _counted(g.promo[0]),
    "brand_index": lambda g: g.brand[1],
    "brand_lines": lambda g: _counted(g.brand[0]),
    "quality_index": lambda g: g.quality[1],
    "quality_lines": lambda g: _counted(g.quality[0]),
    "price_index": lambda g: g.price,
    "price_elasticity": lambda g: g.elasticity[1],
    "price_elasticity_error": lambda g: g.elasticity[2],
    "elasticity_lines": lambda g: _counted(g.elasticity[0]),
    "preferred_category": lambda g: g.preference[0],
    "preference_lq": lambda g: g.preference[1],
    "preference_lines": lambda g: _counted(g.preference[2]),
    "preference_share": lambda g: g.preference[3],
    "preference_next_lq": lambda g: g.preference[4],
    "preference_next_lines": lambda g: _counted(g.preference[5]),
}
