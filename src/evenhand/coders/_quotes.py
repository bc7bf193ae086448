"""Speech in quotation marks is somebody else's: where it stands, and a turn without it.

An apostrophe is no mark. Which way a straight mark faces is told by what it leans on, so that a
stray one (six inches, 6") quotes nothing.
"""

from __future__ import annotations

import polars as pl

HUSHED = "\ue000"
"""Stands for each character of quoted speech, so that all others keep their places."""

OWN_MARK = rf"(?:^|[^{HUSHED}?])\?"
"""A question mark that is not within quoted speech."""

_OPENS = (r'^$|^[\s(\["—–…-]$', r"^(?:[^\s.,;:!?)\]]|\.\.)")
_SHUTS = (r"^[^\s]$", r'^$|^[\s.,;:!?)\]"—–…-]')
"""What stands before and behind a straight mark that opens, and of one that shuts."""

_WRAPPED = r'^\s*"[^"]*"\s*$'


def _faces(curly: str, sides: tuple[str, str]) -> pl.Expr:
    before, behind = sides
    leans = pl.col("before").str.contains(before) & pl.col("behind").str.contains(behind)
    return pl.when(pl.col("mark") == '"').then(leans).otherwise(pl.col("mark") == curly)


def _end(first: int, length: int | None, between: pl.Expr) -> pl.Expr:
    """What a piece ends or begins with; of an empty one between two marks, the next mark."""
    empty = pl.col("piece") == ""
    said = pl.col("piece").str.slice(first, length)
    return pl.when(empty & between).then(pl.lit('"')).otherwise(said)


def _quoting(frame: pl.DataFrame) -> pl.DataFrame:
    """Turns with a mark, but none of a transcript that puts most of its turns in quotes."""
    some = frame.filter(pl.col("plain").str.contains('"', literal=True))
    wrapped = some.filter(pl.col("plain").str.contains(_WRAPPED)).group_by("session").len("n")
    if wrapped.is_empty():
        return some
    turns = frame.group_by("session").len("turns")
    all_so = wrapped.join(turns, on="session").filter(2 * pl.col("n") > pl.col("turns"))
    return some.join(all_so, on="session", how="anti", maintain_order="left")


def _pieces(quoting: pl.DataFrame) -> pl.DataFrame:
    """What stands between marks, in order: row, piece, quoted.

    A mark that faces neither way, or both, turns quoting on or off; without another behind it, it
    quotes nothing.
    """
    marks = pl.concat_list(pl.lit(""), pl.col("text").str.extract_all('["“”]'))
    row = pl.col("row")
    pieces = (
        quoting.select("row", piece=pl.col("plain").str.split('"'), mark=marks)
        .explode("piece", "mark")
        .with_columns(
            first=(row != row.shift(1)).fill_null(True), last=(row != row.shift(-1)).fill_null(True)
        )
        .with_columns(
            before=_end(-1, None, ~pl.col("first")).shift(1),
            behind=_end(0, 2, ~pl.col("last")),
        )
        .with_columns(opens=_faces("“", _OPENS), shuts=_faces("”", _SHUTS))
    )
    unsure = ~pl.col("first") & (pl.col("opens") == pl.col("shuts"))
    flips = unsure.cast(pl.Int64).cum_sum()
    base = pl.when(~unsure).then((pl.col("opens") & ~pl.col("first")).cast(pl.Int64) + flips)
    within = (base.forward_fill() + flips) % 2 == 1
    return pieces.select("row", "piece", quoted=within & ~(unsure & pl.col("last")))


def _hushed() -> pl.Expr:
    """A piece in `HUSHED`, but for the mark that ends its last sentence."""
    whole, end = pl.col("piece"), pl.col("piece").str.extract(r"([.?!]\s*)$").fill_null("")
    return whole.str.slice(end.str.len_chars()).str.replace_all("(?s).", HUSHED) + end


def without_quotes(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `unquoted`: the plain text, each character of quoted speech as `HUSHED`.

    The mark that ends a quote stays, since it may end the sentence around it. And with `has_mark`:
    whether a turn has a question mark that is not within quoted speech.

    Args:
        frame: row, session, text, plain.
    """
    own = (
        _pieces(_quoting(frame))
        .with_columns(pl.when("quoted").then(_hushed()).otherwise("piece").alias("piece"))
        .group_by("row", maintain_order=True)
        .agg(unquoted=pl.col("piece").str.join('"'))
        .with_columns(has_mark=pl.col("unquoted").str.contains(OWN_MARK))
    )
    joined = frame.join(own, on="row", how="left", maintain_order="left")
    return joined.with_columns(
        unquoted=pl.coalesce("unquoted", "plain"),
        has_mark=pl.coalesce("has_mark", pl.col("plain").str.contains("?", literal=True)),
    )


def with_quoted(hits: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Hits with `quoted`: whether each begins within quotation marks.

    Args:
        hits: row, start_char.
        frame: row, plain, unquoted.
    """
    quoting = frame.select("row", "unquoted").filter(frame["plain"] != frame["unquoted"])
    joined = hits.join(quoting, on="row", how="left", maintain_order="left")
    begins = pl.col("unquoted").str.slice(pl.col("start_char"), 1)
    return joined.with_columns(quoted=(begins == HUSHED).fill_null(False)).drop("unquoted")
