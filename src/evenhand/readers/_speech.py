"""Pieces of speech with or without a name, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from evenhand.readers._bytes import bad
from evenhand.readers._cues import Cue
from evenhand.readers._flags import flag
from evenhand.readers._names import (
    is_nobody,
    settle_names,
    split_bracket,
    split_prefix,
    written_as_name,
)

MARK = re.compile(r"^\s*(?:>{2,3}|[-–](?=\s*[^\W\d]|\s*[\[>\"'“‘¿¡]))\s*")
"""A sign that another person begins: ``>>`` or a single dash."""


@dataclass(slots=True)
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


def _unmarked(text: str) -> tuple[str, bool]:
    """A line without the sign that another person begins, and whether there was one."""
    found = MARK.match(text)
    return (text[found.end() :], True) if found else (text, False)


def _pair(text: str, marks: bool) -> tuple[str, str] | None:
    return split_prefix(text) or (split_bracket(text) if marks else None)


def by_name(path: Path, lines: Sequence[tuple[Cue, str]], marks: bool) -> list[Piece]:
    """Pieces of lines that may begin with a name and a colon.

    Args:
        path: the file, for what is flagged.
        lines: each line of each cue, in order.
        marks: whether ``[Name]``, ``- `` and ``>>`` mark a speaker too.
    """
    cut = [
        (cue, MARK.sub("", t) if marks else t, marks and bool(MARK.match(t))) for cue, t in lines
    ]
    pairs = [_pair(text, marks) for _, text, _ in cut]
    names = settle_names((pair[0] for pair in pairs if pair), len({id(cue) for cue, _ in lines}))
    _flag_doubts(
        path, [(cue, pair[0]) for (cue, *_), pair in zip(cut, pairs, strict=True) if pair], names
    )
    pieces: list[tuple[Piece, list[str]]] = []
    for (cue, text, change), pair in zip(cut, pairs, strict=True):
        if pair and pair[0] in names:
            pieces.append((Piece(cue, pair[0], ""), [pair[1]]))
        elif not change and pieces and pieces[-1][0].cue is cue:
            pieces[-1][1].append(text)
        else:
            pieces.append((Piece(cue, None, "", change), [text]))
    for piece, said in pieces:
        piece.text = " ".join(said).strip()
    return [piece for piece, _ in pieces]


def _flag_doubts(path: Path, found: list[tuple[Cue, str]], names: frozenset[str]) -> None:
    """Flag what is written as a name, and comes too seldom to be taken for one."""
    doubts = [cue.line for cue, name in found if name not in names and written_as_name(name)]
    if doubts and names:
        flag(
            path,
            f"{len(doubts)} pieces begin with a word and a colon that were not taken for a name.",
            doubts[0],
        )


def inherit(path: Path, pieces: Iterable[Piece]) -> list[Piece]:
    """Give a piece without a name the name above it, and flag how many there were.

    Where a sign says that another person begins and no name is given, nobody is named.
    """
    current: str | None = None
    without: list[int] = []
    found = list(pieces)
    for piece in found:
        if piece.name is not None and is_nobody(piece.name):
            piece.name, piece.change = None, True
        if piece.name is None and not piece.change:
            without.append(piece.cue.line)
            piece.name = current
        current = piece.name
    unnamed = sum(piece.change for piece in found)
    if unnamed:
        flag(path, f"{unnamed} of {len(found)} pieces begin another speaker and name nobody.")
    if without:
        flag(
            path,
            f"{len(without)} of {len(found)} pieces name nobody; they are taken as the speaker's "
            "above them.",
            without[0],
        )
    return found


def need_names(path: Path, pieces: Sequence[Piece]) -> None:
    """Refuse a file in which nobody is named.

    Raises:
        EvenhandError: no piece has a name.
    """
    if not any(piece.name for piece in pieces):
        raise bad(
            path,
            "No cue says who speaks.",
            "Export it with speakers' names, or begin cues with NAME and a colon.",
            pieces[0].cue.line if pieces else 1,
        )


def rows_of(pieces: Sequence[Piece]) -> pl.DataFrame:
    """Pieces as `form_turns` takes them.

    Where several speak in one cue, when one ends and the next begins is unknown: null, so that
    nobody is taken to have talked over another.
    """
    pieces = [piece for piece in pieces if piece.text]
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
