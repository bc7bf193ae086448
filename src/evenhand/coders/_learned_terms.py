"""What a learned coder looks at in a turn: terms of its words, its make-up and its neighbours.

All in columns: text is split once, pairs of words come from a shift, and the letters' n-grams are
worked out once for each different word and carried to turns by one sparse product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

TOKEN = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}']*|\?"
"""A word with its apostrophes, or a question mark."""

FILLER = (
    r"^(?:(?:okay|ok|mm|hm+|mhm|yeah|yes|yep|right|uh|um|er|so|and|well|all|alright|oh|but|no)\b"
    r"[\s,.\-–—]*)+"
)
"""Small words that a turn begins with before it says what it says."""

SENTENCE = r"[^.?!…]+[.?!…]*"
"""A sentence with its end mark."""

BLOCKS = ("own", "cue", "before", "after", "letters", "shape")
"""Blocks of features, in the order of a model's columns."""

SHAPE = (
    "question_marks",
    "ends_with_question_mark",
    "words_log",
    "sentences",
    "share_taken_up",
    "takes_up",
    "place",
    "opening",
    "closing",
)
"""Numbers of a turn: how long, how it ends, what of the other's words it repeats, and when."""

Matrix = Any  # scipy.sparse.csr_matrix; SciPy is loaded where it is used


@dataclass(frozen=True)
class Seen:
    """Everything that could be counted in some turns, before a vocabulary chooses from it.

    Args:
        n: turns that are looked at (the model's role), numbered 0 … n - 1.
        terms: block, row, term, n: a row a term that occurs in a turn.
        pieces: row, piece, n: whitespace-divided pieces, for the letters' n-grams.
        shape: shape (n, len(SHAPE)).
    """

    n: int
    terms: pl.DataFrame
    pieces: pl.DataFrame
    shape: NDArray[np.float64]


def look_at(turns: pl.DataFrame, wanted: pl.Series) -> Seen:
    """Count terms in the wanted turns; the others serve as their neighbours.

    Args:
        turns: session_id, turn, text; sorted by session and turn.
        wanted: True for the turns to look at, same order.

    Returns:
        Terms of the wanted turns, rows numbered in order.
    """
    frame = turns.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"),
        pl.col("session_id").rle_id().alias("session"),
        pl.col("text").fill_null("").str.to_lowercase().str.replace_all("’", "'").alias("text"),
        wanted.alias("wanted"),
    ).with_columns(pl.when("wanted").then(pl.col("wanted").cum_sum() - 1).alias("row"))
    own = _own_terms(frame)
    blocks = [_at_rows(own, frame, 0, "own"), _cue_terms(frame)]
    blocks += [_at_rows(own, frame, -1, "before"), _at_rows(own, frame, 1, "after")]
    mine = frame.filter("wanted")
    pieces = mine.select("row", piece=pl.col("text").str.extract_all(r"\S+")).explode("piece")
    return Seen(
        n=mine.height,
        terms=pl.concat(blocks),
        pieces=pieces.drop_nulls().group_by("row", "piece").len("n"),
        shape=_shape(frame, own),
    )


def _own_terms(frame: pl.DataFrame) -> pl.DataFrame:
    """Words and pairs of words of every turn: at, term, n."""
    words = (
        frame.select("at", term=pl.col("text").str.extract_all(TOKEN)).explode("term").drop_nulls()
    )
    pairs = words.with_columns(
        pl.concat_str("term", pl.col("term").shift(-1), separator=" ").alias("term"),
        (pl.col("at") == pl.col("at").shift(-1)).alias("same"),
    )
    both = pl.concat([words, pairs.filter("same").select("at", "term")])
    return both.group_by("at", "term").len("n")


def _at_rows(own: pl.DataFrame, frame: pl.DataFrame, step: int, block: str) -> pl.DataFrame:
    """The terms of the turn `step` away in the same session, by wanted row."""
    near = frame.select(
        "row",
        "wanted",
        pl.when(pl.col("session") == pl.col("session").shift(-step))
        .then(pl.col("at").shift(-step))
        .alias("at"),
    ).filter("wanted")
    return own.join(near.drop_nulls("at"), on="at", how="inner").select(
        pl.lit(block).alias("block"), "row", "term", "n"
    )


def _first(words: str, n: int, mark: str) -> pl.Expr:
    """The first `n` words of a list, as one term with a mark that says what they are."""
    first = pl.col(words).list.head(n).list.join(" ")
    return pl.concat_str(pl.lit(f"{mark}{n} "), first)


def _cue_terms(frame: pl.DataFrame) -> pl.DataFrame:
    """How a turn begins, how it begins after its small words, and how long it is.

    A reflection is told by "so you …" at the head far more than by its words anywhere.
    """
    mine = frame.filter("wanted").select(
        "row",
        words=pl.col("text").str.extract_all(TOKEN).list.head(3),
        bare=pl.col("text").str.replace(FILLER, "").str.extract_all(TOKEN).list.head(3),
        length=_length_step(),
    )
    terms = pl.concat_list(
        *[_first("words", n, "first") for n in (1, 2, 3)],
        *[_first("bare", n, "bare") for n in (1, 2, 3)],
        pl.format("length {}", "length"),
    )
    both = pl.concat([mine.select("row", term=terms).explode("term"), _sentence_terms(frame)])
    return (
        both.drop_nulls()
        .unique()
        .select(pl.lit("cue").alias("block"), "row", "term", pl.lit(1, pl.UInt32).alias("n"))
    )


