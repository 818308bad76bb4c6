"""Contacts as arrays beside an order book, and their columns computed again from sessions and events that count 0, 1, 2 … times.

What is drawn as a whole is a session with all its events, or where an event belongs to none, the events of one kind on one day. A session
keeps what is known of it: whether an order came on its day stays as it was, even where that order is drawn away. Visits, answers, service
cases, offers and deals are not drawn: some stand once, the others follow the firm's own plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seglib.customers.contacts import DIGITS, known_kinds, rules

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd

Part = Mapping[str, "np.ndarray"]
STREAM = 1  # of the random numbers, beside those of the orders, which must not change where contacts come in


@dataclass(frozen=True, eq=False)
class Contacts:
    """Sessions and events up to a day.

    Attributes:
        size: Number of all customers.
        window_days: Days that flow columns look back on.
        kinds: Names of the kinds of events, ascending.
        units: How many weights there are, one a unit.
        turns: Place of every unit in an order that depends on what happened alone, so that draws do not depend on ids or on the file.
        events: One entry a unit, kind and day: unit, customer, age, kind (its number), count, pinned (never drawn: it always counts once).
        sessions: One entry a session without machines: unit, customer, age, views, carts, reviews, bought, pinned.
        columns: Columns of the customer table that they carry.
    """

    size: int
    window_days: int
    kinds: tuple[str, ...]
    units: int
    turns: np.ndarray
    events: Part
    sessions: Part
    columns: tuple[str, ...]

    def poisson(self, draws: int, *, seed: int = 0) -> Iterator[np.ndarray]:
        """Weights of an own-event bootstrap: every unit counts Poisson(1) times."""
        import numpy as np

        rng = np.random.default_rng([seed, STREAM])
        for _ in range(draws):
            yield rng.poisson(1.0, len(self.turns))[self.turns]

    def halves(self, draws: int, *, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Weights for both books of ``folded``: every unit falls into one window or the other."""
        import numpy as np

        rng = np.random.default_rng([seed, STREAM])
        for _ in range(draws):
            first = rng.integers(0, 2, len(self.turns))[self.turns]
            yield first, np.concatenate([np.ones_like(first), 1 - first, first])

    def folded(self) -> tuple[Contacts, Contacts]:
        """The last two windows laid upon one another, seen from the end of either; see ``fold``."""
        first = replace(self, events=self._earlier(self.events), sessions=self._earlier(self.sessions))
        return first, replace(self, units=3 * self.units, events=self._later(self.events), sessions=self._later(self.sessions))

    def _earlier(self, part: Part) -> Part:
        import numpy as np

        moved = part["age"] < 2 * self.window_days
        return {**part, "age": np.where(moved, part["age"] % self.window_days, part["age"] - self.window_days), "pinned": ~moved}

    def _later(self, part: Part) -> Part:
        """Three times over: what came before both windows, all of the two as of the later window, and again as of the earlier."""
        import numpy as np

        moved, days, units = part["age"] < 2 * self.window_days, self.window_days, len(self.turns)
        before = {name: values[~moved] for name, values in part.items()} | {"pinned": np.ones(int((~moved).sum()), dtype=bool)}
        inside = {name: values[moved] for name, values in part.items()} | {"age": part["age"][moved] % days}
        copies = [{**inside, "unit": inside["unit"] + nth * units, "age": inside["age"] + (nth - 1) * days} for nth in (1, 2)]
        return {name: np.concatenate([one[name] for one in (before, *copies)]) for name in part}

    @cached_property
    def decay(self) -> np.ndarray:
        """What is left of an event's weight at its age."""
        import numpy as np

        return np.exp(self.events["age"] * (-math.log(2) / rules()["half_life_days"]))

    def worth(self, table: Mapping[str, float]) -> np.ndarray:
        """The number that stands for each event's kind; 0 for kinds without one."""
        import numpy as np

        return np.array([float(table.get(kind, 0)) for kind in self.kinds] or [0.0])[self.events["kind"]]


