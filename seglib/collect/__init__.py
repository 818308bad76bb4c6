"""Step 1, collect: a client's files, databases or frames become canonical typed tables, and nothing is lost on the way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seglib.collect.collected import Collected as Collected
    from seglib.collect.doors import fingerprint as fingerprint
    from seglib.collect.doors import from_frames as from_frames
    from seglib.collect.doors import from_tables as from_tables
    from seglib.collect.doors import load as load

_HOME = {"Collected": "collected", "fingerprint": "doors", "from_frames": "doors", "from_tables": "doors", "load": "doors"}
__all__ = ["Collected", "fingerprint", "from_frames", "from_tables", "load"]


def __getattr__(name: str) -> Any:
    """The door's names, imported when first used: reading settings needs no database."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
