"""Everything wrong with the tables of a study folder: rows, dates, people, ratings."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.problems import (
    PROBLEMS,
    at_lines,
    place,
    problems_at,
    problems_of,
    repeated_rows,
)
from evenhand.instruments import problems_in, read_own
from evenhand.study.checked_tables import checked_problems, unknown_codes
from evenhand.study.folder import Study
from evenhand.study.lines import source_lines
from evenhand.study.ratings_rows import rated_rows, reversal_of

CONSENT = ("yes", "no")
ATTENDED = ("yes", "no", "true", "false", "1", "0")
ENDED = ("completed", "dropped out", "ongoing")
ROLES = ("client", "therapist")


@dataclass
class Found:
    """What must be mended, and what is worth a look: rows of `PROBLEMS`."""

    wrong: list[pl.DataFrame] = field(default_factory=list)
    doubtful: list[pl.DataFrame] = field(default_factory=list)


def table_problems(study: Study) -> Found:
    """Look at each row of the tables, and at all of them together.

    Returns:
        All problems, in the order of the tables and their rows.
    """
    found = Found()
    if study.people is not None:
        found.wrong.append(_missing(study.people, "person_id", "people.csv"))
        found.wrong.append(_repeated(study.people, ["person_id"], "people.csv"))
    if study.sessions is not None:
        _in_sessions(study.sessions, study.people, found)
    if study.ratings is not None:
        _in_ratings(study, study.ratings, found)
    _in_checked(study, found)
    unread = [
        EvenhandError(f"{one.what}: {one.count:,} values stay unread.", "ratings.csv", one.why)
        for one in study.unread
        if one.count
    ]
    found.doubtful.append(problems_of(unread))
    return found


def _in_sessions(sessions: pl.DataFrame, people: pl.DataFrame | None, found: Found) -> None:
    file = "sessions.csv"
    found.wrong += [
        _missing(sessions, "session_id", file),
        _repeated(sessions, ["session_id"], file),
        _repeated(sessions, ["client_id", "therapist_id", "number"], file),
        _values(sessions, "consent", CONSENT, file),
        _values(sessions, "ended", ENDED, file),
        _values(sessions, "attended", ATTENDED, file),
        _numbers(sessions, "number", file),
        _numbers(sessions, "planned", file),
        _dates(sessions, file),
        _out_of_order(sessions, file),
        *_strangers(sessions, people),
    ]
    found.doubtful.append(problems_of(_unsaid(sessions)))


def _in_ratings(study: Study, ratings: pl.DataFrame, found: Found) -> None:
    file = "ratings.csv"
    own, _ = read_own(study.root)
    turned = None
    try:
        turned = reversal_of(study)
    except EvenhandError as error:
        found.wrong.append(problems_of([error]))
    found.wrong.append(problems_in(rated_rows(study), own=own, reversal=turned, file=file))
    found.wrong.append(_dates(ratings, file))
    if study.sessions is not None:
        found.wrong.append(_unknown_sessions(ratings, study.sessions))
        found.wrong += _raters_who_are_nobody(ratings, study.sessions)
        found.doubtful.append(_rated_before(ratings, study.sessions))


NONE = pl.DataFrame(schema=PROBLEMS)


def _in_checked(study: Study, found: Found) -> None:
    """What people checked against the recording."""
    for name, frame in (("quality", study.quality), ("recall", study.recall)):
        if frame is not None:
            found.wrong += checked_problems(name, frame, source_lines(frame), study.sessions)
    if study.recall is not None:
        found.doubtful.append(unknown_codes(study.recall, source_lines(study.recall)))


def _at(frame: pl.DataFrame, wrong: pl.Series, file: str, what: str, remedy: str) -> pl.DataFrame:
    """The same thing wrong in some rows; lines are counted only where there are any."""
    return at_lines(source_lines(frame), wrong, file, what, remedy) if wrong.any() else NONE


def _values(frame: pl.DataFrame, column: str, known: tuple[str, ...], file: str) -> pl.DataFrame:
    if column not in frame.columns:
        return NONE
    text = frame[column].str.to_lowercase()
    what = f"{column} is none of: {', '.join(known)}."
    wrong = ~text.is_in(known) & (text != "")
    return _at(frame, wrong, file, what, "Use one of these words.")


def _repeated(frame: pl.DataFrame, columns: list[str], file: str) -> pl.DataFrame:
    if not set(columns) <= set(frame.columns):
        return NONE
    lines = source_lines(frame)
    return repeated_rows(frame, columns, lines, file, "Keep one, or rename the other.")


def _missing(frame: pl.DataFrame, column: str, file: str) -> pl.DataFrame:
    """Rows that hold something and do not say what they are of."""
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    wrong = frame[column].is_null() & filled
    return _at(frame, wrong, file, f"{column} is missing.", "Name it.")


NUMBERS = {"number": "The number of the session", "planned": "The number of planned sessions"}


def _numbers(frame: pl.DataFrame, column: str, file: str) -> pl.DataFrame:
    if column not in frame.columns:
        return NONE
    text = frame[column]
    wrong = ~text.str.contains(r"^\d{1,6}$") & (text != "")
    what, remedy = f"{NUMBERS[column]} is no whole number from 0.", "Write 1, 2, 3 …"
    return _at(frame, wrong, file, what, remedy)


def _dates(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    if "date" not in frame.columns:
        return NONE
    text = frame["date"]
    wrong = _as_dates(text).is_null() & text.is_not_null() & (text != "")
    what, remedy = "The date is not written YYYY-MM-DD.", "Write it as 2026-05-13."
    return _at(frame, wrong, file, what, remedy)


def _as_dates(text: pl.Series) -> pl.Series:
    return text.str.to_date("%Y-%m-%d", strict=False)


def _out_of_order(sessions: pl.DataFrame, file: str) -> pl.DataFrame:
    """Sessions of a dyad that are dated before one with a lower number."""
    dyad = ["client_id", "therapist_id"]
    if not {*dyad, "number", "date"} <= set(sessions.columns):
        return NONE
    rows = (
        sessions.select(
            *dyad,
            pl.col("number").cast(pl.Int64, strict=False),
            _as_dates(sessions["date"]).alias("day"),
            source_lines(sessions).alias("line"),
        )
        .drop_nulls(["client_id", "number", "day"])
        .sort("number", maintain_order=True)
        .with_columns(
            latest=pl.col("day").cum_max().shift().over(dyad),
            before=pl.col("line").shift().over(dyad),
        )
    )
    late = rows.filter(pl.col("day") < pl.col("latest")).sort("line")
    where = pl.format("{} (the session before it: line {})", place(file), "before")
    what = "The session is dated before an earlier one of the same two people."
    return problems_at(late.select(where).to_series(), what, "Mend the date or the number.")


def _strangers(sessions: pl.DataFrame, people: pl.DataFrame | None) -> list[pl.DataFrame]:
    if people is None:
        return []
    known, remedy = people["person_id"].implode(), "Add the person, or mend the id."
    return [
        _at(
            sessions,
            ~sessions[column].is_in(known),
            "sessions.csv",
            f"{column} is nobody in people.csv.",
            remedy,
        )
        for column in ("client_id", "therapist_id")
        if column in sessions.columns
    ]


UNSAID = {
    "consent": (
        "No consent is on record, so words, readings and ratings are used for nothing",
        "Write yes where it was given, or take the column out where consent is kept elsewhere.",
    ),
    "client_id": (
        "No client is named, so the session belongs to no treatment over time",
        "Fill in client_id.",
    ),
    "therapist_id": (
        "No therapist is named, so the session belongs to no treatment over time",
        "Fill in therapist_id; an id of your own making will do.",
    ),
}
"""What it costs that a cell of sessions.csv is empty, and the remedy."""

SHOWN = 6
"""Lines that one doubt names."""


def _unsaid(sessions: pl.DataFrame) -> list[EvenhandError]:
    """Sessions that are not used, or not followed, because a cell is empty; one doubt a column."""
    found = []
    for column, (what, remedy) in UNSAID.items():
        if column not in sessions.columns:
            continue
        empty = (sessions[column].fill_null("") == "") & sessions["session_id"].is_not_null()
        lines = [str(line) for line in source_lines(sessions).filter(empty)]
        if lines:
            more = f" … and {len(lines) - SHOWN:,} more" if len(lines) > SHOWN else ""
            at = f"sessions.csv, column {column}, lines {', '.join(lines[:SHOWN])}{more}"
            found.append(EvenhandError(f"{what}: {len(lines):,} rows.", at, remedy))
    return found


def _unknown_sessions(ratings: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    wrong = ~ratings["session_id"].is_in(sessions["session_id"].implode())
    what, remedy = "The session is not in sessions.csv.", "Add it there, or mend the id."
    return _at(ratings, wrong, "ratings.csv", what, remedy)


def _raters_who_are_nobody(ratings: pl.DataFrame, sessions: pl.DataFrame) -> list[pl.DataFrame]:
    """Ratings by the client or therapist of a session that names no such person."""
    found: list[pl.DataFrame] = []
    for role in ROLES:
        if f"{role}_id" not in sessions.columns or sessions[f"{role}_id"].is_null().all():
            continue
        without = sessions.filter(pl.col(f"{role}_id").is_null())["session_id"]
        rated = ratings["rater"].str.to_lowercase() == role
        wrong = ratings["session_id"].is_in(without.drop_nulls().implode()) & rated
        what = f"The session was rated by the {role}, and sessions.csv names no {role} for it."
        remedy = f"Fill in {role}_id there, or mend the rater."
        found.append(_at(ratings, wrong, "ratings.csv", what, remedy))
    return found


def _rated_before(ratings: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Ratings that are dated before the session that they are of: possible, and often a slip."""
    if "date" not in ratings.columns or "date" not in sessions.columns:
        return NONE
    held = sessions.select("session_id", _as_dates(sessions["date"]).alias("held"))
    rows = ratings.select("session_id", _as_dates(ratings["date"]).alias("rated")).join(
        held.drop_nulls().unique("session_id"),
        on="session_id",
        how="left",
        maintain_order="left",
    )
    what = "The rating is dated before its session."
    remedy = "Nothing to do if it was filled in before; otherwise mend the date or the session."
    early = rows["rated"] < rows["held"]
    return _at(ratings, early, "ratings.csv", what, remedy)
