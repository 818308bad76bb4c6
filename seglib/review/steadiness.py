"""How steady classes are under the same drawn orders, for several definitions at once: each drawn table serves them all."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.review.orderbook import OrderBook
    from seglib.segmentation import Scheme, Segmentation

SHORTEST = 28  # days of a window below which two of them say nothing
WORKERS = min(4, os.cpu_count() or 1)
CHUNK = 500_000  # rows of stacked customer tables that definitions are applied to at once


def classes_drawn(book: OrderBook, schemes: Mapping[str, Scheme], weights: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    """Class of every customer by every definition under each of several weights.

    Args:
        book: Orders; definitions that read what it does not carry are left out.
        schemes: Name -> definition.
        weights: One array a draw.

    Returns:
        Name -> draws x customers, class numbers in the order of the scheme's classes, then those outside; -1 where the draw left the
        customer without any order in the window (any contact, for definitions that read contacts; neither, for those that read both),
        which says nothing of a class.
    """
    import numpy as np
    import pandas as pd

    able = {name: scheme for name, scheme in schemes.items() if book.can(scheme.inputs)}
    counted = [name for name in ("orders", "interactions") if book.can([name])]
    wanted = sorted({*counted, *(column for scheme in able.values() for column in scheme.inputs)})
    size, source = len(book.customer_ids), iter(weights)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in able}
    # Draws do not know of each other, and numpy lets go of the interpreter while it sums: two at once take little more than half the time.
    with ThreadPoolExecutor(WORKERS) as pool:
        while able and (chunk := list(itertools.islice(source, max(1, CHUNK // max(size, 1))))):
            first = book.columns(chunk[0], wanted)  # alone, as it prepares what all the others read
            others = pool.map(lambda weight: book.columns(weight, wanted), chunk[1:])
            stacked = pd.concat([first, *others], ignore_index=True)
            for name, scheme in able.items():
                numbers = _decided(scheme, stacked)
                numbers[_nothing(book, scheme, stacked)] = -1
                parts[name].append(numbers.reshape(len(chunk), size))
    return {name: np.concatenate(found) for name, found in parts.items() if found}


def _nothing(book: OrderBook, scheme: Scheme, drawn: pd.DataFrame) -> np.ndarray:
    """Rows in which nothing is left of what the definition reads."""
    of_contacts = set(book.contacts.columns if book.contacts else ())
    contacts = not of_contacts.isdisjoint(scheme.inputs)
    orders = not contacts or not set(scheme.inputs) <= of_contacts | set(book.fixed.columns)
    read = [name for name, there in (("orders", orders), ("interactions", contacts)) if there and name in drawn.columns]
    return (drawn[read] == 0).all(axis=1).to_numpy()


def _decided(scheme: Scheme, customers: pd.DataFrame) -> np.ndarray:
    """Class number of every row; rules are looked up once a cell of scores, as a query would decide each of a million rows."""
    from seglib.review.cells import classes_of_cells, score_numbers
    from seglib.scheme import RuleScheme

    if not isinstance(scheme, RuleScheme) or not scheme.scores:
        return _numbers(scheme, scheme.apply(customers)["segment"])
    prepared = scheme.prepared(customers)
    return classes_of_cells(scheme, {score.name: score_numbers(score, prepared) for score in scheme.scores})


def _numbers(scheme: Scheme, segment: pd.Series) -> np.ndarray:
    import numpy as np
    import pandas as pd

    return np.array(pd.Categorical(segment, categories=[*scheme.classes, *scheme.outside]).codes, dtype=np.int16)


def flips(book: OrderBook, schemes: Mapping[str, Scheme], *, draws: int = 200, seed: int = 0) -> dict[str, np.ndarray]:
    """Share of draws of their own orders in which customers land in another class, cut points held fast.

    Every order weighs Poisson(1): the customer as he might as well have come and bought. This is not cut-point uncertainty, which asks
    whether other customers would have moved the limits. A draw that leaves somebody without any order, or outside the classes, is no flip.

    Returns:
        Name -> one share a customer, in the order of ``book.customer_ids`` (missing for who had no order in the window); definitions that
        the book refuses are left out: it does not carry what they read, or nothing that is drawn decides them.
    """
    import numpy as np

    schemes = drawable(book, schemes)
    drawn = classes_drawn(book, schemes, book.poisson(draws, seed=seed))
    as_is = classes_drawn(book, {name: schemes[name] for name in drawn}, [np.ones(len(book.turns), dtype=np.int64)])
    rates = {}
    for name, found in drawn.items():
        moved = (found >= 0) & (found < len(schemes[name].classes)) & (found != as_is[name])
        rates[name] = np.where(as_is[name][0] >= 0, moved.mean(axis=0), np.nan)
    return rates


def read_by(results: Iterable[Segmentation]) -> set[str]:
    """Columns that the definitions of some results read."""
    return {name for result in results for name in result.scheme.inputs}


def mean_inside(result: Segmentation, rates: Mapping[str, float]) -> float:
    """Mean flip rate of those in a class of the method; who stands outside has none to leave. Missing where there is nobody.

    Args:
        result: The classification.
        rates: Flip rate by customer_id.
    """
    inside = result.assignments["segment"].isin(result.scheme.classes)
    return float(result.assignments.loc[inside, "customer_id"].map(rates).astype(float).mean())


def drawable(book: OrderBook, schemes: Mapping[str, Scheme]) -> dict[str, Scheme]:
    """The definitions of which drawing anew says something."""
    return {name: scheme for name, scheme in schemes.items() if not book.refusal(scheme)[0]}


def stays(
    before: Mapping[str, pd.DataFrame], book: OrderBook, schemes: Mapping[str, Scheme], *, draws: int = 100, seed: int = 0
) -> dict[str, tuple[float, float, float, float]]:
    """Share of customers who keep their class from one window to the next, beside the share that would keep it by chance.

    The second is from random halves of the orders of both windows, classified by the same cut points: it is what remains the same where
    nobody's behaviour changes. Customers in a class of the method in both windows (or halves) are counted.

    Args:
        before: Name -> customer_id and segment in the earlier window.
        book: Orders up to the end of the later window, of two windows.
        schemes: Name -> definition, fitted on the earlier window.
        draws: Halvings.
        seed: Of the halvings.

    Returns:
        Name -> stay, mean stay of the halves, and its 2.5 and 97.5 per cent points.
    """
    import numpy as np

    from seglib.review.fold import folded
    from seglib.review.noise import PREDICTIVE

    weight_one = [np.ones(len(book.turns), dtype=np.int64)]
    able = {name: scheme for name, scheme in drawable(book, schemes).items() if name in before}
    after = classes_drawn(book, able, weight_one)
    fold = folded(book)
    weights = list(fold.halves(draws, seed=seed))
    first = classes_drawn(fold.earlier, able, (one for one, _ in weights))
    second = classes_drawn(fold.later, able, (other for _, other in weights))
    found = {}
    for name, now in after.items():
        scheme = schemes[name]
        earlier = before[name].set_index("customer_id")["segment"].reindex(book.customer_ids)
        then = _numbers(scheme, earlier)
        chance = np.array([_kept(a, b, scheme) for a, b in zip(first[name], second[name], strict=True)])
        low, high = map(float, np.quantile(chance, [0.025, 0.975], method=PREDICTIVE))
        found[name] = (_kept(then, now[0], scheme), float(chance.mean()), low, high)
    return found


def windows_apart(
    client: Client, results: Mapping[str, Segmentation], *, draws: int = 100, seed: int = 0
) -> dict[str, tuple[float, float, float, float]]:
    """``stays`` over the two last windows of equal length that a client's history holds, whole weeks, at most the client's own window.

    Args:
        client: The client.
        results: Name -> a classification, for its method and parameters; they are fitted anew on the earlier window.
        draws: Halvings.
        seed: Of the halvings.

    Returns:
        As ``stays``; nothing where the history is shorter than eight weeks, and nothing of a method that cannot run on the earlier window.
    """
    import pandas as pd

    from seglib import methods
    from seglib.errors import SeglibError
    from seglib.review.compare import needs_of
    from seglib.review.holdout import unsigned
    from seglib.review.orderbook import order_book

    history = (client.as_of - client.calendar.first).days + 1 if client.calendar.first else 0
    window = min(client.window_days, history // 2) // 7 * 7
    if window < SHORTEST:
        return {}
    book = order_book(client, window_days=window, windows=2, reads=read_by(results.values()))
    day = (pd.Timestamp(client.as_of) - pd.Timedelta(days=window)).date()
    modules = {name: methods.get(result.method) for name, result in results.items()}
    earlier = unsigned(client.customers(as_of=day, window_days=window, **needs_of([result.method for result in results.values()])))
    before, schemes = {}, {}
    for name, module in modules.items():
        given = results[name].own_params
        try:
            made = module.segment(earlier, **given)
        except SeglibError:
            continue
        before[name], schemes[name] = made.assignments, made.scheme
    return stays(before, book, schemes, draws=draws, seed=seed)


def _kept(before: np.ndarray, after: np.ndarray, scheme: Scheme) -> float:
    """Share with the same class among those who are in a class of the method both times."""
    inside = len(scheme.classes)
    both = (before >= 0) & (before < inside) & (after >= 0) & (after < inside)
    return float((before[both] == after[both]).mean()) if both.any() else float("nan")
