"""A first sentence that only says again what the other has just said is no act of one's own.

Echoing is how some autistic people, some second-language speakers and many others take a turn.
"""

from __future__ import annotations

import polars as pl

from evenhand.coders._words import Words

FIRST_SENTENCE = r"^( [^|]*[^ ,|] [^|]+ )\|"
"""Of two words at least, and with something after it."""


def echoes(rows: pl.DataFrame, frame: pl.DataFrame, words: Words) -> pl.DataFrame:
    """Turns that begin with an echo: row, echo_end (the character behind it).

    Args:
        rows: row, the turns to look at.
        frame: row, plain, prior_row.
        words: of the same rows as `frame`.
    """
    said = words.frame.select("row", "words")
    return (
        rows.select("row")
        .unique(maintain_order=True)
        .join(said, on="row")
        .with_columns(first=pl.col("words").str.extract(FIRST_SENTENCE))
        .drop_nulls("first")
        .join(frame.select("row", "plain", "prior_row").drop_nulls(), on="row")
        .join(said.rename({"row": "prior_row", "words": "theirs"}), on="prior_row")
        .filter(pl.col("theirs").str.contains(pl.col("first"), literal=True))
        .select(
            "row", echo_end=pl.col("plain").str.extract(r"^(\W*[^.?!;:]*[.?!;:]+)").str.len_chars()
        )
    )
