"""Own-price elasticity computed again from orders that weigh 0, 1, 2 … times: the choices are weighed, the prices are the market's.

What ``seglib.customers.elasticity`` says in one query stands here over arrays, so that hundreds of draws share all that a draw leaves as it
is: who could choose among which prices, how far a choice followed them, and what the customers of a shop have in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.customers.elasticity import CHANGED, DIGITS, LEAST_SPREAD, REFERENCE, SEEN, SHOP_CHOICES
from seglib.review.sums import Grouped

if TYPE_CHECKING:
    import numpy as np

FINE = 1 << 38  # sums of so many parts of a log price are exact


@dataclass(frozen=True, eq=False)
class Choices:
    """Choices among known prices.

    Attributes:
        rows: By customer and document: lines, beyond (surprise less what the market and the shop lead to expect) and spread, in FINE parts.
        usual: The market's coefficient.
    """

    rows: Grouped
    usual: float

    def drawn(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Customers with a choice, their lines, their elasticity and its standard error.

        Args:
            weights: One whole number >= 0 a document.
        """
        import numpy as np

        weight = weights[self.rows.document]
        lines, beyond, spread = (self.rows.sum(weight * self.rows.sums[name]) for name in ("lines", "beyond", "spread"))
        some = lines > 0
        lines, beyond, spread = lines[some], beyond[some] / FINE, spread[some] / FINE
        return self.rows.keys[0][0][some], lines, (self.usual + beyond / spread).round(DIGITS), (1 / np.sqrt(spread)).round(DIGITS)


def choices(
    customer: np.ndarray,
    document: np.ndarray,
    product: np.ndarray,
    kind: np.ndarray,
    shop: np.ndarray,
    age: np.ndarray,
    money: np.ndarray,
    units: np.ndarray,
) -> Choices:
    """Choices among known prices, as the customers room sees them.

    Args:
        customer, document, product, kind, shop: Numbers of these, one entry a sold line of a known kind.
        age: Days before as_of on which the line was sold, whatever window it was laid upon since.
        money, units: Its amount and quantity, whole numbers of one scale.
    """
    import numpy as np

    week = (age + 6 - _first_weekday(product, shop, age, money, units)) // 7
    place = _places(customer, product, shop, week)
    own, own_at = np.unique(_key(customer, product, place, week), return_inverse=True)
    first = _first_of(own_at, len(own))
    bought, paid, buys = (np.bincount(own_at, weights=part, minlength=len(own)) for part in (units, money, np.ones(len(money))))
    whose, what, where, when, which = (part[first] for part in (customer, product, place, week, kind))
    cells, cell_at = np.unique(_key(what, where, when), return_inverse=True)
    cell_first = _first_of(cell_at, len(cells))
    all_units, all_paid, lines = (np.bincount(cell_at, weights=part, minlength=len(cells)) for part in (bought, paid, buys))
    buyers, goods = np.bincount(cell_at, minlength=len(cells)), what[cell_first]
    price = np.log(all_paid / all_units)
    usual = np.bincount(goods, weights=price) / np.maximum(np.bincount(goods), 1)
    size = np.bincount(goods, weights=lines)
    x = price - usual[goods]
    others = buyers[cell_at] > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(others, np.log((all_paid[cell_at] - paid) / (all_units[cell_at] - bought)) - usual[what], 0.0)
    w, v = size[goods] * np.exp(REFERENCE * x), np.where(others, size[what] * np.exp(REFERENCE * y), 0.0)
    sets, set_at = np.unique(_key(which[cell_first], where[cell_first], when[cell_first]), return_inverse=True)
    mine, mine_at = np.unique(_key(whose, set_at[cell_at]), return_inverse=True)
    of_set = (set_at[cell_at])[_first_of(mine_at, len(mine))]
    seen = np.bincount(set_at, minlength=len(sets))[of_set] - np.bincount(mine_at, weights=~others, minlength=len(mine))
    moments = []
    for power in (0, 1, 2):
        everybody = np.bincount(set_at, weights=w * x**power, minlength=len(sets))[of_set]
        moments.append(everybody - np.bincount(mine_at, weights=(w * x**power)[cell_at] - v * y**power, minlength=len(mine)))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = moments[1] / moments[0]
        spread = moments[2] / moments[0] - mean * mean
    told = (seen > 1) & (np.nan_to_num(spread).round(DIGITS) >= LEAST_SPREAD**2)
    chosen = (others & told[mine_at])[own_at]
    at = own_at[chosen]
    least_shop = np.full(len(own), shop.max(initial=0))
    np.minimum.at(least_shop, own_at, shop)
    surprise, spread = (y - mean[mine_at])[at], spread[mine_at][at]
    return _beyond(customer[chosen], document[chosen], least_shop[at], surprise, spread)


