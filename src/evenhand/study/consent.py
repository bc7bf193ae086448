"""Consent: the one rule by which a session's words, readings and ratings are used or not.

Where sessions.csv has a column ``consent``, only "yes" is consent: "no", an empty cell and
anything else are not. Where it has none, the study does not keep consent by session, and nothing
is left out.
"""

from __future__ import annotations

from typing import TypeVar

import polars as pl

COLUMN = "consent"
CONSENTS = "yes"


def consented(sessions: pl.DataFrame) -> pl.Series:
    """Whether each session's material may be used.

    Args:
        sessions: a study's sessions, cells as text.

    Returns:
        True or False a row, never null.
    """
    if COLUMN not in sessions.columns:
        return pl.repeat(True, sessions.height, eager=True).alias(COLUMN)
    said = sessions[COLUMN].cast(pl.String).str.strip_chars().str.to_lowercase()
    return (said == CONSENTS).fill_null(False)


def sessions_without(sessions: pl.DataFrame | None) -> pl.Series:
    """The session_id of every session whose material is used for nothing.

    Args:
        sessions: a study's, or None where it has no such table.
    """
    if sessions is None:
        return pl.Series("session_id", [], pl.String)
    return sessions.filter(~consented(sessions))["session_id"].drop_nulls()


Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def leave_out(frame: Frame, without: pl.Series) -> Frame:
    """Rows of a table with session_id, but for those of some sessions.

    Args:
        frame: a row without a session stays.
        without: their session_id, as `sessions_without` gives it.
    """
    if without.is_empty():
        return frame
    out = pl.col("session_id").cast(pl.String).is_in(without.implode()).fill_null(False)
    return frame.filter(~out)


def of_consenting_pairs(sessions: pl.DataFrame) -> pl.DataFrame:
    """All rows of pairs with consent for one session at least.

    That their other sessions took place, and how the treatment ended, stays known, or it would
    seem to have been left; what happened in those is used for nothing. A pair that consented to
    no session is not in the study.

    Args:
        sessions: a study's; without client_id and therapist_id there are no pairs to look at.
    """
    pair = ["client_id", "therapist_id"]
    if not set(pair) <= set(sessions.columns):
        return sessions
    met = sessions.filter(consented(sessions)).select(pair).unique()
    return sessions.join(met, on=pair, how="semi", nulls_equal=True, maintain_order="left")
