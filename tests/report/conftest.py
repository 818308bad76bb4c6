"""Results on a made customer table, once for all tests of the report."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import seglib
from seglib import methods
from seglib.customers import FACTS
from seglib.datasets import make_market
from seglib.report.view import View
from seglib.segmentation import Segmentation

from . import made, shop


@cache
def market() -> pd.DataFrame:
    """The made market, with everything a method can ask of a client: for methods that a table of orders alone cannot carry."""
    client = seglib.open_frames(**make_market(customers=600, seed=5).tables)
    return client.customers(columns=client.columns, facts=tuple(FACTS))


@cache
def _classified(method: str, **params: object) -> tuple[Segmentation, pd.DataFrame]:
    table = made.customers(unattributed=1234.5)
    if methods.lacking(method, table.columns):
        table = market()
    return methods.get(method).segment(table, **params), table


@cache
def view_of(method: str, lang: str = "en", **params: object) -> View:
    return View(*_classified(method, **params), lang, "USD")


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client.yml of the made shop, in a folder whose name has a space and Chinese in it."""
    return shop.write(tmp_path_factory.mktemp("projects") / "示例 shop")
