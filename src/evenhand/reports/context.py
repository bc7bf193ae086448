"""What a report is made from: the tables of an examination and what is known of the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.instruments import Instrument
from evenhand.release.released import ReleasedTable

MOST_PAGES = 400
"""Session pages that are written unless more are asked for: a folder that one can still open."""


@dataclass(frozen=True)
class ReportData:
    """Everything that the pages show. Frames are as in `core.tables`.

    Args:
        title: the study's title, or the file's name.
        turns: a row a turn; codes, readings, pooled, evidence and rates alike.
        codes: see `turns`.
        readings: see `turns`.
        pooled: see `turns`.
        evidence: see `turns`.
        rates: see `turns`.
        indicators: name to declaration, for titles, units and cautions.
        sessions: sessions.csv, or None.
        people: people.csv, or None. Positions in it are never used to phrase a prompt.
        ratings: ratings.csv, or None; rows that nobody released are left out while rendering.
        scores: the ratings, scored (`ratings.parquet`), or None: then ratings that are scores
            already are taken as they are.
        instruments: the study's own instruments.
        course: tables of treatments over time by name, those of the dyads that are shown;
            ``chances`` and ``reasons`` only of the reader's own treatments.
        released: figures of the group, as tables that disclosure control has let pass; there are
            no others on a page.
        not_released: why there are none, as it goes on after "There is no group figure:".
        notes: plain sentences about the input as a whole.
        session_notes: session_id to sentences about its own transcript alone.
        errors: files that could not be read: file, what, where, remedy.
        disagreements: read back from exported files (`disagreements.read_disagreements`).
        roles: what the two roles are called where ``--roles`` mapped others.
        for_person: the person_id whose page it is: they see their own ratings, and a therapist
            is addressed as "you".
        most_pages: session pages to write at most.
        mirror: the page of the study's mirror, where it lies beside these; else "".
        command: how more pages are asked for, printed where some were left out.
    """

    title: str
    turns: pl.DataFrame
    codes: pl.DataFrame
    readings: pl.DataFrame
    pooled: pl.DataFrame
    evidence: pl.DataFrame
    rates: pl.DataFrame
    indicators: Mapping[str, Indicator]
    sessions: pl.DataFrame | None = None
    people: pl.DataFrame | None = None
    ratings: pl.DataFrame | None = None
    scores: pl.DataFrame | None = None
    instruments: Sequence[Instrument] = ()
    course: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    released: Sequence[ReleasedTable] = ()
    not_released: str = ""
    notes: Sequence[str] = ()
    session_notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Sequence[Mapping[str, Any]] = ()
    disagreements: Sequence[Mapping[str, Any]] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    for_person: str | None = None
    most_pages: int = MOST_PAGES
    mirror: str = ""
    command: str = "evenhand examine STUDY --pages all"
