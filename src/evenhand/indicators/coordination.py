"""Whose function words follow whose: coordination of style, without the artefact of length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.core.features import Features
from evenhand.indicators._coordination_counts import (
    BLOCKS,
    LIKE,
    TO_CLIENT,
    TO_THERAPIST,
    Sums,
    reply_pairs,
    sums_by_chunk,
)
from evenhand.indicators._markers import CLASSES

Floats = NDArray[np.float64]

FEWEST_PAIRS = 50
"""Replies that each direction needs, so that ten blocks hold five each."""

FEWEST_CLASSES = 4
"""Of the eight classes, so many must be comparable."""

FEWEST_WEIGHT = 3.0
"""Effective pairs that a class needs in the bins that both directions share."""

MOST_SETS = 200
"""Dyads of a large study are left out in so many sets of whole dyads."""

_FOUND = pl.Schema(
    {name: pl.Float64 for name in ("client", "therapist", "difference", "low", "high")}
    | {"classes": pl.Int64}
)


def weigh_alike(sums: Sums) -> tuple[Floats, Floats]:
    """C of each direction and class with bins weighted alike in both, and the weight.

    Why: replies of the two roles fall into different bins. Weighted by each role's own, a
    difference between bins shows as one between roles.

    Args:
        sums: arrays (8, groups, LIKE, blocks, 2).

    Returns:
        C of shape (8, groups, blocks, 2), nan where no bin is shared, and the weight, of shape
        (8, groups, blocks).
    """
    weight = sums.weight.min(axis=-1, keepdims=True)
    inside = np.divide(sums.top, sums.weight, out=np.zeros_like(sums.top), where=sums.weight > 0)
    total = weight.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (inside * weight).sum(axis=2) / total
    return value, total[..., 0]


def weigh_by_role(sums: Sums) -> tuple[Floats, Floats]:
    """C of each direction and class with that direction's own Mantel–Haenszel weights.

    Args and returns as in `weigh_alike`; the weight is the smaller of the two directions'.
    """
    total = sums.weight.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = sums.top.sum(axis=2) / total
    return value, total.min(axis=-1)


Form = Callable[[Sums], tuple[Floats, Floats]]


def _jackknifed(sums: Sums, form: Form) -> pl.DataFrame:
    """Mean over classes and its jackknife: a row a group.

    Args:
        sums: arrays (8, groups, LIKE, 1 + blocks, 2), the whole first.
        form: how bins are weighted.

    Returns:
        `_FOUND`; the interval is null with fewer than `FEWEST_CLASSES` that stay comparable
        whichever block is left out, and with no blocks.
    """
    value, weight = form(sums)
    steady = (weight[..., 0] >= FEWEST_WEIGHT) & (weight > 0).all(axis=-1)
    classes = steady.sum(axis=0)
    used = np.where(classes >= FEWEST_CLASSES, steady, weight[..., 0] > 0)[..., None, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(used, value, 0.0).sum(axis=0) / used.sum(axis=0)
    apart = mean[..., TO_THERAPIST] - mean[..., TO_CLIENT]
    reach = np.where(classes >= FEWEST_CLASSES, _reach(apart[:, 1:]), np.nan)
    found = (mean[:, 0, TO_THERAPIST], mean[:, 0, TO_CLIENT], apart[:, 0])
    limits = (apart[:, 0] - reach, apart[:, 0] + reach)
    columns = dict(zip(_FOUND, (*found, *limits, classes), strict=True))
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None)).cast(_FOUND)


def _reach(left_out: Floats) -> Floats:
    """Half the 95 % interval from values with each of B blocks left out (t with B − 1)."""
    from scipy.special import stdtrit

    b = left_out.shape[1]
    if b < BLOCKS:
        return np.full(len(left_out), np.nan)
    squares = ((left_out - left_out.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    reach: Floats = stdtrit(b - 1, 0.975) * np.sqrt((b - 1) / b * squares)
    return reach


def _replies(pairs: pl.DataFrame, group: str) -> pl.DataFrame:
    """How many replies each role gave, by group, in the groups' order."""
    return pairs.group_by(group, maintain_order=True).agg(
        (pl.col("side") == -1).sum().cast(pl.Int64).alias("replies_client"),
        (pl.col("side") == 1).sum().cast(pl.Int64).alias("replies_therapist"),
    )


