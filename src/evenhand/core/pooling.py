"""Pooled readings of a dyad and of a study, and the range that is usual for them.

A role's rate is λ ~ Gamma(α, β) from dyad to dyad, learned from the whole study by
negative-binomial likelihood; the sessions of a dyad differ around its rate, and that
between-session variance is added to what counts alone would say. The pooled tilt is drawn from
Beta(k_T + α_T, k_C + α_C) with exposures e + β, in effective counts (amount ÷ over-dispersion).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from evenhand.core._pooled_tilt import Role, pooled_tilt
from evenhand.core.tables import POOLED, as_table
from evenhand.core.tilt import FEWEST_DISPERSION, Tilt

FEWEST_SESSIONS = 2
FEWEST_REPEATS = 3
"""Degrees of freedom under which nobody can say how much sessions differ."""

ONE_SESSION = "fewer than two sessions can be read"
NONE_SEEN = "none seen on either side"
TOO_FEW = "too few sessions to say how much they differ"
NO_AMOUNTS = "not measurable in these sessions"

_ROLES = ("therapist", "client")
_AMOUNTS = tuple(f"{x}_{role}" for role in _ROLES for x in ("k", "e"))
_ABOUT = ("indicator", "version", "facet", "direction", "kind")


def dispersion_of(k: np.ndarray, dispersion: np.ndarray) -> float:
    """One over-dispersion for a role: all sessions' variance over all their mean.

    Why: a session's own is noisy, and large just where its amount is, which would pull pooled
    rates down.
    """
    known = np.isfinite(dispersion) & (k > 0)
    if not known.any():
        return 1.0
    return max(float((k[known] * dispersion[known]).sum() / k[known].sum()), FEWEST_DISPERSION)


def _effective(frame: pl.DataFrame, role: str) -> Role:
    """A role's effective counts and exposures."""
    k, e, phi = (
        frame[f"{x}_{role}"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for x in ("k", "e", "dispersion")
    )
    common = dispersion_of(k, phi)
    return Role(k / common, e / common)


def _both_sides() -> pl.Expr:
    """True where a session has an amount and an exposure on both sides."""
    known = [pl.col(f"{x}_{role}").is_finite() for x in ("k", "e") for role in _ROLES]
    exposed = [pl.col(f"e_{role}") > 0 for role in _ROLES]
    return pl.all_horizontal(*known, *exposed).fill_null(False)


def _totals(frame: pl.DataFrame) -> pl.DataFrame:
    """Sums of amounts and exposures, and the rates, of each id of one indicator."""
    usable = {r: (pl.col(f"k_{r}").is_finite() & (pl.col(f"e_{r}") > 0)) for r in _ROLES}
    sums = [
        pl.when(usable[r].any()).then(pl.col(f"{x}_{r}").filter(usable[r]).sum()).alias(f"{x}_{r}")
        for r in _ROLES
        for x in ("k", "e")
    ]
    any_side = pl.any_horizontal(*usable.values()).fill_null(False)
    out = frame.group_by("id").agg(
        *(pl.col(name).first() for name in _ABOUT),
        *sums,
        any_side.sum().alias("sessions_n"),
        pl.col("absent").filter(~any_side).mode().sort().first().alias("why"),
        pl.when(pl.col("absent").n_unique() == 1).then(pl.col("absent").first()).alias("all_say"),
    )
    rates = [(pl.col(f"k_{r}") / pl.col(f"e_{r}")).alias(r) for r in _ROLES]
    return out.with_columns(rates)


def _tilts(frame: pl.DataFrame, level: str, rng: np.random.Generator) -> pl.DataFrame:
    """Tilt and interval of each id of one indicator, or why there is none."""
    both = frame.filter(_both_sides()).sort("id", "cluster", maintain_order=True)
    key = "id" if level == "dyad" else "cluster"
    n, groups = both.height, both[key].n_unique()
    # of a study, sessions that stand alone can still differ: they are its dyads
    repeats = n - groups if level == "dyad" or groups < n else n - 1
    if repeats < FEWEST_REPEATS or both.is_empty():
        ids = both["id"].unique(maintain_order=True)
        return pl.DataFrame({"id": ids, "refused": [True] * len(ids)})
    starts = both.select((pl.col(key) != pl.col(key).shift(1)).fill_null(True).arg_true())
    t, c = (_effective(both, role) for role in _ROLES)
    direction = float(both["direction"][0])
    tilt: Tilt = pooled_tilt(t, c, starts[key].to_numpy().astype(np.intp), level, direction, rng)
    ids = both["id"].unique(maintain_order=True)
    names = {"tilt": tilt.tilt, "tilt_low": tilt.low, "tilt_high": tilt.high}
    return pl.DataFrame({"id": ids, **names, "refused": [False] * len(ids)})


def _reason() -> pl.Expr:
    """Why a tilted indicator has no pooled tilt, or null."""
    none_at_all = pl.col("sessions_n") == 0
    return (
        pl.when(none_at_all)
        .then(pl.coalesce("why", pl.lit(NO_AMOUNTS)))
        .when(pl.col("sessions_n") < FEWEST_SESSIONS)
        .then(pl.lit(ONE_SESSION))
        .when((pl.col("k_therapist").fill_null(0) + pl.col("k_client").fill_null(0)) <= 0)
        .then(pl.coalesce("all_say", pl.lit(NONE_SEEN)))
        .when(pl.col("refused").fill_null(False))
        .then(pl.lit(TOO_FEW))
        .when(pl.col("tilt").is_null() & pl.col("tilted"))
        .then(pl.coalesce("why", pl.lit(NO_AMOUNTS)))
    )


def _pool_one(frame: pl.DataFrame, level: str, rng: np.random.Generator) -> pl.DataFrame:
    """All ids of one indicator."""
    totals = _totals(frame)
    tilted = frame["kind"][0] == "tilted" and frame["direction"][0] != 0
    empty = {"tilt": pl.Float64, "tilt_low": pl.Float64, "tilt_high": pl.Float64}
    if tilted:
        out = totals.join(_tilts(frame, level, rng), on="id", how="left")
    else:
        out = totals.with_columns(pl.lit(False).alias("refused"))
    missing = [pl.lit(None, kind).alias(x) for x, kind in empty.items() if x not in out.columns]
    out = out.with_columns(pl.lit(tilted).alias("tilted"), *missing)
    out = out.with_columns(pl.col(name).cast(pl.Float64).fill_nan(None) for name in empty)
    out = out.with_columns(_reason().alias("absent"))
    return out.with_columns(
        pl.when(pl.col("absent").is_null()).then(pl.col(name)).alias(name) for name in empty
    )


def pool_readings(
    amounts: pl.DataFrame, groups: pl.DataFrame, level: str, seed: int = 20240229
) -> pl.DataFrame:
    """Readings of each dyad, or of the whole study, from the amounts of its sessions.

    Why: one session's tilt is mostly noise; a dyad's is steadier, and shrinking it to the study
    keeps small dyads from standing out by chance. Pass the whole study at once: dyads tell how
    much dyads differ.

    Args:
        amounts: a row a session and indicator: session_id, indicator, version, facet,
            direction, kind, k_therapist, e_therapist, k_client, e_client,
            dispersion_therapist, dispersion_client, and, if known, absent.
        groups: session_id and id (of the dyad or of the study); at level ``study`` also
            ``dyad`` where known, so that sessions of one dyad are not taken for strangers.
        level: ``dyad`` or ``study``.
        seed: of the bootstrap of the hyper-parameters (200 draws of 20), under 50 sessions.

    Returns:
        `tables.POOLED`, a row an id and indicator. ``therapist`` and ``client`` are the plain
        pooled rates; ``tilt`` is the posterior median, null with ``absent`` saying why: fewer
        than two sessions, none seen, or too few to say how much sessions differ.

    Source: Robbins' empirical Bayes for counts with a Gamma prior (Clayton & Kaldor 1987,
    doi:10.2307/2532003); ours has two of them, one a role, and a between-session layer.
    """
    cluster = pl.col("dyad" if "dyad" in groups.columns else "session_id")
    keys = groups.select("session_id", "id", cluster.cast(pl.String).alias("cluster"))
    frame = amounts.join(keys, on="session_id", how="inner", maintain_order="left")
    if "absent" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias("absent"))
    frame = frame.with_columns(pl.col(name).cast(pl.Float64) for name in _AMOUNTS)
    parts = []
    for number, one in enumerate(frame.partition_by("indicator", maintain_order=True)):
        parts.append(_pool_one(one, level, np.random.default_rng([seed, number])))
    if not parts:
        return pl.DataFrame(schema=POOLED)
    out = pl.concat([as_table(part.with_columns(level=pl.lit(level)), POOLED) for part in parts])
    return out.sort("id", maintain_order=True)


