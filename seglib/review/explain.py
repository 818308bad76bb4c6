"""Why a customer is in a class, what one more order today would change, and on which day silence would; the words are the report's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from seglib.errors import DataError
from seglib.learned import LearnedScheme
from seglib.review.paths import Condition, Paths, Target, better, nearest
from seglib.segmentation import as_of_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.segmentation import Segmentation

#: Inputs that a customer's own purchases and contacts can raise; only these are said to be lacking.
RISING = (
    "orders", "lifetime_orders", "buying_days", "order_lines", "categories", "products", "loyalty_periods", "active_share",
    "spend", "lifetime_spend", "list_spend", "paid_spend", "margin", "spend_last_half", "orders_last_half",
    "mean_order_value", "median_order_value", "largest_order_value", "engagement_score", "intent_points", "sessions",
)  # fmt: skip


@dataclass(frozen=True)
class Lack:
    """What is lacking for another class: the input, where it stands, what is enough, and whether the target itself is enough."""

    input: str
    value: float
    target: float
    at: bool

    @property
    def gap(self) -> float:
        """How much is lacking, in the input's unit."""
        return max(self.target - self.value, 0.0)


@dataclass(frozen=True)
class Weight:
    """How much a feature speaks for the class rather than for the runner-up; the weights of all features and the rest add up.

    Attributes:
        input: The column behind the feature, "" for what no feature decides (sizes and shapes of the classes).
        value: The customer's value of it.
        weight: Squared distance, or log odds, gained; below 0 it speaks for the runner-up.
    """

    input: str
    value: float
    weight: float


