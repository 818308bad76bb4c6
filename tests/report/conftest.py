"""Results on a made customer table, once for all tests of the report."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from seglib import methods
from seglib.report.view import View

from . import made, shop


@cache
def view_of(method: str, lang: str = "en", **params: object) -> View:
    table = made.customers(unattributed=1234.5)
    return View(methods.get(method).segment(table, **params), table, lang, "USD")


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client.yml of the made shop, in a folder whose name has a space and Chinese in it."""
    return shop.write(tmp_path_factory.mktemp("projects") / "示例 shop")
