"""How a customer's choices follow prices: own-price elasticity from the prices that others paid in the same shop and week.

Order lines show what was taken and never what was left. But what the other products of a kind cost in that shop and week stands in the
lines of everybody else, so that each purchase is a choice among known prices: a multinomial logit of the log price relative to the
product's own usual price, within the kind, shop and week (McFadden 1978: a choice set may be a part of all, if the choice did not make it).
The customer's own lines are left out of the prices of the week. One Newton step from ``REFERENCE`` gives the coefficient: sums alone, so
that it runs on every engine. What all customers of a shop have in common is taken out: one shop's prices may be known better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seglib.customers.stages import Stages, exact

if TYPE_CHECKING:
    import ibis.expr.types as ir

REFERENCE = -2.5  # about the mean of published own-price elasticities (Bijmolt, van Heerde and Pieters 2005: -2.62)
LEAST_SPREAD = 0.05  # standard deviation of the log relative prices on offer, below which a choice tells nothing of prices
SEEN = 0.25  # share of lines whose product others bought in the same shop and week, from which shops keep prices of their own
CHANGED = 0.01  # log price: a smaller difference from one day to the next is no change of price
SHOP_CHOICES = 100  # what a shop's customers have in common is believed half from so many choices
DIGITS = 6
CELL = ("place", "week")
SUMS = ("choices", "surprise", "spread")


def choices(lines: ir.Table, s: Stages) -> ir.Table:
    """One row a customer, product, place and week in which a choice among prices is known.

    Args:
        lines: Sold lines with customer_id, product_id, kind, day, half (0, 1), amount, quantity and shop.
        s: The stages they come from.

    Returns:
        customer_id, shop, lines_0, lines_1 (lines of the halves), surprise (log relative price of what was taken less that expected of
        the choice) and spread (variance of the log relative prices on offer), both of one line and at the reference coefficient.
    """
    own = _own(_weekly(lines, s))
    on_offer = _on_offer(own)
    kinds = lines.group_by("product_id").aggregate(kind=lines.kind.max())
    taken = _without_own(own, on_offer).inner_join(kinds, "product_id")
    sums = _summed(on_offer.inner_join(kinds, "product_id"), ["kind", *CELL], "")
    less = _summed(taken, ["customer_id", "kind", *CELL], "own_")
    sets = less.inner_join(sums, ["kind", *CELL])
    sets = sets.mutate(**{name: sets[name] - sets[f"own_{name}"] for name in ("products", "w", "wx", "wxx")})
    sets = sets.filter(sets.products > 1).mutate(mean=sets.wx / sets.w)
    sets = sets.mutate(spread=sets.wxx / sets.w - sets.mean * sets.mean)
    sets = sets.filter(sets.spread.round(DIGITS) >= LEAST_SPREAD**2).select("customer_id", "kind", *CELL, "mean", "spread")
    chosen = taken.filter(taken.others_x.notnull()).inner_join(sets, ["customer_id", "kind", *CELL])
    return chosen.select("customer_id", "shop", "lines_0", "lines_1", surprise=chosen.others_x - chosen.mean, spread=chosen.spread)


def _weekly(lines: ir.Table, s: Stages) -> ir.Table:
    """Lines with ``week``, by the weekday on which most prices change: where that is not known, weeks are counted back from as_of."""
    import ibis

    lines = lines.mutate(age=s.age(lines.day))
    daily = lines.group_by(["product_id", "shop", "age"]).aggregate(price=_log_price(lines.amount.sum(), lines.quantity.sum()))
    before = ibis.window(group_by=["product_id", "shop"], order_by=daily.age.desc())
    daily = daily.mutate(days=daily.age.lag(1).over(before) - daily.age, step=daily.price - daily.price.lag(1).over(before))
    pairs = daily.filter(daily.days == 1)
    pairs = pairs.group_by(weekday=pairs.age % 7).aggregate(pairs=pairs.count(), changes=(pairs.step.abs() > CHANGED).sum())
    rate = (pairs.changes.sum().cast("float64") / pairs.pairs.sum().nullif(0)).as_scalar()
    pairs = pairs.filter(pairs.changes > 0).mutate(excess=lambda t: (t.changes - t.pairs * rate).round(DIGITS))
    first = pairs.order_by([pairs.excess.desc(), pairs.weekday]).limit(1).select("weekday").as_scalar().fill_null(6)
    return lines.mutate(week=(lines.age + 6 - first) - (lines.age + 6 - first) % 7)


def _log_price(money: ir.Value, quantity: ir.Value) -> ir.Value:
    return (exact(money).cast("float64") / quantity.cast("float64")).ln()


def _own(lines: ir.Table) -> ir.Table:
    """What a customer bought of a product in a place and week: a shop, or all shops together where too few others are seen in one."""
    import ibis

    by_shop = lines.group_by(["customer_id", "product_id", "shop", "week"]).aggregate(
        lines_0=(lines.half == 0).sum(), lines_1=(lines.half == 1).sum(), money=exact(lines.amount.sum()), units=lines.quantity.sum()
    )
    n = by_shop.lines_0 + by_shop.lines_1
    cells = by_shop.group_by(["product_id", "shop", "week"]).aggregate(lines=n.sum(), buyers=by_shop.count())
    seen = cells.lines.sum(where=cells.buyers > 1).fill_null(0).cast("float64") / cells.lines.sum().nullif(0)
    apart = seen.as_scalar() >= SEEN
    placed = by_shop.mutate(place=apart.ifelse(by_shop.shop, ibis.literal("")))
    return placed.group_by(["customer_id", "product_id", *CELL]).aggregate(
        shop=placed.shop.min(),
        lines_0=placed.lines_0.sum(),
        lines_1=placed.lines_1.sum(),
        money=exact(placed.money.sum()),
        units=placed.units.sum(),
    )


def _on_offer(own: ir.Table) -> ir.Table:
    """Products by place and week: money, units, buyers, ``x`` (log price less its mean over all cells) and ``size`` (lines in all)."""
    cells = own.group_by(["product_id", *CELL]).aggregate(
        money=exact(own.money.sum()), units=own.units.sum(), buyers=own.count(), lines=(own.lines_0 + own.lines_1).sum()
    )
    cells = cells.mutate(price=_log_price(cells.money, cells.units))
    usual = cells.group_by("product_id").aggregate(usual=cells.price.mean(), size=cells.lines.sum())
    cells = cells.inner_join(usual, "product_id")
    cells = cells.mutate(x=cells.price - cells.usual, products=1)
    return _weighed(cells)


def _weighed(cells: ir.Table) -> ir.Table:
    """With ``w``: how much a product draws at its price, as the market's customers choose."""
    return cells.mutate(w=cells["size"] * (REFERENCE * cells.x).exp())


