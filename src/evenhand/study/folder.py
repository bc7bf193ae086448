"""A study folder: its settings, its tables, and where its transcripts are."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.study.ratings_beside import is_wide, long_ratings
from evenhand.study.ratings_brought import LeftOut

TABLES: Mapping[str, tuple[str, ...]] = {
    "people": ("person_id", "role"),
    "sessions": ("session_id",),
    "ratings": ("session_id", "rater", "instrument", "value"),
    "quality": ("session_id", "role", "words_checked", "word_errors"),
}
"""A study's tables and the columns that each cannot do without."""


MARKS = ("study.toml", "sessions.csv", "ratings.csv")
"""Files of which a study has at least one."""


@dataclass(frozen=True)
class Study:
    """A study as its folder has it; absent tables are None.

    ``unread`` is what of a wide ratings.csv no instrument takes. ``speakers`` maps a label to a
    role for all sessions, ``speakers_of`` for one session.
    """

    root: Path
    title: str
    config: Mapping[str, Any]
    people: pl.DataFrame | None = None
    sessions: pl.DataFrame | None = None
    ratings: pl.DataFrame | None = None
    quality: pl.DataFrame | None = None
    unread: Sequence[LeftOut] = ()
    speakers: Mapping[str, str] = field(default_factory=dict)
    speakers_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

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
    frame = frame.rename({c: c.strip().lstrip("\ufeff") for c in frame.columns})
    missing = [c for c in TABLES[name] if c not in frame.columns]
    if missing and not (name == "ratings" and is_wide(frame)):
        raise EvenhandError(
            f"{name}.csv has no column {', '.join(missing)}.",
            f"{path.name}, line 1",
            f"Its columns are {', '.join(frame.columns[:12])}: rename or add.",
        )
    return frame.with_columns(pl.col(pl.String).str.strip_chars())


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
    tables = {name: read_study_table(root, name) for name in TABLES}
    unread: Sequence[LeftOut] = ()
    ratings = tables["ratings"]
    if ratings is not None and is_wide(ratings):
        tables["ratings"], unread = long_ratings(root, ratings, config, tables["sessions"])
    return Study(
        root=root,
        title=str(config.get("title", root.resolve().name)),
        config=config,
        unread=unread,
        speakers={k: v for k, v in speakers.items() if isinstance(v, str)},
        speakers_of={k: v for k, v in speakers.items() if isinstance(v, dict)},
        **tables,
    )


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
