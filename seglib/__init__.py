"""Customer classifications that can be signed, proved and acted on, and the report that says so.

Everything is loaded when it is first asked for: ``import seglib`` itself imports nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from seglib import datasets as datasets
    from seglib import methods as methods
    from seglib import report as report
    from seglib.client import demo as demo
    from seglib.client import open_client as open_client
    from seglib.client import open_frames as open_frames
    from seglib.segmentation import load_scheme as load_scheme

# name -> where it lives; a name that is a module of its own stands for itself
_HOME = {
    "open_client": "seglib.client",
    "open_frames": "seglib.client",
    "demo": "seglib.client",
    "load_scheme": "seglib.segmentation",
    "datasets": "seglib.datasets",
    "methods": "seglib.methods",
    "report": "seglib.report",
}
__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> object:
    """The public names, imported when first used (PEP 562)."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'seglib' has no attribute {name!r}; it has {', '.join(sorted(_HOME))}")
    module = import_module(home)
    value = module if home == f"seglib.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
