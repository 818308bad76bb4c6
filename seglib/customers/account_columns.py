"""Columns of the customer table on accounts: age, contracts, places in addresses, visits, and the universe of who could be a customer.

The universe knows accounts that are no customers. They come into the table, under their account id, when a column of the universe is
asked for, and only then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seglib.customers.column import CustomerColumn
from seglib.customers.places import addressed
from seglib.customers.stages import Stages

if TYPE_CHECKING:
    import ibis.expr.types as ir

YOUNGEST, OLDEST = 14, 100  # ages that a customer can have
UNIVERSE = "accounts"  # the stage whose customers are added to those known


def births(s: Stages) -> ir.Table:
    """One row a customer with a year of birth: age, the years from it to the year of as_of; missing where nobody is so old."""
    import ibis

    rows = s.tables["customers"]
    age = ibis.literal(s.as_of.year) - rows.birth_year.cast("int64")
    return rows.select("customer_id", age=age.between(YOUNGEST, OLDEST).ifelse(age, None))


def contracts(s: Stages) -> ir.Table:
    """One row a customer whose contract has ended by as_of: age, days from its end; an end that lies ahead is none yet."""
    rows = s.tables["customers"]
    ended = rows.select("customer_id", age=s.age(rows.cancelled_at.cast("timestamp").date()))
    return ended.filter(ended.age >= 0)


def accounts(s: Stages) -> ir.Table:
    """The universe: customer_id, which is the account's own id where it is no customer, and all that is said of the account."""
    import ibis

    rows = s.tables["universe"]
    who = rows.account_id if "customer_id" not in rows.columns else ibis.coalesce(rows.customer_id, rows.account_id)
    return rows.mutate(customer_id=who)


def visits(s: Stages) -> ir.Table:
    """One row a visit up to as_of: age, ordered (1 where it ended in an order), hours."""
    import ibis

    rows = s.tables["visits"]
    ordered = rows.with_order.fill_null(False).cast("int64") if "with_order" in rows.columns else ibis.null("int64")
    hours = rows.hours.cast("float64") if "hours" in rows.columns else ibis.null("float64")
    each = rows.select("customer_id", age=s.age(rows.visited_at.date()), ordered=ordered, hours=hours)
    return each.filter(each.age >= 0, each.age < s.window_days)


# Tables by the name that columns call them by.
ACCOUNT_STAGES: dict[str, Callable[[Stages], ir.Table]] = {
    "births": births,
    "contracts": contracts,
    UNIVERSE: accounts,
    "visits": visits,
    "addresses": addressed,
}
VISITED = ("visits.customer_id", "visits.visited_at")

C = CustomerColumn
ACCOUNTS = (
    C("age_years", "stock", "float64", "years",
      "Year of as_of less year of birth; missing below 14 and above 100, which nobody is taken to be.",
      needs=("customers.birth_year",), stage="births", value=lambda t, s: t.age.max()),
    C("contract_ended", "stock", "bool", "", "True where the contract has ended on as_of or before; one that ends later runs on.",
      needs=("customers.cancelled_at",), stage="contracts", value=lambda t, s: t.age.count() > 0),
    C("address_province", "stock", "str", "", "Province of China that the address names, by its short Chinese name; see places.yml.",
      needs=("customers.address",), stage="addresses", value=lambda t, s: t.address_province.max(), usual=False),
    C("address_city", "stock", "str", "", "Prefecture of China that the address names, by its short Chinese name; see places.yml.",
      needs=("customers.address",), stage="addresses", value=lambda t, s: t.address_city.max(), usual=False),
    C("visits", "flow", "int64", "visits", "Visits by salespeople.",
      needs=VISITED, stage="visits", value=lambda t, s: t.age.count(), usual=False),
    C("visits_with_order", "flow", "int64", "visits", "Of these, visits that ended in an order.",
      needs=(*VISITED, "visits.with_order"), stage="visits", value=lambda t, s: t.ordered.sum(), usual=False),
    C("visit_hours", "flow", "float64", "hours", "Time spent on visits.",
      needs=(*VISITED, "visits.hours"), stage="visits", value=lambda t, s: t.hours.sum().round(6), usual=False),
    C("in_universe", "stock", "bool", "", "True for accounts of the universe: those that could be customers, by an outside source.",
      needs=("universe.account_id",), stage=UNIVERSE, value=lambda t, s: t.account_id.count() > 0, usual=False),
    C("potential", "stock", "float64", "currency a year", "What the account could buy in a year, by a source outside our own sales.",
      needs=("universe.potential",), stage=UNIVERSE, value=lambda t, s: t.potential.cast("float64").sum().round(6), usual=False),
    C("category_sales", "stock", "float64", "currency a year", "All that the account sells of our category, from whomever it buys.",
      needs=("universe.category_sales",), stage=UNIVERSE, value=lambda t, s: t.category_sales.cast("float64").sum().round(6), usual=False),
    C("relationship", "stock", "float64", "0 to 1", "How close the relation is, as the sales force judges it.",
      needs=("universe.relationship",), stage=UNIVERSE, value=lambda t, s: t.relationship.cast("float64").max(), usual=False),
)  # fmt: skip