class ContactsDrawn:
    """Columns on contacts under weights.

    Args:
        contacts: The sessions and events.
        weights: One whole number >= 0 a unit.
    """

    def __init__(self, contacts: Contacts, weights: np.ndarray) -> None:
        import numpy as np

        self.contacts = contacts
        self.weight = {
            name: np.where(part["pinned"], 1, weights[part["unit"]])
            for name, part in (("events", contacts.events), ("sessions", contacts.sessions))
        }

    def sum(self, part: str, values: np.ndarray | int = 1, where: np.ndarray | bool = True) -> np.ndarray:
        """Summed over the window, a customer."""
        import numpy as np

        rows: Part = getattr(self.contacts, part)
        weights = self.weight[part] * values * ((rows["age"] < self.contacts.window_days) & where)
        return np.bincount(rows["customer"], weights=weights, minlength=self.contacts.size)

    def count(self, part: str, values: np.ndarray | int = 1, where: np.ndarray | bool = True) -> np.ndarray:
        """The same as whole numbers."""
        import numpy as np

        return self.sum(part, values, where).astype(np.int64)

    def last(self, part: str) -> np.ndarray:
        """Age of the last one, in all history; missing without one."""
        import numpy as np

        rows: Part = getattr(self.contacts, part)
        there = self.weight[part] > 0
        found = np.full(self.contacts.size, np.inf)
        np.minimum.at(found, rows["customer"][there], rows["age"][there])
        return np.where(np.isinf(found), np.nan, found)

    @cached_property
    def engagement(self) -> np.ndarray:
        """Events by weight, decayed."""
        import numpy as np

        values = self.contacts.worth(rules()["engagement"]) * self.contacts.events["count"] * self.contacts.decay
        return np.where(self.count("events") > 0, self.sum("events", values).round(DIGITS), np.nan)

    @cached_property
    def intent(self) -> np.ndarray:
        """Points of events that announce a purchase, decayed, and capped by kind."""
        import numpy as np

        events, points = self.contacts.events, {kind: rule["points"] for kind, rule in rules()["intent"].items()}
        values = self.contacts.worth(points) * events["count"] * self.contacts.decay
        inside = self.weight["events"] * (events["age"] < self.contacts.window_days)
        many = max(len(self.contacts.kinds), 1)
        cells = np.bincount(events["customer"] * many + events["kind"], weights=inside * values, minlength=self.contacts.size * many)
        most = {kind: rule["most"] for kind, rule in rules()["intent"].items()}
        caps = np.array([float(most.get(kind, 0)) for kind in self.contacts.kinds] or [0.0])
        found = np.minimum(cells.reshape(self.contacts.size, many).round(DIGITS), caps).sum(axis=1).round(DIGITS)
        return np.where(self.count("events") > 0, found, np.nan)

    @cached_property
    def unknown(self) -> np.ndarray:
        """Events of kinds that nobody gave a meaning."""
        import numpy as np

        strange = np.array([kind not in known_kinds() for kind in self.contacts.kinds] or [False])
        return self.count("events", self.contacts.events["count"], strange[self.contacts.events["kind"]])

    def of_kind(self, kind: str) -> np.ndarray:
        """Events of a kind."""
        numbers = {name: number for number, name in enumerate(self.contacts.kinds)}
        return self.count("events", self.contacts.events["count"], self.contacts.events["kind"] == numbers.get(kind, -1))

    def of_sessions(self, name: str, where: np.ndarray | bool = True) -> np.ndarray:
        """A count of the sessions' own, summed."""
        return self.count("sessions", self.contacts.sessions[name], where)

    def ratio(self, part: np.ndarray) -> np.ndarray:
        """A count a session, missing without sessions."""
        import numpy as np

        whole = self.sum("sessions")
        return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0).round(DIGITS)


#: Column of the customer table -> what computes it under weights.
CONTACT_DRAWN: dict[str, Callable[[ContactsDrawn], Any]] = {
    "interactions": lambda c: c.count("events", c.contacts.events["count"]),
    "unknown_events": lambda c: c.unknown,
    "engagement_score": lambda c: c.engagement,
    "intent_points": lambda c: c.intent,
    "quotes": lambda c: c.of_kind("quote"),
    "days_since_last_interaction": lambda c: c.last("events"),
    "sessions": lambda c: c.count("sessions"),
    "views": lambda c: c.of_sessions("views"),
    "cart_sessions": lambda c: c.count("sessions", 1, c.contacts.sessions["carts"] > 0),
    "reviews_read": lambda c: c.of_sessions("reviews"),
    "sessions_bought": lambda c: c.of_sessions("bought"),
    "cart_sessions_bought": lambda c: c.of_sessions("bought", c.contacts.sessions["carts"] > 0),
    "days_since_last_session": lambda c: c.last("sessions"),
    "views_per_session": lambda c: c.ratio(c.of_sessions("views")),
    "orders_per_session": lambda c: c.ratio(c.of_sessions("bought")),
}


