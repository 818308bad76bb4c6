"""What customers buy, measured against the market of the same window: promotions, makers, premium goods, prices and categories.

Every norm (a category's promotion rate, a type's mean price, a group's share of revenue) is that of all customers in the table's own
window. Sold lines are read: a positive amount, no return, a known product. These tables cost more than the rest of the customer table
together, so their columns come only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from seglib.customers.elasticity import choices, summed
from seglib.customers.facts import NEED_PRODUCTS
from seglib.customers.stages import Stages, exact, is_return, ranked

if TYPE_CHECKING:
    import ibis.expr.types as ir

BY_CUSTOMER = ("customer_id",)
BY_HALF = ("customer_id", "half")
SHOP = ("shop",)
DIGITS = 9  # a difference of two shares is rounded here: what is left of 0.3 - 0.3 must be nought on every engine
OF_LINES = ("customer_id", "product_id", "day", "amount", "quantity", "list_amount", "discount_amount", "paid_amount", "store_id")
OF_GOODS = ("category", "department", "product_type", "unit_of_measure", "manufacturer", "brand")
PENETRATION = 20  # a group of goods is bought by at least one customer in this many
MOST_GROUPS = 20
STORE_LINES = 100  # a shop's excess of reductions over so many lines is believed half
FEWEST_PRODUCTS = 5  # of a type, or it has no upper end of prices
PREFERENCE_LINES = 10  # a location quotient of so many lines is believed half when the preferred group is chosen
SUMS = 20  # where at most one group of a customer in this many has a second line, a line is a sum of a whole period
PREFERENCE_SHARE = 0.05  # of sums: a share of spend that is believed half, and the least share of the market of a group to prefer


def sold(s: Stages, *about: str, half: bool = False) -> ir.Table:
    """Lines sold in the window, with what ``products`` says about them as ``of_<name>``; with ``half`` on request."""
    if "sold" in s.kept:
        lines = s.kept["sold"]
        return lines.filter(lines.of_product.notnull()) if about else lines
    lines = _sold(s, half)
    if not about:
        return lines
    goods = s.tables["products"]
    named = {name: goods[name] for name in dict.fromkeys(about)}
    return lines.inner_join(goods.select("product_id", **{f"of_{name}": value for name, value in named.items()}), "product_id")


def _sold(s: Stages, half: bool) -> ir.Table:
    lines = _standing(s, s.lines)
    lines = lines.filter(s.in_window(lines.day), lines.product_id.notnull(), lines.amount > 0, ~is_return(lines))
    return halved(lines) if half else lines


def sold_of_all_goods(s: Stages, half: bool) -> ir.Table:
    """The lines sold with whatever any table here asks of them, ``of_product`` missing where ``products`` does not know them."""
    lines = _sold(s, half)
    lines = lines.select(*(name for name in (*OF_LINES, "half") if name in lines.columns))
    goods = s.tables["products"]
    about = goods.select(of_product="product_id", **{f"of_{name}": goods[name] for name in OF_GOODS if name in goods.columns})
    return lines.left_join(about, lines.product_id == about.of_product)


def _standing(s: Stages, lines: ir.Table) -> ir.Table:
    """Lines without those of orders that were taken back in full: what is no order holds no purchases."""
    if s.order_rule == "line":
        return lines
    moves = s.movements
    keys = ("customer_id", "order_key")
    of_order = moves.mutate(order_key=_order_key(moves)).group_by(list(keys)).aggregate(value=exact(moves.amount.sum()))
    taken_back = of_order.filter(of_order.value <= 0).select(*keys)
    return lines.mutate(order_key=_order_key(lines)).anti_join(taken_back, list(keys)).drop("order_key")


def _order_key(lines: ir.Table) -> ir.Value:
    """What tells a customer's orders apart: the order_id, or the local day where there is none."""
    day = lines.day.cast("string")
    return lines.order_id.fill_null(day) if "order_id" in lines.columns else day


