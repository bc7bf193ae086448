"""From recognised words to pieces: words of one speaker join until the speaker changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

import polars as pl

from evenhand.readers._bytes import bad

PAUSE_S = 1.0
"""A channel of its own is broken here, so that the other's words can come in between."""

_SIGNS = re.compile(r"^[.,;:!?…%)\]}»”]+$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or sign as recognised; times in seconds, None where unknown.

    ``attached`` says that no space comes before it.
    """

    text: str
    speaker: str | None
    start_s: float | None
    end_s: float | None
    line: int
    attached: bool = False


@dataclass(slots=True)
class Piece:
    """Words of one speaker without a change between them."""

    speaker: str | None
    line: int
    start_s: float | None = None
    end_s: float | None = None
    parts: list[str] = field(default_factory=list)

    def add(self, word: Word) -> None:
        """Take in a word; a time that it does not have is not made up."""
        joined = word.attached or _SIGNS.match(word.text)
        self.parts.append(word.text if joined or not self.parts else f" {word.text}")
        if self.start_s is None:
            self.start_s = word.start_s
        if word.end_s is not None:
            self.end_s = word.end_s if self.end_s is None else max(self.end_s, word.end_s)

    @property
    def text(self) -> str:
        """What was said, with single spaces."""
        return " ".join("".join(self.parts).split())


Timed = TypeVar("Timed", Word, Piece)


def pieces_of(words: Iterable[Word], pause_s: float | None = None) -> Iterator[Piece]:
    """Join words until the speaker changes, or until a pause of `pause_s` or more."""
    piece: Piece | None = None
    for word in words:
        if piece is not None:
            gap = _gap(piece, word)
            if word.speaker == piece.speaker and (pause_s is None or gap < pause_s):
                piece.add(word)
                continue
            yield piece
        piece = Piece(word.speaker, word.line)
        piece.add(word)
    if piece is not None:
        yield piece


def _gap(piece: Piece, word: Word) -> float:
    if piece.end_s is None or word.start_s is None:
        return 0.0
    return word.start_s - piece.end_s


def in_order(path: Path, stream: Iterable[Timed]) -> list[Timed]:
    """Words or pieces of one stream, refused where their times run backwards.

    Who begins before the one above ends, or before they began, talks at the same time; who is
    done before the one above begins is out of order.

    Raises:
        EvenhandError: one ends before the one above it starts.
    """
    found = list(stream)
    above = 0.0
    for piece in found:
        last = piece.end_s if piece.end_s is not None else piece.start_s
        if last is not None and last < above:
            raise bad(path, "The times run backwards.", "Export it again.", piece.line)
        above = piece.start_s if piece.start_s is not None else above
    return found


def by_start(channels: Iterable[Iterable[Piece]]) -> list[Piece]:
    """Pieces of several channels in the order of their starts.

    A piece without a time stays behind the one before it in its channel.
    """
    placed: list[tuple[float, Piece]] = []
    for channel in channels:
        latest = 0.0
        for piece in channel:
            latest = piece.start_s if piece.start_s is not None else latest
            placed.append((latest, piece))
    return [piece for _, piece in sorted(placed, key=lambda pair: pair[0])]


def need_speakers(path: Path, pieces: Iterable[Piece]) -> list[Piece]:
    """Refuse recognised speech in which nobody is told apart.

    Raises:
        EvenhandError: no piece has a speaker.
    """
    found = list(pieces)
    if found and all(piece.speaker is None for piece in found):
        raise bad(
            path,
            "Nothing in it says who speaks.",
            "Transcribe it again with speakers told apart (diarisation).",
            found[0].line,
        )
    return found


def frame_of(pieces: Iterable[Piece]) -> pl.DataFrame:
    """Pieces as `core.turns.form_turns` takes them."""
    names = ("speaker", "start_s", "end_s", "text")
    rows = [(*attrgetter(*names)(piece), piece.line) for piece in pieces]
    kinds = [pl.String, pl.Float64, pl.Float64, pl.String, pl.Int64]
    schema = dict(zip((*names, "source_line"), kinds, strict=True))
    return pl.DataFrame(rows, schema=schema, orient="row")
