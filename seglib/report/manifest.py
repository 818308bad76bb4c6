"""run.json: what reproduces a run's pages byte for byte, how each page ended, and the only place where times stand."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from seglib.errors import SettingsError

NAME = "run.json"
FORMAT = 1
PACKAGES = (
    "duckdb",
    "ibis-framework",
    "ipykernel",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "pillow",
    "pyarrow",
    "scipy",
)
_RETRIES, _PAUSE = 20, 0.1  # a virus scanner or a spreadsheet may hold a new file for a moment


@dataclass
class Manifest:
    """The run.json of one run, written anew whenever something is known.

    Attributes:
        folder: The run's folder.
        content: What the file holds.
    """

    folder: Path
    content: dict[str, Any]
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    def page(self, entry: Mapping[str, Any]) -> None:
        """Record how a page ended; an earlier entry of the same page is replaced."""
        with self._lock:
            key = (entry["lang"], entry["method"])
            pages = [page for page in self.content["pages"] if (page["lang"], page["method"]) != key]
            self.content["pages"] = sorted([*pages, dict(entry)], key=lambda page: (page["lang"], page["method"]))
            self._write()

    def update(self, **values: Any) -> None:
        """Set fields of the file."""
        with self._lock:
            self.content.update(values)
            self._write()

    def log(self, line: str) -> None:
        """Add a line to run.log: states and names, never values of the data."""
        with self._lock, (self.folder / "run.log").open("a", encoding="utf-8") as file:
            file.write(f"{now()} {line}\n")

    def _write(self) -> None:
        write(self.folder / NAME, json.dumps(self.content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read(path: str | os.PathLike[str]) -> Manifest:
    """The manifest of a run, by its run.json or its folder.

    Raises:
        SettingsError: There is none, or it is not one of ours.
    """
    file = Path(path)
    file = file / NAME if file.is_dir() else file
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        usable = content["format"] == FORMAT and "request" in content
    except (OSError, ValueError, KeyError, TypeError):
        usable = False
    if not usable:
        raise SettingsError("{path} is not the run.json of a run. Give the folder of a report, or the run.json in it.", path=file.name)
    return Manifest(file.parent.resolve(), content)


def environment() -> dict[str, Any]:
    """What a run stood on: Python, system, versions of what decides its numbers and pictures. No user, host or folder."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine(), "packages": found}


def digest(content: Any) -> str:
    """sha256 of something JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file; "" where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def now() -> str:
    """This moment in UTC, for run.json and run.log alone."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or the whole new one; wait a little where another program holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    for _ in range(_RETRIES):
        try:
            part.replace(path)
        except PermissionError:
            time.sleep(_PAUSE)
        else:
            return
    part.replace(path)


def new_folder(home: Path, name: str) -> Path:
    """A new folder ``name``, ``name_2``, ``name_3`` … in ``home``; nothing is ever overwritten."""
    home.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = home / (name if number == 1 else f"{name}_{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def all_runs(home: Path) -> list[Manifest]:
    """Every run in a folder of reports, newest first."""
    found = []
    for path in sorted(home.glob(f"*/{NAME}")):
        try:
            found.append(read(path))
        except SettingsError:
            continue
    return sorted(found, key=lambda run: (run.content.get("started", ""), _number(run.folder.name)), reverse=True)


def _number(name: str) -> int:
    tail = name.rpartition("_")[2]
    return int(tail) if tail.isdigit() and "_" in name else 1
