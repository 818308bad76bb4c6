"""A result as files: assignments, profile, results, definition, and a manifest that counts and hashes them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seglib
from seglib.methods._signed import equipped
from seglib.report import rules, signing, why
from seglib.report.facts import facts
from seglib.report.sentences import of_view, view_of
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

FILES = ("assignments.parquet", "profile.csv", "results.json", "scheme.json")
FORMAT = 1


def save(result: Segmentation, folder: str | Path, *, customers: pd.DataFrame | None = None, lang: str = "en", currency: str = "") -> Path:
    """Write a result into a folder.

    Args:
        result: A classification.
        folder: Where to; made if it is not there.
        customers: The table it was made on; with it the facts and sentences of ``results.json`` are complete.
        lang: Language of the labels in ``profile.csv`` and of the sentences.
        currency: ISO code of the money; by default what the customer table says.

    Returns:
        The folder, with ``assignments.parquet`` (one row a customer: id, class, scores, and why in a sentence), ``profile.csv`` (one row a
        class, labels beside keys), ``results.json`` (all numbers of the page), ``scheme.json`` (the definition) and ``manifest.json``.
    """
    return save_view(view_of(result, lang, customers=customers, currency=currency), folder)


def save_view(view: View, folder: str | Path) -> Path:
    """Write the result of a view into a folder; see :func:`save`."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    result = view.result
    frame = result.assignments.copy()
    frame.attrs = {}
    if set(result.scheme.inputs) <= set(view.customers.columns):
        frame["reason"] = why.sentences(view).to_numpy()
    frame.to_parquet(target / "assignments.parquet", index=False)
    profile = result.profile.copy()
    profile.insert(1, "label", [view.label(key) for key in profile["segment"]])
    profile.to_csv(target / "profile.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    _write(target / "results.json", results(view))
    equipped(result, view.customers).save(target / "scheme.json")
    _write(target / "manifest.json", _manifest(view, target))
    return target


def results(view: View) -> dict[str, Any]:
    """All numbers of a page under their names, ready for JSON."""
    result, complete = view.result, {"spend", "orders"} <= set(view.customers.columns)
    content = {
        "format": FORMAT,
        "method": result.method,
        "as_of": result.as_of,
        "window_days": result.window_days,
        "currency": view.currency,
        "params": dict(result.params),
        "scheme_hash": result.scheme.hash,
        "definition": signing.line(result.scheme, view.lang),
        "ordered": result.ordered,
        "customers": len(result.assignments),
        "fit": dict(result.fit),
        "profile": [
            {**row, "label": view.label(row["segment"]), "short": view.short(row["segment"]), "colour": view.colour(row["segment"])}
            for row in result.profile.to_dict("records")
        ],
        "cut_points": result.details["cut_points"].to_dict("records"),
        "gates": result.details["gates"].to_dict("records"),
        "warnings": view.warnings(),
        "failed_gates": view.failed_gates(),
        "facts": facts(view) if complete else {},
        "narrative": of_view(view).splitlines(),
        "drawn": rules.drawn(view),
    }
    return _plain(content)


def _manifest(view: View, folder: Path) -> dict[str, Any]:
    files = [
        {"name": name, "bytes": (folder / name).stat().st_size, "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest()}
        for name in FILES
    ]
    return {
        "format": FORMAT,
        "seglib": seglib.__version__,
        "method": view.result.method,
        "scheme_hash": view.result.scheme.hash,
        "rows": len(view.result.assignments),
        "files": files,
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """JSON's own types: numbers of numpy and pandas as Python's, what is missing as null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int, bool)):
        return value
    return None if value != value else str(value)
