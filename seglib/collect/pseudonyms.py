"""Pseudonyms for reports that leave the house: keyed HMAC-SHA256 in place of every customer's id, before any room sees a table."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seglib.collect.workspace import Note, Workspace, quoted
from seglib.errors import SettingsError
from seglib.settings import ClientSettings

if TYPE_CHECKING:
    from seglib.collect.typed import TypedTable

PLACE = ".seglib/key"
_MADE: set[Path] = set()  # keys that this process made: whoever reads the notes should hear of them
LENGTH = 16  # hexadecimal digits kept: 64 bits, of which a million customers share none
KEY_BYTES = 32
_BLOCK = 64  # bytes of a block of SHA-256, as RFC 2104 asks
#: Columns that name a customer, and columns that name one of the firm's own people; each kind has a letter of its own.
NAMES = {"customer_id": "c", "parent_id": "c", "account_id": "c", "owner": "s", "salesperson": "s"}
#: Columns that nobody outside may see in any form.
EMPTIED = ("customer_name", "address", "comment")


def wanted(settings: ClientSettings) -> bool:
    """Does client.yml say that the report goes outside the house?"""
    return settings.report.audience == "outside"


def key_of(settings: ClientSettings) -> bytes:
    """The project's key, ``.seglib/key`` beside client.yml; made where there is none.

    Raises:
        SettingsError: There is no project folder to keep a key in, or the file holds no key.
    """
    if settings.path is None:
        raise SettingsError(
            "report.audience: outside keeps a key in the project's folder, and these data come without one. Open them by a client.yml."
        )
    path = settings.folder / PLACE
    if path.is_file():
        return _read(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        with path.open("x", encoding="ascii") as file:  # two kernels may come here at once: the first one's key holds
            file.write(key.hex() + "\n")
    except FileExistsError:
        return _read(path)
    with contextlib.suppress(OSError):
        path.chmod(0o600)
    _MADE.add(path.resolve())
    return key


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, OSError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(
            "{path} holds no key of {n} hexadecimal digits. Put the old file back, or delete it: a new key gives new pseudonyms.",
            path=PLACE,
            n=2 * KEY_BYTES,
        )
    return key


def fingerprint(settings: ClientSettings) -> bytes:
    """What the tables depend on besides the sources: nothing for the client's own report, else a digest of the key."""
    return hashlib.sha256(b"outside" + key_of(settings)).digest() if wanted(settings) else b""


def expression(column: str, key: bytes, letter: str) -> str:
    """HMAC-SHA256 of a column in DuckDB's SQL, cut to :data:`LENGTH` digits behind a letter; what is missing stays missing."""
    padded = key.ljust(_BLOCK, b"\0")
    inner, outer = (_blob(bytes(byte ^ mask for byte in padded)) for mask in (0x36, 0x5C))
    text = f"encode(CAST({quoted(column)} AS VARCHAR))"
    return f"'{letter}' || left(sha256({outer} || unhex(sha256({inner} || {text}))), {LENGTH})"


def _blob(content: bytes) -> str:
    return "'" + "".join(f"\\x{byte:02X}" for byte in content) + "'::BLOB"


def apply(workspace: Workspace, settings: ClientSettings, typed: Mapping[str, TypedTable]) -> None:
    """Put pseudonyms into the finished tables where the report goes outside; otherwise leave them as they are.

    Raises:
        SettingsError: There is no key and no place for one.
    """
    if not wanted(settings):
        return
    key = key_of(settings)
    if (settings.folder / PLACE).resolve() in _MADE:
        workspace.notes.append(
            Note("A new key was made in .seglib/key. Keep it: without it the pseudonyms of the next report are other ones.")
        )
    for table in typed.values():
        changed = [f"{expression(name, key, NAMES[name])} AS {quoted(name)}" for name in table.columns if name in NAMES]
        changed += [f"nullif({quoted(name)}, {quoted(name)}) AS {quoted(name)}" for name in table.columns if name in EMPTIED]
        if changed:
            stored = f"{table.stored}_outside"
            chosen = f"SELECT * REPLACE ({', '.join(changed)}) FROM {quoted(table.stored)}"
            workspace.execute(f"CREATE OR REPLACE TABLE {quoted(stored)} AS {chosen}")
            table.stored = stored
