"""The screen speaks English in these tests, whatever the computer or an earlier test says."""

from __future__ import annotations

import pytest

from seglib.cli.screen import Screen


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Screen, "lang", "en")
    monkeypatch.setenv("SEGLIB_LANG", "en")