@dataclass(frozen=True)
class Change:
    """What would become of the class.

    Attributes:
        segment: The class then; "" where it cannot be said.
        days: Days from as_of; 0 for today.
        day: The local day, ISO; "" where the table names no day.
        amount: Size of the order, in the client's currency; missing for silence.
        exact: True where every column was computed anew from the client's own lines, False where only what a table tells could move.
        unknown: Inputs whose value then cannot be said.
    """

    segment: str
    days: int = 0
    day: str = ""
    amount: float = float("nan")
    exact: bool = False
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Why one customer is in one class.

    Attributes:
        customer_id, method, segment, as_of: Who, by which definition, in which class, on which day.
        ordered: Are there better and worse classes?
        outside: Is the class one of those who cannot be classified?
        conditions: The rule's conditions, each with the cuts; () for a learned definition.
        values: Input -> the customer's value.
        next_class: The next better class within reach where classes are ordered, else the nearest; "" where there is none.
        lacks: What is lacking for it.
        purchase: Is a purchase lacking as well, because the silence is too long?
        runner_up, weights: For a learned definition the second nearest class, and what each feature says, the most telling first.
        one_more: What one more order of the usual size on as_of would change; None where there is no usual size.
        silence: The first day on which silence would change the class; None where none does within ``horizon`` days.
        horizon: Days that were looked at for silence.
        ageing_unknown: Inputs whose value under silence cannot be said; with any of them there is no answer on silence.
        flip_rate: Share of draws of the customer's own orders that end in another class; None where it was not computed.
    """

    customer_id: str
    method: str
    segment: str
    as_of: str
    ordered: bool
    outside: bool
    conditions: tuple[Condition, ...]
    values: dict[str, float]
    next_class: str
    lacks: tuple[Lack, ...]
    purchase: bool
    runner_up: str
    weights: tuple[Weight, ...]
    one_more: Change | None
    silence: Change | None
    horizon: int
    ageing_unknown: tuple[str, ...]
    flip_rate: float | None


def reasons(result: Segmentation, customers: pd.DataFrame) -> pd.DataFrame:
    """Why every customer is in his class, one row each in the order of the table.

    Args:
        result: A classification, by a definition made of rules or learned.
        customers: The customer table; its classes are decided anew by the definition.

    Returns:
        customer_id, segment, outside, conditions (tuple of ``Condition``), values (input -> value), next_class, lacks (tuple of
        ``Lack``), purchase, runner_up, weights (tuple of ``Weight``).
    """
    import pandas as pd

    scheme = result.scheme
    if isinstance(scheme, LearnedScheme):
        return _learned_reasons(scheme, customers)
    paths = Paths(scheme, customers, moved=RISING)
    rows: list[dict[str, Any]] = [{} for _ in range(len(customers))]
    inputs = list(dict.fromkeys(score.input for score in scheme.scores))
    table = {name: paths.values[name].to_numpy(float) for name in inputs}
    for number, cell in enumerate(paths.cells):
        members = (paths.member_of == number).nonzero()[0]
        segment, conditions = paths.segment_of(cell), paths.conditions(cell)
        values = {name: column[members] for name, column in table.items()}
        reached = _reached(paths, cell, segment, values, len(members), ordered=result.ordered)
        for place, member in enumerate(members):
            target = reached[place]
            lacks = tuple(Lack(s.input, float(values[s.input][place]), s.target, s.at) for s in target.steps) if target else ()
            rows[member] = {
                "segment": segment,
                "outside": segment in scheme.outside,
                "conditions": conditions,
                "values": {condition.input: float(values[condition.input][place]) for condition in conditions},
                "next_class": target.segment if target else "",
                "lacks": lacks,
                "purchase": bool(target and target.purchase),
                "runner_up": "",
                "weights": (),
            }
    found = pd.DataFrame(rows, index=customers.index, columns=COLUMNS)
    found.insert(0, "customer_id", customers["customer_id"].array)
    return found


COLUMNS = ["segment", "outside", "conditions", "values", "next_class", "lacks", "purchase", "runner_up", "weights"]


def _reached(
    paths: Paths, cell: tuple[int, ...], segment: str, values: dict[str, np.ndarray], n: int, *, ordered: bool
) -> Sequence[Target | None]:
    """The class each customer of a cell is nearest to, and what it takes."""
    for wanted in better(paths.scheme, segment, ordered=ordered):
        targets = paths.targets(cell, wanted)
        if not ordered:  # a class that a purchase alone would lead to is what one more order tells
            targets = [target for target in targets if target.steps]
        if targets:
            chosen, _ = nearest(targets, values)
            return [targets[int(which)] for which in chosen]
    return [None] * n


def _learned_reasons(scheme: LearnedScheme, customers: pd.DataFrame) -> pd.DataFrame:
    """For a learned definition: the runner-up and what each feature says; for those outside, the way through the ladder."""
    import numpy as np
    import pandas as pd

    classes = scheme.apply(customers)["segment"]
    outside = classes.isin(scheme.outside).to_numpy()
    paths = Paths(scheme.ladder, customers)
    rows: list[dict[str, Any]] = []
    scaled = scheme.matrix(customers[~outside]) if (~outside).any() else np.zeros((0, len(scheme.features)))
    shares, rest, _, second = weights_of(scheme, scaled)
    columns = [feature.inputs[0] for feature in scheme.features]
    raw = customers[columns].astype(float).to_numpy()
    inside = iter(range(len(scaled)))
    for row, segment in enumerate(classes):
        base = {"segment": segment, "outside": bool(outside[row]), "conditions": (), "values": {}, "next_class": "", "lacks": ()}
        base |= {"purchase": False, "runner_up": "", "weights": ()}
        if outside[row]:
            conditions = paths.conditions(paths.cells[paths.member_of[row]])
            base |= {"conditions": conditions, "values": {c.input: float(paths.values[c.input].iloc[row]) for c in conditions}}
        elif len(scheme.classes) > 1:
            at = next(inside)
            told = [Weight(columns[f], float(raw[row, f]), float(shares[at, f])) for f in range(len(columns))]
            told.sort(key=lambda one: -abs(one.weight))
            tail = [Weight("", float("nan"), float(rest[at]))] if abs(rest[at]) > 1e-12 else []
            base |= {"runner_up": scheme.classes[second[at]], "weights": (*told, *tail)}
        rows.append(base)
    found = pd.DataFrame(rows, index=customers.index, columns=COLUMNS)
    found.insert(0, "customer_id", customers["customer_id"].array)
    return found


def weights_of(scheme: LearnedScheme, scaled: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What each feature says for the nearest class against the second nearest.

    For centres the gain in squared distance; for Gaussians the gain in log density, whose quadratic form is shared out by feature, and
    beside it what sizes and shapes of the classes say.

    Args:
        scheme: A learned definition.
        scaled: Scaled features, one row a customer.

    Returns:
        Weights (customers × features), the rest, place of the nearest class, place of the second.
    """
    import numpy as np

    n, k = len(scaled), len(scheme.classes)
    if k < 2 or not n:
        zeros = np.zeros(n, dtype=int)
        return np.zeros((n, len(scheme.features))), np.zeros(n), zeros, zeros
    moved = scaled[:, None, :] - np.asarray(scheme.centres)
    if scheme.kind == "centres":
        parts, rest = moved**2, np.zeros(k)
    else:
        factors = np.asarray(scheme.precisions)
        precision = np.einsum("kij,klj->kil", factors, factors)
        parts = 0.5 * moved * np.einsum("kij,nkj->nki", precision, moved)
        logs = np.log(np.asarray(scheme.weights)) + np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        rest = -logs
    order = np.argsort(parts.sum(axis=2) + rest, axis=1, kind="stable")
    first, second = order[:, 0], order[:, 1]
    every = np.arange(n)
    return parts[every, second] - parts[every, first], rest[second] - rest[first], first, second


