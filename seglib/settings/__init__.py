"""client.yml: what the client's files are, how they are read, what the report shall say. Imports nothing of the rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglib.settings.models import (
    MONEY_UNITS,
    ClientSettings,
    Computed,
    Cross,
    Layout,
    Match,
    ReportSettings,
    TableSettings,
    near_name,
    window_days,
)

if TYPE_CHECKING:
    from seglib.settings.reading import SettingsFaultsError as SettingsFaultsError
    from seglib.settings.reading import load as load
    from seglib.settings.writing import amend as amend


__all__ = [
    "MONEY_UNITS",
    "ClientSettings",
    "Computed",
    "Cross",
    "Layout",
    "Match",
    "ReportSettings",
    "SettingsFaultsError",
    "TableSettings",
    "amend",
    "load",
    "near_name",
    "window_days",
]

_HOME = {"SettingsFaultsError": "reading", "load": "reading", "amend": "writing"}


def __getattr__(name: str) -> Any:
    """What reads and writes YAML comes when it is first used: the demo and frames need none."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
