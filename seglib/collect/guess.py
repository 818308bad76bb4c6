"""What a column seems to hold: its name against the synonym table, its values against what the name promises."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from seglib.collect.crm import DATA
from seglib.collect.dates import read_date
from seglib.collect.layout import plain_name
from seglib.collect.numbers import read_number, take_apart
from seglib.collect.types import FALSE, MISSING, TRUE
from seglib.tables import TABLES, Column, ColumnType

LIKE = 0.84  # how alike two names must be to be proposed at all
SURE, LIKELY, MAYBE = "good", "likely", "maybe"
# what makes a file a table of ours: columns it must have ("a|b": one of them), the most telling table first
TELLING: dict[str, tuple[str, ...]] = {
    "costs": ("spent_at", "amount", "kind"),
    "opportunities": ("stage", "amount|probability|closed_at", "customer_id|customer_name"),
    "orders": ("ordered_at", "amount|unit_price", "customer_id|customer_name|order_id"),
    "tickets": ("ticket_id", "customer_id", "opened_at"),
    "visits": ("customer_id", "visited_at"),
    "interactions": ("customer_id", "happened_at", "kind"),
    "feedback": ("customer_id", "score"),
    "universe": ("account_id", "potential|category_sales|relationship"),
    "offers": ("customer_id", "campaign_id", "sent_at|redeemed_at"),
    "customers": ("customer_id",),
    "products": ("product_id", "product_name|category|brand|department"),
}
_OTHERS: dict[str, ColumnType] = {"unit_price": "money", "spend": "money", "orders": "integer", "days_since_last_order": "integer"}
_OTHERS |= {"birth_date": "timestamp", "first_order": "timestamp", "last_order": "timestamp", "mean_order_value": "money"}
HELPERS = ("unit_price", "document_type", "birth_date")  # columns we know but that are no canonical ones


@cache
def words() -> Mapping[str, Any]:
    """The synonym table and the word lists beside it."""
    from ruamel.yaml import YAML

    return YAML(typ="safe").load((DATA / "synonyms.yml").read_text(encoding="utf-8"))


@cache
def spellings() -> Mapping[str, tuple[tuple[str, int], ...]]:
    """Plain name -> the canonical columns it may mean, each with its rank in that column's list (0 is the first)."""
    found: dict[str, dict[str, int]] = {}
    known = [column.name for table in TABLES.values() for column in table.columns] + list(HELPERS)
    lists = {**{column: words()["columns"].get(column, []) for column in known}, **words()["direct"]}
    for column, names in lists.items():
        for rank, name in enumerate([column, *names]):
            found.setdefault(plain_name(str(name)), {}).setdefault(column, rank)
    return {name: tuple(sorted(columns.items(), key=lambda item: item[1])) for name, columns in found.items()}


@dataclass(frozen=True)
class Values:
    """Some values of one column, as text."""

    name: str
    texts: tuple[str, ...]

    @cached_property
    def said(self) -> list[str]:
        """The values that say something."""
        return [text.strip() for text in self.texts if text.strip() not in MISSING]

    @cached_property
    def blank_share(self) -> float:
        return 1 - len(self.said) / len(self.texts) if self.texts else 1.0

    @cached_property
    def numbers(self) -> float:
        """Share of the values that are numbers."""
        return self._share(lambda text: read_number(text) is not None or read_number(text, ",") is not None)

    @cached_property
    def dates(self) -> float:
        """Share of the values that are dates."""
        return self._share(lambda text: (read_date(text, "dmy") or read_date(text, "mdy") or read_date(text, "ymd")) is not None)

    @cached_property
    def yes_no(self) -> float:
        return self._share(lambda text: text.lower() in TRUE or text.lower() in FALSE)

    @cached_property
    def kinds(self) -> Counter[str]:
        """Distinct values and how often each stands."""
        return Counter(self.said)

    @cached_property
    def distinct(self) -> float:
        """Distinct values for each value."""
        return len(self.kinds) / len(self.said) if self.said else 0.0

    @cached_property
    def years(self) -> bool:
        """True where the numbers look like years, not like days or money."""
        return self._share(lambda text: text.isdigit() and 1900 <= int(text) <= 2100) > 0.9

    @cached_property
    def currencies(self) -> Counter[str]:
        """Currency signs in the values."""
        return Counter(parts.currency for text in self.said[:200] if (parts := take_apart(text)) and parts.currency)

    def _share(self, test: Any) -> float:
        some = self.said[:300]
        return sum(map(test, some)) / len(some) if some else 0.0


