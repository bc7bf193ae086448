"""From features to amounts: k and e of each role, session and indicator, and their dispersion.

One pass of two group-bys serves all indicators that are sums over turns; the others bring
their own `compute`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evenhand.core.contracts import Indicator
from evenhand.core.features import Features
from evenhand.core.turnwise import after, other_after

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = 5
"""Turns in a block: acts that come in runs show a larger variance over blocks."""

AMOUNTS = pl.Schema(
    {"session": pl.UInt32, "indicator": pl.String}
    | {
        name: pl.Float64
        for name in (
            *("therapist", "client", "k_therapist", "e_therapist", "k_client", "e_client"),
            *("dispersion_therapist", "dispersion_client", "tilt", "tilt_low", "tilt_high"),
        )
    }
    | {"absent": pl.String}
)
"""A row a session and indicator, before anything is said of what can be read."""


def wanted_columns(indicators: Iterable[Indicator]) -> set[str]:
    """The count columns that the indicators' expressions name."""
    names = {"n_title", "n_position_named", "n_question_open", "n_question_closed"}
    for indicator in indicators:
        for expression in (indicator.amount, indicator.exposure):
            if expression is not None:
                names |= {n for n in expression.meta.root_names() if n.startswith("n_")}
    return names


def _summed(indicators: Iterable[Indicator]) -> list[Indicator]:
    return [i for i in indicators if i.amount is not None and i.exposure is not None]


def amounts_by_turn(features: Features, indicators: Iterable[Indicator]) -> pl.DataFrame:
    """Amount ``a.NAME`` and exposure ``e.NAME`` of each turn of the pair.

    Returns:
        row, session, side, minimal and two columns an indicator, for turns with a side.
    """
    columns = [
        expression.cast(pl.Float64).fill_null(0.0).alias(f"{prefix}.{i.name}")
        for i in _summed(indicators)
        for prefix, expression in (("a", i.amount), ("e", i.exposure))
        if expression is not None
    ]
    return (
        features.turns.lazy()
        .select("row", "session", "side", "minimal", *columns)
        .filter(pl.col("side") != 0)
        .collect()
    )