def _each(pairs: pl.DataFrame, group: str, form: Form) -> pl.DataFrame:
    """One row a group, jackknifed over its own blocks where it has pairs enough."""
    pairs = pairs.filter(~pl.col("bare"))
    counts = _replies(pairs, group)
    enough = pl.min_horizontal("replies_client", "replies_therapist") >= FEWEST_PAIRS
    parts = [pl.DataFrame(schema={group: counts.schema[group], **_FOUND})]
    for kept, blocks in ((enough, BLOCKS), (~enough, 0)):
        some = counts.filter(kept).select(group)
        inside = pairs.join(some, on=group, how="semi", maintain_order="left")
        found = [_jackknifed(sums, form) for sums in sums_by_chunk(inside, group, blocks)]
        if found:
            parts.append(some.hstack(pl.concat(found)))
    return counts.join(pl.concat(parts), on=group, how="left", maintain_order="left")


def _together(pairs: pl.DataFrame, group: str, form: Form) -> pl.DataFrame:
    """One row for all groups, jackknifed over whole groups."""
    pairs = pairs.filter(~pl.col("bare"))
    counts = _replies(pairs, group)
    sets = max(min(counts.height, MOST_SETS), 1)
    shape = (len(CLASSES), 1, LIKE, sets, 2)
    own = Sums(np.zeros(shape), np.zeros(shape))
    done = 0
    for sums in sums_by_chunk(pairs, group, 0):
        n = sums.top.shape[1]
        into = np.arange(done, done + n) * sets // counts.height
        first = np.flatnonzero(np.diff(into, prepend=-1))
        for array, part in zip(own, sums, strict=True):
            summed = np.add.reduceat(part[..., 0, :], first, axis=1)
            array[:, 0, :, into[first]] += np.moveaxis(summed, 1, 0)
        done += n
    wholes = [a.sum(axis=3, keepdims=True) for a in own]
    sums = Sums(*(np.concatenate((w, w - a), axis=3) for w, a in zip(wholes, own, strict=True)))
    totals = counts.select(pl.col("replies_client", "replies_therapist").sum())
    return totals.hstack(_jackknifed(sums, form))


def coordination_like_weighted(
    pairs: pl.DataFrame, group: str = "session", together: bool = False
) -> pl.DataFrame:
    """Coordination with like bins weighted alike in both directions: the reading.

    Args:
        pairs: from `reply_pairs`, sorted by `group` and then by time.
        group: what is read as one: ``session``, or a column with the dyad.
        together: one row for all groups, jackknifed over whole groups, not one for each.

    Returns:
        `group` (unless together), replies_client, replies_therapist, client
        (C(client→therapist)), therapist (C(therapist→client)), difference (client − therapist)
        with its interval low…high, and classes (comparable ones). Values are null where nothing
        is comparable, the interval where ten blocks or groups cannot be made.

    Source: Danescu-Niculescu-Mizil, Lee, Pang & Kleinberg 2012, doi:10.1145/2187836.2187931.
        Theirs compares with all replies; ours with replies of like length to prompts of like
        length, in bins that weigh the same in both directions.
    """
    return (_together if together else _each)(pairs, group, weigh_alike)


def coordination_mantel_haenszel(
    pairs: pl.DataFrame, group: str = "session", together: bool = False
) -> pl.DataFrame:
    """Coordination with each direction's own Mantel–Haenszel weights over the same bins.

    Args and returns as in `coordination_like_weighted`. Two roles who accommodate equally can
    differ here by up to .016, since they weigh the bins differently.
    """
    return (_together if together else _each)(pairs, group, weigh_by_role)


def coordination_classical(
    pairs: pl.DataFrame, group: str = "session", aggregate: int = 3, fewest: int = 3
) -> pl.DataFrame:
    """The classical value: P(m | prompt has m) − P(m), replies of any length alike.

    Why: so that others find their figure. Longer replies hold more of everything, which alone
    makes some of it.

    Args:
        pairs: from `reply_pairs`, bare ones included.
        group: what makes a speaker, together with the role.
        aggregate: 1 takes speakers with all eight classes, 2 fills a missing class with its
            mean over speakers, 3 takes the mean of the classes that each speaker has.
        fewest: prompts with the class that a speaker must have answered.

    Returns:
        One row: client, therapist (means over speakers), speakers_client, speakers_therapist.

    Source: Danescu-Niculescu-Mizil et al. 2012, and ConvoKit's three aggregates.
    """
    values = _classical_values(pairs, group, fewest)
    wide = values.pivot("class", index=[group, "side"], values="c", on_columns=list(range(8)))
    classes = [str(i) for i in range(len(CLASSES))]
    if aggregate == 1:
        wide = wide.drop_nulls(classes)
    elif aggregate == 2:
        wide = wide.with_columns(
            pl.col(c).fill_null(pl.col(c).mean().over("side")) for c in classes
        )
    each = wide.select("side", c=pl.mean_horizontal(classes)).drop_nulls("c")
    columns = []
    for role, side in (("client", -1), ("therapist", 1)):
        mine = pl.col("c").filter(pl.col("side") == side)
        columns += [mine.mean().alias(role), mine.len().alias(f"speakers_{role}")]
    return each.select(columns).select(
        "client", "therapist", "speakers_client", "speakers_therapist"
    )


