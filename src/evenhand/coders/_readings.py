"""Where two codes claim one act: whose words they are decides between reading and reflection."""

from __future__ import annotations

import polars as pl

from evenhand.core.tables import CLIENT

SHARED = 0.6
"""Share of an offered reading's content words that were the client's own: then it reflects."""

_SMALL = frozenset(
    "the a an and or but of to in on at it is was be been that this you your i me my we so if as "
    "for with about are were do did have has had not no just like kind sort um uh it's that's "
    "you're wonder whether perhaps maybe because there what when they he she him her his".split()
)
"""Words that two people share in any case."""


def _content(frame: pl.DataFrame) -> pl.DataFrame:
    """Row and its content words, each once."""
    words = frame.select("row", word=pl.col("spaced").str.extract_all(r"[^ ]+"))
    return words.explode("word").filter(~pl.col("word").is_in(sorted(_SMALL))).unique()


def _lent(offered: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of offered readings that mostly give back the client's last two turns' words."""
    spoken = frame.filter((pl.col("role") == CLIENT) & ~pl.col("minimal"))
    theirs = spoken.select("session", prior="row", nth=pl.int_range(pl.len()).over("session"))
    last = (
        offered.select("row", "session")
        .sort("row")
        .join_asof(
            theirs.sort("prior"),
            left_on="row",
            right_on="prior",
            by="session",
            check_sortedness=False,
        )
    )
    back = pl.DataFrame({"back": [0, 1]})
    pairs = (
        last.join(back, how="cross")
        .with_columns(nth=pl.col("nth") - pl.col("back"))
        .join(theirs.select("session", "nth", at="prior"), on=["session", "nth"])
    )
    rows = pl.concat([pairs["row"], pairs["at"]]).unique().implode()
    words = _content(frame.filter(pl.col("row").is_in(rows)))
    said = pairs.join(words.rename({"row": "at"}), on="at").select("row", "word").unique()
    both = words.join(said, on=["row", "word"], how="semi").group_by("row").len("shared")
    every = words.group_by("row").len("all")
    share = every.join(both, on="row").filter(pl.col("shared") >= SHARED * pl.col("all"))
    return share.select("row")


def settle_readings(hits: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """An interpretation in the client's own words becomes a reflection; one act, one code.

    Where a turn reflects, what looks like a directive within the reflection ("you feel you
    should") has been left out by the phrases' own conditions.
    """
    offered = hits.filter(pl.col("code") == "interpretation").select("row").unique()
    if offered.is_empty():
        return hits
    keys = frame.select("row", "session")
    lent = _lent(offered.join(keys, on="row"), frame)["row"].implode()
    ours = (pl.col("code") == "interpretation") & pl.col("row").is_in(lent)
    return hits.with_columns(
        code=pl.when(ours).then(pl.lit("reflection")).otherwise(pl.col("code"))
    )