def _beyond(customer: np.ndarray, document: np.ndarray, shop: np.ndarray, surprise: np.ndarray, spread: np.ndarray) -> Choices:
    """Surprise beyond the market's coefficient and what the customers of a shop have in common."""
    import numpy as np

    total = float(spread.sum())
    step = float(surprise.sum()) / total if total > 0 else 0.0
    beyond = surprise - step * spread
    of_shop = np.bincount(shop, weights=spread) + SHOP_CHOICES * (total / max(len(spread), 1))
    common = np.divide(np.bincount(shop, weights=beyond), of_shop, out=np.zeros(len(of_shop)), where=of_shop > 0)
    beyond = beyond - common[shop] * spread
    whole = {name: np.rint(part * FINE).astype(np.int64) for name, part in (("beyond", beyond), ("spread", spread))}
    return Choices(Grouped.of((customer,), document, lines=np.ones(len(customer), dtype=np.int64), **whole), REFERENCE + step)


def _first_weekday(product: np.ndarray, shop: np.ndarray, age: np.ndarray, money: np.ndarray, units: np.ndarray) -> int:
    """On which weekday, counted back from as_of, most prices change from one day to the next; 6 where none does."""
    import numpy as np

    days, at = np.unique(_key(product, shop, age), return_inverse=True)
    price = np.log(np.bincount(at, weights=money, minlength=len(days)) / np.bincount(at, weights=units, minlength=len(days)))
    first = _first_of(at, len(days))
    goods, where, when = product[first], shop[first], age[first]
    pair = (np.diff(goods) == 0) & (np.diff(where) == 0) & (np.diff(when) == 1)
    changed = pair & (np.abs(np.diff(price)) > CHANGED)
    weekday = when[:-1] % 7
    pairs, changes = (np.bincount(weekday[which], minlength=7) for which in (pair, changed))
    if not changes.any():
        return 6
    excess = (changes - pairs * (changes.sum() / pairs.sum())).round(DIGITS)
    return int(np.where(changes > 0, excess, -np.inf).argmax())


def _places(customer: np.ndarray, product: np.ndarray, shop: np.ndarray, week: np.ndarray) -> np.ndarray:
    """The shop, or one place for all where too few others are seen in one."""
    import numpy as np

    if not len(product):
        return shop
    cells, at = np.unique(_key(product, shop, week), return_inverse=True)
    pairs = np.unique(_key(at, customer))
    buyers = np.bincount(pairs // (int(customer.max()) + 1), minlength=len(cells))
    return shop if float((buyers[at] > 1).mean()) >= SEEN else np.zeros_like(shop)


def _key(*parts: np.ndarray) -> np.ndarray:
    """One number for each combination of numbers, in their order."""
    import numpy as np

    key = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        key = key * (int(part.max(initial=0)) + 1) + part
    return key


def _first_of(place: np.ndarray, size: int) -> np.ndarray:
    """The first row of every group."""
    import numpy as np

    found = np.zeros(size, dtype=np.int64)
    found[place[::-1]] = np.arange(len(place))[::-1]
    return found
