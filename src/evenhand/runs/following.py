"""What `examine` follows over time, where a study says who met whom."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.study.folder import Study
from evenhand.study.ratings_scored import RATINGS
from evenhand.study.store import parquet_source

if TYPE_CHECKING:
    from evenhand.runs.course import Course

FOLDER = "course"
WHO = {"client_id", "therapist_id"}


def follow(
    study: Study | None, out: Path, scores: int, progress: Callable[[str, int, int], None]
) -> tuple[Course | None, list[str]]:
    """Model the treatments of an examined study.

    Args:
        study: None where files were examined that are no study.
        out: the examination's folder, with its readings and scores; tables go to ``course/``.
        scores: how many scores its ratings gave.
        progress: told as work goes on.

    Returns:
        The course, None where nothing says who met whom; and sentences on why it is not there.
    """
    shutil.rmtree(out / FOLDER, ignore_errors=True)
    if study is None or study.sessions is None or not set(study.sessions.columns) >= WHO:
        return None, []
    from evenhand.runs.course import course

    progress("Following the treatments", 0, 1)
    try:
        path = out / "ratings.parquet"
        ratings = pl.read_parquet(path) if scores else pl.DataFrame(schema=RATINGS)
        found = course(study, ratings, _readings(out, study), out)
    except EvenhandError as error:
        if error.code == Exit.DISK:
            raise
        return None, [f"Treatments were not followed over time. {error.where}: {error.what}"]
    progress("Following the treatments", 1, 1)
    return found, []


def _readings(out: Path, study: Study) -> pl.DataFrame:
    """Readings that stand beside a course; the others are not loaded."""
    from evenhand.runs.course import HAZARD_ROOMS, ROOMS

    given = study.config.get("course")
    asked = given.get("rooms") if isinstance(given, dict) else None
    names = {*HAZARD_ROOMS, *(asked if isinstance(asked, list) else ROOMS)}
    source = parquet_source(out / "readings.parquet")
    return (
        pl.scan_parquet(source).filter(pl.col("indicator").is_in(sorted(map(str, names)))).collect()
    )
