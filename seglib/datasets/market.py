"""A made market whose truth is known: consumer goods over two years, persons and firms, in Chinese or English names.

What is planted are *traits* (how often, how much, how long, by which coefficients a customer chooses), never a method's classes: a process
runs on them and the tables hold what could be observed of it. The truth is returned apart, as latent expectations and fixed cuts on them.
Calibrated to a real supermarket's year (2,469 households): agreement of terciles between two random halves of the orders about .80,
rank correlation of spend and orders about .86 and of order value and orders about 0, half the lines reduced, Gini about .52, a third of
demographics known, and more of heavy buyers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from seglib.datasets import _contacts, _records, _sales
from seglib.datasets._account import Made, truth_frames
from seglib.datasets._bayes import best_classes
from seglib.datasets._calendar import make_clock
from seglib.datasets._choices import expected_choice
from seglib.datasets._goods import KINDS, make_goods
from seglib.datasets._learnt import seen_of
from seglib.datasets._movements import make_movements
from seglib.datasets._orders import make_lines, make_returns, order_table, order_times
from seglib.datasets._people import draw_traits, tastes
from seglib.datasets._recovery import recovery
from seglib.datasets._truth import expectations, middle_order
from seglib.datasets._worlds import WORLDS, Plan, make_plan
from seglib.errors import DataError

__all__ = ["WORLDS", "Market", "make_market", "recovery"]
PROJECT = {"en": "Made market", "zh": "模拟市场"}
STAYING = 0.85  # share of a year that a customer is there on the mean, for the wholesaler's packages


@dataclass(frozen=True, eq=False, repr=False)
class Market:
    """A made market: the tables as a firm would have them, and apart from them what is true.

    Attributes:
        tables: Canonical tables by name: customers, orders, products, interactions, feedback, tickets, visits, offers, opportunities,
            costs, universe (those of firms are absent where no firms live).
        truth: Frames by name. ``customers``: traits and latent expectations, one row a customer. ``classes``: true class by dimension.
            ``cuts``: the fixed cuts that make classes of expectations. ``migration``: planted chances and true moves between the two
            years. ``visit_response``, ``campaigns``, ``products``, ``stores``, ``opportunities``, ``universe``, ``tastes``: what their
            names say. ``next``: orders and spend in the ``horizon_days`` after the tables end. ``choices``: product choices of some
            customers with all prices on offer.
        parameters: What the market was made with.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]
    parameters: Mapping[str, object]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(table):,} {name}" for name, table in self.tables.items())
        return f"Market(world={self.parameters['world']!r}, seed={self.parameters['seed']}: {sizes})"

    def truth_class(self, dimension: str) -> pd.Series:
        """True class by customer_id; without the customers to whom the dimension does not apply."""
        return self.truth["classes"].set_index("customer_id")[dimension].dropna()

    def best(self, dimension: str) -> pd.DataFrame:
        """What a classifier says that knows the law of the market but not the traits of anybody: hardly a method can do better.

        By formula for product_preference, satisfaction and needs; elsewhere by simulation: learnt from 4,000 strangers of the same law
        (made on the first call, half a minute), which tends to the best possible from below.

        Args:
            dimension: A dimension with a latent truth: a column of ``truth["classes"]`` that is no copy of an input.

        Returns:
            customer_id, segment, probability; one row a customer of whom there is evidence.

        Raises:
            ParameterError: The best classifier of that dimension cannot be computed.
        """
        return best_classes(self, dimension)

    @cached_property
    def evidence(self) -> pd.DataFrame:
        """What the tables tell of every customer, as numbers by customer_id: orders in time, money, goods, contacts, what was told."""
        return seen_of(self)

    def write(self, folder: Path | str) -> Path:
        """Write the tables and a ``client.yml`` that reads them, as a client would hand them over; the truth stays here.

        Args:
            folder: A folder that does not exist yet or is empty.

        Returns:
            Path of the ``client.yml``.

        Raises:
            DataError: There is something in the folder.
        """
        folder = Path(folder)
        data = folder / "data"
        if folder.exists() and any(folder.iterdir()):
            raise DataError("{folder} is not empty; give a folder of its own to the made market.", folder=folder)
        data.mkdir(parents=True)
        for name, table in self.tables.items():
            table.to_parquet(data / f"{name}.parquet", index=False)
        lang = str(self.parameters["lang"])
        lines = [f"project: {PROJECT[lang]}", f"language: {lang}", "currency: CNY", "tables:"]
        for name, table in self.tables.items():
            columns = ", ".join(f"{column}: {column}" for column in table.columns)
            lines += [f"  {name}:", f"    files: data/{name}.parquet", f"    columns: {{{columns}}}"]
        path = folder / "client.yml"
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return path


