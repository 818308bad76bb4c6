"""Methods whose data the demo does not have: their pages on a made market, through the real runner."""

from __future__ import annotations

from pathlib import Path

import pytest

import seglib
from seglib import methods, report
from seglib.datasets import make_market

pytestmark = pytest.mark.corpus


def test_the_made_market_carries_every_method_that_the_demo_does_not(tmp_path: Path) -> None:
    others = [name for name in methods.names() if methods.lacking(name, seglib.demo().columns)]
    client = make_market(customers=400, seed=5).write(tmp_path / "market")
    made = report.run(others, str(client), out=tmp_path / "out", lang="en")
    assert made.ok, made.failed
    assert {path.stem for path in (made.folder / "en").glob("*.html")} >= set(others)
