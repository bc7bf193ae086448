"""A large ratings.csv, read in parts in each of which every session is whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from evenhand.study.folder import scan_table
from evenhand.study.lines import breaks_in, source_lines

ROWS = 500_000
"""Rows of a part, about."""


class Scattered(Exception):
    """Rows of one session do not stand together, so that no part can be whole by itself."""


def whole_sessions(path: Path) -> Iterator[pl.DataFrame]:
    """Parts of a long ratings.csv, each with ``source_line``.

    Raises:
        Scattered: once all parts are given: a session was in more than one of them.
    """
    seen: list[pl.Series] = []
    rest: pl.DataFrame | None = None
    for batch in _numbered(path):
        part = batch if rest is None else pl.concat([rest, batch])
        ids = part["session_id"].str.strip_chars()
        others = ids.ne_missing(ids[-1]).arg_true()
        cut = int(others[-1]) + 1 if len(others) else 0
        rest = part.slice(cut)
        if cut:
            seen.append(ids.slice(0, cut).unique().hash())
            yield part.slice(0, cut)
    if rest is not None and rest.height:
        seen.append(rest["session_id"].str.strip_chars().unique().hash())
        yield rest
    if seen and pl.concat(seen).n_unique() != sum(map(len, seen)):
        raise Scattered


def _numbered(path: Path) -> Iterator[pl.DataFrame]:
    """The file's rows in order, with the line of each; blank lines are no rows."""
    line, broken = 2, _has_quotes(path)
    for batch in scan_table(path).collect_batches(chunk_size=ROWS, maintain_order=True):
        looked = batch if broken else batch.select(pl.first())
        lines = source_lines(looked, line)
        if batch.height:
            line = int(lines[-1]) + int(breaks_in(looked)[-1]) + 1
        blank = batch.select(pl.all_horizontal(pl.all().is_null())).to_series()
        yield batch.with_columns(source_line=lines.cast(pl.String)).filter(~blank)


def _has_quotes(path: Path) -> bool:
    """Whether a cell may hold a line break: it would stand in quotes."""
    with path.open("rb") as handle:
        while piece := handle.read(1 << 22):
            if b'"' in piece:
                return True
    return False