def kind_of(s: Stages) -> tuple[str, ...]:
    """The columns of ``products`` that say which goods can stand for one another: type (else category), and unit of measure."""
    columns = s.tables["products"].columns
    return ("product_type" if "product_type" in columns else "category", *(["unit_of_measure"] if "unit_of_measure" in columns else []))


def _of_kind(s: Stages, *about: str, half: bool = False) -> ir.Table:
    """Sold lines whose kind of goods is known, with the column ``kind``."""
    first, *units = kind_of(s)
    lines = sold(s, first, *units, *about, half=half)
    kind = lines[f"of_{first}"].cast("string")
    for unit in units:
        kind = kind.concat(" / ", lines[f"of_{unit}"].cast("string").fill_null(""))
    return lines.mutate(kind=kind).filter(lines[f"of_{first}"].notnull())


def halved(lines: ir.Table) -> ir.Table:
    """Lines with ``half``: 0 for the first half of a customer's buying days, 1 for the later one, the middle one among them.

    Early against late, not every other day: a maker chosen because it was chosen last time is no lasting need, and would agree with itself
    from one day to the next. Days rather than orders: which of two orders of one day came first, only their ids could tell.
    """
    import ibis

    first, last = (ibis.window(group_by="customer_id", order_by=day) for day in (lines.day, lines.day.desc()))
    later = ibis.dense_rank().over(first) >= ibis.dense_rank().over(last)
    return lines.mutate(half=later.cast("int64"))


def _measured(counted: ir.Table, by: Sequence[str], name: str) -> ir.Table:
    """One row a customer: lines, what was found less what the market leads to expect, and the latter, both as shares of the lines."""
    total = counted.group_by(list(by)).aggregate(n=counted.lines.sum(), found=counted.found.sum(), expected=counted.expected.sum())
    n = total.n.cast("float64")
    index = ((total.found - total.expected) / n).round(DIGITS)
    return total.select(*by, **{f"{name}_lines": total.n, f"{name}_index": index, f"{name}_expected": (total.expected / n).round(DIGITS)})


def promo(s: Stages, by: Sequence[str] = BY_CUSTOMER) -> ir.Table:
    """Lines at a reduction of the firm's own, against the rate of their category in the market, and of their shop beyond that.

    A shop that offers more reductions is supply: who lives next to it is no hunter of bargains. Its excess over what its categories lead
    to expect counts as far as ``STORE_LINES`` let it be believed.
    """
    lines = sold(s, "category", half="half" in by)
    reduced = []
    if "discount_amount" in lines.columns:
        reduced.append(lines.discount_amount > 0)
    if "list_amount" in lines.columns:
        reduced.append(lines.list_amount > lines.amount)
    first, *others = reduced
    # A line that says nothing of a reduction is no evidence; one of the two is enough.
    known = first.notnull() if not others else first.notnull() | others[0].notnull()
    yes = first.fill_null(False) if not others else first.fill_null(False) | others[0].fill_null(False)
    lines = lines.mutate(yes=yes.cast("int64"), **_shop(lines)).filter(known, lines.of_category.notnull())
    each = lines.group_by([*by, "of_category", *SHOP]).aggregate(lines=lines.count(), found=lines.yes.sum())
    return _measured(_expected(each, "of_category"), by, "promo")


def _shop(lines: ir.Table) -> dict[str, Any]:
    """The column ``shop``: where a line was sold, one shop for all where that is not said."""
    import ibis

    return {"shop": lines.store_id.fill_null("") if "store_id" in lines.columns else ibis.literal("")}


