"""The door: open a client's data once, ask for customer tables as of any day."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.errors import DataError, ParameterError, SettingsError, TableError
from seglib.settings import ClientSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from seglib.collect import Collected
    from seglib.customers.clock import Clock
    from seglib.customers.table import Gaps
    from seglib.kept import Period
    from seglib.segmentation import Scheme

YEAR = 365  # window of tables without any order
LONELY_LAST_DAY = 60  # a last order day that lies further behind the one before it is more likely a slip of the pen than a purchase


@dataclass(frozen=True)
class Calendar:
    """Which local days the accepted order lines lie on; all None where there are no order lines.

    Attributes:
        first, last: The first and the last day.
        before_last: The last day but one.
    """

    first: date | None = None
    last: date | None = None
    before_last: date | None = None


class Client:
    """One client's data, opened; nothing is read before it is asked for.

    Made by ``open_client``, ``open_frames`` or ``demo``.

    Attributes:
        settings: What client.yml says.
        folder: The project folder; None for the demo and for frames, which have none.
        definitions: The folder of signed definitions that methods follow; None where everything is fitted anew.
        kept: Window and clock of the project's previous run; None where they are measured anew.
    """

    def __init__(
        self,
        settings: ClientSettings,
        collect: Callable[[], Collected],
        fingerprint: Callable[[], str],
        *,
        folder: Path | None = None,
        cache: Path | None = None,
        definitions: Path | None = None,
        kept: Period | None = None,
    ) -> None:
        from seglib.customers.cache import Cache

        self.settings = settings
        self.folder = folder
        self.definitions = definitions
        self.kept = kept
        self._collect = collect
        self._fingerprint = fingerprint
        self._cache = Cache(cache)
        self._made: dict[str, pd.DataFrame] = {}
        self._clocks: dict[date, Clock] = {}

    @cached_property
    def collected(self) -> Collected:
        """The clean tables and the ledger; the files are read on first use."""
        return self._collect()

    @property
    def tables(self) -> Mapping[str, ir.Table]:
        """Canonical tables by name, as Ibis tables: accepted rows only."""
        return self.collected.tables

    @cached_property
    def signed(self) -> Mapping[str, Scheme]:
        """The signed definitions by method, proved; empty where none are followed."""
        from seglib.signed import definitions

        return definitions(self.definitions) if self.definitions else {}

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the sources' bytes and of how they are read; the files are not parsed for it."""
        return self._fingerprint()

    @cached_property
    def calendar(self) -> Calendar:
        """First and last local day with accepted order lines."""
        from seglib.customers.cache import key_of

        key = key_of(self.fingerprint, calendar=True)
        kept = self._cache.load_meta(key)
        if kept is not None:
            return Calendar(**{name: date.fromisoformat(day) if day else None for name, day in kept.items()})
        found = _calendar(self.tables.get("orders"), self.collected.unattributed)
        with suppress(OSError):  # a folder that cannot be written costs time, not the answer
            self._cache.save_meta(key, {name: day.isoformat() if day else None for name, day in vars(found).items()})
        return found

    @property
    def as_of(self) -> date:
        """The day the client's tables stand on: client.yml's, else the last local day with accepted orders; never today.

        Raises:
            DataError: There are no orders to take a day from, or the last day lies so far behind the others that it is doubtful.
        """
        if self.settings.as_of is not None:
            return self.settings.as_of
        last, before = self.calendar.last, self.calendar.before_last
        if last is None:
            raise DataError("There are no orders to take a last day from; say which day the data stand on with as_of.")
        if before is not None and (last - before).days > LONELY_LAST_DAY:
            raise DataError(
                "The last order day is {last}, {days} days after the one before it ({before}). "
                "Mend that date, or say which day the data stand on with as_of.",
                last=last,
                days=(last - before).days,
                before=before,
            )
        return last

    @property
    def window_days(self) -> int:
        """Days that flow columns look back on: client.yml's, else a year or four usual gaps, whichever is longer, up to the history."""
        return self._window(self.as_of)

    @cached_property
    def population(self) -> str:
        """Whether the customers known are "all" there are or a "sample": client.yml's word, else a guess.

        Orders and lists of customers hold all; a sample is who answered, where nothing else names the customers.
        """
        if self.settings.population is not None:
            return self.settings.population
        if "orders" in self.columns or "answers" not in self.columns:
            return "all"
        listed, answered = self._sources("customers"), self._sources("feedback")
        return "sample" if listed and listed <= answered else "all"

    def _sources(self, table: str) -> set[str]:
        """Files and database tables that client.yml reads a canonical table from."""
        parts = self.settings.tables.get(table, [])
        return {source for part in parts for source in (part.files or [f"{part.database} {part.table} {part.sql}"])}

    @property
    def default_window(self) -> int:
        """The window that today's clock and history would give, whatever is given, kept or signed."""
        from seglib.customers.clock import default_window

        first = self.calendar.first
        return default_window((self.as_of - first).days + 1 if first else YEAR, self.measured_clock.usual if first else None)

    @property
    def clock(self) -> Clock:
        """The trade's clock that the tables carry: client.yml's, a signed definition's, the previous run's, or the measured one."""
        return self._clock(self.as_of)

    @property
    def measured_clock(self) -> Clock:
        """The clock as the client's own data tell it today, whatever is kept or signed."""
        return self._measured(self.as_of)

    def period(self, as_of: str | date | None = None) -> Period:
        """Window and clock that tables of a day stand on: what a run of the project records for the next one to keep."""
        from seglib.kept import Period

        day = self._day(as_of)
        clock = self._clock(day)
        return self.kept if clock.source == "kept" and self.kept else Period(day, self._window(day), clock.usual, clock.long)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns the customer table can have for these data, also of those that come only when asked for."""
        return self._names["columns"]

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        """All names there can be ("columns"), and those that come unasked ("usual"); the data are not read where they are kept."""
        from seglib.customers import every_column, wanted_columns
        from seglib.customers.cache import key_of

        key = key_of(self.fingerprint, names=True)
        kept = self._cache.load_meta(key)
        if kept is None:
            kept = {"columns": every_column(self.tables), "usual": wanted_columns(self.tables)}
            with suppress(OSError):
                self._cache.save_meta(key, kept)
        return {name: tuple(names) for name, names in kept.items()}

    def customers(
        self,
        as_of: str | date | None = None,
        window_days: int | str | None = None,
        where: str | Mapping[str, object] | None = None,
        columns: Collection[str] | None = None,
        facts: Collection[str] | None = None,
        also: Collection[str] = (),
        clock: tuple[int, int] | None = None,
    ) -> pd.DataFrame:
        """The customer table: one row for every customer known as of a day, buyers or not, sorted by customer_id.

        Args:
            as_of: Last local day that is looked at, "2017-12-31" or a date; None or "" for the client's own.
            window_days: Days that flow columns look back on, ``as_of`` included; None or 0 for the client's own.
            where: Which customers: a condition on columns of the table ("orders >= 2 and province == '江苏'"), or column -> value
                or list of values.
            columns: Names wanted; by default all but those that cost much (``seglib.customers.COLUMNS`` marks them as not usual).
                customer_id, as_of and window_days always come.
            facts: Side frames wanted in ``attrs["facts"]``; by default gaps and silence.
            also: Names wanted beside the default, such as a method's NEEDS; "a | b" asks for both, and what the data do not have is left
                out.
            clock: Usual and long gap of the trade in days, where a definition was made with others than the client's own of that day.

        Returns:
            The table; money in the client's currency, days as numbers of days, see ``seglib.customers.COLUMNS``.

        Raises:
            ParameterError: A day, a column or a condition cannot be read.
            DataError: The day lies before the first order, or there is none to stand on.
            TableError: A wanted column lacks what it needs.
        """
        from seglib.customers.facts import USUAL
        from seglib.customers.where import restricted

        day = self._day(as_of)
        window = self._window(day, window_days)
        wanted = USUAL if facts is None else tuple(facts)
        if also and columns is None:
            asked = {name for names in also for name in names.split(" | ")} & set(self.columns)
            usual = set(self._names["usual"])
            columns = None if asked <= usual else usual | asked
        table = self._table(day, window, None if columns is None else tuple(sorted(columns)), wanted, clock or self._gaps(day))
        return restricted(table, where) if where else table

    def ladder(self, as_of: str | date | None = None, window_days: int | str | None = None) -> pd.DataFrame:
        """From rows read to rows used in the window, in rows and in money: table, step, rows, amount, note; it adds up exactly."""
        if "orders" not in self.tables:
            return self.collected.ladder()
        day = self._day(as_of)
        return self.collected.ladder(day, self._window(day, window_days))

    def sql(
        self,
        column: str | Collection[str] | None = None,
        dialect: str = "duckdb",
        as_of: str | date | None = None,
        window_days: int | str | None = None,
    ) -> str:
        """The query that gives one column of the customer table, several or all of it, from the canonical tables.

        Args:
            column: Its name, several names, or None for the usual table.
            dialect: duckdb, postgres, snowflake, bigquery, databricks (spark), trino, sqlite … In duckdb the query runs on
                ``client.collected.connection``; elsewhere the tables bear their canonical names.
            as_of: As in ``customers``.
            window_days: As in ``customers``.

        Raises:
            ParameterError: There is no such column or dialect.
            TableError: The column lacks what it needs.
        """
        import ibis

        from seglib.customers import expression
        from seglib.sql import compiled

        day = self._day(as_of)
        tables = dict(self.tables)
        if dialect != "duckdb":
            tables = {name: ibis.table(table.schema(), name=name) for name, table in tables.items()}
        names = [column] if isinstance(column, str) else column
        window = self._window(day, window_days)
        table = expression(tables, as_of=day, window_days=window, columns=names, data_start=self.calendar.first, gaps=self._gaps(day))
        return compiled(table, dialect)

    def _table(self, day: date, window: int, columns: tuple[str, ...] | None, facts: tuple[str, ...], gaps: Gaps) -> pd.DataFrame:
        """The table from memory, from the cache, or built and kept."""
        from seglib.customers import produce
        from seglib.customers.cache import key_of

        question = {"as_of": day, "window_days": window, "columns": columns, "gaps": gaps}
        key = key_of(self.fingerprint, **question)
        name = f"{key}:{','.join(facts)}"
        if name not in self._made:
            packed = self._cache.load(key, facts)
            if packed is None:
                packed = produce(
                    self.tables,
                    as_of=day,
                    window_days=window,
                    columns=columns,
                    facts=facts,
                    unattributed=self.collected.unattributed,
                    data_start=self.calendar.first,
                    gaps=gaps,
                )
                self._cache.save(key, packed)
            self._made[name] = packed.frame(facts, self.settings.currency or "", self.signed, self.population)
        return self._made[name].copy()

    def _day(self, as_of: str | date | None) -> date:
        """``as_of`` as a day, the client's own where it is left out."""
        if as_of is None or as_of == "" or as_of == 0:
            return self.as_of
        day = _read_day(as_of)
        first = self.calendar.first
        if first is not None and day < first:
            raise DataError("{day} lies before the first order day, {first}; choose a later as_of.", day=day, first=first)
        return day

    def _window(self, day: date, window_days: int | str | None = None) -> int:
        """Days to look back from ``day``."""
        if window_days:
            return _read_window(window_days)
        if self.settings.window_days is not None:
            return self.settings.window_days
        for scheme in self.signed.values():  # cuts that were drawn on one window would move everybody up on a longer one
            if scheme.window_days:
                return scheme.window_days
        if self.kept is not None and day > self.kept.as_of:
            return self.kept.window_days
        from seglib.customers.clock import default_window

        first = self.calendar.first
        history = (day - first).days + 1 if first is not None else YEAR
        return history if self.settings.whole_history else default_window(history, self._clock(day).usual)

    def _gaps(self, day: date) -> tuple[int | None, int | None]:
        """Usual and long gap that a table of ``day`` carries."""
        clock = self._clock(day)
        return clock.usual, clock.long

    def _clock(self, day: date) -> Clock:
        """The clock of a table of ``day``: given and signed ones hold on every day, a kept one after the day it was measured on."""
        from seglib.customers.clock import Clock
        from seglib.segmentation import clock_of

        given = self.settings.clock
        if given is not None:
            return Clock(given.usual_days, given.long_days, "given")
        if self.calendar.first is None:
            return Clock()
        signed = next((gaps for scheme in self.signed.values() if (gaps := clock_of(scheme))), None)
        if signed:
            return Clock(*signed, "signed")
        if self.kept is not None and self.kept.usual_gap is not None and day > self.kept.as_of:
            return Clock(self.kept.usual_gap, self.kept.long_gap, "kept")
        return self._measured(day)

    def _measured(self, day: date) -> Clock:
        """The clock of all orders up to ``day``, from memory, from the cache, or measured and kept."""
        from seglib.customers.cache import key_of
        from seglib.customers.clock import Clock, measure
        from seglib.customers.stages import Stages

        if day not in self._clocks:
            key = key_of(self.fingerprint, clock=day)
            kept = self._cache.load_meta(key)
            if kept is None:
                kept = asdict(measure(Stages(self.tables, day, 1, data_start=self.calendar.first)))
                with suppress(OSError):
                    self._cache.save_meta(key, kept)
            self._clocks[day] = Clock(**kept)
        return self._clocks[day]