def filled(name: str, values: np.ndarray) -> np.ndarray:
    """Values with what stands for nothing in the customer table."""
    import numpy as np

    from seglib.customers.columns import COLUMNS

    empty = COLUMNS[name].empty
    return values if empty is None or values.dtype.kind != "f" else np.where(np.isnan(values), float(empty), values)


def read(tables: Mapping[str, ir.Table], day: date, window_days: int, ids: np.ndarray, columns: tuple[str, ...]) -> Contacts:
    """The contacts of a client's customers up to a day.

    Args:
        tables: Canonical tables by name, ``interactions`` among them.
        day: Last local day that is looked at.
        window_days: Days that flow columns look back on.
        ids: Ids of all customers known by then.
        columns: Columns wanted of ``CONTACT_DRAWN`` that the data can give.
    """
    import numpy as np
    import pandas as pd

    from seglib.customers import contacts as room
    from seglib.customers.stages import Stages

    stages = Stages(tables, day, window_days)
    rows = room.interactions(stages)
    keys = [name for name in ("customer_id", "session_id", "kind", "age") if name in rows.columns]
    frame = _known(rows.group_by(keys).aggregate(count=rows["count"].sum()).to_pandas(), ids)
    kinds = pd.Categorical(frame["kind"])
    frame["kind"] = np.asarray(kinds.codes, dtype=np.int64)
    session = frame["session_id"] if "session_id" in frame.columns else pd.Series(None, index=frame.index, dtype="str")
    loose = session.isna()
    key = session.astype("category").cat.codes.astype("int64").where(~loose, -1 - np.arange(len(frame)))
    unit = frame.assign(key=key).groupby(["customer", "key"], sort=False).ngroup() if len(frame) else key
    frame = frame.assign(unit=unit.astype("int64"), session_id=session)
    turns = _turns(frame)
    order = np.lexsort((turns[frame["unit"]], frame["age"], frame["kind"], frame["customer"]))
    frame = frame.iloc[order]
    events = {name: frame[name].to_numpy(np.int64) for name in ("unit", "customer", "age", "kind", "count")}
    both = pd.DataFrame({name: pd.Series(dtype="int64") for name in ("unit", "customer", "age", "views", "carts", "reviews", "bought")})
    if not loose.all():
        seen = _known(room.all_sessions(stages).drop("day").to_pandas(), ids)
        units = frame.loc[frame["session_id"].notna(), ["customer", "session_id", "unit"]].drop_duplicates()
        both = seen.merge(units, on=["customer", "session_id"]).sort_values("unit", ignore_index=True)
    wanted = [name for name in ("unit", "customer", "age", "views", "carts", "reviews", "bought") if name in both.columns]
    sessions = {name: both[name].to_numpy(np.int64) for name in wanted}
    free = {name: np.zeros(len(part["unit"]), dtype=bool) for name, part in (("events", events), ("sessions", sessions))}
    names, events, sessions = (
        tuple(map(str, kinds.categories)),
        {**events, "pinned": free["events"]},
        {**sessions, "pinned": free["sessions"]},
    )
    return Contacts(len(ids), window_days, names, len(turns), turns, events, sessions, columns)


def _known(frame: pd.DataFrame, ids: np.ndarray) -> pd.DataFrame:
    """The rows of known customers with their number."""
    import pandas as pd

    number = pd.Index(ids, dtype=object).get_indexer(frame["customer_id"].astype("str").astype(object))
    return frame.assign(customer=number.astype("int64"))[number >= 0].drop(columns="customer_id").reset_index(drop=True)


def _turns(frame: pd.DataFrame) -> np.ndarray:
    """Where each unit comes when all are sorted by what happened: its age, kind and count, then what else its customer did."""
    import numpy as np

    units = frame.groupby("unit").agg(
        customer=("customer", "first"), age=("age", "max"), kind=("kind", "sum"), count=("count", "sum"), first=("kind", "min")
    )
    whole = frame.groupby("customer").agg(events=("count", "sum"), oldest=("age", "max"), rows=("age", "size"))
    whole = whole.reindex(units["customer"])
    order = np.lexsort((whole["rows"], whole["oldest"], whole["events"], units["first"], units["kind"], units["count"], units["age"]))
    turns = np.empty_like(order)
    turns[order] = np.arange(len(order))
    return turns
