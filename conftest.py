"""Which notebooks run as they open: those the demo can carry. The others run on a made market, in tests/report/test_market_pages.py;
the scorecard, which fits every method twice, on a made shop, in tests/report/test_proofs.py. Their kernels come as those of a report do."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """True for a method's notebook whose data the demo does not have, and for the scorecard."""
    if collection_path.name == "scorecard.ipynb":
        return True
    if collection_path.suffix != ".ipynb" or collection_path.parent.name != "methods":
        return None
    import seglib
    from seglib import methods

    return bool(methods.lacking(collection_path.stem, seglib.demo().columns)) or None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Where notebooks are run, their kernels are forked."""
    if any(item.path.suffix == ".ipynb" for item in session.items):
        from seglib.report import nursery

        held = ExitStack()
        held.enter_context(nursery.opened(len(session.items)))
        session.config.add_cleanup(held.close)
