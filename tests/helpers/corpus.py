"""The corpus of bad and odd inputs: each case makes its files, says how they are read, and what must come of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from seglib.collect import Collected

COLUMNS = {"order_id": "order", "customer_id": "customer", "ordered_at": "date", "amount": "amount"}
HEADER = "order,customer,date,amount"


@dataclass(frozen=True)
class Case:
    """One input.

    Attributes:
        name: What is odd about it.
        make: Writes the files into a folder.
        tables: ``tables:`` of client.yml.
        top: Other keys of client.yml.
        used: Rows of the first table that must be used, None where it is refused.
        amount: Their money, "" where there is none.
        steps: Rows of other steps of the ladder that must be there.
        refused: Words that the sentence must hold where the input is refused.
        notes: Words that some note must hold.
        look: Further look at what was collected.
    """

    name: str
    make: Callable[[Path], object]
    tables: dict[str, Any]
    top: dict[str, Any] = field(default_factory=dict)
    used: int | None = None
    amount: str = ""
    steps: dict[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    look: Callable[[Collected], object] | None = None


CASES: list[Case] = []


def add(name: str, make: Callable[[Path], object], tables: dict[str, Any] | None = None, **expected: Any) -> None:
    """Put a case into the corpus; without ``tables``: orders from every file of the folder, columns as in COLUMNS."""
    refused = expected.pop("refused", ())
    CASES.append(Case(name, make, tables or orders(), refused=(refused,) if isinstance(refused, str) else tuple(refused), **expected))


def orders(files: Any = "*", **more: Any) -> dict[str, Any]:
    """``tables:`` with orders alone; ``columns`` given replace those of COLUMNS."""
    columns = more.pop("columns", COLUMNS)
    return {"orders": {"files": files, "columns": columns, **more}}


def text(content: str, *, encoding: str = "utf-8", name: str = "a.csv") -> Callable[[Path], object]:
    """A maker of one text file."""
    return lambda folder: (folder / name).write_bytes(content.encode(encoding))


def raw(content: bytes, name: str = "a.csv") -> Callable[[Path], object]:
    """A maker of one file from bytes."""
    return lambda folder: (folder / name).write_bytes(content)


def several(*makers: Callable[[Path], object]) -> Callable[[Path], object]:
    """A maker of several files."""

    def make(folder: Path) -> None:
        for maker in makers:
            maker(folder)

    return make


def rows(*lines: str, header: str = HEADER, end: str = "\n") -> str:
    """A csv of the header and lines."""
    return end.join([header, *lines]) + end


def one(date: str = "2025-01-03", amount: str = "10.00", *, order: str = "1", customer: str = "A") -> str:
    """A line of a good csv."""
    return f"{order},{customer},{date},{amount}"


def dates(*written: str, delimiter: str = ";") -> str:
    """A csv with a line a date; 10.00 each."""
    return (
        "\n".join([HEADER.replace(",", delimiter), *(delimiter.join([str(n), "A", date, "10"]) for n, date in enumerate(written))]) + "\n"
    )


def amounts(*written: str, delimiter: str = ";") -> str:
    """A csv with a line an amount."""
    return (
        "\n".join(
            [HEADER.replace(",", delimiter), *(delimiter.join([str(n), "A", "2025-01-03", amount]) for n, amount in enumerate(written))]
        )
        + "\n"
    )


def days(*expected: str) -> Callable[[Collected], object]:
    """A look: the order times, in order."""

    def look(collected: Collected) -> None:
        found = [str(day).replace(" 00:00:00", "") for day in sorted(collected.frame("orders")["ordered_at"])]
        assert found == sorted(expected)

    return look


def values(column: str, *expected: Any, table: str = "orders") -> Callable[[Collected], object]:
    """A look: the values of a column, sorted, missing last."""

    def look(collected: Collected) -> None:
        frame = collected.frame(table)[column]
        found = sorted(frame.dropna().tolist(), key=str) + [None] * int(frame.isna().sum())
        assert found == list(expected)

    return look


def money(collected: Collected, step: str = "used", table: str = "orders") -> Decimal:
    """Money of a step."""
    ladder = collected.ladder()
    return ladder.loc[(ladder["table"] == table) & (ladder["step"] == step), "amount"].iloc[0]


def reasons(collected: Collected) -> Sequence[str]:
    """Distinct reasons in the ledger, sorted."""
    return sorted(set(collected.ledger["reason"]))
