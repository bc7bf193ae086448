"""Sets of clients by how their treatment ended and after how many sessions, and their names."""

from __future__ import annotations

from functools import cache

import polars as pl

from evenhand.models.course_tables import ENDINGS, treatments_of, visits_of
from evenhand.study.consent import of_consenting_pairs

COURSE = "course"
"""The dimension that holds a client's ending and sessions attended, such as ``completed 8``."""

MOST = 99
"""Sessions from which on longer courses are not told apart."""

ANY = "any"
"""Stands for all endings together."""

NOT_FOLLOWED = "not followed"
"""A client without an attended session, or with none that consent is on record for."""


def course_key(ending: str, first: int = 1, last: int = MOST) -> str:
    """The name in the ledger of those who ended so after `first` to `last` sessions."""
    return f"{COURSE}:{ending}:{first}-{last}"


@cache
def course_set(key: str) -> tuple[str, int, int]:
    """(ending, first, last) of such a name."""
    _, ending, span = key.split(":")
    first, last = span.split("-")
    return ending, int(first), int(last)


@cache
def course_values(key: str) -> tuple[str, ...]:
    """The values of `COURSE` that such a name takes in."""
    ending, first, last = course_set(key)
    endings = ENDINGS if ending == ANY else (ending,)
    return tuple(f"{one} {n}" for one in endings for n in range(first, last + 1))


def courses_of(sessions: pl.DataFrame, silence_days: int) -> pl.DataFrame:
    """Each client's course: all attended sessions, and how the last of their treatments ended.

    Args:
        sessions: a study's sessions up to the end of a quarter.
        silence_days: days without a session after which an ongoing treatment counts as left.

    Returns:
        ``client_id, course``, of clients whose treatment can be followed.
    """
    treatments = treatments_of(visits_of(of_consenting_pairs(sessions)).table, silence_days).table
    by_date = treatments.sort("last_date", nulls_last=False, maintain_order=True)
    clients = by_date.group_by("client_id", maintain_order=True).agg(
        pl.col("sessions_n").sum().clip(1, MOST), pl.col("ended").last()
    )
    return clients.select(
        "client_id", pl.concat_str("ended", "sessions_n", separator=" ").alias(COURSE)
    )