def open_client(path: str | Path | None = None, *, definitions: str | Path | None = None, keep: bool = True) -> Client:
    """Open the data that a client.yml describes.

    Args:
        path: The file, or the project folder it lies in; left out or "", the demo data.
        definitions: Folder of the signed definitions to follow, in place of the one client.yml names; "" for none: everything is fitted
            anew. A run hands its own choice to its notebooks in the variable SEGLIB_DEFINITIONS.
        keep: Keep window and clock of the project's previous run; False measures them anew.

    Raises:
        SettingsError: There is no such file, or it says something that cannot be followed.
    """
    if path is None or str(path) == "":
        return demo()
    from seglib import collect, settings
    from seglib.kept import kept_period
    from seglib.signed import followed

    file = Path(path)
    file = file / "client.yml" if file.is_dir() else file
    if not file.exists():
        raise SettingsError("There is no {path}; write one with: seglib init FOLDER FILE…", path=file)
    found = settings.load(file)
    folder = file.resolve().parent
    return Client(
        found,
        lambda: collect.load(found),
        lambda: collect.fingerprint(found),
        folder=folder,
        cache=folder / ".seglib" / "cache",
        definitions=followed(folder, found.definitions, definitions),
        kept=kept_period(folder) if keep else None,
    )


def open_frames(*, settings: ClientSettings | None = None, **frames: pd.DataFrame) -> Client:
    """Open data that are in hand already.

    Args:
        settings: What client.yml would say (currency, as_of, timezone …).
        **frames: Canonical tables by name, with canonical columns: ``orders=df, customers=df2``. They are read at once and not changed.

    Raises:
        TableError: A frame's name or columns are not canonical.

    >>> import pandas as pd, seglib
    >>> orders = pd.DataFrame({"customer_id": ["a", "a"], "ordered_at": ["2025-01-03", "2025-02-13"], "amount": [10.0, 15.5]})
    >>> seglib.open_frames(orders=orders).customers()["spend"].tolist()
    [25.5]
    """
    from seglib import collect

    if not frames:
        raise TableError("No frame is given; call open_frames(orders=…) with at least one table.")
    collected = collect.from_frames(frames, settings)
    return Client(settings or ClientSettings(), lambda: collected, lambda: collected.fingerprint)


