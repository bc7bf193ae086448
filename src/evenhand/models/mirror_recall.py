"""Recall of an act by group: of the acts that people found, how many did the coder find too?

An act that is missed more often in one group's sessions makes a group difference of its own. What
recall there is comes from sessions that people have checked against the recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from scipy.special import stdtrit

from evenhand.core.share import wilson
from evenhand.models.mirror_measurement import FEWEST, MARGIN

Numbers = np.ndarray


@dataclass(frozen=True)
class Recall:
    """One role's recall of an act in one group's sessions, with its 95 % interval.

    Args:
        group: whose.
        sessions: checked.
        acts: that a person found in them.
        recall: share of those that the coder found too; None where there were none.
        low, high: over sessions, and never narrower than counting acts allows.
    """

    group: str
    sessions: int
    acts: float
    recall: float | None
    low: float | None
    high: float | None

    @property
    def known(self) -> bool:
        """Whether a bound can be made of it: enough sessions, and surely above 0."""
        return self.sessions >= FEWEST and self.low is not None and self.low > 0


def recalls(checked: pl.DataFrame) -> list[Recall]:
    """Recall of each group, in the order of their names.

    Args:
        checked: a row a session: ``group``, ``acts_checked``, ``acts_found`` (of those).
    """
    named = checked.filter(pl.col("group").is_not_null())
    parts = named.partition_by("group", as_dict=True)
    return [_recall(str(name), part) for (name,), part in sorted(parts.items())]


def _recall(group: str, part: pl.DataFrame) -> Recall:
    acts, found = (part[c].to_numpy().astype(float) for c in ("acts_checked", "acts_found"))
    total, n = float(acts.sum()), len(acts)
    if total == 0:
        return Recall(group, n, 0.0, None, None, None)
    share = float(found.sum() / total)
    low, high = wilson(share, total)
    half = float(stdtrit(max(n - 1, 1), 0.975)) * _se(acts, found, share)
    return Recall(
        group, n, total, share, max(min(low, share - half), 0.0), min(max(high, share + half), 1.0)
    )


def _se(acts: Numbers, found: Numbers, share: float) -> float:
    """Error of a ratio of sums over sessions."""
    left, n = found - share * acts, len(acts)
    return float(np.sqrt((left**2).sum() * n / max(n - 1, 1)) / acts.sum())


def verdict_of(checked: pl.DataFrame) -> str:
    """Whether recall is alike: similar, different, unsure, or too few; the worst of all pairs.

    As with words in error: similar where the 90 % interval of every two groups' difference lies
    within three points, different where that of any two lies beyond.
    """
    found = [_pair(one, other) for one, other in combinations(_groups(checked), 2)]
    worst = [word for word in ("different", "too few", "unsure") if word in found]
    return worst[0] if worst else "similar" if found else "too few"


def _groups(checked: pl.DataFrame) -> list[pl.DataFrame]:
    parts = checked.filter(pl.col("group").is_not_null()).partition_by("group", as_dict=True)
    return [part for _, part in sorted(parts.items())]


def _pair(one: pl.DataFrame, other: pl.DataFrame) -> str:
    both = []
    for part in (one, other):
        acts, found = (part[c].to_numpy().astype(float) for c in ("acts_checked", "acts_found"))
        if len(acts) < FEWEST or acts.sum() == 0:
            return "too few"
        share = found.sum() / acts.sum()
        both.append((share, _se(acts, found, share), len(acts)))
    (a, se_a, n_a), (b, se_b, n_b) = both
    half = float(stdtrit(min(n_a, n_b) - 1, 0.95)) * float(np.hypot(se_a, se_b))
    low, high = a - b - half, a - b + half
    if low > -MARGIN and high < MARGIN:
        return "similar"
    return "different" if low >= MARGIN or high <= -MARGIN else "unsure"
