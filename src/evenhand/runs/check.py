"""`evenhand check`: everything wrong with the input, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.roles import NOBODY, unknown_speakers
from evenhand.readers import flags
from evenhand.runs.inputs import find_inputs
from evenhand.study.folder import TABLES, Study, is_study, read_config, read_study_table
from evenhand.study.plan import Settings
from evenhand.study.work import read_source

CONSENT = ("yes", "no")
ENDED = ("completed", "dropped out", "ongoing")
RATERS = ("client", "therapist")
STATUS = ("answered", "declined", "not asked", "unknown")
RELEASED = ("no", "theme", "words", "count")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, and the remedy."""

    what: str
    where: str
    remedy: str
    fatal: bool = True

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def check_study(root: Path) -> list[Problem]:
    """Look at a study folder, or at single files, and list all that is wrong.

    Raises:
        EvenhandError: there is no such folder or file.
    """
    if root.is_dir() and is_study(root):
        broken = list(_broken_tables(root))
        if broken:
            return broken
    inputs = find_inputs([root])
    problems = [Problem(e["what"], e["where"], e["remedy"]) for e in inputs.errors]
    problems += [Problem(note, root.name, "Nothing to do.", fatal=False) for note in inputs.notes]
    if inputs.study is not None:
        problems += _in_tables(inputs.study)
    settings = Settings(speakers={})
    for source in inputs.sources:
        problems += _in_transcript(source, settings)
    return problems


def _broken_tables(root: Path) -> Iterator[Problem]:
    """Tables that cannot be read at all, each by itself, so that one does not hide another."""
    for read in (read_config, *(_reader_of(name) for name in TABLES)):
        try:
            read(root)
        except EvenhandError as error:
            yield Problem(error.what, error.where, error.remedy)


def _reader_of(name: str) -> Any:
    return lambda root: read_study_table(root, name)


def _in_transcript(source: Any, settings: Settings) -> list[Problem]:
    with flags() as doubts:
        try:
            turns = read_source(source, settings)
        except EvenhandError as error:
            name = source.path.name
            where = error.where if name in error.where else f"{name}, {error.where}"
            return [Problem(error.what, where.rstrip(", "), error.remedy)]
    found = [
        Problem(doubt, source.path.name, "Look at those places; mend the file.", fatal=False)
        for doubt in doubts
    ]
    unknown = unknown_speakers(turns)
    if unknown.is_empty():
        return found
    labels = ", ".join(unknown["speaker"].fill_null(NOBODY).to_list()[:6])
    return [
        *found,
        Problem(
            f"Speakers outside the pair: {labels}. They enter no tilt.",
            source.path.name,
            "Nothing to do, if they are neither therapist nor client.",
            fatal=False,
        ),
    ]


def _in_tables(study: Study) -> list[Problem]:
    problems: list[Problem] = []
    if study.sessions is not None:
        problems += _repeated(study.sessions, "session_id", "sessions.csv")
        problems += _values(study.sessions, "consent", CONSENT, "sessions.csv")
        problems += _values(study.sessions, "ended", ENDED, "sessions.csv")
        problems += _dates(study.sessions, "sessions.csv")
        problems += _strangers(study.sessions, study.people)
    if study.people is not None:
        problems += _repeated(study.people, "person_id", "people.csv")
    if study.ratings is not None:
        problems += _values(study.ratings, "rater", RATERS, "ratings.csv")
        problems += _values(study.ratings, "status", STATUS, "ratings.csv")
        problems += _values(study.ratings, "released", RELEASED, "ratings.csv")
        problems += _dates(study.ratings, "ratings.csv")
        problems += _unknown_sessions(study.ratings, study.sessions)
    return problems


def _lines(frame: pl.DataFrame, wrong: pl.Series, file: str) -> Iterator[tuple[str, str]]:
    """(place, value) of the rows that are wrong; line 1 holds the headings."""
    for row in frame.with_row_index("line", offset=2).filter(wrong).iter_rows(named=True):
        yield f"{file}, line {row['line']}", str(row)


def _values(frame: pl.DataFrame, column: str, known: tuple[str, ...], file: str) -> list[Problem]:
    if column not in frame.columns:
        return []
    text = frame[column].str.to_lowercase()
    wrong = ~text.is_in(known) & text.is_not_null() & (text != "")
    return [
        Problem(f"{column} is none of: {', '.join(known)}.", place, "Use one of these words.")
        for place, _ in _lines(frame, wrong, file)
    ]


def _repeated(frame: pl.DataFrame, column: str, file: str) -> list[Problem]:
    wrong = frame[column].is_duplicated() & frame[column].is_not_null()
    return [
        Problem(f"This {column} stands in more than one row.", place, "Keep one, or rename.")
        for place, _ in _lines(frame, wrong, file)
    ]


def _dates(frame: pl.DataFrame, file: str) -> list[Problem]:
    if "date" not in frame.columns:
        return []
    text = frame["date"]
    wrong = text.str.to_date("%Y-%m-%d", strict=False).is_null() & text.is_not_null() & (text != "")
    return [
        Problem("The date is not written YYYY-MM-DD.", place, "Write it as 2026-05-13.")
        for place, _ in _lines(frame, wrong, file)
    ]


def _strangers(sessions: pl.DataFrame, people: pl.DataFrame | None) -> list[Problem]:
    if people is None:
        return []
    known = people["person_id"].implode()
    return [
        Problem(f"{column} is nobody in people.csv.", place, "Add the person, or mend the id.")
        for column in ("client_id", "therapist_id")
        if column in sessions.columns
        for place, _ in _lines(
            sessions,
            ~sessions[column].is_in(known) & sessions[column].is_not_null(),
            "sessions.csv",
        )
    ]


def _unknown_sessions(ratings: pl.DataFrame, sessions: pl.DataFrame | None) -> list[Problem]:
    if sessions is None:
        return []
    wrong = ~ratings["session_id"].is_in(sessions["session_id"].implode())
    return [
        Problem("The session is not in sessions.csv.", place, "Add it there, or mend the id.")
        for place, _ in _lines(ratings, wrong.fill_null(True), "ratings.csv")
    ]
