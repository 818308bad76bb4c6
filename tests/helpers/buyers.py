"""Made buyers whose behaviour never changes: buying days and values, as plain arrays."""

import numpy as np

WINDOW = 365
SPAN = 2 * WINDOW
BEFORE = 730  # days of history before both windows


def buyers(kind: str, number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customer, day (0 is the first of both windows, earlier days are below) and value of every purchase, one a day.

    Args:
        kind: due:x (every 30 days, each up to x days early or late by a normal deviate), poisson (rates differ), clumpy, or mixture.
        number: Customers.
        rng: Random numbers.
    """
    who, day = [], []
    for customer in range(number):
        days = _days(str(rng.choice(["due:3", "even", "poisson", "clumpy"])) if kind == "mixture" else kind, rng)
        days = np.unique(np.floor(days[(days >= 0) & (days < BEFORE + SPAN)]).astype(int)) - BEFORE
        who.append(np.full(len(days), customer))
        day.append(days)
    customers, days = np.concatenate(who), np.concatenate(day)
    value = np.exp(rng.normal(0, 0.7, number)[customers] + rng.normal(0, 0.5, len(customers)))
    return customers, days, np.round(10 * value, 2)


def _days(kind: str, rng: np.random.Generator) -> np.ndarray:
    length = BEFORE + SPAN
    if kind.startswith("due"):
        due = rng.uniform(0, 30) + 30 * np.arange(-1, length // 30 + 2)
        return due + rng.normal(0, float(kind[4:]), len(due))
    if kind == "even":
        mean = rng.choice([20, 45, 90])
        return np.cumsum(rng.gamma(4, mean / 4, 2 * length // mean + 60)) - rng.uniform(20, 20 + mean) * 10
    if kind == "poisson":
        return rng.uniform(0, length, rng.poisson(rng.gamma(1.5, 4) / 365 * length))
    starts = rng.uniform(-60, length, rng.poisson(rng.gamma(1.5, 2.5 / 1.5) / 365 * length))
    clumps = [start + np.append(0, np.cumsum(rng.exponential(5, rng.geometric(0.35) - 1))) for start in starts]
    return np.concatenate([*clumps, np.zeros(0)])


def measures(who: np.ndarray, day: np.ndarray, value: np.ndarray, number: int, first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days since the last purchase, purchases and money of everybody in the window that begins on a day."""
    inside = (day >= first) & (day < first + WINDOW)
    last = np.full(number, -(10**6))
    np.maximum.at(last, who[inside], day[inside])
    count = np.bincount(who[inside], minlength=number)
    return first + WINDOW - 1 - last, count, np.bincount(who[inside], weights=value[inside], minlength=number)


def moved(window: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...], cuts: dict[str, np.ndarray], both: np.ndarray) -> dict[str, float]:
    """Share of some customers in another class: by recency and number, by thirds of money, and by high and low of all three."""
    classes = []
    for recency, count, money in (window, other):
        grid = 3 * np.searchsorted(cuts["recency"], recency) + np.searchsorted(cuts["count"], count, side="right")
        thirds = np.searchsorted(cuts["money"], money, side="right")
        mean = cuts["mean"]
        classes.append({"grid": grid, "thirds": thirds, "eight": 4 * (recency < mean[0]) + 2 * (count >= mean[1]) + (money >= mean[2])})
    one, two = classes
    return {name: float((one[name] != two[name])[both].mean()) for name in one}


def cuts_of(window: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
    """Cuts drawn in a window, to be frozen."""
    bought = window[1] > 0
    count, money = (np.quantile(window[nth][bought], [1 / 3, 2 / 3]) for nth in (1, 2))
    return {"recency": np.array([31, 61]), "count": count, "money": money, "mean": np.array([part[bought].mean() for part in window])}
