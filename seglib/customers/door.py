"""The door through which every table leaves the engine: rounded once, by way of parquet, in one declared set of dtypes.

Fresh or cached, from whatever engine: the same frame comes out. Floats are rounded to 12 significant digits, which takes away what the
order of a sum, the number of threads or the currency unit leave in the last bits.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from seglib.errors import TableError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

CERTAIN = ("int64", "bool")  # dtypes that hold no missing value
PANDAS_OF_ARROW = {"bool": "boolean", "double": "float64", "int64": "float64", "timestamp[us]": "datetime64[us]"}


def fetch(table: ir.Table, sort_by: Sequence[tuple[str, str]]) -> pa.Table:
    """Run an expression; its floats come back rounded, its days as timestamps, its rows in the order of ``sort_by``.

    Args:
        table: The expression; an engine must stand behind it.
        sort_by: Column and "ascending" or "descending". Text is sorted by code point, whatever the engine's collation is.
    """
    result = table.to_pyarrow()
    for position, field in enumerate(result.schema):
        result = result.set_column(position, field.name, _plain(result.column(position)))
    return result.sort_by(list(sort_by))


@contextmanager
def unfused(table: ir.Table) -> Iterator[None]:
    """On DuckDB, queries compiled as they are built, select upon select: to fuse them takes longer than to run them on a small table.

    SQLite's parser gives up on so many levels. What is shown to people is compiled elsewhere, and fused.
    """
    import ibis

    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = before and table.get_backend().name != "duckdb"
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """A column in one of the few types that pass the door: string, int64, double, bool, timestamp[us]."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        from seglib.binning import round12

        return pa.array(round12(column.cast(pa.float64()).to_numpy()), from_pandas=True)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us"))
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    return column if pa.types.is_boolean(kind) else column.cast(pa.string())


def pack(table: pa.Table) -> bytes:
    """The table as parquet bytes."""
    import pyarrow.parquet as pq

    sink = BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def unpack(content: bytes, dtypes: Mapping[str, str]) -> pd.DataFrame:
    """The frame that parquet bytes hold, every column in its declared dtype.

    Args:
        content: What ``pack`` made.
        dtypes: Column name -> pandas dtype; a column not among them gets the dtype of its kind, numbers as float64. Counts and flags
            some of which are missing are float64 as well: neither int64 nor bool can say that nothing is known.
    """
    import pyarrow.parquet as pq

    table = pq.ParquetFile(BytesIO(content)).read()
    wanted = {field.name: dtypes.get(field.name) or PANDAS_OF_ARROW.get(str(field.type), "str") for field in table.schema}
    wanted |= {name: "float64" for name, dtype in wanted.items() if dtype in CERTAIN and table.column(name).null_count}
    return table.to_pandas(ignore_metadata=True).astype(wanted)


def save(content: bytes, path: Path) -> None:
    """Write a cache file at one stroke; a file that another process holds or has just written is left as it is.

    Two processes that write the same path write the same content, so that it does not matter whose is kept.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    try:
        Path(temporary).replace(path)
    except PermissionError:
        Path(temporary).unlink(missing_ok=True)
        if not path.exists():
            raise


def check(customers: pd.DataFrame, dtypes: Mapping[str, str]) -> pd.DataFrame:
    """The customer table, proven: dtypes, ids unique and never missing, counts never negative, one day and one window for all.

    The rules of ``schema.schema``, said without a library that takes a tenth of a second to load: this runs on every table built.

    Raises:
        TableError: It is not so; the sentence names column, rule and what was found.
    """
    for column, rule, against in _broken(customers, dtypes):
        found = list(map(str, against))
        if found:
            raise TableError(
                "The customer table does not hold what it declares: column {column}, {check}, found {found}.",
                column=column,
                check=rule,
                found=", ".join(found[:3]),
            )
    return customers


def _broken(customers: pd.DataFrame, dtypes: Mapping[str, str]) -> Iterator[tuple[str, str, Iterable[object]]]:
    """Column, rule and the values against it, for each rule in turn."""
    ids = customers["customer_id"]
    yield "customer_id", "never missing", ids[ids.isna()]
    yield "customer_id", "unique", ids[ids.duplicated()]
    for name in {"as_of", "window_days", "gap_75", "gap_95"} & set(customers.columns):
        yield name, "one value for every customer", list(customers[name].unique())[1:]
    for name, dtype in dtypes.items():
        if name in customers.columns:
            gaps = dtype in CERTAIN and bool(customers[name].isna().any())
            wanted = "float64" if gaps else dtype
            yield name, f"dtype {wanted}", [] if customers[name].dtype == wanted else [customers[name].dtype]
            yield name, "never negative", customers.loc[customers[name] < 0, name] if dtype == "int64" else []
