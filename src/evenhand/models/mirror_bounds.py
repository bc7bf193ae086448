"""Bounds from recall: how far could acts that were missed have moved the mirror coefficient?

An act that is counted is a share r of those that were done, and r is known by role and group from
checked sessions, with an interval. Counts are divided by it, once at the ends of the intervals that
raise the coefficient most and once at those that lower it most: between the two fits, with their
own intervals, lies what the counts can say. Acts that were counted and not done are not mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.tables import CLIENT, THERAPIST
from evenhand.models.mirror_coefficient import fit_mirror
from evenhand.models.mirror_counts import Kind
from evenhand.models.mirror_recall import Recall
from evenhand.models.mirror_terms import Estimate

COEFFICIENTS = ("mirror", "beta_t", "beta_c")


@dataclass(frozen=True)
class Bound:
    """Where an estimate lies between, and its 95 % interval at the outer ends."""

    least: float
    most: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether no recall within its intervals leaves room for no difference."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Bounds:
    """Bounds of the mirror coefficient and of both standings.

    Args:
        word: what both ends say alike (`Mirror.word`), else ``nothing clear``.
        sessions, clients, therapists: who was counted.
    """

    mirror: Bound
    beta_t: Bound
    beta_c: Bound
    word: str
    sessions: int
    clients: int
    therapists: int


@dataclass(frozen=True)
class Known:
    """One role's recall of one indicator's acts by the groups of one side.

    Args:
        indicator: whose counts.
        groups_of: ``therapist`` or ``client``: whose groups.
        role: whose acts.
        groups: recall, a group each.
        ranks: group to the mean standing of its people.
    """

    indicator: str
    groups_of: str
    role: str
    groups: Sequence[Recall]
    ranks: Mapping[str, float]

    def factors(self, up: bool) -> dict[str, float]:
        """Recall against its mean, high in the upper groups (`up`) or in the lower ones.

        Raises:
            EvenhandError: a group's recall is not known.
        """
        for one in self.groups:
            if not one.known:
                raise EvenhandError(
                    f"Recall of {self.indicator} ({self.role}s' acts, {self.groups_of}s' groups) "
                    f"stands on {one.sessions} checked sessions with {one.acts:,.0f} acts in a "
                    "group.",
                    "recall.csv",
                    "Check 20 sessions a group and role, with acts in them that the coder finds.",
                )
        found = sum(one.acts * (one.recall or 0.0) for one in self.groups)
        mean = found / sum(one.acts for one in self.groups)
        middle = float(np.median(list(self.ranks.values())))
        return {one.group: self._end(one, up, middle) / mean for one in self.groups}

    def _end(self, one: Recall, up: bool, middle: float) -> float:
        rank = self.ranks[one.group]
        end = one.recall if rank == middle else one.high if (rank > middle) == up else one.low
        assert end is not None  # `known` has seen to it
        return end


def fit_bounds(table: pl.DataFrame, kind: Kind, known: Sequence[Known]) -> Bounds:
    """Fit the mirror coefficient at both ends of what recall allows.

    Args:
        table: as in `fit_mirror`, with ``group_t`` and ``group_c``.
        kind: how the amounts are modelled.
        known: for each indicator in it both roles by both sides' groups.

    Raises:
        EvenhandError: recall is not known for an indicator, role or group, or as `fit_mirror`.
    """
    _complete(table, known)
    ends = [
        fit_mirror(_as_done(table, known, raised=raised), kind, absolute=False)
        for raised in (True, False)
    ]
    mirror, t, c = (_bound([getattr(one, name) for one in ends]) for name in COEFFICIENTS)
    word = ends[0].word if ends[0].word == ends[1].word else "nothing clear"
    needed = {"gap": (mirror, t, c), "both standings": (t, c)}
    needed |= {"therapist's standing": (t,), "client's standing": (c,)}
    if not all(one.clear for one in needed.get(word, ())):
        word = "nothing clear"  # clear at both ends, and not the same way
    one = ends[0]
    return Bounds(mirror, t, c, word, one.sessions, one.clients, one.therapists)


def _bound(ends: Sequence[Estimate]) -> Bound:
    middles = [one.estimate for one in ends]
    return Bound(
        min(middles), max(middles), min(one.low for one in ends), max(one.high for one in ends)
    )


def _complete(table: pl.DataFrame, known: Sequence[Known]) -> None:
    there = {(one.indicator, one.groups_of, one.role) for one in known}
    for name in sorted(table["indicator"].unique()):
        for side in (THERAPIST, CLIENT):
            for role in (THERAPIST, CLIENT):
                if (name, side, role) not in there:
                    raise EvenhandError(
                        f"Recall of {name} is not known for {role}s' acts.",
                        "recall.csv",
                        "Check this act, by both roles, in 20 sessions a group.",
                    )
    for one in known:
        column = "group_t" if one.groups_of == THERAPIST else "group_c"
        seen = set(table.filter(pl.col("indicator") == one.indicator)[column].drop_nulls())
        lacking = seen - {g.group for g in one.groups}
        if lacking:
            raise EvenhandError(
                f"Recall of {one.indicator} is not known for {len(lacking)} of the "
                f"{one.groups_of}s' groups.",
                "recall.csv",
                "Check 20 sessions of every group.",
            )


def _as_done(table: pl.DataFrame, known: Sequence[Known], *, raised: bool) -> pl.DataFrame:
    """Exposures cut to what recall left visible, so that rates are those of acts done.

    Raised: the therapist's side gains with their standing and loses with the client's. So where
    recall of therapists' acts is low in the upper therapists' groups, and in the lower clients'.
    An act by which one yields counts for the other side, and all of it is turned round.
    """
    for one in known:
        column = "group_t" if one.groups_of == THERAPIST else "group_c"
        exposure = "e_t" if one.role == THERAPIST else "e_c"
        yields = bool((table.filter(pl.col("indicator") == one.indicator)["direction"] < 0).any())
        up = raised ^ (one.groups_of == THERAPIST) ^ (one.role == CLIENT) ^ yields
        share = pl.col(column).replace_strict(one.factors(up), default=1.0, return_dtype=pl.Float64)
        ours = pl.col("indicator") == one.indicator
        cut = pl.when(ours).then(pl.col(exposure) * share).otherwise(exposure)
        table = table.with_columns(cut.alias(exposure))
    return table
