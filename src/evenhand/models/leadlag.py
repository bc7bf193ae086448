"""What the room did before and after: readings beside the alliance, within and between dyads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import stdtr, stdtrit

from evenhand.models.course_series import Floats, codes_of
from evenhand.models.leadlag_sums import LAGS, Sums, sums_of
from evenhand.models.mirror_evidence import benjamini_hochberg

ORDERS: Mapping[str, int] = {
    "same session": 0,
    "room first": 1,
    "alliance first": -1,
}
"""Which comes first, and how many sessions the alliance comes after the room."""

FEWEST_SESSIONS = 4
"""Sessions with both without which a dyad has no line of its own to be measured from."""

FEWEST_DYADS = 8
"""Dyads with so many without which nothing is said."""

MOST_DYADS = 5_000
"""Dyads that are looked at; of more, a fixed sample."""

THERAPISTS = 10
"""Therapists from which on they, and not dyads, are what varies."""

WORST = 1e4
"""Condition number from which on covariances at neighbouring lags cannot be told apart."""

LEADLAG = pl.Schema(
    {
        "reading": pl.String,
        "rater": pl.String,
        "order": pl.String,
        "level": pl.String,
        "weights": pl.String,
        "estimate": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "p": pl.Float64,
        "q": pl.Float64,
        "per_sd": pl.Float64,
        "dyads_n": pl.Int64,
        "sessions_n": pl.Int64,
        "clusters_n": pl.Int64,
        "clusters": pl.String,
        "absent": pl.String,
    }
)
"""A row for each reading, rater, order, level (within, between) and weighting.

``estimate`` is what comes second for one more of what comes first (in the same session and for
whole treatments: the alliance for one more of the room); ``per_sd`` the same in
standard deviations (within dyads or between them). ``q`` is Benjamini and Hochberg's within the
family of a level; ``absent`` says why there is no estimate.
"""


Way = Callable[[Sums], tuple[Floats, Floats]]
"""From sums to a slope, and the same in standard deviations."""


def lead_lag(
    rooms: Mapping[str, pl.DataFrame],
    alliances: Mapping[str, pl.DataFrame],
    primary: tuple[str, str, str] | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Readings of the room beside the alliance of the same and the next session.

    Within: each dyad is compared with itself, both series taken as deviations from the dyad's
    own level and line over its sessions, with no lagged outcome, and what taking out lines does to
    neighbouring sessions put back (`leadlag_sums`). Between: slopes of latent dyad means, for
    observed means of few sessions shrink what they show. All of it is association: that one
    comes first does not make it the cause. Where readings persist from session to session, what
    goes together in a session also goes together across two.

    Args:
        rooms: reading to ``dyad, therapist_id, nth, score`` (nth attended session).
        alliances: rater to the same.
        primary: (reading, rater, order) that a study declared; it stands outside the families.
        level: of the intervals: jackknife over dyads, and over therapists where there are ten; the
            wider of the two.

    Returns:
        A frame of `LEADLAG`.

    Source:
        Lüdtke et al. 2008, Psychol Methods 13:203-229 (latent means); Wang & Maxwell 2015,
        Psychol Methods 20:63-83 (time before centring); Benjamini & Hochberg 1995.
    """
    rows = []
    for reading, room in rooms.items():
        for rater, alliance in alliances.items():
            found = _one(room, alliance, level)
            rows += [{"reading": reading, "rater": rater} | one for one in found]
    table = pl.DataFrame(rows, schema={k: v for k, v in LEADLAG.items() if k != "q"})
    return _with_families(table, primary).select(LEADLAG.names())


def _with_families(table: pl.DataFrame, primary: tuple[str, str, str] | None) -> pl.DataFrame:
    """Benjamini and Hochberg's q by level and weighting, the declared coefficient apart."""
    declared = pl.lit(False)
    if primary is not None:
        names = zip(("reading", "rater", "order"), primary, strict=True)
        declared = pl.all_horizontal(*(pl.col(c) == v for c, v in names))
    table = table.with_row_index("at").with_columns(family=~declared & pl.col("p").is_not_null())
    parts = []
    for part in table.partition_by("level", "weights", maintain_order=True):
        one = part.filter("family")
        q = benjamini_hochberg(one["p"].to_list())
        parts.append(one.select("at").with_columns(q=pl.Series(q, dtype=pl.Float64)))
    return (
        table.join(pl.concat(parts), on="at", how="left") if parts else table.with_columns(q=None)
    )


def _one(room: pl.DataFrame, alliance: pl.DataFrame, level: float) -> list[dict[str, object]]:
    """All estimates of one pair of series."""
    pairs = paired(room, alliance)
    dyads = pairs["dyad"].n_unique()
    told: dict[str, object] = {"dyads_n": dyads, "sessions_n": pairs.height}
    if dyads < FEWEST_DYADS:
        why = f"{dyads} dyads have {FEWEST_SESSIONS} sessions with both; {FEWEST_DYADS} are needed"
        return [{**kind, **told, "absent": why} for kind, _ in _KINDS]
    code, cluster = _clusters(pairs)
    told |= {"clusters_n": int(code.max()) + 1, "clusters": cluster}
    by_dyad = _solvable(pairs)
    if by_dyad is None:
        why = "dyads have too few sessions in a row to tell neighbours apart"
        return [{**kind, **told, "absent": why} for kind, _ in _KINDS]
    kinds = (by_dyad, by_dyad.grouped(code))
    return [{**kind, **told, **_jackknife(kinds, way, level)} for kind, way in _KINDS]


