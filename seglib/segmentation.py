"""The one result of every method: who is in which class, what each class is worth, and the definition that decided it."""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.errors import SchemeError, TableError
from seglib.learned import LearnedScheme, from_learned_definition
from seglib.scheme import CONTRACT, FORMAT, RuleScheme, from_definition

if TYPE_CHECKING:
    import pandas as pd

Scheme = RuleScheme | LearnedScheme
COUNTED_IN_PERIODS = ("loyalty_periods", "tenure_periods")  # columns whose periods follow the trade's usual gap
TABLE_PARAMS = ("as_of", "window_days", "gap_75", "gap_95")  # parameters of the customer table, not of the method
MIN_HISTORY = 56.0  # days


class Facts(Mapping[str, "pd.DataFrame"]):
    """Side frames of a customer table: what needs more than one row a customer (gaps between purchases, landmarks of silence …).

    They ride in ``customers.attrs["facts"]``. pandas copies attrs deeply with every operation; these copy to themselves, as nobody
    changes them.

    Attributes:
        unattributed: Revenue in the window that belongs to no known customer, in ``currency``.
        currency: ISO code of the money, "" where it was not said.
        signed: Method -> the definition that was signed for it; methods follow it and fit nothing.
        population: "all" where the table lists every customer there is (a census), "sample" where it holds some of them, "" where
            nobody said; then the rules of samples hold.
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame] | None = None,
        *,
        unattributed: float = 0.0,
        currency: str = "",
        signed: Mapping[str, Scheme] | None = None,
        population: str = "",
    ) -> None:
        self._frames = dict(frames or {})
        self.unattributed = unattributed
        self.currency = currency
        self.signed = dict(signed or {})
        self.population = population

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __copy__(self) -> Facts:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Facts:
        return self


def facts_of(customers: pd.DataFrame) -> Facts:
    """The side frames of a customer table; empty where it was not built by ``client.customers()``."""
    facts = customers.attrs.get("facts")
    return facts if isinstance(facts, Facts) else Facts()


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A finished classification.

    Attributes:
        method: Name of the method.
        params: All it ran with, defaults included; also as_of and window_days of the table.
        assignments: One row a customer, sorted as the table was: customer_id, segment, scores and flags.
        profile: One row a class: segment, outside (bool), customers, customers_share (0 to 1), and where the table has money: spend,
            spend_share (0 to 1), mean_spend, index_spend (class mean against that of all classified, 100 = same), and medians of what the
            method reads. Best first where ``ordered``; classes outside the classification last.
        fit: One number a measure.
        details: What only this method has, as frames; always ``gates``, ``warnings`` and ``cut_points``.
        scheme: The definition; never None.
        ordered: Are there better and worse classes?
    """

    method: str
    params: Mapping[str, object]
    assignments: pd.DataFrame
    profile: pd.DataFrame
    fit: Mapping[str, float]
    details: Mapping[str, pd.DataFrame]
    scheme: Scheme
    ordered: bool
    built_on: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse nonsense: an id twice, a customer without a class, a profile that does not add up."""
        ids, segments = self.assignments["customer_id"], self.assignments["segment"]
        twice = ids[ids.duplicated()]
        if len(twice):
            raise TableError(
                "{method}: {n} customer ids stand more than once ({ids}); keep one row a customer.",
                method=self.method,
                n=len(twice),
                ids=", ".join(map(str, twice.head(3))),
            )
        if segments.isna().any():
            raise SchemeError("{method}: {n} customers have no class.", method=self.method, n=int(segments.isna().sum()))
        counted = segments.value_counts()
        listed = self.profile.set_index("segment")["customers"]
        if listed.index.has_duplicates or not listed[listed > 0].sort_index().equals(counted.sort_index().astype(listed.dtype)):
            raise SchemeError("{method}: the profile does not add up to the {n} customers assigned.", method=self.method, n=len(ids))

    @property
    def as_of(self) -> str:
        """Last local day the classification knows of, as ISO date; "" where the table did not say."""
        return str(self.params.get("as_of", ""))

    @property
    def window_days(self) -> int:
        return self.scheme.window_days

    @property
    def own_params(self) -> dict[str, Any]:
        """The parameters of the method alone, as its ``segment`` takes them."""
        return {name: value for name, value in self.params.items() if name not in TABLE_PARAMS}

    @property
    def gates(self) -> pd.DataFrame:
        """gate, passed (bool), found, needed: where one has not passed, the page explains instead of drawing."""
        return self.details["gates"]

    @property
    def trustworthy(self) -> bool:
        """Have all gates passed, today and, where the definition was signed, on that day?"""
        return bool(self.gates["passed"].all()) and "signed_gates" not in self.details

    def assign(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The same definition on other customers, cut points unmoved.

        Args:
            customers: A customer table with the same window length.

        Returns:
            customer_id, segment and the scores, one row a customer in the order given.

        Raises:
            SchemeError: The table looks back on another number of days, or lacks a column.
        """
        return assign(self.scheme, customers)

    def moved_from(
        self, before: Segmentation, *, customers: pd.DataFrame | None = None, customers_before: pd.DataFrame | None = None
    ) -> Any:
        """Who moved since an earlier result of the same method and window.

        Two results of one day tell what a moved threshold did: nobody changed, and all that moved counts as re-cut. Two days under one
        definition tell who changed. Two days under two definitions are taken apart into both; the earlier one decides first.

        Args:
            before: The earlier result.
            customers: The customer table behind this result; with it the moves carry money (its column spend).
            customers_before: The table behind the earlier result; on one day it is the same.

        Returns:
            A ``seglib.review.Migration``, without a noise floor: for that ask ``seglib.review.migration`` with the client.

        Raises:
            SchemeError: The results cannot be compared, or the table is needed to compare them.
        """
        # The review stands above this module, so it is looked up when it is asked for.
        return importlib.import_module("seglib.review.migration").moved_from(
            self, before, customers=customers, customers_before=customers_before
        )

    def _repr_html_(self) -> str:
        return self.profile.to_html(index=False, float_format="{:,.4g}".format)


