"""Finished customer tables on disk, found again by what they were made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from seglib import __version__
from seglib.customers import door
from seglib.customers.packed import Packed

KEPT = 60  # tables; the oldest go first
META = ".json"


@cache
def rules() -> str:
    """What a cached table depends on besides data and question: the version, and the text of the rules that build it."""
    text = hashlib.sha256(__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        text.update(source.read_bytes())
    return text.hexdigest()


def key_of(fingerprint: str, **question: object) -> str:
    """The name of a table: a hash of the data's fingerprint, the rules and the question (as_of, window_days, columns …)."""
    return hashlib.sha256(json.dumps([fingerprint, rules(), question], sort_keys=True, default=str).encode()).hexdigest()[:32]


class Cache:
    """A folder of finished tables; None keeps nothing.

    A file that cannot be read or written is as good as absent: the table is then built again.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def load(self, key: str, facts: Collection[str]) -> Packed | None:
        """The table kept under ``key``, if it is there with all these side frames."""
        meta = self.load_meta(key)
        if self.folder is None or meta is None:
            return None
        try:
            table = self._path(key, "customers").read_bytes()
            frames = {name: self._path(key, name).read_bytes() for name in facts}
        except OSError:
            return None
        return Packed(table, frames, float(meta["unattributed"]))

    def save(self, key: str, packed: Packed) -> None:
        """Keep a table; what says that it is whole is written last."""
        if self.folder is None:
            return
        try:
            door.save(packed.customers, self._path(key, "customers"))
            for name, content in packed.facts.items():
                door.save(content, self._path(key, name))
            self.save_meta(key, {"unattributed": packed.unattributed})
            self._forget_old()
        except OSError:
            return

    def load_meta(self, key: str) -> dict[str, Any] | None:
        """The small record kept under ``key``."""
        if self.folder is None:
            return None
        try:
            return json.loads((self.folder / (key + META)).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def save_meta(self, key: str, meta: Mapping[str, object]) -> None:
        """Keep a small record."""
        if self.folder is not None:
            door.save(json.dumps(meta).encode(), self.folder / (key + META))

    def _path(self, key: str, name: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{key}.{name}.parquet"

    def _forget_old(self) -> None:
        """Only the newest tables stay; small records without a table (calendar, clock) are few and stay."""
        assert self.folder is not None
        tables = sorted(self.folder.glob("*.customers.parquet"), key=lambda path: path.stat().st_mtime, reverse=True)
        for table in tables[KEPT:]:
            key = table.name.partition(".")[0]
            for path in (self.folder / (key + META), *self.folder.glob(key + ".*.parquet")):
                path.unlink(missing_ok=True)