def _solvable(pairs: pl.DataFrame) -> Sums | None:
    """Sums by dyad, over as many lags as can be told apart whichever dyad is left out."""
    for lags in range(LAGS, 0, -1):
        sums = sums_of(pairs, lags)
        left = sums.without_each()
        both = (np.moveaxis(m, -1, 0) for m in (left.mixing, left.equal_mixing))
        if all(np.linalg.cond(mixing).max() < WORST for mixing in both):
            return sums
    return None


def paired(room: pl.DataFrame, alliance: pl.DataFrame) -> pl.DataFrame:
    """Sessions in which both were measured, of dyads with enough of them.

    Returns:
        ``dyad, therapist_id, nth, x, y``; of more than `MOST_DYADS` dyads a fixed sample.
    """
    x = room.select("dyad", "therapist_id", "nth", x=pl.col("score").cast(pl.Float64))
    y = alliance.select("dyad", "nth", y=pl.col("score").cast(pl.Float64))
    both = x.drop_nulls().join(y.drop_nulls(), on=["dyad", "nth"], how="inner").sort("dyad", "nth")
    both = both.filter(pl.len().over("dyad") >= FEWEST_SESSIONS)
    dyads = both["dyad"].unique(maintain_order=True)
    if dyads.len() <= MOST_DYADS:
        return both
    chosen = np.random.default_rng(dyads.len()).permutation(dyads.len())[:MOST_DYADS]
    return both.filter(pl.col("dyad").is_in(dyads.gather(np.sort(chosen)).implode()))


def _clusters(pairs: pl.DataFrame) -> tuple[npt.NDArray[np.int64], str]:
    """Each dyad's cluster: its therapist, or itself where therapists are few."""
    firsts = pairs.group_by("dyad", maintain_order=True).agg(pl.col("therapist_id").first())
    names, code = codes_of(firsts["therapist_id"])
    if len(names) >= THERAPISTS:
        return code, "therapists"
    return np.arange(firsts.height), "dyads"


def covariances(mixing: Floats, products: Floats) -> Floats:
    """Covariances by lag from products of deviations, lag on the first axis."""
    a, b = np.moveaxis(mixing, -1, 0), np.moveaxis(products, -1, 0)[..., None]
    solved = np.linalg.solve(a, b)[..., 0]
    return np.asarray(np.moveaxis(solved, 0, -1), dtype=np.float64)


def within(s: Sums, lag: int, equal: bool = False) -> tuple[Floats, Floats]:
    """Slope of the later on the earlier, and the same in standard deviations."""
    mixing, xy, xx, yy = (
        (s.equal_mixing, s.equal_xy, s.equal_xx, s.equal_yy)
        if equal
        else (s.mixing, s.xy, s.xx, s.yy)
    )
    middle = xy.shape[0] // 2
    together = covariances(mixing, xy)[middle + lag]
    vx, vy = covariances(mixing, xx)[middle], covariances(mixing, yy)[middle]
    return _slopes(together, *((vy, vx) if lag < 0 else (vx, vy)))


def between(s: Sums) -> tuple[Floats, Floats]:
    """Slope of latent dyad means: observed covariances less what sessions' noise adds to them."""
    x, y, xx, xy, yy = s.means
    parts = []
    for a, b, product, noise in ((x, x, xx, s.xx), (x, y, xy, s.xy), (y, y, yy, s.yy)):
        lags = covariances(s.mixing, noise)
        added = ((s.spread - s.apart / s.m) * lags).sum(axis=0)
        parts.append((product - a * b / s.m - added) / (s.m - s.mm / s.m))
    vx, together, vy = parts
    return _slopes(together, vx, vy)


def _slopes(together: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """NaN where the first does not vary beyond rounding."""
    known = first > 1e-12
    slope = np.where(known, together / np.where(known, first, 1.0), np.nan)
    both = known & (second > 1e-12)
    return slope, np.where(both, slope * np.sqrt(np.abs(first / np.where(both, second, 1))), np.nan)


def _jackknife(by: tuple[Sums, Sums], way: Way, level: float) -> dict[str, object]:
    """Estimate, interval and p, from leaving out each dyad, and each cluster: the wider counts.

    A handful of therapists may happen to scatter less than their own clients do.
    """
    whole, per_sd = way(by[0].together())
    estimate = float(whole[0])
    left_out = [way(sums.without_each())[0] for sums in by]
    if not np.isfinite(estimate) or not all(np.isfinite(each).all() for each in left_out):
        return {"absent": "what comes first does not vary beyond noise"}
    n = left_out[1].size
    # About the estimate and without (n - 1)/n: the careful kind, for few and unlike clusters.
    se = max(float(np.sqrt(np.sum((each - estimate) ** 2))) for each in left_out)
    half = float(stdtrit(n - 1, 0.5 + level / 2)) * se
    return {
        "estimate": estimate,
        "low": estimate - half,
        "high": estimate + half,
        "p": float(2 * stdtr(n - 1, -abs(estimate) / se)) if se else None,
        "per_sd": float(per_sd[0]) if np.isfinite(per_sd[0]) else None,
    }


Kind = tuple[dict[str, object], Way]

_WITHIN: list[Kind] = [
    ({"order": order, "level": "within", "weights": weights}, partial(within, lag=lag, equal=equal))
    for order, lag in ORDERS.items()
    for weights, equal in (("sessions", False), ("clients", True))
]
_KINDS: tuple[Kind, ...] = (
    *_WITHIN,
    ({"order": "whole treatment", "level": "between", "weights": "sessions"}, between),
)