def _expected(each: ir.Table, level: str) -> ir.Table:
    """Lines and hits by customer, level and shop, with the hits ``expected``: by the level's rate, and by the shop's excess beyond it."""
    norm = each.group_by(level).aggregate(of_all=each.lines.sum(), rate=each.found.sum())
    each = each.inner_join(norm, level)
    each = each.mutate(expected=each.lines.cast("float64") * each.rate / each.of_all)
    shops = each.group_by(list(SHOP)).aggregate(of_shop=each.lines.sum(), more=each.found.sum() - each.expected.sum())
    shops = shops.select(*SHOP, excess=shops.more / (shops.of_shop.cast("float64") + STORE_LINES))
    each = each.inner_join(shops, list(SHOP))
    return each.mutate(expected=each.expected + each.lines.cast("float64") * each.excess)


def brand(s: Stages, by: Sequence[str] = BY_CUSTOMER) -> ir.Table:
    """How often two purchases of a kind come from one maker, against two purchases of anybody; kinds weigh by the customer's lines."""
    maker = "manufacturer" if "manufacturer" in s.tables["products"].columns else "brand"
    lines = _of_kind(s, maker, half="half" in by)
    lines = lines.mutate(maker=lines[f"of_{maker}"]).filter(lines[f"of_{maker}"].notnull())
    each = lines.group_by([*by, "kind", "maker"]).aggregate(n=lines.count())
    market = each.group_by(["kind", "maker"]).aggregate(n=each.n.sum())
    norm = _pairs(market, ["kind"]).rename(norm="same", of_all="lines")
    own = _pairs(each, [*by, "kind"])
    both = own.inner_join(norm, "kind")
    return _measured(both.mutate(found=both.lines * both.same, expected=both.lines * both.norm), by, "brand")


def _pairs(counted: ir.Table, by: Sequence[str]) -> ir.Table:
    """Chance that two different purchases are of one maker: sum n(n-1) / N(N-1), without bias; only where there are two purchases."""
    n = counted.n.cast("float64")
    total = counted.group_by(list(by)).aggregate(lines=counted.n.sum(), pairs=(n * (n - 1)).sum())
    total = total.filter(total.lines > 1)
    lines = total.lines.cast("float64")
    return total.select(*by, lines=total.lines, same=total.pairs / (lines * (lines - 1)))


def _list_amount(lines: ir.Table) -> ir.Value:
    return lines.list_amount.fill_null(lines.amount) if "list_amount" in lines.columns else lines.amount


def _counted_goods(s: Stages, *, half: bool = False) -> ir.Table:
    """Sold lines with a known kind and a quantity, ``listed`` and ``paid`` as money."""
    lines = _of_kind(s, half=half)
    paid = lines.paid_amount.fill_null(lines.amount) if "paid_amount" in lines.columns else lines.amount
    return lines.mutate(listed=_list_amount(lines), paid=paid).filter(lines.quantity > 0)


def _unit_price(money: ir.Value, quantity: ir.Value) -> ir.Value:
    return exact(money.sum()).cast("float64") / quantity.cast("float64").sum().round(DIGITS)


def quality(s: Stages, by: Sequence[str] = BY_CUSTOMER) -> ir.Table:
    """Lines of goods above the eightieth percentile (nearest rank) of the unit list prices in their kind, against the kind's share.

    Reductions of a shop draw to what it reduces, so that its own share is supply as well, as for promotions.
    """
    import ibis

    lines = _counted_goods(s, half="half" in by)
    lines = lines.mutate(**_shop(lines))
    each = lines.group_by([*by, "kind", "product_id", *SHOP]).aggregate(n=lines.count())
    prices = lines.group_by(["kind", "product_id"]).aggregate(price=_unit_price(lines.listed, lines.quantity))
    in_kind = ibis.window(group_by="kind")
    rising = ibis.window(group_by="kind", order_by=prices.price)
    prices = prices.mutate(nth=ibis.row_number().over(rising) + 1, of=prices.count().over(in_kind))
    prices = prices.filter(prices.of >= FEWEST_PRODUCTS)
    cut = prices.group_by("kind").aggregate(cut=prices.price.min(where=5 * prices.nth >= 4 * prices.of))
    marked = prices.inner_join(cut, "kind")
    marked = marked.select("kind", "product_id", premium=(marked.price > marked.cut).cast("int64"))
    each = each.inner_join(marked, ["kind", "product_id"])
    each = each.mutate(hits=each.n * each.premium)
    own = each.group_by([*by, "kind", *SHOP]).aggregate(lines=each.n.sum(), found=each.hits.sum())
    return _measured(_expected(own, "kind"), by, "quality")


