"""Change since the start: more than noise, across the cut-off, and early on."""

from __future__ import annotations

import numpy as np
import polars as pl

from evenhand.core.share import wilson
from evenhand.models.course_rules import Rule

EARLY = 4
"""Sessions in which change counts as early."""

STATES = ("recovered", "reliably improved", "within noise", "reliably worse")
"""What became of a treatment; recovered is reliably improved and no longer a case."""


def change_by_session(series: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Add to each score what it is against the first one of its dyad.

    Reliable means beyond the instrument's own limit, in points. High first scores tend to come
    down by themselves: a change across the limit is a change, and what made it is not said.

    Args:
        series: ``dyad, number, score`` with a row a measured session, sorted by both.
        rule: of the instrument's scale.

    Returns:
        The frame with ``start, change`` (in points), ``better`` (points in the better
        direction), ``state`` (one of `STATES`, null for the first score and where no reliable
        change is known) and ``case``.

    Source:
        Jacobson & Truax 1991, J Consult Clin Psychol 59:12-19.
    """
    start = pl.col("score").first().over("dyad")
    frame = series.with_columns(start.alias("start")).with_columns(
        change=pl.col("score") - pl.col("start"),
        better=rule.direction * (pl.col("score") - pl.col("start")) + 0.0,
        case=rule.is_case(pl.col("score")),
        first=pl.int_range(pl.len()).over("dyad") == 0,
    )
    return frame.with_columns(state=_state(rule)).drop("first")


def _state(rule: Rule) -> pl.Expr:
    if rule.reliable is None:
        return pl.lit(None, pl.String)
    better, crossed = pl.col("better"), rule.is_case(pl.col("start")) & ~pl.col("case")
    # Scores that are means carry rounding: a change of exactly the limit must reach it.
    limit = rule.reliable - 1e-9
    return (
        pl.when(pl.col("first"))
        .then(None)
        .when((better >= limit) & crossed)
        .then(pl.lit(STATES[0]))
        .when(better >= limit)
        .then(pl.lit(STATES[1]))
        .when(better <= -limit)
        .then(pl.lit(STATES[3]))
        .otherwise(pl.lit(STATES[2]))
    )


def change_by_dyad(changes: pl.DataFrame, rule: Rule, early: int = EARLY) -> pl.DataFrame:
    """What became of each treatment by its last score, and by the early sessions.

    Args:
        changes: what `change_by_session` gives.
        rule: of the instrument's scale.
        early: last session that counts as early.

    Returns:
        A row a dyad: ``dyad, measured_n, start, last, last_number, change, better, state,
        start_case, early_change, early_number, early_reliable``; changes are null with one
        score, early ones where nothing was measured between the first score and ``early``.
    """
    number = pl.col("number")
    soon = (number <= early) & (pl.int_range(pl.len()) > 0)
    limit = None if rule.reliable is None else rule.reliable - 1e-9
    several = pl.col("measured_n") > 1
    whole = changes.group_by("dyad", maintain_order=True).agg(
        measured_n=pl.len(),
        start=pl.col("start").first(),
        last=pl.col("score").last(),
        last_number=number.last(),
        change=pl.col("change").last(),
        better=pl.col("better").last(),
        state=pl.col("state").last(),
        start_case=pl.col("case").first(),
        early_change=pl.col("change").filter(soon).last(),
        early_number=number.filter(soon).last(),
        early_better=pl.col("better").filter(soon).last(),
    )
    return whole.with_columns(
        pl.when(several).then(pl.col("change", "better")),
        early_reliable=pl.lit(None, pl.Boolean)
        if limit is None
        else pl.col("early_better").abs() >= limit,
    ).drop("early_better")


def shares_of_states(dyads: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """Shares of treatments that got reliably better or worse, with intervals.

    Treatments of one therapist are more alike than others, so the interval is Wilson's at the
    size that the sample is worth after that (Kish's design effect, never under 1).

    Args:
        dyads: ``state`` and ``therapist_id``, a row a dyad with at least two scores.
        level: of the interval.

    Returns:
        ``what, k, n, share, low, high, therapists_n``; ``what`` is a state, or ``improved``
        (recovered ones too). ``recovered`` is out of those who started as a case.
    """
    known = dyads.filter(pl.col("state").is_not_null())
    improved = pl.col("state").is_in(STATES[:2])
    asked: list[tuple[str, pl.Expr, pl.DataFrame]] = [
        ("improved", improved, known),
        ("recovered", pl.col("state") == STATES[0], known.filter(pl.col("start_case"))),
        ("within noise", pl.col("state") == STATES[2], known),
        ("reliably worse", pl.col("state") == STATES[3], known),
    ]
    rows = [(what, *_share(frame, test, level)) for what, test, frame in asked]
    names = ["what", "k", "n", "share", "low", "high", "therapists_n"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _share(
    frame: pl.DataFrame, test: pl.Expr, level: float
) -> tuple[int, int, float | None, float | None, float | None, int]:
    cells = frame.group_by("therapist_id", maintain_order=True).agg(k=test.sum(), n=pl.len())
    k, n = int(cells["k"].sum()), int(cells["n"].sum())
    if not n:
        return 0, 0, None, None, None, 0
    worth = n / design_effect(cells["k"].to_numpy(), cells["n"].to_numpy())
    low, high = wilson(k / n, worth, level)
    return k, n, k / n, low, high, cells.height


def design_effect(k: np.ndarray, n: np.ndarray) -> float:
    """How much clustering widens a share's variance: 1 for none, and never less.

    Args:
        k: events by cluster.
        n: sizes of the clusters.
    """
    total, share = n.sum(), k.sum() / n.sum()
    plain = share * (1 - share) / total
    if len(n) < 2 or plain == 0:
        return 1.0
    clustered = len(n) / (len(n) - 1) * np.sum((k - n * share) ** 2) / total**2
    return float(max(clustered / plain, 1.0))
