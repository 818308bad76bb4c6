"""Where the table lies on a sheet: title lines, the header, merged and repeated cells, totals, months across."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seglib.errors import TableError
from seglib.settings import near_name

_MARKS = re.compile(r"[（(\[【]\s*(?:必填|选填|required|\*)\s*[）)\]】]|[*＊]")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Header:
    """The header found: index of its last row (-1: there is none) and the columns' names, each once."""

    last: int
    names: tuple[str, ...]


def plain_name(name: str) -> str:
    """A header without what is no part of its name: 必填 marks, asterisks, blanks, full width, case.

    >>> plain_name("客户名称（必填）"), plain_name(" Order  ID* ")
    ('客户名称', 'orderid')
    """
    folded = unicodedata.normalize("NFKC", str(name)).strip("\ufeff\u200b ")
    bare = _BLANKS.sub("", _MARKS.sub("", folded)).casefold()
    return bare or _BLANKS.sub("", folded).casefold()


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once: blanks become "column 3", the second 金额 becomes 金额_2 (compared as databases do, without case)."""
    seen: dict[str, int] = {}
    result = []
    for index, name in enumerate(names, 1):
        name = _BLANKS.sub(" ", str(name).strip("\ufeff\u200b \u3000\t\r\n")) or f"column {index}"
        base, key = name, name.casefold()
        while key in seen:
            seen[base.casefold()] += 1
            name = f"{base}_{seen[base.casefold()]}"
            key = name.casefold()
        seen[key] = 1
        result.append(name)
    return tuple(result)


def find_header(rows: Sequence[Sequence[str]], given: list[int] | None, wanted: Sequence[str], file: str, *, start: int = 0) -> Header:
    """The header among the first rows of a sheet or file.

    Args:
        rows: The first rows, as text; row 1 of the sheet is the first.
        given: Row numbers from client.yml: [4], [3, 4] for a header of two rows, [0] for none; None to look for it.
        wanted: Names it should hold; the row that holds most of them is taken, else the first that looks like names.
        file: For the sentence.
        start: Rows that are certainly no header.

    Raises:
        TableError: No row can be the header.
    """
    if given == [0]:
        return Header(-1, ())
    if given:
        if max(given) > len(rows):
            raise TableError("{file}: header_row is {row}, but there are only {n} rows.", file=file, row=max(given), n=len(rows))
        return Header(max(given) - 1, unique_names(_joined([rows[number - 1] for number in given])))
    keys = {plain_name(name) for name in wanted}
    scores = [len(keys & {plain_name(cell) for cell in row if str(cell).strip()}) for row in rows]
    if keys and max(scores[start:], default=0) > 0:
        best = max(range(start, len(rows)), key=lambda index: (scores[index], -index))
        return Header(best, unique_names(_trimmed(rows[best])))
    best_index = _name_like(rows, start)
    if best_index is None:
        raise TableError("{file}: none of the first rows looks like a header. Write layout: {{header_row: N}}.", file=file)
    return Header(best_index, unique_names(_trimmed(rows[best_index])))


def _trimmed(row: Sequence[str]) -> list[str]:
    """Without the blank cells at the end."""
    cells = [str(cell) for cell in row]
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """Two header rows as one: the upper name reaches to the right over blank cells, as a merged cell does."""
    width = max(len(_trimmed(row)) for row in rows)
    result = [""] * width
    for depth, row in enumerate(rows):
        last = ""
        for index in range(width):
            cell = str(row[index]).strip() if index < len(row) else ""
            last = cell or (last if depth < len(rows) - 1 else "")
            result[index] = f"{result[index]} {last}".strip()
    return result


def _name_like(rows: Sequence[Sequence[str]], start: int) -> int | None:
    """The first row that is as wide as the table and holds names, not values."""
    widths = [sum(bool(str(cell).strip()) for cell in row) for row in rows]
    widest = max(widths[start:], default=0)
    if widest == 0:
        return None
    for index in range(start, len(rows)):
        cells = [str(cell).strip() for cell in rows[index] if str(cell).strip()]
        if len(cells) >= max(1, 0.6 * widest) and sum(map(looks_like_value, cells)) <= 0.3 * len(cells):
            return index
    return None


def looks_like_value(cell: str) -> bool:
    """True for numbers, dates and money: what a header does not hold."""
    text = unicodedata.normalize("NFKC", cell).strip()
    return bool(re.fullmatch(r"[-+(¥$€£]*[\d.,/:\-年月日 %TZ]*\d[\d.,/:\-年月日 %TZ)元万]*", text)) and not re.fullmatch(
        r"(19|20)\d\d", text
    )


def resolve(name: str, available: Sequence[str]) -> str | None:
    """The column that client.yml means by ``name``: exactly, else without marks, blanks, width and case."""
    if name in available:
        return name
    by_plain: dict[str, str] = {}
    for item in available:
        by_plain.setdefault(plain_name(item), item)
    return by_plain.get(plain_name(name))


def missing_column(file: str, name: str, available: Sequence[str]) -> TableError:
    """The sentence for a column that client.yml names and the file does not have."""
    near = near_name(plain_name(name), {plain_name(item): item for item in available})
    near = next((item for item in available if plain_name(item) == near), None) if near else None
    found = ", ".join(list(available)[:30])
    if near:
        return TableError("{file} has no column {name}; do you mean {near}? It has: {found}", file=file, name=name, near=near, found=found)
    return TableError("{file} has no column {name}. It has: {found}", file=file, name=name, found=found)