def _sentence_terms(frame: pl.DataFrame) -> pl.DataFrame:
    """How a turn's sentences begin: row, term; those that ask, those that say, and the last."""
    sentences = (
        frame.filter("wanted")
        .select("row", text=pl.col("text").str.extract_all(SENTENCE))
        .explode("text")
        .select(
            "row",
            asked=pl.col("text").str.ends_with("?"),
            words=pl.col("text").str.extract_all(TOKEN).list.head(2),
        )
        .filter((pl.col("words").list.len() > 0) & (pl.col("words").list.first() != "?"))
    )
    mark = pl.when("asked").then(pl.lit("asks ")).otherwise(pl.lit("says "))
    last = (pl.col("row") != pl.col("row").shift(-1)).fill_null(True)
    terms = pl.concat_list(
        pl.concat_str(mark, _first("words", 1, "")),
        pl.concat_str(mark, _first("words", 2, "")),
        pl.when(last).then(_first("words", 1, "last")),
        pl.when(last).then(_first("words", 2, "last")),
    )
    return sentences.select("row", term=terms).explode("term")


def _length_step() -> pl.Expr:
    """The turn's length in words, in steps of about 1.6 times."""
    words = pl.col("text").str.count_matches(TOKEN)
    return ((words + 1).log(2) * 1.5).floor().clip(upper_bound=12).cast(pl.Int64)


def _shape(frame: pl.DataFrame, own: pl.DataFrame) -> NDArray[np.float64]:
    """The numbers of `SHAPE`, near 0…1 each."""
    place = pl.int_range(pl.len()).over("session") / (pl.len().over("session") - 1).clip(1)
    from_end = pl.len().over("session") - 1 - pl.int_range(pl.len()).over("session")
    text = pl.col("text")
    taken = _taken_up(frame, own)
    return (
        frame.select(
            "at",
            "wanted",
            text.str.count_matches(r"\?").cast(pl.Float64).alias("question_marks"),
            text.str.contains(r"\?[\s\"'”’)\]]*$").alias("ends_with_question_mark"),
            ((text.str.count_matches(TOKEN) + 1).log() / 3).alias("words_log"),
            (text.str.count_matches(r"[.?!…]+") / 5).alias("sentences"),
            place.alias("place"),
            (pl.int_range(pl.len()).over("session") < 4).alias("opening"),
            (from_end < 5).alias("closing"),
        )
        .join(taken, on="at", how="left", maintain_order="left")
        .filter("wanted")
        .select(pl.col(SHAPE).cast(pl.Float64).fill_null(0.0))
        .to_numpy()
    )


def _taken_up(frame: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """The share of a turn's longer words that the turn before it, or two before that, had.

    Words of five letters or more stand for content words here, so that no stop list is needed.
    """
    words = own.filter(
        (pl.col("term").str.len_chars() >= 5) & ~pl.col("term").str.contains(" ", literal=True)
    ).select("at", "term")
    session = frame.select("at", "session")
    here = words.join(session, on="at")
    found = [here.select((pl.col("at") + step).alias("at"), "session", "term") for step in (1, 3)]
    said = pl.concat(found).unique()
    hit = here.join(said, on=["at", "session", "term"], how="semi").group_by("at").len("hits")
    counts = here.group_by("at").len("words").join(hit, on="at", how="left")
    hits = pl.col("hits").fill_null(0)
    return counts.select(
        "at", (hits / pl.col("words")).alias("share_taken_up"), (hits > 0).alias("takes_up")
    )


def letter_counts(
    pieces: pl.DataFrame, n: int, grams: list[str] | None
) -> tuple[Matrix, list[str]]:
    """N-grams of 2–5 letters within pieces, padded with a space at either end.

    Args:
        pieces: row, piece, n.
        n: number of rows.
        grams: the vocabulary, or None to take all that occur.

    Returns:
        A sparse matrix (n, grams) of counts, and the n-grams.
    """
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import CountVectorizer

    if pieces.is_empty():
        return sp.csr_matrix((n, len(grams or []))), grams or []
    each = pieces.select("piece").unique().sort("piece").with_row_index("column")
    reader = CountVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), lowercase=False, vocabulary=grams, dtype=np.float64
    )
    held = (reader.fit_transform if grams is None else reader.transform)(each["piece"].to_list())
    at = pieces.join(each, on="piece")
    data = (at["n"].to_numpy().astype(float), (at["row"].to_numpy(), at["column"].to_numpy()))
    turns = sp.csr_matrix(data, shape=(n, each.height))
    return (turns @ held).tocsr(), list(reader.get_feature_names_out())
