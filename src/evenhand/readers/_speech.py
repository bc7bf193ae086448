"""Pieces of speech with or without a name, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from evenhand.readers._cues import Cue
from evenhand.readers._flags import flag


@dataclass
class Piece:
    """What one person says in a cue.

    Args:
        cue: the cue that it stands in.
        name: the speaker's name, or None where none is given.
        text: what is said.
        change: true where a sign says that another person begins, whoever that is.
    """

    cue: Cue
    name: str | None
    text: str
    change: bool = False


def inherit(path: Path, pieces: Iterable[Piece]) -> list[Piece]:
    """Give a piece without a name the name above it, and flag how many there were.

    Where a sign says that another person begins and no name is given, nobody is named.
    """
    current: str | None = None
    without: list[int] = []
    found = list(pieces)
    for piece in found:
        if piece.name is None and not piece.change:
            without.append(piece.cue.line)
            piece.name = current
        current = piece.name
    if without:
        flag(
            path,
            f"{len(without)} of {len(found)} pieces name nobody; they are taken as the speaker's "
            "above them.",
            without[0],
        )
    return found


def rows_of(pieces: Sequence[Piece]) -> pl.DataFrame:
    """Pieces as `form_turns` takes them.

    Where several speak in one cue, when one ends and the next begins is unknown: null, so that
    nobody is taken to have talked over another.
    """
    rows = []
    for before, p, after in zip([None, *pieces], pieces, [*pieces[1:], None], strict=False):
        start = None if before is not None and before.cue is p.cue else p.cue.start_s
        end = None if after is not None and after.cue is p.cue else p.cue.end_s
        rows.append((p.name, p.text, start, end, p.cue.line, p.change))
    return pl.DataFrame(
        rows,
        schema={
            "speaker": pl.String,
            "text": pl.String,
            "start_s": pl.Float64,
            "end_s": pl.Float64,
            "source_line": pl.Int64,
            "change": pl.Boolean,
        },
        orient="row",
    )