@dataclass(frozen=True)
class Guess:
    """A canonical column for a header: how sure, and its rank among headers that could be the same column."""

    column: str
    header: str
    confidence: str
    score: float


def guesses(columns: Sequence[Values]) -> list[Guess]:
    """Every canonical column that a header's name means and its values do not contradict, the surest first."""
    found: list[Guess] = []
    for values in columns:
        for column, by_name in _by_name(values.name):
            by_values = _fits(column, values)
            if by_values <= 0:
                continue
            score = by_name * by_values
            confidence = SURE if by_name >= 0.9 and by_values >= 0.9 else LIKELY if score >= 0.6 else MAYBE
            found.append(Guess(column, values.name, confidence, round(score, 4)))
    return sorted(found, key=lambda item: -item.score)


def _by_name(header: str) -> list[tuple[str, float]]:
    """Canonical columns that a header may name, with how well (1 is the first word of the list)."""
    key = plain_name(header).replace("_", "")
    table = _without_underscores()
    if key in table:
        return [(column, 1 - rank / 1000) for column, rank in table[key]]
    near = difflib.get_close_matches(key, list(table), n=1, cutoff=LIKE)
    result = {column: 0.75 - rank / 1000 for column, rank in table[near[0]]} if near else {}
    for name, columns in table.items():  # 销售金额(本币): a known word with something around it
        if len(name) >= (2 if not name.isascii() else 5) and name in key:
            for column, rank in columns:
                result[column] = max(result.get(column, 0.0), 0.5 + 0.3 * len(name) / len(key) - rank / 1000)
    return sorted(result.items(), key=lambda item: -item[1])[:4]


@cache
def _without_underscores() -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for name, columns in spellings().items():
        found.setdefault(name.replace("_", ""), columns)
    return found


@cache
def _canonical(name: str) -> Column | None:
    return next((column for table in TABLES.values() for column in table.columns if column.name == name), None)


def _fits(column: str, values: Values) -> float:
    """How well the values agree with the column: 1 fully, 0 not at all; a column without values is let pass."""
    if not values.said:
        return 0.5
    canonical = _canonical(column)
    kind = canonical.type if canonical else _OTHERS.get(column, "text")
    if kind in ("timestamp", "date"):
        return 0.0 if values.years else values.dates if values.dates >= 0.5 else 0.0
    if kind in ("money", "number", "integer"):
        if values.dates > 0.9 and not values.years and values.numbers < 0.9:
            return 0.0
        return values.numbers if values.numbers >= 0.5 else 0.0
    if kind == "boolean":
        return values.yes_no if values.yes_no >= 0.5 else 0.0
    return _fits_text(column, values)


def _fits_text(column: str, values: Values) -> float:
    if column in ("status", "document_type", "gender", "kind", "stage", "channel") and len(values.kinds) > 60:
        return 0.0
    if column.endswith("_name") and values.numbers > 0.9:
        return 0.4
    if column.endswith("_id"):
        decimals = sum(
            "." in text and text.replace(".", "").replace("-", "").isdigit() and not text.endswith(".0") for text in values.said[:300]
        )
        return 0.0 if decimals > 0.2 * min(300, len(values.said)) else 1.0
    if values.dates > 0.9 and values.numbers < 0.5:
        return 0.2
    return 1.0


def assign(found: Sequence[Guess], table: str) -> dict[str, Guess]:
    """For each column of ``table`` (and the helpers) the surest header, each header once."""
    allowed = {*TABLES[table].names, *HELPERS, *(words()["direct"] if table == "customers" else ())}
    allowed |= {"customer_name"} if table == "opportunities" else set()
    chosen: dict[str, Guess] = {}
    used: set[str] = set()
    for guess in found:
        if guess.column in words()["direct"] and guess.column not in TABLES[table].names and guess.confidence != SURE:
            continue  # a yearly total is taken for one only where its name says so plainly
        if guess.column in allowed and guess.column not in chosen and guess.header not in used:
            chosen[guess.column] = guess
            used.add(guess.header)
    return chosen


