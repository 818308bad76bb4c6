"""A canonical table with all its rows, and the words for what became of each; light, so that clean data need load nothing more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seglib.collect.plan import PartPlan
    from seglib.collect.workspace import Relation

# what became of a row, in the order in which the ladder takes them away
USED, TOTAL, REPEATED, FILTERED, REJECTED, UNATTRIBUTED = range(6)
RAW_SPLIT = "chr(31)"  # between the raw values of a faulty row; no text file holds it
STEPS = ("used", "total_rows", "repeated", "filtered", "rejected", "unattributed")


@dataclass(frozen=True)
class Check:
    """One fault that a row can have.

    Attributes:
        bit: Its place in the row's mask.
        column: Canonical name; for a formula's input, the header.
        shown: The header that the client knows.
        reason: English sentence of the ledger, with {limit} where there is one.
        limit: What the value was held against.
        required: The row is rejected; else the value is blanked.
        unreadable: The text could not be read as the column's type.
        raw: Index of the raw text in the row's ``_raw`` list.
    """

    bit: int
    column: str
    shown: str
    reason: str
    required: bool
    raw: int
    unreadable: bool = False
    limit: str = ""


@dataclass
class TypedTable:
    """A canonical table with all its rows: values, source and line, fault bits, and what became of each row.

    Attributes:
        name: Canonical name.
        stored: Its name in DuckDB; columns _file, _line, _fault, _step, _note, _raw stand beside the canonical ones.
        columns: Canonical and own columns that are there.
        checks: Which bits mean what, for the rows of which sources.
        files: Source numbers of the table.
    """

    name: str
    stored: str
    columns: tuple[str, ...]
    checks: list[tuple[tuple[int, ...], tuple[Check, ...]]]
    files: tuple[int, ...]
    plans: list[PartPlan] = field(default_factory=list)
    relations: list[tuple[Relation, PartPlan]] = field(default_factory=list)