def demo() -> Client:
    """The demo: a year of a real supermarket chain, see ``seglib.datasets.grocery``."""
    from seglib.datasets import complete_journey

    settings = ClientSettings(project="Complete Journey", currency="USD", timezone="America/New_York")
    return Client(settings, complete_journey.grocery, complete_journey.fingerprint, cache=_demo_cache())


def _demo_cache() -> Path:
    """Where the demo keeps its tables: SEGLIB_CACHE, else the platform's folder for such things."""
    given = os.environ.get("SEGLIB_CACHE")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_cache_dir("seglib"))


def _calendar(*lines: ir.Table | None) -> Calendar:
    """Read the days off the order lines, those without a customer among them."""
    days: set[date] = set()
    for table in lines:
        if table is not None:
            days |= set(table.select(day=table.ordered_at.date()).distinct().to_pyarrow()["day"].drop_null().to_pylist())
    if not days:
        return Calendar()
    *others, last = sorted(days)
    return Calendar(others[0] if others else last, last, others[-1] if others else None)


def _read_day(value: Any) -> date:
    """A day from "2017-12-31", a date or a time."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ParameterError("as_of is {found}; write a day as 2017-12-31.", found=value) from None


def _read_window(value: int | str) -> int:
    """Days of a window; a text is read as client.yml reads it."""
    from seglib.settings import window_days

    try:
        days = window_days(value)
    except ValueError as fault:
        raise ParameterError("window_days is {found}; write a number of days, for example 365.", found=value) from fault
    if days is None or days < 1:
        raise ParameterError("window_days is {found}; write a number of days, for example 365.", found=value)
    return days