def make_market(
    *,
    customers: int = 2000,
    seed: int = 1,
    world: str = "market",
    lang: str = "en",
    start: str = "2024-01-01",
    days: int = 731,
    horizon_days: int = 92,
    orders_per_year: float = 54.0,
    lines_per_order: float = 4.5,
    firms: float = 0.08,
    prospects: float = 0.06,
    wholesaler: float = 0.05,
    known: float = 0.33,
    season: float = 0.8,
) -> Market:
    """Make a market.

    Args:
        customers: How many the firm knows; some have not bought yet.
        seed: The same seed and parameters give the same market; ``lang`` changes names and no number.
        world: What holds in it: one of ``WORLDS`` ("market", null worlds, misspecified worlds).
        lang: "en" or "zh": names of persons, firms, goods and places.
        start: First day of the tables.
        days: Days the tables cover.
        horizon_days: Days simulated after that, for ``truth["next"]`` alone.
        orders_per_year: Of the middle person.
        lines_per_order: Of the middle person.
        firms: Share of customers that are firms.
        prospects: Share of customers that never buy; those who come after the end of the tables are prospects too.
        wholesaler: Share of revenue of the one wholesaler, 0 for none.
        known: Share of persons whose demographics are known; heavy buyers more.
        season: Height of the peak at the turn of the year above the rest, 0 for none.

    Raises:
        ParameterError: A parameter is outside its range.
    """
    given = dict(locals())
    plan = make_plan(**given)
    rng, words, contacts = np.random.default_rng(plan.seed).spawn(3)
    goods = make_goods(plan, rng, words)
    people = draw_traits(plan, rng)
    taste = tastes(people, plan, rng)
    choice = expected_choice(people, goods, rng)
    line_value = (taste @ np.array([kind.price for kind in KINDS])) * choice["paid_price"].to_numpy()
    _feed_wholesaler(people, line_value, plan)
    order_value = people["lines"].to_numpy() * people["packages"].to_numpy() * line_value
    yearly = people["rate"].to_numpy() * order_value
    clock = make_clock(plan)
    middle = middle_order(plan) * plan.orders_per_year
    movements = make_movements(people, yearly, middle, plan, clock, rng)
    lines = make_lines(people, goods, taste, *order_times(people, movements, plan, clock, rng), rng)
    returns = make_returns(people, lines, plan, rng)
    latent = pd.concat([expectations(people, order_value, movements, clock, plan), choice], axis=1)
    latent["wallet"] = latent["spend_year2"].where(latent["spend_year2"] > 0, yearly) / people["wallet_share"]
    made = Made(people, goods, taste, lines, returns, movements, yearly, latent, plan)
    tables, truth = _tables(made, contacts, words)
    truth.update(truth_frames(made, tables, clock))
    return Market(tables, truth, given)


def _feed_wholesaler(people: pd.DataFrame, line_value: np.ndarray, plan: Plan) -> None:
    """Packages a line of the wholesaler, so that the share of revenue comes out."""
    trade = people["wholesaler"].to_numpy()
    if not trade.any():
        return
    buys = ~trade & ~people["prospect"].to_numpy()
    others = (people["rate"] * people["lines"] * people["packages"] * line_value)[buys].sum() * STAYING
    own = (people["rate"] * people["lines"] * line_value)[trade].sum()
    people.loc[trade, "packages"] = max(1.0, plan.wholesaler / (1 - plan.wholesaler) * others / own)


def _tables(made: Made, rng: np.random.Generator, words: np.random.Generator) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """What the firm has, and what is true of its deals and of the outlets. Offers come first: a used coupon changes what was paid."""
    people, lines, plan = made.people, made.lines, made.plan
    wallet = made.latent["wallet"].to_numpy()
    offers = _sales.offers(people, lines, made.movements, plan, rng)
    deals, deals_truth = _sales.opportunities(people, made.yearly, plan, rng)
    outlets, outlets_truth = _sales.universe(people, wallet, plan, rng)
    sold = lines.until(plan.days)
    tables = {
        "customers": _records.customer_table(people, made.yearly, wallet, plan, rng, words),
        "orders": order_table(people, made.goods, lines, made.returns, plan),
        "products": made.goods.table,
        "interactions": _contacts.interactions(people, made.goods, made.taste, sold, made.movements, plan, rng),
        "feedback": _contacts.feedback(people, plan, rng),
        "tickets": _contacts.tickets(people, sold, plan, rng),
        "visits": _sales.visits(people, sold, made.movements, plan, rng),
        "offers": offers,
        "opportunities": deals,
        "universe": outlets,
    }
    tables["costs"] = _sales.costs(tables, sold, plan, people)
    truth = {"opportunities": deals_truth, "universe": outlets_truth}
    return {name: table for name, table in tables.items() if len(table)}, {name: table for name, table in truth.items() if len(table)}