def table_of(found: Sequence[Guess], columns: Sequence[Values]) -> tuple[str, dict[str, Guess]]:
    """The canonical table that these columns make, and which header is which; "" where none."""
    for table, needed in TELLING.items():
        telling = "|".join(needed).split("|")
        chosen = {name: guess for name, guess in assign(found, table).items() if guess.confidence != MAYBE or name not in telling}
        chosen |= _stand_ins(table, chosen, columns)
        if all(any(name in chosen for name in group.split("|")) for group in needed) and _sensible(table, chosen, columns):
            return table, chosen
    return "", {}


def _stand_ins(table: str, chosen: Mapping[str, Guess], columns: Sequence[Values]) -> dict[str, Guess]:
    """What takes the place of a telling column that no header names: a column that is only called ID, a name, the only date."""
    by_name = {values.name: values for values in columns}
    name = chosen.get("customer_name")
    found: dict[str, Guess] = {}
    if table == "customers" and "customer_id" not in chosen:
        speaks = len([item for item in chosen if item in TABLES["customers"].names or item in words()["direct"]])
        unique = name is not None and by_name[name.header].distinct > 0.9 and speaks > 2
        header = _generic_id(columns) or (name.header if name is not None and unique else "")
        found = {"customer_id": Guess("customer_id", header, LIKELY, 0.6)} if header and speaks >= 2 else {}
    elif table == "opportunities":
        header = _generic_id(columns)
        found = {"opportunity_id": Guess("opportunity_id", header, LIKELY, 0.6)} if header and "opportunity_id" not in chosen else {}
        if "customer_id" not in chosen and name is not None:
            found["customer_id"] = Guess("customer_id", name.header, LIKELY, 0.6)
    elif table == "feedback" and "score" not in chosen:
        from seglib.collect.survey import questions_of

        asked = list(questions_of(columns, [guess.header for guess in chosen.values()]).values())
        found = {"score": Guess("score", asked[0], LIKELY, 0.6)} if asked else {}
    elif table == "orders" and "ordered_at" not in chosen and "amount" in chosen:
        used = {guess.header for guess in chosen.values()}
        days = [values.name for values in columns if values.name not in used and values.dates > 0.9 and not values.years]
        found = {"ordered_at": Guess("ordered_at", days[0], LIKELY, 0.6)} if len(days) == 1 else {}
    return found


def _generic_id(columns: Sequence[Values]) -> str:
    """The header of a column that is only called ID and of which no value repeats, "" where there is none."""
    names = {plain_name(str(name)) for name in words()["generic_id"]}
    return next((values.name for values in columns if plain_name(values.name) in names and values.distinct == 1.0), "")


def _sensible(table: str, chosen: Mapping[str, Guess], columns: Sequence[Values]) -> bool:
    """Beyond names: an order table has money for its dates, lists of customers and products do not repeat them."""
    by_name = {values.name: values for values in columns}
    if table == "orders" and "amount" not in chosen:
        return "quantity" in chosen and "unit_price" in chosen
    if table == "opportunities":
        return chosen["stage"].confidence == SURE and len(by_name[chosen["stage"].header].kinds) <= 30
    if table == "feedback":  # a list of customers may hold an answer, too
        told = assign(guesses(columns), "customers").keys() - {"customer_id", "customer_name", "registered_at", "cancelled_at"}
        return len([name for name in told if name in TABLES["customers"].names]) < 3
    if table == "customers" and len(columns) > 2 and len(chosen) == 1:
        return False  # a file of something else that names the customer, too
    if table in ("products", "customers"):
        key = by_name[chosen[TABLES[table].key[0]].header]
        return key.distinct > 0.9 and key.blank_share < 0.5
    return True


def nameless_orders(columns: Sequence[Values]) -> tuple[str, dict[str, Guess]]:
    """Orders without a header, by values alone: a column of dates, one of amounts with decimals, one that repeats like an id."""
    when = next((values for values in columns if values.dates > 0.9 and not values.years), None)
    money = next(
        (values for values in reversed(columns) if values.numbers > 0.9 and any("." in text or "," in text for text in values.said[:300])),
        None,
    )
    if when is None or money is None or money is when:
        return "", {}
    who = next(
        (values for values in columns if values not in (when, money) and 0.01 < values.distinct < 0.95 and len(values.kinds) > 20), None
    )
    if who is None:
        return "", {}
    chosen = {"customer_id": who, "ordered_at": when, "amount": money}
    return "orders", {name: Guess(name, values.name, LIKELY, 0.6) for name, values in chosen.items()}
