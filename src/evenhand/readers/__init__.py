"""Readers: a format each, found by scanning. `read_turns` picks the one that fits the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.readers._bytes import bad, head_of
from evenhand.readers._flags import flags

__all__ = ["TABLES", "find_reader", "flags", "is_table", "read_turns"]

TABLES = frozenset({"csv", "parquet"})

LAST = {"script": 1, "csv": 2, "parquet": 2}
"""Formats that are told by the shape of their lines come after those with marks of their own.

The title above a transcript may hold a comma, as headings do.
"""


def find_reader(path: Path) -> Reader:
    """The reader whose format the file's bytes have; its suffix decides nothing.

    Raises:
        EvenhandError: none fits, or the file is empty.
    """
    head = head_of(path)
    readers: dict[str, Reader] = discover("reader")
    for reader in sorted(readers.values(), key=lambda reader: LAST.get(reader.name, 0)):
        if reader.sniff(head):
            return reader
    titles = "; ".join(r.title for r in readers.values())
    raise bad(path, "The format is not one that we know.", f"We read: {titles}.")


def is_table(path: Path) -> bool:
    """True for a table with a row a turn, which may be of any length.

    A file that cannot be read at all is no table: its error comes when it is read.
    """
    try:
        return find_reader(path).name in TABLES
    except EvenhandError:
        return False


def read_turns(path: Path, columns: Mapping[str, str] | None = None) -> pl.DataFrame:
    """A file's turns, in any format that we know (`tables.TURNS`).

    Args:
        path: the file.
        columns: for a table: our column name to its own.

    Raises:
        EvenhandError: with file, line where there is one, and remedy.
    """
    reader = find_reader(path)
    if reader.name in TABLES:
        from evenhand.readers.table import read_table

        return read_table(path, columns)
    turns = reader.read(path)
    if turns.is_empty():
        raise bad(path, f"{reader.title}: there is nothing said in it.", "Export it again.")
    return turns
