"""Ratings that leave a study: what may go, and tidy CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from evenhand.instruments import Instrument, canonical_ratings, rating_problems, score_ratings
from evenhand.study.folder import Study
from evenhand.study.ratings_brought import RATING_COLUMNS
from evenhand.study.ratings_cells import quoted
from evenhand.study.ratings_into import refuse
from evenhand.study.ratings_rows import rated_rows, reversal_of
from evenhand.study.ratings_scored import RATINGS
from evenhand.study.ratings_write import write_all

RELEASED_IN_FULL = "words"
"""The release that lets an answer go to somebody else. A theme is words of the person's own, and
a count is of a group: neither leaves as one person's answer."""

OURS = {"client_id": "client_id", "therapist_id": "therapist_id", "number": "session_number"}
"""What goes along of a session, so that another study can find it again."""


@dataclass(frozen=True)
class Leaving:
    """Answers that leave, and how many stay.

    Args:
        rows: a frame of `CANONICAL`, with client_id, therapist_id and session_number.
        scores: a frame of `RATINGS`, of all answers; of those that leave, where not all do.
        unreleased: answers that stay because they were not released.
        words: free-text answers that stay because words never leave by default.
    """

    rows: pl.DataFrame
    scores: pl.DataFrame
    unreleased: int = 0
    words: int = 0


def leaving(study: Study, own: Sequence[Instrument], everything: bool) -> Leaving:
    """The answers of a study that may leave it.

    Args:
        study: whose ratings.
        own: its own instruments.
        everything: the holder's own data, whole; otherwise only what was released, and no words.

    Raises:
        EvenhandError: the ratings are wrong, so that nobody can say what they are.
    """
    frame, turned = rated_rows(study), reversal_of(study)
    problems = rating_problems(frame, own=own, reversal=turned)
    refuse(problems, "are wrong", "ratings.csv", "exported")
    rows = _about_sessions(canonical_ratings(frame, own=own), study)
    scores = score_ratings(frame, own=own, reversal=turned).select(RATINGS.names())
    if everything:
        return Leaving(rows, scores)
    released = rows["released"] == RELEASED_IN_FULL
    spoken = rows["kind"] == "open"
    kept = rows.filter(released & ~spoken)
    words = int((released & spoken).sum())
    stayed = rows.height - kept.height - words
    return Leaving(kept, _scores_of(kept, scores), stayed, words)


def _scores_of(kept: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Scores that were released, of forms of which an answer leaves."""
    form = ["session_id", "rater", "instrument"]
    held = scores.filter(pl.col("released") == RELEASED_IN_FULL)
    return held.join(kept.select(form).unique(), on=form, how="semi", maintain_order="left")


def _about_sessions(rows: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Add client, therapist and number of each answer's session."""
    sessions = study.sessions
    if sessions is None:
        sessions = pl.DataFrame(schema={"session_id": pl.String})
    none = pl.lit(None, pl.String)
    known = {name: pl.col(name) if name in sessions.columns else none for name in OURS}
    about = sessions.drop_nulls("session_id").unique("session_id", keep="first")
    told = about.select("session_id", *(known[n].alias(our) for n, our in OURS.items()))
    return rows.join(told, on="session_id", how="left", maintain_order="left")


def write_csv(leaving: Leaving, own: Sequence[Instrument], out: Path) -> list[Path]:
    """Write ``ratings.csv``, a row an answer, and ``scores.csv``, a row a score.

    Cells that a spreadsheet would run as a formula are quoted; `evenhand import` takes the
    quote away again.

    Returns:
        The files.

    Raises:
        EvenhandError: the folder cannot be written; nothing was changed.
    """
    tidy = leaving.rows.select(*RATING_COLUMNS, *OURS.values())
    files = {out / "ratings.csv": _bytes(tidy), out / "scores.csv": _bytes(leaving.scores)}
    write_all(files)
    return list(files)


def _bytes(frame: pl.DataFrame) -> bytes:
    return frame.with_columns(quoted(pl.col(pl.String))).write_csv().encode()