def price(s: Stages, by: Sequence[str] = BY_CUSTOMER) -> ir.Table:
    """One row a customer and kind of goods: paid unit price over the mean unit list price of the kind, ranked within the customer."""
    lines = _counted_goods(s, half="half" in by)
    norm = lines.group_by("kind").aggregate(norm=_unit_price(lines.listed, lines.quantity))
    own = lines.filter(lines.paid > 0)
    own = own.group_by([*by, "kind"]).aggregate(price=_unit_price(own.paid, own.quantity))
    both = own.inner_join(norm, "kind")
    return ranked(both.select(*by, ratio=(both.price / both.norm).round(DIGITS)), "ratio", by)


def elasticity(s: Stages, *, halves: bool = False) -> ir.Table:
    """How a customer's choices within kinds of goods follow the prices of shop and week, see ``elasticity``."""
    return summed(s.kept["choices"] if "choices" in s.kept else priced_choices(s), halves)


def priced_choices(s: Stages) -> ir.Table:
    """Every choice among known prices, see ``elasticity.choices``."""
    lines = _counted_goods(s, half=True)
    return choices(lines.mutate(**_shop(lines)), s)


def groups(s: Stages) -> ir.Table:
    """One row a customer and group of goods: category (the group's name), lines, spend.

    Groups are categories, or departments where more than ``MOST_GROUPS`` categories are bought by 5 % of the customers; in either case
    only those bought by 5 %, the most widely bought first (then by name).
    """
    levels = [name for name in ("category", "department") if name in s.tables["products"].columns]
    lines = sold(s, *levels)
    each = lines.group_by(["customer_id", *(f"of_{name}" for name in levels)]).aggregate(
        lines=lines.count(), spend=exact(lines.amount.sum())
    )
    fine = _wide(each, "of_category")
    if len(levels) == 1:
        return _named(each, "of_category", fine)
    many = fine.count().as_scalar() > MOST_GROUPS
    coarse = _wide(each, "of_department")
    return _named(each, "of_category", fine.filter(~many)).union(_named(each, "of_department", coarse.filter(many)))


def _wide(each: ir.Table, level: str) -> ir.Table:
    """Groups of a level that enough customers buy, with ``nth`` (1 = bought by most)."""
    import ibis

    everybody = each.customer_id.nunique().as_scalar()
    found = each.filter(each[level].notnull()).group_by(level).aggregate(buyers=each.customer_id.nunique())
    found = found.filter(PENETRATION * found.buyers >= everybody)
    widest = ibis.window(order_by=[found.buyers.desc(), found[level]])
    return found.mutate(nth=ibis.row_number().over(widest) + 1)


def _named(each: ir.Table, level: str, chosen: ir.Table) -> ir.Table:
    kept = chosen.filter(chosen.nth <= MOST_GROUPS).select(level)
    both = each.inner_join(kept, level)
    return both.group_by(customer_id=both.customer_id, category=both[level]).aggregate(
        lines=both.lines.sum(), spend=exact(both.spend.sum())
    )