def explain(
    result: Segmentation, customers: pd.DataFrame, customer_id: str, *, client: Client | None = None, draws: int = 200
) -> Explanation:
    """Why one customer is in his class, and what would change that.

    Args:
        result: A classification.
        customers: The customer table it was made on.
        customer_id: The firm's own id of the customer.
        client: The open client; with it one more order and silence are computed from the customer's own lines, every column anew, what
            leaves the window included. Without it only what a table tells can move: counts and sums of orders, days since.
        draws: Draws of everybody's own orders behind the flip rate, which needs the client; 0 for none.

    Raises:
        DataError: There is no such customer.
    """
    from seglib.review import whatif

    row = _row(customers, customer_id)
    why = reasons(result, row).iloc[0]
    future = whatif.future(result.scheme, row, client=client)
    as_of = as_of_of(customers)
    return Explanation(
        customer_id=str(row["customer_id"].iloc[0]),
        method=result.method,
        segment=why["segment"],
        as_of=as_of,
        ordered=result.ordered,
        outside=bool(why["outside"]),
        conditions=why["conditions"],
        values=why["values"],
        next_class=why["next_class"],
        lacks=why["lacks"],
        purchase=bool(why["purchase"]),
        runner_up=why["runner_up"],
        weights=why["weights"],
        one_more=_one_more(future, as_of),
        silence=_silence(future, why["segment"], as_of),
        horizon=whatif.HORIZON,
        ageing_unknown=future.unknown_silent,
        flip_rate=_flips(result, str(row["customer_id"].iloc[0]), client, draws),
    )


def _row(customers: pd.DataFrame, customer_id: str) -> pd.DataFrame:
    """The one row of a customer.

    Raises:
        DataError: There is none; the sentence proposes the nearest ids.
    """
    from difflib import get_close_matches

    ids = customers["customer_id"].astype(str)
    row = customers[(ids == str(customer_id)).to_numpy()]
    if len(row):
        return row
    near = get_close_matches(str(customer_id), ids.tolist(), n=3, cutoff=0.6) or ids.head(3).tolist()
    raise DataError(
        "There is no customer {id} among the {n} known. Ids look like: {near}.", id=customer_id, n=len(ids), near=", ".join(near)
    )


def _one_more(future: Any, as_of: str) -> Change | None:
    if future.amount is None:
        return None
    return Change(future.after_order, 0, as_of, future.amount, future.exact_order, future.unknown_order)


def _silence(future: Any, segment: str, as_of: str) -> Change | None:
    """The first day on which the class is another one."""
    for days, then in enumerate(future.silent):
        if days and then != segment:
            day = (date.fromisoformat(as_of) + timedelta(days=days)).isoformat() if as_of else ""
            return Change(then, days, day, exact=future.exact_silent)
    return None


def _flips(result: Segmentation, customer_id: str, client: Client | None, draws: int) -> float | None:
    """The own-order flip rate of one customer; None without order lines, or where the order book does not carry the inputs."""
    from seglib.errors import SeglibError
    from seglib.review.orderbook import own_order_flips

    if client is None or not draws:
        return None
    try:
        rates = own_order_flips(client, result, draws=draws)
    except SeglibError:
        return None
    found = rates.loc[rates["customer_id"].astype(str) == customer_id, "flip_rate"]
    return float(found.iloc[0]) if len(found) and found.notna().all() else None
