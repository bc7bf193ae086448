"""Measurement first: are transcripts alike for the groups that are to be compared?

Speech recognition errs more for some speakers, and that alone makes group differences. Before
words are compared, people have checked some words of both groups' sessions against the recording.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from scipy.special import stdtrit

FEWEST = 20
"""Checked sessions that each group must have."""
MARGIN = 0.03
"""Similar: the 90 % interval of the difference in error lies within three points."""


@dataclass(frozen=True)
class Quality:
    """A group's share of words that were wrong, over its checked sessions."""

    group: str
    sessions: int
    words: float
    error: float
    se: float


@dataclass(frozen=True)
class QualityGap:
    """Two groups' difference in error with its 90 % interval, and the verdict.

    ``verdict``: similar, different, unsure (the interval is too wide), or too few.
    """

    one: Quality
    other: Quality
    difference: float | None
    low: float | None
    high: float | None
    verdict: str


def quality_gaps(checked: pl.DataFrame) -> list[QualityGap]:
    """Compare each two groups in the error of one role's words.

    Args:
        checked: a row a session: ``group``, ``words_checked``, ``word_errors``.

    Returns:
        A gap for each pair of groups, in the order of their names.
    """
    usable = checked.filter((pl.col("words_checked") > 0) & pl.col("group").is_not_null())
    groups = [
        _quality(str(name), part)
        for (name,), part in sorted(usable.partition_by("group", as_dict=True).items())
    ]
    return [_gap(one, other) for one, other in combinations(groups, 2)]


def are_similar(gaps: list[QualityGap]) -> bool:
    """Whether every two groups are similar; without a comparison nothing is known to be."""
    return bool(gaps) and all(gap.verdict == "similar" for gap in gaps)


def _quality(group: str, part: pl.DataFrame) -> Quality:
    """Share of words in error, and its error over sessions (a ratio of sums)."""
    words, wrong = (
        part[name].to_numpy().astype(float) for name in ("words_checked", "word_errors")
    )
    share, n = wrong.sum() / words.sum(), len(words)
    left = wrong - share * words
    se = np.sqrt((left**2).sum() * n / max(n - 1, 1)) / words.sum()
    return Quality(group, n, float(words.sum()), float(share), float(se))


def _gap(one: Quality, other: Quality) -> QualityGap:
    if min(one.sessions, other.sessions) < FEWEST:
        return QualityGap(one, other, None, None, None, "too few")
    difference = one.error - other.error
    half = float(stdtrit(min(one.sessions, other.sessions) - 1, 0.95)) * float(
        np.hypot(one.se, other.se)
    )
    low, high = difference - half, difference + half
    inside, outside = low > -MARGIN and high < MARGIN, low >= MARGIN or high <= -MARGIN
    verdict = "similar" if inside else "different" if outside else "unsure"
    return QualityGap(one, other, difference, low, high, verdict)


def as_rows(gaps: list[QualityGap]) -> list[dict[str, Any]]:
    """As JSON has it."""
    return [asdict(gap) for gap in gaps]
