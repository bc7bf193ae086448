"""What rules know of a turn: its two texts, its place, and what the other said before."""

from __future__ import annotations

import polars as pl

from evenhand.coders._phrasebook import phrasebook
from evenhand.coders._quotes import without_quotes
from evenhand.coders._text import marked, plain, spaced
from evenhand.core.tables import CLIENT, THERAPIST

LEXICAL_QUESTION = (
    r"^\s*(?:(?:and|so|but|well|okay|ok|um|uh|er|now|right|yeah|alright)\s+)*"
    r"(?:what|how|why|who|where|when|which|whose|do|does|did|are|is|was|were|have|has|had|can|"
    r"could|would|will|should|shall|may)\s+(?:you|your|we|it|that|this|there|i|he|she|they|the|"
    r"kind|sort|about|would|did|do|does|is|are|was|were|made|makes|happened|happens|else|s|if|"
    r"come|long|often|many|much|could|can|might|brings|brought|things)\b"
)
"""A turn that begins as questions do, for transcripts without question marks."""

ASKS_INSIDE = (
    r"\b(?:what|how|why|where|when|who|which)(?: \w+){0,2} "
    r"(?:do|did|does|are|were|is|was|would|could|can|will|have|has|should) "
    r"(?:you|your|we|that|this|it|they|he|she|the)\b|"
    r"\b(?:do|did|are|were|have|would|could|can|will) you\b|"
    r"\b(?:is|was|does|did|has|would) (?:that|this|it|there|he|she)\b|"
    r"\b(?:what|how) about\b|\bwhat (?:else|kind|sort|makes|made)\b|"
    r"\bwhat (?:happened|happens|brings|brought)\b|"
    r"\bhow (?:many|much|often|long|important|confident)\b|\bwhat's (?:your|the|that|it)\b"
)
"""Word order that asks, anywhere in a turn, where a transcript has no marks at all."""

TAG_END = (
    r", ?(?:is|are|was|were|do|does|did|have|has|had|can|could|would|will|wo|ca|should)(?:n't)? "
    r"(?:it|he|she|they|you|we|i|that|there)\W*$|"
    r", ?(?:huh|eh|innit|you know|y'know|you know what i mean|know what i mean)\W*$"
)
"""A tag at the end of a sentence. What it is put behind is told, not asked.

Who uses tags follows gender and region, so they change no count of questions or directives (the
code book's fourth fairness test). On AnnoMI this costs .002 of the F1 of questions.
"""


def minimal_pattern() -> str:
    """Matches the spaced text of a bare reply."""
    phrases = sorted(phrasebook()["minimal"].rules[0].phrases, key=len, reverse=True)
    return r"^\s*(?:(?:" + "|".join(phrases) + r")\s+)+$"


def _first_row() -> pl.Expr:
    """Row of the session's first turn; a session's turns stand together."""
    begins = (pl.col("session") != pl.col("session").shift(1)).fill_null(True)
    return pl.when(begins).then(pl.col("row")).forward_fill()


def _last_of(role: str) -> pl.Expr:
    """Row of the session's last turn of a role that was more than a bare reply, up to this row."""
    theirs = (pl.col("role") == role) & ~pl.col("minimal")
    last = pl.when(theirs).then(pl.col("row")).forward_fill()
    return pl.when(last >= _first_row()).then(last)


def coding_frame(turns: pl.DataFrame) -> pl.DataFrame:
    """Turns as rules see them.

    Args:
        turns: `tables.TURNS`, sorted by session and turn.

    Returns:
        row, session, session_id, turn, role, place (in the session, from 0), own (of the role's
        own turns, from 1), plain, unquoted and has_mark (`_quotes.without_quotes`), marked,
        spaced, minimal, asks, prior_row (the other's last turn that was more than a bare reply)
        and prior_asks.
    """
    said = turns.with_row_index("row").select("row", "session_id", "turn", "role", "text")
    frame = (
        without_quotes(said.with_columns(session=pl.col("session_id").rle_id(), plain=plain()))
        .with_columns(marked=marked())
        .with_columns(spaced=spaced())
        .with_columns(
            minimal=pl.col("spaced").str.contains(minimal_pattern()),
        )
        .with_columns(
            asks=pl.col("has_mark") | pl.col("spaced").str.contains(LEXICAL_QUESTION),
            place=pl.col("row").cast(pl.Int64) - _first_row(),
            own=pl.int_range(1, pl.len() + 1).over("session", "role"),
            last_t=_last_of(THERAPIST),
            last_c=_last_of(CLIENT),
        )
    )
    prior = (
        pl.when(pl.col("role") == CLIENT)
        .then(pl.col("last_t"))
        .when(pl.col("role") == THERAPIST)
        .then(pl.col("last_c"))
        .alias("prior_row")
    )
    return _with_prior_asks(frame.with_columns(prior).drop("last_t", "last_c", "text"))


def _with_prior_asks(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, of which `row` counts all rows from 0."""
    return frame.with_columns(prior_asks=pl.col("asks").gather(pl.col("prior_row")))


def ask_without_marks(frame: pl.DataFrame, bare: pl.Series) -> pl.DataFrame:
    """The frame, where turns of sessions without punctuation ask by their words' order.

    Args:
        frame: `coding_frame`.
        bare: sessions (indices) whose transcript has no punctuation.
    """
    if bare.is_empty():
        return frame
    inside = pl.col("spaced").str.contains(ASKS_INSIDE)
    asks = pl.col("asks") | (pl.col("session").is_in(bare.implode()) & inside)
    return _with_prior_asks(frame.with_columns(asks=asks))
