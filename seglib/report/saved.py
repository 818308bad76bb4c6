"""A result taken up again: from a run's folder, or from a saved definition on other customers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seglib
from seglib.errors import ParameterError, SettingsError
from seglib.methods._signed import settled
from seglib.report import manifest, why
from seglib.report.sentences import view_of
from seglib.report.view import View
from seglib.segmentation import load_scheme

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Scheme, Segmentation


def run_of(path: str | os.PathLike[str]) -> manifest.Manifest:
    """The run that a path means: a run's folder or run.json, or the newest run of a project by its client.yml or folder.

    Raises:
        SettingsError: It is neither, or the project has no run yet.
    """
    place = Path(path)
    project = place / "client.yml" if place.is_dir() else place
    if project.name.lower().endswith((".yml", ".yaml")) and project.is_file() and not (place / manifest.NAME).is_file():
        runs = manifest.all_runs(project.parent / "reports")
        if not runs:
            raise SettingsError("{path} has no run yet. Make one with: seglib report {path}", path=project.name)
        return runs[0]
    return manifest.read(place)


def of(path: str | os.PathLike[str], method: str = "") -> tuple[Segmentation, pd.DataFrame, Any]:
    """A run's classification as its definition gives it on the project's data, the customer table, and the open client.

    Args:
        path: A run's folder or run.json, or a client.yml.
        method: The method; by default the main one, or the only one.

    Raises:
        SettingsError: It is no run, or its project is gone.
        ParameterError: The run has no such method.
    """
    record = run_of(path)
    pages = [
        page for page in record.content["pages"] if (record.folder / page["lang"] / "tables" / page["method"] / "scheme.json").is_file()
    ]
    known = list(dict.fromkeys(page["method"] for page in pages))
    name = method or str(record.content.get("main", "")) or (known[0] if known else "")
    if name not in known:
        raise ParameterError("The run {run} has no {method}; it has: {names}.", run=record.folder.name, method=name, names=", ".join(known))
    lang = next(page["lang"] for page in pages if page["method"] == name)
    scheme = load_scheme(record.folder / lang / "tables" / name / "scheme.json")
    client = client_of(record)
    customers = client.customers(as_of=record.content["data"]["as_of"], window_days=scheme.window_days, also=scheme.inputs)
    return settled(scheme, customers), customers, client


def client_of(record: manifest.Manifest) -> Any:
    """The open client of a run, its definitions left aside: the run's own decide."""
    named = record.content["request"]["client"]
    path = os.path.normpath(record.folder / named) if named else ""
    return seglib.open_client(path, definitions="")


def changed(path: str | os.PathLike[str], client: Any) -> bool:
    """Are the data other ones than those of the run?"""
    return bool(run_of(path).content["data"]["fingerprint"] != client.fingerprint)


def listed(scheme: Scheme, customers: pd.DataFrame, *, client: Any = None, lang: str = "en") -> pd.DataFrame:
    """A list of customers to hand on: id, class, its name, scores, and why in a sentence.

    Args:
        scheme: A saved definition.
        customers: A customer table of the same window.
        client: The open client, for its currency and its own class names.
        lang: Language of names and sentences.
    """
    result = settled(scheme, customers)
    settings = getattr(client, "settings", None)
    own = dict((getattr(settings, "labels", None) or {}).get(scheme.method, {}))
    bare = view_of(result, lang, customers=customers, currency=str(getattr(settings, "currency", "") or ""))
    view = View(result, customers, lang, bare.currency, own)
    found = result.assignments.copy()
    found.attrs = {}
    found.insert(2, "label", [view.label(key) for key in found["segment"]])
    return found.assign(reason=why.sentences(view).to_numpy())