def usual_range(readings: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The range that the other sessions of the same dyad have, beside each session's reading.

    Why: a number means little without what is usual for these two people; and usual is not the
    same as fair.

    Args:
        readings: `tables.READINGS`.
        groups: session_id and id (of the dyad).

    Returns:
        session_id, indicator, and for each of tilt, therapist and client: ``NAME_others_n``
        (other sessions that have it), ``NAME_others_low`` and ``NAME_others_high`` (their least
        and greatest; null with fewer than two others).
    """
    keys = groups.select("session_id", "id")
    frame = readings.join(keys, on="session_id", how="inner", maintain_order="left")
    return frame.select(
        "session_id", "indicator", *(x for c in ("tilt", *_ROLES) for x in _others(c))
    )


def _others(column: str) -> list[pl.Expr]:
    """Number, least and greatest of a column over the other sessions of the dyad."""
    value = pl.col(column).fill_nan(None)
    key = ["id", "indicator"]
    n = (value.is_not_null().sum().over(key) - value.is_not_null()).cast(pl.Int64)
    out = [n.alias(f"{column}_others_n")]
    for name, descending in (("low", False), ("high", True)):
        first = value.sort(descending=descending, nulls_last=True).first().over(key)
        second = value.sort(descending=descending, nulls_last=True).slice(1, 1).first().over(key)
        # the extreme one's own range is that of the rest: the next in line
        rest = pl.when(value == first).then(second).otherwise(first)
        out.append(pl.when(n >= 2).then(rest).alias(f"{column}_others_{name}"))
    return out


def study_range(readings: pl.DataFrame) -> pl.DataFrame:
    """The range that is usual for this pair of roles in this study: its middle 80 % of sessions.

    Args:
        readings: `tables.READINGS`.

    Returns:
        A row an indicator: indicator, and for each of tilt, therapist and client ``NAME_n``
        (sessions), ``NAME_low`` and ``NAME_high`` (10th and 90th percentile; null under ten
        sessions).
    """
    columns: list[pl.Expr] = []
    for column in ("tilt", *_ROLES):
        value = pl.col(column).fill_nan(None)
        n = value.count()
        columns.append(n.alias(f"{column}_n"))
        for name, q in (("low", 0.1), ("high", 0.9)):
            at = value.quantile(q, interpolation="linear")
            columns.append(pl.when(n >= 10).then(at).alias(f"{column}_{name}"))
    return readings.group_by("indicator", maintain_order=True).agg(columns)
