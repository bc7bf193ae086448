"""A CSV from outside as a file that Polars can stream, and what is wrong with its quotes."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

from evenhand.core.errors import EvenhandError
from evenhand.readers._bytes import (
    MOST_LINE,
    PIECE,
    bad,
    encoding_of,
    head_of,
    is_gzip,
    own_folder,
    pieces,
    stem_of,
)

_QUOTE = ord('"')


def plain_csv(path: Path) -> tuple[Path, int]:
    """The table as UTF-8 that Polars can stream, and how many line ends it has.

    A gzip, UTF-16 or Latin-1 file is written anew beside nothing of the user's.

    Raises:
        EvenhandError: binary, half a character of UTF-16, a line without end.
    """
    name = encoding_of(head_of(path))
    lines, tail, valid = 0, 0, name != "utf-16"
    strict = codecs.getincrementaldecoder("utf-8")()
    for piece in pieces(path):
        if name != "utf-16" and b"\x00" in piece:
            at = lines + piece[: piece.index(b"\x00")].count(b"\n") + 1
            raise bad(path, "The file is binary, not text.", "Export it as CSV.", at)
        ends = piece.count(b"\n") or piece.count(b"\r")
        last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        first = piece.find(b"\n") if b"\n" in piece else piece.find(b"\r")
        run = tail + (first if first >= 0 else len(piece))
        if run > MOST_LINE:
            raise bad(path, "A line is longer than 2 million bytes.", "Export it again.", lines + 1)
        tail = len(piece) - last - 1 if last >= 0 else run
        lines += ends
        if valid:
            try:
                strict.decode(piece)
            except UnicodeDecodeError:
                valid = False
    if valid and not is_gzip(path):
        return path, lines
    return _transcoded(path, name, valid), lines


def _transcoded(path: Path, name: str, valid: bool) -> Path:
    """The table written again as UTF-8, in a folder of this run's own."""
    encoding = name if valid or name == "utf-16" else "cp1252"
    decoder = codecs.getincrementaldecoder(encoding)("strict" if name == "utf-16" else "replace")
    target = own_folder() / f"{stem_of(path)}.csv"
    lines = 1
    with target.open("w", encoding="utf-8", newline="") as handle:
        try:
            for piece in pieces(path):
                text = decoder.decode(piece)
                lines += text.count("\n")
                handle.write(text)
            handle.write(decoder.decode(b"", final=True))
        except UnicodeDecodeError:
            raise bad(
                path, "The UTF-16 text breaks off in a character.", "Export it again.", lines
            ) from None
    return target


def unpacked(path: Path) -> Path:
    """A gunzipped copy in a folder of this run's own; the file itself where it is no gzip."""
    if not is_gzip(path):
        return path
    target = own_folder() / stem_of(path)
    with target.open("wb") as handle:
        for piece in pieces(path):
            handle.write(piece)
    return target


def well_quoted(plain: Path, sign: str) -> bool:
    """True where every quote opens at the start of a field, closes at its end or is doubled.

    A quick look at the bytes, a piece at a time; `misquoted` finds the place where it says False.
    """
    data = np.memmap(plain, dtype=np.uint8, mode="r")
    first = 3 if bytes(data[:3]) == codecs.BOM_UTF8 else 0
    beside = np.frombuffer(f'{sign}\r\n"'.encode(), dtype=np.uint8)
    seen = 0
    for begun in range(0, len(data), PIECE):
        places = np.flatnonzero(data[begun : begun + PIECE] == _QUOTE) + begun
        opens, closes = places[seen % 2 :: 2], places[1 - seen % 2 :: 2]
        before, after = opens[opens > first] - 1, closes[closes < len(data) - 1] + 1
        if not (np.isin(data[before], beside).all() and np.isin(data[after], beside).all()):
            return False
        seen += len(places)
    return seen % 2 == 0


class _Lines:
    """A text's lines, which counts the quotes since it was last asked."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self._quotes = 0

    def __iter__(self) -> Iterator[str]:
        for line in iter(lambda: self._handle.readline(MOST_LINE), ""):
            self._quotes += line.count('"')
            yield line

    def quotes(self) -> int:
        """How many since the last call."""
        found, self._quotes = self._quotes, 0
        return found


def misquoted(path: Path, plain: Path, sign: str) -> EvenhandError | None:
    """The first fault in a CSV's quotes or in the width of its rows, with its line.

    A slow look, only where there is a reason for it.
    """
    csv.field_size_limit(MOST_LINE)
    with plain.open(encoding="utf-8-sig", newline="", errors="replace") as handle:
        lines = _Lines(handle)
        rows = csv.reader(lines, delimiter=sign, strict=True)
        begun, width = 1, 0
        try:
            for row in rows:
                width = width or len(row)
                if lines.quotes() % 2:
                    return _stray(path, begun)
                if len(row) > width:
                    return _too_wide(path, len(row), width, begun)
                begun = rows.line_num + 1
        except csv.Error as error:
            at_end = "unexpected end" in str(error) or "limit" in str(error)
            return (
                _unclosed(path, begun) if at_end or rows.line_num > begun else _stray(path, begun)
            )
    return None


def check_quotes(path: Path, plain: Path, sign: str) -> None:
    """Look at a CSV's quotes: Polars takes words out of a field whose quotes are amiss.

    Raises:
        EvenhandError: the first fault in them.
    """
    fault = None if well_quoted(plain, sign) else misquoted(path, plain, sign)
    if fault is not None:
        raise fault


def _stray(path: Path, line: int) -> EvenhandError:
    return bad(
        path,
        "A quote stands within a field.",
        'Put quotes around that field, and double ("") those within it.',
        line,
    )


def _unclosed(path: Path, line: int) -> EvenhandError:
    return bad(
        path,
        "A quote that opens here never closes.",
        'Close it, or double it ("") where it belongs to the text.',
        line,
    )


def _too_wide(path: Path, found: int, wanted: int, line: int) -> EvenhandError:
    return bad(
        path,
        f"A row has {found} fields where the headings have {wanted}.",
        "Put quotes around fields that hold the delimiter.",
        line,
    )


def diagnosis(path: Path, plain: Path, sign: str) -> EvenhandError:
    """Why a CSV cannot be read."""
    found = misquoted(path, plain, sign)
    return found or bad(path, "The table cannot be read.", "Save it again as CSV in UTF-8.")
