"""A study folder: its settings, its tables, and where its transcripts are."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.study.lines import called
from evenhand.study.ratings_beside import is_wide, long_ratings
from evenhand.study.ratings_brought import LeftOut

TABLES: Mapping[str, tuple[str, ...]] = {
    "people": ("person_id", "role"),
    "sessions": ("session_id",),
    "ratings": ("session_id", "rater", "instrument", "value"),
    "quality": ("session_id", "role", "words_checked", "word_errors"),
    "recall": ("session_id", "role", "code", "acts_checked", "acts_found"),
}
"""A study's tables and the columns that each cannot do without."""


LARGE = 32 << 20
"""Bytes from which ratings.csv is not held as a whole unless somebody asks for all of it."""

MARKS = ("study.toml", "sessions.csv", "ratings.csv")
"""Files of which a study has at least one."""


@dataclass(frozen=True)
class Study:
    """A study as its folder has it; absent tables are None.

    Ratings are asked for as `ratings`. ``unread`` is what of a wide ratings.csv no
    instrument takes. ``speakers`` maps a label to a role for all sessions, ``speakers_of`` for one.
    """

    root: Path
    title: str
    config: Mapping[str, Any]
    people: pl.DataFrame | None = None
    sessions: pl.DataFrame | None = None
    read_ratings: pl.DataFrame | None = None
    large_ratings: Path | None = None
    quality: pl.DataFrame | None = None
    recall: pl.DataFrame | None = None
    unread: Sequence[LeftOut] = ()
    speakers: Mapping[str, str] = field(default_factory=dict)
    speakers_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def rated(self) -> bool:
        """Whether there is a ratings.csv."""
        return self.read_ratings is not None or self.large_ratings is not None

    @cached_property
    def ratings(self) -> pl.DataFrame | None:
        """All ratings, a row an answer; a large file is read when it is asked for as a whole."""
        if self.large_ratings is not None:
            return read_study_table(self.root, "ratings")
        return self.read_ratings

    def ratings_of(self, sessions: pl.Series) -> pl.DataFrame | None:
        """The ratings of some sessions; of a large file nothing else is held."""
        here = pl.col("session_id").str.strip_chars().is_in(sessions.implode())
        if self.large_ratings is not None:
            return tidy(scan_table(self.large_ratings).filter(here).collect(engine="streaming"))
        return None if self.read_ratings is None else self.read_ratings.filter(here)

    @property
    def coders(self) -> tuple[str, ...]:
        """Names of coders that study.toml asks for."""
        named = self.config.get("coders", ())
        return (named,) if isinstance(named, str) else tuple(named)


def is_study(path: Path) -> bool:
    """True for a folder that holds a study.toml, a sessions.csv or a ratings.csv."""
    return path.is_dir() and any((path / name).exists() for name in MARKS)


def read_config(root: Path) -> dict[str, Any]:
    """study.toml as a dict, empty where there is none.

    Raises:
        EvenhandError: the file is no TOML, with its line.
    """
    path = root / "study.toml"
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        at = str(error).partition("(at ")[2].rstrip(")")
        where = f"study.toml, {at}" if at.startswith("line") else "study.toml"
        raise EvenhandError(
            "study.toml cannot be read as TOML.", where, "Mend that line; strings need quotes."
        ) from None


def read_study_table(root: Path, name: str) -> pl.DataFrame | None:
    """One of a study's tables, all columns as text; None where the file is absent.

    Raises:
        EvenhandError: it cannot be read, or lacks a column that it cannot do without.
    """
    path = root / f"{name}.csv"
    if not path.exists():
        return None
    try:
        frame = pl.read_csv(path, infer_schema_length=0, encoding="utf8")
    except pl.exceptions.NoDataError:
        raise EvenhandError(
            f"{name}.csv is empty.", path.name, "Fill it in, or delete it."
        ) from None
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise EvenhandError(
            f"{name}.csv cannot be read as a CSV in UTF-8.",
            path.name,
            "Save it again as CSV (UTF-8), with a comma between the columns.",
        ) from None
    frame = tidy(frame)
    _check_columns(frame, name)
    return frame


def tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Names and cells without blanks at their ends."""
    return frame.rename(called(frame.columns)).with_columns(pl.col(pl.String).str.strip_chars())


def scan_table(path: Path) -> pl.LazyFrame:
    """A table of the study, all columns as text, not read yet."""
    table = pl.scan_csv(path, infer_schema=False, encoding="utf8")
    return table.rename(called(table.collect_schema().names()))


def _check_columns(frame: pl.DataFrame, name: str) -> None:
    path = Path(f"{name}.csv")
    missing = [c for c in TABLES[name] if c not in frame.columns]
    if missing and not (name == "ratings" and is_wide(frame)):
        raise EvenhandError(
            f"{name}.csv has no column {', '.join(missing)}.",
            f"{path.name}, line 1",
            _remedy_of(frame.columns),
        )


def _remedy_of(columns: Sequence[str]) -> str:
    """What to do about headings that are not ours; one long heading is many in other marks."""
    if len(columns) == 1:
        for mark, called in ((";", "semicolons"), ("\t", "tabs")):
            if mark in columns[0]:
                return f"Its columns stand apart by {called}: save it again with commas."
    return f"Its columns are {', '.join(columns[:12])}: rename or add."


def load_study(root: Path) -> Study:
    """Read a study folder.

    Raises:
        EvenhandError: no such folder, or a table that cannot be used.
    """
    if not root.is_dir():
        raise EvenhandError(
            "There is no such folder.",
            str(root),
            "Give a study folder; `evenhand new DIR` makes one.",
        )
    config = read_config(root)
    speakers = config.get("speakers", {})
    if not isinstance(speakers, dict):
        raise EvenhandError(
            "[speakers] is not a table.", "study.toml", 'Write [speakers] and "Name" = "client".'
        )
    large = _large_ratings(root)
    tables = {n: read_study_table(root, n) for n in TABLES if n != "ratings" or large is None}
    unread: Sequence[LeftOut] = ()
    ratings = tables.pop("ratings", None)
    if ratings is not None and is_wide(ratings):
        ratings, unread = long_ratings(root, ratings, config, tables["sessions"])
    return Study(
        root=root,
        title=str(config.get("title", root.resolve().name)),
        config=config,
        read_ratings=ratings,
        large_ratings=large,
        unread=unread,
        speakers={k: v for k, v in speakers.items() if isinstance(v, str)},
        speakers_of={k: v for k, v in speakers.items() if isinstance(v, dict)},
        **tables,
    )


def _large_ratings(root: Path) -> Path | None:
    """ratings.csv where it is large and a row of it is an answer."""
    path = root / "ratings.csv"
    if not path.exists() or path.stat().st_size < LARGE:
        return None
    try:
        head = tidy(scan_table(path).head(1).collect())
    except pl.exceptions.PolarsError:
        return None
    missing = set(TABLES["ratings"]) - set(head.columns)
    return None if missing or is_wide(head) else path


def speakers_by_name(study: Study) -> dict[str, str]:
    """Roles that people.csv states for people whose name may stand as a speaker's label."""
    if study.people is None:
        return {}
    frame = study.people
    stated: dict[str, str] = {}
    for column in ("name", "person_id"):
        if column in frame.columns:
            rows = frame.filter(pl.col(column).is_not_null() & pl.col("role").is_not_null())
            stated |= dict(zip(rows[column], rows["role"], strict=True))
    return stated