def _without_own(own: ir.Table, on_offer: ir.Table) -> ir.Table:
    """A customer's own products with ``others_x``, the price as others paid it (missing where nobody else did), and what must be taken off.

    Sums over a choice set are those of everybody less ``w``, ``x`` of these: the product as all see it, less as it is without the customer.
    """
    both = own.inner_join(on_offer.rename(all_money="money", all_units="units"), ["product_id", *CELL])
    others = both.buyers > 1
    price = _log_price(others.ifelse(both.all_money - both.money, None), both.all_units - both.units)
    both = both.mutate(others_x=price - both.usual)
    return both.mutate(others_w=(both["size"] * (REFERENCE * both.others_x).exp()).fill_null(0), products=others.ifelse(0, 1))


def _summed(cells: ir.Table, by: Sequence[str], prefix: str) -> ir.Table:
    """Number, weight, and first two moments of x over a choice set; with what others paid, the difference that the customer makes."""
    x, w = cells.x, cells.w
    less = (cells.others_w, cells.others_x.fill_null(0)) if "others_w" in cells.columns else None
    parts = {"w": w, "wx": w * x, "wxx": w * x * x}
    if less:
        v, y = less
        parts = {"w": w - v, "wx": w * x - v * y, "wxx": w * x * x - v * y * y}
    sums = {f"{prefix}{name}": part.sum() for name, part in parts.items()}
    return cells.group_by(list(by)).aggregate(**{f"{prefix}products": cells.products.sum()}, **sums)


def summed(found: ir.Table, halves: bool) -> ir.Table:
    """Elasticity by customer, or by customer and half.

    Args:
        found: What ``choices`` gives.
        halves: One row a customer and half, instead of one a customer.

    Returns:
        customer_id, (half,) elasticity_lines (choices), price_elasticity, price_elasticity_error (its standard error).
    """
    import ibis

    n = found.lines_0 + found.lines_1
    total = found.aggregate(surprise=(n * found.surprise).sum(), spread=(n * found.spread).sum(), lines=n.sum())
    step = (total.surprise / total.spread.nullif(0)).as_scalar()
    usual = (total.spread / total.lines.nullif(0)).as_scalar()
    found = found.mutate(beyond=found.surprise - step * found.spread)
    n = found.lines_0 + found.lines_1
    shops = found.group_by("shop").aggregate(beyond=(n * found.beyond).sum(), spread=(n * found.spread).sum())
    shops = shops.select("shop", common=shops.beyond / (shops.spread + SHOP_CHOICES * usual))
    found = found.inner_join(shops, "shop")
    found = found.mutate(beyond=found.beyond - found.common * found.spread)
    parts = [("half", found.lines_0, 0), ("half", found.lines_1, 1)] if halves else [("", found.lines_0 + found.lines_1, 0)]
    tables = []
    for name, lines, half in parts:
        one = found.group_by("customer_id").aggregate(
            elasticity_lines=lines.sum(), beyond=(lines * found.beyond).sum(), spread=(lines * found.spread).sum()
        )
        tables.append(one.mutate(half=ibis.literal(half).cast("int64")) if name else one)
    both = tables[0] if len(tables) == 1 else tables[0].union(tables[1])
    both = both.filter(both.elasticity_lines > 0)
    return both.select(
        "customer_id",
        *(["half"] if halves else []),
        "elasticity_lines",
        price_elasticity=(REFERENCE + step + both.beyond / both.spread).round(DIGITS),
        price_elasticity_error=(1 / both.spread.sqrt()).round(DIGITS),
    )