def preference(s: Stages) -> ir.Table:
    """One row a customer: the group with the highest location quotient of spend, and the one behind it.

    A quotient of few lines is believed less. Where a line is the sum of a period (a customer has one a group, and most of the groups),
    lines tell nothing: there a small share of spend is believed less, and small groups, whose quotients are the largest by chance, do not
    count.

    Returns:
        customer_id, category, lq, lines, share (of the customer's spend), next_lq and next_lines; missing where there is no second group.
    """
    import ibis

    each = groups(s)
    each = each.mutate(money=each.spend.cast("float64"))
    everything = each.money.sum().as_scalar()
    of_group = each.group_by("category").aggregate(market=each.money.sum())
    of_customer = each.group_by("customer_id").aggregate(own=each.money.sum())
    held = each.aggregate(
        pairs=each.count(), several=(each.lines > 1).sum(), all_pairs=each.customer_id.nunique() * each.category.nunique()
    )
    both = each.inner_join(of_group, "category").inner_join(of_customer, "customer_id").cross_join(held)
    both = both.mutate(
        share=(both.money / both.own).round(DIGITS),
        of_market=both.market / everything,
        sums=(SUMS * both.several <= both.pairs) & (2 * both.pairs >= both.all_pairs),
    )
    both = both.filter(~both.sums | (both.of_market >= PREFERENCE_SHARE))
    both = both.mutate(lq=((both.money / both.own) / both.of_market).round(DIGITS))
    by_lines = both.lines / (both.lines.cast("float64") + PREFERENCE_LINES)
    by_share = both.share / (both.share + PREFERENCE_SHARE)
    both = both.mutate(believed=(both.sums.ifelse(by_share, by_lines) * both.lq.ln()).round(DIGITS))
    best = ibis.window(group_by="customer_id", order_by=[both.believed.desc(), both.category])
    both = both.mutate(nth=ibis.row_number().over(best) + 1)
    first, second = both.nth == 1, both.nth == 2
    return both.group_by("customer_id").aggregate(
        category=both.category.max(where=first),
        lq=both.lq.max(where=first),
        lines=both.lines.max(where=first),
        share=both.share.max(where=first),
        next_lq=both.lq.max(where=second),
        next_lines=both.lines.max(where=second),
    )


def periods(s: Stages) -> ir.Table:
    """One row a buying day: period (0 the last one) and inside, whether loyalty looks back on it; as it is where there is no clock."""
    days = s.days
    if s.period_days is None:
        return days
    days = days.mutate(period=(days.age - days.age % s.period_days).cast("float64") / s.period_days)
    return days.mutate(inside=days.period < s.periods)


def kept(s: Stages, stages: Collection[str], facts: Collection[str]) -> Iterator[tuple[str, ir.Table]]:
    """What is dear to make and read more than once, worth a table of the engine's own; the later made of the earlier, once it is kept.

    Args:
        s: The stages that keep them.
        stages: Names of the tables that columns are read from.
        facts: Side frames wanted.
    """
    readers = {*stages} & ({*GOODS} - {"periods"}) | {*facts} & {*NEED_PRODUCTS}
    elastic = bool({"elasticity", "needs_halves"} & readers) and "quantity" in s.tables["orders"].columns
    if len(readers) > 1 or elastic:
        yield "sold", sold_of_all_goods(s, elastic or "needs_halves" in readers)
    if elastic:
        yield "choices", priced_choices(s)


def needs_halves(s: Stages) -> ir.Table:
    """The indices on the earlier and the later half of a customer's buying days: lines, index and expectation of each; and elasticity."""
    columns = s.tables["products"].columns
    lines = s.tables["orders"].columns
    parts = [promo(s, BY_HALF)] if {"discount_amount", "list_amount"} & set(lines) and "category" in columns else []
    parts += [brand(s, BY_HALF)] if {"manufacturer", "brand"} & set(columns) else []
    parts += [quality(s, BY_HALF), elasticity(s, halves=True)] if "quantity" in lines else []
    both = sold(s, half=True).select(*BY_HALF).distinct()
    for part in parts:
        both = both.left_join(part, list(BY_HALF)).drop("customer_id_right", "half_right")
    return both


# Tables by the name that columns call them by.
GOODS: dict[str, Callable[[Stages], Any]] = {
    "promo": promo,
    "brand": brand,
    "quality": quality,
    "price": price,
    "elasticity": elasticity,
    "preference": preference,
    "periods": periods,
}