def _edges(*keys: Ints) -> Ints:
    """Where a new group begins in rows that are sorted by these keys."""
    change = np.zeros(len(keys[0]), dtype=bool)
    change[:1] = True
    for key in keys:
        change[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(change)


def _matrix(by_turn: pl.DataFrame, prefix: str, names: list[str]) -> Floats:
    return by_turn.select(f"{prefix}.{n}" for n in names).to_numpy()


class Sums(NamedTuple):
    """Sums over a partition: arrays of sessions by sides (therapist, client) by indicators.

    ``k`` and ``e`` are sums over all turns; ``s`` and ``q`` sum and squares over the ``n``
    non-minimal ones; ``sb`` and ``qb`` those of the ``blocks`` full blocks of five. ``there`` is
    False where a side has no turn at all.
    """

    there: NDArray[np.bool_]
    n: Floats
    blocks: Floats
    k: Floats
    e: Floats
    s: Floats
    q: Floats
    sb: Floats
    qb: Floats


def _sums(by_turn: pl.DataFrame, names: list[str], sessions: int) -> Sums:
    """All sums that amounts and their dispersion are made of, in two passes of additions."""
    spoken = ~pl.col("minimal")
    place = spoken.cast(pl.Int32).cum_sum().over("session", "side") - 1
    block = pl.when(spoken).then(place // BLOCK).otherwise(-1).alias("block")
    rows = by_turn.with_columns(block).sort("session", "side", "block", maintain_order=True)
    session, side, which = (rows[c].to_numpy() for c in ("session", "side", "block"))
    amount, exposure = _matrix(rows, "a", names), _matrix(rows, "e", names)
    inside = (which >= 0)[:, None]
    starts, pieces = _edges(session, side), _edges(session, side, which)
    of_block = np.add.reduceat(amount, pieces, axis=0)
    sizes = np.diff(np.append(pieces, len(session)))
    full = ((which[pieces] >= 0) & (sizes == BLOCK))[:, None]
    of_side = np.searchsorted(pieces, starts)
    at = (session[starts].astype(np.int64), (side[starts] < 0).astype(np.int64))

    def laid(values: Floats) -> Floats:
        out = np.zeros((sessions, 2, *values.shape[1:]))
        out[at] = values
        return out

    there = np.zeros((sessions, 2), dtype=bool)
    there[at] = True
    return Sums(
        there,
        laid(np.add.reduceat(inside[:, 0].astype(np.float64), starts)),
        laid(np.add.reduceat(full[:, 0].astype(np.float64), of_side)),
        laid(np.add.reduceat(amount, starts, axis=0)),
        laid(np.add.reduceat(exposure, starts, axis=0)),
        laid(np.add.reduceat(amount * inside, starts, axis=0)),
        laid(np.add.reduceat(amount**2 * inside, starts, axis=0)),
        laid(np.add.reduceat(of_block * full, of_side, axis=0)),
        laid(np.add.reduceat(of_block**2 * full, of_side, axis=0)),
    )


def _over_mean(n: Floats, total: Floats, squares: Floats) -> Floats:
    """Sample variance over mean, nan with fewer than two values or a sum of 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (squares - total**2 / n) / (n - 1) / (total / n)
    return np.where((n >= 2) & (total > 0), found, np.nan)


def _dispersions(sums: Sums, binary: NDArray[np.bool_]) -> Floats:
    """Variance over mean a turn (1 - p for 0/1), or over blocks of five turns if larger."""
    n, blocks = sums.n[:, :, None], sums.blocks[:, :, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = 1.0 - sums.s / n
    alone = np.where(binary, share, _over_mean(n, sums.s, sums.q))
    found = np.fmax(alone, _over_mean(blocks, sums.sb, sums.qb))
    return np.where(sums.s > 0, found, np.nan)


def _credited(values: Floats, credit: str | None) -> Floats:
    """A side's own values, the other side's, or both sides' together."""
    if credit == "both":
        return np.broadcast_to(np.nansum(values, axis=1, keepdims=True), values.shape)
    return values if credit == "own" else values[:, ::-1]


def _long(sums: Sums, dispersion: Floats, number: int, i: Indicator) -> pl.DataFrame:
    """One indicator's rows: k, e and dispersion of both roles, or of the acting one."""
    gone = np.where(sums.there, 0.0, np.nan)
    k = _credited(sums.k[:, :, number] + gone, i.credit)
    phi = _credited(dispersion[:, :, number], i.credit)
    e = _credited(sums.e[:, :, number] + gone, i.exposure_credit or i.credit)
    columns = {
        f"{what}_{role}": values[:, side]
        for side, role in enumerate(("therapist", "client"))
        if i.side in (None, role)
        for what, values in (("k", k), ("e", e), ("dispersion", phi))
    }
    frame = pl.DataFrame({"session": np.arange(len(k), dtype=np.uint32), **columns})
    return frame.with_columns(pl.col(list(columns)).fill_nan(None), indicator=pl.lit(i.name))


def _fit_schema(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in AMOUNTS.items()
    )


def amounts_of(
    features: Features, indicators: Mapping[str, Indicator], by_turn: pl.DataFrame
) -> pl.DataFrame:
    """Amounts of all indicators over all sessions of a partition.

    Args:
        features: the partition.
        indicators: by name.
        by_turn: `amounts_by_turn` of the same.

    Returns:
        Rows of `AMOUNTS`; a session without a row had nothing of it.
    """
    frames = [pl.DataFrame(schema=AMOUNTS)]
    summed = _summed(indicators.values())
    if by_turn.height:
        sums = _sums(by_turn, [i.name for i in summed], features.sessions.height)
        phi = _dispersions(sums, np.array([i.binary for i in summed]))
        frames += [_fit_schema(_long(sums, phi, n, i)) for n, i in enumerate(summed)]
    for i in indicators.values():
        if i.compute is not None:
            frames.append(_fit_schema(i.compute(features).with_columns(indicator=pl.lit(i.name))))
    return pl.concat(frames)


def session_facts(features: Features) -> pl.DataFrame:
    """What a session's input can carry: a row a session.

    Returns:
        session, turns_therapist, turns_client (non-minimal), words_therapist, words_client,
        timed, any_dash, any_overlap, any_gap, any_title, interpreter.
    """
    t, c = pl.col("side") == 1, pl.col("side") == -1
    spoken, pair = ~pl.col("minimal"), pl.col("side") != 0
    late = after("start_s") - pl.col("end_s")
    return (
        features.turns.lazy()
        .with_columns(late=pl.when(other_after()).then(late))
        .group_by("session")
        .agg(
            (t & spoken).sum().alias("turns_therapist"),
            (c & spoken).sum().alias("turns_client"),
            pl.col("words").filter(t).sum().alias("words_therapist"),
            pl.col("words").filter(c).sum().alias("words_client"),
            pl.col("timed").first(),
            (pl.col("ends_dash") & pair).any().alias("any_dash"),
            (pl.col("late") < -0.1).fill_null(False).any().alias("any_overlap"),
            (pl.col("late") > 0.1).fill_null(False).any().alias("any_gap"),
            ((pl.col("n_title") > 0) & pair).any().alias("any_title"),
            (pl.col("role").str.to_lowercase() == "interpreter").any().alias("interpreter"),
        )
        .sort("session")
        .collect()
    )


def evidence_of(
    features: Features, indicators: Mapping[str, Indicator], by_turn: pl.DataFrame
) -> pl.DataFrame:
    """The turns behind each number: session, indicator, row, side, span."""
    keys: dict[Any, Any] = {"row": pl.UInt32, "side": pl.Int8}
    span: dict[Any, Any] = {"start_char": pl.Int64, "end_char": pl.Int64}
    frames = []
    names = pl.Enum(list(indicators))  # sorts as its names do, and far faster
    by_code = features.hits.select("row", "code", *span).partition_by(
        "code", as_dict=True, include_key=False
    )
    nothing = features.hits.clear().select("row", *span)
    for i in indicators.values():
        if i.evidence_of is not None:
            rows = i.evidence_of(features).cast(keys | span)
        elif i.amount is None or i.evidence == ():
            continue
        else:
            turn_is = 1 if i.credit == "own" else -1
            rows = by_turn.filter(pl.col(f"a.{i.name}") > 0).select(
                "row", (pl.col("side") * turn_is).cast(pl.Int8).alias("side")
            )
            if i.side is not None:
                rows = rows.filter(pl.col("side") == (1 if i.side == "therapist" else -1))
            codes = [by_code[(code,)] for code in i.evidence or () if (code,) in by_code]
            found = pl.concat([nothing, *codes])
            rows = rows.join(found, on="row", how="left", maintain_order="left")
        frames.append(rows.select("row", "side", *span, indicator=pl.lit(i.name, names)))
    places = features.turns.select("row", "session", "turn")
    return pl.concat(frames).join(places, on="row", maintain_order="left")
