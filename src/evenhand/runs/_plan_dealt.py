"""Who leaves, by position: positions are dealt to the courses that a flat society has.

Given how a course went, a position is drawn with the chance that the effect gives it (Bayes), so
that among all courses the effect is there exactly, and how courses go, cluster and end stays the
theory's own.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._plan_tables import DROPPED, Floats, Task, came_next, study

PLACES = np.linspace(-6.0, 6.0, 481)
"""Places of a standing, in SD, where its density is worked out."""
RUNGS = 10


def endings(task: Task) -> pl.DataFrame:
    """Treatments of two halves, of whom the lower one's share that leaves is higher by so much."""
    share = task.known().left
    _refuse(abs(task.effect) / 2.0, share)
    rows = _treatments(task)
    left = (rows["ended"] == "dropped out").to_numpy()
    given = [0.5 * (1.0 + sign * task.effect / 2.0 / s) for sign, s in _sides(share)]
    low = task.luck().random(rows.height) < np.where(left, given[0], given[1])
    return rows.with_columns(low=pl.Series(low))


def ladder(task: Task) -> pl.DataFrame:
    """Ten rungs, and how many left on each: the effect more at the last end than at the first."""
    share = task.known().left
    _refuse(abs(task.effect) / 2.0, share)
    rows = _treatments(task)
    left = (rows["ended"] == "dropped out").to_numpy()
    tilts = [sign * task.effect / s for sign, s in _sides(share)]
    place = _tilted(task.luck().random(rows.height), np.where(left, tilts[0], tilts[1]))
    rung = np.minimum((RUNGS * place).astype(np.int64), RUNGS - 1)
    people = np.bincount(rung, minlength=RUNGS).astype(float)
    gone = np.bincount(rung, left, minlength=RUNGS)
    return pl.DataFrame({"rung": np.arange(1, RUNGS + 1), "left": gone, "people": people})


def _sides(share: float) -> tuple[tuple[int, float], tuple[int, float]]:
    return (1, share), (-1, 1.0 - share)


def _refuse(half: float, share: float) -> None:
    if half >= min(share, 1.0 - share):
        raise EvenhandError(
            f"{share:.0%} leave: no two groups can differ by {2.0 * half:.2f}.",
            "--effect",
            "Give a smaller difference.",
            Exit.USAGE,
        )


def _tilted(u: Floats, tilt: Floats) -> Floats:
    """Draws from the density 1 + tilt·(r − ½) on 0 … 1, |tilt| < 2."""
    k = np.where(np.abs(tilt) < 1e-9, 1e-9, tilt)
    b = 1.0 - k / 2.0
    return np.asarray(2.0 * u / (b + np.sqrt(b * b + 2.0 * k * u)))


def _treatments(task: Task) -> pl.DataFrame:
    """A row a dyad: how many sessions, and how it ended."""
    rows = study(task).filter(pl.col("number") > 0)
    gone = pl.col("ended") == DROPPED
    ways = {1: "completed", DROPPED: "dropped out", 3: "ongoing"}
    return rows.group_by("client_id", "therapist_id", maintain_order=True).agg(
        sessions_n=pl.len().cast(pl.Float64),
        gone=gone.any(),
        ended=pl.col("ended").last().replace_strict(ways, return_dtype=pl.String),
    )


def at_risk(task: Task) -> pl.DataFrame:
    """A row a session, and whether the client left after it; ``lower`` is a standing in SD."""
    rows = study(task).filter(pl.col("number") > 0)
    each = rows.group_by("client", maintain_order=True).agg(
        n=pl.len(), left=(pl.col("ended") == DROPPED).any()
    )
    lower = _standing(
        task.known().leaving,
        task.effect,
        each["n"].to_numpy(),
        each["left"].to_numpy(),
        task.luck(),
    )
    people = each.select("client", lower=pl.Series(lower))
    return rows.join(people, on="client", maintain_order="left").select(
        "therapist_id",
        "lower",
        dyad="client_id",
        nth="number",
        log_session=pl.col("number").cast(pl.Float64).log(),
        first_session=(pl.col("number") == 1).cast(pl.Float64),
        next=came_next(),
    )


def _standing(
    leaving: Floats,
    effect: float,
    sessions: np.ndarray,
    left: np.ndarray,
    luck: np.random.Generator,
) -> Floats:
    """A standing for each course, N(0, 1) over all, such that its log odds of leaving are met."""
    u, found = luck.random(len(sessions)), np.empty(len(sessions))
    there = np.exp(-(PLACES**2) / 2.0)
    for number, share in enumerate(leaving, start=1):
        chance = _chance(there, effect, float(share))
        for gone, part in ((True, chance), (False, 1.0 - chance)):
            mine = (sessions == number) & (left == gone)
            cumulated = np.cumsum(there * part)
            if cumulated[-1] > 0.0:
                found[mine] = np.interp(u[mine], cumulated / cumulated[-1], PLACES)
        there = there * (1.0 - chance)
    return found


def _chance(there: Floats, effect: float, share: float) -> Floats:
    """σ(level + effect·standing), its level such that so many of those there leave."""
    from scipy.optimize import brentq

    if not 0.0 < share < 1.0:
        return np.full_like(there, share)
    weights = there / there.sum()

    def short(level: float) -> float:
        return float(weights @ (1.0 / (1.0 + np.exp(-level - effect * PLACES)))) - share

    level = float(brentq(short, -60.0, 60.0))
    return np.asarray(1.0 / (1.0 + np.exp(-level - effect * PLACES)))
