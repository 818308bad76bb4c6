"""What leaves the engine: rounded, typed and proven, fresh or from the cache."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandera.errors import SchemaError

from seglib import customers
from seglib.customers import door
from seglib.errors import TableError

DTYPES = {"customer_id": "str", "as_of": "datetime64[us]", "window_days": "int64", "spend": "float64", "orders": "int64"}


def test_everything_comes_out_in_one_of_few_types():
    rough = ibis.memtable(
        pa.table(
            {
                "customer_id": ["b", "a", "客"],
                "money": pa.array([Decimal("0.300000"), None, Decimal("2.5")], pa.decimal128(38, 6)),
                "share": [0.1 + 0.2, 1 / 3, float("nan")],
                "day": pa.array([date(2025, 1, 2), None, date(2025, 1, 3)]),
                "small": pa.array([1, 2, None], pa.int8()),
                "flag": [True, None, False],
                "name": ["x", None, "z"],
            }
        )
    )
    frame = door.unpack(door.pack(door.fetch(rough, [("customer_id", "ascending")])), {})
    assert frame["customer_id"].tolist() == ["a", "b", "客"]
    types = ["str", "float64", "float64", "datetime64[us]", "float64", "boolean", "str"]
    assert frame.dtypes.astype(str).tolist() == types
    assert frame["share"].tolist()[:2] == [0.333333333333, 0.3]
    assert frame["money"].isna().tolist() == [True, False, False]


def frame(**columns: object) -> pd.DataFrame:
    table = {"customer_id": ["a", "b"], "as_of": "2025-06-30", "window_days": 365, "spend": [1.0, np.nan], "orders": [1, 0], **columns}
    return pd.DataFrame(table).astype(DTYPES)


def test_a_sound_table_passes_unchanged():
    pd.testing.assert_frame_equal(door.check(frame(), DTYPES), frame())
    with_clock = frame().assign(gap_75=np.nan, gap_95=30.0)
    pd.testing.assert_frame_equal(customers.schema().validate(with_clock), with_clock)
    assert len(door.check(frame().head(0), DTYPES)) == 0


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"customer_id": ["a", "a"]}, "customer_id, unique, found a"),
        ({"customer_id": ["a", None]}, "customer_id, never missing, found nan"),
        ({"orders": [1, -1]}, "orders, never negative, found -1"),
        ({"window_days": [365, 364]}, "window_days, one value for every customer, found 364"),
        ({"as_of": ["2025-06-30", "2025-06-29"]}, "as_of, one value for every customer, found 2025-06-29"),
    ],
)
def test_a_faulty_table_is_named(fault, named):
    with pytest.raises(TableError, match=named):
        door.check(frame(**fault), DTYPES)
    with pytest.raises(SchemaError):
        customers.schema().validate(frame(**fault))


def test_a_wrong_dtype_is_named():
    wrong = frame().astype({"orders": "float64"})
    with pytest.raises(TableError, match="orders, dtype int64, found float64"):
        door.check(wrong, DTYPES)
    with pytest.raises(SchemaError):
        customers.schema().validate(wrong)


def test_fresh_and_cached_are_the_same_frame(tmp_path):
    orders = ibis.memtable({"customer_id": ["b", "a"], "ordered_at": pd.to_datetime(["2025-06-01", "2025-06-02"]), "amount": [1.0, 2.0]})
    packed = customers.produce({"orders": orders}, as_of=date(2025, 6, 30), window_days=30, facts=("gaps", "silence"))
    door.save(packed.customers, tmp_path / "deep" / "table.parquet")
    door.save(packed.customers, tmp_path / "deep" / "table.parquet")
    again = customers.Packed((tmp_path / "deep" / "table.parquet").read_bytes(), packed.facts)
    pd.testing.assert_frame_equal(packed.frame(), again.frame())
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["table.parquet"], "no half-written file is left"


def test_a_file_held_by_another_program_is_left_alone(tmp_path, monkeypatch):
    held = tmp_path / "table.parquet"
    held.write_bytes(b"held")

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    door.save(b"new", held)
    assert held.read_bytes() == b"held"
    with pytest.raises(PermissionError):
        door.save(b"new", tmp_path / "absent.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["table.parquet"]