def _classical_values(pairs: pl.DataFrame, group: str, fewest: int) -> pl.DataFrame:
    """C of each speaker (group and side) and class with enough prompts."""
    frames = []
    for i in range(len(CLASSES)):
        had = (pl.col("prompt").cast(pl.Int64) // 2**i % 2) == 1
        has = (pl.col("reply").cast(pl.Int64) // 2**i % 2) == 1
        sums = pairs.group_by(group, "side", maintain_order=True).agg(
            c=has.filter(had).mean() - has.mean(), prompts=had.sum()
        )
        kept = sums.filter(pl.col("prompts") >= fewest)
        frames.append(kept.select(group, "side", pl.lit(i).alias("class"), "c"))
    return pl.concat(frames)


def compute_coordination(features: Features) -> pl.DataFrame:
    """The like-weighted reading of each session, or why there is none."""
    found = coordination_like_weighted(reply_pairs(features))
    every = features.turns.select("session").unique(maintain_order=True)
    frame = every.join(found, on="session", how="left", maintain_order="left")
    client, therapist = (pl.col(f"replies_{r}").fill_null(0) for r in ("client", "therapist"))
    few = pl.min_horizontal(client, therapist) < FEWEST_PAIRS
    absent = (
        pl.when(few)
        .then(
            pl.format(
                "too few pairs for ten blocks: {} replies by the client and {} by the therapist; "
                "{} each are needed",
                *(client, therapist, pl.lit(FEWEST_PAIRS)),
            )
        )
        .when(pl.col("low").is_null())
        .then(pl.lit("too few replies of like length, with and without the same kinds of words"))
    )
    return frame.select(
        "session",
        "therapist",
        "client",
        tilt=pl.col("difference"),
        tilt_low=pl.col("low"),
        tilt_high=pl.col("high"),
        absent=absent,
    )


_WITH = "It is all very well and you think of the house"
_WITHOUT = "Work Monday bus tea dinner bath bed work Tuesday bus tea"
_SAID = {"+": _WITH, "-": _WITHOUT}
_CYCLE = [
    (role, _SAID[sign])
    for asked, replied in zip("++++----", "++-++---", strict=True)
    for role, sign in (("therapist", asked), ("client", replied))
]
"""The client echoes three of four each way; the therapist's turns do not follow the client's."""

INDICATOR = Indicator(
    name="coordination",
    version=1,
    facet="deference",
    title="Echo of the other's function words",
    kind="tilted",
    direction=-1,
    unit="difference of probabilities",
    why=(
        "People fall in with the small words of those they depend on, and do not know it. They "
        "also do so with people they like, or out of skill: therapists are taught to."
    ),
    formula=(
        "C(client→therapist) − C(therapist→client), where C = P(reply has a class of function "
        "words | prompt had it) − P(the same | prompt had not), among replies of like length to "
        "prompts of like length, like bins weighted alike in both directions; mean over eight "
        "classes, jackknife over ten blocks"
    ),
    source=(
        "Danescu-Niculescu-Mizil, Lee, Pang & Kleinberg 2012, doi:10.1145/2187836.2187931. Theirs "
        "compares with all replies, and so takes in that longer turns hold more of everything."
    ),
    compute=compute_coordination,
    needs=("no_interpreter",),
    caution="On an axis of its own, and within this dyad only.",
    example=exchange(*_CYCLE * 10, ("therapist", _WITH)),
    expected={
        "client": 0.5,
        "therapist": 0.0,
        "tilt": 0.5,
        "tilt_low": 0.5,
        "tilt_high": 0.5,
        "absent": None,
    },
)
