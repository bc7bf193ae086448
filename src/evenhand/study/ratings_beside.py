"""A study's own ratings.csv that has a row a form: read where it stands, as an import would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import own_instruments
from evenhand.study.lines import source_lines
from evenhand.study.ratings_brought import Asked, LeftOut
from evenhand.study.ratings_csv import is_long, read_csv, read_wide
from evenhand.study.ratings_redcap import is_redcap, read_dictionary, read_redcap
from evenhand.study.ratings_sessions import with_sessions

FILE = "ratings.csv"


def is_wide(frame: pl.DataFrame) -> bool:
    """Whether a row of ratings.csv is a form: it lacks an answer's columns and names a client."""
    names = {"session_id", "client_id", "record_id", "redcap_event_name"}
    return not is_long(frame, Asked()) and bool(names & set(frame.columns)) and _has_items(frame)


def _has_items(frame: pl.DataFrame) -> bool:
    asked = Asked()
    return is_redcap(frame, asked) or any(asked.place(name) for name in frame.columns)


def long_ratings(
    root: Path, frame: pl.DataFrame, config: Mapping[str, Any], sessions: pl.DataFrame | None
) -> tuple[pl.DataFrame, Sequence[LeftOut]]:
    """A wide ratings.csv as a row an answer, and what of it stays unread.

    What `evenhand import` takes as options stands in ``[ratings]`` of study.toml: ``columns``,
    ``missing``, ``rater``, ``dictionary``.

    Args:
        root: the study's folder.
        frame: the table as it stands.
        config: study.toml.
        sessions: sessions.csv, in which the session of each row is looked for.

    Raises:
        EvenhandError: ``[ratings]`` is wrong, or the table cannot be read by it.
    """
    said = config.get("ratings", {})
    asked = _asked(root, said if isinstance(said, dict) else {})
    numbered = frame.with_columns(
        source_file=pl.lit(FILE), source_line=source_lines(frame).cast(pl.String)
    )
    if is_redcap(frame, asked):
        dictionary = {}
        if asked.dictionary is not None:
            name = asked.dictionary.name
            dictionary = read_dictionary(read_csv(_bytes(asked.dictionary), name), name)
        brought = read_redcap(numbered, asked, FILE, dictionary)
    else:
        brought = read_wide(numbered, asked, FILE)
    return with_sessions(brought.answers, sessions), brought.left_out


def _asked(root: Path, said: Mapping[str, Any]) -> Asked:
    columns, missing = (_words(said, key) for key in ("columns", "missing"))
    rater, dictionary = said.get("rater"), said.get("dictionary")
    return Asked(
        columns=columns,
        missing=missing,
        rater=rater if isinstance(rater, str) else None,
        dictionary=root / dictionary if isinstance(dictionary, str) else None,
        own=own_instruments(root),
    )


def _words(said: Mapping[str, Any], key: str) -> dict[str, str]:
    given = said.get(key, {})
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise EvenhandError(
            f"{key} of [ratings] is no table of words.",
            "study.toml",
            f'Write [ratings.{key}] and lines such as "ours" = "theirs".',
        )
    return dict(given)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise EvenhandError(
            "The dictionary that study.toml names is not there.",
            f"study.toml, ratings.dictionary: {path.name}",
            "Put it into the study's folder, or mend its name.",
        ) from None
