"""What holds in a made market: its worlds by name, and the plan that one market is made after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from seglib.errors import ParameterError

DAYS_A_YEAR = 365
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class World:
    """One set of laws of the market.

    Attributes:
        name: How it is asked for.
        meaning: What holds in it.
        null: What a method must answer "nothing" to, "" where something is planted everywhere.
        steady: Every customer buys at one rate for ever: nobody comes, leaves, pauses, moves up or down, or answers a visit or an offer.
        response: Visits, campaigns and moments of intent bring orders.
        attributes: Age, income, household and place bear on what is bought; without, they are drawn apart from everything.
        tastes: Customers differ in the categories they prefer.
        needs: Customers differ in price coefficient, brand state dependence and willingness to pay for quality ("planted"); do not
            ("none"); or are high or low in all three at once ("mixed").
        gaps: How orders follow each other: "poisson", "erlang" (two stages: more even), "contract" (fixed intervals until a
            cancellation), "seasonal" (two in five buy in one season only).
        population: "market"; "continuum" (persons alone, one bell curve, no groups of any sort); "separated" (four groups far apart).
    """

    name: str
    meaning: str
    null: str = ""
    steady: bool = False
    response: bool = True
    attributes: bool = True
    tastes: bool = True
    needs: Literal["planted", "none", "mixed"] = "planted"
    gaps: Literal["poisson", "erlang", "contract", "seasonal"] = "poisson"
    population: Literal["market", "continuum", "separated"] = "market"


WORLDS: dict[str, World] = {
    world.name: world
    for world in (
        World("market", "Everything is planted: traits, movements, responses, tastes that follow age, household and place."),
        World(
            "continuum",
            "One steady bell curve of persons: no groups, whatever is asked of them.",
            null="clusters",
            steady=True,
            attributes=False,
            tastes=False,
            population="continuum",
        ),
        World(
            "demographics_independent",
            "Age, gender, household, income and place have nothing to do with what is bought.",
            null="demographics, geography",
            attributes=False,
        ),
        World("no_trend", "Every customer keeps one rate; the season alone moves.", null="trend", steady=True),
        World("no_migration", "As no_trend: two years differ by chance alone.", null="migration", steady=True),
        World("no_response", "Visits, campaigns and moments of intent bring no orders.", null="response", response=False),
        World("no_needs", "All choose by the same coefficients; shops still differ in promotions.", null="needs", needs="none"),
        World(
            "no_preference",
            "All have the same taste for categories, whatever their age, household and place.",
            null="product preference, demographics, geography",
            attributes=False,
            tastes=False,
        ),
        World("mixed_needs", "Who minds the price also minds brand and quality: no single need leads.", needs="mixed"),
        World("erlang", "Gaps between orders are more even than chance (Erlang-2).", gaps="erlang"),
        World("contract", "Orders come at fixed intervals until a contract is cancelled, and the day is known.", gaps="contract"),
        World("seasonal", "Two in five buy in one season of the year only.", gaps="seasonal"),
        World("separated", "Four groups far apart in how often and how much they buy.", steady=True, population="separated"),
    )
}


@dataclass(frozen=True)
class Plan:
    """The parameters of one market, checked; ``make_market`` says what each means."""

    customers: int
    seed: int
    world: World
    lang: str
    start: np.datetime64
    days: int
    horizon_days: int
    orders_per_year: float
    lines_per_order: float
    firms: float
    prospects: float
    wholesaler: float
    known: float
    season: float

    @property
    def total_days(self) -> int:
        """Days simulated, those after the end of the tables included."""
        return self.days + self.horizon_days

    @property
    def sold_to_firms(self) -> bool:
        return self.world.population == "market"


def make_plan(*, world: str, start: str, **values: object) -> Plan:
    """Check the parameters of a market.

    Raises:
        ParameterError: One of them is outside its range, or the world is not known.
    """
    if world not in WORLDS:
        raise ParameterError("There is no world {world}; the worlds are {known}.", world=world, known=", ".join(WORLDS))
    if values["lang"] not in LANGUAGES:
        raise ParameterError("Names can be made in {known}, not in {found}.", found=values["lang"], known=" or ".join(LANGUAGES))
    for name, (low, high) in RANGES.items():
        _check(name, values[name], low, high)
    return Plan(world=WORLDS[world], start=_day(start), **values)  # type: ignore[arg-type]


def _check(name: str, value: object, low: float, high: float) -> None:
    """A number of the right sort within its range; a range of whole numbers asks for a whole number."""
    if isinstance(low, int) and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
        raise ParameterError("{name} is {value}; give a whole number.", name=name, value=value)
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ParameterError("{name} is {value}; give a number.", name=name, value=value)
    if not low <= value <= high:
        raise ParameterError("{name} is {value}; give a number from {low} to {high}.", name=name, value=value, low=low, high=high)


RANGES: dict[str, tuple[float, float]] = {
    "customers": (50, 1_000_000),
    "seed": (0, 2**63 - 1),
    "days": (365, 3650),
    "horizon_days": (0, 365),
    "orders_per_year": (0.2, 200.0),
    "lines_per_order": (1.0, 50.0),
    "firms": (0.0, 0.9),
    "prospects": (0.0, 0.9),
    "wholesaler": (0.0, 0.9),
    "known": (0.02, 1.0),
    "season": (0.0, 5.0),
}


def _day(text: str) -> np.datetime64:
    """The first day of the market."""
    try:
        return np.datetime64(date.fromisoformat(text), "D")
    except (TypeError, ValueError):
        raise ParameterError("start is {value}; give a day as 2024-01-01.", value=text) from None
