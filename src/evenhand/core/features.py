"""What indicators see: a frame with a row a turn, and the codes that were found in it.

Everything here is vectorised over a whole partition of a study. Rows are sorted by session and
turn; ``side`` is +1 for the therapist's side, -1 for the client's, 0 for others in the room.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from evenhand.core.tables import CLIENT, THERAPIST

WORD = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’\-][\p{L}\p{N}\p{M}]+)*"
"""A word: letters and digits with inner apostrophes and hyphens, in any script."""

NOTE = (
    r"\[[^\[\]]{0,60}\]|\((?i:pause|silence|laugh|sigh|cry|cough|inaudible|crosstalk)[^()]{0,40}\)"
)
"""What a transcriber noted and nobody said."""

DASH_END = r"(?:--|[—–]|\s-|\w-)[\s\"'”’)\]]*$"
"""A turn that breaks off."""


@dataclass(frozen=True)
class Features:
    """A partition's turns with all that indicators count, and its codes by row.

    ``turns`` has: row, session (index), turn, role, side, speaker, minimal, said (its words, lower
    case), words (how many), start_s, end_s, seconds, timed (does the session have times?),
    ends_dash, text, and a count ``n_CODE`` (``n_CODE.SUBTYPE``) for each code that was asked for.
    ``hits`` has: row, session, turn, side, code, subtype, start_char, end_char. ``sessions`` has:
    session, session_id.
    """

    turns: pl.DataFrame
    hits: pl.DataFrame
    sessions: pl.DataFrame
    roles: tuple[str, str] = (THERAPIST, CLIENT)
    options: dict[str, bool] = field(default_factory=dict)
    once: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    """What an indicator's number and its evidence are both made from, worked out once."""

    @cached_property
    def words(self) -> pl.DataFrame:
        """A row a word of the pair's turns: row, session, side, word (lower case, ’ as ')."""
        spoken = self.turns.lazy().filter((pl.col("side") != 0) & (pl.col("words") > 0))
        return spoken.select("row", "session", "side", word="said").explode("word").collect()


def side_of(role: str = "role") -> pl.Expr:
    """+1 for the therapist's role, -1 for the client's, 0 for anyone else."""
    is_t, is_c = pl.col(role) == THERAPIST, pl.col(role) == CLIENT
    return (is_t.cast(pl.Int8) - is_c.cast(pl.Int8)).fill_null(0).cast(pl.Int8)


def words_said() -> pl.Expr:
    """A turn's words as a list, lower case, ’ as ', a transcriber's notes left out."""
    said = pl.col("text").fill_null("").str.replace_all(NOTE, " ").str.to_lowercase()
    return said.str.replace_all("’", "'", literal=True).str.extract_all(WORD)


def word_count() -> pl.Expr:
    """Words of a turn, a transcriber's notes left out."""
    return words_said().list.len()


def is_timed() -> pl.Expr:
    """True for sessions in which at least nine tenths of the pair's turns have both times."""
    known = (pl.col("seconds") > 0).fill_null(False) | (pl.col("side") == 0)
    return known.mean().over("session") >= 0.9


def base_turns(turns: pl.DataFrame) -> pl.DataFrame:
    """Turns with session index, row, side, words, seconds; sorted by session and turn."""
    sessions = turns.select("session_id").unique(maintain_order=True).with_row_index("session")
    seconds = (pl.col("end_s") - pl.col("start_s")).clip(lower_bound=0.0)
    return (
        turns.join(sessions, on="session_id", how="left", maintain_order="left")
        .sort("session", "turn", maintain_order=True)
        .with_row_index("row")
        .with_columns(
            side_of().alias("side"),
            words_said().alias("said"),
            seconds.alias("seconds"),
            pl.col("text").str.contains(DASH_END).alias("ends_dash"),
        )
        .with_columns(is_timed().alias("timed"), words=pl.col("said").list.len())
    )


def count_name(code: str, subtype: str | None = None) -> str:
    """The column that counts a code's hits in a turn."""
    return f"n_{code}" if subtype is None else f"n_{code}.{subtype}"


def _counts(hits: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """A row for each turn with hits, and a count for each wanted column."""
    plain = hits.select("row", pl.format("n_{}", "code").alias("name"))
    sub = hits.filter(pl.col("subtype").is_not_null()).select(
        "row", pl.format("n_{}.{}", "code", "subtype").alias("name")
    )
    wanted = sorted(set(columns))
    name = pl.col("name").cast(pl.Enum(wanted), strict=False)
    long = pl.concat([plain, sub]).select("row", name.to_physical()).drop_nulls("name")
    return long.group_by("row").agg(
        (pl.col("name") == n).sum().cast(pl.UInt32).alias(name) for n, name in enumerate(wanted)
    )


def build_features(
    turns: pl.DataFrame, codes: pl.DataFrame, wanted: Iterable[str], options: dict[str, bool]
) -> Features:
    """Join turns and codes into what indicators see.

    Args:
        turns: `tables.TURNS` of whole sessions, roles mapped.
        codes: `tables.CODES` of these turns.
        wanted: names of the count columns that the indicators use (``n_question_open`` …).
        options: facts of the whole study (``pair_mapped`` where ``--roles`` named another pair).
    """
    wanted = sorted(set(wanted) | {"n_minimal"})
    base = base_turns(turns)
    keys = base.select("session_id", "turn", "row", "session", "side")
    hits = codes.join(keys, on=["session_id", "turn"], how="inner", maintain_order="left").select(
        "row", "session", "turn", "side", "code", "subtype", "start_char", "end_char"
    )
    frame = base.join(_counts(hits, wanted), on="row", how="left", maintain_order="left")
    frame = frame.with_columns(pl.col(wanted).fill_null(0)).with_columns(
        (pl.col("n_minimal") > 0).alias("minimal")
    )
    sessions = base.select("session", "session_id").unique(maintain_order=True)
    return Features(frame, hits, sessions, options=options)
