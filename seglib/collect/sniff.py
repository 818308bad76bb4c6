"""What a text file is: packing, encoding, delimiter, header line. Looked up in its bytes, never asked where it can be seen."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import itertools
import lzma
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from seglib.collect.layout import find_header
from seglib.errors import TableError
from seglib.settings import Layout

HEAD = 1 << 20  # bytes that are looked at to find delimiter and header
SAMPLE = 5000  # records kept for a look at the values
DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
PATTERNS = (b'"', b"'")  # quotes: without them no value can hold a line break, and lines need no counting
BLOCK = 1 << 22
_CP1252_HOLES = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True)
class Dialect:
    """How a text file is written.

    Attributes:
        encoding: Name of a Python codec; utf-8 needs no transcoding.
        delimiter: One character; a blank stands for any run of blanks.
        quote: The quote character, "" where quotes have no meaning.
        header: Names of the columns as the file writes them; "column 1", … where there is no header line.
        header_records: Records up to and with the header (0 where there is none).
        header_lines: Physical lines they take.
        sample: Some of the first records under the header.
        damaged: Line of the first bytes that the encoding does not know, 0 where all are read.
        holds: Which of PATTERNS the bytes hold, None where they were not looked at (packed, or no UTF-8).
    """

    encoding: str
    delimiter: str
    quote: str
    header: tuple[str, ...]
    header_records: int
    header_lines: int
    sample: tuple[tuple[str, ...], ...]
    damaged: int = 0
    holds: frozenset[bytes] | None = None


def open_binary(path: Path) -> BinaryIO:
    """The file's bytes, unpacked where it is gz, bz2, xz or a zip of one file."""
    with path.open("rb") as file:
        head = file.read(6)
    if head[:2] == b"\x1f\x8b":
        return _guarded(gzip.open(path, "rb"), path)
    if head[:3] == b"BZh":
        return _guarded(bz2.open(path, "rb"), path)
    if head[:6] == b"\xfd7zXZ\x00":
        return _guarded(lzma.open(path, "rb"), path)
    if head[:4] == b"PK\x03\x04":
        members = [name for name in _archive(path).namelist() if not name.endswith("/") and not name.startswith("__MACOSX")]
        if len(members) != 1:
            raise TableError(
                "{file} is a zip of {n} files ({names}); unpack it and name the files.",
                file=path.name,
                n=len(members),
                names=", ".join(members[:5]),
            )
        try:
            return _guarded(_archive(path).open(members[0]), path)
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:  # a password, an unknown packing
            raise _unreadable(path, error) from None
    return path.open("rb")


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> TableError:
    return TableError(
        "{file} cannot be opened ({problem}). Copy or export it again, without a password.",
        file=path.name,
        problem=str(error) or type(error).__name__,
    )


class _Guarded(io.RawIOBase):
    """Packed bytes; damage in the middle of them is a sentence, whenever it is met."""

    def __init__(self, stream: io.BufferedIOBase | IO[bytes], path: Path) -> None:
        self._stream = stream
        self._path = path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            block = self._stream.read(len(buffer))
        except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
            raise _unreadable(self._path, error) from None
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _guarded(stream: io.BufferedIOBase | IO[bytes], path: Path) -> BinaryIO:
    return io.BufferedReader(_Guarded(stream, path), BLOCK)


def is_packed(path: Path) -> bool:
    """True where the bytes on disk are not the text's own."""
    with path.open("rb") as file:
        return file.read(4)[:2] in (b"\x1f\x8b", b"BZ", b"\xfd7", b"PK")


def sniff(path: Path, layout: Layout, wanted: Sequence[str] = ()) -> Dialect:
    """How ``path`` is written; what ``layout`` says is believed, the rest is found.

    Args:
        path: A text file, packed or not.
        layout: What is known of it.
        wanted: Names that the header should hold; they find it under title lines.

    Raises:
        TableError: The file is empty, or none of its lines is a header.
    """
    try:
        with open_binary(path) as file:
            head = file.read(HEAD)
    except OSError as error:
        raise _unreadable(path, error) from None
    if not head.strip(b"\x00 \r\n\t\xef\xbb\xbf\xff\xfe"):
        raise TableError("{file} is empty. Export it again.", file=path.name)
    if head.startswith(b"%PDF"):
        raise TableError("{file} is a PDF, and a PDF holds no table that could be read. Export the data as CSV or XLSX.", file=path.name)
    utf8 = not layout.encoding or layout.encoding.startswith("utf-8")
    valid, holds = _census(path) if utf8 and not head.startswith(_MARKS[1][0]) and not head.startswith(_MARKS[2][0]) else (False, None)
    encoding, damaged = (layout.encoding, 0) if layout.encoding else _encoding(path, head, valid_utf8=valid)
    holds = holds if valid and encoding.startswith("utf-8") and not is_packed(path) else None
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).lstrip("\ufeff")
    lines = _lines(text, complete=len(head) < HEAD)
    if _looks_binary(text):
        raise TableError("{file} is no text: open it in the program that wrote it and export it as CSV or XLSX.", file=path.name)
    skip = 1 if re.fullmatch(r"sep=.", lines[0].strip()) else 0  # Excel's own hint line
    quote = "" if (layout.quote or "").lower() == "none" else (layout.quote or '"')
    delimiter = layout.delimiter or (lines[0].strip()[4] if skip else _delimiter(lines, quote))
    records = list(itertools.islice(_records(lines, delimiter, quote), SAMPLE + 100))
    rows = [fields for _, fields in records]
    found = find_header(rows[:60], layout.header_row, wanted, path.name, start=skip)
    if found.last < 0:
        header_records, header_lines = 0, 0
    else:
        header_records, header_lines = found.last + 1, records[found.last][0]
    width = max(len(found.names), *(len(row) for row in rows[found.last + 1 : found.last + 21]), 0) if found.last < 0 else len(found.names)
    names = found.names or tuple(f"column {index + 1}" for index in range(width))
    sample = tuple(tuple(row) for row in rows[found.last + 1 : found.last + 1 + SAMPLE])
    return Dialect(encoding, delimiter, quote, names, header_records, header_lines, sample, damaged, holds)


