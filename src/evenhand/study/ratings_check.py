"""Everything wrong with the tables of a study folder: rows, dates, people, ratings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import rating_problems, read_own
from evenhand.study.folder import Study
from evenhand.study.lines import source_lines
from evenhand.study.ratings_rows import rated_rows, reversal_of

CONSENT = ("yes", "no")
ATTENDED = ("yes", "no", "true", "false", "1", "0")
ENDED = ("completed", "dropped out", "ongoing")
ROLES = ("client", "therapist")


@dataclass
class Found:
    """What must be mended, and what is worth a look."""

    wrong: list[EvenhandError] = field(default_factory=list)
    doubtful: list[EvenhandError] = field(default_factory=list)


def table_problems(study: Study) -> Found:
    """Look at people.csv, sessions.csv and ratings.csv, each row and all of them together.

    Returns:
        All problems, in the order of the tables and their rows.
    """
    found = Found()
    if study.people is not None:
        found.wrong += _missing(study.people, "person_id", "people.csv")
        found.wrong += _repeated(study.people, ["person_id"], "people.csv")
    if study.sessions is not None:
        _in_sessions(study.sessions, study.people, found)
    if study.ratings is not None:
        _in_ratings(study, study.ratings, found)
    found.doubtful += [
        EvenhandError(f"{one.what}: {one.count:,} values stay unread.", "ratings.csv", one.why)
        for one in study.unread
        if one.count
    ]
    return found


def _in_sessions(sessions: pl.DataFrame, people: pl.DataFrame | None, found: Found) -> None:
    file = "sessions.csv"
    found.wrong += _missing(sessions, "session_id", file)
    found.wrong += _repeated(sessions, ["session_id"], file)
    found.wrong += _repeated(sessions, ["client_id", "therapist_id", "number"], file)
    found.wrong += _values(sessions, "consent", CONSENT, file)
    found.wrong += _values(sessions, "ended", ENDED, file)
    found.wrong += _values(sessions, "attended", ATTENDED, file)
    found.wrong += _numbers(sessions, "number", file)
    found.wrong += _numbers(sessions, "planned", file)
    found.wrong += _dates(sessions, file)
    found.wrong += _out_of_order(sessions, file)
    found.wrong += _strangers(sessions, people)
    found.doubtful += _unsaid(sessions)


def _in_ratings(study: Study, ratings: pl.DataFrame, found: Found) -> None:
    file = "ratings.csv"
    own, _ = read_own(study.root)
    turned = None
    try:
        turned = reversal_of(study)
    except EvenhandError as error:
        found.wrong.append(error)
    found.wrong += rating_problems(rated_rows(study), own=own, reversal=turned, file=file)
    found.wrong += _dates(ratings, file)
    if study.sessions is not None:
        found.wrong += _unknown_sessions(ratings, study.sessions)
        found.wrong += _raters_who_are_nobody(ratings, study.sessions)
        found.doubtful += _rated_before(ratings, study.sessions)


def _at(frame: pl.DataFrame, wrong: pl.Series, file: str) -> Iterator[str]:
    """Places of the rows that are wrong; line 1 holds the headings."""
    for line in source_lines(frame).filter(wrong.fill_null(False)):
        yield f"{file}, line {line}"


def _values(
    frame: pl.DataFrame, column: str, known: tuple[str, ...], file: str
) -> list[EvenhandError]:
    if column not in frame.columns:
        return []
    text = frame[column].str.to_lowercase()
    what = f"{column} is none of: {', '.join(known)}."
    wrong = ~text.is_in(known) & (text != "")
    return [EvenhandError(what, at, "Use one of these words.") for at in _at(frame, wrong, file)]


def _repeated(frame: pl.DataFrame, columns: list[str], file: str) -> list[EvenhandError]:
    """Rows that stand there again, with all the lines of each."""
    if not set(columns) <= set(frame.columns):
        return []
    rows = frame.select(columns).with_columns(line=source_lines(frame)).drop_nulls(columns)
    twice = (
        rows.group_by(columns, maintain_order=True)
        .agg("line")
        .filter(pl.col("line").list.len() > 1)
    )
    what = f"This {' and '.join(columns)} stands in more than one row."
    return [
        EvenhandError(
            what, "; ".join(f"{file}, line {n}" for n in places), "Keep one, or rename the other."
        )
        for places in twice["line"].to_list()
    ]


def _missing(frame: pl.DataFrame, column: str, file: str) -> list[EvenhandError]:
    """Rows that hold something and do not say what they are of."""
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    wrong = frame[column].is_null() & filled
    return [
        EvenhandError(f"{column} is missing.", at, "Name it.") for at in _at(frame, wrong, file)
    ]


NUMBERS = {"number": "The number of the session", "planned": "The number of planned sessions"}


def _numbers(frame: pl.DataFrame, column: str, file: str) -> list[EvenhandError]:
    if column not in frame.columns:
        return []
    text = frame[column]
    wrong = ~text.str.contains(r"^\d{1,6}$") & (text != "")
    what, remedy = f"{NUMBERS[column]} is no whole number from 0.", "Write 1, 2, 3 …"
    return [EvenhandError(what, at, remedy) for at in _at(frame, wrong, file)]


def _dates(frame: pl.DataFrame, file: str) -> list[EvenhandError]:
    if "date" not in frame.columns:
        return []
    text = frame["date"]
    wrong = _as_dates(text).is_null() & text.is_not_null() & (text != "")
    what, remedy = "The date is not written YYYY-MM-DD.", "Write it as 2026-05-13."
    return [EvenhandError(what, at, remedy) for at in _at(frame, wrong, file)]


def _as_dates(text: pl.Series) -> pl.Series:
    return text.str.to_date("%Y-%m-%d", strict=False)


def _out_of_order(sessions: pl.DataFrame, file: str) -> list[EvenhandError]:
    """Sessions of a dyad that are dated before one with a lower number."""
    dyad = ["client_id", "therapist_id"]
    if not {*dyad, "number", "date"} <= set(sessions.columns):
        return []
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
    return [
        EvenhandError(
            "The session is dated before an earlier one of the same two people.",
            f"{file}, line {line} (the session before it: line {before})",
            "Mend the date or the number.",
        )
        for line, before in late.select("line", "before").iter_rows()
    ]


def _strangers(sessions: pl.DataFrame, people: pl.DataFrame | None) -> list[EvenhandError]:
    if people is None:
        return []
    known, remedy = people["person_id"].implode(), "Add the person, or mend the id."
    return [
        EvenhandError(f"{column} is nobody in people.csv.", at, remedy)
        for column in ("client_id", "therapist_id")
        if column in sessions.columns
        for at in _at(sessions, ~sessions[column].is_in(known), "sessions.csv")
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


def _unknown_sessions(ratings: pl.DataFrame, sessions: pl.DataFrame) -> list[EvenhandError]:
    wrong = ~ratings["session_id"].is_in(sessions["session_id"].implode())
    what, remedy = "The session is not in sessions.csv.", "Add it there, or mend the id."
    return [EvenhandError(what, at, remedy) for at in _at(ratings, wrong, "ratings.csv")]


def _raters_who_are_nobody(ratings: pl.DataFrame, sessions: pl.DataFrame) -> list[EvenhandError]:
    """Ratings by the client or therapist of a session that names no such person."""
    found: list[EvenhandError] = []
    for role in ROLES:
        if f"{role}_id" not in sessions.columns or sessions[f"{role}_id"].is_null().all():
            continue
        without = sessions.filter(pl.col(f"{role}_id").is_null())["session_id"]
        rated = ratings["rater"].str.to_lowercase() == role
        wrong = ratings["session_id"].is_in(without.drop_nulls().implode()) & rated
        what = f"The session was rated by the {role}, and sessions.csv names no {role} for it."
        remedy = f"Fill in {role}_id there, or mend the rater."
        found += [EvenhandError(what, at, remedy) for at in _at(ratings, wrong, "ratings.csv")]
    return found


def _rated_before(ratings: pl.DataFrame, sessions: pl.DataFrame) -> list[EvenhandError]:
    """Ratings that are dated before the session that they are of: possible, and often a slip."""
    if "date" not in ratings.columns or "date" not in sessions.columns:
        return []
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
    return [EvenhandError(what, at, remedy) for at in _at(ratings, early, "ratings.csv")]
