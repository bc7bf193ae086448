"""What an import reads, before it goes into a study: answers, and what stayed outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from evenhand.instruments import Instrument, Place, all_instruments, find_place

RATING_COLUMNS = (
    "session_id",
    "rater",
    "instrument",
    "item",
    "scale",
    "value",
    "date",
    "status",
    "released",
)
"""Columns of ratings.csv, in their order."""

ABOUT_SESSION = ("client_id", "therapist_id", "number", "event")
"""What a file may say of a row's session besides its id."""

PLACES = ("source_file", "source_line")

ANSWERS = pl.Schema(dict.fromkeys((*RATING_COLUMNS, *ABOUT_SESSION, *PLACES), pl.String))
"""A row an answer; ``session_id`` is null where the study must say which session it is."""


@dataclass(frozen=True)
class LeftOut:
    """Something of a file that stayed outside: what it is, how many values, and why."""

    what: str
    count: int
    why: str


@dataclass(frozen=True)
class Brought:
    """What one file brings.

    Args:
        kind: its format, in words.
        answers: a frame of `ANSWERS`.
        left_out: columns, links or rows that stayed outside, each with its count.
        mapped: the file's own name of each thing that was understood, and what it is taken for.
        wording: TOML files for the study's folder of instruments: name to text.
    """

    kind: str
    answers: pl.DataFrame
    left_out: Sequence[LeftOut] = ()
    mapped: Mapping[str, str] = field(default_factory=dict)
    wording: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What the person at the keyboard said about a file.

    Args:
        columns: our name to the file's own: ``session_id``, ``phq9_1`` and the like.
        rater: who filled in what does not say it.
        missing: a code of the file to ``declined``, ``not asked`` or ``unknown``.
        dictionary: a REDCap data dictionary.
        own: the study's own instruments.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    rater: str | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    dictionary: Path | None = None
    own: tuple[Instrument, ...] = ()

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """All instruments that can be meant."""
        return tuple(all_instruments(self.own).values())

    def ours(self, theirs: str) -> str:
        """What a name of the file is called here, by ``--columns`` or by itself."""
        for mine, name in self.columns.items():
            if name == theirs:
                return mine
        return theirs

    def place(self, label: str, within: Instrument | None = None) -> Place | None:
        """The item or scale that a name of the file stands for."""
        mine = self.ours(label)
        known = self.instruments
        return find_place(mine, known, within if mine == label else None, self.rater)


def no_answers() -> pl.DataFrame:
    """A frame of `ANSWERS` without rows."""
    return pl.DataFrame(schema=ANSWERS)


def as_answers(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with the columns of `ANSWERS`, in their order; those that are not there are null."""
    return frame.select(
        (pl.col(n).cast(pl.String) if n in frame.columns else pl.lit(None, pl.String)).alias(n)
        for n in ANSWERS
    )


def together(left_out: Iterable[LeftOut]) -> list[LeftOut]:
    """The same thing left out in several places, counted once."""
    counts: dict[tuple[str, str], int] = {}
    for one in left_out:
        counts[one.what, one.why] = counts.get((one.what, one.why), 0) + one.count
    return [LeftOut(what, n, why) for (what, why), n in counts.items() if n]