def _lines(text: str, *, complete: bool) -> list[str]:
    """Lines with their ends (CR, LF, CRLF); a last line that may be cut off is left out."""
    lines = io.StringIO(text, newline="").readlines() if "\n" in text else re.findall(r"[^\r]*\r|[^\r]+", text)
    return lines if complete or len(lines) < 2 else lines[:-1]


def _looks_binary(text: str) -> bool:
    return text[:4096].count("\x00") > 0 or sum(ch < " " and ch not in "\r\n\t\x0b\x0c\x1a" for ch in text[:4096]) > 40


def _records(lines: list[str], delimiter: str, quote: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the number of the physical line on which each ends."""
    if delimiter == " ":
        yield from ((number, line.split()) for number, line in enumerate(lines, 1))
        return
    reader = csv.reader(
        (line.rstrip("\r\n") + "\n" for line in lines),
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    try:
        for fields in reader:
            yield reader.line_num, fields
    except csv.Error:  # a field beyond the limit: an open quote, found again and named by the reader itself
        return


def _delimiter(lines: list[str], quote: str) -> str:
    """The separator under which most lines have the same number of fields, more than one."""
    best = (0.0, 0, "")
    for candidate in DELIMITERS:
        counts = Counter(len(fields) for _, fields in _records(lines[:300], candidate, quote) if fields)
        width, lines_of_it = max(counts.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(1, 0))
        if width > 1:
            best = max(best, (round(lines_of_it / max(1, sum(counts.values())), 2), width, candidate))
    if best[2]:
        return best[2]
    widths = Counter(len(line.split()) for line in lines[:300] if line.strip())
    width, often = widths.most_common(1)[0] if widths else (1, 0)
    blanks = width > 1 and often > 0.9 * sum(widths.values()) and any("  " in line.strip() for line in lines[:300])
    return " " if blanks else ","


def _encoding(path: Path, head: bytes, *, valid_utf8: bool) -> tuple[str, int]:
    """Codec of the whole file, and the line of the first damaged bytes (0: none)."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, 0 if valid_utf8 or encoding == "utf-16" else _first_wrong(path, "utf-8")
    zeros_even, zeros_odd = head[::2].count(0), head[1::2].count(0)
    if zeros_even + zeros_odd > len(head) // 10:
        return ("utf-16-le" if zeros_odd > zeros_even else "utf-16-be"), 0
    if valid_utf8:
        return "utf-8", 0
    high = _high_bytes(path)
    if _mostly_utf8(high):
        return "utf-8", _first_wrong(path, "utf-8")
    if _looks_chinese(high):
        return "gb18030", _first_wrong(path, "gb18030")
    return ("latin-1" if _CP1252_HOLES.search(high) else "cp1252"), 0


def _census(path: Path) -> tuple[bool, frozenset[bytes]]:
    """One look at all bytes: whether they are UTF-8, and which PATTERNS they hold. Plain ASCII passes at memory speed."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    found: set[bytes] = set()
    with open_binary(path) as file:
        while block := file.read(BLOCK):
            plain = block.isascii()
            found.update(pattern for pattern in PATTERNS if pattern not in found and pattern in block)
            if plain and not decoder.getstate()[0]:
                continue
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False, frozenset(found)
    return not decoder.getstate()[0], frozenset(found)


def _first_wrong(path: Path, encoding: str) -> int:
    """Line of the first bytes that ``encoding`` does not know, 0 where it reads all."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = 1
    with open_binary(path) as file:
        while True:
            block = file.read(BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return lines + bytes(error.object[: error.start]).count(b"\n")
            if not block:
                return 0
            lines += block.count(b"\n")


def _high_bytes(path: Path, limit: int = 200_000) -> bytes:
    """Runs of bytes above ASCII with the byte that follows each (the second half of a GB18030 pair may be ASCII)."""
    found: list[bytes] = []
    size = 0
    with open_binary(path) as file:
        while size < limit and (block := file.read(BLOCK)):
            for run in re.findall(rb"[\x80-\xff]+[\x00-\x7f]?", block):
                found.append(run)
                size += len(run)
    return b"".join(found)[:limit]


def _mostly_utf8(high: bytes) -> bool:
    """True where nearly every run is valid UTF-8: a file of that encoding with a few damaged places."""
    good = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", high))
    text = high.decode("utf-8", errors="replace")
    return good > 20 * text.count("\ufffd")


def _looks_chinese(high: bytes) -> bool:
    """True where the pairs are the common characters of GB2312 and their punctuation, as Chinese text is; Western text has lone letters."""
    text = high.decode("gb18030", errors="replace")
    wide = [ch for ch in text if ch > "\x7f"]
    if not wide:
        return False

    def common(ch: str) -> bool:
        try:
            pair = ch.encode("gb2312")
        except UnicodeEncodeError:
            return False
        return 0xA1 <= pair[0] <= 0xA3 or 0xB0 <= pair[0] <= 0xF7

    return sum(map(common, wide)) > 0.7 * len(wide)
