"""From pieces (cues, segments, lines) to turns."""

from __future__ import annotations

import polars as pl

from evenhand.core.tables import TURNS, as_table

BACKCHANNEL = (
    r"^\W*(?:(?:m+|mm+-?hm+|mhm+|hm+|uh-?huh|ah|oh|yeah|yes|yep|right|okay|ok|sure|i see|no)\W*)+$"
)
"""A piece that only shows that somebody is listening."""


def _inside() -> pl.Expr:
    """True for a backchannel whose time lies within what another speaker is still saying."""
    latest = pl.col("end_s").cum_max()
    new = pl.col("end_s") >= latest
    row = pl.int_range(pl.len())
    at = pl.when(new).then(row).forward_fill().shift(1)
    holder = pl.col("speaker").gather(at)
    within = (pl.col("end_s") <= latest.shift(1)) & holder.ne_missing(pl.col("speaker"))
    small = pl.col("text").str.to_lowercase().str.contains(BACKCHANNEL)
    return (within & small).fill_null(False)


def form_turns(pieces: pl.DataFrame, session_id: str, source_file: str) -> pl.DataFrame:
    """Join neighbouring pieces of one speaker; keep backchannels inside the other's turn apart.

    Args:
        pieces: speaker, text and, where known, role, start_s, end_s, source_line; in the file's
            order. Pieces that all have a start are put in its order first. ``change`` (optional)
            is true where another person begins though no name says so.
        session_id: the session that the pieces are of.
        source_file: the file's name.

    Returns:
        `tables.TURNS` of one session, turn from 1. A turn runs from its first piece's start to
        its last end, unknown where the first piece's start or the last one's end is; its line is
        that of its first piece.
    """
    wanted = {"role": pl.String, "start_s": pl.Float64, "end_s": pl.Float64}
    lines = {"source_line": pl.Int64, "speaker": pl.String, "text": pl.String}
    lines |= {"change": pl.Boolean}
    frame = pieces.select(
        (pl.col(n) if n in pieces.columns else pl.lit(None)).cast(k).alias(n)
        for n, k in (wanted | lines).items()
    )
    frame = frame.with_columns(pl.col("text").str.strip_chars()).filter(
        pl.col("text").str.len_chars() > 0
    )
    if frame.height and frame["start_s"].null_count() == 0:
        frame = frame.sort("start_s", maintain_order=True)
    frame = frame.with_row_index("at").with_columns(inside=_inside())
    main = frame.filter(~pl.col("inside"))
    other = pl.col("speaker").ne_missing(pl.col("speaker").shift(1))
    change = (other | pl.col("change").fill_null(False)).cum_sum()
    joined = (
        main.with_columns(run=change.fill_null(0))
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("at").first(),
            pl.col("speaker", "role").first(),
            pl.col("start_s").first(),
            pl.when(pl.col("end_s").last().is_not_null()).then(pl.col("end_s").max()),
            pl.col("text").str.join(" "),
            pl.col("source_line").first(),
        )
        .drop("run")
    )
    turns = pl.concat([joined, frame.filter("inside").select(joined.columns)]).sort("at")
    turns = turns.with_columns(
        session_id=pl.lit(session_id),
        source_file=pl.lit(source_file),
        turn=pl.int_range(1, pl.len() + 1),
    )
    return as_table(turns, TURNS)
