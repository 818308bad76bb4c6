"""Orders as arrays, so that a customer table can be drawn again hundreds of times under other weights of its orders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seglib.errors import TableError
from seglib.review.contacts_drawn import CONTACT_DRAWN, Contacts, ContactsDrawn, filled
from seglib.review.goods_drawn import GOODS_COLUMNS, Goods, GoodsDrawn
from seglib.review.goods_lines import Lines
from seglib.review.order_columns import ORDER_COLUMNS, UNIT, Weighted
from seglib.review.sums import ByCustomer

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.segmentation import Segmentation

CHUNK = 1_000_000  # rows of stacked customer tables that a definition is applied to at once
KEYS = ("customer_id", "as_of", "window_days", "gap_75", "gap_95")


@dataclass(frozen=True, eq=False)
class OrderBook:
    """All orders of a client's customers up to a day.

    A *document* is what is drawn as a whole: an order with the refunds linked to it, or lines of a day that belong to no order. Its
    *movements* (one a day) bear the money on the day on which it moved, as the customer table counts it.

    Attributes:
        as_of: Last local day that is looked at.
        window_days: Days that flow columns look back on.
        days_of_data: Days from the start of the data to ``as_of``.
        customer_ids: Ids of all customers known, ascending.
        documents: Arrays, one number a document, sorted by customer and age: customer (its number), age (of its order day, or of its
            first movement), value (net, millionths), stands (is it an order?), pinned (never drawn: it always weighs 1).
        movements: Arrays, one number a movement, sorted by customer: document, customer, age, pinned, amount (millionths), and what else
            the data carry: lines, return_lines, and in millionths list_amount, listed_amount, paid_amount, margin, returned_amount.
        turns: Place of every document in an order that depends on behaviour alone, so that draws do not depend on ids or on the file.
        fixed: Columns that no order bears on (attributes, answers), one row a customer.
        lines: What was bought, read when a definition asks for it; None where orders do not say.
        places: Document here behind each document of ``lines``, where that is another one.
        source: Document of ``lines`` behind each document here, where orders of two windows were drawn anew; what was bought counts
            where its order lies in the window.
        contacts: Sessions and events, drawn beside the orders; None where there are none, or nobody reads them.
        clock: Usual and long gap of the trade in days, which draws leave as they are.
    """

    as_of: date
    window_days: int
    days_of_data: int
    customer_ids: np.ndarray
    documents: Mapping[str, np.ndarray]
    movements: Mapping[str, np.ndarray]
    turns: np.ndarray
    fixed: pd.DataFrame = field(repr=False)
    lines: Lines | None = field(default=None, repr=False)
    places: np.ndarray | None = None
    source: np.ndarray | None = None
    contacts: Contacts | None = field(default=None, repr=False)
    clock: tuple[int | None, int | None] = (None, None)

    @property
    def goods(self) -> Goods:
        """What was bought in the window against the market of all orders in hand."""
        if self.lines is None:
            raise TableError("The orders do not say what was bought; give product_id, and products for their kinds.")
        return self.lines.goods

    @cached_property
    def standing(self) -> np.ndarray:
        """Numbers of the documents that are orders."""
        import numpy as np

        return np.flatnonzero(self.documents["stands"])

    @cached_property
    def order_age(self) -> np.ndarray:
        """Days from each order to ``as_of``."""
        return self.documents["age"][self.standing]

    @cached_property
    def order_value(self) -> np.ndarray:
        """Net value of each order in millionths."""
        return self.documents["value"][self.standing]

    @cached_property
    def order_customer(self) -> np.ndarray:
        """Number of each order's customer."""
        return self.documents["customer"][self.standing]

    @cached_property
    def by_order(self) -> ByCustomer:
        return ByCustomer.of(self.order_customer, len(self.customer_ids))

    @cached_property
    def by_movement(self) -> ByCustomer:
        return ByCustomer.of(self.movements["customer"], len(self.customer_ids))

    @cached_property
    def by_day(self) -> ByCustomer:
        return ByCustomer.of(self.day_customer, len(self.customer_ids))

    @cached_property
    def day_starts(self) -> np.ndarray:
        """First order of every buying day of a customer."""
        import numpy as np

        new = np.ones(len(self.standing), dtype=bool)
        new[1:] = (self.order_customer[1:] != self.order_customer[:-1]) | (self.order_age[1:] != self.order_age[:-1])
        return np.flatnonzero(new)

    @cached_property
    def day_customer(self) -> np.ndarray:
        return self.order_customer[self.day_starts]

    @cached_property
    def day_age(self) -> np.ndarray:
        return self.order_age[self.day_starts]

    @cached_property
    def by_value(self) -> tuple[np.ndarray, np.ndarray]:
        """Orders sorted by customer and value, and their customers."""
        import numpy as np

        order = np.lexsort((self.order_value, self.order_customer))
        return order, self.order_customer[order]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Columns of the customer table that it carries."""
        have = set(self.movements)
        computed = [name for name, (_, needs) in ORDER_COLUMNS.items() if have.issuperset((*needs, "amount"))]
        beside = (part.columns for part in (self.lines, self.contacts) if part is not None)
        return (*KEYS, *computed, *(name for columns in beside for name in columns), *self.fixed.columns)

    def can(self, columns: Iterable[str]) -> bool:
        """Does it carry all of these columns?"""
        return not self.lacking(columns)

    def lacking(self, columns: Iterable[str]) -> tuple[str, ...]:
        """Those of these columns that it does not carry."""
        return tuple(name for name in dict.fromkeys(columns) if name not in self.names)

    def refusal(self, scheme: Any) -> tuple[str, tuple[str, ...]]:
        """Why drawing orders anew says nothing of a definition, and the columns it lies at.

        Returns:
            ("", ()) where it does; ("lacking", columns) where the book does not carry what it reads; ("stated", columns) where what
            decides between its classes stands as it is on record, such as an address or an answer.
        """
        lacking = self.lacking(scheme.inputs)
        if lacking:
            return "lacking", lacking
        decides = deciding(scheme)
        return ("stated", decides) if decides and set(decides) <= set(self.fixed.columns) else ("", ())

    def columns(self, weights: np.ndarray | None = None, names: Collection[str] = ()) -> pd.DataFrame:
        """The customer table under weights.

        Args:
            weights: One whole number >= 0 a document, then, where contacts are drawn, one a session or event; 1 for all that are not
                given, which gives the client's own customer table. An order that weighs 2 stands twice, on the same day; one that weighs
                0 never happened.
            names: Columns wanted, all it carries by default; customer_id, as_of and window_days always come.

        Returns:
            One row a customer known, sorted by customer_id, in the dtypes of the customer table; floats rounded to 12 digits.

        Raises:
            TableError: A column is wanted that needs more than orders.
        """
        import numpy as np
        import pandas as pd

        lacking = self.lacking(names)
        if lacking:
            raise TableError(
                "The columns {columns} cannot be drawn from orders. An order book carries {known}.",
                columns=", ".join(lacking),
                known=", ".join(self.names),
            )
        weights, of_contacts = self._parted(weights)
        weighted = Weighted(self, weights)
        wanted = [name for name in self.names if name not in KEYS and (not names or name in names)]
        found = {name: _typed(ORDER_COLUMNS[name][0](weighted)) for name in wanted if name in ORDER_COLUMNS}
        of_goods = [name for name in wanted if name in GOODS_COLUMNS]
        if of_goods:
            goods = GoodsDrawn(self.goods, self._of_lines(weights))
            found |= {name: _typed(GOODS_COLUMNS[name](goods)) for name in of_goods}
        if self.contacts is not None:
            drawn = ContactsDrawn(self.contacts, of_contacts)
            found |= {name: _typed(filled(name, CONTACT_DRAWN[name](drawn))) for name in wanted if name in self.contacts.columns}
        frame = pd.DataFrame({"customer_id": pd.Series(self.customer_ids, dtype="str")})
        frame["as_of"] = np.full(len(frame), np.datetime64(self.as_of, "us"))
        frame["window_days"] = self.window_days
        for name, days in zip(("gap_75", "gap_95"), self.clock, strict=True):
            frame[name] = np.nan if days is None else float(days)
        columns = {name: found.get(name, self.fixed[name].array if name in self.fixed.columns else None) for name in wanted}
        return pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)

    def _of_lines(self, weights: np.ndarray) -> np.ndarray:
        """Weights of the documents that ``lines`` know."""
        import numpy as np

        if self.source is not None and self.lines is not None:
            there = self.documents["stands"] & (self.documents["age"] < self.window_days)
            counted = np.bincount(self.source, weights=weights * there, minlength=len(self.lines.customer))
            return counted.astype(np.int64)
        return weights if self.places is None else weights[self.places]

    def _parted(self, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Weights of documents, and of sessions and events."""
        import numpy as np

        documents, contacts = len(self.turns), 0 if self.contacts is None else self.contacts.units
        given = np.ones(0, dtype=np.int64) if weights is None else np.asarray(weights)
        parts = given[:documents], given[documents:]
        one, other = (part if len(part) else np.ones(n, dtype=np.int64) for part, n in zip(parts, (documents, contacts), strict=True))
        return one, other

    def poisson(self, draws: int, *, seed: int = 0) -> Iterator[np.ndarray]:
        """Weights of an own-order bootstrap: every document, and every session or event, weighs Poisson(1)."""
        import numpy as np

        rng = np.random.default_rng(seed)
        beside = (np.zeros(0, dtype=np.int64) for _ in range(draws)) if self.contacts is None else self.contacts.poisson(draws, seed=seed)
        for contacts in beside:
            yield np.concatenate([rng.poisson(1.0, len(self.turns))[self.turns], contacts])

    def classes(self, scheme: Any, weights: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The class of every customer under each of several weights, in the order of ``customer_ids``.

        The definition is applied to many drawn tables at once, as one query costs more than its rows.

        Args:
            scheme: A definition; ``can(scheme.inputs)`` must hold.
            weights: Weights, one array a draw.

        Yields:
            Class keys (object array), one array a draw.
        """
        import itertools

        import pandas as pd

        size, source = len(self.customer_ids), iter(weights)
        many = max(1, CHUNK // max(size, 1))
        while chunk := list(itertools.islice(source, many)):
            tables = [self.columns(weight, scheme.inputs) for weight in chunk]
            found = scheme.apply(pd.concat(tables, ignore_index=True))["segment"].to_numpy(object)
            yield from found.reshape(len(chunk), size)


def order_book(
    client: Client,
    *,
    as_of: str | date | None = None,
    window_days: int = 0,
    windows: int = 1,
    reads: Collection[str] | None = None,
    clock: tuple[int | None, int | None] | None = None,
) -> OrderBook:
    """The orders of a client's customers as arrays, and their contacts where these are read.

    Args:
        client: The client.
        as_of: Last local day that is looked at, the client's own by default.
        window_days: Days that flow columns look back on, the client's own by default.
        windows: How many windows of that length the history must hold.
        reads: Columns that will be asked for, so that no more is read; all by default.
        clock: Usual and long gap of the trade, the client's own of that day by default.

    Raises:
        TableError: There are neither orders nor contacts, or the history is shorter than the windows asked for.
    """
    from seglib.review import contacts_drawn, goods_lines
    from seglib.review.order_arrays import arrays

    day = client._day(as_of)
    window = client._window(day, window_days)
    drawn = tuple(name for name in CONTACT_DRAWN if name in client.columns)
    drawn = drawn if reads is None or set(drawn) & set(reads) else ()
    if "orders" not in client.tables and not drawn:
        raise TableError("There are no orders to draw from; give an orders table.")
    first = client.calendar.first
    days_of_data = (day - first).days if first else 0
    if windows > 1 and days_of_data + 1 < windows * window:
        raise TableError(
            "The history up to {day} is {found} days; {windows} windows of {window} days need {needed}. Take a shorter window.",
            day=day,
            found=days_of_data + 1,
            windows=windows,
            window=window,
            needed=windows * window,
        )
    fixed = _fixed(client, day, window, reads, drawn)
    ids = fixed.pop("customer_id").to_numpy(object)
    documents, movements, turns, keys = arrays(client.tables, day, ids)
    bought = tuple(name for name in GOODS_COLUMNS if name in client.columns)
    tables, span, stands = client.tables, windows * window, documents["stands"]
    lines = (
        Lines(lambda: goods_lines.read(tables, day, span, keys, stands), bought, documents["customer"], len(ids), window)
        if bought
        else None
    )
    contacts = contacts_drawn.read(tables, day, window, ids, drawn) if drawn else None
    clock = clock or client._gaps(day)
    return OrderBook(day, window, days_of_data, ids, documents, movements, turns, fixed, lines, contacts=contacts, clock=clock)


def deciding(scheme: Any) -> tuple[str, ...]:
    """Columns of the customer table that decide between the classes inside a definition, not merely who stands outside them."""
    from seglib.learned import LearnedScheme

    if isinstance(scheme, LearnedScheme):
        return tuple(dict.fromkeys(name for feature in scheme.features for name in feature.inputs))
    derived = {formula.name: formula.inputs for formula in scheme.formulas}

    def roots(name: str) -> list[str]:
        return [root for part in derived[name] for root in roots(part)] if name in derived else [name]

    inside = {score for rule in scheme.rules if rule.segment in scheme.classes for score in rule.when}
    read = [name for score in scheme.scores if score.name in inside for name in score.inputs]
    return tuple(dict.fromkeys(root for name in read for root in roots(name)))


def own_order_flips(client: Client, result: Segmentation, *, draws: int = 200, seed: int = 0) -> pd.DataFrame:
    """How easily everybody would have landed in another class: share of draws of their own orders that do, cut points held fast.

    Args:
        client: The client the result was made from.
        result: A classification whose definition orders and attributes decide.
        draws: Draws; in each every order weighs Poisson(1).
        seed: Of the draws.

    Returns:
        customer_id, segment, flip_rate (0 to 1; missing for who had no order in the window), in the order of the assignments.

    Raises:
        TableError: The definition reads columns that cannot be drawn, or only such as the data state once; there are no orders.
    """
    from seglib.review.steadiness import flips

    book = order_book(client, as_of=result.as_of, window_days=result.window_days, reads=result.scheme.inputs)
    why, columns = book.refusal(result.scheme)
    if why == "lacking":
        book.columns(names=columns)  # refuses, and says which columns
    if why:
        raise TableError(
            "{method} is decided by {columns}, which stand as they are on record: drawing orders anew does not change them.",
            method=result.method,
            columns=", ".join(columns),
        )
    rate = dict(zip(book.customer_ids, flips(book, {"own": result.scheme}, draws=draws, seed=seed)["own"], strict=True))
    found = result.assignments[["customer_id", "segment"]].copy()
    return found.assign(flip_rate=found["customer_id"].map(rate).astype(float))


def _fixed(client: Client, day: date, window: int, reads: Collection[str] | None, drawn: tuple[str, ...]) -> pd.DataFrame:
    """customer_id of everybody the customer table knows, and the columns that no order bears on."""
    from seglib.customers.columns import COLUMNS

    def apart(name: str) -> bool:
        column = COLUMNS.get(name)
        if column is None:
            return True
        used = {need for part in (name, *column.uses) for need in COLUMNS[part].needs}
        return column.kind != "key" and name not in ORDER_COLUMNS and not any("orders." in need for need in used)

    names = [name for name in client.columns if name not in (*KEYS, *drawn) and (reads is None or name in reads) and apart(name)]
    return client.customers(as_of=day, window_days=window, columns=names, facts=())[["customer_id", *names]].copy()


def _typed(values: np.ndarray) -> np.ndarray:
    """As the customers room hands it on: floats rounded to 12 digits, counts as whole numbers, texts as texts."""
    import numpy as np
    import pandas as pd

    from seglib.binning import round12

    if values.dtype.kind == "O":
        return pd.array(values, dtype="str")
    if values.dtype.kind == "f":
        return round12(values)
    return values.astype(np.int64) if values.dtype.kind in "iu" else values


__all__ = ["UNIT", "ByCustomer", "OrderBook", "order_book", "own_order_flips"]