def assign(scheme: Scheme, customers: pd.DataFrame) -> pd.DataFrame:
    """Apply a saved definition; a table of another window, or of periods of another length, would move everybody, so that is refused."""
    found = window_of(customers)
    if scheme.window_days and found and found != scheme.window_days:
        raise SchemeError(
            "{method}: the definition was made on a window of {signed} days, the table looks back on {found}. "
            "Build it with client.customers(window_days={signed}).",
            method=scheme.method,
            signed=scheme.window_days,
            found=found,
        )
    signed, now = clock_of(scheme), clock_days(customers)
    if signed and now and set(scheme.inputs) & set(COUNTED_IN_PERIODS) and now["gap_75"] != signed[0]:
        raise SchemeError(
            "{method}: the definition counts periods of a usual gap of {signed} days, in the table it is {found}. "
            "Build it with client.customers(clock=({signed}, {long})).",
            method=scheme.method,
            signed=signed[0],
            long=signed[1],
            found=now["gap_75"],
        )
    return scheme.apply(customers)


def clock_of(scheme: Scheme) -> tuple[int, int] | None:
    """Usual and long gap a definition was fitted with; None for one that was fitted without a clock."""
    params = scheme.about.get("params")
    usual, long = (params.get(name) if isinstance(params, Mapping) else None for name in ("gap_75", "gap_95"))
    return None if usual is None or long is None else (int(usual), int(long))


def window_of(customers: pd.DataFrame) -> int:
    """Days the flow columns of a customer table look back on; 0 where it does not say."""
    return int(_one_of(customers, "window_days") or 0)


def clock_days(customers: pd.DataFrame) -> dict[str, int]:
    """The trade's clock as a customer table carries it: gap_75 and gap_95 in days; empty where it has none."""
    gaps = {name: _one_of(customers, name) for name in ("gap_75", "gap_95")}
    return {} if None in gaps.values() else {name: int(days) for name, days in gaps.items()}


def as_of_of(customers: pd.DataFrame) -> str:
    """The day a customer table stands on, as ISO date; "" where it does not say."""
    return str(_one_of(customers, "as_of") or "")[:10]


def visits(customers: pd.DataFrame, *, ever: bool = False) -> pd.Series:
    """Different days on which each customer bought: more than one means that he came again, which several orders of one day do not.

    Args:
        customers: A customer table with orders; they stand in where it has no buying days, as where the firm gave yearly counts.
        ever: In all history, not in the window alone; reads ``lifetime_orders``.
    """
    if ever:
        return customers["gaps"] + (customers["lifetime_orders"] > 0) if "gaps" in customers.columns else customers["lifetime_orders"]
    return customers["buying_days" if "buying_days" in customers.columns else "orders"]


def history(customers: pd.DataFrame) -> tuple[float, float]:
    """Days that the data reach back, and how many there must be before anybody can be called late: eight weeks, and two usual gaps.

    Returns:
        Both in days; the first is 0 where the table does not say, as where nobody has bought.
    """
    columns = ["days_since_first_order", "history_days_before_first_order"]
    days = customers[columns].sum(axis=1, min_count=2).max() if {*columns} <= {*customers.columns} and len(customers) else math.nan
    return 0.0 if math.isnan(days) else float(days) + 1, max(MIN_HISTORY, 2 * clock_days(customers).get("gap_75", 0))


def _one_of(customers: pd.DataFrame, column: str) -> Any:
    """What a column says for every customer alike; None where the table has no such column or no row.

    Raises:
        TableError: It says several things: two customer tables were put together.
    """
    found = customers[column].dropna().unique() if column in customers.columns else []
    if len(found) > 1:
        raise TableError(
            "the customer table holds {n} values of {column} ({examples}), but a classification stands on one. Use one table.",
            n=len(found),
            column=column,
            examples=", ".join(str(value)[:10] for value in found[:3]),
        )
    return found[0] if len(found) else None


def load_scheme(path: str | Path) -> Scheme:
    """Read a scheme.json and prove that it is the one that was signed.

    Raises:
        SchemeError: The file is no scheme, another version wrote it, or its content does not match its hash.
    """
    name = Path(path).name
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        definition, about, signed = content["definition"], content["about"], str(content["hash"])
        made_for = f"{content['format']}, {definition['contract']}"
        scheme = from_learned_definition(definition, about) if "features" in definition else from_definition(definition, about)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise SchemeError(
            "{path} is no scheme file ({fault}). Give the scheme.json of a run.", path=name, fault=type(fault).__name__
        ) from fault
    if made_for != f"{FORMAT}, {CONTRACT}":
        raise SchemeError(
            "{path} was written for another version of seglib (format and contract {found}, here {known}). Use that version, or run again.",
            path=name,
            found=made_for,
            known=f"{FORMAT}, {CONTRACT}",
        )
    if scheme.hash != signed:
        raise SchemeError(
            "{path}: the definition was changed after it was saved (hash {found}, signed {signed}). Take it from the run again.",
            path=name,
            found=scheme.hash[:8],
            signed=signed[:8],
        )
    return scheme
