"""Bytes from outside: gunzipped, decoded, and refused where they are not what they should be."""

from __future__ import annotations

import atexit
import codecs
import gzip
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from evenhand.core.errors import EvenhandError

HEAD = 64 << 10
PIECE = 1 << 20
MOST_TEXT = 64 << 20
"""Bytes of one transcript with its every word timed (JSON): a day of talk."""
MOST_BYTES = 16 << 20
MOST_LINES = 500_000
"""Bytes and lines of one transcript of lines or cues: eighty hours of talk."""
MOST_LINE = 2 << 20
MOST_RATIO = 200
"""A gzip that grows by more than this is no transcript."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def bad(path: Path, what: str, remedy: str, line: int | None = None) -> EvenhandError:
    """An error at a place in a file."""
    return EvenhandError(what, path.name + (f", line {line}" if line else ""), remedy)


def is_gzip(path: Path) -> bool:
    """True where the bytes say gzip, whatever the name says."""
    with path.open("rb") as handle:
        return handle.read(2) == b"\x1f\x8b"


def pieces(path: Path, most: int | None = None) -> Iterator[bytes]:
    """The file's bytes, gunzipped, a piece at a time.

    Raises:
        EvenhandError: a damaged gzip, one that grows without measure, or more than `most` bytes.
    """
    packed = is_gzip(path)
    size, seen = max(path.stat().st_size, 1), 0
    with gzip.open(path, "rb") if packed else path.open("rb") as handle:
        while True:
            try:
                piece = handle.read(PIECE)
            except (OSError, EOFError, zlib.error):
                if not packed:
                    raise
                raise bad(path, "The gzip is damaged.", "Pack or copy the file again.") from None
            if not piece:
                return
            seen += len(piece)
            if packed and seen > 16 * PIECE and seen > MOST_RATIO * size:
                raise bad(path, "The gzip unpacks to far too much.", "Unpack it and look at it.")
            if most is not None and seen > most:
                raise bad(
                    path,
                    f"The file is larger than {most >> 20} MB, which is no one session.",
                    "Split it, or give a table with a row a turn.",
                )
            yield piece


def head_of(path: Path) -> bytes:
    """The first 64 KiB, gunzipped.

    Raises:
        EvenhandError: the file is empty or cannot be opened.
    """
    found = b""
    try:
        for piece in pieces(path):
            found += piece
            if len(found) >= HEAD:
                break
    except OSError as error:
        raise bad(path, f"The file cannot be opened: {error.strerror}.", "Look at it.") from None
    if not found.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise bad(path, "The file is empty.", "Export it again.")
    return found[:HEAD]


def encoding_of(sample: bytes) -> str:
    """The encoding that a mark at the start states, else UTF-8."""
    return next((name for mark, name in _BOMS if sample.startswith(mark)), "utf-8")


def decode_head(head: bytes) -> str:
    """A head as text, for sniffing: never fails, ends are cut where a character is."""
    name = encoding_of(head)
    try:
        return codecs.getincrementaldecoder(name)("strict").decode(head)
    except UnicodeDecodeError:
        latin = name == "utf-8"
        return codecs.getincrementaldecoder("cp1252" if latin else name)("replace").decode(head)


def head_text(head: bytes) -> str:
    """A head as text with plain line ends, without the mark at the start, for sniffing."""
    return decode_head(head).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def decode(path: Path, data: bytes) -> str:
    """Bytes as text: UTF-8, UTF-16 with its mark, or else Latin-1 (Windows-1252).

    Raises:
        EvenhandError: half a UTF-16 character, binary bytes, or a line without an end.
    """
    name = encoding_of(data)
    if name == "utf-16":
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as error:
            line = data[: error.start].decode("utf-16", "ignore").count("\n") + 1
            raise bad(
                path, "The UTF-16 text breaks off in a character.", "Export it again.", line
            ) from None
    else:
        if b"\x00" in data:
            line = data[: data.index(b"\x00")].count(b"\n") + 1
            raise bad(path, "The file is binary, not text.", "Export it as text.", line)
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace").replace("\ufffd", " ")
    long = _long_line(text)
    if long is not None:
        raise bad(path, "A line is longer than 2 million characters.", "Export it again.", long)
    return text


def _long_line(text: str) -> int | None:
    """Number of the first line that is too long; no line is copied, however many there are."""
    begin = 0
    while len(text) - begin > MOST_LINE:
        end = text.rfind("\n", begin, begin + MOST_LINE + 1)
        if end < 0:
            return text.count("\n", 0, begin) + 1
        begin = end + 1
    return None


def read_bytes(path: Path, most: int = MOST_TEXT) -> bytes:
    """All bytes of a transcript, gunzipped, within bounds."""
    return b"".join(pieces(path, most))


def read_text(path: Path, most: int = MOST_TEXT) -> str:
    """A text transcript with plain line ends, of no more than `most` bytes."""
    return decode(path, read_bytes(path, most)).replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path) -> list[str]:
    """The lines of a text transcript, without their ends and the mark at the start.

    Raises:
        EvenhandError: more of them than any one session has.
    """
    text = read_text(path, MOST_BYTES).lstrip("\ufeff")
    if text.count("\n") > MOST_LINES:
        raise bad(
            path,
            f"The file has more than {MOST_LINES:,} lines, which is no one session.",
            "Split it, or give a table with a row a turn.",
        )
    return text.split("\n")


def stem_of(path: Path) -> str:
    """The session that a file of one session is: its name without .gz and suffix."""
    name = path.name
    if name.lower().endswith(".gz"):
        name = name[:-3]
    return Path(name).stem


def own_folder() -> Path:
    """A folder of our own for this run, gone when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
