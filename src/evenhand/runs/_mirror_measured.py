"""Measurement first: which comparisons of words does quality.csv allow?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from evenhand.core.tables import CLIENT, THERAPIST
from evenhand.models.mirror_measurement import (
    FEWEST,
    MARGIN,
    QualityGap,
    are_similar,
    as_rows,
    quality_gaps,
)
from evenhand.runs._mirror_tables import StudyTables

MOST_GROUPS = 4
"""With more standings than this, people are compared in halves of the ladder."""

PROVIDE = (
    "Provide quality.csv with session_id, role, words_checked and word_errors of at least "
    f"{FEWEST} sessions a group and role, checked by a person against the recording."
)


@dataclass(frozen=True)
class Measured:
    """What was found about transcripts by the groups of one axis.

    ``similar``: text may be compared. ``why`` says why not.
    """

    axis: str
    similar: bool
    why: str
    rows: list[dict[str, Any]] = field(default_factory=list)


def measured(tables: StudyTables, axis: str) -> Measured:
    """Compare the error of both roles' words by the clients' and by the therapists' groups."""
    checked = _checked(tables)
    if checked is None:
        return Measured(axis, False, f"There is no quality.csv. {PROVIDE}")
    found: list[dict[str, Any]] = []
    verdicts: list[tuple[bool, list[QualityGap]]] = []
    for whose, key in ((CLIENT, "client_id"), (THERAPIST, "therapist_id")):
        people = groups_of(tables, axis, key)
        joined = checked.join(people, on=key, how="inner")
        for role in (THERAPIST, CLIENT):
            gaps = quality_gaps(joined.filter(pl.col("role") == role))
            verdicts.append((are_similar(gaps), gaps))
            found += [{"groups_of": whose, "role": role} | row for row in as_rows(gaps)]
    if all(fine for fine, _ in verdicts):
        return Measured(axis, True, "", found)
    return Measured(axis, False, _why([gap for _, gaps in verdicts for gap in gaps]), found)


def _checked(tables: StudyTables) -> pl.DataFrame | None:
    quality = tables.study.quality
    if quality is None or quality.is_empty():
        return None
    who = tables.visits.select("session_id", "client_id", "therapist_id")
    return readable(quality).join(who, on="session_id", how="inner")


def readable(quality: pl.DataFrame) -> pl.DataFrame:
    """Rows of quality.csv that say something: a role of the pair, and errors among words."""
    numbers = quality.select(
        "session_id",
        pl.col("words_checked", "word_errors").cast(pl.Float64, strict=False),
        role=pl.col("role").str.to_lowercase(),
    )
    within = pl.col("word_errors").is_between(0, pl.col("words_checked"))
    return numbers.filter(within & pl.col("role").is_in([THERAPIST, CLIENT]))


def groups_of(tables: StudyTables, axis: str, key: str) -> pl.DataFrame:
    """A person's group on an axis: their standing, or the half of the ladder that it is in."""
    here = tables.standing.filter(pl.col("axis") == axis)
    if here.is_empty():
        return tables.groups(axis).rename({"person_id": key})
    here = here.join(tables.visits.select(key).unique(), left_on="person_id", right_on=key)
    standing = pl.col("standing").round(6)
    if here["standing"].round(6).n_unique() <= MOST_GROUPS:
        group = standing.cast(pl.String)
    else:
        middle = here["standing"].median()
        group = (
            pl.when(standing > middle).then(pl.lit("upper half")).otherwise(pl.lit("lower half"))
        )
    return here.select(pl.col("person_id").alias(key), group=group)


def group_in_words(group: str) -> str:
    """A group as a sentence has it: a standing is called one, an answer stands for itself."""
    try:
        standing = float(group)
    except ValueError:
        return group
    return f"standing {standing:+.2g}".replace("-", "−")


def _why(gaps: list[QualityGap]) -> str:
    """Why words are not compared, the plainest reason first."""
    different = [gap for gap in gaps if gap.verdict == "different"]
    if different:
        gap = max(different, key=lambda one: abs(one.difference or 0.0))
        return (
            f"Of 100 words, {100 * gap.one.error:.0f} are wrong in one group's transcripts and "
            f"{100 * gap.other.error:.0f} in another's ({gap.one.sessions} and "
            f"{gap.other.sessions} checked sessions): that alone would make a difference. Mend the "
            "transcripts of all groups alike, by hand, and check again."
        )
    few = [gap for gap in gaps if gap.verdict == "too few"]
    if few or not gaps:
        least = min((min(g.one.sessions, g.other.sessions) for g in few), default=0)
        return f"A group has {least} checked sessions, and {FEWEST} are needed. {PROVIDE}"
    return (
        f"The 90 % interval of the difference in error reaches beyond ±{100 * MARGIN:.0f} points. "
        "Check more words, or more sessions."
    )
