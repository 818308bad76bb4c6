"""client.yml: what the client's files are, how they are read, what the report shall say. Imports nothing of the rooms."""

from __future__ import annotations

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
from seglib.settings.reading import SettingsFaultsError, load
from seglib.settings.writing import amend

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
