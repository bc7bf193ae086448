"""From features to amounts: k and e of each role, session and indicator, and their dispersion.

One pass of two group-bys serves all indicators that are sums over turns; the others bring
their own `compute`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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


def _by_side(by_turn: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Sums, squares and block sums of every indicator: a row a session and side.

    Columns: n (non-minimal turns), blocks (full ones), and for each indicator k. and e. (sums),
    s. and q. (sum and squares over non-minimal turns), sb. and qb. (over full blocks).
    """
    spoken = ~pl.col("minimal")
    place = spoken.cast(pl.Int32).cum_sum().over("session", "side") - 1
    block = pl.when(spoken).then(place // BLOCK).otherwise(-1).alias("block")
    rows = by_turn.with_columns(block).sort("session", "side", "block", maintain_order=True)
    if rows.is_empty():
        return pl.DataFrame(schema={"session": pl.UInt32, "side": pl.Int8})
    session, side, which = (rows[c].to_numpy() for c in ("session", "side", "block"))
    amount, exposure = _matrix(rows, "a", names), _matrix(rows, "e", names)
    inside = (which >= 0)[:, None]
    starts, pieces = _edges(session, side), _edges(session, side, which)
    sums = np.add.reduceat(amount, pieces, axis=0)
    sizes = np.diff(np.append(pieces, len(session)))
    full = ((which[pieces] >= 0) & (sizes == BLOCK))[:, None]
    of_piece = np.searchsorted(pieces, starts)
    totals = {
        "k": np.add.reduceat(amount, starts, axis=0),
        "e": np.add.reduceat(exposure, starts, axis=0),
        "s": np.add.reduceat(amount * inside, starts, axis=0),
        "q": np.add.reduceat(amount**2 * inside, starts, axis=0),
        "sb": np.add.reduceat(sums * full, of_piece, axis=0),
        "qb": np.add.reduceat(sums**2 * full, of_piece, axis=0),
    }
    columns = {f"{p}.{n}": t[:, i] for p, t in totals.items() for i, n in enumerate(names)}
    return pl.DataFrame(
        {
            "session": session[starts],
            "side": side[starts],
            "n": np.add.reduceat(inside[:, 0].astype(np.float64), starts),
            "blocks": np.add.reduceat(full[:, 0].astype(np.float64), of_piece),
            **columns,
        }
    )


def _over_mean(n: pl.Expr, total: pl.Expr, squares: pl.Expr) -> pl.Expr:
    """Sample variance over mean, null with fewer than two values or a mean of 0."""
    variance = (squares - total**2 / n) / (n - 1)
    return pl.when((n >= 2) & (total > 0)).then(variance / (total / n))


def _dispersion(name: str, binary: bool) -> pl.Expr:
    """Variance over mean a turn (1 - p for 0/1), or over blocks of five turns if larger."""
    n, total = pl.col("n"), pl.col(f"s.{name}")
    alone = (
        pl.when(n > 0).then(1.0 - total / n)
        if binary
        else _over_mean(n, total, pl.col(f"q.{name}"))
    )
    blocks = _over_mean(pl.col("blocks"), pl.col(f"sb.{name}"), pl.col(f"qb.{name}"))
    return pl.when(total > 0).then(pl.max_horizontal(alone, blocks))


def _of_role(sides: pl.DataFrame, i: Indicator, role: str, side: int) -> pl.DataFrame:
    """One indicator's k, e and dispersion credited to one role: a row a session."""
    mine = side if i.credit == "own" else -side
    credit = i.exposure_credit or i.credit
    lent = sides.filter(pl.col("side") == (side if credit == "own" else -side))
    amount = sides.filter(pl.col("side") == mine).select(
        "session",
        pl.col(f"k.{i.name}").alias(f"k_{role}"),
        _dispersion(i.name, i.binary).alias(f"dispersion_{role}"),
    )
    if credit == "both":
        exposure = sides.group_by("session").agg(pl.col(f"e.{i.name}").sum().alias(f"e_{role}"))
    else:
        exposure = lent.select("session", pl.col(f"e.{i.name}").alias(f"e_{role}"))
    return amount.join(exposure, on="session", how="full", coalesce=True)


def _long(sides: pl.DataFrame, i: Indicator) -> pl.DataFrame:
    """One indicator's rows, one-sided ones without the other role."""
    parts = [
        _of_role(sides, i, role, side)
        for role, side in (("therapist", 1), ("client", -1))
        if i.side in (None, role)
    ]
    frame = parts[0]
    for part in parts[1:]:
        frame = frame.join(part, on="session", how="full", coalesce=True)
    return frame.with_columns(indicator=pl.lit(i.name))


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
    summed = _summed(indicators.values())
    sides = _by_side(by_turn, [i.name for i in summed])
    frames = [_fit_schema(_long(sides, i)) for i in summed]
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
            found = features.hits.filter(pl.col("code").is_in(i.evidence or ())).select(
                "row", *span
            )
            rows = rows.join(found, on="row", how="left", maintain_order="left")
        frames.append(rows.select("row", "side", *span, indicator=pl.lit(i.name)))
    places = features.turns.select("row", "session", "turn")
    return pl.concat(frames).join(places, on="row", maintain_order="left")
