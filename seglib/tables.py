"""The canonical tables and every column of them: name, type, unit, meaning, check. The data dictionary is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "money", "number", "integer", "timestamp", "date", "boolean"]
# Texts, in lower case, that say of a customer that nothing is known. "none" and "na" are not among them: no children, Namibia.
UNSAID = (
    "", "unknown", "not known", "n/a", "not available", "undisclosed", "not disclosed", "not stated", "not specified", "unspecified",
    "not provided", "refused", "refused to answer", "declined", "declined to answer", "prefer not to say", "prefer not to answer",
    "rather not say", "don't know", "do not know", "?", "未知", "不详", "不明", "不知道", "不清楚", "未填", "未填写", "未说明", "未提供",
    "保密", "拒答", "拒绝回答", "不愿透露", "不愿回答", "不便透露", "无法回答",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Attributes:
        name: Its one name everywhere.
        type: text, money (DECIMAL(18,6), summed as decimal), number, integer, timestamp (local, without zone), date or boolean.
        meaning: What a value says, for a reader who has not seen the data.
        unit: Unit of a value, "" where there is none.
        required: A row without it is rejected; any other faulty value is blanked and the row kept.
        minimum, maximum: Plausible range, both ends included.
        allowed: The only values there may be, () where any will do.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One canonical table: its grain, its columns and the columns that identify a row (() where rows may repeat)."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


CUSTOMERS = Table(
    "customers",
    "One row a customer the firm knows, whether or not there is an order. Columns of the customer table may stand here directly.",
    (
        Column("customer_id", "text", "The firm's own id of the customer; always text.", required=True),
        Column("customer_name", "text", "Name as it is written to the customer."),
        Column("customer_kind", "text", "A person or a firm.", allowed=("person", "firm")),
        Column("registered_at", "timestamp", "When the firm first knew the customer."),
        Column("cancelled_at", "timestamp", "When a contract ended; only for business by contract."),
        Column("birth_year", "integer", "Year of birth of the person.", "year", minimum=1900, maximum=2100),
        Column("age_band", "text", "Age band as recorded, where no birth year is known.", "years"),
        Column("gender", "text", "Gender as recorded."),
        Column("household_size", "text", "Persons in the household, as recorded."),
        Column("household_kind", "text", "Composition of the household, as recorded."),
        Column("children", "text", "Children in the household, as recorded."),
        Column("marital_status", "text", "Marital status as recorded."),
        Column("home_ownership", "text", "Owner or tenant, as recorded."),
        Column("income", "money", "Declared yearly income.", "currency a year", minimum=0),
        Column("income_band", "text", "Band of declared yearly income, as recorded.", "currency a year"),
        Column("country", "text", "Country of the address."),
        Column("region", "text", "Sales region as the firm draws it."),
        Column("province", "text", "Province or state of the address."),
        Column("city", "text", "City of the address."),
        Column("address", "text", "Full address; never printed in a report."),
        Column("industry", "text", "Industry of a firm."),
        Column("employees", "integer", "Employees of a firm.", "persons", minimum=0),
        Column("annual_revenue", "money", "Yearly revenue of a firm.", "currency a year", minimum=0),
        Column("parent_id", "text", "customer_id of the group a firm belongs to."),
        Column("channel", "text", "Channel through which the customer buys."),
        Column("membership", "text", "Tier of the firm's own membership programme."),
        Column("wallet", "money", "What the customer spends with all suppliers of this kind.", "currency a year", minimum=0),
        Column("stated_price", "number", "Survey: how much a low price matters; all three answers on one scale, more is more.", "points"),
        Column("stated_brand", "number", "Survey: how much a known and trusted brand matters; on the scale of stated_price.", "points"),
        Column("stated_quality", "number", "Survey: how much quality matters; on the scale of stated_price.", "points"),
        Column("stated_power", "number", "Survey: how much the customer can afford; more is more.", "points"),
        Column("owner", "text", "Who in the firm looks after the customer."),
        Column("opt_out", "boolean", "True where the customer refused marketing or profiling."),
    ),
    key=("customer_id",),
)

ORDERS = Table(
    "orders",
    "One row an order line. A line without customer_id is kept apart as unattributed and stays in the totals.",
    (
        Column("order_id", "text", "Id of the order (receipt, basket); without it, customer and local day stand in."),
        Column("customer_id", "text", "Who bought."),
        Column("customer_name", "text", "Name of the buyer, where there is no id and a match is asked for."),
        Column(
            "ordered_at",
            "timestamp",
            "Local time of the purchase, without zone; the day is the local day.",
            required=True,
        ),
        Column("product_id", "text", "What was bought."),
        Column("quantity", "number", "How much, in the product's unit of measure; missing where it is no count.", "units"),
        Column("amount", "money", "Net revenue of the firm for the line; negative for a refund.", "currency", required=True),
        Column("list_amount", "money", "What the line would cost before every reduction.", "currency"),
        Column(
            "paid_amount",
            "money",
            "What the customer paid out of pocket; less than amount where a third party paid.",
            "currency",
        ),
        Column("discount_amount", "money", "Reduction at the firm's own expense.", "currency"),
        Column("is_return", "boolean", "True where the line takes goods back."),
        Column("returns_order_id", "text", "order_id of the order that the line takes back."),
        Column("status", "text", "State of the order, for keep and exclude."),
        Column("promotion", "text", "Promotion under which the line was sold."),
        Column("store_id", "text", "Shop, outlet or channel of the sale."),
        Column("salesperson", "text", "Who sold."),
    ),
)

PRODUCTS = Table(
    "products",
    "One row a product.",
    (
        Column("product_id", "text", "Id of the product.", required=True),
        Column("product_name", "text", "Name of the product."),
        Column("category", "text", "Category, the level at which a shopper would name what is needed."),
        Column("department", "text", "Group of categories."),
        Column("product_type", "text", "Group of products that serve the same purpose, within a category."),
        Column("brand", "text", "Brand, or the kind of brand."),
        Column("manufacturer", "text", "Maker of the product."),
        Column("package_size", "text", "Size of the package, as recorded."),
        Column("unit_of_measure", "text", "Unit in which quantity is counted; quantities add up only inside one unit."),
        Column("cost", "money", "Cost of one unit.", "currency a unit", minimum=0),
    ),
    key=("product_id",),
)

INTERACTIONS = Table(
    "interactions",
    "One row a contact or an event on a site or app; purchases are not among them.",
    (
        Column("customer_id", "text", "Who.", required=True),
        Column("happened_at", "timestamp", "When, local time.", required=True),
        Column("kind", "text", "What: visit, call, email_open, email_click, view, cart, review, quote …", required=True),
        Column("session_id", "text", "Session of a site or app the event belongs to."),
        Column("channel", "text", "Where."),
        Column("product_id", "text", "Product the event is about."),
        Column("count", "integer", "How often, where one row stands for several.", "events", minimum=0),
    ),
)

FEEDBACK = Table(
    "feedback",
    "One row an answer to a survey question or a rating.",
    (
        Column("customer_id", "text", "Who answered.", required=True),
        Column("answered_at", "timestamp", "When."),
        Column("question", "text", "Which question (nps, csat, …)."),
        Column("score", "number", "The answer on its scale.", required=True),
        Column("scale_low", "number", "Lowest answer the scale allows."),
        Column("scale_high", "number", "Highest answer the scale allows."),
        Column("comment", "text", "Free text; never printed in a report."),
    ),
)

TICKETS = Table(
    "tickets",
    "One row a service case.",
    (
        Column("ticket_id", "text", "Id of the case.", required=True),
        Column("customer_id", "text", "Whose case.", required=True),
        Column("opened_at", "timestamp", "When it was opened.", required=True),
        Column("first_response_at", "timestamp", "When the firm first answered."),
        Column("resolved_at", "timestamp", "When it was closed; missing while it is open."),
        Column("reopened", "boolean", "True where it was opened again."),
        Column("kind", "text", "What it is about."),
    ),
    key=("ticket_id",),
)

VISITS = Table(
    "visits",
    "One row a visit or call by a salesperson.",
    (
        Column("customer_id", "text", "Whom.", required=True),
        Column("visited_at", "timestamp", "When.", required=True),
        Column("salesperson", "text", "By whom."),
        Column("hours", "number", "Time spent.", "hours", minimum=0),
        Column("with_order", "boolean", "True where the visit ended in an order."),
    ),
)

OFFERS = Table(
    "offers",
    "One row an offer sent to a customer, or its use.",
    (
        Column("customer_id", "text", "To whom.", required=True),
        Column("campaign_id", "text", "Campaign the offer belongs to."),
        Column("campaign_kind", "text", "Kind of campaign."),
        Column("sent_at", "timestamp", "When the offer began to hold for the customer."),
        Column("ends_at", "timestamp", "Last moment at which it holds."),
        Column("redeemed_at", "timestamp", "When it was used; missing where it was not."),
        Column("coupon_id", "text", "The coupon that was used."),
    ),
)

OPPORTUNITIES = Table(
    "opportunities",
    "One row a deal in the pipeline.",
    (
        Column("opportunity_id", "text", "Id of the deal.", required=True),
        Column("customer_id", "text", "With whom.", required=True),
        Column("stage", "text", "Stage of the sale, as the firm names it."),
        Column("amount", "money", "What the deal is worth.", "currency"),
        Column("probability", "number", "Chance that it is won.", "0 to 1", minimum=0, maximum=1),
        Column("created_at", "timestamp", "When it was opened."),
        Column("closed_at", "timestamp", "When it was won or lost."),
        Column("won", "boolean", "True where it was won, false where it was lost, missing while it is open."),
    ),
    key=("opportunity_id",),
)

COSTS = Table(
    "costs",
    "One row a cost that belongs to a customer or to a campaign.",
    (
        Column("customer_id", "text", "Whose; missing where only the campaign is known."),
        Column("campaign_id", "text", "Of which campaign."),
        Column("spent_at", "timestamp", "When.", required=True),
        Column("kind", "text", "What for: service, marketing, visit, delivery …"),
        Column("amount", "money", "How much.", "currency", required=True, minimum=0),
    ),
)

UNIVERSE = Table(
    "universe",
    "One row an account or outlet that could be a customer, whether or not it is one.",
    (
        Column("account_id", "text", "Id of the account or outlet.", required=True),
        Column("customer_id", "text", "customer_id where it is a customer."),
        Column(
            "potential",
            "money",
            "What it could buy in a year, by a source outside our own sales.",
            "currency a year",
            minimum=0,
        ),
        Column("category_sales", "money", "All it sells of our category.", "currency a year", minimum=0),
        Column(
            "relationship",
            "number",
            "How close the relation is, as the sales force judges it.",
            "0 to 1",
            minimum=0,
            maximum=1,
        ),
        Column("region", "text", "Region."),
        Column("industry", "text", "Industry."),
        Column("employees", "integer", "Employees.", "persons", minimum=0),
        Column("salesperson", "text", "On whose beat."),
    ),
    key=("account_id",),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CUSTOMERS,
        ORDERS,
        PRODUCTS,
        INTERACTIONS,
        FEEDBACK,
        TICKETS,
        VISITS,
        OFFERS,
        OPPORTUNITIES,
        COSTS,
        UNIVERSE,
    )
}
