"""What the customers of a class buy more of than everybody: shares of each customer's money, tried against classes dealt by lot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from seglib.client import Client
    from seglib.segmentation import Segmentation

LEVELS = ("category", "department", "product_type")  # columns of products that name groups of goods, the first that holds names is read
PENETRATION = 0.05  # of the classified buyers: a group that fewer buy tells nothing of a class
LEAST_OF_ALL, LEAST_SHARE = 0.01, 0.03  # of the mean customer's money, of all and of a class: smaller groups are not looked at, not told
LEAST_BUYERS = 30  # customers of the class who bought it
KEY = r"\s*[-+]?\d+([.,]\d+)?\s*"  # what the whole of a name may not be: a key is none
NO_GOODS = r"(?i)coupon|voucher|优惠券|代金券|抵用券|购物券"  # ways to pay, recorded as if they were goods
COLUMNS = ("segment", "category", "customers", "buyers", "share", "everyone_share", "index", "q")


def level(client: Client) -> str:
    """The column of products that names groups of goods in words; "" where order lines name none."""
    tables = client.tables
    if not {"orders", "products"} <= set(tables) or "product_id" not in tables["orders"].columns:
        return ""
    products = tables["products"]
    for name in (one for one in LEVELS if one in products.columns):
        values = products.select(name).distinct().execute()[name].dropna().astype(str)
        if len(values) > 1 and not values.str.fullmatch(KEY).all():
            return name
    return ""


def bought(client: Client, result: Segmentation) -> pd.DataFrame:
    """Groups of goods that stand out in a class beyond chance.

    One vote a customer: a class is the mean of its customers' shares, so that no large customer makes it, and its p-value is that of
    customers dealt into the classes by lot (:func:`seglib.methods._differences.compare`), with 5 % of false lines among all classes and
    groups of the table. Base are the classified buyers of the window: who has no class, and what was paid by coupon, counts nowhere.

    Returns:
        One row a class and group whose index is above 120, highest index first: segment, category, customers (of the class), buyers (of
        them, who bought it), share (of a customer's money, mean of the class), everyone_share, index (all classified = 100), q.
    """
    import pandas as pd

    from seglib.methods._differences import ORDINARY, compare

    column = level(client) if result.as_of else ""
    inside = result.assignments[~result.assignments["segment"].isin(result.scheme.outside)]
    lines = sold(client, result, column) if column and len(inside) else pd.DataFrame(columns=["customer_id", "category", "spend"])
    lines = lines[lines["customer_id"].isin(inside["customer_id"]) & ~lines["category"].str.contains(NO_GOODS, regex=True)]
    classes = inside.set_index("customer_id")["segment"].astype(str)
    if lines.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    people = lines["customer_id"].nunique()
    share = lines["spend"] / lines.groupby("customer_id")["spend"].transform("sum")
    of_all = lines.assign(share=share).groupby("category")["share"].agg(["sum", "size"])
    usual = of_all.index[(of_all["sum"] >= LEAST_OF_ALL * people) & (of_all["size"] >= PENETRATION * people)]
    table = compare(_with_rest(lines, usual), {"class": classes}).rename(columns={"group": "segment"})
    mine = lines.assign(segment=lines["customer_id"].map(classes)).groupby(["segment", "category"])["customer_id"].nunique()
    table = table.merge(mine.rename("buyers").reset_index(), on=["segment", "category"])
    stands = (table["verdict"] == "stands_out") & (table["index"] > ORDINARY[1]) & (table["category"] != REST)
    table = table[stands & (table["share"] >= LEAST_SHARE) & (table["buyers"] >= LEAST_BUYERS)]
    return table.sort_values(["index", "segment", "category"], ascending=[False, True, True], ignore_index=True)[list(COLUMNS)]


REST = ""  # all groups that few buy, together: they count in a customer's money and are not told


def _with_rest(lines: pd.DataFrame, usual: Any) -> pd.DataFrame:
    return lines.assign(category=lines["category"].where(lines["category"].isin(usual), REST))


def sold(client: Client, result: Segmentation, column: str) -> pd.DataFrame:
    """Net sales of the window by customer and group of goods, where positive: customer_id, category, spend."""
    import ibis
    import pandas as pd

    orders, products = client.tables["orders"], client.tables["products"]
    last = pd.Timestamp(result.as_of).date()
    first = (pd.Timestamp(result.as_of) - pd.Timedelta(days=result.window_days - 1)).date()
    day = orders.ordered_at.date()
    lines = orders.filter(day >= ibis.literal(first), day <= ibis.literal(last), orders.customer_id.notnull())
    groups = products.select("product_id", category=products[column].cast("string"))
    both = lines.inner_join(groups.filter(groups.category.notnull()), "product_id")
    found = both.group_by(["customer_id", "category"]).aggregate(spend=both.amount.cast("float64").sum())
    table: pd.DataFrame = found.filter(found.spend > 0).order_by(["customer_id", "category"]).execute()
    return table
