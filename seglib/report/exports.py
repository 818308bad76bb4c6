"""Lists that leave the house as csv: for people, safe to open in a spreadsheet; for machines, unchanged, and refused where unsafe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from seglib.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

MODES = ("human", "machine")
#: What a spreadsheet may take for the beginning of a formula, the full-width forms among them (OWASP, CSV injection).
DANGEROUS = re.compile("^[=+\\-@\t\r\n\0＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\(?\d[\d .,()]*%?")  # a signed number or a telephone number with its + calculates nothing


def dangerous(value: object) -> bool:
    """Would a spreadsheet take this text for a formula?

    >>> [dangerous(text) for text in ("=1+1", "@cmd", "-2+3", "-12.5", "+86 138", "a=b")]
    [True, True, True, False, False, False]
    """
    return isinstance(value, str) and bool(DANGEROUS.match(value)) and not _NUMBER.fullmatch(value)


def checked(mode: str) -> str:
    """A mode that there is.

    Raises:
        ParameterError: There is no such mode.
    """
    if mode not in MODES:
        raise ParameterError("The mode of an export is {mode!r}; it can be: {names}.", mode=mode, names=", ".join(MODES))
    return mode


def write(frame: pd.DataFrame, path: Path, mode: str = "human") -> pd.DataFrame:
    """Write a list.

    Args:
        frame: One row a customer; it is not changed.
        path: The csv file.
        mode: ``human``: texts that a spreadsheet would take for a formula get an apostrophe in front, and the file a mark that tells Excel
            it is utf-8. ``machine``: every value as it is, for the import of a system; rows with a dangerous value are left out.

    Returns:
        The refused values: row (1 is the first of the frame), column, value; empty for ``human``.

    Raises:
        ParameterError: There is no such mode.
    """
    import pandas as pd

    checked(mode)
    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    found = {name: frame[name].map(dangerous).to_numpy(dtype=bool) for name in texts}
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == "human":
        safe = frame.copy()
        for name, unsafe in found.items():
            if unsafe.any():
                safe[name] = [f"'{value}" if bad else value for value, bad in zip(frame[name], unsafe, strict=True)]
        safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        return pd.DataFrame(columns=["row", "column", "value"])
    rows = [(place + 1, name, frame[name].iloc[place]) for name, unsafe in found.items() for place in unsafe.nonzero()[0]]
    refused = pd.DataFrame(sorted(rows, key=lambda row: (row[0], row[1])), columns=["row", "column", "value"])
    kept = frame.drop(index=frame.index[sorted({row[0] - 1 for row in rows})])
    kept.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return refused
